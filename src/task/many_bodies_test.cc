#include "task/many_bodies.h"

#include <gtest/gtest.h>

#include <cmath>

#include "body/library.h"
#include "core/error.h"
#include "core/rng.h"

namespace manybody::task {
namespace {

std::shared_ptr<const body::Body> body_named(const std::string& name) {
  return std::make_shared<const body::Body>(body::load_body(name));
}

// Real, made from figures, drawn at random; with different joint counts.
std::vector<BodyShare> some_bodies() {
  return {{body_named("unitree_h1"), 8}, {body_named("xiao_ju"), 3}, {body_named("random:4"), 2}};
}

WalkTaskConfig shared_config() {
  WalkTaskConfig config;
  config.signal.leg_space = "role";
  return config;
}

std::vector<float> drive(Env& env, int steps) {
  core::Rng rng(3);
  std::vector<float> actions(static_cast<size_t>(env.worlds()) * env.action_size()), trace;
  for (int t = 0; t < steps; ++t) {
    for (float& a : actions) a = static_cast<float>(0.3 * rng.normal());
    env.step(actions);
    trace.insert(trace.end(), env.observation().begin(), env.observation().end());
    trace.insert(trace.end(), env.reward().begin(), env.reward().end());
  }
  return trace;
}

TEST(ManyBodies, results_do_not_depend_on_the_number_of_threads) {
  const auto bodies = some_bodies();
  ManyBodiesEnv one(bodies, shared_config(), {0, 1, 7, true}), three(bodies, shared_config(), {0, 3, 7, true});
  one.reset(), three.reset();
  EXPECT_EQ(drive(one, 30), drive(three, 30));
}

TEST(ManyBodies, each_body_walks_as_it_does_alone) {
  const auto bodies = some_bodies();
  ManyBodiesEnv many(bodies, shared_config(), {0, 2, 7, false});
  WalkEnv alone(*bodies[1].body, shared_config(), {3, 1, 0, false});
  many.reset(), alone.reset();
  const int na = many.action_size(), no = many.observation_size();
  std::vector<float> actions(static_cast<size_t>(many.worlds()) * na, 0.2f), own(static_cast<size_t>(3) * na, 0.2f);
  for (int t = 0; t < 20; ++t) many.step(actions), alone.step(own);
  for (int i = 0; i < 3 * no; ++i) ASSERT_EQ(many.observation()[8 * no + i], alone.observation()[i]) << i;
  EXPECT_EQ(many.groups(), (std::vector<int>{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2}));
}

TEST(ManyBodies, a_saved_state_goes_on_exactly) {
  const auto bodies = some_bodies();
  ManyBodiesEnv a(bodies, shared_config(), {0, 1, 7, true}), b(bodies, shared_config(), {0, 1, 8, true});
  a.reset(), b.reset();
  drive(a, 15);
  b.load_state(a.save_state());
  EXPECT_TRUE(std::equal(a.observation().begin(), a.observation().end(), b.observation().begin()));
  EXPECT_EQ(drive(a, 10), drive(b, 10));
  EXPECT_THROW(b.load_state(a.save_state().substr(0, 100)), core::UserError);
}

TEST(ManyBodies, layouts_that_differ_are_refused_by_name) {
  WalkTaskConfig config;  // joint by joint: as many numbers as the body has joints
  try {
    ManyBodiesEnv env(some_bodies(), config, {0, 1, 1, true});
    FAIL();
  } catch (const core::UserError& error) {
    EXPECT_NE(std::string(error.what()).find("xiao_ju"), std::string::npos) << error.what();
  }
}

TEST(ManyBodies, log_names_falls_of_every_body_and_of_random_ones_together) {
  ManyBodiesEnv env(some_bodies(), shared_config(), {0, 1, 7, true});
  env.reset();
  drive(env, 5);
  std::vector<std::string> names;
  for (const auto& [name, value] : env.take_log()) {
    EXPECT_TRUE(std::isfinite(value)) << name;
    if (name.starts_with("falls/")) names.push_back(name);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"falls/random", "falls/unitree_h1", "falls/xiao_ju"}));
}

}  // namespace
}  // namespace manybody::task
