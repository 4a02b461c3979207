#include "physics/collide/gjk.h"

#include <limits>

namespace manybody::physics::collide {
namespace {

constexpr int kMaxIterations = 64;

template <class T>
MB_DEVICE Vec<T> core_support(Core<T>& core, const Vec<T>& d, int& id) {
  id = -1;
  switch (core.type) {
    case kSphere:
      id = 0;
      return {};
    case kCapsule:
      id = d[2] >= 0 ? 0 : 1;
      return {{0, 0, id == 0 ? core.size[1] : -core.size[1]}};
    case kEllipsoid:
      return ellipsoid_support(core.size, d);
    case kCylinder:
      id = d[2] >= 0 ? 0 : 1;
      return cylinder_support(core.size, d);
    case kBox:
      id = (d[0] >= 0 ? 1 : 0) | (d[1] >= 0 ? 2 : 0) | (d[2] >= 0 ? 4 : 0);
      return box_support(core.size, d);
    case kMesh: {
      const Vec<T> p = mesh_support(*core.mesh, d, core.cursor);
      id = core.cursor.vertex;
      return p;
    }
    default:
      break;
  }
  id = d[2] < 0 ? 0 : 3;  // prism: its sides are vertical
  T best = dot(core.prism[id], d);
  const int first = id;
  for (int i = first + 1; i < first + 3; ++i) {
    const T value = dot(core.prism[i], d);
    if (value > best) best = value, id = i;
  }
  return core.prism[id];
}

template <class T>
struct Simplex {
  Vertex<T> v[4];
  T weight[4] = {};
  int count = 0;

