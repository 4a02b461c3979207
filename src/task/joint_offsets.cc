#include "task/joint_offsets.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace manybody::task {
namespace {

constexpr double kFadeSeconds = 0.3, kNothing = 1e-4;  // rad: below this an offset is none

}  // namespace

void JointOffsets::set(const body::Body& body, const signal::WalkModel& model, std::span<const double> wanted) {
  MB_CHECK(wanted.size() == model.home.size());
  if (!on()) {
    if (std::all_of(wanted.begin(), wanted.end(), [](double x) { return x == 0; })) return;
    joints_.assign(wanted.size(), {});
    prior_.resize(wanted.size());
    for (size_t a = 0; a < wanted.size(); ++a) {
      const body::Joint& joint = body.joints[static_cast<size_t>(body.actuated[a])];
      if (joint.kp > 0) joints_[a].lag = std::clamp((joint.kd + joint.damping) / joint.kp, 0.0, 0.5);
    }
    for (size_t u = 0; u < model.upper.size(); ++u) {
      Joint& joint = joints_[static_cast<size_t>(model.upper[u])];
      joint.leg = false, joint.swing_gain = model.swing[u];
    }
  }
  wanted_.assign(wanted.begin(), wanted.end());
}

void JointOffsets::step(const signal::WalkModel& model, const signal::WalkSignal& signal) {
  signal.prior_targets(prior_);
  double most = 0;
  for (size_t a = 0; a < joints_.size(); ++a) {
    Joint& joint = joints_[a];
    const double wanted = joint.leg ? wanted_[a] * (1 - signal.gait().gate) : wanted_[a];
    double swing = 0;
    if (joint.swing_gain != 0) {
      const double step = model.dt / kFadeSeconds;
      joint.fade += std::clamp((std::fabs(wanted) > kNothing ? 1.0 : 0.0) - joint.fade, -step, step);
      swing = joint.fade * (prior_[a] - model.home[a]);
    }
    joint.shift = wanted - swing;
    const double before = joint.seen;
    joint.seen += (1 - std::exp(-model.dt / std::max(joint.lag, 1e-3))) * (joint.shift - joint.seen);
    joint.rate = (joint.seen - before) / model.dt;
    most = std::max({most, std::fabs(wanted_[a]), std::fabs(joint.seen), std::fabs(joint.shift), joint.fade});
  }
  if (most < kNothing) clear();
}

void JointOffsets::add(std::span<double> targets) const {
  for (size_t a = 0; a < joints_.size(); ++a) targets[a] += joints_[a].shift;
}

void JointOffsets::hide(signal::Measured& measured) const {
  for (size_t a = 0; a < joints_.size(); ++a) measured.q[a] -= joints_[a].seen, measured.dq[a] -= joints_[a].rate;
}

}  // namespace manybody::task
