// The pair functions behind collide(), each for one order of types. Internal to this folder.
#pragma once

#include "physics/collide/shape.h"
#include "physics/collide/vec.h"

namespace manybody::physics::collide {

// Where contacts go. push() drops what exceeds the capacity.
template <class T>
struct Sink {
  Touch<T>* out;
  int capacity;
  int count = 0;

  MB_DEVICE Touch<T>* push(T distance, const Vec<T>& position, const Vec<T>& normal) {
    if (count >= capacity) return nullptr;
    Touch<T>& t = out[count++];
    t.distance = distance;
    store(t.position, position);
    store(t.normal, normal);
    t.tangent[0] = t.tangent[1] = t.tangent[2] = 0;
    t.has_tangent = false;
    return &t;
  }
};

template <class T>
struct Body {
  const Shape<T>& shape;
  Frame<T> f;
};

template <class T>
MB_DEVICE void plane_sphere(const Body<T>& plane, const Body<T>& sphere, T margin, Sink<T>& sink);
template <class T>
MB_DEVICE void plane_capsule(const Body<T>& plane, const Body<T>& capsule, T margin, Sink<T>& sink);
template <class T>
MB_DEVICE void plane_cylinder(const Body<T>& plane, const Body<T>& cylinder, T margin, Sink<T>& sink);
template <class T>
MB_DEVICE void plane_box(const Body<T>& plane, const Body<T>& box, T margin, Sink<T>& sink);
template <class T>
MB_DEVICE void plane_ellipsoid(const Body<T>& plane, const Body<T>& ellipsoid, T margin, Sink<T>& sink);
template <class T>
MB_DEVICE void plane_mesh(const Body<T>& plane, const Body<T>& mesh, T margin, Sink<T>& sink);

template <class T>
MB_DEVICE void sphere_sphere(const Body<T>& a, const Body<T>& b, T margin, Sink<T>& sink);
template <class T>
MB_DEVICE void sphere_capsule(const Body<T>& sphere, const Body<T>& capsule, T margin, Sink<T>& sink);
template <class T>
MB_DEVICE void sphere_cylinder(const Body<T>& sphere, const Body<T>& cylinder, T margin, Sink<T>& sink);
template <class T>
MB_DEVICE void capsule_capsule(const Body<T>& a, const Body<T>& b, T margin, Sink<T>& sink);

template <class T>
MB_DEVICE void sphere_box(const Body<T>& sphere, const Body<T>& box, T margin, Sink<T>& sink);
template <class T>
MB_DEVICE void capsule_box(const Body<T>& capsule, const Body<T>& box, T margin, Sink<T>& sink);
template <class T>
MB_DEVICE void box_box(const Body<T>& a, const Body<T>& b, T margin, Sink<T>& sink);

template <class T>
MB_DEVICE void convex_convex(const Body<T>& a, const Body<T>& b, T margin, Sink<T>& sink);
template <class T>
MB_DEVICE void field_convex(const Body<T>& field, const Body<T>& convex, T margin, Sink<T>& sink);

}  // namespace manybody::physics::collide
