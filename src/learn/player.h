// One body walking under one policy, a control tick at a time: what play, the page and films show.
//
// Reads: a body, a bundle folder (or none: the bare gait prior), commands, pushes. Writes: the world and what it measures.
// Method: the same WalkEnv that trains, with one world, no noise and no time limit. A body that fell lies for a moment, then
// stands up at its home pose. Limits: commands are clipped to what the policy was trained on.
// Errors: core::UserError when the policy is for another body or contract, or its files are damaged.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "policy/policy.h"
#include "signal/tape.h"
#include "task/walk.h"

namespace manybody::learn {

struct PlayerOptions {
  std::string terrain = "flat", collisions = "full";
  uint64_t seed = 1;
  double lie_seconds = 1.5;  // after a fall, before standing up again
};

class Player {
 public:
  // policy_folder "": no network, the gait prior alone.
  Player(const body::Body& body, const std::string& policy_folder, const PlayerOptions& options);

  void set_command(const signal::VelocityCommand& command);  // clipped
  // Gestures: one a joint of the body, rad, added to the policy's targets; clipped to the joint's range, followed no faster than the
  // joint can. Legs follow only while standing. Kept until set anew; a fall ends them.
  void set_offsets(std::span<const double> offsets);
  // A force (N, world) at a point of a link (world) for some seconds; limited to 3 m g.
  void push(int link, const core::Vec3& point, const core::Vec3& force, double seconds);
  void kick(double dvx, double dvy) { env_.kick(0, dvx, dvy); }
  void tick();  // one control step
  void reset();
  // Takes newer weights of the same contract without disturbing the walk; false when the folder holds no newer ones.
  bool reload(const std::string& policy_folder);

  const body::Body& body() const { return body_; }
  task::WalkEnv& env() { return env_; }
  const task::WalkEnv& env() const { return env_; }
  double time() const { return time_; }
  double dt() const { return env_.model().dt; }
  int falls() const { return falls_; }
  bool fallen() const { return lying_ > 0; }
  int64_t policy_steps() const { return policy_ ? policy_->info().steps : 0; }
  signal::VelocityCommand command() const { return command_; }
  std::array<std::array<double, 2>, 3> command_range() const;  // what set_command keeps to: vx, vy (m/s), yaw rate (rad/s)
  core::Vec3 stride_velocity() const;                          // vx, vy (heading frame, m/s), yaw rate: mean of the last stride
  std::array<double, 2> foot_clearance() const;                // m

  // Records the signal's ticks from now on, until take_tape or a reset (a fall is one) ends it.
  void start_tape();
  signal::Tape take_tape();

 private:
  void apply_push();
  void follow_offsets();
  void step_on_tape();

  const body::Body body_;
  PlayerOptions options_;
  std::optional<policy::Policy> policy_;
  task::WalkTaskConfig config_;
  task::WalkEnv env_;
  signal::VelocityCommand command_;
  std::vector<float> action_;
  std::vector<core::Vec3> stride_;
  std::vector<double> offsets_wanted_, offsets_;  // one an actuated joint; empty until they are used
  size_t stride_at_ = 0, stride_count_ = 0;
  double time_ = 0, lying_ = 0, push_left_ = 0;
  int falls_ = 0, push_link_ = 0;
  core::Vec3 push_local_{}, push_force_{};
  physics::Inspection poses_;
  std::optional<signal::Tape> tape_;
  bool tape_started_ = false, tape_ended_ = false;
};

}  // namespace manybody::learn
