// The expanding polytope: from a simplex about the origin outwards to the nearest face of the Minkowski difference.
#include <limits>

#include "physics/collide/gjk.h"

namespace manybody::physics::collide {
namespace {

constexpr int kMaxVertices = 100;
constexpr int kMaxFaces = 2 * kMaxVertices + 64;  // of one hull 2 V - 4; dead ones are reused
constexpr int kMaxHorizon = 64;

template <class T>
struct Face {
  Vec<T> n;     // unit, outwards
  int v[3];     // counter-clockwise from outside
  int next[3];  // the face across the edge from v[i] to v[i + 1]
};

template <class T>
class Polytope {
 public:
  Vertex<T> vertex[kMaxVertices];
  int vertices = 0;

  // The nearest face. Faces beyond `upper`, a bound on the answer, drop out of the search for good.
  MB_DEVICE int nearest(T upper) {
    int best = -1, kept = 0;
    T least = kSliver;
    for (int k = 0; k < candidates_; ++k) {
      const int i = candidate_[k];
      if (!(distance_[i] <= upper)) {
        listed_[i] = false;
        continue;
      }
      candidate_[kept++] = i;
      if (distance_[i] < least) least = distance_[i], best = i;
    }
    candidates_ = kept;
    return best;
  }
  constexpr const Face<T>& face(int i) const { return face_[i]; }
  constexpr T distance(int i) const { return distance_[i]; }

  // The hull of the first four vertices.
  MB_DEVICE bool start() {
    const Vec<T>& a = vertex[0].w;
    if (dot(cross(vertex[1].w - a, vertex[2].w - a), vertex[3].w - a) > 0) std::swap(vertex[1], vertex[2]);
    faces_ = candidates_ = 0;
    static constexpr int kCorners[4][3] = {{0, 1, 2}, {0, 3, 1}, {0, 2, 3}, {1, 3, 2}};
    static constexpr int kNext[4][3] = {{1, 3, 2}, {2, 3, 0}, {0, 3, 1}, {1, 2, 0}};
    for (int i = 0; i < 4; ++i) {
      add(kCorners[i][0], kCorners[i][1], kCorners[i][2]);
      std::copy_n(kNext[i], 3, face_[i].next);
      if (distance_[i] == kSliver) return false;
    }
    return true;
  }

  // Takes the newest vertex into the hull, starting from a face that sees it. False: the arithmetic ends here.
  MB_DEVICE bool grow(int seen) {
    const int w = vertices - 1;
    horizon_ = freed_ = 0;
    overflow_ = false;
    kill(seen);
    for (int e = 0; e < 3; ++e) carve(face_[seen].next[e], seen, vertex[w].w);
    if (overflow_ || horizon_ < 3) return false;
    int ring[kMaxHorizon];
    for (int i = 0; i < horizon_; ++i) {
      const Face<T>& rim = face_[edge_[i].face];
      const int e = edge_[i].edge;
      ring[i] = add(rim.v[(e + 1) % 3], rim.v[e], w);
      if (ring[i] < 0) return false;
    }
    for (int i = 0; i < horizon_; ++i) {  // the walk found the horizon in order, counter-clockwise
      const int after = ring[i + 1 == horizon_ ? 0 : i + 1], before = ring[i == 0 ? horizon_ - 1 : i - 1];
      Face<T>& f = face_[ring[i]];
      if (face_[after].v[0] != f.v[1]) return false;
      f.next[0] = edge_[i].face;
      f.next[1] = after;
      f.next[2] = before;
      face_[edge_[i].face].next[edge_[i].edge] = ring[i];
    }
    return true;
  }

 private:
  static constexpr T kDead = std::numeric_limits<T>::max();
  static constexpr T kSliver = kDead / 2;  // closes the hull, but has no plane: never nearest, never seen
  struct Edge {
    int face, edge;
  };

  MB_DEVICE int add(int a, int b, int c) {
    const int slot = freed_ > 0 ? free_[--freed_] : faces_;
    if (slot >= kMaxFaces) return -1;
    const Vec<T>& p = vertex[a].w;
    Vec<T> n = cross(vertex[b].w - p, vertex[c].w - p);
    const T length2 = squared(n), flat = 4 * std::numeric_limits<T>::epsilon();
    const bool sliver = !(length2 > flat * flat * squared(vertex[b].w - p) * squared(vertex[c].w - p));
    n = sliver ? Vec<T>{} : (1 / std::sqrt(length2)) * n;
    Face<T>& f = face_[slot];
    f.n = n;
    f.v[0] = a, f.v[1] = b, f.v[2] = c;
    f.next[0] = f.next[1] = f.next[2] = -1;
    // All three corners say how far the plane is; the mean is the steadiest.
    distance_[slot] = sliver ? kSliver : (dot(n, p) + dot(n, vertex[b].w) + dot(n, vertex[c].w)) / 3;
    if (slot == faces_) {
      ++faces_;
      listed_[slot] = false;
    }
    if (!listed_[slot]) candidate_[candidates_++] = slot;
    listed_[slot] = true;
    return slot;
  }

  MB_DEVICE void kill(int i) {
    distance_[i] = kDead;
    if (freed_ < kMaxHorizon) free_[freed_++] = i;
  }
  constexpr bool dead(int i) const { return distance_[i] == kDead; }

