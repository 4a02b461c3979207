// Stage 4: the accelerations that minimise Gauss's principle with soft constraints.
//
// Reads: residual (gradient without constraints at the warm start), contacts, rows. Writes: a (qacc), contact and row forces.
// Method: MuJoCo's convex objective 1/2 (a - a_s)' M (a - a_s) + s(J a - aref), by Newton's method. A limb without constraints is
//   eliminated once (exact); over what is left, the trunk, each iteration is one articulated-body sweep with the contacts'
//   stiffness on the bodies. A step of one that leaves every row as it was has reached the optimum; otherwise a safeguarded Newton
//   search on the piecewise quadratic finds the step. Contacts between two moving bodies couple their stiffness: there the sweep
//   without the coupling preconditions conjugate gradients (Hestenes & Stiefel 1952).
#pragma once

#include "physics/lane/conjugate.h"

namespace manybody::physics::lane {
inline namespace MB_LANE_SET {

// Limbs: everything without constraints, taken out of its parent's inertia and of the trunk's residual.
template <class V>
MB_DEVICE void eliminate_limbs(const Model<Scalar<V>>& m, Work<V>& w) {
  const Force<V> none = zero_force<V>();
  std::memset(w.waiting, 0, m.nodes.size());
  eliminate_list(
      m, w, w.limb_list, w.limb_count, [&](int n, bool fresh, Inertia<V>& inertia) { own_rigid(w, n, fresh, inertia); },
      [&](int) { return none; }, [&](int d) { return -w.residual[d]; }, [](int) { return splat<V>(0); });
  // What limbs leave at the trunk: inertia, and a bias that joins the residual on the way to the root.
  for (int i = 0; i < w.trunk_count; ++i) {
    const int n = w.trunk_list[i];
    w.limbs[n] = w.waiting[n];
    if (w.waiting[n]) w.art[n] = w.k[n];
    else w.pa[n] = none;
    w.waiting[n] = 0;
  }
  for (int i = w.trunk_count - 1; i >= 0; --i) {
    const int n = w.trunk_list[i], parent = m.nodes[n].parent;
    const Force<V> bias = w.pa[n];
    project_node(m, w, n, bias, [&](int d, V value) { w.residual[d] += value; });
    if (m.nodes[n].kind == JointKind::free) w.root_residual[n] = w.root_residual[n] + bias;
    if (parent >= 0) w.pa[parent] = w.pa[parent] + bias;
  }
}

// The limbs follow the trunk (`moved`); roots without constraints fall freely.
template <class V>
MB_DEVICE void expand_limbs(const Model<Scalar<V>>& m, Work<V>& w) {
  const int nodes = static_cast<int>(m.nodes.size());
  const Motion<V> still = zero_motion<V>();
  for (int n = 0; n < nodes; ++n) {
    if (w.trunk[n]) continue;
    const Node<Scalar<V>>& node = m.nodes[n];
    if (node.kind == JointKind::free) {
      const Force<V> right = zero_force<V>() - (w.root_residual[n] + w.pa[n]);
      w.moved[n] = solve(w.root[n], right);
      add_root(w, n, node.v, w.moved[n], w.a);
    } else {
      w.moved[n] = expand_node(m, w, n, node.parent < 0 ? still : w.moved[node.parent], w.spare);
      for (int k = 0; k < dofs_of(node.kind); ++k) w.a[node.v + k] += w.spare[node.v + k];
    }
  }
}

// Direction p by one sweep: (M + K) p = -residual + J' f. Exact where no contact joins two nodes.
template <class V>
MB_DEVICE void direct_direction(const Model<Scalar<V>>& m, Work<V>& w) {
  eliminate_list(
      m, w, w.trunk_list, w.trunk_count, [&](int n, bool fresh, Inertia<V>& inertia) { own_trunk(w, n, fresh, inertia); },
      [&](int n) { return zero_force<V>() - w.w[n]; }, [&](int d) { return w.row_f[d] - w.residual[d]; },
      [&](int d) { return w.row_h[d]; });
  const Motion<V> still = zero_motion<V>();
  for (int i = 0; i < w.trunk_count; ++i) {
    const int n = w.trunk_list[i], parent = m.nodes[n].parent;
    if (m.nodes[n].kind == JointKind::free) {
      w.root_p[n] = w.d[n] = solve(w.root[n], zero_force<V>() - (w.root_residual[n] + w.pa[n]));
    } else {
      w.d[n] = expand_node(m, w, n, parent < 0 ? still : w.d[parent], w.p);
    }
  }
  for (int i = 0; i < w.contact_count; ++i) contact_motion(w.contacts[i], w.d, w.contacts[i].dx);
}

// M p of that direction, for a step along it that is not the last: -residual + J' (f - H J p), without touching M.
template <class V>
MB_DEVICE void direct_product(const Model<Scalar<V>>& m, Work<V>& w) {
  for (int i = 0; i < w.trunk_count; ++i) w.force[w.trunk_list[i]] = w.w[w.trunk_list[i]];
  for (int i = 0; i < w.contact_count; ++i) {
    const Contact<V>& c = w.contacts[i];
    V h[6];
    stiffness_times(c, c.dx, h);
    for (int k = 0; k < 6; ++k) h[k] = k < rows_of(c) ? -h[k] : splat<V>(0);
    add_wrench(c, h, w.force);
  }
  multiply_ties(m, w, w.d, splat<V>(-1), w.force);
  for (int i = w.trunk_count - 1; i >= 0; --i) {
    const int n = w.trunk_list[i], parent = m.nodes[n].parent;
    const Force<V> f = w.force[n];
    if (m.nodes[n].kind == JointKind::free) w.root_mp[n] = f - w.root_residual[n];
    project_node(m, w, n, f, [&](int d, V value) { w.mp[d] = value - w.residual[d] + w.row_f[d] - w.row_h[d] * w.p[d]; });
    if (parent >= 0) w.force[parent] = w.force[parent] + f;
  }
}

// Lanes in which a full step takes some row to its other side.
template <class V>
MB_DEVICE Mask<V> rows_change(const Work<V>& w) {
  Mask<V> changed = mask_of<V>(false);
  for (int i = 0; i < w.contact_count; ++i) changed = changed | contact_changes(w.contacts[i]);
  for (int i = 0; i < w.row_count; ++i) changed = changed | row_changes(w.rows[i]);
  return changed;
}

// The step along p that minimises the objective, per lane; `moving` are lanes that still search.
template <class V>
MB_DEVICE V search(const Work<V>& w, V slope0, V curvature, V descent, Mask<V> moving, Mask<V> changed) {
  const V zero = splat<V>(0), one = splat<V>(1);
  V alpha = one;
  V low = zero, high = splat<V>(1e10);
  V best = one, best_slope = splat<V>(1e30);
  for (int round = 0; round < 12; ++round) {
    // Derivatives of the objective at alpha.
    V slope = slope0 + alpha * curvature, bend = curvature;
    for (int i = 0; i < w.contact_count; ++i) {
      const Contact<V>& c = w.contacts[i];
      if (c.dim == 1) {
        const V x = c.x[0] + alpha * c.dx[0];
        const V t = select<V>(x < zero, c.d * c.dx[0], zero);
        slope += t * x;
        bend += t * c.dx[0];
        continue;
      }
      if (c.elliptic) {
        cone_slope(c, alpha, slope, bend);
        continue;
      }
      for (int k = 1; k < c.dim; ++k) {
        const V mu = c.mu[k - 1];
        const V dp = c.dx[0] + mu * c.dx[k], dm = c.dx[0] - mu * c.dx[k];
        const V p = c.x[0] + mu * c.x[k] + alpha * dp, q = c.x[0] - mu * c.x[k] + alpha * dm;
        const V tp = select<V>(p < zero, c.d * dp, zero), tq = select<V>(q < zero, c.d * dm, zero);
        slope += tp * p + tq * q;
        bend += tp * dp + tq * dm;
      }
    }
    for (int i = 0; i < w.row_count; ++i) {
      const JointRow<V>& row = w.rows[i];
      const V x = row.x + alpha * row.dx;
      slope -= row_force(row, x) * row.dx;
      bend += row_stiffness(row, x) * row.dx * row.dx;
    }
    const Mask<V> better = abs<V>(slope) < best_slope;
    best = select<V>(better, alpha, best);
    best_slope = select<V>(better, abs<V>(slope), best_slope);
    low = select<V>(slope < zero, alpha, low);
    high = select<V>(slope < zero, high, alpha);
    // Enough: the slope is a thousandth of what it was, or the arithmetic's noise.
    const V enough = splat<V>(sizeof(Scalar<V>) == 4 ? 1e-3 : 1e-9);
    if (!any<V>(changed & moving & (abs<V>(slope) > enough * abs<V>(descent)))) break;
    V next = alpha - slope / max<V>(bend, splat<V>(1e-30));
    const Mask<V> outside = (next <= low) | (next >= high);
    alpha = select<V>(outside, splat<V>(0.5) * (low + min<V>(high, splat<V>(4) * low + one)), next);
  }
  alpha = select<V>(changed, best, one);
  return select<V>(moving, alpha, zero);
}

// `last`: nobody goes on from here, the residual may stay behind.
template <class V>
MB_DEVICE void take_step(const Model<Scalar<V>>& m, Work<V>& w, V alpha, bool last) {
  for (int i = 0; i < w.trunk_count; ++i) {
    const int n = w.trunk_list[i];
    w.moved[n] = add_scaled(w.moved[n], alpha, w.d[n]);
  }
  each_trunk_dof(
      m, w, [&](int d) { w.a[d] += alpha * w.p[d]; }, [](int) {});
  if (!last)
    each_trunk_dof(
        m, w, [&](int d) { w.residual[d] += alpha * w.mp[d]; },
        [&](int n) { w.root_residual[n] = add_scaled(w.root_residual[n], alpha, w.root_mp[n]); });
  for (int i = 0; i < w.contact_count; ++i) {
    Contact<V>& c = w.contacts[i];
    for (int k = 0; k < rows_of(c); ++k) c.x[k] += alpha * c.dx[k];
  }
  for (int i = 0; i < w.row_count; ++i) w.rows[i].x += alpha * w.rows[i].dx;
  move_equalities(m, w, alpha);
}

// dx of all rows along p. Adds the smooth part's slope, and slope and curvature of equalities; returns the other rows' slope.
template <class V>
MB_DEVICE V start_slopes(const Model<Scalar<V>>& m, Work<V>& w, V& slope, V& curvature) {
  V start = splat<V>(0);
  each_trunk_dof(
      m, w, [&](int d) { slope += w.p[d] * w.residual[d]; }, [&](int n) { slope += dot(w.root_p[n], w.root_residual[n]); });
  aim_equalities(m, w, slope, curvature);
  for (int i = 0; i < w.row_count; ++i) w.rows[i].dx = w.rows[i].side * w.p[w.rows[i].dof];
  for (int i = 0; i < w.contact_count; ++i) {
    const Contact<V>& c = w.contacts[i];
    for (int k = 0; k < rows_of(c); ++k) start -= c.f[k] * c.dx[k];
  }
  for (int i = 0; i < w.row_count; ++i) start -= w.rows[i].f * w.rows[i].dx;
  return start;
}

template <class V>
MB_DEVICE void step_newton(const Model<Scalar<V>>& m, Work<V>& w) {
  eliminate_limbs(m, w);
  for (int i = 0; i < w.trunk_count; ++i) w.moved[w.trunk_list[i]] = zero_motion<V>();
  Mask<V> moving = mask_of<V>(true);
  w.pace = splat<V>(0);
  bool stale = true;  // forces are older than x
  for (int iteration = 0; w.trunk_count > 0 && iteration < m.iterations; ++iteration) {
    ++w.counts.newton;
    w.pace += select<V>(moving, splat<V>(1), splat<V>(0));
    gather_rows(m, w, true);
    stale = false;
    if (w.coupled) conjugate_direction(m, w);
    else direct_direction(m, w);
    V slope = splat<V>(0), curvature = splat<V>(0);  // of what is one quadratic along p
    const V start = start_slopes(m, w, slope, curvature);
    const V descent = slope + start;
    w.broken = w.broken | (moving & beyond<V>(descent, kDescentLimit));
    // Nothing to gain: -descent is twice what a full step would gain.
    const Mask<V> worth = -descent * splat<V>(m.scale) > splat<V>(m.tolerance);
    if (!m.elliptic) moving = moving & worth;
    if (!any<V>(moving)) break;
    const Mask<V> changed = rows_change(w);
    const bool searched = any<V>(changed & moving);
    V alpha = select<V>(moving, splat<V>(1), splat<V>(0));
    if (searched) {
      if (!w.coupled) direct_product(m, w);
      each_trunk_dof(
          m, w, [&](int d) { curvature += w.p[d] * w.mp[d]; }, [&](int n) { curvature += dot(w.root_p[n], w.root_mp[n]); });
      alpha = search(w, slope, curvature, descent, moving, changed);
    }
    take_step(m, w, alpha, !searched);
    stale = true;
    moving = moving & worth & changed;  // cones are not quadratic: there the last step is the one that is worth nothing
    if (!any<V>(moving)) break;
  }
  if (stale && w.senses) gather_rows(m, w, false);  // nothing else asks for the forces at the end
  for (int i = 0; i < w.trunk_count; ++i) {
    const int n = w.trunk_list[i];
    if (m.nodes[n].kind == JointKind::free) add_root(w, n, m.nodes[n].v, w.moved[n], w.a);
  }
  expand_limbs(m, w);
}

}  // namespace MB_LANE_SET
}  // namespace manybody::physics::lane
