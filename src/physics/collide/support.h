// Support points: the furthest point of a shape along a direction, in the shape's own frame. Internal to this folder.
// Method: van den Bergen, "Collision Detection in Interactive 3D Environments" (2004), chapter 4; hill climbing over the hull's
// edges with a warm start (Gilbert, Johnson & Keerthi 1988; Cameron 1997).
#pragma once

#include "physics/collide/shape.h"
#include "physics/collide/vec.h"

namespace manybody::physics::collide {

// What the last search over a mesh ended at: the next one starts there.
struct MeshCursor {
  int vertex = -1;  // index into the mesh's vertices
  int node = -1;    // index into the hull's graph
};

template <class T>
MB_DEVICE Vec<T> ellipsoid_support(const T* size, const Vec<T>& d) {
  const Vec<T> w{{d[0] * size[0], d[1] * size[1], d[2] * size[2]}};
  const T length2 = squared(w);
  if (length2 < kTiny<T> * kTiny<T>) return {{size[0], 0, 0}};
  const T s = 1 / std::sqrt(length2);
  return {{w[0] * s * size[0], w[1] * s * size[1], w[2] * s * size[2]}};
}

template <class T>
MB_DEVICE Vec<T> cylinder_support(const T* size, const Vec<T>& d) {
  const T radial2 = d[0] * d[0] + d[1] * d[1];
  const T s = radial2 >= kTiny<T> * kTiny<T> ? size[0] / std::sqrt(radial2) : 0;
  return {{s * d[0], s * d[1], d[2] >= 0 ? size[1] : -size[1]}};
}

template <class T>
MB_DEVICE Vec<T> box_support(const T* size, const Vec<T>& d) {
  return {{d[0] >= 0 ? size[0] : -size[0], d[1] >= 0 ? size[1] : -size[1], d[2] >= 0 ? size[2] : -size[2]}};
}

// Every vertex is looked at; the last search's vertex wins ties.
template <class T>
MB_DEVICE int scan_vertices(const Mesh<T>& mesh, const Vec<T>& d, int start) {
  int best = start >= 0 ? start : 0;
  T best_dot = dot(d, load(mesh.vertices + 3 * best));
  for (int i = 0; i < mesh.vertex_count; ++i) {
    const T value = dot(d, load(mesh.vertices + 3 * i));
    if (value > best_dot) best_dot = value, best = i;
  }
  return best;
}

template <class T>
MB_DEVICE Vec<T> mesh_support(const Mesh<T>& mesh, const Vec<T>& d, MeshCursor& cursor) {
  if (!mesh.graph) {
    cursor.vertex = scan_vertices(mesh, d, cursor.vertex);
    return load(mesh.vertices + 3 * cursor.vertex);
  }
  const int nodes = mesh.graph[0];
  const int* edge_start = mesh.graph + 2;
  const int* vertex_of = edge_start + nodes;
  const int* edges = vertex_of + nodes;
  const auto value_at = [&](int node) { return dot(d, load(mesh.hull + 3 * node)); };
  // The precomputed extreme vertex of the direction's cell, or the last answer if that is better.
  const auto third = [](T c) { return (c > T(0.4)) - (c < T(-0.4)) + 1; };
  int node = mesh.extrema ? mesh.extrema[third(d[0]) * 9 + third(d[1]) * 3 + third(d[2])] : 0;
  T best = value_at(node);
  if (cursor.node >= 0) {
    const T last = value_at(cursor.node);
    if (!(best > last)) best = last, node = cursor.node;
  }
  for (int from = -1; from != node;) {
    from = node;
    for (const int* e = edges + edge_start[from]; *e >= 0; ++e) {
      const T value = value_at(*e);
      if (value > best) best = value, node = *e;
    }
  }
  cursor.node = node;
  cursor.vertex = vertex_of[node];
  return load(mesh.hull + 3 * node);
}

}  // namespace manybody::physics::collide
