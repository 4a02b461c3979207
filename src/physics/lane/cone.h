// Elliptic friction cones: what a contact of three to six dimensions answers to x = J a - aref.
//
// Reads: Contact (d, mu, cone). Writes: forces; stiffness as an arrow (h00, h0k, hkk) and one outer product (hg, g).
// Method: in U = (m x0, mu_k x_k), m = mu_1/sqrt(impratio), the objective is d/(2 m^2) times the squared distance of U from the cone
//   U0 >= m |U_t| (MuJoCo, Computation: Friction cones): nothing within it (top), |U|^2 within its polar (bottom), and between them
//   (U0 - m |U_t|)^2/(1 + m^2) (middle). Only the middle is not quadratic.
#pragma once

#include "physics/lane/work.h"

namespace manybody::physics::lane {
inline namespace MB_LANE_SET {

template <class V>
struct Zone {
  V normal, side;  // U0, |U_t|
  Mask<V> bottom, middle;
};

template <class V>
MB_LANE_INLINE Zone<V> zone_of(V cone, V normal, V square) {
  Zone<V> z;
  z.normal = normal;
  z.side = sqrt<V>(square);
  z.bottom = cone * normal + z.side <= splat<V>(0);
  z.middle = mask_not<V>(z.bottom) & (normal < cone * z.side);
  z.bottom = z.bottom & (normal < splat<V>(0));
  return z;
}

template <class V>
MB_LANE_INLINE Zone<V> zone_at(const Contact<V>& c, const V* x) {
  V square = splat<V>(0);
  for (int k = 1; k < c.dim; ++k) {
    const V u = c.mu[k - 1] * x[k];
    square += u * u;
  }
  return zone_of(c.cone, c.cone * x[0], square);
}

template <class V>
MB_LANE_INLINE void cone_force(const Contact<V>& c, const V* x, V* f) {
  const V zero = splat<V>(0), one = splat<V>(1);
  const Zone<V> z = zone_at(c, x);
  const V scale = c.d / (c.cone * c.cone), between = scale / (one + c.cone * c.cone) * (z.normal - c.cone * z.side);
  f[0] = select<V>(z.bottom, -c.d * x[0], select<V>(z.middle, -between * c.cone, zero));
  const V along = select<V>(z.middle, between * c.cone / select<V>(z.middle, z.side, one), select<V>(z.bottom, -scale, zero));
  for (int k = 1; k < c.dim; ++k) f[k] = along * c.mu[k - 1] * c.mu[k - 1] * x[k];
}

template <class V>
MB_LANE_INLINE void cone_stiffness(Contact<V>& c) {
  const V zero = splat<V>(0), one = splat<V>(1);
  const Zone<V> z = zone_at(c, c.x);
  const V m = c.cone, scale = c.d / (m * m), between = scale / (one + m * m);
  const V inverse = one / select<V>(z.middle, z.side, one);
  c.h00 = select<V>(z.bottom, c.d, select<V>(z.middle, between * m * m, zero));
  c.hg = select<V>(z.middle, between * m * z.normal * inverse, zero);
  const V around = select<V>(z.middle, between * m * (m * z.side - z.normal) * inverse, select<V>(z.bottom, scale, zero));
  const V along = select<V>(z.middle, -between * m * m, zero);
  for (int k = 1; k < c.dim; ++k) {
    const V mu = c.mu[k - 1];
    c.g[k - 1] = mu * mu * c.x[k] * inverse;  // mu_k times the unit vector of U_t
    c.h0[k - 1] = along * c.g[k - 1];
    c.hkk[k - 1] = around * mu * mu;
  }
}

// Is x or x + dx in the middle, or are they in different zones?
template <class V>
MB_LANE_INLINE Mask<V> cone_changes(const Contact<V>& c) {
  V y[6];
  for (int k = 0; k < c.dim; ++k) y[k] = c.x[k] + c.dx[k];
  const Zone<V> a = zone_at(c, c.x), b = zone_at(c, y);
  return (a.middle | b.middle | (a.bottom ^ b.bottom)) & (c.d > splat<V>(0));
}

// First and second derivative along dx at alpha, added.
template <class V>
MB_LANE_INLINE void cone_slope(const Contact<V>& c, V alpha, V& slope, V& bend) {
  const V zero = splat<V>(0), one = splat<V>(1), m = c.cone;
  V uu = zero, uv = zero, vv = zero;
  for (int k = 1; k < c.dim; ++k) {
    const V v = c.mu[k - 1] * c.dx[k], u = c.mu[k - 1] * c.x[k] + alpha * v;
    uu += u * u, uv += u * v, vv += v * v;
  }
  const V rise = m * c.dx[0];
  const Zone<V> z = zone_of(m, m * c.x[0] + alpha * rise, uu);
  const V scale = c.d / (m * m), between = scale / (one + m * m), inverse = one / select<V>(z.middle, z.side, one);
  const V spread = uv * inverse, gap = z.normal - m * z.side, closing = rise - m * spread;
  slope += select<V>(z.middle, between * gap * closing, select<V>(z.bottom, scale * (z.normal * rise + uv), zero));
  const V curved = closing * closing - gap * m * max<V>(vv - spread * spread, zero) * inverse;
  bend += select<V>(z.middle, between * curved, select<V>(z.bottom, scale * (rise * rise + vv), zero));
}

}  // namespace MB_LANE_SET
}  // namespace manybody::physics::lane
