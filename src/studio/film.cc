#include "studio/film.h"

#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <numbers>

#include "body/body.h"
#include "core/error.h"
#include "physics/batch.h"
#include "studio/mesh_pack.h"

namespace manybody::studio {
using core::operator+, core::operator*;  // Vec3 is a std::array: its own namespace is not searched
namespace {

constexpr double kFov = 0.5;                                // rad
constexpr double kFits = 1.35;                              // heights of the body that a picture holds
constexpr double kSlender = 0.75;                           // of a body's height is its width at most
constexpr double kSunAzimuth = 0.75, kSunElevation = 0.95;  // rad; to the camera's left
constexpr double kGroundStep = 0.05, kGroundHalf = 4;       // m
constexpr float kFar = 1e5f;                                // m: beyond, float has no millimetres left
constexpr size_t kMaxPack = size_t(1) << 28;
constexpr std::array<float, 3> kForceColour{0.98f, 0.45f, 0.10f};

// ---- Mesh packs -------------------------------------------------------------------------------------------------------------

std::string inflated(std::string_view gzip, const std::string& where) {
  z_stream z{};
  MB_CHECK(inflateInit2(&z, 15 + 16) == Z_OK);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data()));
  z.avail_in = static_cast<uInt>(gzip.size());
  std::string out, block(1 << 18, '\0');
  int result = Z_OK;
  while (result == Z_OK && out.size() < kMaxPack) {
    z.next_out = reinterpret_cast<Bytef*>(block.data());
    z.avail_out = static_cast<uInt>(block.size());
    result = inflate(&z, Z_NO_FLUSH);
    out.append(block, 0, block.size() - z.avail_out);
  }
  inflateEnd(&z);
  if (result != Z_STREAM_END) throw core::UserError(where, "the mesh pack is damaged", "a whole gzip stream");
  return out;
}

template <class T>
std::vector<T> list_at(std::string_view payload, size_t offset, size_t count, const std::string& where) {
  if (offset > payload.size() || count > (payload.size() - offset) / sizeof(T)) {
    throw core::UserError(where, "the mesh pack ends early", std::to_string(count) + " values at byte " + std::to_string(offset));
  }
  std::vector<T> list(count);
  if (count > 0) std::memcpy(list.data(), payload.data() + offset, count * sizeof(T));
  return list;
}

Solid read_part(const nlohmann::json& part, std::string_view payload, const std::string& where) {
  Solid solid;
  solid.link = part.at("link");
  for (size_t c = 0; c < 3; ++c) solid.colour[c] = part.at("color").at(c);
  const size_t vertices = part.at("vertices"), indices = part.at("indices");
  const float scale = part.at("scale");
  const std::array<float, 3> origin = part.at("origin");
  const std::array<double, 3> position = part.at("position");
  const std::array<double, 4> rotation = part.at("rotation");
  const auto packed = list_at<uint16_t>(payload, part.at("offset_vertices"), 3 * vertices, where);
  std::vector<float> points;
  points.reserve(packed.size());
  for (size_t i = 0; i + 2 < packed.size(); i += 3) {
    const core::Vec3 local{origin[0] + scale * packed[i], origin[1] + scale * packed[i + 1], origin[2] + scale * packed[i + 2]};
    for (const double v : position + core::rotate(rotation, local)) points.push_back(static_cast<float>(v));
  }
  std::vector<uint32_t> corners;
  if (vertices < 65536) {
    const auto small = list_at<uint16_t>(payload, part.at("offset_indices"), indices, where);
    corners.assign(small.begin(), small.end());
  } else {
    corners = list_at<uint32_t>(payload, part.at("offset_indices"), indices, where);
  }
  for (const uint32_t c : corners) {
    if (c < vertices) continue;
    throw core::UserError(where, "the mesh pack names vertex " + std::to_string(c), "less than " + std::to_string(vertices));
  }
  corners.resize(corners.size() / 3 * 3);
  solid.surface = make_surface(std::move(points), std::move(corners));
  return solid;
}

// ---- Arrows -----------------------------------------------------------------------------------------------------------------

// Of height 1 along z, from the radius at its foot to the one at its top.
Surface make_cone(float foot, float top) {
  constexpr int kSides = 16;
  std::vector<float> points;
  std::vector<uint32_t> corners;
  for (int i = 0; i < kSides; ++i) {
    const double a = 2 * std::numbers::pi * i / kSides;
    const auto x = static_cast<float>(std::cos(a)), y = static_cast<float>(std::sin(a));
    points.insert(points.end(), {foot * x, foot * y, 0, top * x, top * y, 1});
    const uint32_t at = 2 * static_cast<uint32_t>(i), next = (at + 2) % (2 * kSides), foot_middle = 2 * kSides;
    corners.insert(corners.end(), {at, next, at + 1, next, next + 1, at + 1, next, at, foot_middle});
    corners.insert(corners.end(), {at + 1, next + 1, foot_middle + 1});
  }
  points.insert(points.end(), {0, 0, 0, 0, 0, 1});
  return make_surface(std::move(points), std::move(corners));
}

