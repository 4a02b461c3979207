#include "learn/evaluate.h"

#include <gtest/gtest.h>

#include <cmath>

#include "body/library.h"
#include "core/error.h"
#include "core/files.h"
#include "learn/player.h"
#include "learn/ppo.h"
#include "signal/contract.h"

namespace manybody::learn {
namespace {

const body::Body& op3() {
  static const body::Body body = body::load_body("robotis_op3");
  return body;
}

EvalOptions brief() {
  EvalOptions options;
  options.episodes = 4;
  options.seconds = 3;
  options.push_mps = 0;
  options.threads = 1;
  options.collisions = "feet";
  return options;
}

// An untrained network for the body, as training would export it.
policy::Bundle untrained(const body::Body& body) {
  core::Pool pool(1);
  const task::WalkTaskConfig config;
  task::WalkEnv env(body, config, {2, 1, 1, true});
  Ppo ppo(env, {}, 1, pool);
  const signal::Contract contract = signal::make_contract(env.model());
  policy::PolicyInfo info;
  info.body = body.name;
  info.joints = env.model().names;
  info.observation = contract.observation;
  info.action = contract.action;
  info.contract = contract.hash;
  core::Fields fields;
  task::WalkTaskConfig saved = config;
  saved.describe(fields);
  info.settings = fields.write_toml();
  return ppo.make_bundle(info);
}

TEST(Evaluate, same_seed_gives_the_same_worlds_whatever_the_threads) {
  EvalOptions options = brief();
  const EvalResult one = evaluate(op3(), {}, zero_agent(), options);
  options.threads = 3;
  const EvalResult three = evaluate(op3(), {}, zero_agent(), options);
  EXPECT_EQ(one.state_hash, three.state_hash);
  EXPECT_EQ(one.velocity_rmse_mps, three.velocity_rmse_mps);
  options.seed = 2;
  EXPECT_NE(one.state_hash, evaluate(op3(), {}, zero_agent(), options).state_hash);
}

TEST(Evaluate, hard_kicks_cost_survival) {
  EvalOptions options = brief();
  const double calm = evaluate(op3(), {}, zero_agent(), options).survival;
  options.push_mps = 6;
  options.push_seconds = 1;
  const double kicked = evaluate(op3(), {}, zero_agent(), options).survival;
  EXPECT_GT(calm, kicked);
  EXPECT_EQ(kicked, 0);
}

TEST(Evaluate, data_sheets_move_a_body_otherwise_than_ideal_torque) {
  const body::Body sheeted = body::load_body("xiao_ju");
  EvalOptions options = brief();
  const auto hash = [&](const char* actuators) {
    options.actuators = actuators;
    return evaluate(sheeted, {}, zero_agent(), options).state_hash;
  };
  EXPECT_EQ(hash("trained"), hash("ideal"));
  EXPECT_NE(hash("datasheet"), hash("ideal"));
}

TEST(Evaluate, figures_are_finite_and_in_their_range) {
  const EvalResult r = evaluate(op3(), {}, random_agent(5), brief());
  EXPECT_GE(r.survival, 0);
  EXPECT_LE(r.survival, 1);
  for (double x : {r.velocity_rmse_mps, r.yaw_rate_rmse_radps, r.foot_slip_mps, r.foot_clearance, r.action_rate, r.torque_share,
                   r.cost_of_transport, r.control_steps_per_s}) {
    EXPECT_TRUE(std::isfinite(x));
    EXPECT_GE(x, 0);
  }
  EXPECT_GT(r.action_rate, evaluate(op3(), {}, zero_agent(), brief()).action_rate);
}

TEST(Player, a_policy_for_another_body_is_refused_in_one_sentence) {
  const std::string folder = testing::TempDir() + "op3_policy";
  core::make_directories(folder);
  policy::save_bundle(folder, untrained(op3()));
  const body::Body other = body::load_body("berkeley_humanoid");
  try {
    Player player(other, folder, {});
    FAIL();
  } catch (const core::UserError& e) {
    EXPECT_NE(std::string(e.what()).find("robotis_op3"), std::string::npos) << e.what();
  }
}

TEST(Player, walks_as_the_evaluation_does_and_stands_up_after_a_fall) {
  const std::string folder = testing::TempDir() + "op3_policy";
  core::make_directories(folder);
  policy::save_bundle(folder, untrained(op3()));
  Player player(op3(), folder, {});
  player.set_command({0.1, 0, 0});
  for (int i = 0; i < 25; ++i) player.tick();
  player.kick(0, 9);
  for (int i = 0; i < 100 && !player.fallen(); ++i) player.tick();
  ASSERT_TRUE(player.fallen());
  EXPECT_EQ(player.falls(), 1);
  for (int i = 0; i < 100; ++i) player.tick();
  EXPECT_FALSE(player.env().fallen(0));
  EXPECT_NEAR(player.env().batch().qpos(0)[2], op3().root_height_home, 0.05);
}

TEST(Player, commands_are_clipped_to_what_was_trained) {
  Player player(op3(), "", {});
  player.set_command({100, -100, 50});
  const task::CommandConfig range;
  EXPECT_LE(player.command().vx, range.vx_max);
  EXPECT_GE(player.command().vy, -range.vy_max);
  EXPECT_LE(player.command().wz, range.wz_max);
}

TEST(Player, a_push_moves_the_robot_along_the_force) {
  Player pushed(op3(), "", {}), alone(op3(), "", {});
  pushed.push(0, {0, 0, op3().root_height_home}, {0, 0.4 * op3().mass * 9.81, 0}, 0.2);
  for (int i = 0; i < 15; ++i) {
    pushed.tick();
    alone.tick();
  }
  EXPECT_GT(pushed.env().batch().qpos(0)[1], alone.env().batch().qpos(0)[1] + 0.01);
}

}  // namespace
}  // namespace manybody::learn
