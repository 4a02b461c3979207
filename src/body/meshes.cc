#include "body/meshes.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "body/collada.h"
#include "core/error.h"
#include "core/files.h"

namespace manybody::body {
namespace {

constexpr size_t kLargest = 256u << 20;

bool finite(const Point& p) { return std::isfinite(p[0]) && std::isfinite(p[1]) && std::isfinite(p[2]); }

std::vector<Point> binary_stl(const std::string& bytes) {
  uint32_t faces = 0;
  if (bytes.size() < 84) return {};
  std::memcpy(&faces, bytes.data() + 80, 4);
  if (bytes.size() < 84 + 50 * static_cast<size_t>(faces)) return {};
  std::vector<Point> out(3 * static_cast<size_t>(faces));
  for (size_t f = 0; f < faces; ++f) std::memcpy(out.data() + 3 * f, bytes.data() + 84 + 50 * f + 12, 36);
  return out;
}

// Lines that start with a keyword and three numbers: STL text ("vertex") and OBJ ("v").
std::vector<Point> keyword_lines(const std::string& text, const char* keyword) {
  std::vector<Point> out;
  const size_t n = std::strlen(keyword);
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const size_t first = text.find_first_not_of(" \t", at);
    if (first < end && text.compare(first, n, keyword) == 0 && first + n < end &&
        (text[first + n] == ' ' || text[first + n] == '\t')) {
      Point p{};
      const char* cursor = text.c_str() + first + n;
      for (float& value : p) {
        char* next = nullptr;
        value = std::strtof(cursor, &next);
        if (next == cursor) return {};
        cursor = next;
      }
      out.push_back(p);
    }
    at = end + 1;
  }
  return out;
}

std::vector<Point> msh(const std::string& bytes) {
  int32_t counts[4];  // vertices, normals, texture coordinates, faces
  if (bytes.size() < sizeof(counts)) return {};
  std::memcpy(counts, bytes.data(), sizeof(counts));
  if (counts[0] < 4 || static_cast<size_t>(counts[0]) * 12 + sizeof(counts) > bytes.size()) return {};
  std::vector<Point> out(counts[0]);
  std::memcpy(out.data(), bytes.data() + sizeof(counts), out.size() * 12);
  return out;
}

}  // namespace

std::vector<Point> read_mesh_points(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error || size > kLargest || !std::filesystem::is_regular_file(path, error)) return {};
  std::string extension = std::filesystem::path(path).extension().string(), bytes;
  std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) { return std::tolower(c); });
  try {
    bytes = core::read_file(path);
  } catch (const core::UserError&) {
    return {};
  }
  std::vector<Point> out;
  if (extension == ".stl") {
    out = binary_stl(bytes);
    if (out.empty() && bytes.compare(0, 5, "solid") == 0) out = keyword_lines(bytes, "vertex");
  } else if (extension == ".obj") {
    out = keyword_lines(bytes, "v");
  } else if (extension == ".msh") {
    out = msh(bytes);
  } else if (extension == ".dae") {
    out = read_collada(bytes).points;
  }
  if (out.size() < 4 || !std::all_of(out.begin(), out.end(), finite)) return {};
  return out;
}

std::vector<Point> extreme_points(const std::vector<Point>& points, int directions) {
  if (static_cast<int>(points.size()) <= directions) return points;
  std::vector<size_t> chosen;
  for (int i = 0; i < directions; ++i) {
    const float z = 1 - 2 * (i + 0.5f) / directions, r = std::sqrt(1 - z * z), a = 2.39996323f * i;
    const float x = r * std::cos(a), y = r * std::sin(a);
    size_t best = 0;
    float height = -1e30f;
    for (size_t v = 0; v < points.size(); ++v) {
      const float h = x * points[v][0] + y * points[v][1] + z * points[v][2];
      if (h > height) height = h, best = v;
    }
    chosen.push_back(best);
  }
  std::sort(chosen.begin(), chosen.end());
  chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
  std::vector<Point> out;
  for (size_t v : chosen) out.push_back(points[v]);
  return out;
}

core::Vec3 MeshShape::vertex(const Point& p) const {
  const core::Vec3 moved = core::rotate(core::conjugate(refrot), {p[0] - refpos[0], p[1] - refpos[1], p[2] - refpos[2]});
  return {scale[0] * moved[0], scale[1] * moved[1], scale[2] * moved[2]};
}

}  // namespace manybody::body