// z of the surface becomes `along`, scaled; its other axes are scaled by `wide`.
std::array<float, 12> pose_along(const core::Vec3& foot, const core::Vec3& along, double wide) {
  const core::Vec3 z = (1 / core::norm(along)) * along;
  const core::Vec3 other = std::abs(z[0]) < 0.8 ? core::Vec3{1, 0, 0} : core::Vec3{0, 1, 0};
  core::Vec3 x = core::cross(other, z);
  x = (1 / core::norm(x)) * x;
  const core::Vec3 y = core::cross(z, x);
  std::array<float, 12> pose;
  for (size_t i = 0; i < 3; ++i) {
    const double row[4] = {wide * x[i], wide * y[i], along[i], foot[i]};
    for (size_t j = 0; j < 4; ++j) pose[4 * i + j] = static_cast<float>(row[j]);
  }
  return pose;
}

std::array<float, 12> link_pose(const float* p) {
  const core::Quat q = core::normalized({p[3], p[4], p[5], p[6]});
  std::array<float, 12> pose;
  for (size_t j = 0; j < 3; ++j) {
    core::Vec3 axis{};
    axis[j] = 1;
    const core::Vec3 turned = core::rotate(q, axis);
    for (size_t i = 0; i < 3; ++i) pose[4 * i + j] = static_cast<float>(turned[i]);
  }
  for (size_t i = 0; i < 3; ++i) pose[4 * i + 3] = p[i];
  return pose;
}

std::vector<Solid> solids_of(const body::Body& body) {
  return read_solids(load_mesh_pack(body, mesh_cache_directory())->gzip, body.name);
}

}  // namespace

std::vector<Solid> read_solids(std::string_view pack, const std::string& where) {
  const std::string raw = pack.starts_with("\x1f\x8b") ? inflated(pack, where) : std::string(pack);
  uint32_t length = 0;
  if (raw.size() < 8 || !raw.starts_with("MBM1")) {
    throw core::UserError(where, "is not a mesh pack", "bytes that start with MBM1");
  }
  std::memcpy(&length, raw.data() + 4, 4);
  if (length > raw.size() - 8) {
    throw core::UserError(where, "the mesh pack ends early", std::to_string(length) + " bytes of header");
  }
  std::vector<Solid> solids;
  try {
    const auto header = nlohmann::json::parse(raw.begin() + 8, raw.begin() + 8 + length);
    const std::string_view payload = std::string_view(raw).substr(8 + length);
    for (const auto& part : header.at("parts")) solids.push_back(read_part(part, payload, where));
  } catch (const nlohmann::json::exception& e) {
    throw core::UserError(where, std::string("the mesh pack's header is damaged: ") + e.what(), "the fields of docs/protocol.md");
  }
  return solids;
}

// ---- Film -------------------------------------------------------------------------------------------------------------------

Film::Film(const body::Body& body, FilmOptions options)
    : Film(solids_of(body), body.height, 9.81 * body.mass, std::move(options)) {}

Film::Film(std::vector<Solid> solids, double height, double weight, FilmOptions options)
    : options_(std::move(options)),
      solids_(std::move(solids)),
      height_(std::max(height, 0.05)),
      weight_(std::max(weight, 0.1)),
      raster_(options_.width, options_.height),
      shaft_(make_cone(1, 1)),
      tip_(make_cone(1, 0.01f)) {
  for (const Solid& s : solids_) links_ = std::max(links_, s.link + 1);
}

Stage Film::stage_at(double x, double y) const {
  constexpr double kDegree = std::numbers::pi / 180;
  const double azimuth = options_.azimuth_deg * kDegree, elevation = options_.elevation_deg * kDegree;
  const double narrow = std::max(1.0, kSlender * options_.height / options_.width);
  const double fit = kFits * narrow * height_ / (2 * std::tan(kFov / 2));
  const double distance = options_.distance_m > 0 ? options_.distance_m : fit;
  const double base = options_.ground ? options_.ground(x, y) : 0;
  Stage stage;
  stage.camera.fov_rad = kFov;
  const double level = distance * std::cos(elevation), middle = base + 0.5 * height_;
  stage.camera.target = {x, y, middle};
  stage.camera.eye = {x + level * std::cos(azimuth), y + level * std::sin(azimuth), middle + distance * std::sin(elevation)};
  const double sun = azimuth - kSunAzimuth;
  stage.to_sun = {std::cos(kSunElevation) * std::cos(sun), std::cos(kSunElevation) * std::sin(sun), std::sin(kSunElevation)};
  stage.tile_m = height_ < 0.7 ? 0.1 : 0.25;
  stage.reach_m = 5 * std::max(height_, 0.4);
  stage.plane = !options_.ground;
  return stage;
}

