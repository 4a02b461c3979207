#include "learn/adapt.h"

#include <optional>

#include "core/error.h"
#include "learn/evaluate.h"
#include "policy/bundle.h"
#include "policy/token_shape.h"
#include "task/many_bodies.h"

namespace manybody::learn {
namespace {

// Short horizons and few passes: two minutes hold some hundred updates.
PpoConfig adapt_config(const policy::Bundle& bundle, const std::optional<policy::TokenShape>& shape) {
  PpoConfig ppo;
  ppo.horizon = ppo.horizon_late = 32;
  if (shape) {
    ppo.actor_kind = "tokens";
    ppo.token_width = shape->width, ppo.token_heads = shape->heads, ppo.token_blocks = shape->blocks;
  } else {
    ppo.actor_hidden.assign(bundle.info.sizes.begin() + 1, bundle.info.sizes.end() - 1);
  }
  ppo.critic_hidden = {128, 128, 128};
  ppo.critic_first = 0.15e6;
  ppo.kl_target = 0.01;
  ppo.entropy = 0.001;
  ppo.average = 1e6;
  return ppo;
}

}  // namespace

TrainResult adapt(const std::shared_ptr<const body::Body>& body, const std::string& bundle_folder, const AdaptOptions& options) {
  const policy::Bundle bundle = policy::load_bundle(bundle_folder);
  if (bundle.info.body != policy::kAnyBody) {
    throw core::UserError(bundle_folder, "is a policy for " + bundle.info.body + " alone", "one that fits any body, such as one");
  }
  task::WalkTaskConfig config = bundle_config(bundle, bundle_folder, *body);
  config.terrain = "flat";
  config.random.ramp_steps = 0.3e6;
  std::vector<task::BodyShare> shares{{body, options.worlds}};
  for (const auto& known : options.rehearse) shares.push_back({known, options.rehearsal_worlds});
  core::Pool pool(options.threads);
  task::ManyBodiesEnv env(shares, config, {0, options.threads, options.seed, true});

  std::optional<policy::TokenShape> shape;
  if (!bundle.info.tokens.empty())
    shape = policy::read_token_shape(bundle.info.tokens, bundle.info.sizes.front(), bundle.info.sizes.back(), bundle_folder);
  const PpoConfig ppo = adapt_config(bundle, shape);
  TrainOptions train_options;
  if (shape) train_options.tokens = shape->layout;
  train_options.steps = 1e12;
  train_options.max_seconds = 60 * options.minutes;
  train_options.seed = options.seed;
  train_options.run_folder = options.run_folder;
  train_options.start_from = bundle_folder;
  train_options.groups = env.groups();
  train_options.quiet = options.quiet;
  train_options.stop = options.stop;
  train_options.resume_hint = "manybody adapt once more, with --policy " + options.run_folder;
  return train(env, ppo, train_options, pool, [&](policy::PolicyInfo& info) {
    info = bundle.info;
    info.seed = options.seed;
  });
}

}  // namespace manybody::learn
