#include "policy/policy.h"

#include "core/error.h"
#include "policy/make_net.h"

namespace manybody::policy {

Policy::Policy(Bundle bundle, int max_rows)
    : bundle_(std::move(bundle)),
      net_(make_net(bundle_.info.sizes, bundle_.info.tokens, "policy")),
      normaliser_(bundle_.mean, bundle_.deviation, bundle_.info.clip),
      scratch_(net_->make_scratch(max_rows)),
      normalised_(static_cast<size_t>(max_rows) * net_->inputs()) {
  net_->load(bundle_.parameters);
}

void Policy::act(std::span<const float> observation, std::span<float> action) {
  const int rows = static_cast<int>(observation.size()) / net_->inputs();
  MB_CHECK(observation.size() == static_cast<size_t>(rows) * net_->inputs() && rows <= scratch_->rows());
  MB_CHECK(action.size() == static_cast<size_t>(rows) * net_->outputs());
  normaliser_.apply(observation.data(), rows, normalised_.data());
  net_->forward(normalised_.data(), rows, *scratch_, action.data());
}

}  // namespace manybody::policy
