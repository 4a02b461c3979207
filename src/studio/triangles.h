// Triangles of MuJoCo's primitive shapes, so that the page needs to know none of them.
//
// Reads: half sizes as in mjModel::geom_size. Writes: corners (3 numbers each) and indices, outward faces counter-clockwise.
// Method: rings of latitude with enough segments that a silhouette looks round on a humanoid's limb.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace manybody::studio {

struct Triangles {
  std::vector<float> points;      // x y z, m
  std::vector<uint32_t> indices;  // three a triangle

  size_t vertices() const { return points.size() / 3; }
};

Triangles make_box(const std::array<double, 3>& half);
Triangles make_ellipsoid(const std::array<double, 3>& radii);
Triangles make_capsule(double radius, double half_length);   // along z, caps beyond half_length
Triangles make_cylinder(double radius, double half_length);  // along z

}  // namespace manybody::studio
