#include "brain/executor.h"

#include <gtest/gtest.h>

#include <cmath>

#include "body/library.h"
#include "brain/brain.h"

namespace manybody::brain {
namespace {

const std::string kHome = MB_SOURCE_DIR;

const body::Body& plain_body() {
  static const body::Body body = body::load_body(kHome + "/tests/data/bodies/plain.xml");
  return body;
}
const Skills& skills() {
  static const Skills all = read_skills(kHome + "/data/brain/skills.toml");
  return all;
}
const motion::Gestures& gestures() {
  static const motion::Gestures all = motion::read_gestures(kHome + "/data/motion/gestures.toml");
  return all;
}

Item item(const std::string& name, Item::Group group, double x, double y) { return {group, name, {}, "", core::Vec3{x, y, 0}}; }

Scene stage() {
  Scene scene;
  scene.items = {item("table", Item::Group::place, 3, 1), item("Anna", Item::Group::person, -2, 2),
                 item("box", Item::Group::object, 1, -2)};
  return scene;
}

// A robot that does exactly what it is told, on a flat plane.
struct FakeRobot {
  Senses senses;
  std::vector<std::string> said;
  double top_speed = 0;

  void run(Executor& executor, double seconds, double dt = 0.02) {
    for (double t = 0; t < seconds && executor.running(); t += dt) step(executor, dt);
  }
  void step(Executor& executor, double dt = 0.02) {
    const Drive& drive = executor.tick(senses, dt);
    senses.heard.clear();
    const double c = std::cos(senses.yaw), s = std::sin(senses.yaw);
    senses.x += dt * (c * drive.vx - s * drive.vy), senses.y += dt * (s * drive.vx + c * drive.vy);
    senses.yaw = std::remainder(senses.yaw + dt * drive.wz, 2 * 3.14159265358979);
    top_speed = std::max(top_speed, std::hypot(drive.vx, drive.vy));
    if (!drive.say.empty()) said.push_back(drive.say);
  }
};

Step step_of(const std::string& skill, Arguments arguments = {}) {
  return {skill, std::move(arguments), "", std::nullopt, 1, false};
}
Executor made() { return Executor(plain_body(), skills(), gestures(), Ability{}); }

TEST(Executor, a_square_of_walks_and_turns_ends_where_it_began) {
  Executor executor = made();
  Plan plan;
  for (int i = 0; i < 4; ++i)
    plan.push_back(step_of("walk", {{"direction", std::string("forward")}, {"distance_m", 1.0}})),
        plan.push_back(step_of("turn", {{"angle_deg", 90.0}}));
  executor.start(plan, {});
  FakeRobot robot;
  robot.run(executor, 120);
  EXPECT_FALSE(executor.running());
  for (size_t i = 0; i < plan.size(); ++i)
    EXPECT_EQ(executor.progress(i).state, Progress::State::done) << i << " " << static_cast<int>(executor.progress(i).cause);
  EXPECT_NEAR(std::hypot(robot.senses.x, robot.senses.y), 0, 0.25);
}

TEST(Executor, go_to_stops_at_its_distance_and_nears_a_person_slowly) {
  Scene scene = stage();
  Executor executor = made();
  executor.start({step_of("go_to", {{"target", std::string("Anna")}})}, scene);
  FakeRobot robot;
  double fastest_near = 0;
  for (int i = 0; i < 4000 && executor.running(); ++i) {
    const double before = std::hypot(robot.senses.x + 2, robot.senses.y - 2);
    const double x = robot.senses.x, y = robot.senses.y;
    robot.step(executor);
    if (before < kPersonNear) fastest_near = std::max(fastest_near, std::hypot(robot.senses.x - x, robot.senses.y - y) / 0.02);
    EXPECT_GT(std::hypot(robot.senses.x + 2, robot.senses.y - 2), kPersonKeep - 0.02);
  }
  EXPECT_EQ(executor.progress(0).state, Progress::State::done);
  EXPECT_LE(fastest_near, kNearPersonMps + 1e-6);
}

TEST(Executor, walking_ahead_ends_before_a_person) {
  Scene scene;
  scene.items = {item("Tom", Item::Group::person, 2, 0)};
  Executor executor = made();
  executor.start({step_of("walk", {{"direction", std::string("forward")}, {"distance_m", 5.0}})}, scene);
  FakeRobot robot;
  robot.run(executor, 60);
  EXPECT_EQ(executor.progress(0).state, Progress::State::failed);
  EXPECT_LT(robot.senses.x, 2 - kPersonKeep + 0.05);
}

TEST(Executor, interruption_commands_zero_within_one_tick) {
  Executor executor = made();
  executor.start({step_of("walk", {{"direction", std::string("forward")}, {"distance_m", 5.0}}), step_of("wave")}, {});
  FakeRobot robot;
  robot.run(executor, 1);
  EXPECT_GT(robot.senses.x, 0.2);
  executor.interrupt();
  const Drive& drive = executor.tick(robot.senses, 0.02);
  EXPECT_EQ(drive.vx, 0);
  EXPECT_EQ(drive.vy, 0);
  EXPECT_EQ(drive.wz, 0);
  EXPECT_FALSE(executor.running());
  EXPECT_EQ(executor.progress(0).state, Progress::State::stopped);
  EXPECT_EQ(executor.progress(1).state, Progress::State::stopped);
}

TEST(Executor, parallel_steps_run_together_and_an_open_walk_ends_with_them) {
  Executor executor = made();
  Step say = step_of("say", {{"text", std::string("hello there everybody on the stage")}});
  say.parallel = true;
  executor.start({step_of("walk", {{"direction", std::string("forward")}}), say, step_of("turn", {{"angle_deg", -90.0}})}, {});
  FakeRobot robot;
  robot.step(executor), robot.step(executor);
  EXPECT_EQ(executor.progress(0).state, Progress::State::running);
  EXPECT_EQ(executor.progress(1).state, Progress::State::running);
  EXPECT_EQ(executor.progress(2).state, Progress::State::waiting);
  robot.run(executor, 30);
  EXPECT_EQ(robot.said.size(), 1u);
  EXPECT_EQ(executor.progress(2).state, Progress::State::done);
  EXPECT_NEAR(robot.senses.yaw, -3.14159 / 2, 0.06);
}

TEST(Executor, a_condition_holds_its_step_back_until_it_is_met_or_times_out) {
  Executor executor = made();
  Step say = step_of("say", {{"text", std::string("now")}});
  say.when = Condition{"hears", "go"};
  executor.start({say}, {});
  FakeRobot robot;
  robot.run(executor, 3);
  EXPECT_TRUE(robot.said.empty());
  robot.senses.heard = {"go"};
  robot.run(executor, 5);
  EXPECT_EQ(robot.said, std::vector<std::string>{"now"});
  executor.start({say}, {});
  robot.run(executor, 200, 0.1);
  EXPECT_EQ(executor.progress(0).state, Progress::State::failed);
}

TEST(Executor, repeats_count_and_a_fall_ends_everything) {
  Executor executor = made();
  Step say = step_of("say", {{"text", std::string("hi")}});
  say.repeat = 3;
  executor.start({say}, {});
  FakeRobot robot;
  robot.run(executor, 30);
  EXPECT_EQ(robot.said.size(), 3u);
  executor.start({step_of("walk", {{"direction", std::string("forward")}, {"distance_m", 3.0}})}, {});
  robot.run(executor, 0.5);
  robot.senses.fallen = true;
  robot.step(executor);
  EXPECT_FALSE(executor.running());
  EXPECT_EQ(executor.progress(0).cause, Cause::fell);
}

TEST(Executor, what_the_body_lacks_fails_with_its_name_and_only_ones_own_steps_are_taken) {
  Executor executor = made();
  executor.start({step_of("wave")}, {});
  FakeRobot robot;
  robot.run(executor, 5);
  bool arms = false;
  for (const body::Joint& joint : plain_body().joints) arms = arms || joint.role == body::Role::shoulder_pitch;
  if (!arms) {
    EXPECT_EQ(executor.progress(0).state, Progress::State::failed);
    EXPECT_EQ(executor.progress(0).cause, Cause::lacks);
    EXPECT_NE(executor.progress(0).about.find("shoulder"), std::string::npos);
  } else {
    EXPECT_EQ(executor.progress(0).state, Progress::State::done);
  }
  Step other = step_of("turn", {{"angle_deg", 90.0}});
  other.robot = "Bolt";
  executor.start({other, step_of("wait", {{"duration_s", 1.0}})}, {}, "Orange", false);
  EXPECT_FALSE(executor.running());
  executor.start({other}, {}, "Bolt", false);
  EXPECT_TRUE(executor.running());
}

TEST(Executor, a_held_pose_stays_where_the_gesture_was_and_then_lets_go) {
  for (const body::Entry& entry : body::list_bodies()) {
    if (!entry.installed || entry.name != "unitree_g1") continue;
    const body::Body body = body::load_body(entry.name);
    Executor executor(body, skills(), gestures(), Ability{});
    executor.start({step_of("raise_arms"), step_of("hold_pose", {{"duration_s", 4.0}})}, {});
    Senses senses;
    double highest = 0, late = 0;
    for (double t = 0; t < 12; t += 0.02) {
      double most = 0;
      for (const double offset : executor.tick(senses, 0.02).offsets) most = std::max(most, std::fabs(offset));
      highest = std::max(highest, most);
      if (std::fabs(t - 3.5) < 0.011) late = most;
      if (t > 11.9) {
        EXPECT_LT(most, 1e-9);
      }
    }
    EXPECT_GT(highest, 1.0);
    EXPECT_NEAR(late, highest, 0.05);
  }
}

}  // namespace
}  // namespace manybody::brain
