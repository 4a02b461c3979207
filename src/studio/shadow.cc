#include "studio/shadow.h"

namespace manybody::studio {
namespace {

constexpr int kSize = 512;           // samples of the sun's map
constexpr float kUsed = 0.8f;        // of its width: the rest is room for soft edges
constexpr float kSunSpread = 0.07f;  // tangent of the sun's half angle: larger than the real one, as in a studio
constexpr float kNothing = -1e30f;
constexpr float kLayerHeights[] = {0, 0.06f, 0.2f, 0.5f, 1};  // of the figure's height
constexpr float kSkyReach = 0.10f;                            // what is higher over the floor, m, hides no sky worth drawing
constexpr float kBuried = 0.1f;                               // what is deeper, m, throws no shadow on the floor
constexpr float kSkyLoss = 0.75f;
constexpr int kSkyCells = 256;

}  // namespace

float Shadow::Map::smooth(float px, float py) const {
  const float u = (px - left) / cell - 0.5f, v = (py - low) / cell - 0.5f;
  if (!(u >= 0 && v >= 0 && u < float(width - 1) && v < float(height - 1))) return 0;
  const int i = int(u), j = int(v);
  const float fu = u - float(i), fv = v - float(j);
  const float* at = values.data() + size_t(j) * size_t(width) + size_t(i);
  const float* below = at + width;
  return (1 - fv) * ((1 - fu) * at[0] + fu * at[1]) + fv * ((1 - fu) * below[0] + fu * below[1]);
}

// Three running means of 2 * radius + 1 samples in each direction: nearly a Gaussian.
void Shadow::Map::blur(int radius, std::vector<float>& scratch) {
  if (radius <= 0) return;
  const float share = 1 / float(2 * radius + 1);
  const auto w = size_t(width), h = size_t(height), r = size_t(radius);
  for (int repeat = 0; repeat < 3; ++repeat) {
    scratch.assign(w * h, 0);
    for (size_t y = 0; y < h; ++y) {
      const float* in = values.data() + y * w;
      float* out = scratch.data() + y * w;
      float sum = 0;
      for (size_t x = 0; x < std::min(r, w); ++x) sum += in[x];
      for (size_t x = 0; x < w; ++x) {
        if (x + r < w) sum += in[x + r];
        if (x > r) sum -= in[x - r - 1];
        out[x] = sum * share;
      }
    }
    std::vector<float> sums(w, 0);  // of each column: whole rows at a time, as memory likes it
    auto add_row = [&](size_t y, float factor) {
      const float* in = scratch.data() + y * w;
      for (size_t x = 0; x < w; ++x) sums[x] += factor * in[x];
    };
    for (size_t y = 0; y < std::min(r, h); ++y) add_row(y, 1);
    for (size_t y = 0; y < h; ++y) {
      if (y + r < h) add_row(y + r, 1);
      if (y > r) add_row(y - r - 1, -1);
      for (size_t x = 0; x < w; ++x) values[y * w + x] = sums[x] * share;
    }
  }
}

void Shadow::build(std::span<const Vec3f> points, std::span<const uint32_t> corners, Vec3f to_sun) {
  to_sun_ = unit(to_sun);
  right_ = unit(cross({0, 0, 1}, to_sun_));
  if (std::abs(to_sun_.z) > 0.999f) right_ = {1, 0, 0};
  up_ = cross(to_sun_, right_);
  if (points.empty()) {
    nearest_.values.clear(), floor_sun_.values.clear(), floor_sky_.values.clear();
    nearest_.width = floor_sun_.width = floor_sky_.width = 0;
    return;
  }
  place(points);
  draw_sun_maps(corners);
  draw_floor_shadow();
  draw_floor_sky(points, corners);
}

void Shadow::place(std::span<const Vec3f> points) {
  mapped_.resize(points.size());
  Vec3f low{1e30f, 1e30f, 0}, high{-1e30f, -1e30f, 0};
  top_ = 0.1f;
  for (size_t i = 0; i < points.size(); ++i) {
    const Vec3f p = mapped_[i] = in_sun_frame(points[i]);
    low = {std::min(low.x, p.x), std::min(low.y, p.y), 0};
    high = {std::max(high.x, p.x), std::max(high.y, p.y), 0};
    top_ = std::max(top_, points[i].z);
  }
  const float extent = std::max({high.x - low.x, high.y - low.y, 0.01f}) / kUsed;
  nearest_.width = nearest_.height = kSize;
  nearest_.cell = extent / kSize;
  nearest_.left = (low.x + high.x - extent) / 2;
  nearest_.low = (low.y + high.y - extent) / 2;
  for (Vec3f& p : mapped_) p = {(p.x - nearest_.left) / nearest_.cell, (p.y - nearest_.low) / nearest_.cell, p.z};
}

void Shadow::draw_sun_maps(std::span<const uint32_t> corners) {
  nearest_.values.assign(size_t(kSize) * kSize, kNothing);
  lowest_.values.assign(size_t(kSize) * kSize, -kNothing);
  float* nearest = nearest_.values.data();
  float* lowest = lowest_.values.data();
  for (size_t t = 0; t + 2 < corners.size(); t += 3) {
    scan_triangle(mapped_[corners[t]], mapped_[corners[t + 1]], mapped_[corners[t + 2]], kSize, kSize, [&](size_t i, float z) {
      nearest[i] = std::max(nearest[i], z);
      lowest[i] = std::min(lowest[i], z);
    });
  }
}

// Each covered sample belongs to the two layers next to its height; a layer's edge is as soft as the sun is wide from there.
void Shadow::draw_floor_shadow() {
  constexpr int kHalf = kSize / 2;
  floor_sun_ = {kHalf, kHalf, nearest_.left, nearest_.low, 2 * nearest_.cell, std::move(floor_sun_.values)};
  floor_sun_.values.assign(size_t(kHalf) * kHalf, 0);
  for (Map& layer : layers_) {
    layer = {kHalf, kHalf, floor_sun_.left, floor_sun_.low, floor_sun_.cell, std::move(layer.values)};
    layer.values.assign(size_t(kHalf) * kHalf, 0);
  }
  for (int j = 0; j < kSize; ++j) {
    const float row_z = (nearest_.low + (float(j) + 0.5f) * nearest_.cell) * up_.z;  // right_ is level
    for (int i = 0; i < kSize; ++i) {
      const float toward = lowest_.values[size_t(j) * kSize + size_t(i)];
      if (toward == -kNothing) continue;
      const float z = row_z + toward * to_sun_.z, height = std::clamp(z / top_, 0.0f, 1.0f);
      if (z < -kBuried) continue;
      size_t k = 0;
      while (k + 2 < kLayers && height >= kLayerHeights[k + 1]) ++k;
      const float share = (height - kLayerHeights[k]) / (kLayerHeights[k + 1] - kLayerHeights[k]);
      const size_t cell = size_t(j / 2) * kHalf + size_t(i / 2);
      layers_[k].values[cell] += 0.25f * (1 - share);
      layers_[k + 1].values[cell] += 0.25f * share;
    }
  }
  for (size_t k = 0; k < kLayers; ++k) {
    const float spread = kLayerHeights[k] * top_ / std::max(to_sun_.z, 0.2f) * kSunSpread / floor_sun_.cell;
    layers_[k].blur(std::min(int(spread / 2 + 0.5f), kHalf / 8), scratch_);
    for (size_t i = 0; i < layers_[k].values.size(); ++i) floor_sun_.values[i] += layers_[k].values[i];
  }
}

void Shadow::draw_floor_sky(std::span<const Vec3f> points, std::span<const uint32_t> corners) {
  auto is_low = [&](size_t t) {
    const float low = std::min({points[corners[t]].z, points[corners[t + 1]].z, points[corners[t + 2]].z});
    return low < kSkyReach && low > -kBuried;
  };
  float low_x = 1e30f, low_y = 1e30f, high_x = -1e30f, high_y = -1e30f;
  for (size_t t = 0; t + 2 < corners.size(); t += 3) {
    if (!is_low(t)) continue;
    for (size_t k = 0; k < 3; ++k) {
      const Vec3f& p = points[corners[t + k]];
      low_x = std::min(low_x, p.x), high_x = std::max(high_x, p.x);
      low_y = std::min(low_y, p.y), high_y = std::max(high_y, p.y);
    }
  }
  floor_sky_.width = floor_sky_.height = 0;
  if (low_x > high_x) return;
  const float margin = 2 * kSkyReach, extent = std::max(high_x - low_x, high_y - low_y) + 2 * margin;
  floor_sky_ = {kSkyCells, kSkyCells, low_x - margin, low_y - margin, std::max(extent / kSkyCells, 0.004f), {}};
  floor_sky_.values.assign(size_t(kSkyCells) * kSkyCells, 0);
  float* lost = floor_sky_.values.data();
  auto corner = [&](uint32_t i) {
    const Vec3f& p = points[i];
    return Vec3f{(p.x - floor_sky_.left) / floor_sky_.cell, (p.y - floor_sky_.low) / floor_sky_.cell, p.z};
  };
  for (size_t t = 0; t + 2 < corners.size(); t += 3) {
    if (!is_low(t)) continue;
    const Vec3f a = corner(corners[t]), b = corner(corners[t + 1]), c = corner(corners[t + 2]);
    scan_triangle(a, b, c, kSkyCells, kSkyCells, [&](size_t i, float z) {
      const float near = std::clamp(1 - z / kSkyReach, 0.0f, 1.0f);
      lost[i] = std::max(lost[i], kSkyLoss * near * near);
    });
  }
  floor_sky_.blur(std::max(1, int(0.012f / floor_sky_.cell + 0.5f)), scratch_);
}

float Shadow::sun_on_figure(Vec3f at, Vec3f normal) const {
  if (nearest_.width == 0) return 1;
  const Vec3f p = in_sun_frame(at + 2.5f * nearest_.cell * normal);
  const float u = (p.x - nearest_.left) / nearest_.cell - 0.5f, v = (p.y - nearest_.low) / nearest_.cell - 0.5f;
  const int i = int(std::floor(u)), j = int(std::floor(v));
  if (i < 1 || j < 1 || i + 2 >= nearest_.width || j + 2 >= nearest_.height) return 1;
  const float fu = u - float(i), fv = v - float(j), limit = p.z + 2 * nearest_.cell;
  const float column[4] = {1 - fu, 1, 1, fu}, row[4] = {1 - fv, 1, 1, fv};  // a mean over 3 x 3, sliding smoothly
  float open = 0;
  for (int b = 0; b < 4; ++b) {
    const float* line = nearest_.values.data() + size_t(j - 1 + b) * size_t(nearest_.width) + size_t(i - 1);
    for (int a = 0; a < 4; ++a) open += line[a] <= limit ? row[b] * column[a] : 0;
  }
  return open / 9;
}

float Shadow::sun_on_floor(Vec3f at) const {
  const Vec3f p = in_sun_frame(at);
  return 1 - std::min(floor_sun_.smooth(p.x, p.y), 1.0f);
}

float Shadow::sky_on_floor(Vec3f at) const { return 1 - floor_sky_.smooth(at.x, at.y); }

}  // namespace manybody::studio
