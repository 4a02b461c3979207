// Distance and penetration of two convex shapes by their support functions. Internal to this folder.
//
// A shape is a core (point, segment, polyhedron, cylinder, ellipsoid) and a radius around it. Everything is computed in the frame
// of the first shape, on the Minkowski difference of the cores; radii are added afterwards, which is exact.
// Method: GJK for the distance (Gilbert, Johnson & Keerthi 1988; sub-simplex regions after Ericson 2005, 5.1 and 9.5), EPA for the
// penetration (van den Bergen, "Proximity Queries and Penetration Depth Computation on 3D Game Objects", 2001).
// Limits: fixed storage (kMaxVertices); where that or the arithmetic ends, the best face so far is the answer.
#pragma once

#include "physics/collide/pair_kinds.h"
#include "physics/collide/support.h"

namespace manybody::physics::collide {

inline constexpr int kPrism =
    100;  // a column of a height field: three points above, three below, given in the first shape's frame

template <class T>
struct Core {
  int type = kSphere;
  const T* size = nullptr;
  const Mesh<T>* mesh = nullptr;
  const Vec<T>* prism = nullptr;  // 0..2 below, 3..5 above
  T radius = 0;
  MeshCursor cursor;

  // Whether the support points are finitely many.
  constexpr bool discrete() const { return type != kCylinder && type != kEllipsoid; }
};

template <class T>
MB_DEVICE Core<T> core_of(const Shape<T>& shape) {
  Core<T> core;
  core.type = shape.type;
  core.size = shape.size;
  core.mesh = &shape.mesh;
  if (shape.type == kSphere || shape.type == kCapsule) core.radius = shape.size[0];
  return core;
}

// A point of the difference a - b, its point on a, and which vertices of both it comes from (-1: not a vertex).
template <class T>
struct Vertex {
  Vec<T> w, a;
  int id_a, id_b;
};

// Two cores, the second placed in the frame of the first.
template <class T>
struct CorePair {
  Core<T> a, b;
  Frame<T> b_in_a;
  Vec<T> start{};  // guess of the difference's nearest point; zero: from centre to centre

  MB_DEVICE Vertex<T> support(const Vec<T>& d);
  constexpr bool discrete() const { return a.discrete() && b.discrete(); }
};

// What the shapes do to each other along `normal` (from a to b, frame of a): the witnesses lie on the cores.
template <class T>
struct Proximity {
  T distance = 0;  // of the cores; negative: penetration
  Vec<T> normal, on_a, on_b;
  bool from_face = false;  // found by EPA
  int corners = 0;         // of the part of the difference's surface that holds the nearest point
  Vertex<T> corner[3];
};

// False if the cores are further apart than `reach` (or nothing could be found).
template <class T>
MB_DEVICE bool find_proximity(CorePair<T>& pair, T reach, Proximity<T>& out);

// The penetration of cores that overlap or touch; `simplex` holds 1..4 points about the origin.
template <class T>
MB_DEVICE bool expand_polytope(CorePair<T>& pair, const Vertex<T>* simplex, int count, Proximity<T>& out);

// More contacts where faces or edges of flat shapes lie against each other; 0: only the one of `p`. Points and normal in the frame
// of a; distances of the shapes with their radii, up to margin. The shapes are capsules, cylinders, boxes or meshes.
template <class T>
struct Manifold {
  static constexpr int kMax = 4;
  int count = 0;
  T distance[kMax];
  Vec<T> point[kMax], normal[kMax];
};
template <class T>
MB_DEVICE void find_manifold(const CorePair<T>& pair, const Proximity<T>& p, T margin, Manifold<T>& out);

}  // namespace manybody::physics::collide
