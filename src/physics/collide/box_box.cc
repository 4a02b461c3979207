// Two boxes: separating axes, then one contact between edges or up to eight from a clipped face.
//
// Method: the fifteen axes of Gottschalk, Lin & Manocha, "OBBTree" (1996); the incident face clipped against the reference face
// (Sutherland & Hodgman 1974); nearest points of two edges (Ericson 2005, 5.1.9). Which axis wins on near ties is
// MuJoCo's choice: faces before edges.
#include <limits>

#include "physics/collide/pair_kinds.h"

namespace manybody::physics::collide {
namespace {

constexpr int kMaxPolygon = 12;

// Box 2 in the frame of box 1.
template <class T>
struct Relative {
  const T* size1;
  const T* size2;
  Vec<T> axis[3];   // of box 2, in frame 1
  Vec<T> to2, to1;  // centre 2 in frame 1; centre 1 in frame 2
};

struct Axis {
  int face1 = -1, face2 = -1;  // a face's axis of one of them, or
  int edge1 = -1, edge2 = -1;  // an edge of both
};

// The unit cross product of axis i of box 1 and axis j of box 2, in frame 1; false where they are parallel.
template <class T>
MB_DEVICE bool edge_axis(const Relative<T>& r, int i, int j, Vec<T>& n) {
  const int a = (i + 1) % 3, b = (i + 2) % 3;
  const T na = -r.axis[j][b], nb = r.axis[j][a];
  const T length2 = na * na + nb * nb;
  if (length2 < (sizeof(T) == sizeof(float) ? T(1e-8) : T(1e-16))) return false;
  const T inverse = 1 / std::sqrt(length2);
  n[i] = 0;
  n[a] = na * inverse;
  n[b] = nb * inverse;
  return true;
}

// The axis of largest separation; false if the boxes are further apart than margin.
template <class T>
MB_DEVICE bool best_axis(const Relative<T>& r, T margin, Axis& best, T& separation) {
  separation = -std::numeric_limits<T>::max();
  for (int i = 0; i < 3; ++i) {
    const T reach =
        std::fabs(r.axis[0][i]) * r.size2[0] + std::fabs(r.axis[1][i]) * r.size2[1] + std::fabs(r.axis[2][i]) * r.size2[2];
    const T s = std::fabs(r.to2[i]) - r.size1[i] - reach;
    if (s > margin) return false;
    if (s > separation) separation = s, best.face1 = i;
  }
  for (int j = 0; j < 3; ++j) {
    const T reach =
        std::fabs(r.axis[j][0]) * r.size1[0] + std::fabs(r.axis[j][1]) * r.size1[1] + std::fabs(r.axis[j][2]) * r.size1[2];
    const T s = std::fabs(r.to1[j]) - r.size2[j] - reach;
    if (s > margin) return false;
    if (s > separation) separation = s, best.face2 = j;
  }
  if (best.face2 >= 0) best.face1 = -1;
  const T face_separation = separation;
  const T bias = sizeof(T) == sizeof(float) ? T(1e-4) : T(1e-6);
  Vec<T> won{};
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) {
      Vec<T> n;
      if (!edge_axis(r, i, j, n)) continue;
      const int b = (j + 1) % 3, c = (j + 2) % 3;
      const int p = (i + 1) % 3, q = (i + 2) % 3;
      const T reach1 = r.size1[p] * std::fabs(n[p]) + r.size1[q] * std::fabs(n[q]);
      const T reach2 = r.size2[b] * std::fabs(dot(n, r.axis[b])) + r.size2[c] * std::fabs(dot(n, r.axis[c]));
      const T s = std::fabs(dot(n, r.to2)) - reach1 - reach2;
      if (s > margin) return false;
      if (s - bias * std::fabs(s) > separation && s > face_separation) separation = s, best.edge1 = i, best.edge2 = j, won = n;
    }
  }
  // An edge axis almost along the best face's normal is that face again, seen through rounding: the face has more points.
  if (best.edge1 >= 0) {
    const T along = std::fabs(best.face1 >= 0 ? won[best.face1] : dot(won, r.axis[best.face2]));
    if (along > T(0.99) && separation < face_separation + T(0.05) * std::fabs(face_separation) + kTiny<T>) {
      best.edge1 = best.edge2 = -1;
      separation = face_separation;
    }
  }
  return true;
}

