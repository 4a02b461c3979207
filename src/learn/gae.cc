#include "learn/gae.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/error.h"

namespace manybody::learn {

void compute_gae(const GaeInput& in, std::span<float> advantage, std::span<float> target) {
  const size_t n = static_cast<size_t>(in.worlds) * in.horizon;
  MB_CHECK(in.reward.size() == n && in.value.size() == n && in.end.size() == n && advantage.size() == n && target.size() == n);
  MB_CHECK(in.last_value.size() == static_cast<size_t>(in.worlds));
  for (int world = 0; world < in.worlds; ++world) {
    double next_value = in.last_value[world], running = 0;
    for (int t = in.horizon - 1; t >= 0; --t) {
      const size_t at = static_cast<size_t>(t) * in.worlds + world;
      const double going = in.end[at] ? 0 : 1;
      const double delta = in.reward[at] + in.gamma * going * next_value - in.value[at];
      running = delta + in.gamma * in.lambda * going * running;
      advantage[at] = static_cast<float>(running);
      target[at] = static_cast<float>(running + in.value[at]);
      next_value = in.value[at];
    }
  }
}

void normalise_advantages(std::span<float> advantage, int worlds, std::span<const int> group) {
  MB_CHECK(group.empty() || group.size() == static_cast<size_t>(worlds));
  const int groups = group.empty() ? 1 : *std::max_element(group.begin(), group.end()) + 1;
  std::vector<double> count(groups), mean(groups), square(groups);
  auto group_of = [&](size_t i) { return group.empty() ? 0 : group[i % worlds]; };
  for (size_t i = 0; i < advantage.size(); ++i) ++count[group_of(i)], mean[group_of(i)] += advantage[i];
  for (int g = 0; g < groups; ++g) mean[g] /= std::max(count[g], 1.0);
  for (size_t i = 0; i < advantage.size(); ++i) {
    const double d = advantage[i] - mean[group_of(i)];
    square[group_of(i)] += d * d;
  }
  for (size_t i = 0; i < advantage.size(); ++i) {
    const int g = group_of(i);
    const double deviation = std::sqrt(square[g] / std::max(count[g], 1.0));
    advantage[i] = static_cast<float>((advantage[i] - mean[g]) / (deviation + 1e-8));
  }
}

}  // namespace manybody::learn
