#include "task/walk.h"

#include <gtest/gtest.h>

#include <cmath>

#include "body/library.h"
#include "core/error.h"
#include "task/randomise.h"

namespace manybody::task {
namespace {

const body::Body& berkeley() {
  static const body::Body body = body::load_body("berkeley_humanoid");
  return body;
}

std::vector<float> random_actions(const WalkEnv& env, core::Rng& rng) {
  std::vector<float> actions(static_cast<size_t>(env.worlds()) * env.action_size());
  for (float& a : actions) a = static_cast<float>(0.3 * rng.normal());
  return actions;
}

struct Trace {
  uint64_t hash;
  std::vector<float> observation, reward;
};

Trace run(WalkEnv& env, int steps, uint64_t seed) {
  core::Rng rng(seed);
  for (int i = 0; i < steps; ++i) {
    env.step(random_actions(env, rng));
    env.set_progress(1e5 * i);
  }
  return {
      env.batch().state_hash(), {env.observation().begin(), env.observation().end()}, {env.reward().begin(), env.reward().end()}};
}

// Everything random from the first step on.
WalkTaskConfig wild() {
  WalkTaskConfig config;
  config.random.ramp_falls_per_minute = 1e6;
  config.random.ramp_steps = 1;
  return config;
}

TEST(WalkEnv, runs_are_identical_for_a_seed_whatever_the_threads) {
  Trace traces[2];
  for (int k = 0; k < 2; ++k) {
    WalkEnv env(berkeley(), wild(), {8, k + 1, 7, true});
    env.reset();
    traces[k] = run(env, 60, 3);
  }
  EXPECT_EQ(traces[0].hash, traces[1].hash);
  EXPECT_EQ(traces[0].observation, traces[1].observation);
  EXPECT_EQ(traces[0].reward, traces[1].reward);
}

TEST(WalkEnv, another_seed_is_another_run) {
  WalkEnv a(berkeley(), {}, {4, 1, 1, true}), b(berkeley(), {}, {4, 1, 2, true});
  a.reset();
  b.reset();
  EXPECT_NE(run(a, 5, 3).hash, run(b, 5, 3).hash);
}

TEST(WalkEnv, restored_state_continues_bit_for_bit) {
  WalkEnv env(berkeley(), wild(), {6, 1, 5, true});
  env.reset();
  run(env, 30, 4);
  const std::string saved = env.save_state();
  const Trace first = run(env, 40, 9);
  WalkEnv other(berkeley(), wild(), {6, 2, 99, true});
  other.reset();
  other.load_state(saved);
  const Trace second = run(other, 40, 9);
  EXPECT_EQ(first.hash, second.hash);
  EXPECT_EQ(first.observation, second.observation);
}

TEST(WalkEnv, state_of_another_batch_or_cut_short_is_refused) {
  WalkEnv env(berkeley(), {}, {3, 1, 5, true}), more(berkeley(), {}, {4, 1, 5, true});
  env.reset();
  more.reset();
  const std::string saved = env.save_state();
  EXPECT_THROW(more.load_state(saved), core::UserError);
  EXPECT_THROW(env.load_state(std::string_view(saved).substr(0, saved.size() / 2)), core::UserError);
}

TEST(WalkEnv, episodes_begin_with_the_lower_foot_on_the_ground) {
  for (const char* terrain : {"flat", "rough"}) {
    WalkTaskConfig config;
    config.terrain = terrain;
    WalkEnv env(berkeley(), config, {16, 1, 2, true});
    env.reset();
    for (int w = 0; w < 16; ++w) {
      const auto feet = env.batch().foot_position(w);
      double lowest = 1;
      for (int f = 0; f < 2; ++f)
        lowest = std::min(lowest, feet[3 * f + 2] - env.batch().ground_height(feet[3 * f], feet[3 * f + 1]));
      EXPECT_NEAR(lowest, 0.002, 1e-6) << terrain;
    }
  }
}

TEST(WalkEnv, a_fall_ends_the_episode_and_is_not_a_time_out) {
  WalkEnv env(berkeley(), {}, {2, 1, 2, true});
  env.reset();
  env.kick(0, 0, 8);
  std::vector<float> none(2 * env.action_size(), 0.0f);
  bool fell = false;
  for (int i = 0; i < 100 && !fell; ++i) {
    env.step(none);
    fell = env.done()[0];
    if (fell) {
      EXPECT_FALSE(env.timeout()[0]);
    }
  }
  EXPECT_TRUE(fell);
}

TEST(WalkEnv, time_limit_is_a_time_out_with_the_last_state_kept_for_the_critic) {
  WalkTaskConfig config;
  config.episode_seconds = 0.5;
  config.command.stand_share = 1;
  WalkEnv env(berkeley(), config, {2, 1, 2, true});
  env.reset();
  std::vector<float> none(2 * env.action_size(), 0.0f);
  bool ended = false;
  for (int i = 0; i < 30 && !ended; ++i) {
    env.step(none);
    ended = env.done()[0];
  }
  ASSERT_TRUE(ended);
  EXPECT_TRUE(env.timeout()[0]);
  EXPECT_NE(env.final_critic()[0], env.critic()[0]);
}

TEST(WalkEnv, randomisation_waits_while_bodies_fall) {
  WalkEnv env(berkeley(), {}, {4, 1, 2, true});
  env.reset();
  env.set_progress(1e7);
  for (auto& [name, value] : env.take_log())
    if (name == "random/ramp") {
      EXPECT_EQ(value, 0);
    }
}

TEST(WalkEnv, log_names_every_reward_and_every_randomised_quantity) {
  WalkEnv env(berkeley(), {}, {2, 1, 2, true});
  env.reset();
  core::Rng rng(1);
  run(env, 3, 1);
  std::vector<std::string> names;
  for (auto& [name, value] : env.take_log()) names.push_back(name);
  auto has = [&](const std::string& name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  for (const std::string& term : reward_names()) EXPECT_TRUE(has("reward/" + term)) << term;
  for (const char* q : {"friction", "mass", "kp", "kd", "strength", "com_offset_m", "latency_ms"})
    EXPECT_TRUE(has(std::string("random/") + q)) << q;
}

TEST(Randomise, draws_stay_within_their_bounds_and_fill_them) {
  const RandomConfig c;
  core::Rng rng(4);
  double low = 10, high = 0, heavy = 0;
  for (int i = 0; i < 2000; ++i) {
    const physics::WorldParameters p = draw_parameters(c, 1, 0.7, rng);
    low = std::min(low, p.friction), high = std::max(high, p.friction), heavy = std::max(heavy, p.mass_scale);
    EXPECT_LE(std::abs(p.mass_scale - 1), c.mass);
    EXPECT_LE(std::abs(p.kp_scale - 1), c.gain);
    EXPECT_GE(p.strength_scale, 1 - c.strength);
    EXPECT_LE(p.strength_scale, 1);
    const int latency = draw_latency(c, 1, 0.005, rng);
    EXPECT_GE(latency, 0);
    EXPECT_LE(latency, 4);
  }
  EXPECT_GE(low, c.friction_min);
  EXPECT_LT(low, c.friction_min + 0.02);
  EXPECT_GT(high, c.friction_max - 0.02);
  EXPECT_GT(heavy, 1 + 0.98 * c.mass);
  const physics::WorldParameters nominal = draw_parameters(c, 0, 0.7, rng);
  EXPECT_EQ(nominal.mass_scale, 1);
  EXPECT_EQ(nominal.kp_scale, 1);
}

TEST(Randomise, noise_has_the_deviation_it_claims) {
  const RandomConfig c;
  core::Rng rng(6);
  double sum = 0, sum_sq = 0;
  const int n = 4000;
  for (int i = 0; i < n; ++i) {
    signal::Measured m;
    m.q = {0.0};
    m.dq = {0.0};
    add_noise(c, 1, rng, m);
    sum += m.dq[0], sum_sq += m.dq[0] * m.dq[0];
  }
  EXPECT_NEAR(sum / n, 0, 4 * c.noise_velocity / std::sqrt(n));
  EXPECT_NEAR(std::sqrt(sum_sq / n), c.noise_velocity, 0.04 * c.noise_velocity);
}

}  // namespace
}  // namespace manybody::task
