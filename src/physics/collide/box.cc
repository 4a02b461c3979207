// Spheres and capsules against a box, in the box's frame.
//
// Sphere: nearest point of the box, or the nearest face from inside. Capsule: the point of its segment nearest to the box's
// surface, then a second one further along the segment where it runs beside a face or an edge; a ball at each. Which second point
// is taken follows MuJoCo's rules case by case, because it decides how a capsule rests.
#include <limits>

#include "physics/collide/pair_kinds.h"

namespace manybody::physics::collide {
namespace {

// A ball at c (box frame) against the box.
template <class T>
MB_DEVICE bool ball_box(const Vec<T>& c, T r, const Body<T>& box, T margin, Sink<T>& sink) {
  const T* s = box.shape.size;
  const Vec<T> near{{clamp(c[0], -s[0], s[0]), clamp(c[1], -s[1], s[1]), clamp(c[2], -s[2], s[2])}};
  Vec<T> n = near - c;
  T distance = norm(n);
  if (distance - r > margin) return false;
  Vec<T> point;
  if (distance > kTiny<T>) {
    n = (1 / distance) * n;
    point = T(0.5) * (near + c + r * n);
  } else {  // inside: towards the nearest face, from a's view inwards
    int axis = 0;
    bool upper = false;
    T depth = std::numeric_limits<T>::max();
    for (int i = 0; i < 3; ++i) {
      for (const bool up : {false, true}) {
        const T d = std::fabs((up ? s[i] : -s[i]) - c[i]);
        if (d < depth) depth = d, axis = i, upper = up;
      }
    }
    n = {};
    n[axis] = upper ? T(-1) : T(1);
    point = c + ((r - depth) / 2) * n;
    distance = -depth;
  }
  return sink.push(distance - r, place(box.f, point), turn(box.f, n)) != nullptr;
}

// The capsule's segment in the box's frame, and the feature of the box nearest to it.
template <class T>
struct Segment {
  Vec<T> centre, axis, half;  // half = axis * half-length
  T length;                   // half-length
  int up = 0;                 // bit i: the axis points along +i
  enum Feature { kNone, kEnd, kCorner, kEdge } feature = kNone;
  T at = 0;       // nearest point, -1..1 along half
  T edge_at = 0;  // nearest point of the edge, -1..1
  int face = -1;  // kEnd: axis of the face below the end; -1: the end is inside the box
  int corner = 0, edge = 0;
};

// An end of the segment that projects into a face (or lies inside).
template <class T>
MB_DEVICE void try_end(Segment<T>& g, T end, const T* size, T& best) {
  const Vec<T> p = g.centre + end * g.half;
  Vec<T> inside = p;
  int outside = 0, face = -1;
  for (int i = 0; i < 3; ++i) {
    if (std::fabs(p[i]) <= size[i]) continue;
    inside[i] = p[i] < 0 ? -size[i] : size[i];
    face = i;
    ++outside;
  }
  const T d2 = squared(inside - p);
  if (outside > 1 || !(d2 < best)) return;
  best = d2;
  g.feature = Segment<T>::kEnd;
  g.at = end;
  g.face = face;
}

// The edge along axis j through corner i (whose bit j is clear).
template <class T>
MB_DEVICE void try_edge(Segment<T>& g, int i, int j, const T* size, T& best) {
  Vec<T> middle{{i & 1 ? size[0] : -size[0], i & 2 ? size[1] : -size[1], i & 4 ? size[2] : -size[2]}};
  middle[j] = 0;
  const Vec<T> between = middle - g.centre;
  const T ee = size[j] * size[j], eg = -size[j] * g.half[j], gg = g.length * g.length;
  const T u = -size[j] * between[j], v = dot(g.half, between);
  const T det = ee * gg - eg * eg;
  if (std::fabs(det) < kTiny<T> || (sizeof(T) == sizeof(float) && std::fabs(det) < T(1e-6) * ee * gg)) return;
  T x = (gg * u - eg * v) / det, y = (ee * v - eg * u) / det;  // along edge and segment
  int end = 0;                                                 // of the edge: -1, 0 (between), 1
  if (std::fabs(x) > 1) {
    end = x > 0 ? 1 : -1;
    x = T(end);
    y = (v - eg * x) / gg;
  }
  if (std::fabs(y) > 1) {
    y = y > 0 ? T(1) : T(-1);
    x = (u - eg * y) / ee;
    if (std::fabs(x) > 1) {
      end = x > 0 ? 1 : -1;
      x = T(end);
    }
  }
  Vec<T> gap = between - y * g.half;
  gap[j] += size[j] * x;
  const T d2 = squared(gap);
  if (!(d2 < best - kTiny<T>)) return;
  best = d2;
  g.feature = end == 0 ? Segment<T>::kEdge : Segment<T>::kCorner;
  g.at = y;
  g.edge_at = x;
  g.edge = j;
  g.corner = end > 0 ? i | (1 << j) : i;
}

template <class T>
MB_DEVICE void shorten(T& length, T limit) {
  if (limit < length) length = limit;
}

// Nearest is a corner: go on along an edge if the axis is within 45 degrees of one, else back across a face.
template <class T>
MB_DEVICE bool second_at_corner(const Segment<T>& g, const T* size, T& step) {
  int apart = g.up ^ g.corner;  // axes along which segment and corner disagree
  if (apart == 0 || apart == 7) return false;
  const bool single = (apart & (apart - 1)) == 0;
  if (!single) apart = 7 - apart;
  const T sign = single ? T(1) : T(-1);
  const int a = apart == 1 ? 0 : (apart == 2 ? 1 : 2), b = (a + 1) % 3, c = (a + 2) % 3;
  if (g.axis[a] * g.axis[a] > T(0.5)) {
    step = 1 - sign * g.at;
    shorten(step, 2 * size[a] / std::fabs(g.half[a]));
    step *= sign;
  } else {
    step = 1 + sign * g.at;
    shorten(step, 2 * size[b] / std::fabs(g.half[b]));
    shorten(step, 2 * size[c] / std::fabs(g.half[c]));
    step *= -sign;
  }
  return true;
}

// Nearest is the inside of an edge that the segment crosses: go on over the face that it leans to.
template <class T>
MB_DEVICE bool second_at_edge(const Segment<T>& g, const T* size, T& step) {
  const int apart = (g.up ^ g.corner) & ~(1 << g.edge) & 7;
  if (apart == 0 || (apart & (apart - 1)) != 0) return false;
  const int e = g.edge;
  int over = (e + 2) % 3;
  if (std::fabs(g.axis[(e + 1) % 3]) > std::fabs(g.axis[over])) over = (e + 1) % 3;
  const bool forward = (apart >> over) & 1;
  step = forward ? 1 - g.at : 1 + g.at;
  shorten(step, 2 * size[over] / std::fabs(g.half[over]));
  const bool edge_up = ((g.up >> e) & 1) == (forward ? 1 : 0);
  shorten(step, size[e] * (edge_up ? 1 - g.edge_at : 1 + g.edge_at) / std::fabs(g.half[e]));
  if (!forward) step = -step;
  return true;
}

// Nearest is an end over a face: as far towards the other end as the segment stays over that face.
template <class T>
MB_DEVICE bool second_at_end(const Segment<T>& g, const T* size, T& step) {
  if (g.face < 0) return false;
  const T sign = -g.at;
  const Vec<T> p = g.centre + g.at * g.half;
  step = 2;
  for (int i = 0; i < 3; ++i) {
    if (i == g.face) continue;
    for (const T wall : {size[i], -size[i]}) {
      const T t = (wall - p[i]) / g.half[i] * sign;
      if (t > 0) shorten(step, t);
    }
  }
  step *= sign;
  return true;
}

}  // namespace

template <class T>
MB_DEVICE void sphere_box(const Body<T>& s, const Body<T>& box, T margin, Sink<T>& sink) {
  ball_box(unturn(box.f, s.f.p - box.f.p), s.shape.size[0], box, margin, sink);
}

template <class T>
MB_DEVICE void capsule_box(const Body<T>& capsule, const Body<T>& box, T margin, Sink<T>& sink) {
  const T* size = box.shape.size;
  const T radius = capsule.shape.size[0];
  Segment<T> g;
  g.length = capsule.shape.size[1];
  g.centre = unturn(box.f, capsule.f.p - box.f.p);
  g.axis = unturn(box.f, capsule.f.z);
  g.half = g.length * g.axis;
  for (int i = 0; i < 3; ++i) g.up |= (g.half[i] > 0) << i;

  T best = margin + 2 * (radius + g.length + size[0] + size[1] + size[2]);  // a squared distance below this is a candidate
  try_end(g, T(-1), size, best);
  try_end(g, T(1), size, best);
  for (int j = 0; j < 3; ++j) {
    for (int i = 0; i < 8; ++i) {
      if (!(i & (1 << j))) try_edge(g, i, j, size, best);
    }
  }
  T step = 0;
  bool second = false;
  switch (g.feature) {
    case Segment<T>::kNone:
      return;
    case Segment<T>::kEnd:
      second = second_at_end(g, size, step);
      break;
    case Segment<T>::kCorner:
      second = second_at_corner(g, size, step);
      break;
    case Segment<T>::kEdge:
      second = second_at_edge(g, size, step);
      break;
  }
  ball_box(g.centre + g.at * g.half, radius, box, margin, sink);
  if (second) ball_box(g.centre + (g.at + step) * g.half, radius, box, margin, sink);
}

#if !defined(__CUDACC__)
#define MB_INSTANTIATE(T)                                                \
  template void sphere_box(const Body<T>&, const Body<T>&, T, Sink<T>&); \
  template void capsule_box(const Body<T>&, const Body<T>&, T, Sink<T>&);
MB_INSTANTIATE(float)
MB_INSTANTIATE(double)
#undef MB_INSTANTIATE
#endif

}  // namespace manybody::physics::collide
