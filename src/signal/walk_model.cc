#include "signal/walk_model.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

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
    out.scale.push_back(std::min(config.joint_scale_max, config.joint_effort * body.mass * kGravity * body.leg_length / kp));
    out.support[i] = std::clamp(config.feedforward * torque / kp, -config.feedforward_limit_rad, config.feedforward_limit_rad);
  }
  return out;
}

double upper_scale(Role role, const WalkConfig& c) {
  switch (role) {
    case Role::waist_yaw: case Role::waist_roll: case Role::waist_pitch: return c.waist_scale;
    case Role::shoulder_pitch: case Role::shoulder_roll: case Role::shoulder_yaw: case Role::elbow: return c.arm_scale;
    case Role::wrist_roll: case Role::wrist_pitch: case Role::wrist_yaw: return c.wrist_scale;
    default: return c.neck_scale;
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

void make_mirrors(const Body& body, const std::vector<int>& position, WalkModel& m) {
  const float foot[6] = {1, -1, 1, -1, 1, -1};
  const int upper = static_cast<int>(m.upper.size());
  std::vector<int> upper_index(upper);
  std::vector<float> upper_sign(upper);
  for (int u = 0; u < upper; ++u) {
    const body::Joint& joint = body.joints[body.actuated[m.upper[u]]];
    const int other = joint.mirror >= 0 ? position[joint.mirror] : m.upper[u];
    const auto found = std::find(m.upper.begin(), m.upper.end(), other);
    MB_CHECK(found != m.upper.end());
    upper_index[u] = static_cast<int>(found - m.upper.begin());
    upper_sign[u] = static_cast<float>(joint.mirror_sign);
  }
  auto feet = [&](Mirror& mirror, int base) {
    for (int k = 0; k < 12; ++k) mirror.append(base + (k + 6) % 12, foot[k % 6]);
  };
  auto joints = [&](Mirror& mirror, int base) {
    for (int u = 0; u < upper; ++u) mirror.append(base + upper_index[u], upper_sign[u]);
  };
  auto acting = [&](Mirror& mirror, int base) {
    for (int u = 0; u < upper; ++u)
      if (m.upper_action[u] >= 0) mirror.append(base + m.upper_action[upper_index[u]], upper_sign[u]);
  };
  auto plain = [&](Mirror& mirror, std::initializer_list<float> signs) {
    for (float s : signs) mirror.append(static_cast<int>(mirror.index.size()), s);
  };
  auto legs = [&](Mirror& mirror, int base) {
    if (m.config.leg_space == "foot") return feet(mirror, base);
    for (int k = 0; k < 12; ++k) {
      const std::vector<int>& leg = m.legs[k / 6].joints;
      const int i = k % 6;
      const double sign = i < static_cast<int>(leg.size()) ? body.joints[body.actuated[leg[i]]].mirror_sign : 1;
      mirror.append(base + (k + 6) % 12, static_cast<float>(sign));
    }
  };
  legs(m.action_mirror, 0);
  acting(m.action_mirror, 0);

  Mirror& o = m.observation_mirror;
  plain(o, {-1, 1, -1});                             // gyro
  plain(o, {1, -1, 1});                              // gravity
  plain(o, {1, -1, -1});                             // command
  feet(o, 9);                                        // foot pose
  feet(o, 21);                                       // foot velocity
  joints(o, 33);                                     // upper positions
  joints(o, 33 + upper);                             // upper velocities
  legs(o, 33 + 2 * upper);                           // last action
  acting(o, 33 + 2 * upper);
  plain(o, {1, 1, 1});                               // phase within the half cycle, gate: the same seen in a mirror
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
    m.upper_scale.push_back(upper_scale(joint.role, config));
    m.swing.push_back(swing_amplitude(joint, config));
  }
  m.imu_to_root = imu_to_root(body);
  int next = 12;
  for (double scale : m.upper_scale) m.upper_action.push_back(scale > 0 ? next++ : -1);
  make_mirrors(body, position, m);
  m.actions = static_cast<int>(m.action_mirror.index.size());
  m.observations = static_cast<int>(m.observation_mirror.index.size());
  return m;
}

std::vector<double> body_descriptors(const Body& body) {
  const double L = body.leg_length, mgl = body.mass * kGravity * L;
  auto of = [&](Role role, auto get) {
    for (int j : body.legs[0].joints)
      if (body.joints[j].role == role) return get(body.joints[j]);
    return 0.0;
  };
  auto kp = [](const body::Joint& j) { return j.kp; };
  auto torque = [](const body::Joint& j) { return j.torque_max; };
  const body::Leg& left = body.legs[0];
  const body::Leg& right = body.legs[1];
  return {of(Role::knee, kp) / mgl,
          of(Role::ankle_pitch, kp) / mgl,
          of(Role::hip_roll, kp) / mgl,
          of(Role::knee, torque) / mgl,
          of(Role::ankle_pitch, torque) / mgl,
          of(Role::ankle_roll, torque) / mgl,
          left.length / L,
          left.width / L,
          (body.com_home[2] + body.root_height_home) / L,
          (left.sole_home[1] - right.sole_home[1]) / L,
          (body.com_home[0] - left.sole_home[0]) / L,
          body.height / L,
          static_cast<double>(left.joints.size()) / 6,
          static_cast<double>(body.actuated.size()) / 30};
}

}  // namespace manybody::signal
