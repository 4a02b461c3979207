#include "studio/mesh_pack.h"

#include <gtest/gtest.h>
#include <mujoco/mujoco.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "body/body.h"
#include "body/library.h"
#include "core/error.h"
#include "core/files.h"
#include "studio/triangles.h"

namespace manybody::studio {
namespace {
namespace fs = std::filesystem;
using Json = nlohmann::json;
using Point = std::array<double, 3>;

std::string gunzip(const std::string& gzip, size_t size) {
  std::string out(size, '\0');
  z_stream z{};
  EXPECT_EQ(inflateInit2(&z, 15 + 16), Z_OK);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data()));
  z.avail_in = static_cast<uInt>(gzip.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&z, Z_FINISH), Z_STREAM_END);
  inflateEnd(&z);
  return out;
}

struct PartRead {
  int link = 0;
  std::array<float, 4> color{};
  std::vector<Point> points;
  std::vector<uint32_t> indices;
};
struct PackRead {
  Json header;
  std::vector<PartRead> parts;
};

// As the page does, from docs/protocol.md alone.
PackRead read_pack(const MeshPack& pack) {
  const std::string raw = gunzip(pack.gzip, pack.raw_bytes);
  EXPECT_EQ(raw.substr(0, 4), "MBM1");
  uint32_t length;
  std::memcpy(&length, raw.data() + 4, 4);
  EXPECT_EQ(length % 4, 0u);
  PackRead out;
  out.header = Json::parse(raw.substr(8, length));
  const std::string payload = raw.substr(8 + length);
  EXPECT_EQ(payload.size(), out.header["bytes"].get<size_t>());
  for (const Json& p : out.header["parts"]) {
    PartRead part;
    part.link = p["link"];
    part.color = p["color"];
    const size_t vertices = p["vertices"], indices = p["indices"], at_v = p["offset_vertices"], at_i = p["offset_indices"];
    const double scale = p["scale"];
    EXPECT_EQ(at_v % 4 + at_i % 4, 0u);
    std::vector<uint16_t> v(vertices * 3);
    std::memcpy(v.data(), payload.data() + at_v, v.size() * 2);
    for (size_t i = 0; i < vertices; ++i) {
      Point q;
      for (size_t k = 0; k < 3; ++k) q[k] = p["origin"][k].get<double>() + scale * v[3 * i + k];
      part.points.push_back(q);
    }
    part.indices.resize(indices);
    if (vertices < 65536) {
      std::vector<uint16_t> small(indices);
      std::memcpy(small.data(), payload.data() + at_i, indices * 2);
      part.indices.assign(small.begin(), small.end());
    } else {
      std::memcpy(part.indices.data(), payload.data() + at_i, indices * 4);
    }
    for (const uint32_t i : part.indices) EXPECT_LT(i, vertices);
    out.parts.push_back(std::move(part));
  }
  return out;
}

struct Compiled {
  mjModel* model;
  explicit Compiled(const std::string& xml) {
    char error[500] = "";
    mjSpec* spec = mj_parseXMLString(xml.c_str(), nullptr, error, sizeof error);
    EXPECT_NE(spec, nullptr) << error;
    model = mj_compile(spec, nullptr);
    EXPECT_NE(model, nullptr) << mjs_getError(spec);
    mj_deleteSpec(spec);
  }
  ~Compiled() { mj_deleteModel(model); }
};

double volume(const PartRead& p) {
  double sum = 0;
  for (size_t i = 0; i + 2 < p.indices.size(); i += 3) {
    const Point &a = p.points[p.indices[i]], &b = p.points[p.indices[i + 1]], &c = p.points[p.indices[i + 2]];
    sum += a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) + a[2] * (b[0] * c[1] - b[1] * c[0]);
  }
  return sum / 6;
}

PackRead read_xml(const std::string& worldbody, const std::string& more = "") {
  const Compiled compiled("<mujoco>" + more + "<worldbody>" + worldbody + "</worldbody></mujoco>");
  return read_pack(make_mesh_pack(*compiled.model, "test"));
}

TEST(mesh_pack, primitives_have_the_volume_of_their_closed_forms) {
  struct Shape {
    const char* geom;
    double volume;
  };
  const double pi = std::acos(-1.0);
  for (const Shape& s :
       {Shape{"type='box' size='.1 .2 .3'", 8 * .1 * .2 * .3}, Shape{"type='sphere' size='.1'", 4 * pi / 3 * 1e-3},
        Shape{"type='cylinder' size='.1 .2'", pi * .01 * .4},
        Shape{"type='capsule' size='.1 .2'", pi * .01 * .4 + 4 * pi / 3 * 1e-3},
        Shape{"type='ellipsoid' size='.1 .2 .3'", 4 * pi / 3 * .1 * .2 * .3}}) {
    const PackRead pack = read_xml(std::string("<body name='a'><geom ") + s.geom + "/></body>");
    ASSERT_EQ(pack.parts.size(), 1u);
    EXPECT_NEAR(volume(pack.parts[0]) / s.volume, 1, 0.03) << s.geom << ": outward faces, round enough";
  }
}

