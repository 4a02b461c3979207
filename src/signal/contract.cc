#include "signal/contract.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "core/files.h"
#include "signal/by_role.h"

namespace manybody::signal {
namespace {

std::string joined(const WalkModel& model, const std::vector<int>& joints) {
  std::string text;
  for (int a : joints) text += (text.empty() ? "" : " ") + model.names[a];
  return text;
}

std::string feet(const char* what, const std::string& unit) {
  return fmt::format("{} 12: left then right sole (x y z roll pitch yaw), {}\n", what, unit);
}

std::string clock(const WalkModel& m) {
  return fmt::format("rate {:.17g} Hz, clip {:.17g}, {}\n", 1 / m.dt, m.config.observation_clip,
                     m.config.mirror ? "folded: mirrored while phase >= 0.5" : "not mirrored");
}

std::string prior(const WalkModel& m, const std::string& stride) {
  const WalkConfig& w = m.config;
  return fmt::format(
      "prior: stride {}, swing {:.17g}, lift {:.17g}, foot yaw {:.17g}, sway {:.17g}, capture {:.17g}, righting "
      "{:.17g} lead {:.17g} s, odometry {:.17g} s, stand below {:.17g}, recover above {:.17g} or {:.17g} rad, stop after {:.17g} "
      "strides, feed-forward {:.17g} "
      "up to {:.17g} rad, arm swing {:.17g}\nclip {:.17g}, low-pass {:.17g} Hz, added to the gait prior\n",
      stride, w.swing_share, w.swing_height, w.foot_yaw_gain, w.sway, w.capture, w.righting, w.righting_time_s, w.velocity_time_s,
      w.stand_speed, w.recover_speed, w.recover_tilt, w.stop_strides, w.feedforward, w.feedforward_limit_rad, w.arm_swing,
      w.action_clip, w.action_filter_hz);
}

// The same for every body: all numbers are shares of what the body's own size, weight and gravity give.
Contract shared_contract(const WalkModel& m) {
  const WalkConfig& w = m.config;
  const bool arms = m.actions > kRoleActions;
  Contract c;
  c.observation = clock(m);
  c.observation += "L: leg length, M: mass; speeds per sqrt(g L), rates per sqrt(g / L)\n";
  c.observation += "gyro 3: root frame\ngravity 3: unit vector, root frame\n";
  c.observation += fmt::format("command 3: vx vy wz, low-passed {:.17g} s, times 4\n", w.command_time_s);
  c.observation += feet("foot_pose", "J (q - home) per 0.25 L and 0.5 rad") + feet("foot_velocity", "J dq, the same, times 0.25");
  c.observation += fmt::format(
      "joint_position {}: q - home, rad, 0 where a body lacks the joint: left leg, right leg (hip pitch, roll, yaw, "
      "knee, ankle pitch, roll), waist (yaw, roll, pitch){}; positive about +y, +x, +z\n",
      m.actions, arms ? ", left arm, right arm (shoulder pitch, roll, yaw, elbow)" : "");
  c.observation += fmt::format("joint_velocity {}: the same, times {:.17g}\n", m.actions, kSeenVelocity);
  if (!m.seen_effort.empty())
    c.observation += fmt::format("joint_effort {}: the same joints, last target - q, 0.5 per unit of action\n", m.actions);
  c.observation +=
      fmt::format("last_action {}: x 0.5\nphase 3: gate sin, gate cos of the phase within its half cycle, gate\n", m.actions);
  c.observation += fmt::format("body {}: descriptors, version 1\n", m.descriptors.size());
  c.action = prior(m, fmt::format("{:.17g} per sqrt(L / g)", w.stride_frequency));
  c.action += fmt::format("leg_joints 12: as joint_position, {:.17g} M g L / kp per unit, at most {:.17g} rad\n", w.joint_effort,
                          w.joint_scale_max);
  c.action += fmt::format("waist_joints 3: {:.17g} rad per unit\n", w.waist_scale);
  if (arms) c.action += fmt::format("arm_joints {}: {:.17g} rad per unit\n", 2 * kArmRoles, w.arm_scale);
  return c;
}

// In this body's own joints, by name, and in SI units.
Contract own_contract(const WalkModel& m) {
  const std::string rate = fmt::format("{:.17g} rad/s", m.rate_unit), speed = fmt::format("{:.17g} m/s", m.speed_unit);
  const size_t upper = m.upper.size();
  Contract c;
  c.observation = clock(m);
  c.observation += "gyro 3: root frame, per " + rate + "\n";
  c.observation += "gravity 3: unit vector, root frame\n";
  c.observation +=
      fmt::format("command 3: vx vy wz, low-passed {:.17g} s, 4 per {} and {}\n", m.config.command_time_s, speed, rate);
  c.observation += feet("foot_pose", fmt::format("J (q - home) per {:.17g} m and 0.5 rad", 0.25 * m.leg_length));
  c.observation += feet("foot_velocity", "J dq, the same, per 4 x " + rate);
  c.observation += fmt::format("joint_position {}: q - home, rad: {}\n", upper, joined(m, m.upper));
  c.observation += fmt::format("joint_velocity {}: dq x {:.17g}: the same joints\n", upper, m.config.joint_velocity_scale);
  c.observation += fmt::format("last_action {}: x 0.5\n", m.actions);
  c.observation += "phase 3: gate sin, gate cos of the phase within its half cycle, gate\n";
  c.action = prior(m, fmt::format("{:.17g} s", m.period));
  std::string scales;
  for (double s : m.foot_scale) scales += fmt::format(" {:.17g}", s);
  if (m.config.leg_space == "foot") {
    c.action += feet("foot", "offset per unit:" + scales);
  } else {
    c.action += "leg_joints 12: left then right, first six from the hip, rad per unit:";
    // A leg with fewer than six joints leaves its last places out.
    for (int i = 0; i < 12; ++i)
      if (m.levers[i].joint >= 0) c.action += fmt::format(" {:.17g}", m.levers[i].scale);
    c.action += "\n";
  }
  for (int leg = 0; leg < 2; ++leg) {
    c.action +=
        fmt::format("{}_leg {}: {}\n", leg == 0 ? "left" : "right", m.legs[leg].joints.size(), joined(m, m.legs[leg].joints));
  }
  for (int i = 12; i < m.actions; ++i)
    c.action += fmt::format("joint 1: {} x {:.17g} rad\n", m.names[m.levers[i].joint], m.levers[i].scale);
  return c;
}

}  // namespace

Contract make_contract(const WalkModel& m) {
  Contract c = m.config.leg_space == "role" ? shared_contract(m) : own_contract(m);
  c.hash = fmt::format("{:016x}", core::hash_text(c.action, core::hash_text(c.observation)));
  return c;
}

std::vector<int> map_joints(std::span<const std::string> wanted, std::span<const std::string> given, const std::string& where) {
  std::vector<int> places;
  for (const std::string& name : wanted) {
    const auto found = std::find(given.begin(), given.end(), name);
    if (found == given.end()) {
      const std::string hint = core::near_match_hint(name, {given.begin(), given.end()});
      throw core::UserError(where, "has no joint '" + name + "'" + (hint.empty() ? "" : ", " + hint),
                            "every joint the policy reads");
    }
    if (std::find(found + 1, given.end(), name) != given.end()) throw core::UserError(where, "names joint '" + name + "' twice");
    places.push_back(static_cast<int>(found - given.begin()));
  }
  return places;
}

}  // namespace manybody::signal
