#include "physics/collide/collide.h"

#include "physics/collide/pair_kinds.h"

namespace manybody::physics::collide {
namespace {

template <class T>
using PairFunction = void (*)(const Body<T>&, const Body<T>&, T, Sink<T>&);

// What collides a type with one that is not smaller; null: never.
template <class T>
PairFunction<T> pair_function(int a, int b) {
  constexpr PairFunction<T> none = nullptr, cc = convex_convex<T>, fc = field_convex<T>;
  static constexpr PairFunction<T> table[8][8] = {
      // plane, field, sphere, capsule, ellipsoid, cylinder, box, mesh
      {none, none, plane_sphere<T>, plane_capsule<T>, plane_ellipsoid<T>, plane_cylinder<T>, plane_box<T>, plane_mesh<T>},
      {none, none, fc, fc, fc, fc, fc, fc},
      {none, none, sphere_sphere<T>, sphere_capsule<T>, cc, sphere_cylinder<T>, sphere_box<T>, cc},
      {none, none, none, capsule_capsule<T>, cc, cc, capsule_box<T>, cc},
      {none, none, none, none, cc, cc, cc, cc},
      {none, none, none, none, none, cc, cc, cc},
      {none, none, none, none, none, none, box_box<T>, cc},
      {none, none, none, none, none, none, none, cc}};
  return table[a][b];
}

bool known(int type) { return type >= kPlane && type <= kMesh; }

}  // namespace

int max_contacts(int a, int b) {
  if (!known(a) || !known(b)) return 0;
  if (a > b) std::swap(a, b);
  if (!pair_function<double>(a, b)) return 0;
  if (a == kHeightField) return 50;
  if (a == kSphere || b == kSphere || a == kEllipsoid || b == kEllipsoid) return 1;
  if (a == kCapsule || b == kCapsule) return 2;
  return a == kBox && b == kBox ? 8 : 4;
}

template <class T>
int collide(const Shape<T>& a, const Pose<T>& pose_a, const Shape<T>& b, const Pose<T>& pose_b, T margin, Touch<T>* out,
            int capacity) {
  if (!known(a.type) || !known(b.type)) return 0;
  const bool swapped = a.type > b.type;
  const Body<T> first{swapped ? b : a, frame_of(swapped ? pose_b : pose_a)};
  const Body<T> second{swapped ? a : b, frame_of(swapped ? pose_a : pose_b)};
  const PairFunction<T> function = pair_function<T>(first.shape.type, second.shape.type);
  if (!function || capacity <= 0) return 0;
  Sink<T> sink{out, capacity};
  function(first, second, margin, sink);
  if (swapped) {
    for (int i = 0; i < sink.count; ++i) {
      for (T& n : out[i].normal) n = -n;
    }
  }
  return sink.count;
}

template <class T>
bool bounds_touch(const Shape<T>& a, const Pose<T>& pose_a, const Shape<T>& b, const Pose<T>& pose_b, T margin) {
  const Vec<T> arm = load(pose_b.position) - load(pose_a.position);
  if (a.type == kPlane) return dot(arm, frame_of(pose_a).z) <= margin + b.bound;
  if (b.type == kPlane) return -dot(arm, frame_of(pose_b).z) <= margin + a.bound;
  const T reach = a.bound + b.bound + margin;
  return squared(arm) <= reach * reach;
}

template <class T>
void make_frame(const Touch<T>& touch, T frame[9]) {
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

#define MB_INSTANTIATE(T)                                                                                    \
  template int collide(const Shape<T>&, const Pose<T>&, const Shape<T>&, const Pose<T>&, T, Touch<T>*, int); \
  template bool bounds_touch(const Shape<T>&, const Pose<T>&, const Shape<T>&, const Pose<T>&, T);           \
  template void make_frame(const Touch<T>&, T[9]);
MB_INSTANTIATE(float)
MB_INSTANTIATE(double)
#undef MB_INSTANTIATE

}  // namespace manybody::physics::collide
