// Pictures of a body without a browser or a graphics card: to look at a gait, for documents and tests.
//
// Reads: the body's mesh pack (mesh_pack.h) and physics::Inspection: link poses and contact forces.
// Writes: Image; contact sheets. movie.h makes films of them, png.h files.
// Method: raster.h. The camera's azimuth goes around the body: 0 is ahead of it, looking back along x; -90 at its right, whence
//         it walks to the picture's right.
// Limits: needs one pose a link of the pack; rough ground is drawn around the camera's target only. One Film a thread.
// Errors: the constructor throws core::UserError when the body's shape cannot be made or its pack is damaged.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "studio/png.h"
#include "studio/raster.h"

namespace manybody::body {
struct Body;
}
namespace manybody::physics {
struct Inspection;
}

namespace manybody::studio {

struct FilmOptions {
  int width = 640, height = 480;
  double azimuth_deg = -55, elevation_deg = 10;
  double distance_m = 0;               // 0: so that the whole body fits
  bool follow = true;                  // the root link's x and y; false: looks at `target`
  std::array<double, 2> target{0, 0};  // m
  bool contact_forces = true;
  std::function<double(double x, double y)> ground;  // height of rough ground, m; empty: the plane z = 0
  std::string title;                                 // at the bottom of each picture
};

// One colour of one link, in the link's frame.
struct Solid {
  int link = 0;
  std::array<float, 3> colour{0.7f, 0.7f, 0.7f};
  Surface surface;
};
// The parts of a mesh pack (docs/protocol.md), compressed or not.
std::vector<Solid> read_solids(std::string_view pack, const std::string& where);

class Film {
 public:
  Film(const body::Body& body, FilmOptions options);
  // height, m: what has to fit the picture; weight, N: the force drawn a quarter of that long.
  Film(std::vector<Solid> solids, double height, double weight, FilmOptions options);

  // overlay: words at the top left, '\n' for lines.
  Image render(const physics::Inspection& now, std::string_view overlay = "");
  FilmOptions& options() { return options_; }  // all but the size may change between pictures

 private:
  Stage stage_at(double x, double y) const;
  void draw_links(const physics::Inspection& now);
  void draw_forces(const physics::Inspection& now);
  void draw_ground(double x, double y);

  FilmOptions options_;
  std::vector<Solid> solids_;
  double height_ = 1, weight_ = 1;
  int links_ = 0;
  Raster raster_;
  Surface shaft_, tip_, ground_;
  std::vector<Drawn> drawn_;
};

// A contact sheet, row by row, all cells as large as the largest image.
Image strip(std::span<const Image> images, int columns);

}  // namespace manybody::studio
