// What somebody else wants of the joints while a policy walks: offsets to its joint targets, which it is not to notice.
//
// Reads: wanted offsets, one an actuated joint, rad; the walking signal. Writes: what is added to the targets; measurements without it.
// Method: a position loop with gains kp and kd follows a slow target with the lag kd / kp, so what a joint does because of its offset is
// that offset through a first-order lag; this is taken from q and q̇ before the signal sees them. Where an arm's swing is part of the
// gait, it fades out while the joint has an offset. Arms that are raised move the centre of mass: a robot that stands shifts its root
// the other way, both legs through their inverse Jacobian, until the mass is over the soles again (poise.h); one that walks a part of it.
// Bent legs carry more at the knee: what the position loop needs for that is added (weight times lever over kp). Legs bend only under a
// robot that stands; once it has to step they are let go.
// Limits: unused (never set, or faded out) it does nothing at all: results are the same to the last bit.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "body/body.h"
#include "body/poise.h"
#include "signal/measured.h"
#include "signal/walk_signal.h"

namespace manybody::task {

class JointOffsets {
 public:
  void set(const body::Body& body, const signal::WalkModel& model, std::span<const double> wanted);
  // Once a control step; measured: as the signal saw it.
  void step(const signal::WalkModel& model, const signal::WalkSignal& signal, const signal::Measured& measured);
  void add(std::span<double> targets) const;
  void hide(signal::Measured& measured) const;
  void clear() { wanted_.clear(); }
  bool on() const { return !wanted_.empty(); }

 private:
  struct Joint {
    double lag = 0.05;  // s
    bool leg = true;
    double swing_gain = 0, fade = 0;       // of an arm's swing: 0 none, 1 all of it taken away
    double shift = 0, seen = 0, rate = 0;  // added; what q and q̇ do because of it
  };
  void begin(const body::Body& body, const signal::WalkModel& model);
  void balance(const signal::WalkModel& model, double gate, const signal::Measured& measured);
  void carry(const signal::WalkModel& model);
  void bend(const signal::WalkModel& model, double gate);
  const body::Body* body_ = nullptr;
  std::optional<body::Poise> poise_;
  core::Vec3 over_soles_{};  // of the home pose
  double walking_ = 0;       // the gait's gate, low-passed
  double bend_ = 0;          // share of the legs' own offsets that is let through
  bool stumbled_ = false, gesturing_ = false;
  std::array<double, 2> under_{}, lean_{};  // how far the feet are put under the mass: as planned, as measured, m
  std::vector<double> wanted_, prior_, angles_, legs_, carry_, lift_home_;
  std::vector<Joint> joints_;
};

}  // namespace manybody::task
