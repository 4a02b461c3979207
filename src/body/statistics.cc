#include "body/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace manybody::body {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

const Joint* joint_of(const Body& body, Role role) {
  for (const Joint& j : body.joints)
    if (j.role == role && j.side != Side::right) return &j;
  return nullptr;
}

double count(const Body& body, Role first, Role last) {
  return static_cast<double>(std::count_if(body.joints.begin(), body.joints.end(), [&](const Joint& j) {
    return j.actuated && j.role >= first && j.role <= last && j.side != Side::right;
  }));
}

double distance(const Joint* a, const Joint* b) {
  return a && b ? core::norm(core::operator-(a->anchor_home, b->anchor_home)) : kNone;
}

}  // namespace

std::vector<Measure> measure(const Body& body) {
  const double mgl = body.mass * 9.81 * body.leg_length, H = body.height, L = body.leg_length;
  const Joint *hip = joint_of(body, Role::hip_pitch), *knee = joint_of(body, Role::knee),
              *ankle = joint_of(body, Role::ankle_pitch), *roll = joint_of(body, Role::ankle_roll);
  double legs = 0;
  for (size_t l = 0; l < body.links.size(); ++l)
    for (int at = static_cast<int>(l); at >= 0; at = body.links[static_cast<size_t>(at)].parent) {
      bool in_leg = false;
      for (const Leg& leg : body.legs) in_leg |= body.joints[static_cast<size_t>(leg.joints[0])].link == at;
      if (in_leg) legs += body.links[l].mass;
      if (in_leg) break;
    }
  auto over = [&](const Joint* j, double Joint::*value) { return j ? j->*value / mgl : kNone; };
  return {{"height", "m", H},
          {"mass", "kg", body.mass},
          {"leg length L", "m", L},
          {"joints driven", "", static_cast<double>(body.actuated.size())},
          {"joints a leg", "", static_cast<double>(body.legs[0].joints.size())},
          {"joints of the waist", "", count(body, Role::waist_yaw, Role::waist_pitch)},
          {"joints an arm", "", count(body, Role::shoulder_pitch, Role::wrist_yaw)},
          {"joints of the neck", "", count(body, Role::neck_yaw, Role::neck_pitch)},
          {"thigh / H", "", distance(hip, knee) / H},
          {"shank / H", "", distance(knee, ankle) / H},
          {"stance width / L", "", 2 * std::abs(body.legs[0].sole_home[1]) / L},
          {"sole length / L", "", body.legs[0].length / L},
          {"sole width / length", "", body.legs[0].width / body.legs[0].length},
          {"centre of mass ahead / L", "", (body.com_home[0] - body.legs[0].sole_home[0]) / L},
          {"centre of mass height / L", "", (body.com_home[2] + body.root_height_home) / L},
          {"mass of the legs / m", "", legs / body.mass},
          {"knee at home", "rad", knee ? std::abs(knee->home) : kNone},
          {"knee kp / m g L", "", over(knee, &Joint::kp)},
          {"ankle pitch kp / m g L", "", over(ankle, &Joint::kp)},
          {"hip pitch torque / m g L", "", over(hip, &Joint::torque_max)},
          {"knee torque / m g L", "", over(knee, &Joint::torque_max)},
          {"ankle pitch torque / m g L", "", over(ankle, &Joint::torque_max)},
          {"ankle roll torque / m g L", "", over(roll, &Joint::torque_max)},
          {"knee armature / m L²", "", knee ? knee->armature / (body.mass * L * L) : kNone}};
}

std::vector<Spread> spread_of(const std::vector<std::vector<Measure>>& rows) {
  std::vector<Spread> out;
  if (rows.empty()) return out;
  for (size_t k = 0; k < rows[0].size(); ++k) {
    std::vector<double> values;
    for (const auto& row : rows)
      if (std::isfinite(row[k].value)) values.push_back(row[k].value);
    std::sort(values.begin(), values.end());
    Spread s{rows[0][k].name, rows[0][k].unit, static_cast<int>(values.size())};
    auto quantile = [&](double p) {
      if (values.empty()) return kNone;
      const double at = p * static_cast<double>(values.size() - 1);
      const auto i = static_cast<size_t>(at);
      return i + 1 < values.size() ? values[i] + (at - static_cast<double>(i)) * (values[i + 1] - values[i]) : values[i];
    };
    s.low = quantile(0.1), s.median = quantile(0.5), s.high = quantile(0.9);
    out.push_back(s);
  }
  return out;
}

}  // namespace manybody::body
