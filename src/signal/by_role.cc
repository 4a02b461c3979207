#include "signal/by_role.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "core/error.h"

namespace manybody::signal {
namespace {

using body::Body;
using body::Role;

struct RoleTraits {
  Role role;
  int axis;      // 0 x, 1 y, 2 z
  float mirror;  // sign of the mirrored angle
};
constexpr RoleTraits kLeg[kLegRoles] = {{Role::hip_pitch, 1, 1}, {Role::hip_roll, 0, -1},   {Role::hip_yaw, 2, -1},
                                        {Role::knee, 1, 1},      {Role::ankle_pitch, 1, 1}, {Role::ankle_roll, 0, -1}};
constexpr RoleTraits kArm[kArmRoles] = {
    {Role::shoulder_pitch, 1, 1}, {Role::shoulder_roll, 0, -1}, {Role::shoulder_yaw, 2, -1}, {Role::elbow, 1, 1}};
constexpr RoleTraits kWaist[kWaistRoles] = {{Role::waist_yaw, 2, -1}, {Role::waist_roll, 0, -1}, {Role::waist_pitch, 1, 1}};

const body::Joint& joint_of(const Body& body, int actuated) { return body.joints[body.actuated[actuated]]; }

// The first of these joints with that role; a sign that turns its angle into one about the body's axis.
Lever find_role(const Body& body, const std::vector<int>& joints, const RoleTraits& traits) {
  for (int a : joints) {
    const body::Joint& joint = joint_of(body, a);
    if (joint.role == traits.role) return {a, joint.axis_home[traits.axis] < 0 ? -1.0 : 1.0};
  }
  return {-1, 0};
}

std::vector<int> on_side(const Body& body, const std::vector<int>& joints, body::Side side) {
  std::vector<int> out;
  std::copy_if(joints.begin(), joints.end(), std::back_inserter(out), [&](int a) { return joint_of(body, a).side == side; });
  return out;
}

// Ratios of any size between 0 and 1; 0.5 where the ratio is `middle`.
float squashed(double ratio, double middle) { return static_cast<float>(std::max(ratio, 0.0) / (std::max(ratio, 0.0) + middle)); }

double leg_mass(const Body& body) {
  double mass = 0;
  for (const body::Leg& leg : body.legs)
    for (int j : leg.joints) mass += body.links[body.joints[j].link].mass;
  return mass;
}

}  // namespace

void lay_out_by_role(const Body& body, WalkModel& m) {
  // `acting`: rad per unit of action over the sign of the joint's axis.
  auto append = [&](const Lever& found, double acting, int mirrored, const RoleTraits& traits) {
    m.seen.push_back(found);
    m.levers.push_back({found.joint, found.scale * acting});
    m.action_mirror.append(mirrored, traits.mirror), m.seen_mirror.append(mirrored, traits.mirror);
    if (m.config.effort)
      m.seen_effort.push_back(found.joint < 0 ? 0 : 0.5 / leg_action_scale(body, joint_of(body, found.joint), m.config));
  };
  for (int i = 0; i < 2 * kLegRoles; ++i) {
    const RoleTraits& traits = kLeg[i % kLegRoles];
    const Lever found = find_role(body, m.legs[i / kLegRoles].joints, traits);
    append(found, found.joint < 0 ? 0 : leg_action_scale(body, joint_of(body, found.joint), m.config),
           (i + kLegRoles) % (2 * kLegRoles), traits);
  }
  for (const RoleTraits& traits : kWaist)
    append(find_role(body, m.upper, traits), m.config.waist_scale, static_cast<int>(m.seen.size()), traits);
  const std::vector<int> arms[2] = {on_side(body, m.upper, body::Side::left), on_side(body, m.upper, body::Side::right)};
  for (int i = 0; m.config.arm_scale > 0 && i < 2 * kArmRoles; ++i) {
    const RoleTraits& traits = kArm[i % kArmRoles];
    Lever found = find_role(body, arms[i / kArmRoles], traits);
    // An elbow's axis points anywhere: the right one turns as the left one does in a mirror.
    const Lever left = i < kArmRoles ? Lever{} : find_role(body, arms[0], traits);
    if (found.joint >= 0 && left.joint >= 0) found.scale = left.scale * traits.mirror * joint_of(body, found.joint).mirror_sign;
    append(found, m.config.arm_scale, kRoleActions + (i + kArmRoles) % (2 * kArmRoles), traits);
  }
  m.seen_velocity = kSeenVelocity / m.rate_unit;
  if (m.config.descriptors) m.descriptors = body_descriptors(body, m);
}

std::vector<float> body_descriptors(const Body& body, const WalkModel& m) {
  const double L = m.leg_length, mgl = body.mass * m.gravity * L;
  const body::Leg& left = body.legs[0];
  const body::Leg& right = body.legs[1];
  std::vector<float> out = {
      squashed(left.length / L, 0.3),
      squashed(left.width / L, 0.13),
      static_cast<float>(m.com_height / L - 1),
      squashed((left.sole_home[1] - right.sole_home[1]) / L, 0.35),
      squashed((left.hip_home[1] - right.hip_home[1]) / L, 0.3),
      static_cast<float>(10 * (body.com_home[0] - left.sole_home[0]) / L),
      static_cast<float>(body.height / L - 2),
      static_cast<float>(leg_mass(body) / body.mass),
      squashed(L, 0.6),
  };
  for (const RoleTraits& traits : kLeg) {
    const Lever lever = find_role(body, m.legs[0].joints, traits);
    const bool has = lever.joint >= 0;
    const body::Joint none;
    const body::Joint& joint = has ? joint_of(body, lever.joint) : none;
    out.push_back(has ? 1.0f : 0.0f);
    out.push_back(squashed(joint.kp / mgl, 0.5));
    out.push_back(squashed((joint.kd + joint.damping) * m.rate_unit / mgl, 0.05));
    out.push_back(squashed(joint.torque_max / mgl, 0.5));
    out.push_back(squashed(joint.armature * m.rate_unit * m.rate_unit / mgl, 0.005));
    out.push_back(has && traits.axis == 1 ? static_cast<float>(lever.scale * joint.home) : 0.0f);
  }
  for (const RoleTraits& traits : kWaist) out.push_back(find_role(body, m.upper, traits).joint >= 0 ? 1.0f : 0.0f);
  MB_CHECK(out.size() == kBodyDescriptors + kLegRoles * kRoleDescriptors + kWaistRoles);
  return out;
}

}  // namespace manybody::signal
