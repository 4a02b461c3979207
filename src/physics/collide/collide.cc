#include "physics/collide/collide.h"

#include "physics/collide/pair_kinds.h"

namespace manybody::physics::collide {
namespace {

// What collides a type with one that is not smaller, as one number to switch by.
constexpr int pair_of(int a, int b) { return 8 * a + b; }

template <class T>
MB_DEVICE void run_pair(const Body<T>& a, const Body<T>& b, T margin, Sink<T>& sink) {
  switch (pair_of(a.shape.type, b.shape.type)) {
    case pair_of(kPlane, kSphere):
      return plane_sphere(a, b, margin, sink);
    case pair_of(kPlane, kCapsule):
      return plane_capsule(a, b, margin, sink);
    case pair_of(kPlane, kEllipsoid):
      return plane_ellipsoid(a, b, margin, sink);
    case pair_of(kPlane, kCylinder):
      return plane_cylinder(a, b, margin, sink);
    case pair_of(kPlane, kBox):
      return plane_box(a, b, margin, sink);
    case pair_of(kPlane, kMesh):
      return plane_mesh(a, b, margin, sink);
    case pair_of(kSphere, kSphere):
      return sphere_sphere(a, b, margin, sink);
    case pair_of(kSphere, kCapsule):
      return sphere_capsule(a, b, margin, sink);
    case pair_of(kSphere, kCylinder):
      return sphere_cylinder(a, b, margin, sink);
    case pair_of(kSphere, kBox):
      return sphere_box(a, b, margin, sink);
    case pair_of(kCapsule, kCapsule):
      return capsule_capsule(a, b, margin, sink);
    case pair_of(kCapsule, kBox):
      return capsule_box(a, b, margin, sink);
    case pair_of(kBox, kBox):
      return box_box(a, b, margin, sink);
    default:
      break;
  }
  if (a.shape.type == kHeightField) field_convex(a, b, margin, sink);
  else convex_convex(a, b, margin, sink);
}

// Everything but planes and height fields among themselves.
constexpr bool collides(int a, int b) { return (a > b ? a : b) > kHeightField; }

constexpr bool known(int type) { return type >= kPlane && type <= kMesh; }

}  // namespace

#if !defined(__CUDACC__)
int max_contacts(int a, int b) {
  if (!known(a) || !known(b)) return 0;
  if (a > b) std::swap(a, b);
  if (!collides(a, b)) return 0;
  if (a == kHeightField) return 50;
  if (a == kSphere || b == kSphere || a == kEllipsoid || b == kEllipsoid) return 1;
  if (a == kCapsule || b == kCapsule) return 2;
  return a == kBox && b == kBox ? 8 : 4;
}
#endif

template <class T>
MB_DEVICE int collide(const Shape<T>& a, const Pose<T>& pose_a, const Shape<T>& b, const Pose<T>& pose_b, T margin, Touch<T>* out,
                      int capacity) {
  if (!known(a.type) || !known(b.type)) return 0;
  const bool swapped = a.type > b.type;
  const Body<T> first{swapped ? b : a, frame_of(swapped ? pose_b : pose_a)};
  const Body<T> second{swapped ? a : b, frame_of(swapped ? pose_a : pose_b)};
  if (!collides(a.type, b.type) || capacity <= 0) return 0;
  Sink<T> sink{out, capacity};
  run_pair(first, second, margin, sink);
  if (swapped) {
    for (int i = 0; i < sink.count; ++i) {
      for (T& n : out[i].normal) n = -n;
    }
  }
  return sink.count;
}

template <class T>
MB_DEVICE bool bounds_touch(const Shape<T>& a, const Pose<T>& pose_a, const Shape<T>& b, const Pose<T>& pose_b, T margin) {
  const Vec<T> arm = load(pose_b.position) - load(pose_a.position);
  if (a.type == kPlane) return dot(arm, frame_of(pose_a).z) <= margin + b.bound;
  if (b.type == kPlane) return -dot(arm, frame_of(pose_b).z) <= margin + a.bound;
  const T reach = a.bound + b.bound + margin;
  return squared(arm) <= reach * reach;
}

template <class T>
MB_DEVICE void make_frame(const Touch<T>& touch, T frame[9]) {
  const Vec<T> x = load(touch.normal);
  Vec<T> y = load(touch.tangent);
  if (!touch.has_tangent || squared(y) < T(0.25)) {
    y = {};
    y[std::fabs(x[1]) < T(0.5) ? 1 : 2] = 1;
  }
  y = y - dot(x, y) * x;
  normalize(y);
  store(frame, x);
  store(frame + 3, y);
  store(frame + 6, cross(x, y));
}

#if !defined(__CUDACC__)
#define MB_INSTANTIATE(T)                                                                                    \
  template int collide(const Shape<T>&, const Pose<T>&, const Shape<T>&, const Pose<T>&, T, Touch<T>*, int); \
  template bool bounds_touch(const Shape<T>&, const Pose<T>&, const Shape<T>&, const Pose<T>&, T);           \
  template void make_frame(const Touch<T>&, T[9]);
MB_INSTANTIATE(float)
MB_INSTANTIATE(double)
#undef MB_INSTANTIATE
#endif

}  // namespace manybody::physics::collide