  MB_DEVICE Vec<T> nearest() const {
    Vec<T> x{};
    for (int i = 0; i < count; ++i) x = x + weight[i] * v[i].w;
    return x;
  }
  // Drops the vertices without weight.
  MB_DEVICE void compress() {
    int kept = 0;
    for (int i = 0; i < count; ++i) {
      if (weight[i] == 0) continue;
      if (kept != i) v[kept] = v[i], weight[kept] = weight[i];
      ++kept;
    }
    count = kept;
  }
};

// Weights of the point nearest to the origin. Corners that do not matter get zero.
template <class T>
MB_DEVICE void weigh_segment(const Vec<T>& a, const Vec<T>& b, T& wa, T& wb) {
  const Vec<T> ab = b - a;
  const T along = -dot(a, ab), length2 = squared(ab);
  wb = along <= 0 ? T(0) : (along >= length2 ? T(1) : along / length2);
  wa = 1 - wb;
}

template <class T>
MB_DEVICE void weigh_triangle(const Vec<T>& a, const Vec<T>& b, const Vec<T>& c, T w[3]) {
  const Vec<T> n = cross(b - a, c - a);
  // Areas opposite to each corner, signed: negative beyond that edge.
  w[0] = dot(n, cross(b, c)), w[1] = dot(n, cross(c, a)), w[2] = dot(n, cross(a, b));
  if (w[0] > 0 && w[1] > 0 && w[2] > 0) {
    const T total = 1 / (w[0] + w[1] + w[2]);
    for (int i = 0; i < 3; ++i) w[i] *= total;
    return;
  }
  // Beyond an edge: the nearest of the edges (a sliver's signs are not to be trusted, so all three are looked at).
  const Vec<T>* corner[3] = {&a, &b, &c};
  T best = std::numeric_limits<T>::max();
  for (int e = 0; e < 3; ++e) {
    const int p = e, q = e == 2 ? 0 : e + 1;
    T wp, wq;
    weigh_segment(*corner[p], *corner[q], wp, wq);
    const T d2 = squared(wp * *corner[p] + wq * *corner[q]);
    if (!(d2 < best)) continue;
    best = d2;
    w[0] = w[1] = w[2] = 0;
    w[p] = wp, w[q] = wq;
  }
}

// True if the tetrahedron holds the origin; else weights on the nearest part of its surface.
template <class T>
MB_DEVICE bool weigh_tetrahedron(Simplex<T>& s) {
  static constexpr int kFaces[4][4] = {{0, 1, 2, 3}, {0, 2, 3, 1}, {0, 3, 1, 2}, {1, 3, 2, 0}};
  T best = std::numeric_limits<T>::max();
  bool outside = false;
  for (const auto& f : kFaces) {
    const Vec<T>&a = s.v[f[0]].w, &b = s.v[f[1]].w, &c = s.v[f[2]].w, &d = s.v[f[3]].w;
    const Vec<T> n = cross(b - a, c - a);
    const T inner = dot(n, d - a), origin = -dot(n, a);
    constexpr T flat = 8 * std::numeric_limits<T>::epsilon();
    if (inner * inner > flat * flat * squared(n) * squared(d - a) && (inner > 0) == (origin > 0) && origin != 0) continue;
    outside = true;
    T w[3];
    weigh_triangle(a, b, c, w);
    const T d2 = squared(w[0] * a + w[1] * b + w[2] * c);
    if (!(d2 < best)) continue;
    best = d2;
    s.weight[f[3]] = 0;
    for (int i = 0; i < 3; ++i) s.weight[f[i]] = w[i];
  }
  return !outside;
}

// Shrinks the simplex to the part nearest to the origin; true if the origin is inside a tetrahedron.
template <class T>
MB_DEVICE bool reduce(Simplex<T>& s) {
  if (s.count == 4) {
    if (weigh_tetrahedron(s)) return true;
  } else if (s.count == 3) {
    weigh_triangle(s.v[0].w, s.v[1].w, s.v[2].w, s.weight);
  } else if (s.count == 2) {
    weigh_segment(s.v[0].w, s.v[1].w, s.weight[0], s.weight[1]);
  } else {
    s.weight[0] = 1;
  }
  s.compress();
  return false;
}

template <class T>
MB_DEVICE void witness(const Simplex<T>& s, const Vec<T>& v, Proximity<T>& out) {
  out.distance = norm(v);
  out.normal = (-1 / out.distance) * v;
  out.on_a = {};
  for (int i = 0; i < s.count; ++i) out.on_a = out.on_a + s.weight[i] * s.v[i].a;
  out.on_b = out.on_a - v;
  out.from_face = false;
  out.corners = std::min(s.count, 3);
  std::copy_n(s.v, out.corners, out.corner);
}

template <class T>
MB_DEVICE bool holds(const Simplex<T>& s, const Vertex<T>& p) {
  for (int i = 0; i < s.count; ++i) {
    if (s.v[i].w[0] == p.w[0] && s.v[i].w[1] == p.w[1] && s.v[i].w[2] == p.w[2]) return true;
  }
  return false;
}

}  // namespace

template <class T>
MB_DEVICE Vertex<T> CorePair<T>::support(const Vec<T>& d) {
  Vertex<T> v;
  v.a = core_support(a, d, v.id_a);
  v.w = v.a - place(b_in_a, core_support(b, -unturn(b_in_a, d), v.id_b));
  return v;
}

template <class T>
MB_DEVICE bool find_proximity(CorePair<T>& pair, T reach, Proximity<T>& out) {
  constexpr T eps = std::numeric_limits<T>::epsilon();
  constexpr T kGap = sizeof(T) == sizeof(float) ? T(1e-6) : T(1e-11);   // relative, of squared distances
  constexpr T kTouch = sizeof(T) == sizeof(float) ? T(1e-5) : T(1e-9);  // relative to the size of the difference
  Simplex<T> s;
  Vec<T> v = pair.start;
  if (squared(v) == 0) v = -pair.b_in_a.p;
  if (squared(v) < kTiny<T> * kTiny<T>) v = {{1, 0, 0}};
  T size2 = 0, vv = squared(v);
  bool inside = false;
  for (int k = 0; k < kMaxIterations; ++k) {
    const Vertex<T> p = pair.support((-1 / std::sqrt(vv)) * v);
    const T vw = dot(v, p.w);
    if (vw > 0 && vw * vw > reach * reach * vv) return false;
    if (s.count > 0) {
      const T noise = 4 * eps * std::sqrt(size2 * vv);
      if (vv - vw <= kGap * vv + noise || holds(s, p)) break;
    }
    size2 = std::max(size2, squared(p.w));
    Simplex<T> next = s;
    next.v[next.count++] = p;
    inside = reduce(next);
    if (inside) {
      s = next;
      break;
    }
    const Vec<T> x = next.nearest();
    const T xx = squared(x);
    if (s.count > 0 && xx >= vv) break;  // no progress left in the arithmetic
    s = next, v = x, vv = xx;
    if (vv <= kTouch * kTouch * size2) {
      inside = true;
      break;
    }
  }
  if (!inside) {
    witness(s, v, out);
    return out.distance <= reach;
  }
  return expand_polytope(pair, s.v, s.count, out);
}

#if !defined(__CUDACC__)
#define MB_INSTANTIATE(T)      \
  template struct CorePair<T>; \
  template bool find_proximity(CorePair<T>&, T, Proximity<T>&);
MB_INSTANTIATE(float)
MB_INSTANTIATE(double)
#undef MB_INSTANTIATE
#endif

}  // namespace manybody::physics::collide
