// A small software renderer: triangles of a figure on a checkered stage, without a graphics card or a window.
//
// Reads: Stage (camera, sun, floor) and what is drawn, each surface with its pose in the world. z up, m, rad.
// Writes: Image.
// Method: visibility buffer (Burns, Hunt 2013): depth and triangle number at 2 x 2 samples a pixel, each visible triangle
//         shaded once a pixel. A soft sun with shadows (shadow.h), light from sky and ground, a floor filtered over each
//         pixel's footprint, fading into the horizon. Colours are mixed in linear light.
// Limits: opaque surfaces; triangles that reach behind the camera are left out; one Raster a thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "studio/png.h"

namespace manybody::studio {

struct Surface {
  std::vector<float> points;      // three numbers a vertex
  std::vector<uint32_t> corners;  // three vertices a triangle, counter-clockwise from outside
  std::vector<float> normals;     // nine numbers a triangle: the unit normal at each corner
};
// Normals: faces around a vertex that meet at less than the crease angle are shaded as one round surface.
Surface make_surface(std::vector<float> points, std::vector<uint32_t> corners, double crease_rad = 0.7);

struct Camera {
  std::array<double, 3> eye{3, 0, 1}, target{0, 0, 0.5};
  double fov_rad = 0.5;  // from the picture's top to its bottom
};

struct Stage {
  Camera camera;
  std::array<double, 3> to_sun{0.5, -0.4, 0.8};
  bool plane = true;  // the floor z = 0 hides what is under it; false when a drawn surface is the ground
  double tile_m = 0.5;
  double reach_m = 6;  // from the target: there the floor has faded into the horizon
};

struct Drawn {
  enum class Kind { figure, ground, mark };  // mark: an arrow or the like: throws no shadow
  const Surface* surface = nullptr;
  std::array<float, 12> pose{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0};  // 3 x 4, row-major: rotation (and scale), position
  std::array<float, 3> colour{0.7f, 0.7f, 0.7f};                   // sRGB, 0 … 1; the ground has the floor's
  Kind kind = Kind::figure;
};

struct RasterState;

class Raster {
 public:
  Raster(int width, int height);
  ~Raster();
  Raster(Raster&&) noexcept;
  void render(const Stage& stage, std::span<const Drawn> drawn, Image& out);

 private:
  std::unique_ptr<RasterState> state_;
};

}  // namespace manybody::studio