// Nearest points of the edge along axis i at corner c1 (frame 1) and the edge along d2 at c2; returns the squared gap.
template <class T>
MB_DEVICE T edge_gap(const Vec<T>& c1, int i, T half1, const Vec<T>& c2, const Vec<T>& d2, T half2, Vec<T>& w1, Vec<T>& w2) {
  const Vec<T> e = c2 - c1;
  const T b = d2[i], along2 = dot(d2, e), denominator = 1 - b * b;
  T s = denominator < kTiny<T> ? T(0) : (e[i] - b * along2) / denominator;
  s = clamp(s, -half1, half1);
  const T t = clamp(b * s - along2, -half2, half2);
  s = clamp(e[i] + b * t, -half1, half1);
  w1 = c1;
  w1[i] += s;
  w2 = c2 + t * d2;
  return squared(w2 - w1);
}

// One contact midway between the two supporting edges. Where the axis leaves open which of two edges supports it, both are tried.
template <class T>
MB_DEVICE void edge_contact(const Body<T>& a, const Relative<T>& r, int i, int j, T margin, Sink<T>& sink) {
  Vec<T> n{};
  if (!edge_axis(r, i, j, n)) return;
  if (dot(n, r.to2) < 0) n = -n;
  const Vec<T> n2{{dot(n, r.axis[0]), dot(n, r.axis[1]), dot(n, r.axis[2])}};
  const auto open_axis = [](const Vec<T>& m, int k) {
    const T small = sizeof(T) == sizeof(float) ? T(1e-5) : T(1e-9);
    const int p = (k + 1) % 3, q = (k + 2) % 3;
    return std::fabs(m[p]) < small ? p : (std::fabs(m[q]) < small ? q : -1);
  };
  const int open1 = open_axis(n, i), open2 = open_axis(n2, j);
  Vec<T> best1{}, best2{};
  T best = std::numeric_limits<T>::max();
  for (int v = 0; v < 4; ++v) {
    const bool flip1 = v & 2, flip2 = v & 1;
    if ((flip1 && open1 < 0) || (flip2 && open2 < 0)) continue;
    Vec<T> c1{}, local{};
    for (int k = 0; k < 3; ++k) {
      if (k != i) c1[k] = ((n[k] >= 0) != (flip1 && k == open1)) ? r.size1[k] : -r.size1[k];
      if (k != j) local[k] = ((n2[k] >= 0) != (flip2 && k == open2)) ? -r.size2[k] : r.size2[k];
    }
    const Vec<T> c2 = r.to2 + local[0] * r.axis[0] + local[1] * r.axis[1] + local[2] * r.axis[2];
    Vec<T> w1, w2;
    const T gap = edge_gap(c1, i, r.size1[i], c2, r.axis[j], r.size2[j], w1, w2);
    if (gap < best) best = gap, best1 = w1, best2 = w2;
  }
  const T distance = dot(best2 - best1, n);
  if (distance > margin) return;
  sink.push(distance, place(a.f, T(0.5) * (best1 + best2)), turn(a.f, n));
}

// A polygon over the reference face: x and y in the face, z above it.
template <class T>
struct Polygon {
  Vec<T> point[kMaxPolygon];
  int count = 0;
};

// Keeps the part with sign * coordinate <= limit.
template <class T>
MB_DEVICE void clip(Polygon<T>& polygon, int axis, T sign, T limit) {
  T over[kMaxPolygon];
  bool inside = true;
  for (int k = 0; k < polygon.count; ++k) {
    over[k] = sign * polygon.point[k][axis] - limit;
    inside = inside && over[k] <= 0;
  }
  if (inside) return;
  const Polygon<T> in = polygon;
  polygon.count = 0;
  for (int k = 0; k < in.count; ++k) {
    const int next = k + 1 == in.count ? 0 : k + 1;
    if (over[k] <= 0 && polygon.count < kMaxPolygon) polygon.point[polygon.count++] = in.point[k];
    if ((over[k] < 0) != (over[next] < 0) && over[k] != over[next] && polygon.count < kMaxPolygon) {
      const T t = over[k] / (over[k] - over[next]);
      polygon.point[polygon.count++] = in.point[k] + t * (in.point[next] - in.point[k]);
    }
  }
}

