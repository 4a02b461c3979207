// Vertices of mesh files, read directly: measuring a body needs points, not the convex hulls that take MuJoCo seconds. Internal.
//
// Reads: STL (binary and text), OBJ, MSH, COLLADA (collada.h). Writes: points in file units. Limits: at most 256 MB a file.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/linalg.h"

namespace manybody::body {

using Point = std::array<float, 3>;

// All vertices, repeated ones included; empty when the file is missing, of another format, or broken.
std::vector<Point> read_mesh_points(const std::string& path);
// Those that are extreme in one of `directions` evenly spread directions: what a hull of that fineness needs.
std::vector<Point> extreme_points(const std::vector<Point>& points, int directions);

// A mesh geom of a link, left out of the lean model that the room measures with.
struct MeshShape {
  std::string link, file;
  core::Vec3 scale{1, 1, 1}, refpos{}, position{};  // vertex = scale * refrot⁻¹ (file - refpos), then the geom's frame
  core::Quat refrot{1, 0, 0, 0}, rotation{1, 0, 0, 0};
  core::Vec3 low{}, high{};  // box of the scaled vertices, geom frame
  bool collides = false;

  core::Vec3 vertex(const Point& p) const;  // in the geom's frame
};

}  // namespace manybody::body
