// How much of the sun and of the sky reaches a place, for a figure that stands on a floor near z = 0.
//
// Reads: the figure's triangles in the world (z up, m) and the direction to the sun.
// Writes: shares from 0 (dark) to 1 (open).
// Method: a parallel shadow map with percentage-closer filtering (Reeves et al. 1987) for the figure itself. For the floor
//         the same map's lowest surfaces, in layers by their height, each blurred as wide as the sun's disc spreads there.
//         Sky on the floor: a height map of what is close to it, blurred.
// Limits: nothing outside the figure's own triangles throws a shadow; heights count from z = 0.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "studio/scan.h"

namespace manybody::studio {

class Shadow {
 public:
  // corners: three indices of `points` a triangle. to_sun: unit, upwards.
  void build(std::span<const Vec3f> points, std::span<const uint32_t> corners, Vec3f to_sun);

  float sun_on_figure(Vec3f at, Vec3f normal) const;
  float sun_on_floor(Vec3f at) const;
  float sky_on_floor(Vec3f at) const;

 private:
  static constexpr size_t kLayers = 5;
  // A picture in a plane; its first sample's corner lies at (left, low).
  struct Map {
    int width = 0, height = 0;
    float left = 0, low = 0, cell = 1;  // m
    std::vector<float> values;
    float smooth(float px, float py) const;  // bilinear, 0 outside
    void blur(int radius, std::vector<float>& scratch);
  };
  void place(std::span<const Vec3f> points);
  void draw_sun_maps(std::span<const uint32_t> corners);
  void draw_floor_shadow();
  void draw_floor_sky(std::span<const Vec3f> points, std::span<const uint32_t> corners);
  Vec3f in_sun_frame(Vec3f p) const { return {dot(right_, p), dot(up_, p), dot(to_sun_, p)}; }

  Vec3f right_, up_, to_sun_;
  float top_ = 1;              // of the figure, m
  std::vector<Vec3f> mapped_;  // vertices in samples of nearest_, z towards the sun
  Map nearest_, lowest_;       // towards the sun; away from it
  Map floor_sun_, floor_sky_, layers_[kLayers];
  std::vector<float> scratch_;
};

}  // namespace manybody::studio
