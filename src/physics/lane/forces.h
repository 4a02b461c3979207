// Stage 2: what acts on the joints, and by how much the warm start misses the equation of motion.
//
// Reads: q, v, ctrl, push, poses and motions. Writes: torque (per actuator), tau and slope (per dof: applied force and its
//   negative derivative by velocity), residual = M a + bias - tau (per dof; free roots: root_residual, world axes).
//   A Drive is asked first for the forces of the actuators that are its own.
// Method: recursive Newton-Euler at the warm start, so that the residual is the gradient of Gauss's principle without
//   constraints there; MuJoCo's actuator and passive force formulas.
#pragma once

#include "physics/lane/kinematics.h"

namespace manybody::physics::lane {
inline namespace MB_LANE_SET {

#if !defined(MB_LANE_THREADS)
// Forces and slopes of the driven actuators, in lanes x actuators after their angles, speeds and controls.
template <class V>
MB_DEVICE void ask_drive(const Model<Scalar<V>>& m, Work<V>& w) {
  constexpr int W = kWidth<V>;
  const int count = static_cast<int>(m.driven.size());
  float *q = w.driven, *speed = q + W * count, *control = speed + W * count;
  for (int i = 0; i < count; ++i) {
    const Actuator<Scalar<V>>& act = m.actuators[m.driven[i]];
    for (int l = 0; l < W; ++l) {
      q[W * i + l] = static_cast<float>(get<V>(w.q[act.q], l));
      speed[W * i + l] = static_cast<float>(get<V>(w.v[act.dof], l));
      control[W * i + l] = static_cast<float>(get<V>(w.ctrl[act.ctrl], l));
    }
  }
  DriveCall call;
  call.lanes = W, call.worlds = w.worlds, call.user = w.users, call.keep = w.advances;
  call.q = q, call.speed = speed, call.control = control;
  call.force = control + W * count, call.slope = call.force + W * count;
  w.drive->ask(call);
}
#endif

template <class V>
MB_LANE_INLINE V driven_value(const Model<Scalar<V>>& m, const Work<V>& w, int which, int actuator) {
  const float* from = w.driven + kWidth<V> * (which * static_cast<int>(m.driven.size()) + actuator);
  V out = splat<V>(0);
  for (int l = 0; l < kWidth<V>; ++l) set<V>(out, l, static_cast<Scalar<V>>(from[l]));
  return out;
}

template <class V>
MB_DEVICE void apply_actuators(const Model<Scalar<V>>& m, Work<V>& w) {
  using S = Scalar<V>;
  const int count = static_cast<int>(m.actuators.size());
#if !defined(MB_LANE_THREADS)  // a Drive is code of the processor's
  if (!m.driven.empty()) ask_drive(m, w);
#endif
  for (int i = 0; i < count; ++i) {
    const Actuator<S>& act = m.actuators[i];
    if (act.driven >= 0) {
      w.torque[i] = driven_value(m, w, 3, act.driven);
      w.tau[act.dof] += w.torque[i];
      if (m.implicit_velocity) w.slope[act.dof] += driven_value(m, w, 4, act.driven);
      continue;
    }
    const V gear = splat<V>(act.gear);
    const V length = gear * w.q[act.q], speed = gear * w.v[act.dof];
    V ctrl = w.ctrl[act.ctrl];
    if (act.control_limited) ctrl = clamp<V>(ctrl, splat<V>(act.control_low), splat<V>(act.control_high));
    V gain = w.gain[i], pull = splat<V>(act.bias[0]);
    V slope = -w.bias_v[i];
    if (act.gain[1] != 0 || act.gain[2] != 0) {
      gain = gain + splat<V>(act.gain[1]) * length + splat<V>(act.gain[2]) * speed;
      slope = slope - splat<V>(act.gain[2]) * ctrl;
    }
    V force = gain * ctrl + pull + w.bias_q[i] * length + w.bias_v[i] * speed;
    if (act.force_limited) {
      const V low = w.force_low[i], high = w.force_high[i];
      const Mask<V> inside = (force > low) & (force < high);
      force = clamp<V>(force, low, high);
      slope = select<V>(inside, slope, splat<V>(0));
    }
    w.torque[i] = force;
    w.tau[act.dof] += gear * force;
    if (m.implicit_velocity) w.slope[act.dof] += gear * gear * slope;
  }
}

template <class V>
MB_DEVICE void step_forces(const Model<Scalar<V>>& m, Work<V>& w) {
  using S = Scalar<V>;
  const int dofs = static_cast<int>(m.dofs.size());
  for (int d = 0; d < dofs; ++d) {
    w.tau[d] = splat<V>(0);
    w.slope[d] = splat<V>(0);
  }
  apply_actuators(m, w);
  for (int d = 0; d < dofs; ++d) {
    const Dof<S>& dof = m.dofs[d];
    if (dof.force_limited) {
      const V low = splat<V>(dof.force_low), high = splat<V>(dof.force_high);
      w.slope[d] = select<V>((w.tau[d] > low) & (w.tau[d] < high), w.slope[d], splat<V>(0));
      w.tau[d] = clamp<V>(w.tau[d], low, high);
    }
    if (dof.damping != 0) {
      w.tau[d] -= splat<V>(dof.damping) * w.v[d];
      if (m.implicit_velocity || m.damp_euler) w.slope[d] += splat<V>(dof.damping);
    }
    if (dof.stiffness != 0) w.tau[d] -= splat<V>(dof.stiffness) * (w.q[m.nodes[dof.node].q] - splat<V>(dof.spring));
  }
}

template <class V>
MB_DEVICE void step_residual(const Model<Scalar<V>>& m, Work<V>& w) {
  using S = Scalar<V>;
  const int nodes = static_cast<int>(m.nodes.size());
  const V* const gravity = w.gravity;
  for (int n = 0; n < nodes; ++n) {
    const Node<S>& node = m.nodes[n];
    if (node.lifts) {
      const bool varied = node.varied >= 0;
      const V* own = w.heavy + ParameterBlock::kHeavy * node.varied + 10;
      const V mass = varied ? own[0] : splat<V>(node.lifted[0]);
      const Vec3<V> moment = varied ? Vec3<V>{own[1], own[2], own[3]} : splat3<V>(node.lifted + 1);
      const Vec3<V> at = scale(mass, w.at[n]) + turn(w.axes[n], moment);
      const Vec3<V> up = {-gravity[0], -gravity[1], -gravity[2]};
      w.force[n] = w.force[n] - Force<V>{cross(at, up), scale(mass, up)};
    }
  }
  for (size_t i = 0; i < m.pushes.size(); ++i) {
    const Push<S>& where = m.pushes[i];
    if (where.node < 0) continue;
    const V* own = w.push_at + 3 * where.varied;
    const Vec3<V> in_node = where.varied >= 0 ? Vec3<V>{own[0], own[1], own[2]} : splat3<V>(where.position);
    const V* push = w.push + 6 * i;
    const Vec3<V> force = {push[0], push[1], push[2]}, moment = {push[3], push[4], push[5]};
    const Vec3<V> at = w.at[where.node] + turn(w.axes[where.node], in_node);
    w.force[where.node] = w.force[where.node] - Force<V>{moment + cross(at, force), force};
  }
  for (int n = nodes - 1; n >= 0; --n) {
    const Node<S>& node = m.nodes[n];
    const Force<V>& f = w.force[n];
    if (node.kind == JointKind::free) {
      w.root_residual[n] = f;
    } else if (node.kind == JointKind::ball) {
      const Vec3<V> about = turn_back(w.axes[n], f.n - cross(w.at[n], f.f));
      const V moment[3] = {about.x, about.y, about.z};
      for (int k = 0; k < 3; ++k)
        w.residual[node.v + k] = moment[k] + splat<V>(m.dofs[node.v + k].armature) * w.a[node.v + k] - w.tau[node.v + k];
    } else {
      w.residual[node.v] = dot(w.s[n], f) + splat<V>(m.dofs[node.v].armature) * w.a[node.v] - w.tau[node.v];
    }
    if (node.parent >= 0) w.force[node.parent] = w.force[node.parent] + f;
  }
}

}  // namespace MB_LANE_SET
}  // namespace manybody::physics::lane
