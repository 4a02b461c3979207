// Equality constraints: frames tied together (connect, weld) and joints coupled by a polynomial.
//
// Reads: poses, velocities, accelerations at the warm start, Model::ties and couplings. Writes: w.ties, w.couplings: x (J a - aref),
//   and along a direction dx; their forces and stiffness into the sums over nodes and joints.
// Method: MuJoCo's rows (its documentation, Computation: Equality). A weld's angular violation is the vector part of the quaternion
//   q between the frames; by the angular velocity w its rate is (q_w w + w x z)/2, z that vector part in world axes, and as all
//   three rows have one weight it may be measured there. Rows are always active: one quadratic, exact in the line search. Those of
//   frames ask for the violation's true second derivative, J a and the rows' own change.
#pragma once

#include "physics/lane/articulated.h"
#include "physics/lane/constraint.h"

namespace manybody::physics::lane {
inline namespace MB_LANE_SET {

// The quaternion (w, vector in world axes) that turns frame b's axes into a's, up to its sign: from the largest of its four parts.
template <class V>
MB_LANE_INLINE void turn_between(const Axes<V>& a, const Axes<V>& b, V& scalar, Vec3<V>& vector) {
  // Columns of R = B'A.
  const Vec3<V> c0 = turn_back(b, a.x), c1 = turn_back(b, a.y), c2 = turn_back(b, a.z);
  const V one = splat<V>(1), two = splat<V>(2);
  const V trace = c0.x + c1.y + c2.z;
  const V part[4] = {one + trace, one + two * c0.x - trace, one + two * c1.y - trace, one + two * c2.z - trace};  // 4 q_k^2
  const V product[4][4] = {{part[0], c1.z - c2.y, c2.x - c0.z, c0.y - c1.x},                                      // 4 q_k q_l
                           {c1.z - c2.y, part[1], c0.y + c1.x, c2.x + c0.z},
                           {c2.x - c0.z, c0.y + c1.x, part[2], c1.z + c2.y},
                           {c0.y - c1.x, c2.x + c0.z, c1.z + c2.y, part[3]}};
  V most = part[0], q[4];
  for (int l = 0; l < 4; ++l) q[l] = product[0][l];
  for (int k = 1; k < 4; ++k) {
    const Mask<V> larger = part[k] > most;
    most = select<V>(larger, part[k], most);
    for (int l = 0; l < 4; ++l) q[l] = select<V>(larger, product[k][l], q[l]);
  }
  const V inverse =
      splat<V>(0.5) / sqrt<V>(max<V>(most, splat<V>(0.25)));  // the largest is one at least, but for what is no number
  scalar = inverse * q[0];
  vector = turn(b, Vec3<V>{inverse * q[1], inverse * q[2], inverse * q[3]});
}

// J times node motions: a's less b's.
template <class V>
MB_LANE_INLINE void tie_motion(const TieRow<V>& t, const Motion<V>* nodes, Motion<V>& out) {
  out = zero_motion<V>();
  if (t.node_a >= 0) out = {nodes[t.node_a].w, point_motion(nodes[t.node_a], t.at_a)};
  if (t.node_b >= 0) out = {out.w - nodes[t.node_b].w, out.v - point_motion(nodes[t.node_b], t.at_b)};
  out.w = t.weld ? scale(t.half, out.w) + cross(out.w, t.axis) : zero3<V>();
}

// Adds J' (angular, linear): what rows of these forces do to the nodes.
template <class V>
MB_LANE_INLINE void add_tie(const TieRow<V>& t, const Vec3<V>& angular, const Vec3<V>& linear, Force<V>* nodes) {
  const Vec3<V> moment = t.weld ? scale(t.half, angular) + cross(t.axis, angular) : zero3<V>();
  if (t.node_a >= 0) nodes[t.node_a] = nodes[t.node_a] + Force<V>{moment + cross(t.at_a, linear), linear};
  if (t.node_b >= 0) nodes[t.node_b] = nodes[t.node_b] - Force<V>{moment + cross(t.at_b, linear), linear};
}

template <class V>
MB_LANE_INLINE V stiffness_of(V imp, Scalar<V> weight) {
  return splat<V>(1) / max<V>((splat<V>(1) - imp) / imp * splat<V>(weight), splat<V>(1e-15));
}

// What the violation's second derivative has beside J a: the rows' change along the motion (MuJoCo 4.0 takes it off aref of
// connect and weld). Gravity is in both sides' bias, and cancels.
template <class V>
MB_LANE_INLINE void add_tie_bias(const Work<V>& w, const TieRow<V>& t, Motion<V>& x) {
  const Motion<V> still = zero_motion<V>(), base = {zero3<V>(), {-w.gravity[0], -w.gravity[1], -w.gravity[2]}};
  const auto side = [&](int n, const Vec3<V>& at, Vec3<V>& spin) {
    const Motion<V>&velocity = n < 0 ? still : w.vel[n], &bias = n < 0 ? base : w.bias[n];
    spin = velocity.w;
    return Motion<V>{bias.w, point_motion(bias, at) + cross(spin, point_motion(velocity, at))};
  };
  Vec3<V> spin_a, spin_b;
  const Motion<V> a = side(t.node_a, t.at_a, spin_a), b = side(t.node_b, t.at_b, spin_b);
  x.v = x.v + a.v - b.v;
  if (!t.weld) return;
  const Vec3<V> turning = a.w - b.w + cross(spin_a, spin_b), spin = spin_a - spin_b;
  x.w = x.w + scale(t.half, turning) + cross(turning, t.axis) - scale(splat<V>(0.5) * dot(spin, spin), t.axis);
}

template <class V>
MB_DEVICE void find_tie(const Model<Scalar<V>>& m, Work<V>& w, const Tie<Scalar<V>>& tie, TieRow<V>& t) {
  using S = Scalar<V>;
  Axes<V> axes[2];
  Vec3<V> at[2];
  for (int side = 0; side < 2; ++side) {
    const int n = tie.node[side];
    const Axes<V> r = n < 0 ? unit_axes<V>() : w.axes[n];
    at[side] = n < 0 ? splat3<V>(tie.position[side]) : w.at[n] + turn_fixed(r, tie.position[side]);
    if (tie.weld) axes[side] = chain_fixed(r, tie.rotation[side]);
  }
  t.node_a = tie.node[0], t.node_b = tie.node[1];
  t.weld = tie.weld;
  t.at_a = at[0], t.at_b = at[1];
  const Vec3<V> apart = at[0] - at[1] - origin_between(m, w, t.node_a, t.node_b);
  Motion<V> off = {zero3<V>(), apart};
  if (tie.weld) {
    V scalar;
    Vec3<V> vector;
    turn_between(axes[0], axes[1], scalar, vector);
    off.w = scale(splat<V>(tie.torque_scale), vector);
    t.half = splat<V>(S(0.5) * tie.torque_scale) * scalar;
    t.axis = scale(splat<V>(0.5), off.w);
  }
  const V imp = impedance_at<V>(tie.impedance, sqrt<V>(dot(off.w, off.w) + dot(off.v, off.v)));
  t.d_linear = stiffness_of<V>(imp, tie.weight_translation);
  t.d_angular = tie.weld ? stiffness_of<V>(imp, tie.weight_rotation) : splat<V>(0);
  Motion<V> velocity;
  tie_motion(t, w.vel, velocity);
  tie_motion(t, w.acc, t.x);
  add_tie_bias(w, t, t.x);
  t.x = add_scaled(add_scaled(t.x, splat<V>(tie.impedance.b), velocity), splat<V>(tie.impedance.k) * imp, off);
}

template <class V>
MB_DEVICE void find_coupling(Work<V>& w, const Coupling<Scalar<V>>& from, CouplingRow<V>& row) {
  const V zero = splat<V>(0);
  row.dof_a = from.dof[0], row.dof_b = from.dof[1];
  V off = w.q[from.q[0]] - splat<V>(from.reference[0]) - splat<V>(from.polynomial[0]);
  row.ratio = zero;
  V velocity = w.v[row.dof_a], a = w.a[row.dof_a];
  if (row.dof_b >= 0) {
    const V x = w.q[from.q[1]] - splat<V>(from.reference[1]);
    V value = zero, power = splat<V>(1);
    for (int k = 1; k < 5; ++k) {
      row.ratio += splat<V>(k * from.polynomial[k]) * power;
      power *= x;
      value += splat<V>(from.polynomial[k]) * power;
    }
    off -= value;
    velocity -= row.ratio * w.v[row.dof_b];
    a -= row.ratio * w.a[row.dof_b];
  }
  const V imp = impedance_at<V>(from.impedance, off);
  row.d = stiffness_of<V>(imp, from.weight);
  row.x = a + splat<V>(from.impedance.b) * velocity + splat<V>(from.impedance.k) * imp * off;
}

// All rows at this state; marks the nodes they act on as trunk, those with stiffness of their own as touched.
template <class V>
MB_DEVICE void find_equalities(const Model<Scalar<V>>& m, Work<V>& w) {
  for (size_t i = 0; i < m.ties.size(); ++i) {
    TieRow<V>& t = w.ties[i];
    find_tie(m, w, m.ties[i], t);
    w.coupled |= t.node_a >= 0 && t.node_b >= 0;
    for (int n : {t.node_a, t.node_b})
      if (n >= 0) w.trunk[n] = w.touched[n] = 1;
  }
  for (size_t i = 0; i < m.couplings.size(); ++i) {
    CouplingRow<V>& row = w.couplings[i];
    find_coupling(w, m.couplings[i], row);
    w.coupled |= row.dof_b >= 0;
    for (int d : {row.dof_a, row.dof_b})
      if (d >= 0) w.trunk[m.dofs[d].node] = 1;
  }
}

// Forces of all rows at the present x, and the stiffness of those that act on one node or joint only.
template <class V>
MB_DEVICE void gather_equalities(const Model<Scalar<V>>& m, Work<V>& w, bool stiffness) {
  const V zero = splat<V>(0);
  for (size_t i = 0; i < m.ties.size(); ++i) {
    const TieRow<V>& t = w.ties[i];
    add_tie(t, scale(-t.d_angular, t.x.w), scale(-t.d_linear, t.x.v), w.w);
    if (!stiffness || (t.node_a >= 0 && t.node_b >= 0)) continue;
    Inertia<V>& k = w.stiff[t.node_a >= 0 ? t.node_a : t.node_b];
    add_point(k, t.node_a >= 0 ? t.at_a : t.at_b, t.d_linear, zero, zero, t.d_linear, zero, t.d_linear);
    if (!t.weld) continue;
    // G = half 1 - [axis]: G'G = (half^2 + |axis|^2) 1 - axis axis'.
    const V d = t.d_angular, size = d * (t.half * t.half + dot(t.axis, t.axis));
    const Vec3<V> a = t.axis, b = scale(d, t.axis);
    k.jxx += size - a.x * b.x, k.jxy -= a.x * b.y, k.jxz -= a.x * b.z;
    k.jyy += size - a.y * b.y, k.jyz -= a.y * b.z, k.jzz += size - a.z * b.z;
  }
  for (size_t i = 0; i < m.couplings.size(); ++i) {
    const CouplingRow<V>& row = w.couplings[i];
    w.row_f[row.dof_a] -= row.d * row.x;
    if (row.dof_b >= 0) w.row_f[row.dof_b] += row.ratio * row.d * row.x;
    else if (stiffness) w.row_h[row.dof_a] += row.d;
  }
}

// What all rows' stiffness answers to a motion of nodes and joints: onto the nodes' pushes, and the joints' forces of couplings.
template <class V>
MB_DEVICE void multiply_ties(const Model<Scalar<V>>& m, const Work<V>& w, const Motion<V>* nodes, V sign, Force<V>* push) {
  for (size_t i = 0; i < m.ties.size(); ++i) {
    const TieRow<V>& t = w.ties[i];
    Motion<V> y;
    tie_motion(t, nodes, y);
    add_tie(t, scale(sign * t.d_angular, y.w), scale(sign * t.d_linear, y.v), push);
  }
}
template <class V>
MB_DEVICE void multiply_couplings(const Model<Scalar<V>>& m, const Work<V>& w, const V* joints, V* out) {
  for (size_t i = 0; i < m.couplings.size(); ++i) {
    const CouplingRow<V>& row = w.couplings[i];
    if (row.dof_b < 0) continue;  // among the joints' own rows
    const V push = row.d * (joints[row.dof_a] - row.ratio * joints[row.dof_b]);
    out[row.dof_a] += push;
    out[row.dof_b] -= row.ratio * push;
  }
}

// Along the direction found: dx of all rows, and their part of the objective's slope and curvature.
template <class V>
MB_DEVICE void aim_equalities(const Model<Scalar<V>>& m, Work<V>& w, V& slope, V& curvature) {
  for (size_t i = 0; i < m.ties.size(); ++i) {
    TieRow<V>& t = w.ties[i];
    tie_motion(t, w.d, t.dx);
    slope += t.d_linear * dot(t.x.v, t.dx.v) + t.d_angular * dot(t.x.w, t.dx.w);
    curvature += t.d_linear * dot(t.dx.v, t.dx.v) + t.d_angular * dot(t.dx.w, t.dx.w);
  }
  for (size_t i = 0; i < m.couplings.size(); ++i) {
    CouplingRow<V>& row = w.couplings[i];
    row.dx = w.p[row.dof_a];
    if (row.dof_b >= 0) row.dx -= row.ratio * w.p[row.dof_b];
    slope += row.d * row.x * row.dx;
    curvature += row.d * row.dx * row.dx;
  }
}

template <class V>
MB_DEVICE void move_equalities(const Model<Scalar<V>>& m, Work<V>& w, V alpha) {
  for (size_t i = 0; i < m.ties.size(); ++i) w.ties[i].x = add_scaled(w.ties[i].x, alpha, w.ties[i].dx);
  for (size_t i = 0; i < m.couplings.size(); ++i) w.couplings[i].x += alpha * w.couplings[i].dx;
}

}  // namespace MB_LANE_SET
}  // namespace manybody::physics::lane