  // Walks from the dead face `from` into `i`: a face that sees w dies and the walk goes on over its other edges, in order; else their
  // edge is part of the horizon. Every face dies once, so the stack holds no more than one step a face.
  MB_DEVICE void carve(int i, int from, const Vec<T>& w) {
    int depth = 0;
    stack_[depth++] = {i, from};
    while (depth > 0 && !overflow_) {
      const Edge step = stack_[--depth];
      if (dead(step.face)) continue;
      const Face<T>& f = face_[step.face];
      int e = 0;
      while (e < 2 && f.next[e] != step.edge) ++e;
      if (dot(f.n, w) - distance_[step.face] <= 0) {
        if (horizon_ == kMaxHorizon) overflow_ = true;
        else edge_[horizon_++] = {step.face, e};
        continue;
      }
      kill(step.face);
      stack_[depth++] = {f.next[(e + 2) % 3], step.face};
      stack_[depth++] = {f.next[(e + 1) % 3], step.face};
    }
  }

  Face<T> face_[kMaxFaces];
  T distance_[kMaxFaces];  // of the face's plane to the origin
  int faces_ = 0;
  int candidate_[kMaxFaces];  // faces that may be the nearest one
  int candidates_ = 0;
  bool listed_[kMaxFaces];
  Edge edge_[kMaxHorizon];
  Edge stack_[kMaxFaces + 2];  // of carve: a face and the one it was come from
  int horizon_ = 0;
  int free_[kMaxHorizon];
  int freed_ = 0;
  bool overflow_ = false;
};

// Adds support points until four span a volume. False: the difference is flat.
template <class T>
MB_DEVICE bool make_tetrahedron(CorePair<T>& pair, Vertex<T>* v, int& count) {
  constexpr T small = sizeof(T) == sizeof(float) ? T(1e-6) : T(1e-12);
  const T unit[6][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {-1, 0, 0}, {0, -1, 0}, {0, 0, -1}};
  T size2 = squared(v[0].w);
  for (int k = 0; k < 6 && count == 1; ++k) {
    v[1] = pair.support(load(unit[k]));
    size2 = std::max(size2, squared(v[1].w));
    if (squared(v[1].w - v[0].w) > small * size2) count = 2;
  }
  if (count == 2) {  // around the segment in steps of 60 degrees
    Vec<T> axis = v[1].w - v[0].w;
    normalize(axis);
    int thin = 0;
    for (int i = 1; i < 3; ++i) {
      if (std::fabs(axis[i]) < std::fabs(axis[thin])) thin = i;
    }
    Vec<T> d = cross(axis, load(unit[thin]));
    normalize(d);
    for (int k = 0; k < 6 && count == 2; ++k) {
      v[2] = pair.support(d);
      size2 = std::max(size2, squared(v[2].w));
      if (squared(cross(axis, v[2].w - v[0].w)) > small * size2) count = 3;
      d = T(0.5) * d + T(0.8660254037844386) * cross(axis, d);
    }
  }
  if (count == 3) {
    Vec<T> n = cross(v[1].w - v[0].w, v[2].w - v[0].w);
    normalize(n);
    for (const T sign : {T(1), T(-1)}) {
      v[3] = pair.support(sign * n);
      size2 = std::max(size2, squared(v[3].w));
      if (std::fabs(dot(n, v[3].w - v[0].w)) > std::sqrt(small * size2)) {
        count = 4;
        break;
      }
    }
  }
  return count == 4;
}

template <class T>
MB_DEVICE void face_witness(const Polytope<T>& polytope, const Face<T>& f, T distance, Proximity<T>& out) {
  for (int k = 0; k < 3; ++k) out.corner[k] = polytope.vertex[f.v[k]];
  const Vec<T> p = distance * f.n;  // nearest point of the face's plane
  const Vec<T> a = out.corner[0].w - p, b = out.corner[1].w - p, c = out.corner[2].w - p;
  const T wa = dot(f.n, cross(b, c)), wb = dot(f.n, cross(c, a)), wc = dot(f.n, cross(a, b));
  const T total = wa + wb + wc;
  out.on_a = (1 / total) * (wa * out.corner[0].a + wb * out.corner[1].a + wc * out.corner[2].a);
  out.on_b = out.on_a - p;
  out.normal = f.n;
  out.distance = -distance;
  out.from_face = true;
  out.corners = 3;
}

}  // namespace

template <class T>
MB_DEVICE bool expand_polytope(CorePair<T>& pair, const Vertex<T>* simplex, int count, Proximity<T>& out) {
  constexpr T eps = std::numeric_limits<T>::epsilon();
  Polytope<T> polytope;
  std::copy_n(simplex, count, polytope.vertex);
  if (!make_tetrahedron(pair, polytope.vertex, count)) return false;
  polytope.vertices = 4;
  if (!polytope.start()) return false;
  T size = 0;
  for (int i = 0; i < 4; ++i) size = std::max(size, norm(polytope.vertex[i].w));
  const bool discrete = pair.discrete();
  const T smooth = sizeof(T) == sizeof(float) ? T(1e-5) * size : std::min(T(1e-6), T(1e-6) * size);
  const T tolerance = discrete ? 8 * eps * size : smooth;
  T upper = std::numeric_limits<T>::max() / 4;
  Face<T> face{};  // the nearest so far: what remains if the hull cannot grow
  T distance = 0;
  for (int best = polytope.nearest(upper); best >= 0; best = polytope.nearest(upper)) {
    face = polytope.face(best);
    distance = polytope.distance(best);
    if (polytope.vertices == kMaxVertices) break;
    Vertex<T>& w = polytope.vertex[polytope.vertices];
    w = pair.support(face.n);
    const T height = dot(face.n, w.w);
    upper = std::min(upper, height + tolerance);
    if (height - distance <= tolerance) break;
    ++polytope.vertices;
    if (!polytope.grow(best)) break;
  }
  face_witness(polytope, face, distance, out);
  return true;
}

#if !defined(__CUDACC__)
template bool expand_polytope(CorePair<float>&, const Vertex<float>*, int, Proximity<float>&);
template bool expand_polytope(CorePair<double>&, const Vertex<double>*, int, Proximity<double>&);
#endif

}  // namespace manybody::physics::collide
