#include "studio/raster.h"

#include "core/error.h"
#include "studio/scan.h"
#include "studio/shadow.h"

namespace manybody::studio {
namespace {

constexpr float kNear = 0.05f;       // m
constexpr int kSamples = 2;          // along each side of a pixel
constexpr float kMarkNearer = 1.2f;  // marks show through what is at most this much nearer
constexpr float kBlack = 0.022f;     // how dark a surface may be: shape must show on black robots too

// ---- Light and colours, linear ----------------------------------------------------------------------------------------------

constexpr Vec3f kSun{2.25f, 2.15f, 2.00f}, kSky{0.50f, 0.56f, 0.66f}, kBounce{0.24f, 0.23f, 0.22f};
constexpr Vec3f kHorizon{0.34f, 0.42f, 0.50f}, kZenith{0.07f, 0.11f, 0.17f};
constexpr Vec3f kTileLight{0.155f, 0.175f, 0.20f}, kTileDark{0.115f, 0.135f, 0.16f};

// Linear light to a byte: a straight line to three quarters, then a shoulder, then the sRGB curve.
class Tone {
 public:
  Tone() {
    for (size_t i = 0; i < kSteps; ++i) {
      float v = float(i) / kPerUnit;
      if (v > kKnee) v = 1 - (1 - kKnee) * std::exp((kKnee - v) / (1 - kKnee));
      v = v <= 0.0031308f ? 12.92f * v : 1.055f * std::pow(v, 1 / 2.4f) - 0.055f;
      bytes_[i] = static_cast<uint8_t>(std::clamp(255 * v + 0.5f, 0.0f, 255.0f));
    }
  }
  void write(Vec3f colour, uint8_t* rgb) const { rgb[0] = at(colour.x), rgb[1] = at(colour.y), rgb[2] = at(colour.z); }

 private:
  static constexpr size_t kSteps = 16384;
  static constexpr float kPerUnit = 4096, kKnee = 0.75f;
  uint8_t at(float v) const { return v > 0 ? bytes_[size_t(std::min(v * kPerUnit + 0.5f, float(kSteps - 1)))] : 0; }  // NaN: 0
  std::array<uint8_t, kSteps> bytes_;
};
const Tone& tone() {
  static const Tone table;
  return table;
}

float linear(float srgb) {
  srgb = std::clamp(srgb, 0.0f, 1.0f);
  return srgb <= 0.04045f ? srgb / 12.92f : std::pow((srgb + 0.055f) / 1.055f, 2.4f);
}

Vec3f vec(const std::array<double, 3>& v) { return {float(v[0]), float(v[1]), float(v[2])}; }
Vec3f vec(const float* v) { return {v[0], v[1], v[2]}; }

Vec3f turn(const std::array<float, 12>& m, Vec3f v) {
  return {m[0] * v.x + m[1] * v.y + m[2] * v.z, m[4] * v.x + m[5] * v.y + m[6] * v.z, m[8] * v.x + m[9] * v.y + m[10] * v.z};
}
Vec3f move(const std::array<float, 12>& m, Vec3f v) { return turn(m, v) + Vec3f{m[3], m[7], m[11]}; }

// Mean over a box of a square wave of ±1 that changes sign every unit: the integral is a triangle wave.
float wave_mean(float at, float width) {
  auto integral = [](float v) {
    const float half = v / 2, whole = float(int(half));
    const float t = std::abs(half - whole);  // the wave is even, so that rounding towards zero will do
    return t < 0.5f ? 2 * t : 2 - 2 * t;
  };
  return std::clamp((integral(at + width / 2) - integral(at - width / 2)) / width, -1.0f, 1.0f);
}

}  // namespace

// ---- Surfaces ---------------------------------------------------------------------------------------------------------------

Surface make_surface(std::vector<float> points, std::vector<uint32_t> corners, double crease_rad) {
  Surface out{std::move(points), std::move(corners), {}};
  const size_t triangles = out.corners.size() / 3, vertices = out.points.size() / 3;
  auto point = [&](size_t corner) { return vec(out.points.data() + 3 * out.corners[corner]); };
  std::vector<Vec3f> face(triangles);
  std::vector<float> angle(3 * triangles);
  std::vector<uint32_t> first(vertices + 1, 0), around(3 * triangles);  // the corners at each vertex
  for (size_t t = 0; t < triangles; ++t) {
    const Vec3f p[3] = {point(3 * t), point(3 * t + 1), point(3 * t + 2)};
    face[t] = unit(cross(p[1] - p[0], p[2] - p[0]));
    for (size_t k = 0; k < 3; ++k) {
      const Vec3f a = unit(p[(k + 1) % 3] - p[k]), b = unit(p[(k + 2) % 3] - p[k]);
      angle[3 * t + k] = std::acos(std::clamp(dot(a, b), -1.0f, 1.0f));
      ++first[out.corners[3 * t + k] + 1];
    }
  }
  for (size_t v = 0; v < vertices; ++v) first[v + 1] += first[v];
  std::vector<uint32_t> next(first.begin(), first.end() - 1);
  for (size_t c = 0; c < 3 * triangles; ++c) around[next[out.corners[c]]++] = static_cast<uint32_t>(c);
  out.normals.reserve(9 * triangles);
  const float least = float(std::cos(crease_rad));
  for (size_t c = 0; c < 3 * triangles; ++c) {
    Vec3f sum;
    for (uint32_t i = first[out.corners[c]]; i < first[out.corners[c] + 1]; ++i) {
      const Vec3f other = face[around[i] / 3];
      if (dot(other, face[c / 3]) >= least) sum = sum + angle[around[i]] * other;
    }
    const Vec3f n = dot(sum, sum) > 1e-12f ? unit(sum) : face[c / 3];
    out.normals.insert(out.normals.end(), {n.x, n.y, n.z});
  }
  return out;
}

// ---- One picture ------------------------------------------------------------------------------------------------------------

struct RasterState {
  int width, height;
  Stage stage;
  std::span<const Drawn> drawn;
  Vec3f eye, right, down, forward, to_sun, to_fill;
  float focal = 1;                   // in samples
  std::vector<Vec3f> world, screen;  // vertices; screen: x, y in samples, inverse depth
  std::vector<uint32_t> corners;     // vertices of all triangles
  std::vector<uint16_t> owner;       // of each triangle: index in `drawn`
  std::vector<uint32_t> first;       // of each drawn thing: its first triangle
  std::vector<Vec3f> paint;          // of each drawn thing, linear
  std::vector<float> depth;          // of each sample: inverse, so that nearer is more
  std::vector<uint32_t> seen;        // of each sample: triangle + 1, 0 for the background
  Shadow shadow;

