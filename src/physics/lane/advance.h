// Stage 5: velocities and positions one time step on.
//
// Reads: a (qacc), slope. Writes: q, v, origin.
// Method: semi-implicit Euler with joint damping and actuators' velocity feedback implicit (MuJoCo's implicitfast; Euler treats
//   damping alone so): v += h (a - (M + h B)^-1 h B a), one more articulated sweep. For a free body that carries no joints MuJoCo's
//   implicitfast takes C = dc/dv of its bias force in place of B; its implicit takes both for all (implicit.h). Quaternions by the
//   exponential map.
#pragma once

#include "physics/lane/implicit.h"

namespace manybody::physics::lane {
inline namespace MB_LANE_SET {

template <class V>
MB_DEVICE void soften(const Model<Scalar<V>>& m, Work<V>& w) {
  const int nodes = static_cast<int>(m.nodes.size());
  const V h = splat<V>(m.timestep);
  const Force<V> none = zero_force<V>();
  std::memset(w.waiting, 0, m.nodes.size());
  eliminate_list(
      m, w, w.all_list, nodes, [&](int n, bool fresh, Inertia<V>& inertia) { own_rigid(w, n, fresh, inertia); },
      [&](int) { return none; }, [&](int d) { return h * w.slope[d] * w.a[d]; }, [&](int d) { return h * w.slope[d]; });
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

// The same for a free body n that carries no joints: s = (M + h C)^-1 h C a with its bias force c = [m R (w x (w x d)); w x I w]
// (d its centre of mass, I its inertia about the joint; linear in the world, angular in the body). Without the linear half, which is
// m times the identity, what is left is Euler's equation about the centre of mass: (I_c + h K) s_w = h K a_w, K = [w]x I_c - [I_c w]x.
template <class V>
MB_DEVICE void soften_lonely(const Model<Scalar<V>>& m, Work<V>& w, int n) {
  const int at = m.nodes[n].v;
  const V h = splat<V>(m.timestep), *v = w.v + at, *a = w.a + at;
  const Vec3<V> spin = {v[3], v[4], v[5]}, swing = {a[3], a[4], a[5]};
  V i[10];
  node_inertia(m, w, n, i);
  const V inverse_mass = splat<V>(1) / i[0];
  const Vec3<V> d = {inverse_mass * i[1], inverse_mass * i[2], inverse_mass * i[3]};
  const V px = d.x * i[1], py = d.y * i[2], pz = d.z * i[3];
  V xx = i[4] - py - pz, xy = i[5] + d.x * i[2], xz = i[6] + d.x * i[3], yy = i[7] - px - pz, yz = i[8] + d.y * i[3],
    zz = i[9] - px - py;
  const V unit = splat<V>(1) / (xx + yy + zz);  // a common factor: with it the determinant stays within a float's range
  xx *= unit, xy *= unit, xz *= unit, yy *= unit, yz *= unit, zz *= unit;
  const Vec3<V> x = {xx, xy, xz}, y = {xy, yy, yz}, z = {xz, yz, zz};
  const auto inertia = [&](const Vec3<V>& b) { return Vec3<V>{dot(x, b), dot(y, b), dot(z, b)}; };
  const Vec3<V> turning = inertia(spin);
  const Vec3<V> c0 = x + scale(h, cross(spin, x) - Vec3<V>{splat<V>(0), turning.z, -turning.y});  // columns of I_c + h K
  const Vec3<V> c1 = y + scale(h, cross(spin, y) - Vec3<V>{-turning.z, splat<V>(0), turning.x});
  const Vec3<V> c2 = z + scale(h, cross(spin, z) - Vec3<V>{turning.y, -turning.x, splat<V>(0)});
  const Vec3<V> right = scale(h, cross(spin, inertia(swing)) - cross(turning, swing));
  const Vec3<V> c12 = cross(c1, c2);  // Cramer's rule
  const V inverse = splat<V>(1) / dot(c0, c12);
  const Vec3<V> slower = {inverse * dot(right, c12), inverse * dot(c0, cross(right, c2)), inverse * dot(c0, cross(c1, right))};
  // The linear half in the body's axes: h (w (d b) + (w d) b - 2 d (w b)) + d x s_w, b = a_w - s_w.
  const Vec3<V> b = swing - slower;
  const Vec3<V> pull = scale(dot(d, b), spin) + scale(dot(spin, d), b) - scale(splat<V>(2) * dot(spin, b), d);
  const Vec3<V> linear = turn(w.axes[n], scale(h, pull) + cross(d, slower));
  w.spare[at] = linear.x, w.spare[at + 1] = linear.y, w.spare[at + 2] = linear.z;
  w.spare[at + 3] = slower.x, w.spare[at + 4] = slower.y, w.spare[at + 5] = slower.z;
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
MB_DEVICE void step_advance(const Model<Scalar<V>>& m, Work<V>& w) {
  using S = Scalar<V>;
  const V h = splat<V>(m.timestep);
  if (m.implicit_bias) soften_bias(m, w);
  else if (m.softens) soften(m, w);
  else
    for (size_t d = 0; d < m.dofs.size(); ++d) w.spare[d] = splat<V>(0);
  for (const int n : m.lonely) soften_lonely(m, w, n);
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
