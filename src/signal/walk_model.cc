#include "signal/walk_model.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "signal/by_role.h"

namespace manybody::signal {
namespace {

using body::Body;
using body::Role;

constexpr double kGravity = 9.81;

// Solves the symmetric positive definite A x = b in place (n x n, then the right-hand sides as columns of B, n x m).
void cholesky_solve(std::vector<double>& a, int n, std::vector<double>& b, int m) {
  for (int j = 0; j < n; ++j) {
    for (int k = 0; k < j; ++k)
      for (int i = j; i < n; ++i) a[i * n + j] -= a[i * n + k] * a[j * n + k];
    const double pivot = std::sqrt(std::max(a[j * n + j], 1e-12));
    for (int i = j; i < n; ++i) a[i * n + j] /= pivot;
  }
  for (int c = 0; c < m; ++c) {
    for (int i = 0; i < n; ++i) {
      for (int k = 0; k < i; ++k) b[i * m + c] -= a[i * n + k] * b[k * m + c];
      b[i * m + c] /= a[i * n + i];
    }
    for (int i = n - 1; i >= 0; --i) {
      for (int k = i + 1; k < n; ++k) b[i * m + c] -= a[k * n + i] * b[k * m + c];
      b[i * m + c] /= a[i * n + i];
    }
  }
}

// Weighted damped inverse (JᵀRJ + λ²I)⁻¹JᵀR: rows weighted in units of L, so that a leg with five joints gives up rotation first.
std::vector<double> leg_inverse(const std::vector<double>& jacobian, int n, double leg_length) {
  const double turn = 0.35 * leg_length;  // one radian of sole rotation counts as this much of a shift, m
  std::vector<double> normal(n * n, 0.0), right(n * 6, 0.0);
  for (int r = 0; r < 6; ++r) {
    const double weight = r < 3 ? 1.0 : turn * turn * (r == 3 ? 0.3 : 1.0);
    for (int i = 0; i < n; ++i) {
      right[i * 6 + r] = weight * jacobian[r * n + i];
      for (int j = 0; j < n; ++j) normal[i * n + j] += weight * jacobian[r * n + i] * jacobian[r * n + j];
    }
  }
  const double damping = 0.02 * leg_length;
  for (int i = 0; i < n; ++i) normal[i * n + i] += damping * damping;
  cholesky_solve(normal, n, right, 6);
  return right;
}

LegModel make_leg(const Body& body, const body::Leg& leg, const std::vector<int>& position, const WalkConfig& config) {
  LegModel out;
  std::vector<int> columns;
  for (size_t k = 0; k < leg.joints.size(); ++k) {
    if (position[leg.joints[k]] < 0) continue;
    out.joints.push_back(position[leg.joints[k]]);
    columns.push_back(static_cast<int>(k));
  }
  const int n = static_cast<int>(columns.size()), all = static_cast<int>(leg.joints.size());
  out.jacobian.resize(6 * n);
  for (int r = 0; r < 6; ++r)
    for (int i = 0; i < n; ++i) out.jacobian[r * n + i] = leg.jacobian[r * all + columns[i]];
  out.inverse = leg_inverse(out.jacobian, n, body.leg_length);
  out.sole = leg.sole_home;
  out.hip = leg.hip_home;
  out.support.resize(n);
  // The ground's force points from the sole to the centre of mass, so that it does not turn the body (as in the linear inverted
  // pendulum); its vertical part is the weight.
  const double rise = std::max(body.com_home[2] - leg.sole_home[2], 0.1 * body.leg_length);
  core::Vec3 force;
  for (int k = 0; k < 3; ++k) force[k] = body.mass * kGravity * (body.com_home[k] - leg.sole_home[k]) / rise;
  for (int i = 0; i < n; ++i) {
    // The joint answers with -Jᵀ f, which a PD loop gives at an offset of torque / kp.
    double torque = 0;
    for (int k = 0; k < 3; ++k) torque -= out.jacobian[k * n + i] * force[k];
    const double kp = std::max(body.joints[leg.joints[columns[i]]].kp, 1e-6);
    out.support[i] = std::clamp(config.feedforward * torque / kp, -config.feedforward_limit_rad, config.feedforward_limit_rad);
  }
  return out;
}

double upper_scale(Role role, const WalkConfig& c) {
  switch (role) {
    case Role::waist_yaw:
    case Role::waist_roll:
    case Role::waist_pitch:
      return c.waist_scale;
    case Role::shoulder_pitch:
    case Role::shoulder_roll:
    case Role::shoulder_yaw:
    case Role::elbow:
      return c.arm_scale;
    case Role::wrist_roll:
    case Role::wrist_pitch:
    case Role::wrist_yaw:
      return c.wrist_scale;
    default:
      return c.neck_scale;
  }
}

// Shoulders swing with the opposite leg: +1 when a positive joint angle carries the arm forward.
double swing_amplitude(const body::Joint& joint, const WalkConfig& c) {
  if (joint.role != Role::shoulder_pitch && joint.role != Role::elbow) return 0;
  // A positive turn about +y moves what hangs below backwards; an axis that points elsewhere swings less.
  const double forward = -joint.axis_home[1];
  const double side = joint.side == body::Side::left ? 1 : -1;
  return forward * side * c.arm_swing * (joint.role == Role::elbow ? 0.4 : 1.0);
}

// Names of this body's own joints: legs in chain order (or soles), then every upper joint, acting where its scale is not 0.
void lay_out_own_joints(const Body& body, const std::vector<int>& position, WalkModel& m) {
  const bool feet = m.config.leg_space == "foot";
  const float foot[6] = {1, -1, 1, -1, 1, -1};
  for (int k = 0; k < 12; ++k) {
    const std::vector<int>& leg = m.legs[k / 6].joints;
    const int i = k % 6;
    const bool has = !feet && i < static_cast<int>(leg.size());
    const body::Joint* joint = has ? &body.joints[body.actuated[leg[i]]] : nullptr;
    m.levers.push_back(has ? Lever{leg[i], leg_action_scale(body, *joint, m.config)} : Lever{});
    m.action_mirror.append((k + 6) % 12, feet ? foot[i] : static_cast<float>(has ? joint->mirror_sign : 1));
  }
  const int upper = static_cast<int>(m.upper.size());
  std::vector<int> action(upper, -1);
  for (int u = 0; u < upper; ++u) {
    const double scale = upper_scale(body.joints[body.actuated[m.upper[u]]].role, m.config);
    m.seen.push_back({m.upper[u], 1});
    if (scale <= 0) continue;
    action[u] = static_cast<int>(m.levers.size());
    m.levers.push_back({m.upper[u], scale});
  }
  for (int u = 0; u < upper; ++u) {
    const body::Joint& joint = body.joints[body.actuated[m.upper[u]]];
    const auto other = std::find(m.upper.begin(), m.upper.end(), joint.mirror >= 0 ? position[joint.mirror] : m.upper[u]);
    MB_CHECK(other != m.upper.end());
    const auto index = static_cast<int>(other - m.upper.begin());
    m.seen_mirror.append(index, static_cast<float>(joint.mirror_sign));
    if (action[u] >= 0) m.action_mirror.append(action[index], static_cast<float>(joint.mirror_sign));
  }
}

// gyro, gravity, command, soles and their speed, joints and their speed, last action, phase, descriptors.
Mirror mirror_observation(const WalkModel& m) {
  Mirror o;
  auto plain = [&](std::initializer_list<float> signs) {
    for (float s : signs) o.append(static_cast<int>(o.index.size()), s);
  };
  auto like = [&](const Mirror& part) {
    const int base = static_cast<int>(o.index.size());
    for (size_t i = 0; i < part.index.size(); ++i) o.append(base + part.index[i], part.sign[i]);
  };
  const float foot[6] = {1, -1, 1, -1, 1, -1};
  Mirror feet;
  for (int k = 0; k < 12; ++k) feet.append((k + 6) % 12, foot[k % 6]);
  plain({-1, 1, -1});  // gyro
  plain({1, -1, 1});   // gravity
  plain({1, -1, -1});  // command
  like(feet), like(feet);
  like(m.seen_mirror), like(m.seen_mirror);
  if (!m.seen_effort.empty()) like(m.seen_mirror);
  like(m.action_mirror);
  plain({1, 1, 1});  // phase within the half cycle, gate: the same seen in a mirror
  for (size_t i = 0; i < m.descriptors.size(); ++i) plain({1});
  return o;
}

// Orientation of the IMU relative to the level root, with every joint at home.
core::Quat imu_to_root(const Body& body) {
  core::Quat rotation = body.imu.rotation;
  for (int link = body.imu.link; link > 0; link = body.links[link].parent) {
    for (const body::Joint& joint : body.joints)
      if (joint.link == link) rotation = core::mul(core::axis_angle(joint.axis, joint.home), rotation);
    rotation = core::mul(body.links[link].rotation, rotation);
  }
  return core::mul(body.root_rotation_home, rotation);
}

}  // namespace

WalkModel make_walk_model(const Body& body, const WalkConfig& config) {
  WalkModel m;
  m.config = config;
  m.leg_length = body.leg_length;
  m.com_height = std::max(body.com_home[2] - body.legs[0].sole_home[2], 0.1 * body.leg_length);
  m.gravity = kGravity;
  m.speed_unit = std::sqrt(kGravity * body.leg_length);
  m.rate_unit = std::sqrt(kGravity / body.leg_length);
  m.period = 1 / (config.stride_frequency * m.rate_unit);
  m.dt = 1 / config.control_hz;
  const double L = body.leg_length, k = config.action_scale;
  m.foot_scale = {k * 0.42 * L, k * 0.42 * L, k * 0.075 * L, k * 0.65, k * 0.65, k * 0.65};

  std::vector<int> position(body.joints.size(), -1);  // joint -> place in the actuated order
  std::vector<bool> in_leg(body.actuated.size(), false);
  for (size_t a = 0; a < body.actuated.size(); ++a) {
    const body::Joint& joint = body.joints[body.actuated[a]];
    position[body.actuated[a]] = static_cast<int>(a);
    m.names.push_back(joint.name);
    m.home.push_back(joint.home);
    m.low.push_back(joint.low);
    m.high.push_back(joint.high);
    m.kp.push_back(joint.kp);
  }
  for (int leg = 0; leg < 2; ++leg) {
    m.legs[leg] = make_leg(body, body.legs[leg], position, config);
    for (int a : m.legs[leg].joints) in_leg[a] = true;
  }
  for (size_t a = 0; a < body.actuated.size(); ++a) {
    if (in_leg[a]) continue;
    const body::Joint& joint = body.joints[body.actuated[a]];
    m.upper.push_back(static_cast<int>(a));
    m.swing.push_back(swing_amplitude(joint, config));
  }
  m.imu_to_root = imu_to_root(body);
  m.seen_velocity = config.joint_velocity_scale;
  if (config.leg_space == "role") lay_out_by_role(body, m);
  else lay_out_own_joints(body, position, m);
  m.observation_mirror = mirror_observation(m);
  m.actions = static_cast<int>(m.action_mirror.index.size());
  m.observations = static_cast<int>(m.observation_mirror.index.size());
  return m;
}

double leg_action_scale(const Body& body, const body::Joint& joint, const WalkConfig& config) {
  return std::min(config.joint_scale_max,
                  config.joint_effort * body.mass * kGravity * body.leg_length / std::max(joint.kp, 1e-6));
}

}  // namespace manybody::signal
