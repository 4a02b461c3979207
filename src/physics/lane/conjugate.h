// The Newton direction where contacts join two moving nodes.
//
// Reads: residual, row forces and stiffness, art (inertias with limbs eliminated), contacts. Writes: p, root_p, d, mp, root_mp,
//   dx of contacts.
// Method: conjugate gradients (Hestenes & Stiefel 1952) on (M + J' H J) p = -g, preconditioned by one articulated sweep over M and
//   the stiffness of contacts with the world. What that leaves out has the rank of the coupled rows, so few iterations are exact.
//   (With the coupled stiffness on each body alone in the preconditioner it took half as many rounds again: sticking contacts then
//   leave tiny eigenvalues.)
#pragma once

#include "physics/lane/rows.h"

namespace manybody::physics::lane {
inline namespace MB_LANE_SET {

// z = P^-1 r; cg_a: the nodes' motion along z.
template <class V>
MB_DEVICE void precondition(const Model<Scalar<V>>& m, Work<V>& w) {
  for (int i = 0; i < w.trunk_count; ++i) w.pa[w.trunk_list[i]] = zero_force<V>();
  const auto right = [&](int d) { return w.cg_r[d]; };
  for (int i = w.trunk_count - 1; i >= 0; --i) {
    const int n = w.trunk_list[i], parent = m.nodes[n].parent;
    reduce_node(m, w, n, right, w.pa[n]);
    if (parent >= 0) w.pa[parent] = w.pa[parent] + w.pa[n];
  }
  const Motion<V> still = zero_motion<V>();
  for (int i = 0; i < w.trunk_count; ++i) {
    const int n = w.trunk_list[i], parent = m.nodes[n].parent;
    if (m.nodes[n].kind == JointKind::free) w.cg_root_z[n] = w.cg_a[n] = solve(w.root[n], w.cg_root_r[n] - w.pa[n]);
    else w.cg_a[n] = expand_node(m, w, n, parent < 0 ? still : w.cg_a[parent], w.cg_z);
  }
}

// cg_m = M dir, cg_h = (M + J' H J) dir.
template <class V>
MB_DEVICE void multiply(const Model<Scalar<V>>& m, Work<V>& w) {
  for (int i = 0; i < w.trunk_count; ++i) {
    const int n = w.trunk_list[i];
    w.cg_force[n] = apply(w.rigid[n], w.cg_a_dir[n]);
    if (w.limbs[n]) w.cg_force[n] = w.cg_force[n] + apply(w.art[n], w.cg_a_dir[n]);
    w.cg_push[n] = zero_force<V>();
  }
  for (int i = 0; i < w.contact_count; ++i) {
    const Contact<V>& c = w.contacts[i];
    V y[6], h[6];
    for (int k = 0; k < 6; ++k) y[k] = h[k] = splat<V>(0);
    contact_motion(c, w.cg_a_dir, y);
    stiffness_times(c, y, h);
    add_wrench(c, h, w.cg_push);
  }
  multiply_ties(m, w, w.cg_a_dir, splat<V>(1), w.cg_push);
  for (int i = w.trunk_count - 1; i >= 0; --i) {
    const int n = w.trunk_list[i], parent = m.nodes[n].parent;
    const Force<V> f = w.cg_force[n], g = w.cg_push[n];
    if (m.nodes[n].kind == JointKind::free) {
      w.cg_root_m[n] = f;
      w.cg_root_h[n] = f + g;
    }
    project_node(m, w, n, f, [&](int d, V value) { w.cg_m[d] = value + joint_diagonal<V>(m, d) * w.cg_dir[d]; });
    project_node(m, w, n, g, [&](int d, V value) { w.cg_h[d] = w.cg_m[d] + value + w.row_h[d] * w.cg_dir[d]; });
    if (parent >= 0) {
      w.cg_force[parent] = w.cg_force[parent] + f;
      w.cg_push[parent] = w.cg_push[parent] + g;
    }
  }
  multiply_couplings(m, w, w.cg_dir, w.cg_h);
}

template <class V>
MB_DEVICE void start_gradients(const Model<Scalar<V>>& m, Work<V>& w) {
  for (int i = 0; i < w.trunk_count; ++i) w.force[w.trunk_list[i]] = w.w[w.trunk_list[i]];
  for (int i = w.trunk_count - 1; i >= 0; --i) {
    const int n = w.trunk_list[i], parent = m.nodes[n].parent;
    const Force<V> f = w.force[n];
    if (m.nodes[n].kind == JointKind::free) w.cg_root_r[n] = f - w.root_residual[n];
    project_node(m, w, n, f, [&](int d, V value) { w.cg_r[d] = value - w.residual[d] + w.row_f[d]; });
    if (parent >= 0) w.force[parent] = w.force[parent] + f;
  }
  const Force<V> none = zero_force<V>();
  eliminate_list(
      m, w, w.trunk_list, w.trunk_count, [&](int n, bool fresh, Inertia<V>& inertia) { own_trunk(w, n, fresh, inertia); },
      [&](int) { return none; }, [](int) { return splat<V>(0); }, [&](int d) { return w.row_h[d]; });
  each_trunk_dof(
      m, w, [&](int d) { w.p[d] = w.mp[d] = splat<V>(0); },
      [&](int n) { w.root_p[n] = zero_motion<V>(), w.root_mp[n] = zero_force<V>(); });
  for (int i = 0; i < w.trunk_count; ++i) w.d[w.trunk_list[i]] = zero_motion<V>();
}

template <class V>
MB_DEVICE void conjugate_direction(const Model<Scalar<V>>& m, Work<V>& w) {
  constexpr int kMost = 50;
  const V zero = splat<V>(0);
  start_gradients(m, w);
  precondition(m, w);
  each_trunk_dof(
      m, w, [&](int d) { w.cg_dir[d] = w.cg_z[d]; }, [&](int n) { w.cg_root_dir[n] = w.cg_root_z[n]; });
  for (int i = 0; i < w.trunk_count; ++i) w.cg_a_dir[w.trunk_list[i]] = w.cg_a[w.trunk_list[i]];
  const auto product = [&](const V* a, const V* b, const Motion<V>* root_a, const Force<V>* root_b) {
    V sum = zero;
    each_trunk_dof(
        m, w, [&](int d) { sum += a[d] * b[d]; }, [&](int n) { sum += dot(root_a[n], root_b[n]); });
    return sum;
  };
  V rho = product(w.cg_z, w.cg_r, w.cg_root_z, w.cg_root_r);
  // rho bounds what is still to gain. It is held to what was gained: at the start contacts make it a thousand times too large.
  const V little = splat<V>(sizeof(Scalar<V>) == 4 ? 1e-8 : 1e-24);
  V gained = zero;
  for (int round = 0; round < kMost; ++round) {
    const Mask<V> active = rho > little * gained;
    if (!any<V>(active)) break;
    ++w.counts.cg;
    multiply(m, w);
    const V bend = product(w.cg_dir, w.cg_h, w.cg_root_dir, w.cg_root_h);
    w.broken = w.broken | (active & beyond<V>(bend, kDescentLimit));
    const V alpha = select<V>(active & (bend > zero), rho / bend, zero);
    gained += alpha * rho;
    each_trunk_dof(
        m, w,
        [&](int d) {
          w.p[d] += alpha * w.cg_dir[d];
          w.mp[d] += alpha * w.cg_m[d];
          w.cg_r[d] -= alpha * w.cg_h[d];
        },
        [&](int n) {
          w.root_p[n] = add_scaled(w.root_p[n], alpha, w.cg_root_dir[n]);
          w.root_mp[n] = add_scaled(w.root_mp[n], alpha, w.cg_root_m[n]);
          w.cg_root_r[n] = add_scaled(w.cg_root_r[n], -alpha, w.cg_root_h[n]);
        });
    for (int i = 0; i < w.trunk_count; ++i) {
      const int n = w.trunk_list[i];
      w.d[n] = add_scaled(w.d[n], alpha, w.cg_a_dir[n]);
    }
    precondition(m, w);
    const V next = product(w.cg_z, w.cg_r, w.cg_root_z, w.cg_root_r);
    const V beta = select<V>(active, next / rho, zero);
    rho = select<V>(active, next, rho);
    each_trunk_dof(
        m, w, [&](int d) { w.cg_dir[d] = w.cg_z[d] + beta * w.cg_dir[d]; },
        [&](int n) { w.cg_root_dir[n] = add_scaled(w.cg_root_z[n], beta, w.cg_root_dir[n]); });
    for (int i = 0; i < w.trunk_count; ++i) {
      const int n = w.trunk_list[i];
      w.cg_a_dir[n] = add_scaled(w.cg_a[n], beta, w.cg_a_dir[n]);
    }
  }
  w.broken = w.broken | beyond<V>(rho, kDescentLimit);
  for (int i = 0; i < w.contact_count; ++i) contact_motion(w.contacts[i], w.d, w.contacts[i].dx);
}

}  // namespace MB_LANE_SET
}  // namespace manybody::physics::lane