TEST(mesh_pack, parts_lie_in_the_frame_of_their_link) {
  const PackRead pack = read_xml(
      "<geom type='plane' size='1 1 1'/><body name='a' pos='5 5 5'><body name='b' pos='1 0 0'>"
      "<geom type='box' size='.1 .2 .3' pos='1 2 3' euler='0 0 90'/></body></body>");
  EXPECT_EQ(pack.header["links"], Json::parse(R"([{"name":"a","parent":-1},{"name":"b","parent":0}])"));
  ASSERT_EQ(pack.parts.size(), 1u) << "the floor is not part of the robot";
  EXPECT_EQ(pack.parts[0].link, 1);
  for (const Point& p : pack.parts[0].points) {
    EXPECT_NEAR(std::abs(p[0] - 1), 0.2, 1e-4);
    EXPECT_NEAR(std::abs(p[1] - 2), 0.1, 1e-4);
    EXPECT_NEAR(std::abs(p[2] - 3), 0.3, 1e-4);
  }
}

TEST(mesh_pack, decoration_hides_collision_shapes_of_its_link_only) {
  const PackRead pack = read_xml(
      "<body name='a'><geom size='.1' contype='0' conaffinity='0' group='2' rgba='1 0 0 1'/><geom size='.2' group='0'/>"
      "<geom size='.3' group='3'/><body name='b'><geom size='.2' group='0' rgba='0 1 0 1'/><geom size='.4' rgba='0 0 0 "
      "0'/></body></body>");
  ASSERT_EQ(pack.parts.size(), 2u);
  EXPECT_EQ(pack.parts[0].color, (std::array<float, 4>{1, 0, 0, 1}));
  EXPECT_EQ(pack.parts[1].color, (std::array<float, 4>{0, 1, 0, 1}));
  const PackRead bare = read_xml("<body name='a'><geom size='.2' group='3'/></body>");
  EXPECT_EQ(bare.parts.size(), 1u) << "collision shapes are better than nothing";
}

TEST(mesh_pack, colours_come_from_material_texture_or_geometry) {
  const PackRead pack = read_xml(
      "<body name='a'><geom size='.1' material='m'/><geom size='.1' material='m' rgba='0 0 1 1'/><geom size='.1' "
      "material='t'/></body>",
      "<asset><material name='m' rgba='.2 .4 .6 1'/><texture name='x' type='2d' builtin='flat' rgb1='1 0 .5' width='8' "
      "height='8'/>"
      "<material name='t' texture='x'/></asset>");
  std::set<std::array<int, 3>> colours;
  for (const PartRead& p : pack.parts) {
    colours.insert({static_cast<int>(std::lround(p.color[0] * 10)), static_cast<int>(std::lround(p.color[1] * 10)),
                    static_cast<int>(std::lround(p.color[2] * 10))});
  }
  EXPECT_EQ(colours, (std::set<std::array<int, 3>>{{2, 4, 6}, {0, 0, 10}, {10, 0, 5}}));
}

TEST(mesh_pack, a_model_without_geometry_is_a_clear_error) {
  const Compiled compiled(
      "<mujoco><worldbody><body name='a'><inertial mass='1' pos='0 0 0' diaginertia='1 1 "
      "1'/><joint/></body></worldbody></mujoco>");
  EXPECT_THROW(make_mesh_pack(*compiled.model, "test"), core::UserError);
}

// A lumpy sphere of 160,000 triangles, most of them flatter than the error.
TEST(mesh_pack, a_fine_mesh_is_simplified_within_its_error) {
  std::ostringstream obj;
  const int n = 200;
  for (int i = 0; i <= n; ++i)
    for (int k = 0; k < 2 * n; ++k) {
      const double a = std::acos(-1.0) * i / n, b = std::acos(-1.0) * k / n, r = 0.2 + 0.002 * std::sin(9 * a) * std::sin(7 * b);
      obj << "v " << r * std::sin(a) * std::cos(b) << ' ' << r * std::sin(a) * std::sin(b) << ' ' << r * std::cos(a) << '\n';
    }
  for (int i = 0; i < n; ++i)
    for (int k = 0; k < 2 * n; ++k) {
      const int a = 1 + i * 2 * n + k, b = 1 + i * 2 * n + (k + 1) % (2 * n);
      obj << "f " << a << ' ' << a + 2 * n << ' ' << b << "\nf " << b << ' ' << a + 2 * n << ' ' << b + 2 * n << '\n';
    }
  const fs::path file = fs::path(testing::TempDir()) / ("studio_sphere_" + std::to_string(::getpid()) + ".obj");
  std::ofstream(file) << obj.str();
  const Compiled compiled("<mujoco><asset><mesh name='s' file='" + file.string() +
                          "' inertia='shell'/></asset><worldbody>"
                          "<body name='a'><geom type='mesh' mesh='s' contype='0' conaffinity='0'/></body></worldbody></mujoco>");
  const MeshPack pack = make_mesh_pack(*compiled.model, "sphere");
  fs::remove(file);
  EXPECT_GT(pack.source_triangles, 150000u);
  EXPECT_LT(pack.triangles, 60000u);
  const PackRead read = read_pack(pack);
  // MuJoCo moves a mesh into its inertia's frame; in the link's frame it lies where the file says.
  const PartRead& part = read.parts[0];
  double worst = 0;
  for (size_t i = 0; i + 2 < part.indices.size(); i += 3) {
    Point c{};
    for (size_t k = 0; k < 9; ++k) c[k % 3] += part.points[part.indices[i + k / 3]][k % 3] / 3;
    const double r = std::hypot(c[0], c[1], c[2]), a = std::acos(c[2] / r), b = std::atan2(c[1], c[0]);
    worst = std::max(worst, std::abs(r - (0.2 + 0.002 * std::sin(9 * a) * std::sin(7 * b))));
  }
  EXPECT_LT(worst, 0.0015) << "the middle of every triangle lies near the true surface";
  EXPECT_NEAR(volume(read.parts[0]), 4 * std::acos(-1.0) / 3 * 0.008, 0.0003);
}

