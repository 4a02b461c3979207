// Six-dimensional vectors and articulated inertias of one world per lane.
//
// Conventions: world-aligned axes about the tree's origin. Motions are (angular, linear), forces (moment, force). An inertia maps
//   (w, v) to (J w + C v, C' w + M v). Method: Featherstone, Rigid Body Dynamics Algorithms (2008), chapters 2 and 7.
#pragma once

#include "physics/lane/lane.h"

namespace manybody::physics::lane {
inline namespace MB_LANE_SET {

template <class V>
struct Vec3 {
  V x, y, z;
};

template <class V>
MB_LANE_INLINE Vec3<V> operator+(const Vec3<V>& a, const Vec3<V>& b) {
  return {a.x + b.x, a.y + b.y, a.z + b.z};
}
template <class V>
MB_LANE_INLINE Vec3<V> operator-(const Vec3<V>& a, const Vec3<V>& b) {
  return {a.x - b.x, a.y - b.y, a.z - b.z};
}
template <class V>
MB_LANE_INLINE Vec3<V> scale(V s, const Vec3<V>& a) {
  return {s * a.x, s * a.y, s * a.z};
}
template <class V>
MB_LANE_INLINE V dot(const Vec3<V>& a, const Vec3<V>& b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}
template <class V>
MB_LANE_INLINE Vec3<V> cross(const Vec3<V>& a, const Vec3<V>& b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
template <class V>
MB_LANE_INLINE Vec3<V> zero3() {
  return {splat<V>(0), splat<V>(0), splat<V>(0)};
}
template <class V>
MB_LANE_INLINE Vec3<V> splat3(const Scalar<V>* p) {
  return {splat<V>(p[0]), splat<V>(p[1]), splat<V>(p[2])};
}

// A rotation by its columns: the frame's axes in the world.
template <class V>
struct Axes {
  Vec3<V> x, y, z;
};
template <class V>
MB_LANE_INLINE Vec3<V> turn(const Axes<V>& r, const Vec3<V>& a) {
  return {r.x.x * a.x + r.y.x * a.y + r.z.x * a.z, r.x.y * a.x + r.y.y * a.y + r.z.y * a.z,
          r.x.z * a.x + r.y.z * a.y + r.z.z * a.z};
}
template <class V>
MB_LANE_INLINE Vec3<V> turn_back(const Axes<V>& r, const Vec3<V>& a) {
  return {dot(r.x, a), dot(r.y, a), dot(r.z, a)};
}
// The same by numbers that all worlds share (row-major).
template <class V>
MB_LANE_INLINE Vec3<V> turn_fixed(const Axes<V>& r, const Scalar<V>* a) {
  return turn(r, splat3<V>(a));
}
template <class V>
MB_LANE_INLINE Axes<V> chain_fixed(const Axes<V>& r, const Scalar<V>* m) {
  const Scalar<V> c0[3] = {m[0], m[3], m[6]}, c1[3] = {m[1], m[4], m[7]}, c2[3] = {m[2], m[5], m[8]};
  return {turn_fixed(r, c0), turn_fixed(r, c1), turn_fixed(r, c2)};
}

template <class V>
struct Motion {
  Vec3<V> w, v;
};
template <class V>
struct Force {
  Vec3<V> n, f;
};
template <class V>
MB_LANE_INLINE Motion<V> operator+(const Motion<V>& a, const Motion<V>& b) {
  return {a.w + b.w, a.v + b.v};
}
template <class V>
MB_LANE_INLINE Force<V> operator+(const Force<V>& a, const Force<V>& b) {
  return {a.n + b.n, a.f + b.f};
}
template <class V>
MB_LANE_INLINE Force<V> operator-(const Force<V>& a, const Force<V>& b) {
  return {a.n - b.n, a.f - b.f};
}
template <class V>
MB_LANE_INLINE Motion<V> zero_motion() {
  return {zero3<V>(), zero3<V>()};
}
template <class V>
MB_LANE_INLINE Force<V> zero_force() {
  return {zero3<V>(), zero3<V>()};
}
template <class V>
MB_LANE_INLINE V dot(const Motion<V>& a, const Force<V>& b) {
  return dot(a.w, b.n) + dot(a.v, b.f);
}
template <class V>
MB_LANE_INLINE Motion<V> add_scaled(const Motion<V>& a, V s, const Motion<V>& b) {
  return {{a.w.x + s * b.w.x, a.w.y + s * b.w.y, a.w.z + s * b.w.z}, {a.v.x + s * b.v.x, a.v.y + s * b.v.y, a.v.z + s * b.v.z}};
}
template <class V>
MB_LANE_INLINE Force<V> add_scaled(const Force<V>& a, V s, const Force<V>& b) {
  return {{a.n.x + s * b.n.x, a.n.y + s * b.n.y, a.n.z + s * b.n.z}, {a.f.x + s * b.f.x, a.f.y + s * b.f.y, a.f.z + s * b.f.z}};
}

template <class V>
struct Rigid {  // m, h = m c, J about the origin
  V m;
  Vec3<V> h;
  V xx, xy, xz, yy, yz, zz;
};
template <class V>
MB_LANE_INLINE Force<V> apply(const Rigid<V>& i, const Motion<V>& a) {
  const Vec3<V> jw = {i.xx * a.w.x + i.xy * a.w.y + i.xz * a.w.z, i.xy * a.w.x + i.yy * a.w.y + i.yz * a.w.z,
                      i.xz * a.w.x + i.yz * a.w.y + i.zz * a.w.z};
  return {jw + cross(i.h, a.v), scale(i.m, a.v) + cross(a.w, i.h)};
}

// Symmetric 6x6: J (six numbers), C (nine, row-major), M (six).
template <class V>
struct Inertia {
  V jxx, jxy, jxz, jyy, jyz, jzz;
  V c[9];
  V mxx, mxy, mxz, myy, myz, mzz;
};
template <class V>
MB_LANE_INLINE Inertia<V> expand(const Rigid<V>& i) {
  const V o = splat<V>(0);
  return {i.xx, i.xy, i.xz, i.yy, i.yz, i.zz, {o, -i.h.z, i.h.y, i.h.z, o, -i.h.x, -i.h.y, i.h.x, o}, i.m, o, o, i.m, o, i.m};
}
template <class V>
MB_LANE_INLINE void add(Inertia<V>& a, const Rigid<V>& i) {
  a.jxx += i.xx, a.jxy += i.xy, a.jxz += i.xz, a.jyy += i.yy, a.jyz += i.yz, a.jzz += i.zz;
  a.c[1] -= i.h.z, a.c[2] += i.h.y, a.c[3] += i.h.z, a.c[5] -= i.h.x, a.c[6] -= i.h.y, a.c[7] += i.h.x;
  a.mxx += i.m, a.myy += i.m, a.mzz += i.m;
}
template <class V>
MB_LANE_INLINE Force<V> apply(const Inertia<V>& i, const Motion<V>& a) {
  const Vec3<V>&w = a.w, &v = a.v;
  return {{i.jxx * w.x + i.jxy * w.y + i.jxz * w.z + i.c[0] * v.x + i.c[1] * v.y + i.c[2] * v.z,
           i.jxy * w.x + i.jyy * w.y + i.jyz * w.z + i.c[3] * v.x + i.c[4] * v.y + i.c[5] * v.z,
           i.jxz * w.x + i.jyz * w.y + i.jzz * w.z + i.c[6] * v.x + i.c[7] * v.y + i.c[8] * v.z},
          {i.c[0] * w.x + i.c[3] * w.y + i.c[6] * w.z + i.mxx * v.x + i.mxy * v.y + i.mxz * v.z,
           i.c[1] * w.x + i.c[4] * w.y + i.c[7] * w.z + i.mxy * v.x + i.myy * v.y + i.myz * v.z,
           i.c[2] * w.x + i.c[5] * w.y + i.c[8] * w.z + i.mxz * v.x + i.myz * v.y + i.mzz * v.z}};
}
template <class V>
MB_LANE_INLINE void add(Inertia<V>& a, const Inertia<V>& b) {
  a.jxx += b.jxx, a.jxy += b.jxy, a.jxz += b.jxz, a.jyy += b.jyy, a.jyz += b.jyz, a.jzz += b.jzz;
  MB_UNROLL(9)
  for (int k = 0; k < 9; ++k) a.c[k] += b.c[k];
  a.mxx += b.mxx, a.mxy += b.mxy, a.mxz += b.mxz, a.myy += b.myy, a.myz += b.myz, a.mzz += b.mzz;
}
// a -= u (s u)'
template <class V>
MB_LANE_INLINE void subtract_outer(Inertia<V>& a, const Force<V>& u, V s) {
  const Force<V> t = {scale(s, u.n), scale(s, u.f)};
  a.jxx -= u.n.x * t.n.x, a.jxy -= u.n.x * t.n.y, a.jxz -= u.n.x * t.n.z;
  a.jyy -= u.n.y * t.n.y, a.jyz -= u.n.y * t.n.z, a.jzz -= u.n.z * t.n.z;
  a.c[0] -= u.n.x * t.f.x, a.c[1] -= u.n.x * t.f.y, a.c[2] -= u.n.x * t.f.z;
  a.c[3] -= u.n.y * t.f.x, a.c[4] -= u.n.y * t.f.y, a.c[5] -= u.n.y * t.f.z;
  a.c[6] -= u.n.z * t.f.x, a.c[7] -= u.n.z * t.f.y, a.c[8] -= u.n.z * t.f.z;
  a.mxx -= u.f.x * t.f.x, a.mxy -= u.f.x * t.f.y, a.mxz -= u.f.x * t.f.z;
  a.myy -= u.f.y * t.f.y, a.myz -= u.f.y * t.f.z, a.mzz -= u.f.z * t.f.z;
}
// Adds J' H J of a point p with the symmetric 3x3 H (xx xy xz yy yz zz): a stiffness felt at p.
template <class V>
MB_LANE_INLINE void add_point(Inertia<V>& a, const Vec3<V>& p, V xx, V xy, V xz, V yy, V yz, V zz) {
  a.mxx += xx, a.mxy += xy, a.mxz += xz, a.myy += yy, a.myz += yz, a.mzz += zz;
  // C = [p] H
  const V c0 = p.y * xz - p.z * xy, c1 = p.y * yz - p.z * yy, c2 = p.y * zz - p.z * yz;
  const V c3 = p.z * xx - p.x * xz, c4 = p.z * xy - p.x * yz, c5 = p.z * xz - p.x * zz;
  const V c6 = p.x * xy - p.y * xx, c7 = p.x * yy - p.y * xy, c8 = p.x * yz - p.y * xz;
  a.c[0] += c0, a.c[1] += c1, a.c[2] += c2, a.c[3] += c3, a.c[4] += c4, a.c[5] += c5, a.c[6] += c6, a.c[7] += c7, a.c[8] += c8;
  // J = -C [p]
  a.jxx += c2 * p.y - c1 * p.z;
  a.jxy += c0 * p.z - c2 * p.x;
  a.jxz += c1 * p.x - c0 * p.y;
  a.jyy += c3 * p.z - c5 * p.x;
  a.jyz += c4 * p.x - c3 * p.y;
  a.jzz += c7 * p.x - c6 * p.y;
}

// The Cholesky factor of a 6x6 and its solution: the free root, whose motion is its own six coordinates.
template <class V>
struct Root {
  V l[15], inverse[6];  // strictly lower rows, reciprocal pivots of L D L'
};
template <class V>
MB_LANE_INLINE void factor(const Inertia<V>& i, Root<V>& out) {
  V a[6][6] = {{i.jxx},
               {i.jxy, i.jyy},
               {i.jxz, i.jyz, i.jzz},
               {i.c[0], i.c[3], i.c[6], i.mxx},
               {i.c[1], i.c[4], i.c[7], i.mxy, i.myy},
               {i.c[2], i.c[5], i.c[8], i.mxz, i.myz, i.mzz}};
  MB_UNROLL(6)
  for (int k = 0; k < 6; ++k) {
    const V inverse = splat<V>(1) / a[k][k];
    out.inverse[k] = inverse;
    MB_UNROLL(6)
    for (int r = 0; r < 6; ++r) {
      if (r <= k) continue;
      const V l = a[r][k] * inverse;
      MB_UNROLL(6)
      for (int c = 0; c < 6; ++c)
        if (c > k && c <= r) a[r][c] -= l * a[c][k];
      out.l[r * (r - 1) / 2 + k] = l;
    }
  }
}
template <class V>
MB_LANE_INLINE Motion<V> solve(const Root<V>& r, const Force<V>& b) {
  V x[6] = {b.n.x, b.n.y, b.n.z, b.f.x, b.f.y, b.f.z};
  MB_UNROLL(6)
  for (int i = 1; i < 6; ++i) {
    MB_UNROLL(6)
    for (int j = 0; j < 6; ++j)
      if (j < i) x[i] -= r.l[i * (i - 1) / 2 + j] * x[j];
  }
  MB_UNROLL(6)
  for (int i = 0; i < 6; ++i) x[i] *= r.inverse[i];
  MB_UNROLL(6)
  for (int k = 0; k < 6; ++k) {
    const int i = 5 - k;
    MB_UNROLL(6)
    for (int j = 0; j < 6; ++j)
      if (j > i) x[i] -= r.l[j * (j - 1) / 2 + i] * x[j];
  }
  return {{x[0], x[1], x[2]}, {x[3], x[4], x[5]}};
}

}  // namespace MB_LANE_SET
}  // namespace manybody::physics::lane
