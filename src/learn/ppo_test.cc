#include "learn/ppo.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "core/error.h"
#include "learn/gae.h"
#include "learn/ppo_loss.h"
#include "learn/test_env.h"
#include "policy/policy.h"

namespace manybody::learn {
namespace {

PpoConfig small_config() {
  PpoConfig config;
  config.actor_hidden = {32, 32}, config.critic_hidden = {32, 32};
  config.reward_scale = 0.2;
  return config;
}

// The point mass as a body of one joint: position and velocity are its own, the goal is global.
signal::TokenLayout one_joint() { return {{{{0, 1}, -1, {0}}}, {2}}; }

PpoConfig token_config() {
  PpoConfig config = small_config();
  config.actor_kind = "tokens", config.token_width = 16, config.token_heads = 2;
  return config;
}

std::vector<float> copy(std::span<const float> values) { return {values.begin(), values.end()}; }

struct Weights {
  std::vector<float> actor, critic;
};

Weights train_point_mass(int threads, int iterations, uint64_t seed = 3) {
  core::Pool pool(threads);
  PointMassEnv env(200);
  Ppo ppo(env, small_config(), seed, pool);
  for (int i = 0; i < iterations; ++i) ppo.iterate();
  return {copy(ppo.actor_parameters()), copy(ppo.critic_parameters())};
}

// Reward of the mean action, averaged over worlds and 120 steps.
double evaluate(const Ppo& ppo) {
  PointMassEnv env(64, 99);
  policy::Policy policy(ppo.make_bundle({.body = "point"}), 64);
  std::vector<float> action(64);
  env.reset();
  double sum = 0;
  for (int step = 0; step < 120; ++step) {
    policy.act(env.observation(), action);
    env.step(action);
    for (const float reward : env.reward()) sum += reward / (64 * 120);
  }
  return sum;
}

TEST(Ppo, improves_a_point_mass_from_nothing_to_near_the_best) {
  core::Pool pool(2);
  PointMassEnv env(128);
  Ppo ppo(env, small_config(), 5, pool);
  const double before = evaluate(ppo);
  for (int i = 0; i < 60; ++i) ppo.iterate();
  const double after = evaluate(ppo);
  EXPECT_LT(before, 0.5);  // an idle mass drifts away from its goal
  EXPECT_GT(after, 0.85);  // the way to the goal costs the rest
}

TEST(Ppo, number_of_threads_does_not_change_a_bit) {
  const Weights one = train_point_mass(1, 4), two = train_point_mass(2, 4), five = train_point_mass(5, 4);
  EXPECT_EQ(one.actor, two.actor);
  EXPECT_EQ(one.critic, two.critic);
  EXPECT_EQ(one.actor, five.actor);
  EXPECT_NE(one.actor, train_point_mass(1, 4, 4).actor);  // another seed is another run
}

TEST(Ppo, resumed_run_equals_an_uninterrupted_one_bit_for_bit) {
  core::Pool pool(2);
  const std::string path = testing::TempDir() + "mb_ppo_resume.ckpt";
  PointMassEnv env_a(128), env_b(128, 1234);
  Ppo whole(env_a, small_config(), 5, pool);
  for (int i = 0; i < 3; ++i) whole.iterate();
  Checkpoint saved;
  whole.save(saved);
  saved.write(path);
  for (int i = 0; i < 3; ++i) whole.iterate();

  Ppo resumed(env_b, small_config(), 77, pool);  // everything that matters comes from the checkpoint
  resumed.load(Checkpoint::read(path));
  for (int i = 0; i < 3; ++i) resumed.iterate();
  EXPECT_EQ(copy(whole.actor_parameters()), copy(resumed.actor_parameters()));
  EXPECT_EQ(copy(whole.critic_parameters()), copy(resumed.critic_parameters()));
  EXPECT_EQ(whole.steps(), resumed.steps());
  EXPECT_EQ(env_a.save_state(), env_b.save_state());
  EXPECT_EQ(env_b.progress(), 5.0 * 128 * 24);
  std::filesystem::remove(path);
}

TEST(Ppo, checkpoint_of_another_shape_or_with_nan_is_refused) {
  core::Pool pool(1);
  PointMassEnv env(64), other_env(32);
  Ppo ppo(env, small_config(), 5, pool);
  ppo.iterate();
  Checkpoint saved;
  ppo.save(saved);
  Ppo other(other_env, small_config(), 5, pool);
  EXPECT_THROW(other.load(saved), core::UserError);
  std::vector<float> weights = copy(ppo.actor_parameters());
  weights[17] = std::nanf("");
  saved.put("actor.weights", weights);
  try {
    ppo.load(saved);
    FAIL() << "a not-a-number was loaded";
  } catch (const core::UserError& error) {
    EXPECT_NE(std::string(error.what()).find("actor.weights[17] is nan"), std::string::npos) << error.what();
  }
}

TEST(Ppo, nan_from_the_environment_is_told_with_its_place) {
  core::Pool pool(1);
  PointMassEnv env(16);
  Ppo ppo(env, small_config(), 5, pool);
  env.poison();
  try {
    ppo.iterate();
    FAIL() << "a not-a-number was learned from";
  } catch (const core::UserError& error) {
    EXPECT_NE(std::string(error.what()).find("reward[0] of world 1"), std::string::npos) << error.what();
  }
}

TEST(Ppo, kl_rule_keeps_the_policy_change_near_its_target) {
  core::Pool pool(1);
  PointMassEnv env(128);
  PpoConfig config = small_config();
  config.learning_rate = 1e-5;
  Ppo ppo(env, config, 5, pool);
  double kl = 0;
  for (int i = 0; i < 40; ++i) {
    const double now = ppo.iterate().kl;
    if (i >= 20) kl += now / 20;  // one iteration's value is noisy
  }
  EXPECT_GT(kl, 0.2 * config.kl_target);
  EXPECT_LT(kl, 5 * config.kl_target);
  EXPECT_GE(std::exp(ppo.actor_parameters().back()), config.deviation_min * 0.999);
}

TEST(Ppo, policy_of_a_bundle_starts_a_new_run_where_it_was) {
  core::Pool pool(1);
  PointMassEnv env(128), fresh(128);
  Ppo teacher(env, small_config(), 5, pool);
  for (int i = 0; i < 40; ++i) teacher.iterate();
  Ppo pupil(fresh, small_config(), 6, pool);
  const double before = evaluate(pupil);
  pupil.start_from(teacher.make_bundle({.body = "point"}), "bundle");
  EXPECT_DOUBLE_EQ(evaluate(pupil), evaluate(teacher));
  EXPECT_GT(evaluate(pupil), before);
  PpoConfig wider = small_config();
  wider.actor_hidden = {48, 32};
  Ppo misfit(fresh, wider, 6, pool);
  EXPECT_THROW(misfit.start_from(teacher.make_bundle({.body = "point"}), "bundle"), core::UserError);
}

TEST(PpoOfTokens, improves_a_point_mass_from_nothing_to_near_the_best) {
  core::Pool pool(2);
  PointMassEnv env(128);
  Ppo ppo(env, token_config(), 5, pool, one_joint());
  EXPECT_LT(evaluate(ppo), 0.5);
  for (int i = 0; i < 60; ++i) ppo.iterate();
  EXPECT_GT(evaluate(ppo), 0.85);
}

TEST(PpoOfTokens, resumed_run_equals_an_uninterrupted_one_and_threads_do_not_change_a_bit) {
  core::Pool pool(2), alone(1);
  PointMassEnv env_a(128), env_b(128, 1234);
  Ppo whole(env_a, token_config(), 5, pool, one_joint()), resumed(env_b, token_config(), 77, alone, one_joint());
  for (int i = 0; i < 2; ++i) whole.iterate();
  Checkpoint saved;
  whole.save(saved);
  resumed.load(saved);
  for (int i = 0; i < 2; ++i) whole.iterate(), resumed.iterate();
  EXPECT_EQ(copy(whole.actor_parameters()), copy(resumed.actor_parameters()));
}

TEST(PpoOfTokens, actor_of_the_other_kind_or_without_a_layout_is_refused) {
  core::Pool pool(1);
  PointMassEnv env(16);
  const auto message = [](const auto& action) {
    try {
      action();
    } catch (const core::UserError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  Ppo tokens(env, token_config(), 5, pool, one_joint()), mlp(env, small_config(), 5, pool);
  Checkpoint of_tokens, of_mlp;
  tokens.save(of_tokens), mlp.save(of_mlp);
  EXPECT_NE(message([&] { mlp.load(of_tokens); }).find("kind tokens"), std::string::npos);
  EXPECT_NE(message([&] { tokens.load(of_mlp); }).find("kind mlp"), std::string::npos);
  PpoConfig wider = token_config();
  wider.token_width = 32;
  Ppo other(env, wider, 5, pool, one_joint());
  EXPECT_NE(message([&] { other.load(of_tokens); }).find("another shape"), std::string::npos);
  EXPECT_NE(message([&] { mlp.start_from(tokens.make_bundle({}), "bundle"); }).find("joint tokens"), std::string::npos);
  EXPECT_NE(message([&] { other.start_from(tokens.make_bundle({}), "bundle"); }).find("another shape"), std::string::npos);
  EXPECT_EQ(message([&] { tokens.start_from(tokens.make_bundle({}), "bundle"); }), "no error");
  const std::string missing = message([&] { Ppo(env, token_config(), 5, pool); });
  EXPECT_NE(missing.find("ppo.actor_kind"), std::string::npos) << missing;
  EXPECT_NE(missing.find("signal.leg_space = role"), std::string::npos) << missing;
  wider.token_heads = 3;
  EXPECT_NE(message([&] { wider.check(); }).find("ppo.token_width"), std::string::npos);
}

TEST(ActorLoss, gradient_matches_finite_differences_inside_and_outside_the_clip) {
  policy::Deviation deviation(2);
  const std::vector<float> log_deviation{-1.0f, -0.5f};
  const float action[2] = {0.2f, -0.1f};
  for (const double advantage : {1.3, -0.7}) {
    for (const double old : {-0.4, -1.6, 0.5}) {
      auto loss_and_slope = [&](float m0, float m1, float s0, float* by_mean, float* by_s) {
        deviation.set(std::vector<float>{s0, log_deviation[1]});
        const float mean[2] = {m0, m1};
        return actor_loss(mean, deviation, {action, old, advantage}, 0.2, 1.0, by_mean, by_s).loss;
      };
      auto loss = [&](float m0, float m1, float s0) {
        float unused[4] = {};
        return loss_and_slope(m0, m1, s0, unused, unused + 2);
      };
      float g[2] = {}, s[2] = {};
      loss_and_slope(0.1f, 0.05f, -1.0f, g, s);
      const float h = 1.0f / 4096;
      EXPECT_NEAR(g[0], (loss(0.1f + h, 0.05f, -1) - loss(0.1f - h, 0.05f, -1)) / (2 * h), 2e-3);
      EXPECT_NEAR(g[1], (loss(0.1f, 0.05f + h, -1) - loss(0.1f, 0.05f - h, -1)) / (2 * h), 2e-3);
      EXPECT_NEAR(s[0], (loss(0.1f, 0.05f, -1 + h) - loss(0.1f, 0.05f, -1 - h)) / (2 * h), 2e-3);
    }
  }
}

TEST(CriticLoss, clipped_value_takes_the_larger_error_and_its_slope) {
  EXPECT_DOUBLE_EQ(critic_loss(1.0, 0.0, 3.0, 0).loss, 2.0);
  EXPECT_DOUBLE_EQ(critic_loss(1.0, 0.0, 3.0, 0).by_value, -2.0);
  EXPECT_DOUBLE_EQ(critic_loss(1.0, 0.0, 3.0, 0.5).loss, 0.5 * 2.5 * 2.5);
  EXPECT_DOUBLE_EQ(critic_loss(1.0, 0.0, 3.0, 0.5).by_value, 0.0);
  EXPECT_DOUBLE_EQ(critic_loss(0.2, 0.0, 3.0, 0.5).by_value, 0.2 - 3.0);
}

TEST(Gae, matches_the_closed_form_of_a_constant_reward) {
  // Reward 1, values 0, no end: A_t is the geometric sum of (gamma lambda)^k.
  const int horizon = 12;
  const std::vector<float> reward(horizon, 1.0f), value(horizon, 0.0f), last{0.0f};
  const std::vector<uint8_t> end(horizon, 0);
  std::vector<float> advantage(horizon), target(horizon);
  compute_gae({1, horizon, 0.9, 0.8, reward, value, end, last}, advantage, target);
  for (int t = 0; t < horizon; ++t) {
    const double x = 0.9 * 0.8;
    EXPECT_NEAR(advantage[t], (1 - std::pow(x, horizon - t)) / (1 - x), 1e-6);
    EXPECT_EQ(target[t], advantage[t]);
  }
}

TEST(Gae, true_values_leave_no_advantage_and_ends_cut_the_sum) {
  // V = 1 / (1 - gamma) is exact for reward 1 for ever: no surprise anywhere.
  const std::vector<float> reward(6, 1.0f), value(6, 10.0f), last{10.0f, 10.0f};
  std::vector<uint8_t> end(6, 0);
  std::vector<float> advantage(6), target(6);
  compute_gae({2, 3, 0.9, 0.95, reward, value, end, last}, advantage, target);
  for (const float a : advantage) EXPECT_NEAR(a, 0, 1e-5);
  end[2] = 1;  // time 1, world 0 falls: all the future is lost there
  compute_gae({2, 3, 0.9, 0.95, reward, value, end, last}, advantage, target);
  EXPECT_NEAR(advantage[2], 1 - 10, 1e-5);
  EXPECT_NEAR(advantage[0], 0.9 * 0.95 * (1 - 10), 1e-5);
  EXPECT_NEAR(advantage[1], 0, 1e-5);
  EXPECT_NEAR(advantage[4], 0, 1e-5);
}

TEST(Gae, advantages_are_normalised_within_each_group) {
  const std::vector<int> group{0, 0, 1, 1};
  std::vector<float> advantage{1, 3, 100, 300, 5, 7, 500, 700};
  normalise_advantages(advantage, 4, group);
  for (const int w : {0, 1, 4, 5}) EXPECT_NEAR(advantage[w], advantage[w + 2], 1e-6);
  EXPECT_NEAR(advantage[0] + advantage[1] + advantage[4] + advantage[5], 0, 1e-6);
}

TEST(Ppo, actor_waits_while_only_the_critic_learns) {
  core::Pool pool(1);
  PointMassEnv env(16, 3);
  PpoConfig config;
  config.actor_hidden = {16}, config.critic_hidden = {16};
  config.critic_first = 2 * 24 * 16;
  Ppo ppo(env, config, 1, pool);
  const std::vector<float> actor(ppo.actor_parameters().begin(), ppo.actor_parameters().end());
  const std::vector<float> critic(ppo.critic_parameters().begin(), ppo.critic_parameters().end());
  ppo.iterate();  // learns after 24 * 16 steps
  EXPECT_TRUE(std::equal(actor.begin(), actor.end(), ppo.actor_parameters().begin()));
  EXPECT_FALSE(std::equal(critic.begin(), critic.end(), ppo.critic_parameters().begin()));
  ppo.iterate();
  EXPECT_FALSE(std::equal(actor.begin(), actor.end(), ppo.actor_parameters().begin()));
}

TEST(Ppo, exports_the_mean_of_its_actors_also_after_a_pause) {
  core::Pool pool(1);
  PointMassEnv env(16, 3), again(16, 3);
  PpoConfig config;
  config.actor_hidden = {16}, config.critic_hidden = {16};
  config.average = 1e12;
  Ppo whole(env, config, 1, pool), resumed(again, config, 9, pool);
  std::vector<double> sum(whole.actor_parameters().size(), 0.0);
  for (int i = 0; i < 5; ++i) {
    if (i == 2) {
      Checkpoint pause;
      whole.save(pause);
      resumed.load(pause);
    }
    whole.iterate();
    for (size_t k = 0; k < sum.size(); ++k) sum[k] += whole.actor_parameters()[k];
    if (i >= 2) resumed.iterate();
  }
  const policy::Bundle mean = whole.make_bundle({}), paused = resumed.make_bundle({});
  double moved = 0;
  for (size_t k = 0; k < mean.parameters.size(); ++k) {
    EXPECT_NEAR(mean.parameters[k], sum[k] / 5, 1e-5);
    moved += std::abs(mean.parameters[k] - whole.actor_parameters()[k]);
  }
  EXPECT_GT(moved, 1e-3);
  EXPECT_EQ(mean.parameters, paused.parameters);
}

}  // namespace
}  // namespace manybody::learn
