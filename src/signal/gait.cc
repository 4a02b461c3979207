#include "signal/gait.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace manybody::signal {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kGateTime = 0.12;  // s, fade between standing and walking
constexpr double kHandOver = 0.08;  // of a cycle: weight moves from leg to leg over this share

// Share of its full load a leg carries at its own phase (0: swing begins, s: it ends), smooth at both ends.
double load(double phase, double swing) {
  auto ramp = [](double x) { return x <= 0 ? 0.0 : x >= 1 ? 1.0 : x * x * (3 - 2 * x); };
  const double landed = ramp((phase - swing) / kHandOver);
  const double leaving = ramp((1 - phase) / kHandOver);
  return phase < swing ? 0.0 : std::min(landed, leaving);
}

FootReference foot_reference(const WalkModel& model, const GaitState& state, int leg, double phase) {
  const WalkConfig& c = model.config;
  const double s = c.swing_share;
  const double reach = model.period * (1 - s) / 2;  // seconds of travel on each side of the neutral point
  const double y = model.legs[leg].sole[1];
  const double ahead_x = reach * (state.command.vx - state.command.wz * y);
  const double ahead_y = reach * (state.command.vy + state.command.wz * model.legs[leg].sole[0]);
  const double ahead_yaw = reach * state.command.wz * c.foot_yaw_gain;
  FootReference foot;
  foot.stance = phase >= s || state.gate < 0.5;
  double along;  // -1 behind … 1 ahead of the neutral point
  if (phase < s) {
    const double u = phase / s;
    along = -std::cos(kPi * u);
    foot.lift = state.gate * c.swing_height * model.leg_length * std::pow(std::sin(kPi * u), 2);
  } else {
    along = 1 - 2 * (phase - s) / (1 - s);
  }
  foot.offset = {state.gate * ahead_x * along, state.gate * ahead_y * along, foot.lift, 0, 0, state.gate * ahead_yaw * along};
  return foot;
}

// Symmetric orbit of the pendulum: over the right foot while the left one swings, then mirrored. Velocity changes its sign where
// the weight changes feet.
void add_sway(const WalkModel& model, const GaitState& state, GaitReference& reference) {
  const double half = std::fmod(state.phase + 0.75 - model.config.swing_share / 2, 0.5) - 0.25;  // 0 at mid-stance
  const bool right = std::fmod(state.phase + 1.25 - model.config.swing_share / 2, 1.0) < 0.5;    // the right foot stands
  const double width = 0.5 * (model.legs[0].sole[1] - model.legs[1].sole[1]);
  const double rate = std::sqrt(model.gravity / model.com_height), edge = std::cosh(rate * model.period / 4);
  const double size = (right ? 1 : -1) * model.config.sway * state.gate * width;
  reference.sway = size * (std::cosh(rate * half * model.period) / edge - 1);
  reference.sway_speed = size * rate * std::sinh(rate * half * model.period) / edge;
  for (int l = 0; l < 2; ++l) {
    reference.feet[l].offset[0] += state.capture[l][0];
    reference.feet[l].offset[1] += state.capture[l][1] - reference.sway;
  }
}

// Turning the body about a standing hip is the leg turning about it the other way, sole and all. A swinging leg hangs plumb: it
// turns back by the tilt, or a leaning body would put its foot too far behind.
void add_righting(const WalkModel& model, const GaitState& state, GaitReference& reference) {
  if (model.config.righting <= 0) return;
  for (int l = 0; l < 2; ++l) {
    // In double support both legs turn together; a body that only stands needs half, or it rocks.
    const double stand = std::min(1.0, (1 + state.gate) * reference.support[l]);
    const double swing = state.gate * (1 - stand);
    core::Vec3 turn{};
    for (int r = 0; r < 2; ++r) turn[r] = stand * state.righting[r] - swing * state.tilt[r];
    const core::Vec3 arm{model.legs[l].sole[0] - model.legs[l].hip[0], model.legs[l].sole[1] - model.legs[l].hip[1],
                         model.legs[l].sole[2] - model.legs[l].hip[2]};
    const core::Vec3 shift = core::cross(turn, arm);
    for (int i = 0; i < 3; ++i) reference.feet[l].offset[i] += shift[i];
    for (int r = 0; r < 2; ++r) reference.feet[l].offset[3 + r] += turn[r];
  }
}

}  // namespace

