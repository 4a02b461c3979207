// Carries out one robot's part of a plan, a control tick at a time: a pure state machine, no clock, no physics of its own.
//
// Reads: a vetted plan, the scene, the body, and each tick what the world is like. Writes: a velocity command, joint offsets, words to
// say, and what each step has come to. Units m, rad, s; velocities in the robot's heading frame, x forward, y left.
// Method: steps run in order; a step with `parallel` runs beside the one before it, and goes on until the longest of them that ends by
// itself has ended; `when` holds back; `repeat` runs again. Every step has a time-out. docs/method/brain.md, "Carrying a plan out".
// People and other robots that stand between are walked around. Limits: never nearer to one than kPersonKeep, never faster than
// kNearPersonMps within kPersonNear; what moves the legs waits until the robot stands; a fall or interrupt() ends everything.
// Errors: none while it runs; what a body lacks makes its step fail with a reason.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "body/body.h"
#include "brain/cause.h"
#include "brain/plan.h"
#include "brain/scene.h"
#include "brain/skill.h"
#include "motion/gesture.h"

namespace manybody::brain {

inline constexpr double kPersonKeep = 0.9, kPersonNear = 1.8, kNearPersonMps = 0.35, kThingKeep = 0.45, kPlaceKeep = 0.25;

// What the world is like this tick.
struct Senses {
  double x = 0, y = 0, yaw = 0;  // of the robot on the stage
  bool fallen = false;
  double stood = 1e9;              // s that both feet have rested; 0: it steps
  std::vector<std::string> heard;  // words heard since the last tick
  const Scene* scene = nullptr;    // with positions as they are now; null: as given at the start
};

// What the robot is to do this tick.
struct Drive {
  double vx = 0, vy = 0, wz = 0;
  std::vector<double> offsets;  // one a joint of the body, rad, to be added to the policy's targets
  std::string say;              // begins now; "" mostly
  bool moving = false;          // a velocity is wanted: not only standing
};

struct Progress {
  enum class State { waiting, running, done, failed, stopped } state = State::waiting;
  Cause cause = Cause::none;  // why it failed or was stopped (say_cause)
  std::string about;
};
const char* to_text(Progress::State state);

class Executor {
 public:
  Executor(const body::Body& body, const Skills& skills, const motion::Gestures& gestures, Ability ability);

  // Takes the steps meant for `robot` (those without a robot too when `robot` is the one spoken to).
  void start(const Plan& plan, const Scene& scene, const std::string& robot = "", bool spoken_to = true);
  void interrupt(Cause cause = Cause::stopped);        // at once: the next tick commands zero, gestures let go smoothly
  const Drive& tick(const Senses& senses, double dt);  // does not allocate once started
  bool running() const { return group_begin_ < runs_.size(); }
  const Plan& plan() const { return plan_; }
  bool walks() const;  // some step of the plan is the legs' business: the velocity is the plan's while it runs
  Progress progress(size_t step) const { return runs_[step].progress; }

 private:
  struct Run {
    Progress progress;
    const Skill* skill = nullptr;
    double time = 0, timeout = 30, length = 0;  // s; length 0: ends by what the world does
    int left = 1;
    bool open = false;  // goes on until the others of its group have ended
    bool begun = false, said = false, bends_legs = false, both_arms = false;
    double settling = 0, blocked = 0;  // s: waited until it stood; held up by somebody
    double from_x = 0, from_y = 0, from_yaw = 0, turned = 0, last_yaw = 0;
    motion::Fitted gesture;
  };
  void begin(size_t i, const Senses& senses);
  bool may_begin(size_t i, const Senses& senses);
  void go_on(size_t i, const Senses& senses, double dt);
  void walk(size_t i, const Senses& senses);
  void turn(size_t i, const Senses& senses);
  void go(size_t i, const Senses& senses, bool follow);
  void finish(size_t i, Progress::State state, Cause cause = Cause::none, const std::string& about = "");
  void next_group(const Senses& senses);
  bool is_settling(size_t i, const Senses& senses, double dt);
  void keep_away(const Senses& senses, double dt);
  void give_up_blocked(bool held_up, double dt);
  core::Vec3 way_to(const Item& target, const Senses& senses) const;
  template <class F>
  void each_other(const Senses& senses, F&& f) const;  // people and robots but itself
  const Item* place_of(const std::string& target, const Senses& senses) const;
  void fit(size_t i, const Senses& senses);
  void ease_offsets(double dt);
  size_t group_end() const;

  const body::Body& body_;
  const Skills& skills_;
  const motion::Gestures& gestures_;
  Ability ability_;
  double creep_mps_, creep_radps_;  // slower commands mean standing to the gait
  Plan plan_;
  Scene scene_;
  std::string self_;
  std::vector<Run> runs_;
  size_t group_begin_ = 0;
  Drive drive_;
  std::vector<double> wanted_;  // offsets before they are eased
  std::vector<double> held_;
  bool holding_ = false;
};

}  // namespace manybody::brain
