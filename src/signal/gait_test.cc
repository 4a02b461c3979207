#include "signal/gait.h"

#include <gtest/gtest.h>

#include <cmath>

namespace manybody::signal {
namespace {

WalkModel plain_model() {
  WalkModel m;
  m.leg_length = 0.7;
  m.speed_unit = std::sqrt(9.81 * 0.7);
  m.rate_unit = std::sqrt(9.81 / 0.7);
  m.period = 1 / (m.config.stride_frequency * m.rate_unit);
  m.dt = 0.02;
  m.legs[0].sole = {0, 0.1, -0.7};
  m.legs[1].sole = {0, -0.1, -0.7};
  return m;
}

GaitState walking_at(double phase, VelocityCommand command) {
  GaitState s;
  s.phase = phase, s.gate = 1, s.walking = true, s.command = command;
  return s;
}

TEST(Gait, stance_foot_moves_backwards_at_the_commanded_speed) {
  const WalkModel m = plain_model();
  const double speed = 0.6, step = 1e-4;
  const auto a = compute_gait(m, walking_at(0.7, {speed, 0, 0}));
  const auto b = compute_gait(m, walking_at(0.7 + step, {speed, 0, 0}));
  const double measured = (b.feet[0].offset[0] - a.feet[0].offset[0]) / (step * m.period);
  EXPECT_NEAR(measured, -speed, 1e-6);
}

TEST(Gait, foot_path_is_closed_and_continuous) {
  const WalkModel m = plain_model();
  double before = compute_gait(m, walking_at(0, {0.8, 0.2, 0.5})).feet[0].offset[0];
  for (int i = 1; i <= 2000; ++i) {
    const double phase = i % 2000 / 2000.0;
    const double now = compute_gait(m, walking_at(phase, {0.8, 0.2, 0.5})).feet[0].offset[0];
    EXPECT_LT(std::abs(now - before), 0.004) << phase;
    before = now;
  }
}

TEST(Gait, mirrored_command_half_a_cycle_later_gives_the_mirrored_feet) {
  const WalkModel m = plain_model();
  for (double phase : {0.03, 0.2, 0.41, 0.47}) {
    const auto a = compute_gait(m, walking_at(phase, {0.5, 0.2, 0.7}));
    const auto b = compute_gait(m, walking_at(phase + 0.5, {0.5, -0.2, -0.7}));
    for (int r = 0; r < 6; ++r) {
      const double sign = r == 1 || r == 3 || r == 5 ? -1 : 1;
      EXPECT_NEAR(a.feet[0].offset[r], sign * b.feet[1].offset[r], 1e-12);
    }
    EXPECT_NEAR(a.support[0], b.support[1], 1e-12);
  }
}

TEST(Gait, support_shares_sum_to_one_and_swing_leg_carries_nothing) {
  const WalkModel m = plain_model();
  for (int i = 0; i < 100; ++i) {
    const auto g = compute_gait(m, walking_at(i / 100.0, {0.5, 0, 0}));
    EXPECT_NEAR(g.support[0] + g.support[1], 1, 1e-12);
    if (i > 1 && i < 41) {
      EXPECT_LT(g.support[0], 0.01);
    }
  }
}

TEST(Gait, stopping_steps_in_place_first_and_ends_with_both_feet_down) {
  const WalkModel m = plain_model();
  GaitState s = walking_at(0.1, {0.8, 0, 0});
  int ticks = 0;
  while (s.walking && ticks < 500) {
    advance_gait(m, {}, s);
    ++ticks;
  }
  EXPECT_GT(ticks * m.dt, m.period);
  EXPECT_LT(ticks * m.dt, 2.1 * m.period);
  EXPECT_TRUE(s.phase == 0 || s.phase == 0.5);
  for (int i = 0; i < 20; ++i) advance_gait(m, {}, s);
  EXPECT_EQ(s.gate, 0);
  for (const FootReference& foot : compute_gait(m, s).feet) {
    EXPECT_TRUE(foot.stance);
    for (double x : foot.offset) EXPECT_EQ(x, 0);
  }
}

TEST(Gait, standing_stays_standing_and_a_command_starts_the_walk) {
  const WalkModel m = plain_model();
  GaitState s;
  for (int i = 0; i < 100; ++i) advance_gait(m, {0.01, 0, 0}, s);
  EXPECT_FALSE(s.walking);
  EXPECT_EQ(s.phase, 0);
  advance_gait(m, {0.5, 0, 0}, s);
  EXPECT_TRUE(s.walking);
}

TEST(Gait, sway_is_the_pendulum_s_orbit) {
  WalkModel m = plain_model();
  m.com_height = 0.75;
  const double rate_sq = m.gravity / m.com_height, step = 1e-4;
  // Over the right foot (left leg in swing) y'' = rate² (y - y_foot).
  for (double phase : {0.05, 0.15, 0.3, 0.4}) {
    auto at = [&](double p) { return compute_gait(m, walking_at(p, {})).sway; };
    const double dt = step * m.period;
    const double acceleration = (at(phase + step) - 2 * at(phase) + at(phase - step)) / (dt * dt);
    EXPECT_NEAR(acceleration, rate_sq * (at(phase) + 0.1), 1e-3) << phase;
    EXPECT_NEAR((at(phase + step) - at(phase - step)) / (2 * dt), compute_gait(m, walking_at(phase, {})).sway_speed, 1e-5);
  }
  EXPECT_LT(compute_gait(m, walking_at(0.21, {})).sway, 0);  // leans right while the left foot is in the air
}

TEST(Gait, sway_is_continuous_where_the_weight_changes_feet) {
  const WalkModel m = plain_model();
  double place = compute_gait(m, walking_at(0, {})).sway, speed = compute_gait(m, walking_at(0, {})).sway_speed;
  for (int i = 1; i <= 4000; ++i) {
    const auto g = compute_gait(m, walking_at(i % 4000 / 4000.0, {}));
    EXPECT_LT(std::abs(g.sway - place), 1e-3);
    EXPECT_LT(std::abs(g.sway_speed - speed), 5e-3) << i;
    place = g.sway, speed = g.sway_speed;
  }
}

}  // namespace
}  // namespace manybody::signal
