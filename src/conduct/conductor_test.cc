#include "conduct/conductor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <thread>

#include "body/library.h"
#include "conduct/theatre.h"

namespace manybody::conduct {
namespace {

const body::Body& plain_body() {
  static const body::Body body = body::load_body(std::string(MB_SOURCE_DIR) + "/tests/data/bodies/plain.xml");
  return body;
}

// Does exactly what it is told, on a flat floor.
class FakeActor final : public Actor {
 public:
  explicit FakeActor(double x = 0, double y = 0) { stance_.x = x, stance_.y = y; }
  const body::Body& body() const override { return plain_body(); }
  Stance stance() const override { return stance_; }
  void set_velocity(double vx, double vy, double wz) override { v = {vx, vy, wz}; }
  void set_offsets(std::span<const double> offsets) override {
    bent = 0;
    for (const double x : offsets) bent = std::max(bent, std::fabs(x));
  }
  void step(double dt) {
    const double c = std::cos(stance_.yaw), s = std::sin(stance_.yaw);
    stance_.x += dt * (c * v[0] - s * v[1]), stance_.y += dt * (s * v[0] + c * v[1]);
    stance_.yaw = std::remainder(stance_.yaw + dt * v[2], 2 * 3.14159265358979);
    far = std::max(far, std::hypot(stance_.x, stance_.y));
  }
  core::Vec3 v{};
  double bent = 0, far = 0;
  Stance stance_;
};

struct Room {
  Room() : conductor({}, stage()) { conductor.set_robots({{"Ada", {}, &ada}, {"Bob", {}, &bob}}); }
  static brain::Scene stage() {
    brain::Scene scene;
    scene.items = {{brain::Item::Group::person, "Tom", {}, "", core::Vec3{2, 0, 0}},
                   {brain::Item::Group::place, "door", {"门"}, "", core::Vec3{4, 0, 0}}};
    return scene;
  }
  void run(double seconds) {
    for (double t = 0; t < seconds; t += 0.02) {
      conductor.tick(0.02);
      ada.step(0.02), bob.step(0.02);
      nearest = std::min(nearest, std::hypot(ada.stance_.x - 2, ada.stance_.y));
    }
  }
  uint64_t say(const std::string& text, const std::string& robot = "Ada") {
    return conductor.hear({text, robot, {}, false, false, "test"});
  }
  FakeActor ada, bob{0, -3};
  Conductor conductor;
  double nearest = 1e9;
};

TEST(Conductor, what_is_said_is_done_and_its_checklist_ends_done) {
  Room room;
  const uint64_t id = room.say("turn left and walk forward one metre");
  room.run(15);
  const Exchange* exchange = room.conductor.find(id);
  ASSERT_TRUE(exchange && exchange->ended());
  ASSERT_EQ(exchange->plan.size(), 2u);
  for (const StepView& step : exchange->plan) EXPECT_EQ(step.state, StepState::done) << step.label << " " << step.reason;
  EXPECT_NEAR(room.ada.stance_.y, 1, 0.15);
  EXPECT_EQ(room.bob.far, 3);  // was not meant
}

TEST(Conductor, a_stop_word_acts_in_the_next_tick_and_cancels_what_waits_to_be_understood) {
  Room room;
  room.say("walk forward three metres");
  room.run(1);
  EXPECT_GT(room.ada.v[0], 0);
  room.say("stop");
  room.conductor.tick(0.02);
  EXPECT_EQ(room.ada.v, (core::Vec3{}));
  const uint64_t late = room.say("walk forward three metres");
  room.say("停");
  room.run(1);
  EXPECT_EQ(room.ada.v, (core::Vec3{}));
  EXPECT_EQ(room.conductor.find(late)->plan.front().state, StepState::stopped);
}

TEST(Conductor, a_stop_that_names_a_robot_is_for_that_one_any_other_for_all) {
  Room room;
  room.say("everyone, turn around");
  room.run(0.5);
  room.say("Bob, stop");
  room.run(0.04);
  EXPECT_EQ(room.bob.v, (core::Vec3{}));
  EXPECT_NE(room.ada.v, (core::Vec3{}));
  room.say("stop", "Bob");
  room.run(0.04);
  EXPECT_EQ(room.ada.v, (core::Vec3{}));
}

TEST(Conductor, a_person_in_the_way_is_walked_around_and_never_neared) {
  Room room;
  const uint64_t id = room.say("go to the door");
  room.run(40);
  EXPECT_GE(room.nearest, brain::kPersonKeep);
  EXPECT_EQ(room.conductor.find(id)->plan.front().state, StepState::done) << room.conductor.find(id)->plan.front().reason;
}

TEST(Conductor, a_hand_at_the_stick_ends_a_plan_that_walks_and_keeps_its_command) {
  Room room;
  const uint64_t id = room.say("walk forward three metres");
  room.run(0.5);
  room.conductor.take_over("Ada");
  room.ada.set_velocity(0.1, 0.2, 0);
  room.run(0.5);
  EXPECT_EQ(room.ada.v, (core::Vec3{0.1, 0.2, 0}));
  EXPECT_EQ(room.conductor.find(id)->plan.front().reason, "steered by hand");
}

TEST(Conductor, a_checklist_names_things_and_reasons_in_the_speakers_language) {
  Room room;
  const uint64_t id = room.say("走到门那里");
  room.run(0.5);
  room.conductor.take_over("Ada");
  const StepView& step = room.conductor.find(id)->plan.front();
  EXPECT_NE(step.label.find("门"), std::string::npos) << step.label;
  EXPECT_EQ(step.label.find("door"), std::string::npos) << step.label;
  EXPECT_EQ(step.reason, "改为手动操控");
}

TEST(Conductor, who_speaks_to_everyone_is_obeyed_by_each) {
  Room room;
  const uint64_t id = room.conductor.hear({"turn left", "Ada", {}, false, true, "test"});
  room.run(6);
  ASSERT_EQ(room.conductor.find(id)->plan.size(), 2u);
  EXPECT_NEAR(room.ada.stance_.yaw, 1.57, 0.1);
  EXPECT_NEAR(room.bob.stance_.yaw, 1.57, 0.1);
}

TEST(Conductor, a_robot_that_leaves_ends_its_plan_and_the_other_goes_on) {
  Room room;
  const uint64_t id = room.say("everyone, turn around");
  room.run(0.3);
  room.conductor.set_robots({{"Ada", {}, &room.ada}});
  room.run(10);
  const Exchange* exchange = room.conductor.find(id);
  for (const StepView& step : exchange->plan) EXPECT_EQ(step.state, step.robot == "Ada" ? StepState::done : StepState::stopped);
}

// Any bytes at all: nothing crashes, nothing moves.
TEST(Conductor, random_bytes_never_move_a_robot) {
  Room room;
  std::mt19937 rng(7);
  for (int i = 0; i < 400; ++i) {
    std::string text(rng() % 60 + 1, ' ');
    for (char& c : text) c = static_cast<char>(rng() % 256);
    room.say(text);
    if (i % 20 == 0) room.run(0.04);
  }
  room.run(1);
  EXPECT_EQ(room.ada.far, 0);
  EXPECT_EQ(room.ada.bent, 0);
}

TEST(Conductor, more_than_the_desk_holds_is_turned_away_and_stop_words_are_obeyed_all_the_same) {
  Room room;
  room.say("walk forward three metres");
  room.run(1);
  size_t taken = 0;
  for (int i = 0; i < 1000; ++i) taken += room.say("what can you do") != 0;
  EXPECT_EQ(taken, kWaiting);
  EXPECT_EQ(room.say("stop"), 0u);
  room.conductor.tick(0.02);
  EXPECT_EQ(room.ada.v, (core::Vec3{}));
}

TEST(Conductor, with_a_thread_of_its_own_the_brain_answers_and_a_stop_beats_it) {
  Room room;
  Conductor conductor({true, false, true, ""}, Room::stage());
  conductor.set_robots({{"Ada", {}, &room.ada}});
  const uint64_t id = conductor.hear({"walk forward three metres", "Ada", {}, false, false, "test"});
  for (int i = 0; i < 2000 && !(conductor.find(id) && conductor.find(id)->answered); ++i) {
    conductor.tick(0);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  conductor.tick(0.02);
  EXPECT_GT(room.ada.v[0], 0);
  conductor.hear({"stop", "Ada", {}, false, false, "test"});
  conductor.tick(0.02);
  EXPECT_EQ(room.ada.v, (core::Vec3{}));
}

}  // namespace
}  // namespace manybody::conduct
