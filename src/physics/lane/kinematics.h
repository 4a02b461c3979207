// Stage 1: where everything is and how it moves.
//
// Reads: q, v, a (warm start). Writes: axes, at, s (joint motion), vel, bias (acceleration without joint accelerations, gravity in
//   it), acc (J a), rigid (inertias about the tree's origin), force (what these motions need: Newton and Euler).
// Method: Featherstone (2008), chapter 5, in world-aligned axes about the free root, so that nothing is ever transformed
//   between frames; gravity as an acceleration of the base. A free joint's point moves with its body: its bias is -w x v.
#pragma once

#include "physics/lane/work.h"

namespace manybody::physics::lane {
inline namespace MB_LANE_SET {

template <class V>
MB_LANE_INLINE Axes<V> axes_of(V w, V x, V y, V z) {
  const V one = splat<V>(1), two = splat<V>(2);
  return {{one - two * (y * y + z * z), two * (x * y + w * z), two * (x * z - w * y)},
          {two * (x * y - w * z), one - two * (x * x + z * z), two * (y * z + w * x)},
          {two * (x * z + w * y), two * (y * z - w * x), one - two * (x * x + y * y)}};
}

template <class V>
MB_LANE_INLINE Axes<V> unit_axes() {
  const V o = splat<V>(0), i = splat<V>(1);
  return {{i, o, o}, {o, i, o}, {o, o, i}};
}

template <class V>
MB_LANE_INLINE void normalise_quaternion(V* q) {
  const V square = q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3];
  const V inverse = splat<V>(1) / sqrt<V>(max<V>(square, splat<V>(1e-30)));
  for (int k = 0; k < 4; ++k) q[k] *= inverse;
}

// v x* for forces, v x for motions.
template <class V>
MB_LANE_INLINE Motion<V> cross(const Motion<V>& a, const Motion<V>& b) {
  return {cross(a.w, b.w), cross(a.w, b.v) + cross(a.v, b.w)};
}
template <class V>
MB_LANE_INLINE Force<V> cross(const Motion<V>& a, const Force<V>& b) {
  return {cross(a.w, b.n) + cross(a.v, b.f), cross(a.w, b.f)};
}

// The node's inertia, from its own frame to the tree's origin.
template <class V>
MB_LANE_INLINE Rigid<V> place_inertia(const Axes<V>& r, const Vec3<V>& p, const V i[10]) {
  const Vec3<V> h = turn(r, Vec3<V>{i[1], i[2], i[3]});
  const V m = i[0];
  const Vec3<V> a = turn(r, Vec3<V>{i[4], i[5], i[6]}), b = turn(r, Vec3<V>{i[5], i[7], i[8]}),
                c = turn(r, Vec3<V>{i[6], i[8], i[9]});
  // R J R' by columns: a x' + b y' + c z'; its trace is J's.
  V xx = a.x * r.x.x + b.x * r.y.x + c.x * r.z.x, yy = a.y * r.x.y + b.y * r.y.y + c.y * r.z.y;
  V xy = a.x * r.x.y + b.x * r.y.y + c.x * r.z.y, xz = a.x * r.x.z + b.x * r.y.z + c.x * r.z.z;
  V yz = a.y * r.x.z + b.y * r.y.z + c.y * r.z.z;
  V zz = i[4] + i[7] + i[9] - xx - yy;
  // From the node's origin to the tree's: J + m (|p|^2 - p p') + 2 p.h - p h' - h p'.
  const Vec3<V> g = {m * p.x + h.x, m * p.y + h.y, m * p.z + h.z};  // first moment about the tree's origin
  const V px = p.x * (g.x + h.x), py = p.y * (g.y + h.y), pz = p.z * (g.z + h.z);
  xx += py + pz;
  yy += px + pz;
  zz += px + py;
  xy -= g.x * p.y + p.x * h.y;
  xz -= g.x * p.z + p.x * h.z;
  yz -= g.y * p.z + p.y * h.z;
  return {m, g, xx, xy, xz, yy, yz, zz};
}

template <class V>
MB_LANE_INLINE void node_inertia(const Model<Scalar<V>>& m, const Work<V>& w, int n, V out[10]) {
  const Node<Scalar<V>>& node = m.nodes[n];
  if (node.varied >= 0) {
    for (int k = 0; k < 10; ++k) out[k] = w.heavy[ParameterBlock::kHeavy * node.varied + k];
  } else {
    for (int k = 0; k < 10; ++k) out[k] = splat<V>(node.inertia[k]);
  }
}

template <class V>
MB_DEVICE void step_kinematics(const Model<Scalar<V>>& m, Work<V>& w) {
  const int count = static_cast<int>(m.nodes.size());
  Motion<V> still = zero_motion<V>(), base = zero_motion<V>();
  const V* const gravity = w.gravity;
  base.v = {-gravity[0], -gravity[1], -gravity[2]};
  for (int n = 0; n < count; ++n) {
    const Node<Scalar<V>>& node = m.nodes[n];
    const int parent = node.parent;
    const Motion<V>&pv = parent < 0 ? still : w.vel[parent], &pb = parent < 0 ? base : w.bias[parent],
          &pa = parent < 0 ? still : w.acc[parent];
    Axes<V> r;
    Vec3<V> p;
    if (node.kind == JointKind::free) {
      normalise_quaternion(w.q + node.q + 3);
      const V* q = w.q + node.q + 3;
      r = axes_of<V>(q[0], q[1], q[2], q[3]);
      p = zero3<V>();
      const V *v = w.v + node.v, *a = w.a + node.v;
      const Vec3<V> spin = turn(r, Vec3<V>{v[3], v[4], v[5]}), speed = {v[0], v[1], v[2]};
      w.vel[n] = {spin, speed};
      w.bias[n] = {base.w, base.v - cross(spin, speed)};
      w.acc[n] = {turn(r, Vec3<V>{a[3], a[4], a[5]}), {a[0], a[1], a[2]}};
    } else {
      if (parent < 0) {
        r = unit_axes<V>();
        p = splat3<V>(node.offset) - splat3<V>(&m.tree_origin[3 * node.tree]);
      } else {
        r = w.axes[parent];
        p = w.at[parent] + turn_fixed(r, node.offset);
      }
      if (node.turns) r = chain_fixed(r, node.turn);
      if (node.kind == JointKind::hinge) {
        V sine, cosine;
        sin_cos<V>(w.q[node.q] - splat<V>(node.reference), sine, cosine);
        const Vec3<V> x = r.x, y = r.y;
        r.x = {cosine * x.x + sine * y.x, cosine * x.y + sine * y.y, cosine * x.z + sine * y.z};
        r.y = {cosine * y.x - sine * x.x, cosine * y.y - sine * x.y, cosine * y.z - sine * x.z};
        w.s[n] = {r.z, cross(p, r.z)};
      } else if (node.kind == JointKind::slide) {
        p = p + scale(w.q[node.q] - splat<V>(node.reference), r.z);
        w.s[n] = {zero3<V>(), r.z};
      }
      if (node.kind == JointKind::ball) {
        normalise_quaternion(w.q + node.q);
        const V* q = w.q + node.q;
        const Axes<V> t = axes_of<V>(q[0], q[1], q[2], q[3]);
        r = {turn(r, t.x), turn(r, t.y), turn(r, t.z)};
        const V *v = w.v + node.v, *a = w.a + node.v;
        const Vec3<V> spin = turn(r, Vec3<V>{v[0], v[1], v[2]}), swing = turn(r, Vec3<V>{a[0], a[1], a[2]});
        const Motion<V> moved = {spin, cross(p, spin)};
        w.vel[n] = pv + moved;
        w.bias[n] = pb + cross(pv, moved);
        w.acc[n] = pa + Motion<V>{swing, cross(p, swing)};
      } else {
        const V v = w.v[node.v];
        const Motion<V> moved = {scale(v, w.s[n].w), scale(v, w.s[n].v)};
        w.vel[n] = pv + moved;
        w.bias[n] = pb + cross(pv, moved);
        w.acc[n] = add_scaled(pa, w.a[node.v], w.s[n]);
      }
    }
    w.axes[n] = r;
    w.at[n] = p;
    V inertia[10];
    node_inertia(m, w, n, inertia);
    w.rigid[n] = place_inertia(r, p, inertia);
    w.force[n] = apply(w.rigid[n], w.acc[n] + w.bias[n]) + cross(w.vel[n], apply(w.rigid[n], w.vel[n]));
  }
}

}  // namespace MB_LANE_SET
}  // namespace manybody::physics::lane
