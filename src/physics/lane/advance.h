// Stage 5: velocities and positions one time step on.
//
// Reads: a (qacc), slope. Writes: q, v, origin.
// Method: semi-implicit Euler with joint damping and actuators' velocity feedback implicit (MuJoCo's implicitfast; Euler treats
//   damping alone so): v += h (a - (M + h B)^-1 h B a), one more articulated sweep. Quaternions by the exponential map.
#pragma once

#include "physics/lane/articulated.h"

namespace manybody::physics::lane {
inline namespace MB_LANE_SET {

template <class V>
void soften(const Model<Scalar<V>>& m, Work<V>& w) {
  const int nodes = static_cast<int>(m.nodes.size());
  const V h = splat<V>(m.timestep);
  const Force<V> none = zero_force<V>();
  std::memset(w.waiting, 0, m.nodes.size());
  eliminate_list(
      m, w, w.all_list, nodes, [&](int n, bool fresh, Inertia<V>& inertia) { own_rigid(w, n, fresh, inertia); }, [&](int) { return none; }, [&](int d) { return h * w.slope[d] * w.a[d]; },
      [&](int d) { return h * w.slope[d]; });
  const Motion<V> still = zero_motion<V>();
  for (int n = 0; n < nodes; ++n) {
    const Node<Scalar<V>>& node = m.nodes[n];
    if (node.kind == JointKind::free) {
      w.d[n] = solve(w.root[n], zero_force<V>() - w.pa[n]);
      for (int k = 0; k < 6; ++k) w.spare[node.v + k] = splat<V>(0);
      add_root(w, n, node.v, w.d[n], w.spare);
    } else {
      w.d[n] = expand_node(m, w, n, node.parent < 0 ? still : w.d[node.parent], w.spare);
    }
  }
}

// q <- q * exp(h w / 2), w in the body's frame.
template <class V>
MB_LANE_INLINE void turn_quaternion(V* q, const V* w, V h) {
  const V angle = h * sqrt<V>(w[0] * w[0] + w[1] * w[1] + w[2] * w[2]);
  V sine, cosine;
  sin_cos<V>(splat<V>(0.5) * angle, sine, cosine);
  const Mask<V> small = angle < splat<V>(1e-6);
  const V ratio = select<V>(small, splat<V>(0.5) * h, h * sine / select<V>(small, splat<V>(1), angle));
  const V x = ratio * w[0], y = ratio * w[1], z = ratio * w[2];
  const V a = q[0], b = q[1], c = q[2], d = q[3];
  q[0] = a * cosine - b * x - c * y - d * z;
  q[1] = a * x + b * cosine + c * z - d * y;
  q[2] = a * y - b * z + c * cosine + d * x;
  q[3] = a * z + b * y - c * x + d * cosine;
  const V inverse = splat<V>(1) / sqrt<V>(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
  for (int k = 0; k < 4; ++k) q[k] *= inverse;
}

template <class V>
void step_advance(const Model<Scalar<V>>& m, Work<V>& w) {
  using S = Scalar<V>;
  const V h = splat<V>(m.timestep);
  bool any_slope = false;
  for (const Dof<S>& dof : m.dofs) any_slope |= dof.damping != 0;
  any_slope = (any_slope && (m.implicit_velocity || m.damp_euler)) || (m.implicit_velocity && !m.actuators.empty());
  if (any_slope) soften(m, w);
  else for (size_t d = 0; d < m.dofs.size(); ++d) w.spare[d] = splat<V>(0);
  for (size_t d = 0; d < m.dofs.size(); ++d) w.v[d] += h * (w.a[d] - w.spare[d]);
  for (size_t n = 0; n < m.nodes.size(); ++n) {
    const Node<S>& node = m.nodes[n];
    const V* v = w.v + node.v;
    V* q = w.q + node.q;
    if (node.kind == JointKind::free) {
      for (int k = 0; k < 3; ++k) {
        double* origin = w.origin + (3 * node.tree + k) * kWidth<V>;
        for (int l = 0; l < kWidth<V>; ++l) origin[l] += static_cast<double>(m.timestep) * static_cast<double>(get<V>(v[k], l));
      }
      turn_quaternion(q + 3, v + 3, h);
    } else if (node.kind == JointKind::ball) {
      turn_quaternion(q, v, h);
    } else {
      q[0] += h * v[0];
    }
  }
}

}  // namespace MB_LANE_SET
}  // namespace manybody::physics::lane
