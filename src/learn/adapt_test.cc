#include "learn/adapt.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "body/library.h"
#include "core/error.h"
#include "core/log.h"
#include "core/rng.h"
#include "learn/evaluate.h"
#include "policy/make_net.h"
#include "policy/token_shape.h"
#include "signal/contract.h"
#include "task/walk.h"

namespace manybody::learn {
namespace {
namespace fs = std::filesystem;

std::shared_ptr<const body::Body> body_named(const std::string& name) {
  return std::make_shared<const body::Body>(body::load_body(name));
}

struct Adapt : testing::Test {
  std::string folder = testing::TempDir() + "mb_adapt_" + std::to_string(::getpid());
  std::shared_ptr<const body::Body> body = body_named("berkeley_humanoid");

  void SetUp() override { core::set_log_level(core::Level::quiet); }
  void TearDown() override {
    core::set_log_level(core::Level::info);
    fs::remove_all(folder);
  }

  // An untrained network of the layout all bodies share.
  policy::Bundle bundle(bool tokens = false) const {
    task::WalkTaskConfig config;
    config.signal.leg_space = "role";
    const signal::WalkModel model = signal::make_walk_model(*body, config.signal);
    const signal::Contract contract = signal::make_contract(model);
    policy::Bundle b;
    b.info.body = policy::kAnyBody;
    b.info.observation = contract.observation, b.info.action = contract.action, b.info.contract = contract.hash;
    core::Fields fields;
    config.describe(fields);
    b.info.settings = fields.write_toml();
    b.info.sizes = {model.observations, 16, model.actions};
    if (tokens) {
      b.info.sizes = {model.observations, model.actions};
      b.info.tokens = policy::write_token_shape({signal::make_token_layout(model), 16, 2, 1});
    }
    const auto net = policy::make_net(b.info.sizes, b.info.tokens, "test");
    b.parameters.resize(net->parameter_count());
    core::Rng rng(1);
    net->initialise(b.parameters, rng, 0.01);
    b.mean.assign(model.observations, 0), b.deviation.assign(model.observations, 1), b.log_deviation.assign(model.actions, -1.5f);
    return b;
  }
};

TEST_F(Adapt, result_fits_every_body_and_sees_as_the_policy_it_came_from) {
  const policy::Bundle from = bundle();
  policy::save_bundle(folder + "/from", from);
  AdaptOptions options;
  options.minutes = 0.03, options.worlds = 8, options.rehearsal_worlds = 2, options.threads = 1, options.quiet = true;
  options.rehearse = {body_named("xiao_ju")};
  options.run_folder = folder + "/run";
  const TrainResult result = adapt(body, folder + "/from", options);
  EXPECT_GT(result.steps, 0);
  const policy::Bundle to = policy::load_bundle(result.policy);
  EXPECT_EQ(to.info.body, policy::kAnyBody);
  EXPECT_EQ(to.mean, from.mean);
  EXPECT_EQ(to.deviation, from.deviation);
  for (const char* name : {"unitree_h1", "xiao_lv", "random:3"})
    EXPECT_NO_THROW(bundle_config(to, result.policy, *body_named(name))) << name;
}

TEST_F(Adapt, policy_of_joint_tokens_stays_one) {
  const policy::Bundle from = bundle(true);
  policy::save_bundle(folder + "/from", from);
  AdaptOptions options;
  options.minutes = 0.02, options.worlds = 8, options.threads = 1, options.quiet = true;
  options.run_folder = folder + "/run";
  const TrainResult result = adapt(body, folder + "/from", options);
  EXPECT_GT(result.steps, 0);
  EXPECT_EQ(policy::load_bundle(result.policy).info.tokens, from.info.tokens);
}

TEST_F(Adapt, policy_of_one_body_alone_is_refused) {
  policy::Bundle own = bundle();
  own.info.body = "unitree_h1";
  policy::save_bundle(folder + "/own", own);
  AdaptOptions options;
  options.run_folder = folder + "/run";
  EXPECT_THROW(adapt(body, folder + "/own", options), core::UserError);
}

}  // namespace
}  // namespace manybody::learn
