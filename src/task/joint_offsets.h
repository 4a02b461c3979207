// What somebody else wants of the joints while a policy walks: offsets to its joint targets, which it is not to notice.
//
// Reads: wanted offsets, one an actuated joint, rad; the walking signal. Writes: what is added to the targets; measurements without it.
// Method: a position loop with gains kp and kd follows a slow target with the lag kd / kp, so what a joint does because of its offset is
// that offset through a first-order lag; this is taken from q and q̇ before the signal sees them. Where an arm's swing is part of the
// gait, it fades out while the joint has an offset. Leg offsets fade out while the robot walks.
// Limits: unused (never set, or faded out) it does nothing at all: results are the same to the last bit.
#pragma once

#include <span>
#include <vector>

#include "body/body.h"
#include "signal/measured.h"
#include "signal/walk_signal.h"

namespace manybody::task {

class JointOffsets {
 public:
  void set(const body::Body& body, const signal::WalkModel& model, std::span<const double> wanted);
  void step(const signal::WalkModel& model, const signal::WalkSignal& signal);  // once a control step
  void add(std::span<double> targets) const;
  void hide(signal::Measured& measured) const;
  void clear() { wanted_.clear(); }
  bool on() const { return !wanted_.empty(); }

 private:
  struct Joint {
    double lag = 0.05;               // s
    bool leg = true;
    double swing_gain = 0, fade = 0;  // of an arm's swing: 0 none, 1 all of it taken away
    double shift = 0, seen = 0, rate = 0;  // added; what q and q̇ do because of it
  };
  std::vector<double> wanted_, prior_;
  std::vector<Joint> joints_;
};

}  // namespace manybody::task