// Drops points above margin and points that clipping doubled.
template <class T>
MB_DEVICE void keep_low(Polygon<T>& polygon, T margin, T extent2) {
  const T same = (sizeof(T) == sizeof(float) ? T(1e-10) : T(1e-14)) * extent2;
  int kept = 0;
  for (int k = 0; k < polygon.count; ++k) {
    const Vec<T> p = polygon.point[k];
    if (p[2] > margin) continue;
    bool doubled = false;
    for (int q = 0; q < kept && !doubled; ++q) {
      const T dx = polygon.point[q][0] - p[0], dy = polygon.point[q][1] - p[1];
      doubled = dx * dx + dy * dy < same;
    }
    if (!doubled) polygon.point[kept++] = p;
  }
  polygon.count = kept;
}

// The face of `incident` that looks most against the normal of the reference face, in coordinates (x, y, height) over that face.
template <class T>
MB_DEVICE Polygon<T> incident_face(const T* size, const Vec<T> axis[3], const Vec<T>& centre, int a, T sign, T height) {
  const int x = (a + 1) % 3, y = (a + 2) % 3;
  int k = 0;
  for (int i = 1; i < 3; ++i) {
    if (std::fabs(axis[i][a]) > std::fabs(axis[k][a])) k = i;
  }
  const int u = (k + 1) % 3, v = (k + 2) % 3;
  const auto over_face = [&](const Vec<T>& p) { return Vec<T>{{p[x], p[y], sign * p[a]}}; };
  Vec<T> middle = over_face(centre + (sign * axis[k][a] > 0 ? -size[k] : size[k]) * axis[k]);
  middle[2] -= height;
  const Vec<T> du = size[u] * over_face(axis[u]), dv = size[v] * over_face(axis[v]);
  return {{middle + du + dv, middle - du + dv, middle - du - dv, middle + du - dv}, 4};
}

// `reference` owns the face; `axis` and `centre` are of the other box in its frame. `flip`: the reference is shape b.
template <class T>
MB_DEVICE void face_contacts(const Body<T>& reference, const T* other, const Vec<T> axis[3], const Vec<T>& centre, int a,
                             bool flip, T margin, Sink<T>& sink) {
  const T* size = reference.shape.size;
  const int x = (a + 1) % 3, y = (a + 2) % 3;
  const T sign = centre[a] >= 0 ? T(1) : T(-1);
  Polygon<T> polygon = incident_face(other, axis, centre, a, sign, size[a]);
  clip(polygon, 0, T(1), size[x]);
  clip(polygon, 0, T(-1), size[x]);
  clip(polygon, 1, T(1), size[y]);
  clip(polygon, 1, T(-1), size[y]);
  keep_low(polygon, margin, size[x] * size[x] + size[y] * size[y]);
  Vec<T> n{};
  n[a] = flip ? -sign : sign;
  const Vec<T> normal = turn(reference.f, n);
  for (int k = 0; k < polygon.count; ++k) {
    const Vec<T>& p = polygon.point[k];
    Vec<T> local;
    local[x] = p[0];
    local[y] = p[1];
    local[a] = sign * (size[a] + p[2] / 2);
    sink.push(p[2], place(reference.f, local), normal);
  }
}

}  // namespace

template <class T>
MB_DEVICE void box_box(const Body<T>& a, const Body<T>& b, T margin, Sink<T>& sink) {
  Relative<T> r{a.shape.size, b.shape.size, {unturn(a.f, b.f.x), unturn(a.f, b.f.y), unturn(a.f, b.f.z)}, {}, {}};
  r.to2 = unturn(a.f, b.f.p - a.f.p);
  r.to1 = unturn(b.f, a.f.p - b.f.p);
  Axis best;
  T separation;
  if (!best_axis(r, margin, best, separation)) return;
  if (best.edge1 >= 0) {
    edge_contact(a, r, best.edge1, best.edge2, margin, sink);
  } else if (best.face1 >= 0) {
    face_contacts(a, b.shape.size, r.axis, r.to2, best.face1, false, margin, sink);
  } else if (best.face2 >= 0) {
    const Vec<T> back[3] = {{{r.axis[0][0], r.axis[1][0], r.axis[2][0]}},
                            {{r.axis[0][1], r.axis[1][1], r.axis[2][1]}},
                            {{r.axis[0][2], r.axis[1][2], r.axis[2][2]}}};
    face_contacts(b, a.shape.size, back, r.to1, best.face2, true, margin, sink);
  }
}

#if !defined(__CUDACC__)
template void box_box(const Body<float>&, const Body<float>&, float, Sink<float>&);
template void box_box(const Body<double>&, const Body<double>&, double, Sink<double>&);
#endif

}  // namespace manybody::physics::collide