  void aim();
  void gather();
  void project();
  void draw_floor_depth();
  void draw_triangles();
  Vec3f ray(float x, float y) const;
  Vec3f background(int x, int y) const;
  Vec3f floor_colour(Vec3f at, Vec3f normal, float footprint_x, float footprint_y) const;
  Vec3f shade(uint32_t triangle, float x, float y) const;
  Vec3f light_figure(Vec3f paint_colour, Vec3f at, Vec3f normal, Vec3f to_eye) const;
  Vec3f pixel(int x, int y) const;
};

void RasterState::aim() {
  eye = vec(stage.camera.eye);
  forward = unit(vec(stage.camera.target) - eye);
  right = unit(cross(forward, {0, 0, 1}));
  if (std::abs(forward.z) > 0.9999f) right = {0, -1, 0};
  down = cross(forward, right);
  to_sun = unit(vec(stage.to_sun));
  to_fill = unit(Vec3f{-to_sun.x, -to_sun.y, 0.4f});
  focal = float(kSamples * height) / (2 * std::tan(float(stage.camera.fov_rad) / 2));
}

void RasterState::gather() {
  world.clear(), corners.clear(), owner.clear(), first.clear(), paint.clear();
  MB_CHECK(drawn.size() < 65536);
  for (size_t d = 0; d < drawn.size(); ++d) {
    const Surface& s = *drawn[d].surface;
    const auto start = static_cast<uint32_t>(world.size());
    first.push_back(static_cast<uint32_t>(owner.size()));
    const Vec3f pure{linear(drawn[d].colour[0]), linear(drawn[d].colour[1]), linear(drawn[d].colour[2])};
    paint.push_back(drawn[d].kind == Drawn::Kind::mark ? pure : Vec3f{kBlack, kBlack, kBlack} + (1 - kBlack) * pure);
    for (size_t i = 0; i + 2 < s.points.size(); i += 3) world.push_back(move(drawn[d].pose, vec(s.points.data() + i)));
    for (const uint32_t c : s.corners) corners.push_back(start + c);
    owner.resize(corners.size() / 3, static_cast<uint16_t>(d));
  }
}

void RasterState::project() {
  screen.resize(world.size());
  const float middle_x = float(kSamples * width) / 2, middle_y = float(kSamples * height) / 2;
  for (size_t i = 0; i < world.size(); ++i) {
    const Vec3f p = world[i] - eye;
    const float z = dot(forward, p), per_z = z > kNear ? 1 / z : 0;  // 0 marks what lies behind
    screen[i] = {middle_x + focal * per_z * dot(right, p), middle_y + focal * per_z * dot(down, p), per_z};
  }
}

Vec3f RasterState::ray(float x, float y) const {  // (x, y) in samples; one metre deep
  return forward + ((x - float(kSamples * width) / 2) / focal) * right + ((y - float(kSamples * height) / 2) / focal) * down;
}

// The inverse depth of a plane is affine on the screen.
void RasterState::draw_floor_depth() {
  const size_t samples = size_t(width) * size_t(height) * kSamples * kSamples;
  seen.assign(samples, 0);
  depth.assign(samples, 0);
  if (!stage.plane || eye.z <= 0) return;
  size_t i = 0;
  for (int y = 0; y < kSamples * height; ++y) {
    const float start = -ray(0.5f, float(y) + 0.5f).z / eye.z, step = -right.z / focal / eye.z;
    for (int x = 0; x < kSamples * width; ++x) depth[i++] = std::max(0.0f, start + float(x) * step);
  }
}

void RasterState::draw_triangles() {
  for (uint32_t t = 0; t < owner.size(); ++t) {
    const Vec3f &a = screen[corners[3 * t]], &b = screen[corners[3 * t + 1]], &c = screen[corners[3 * t + 2]];
    if (a.z <= 0 || b.z <= 0 || c.z <= 0) continue;
    const float nearer = drawn[owner[t]].kind == Drawn::Kind::mark ? kMarkNearer : 1;
    scan_triangle(a, b, c, kSamples * width, kSamples * height, [&](size_t i, float z) {
      if (nearer * z > depth[i]) depth[i] = nearer * z, seen[i] = t + 1;
    });
  }
}

// ---- Shading ----------------------------------------------------------------------------------------------------------------

Vec3f RasterState::floor_colour(Vec3f at, Vec3f normal, float footprint_x, float footprint_y) const {
  const Vec3f away = at - vec(stage.camera.target);
  const float far = (away.x * away.x + away.y * away.y) / float(stage.reach_m * stage.reach_m);
  if (far >= 1) return kHorizon;
  const float tile = float(stage.tile_m);
  const float check = wave_mean(at.x / tile, footprint_x / tile) * wave_mean(at.y / tile, footprint_y / tile);
  const Vec3f colour = mix(kTileDark, kTileLight, 0.5f + 0.5f * check);
  const float sun = shadow.sun_on_floor(at) * std::max(0.0f, dot(normal, to_sun));
  const Vec3f lit = colour * (shadow.sky_on_floor(at) * (sun * kSun + kSky));
  return mix(kHorizon, lit, (1 - far) * (1 - far));
}

Vec3f RasterState::background(int x, int y) const {
  const Vec3f d = ray(kSamples * (float(x) + 0.5f), kSamples * (float(y) + 0.5f));
  if (d.z < -1e-4f && eye.z > 0) {
    const float t = -eye.z / d.z, pixel = kSamples / focal;
    const Vec3f across = right - (right.z / d.z) * d, along = down - (down.z / d.z) * d;  // how the point moves on the floor
    const float fx = t * pixel * (std::abs(across.x) + std::abs(along.x));
    const float fy = t * pixel * (std::abs(across.y) + std::abs(along.y));
    return floor_colour(eye + t * d, {0, 0, 1}, std::max(fx, 1e-5f), std::max(fy, 1e-5f));
  }
  const float up = std::clamp(unit(d).z / 0.45f, 0.0f, 1.0f);
  return mix(kHorizon, kZenith, up * (2 - up));
}

Vec3f RasterState::light_figure(Vec3f colour, Vec3f at, Vec3f normal, Vec3f to_eye) const {
  const float facing = dot(normal, to_sun);
  const float sun = facing > 0 ? facing * shadow.sun_on_figure(at, normal) : 0;
  const float upward = 0.5f + 0.5f * normal.z;
  const float fill = 0.22f * std::max(0.0f, dot(normal, to_fill));
  Vec3f light = sun * kSun + mix(kBounce, kSky, upward) + fill * kSky;
  Vec3f out = colour * (0.9f * light);
  const float shine = std::max(0.0f, dot(normal, unit(to_sun + to_eye)));
  const float s2 = shine * shine, s4 = s2 * s2, s8 = s4 * s4, s32 = s8 * s8 * s8 * s8;
  const float straight = std::clamp(dot(normal, to_eye), 0.0f, 1.0f), rim = 1 - straight;
  const float mirrored_up = 2 * straight * normal.z - to_eye.z;  // of the direction that a mirror would show
  const float glance = 0.045f + 0.25f * rim * rim * rim * rim;   // Schlick, with a weak edge
  const Vec3f room = mix(kBounce, kSky, std::clamp(0.5f + 0.8f * mirrored_up, 0.0f, 1.0f));
  return out + (sun * 0.10f * s32) * kSun + glance * room;
}

// (x, y): where in the triangle, in samples.
Vec3f RasterState::shade(uint32_t triangle, float x, float y) const {
  const uint32_t* corner = corners.data() + 3 * triangle;
  const Vec3f &a = screen[corner[0]], &b = screen[corner[1]], &c = screen[corner[2]];
  const float area = (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y), per_area = area != 0 ? 1 / area : 0;
  float wb = std::clamp(((x - a.x) * (c.y - a.y) - (c.x - a.x) * (y - a.y)) * per_area, 0.0f, 1.0f);
  float wc = std::clamp(((b.x - a.x) * (y - a.y) - (x - a.x) * (b.y - a.y)) * per_area, 0.0f, 1.0f);
  float wa = std::max(0.0f, 1 - wb - wc) * a.z;  // perspective: weights by inverse depth
  wb *= b.z, wc *= c.z;
  const float per_sum = 1 / (wa + wb + wc);
  wa *= per_sum, wb *= per_sum, wc *= per_sum;
  const Vec3f at = wa * world[corner[0]] + wb * world[corner[1]] + wc * world[corner[2]];
  const uint16_t d = owner[triangle];
  const float* n = drawn[d].surface->normals.data() + 9 * size_t(triangle - first[d]);
  Vec3f normal = unit(turn(drawn[d].pose, wa * vec(n) + wb * vec(n + 3) + wc * vec(n + 6)));
  const Vec3f to_eye = unit(eye - at);
  const Vec3f face = cross(world[corner[1]] - world[corner[0]], world[corner[2]] - world[corner[0]]);
  if (dot(face, to_eye) < 0) normal = -1 * normal;  // an open surface from behind
  if (drawn[d].kind == Drawn::Kind::ground) {
    const float footprint = std::max(kSamples / focal * dot(forward, at - eye), 1e-5f);
    const float slant = 1 / std::max(0.15f, std::abs(to_eye.z));
    return floor_colour(at, normal, footprint * slant, footprint * slant);
  }
  if (drawn[d].kind == Drawn::Kind::mark) return (0.75f + 0.35f * std::abs(dot(normal, to_eye))) * paint[d];
  return light_figure(paint[d], at, normal, to_eye);
}

// Each triangle seen in a pixel is shaded once, where its samples are on average.
Vec3f RasterState::pixel(int x, int y) const {
  constexpr int kCount = kSamples * kSamples;
  uint32_t id[kCount];
  for (int k = 0; k < kCount; ++k)
    id[k] = seen[size_t(kSamples * y + k / kSamples) * size_t(kSamples * width) + size_t(kSamples * x + k % kSamples)];
  if (std::all_of(id, id + kCount, [](uint32_t i) { return i == 0; })) return background(x, y);
  Vec3f sum;
  for (int k = 0; k < kCount; ++k) {
    if (k > 0 && std::find(id, id + k, id[k]) != id + k) continue;
    float share = 0, at_x = 0, at_y = 0;
    for (int j = k; j < kCount; ++j) {
      if (id[j] != id[k]) continue;
      share += 1, at_x += float(j % kSamples) + 0.5f, at_y += float(j / kSamples) + 0.5f;
    }
    at_x = float(kSamples * x) + at_x / share, at_y = float(kSamples * y) + at_y / share;
    sum = sum + (share / kCount) * (id[k] == 0 ? background(x, y) : shade(id[k] - 1, at_x, at_y));
  }
  return sum;
}

Raster::Raster(int width, int height) : state_(std::make_unique<RasterState>()) {
  MB_CHECK(width > 0 && height > 0);
  state_->width = width, state_->height = height;
}
Raster::~Raster() = default;
Raster::Raster(Raster&&) noexcept = default;

void Raster::render(const Stage& stage, std::span<const Drawn> drawn, Image& out) {
  RasterState& s = *state_;
  s.stage = stage;
  // What throws a shadow comes first, so that its triangles are one span.
  std::vector<Drawn> sorted(drawn.begin(), drawn.end());
  std::stable_partition(sorted.begin(), sorted.end(), [](const Drawn& d) { return d.kind == Drawn::Kind::figure; });
  s.drawn = sorted;
  s.aim();
  s.gather();
  s.project();
  size_t figures = 0;
  while (figures < s.owner.size() && sorted[s.owner[figures]].kind == Drawn::Kind::figure) ++figures;
  uint32_t used = 0;
  for (size_t i = 0; i < 3 * figures; ++i) used = std::max(used, s.corners[i] + 1);
  s.shadow.build(std::span(s.world).first(used), std::span(s.corners).first(3 * figures), s.to_sun);
  s.draw_floor_depth();
  s.draw_triangles();
  if (out.width != s.width || out.height != s.height) out = Image(s.width, s.height);
  for (int y = 0; y < s.height; ++y)
    for (int x = 0; x < s.width; ++x) tone().write(s.pixel(x, y), out.pixel(x, y));
}

}  // namespace manybody::studio