class Robots : public testing::TestWithParam<const char*> {};

TEST_P(Robots, pack_is_small_and_as_large_as_the_robot) {
  const std::string name = GetParam();
  body::Body body;
  try {
    body = body::load_body(name);
  } catch (const core::UserError& e) {
    GTEST_SKIP() << e.what();
  }
  const fs::path cache = fs::path(testing::TempDir()) / ("studio_cache_" + std::to_string(::getpid()));
  const auto pack = load_mesh_pack(body, cache.string());
  EXPECT_LT(pack->gzip.size(), kMaxPackBytes);
  EXPECT_FALSE(pack->from_cache);
  const PackRead read = read_pack(*pack);
  ASSERT_EQ(read.header["links"].size(), body.links.size());
  std::set<int> shown;
  double largest = 0;
  for (const PartRead& p : read.parts) {
    shown.insert(p.link);
    for (const Point& q : p.points) largest = std::max(largest, std::hypot(q[0], q[1], q[2]));
  }
  EXPECT_GT(shown.size(), body.links.size() / 2);
  EXPECT_LT(largest, 1.5 * body.height) << "a part lies far from its link";
  const auto again = load_mesh_pack(body, cache.string());
  EXPECT_TRUE(again->from_cache);
  EXPECT_EQ(again->gzip, pack->gzip);
  EXPECT_EQ(again->etag, pack->etag);
  const auto far = load_mesh_pack(body, cache.string(), Detail::far);
  EXPECT_FALSE(far->from_cache) << "the two are kept apart";
  EXPECT_LT(far->triangles, 20'000u);
  EXPECT_LT(5 * far->triangles, 2 * pack->triangles);
  double reach = 0;
  for (const PartRead& p : read_pack(*far).parts)
    for (const Point& q : p.points) reach = std::max(reach, std::hypot(q[0], q[1], q[2]));
  EXPECT_NEAR(reach, largest, 0.05 * largest) << "coarser, but the same body";
  RecordProperty("bytes", static_cast<int>(pack->gzip.size()));
  RecordProperty("triangles", static_cast<int>(pack->triangles));
  fs::remove_all(cache);
}

INSTANTIATE_TEST_SUITE_P(mesh_pack, Robots, testing::Values("unitree_g1", "berkeley_humanoid"),
                         [](const auto& info) { return std::string(info.param); });

TEST(mesh_cache, a_damaged_or_unwritable_cache_costs_only_the_making) {
  const fs::path cache = fs::path(testing::TempDir()) / ("studio_cache2_" + std::to_string(::getpid()));
  body::Body body;
  body.name = "one";
  body.links.push_back({.name = "a"});
  char error[500] = "";
  mjSpec* spec = mj_parseXMLString("<mujoco><worldbody><body name='a'><geom size='.1'/></body></worldbody></mujoco>", nullptr,
                                   error, sizeof error);
  ASSERT_NE(spec, nullptr) << error;
  body.spec = std::shared_ptr<mjSpec>(spec, [](mjSpec* s) { mj_deleteSpec(s); });
  const auto first = load_mesh_pack(body, cache.string());
  const fs::path file = fs::directory_iterator(cache)->path();
  for (const size_t keep : {size_t{0}, size_t{10}, first->gzip.size() - 1}) {
    core::write_file(file.string(), first->gzip.substr(0, keep));
    EXPECT_EQ(load_mesh_pack(body, cache.string())->gzip, first->gzip);
  }
  core::write_file(file.string(), first->gzip);
  EXPECT_TRUE(load_mesh_pack(body, cache.string())->from_cache);
  mjs_asGeom(mjs_firstElement(spec, mjOBJ_GEOM))->rgba[0] = 0.9f;
  EXPECT_FALSE(load_mesh_pack(body, cache.string())->from_cache) << "another colour is another pack";
  EXPECT_FALSE(load_mesh_pack(body, "/proc/none")->gzip.empty());
  fs::remove_all(cache);
}

}  // namespace
}  // namespace manybody::studio