void Film::draw_links(const physics::Inspection& now) {
  MB_CHECK(now.links.size() >= 7 * static_cast<size_t>(links_));
  for (const Solid& s : solids_) {
    if (s.link < 0) continue;
    drawn_.push_back({&s.surface, link_pose(now.links.data() + 7 * s.link), s.colour, Drawn::Kind::figure});
  }
}

void Film::draw_forces(const physics::Inspection& now) {
  if (!options_.contact_forces) return;
  const double wide = 0.012 * height_, per_newton = 0.25 * height_ / weight_;
  for (const physics::ContactPoint& c : now.contacts) {
    const double length = std::min(per_newton * core::norm(c.force), 2 * height_);
    if (!(length > 2 * wide)) continue;
    const core::Vec3 along = (length / core::norm(c.force)) * c.force, head = (4 * wide / length) * along;
    drawn_.push_back({&shaft_, pose_along(c.position, along, 0.6 * wide), kForceColour, Drawn::Kind::mark});
    drawn_.push_back({&tip_, pose_along(c.position + along, head, 1.6 * wide), kForceColour, Drawn::Kind::mark});
  }
}

// A patch around the target, its vertices at fixed places of the world so that it does not swim.
void Film::draw_ground(double x, double y) {
  if (!options_.ground) return;
  const int side = 2 * static_cast<int>(kGroundHalf / kGroundStep);
  const double from_x = std::floor(x / kGroundStep) * kGroundStep - kGroundHalf;
  const double from_y = std::floor(y / kGroundStep) * kGroundStep - kGroundHalf;
  std::vector<float> points;
  std::vector<uint32_t> corners;
  for (int j = 0; j <= side; ++j) {
    for (int i = 0; i <= side; ++i) {
      const double px = from_x + i * kGroundStep, py = from_y + j * kGroundStep;
      for (const double v : {px, py, options_.ground(px, py)}) points.push_back(static_cast<float>(v));
      if (i == side || j == side) continue;
      const auto at = static_cast<uint32_t>(j * (side + 1) + i), above = at + static_cast<uint32_t>(side) + 1;
      corners.insert(corners.end(), {at, at + 1, above + 1, at, above + 1, above});
    }
  }
  ground_ = make_surface(std::move(points), std::move(corners), 1.5);
  drawn_.push_back({&ground_, {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0}, {}, Drawn::Kind::ground});
}

Image Film::render(const physics::Inspection& now, std::string_view overlay) {
  // A diverged world is drawn as what is left of it, from where the camera stood without following.
  const bool root = options_.follow && now.links.size() >= 7 && std::abs(now.links[0]) < kFar && std::abs(now.links[1]) < kFar;
  const double x = root ? now.links[0] : options_.target[0], y = root ? now.links[1] : options_.target[1];
  drawn_.clear();
  draw_links(now);
  draw_forces(now);
  draw_ground(x, y);
  Image image(options_.width, options_.height);
  raster_.render(stage_at(x, y), drawn_, image);
  const int scale = std::max(1, options_.height / 240), margin = 4 * scale;
  draw_label(image, margin, margin, scale, overlay);
  const Extent extent = text_extent(options_.title, scale);
  draw_label(image, margin, options_.height - margin - extent.height - 5 * scale, scale, options_.title);
  return image;
}

Image strip(std::span<const Image> images, int columns) {
  MB_CHECK(!images.empty() && columns > 0);
  constexpr int kGap = 3;
  int width = 0, height = 0;
  for (const Image& i : images) width = std::max(width, i.width), height = std::max(height, i.height);
  const int count = static_cast<int>(images.size()), across = std::min(columns, count), down = (count + across - 1) / across;
  Image sheet(across * (width + kGap) - kGap, down * (height + kGap) - kGap, {250, 250, 252});
  for (int n = 0; n < count; ++n) {
    const Image& image = images[static_cast<size_t>(n)];
    const int left = n % across * (width + kGap), top = n / across * (height + kGap);
    for (int y = 0; y < image.height; ++y)
      std::copy_n(image.pixel(0, y), 3 * static_cast<size_t>(image.width), sheet.pixel(left, top + y));
  }
  return sheet;
}

}  // namespace manybody::studio
