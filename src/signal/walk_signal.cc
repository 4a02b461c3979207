#include "signal/walk_signal.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/error.h"

namespace manybody::signal {

WalkSignal::WalkSignal(const WalkModel& model) : model_(&model) {
  state_.action.assign(model.actions, 0.0f);
  state_.targets = model.home;
  scratch_.resize(std::max(model.observations, model.actions));
  reference_ = compute_gait(model, state_.gait);
}

void WalkSignal::reset(double phase, bool walking, const VelocityCommand& command) {
  state_.gait = GaitState{};
  state_.gait.phase = phase;
  state_.gait.walking = walking;
  state_.gait.gate = walking ? 1 : 0;
  if (walking) {
    state_.gait.command = command;
    state_.gait.velocity = {command.vx, command.vy + compute_gait(*model_, state_.gait).sway_speed};
  }
  std::fill(state_.action.begin(), state_.action.end(), 0.0f);
  reference_ = compute_gait(*model_, state_.gait);
  prior_targets(state_.targets);
}

void WalkSignal::set_state(const WalkState& state) {
  state_ = state;
  reference_ = compute_gait(*model_, state_.gait);
}

void WalkSignal::observe(const Measured& measured, const VelocityCommand& command, std::span<float> observation) {
  const WalkModel& m = *model_;
  MB_CHECK(static_cast<int>(observation.size()) == m.observations);
  advance_gait(m, command, state_.gait);
  estimate_velocity(m, measured, state_.gait);
  advance_capture(m, state_.gait);
  advance_righting(m, measured, state_.gait);
  reference_ = compute_gait(m, state_.gait);

  float* out = scratch_.data();
  auto put = [&](double value) { *out++ = static_cast<float>(value); };
  for (int i = 0; i < 3; ++i) put(measured.gyro[i] / m.rate_unit);
  for (int i = 0; i < 3; ++i) put(measured.gravity[i]);
  const VelocityCommand& c = state_.gait.command;
  put(4 * c.vx / m.speed_unit);
  put(4 * c.vy / m.speed_unit);
  put(4 * c.wz / m.rate_unit);
  // Foot pose and velocity: J (q - home) and J q̇, in units of what one unit of action moves.
  for (int pass = 0; pass < 2; ++pass) {
    for (const LegModel& leg : m.legs) {
      const int n = static_cast<int>(leg.joints.size());
      for (int r = 0; r < 6; ++r) {
        double sum = 0;
        for (int i = 0; i < n; ++i) {
          const int a = leg.joints[i];
          sum += leg.jacobian[r * n + i] * (pass == 0 ? measured.q[a] - m.home[a] : measured.dq[a]);
        }
        const double unit = r < 3 ? 0.25 * m.leg_length : 0.5;
        put(pass == 0 ? sum / unit : 0.25 * sum / (unit * m.rate_unit));
      }
    }
  }
  for (const Lever& l : m.seen) put(l.joint < 0 ? 0 : l.scale * (measured.q[l.joint] - m.home[l.joint]));
  for (const Lever& l : m.seen) put(l.joint < 0 ? 0 : l.scale * m.seen_velocity * measured.dq[l.joint]);
  for (size_t i = 0; i < m.seen_effort.size(); ++i) {
    const Lever& l = m.seen[i];
    put(l.joint < 0 ? 0 : l.scale * m.seen_effort[i] * (state_.targets[l.joint] - measured.q[l.joint]));
  }
  for (float a : state_.action) put(0.5 * a);
  const double folded = m.config.mirror ? std::fmod(state_.gait.phase, 0.5) : state_.gait.phase;
  put(state_.gait.gate * std::sin(2 * std::numbers::pi * folded));
  put(state_.gait.gate * std::cos(2 * std::numbers::pi * folded));
  put(state_.gait.gate);
  for (float d : m.descriptors) put(d);

  const float clip = static_cast<float>(m.config.observation_clip);
  for (int i = 0; i < m.observations; ++i) scratch_[i] = std::clamp(scratch_[i], -clip, clip);
  if (mirrored()) {
    m.observation_mirror.apply(scratch_.data(), observation.data());
  } else {
    std::copy_n(scratch_.data(), m.observations, observation.data());
  }
}

void WalkSignal::act(std::span<const float> action, std::span<double> targets) {
  const WalkModel& m = *model_;
  MB_CHECK(static_cast<int>(action.size()) == m.actions && targets.size() == m.home.size());
  if (mirrored()) {
    m.action_mirror.apply(action.data(), scratch_.data());
  } else {
    std::copy_n(action.data(), m.actions, scratch_.data());
  }
  const double hz = m.config.action_filter_hz;
  const float keep = hz > 0 ? static_cast<float>(std::exp(-2 * std::numbers::pi * hz * m.dt)) : 0.0f;
  const float clip = static_cast<float>(m.config.action_clip);
  for (int i = 0; i < m.actions; ++i) {
    const float wanted = std::clamp(scratch_[i], -clip, clip);
    state_.action[i] = keep * state_.action[i] + (1 - keep) * wanted;
  }
  write_pose(targets, 1, state_.action.data());
  for (size_t a = 0; a < targets.size(); ++a) {
    // A target may lie beyond the range by what the PD loop needs for torque, but not without end.
    const double slack = 0.3;
    targets[a] = std::clamp(targets[a], m.low[a] - slack, m.high[a] + slack);
  }
  std::copy(targets.begin(), targets.end(), state_.targets.begin());
}

void WalkSignal::prior_targets(std::span<double> targets) const { write_pose(targets, 1, nullptr); }
void WalkSignal::reference_pose(std::span<double> pose) const { write_pose(pose, 0, nullptr); }

void WalkSignal::write_pose(std::span<double> targets, double feedforward, const float* action) const {
  const WalkModel& m = *model_;
  std::copy(m.home.begin(), m.home.end(), targets.begin());
  const bool by_sole = m.config.leg_space == "foot";
  for (int leg = 0; leg < 2; ++leg) {
    const LegModel& l = m.legs[leg];
    const int n = static_cast<int>(l.joints.size());
    double foot[6];
    for (int r = 0; r < 6; ++r) {
      foot[r] = reference_.feet[leg].offset[r] + (action && by_sole ? m.foot_scale[r] * action[6 * leg + r] : 0);
    }
    for (int i = 0; i < n; ++i) {
      double offset = feedforward * reference_.support[leg] * l.support[i];
      for (int r = 0; r < 6; ++r) offset += l.inverse[i * 6 + r] * foot[r];
      targets[l.joints[i]] += offset;
    }
  }
  const GaitState& gait = state_.gait;
  const double speed = std::clamp(gait.command.vx / m.speed_unit, -0.5, 0.5);
  // The left leg is foremost at the end of its swing (phase = swing share); the left arm is then hindmost.
  const double swing = gait.gate * speed * std::cos(2 * std::numbers::pi * (gait.phase - m.config.swing_share));
  for (size_t u = 0; u < m.upper.size(); ++u) {
    targets[m.upper[u]] -= m.swing[u] * swing;
  }
  if (!action) return;
  for (int i = 0; i < m.actions; ++i)
    if (m.levers[i].joint >= 0) targets[m.levers[i].joint] += m.levers[i].scale * action[i];
}

}  // namespace manybody::signal
