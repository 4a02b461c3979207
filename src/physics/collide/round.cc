// Spheres, capsules and sphere against cylinder: nearest points of points and segments (Ericson, "Real-Time Collision Detection",
// 2005, chapter 5), then two balls. Cases and the choice of points are MuJoCo's.
#include "physics/collide/pair_kinds.h"

namespace manybody::physics::collide {
namespace {

// Two balls. Concentric ones part along the cross product of their shapes' axes, or x where that vanishes.
template <class T>
MB_DEVICE bool balls(const Vec<T>& a, T ra, const Vec<T>& b, T rb, const Vec<T>& axis_a, const Vec<T>& axis_b, T margin,
                     Sink<T>& sink) {
  Vec<T> n = b - a;
  const T reach = margin + ra + rb;
  if (squared(n) > reach * reach) return false;
  const T length = normalize(n);
  if (length < kTiny<T>) {
    n = cross(axis_a, axis_b);
    normalize(n);
  }
  const T distance = length - ra - rb;
  return sink.push(distance, a + (ra + distance / 2) * n, n) != nullptr;
}

// In float the determinant of nearly parallel axes is rounding noise: such axes count as parallel from about 0.001 rad on.
template <class T>
MB_DEVICE bool parallel(T det, T scale) {
  return std::fabs(det) < kTiny<T> || (sizeof(T) == sizeof(float) && std::fabs(det) < T(1e-6) * scale);
}

}  // namespace

template <class T>
MB_DEVICE void sphere_sphere(const Body<T>& a, const Body<T>& b, T margin, Sink<T>& sink) {
  balls(a.f.p, a.shape.size[0], b.f.p, b.shape.size[0], a.f.z, b.f.z, margin, sink);
}

template <class T>
MB_DEVICE void sphere_capsule(const Body<T>& s, const Body<T>& c, T margin, Sink<T>& sink) {
  const T half = c.shape.size[1];
  const T x = clamp(dot(c.f.z, s.f.p - c.f.p), -half, half);
  balls(s.f.p, s.shape.size[0], c.f.p + x * c.f.z, c.shape.size[0], s.f.z, c.f.z, margin, sink);
}

template <class T>
MB_DEVICE void sphere_cylinder(const Body<T>& s, const Body<T>& c, T margin, Sink<T>& sink) {
  const T r = s.shape.size[0], radius = c.shape.size[0], half = c.shape.size[1];
  const Vec<T> arm = s.f.p - c.f.p;
  const T x = dot(c.f.z, arm);
  const Vec<T> radial = arm - x * c.f.z;
  const T radial2 = squared(radial);
  bool wall = std::fabs(x) < half, cap = radial2 < radius * radius;
  if (wall && cap) (half - std::fabs(x) < radius - std::sqrt(radial2) ? wall : cap) = false;  // inside: the nearer surface
  if (wall) {
    balls(s.f.p, r, c.f.p + x * c.f.z, radius, s.f.z, c.f.z, margin, sink);
  } else if (cap) {
    const Vec<T> n = x > 0 ? c.f.z : -c.f.z;
    const T height = dot(s.f.p - (c.f.p + half * n), n);
    if (height > margin + r) return;
    const T distance = height - r;
    sink.push(distance, s.f.p - (r + distance / 2) * n, -n);
  } else {
    const Vec<T> rim = c.f.p + (x > 0 ? half : -half) * c.f.z + (radius / std::sqrt(radial2)) * radial;
    balls(s.f.p, r, rim, T(0), s.f.z, c.f.z, margin, sink);
  }
}

template <class T>
MB_DEVICE void capsule_capsule(const Body<T>& a, const Body<T>& b, T margin, Sink<T>& sink) {
  const Vec<T> ha = a.shape.size[1] * a.f.z, hb = b.shape.size[1] * b.f.z, between = a.f.p - b.f.p;
  const T aa = squared(ha), ab = -dot(ha, hb), bb = squared(hb);
  const T u = -dot(ha, between), v = dot(hb, between);
  const T det = aa * bb - ab * ab;
  const auto test = [&](T x, T y) {  // the balls at fractions x and y of the half-axes
    return balls(a.f.p + x * ha, a.shape.size[0], b.f.p + y * hb, b.shape.size[0], a.f.z, b.f.z, margin, sink);
  };
  const auto on_a = [&](T y) { return aa > 0 ? clamp((u - ab * y) / aa, T(-1), T(1)) : T(0); };  // nearest to a point of b
  const auto on_b = [&](T x) { return bb > 0 ? clamp((v - ab * x) / bb, T(-1), T(1)) : T(0); };

  if (parallel(det, aa * bb)) {  // two contacts: at the ends of a, then at those of b
    int found = test(1, on_b(1));
    found += test(-1, on_b(-1));
    if (found < 2) found += test(on_a(1), 1);
    if (found < 2) test(on_a(-1), -1);
    return;
  }
  T x = (bb * u - ab * v) / det, y = (aa * v - ab * u) / det;
  if (std::fabs(x) > 1) {
    x = x > 0 ? T(1) : T(-1);
    y = (v - ab * x) / bb;
  }
  if (std::fabs(y) > 1) {
    y = y > 0 ? T(1) : T(-1);
    x = on_a(y);
  }
  test(x, y);
}

#if !defined(__CUDACC__)
#define MB_INSTANTIATE(T)                                                     \
  template void sphere_sphere(const Body<T>&, const Body<T>&, T, Sink<T>&);   \
  template void sphere_capsule(const Body<T>&, const Body<T>&, T, Sink<T>&);  \
  template void sphere_cylinder(const Body<T>&, const Body<T>&, T, Sink<T>&); \
  template void capsule_capsule(const Body<T>&, const Body<T>&, T, Sink<T>&);
MB_INSTANTIATE(float)
MB_INSTANTIATE(double)
#undef MB_INSTANTIATE
#endif

}  // namespace manybody::physics::collide
