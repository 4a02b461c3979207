#include "studio/mesh_pack.h"

#include <meshoptimizer.h>
#include <mujoco/mujoco.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/error.h"
#include "core/files.h"
#include "core/linalg.h"
#include "studio/triangles.h"

namespace manybody::studio {
namespace {

constexpr double kErrorM = 4e-4;             // what collapsing edges may move a surface: a third of a pixel at 1 m
constexpr size_t kTriangleBudget = 150'000;  // of a whole body
constexpr double kFarErrorM = 2.5e-3;        // half a pixel where a stage of ten fills a screen
constexpr size_t kFarTriangleBudget = 14'000;
constexpr int kTriesForSize = 6;
constexpr float kVisible = 0.02f;  // less opaque than this is not drawn

using Colour = std::array<float, 4>;

struct Part {
  int link = 0;
  Colour colour{};
  Triangles mesh;
};

// ---- Which geometry is drawn, in which colour ----------------------------------------------------------------------------

Colour mean_texture(const mjModel& m, int texture) {
  const int channels = m.tex_nchannel[texture];
  const size_t texels = static_cast<size_t>(m.tex_width[texture]) * static_cast<size_t>(m.tex_height[texture]);
  Colour mean{1, 1, 1, 1};
  if (channels < 3 || texels == 0) return mean;
  const mjtByte* data = m.tex_data + m.tex_adr[texture];
  std::array<double, 3> sum{};
  for (size_t i = 0; i < texels; ++i)
    for (size_t c = 0; c < 3; ++c) sum[c] += data[i * static_cast<size_t>(channels) + c];
  for (size_t c = 0; c < 3; ++c) mean[c] = static_cast<float>(sum[c] / (255.0 * static_cast<double>(texels)));
  return mean;
}

// As MuJoCo's viewer: the material's colour unless the geometry has one of its own.
Colour colour_of(const mjModel& m, int geom) {
  Colour c;
  std::copy_n(m.geom_rgba + 4 * geom, 4, c.begin());
  const int material = m.geom_matid[geom];
  if (material < 0) return c;
  const Colour preset{0.5f, 0.5f, 0.5f, 1};
  if (c == preset) std::copy_n(m.mat_rgba + 4 * material, 4, c.begin());
  int texture = m.mat_texid[material * mjNTEXROLE + mjTEXROLE_RGB];
  if (texture < 0) texture = m.mat_texid[material * mjNTEXROLE + mjTEXROLE_RGBA];
  if (texture >= 0) {
    const Colour mean = mean_texture(m, texture);
    for (size_t i = 0; i < 3; ++i) c[i] *= mean[i];
  }
  return c;
}

bool has_shape(const mjModel& m, int geom) {
  const int type = m.geom_type[geom];
  return type != mjGEOM_PLANE && type != mjGEOM_HFIELD && m.geom_bodyid[geom] > 0;
}

bool is_shown(const mjModel& m, int geom) {
  return has_shape(m, geom) && m.geom_group[geom] < 3 && colour_of(m, geom)[3] > kVisible;
}

bool is_decoration(const mjModel& m, int geom) { return m.geom_contype[geom] == 0 && m.geom_conaffinity[geom] == 0; }

std::vector<int> drawn_geoms(const mjModel& m) {
  std::vector<bool> decorated(static_cast<size_t>(m.nbody), false);
  for (int g = 0; g < m.ngeom; ++g)
    if (is_shown(m, g) && is_decoration(m, g)) decorated[static_cast<size_t>(m.geom_bodyid[g])] = true;
  std::vector<int> drawn;
  for (int g = 0; g < m.ngeom; ++g) {
    if (!is_shown(m, g)) continue;
    if (decorated[static_cast<size_t>(m.geom_bodyid[g])] && !is_decoration(m, g)) continue;
    drawn.push_back(g);
  }
  if (!drawn.empty()) return drawn;
  for (int g = 0; g < m.ngeom; ++g)  // a model with collision shapes only: better those than nothing
    if (has_shape(m, g)) drawn.push_back(g);
  return drawn;
}

// ---- Triangles of a link in its frame ------------------------------------------------------------------------------------

Triangles mesh_triangles(const mjModel& m, int mesh) {
  Triangles t;
  const float* v = m.mesh_vert + 3 * m.mesh_vertadr[mesh];
  t.points.assign(v, v + 3 * m.mesh_vertnum[mesh]);
  const int* f = m.mesh_face + 3 * m.mesh_faceadr[mesh];
  t.indices.assign(f, f + 3 * m.mesh_facenum[mesh]);
  return t;
}

Triangles geom_triangles(const mjModel& m, int geom) {
  const mjtNum* s = m.geom_size + 3 * geom;
  switch (m.geom_type[geom]) {
    case mjGEOM_SPHERE:
      return make_ellipsoid({s[0], s[0], s[0]});
    case mjGEOM_ELLIPSOID:
      return make_ellipsoid({s[0], s[1], s[2]});
    case mjGEOM_CAPSULE:
      return make_capsule(s[0], s[1]);
    case mjGEOM_CYLINDER:
      return make_cylinder(s[0], s[1]);
    case mjGEOM_BOX:
      return make_box({s[0], s[1], s[2]});
    default:
      return m.geom_dataid[geom] >= 0 ? mesh_triangles(m, m.geom_dataid[geom]) : Triangles{};
  }
}

void append(Triangles& to, const Triangles& from, const core::Vec3& position, const core::Quat& rotation) {
  const auto first = static_cast<uint32_t>(to.vertices());
  for (size_t i = 0; i < from.points.size(); i += 3) {
    const core::Vec3 p =
        core::operator+(position, core::rotate(rotation, {from.points[i], from.points[i + 1], from.points[i + 2]}));
    for (const double v : p) to.points.push_back(static_cast<float>(v));
  }
  for (const uint32_t i : from.indices) to.indices.push_back(first + i);
}

std::vector<Part> collect_parts(const mjModel& m) {
  std::map<std::pair<int, Colour>, Triangles> groups;
  for (const int g : drawn_geoms(m)) {
    const mjtNum *p = m.geom_pos + 3 * g, *q = m.geom_quat + 4 * g;
    Triangles& group = groups[{m.geom_bodyid[g] - 1, colour_of(m, g)}];
    append(group, geom_triangles(m, g), {p[0], p[1], p[2]}, {q[0], q[1], q[2], q[3]});
  }
  std::vector<Part> parts;
  for (auto& [key, mesh] : groups)
    if (!mesh.indices.empty()) parts.push_back({key.first, key.second, std::move(mesh)});
  return parts;
}

// ---- Quantise, weld, simplify, order --------------------------------------------------------------------------------------

struct Packed {
  int link = 0;
  Colour colour{};
  std::array<float, 3> origin{};
  float scale = 0;
  std::vector<uint16_t> vertices;  // three a vertex
  std::vector<uint32_t> indices;
};

struct Vertex {
  std::array<uint16_t, 3> at;
};

void quantise(const Triangles& mesh, Packed& out, std::vector<Vertex>& vertices) {
  std::array<float, 3> low{1e30f, 1e30f, 1e30f}, high{-1e30f, -1e30f, -1e30f};
  for (size_t i = 0; i < mesh.points.size(); ++i) {
    low[i % 3] = std::min(low[i % 3], mesh.points[i]);
    high[i % 3] = std::max(high[i % 3], mesh.points[i]);
  }
  const float extent = std::max({high[0] - low[0], high[1] - low[1], high[2] - low[2], 1e-6f});
  out.origin = low;
  out.scale = extent / 65535;
  vertices.resize(mesh.vertices());
  for (size_t i = 0; i < mesh.points.size(); ++i) {
    const float v = std::round((mesh.points[i] - low[i % 3]) / out.scale);
    vertices[i / 3].at[i % 3] = static_cast<uint16_t>(std::clamp(v, 0.0f, 65535.0f));
  }
}

void drop_degenerate(std::vector<uint32_t>& indices) {
  size_t kept = 0;
  for (size_t i = 0; i + 2 < indices.size(); i += 3) {
    const uint32_t a = indices[i], b = indices[i + 1], c = indices[i + 2];
    if (a == b || b == c || a == c) continue;
    indices[kept++] = a, indices[kept++] = b, indices[kept++] = c;
  }
  indices.resize(kept);
}

// Equal corners become one, so that edges can collapse and the page can compute normals.
void weld(std::vector<Vertex>& vertices, std::vector<uint32_t>& indices) {
  std::vector<unsigned> remap(vertices.size());
  const size_t unique =
      meshopt_generateVertexRemap(remap.data(), indices.data(), indices.size(), vertices.data(), vertices.size(), sizeof(Vertex));
  std::vector<Vertex> welded(unique);
  meshopt_remapVertexBuffer(welded.data(), vertices.data(), vertices.size(), sizeof(Vertex), remap.data());
  meshopt_remapIndexBuffer(indices.data(), indices.data(), indices.size(), remap.data());
  vertices = std::move(welded);
  drop_degenerate(indices);
}

void simplify(const std::vector<Vertex>& vertices, float scale, double error_m, size_t triangles,
              std::vector<uint32_t>& indices) {
  if (indices.empty()) return;
  std::vector<float> points;
  points.reserve(vertices.size() * 3);
  for (const Vertex& v : vertices)
    for (const uint16_t c : v.at) points.push_back(static_cast<float>(c) * scale);
  const float unit = meshopt_simplifyScale(points.data(), vertices.size(), 12);
  std::vector<uint32_t> out(indices.size());
  const float error = static_cast<float>(error_m) / std::max(unit, 1e-6f);
  out.resize(meshopt_simplify(out.data(), indices.data(), indices.size(), points.data(), vertices.size(), 12,
                              std::min(triangles * 3, indices.size()), error, 0, nullptr));
  if (!out.empty()) indices = std::move(out);
}

Packed pack_part(const Part& part, double error_m, size_t triangles) {
  Packed out;
  out.link = part.link;
  out.colour = part.colour;
  std::vector<Vertex> vertices;
  quantise(part.mesh, out, vertices);
  out.indices = part.mesh.indices;
  weld(vertices, out.indices);
  simplify(vertices, out.scale, error_m, triangles, out.indices);
  std::vector<uint32_t> ordered(out.indices.size());
  meshopt_optimizeVertexCache(ordered.data(), out.indices.data(), out.indices.size(), vertices.size());
  std::vector<Vertex> used(vertices.size());
  used.resize(
      meshopt_optimizeVertexFetch(used.data(), ordered.data(), ordered.size(), vertices.data(), vertices.size(), sizeof(Vertex)));
  out.indices = std::move(ordered);
  out.vertices.resize(used.size() * 3);
  for (size_t i = 0; i < out.vertices.size(); ++i) out.vertices[i] = used[i / 3].at[i % 3];
  return out;
}

// First by error alone; where that leaves too many triangles, each part gives in proportion.
std::vector<Packed> pack_parts(const std::vector<Part>& parts, double error_m, size_t budget) {
  std::vector<Packed> packed;
  size_t total = 0;
  for (const Part& part : parts) {
    packed.push_back(pack_part(part, error_m, 0));
    total += packed.back().indices.size() / 3;
  }
  for (size_t i = 0; total > budget && i < parts.size(); ++i) {
    const size_t now = packed[i].indices.size() / 3;
    const double share = static_cast<double>(budget) / static_cast<double>(total);
    packed[i] = pack_part(parts[i], 50 * error_m, std::max<size_t>(64, static_cast<size_t>(share * static_cast<double>(now))));
  }
  std::erase_if(packed, [](const Packed& p) { return p.indices.empty(); });
  return packed;
}

// ---- Bytes ------------------------------------------------------------------------------------------------------------------

void pad_to_four(std::string& bytes, char with) {
  while (bytes.size() % 4 != 0) bytes += with;
}

template <class T>
size_t append_list(std::string& payload, const std::vector<T>& list) {
  pad_to_four(payload, '\0');
  const size_t offset = payload.size();
  payload.append(reinterpret_cast<const char*>(list.data()), list.size() * sizeof(T));
  return offset;
}

nlohmann::ordered_json part_header(const Packed& p, std::string& payload) {
  const size_t count = p.vertices.size() / 3;
  const size_t vertices = append_list(payload, p.vertices);
  const size_t indices = count < 65536 ? append_list(payload, std::vector<uint16_t>(p.indices.begin(), p.indices.end()))
                                       : append_list(payload, p.indices);
  return {{"link", p.link},    {"position", {0, 0, 0}},       {"rotation", {1, 0, 0, 0}},    {"color", p.colour},
          {"vertices", count}, {"indices", p.indices.size()}, {"offset_vertices", vertices}, {"offset_indices", indices},
          {"scale", p.scale},  {"origin", p.origin}};
}

std::string pack_bytes(const mjModel& m, const std::string& name, const std::vector<Packed>& parts) {
  nlohmann::ordered_json header = {
      {"body", name}, {"links", nlohmann::ordered_json::array()}, {"parts", nlohmann::ordered_json::array()}};
  for (int b = 1; b < m.nbody; ++b) {
    header["links"].push_back({{"name", m.names + m.name_bodyadr[b]}, {"parent", m.body_parentid[b] - 1}});
  }
  std::string payload;
  for (const Packed& p : parts) header["parts"].push_back(part_header(p, payload));
  pad_to_four(payload, '\0');
  header["bytes"] = payload.size();
  std::string text = header.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  pad_to_four(text, ' ');
  const auto length = static_cast<uint32_t>(text.size());
  std::string bytes = "MBM1";
  bytes.append(reinterpret_cast<const char*>(&length), 4);
  return bytes + text + payload;
}

std::string gzip(const std::string& bytes) {
  z_stream z{};
  MB_CHECK(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&z, bytes.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  MB_CHECK(result == Z_STREAM_END);
  return out;
}

}  // namespace

std::string mesh_tag(const std::string& gzip) {
  char text[32];
  std::snprintf(text, sizeof text, "\"%016llx\"", static_cast<unsigned long long>(core::hash_text(gzip)));
  return text;
}

MeshPack make_mesh_pack(const mjModel_& model, const std::string& name, Detail detail) {
  const std::vector<Part> parts = collect_parts(model);
  if (parts.empty()) throw core::UserError(name, "the model has no geometry to show", "at least one geom");
  MeshPack pack;
  for (const Part& p : parts) pack.source_triangles += p.mesh.indices.size() / 3;
  const bool far = detail == Detail::far;
  double error = far ? kFarErrorM : kErrorM;
  size_t budget = far ? kFarTriangleBudget : kTriangleBudget;
  for (int i = 0; i < kTriesForSize; ++i, error *= 2, budget /= 2) {
    const std::vector<Packed> packed = pack_parts(parts, error, budget);
    const std::string raw = pack_bytes(model, name, packed);
    pack.gzip = gzip(raw);
    pack.raw_bytes = raw.size();
    pack.triangles = 0;
    for (const Packed& p : packed) pack.triangles += p.indices.size() / 3;
    if (pack.gzip.size() < kMaxPackBytes) break;
  }
  pack.etag = mesh_tag(pack.gzip);
  return pack;
}

}  // namespace manybody::studio
