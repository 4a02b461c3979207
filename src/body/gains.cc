#include "body/gains.h"

#include <algorithm>
#include <cmath>

#include "body/actuator_sheet.h"
#include "core/error.h"

namespace manybody::body {
namespace {

constexpr double kGravity = 9.81;
constexpr double kPlaceholder = 12;  // m g L: no joint of a walking robot gives that much; public humanoids stay below 1
constexpr double kDrive = 70;  // rad/s: the natural frequency of a servo on its own reflected inertia, as on public humanoids

// Shares of m g L. Stiffness: what stands and walks on bodies of 3 to 80 kg; torque: medians of public humanoids.
struct Share {
  double stiffness, torque;
};

Share share_of(Role role) {
  switch (role) {
    case Role::hip_pitch:
      return {0.70, 0.60};
    case Role::hip_roll:
      return {0.70, 0.50};
    case Role::hip_yaw:
      return {0.50, 0.35};
    case Role::knee:
      return {0.80, 0.62};
    case Role::ankle_pitch:
      return {0.60, 0.30};
    case Role::ankle_roll:
      return {0.35, 0.12};
    case Role::toe:
      return {0.05, 0.05};
    case Role::waist_yaw:
    case Role::waist_roll:
    case Role::waist_pitch:
      return {0.60, 0.40};
    case Role::shoulder_pitch:
    case Role::shoulder_roll:
      return {0.16, 0.12};
    case Role::shoulder_yaw:
    case Role::elbow:
      return {0.12, 0.10};
    case Role::neck_yaw:
    case Role::neck_roll:
    case Role::neck_pitch:
      return {0.06, 0.04};
    case Role::wrist_roll:
    case Role::wrist_pitch:
    case Role::wrist_yaw:
      return {0.05, 0.03};
    case Role::hand:
      return {0.01, 0.01};
    case Role::other:
      return {0.10, 0.10};
  }
  return {0.1, 0.1};
}

bool carries_the_body(Role role) { return role == Role::hip_pitch || role == Role::knee; }

void drop_placeholders(Body& body, double mgl) {
  int count = 0;
  double largest = 0;
  for (Joint& joint : body.joints) {
    if (joint.torque_max <= kPlaceholder * mgl) continue;
    largest = std::max(largest, joint.torque_max);
    joint.torque_max = 0, ++count;
  }
  if (count)
    body.notes.push_back("torque limits of up to " + std::to_string(static_cast<long>(std::min(largest, 1e15))) + " N m at " +
                         std::to_string(count) + " joints are placeholders, no drive gives that: taken as missing");
}

void fill_torques(Body& body, double mgl) {
  std::string missing;
  for (Joint& joint : body.joints) {
    if (joint.torque_max > 0) continue;
    joint.torque_max = share_of(joint.role).torque * mgl;
    if (joint.actuated) missing += (missing.empty() ? "'" : ", '") + joint.name + "'";
  }
  if (!missing.empty()) body.notes.push_back("no torque limit in the file, derived from m g L: " + missing);
}

double derived_kp(const Joint& joint, double mgl) {
  return std::min(share_of(joint.role).stiffness * mgl, joint.torque_max / 0.1);
}

// kd and passive damping together, at damping ratio 1 on the reflected inertia.
double derived_damping(const Joint& joint, double kp) { return std::clamp(2 * std::sqrt(kp * joint.armature), kp / 60, kp / 12); }

std::string why_unusable(const Body& body, const std::map<std::string, Drive>& drives, double mgl) {
  for (const Joint& joint : body.joints) {
    if (!joint.actuated) continue;
    const Drive& drive = drives.at(joint.name);
    if (!drive.has_gains) return "no position gains in the file";
    const double stiffness = drive.kp / mgl;
    if (carries_the_body(joint.role) && (stiffness < 0.1 || stiffness > 12 || !std::isfinite(stiffness)))
      return "'" + joint.name + "' has kp " + std::to_string(drive.kp) + " N m/rad in the file, " + std::to_string(stiffness) +
             " m g L (0.1 to 12 can carry the body)";
  }
  return "";
}

void apply_rule(Body& body, const DriveRule& rule) {
  for (Joint& joint : body.joints) {
    const bool named = std::find(rule.joints.begin(), rule.joints.end(), joint.name) != rule.joints.end();
    const bool cast = std::find(rule.roles.begin(), rule.roles.end(), to_text(joint.role)) != rule.roles.end();
    if (!named && !cast) continue;
    if (rule.kp >= 0) joint.kp = rule.kp;
    if (rule.kd >= 0) joint.kd = rule.kd;
    if (rule.torque_max >= 0) joint.torque_max = rule.torque_max;
    if (rule.velocity_max >= 0) joint.velocity_max = rule.velocity_max;
    if (rule.armature >= 0) joint.armature = rule.armature;
    if (rule.damping >= 0) joint.damping = rule.damping;
    if (!rule.actuator.empty()) joint.actuator = rule.actuator;
  }
}

}  // namespace

void set_gains(Body& body, const std::map<std::string, Drive>& drives, const GainWish& wish) {
  const double mgl = body.mass * kGravity * body.leg_length;
  for (Joint& joint : body.joints) {
    const Drive& drive = drives.at(joint.name);
    joint.actuated = drive.actuated;
    joint.torque_max = drive.torque_max;
    joint.velocity_max = drive.velocity_max;
  }
  drop_placeholders(body, mgl);
  for (const DriveRule& rule : wish.rules) apply_rule(body, rule);  // torque limits and armature shape what is derived
  fill_torques(body, mgl);
  const std::string why = wish.derive ? "robot.toml asks for derived gains" : why_unusable(body, drives, mgl);
  if (!why.empty()) body.notes.push_back("PD gains are derived from m g L and reflected inertia: " + why);
  int bare = 0;
  for (Joint& joint : body.joints) {
    if (!joint.actuated) continue;
    const Drive& drive = drives.at(joint.name);
    joint.kp = why.empty() ? drive.kp : derived_kp(joint, mgl);
    if (!why.empty() && joint.armature <= 0) joint.armature = joint.kp / kDrive / kDrive, ++bare;
    const double wanted = derived_damping(joint, joint.kp);
    joint.kd = why.empty() ? drive.kd : std::max(0.0, wanted - joint.damping);
    if (why.empty() && joint.kd + joint.damping < 0.1 * wanted) joint.kd = wanted - joint.damping;
  }
  for (const DriveRule& rule : wish.rules) apply_rule(body, rule);
  for (const DriveRule& rule : wish.rules) {
    const bool known = std::any_of(body.actuators.begin(), body.actuators.end(),
                                   [&](const ActuatorModel& a) { return a.name == rule.actuator; });
    if (!rule.actuator.empty() && !known) body.actuators.push_back(load_actuator(rule.actuator));
    std::string what;
    for (const auto* list : {&rule.roles, &rule.joints})
      for (const std::string& name : *list) what += (what.empty() ? "" : ", ") + name;
    body.notes.push_back("robot.toml overrules " + what + ": " + rule.reason);
  }
  if (bare)
    body.notes.push_back(std::to_string(bare) +
                         " joints have no armature in the file: reflected inertia is derived, kp / (70 rad/s)²");
}

}  // namespace manybody::body
