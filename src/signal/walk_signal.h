// The walking signal of one body: measurements and a command in, an observation out; an action in, joint targets out.
// The same object runs in training and on the robot; it owns the little state between ticks (phase, last action).
//
// One tick: `observe` (advances the gait, writes the observation), the network, `act` (writes joint targets in rad).
// Symmetry: in the second half of the gait cycle everything is seen in a mirror, so any policy on top is exactly symmetric.
// Limits: no allocation after construction. Targets are clipped to the joint ranges. Errors: none; NaN inputs give NaN
// observations, which the caller's safety layer must stop.
#pragma once

#include <span>
#include <vector>

#include "signal/gait.h"
#include "signal/measured.h"
#include "signal/walk_model.h"

namespace manybody::signal {

struct WalkState {
  GaitState gait;
  std::vector<float> action;    // last, filtered, unmirrored
  std::vector<double> targets;  // last, rad
};

class WalkSignal {
 public:
  explicit WalkSignal(const WalkModel& model);  // the model must outlive it

  void reset(double phase, bool walking, const VelocityCommand& command);
  void observe(const Measured& measured, const VelocityCommand& command, std::span<float> observation);
  void act(std::span<const float> action, std::span<double> targets);

  const GaitState& gait() const { return state_.gait; }
  const GaitReference& reference() const { return reference_; }
  bool mirrored() const { return model_->config.mirror && state_.gait.phase >= 0.5; }
  const WalkState& state() const { return state_; }
  void set_state(const WalkState& state);
  // Joint targets of the bare prior (no action), without clipping: what the reward compares with.
  void prior_targets(std::span<double> targets) const;
  // The same without the support feed-forward: where the joints should be.
  void reference_pose(std::span<double> pose) const;

 private:
  void write_pose(std::span<double> targets, double feedforward, const float* action) const;

  const WalkModel* model_;
  WalkState state_;
  GaitReference reference_;
  std::vector<float> scratch_;
};

}  // namespace manybody::signal
