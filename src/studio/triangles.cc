#include "studio/triangles.h"

#include <cmath>
#include <numbers>

namespace manybody::studio {
namespace {

constexpr int kSegments = 32;  // around
constexpr int kRings = 16;     // from pole to pole, even

struct Ring {
  double radius, z;
};

// A surface of revolution around z from its rings, bottom to top; rings of radius 0 are single points.
Triangles revolve(const std::vector<Ring>& rings) {
  Triangles t;
  std::vector<uint32_t> first;
  for (const Ring& r : rings) {
    first.push_back(static_cast<uint32_t>(t.vertices()));
    const int n = r.radius == 0 ? 1 : kSegments;
    for (int i = 0; i < n; ++i) {
      const double a = 2 * std::numbers::pi * i / kSegments;
      for (const double v : {r.radius * std::cos(a), r.radius * std::sin(a), r.z}) t.points.push_back(static_cast<float>(v));
    }
  }
  const auto at = [&](size_t ring, int i) {
    return first[ring] + (rings[ring].radius == 0 ? 0u : static_cast<uint32_t>(i % kSegments));
  };
  for (size_t r = 0; r + 1 < rings.size(); ++r) {
    for (int i = 0; i < kSegments; ++i) {
      const uint32_t a = at(r, i), b = at(r, i + 1), c = at(r + 1, i), d = at(r + 1, i + 1);
      if (a != b) t.indices.insert(t.indices.end(), {a, b, d});
      if (c != d) t.indices.insert(t.indices.end(), {a, d, c});
    }
  }
  return t;
}

double latitude(int i) { return std::numbers::pi * (static_cast<double>(i) / kRings - 0.5); }

double ring_radius(int i) { return i == 0 || i == kRings ? 0 : std::cos(latitude(i)); }

}  // namespace

Triangles make_box(const std::array<double, 3>& half) {
  Triangles t;
  for (int i = 0; i < 8; ++i)
    for (int k = 0; k < 3; ++k) t.points.push_back(static_cast<float>((i >> k & 1 ? 1 : -1) * half[static_cast<size_t>(k)]));
  t.indices = {0, 4, 6, 0, 6, 2, 1, 3, 7, 1, 7, 5, 0, 1, 5, 0, 5, 4, 2, 6, 7, 2, 7, 3, 0, 2, 3, 0, 3, 1, 4, 5, 7, 4, 7, 6};
  return t;
}

Triangles make_ellipsoid(const std::array<double, 3>& radii) {
  std::vector<Ring> rings;
  for (int i = 0; i <= kRings; ++i) rings.push_back({ring_radius(i), std::sin(latitude(i))});
  Triangles t = revolve(rings);
  for (size_t i = 0; i < t.points.size(); ++i) t.points[i] *= static_cast<float>(radii[i % 3]);
  return t;
}

Triangles make_capsule(double radius, double half_length) {
  std::vector<Ring> rings;
  for (int i = 0; i <= kRings / 2; ++i) rings.push_back({radius * ring_radius(i), radius * std::sin(latitude(i)) - half_length});
  for (int i = kRings / 2; i <= kRings; ++i)
    rings.push_back({radius * ring_radius(i), radius * std::sin(latitude(i)) + half_length});
  return revolve(rings);
}

Triangles make_cylinder(double radius, double half_length) {
  return revolve({{0, -half_length}, {radius, -half_length}, {radius, half_length}, {0, half_length}});
}

}  // namespace manybody::studio
