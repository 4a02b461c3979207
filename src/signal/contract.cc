#include "signal/contract.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "core/files.h"

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

}  // namespace

Contract make_contract(const WalkModel& m) {
  const std::string rate = fmt::format("{:.17g} rad/s", m.rate_unit), speed = fmt::format("{:.17g} m/s", m.speed_unit);
  const size_t upper = m.upper.size();
  Contract c;
  c.observation = fmt::format("rate {:.17g} Hz, clip {:.17g}, folded: mirrored while phase >= 0.5\n", 1 / m.dt, m.config.observation_clip);
  c.observation += "gyro 3: root frame, per " + rate + "\n";
  c.observation += "gravity 3: unit vector, root frame\n";
  c.observation += fmt::format("command 3: vx vy wz, low-passed {:.17g} s, 4 per {} and {}\n", m.config.command_time_s, speed, rate);
  c.observation += feet("foot_pose", fmt::format("J (q - home) per {:.17g} m and 0.5 rad", 0.25 * m.leg_length));
  c.observation += feet("foot_velocity", "J dq, the same, per 4 x " + rate);
  c.observation += fmt::format("joint_position {}: q - home, rad: {}\n", upper, joined(m, m.upper));
  c.observation += fmt::format("joint_velocity {}: dq x {:.17g}: the same joints\n", upper, m.config.joint_velocity_scale);
  c.observation += fmt::format("last_action {}: x 0.5\n", m.actions);
  c.observation += "phase 3: gate sin, gate cos of the phase within its half cycle, gate\n";
  const WalkConfig& w = m.config;
  c.action = fmt::format("prior: stride {:.17g} s, swing {:.17g}, lift {:.17g}, foot yaw {:.17g}, sway {:.17g}, capture {:.17g}, righting "
                         "{:.17g} lead {:.17g} s, odometry {:.17g} s, stand below {:.17g}, recover above {:.17g} or {:.17g} rad, stop after {:.17g} strides, feed-forward {:.17g} "
                         "up to {:.17g} rad, arm swing {:.17g}\n",
                         m.period, w.swing_share, w.swing_height, w.foot_yaw_gain, w.sway, w.capture, w.righting, w.righting_time_s,
                         w.velocity_time_s, w.stand_speed, w.recover_speed, w.recover_tilt, w.stop_strides, w.feedforward, w.feedforward_limit_rad, w.arm_swing);
  c.action += fmt::format("clip {:.17g}, low-pass {:.17g} Hz, added to the gait prior\n", m.config.action_clip, m.config.action_filter_hz);
  std::string scales;
  for (double s : m.foot_scale) scales += fmt::format(" {:.17g}", s);
  if (m.config.leg_space == "foot") {
    c.action += feet("foot", "offset per unit:" + scales);
  } else {
    c.action += "leg_joints 12: left then right, first six from the hip, rad per unit:";
    for (const LegModel& leg : m.legs)
      for (double s : leg.scale) c.action += fmt::format(" {:.17g}", s);
    c.action += "\n";
  }
  for (int leg = 0; leg < 2; ++leg) {
    c.action += fmt::format("{}_leg {}: {}\n", leg == 0 ? "left" : "right", m.legs[leg].joints.size(), joined(m, m.legs[leg].joints));
  }
  for (size_t u = 0; u < upper; ++u)
    if (m.upper_action[u] >= 0) c.action += fmt::format("joint 1: {} x {:.17g} rad\n", m.names[m.upper[u]], m.upper_scale[u]);
  c.hash = fmt::format("{:016x}", core::hash_text(c.action, core::hash_text(c.observation)));
  return c;
}

std::vector<int> map_joints(std::span<const std::string> wanted, std::span<const std::string> given, const std::string& where) {
  std::vector<int> places;
  for (const std::string& name : wanted) {
    const auto found = std::find(given.begin(), given.end(), name);
    if (found == given.end()) {
      const std::string hint = core::near_match_hint(name, {given.begin(), given.end()});
      throw core::UserError(where, "has no joint '" + name + "'" + (hint.empty() ? "" : ", " + hint), "every joint the policy reads");
    }
    if (std::find(found + 1, given.end(), name) != given.end()) throw core::UserError(where, "names joint '" + name + "' twice");
    places.push_back(static_cast<int>(found - given.begin()));
  }
  return places;
}

}  // namespace manybody::signal
