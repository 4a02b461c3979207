// A plane (its z axis is the normal, solid below) against everything. Closed forms; the points chosen are MuJoCo's.
#include "physics/collide/pair_kinds.h"
#include "physics/collide/support.h"

namespace manybody::physics::collide {
namespace {

// A ball of radius r at c against the plane.
template <class T>
MB_DEVICE Touch<T>* plane_ball(const Body<T>& plane, const Vec<T>& c, T r, T margin, Sink<T>& sink) {
  const T height = dot(c - plane.f.p, plane.f.z);
  if (height > margin + r) return nullptr;
  const T distance = height - r;
  return sink.push(distance, c - (r + distance / 2) * plane.f.z, plane.f.z);
}

// A point of the shape at a known distance: the contact lies midway between it and the plane.
template <class T>
MB_DEVICE void plane_point(const Body<T>& plane, const Vec<T>& point, T distance, Sink<T>& sink) {
  sink.push(distance, point - (distance / 2) * plane.f.z, plane.f.z);
}

}  // namespace

template <class T>
MB_DEVICE void plane_sphere(const Body<T>& plane, const Body<T>& sphere, T margin, Sink<T>& sink) {
  plane_ball(plane, sphere.f.p, sphere.shape.size[0], margin, sink);
}

template <class T>
MB_DEVICE void plane_capsule(const Body<T>& plane, const Body<T>& capsule, T margin, Sink<T>& sink) {
  const Vec<T> half = capsule.shape.size[1] * capsule.f.z;
  for (const Vec<T>& end : {capsule.f.p + half, capsule.f.p - half}) {
    Touch<T>* t = plane_ball(plane, end, capsule.shape.size[0], margin, sink);
    if (!t) continue;
    store(t->tangent, capsule.f.z);  // friction along and across the capsule
    t->has_tangent = true;
  }
}

// The lowest points of both rims, then two more on the lower rim, 120 degrees to either side, if that is level enough.
template <class T>
MB_DEVICE void plane_cylinder(const Body<T>& plane, const Body<T>& cylinder, T margin, Sink<T>& sink) {
  const Vec<T>& n = plane.f.z;
  const T radius = cylinder.shape.size[0], half = cylinder.shape.size[1];
  T slope = dot(n, cylinder.f.z);
  const T sign = slope > 0 ? T(-1) : T(1);
  slope *= sign;  // of the axis that points down
  const Vec<T> axis = (sign * half) * cylinder.f.z;
  const T centre = dot(cylinder.f.p - plane.f.p, n);
  Vec<T> rim = (sign * slope) * cylinder.f.z - n;  // down, within the disk
  const T length2 = squared(rim);
  rim = length2 >= kTiny<T> * kTiny<T> ? (radius / std::sqrt(length2)) * rim : radius * cylinder.f.x;
  const T along = slope * half, out = dot(rim, n);

  const T low = centre + along + out;
  if (low > margin) return;
  plane_point(plane, cylinder.f.p + rim + axis, low, sink);
  const T high = centre - along + out;
  if (high <= margin) plane_point(plane, cylinder.f.p + rim - axis, high, sink);
  const T side = centre + along - out / 2;
  if (side > margin) return;
  Vec<T> across = cross(rim, axis);
  normalize(across);
  across = (radius * std::sqrt(T(3)) / 2) * across;
  const Vec<T> back = cylinder.f.p + axis - T(0.5) * rim;
  plane_point(plane, back + across, side, sink);
  plane_point(plane, back - across, side, sink);
}

// At most four corners that lie below the centre, in binary order.
template <class T>
MB_DEVICE void plane_box(const Body<T>& plane, const Body<T>& box, T margin, Sink<T>& sink) {
  const Vec<T>& n = plane.f.z;
  const T* s = box.shape.size;
  const T centre = dot(box.f.p - plane.f.p, n);
  int found = 0;
  for (int i = 0; i < 8 && found < 4; ++i) {
    const Vec<T> local{{i & 1 ? s[0] : -s[0], i & 2 ? s[1] : -s[1], i & 4 ? s[2] : -s[2]}};
    const Vec<T> corner = turn(box.f, local);
    const T height = dot(n, corner);
    if (centre + height > margin || height > 0) continue;
    plane_point(plane, box.f.p + corner, centre + height, sink);
    ++found;
  }
}

template <class T>
MB_DEVICE void plane_ellipsoid(const Body<T>& plane, const Body<T>& ellipsoid, T margin, Sink<T>& sink) {
  const Vec<T> point = place(ellipsoid.f, ellipsoid_support(ellipsoid.shape.size, unturn(ellipsoid.f, -plane.f.z)));
  const T distance = dot(point - plane.f.p, plane.f.z);
  if (distance <= margin) plane_point(plane, point, distance, sink);
}

namespace {

// Grows the quadrilateral that starts at corner `anchor` of a convex polygon towards the largest area; returns its corner count.
template <class T>
MB_DEVICE int largest_quad(const Mesh<T>& mesh, const int* polygon, int count, int anchor, int quad[4]) {
  for (int k = 0; k < 4; ++k) quad[k] = (anchor + k) % count;
  if (count <= 4) return count;
  const auto corner = [&](int i) { return load(mesh.vertices + 3 * polygon[i]); };
  const auto area = [&](const int q[4]) { return norm(cross(corner(q[0]) - corner(q[2]), corner(q[1]) - corner(q[3]))); };
  T best = area(quad);
  // Moves corner k on by one while that gains area.
  const auto advance = [&](int k) {
    int next[4] = {quad[0], quad[1], quad[2], quad[3]};
    next[k] = (next[k] + 1) % count;
    const T a = area(next);
    if (!(a > best)) return false;
    best = a;
    quad[k] = next[k];
    return true;
  };
  while (advance(3)) {
    while (advance(2)) {}
    while (advance(1)) {}
  }
  return 4;
}

// The face at `vertex` that looks down most; -1: none.
template <class T>
MB_DEVICE int lowest_face(const Mesh<T>& mesh, int vertex, const Vec<T>& up) {
  int best = -1;
  T best_dot = 1;
  for (int k = mesh.vertex_face_start[vertex]; k < mesh.vertex_face_start[vertex + 1]; ++k) {
    const T d = dot(load(mesh.face_normals + 3 * mesh.vertex_faces[k]), up);
    if (d < best_dot) best_dot = d, best = mesh.vertex_faces[k];
  }
  return best;
}

}  // namespace

// The deepest vertex, and up to three more corners of the face there that looks down most.
template <class T>
MB_DEVICE void plane_mesh(const Body<T>& plane, const Body<T>& body, T margin, Sink<T>& sink) {
  const Mesh<T>& mesh = body.shape.mesh;
  const Vec<T>& n = plane.f.z;
  MeshCursor cursor;
  const Vec<T> deepest = place(body.f, mesh_support(mesh, unturn(body.f, -n), cursor));
  const T distance = dot(deepest - plane.f.p, n);
  if (distance > margin) return;
  plane_point(plane, deepest, distance, sink);
  if (mesh.face_count == 0) return;
  const int face = lowest_face(mesh, cursor.vertex, unturn(body.f, n));
  if (face < 0) return;
  const int* polygon = mesh.face_vertices + mesh.face_start[face];
  const int count = mesh.face_start[face + 1] - mesh.face_start[face];
  int anchor = 0;
  while (anchor < count - 1 && polygon[anchor] != cursor.vertex) ++anchor;
  if (polygon[anchor] != cursor.vertex) anchor = 0;
  int quad[4];
  const int corners = largest_quad(mesh, polygon, count, anchor, quad);
  for (int k = 1; k < corners; ++k) {
    const Vec<T> local = load(mesh.vertices + 3 * polygon[quad[k]]);
    const Vec<T> arm = turn(body.f, local);
    const Vec<T> point = body.f.p + arm;
    const T height = dot(point - plane.f.p, n);
    if (height > margin || dot(arm, n) > 0) continue;
    plane_point(plane, point, height, sink);
  }
}

#if !defined(__CUDACC__)
#define MB_INSTANTIATE(T)                                                     \
  template void plane_sphere(const Body<T>&, const Body<T>&, T, Sink<T>&);    \
  template void plane_capsule(const Body<T>&, const Body<T>&, T, Sink<T>&);   \
  template void plane_cylinder(const Body<T>&, const Body<T>&, T, Sink<T>&);  \
  template void plane_box(const Body<T>&, const Body<T>&, T, Sink<T>&);       \
  template void plane_ellipsoid(const Body<T>&, const Body<T>&, T, Sink<T>&); \
  template void plane_mesh(const Body<T>&, const Body<T>&, T, Sink<T>&);
MB_INSTANTIATE(float)
MB_INSTANTIATE(double)
#undef MB_INSTANTIATE
#endif

}  // namespace manybody::physics::collide