void estimate_velocity(const WalkModel& model, const Measured& measured, GaitState& state) {
  const GaitReference reference = compute_gait(model, state);
  double sum[2] = {0, 0};
  for (int l = 0; l < 2; ++l) {
    const LegModel& leg = model.legs[l];
    const int n = static_cast<int>(leg.joints.size());
    const core::Vec3 turning = core::cross(measured.gyro, leg.sole);
    for (int r = 0; r < 2; ++r) {
      double sole = turning[r];
      for (int i = 0; i < n; ++i) sole += leg.jacobian[r * n + i] * measured.dq[leg.joints[i]];
      sum[r] -= reference.support[l] * sole;
    }
  }
  const double blend = model.config.velocity_time_s > 0 ? 1 - std::exp(-model.dt / model.config.velocity_time_s) : 1;
  for (int r = 0; r < 2; ++r) state.velocity[r] += blend * (sum[r] - state.velocity[r]);
}

void advance_capture(const WalkModel& model, GaitState& state) {
  const GaitReference reference = compute_gait(model, state);
  const double time = std::sqrt(model.com_height / model.gravity), s = model.config.swing_share;
  const double wanted[2] = {state.command.vx, state.command.vy + reference.sway_speed};
  const double most = 0.3 * model.leg_length;
  for (int l = 0; l < 2; ++l) {
    const double phase = std::fmod(state.phase + 0.5 * l, 1.0);
    for (int r = 0; r < 2; ++r) {
      double& step = state.capture[l][r];
      if (phase < s) {
        const double u = phase / s, grown = u * u * (3 - 2 * u);
        step = state.gate * grown * std::clamp(model.config.capture * time * (state.velocity[r] - wanted[r]), -most, most);
      } else {
        step *= std::max(0.0, 1 - model.dt / model.period / std::max(1 - phase, 1e-3));
      }
    }
  }
}

void advance_righting(const WalkModel& model, const Measured& measured, GaitState& state) {
  const WalkConfig& c = model.config;
  const double tilt[2] = {-measured.gravity[1], measured.gravity[0]};
  for (int r = 0; r < 2; ++r) {
    state.tilt[r] = std::clamp(tilt[r], -0.5, 0.5);
    state.righting[r] = std::clamp(c.righting * (tilt[r] + c.righting_time_s * measured.gyro[r]), -0.4, 0.4);
  }
}

bool is_stand(const WalkModel& model, const VelocityCommand& command) {
  const double speed = std::hypot(command.vx, command.vy) / model.speed_unit;
  return speed < model.config.stand_speed && std::abs(command.wz) / model.rate_unit < model.config.stand_speed;
}

void advance_gait(const WalkModel& model, const VelocityCommand& command, GaitState& state) {
  const WalkConfig& c = model.config;
  const double blend = c.command_time_s > 0 ? 1 - std::exp(-model.dt / c.command_time_s) : 1;
  const bool stand = is_stand(model, command);
  state.command.vx += blend * ((stand ? 0 : command.vx) - state.command.vx);
  state.command.vy += blend * ((stand ? 0 : command.vy) - state.command.vy);
  state.command.wz += blend * ((stand ? 0 : command.wz) - state.command.wz);

  const double step = model.dt / model.period;
  // A push or a stumble while standing is answered by stepping in place until it is over.
  const double drift = std::hypot(state.velocity[0], state.velocity[1]) / model.speed_unit;
  const double wanted = std::abs(compute_gait(model, state).sway_speed) / model.speed_unit;
  const bool caught = drift < c.recover_speed + wanted && std::hypot(state.tilt[0], state.tilt[1]) < c.recover_tilt;
  state.idle_strides = stand && (caught || state.walking) ? state.idle_strides + step : 0;
  if (stand && state.walking && !caught) state.idle_strides = std::min(state.idle_strides, 0.9 * c.stop_strides);
  if (!stand || !caught) state.walking = true;
  if (state.walking) {
    const double before = state.phase;
    state.phase += step;
    const bool boundary = (before < 0.5 && state.phase >= 0.5) || state.phase >= 1;
    if (state.phase >= 1) state.phase -= 1;
    if (boundary && state.idle_strides > c.stop_strides) {
      state.walking = false;
      state.phase = state.phase < 0.25 ? 0 : 0.5;  // the next walk begins with the other leg
    }
  }
  const double rate = model.dt / kGateTime;
  state.gate = std::clamp(state.gate + (state.walking ? rate : -rate), 0.0, 1.0);
}

GaitReference compute_gait(const WalkModel& model, const GaitState& state) {
  GaitReference reference;
  double total = 0;
  for (int leg = 0; leg < 2; ++leg) {
    const double phase = leg == 0 ? state.phase : std::fmod(state.phase + 0.5, 1.0);
    reference.feet[leg] = foot_reference(model, state, leg, phase);
    reference.support[leg] = load(phase, model.config.swing_share) + 1e-3;
    total += reference.support[leg];
  }
  for (double& share : reference.support) share = 0.5 * (1 - state.gate) + state.gate * share / total;
  add_sway(model, state, reference);
  add_righting(model, state, reference);
  return reference;
}

}  // namespace manybody::signal
