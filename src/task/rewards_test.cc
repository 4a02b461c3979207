#include "task/rewards.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <set>

namespace manybody::task {
namespace {

Situation perfect() {
  Situation s;
  s.command = {0.2, 0.05, -0.1};
  s.velocity = {0.2, 0.05, 0};
  s.yaw_rate = -0.1;
  s.gate = 1;
  s.feet[0] = {0.1, 0.1, 0, 0, false, false};
  s.feet[1] = {0, 0, 0, 0, true, true};
  return s;
}

double term(const Situation& s, const RewardConfig& c, const std::string& name) {
  std::vector<double> terms(reward_count());
  compute_rewards(s, c, terms);
  for (int i = 0; i < reward_count(); ++i)
    if (reward_names()[i] == name) return terms[i];
  ADD_FAILURE() << "no term " << name;
  return 0;
}

TEST(Rewards, names_are_unique_and_each_has_a_weight_of_its_name) {
  RewardConfig config;
  core::Fields fields;
  config.describe(fields);
  std::set<std::string> seen;
  for (const std::string& name : reward_names()) {
    EXPECT_TRUE(seen.insert(name).second) << name;
    EXPECT_NE(fields.find(name), nullptr) << name;
  }
}

TEST(Rewards, perfect_tracking_earns_the_whole_positive_weight) {
  const RewardConfig c;
  std::vector<double> terms(reward_count());
  const double sum = compute_rewards(perfect(), c, terms);
  EXPECT_NEAR(sum, c.track_velocity + c.track_stride + c.track_yaw + c.contact_schedule + c.foot_height + c.alive, 1e-12);
}

TEST(Rewards, velocity_error_of_one_tolerance_earns_one_over_e) {
  const RewardConfig c;
  Situation s = perfect();
  s.velocity[0] += std::sqrt(c.velocity_tolerance);
  EXPECT_NEAR(term(s, c, "track_velocity"), c.track_velocity * std::exp(-1), 1e-12);
}

TEST(Rewards, slip_counts_only_under_load) {
  const RewardConfig c;
  Situation s = perfect();
  s.feet[0].speed_sq = 1;  // in the air
  EXPECT_EQ(term(s, c, "foot_slip"), 0);
  s.feet[1].speed_sq = 1;  // on the ground
  EXPECT_LT(term(s, c, "foot_slip"), 0);
}

TEST(Rewards, sum_never_goes_below_zero_but_terms_do) {
  const RewardConfig c;
  Situation s = perfect();
  s.gravity = {1, 0, 0};
  s.torque_mean_sq = 1000;
  std::vector<double> terms(reward_count());
  EXPECT_EQ(compute_rewards(s, c, terms), 0);
  EXPECT_LT(std::accumulate(terms.begin(), terms.end(), 0.0), 0);
}

TEST(Rewards, weight_of_zero_switches_a_term_off) {
  RewardConfig c;
  c.upright = 0;
  Situation s = perfect();
  s.gravity = {0.6, 0, -0.8};
  EXPECT_EQ(term(s, c, "upright"), 0);
}

TEST(Rewards, stand_terms_speak_only_while_standing) {
  const RewardConfig c;
  Situation s = perfect();
  s.home_pose_sq = 1;
  s.gate = 1;
  EXPECT_EQ(term(s, c, "stand_pose"), 0);
  s.gate = 0;
  EXPECT_NEAR(term(s, c, "stand_pose"), -c.stand_pose, 1e-12);
}

}  // namespace
}  // namespace manybody::task
