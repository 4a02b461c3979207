// What constraint rows answer: force and stiffness of a contact's pyramid (its elliptic cone: cone.h) and of joint rows, and their sums over bodies.
//
// Reads: contacts and rows with x (J a - aref) and dx. Writes: f, h of each; wrenches and stiffness into node arrays.
// Method: each edge of a pyramid is a one-sided quadratic in x0 +- mu x_k; summed, a contact's stiffness has the shape of an
//   arrow (h00, h0k, hkk). Dry friction is quadratic up to its force, then constant (MuJoCo, Computation: Constraint model).
#pragma once

#include "physics/lane/cone.h"
#include "physics/lane/contacts.h"

namespace manybody::physics::lane {
inline namespace MB_LANE_SET {

// Rows of one contact at x: forces f, and stiffness where h is wanted.
template <class V>
MB_LANE_INLINE void contact_force(const Contact<V>& c, const V* x, V* f) {
  const V zero = splat<V>(0);
  if (c.dim == 1) {
    f[0] = -c.d * min<V>(x[0], zero);
    f[1] = f[2] = zero;
    return;
  }
  if (c.elliptic) return cone_force(c, x, f);
  f[0] = zero;
  for (int k = 1; k < c.dim; ++k) {
    const V slope = c.mu[k - 1] * x[k];
    const V plus = min<V>(x[0] + slope, zero), minus = min<V>(x[0] - slope, zero);
    f[0] -= c.d * (plus + minus);
    f[k] = -c.d * c.mu[k - 1] * (plus - minus);
  }
}

template <class V>
MB_LANE_INLINE void contact_stiffness(Contact<V>& c) {
  const V zero = splat<V>(0);
  if (c.dim == 1) {
    c.h00 = select<V>(c.x[0] < zero, c.d, zero);
    c.h0[0] = c.h0[1] = c.hkk[0] = c.hkk[1] = zero;
    return;
  }
  if (c.elliptic) return cone_stiffness(c);
  c.h00 = zero;
  for (int k = 1; k < c.dim; ++k) {
    const V mu = c.mu[k - 1], slope = mu * c.x[k];
    const V plus = select<V>(c.x[0] + slope < zero, c.d, zero), minus = select<V>(c.x[0] - slope < zero, c.d, zero);
    c.h00 += plus + minus;
    c.h0[k - 1] = mu * (plus - minus);
    c.hkk[k - 1] = mu * mu * (plus + minus);
  }
}

// dx' H dx and whether any row of nonzero weight is on the other side of zero at x + dx.
template <class V>
MB_LANE_INLINE Mask<V> contact_changes(const Contact<V>& c) {
  if (c.elliptic) return cone_changes(c);
  const V zero = splat<V>(0);
  Mask<V> changed;
  if (c.dim == 1) {
    changed = (c.x[0] < zero) ^ (c.x[0] + c.dx[0] < zero);
  } else {
    changed = mask_of<V>(false);
    for (int k = 1; k < c.dim; ++k) {
      const V mu = c.mu[k - 1], s = mu * c.x[k], t = s + mu * c.dx[k], n = c.x[0] + c.dx[0];
      changed = changed | ((c.x[0] + s < zero) ^ (n + t < zero)) | ((c.x[0] - s < zero) ^ (n - t < zero));
    }
  }
  return changed & (c.d > zero);
}

template <class V>
MB_LANE_INLINE int rows_of(const Contact<V>& c) {
  return c.dim < 3 ? 3 : c.dim;
}

// The wrench on b's node (about its tree's origin) of a force in the contact frame; a's is the opposite about its own.
template <class V>
MB_LANE_INLINE void contact_wrench(const Contact<V>& c, const V* f, Vec3<V>& force, Vec3<V>& moment) {
  if (c.level && c.dim <= 3) {
    force = {-f[2], f[1], f[0]};
    moment = zero3<V>();
    return;
  }
  force = {f[0] * c.normal.x + f[1] * c.side.x + f[2] * c.across.x, f[0] * c.normal.y + f[1] * c.side.y + f[2] * c.across.y,
           f[0] * c.normal.z + f[1] * c.side.z + f[2] * c.across.z};
  moment = zero3<V>();
  if (c.dim > 3) {
    const V t = f[3], r = c.dim > 4 ? f[4] : splat<V>(0), s = c.dim > 5 ? f[5] : splat<V>(0);
    moment = {t * c.normal.x + r * c.side.x + s * c.across.x, t * c.normal.y + r * c.side.y + s * c.across.y,
              t * c.normal.z + r * c.side.z + s * c.across.z};
  }
}

template <class V>
MB_LANE_INLINE void add_wrench(const Contact<V>& c, const V* f, Force<V>* nodes) {
  Vec3<V> force, moment;
  contact_wrench(c, f, force, moment);
  if (c.node_b >= 0) nodes[c.node_b] = nodes[c.node_b] + Force<V>{moment + cross(c.at_b, force), force};
  if (c.node_a >= 0) nodes[c.node_a] = nodes[c.node_a] - Force<V>{moment + cross(c.at_a, force), force};
}

// H y in the contact frame.
template <class V>
MB_LANE_INLINE void stiffness_times(const Contact<V>& c, const V* y, V* out) {
  out[0] = c.h00 * y[0];
  const int dims = rows_of(c);
  for (int k = 1; k < dims; ++k) {
    out[0] += c.h0[k - 1] * y[k];
    out[k] = c.h0[k - 1] * y[0] + c.hkk[k - 1] * y[k];
  }
  if (!c.elliptic) return;
  V along = splat<V>(0);
  for (int k = 1; k < dims; ++k) along += c.g[k - 1] * y[k];
  for (int k = 1; k < dims; ++k) out[k] += c.hg * along * c.g[k - 1];
}

template <class V>
MB_LANE_INLINE void add_stiffness(const Contact<V>& c, const Vec3<V>& at, Inertia<V>& k) {
  if (c.elliptic) {  // hg g g', as a wrench at the origin
    const V f[6] = {splat<V>(0), c.g[0], c.g[1], c.g[2], c.g[3], c.g[4]};
    Vec3<V> force, moment;
    contact_wrench(c, f, force, moment);
    subtract_outer(k, Force<V>{moment + cross(at, force), force}, -c.hg);
  }
  if (c.level && c.dim <= 3) {
    add_point(k, at, c.hkk[1], splat<V>(0), -c.h0[1], c.hkk[0], c.h0[0], c.h00);
    return;
  }
  const Vec3<V>&n = c.normal, &s = c.side, &t = c.across;
  // H in the world: columns of (frame' h), h having an arrow's shape.
  const Vec3<V> a = {c.h00 * n.x + c.h0[0] * s.x + c.h0[1] * t.x, c.h00 * n.y + c.h0[0] * s.y + c.h0[1] * t.y,
                     c.h00 * n.z + c.h0[0] * s.z + c.h0[1] * t.z};
  const Vec3<V> b = {c.h0[0] * n.x + c.hkk[0] * s.x, c.h0[0] * n.y + c.hkk[0] * s.y, c.h0[0] * n.z + c.hkk[0] * s.z};
  const Vec3<V> e = {c.h0[1] * n.x + c.hkk[1] * t.x, c.h0[1] * n.y + c.hkk[1] * t.y, c.h0[1] * n.z + c.hkk[1] * t.z};
  add_point(k, at, a.x * n.x + b.x * s.x + e.x * t.x, a.x * n.y + b.x * s.y + e.x * t.y, a.x * n.z + b.x * s.z + e.x * t.z,
            a.y * n.y + b.y * s.y + e.y * t.y, a.y * n.z + b.y * s.z + e.y * t.z, a.z * n.z + b.z * s.z + e.z * t.z);
  if (c.dim <= 3) return;
  // Torsion and rolling: rows along the frame's axes acting on the spin, coupled to the normal row.
  const Vec3<V>* const axes[3] = {&n, &s, &t};
  for (int r = 3; r < c.dim; ++r) {
    const Vec3<V>& u = *axes[r - 3];
    const V h = c.hkk[r - 1], g = c.h0[r - 1];
    k.jxx += h * u.x * u.x, k.jxy += h * u.x * u.y, k.jxz += h * u.x * u.z;
    k.jyy += h * u.y * u.y, k.jyz += h * u.y * u.z, k.jzz += h * u.z * u.z;
    // g (u normal' J_lin + its transpose)
    const Vec3<V> arm = cross(at, n);
    k.jxx += splat<V>(2) * g * u.x * arm.x, k.jyy += splat<V>(2) * g * u.y * arm.y, k.jzz += splat<V>(2) * g * u.z * arm.z;
    k.jxy += g * (u.x * arm.y + u.y * arm.x), k.jxz += g * (u.x * arm.z + u.z * arm.x), k.jyz += g * (u.y * arm.z + u.z * arm.y);
    const V row[3] = {u.x, u.y, u.z}, column[3] = {n.x, n.y, n.z};
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 3; ++j) k.c[3 * i + j] += g * row[i] * column[j];
  }
}

template <class V>
MB_LANE_INLINE V row_force(const JointRow<V>& row, V x) {
  if (row.friction) return -clamp<V>(row.d * x, -row.loss, row.loss);
  return -row.d * min<V>(x, splat<V>(0));
}
template <class V>
MB_LANE_INLINE V row_stiffness(const JointRow<V>& row, V x) {
  const Mask<V> on = row.friction ? abs<V>(row.d * x) < row.loss : x < splat<V>(0);
  return select<V>(on, row.d, splat<V>(0));
}
template <class V>
MB_LANE_INLINE Mask<V> row_changes(const JointRow<V>& row) {
  const V y = row.x + row.dx, zero = splat<V>(0);
  if (!row.friction) return ((row.x < zero) ^ (y < zero)) & (row.d > zero);
  const V a = row.d * row.x, b = row.d * y;
  return ((a < row.loss) ^ (b < row.loss)) | ((a > -row.loss) ^ (b > -row.loss));
}

// A trunk node's inertia: its rigid body with contact stiffness, and the limbs it carries.
template <class V>
MB_LANE_INLINE void own_trunk(const Work<V>& w, int n, bool fresh, Inertia<V>& inertia) {
  if (!w.touched[n]) own_rigid(w, n, fresh, inertia);
  else if (fresh) inertia = w.stiff[n];
  else add(inertia, w.stiff[n]);
  if (w.limbs[n]) add(inertia, w.art[n]);
}

// Forces and stiffness of all rows at the present x, summed by node and by joint.
template <class V>
MB_DEVICE void gather_rows(const Model<Scalar<V>>& m, Work<V>& w, bool stiffness) {
  for (int i = 0; i < w.trunk_count; ++i) {
    const int n = w.trunk_list[i];
    w.w[n] = zero_force<V>();
    if (w.touched[n]) w.stiff[n] = expand(w.rigid[n]);
  }
  each_trunk_dof(
      m, w, [&](int d) { w.row_f[d] = w.row_h[d] = splat<V>(0); }, [](int) {});
  for (int i = 0; i < w.contact_count; ++i) {
    Contact<V>& c = w.contacts[i];
    contact_force(c, c.x, c.f);
    add_wrench(c, c.f, w.w);
    if (!stiffness) continue;
    contact_stiffness(c);
    if (c.node_a >= 0 && c.node_b >= 0) continue;  // left to conjugate gradients
    const bool on_b = c.node_b >= 0;
    add_stiffness(c, on_b ? c.at_b : c.at_a, w.stiff[on_b ? c.node_b : c.node_a]);
  }
  for (int i = 0; i < w.row_count; ++i) {
    JointRow<V>& row = w.rows[i];
    row.f = row_force(row, row.x);
    w.row_f[row.dof] += row.side * row.f;
    if (!stiffness) continue;
    row.h = row_stiffness(row, row.x);
    w.row_h[row.dof] += row.h;
  }
  gather_equalities(m, w, stiffness);
}

}  // namespace MB_LANE_SET
}  // namespace manybody::physics::lane
