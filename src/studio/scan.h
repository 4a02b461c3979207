// Scan conversion of one triangle, shared by the picture and the shadow maps, and the small vector both count in.
//
// Reads: corners with x, y in samples (a sample's centre lies at +0.5) and z, any quantity that is affine on the screen.
// Writes: put(index, z) for every sample whose centre lies inside or on an edge; index = y * width + x.
// Method: Pineda, A parallel algorithm for polygon rasterization (1988): edge functions, stepped along rows.
// Limits: both windings; an edge two triangles share may be put twice, which a depth test makes harmless.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace manybody::studio {

struct Vec3f {
  float x = 0, y = 0, z = 0;
};
inline Vec3f operator+(Vec3f a, Vec3f b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
inline Vec3f operator-(Vec3f a, Vec3f b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
inline Vec3f operator*(float s, Vec3f a) { return {s * a.x, s * a.y, s * a.z}; }
inline Vec3f operator*(Vec3f a, Vec3f b) { return {a.x * b.x, a.y * b.y, a.z * b.z}; }
inline float dot(Vec3f a, Vec3f b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
inline Vec3f cross(Vec3f a, Vec3f b) { return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x}; }
inline Vec3f unit(Vec3f a) {
  const float n = std::sqrt(dot(a, a));
  return n > 0 ? (1 / n) * a : Vec3f{0, 0, 1};
}
inline Vec3f mix(Vec3f a, Vec3f b, float share_of_b) { return a + share_of_b * (b - a); }

inline constexpr float kSeam = 1e-5f;  // of an edge: rounding must not leave a sample between two neighbours

template <class Put>
inline void scan_triangle(const Vec3f& a, Vec3f b, Vec3f c, int width, int height, Put put) {
  const float low_x = std::min({a.x, b.x, c.x}), high_x = std::max({a.x, b.x, c.x});
  const float low_y = std::min({a.y, b.y, c.y}), high_y = std::max({a.y, b.y, c.y});
  if (!(high_x > 0 && high_y > 0 && low_x < float(width) && low_y < float(height))) return;
  // The first and last sample whose centres lie between; what is not negative may be rounded by conversion.
  const int x0 = int(std::max(low_x, 0.0f) + 0.5f), x1 = int(std::min(high_x, float(width)) + 0.5f) - 1;
  const int y0 = int(std::max(low_y, 0.0f) + 0.5f), y1 = int(std::min(high_y, float(height)) + 0.5f) - 1;
  if (x0 > x1 || y0 > y1) return;
  float area = (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y);
  if (!(std::abs(area) > 1e-12f)) return;  // also what is not a number
  if (area < 0) std::swap(b, c), area = -area;

  const float per_area = 1 / area;
  const float wb_x = (c.y - a.y) * per_area, wb_y = (a.x - c.x) * per_area;  // weights of b and c, affine in x and y
  const float wc_x = (a.y - b.y) * per_area, wc_y = (b.x - a.x) * per_area;
  const float dx = float(x0) + 0.5f - a.x, dy = float(y0) + 0.5f - a.y;
  const float zb = b.z - a.z, zc = c.z - a.z;
  const float z_low = std::min({a.z, b.z, c.z}), z_high = std::max({a.z, b.z, c.z});
  for (int y = y0; y <= y1; ++y) {
    const float down = dy + float(y - y0);
    float wb = wb_x * dx + wb_y * down, wc = wc_x * dx + wc_y * down;
    const size_t row = size_t(y) * size_t(width);
    for (int x = x0; x <= x1; ++x, wb += wb_x, wc += wc_x) {
      if (wb < -kSeam || wc < -kSeam || wb + wc > 1 + kSeam) continue;
      put(row + size_t(x), std::clamp(a.z + wb * zb + wc * zc, z_low, z_high));  // slivers must not leave their range
    }
  }
}

}  // namespace manybody::studio
