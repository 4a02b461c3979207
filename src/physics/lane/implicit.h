// What the bias force's dependence on velocity takes from the accelerations: MuJoCo's integrator `implicit`.
//
// Reads: axes, at, s, vel, rigid, slope, a. Writes: spare = (M + h (B + C))^-1 h (B + C) a, per dof, C = dc/dv of the bias force c.
// Method: column j of C is the bias force of Newton and Euler, which is a quadratic form in the velocities, derived along joint j's
//   motion s. Below j the bodies' velocities all change by s and their bias accelerations by x + v_n x s, x that of j itself; so one
//   matrix a node, summed over what it carries, holds all columns (as composite inertias do for M: Featherstone 2008, chapter 6).
//   M + h (B + C) is not symmetric; eliminated from the leaves it fills nothing in outside the chains to the root.
#pragma once

#include "physics/lane/articulated.h"

namespace manybody::physics::lane {
inline namespace MB_LANE_SET {

template <class V>
MB_LANE_INLINE Motion<V> dof_motion(const Model<Scalar<V>>& m, const Work<V>& w, int dof) {
  const int n = m.dofs[dof].node, k = dof - m.nodes[n].v;
  if (m.nodes[n].kind == JointKind::ball) return ball_axis(w, n, k);
  if (m.nodes[n].kind != JointKind::free) return w.s[n];
  Motion<V> out = zero_motion<V>();
  V* along[3] = {&out.v.x, &out.v.y, &out.v.z};
  if (k < 3) *along[k] = splat<V>(1);
  else out.w = k == 3 ? w.axes[n].x : k == 4 ? w.axes[n].y : w.axes[n].z;
  return out;
}

// How the bias acceleration at dof's node changes with its velocity, less v x s.
template <class V>
MB_LANE_INLINE Motion<V> dof_turning(const Model<Scalar<V>>& m, const Work<V>& w, int dof, const Motion<V>& s) {
  const Node<Scalar<V>>& node = m.nodes[m.dofs[dof].node];
  const Motion<V>& own = w.vel[m.dofs[dof].node];
  Motion<V> out = cross(own, s);
  if (node.kind == JointKind::free) out.v = out.v - cross(s.w, own.v) - cross(own.w, s.v);
  else if (node.parent >= 0) out = out + cross(w.vel[node.parent], s);
  return out;
}

template <class V>
MB_LANE_INLINE void add(Rigid<V>& a, const Rigid<V>& b) {
  a.m += b.m;
  a.h = a.h + b.h;
  a.xx += b.xx, a.xy += b.xy, a.xz += b.xz, a.yy += b.yy, a.yz += b.yz, a.zz += b.zz;
}

// Composite inertias, and the transposed matrices s -> I (s x v) + s x* (I v) + v x* (I s) by columns.
template <class V>
MB_DEVICE void compose(const Model<Scalar<V>>& m, Work<V>& w) {
  const int nodes = static_cast<int>(m.nodes.size());
  for (int n = 0; n < nodes; ++n) {
    const Force<V> momentum = apply(w.rigid[n], w.vel[n]);
    w.composite[n] = w.rigid[n];
    for (int k = 0; k < 6; ++k) {
      Motion<V> t = zero_motion<V>();
      V* axis[6] = {&t.w.x, &t.w.y, &t.w.z, &t.v.x, &t.v.y, &t.v.z};
      *axis[k] = splat<V>(1);
      w.turning[6 * n + k] = cross(w.vel[n], apply(w.rigid[n], t)) - cross(t, momentum) - apply(w.rigid[n], cross(w.vel[n], t));
    }
  }
  for (int n = nodes - 1; n >= 0; --n) {
    const int parent = m.nodes[n].parent;
    if (parent < 0) continue;
    add(w.composite[parent], w.composite[n]);
    for (int k = 0; k < 6; ++k) w.turning[6 * parent + k] = w.turning[6 * parent + k] + w.turning[6 * n + k];
  }
}

// h (B + C) into w.softness and M + h (B + C) into w.system, rows and columns that lie on one chain to the root.
template <class V>
MB_DEVICE void fill_system(const Model<Scalar<V>>& m, Work<V>& w) {
  const int dofs = static_cast<int>(m.dofs.size());
  const V h = splat<V>(m.timestep);
  for (int i = 0; i < dofs; ++i) {
    w.along[i] = dof_motion(m, w, i);
    w.turned[i] = dof_turning(m, w, i, w.along[i]);
  }
  for (int i = 0; i < dofs; ++i) {
    const int n = m.dofs[i].node;
    const Force<V>* turning = w.turning + 6 * n;
    const Motion<V>& s = w.along[i];
    const Motion<V>& x = w.turned[i];
    const Force<V> carried = apply(w.composite[n], s);
    Force<V> left = zero_force<V>();  // s' times the matrix
    const V part[6] = {s.w.x, s.w.y, s.w.z, s.v.x, s.v.y, s.v.z};
    for (int k = 0; k < 6; ++k) left = add_scaled(left, part[k], turning[k]);
    const Force<V> right = apply(w.composite[n], x) + Force<V>{{dot(s, turning[0]), dot(s, turning[1]), dot(s, turning[2])},
                                                               {dot(s, turning[3]), dot(s, turning[4]), dot(s, turning[5])}};
    for (int j = i; j >= 0; j = m.dofs[j].parent) {
      const Motion<V>& above = w.along[j];
      const V inertia = dot(above, carried);
      const V row = h * (dot(w.turned[j], carried) + dot(above, left)), column = h * dot(above, right);
      w.softness[i * dofs + j] = row;
      w.system[i * dofs + j] = inertia + row;
      if (j == i) continue;
      w.softness[j * dofs + i] = column;
      w.system[j * dofs + i] = inertia + column;
    }
    w.softness[i * dofs + i] += h * w.slope[i];
    w.system[i * dofs + i] += splat<V>(m.dofs[i].armature) + h * w.slope[i];
  }
}

template <class V>
MB_DEVICE void soften_bias(const Model<Scalar<V>>& m, Work<V>& w) {
  const int dofs = static_cast<int>(m.dofs.size());
  compose(m, w);
  fill_system(m, w);
  for (int i = 0; i < dofs; ++i) w.spare[i] = w.softness[i * dofs + i] * w.a[i];
  for (int i = 0; i < dofs; ++i) {
    for (int j = m.dofs[i].parent; j >= 0; j = m.dofs[j].parent) {
      w.spare[i] += w.softness[i * dofs + j] * w.a[j];
      w.spare[j] += w.softness[j * dofs + i] * w.a[i];
    }
  }
  for (int k = dofs - 1; k >= 0; --k) {
    const V inverse = splat<V>(1) / w.system[k * dofs + k];
    for (int i = m.dofs[k].parent; i >= 0; i = m.dofs[i].parent) {
      const V factor = w.system[i * dofs + k] * inverse;
      for (int j = m.dofs[k].parent; j >= 0; j = m.dofs[j].parent) w.system[i * dofs + j] -= factor * w.system[k * dofs + j];
      w.spare[i] -= factor * w.spare[k];
    }
    w.system[k * dofs + k] = inverse;
  }
  for (int k = 0; k < dofs; ++k) {
    for (int j = m.dofs[k].parent; j >= 0; j = m.dofs[j].parent) w.spare[k] -= w.system[k * dofs + j] * w.spare[j];
    w.spare[k] *= w.system[k * dofs + k];
  }
}

}  // namespace MB_LANE_SET
}  // namespace manybody::physics::lane
