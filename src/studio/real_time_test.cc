#include "studio/real_time.h"

#include <gtest/gtest.h>

namespace manybody::studio {
namespace {

struct Wall {
  double now = 100;
  RealTime::Now clock() {
    return [this] { return now; };
  }
  // Simulates as an application would, looking every `tick` for `seconds`.
  int run(RealTime& time, double seconds, double tick = 0.004) {
    int steps = 0;
    for (const double end = now + seconds; now < end - 1e-12;) {
      now += tick;
      steps += time.take_due();
    }
    return steps;
  }
};

TEST(real_time, steps_follow_the_wall_clock_at_every_speed) {
  for (const double speed : {0.125, 0.5, 1.0, 2.0, 4.0}) {
    Wall wall;
    RealTime time(0.02, wall.clock());
    time.set_speed(speed);
    EXPECT_NEAR(wall.run(time, 10), 500 * speed, 1) << speed;
    EXPECT_NEAR(time.factor(), speed, 0.03 * speed + 0.02) << speed;
  }
}

TEST(real_time, speed_is_clipped) {
  Wall wall;
  RealTime time(0.02, wall.clock());
  time.set_speed(100);
  EXPECT_EQ(time.speed(), 4);
  time.set_speed(0);
  EXPECT_EQ(time.speed(), 0.125);
}

TEST(real_time, a_pause_stops_it_and_is_not_made_up_for) {
  Wall wall;
  RealTime time(0.02, wall.clock());
  wall.run(time, 1);
  time.set_paused(true);
  EXPECT_EQ(wall.run(time, 30), 0);
  EXPECT_EQ(time.factor(), 0);
  time.set_paused(false);
  EXPECT_NEAR(wall.run(time, 1), 50, 1);
}

TEST(real_time, single_steps_are_given_only_while_paused) {
  Wall wall;
  RealTime time(0.02, wall.clock());
  time.step_once();
  EXPECT_EQ(time.take_due(), 0);
  time.set_paused(true);
  time.step_once();
  time.step_once();
  EXPECT_EQ(time.wait_seconds(), 0);
  EXPECT_EQ(time.take_due(), 2);
  EXPECT_EQ(time.take_due(), 0);
}

TEST(real_time, a_slow_machine_falls_behind_instead_of_racing) {
  Wall wall;
  RealTime time(0.02, wall.clock());
  int steps = 0;
  for (int i = 0; i < 100; ++i) {  // each step takes 50 ms of wall time: 0.4 of real time at best
    const int due = time.take_due();
    steps += due;
    EXPECT_LE(due, 5);
    wall.now += 0.05 * std::max(1, due);
  }
  EXPECT_NEAR(time.factor(), 0.4, 0.05);
  wall.now += 60;  // the machine slept
  EXPECT_LE(time.take_due(), 5);
}

TEST(real_time, waits_until_the_next_step_but_never_long) {
  Wall wall;
  RealTime time(0.02, wall.clock());
  wall.now += 0.015;
  EXPECT_EQ(time.take_due(), 0);
  EXPECT_NEAR(time.wait_seconds(), 0.005, 1e-9);
  time.set_speed(0.125);
  EXPECT_NEAR(time.wait_seconds(), 1.0 / 60, 1e-9);
}

TEST(real_time, a_step_longer_than_the_debt_still_happens) {
  Wall wall;
  RealTime time(0.5, wall.clock());
  EXPECT_NEAR(wall.run(time, 10), 20, 1);
}

}  // namespace
}  // namespace manybody::studio
