#include "task/joint_offsets.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace manybody::task {
namespace {

constexpr double kFadeSeconds = 0.3, kNothing = 1e-4;     // rad: below this an offset is none
constexpr double kStepSeconds = 0.1, kFirmSeconds = 1.0;  // one that steps again and again does not stand
constexpr double kBendSeconds = 0.3, kStumbleGate = 0.3;
constexpr double kLeanRate = 2, kLeanDecay = 0.5, kLeanMax = 0.1;  // 1/s, 1/s, of the leg length
constexpr double kCarryMax = 0.3;                                  // rad
constexpr double kNewton = 0.3, kUnderMps = 0.4, kUnderShare = 0.25,
                 kWalkingShare = 0.5;  // of the error a tick, m/s, of the leg length

bool is_ankle(body::Role role) {
  return role == body::Role::ankle_pitch || role == body::Role::ankle_roll || role == body::Role::toe;
}

}  // namespace

void JointOffsets::begin(const body::Body& body, const signal::WalkModel& model) {
  const size_t n = model.home.size();
  body_ = &body;
  joints_.assign(n, {});
  prior_.resize(n);
  legs_.assign(n, 0.0);
  lean_ = {};
  carry_.assign(n, 0.0);
  under_ = {};
  bend_ = 0, walking_ = -1, stumbled_ = false;
  for (size_t a = 0; a < n; ++a) {
    const body::Joint& joint = body.joints[static_cast<size_t>(body.actuated[a])];
    if (joint.kp > 0) joints_[a].lag = std::clamp((joint.kd + joint.damping) / joint.kp, 0.0, 0.5);
  }
  for (size_t u = 0; u < model.upper.size(); ++u) {
    Joint& joint = joints_[static_cast<size_t>(model.upper[u])];
    joint.leg = false, joint.swing_gain = model.swing[u];
  }
  angles_.clear();
  for (const body::Joint& joint : body.joints) angles_.push_back(joint.home);
  poise_.emplace(body);
  poise_->set(angles_);
  over_soles_ = poise_->com_over_soles();
  lift_home_.assign(n, 0.0);
  for (int l = 0; l < 2; ++l) {
    for (const int a : model.legs[static_cast<size_t>(l)].joints)
      lift_home_[static_cast<size_t>(a)] = poise_->velocity(body.actuated[static_cast<size_t>(a)], poise_->sole(l))[2];
  }
}

// One step of Newton's method a tick: the pose as it is wanted, and where its weight would be.
void JointOffsets::balance(const signal::WalkModel& model, double gate, const signal::Measured& measured) {
  walking_ = walking_ < 0
                 ? gate
                 : walking_ + (1 - std::exp(-model.dt / (gate > walking_ ? kStepSeconds : kFirmSeconds))) * (gate - walking_);
  for (size_t a = 0; a < wanted_.size(); ++a)
    angles_[static_cast<size_t>(body_->actuated[a])] = model.home[a] + wanted_[a] + legs_[a];
  poise_->set(angles_);
  const core::Vec3 now = poise_->com_over_soles();
  for (size_t i = 0; i < 2; ++i) {
    const double step = kUnderMps * model.dt, reach = kUnderShare * model.leg_length;
    under_[i] = std::clamp(under_[i] + std::clamp(kNewton * (now[i] - over_soles_[i]), -step, step), -reach, reach);
  }
  for (size_t a = 0; a < wanted_.size(); ++a) angles_[static_cast<size_t>(body_->actuated[a])] = measured.q[a] + joints_[a].seen;
  poise_->set(angles_);
  const core::Vec3 is = poise_->com_over_soles();
  for (size_t i = 0; i < 2; ++i) {
    const double wrong = gesturing_ ? is[i] - over_soles_[i] : 0;
    lean_[i] += model.dt * (kLeanRate * (1 - walking_) * wrong - kLeanDecay * lean_[i]);
    lean_[i] = std::clamp(lean_[i], -kLeanMax * model.leg_length, kLeanMax * model.leg_length);
  }
  const double x = (1 - walking_ * (1 - kWalkingShare)) * under_[0] + lean_[0], y = (1 - walking_) * under_[1] + lean_[1];
  for (const signal::LegModel& leg : model.legs) {
    for (size_t i = 0; i < leg.joints.size(); ++i)
      legs_[static_cast<size_t>(leg.joints[i])] = leg.inverse[i * 6] * x + leg.inverse[i * 6 + 1] * y;
  }
  carry(model);
}

// Each leg holds half the weight; a joint's torque for it is the weight times how fast the joint would lift the sole.
void JointOffsets::carry(const signal::WalkModel& model) {
  for (int l = 0; l < 2; ++l) {
    for (const int a : model.legs[static_cast<size_t>(l)].joints) {
      const size_t at = static_cast<size_t>(a);
      const double lift = poise_->velocity(body_->actuated[at], poise_->sole(l))[2];
      const double torque = -0.5 * body_->mass * model.gravity * (lift - lift_home_[at]);
      if (is_ankle(body_->joints[static_cast<size_t>(body_->actuated[at])].role)) continue;  // the foot lies flat by itself
      carry_[at] = model.kp[at] > 0 ? std::clamp(bend_ * torque / model.kp[at], -kCarryMax, kCarryMax) : 0;
    }
  }
}

// Legs bend only under who stands. A stumble ends it; the legs stay free until nothing is wanted of them any more.
void JointOffsets::bend(const signal::WalkModel& model, double gate) {
  bool wanted = false;
  for (size_t a = 0; a < joints_.size(); ++a) wanted = wanted || (joints_[a].leg && std::fabs(wanted_[a]) > kNothing);
  if (!wanted) stumbled_ = false;
  stumbled_ = stumbled_ || (wanted && gate > kStumbleGate);
  const double step = model.dt / kBendSeconds;
  bend_ += std::clamp((wanted && !stumbled_ ? 1.0 : 0.0) - bend_, -step, step);
}

void JointOffsets::set(const body::Body& body, const signal::WalkModel& model, std::span<const double> wanted) {
  MB_CHECK(wanted.size() == model.home.size());
  if (!on()) {
    if (std::all_of(wanted.begin(), wanted.end(), [](double x) { return x == 0; })) return;
    begin(body, model);
  }
  wanted_.assign(wanted.begin(), wanted.end());
}

void JointOffsets::step(const signal::WalkModel& model, const signal::WalkSignal& signal, const signal::Measured& measured) {
  signal.prior_targets(prior_);
  gesturing_ = std::any_of(wanted_.begin(), wanted_.end(), [](double x) { return std::fabs(x) > kNothing; });
  balance(model, signal.gait().gate, measured);
  bend(model, signal.gait().gate);
  double most = 0;
  for (size_t a = 0; a < joints_.size(); ++a) {
    Joint& joint = joints_[a];
    const double wanted = joint.leg ? bend_ * wanted_[a] + legs_[a] : wanted_[a];
    double swing = 0;
    if (joint.swing_gain != 0) {
      const double step = model.dt / kFadeSeconds;
      joint.fade += std::clamp((std::fabs(wanted) > kNothing ? 1.0 : 0.0) - joint.fade, -step, step);
      swing = joint.fade * (prior_[a] - model.home[a]);
    }
    joint.shift = wanted - swing + carry_[a];
    const double before = joint.seen;
    joint.seen += (1 - std::exp(-model.dt / std::max(joint.lag, 1e-3))) * (wanted - swing - joint.seen);
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
