// Triangles of a COLLADA (.dae) file, the mesh format of many ROS robots. Internal to the room.
//
// Reads: the file's text. Writes: points in metres and triangles, nodes' transforms applied.
// Method: COLLADA 1.4.1 specification (Khronos 2008): geometries' triangles, polylists and polygons; scene nodes with matrix,
//         translate, rotate and scale. A file whose up axis is y is turned so that z is.
// Limits: no skins, splines or colours. A damaged file gives no points, never a crash.
#pragma once

#include <string>
#include <vector>

#include "body/meshes.h"

namespace manybody::body {

struct ColladaMesh {
  std::vector<Point> points;
  std::vector<int> corners;  // three a triangle
};

ColladaMesh read_collada(const std::string& text);

}  // namespace manybody::body
