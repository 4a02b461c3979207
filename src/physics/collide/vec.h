// Three-vectors and rotations of the narrow phase, for float and double. Internal to this folder.
#pragma once

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "core/device.h"

namespace manybody::physics::collide {

template <class T>
struct Vec {
  T v[3];
  constexpr T& operator[](int i) { return v[i]; }
  constexpr T operator[](int i) const { return v[i]; }
};

template <class T>
MB_DEVICE Vec<T> load(const T* p) {
  return {{p[0], p[1], p[2]}};
}
template <class T>
MB_DEVICE void store(T* p, const Vec<T>& a) {
  p[0] = a[0], p[1] = a[1], p[2] = a[2];
}
template <class T>
MB_DEVICE Vec<T> operator+(const Vec<T>& a, const Vec<T>& b) {
  return {{a[0] + b[0], a[1] + b[1], a[2] + b[2]}};
}
template <class T>
MB_DEVICE Vec<T> operator-(const Vec<T>& a, const Vec<T>& b) {
  return {{a[0] - b[0], a[1] - b[1], a[2] - b[2]}};
}
template <class T>
MB_DEVICE Vec<T> operator-(const Vec<T>& a) {
  return {{-a[0], -a[1], -a[2]}};
}
template <class T>
MB_DEVICE Vec<T> operator*(std::type_identity_t<T> s, const Vec<T>& a) {
  return {{s * a[0], s * a[1], s * a[2]}};
}
template <class T>
MB_DEVICE T dot(const Vec<T>& a, const Vec<T>& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
template <class T>
MB_DEVICE T squared(const Vec<T>& a) {
  return dot(a, a);
}
template <class T>
MB_DEVICE T norm(const Vec<T>& a) {
  return std::sqrt(dot(a, a));
}
template <class T>
MB_DEVICE Vec<T> cross(const Vec<T>& a, const Vec<T>& b) {
  return {{a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]}};
}

// Below this a length counts as zero (MuJoCo's mjMINVAL).
template <class T>
inline constexpr T kTiny = T(1e-15);

// Makes a unit vector of `a` and returns its length; a zero vector becomes (1, 0, 0), as in MuJoCo.
template <class T>
MB_DEVICE T normalize(Vec<T>& a) {
  const T length = norm(a);
  if (length < kTiny<T>) {
    a = {{1, 0, 0}};
  } else {
    a = (1 / length) * a;
  }
  return length;
}

// A rigid frame by value, with the columns that most pairs want.
template <class T>
struct Frame {
  Vec<T> p;
  Vec<T> x, y, z;  // columns: the geom's axes in the world
};

template <class T>
MB_DEVICE Frame<T> frame_of(const Pose<T>& q) {
  const T* r = q.rotation;
  return {load(q.position), {{r[0], r[3], r[6]}}, {{r[1], r[4], r[7]}}, {{r[2], r[5], r[8]}}};
}
template <class T>
MB_DEVICE Vec<T> turn(const Frame<T>& f, const Vec<T>& a) {  // local to world, direction
  return a[0] * f.x + a[1] * f.y + a[2] * f.z;
}
template <class T>
MB_DEVICE Vec<T> unturn(const Frame<T>& f, const Vec<T>& a) {  // world to local, direction
  return {{dot(f.x, a), dot(f.y, a), dot(f.z, a)}};
}
template <class T>
MB_DEVICE Vec<T> place(const Frame<T>& f, const Vec<T>& a) {  // local to world, point
  return f.p + turn(f, a);
}

template <class T>
MB_DEVICE T clamp(T x, T low, T high) {
  return x < low ? low : (x > high ? high : x);
}

}  // namespace manybody::physics::collide
