#include "physics/collide/collide.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <map>

#include "physics/collide/oracle.h"

namespace manybody::physics::collide {
namespace {

// Differences to MuJoCo over many poses of one pair.
struct Errors {
  int poses = 0, contacts = 0, count_differs = 0;
  double distance = 0, position = 0, normal = 0, frame = 0;
};

template <class T>
void compare_contact(const Touch<T>& ours, const mjContact& theirs, Errors& e) {
  T frame[9];
  make_frame(ours, frame);
  double position = 0, normal = 0, rows = 0;
  for (int i = 0; i < 3; ++i) position = std::max(position, std::fabs(ours.position[i] - theirs.pos[i]));
  for (int i = 0; i < 3; ++i) normal = std::max(normal, std::fabs(ours.normal[i] - theirs.frame[i]));
  for (int i = 0; i < 9; ++i) rows = std::max(rows, std::fabs(frame[i] - theirs.frame[i]));
  e.distance = std::max(e.distance, std::fabs(ours.distance - theirs.dist));
  e.position = std::max(e.position, position);
  e.normal = std::max(e.normal, normal);
  e.frame = std::max(e.frame, rows);
  ++e.contacts;
}

template <class T>
double gap(const Touch<T>& ours, const mjContact& theirs) {
  double d2 = 0;
  for (int i = 0; i < 3; ++i) d2 += (ours.position[i] - theirs.pos[i]) * (ours.position[i] - theirs.pos[i]);
  return d2;
}

// A contact that rounding may have moved over the margin.
template <class T>
bool at_margin(double distance, double margin) {
  return std::fabs(distance - margin) < (sizeof(T) == 4 ? 1e-5 : 1e-12);
}

template <class T>
Errors compare(const GeomText& a, const GeomText& b, double margin, int poses, uint64_t seed, bool converged) {
  Oracle oracle(a, b, margin);
  if (converged) oracle.model->opt.ccd_iterations = 500, oracle.model->opt.ccd_tolerance = 1e-9;
  const ShapeTable<T> shapes(oracle.model.get());
  core::Rng rng(seed);
  Errors e;
  for (int k = 0; k < poses; ++k) {
    oracle.random_pose(rng);
    const int theirs = oracle.collide();
    Touch<T> out[64];
    const int ours = collide(shapes[oracle.g1], oracle.pose<T>(oracle.g1), shapes[oracle.g2], oracle.pose<T>(oracle.g2),
                             static_cast<T>(margin), out, 64);
    EXPECT_LE(ours, max_contacts(shapes[oracle.g1].type, shapes[oracle.g2].type));
    ++e.poses;
    if (ours != theirs) {
      bool border = false;
      for (int i = 0; i < ours; ++i) border = border || at_margin<T>(out[i].distance, margin);
      for (int i = 0; i < theirs; ++i) border = border || at_margin<T>(oracle.data->contact[i].dist, margin);
      e.count_differs += !border;
      continue;
    }
    bool taken[64] = {};  // a set: their order means nothing
    for (int i = 0; i < ours; ++i) {
      int best = -1;
      for (int j = 0; j < theirs; ++j) {
        if (!taken[j] && (best < 0 || gap(out[i], oracle.data->contact[j]) < gap(out[i], oracle.data->contact[best]))) best = j;
      }
      taken[best] = true;
      compare_contact(out[i], oracle.data->contact[best], e);
    }
  }
  return e;
}

GeomText primitive(const std::string& type, const std::string& size, bool fixed = false) {
  return {type, "type='" + type + "' size='" + size + "'", "", fixed};
}

const std::map<std::string, GeomText>& geoms() {
  static const std::map<std::string, GeomText> all = [] {
    core::Rng rng(7);
    std::map<std::string, GeomText> g;
    g["plane"] = primitive("plane", "0 0 1", true);
    g["plane"].attributes += " pos='.1 .2 .3' euler='10 20 30'";
    g["sphere"] = primitive("sphere", ".2");
    g["capsule"] = primitive("capsule", ".1 .25");
    g["ellipsoid"] = primitive("ellipsoid", ".1 .2 .3");
    g["cylinder"] = primitive("cylinder", ".15 .2");
    g["box"] = primitive("box", ".1 .2 .3");
    g["field"] = random_field(rng, 9, 12);
    g["cloud"] = random_mesh(rng, 60, 0.3);
    g["tetra"] = random_mesh(rng, 4, 0.3);
    g["prism"] = prism_mesh(rng, 12, 0.2, 0.1);
    return g;
  }();
  return all;
}

template <class T>
Errors compare_pair(const std::string& a, const std::string& b, int poses = 4000, bool converged = false) {
  Errors total;
  for (const double margin : {a == "field" ? 1e-9 : 0.0, 0.02}) {
    const Errors e = compare<T>(geoms().at(a), geoms().at(b), margin, poses / 2, 11, converged);
    total.poses += e.poses;
    total.contacts += e.contacts;
    total.count_differs += e.count_differs;
    total.distance = std::max(total.distance, e.distance);
    total.position = std::max(total.position, e.position);
    total.normal = std::max(total.normal, e.normal);
    total.frame = std::max(total.frame, e.frame);
  }
  std::printf("%-7s %-10s %-10s %6d contacts, count differs %4d of %5d, distance %.1e position %.1e normal %.1e frame %.1e\n",
              sizeof(T) == 4 ? "float" : "double", a.c_str(), b.c_str(), total.contacts, total.count_differs, total.poses,
              total.distance, total.position, total.normal, total.frame);
  return total;
}

const std::vector<std::pair<std::string, std::string>> kClosedForms = {
    {"plane", "sphere"}, {"plane", "capsule"},   {"plane", "box"},       {"plane", "cylinder"}, {"plane", "ellipsoid"},
    {"plane", "cloud"},  {"plane", "tetra"},     {"plane", "prism"},     {"sphere", "sphere"},  {"sphere", "capsule"},
    {"sphere", "box"},   {"sphere", "cylinder"}, {"capsule", "capsule"}, {"capsule", "box"},    {"box", "box"}};

TEST(Collide, closed_forms_match_mujoco_to_rounding) {
  for (const auto& [a, b] : kClosedForms) {
    const Errors e = compare_pair<double>(a, b, 4000);
    EXPECT_GT(e.contacts, 500) << a << " " << b;
    EXPECT_EQ(e.count_differs, 0) << a << " " << b;
    EXPECT_LT(e.distance, 1e-12) << a << " " << b;
    EXPECT_LT(e.position, 1e-12) << a << " " << b;
    EXPECT_LT(e.frame, 1e-11) << a << " " << b;
  }
}

TEST(Collide, closed_forms_in_float_match_mujoco_to_float_rounding) {
  for (const auto& [a, b] : kClosedForms) {
    const Errors e = compare_pair<float>(a, b, 4000);
    EXPECT_EQ(e.count_differs, 0) << a << " " << b;
    EXPECT_LT(e.distance, 1e-6) << a << " " << b;
    // Two boxes: axes within rounding of each other may change places; the normals differ, the depth does not.
    EXPECT_LT(e.position, a == "box" ? 1e-3 : 1e-5) << a << " " << b;
    EXPECT_LT(e.normal, a == "box" ? 0.2 : 1e-4) << a << " " << b;
  }
}

// MuJoCo is run to convergence here: its default stops within 1e-6 of the depth or after 35 steps.
struct Expected {
  const char *a, *b;
  double distance, position, normal;
  int counts_in_1000;  // poses in a thousand that may differ in the number of contacts
};

// Polyhedra, and a ball or a capsule on them: exact. With a margin MuJoCo expands inflated, rounded polyhedra where ours adds the
// margin to exact ones, so that it now and then names one vertex more. Curved surfaces: depth is flat about its minimum, so that
// the normal is known to the root of the depth's tolerance only. The wall of a cylinder on a face: which line of it MuJoCo takes
// depends on the path of its search; ours takes the deepest.
const Expected kConvexPairs[] = {{"sphere", "cloud", 1e-8, 1e-4, 1e-7, 0},       {"sphere", "tetra", 1e-8, 1e-4, 1e-7, 0},
                                 {"sphere", "prism", 1e-8, 1e-4, 1e-7, 0},       {"capsule", "cloud", 1e-6, 1e-4, 1e-7, 0},
                                 {"capsule", "tetra", 1e-6, 1e-4, 1e-7, 0},      {"capsule", "prism", 1e-6, 1e-4, 1e-7, 0},
                                 {"box", "cloud", 1e-7, 1e-4, 1e-7, 4},          {"box", "tetra", 1e-7, 1e-4, 1e-7, 4},
                                 {"box", "prism", 1e-7, 1e-4, 1e-7, 4},          {"cloud", "cloud", 1e-7, 1e-4, 1e-7, 4},
                                 {"cloud", "prism", 1e-7, 1e-4, 1e-7, 4},        {"tetra", "prism", 1e-7, 1e-4, 1e-7, 4},
                                 {"prism", "prism", 1e-7, 1e-4, 1e-7, 4},        {"sphere", "ellipsoid", 2e-6, 2e-3, 2e-2, 0},
                                 {"capsule", "ellipsoid", 2e-6, 2e-3, 2e-2, 0},  {"ellipsoid", "ellipsoid", 2e-6, 2e-3, 2e-2, 0},
                                 {"ellipsoid", "cylinder", 2e-6, 2e-3, 2e-2, 0}, {"ellipsoid", "box", 2e-6, 2e-3, 2e-2, 0},
                                 {"ellipsoid", "cloud", 2e-6, 2e-3, 2e-2, 0},    {"capsule", "cylinder", 2e-5, 2e-3, 2e-2, 0},
                                 {"cylinder", "cylinder", 2e-3, 5e-3, 2e-2, 8},  {"cylinder", "box", 2e-3, 5e-3, 2e-2, 8},
                                 {"cylinder", "cloud", 2e-3, 5e-3, 2e-2, 8},     {"cylinder", "prism", 2e-3, 5e-3, 2e-2, 8}};

TEST(Collide, convex_pairs_match_converged_mujoco) {
  for (const Expected& pair : kConvexPairs) {
    const Errors e = compare_pair<double>(pair.a, pair.b, 1000, true);
    EXPECT_GT(e.contacts, 300) << pair.a << " " << pair.b;
    EXPECT_LE(e.count_differs, pair.counts_in_1000) << pair.a << " " << pair.b;
    EXPECT_LT(e.distance, pair.distance) << pair.a << " " << pair.b;
    EXPECT_LT(e.position, pair.position) << pair.a << " " << pair.b;
    EXPECT_LT(e.normal, pair.normal) << pair.a << " " << pair.b;
  }
}

// Depths of curved cores to 1e-5 of their size; the line on a cylinder's wall moves with the normal's root of that.
TEST(Collide, convex_pairs_in_float_match_converged_mujoco) {
  for (const Expected& pair : kConvexPairs) {
    const Errors e = compare_pair<float>(pair.a, pair.b, 1000, true);
    EXPECT_LE(e.count_differs, pair.counts_in_1000 * 2) << pair.a << " " << pair.b;
    EXPECT_LT(e.distance, pair.distance < 1e-5 ? 2e-5 : 1e-2) << pair.a << " " << pair.b;
    EXPECT_LT(e.normal, pair.normal < 1e-6 ? 2e-4 : 5e-2) << pair.a << " " << pair.b;
  }
}

// A margin of 1e-9 where it would be zero: without one, MuJoCo 4.0 stops its search of polyhedra against a column of the field too
// early (the columns' vertices carry no index, so that new ones count as known) and returns too small a depth.
TEST(Collide, height_fields_match_converged_mujoco) {
  for (const std::string b : {"sphere", "capsule", "ellipsoid", "cylinder", "box", "cloud", "prism"}) {
    const bool curved = b == "ellipsoid" || b == "cylinder";
    const Errors e = compare_pair<double>("field", b, 400, true);
    EXPECT_GT(e.contacts, 1000) << b;
    EXPECT_EQ(e.count_differs, 0) << b;
    EXPECT_LT(e.distance, curved ? 2e-6 : 1e-8) << b;
    EXPECT_LT(e.normal, curved ? 2e-2 : 1e-6) << b;
    const Errors f = compare_pair<float>("field", b, 400, true);
    EXPECT_EQ(f.count_differs, 0) << b;
    EXPECT_LT(f.distance, curved ? 2e-5 : 1e-6) << b;
  }
}

bool plausible(const Touch<float>* out, int n, float margin) {
  for (int i = 0; i < n; ++i) {
    float length2 = 0;
    for (const float v : out[i].normal) length2 += v * v;
    for (const float v : out[i].position) length2 += 0 * v;
    if (!(std::fabs(length2 - 1) < 1e-3f) || !(out[i].distance <= margin)) return false;
  }
  return true;
}
bool plausible(const Touch<double>* out, int n, double margin) {
  for (int i = 0; i < n; ++i) {
    double length2 = 0;
    for (const double v : out[i].normal) length2 += v * v;
    for (const double v : out[i].position) length2 += 0 * v;
    if (!(std::fabs(length2 - 1) < 1e-9) || !(out[i].distance <= margin)) return false;
  }
  return true;
}

const char* const kSolids[] = {"sphere", "capsule", "ellipsoid", "cylinder", "box", "cloud", "tetra", "prism"};

// Aligned poses at all distances that make faces, edges and axes flush, concentric ones among them.
template <class T>
void try_degenerate(const std::string& name_a, const std::string& name_b, double scale) {
  GeomText a = geoms().at(name_a), b = geoms().at(name_b);
  Oracle oracle(a, b, 0);
  for (int i = 0; i < 3 * oracle.model->ngeom; ++i) oracle.model->geom_size[i] *= scale;
  for (int i = 0; i < oracle.model->ngeom; ++i) oracle.model->geom_rbound[i] *= scale;
  for (int i = 0; i < 3 * oracle.model->nmeshvert; ++i) oracle.model->mesh_vert[i] *= static_cast<float>(scale);
  for (int i = 0; i < 4 * oracle.model->nhfield; ++i) oracle.model->hfield_size[i] *= scale;
  const ShapeTable<T> shapes(oracle.model.get());
  const double turns[4][4] = {
      {1, 0, 0, 0}, {0.5, 0.5, 0.5, 0.5}, {std::sqrt(0.5), 0, std::sqrt(0.5), 0}, {std::cos(0.3), 0, 0, std::sin(0.3)}};
  for (int k = 0; k < 4 * 4 * 3; ++k) {
    const double margin = k % 2 ? 0.01 * scale : 0;
    double p[3] = {0, 0, 0};
    const double step[4] = {0, 0.2, 0.3, 0.4};
    p[k / 16] = step[k % 4] * scale;
    const double zero[3] = {0, 0, 0};
    oracle.set_pose(oracle.g1, zero, turns[0]);
    oracle.set_pose(oracle.g2, p, turns[k / 4 % 4]);
    oracle.place();
    Touch<T> out[64];
    const int n = collide(shapes[oracle.g1], oracle.pose<T>(oracle.g1), shapes[oracle.g2], oracle.pose<T>(oracle.g2),
                          static_cast<T>(margin), out, 64);
    EXPECT_LE(n, max_contacts(shapes[oracle.g1].type, shapes[oracle.g2].type));
    EXPECT_TRUE(plausible(out, n, static_cast<T>(margin + 1e-6 * scale)))
        << name_a << " " << name_b << " scale " << scale << " pose " << k;
  }
}

TEST(Collide, aligned_concentric_tiny_and_huge_shapes_give_finite_contacts) {
  for (const std::string b : kSolids) {
    for (const std::string a :
         {"plane", "field", "sphere", "capsule", "ellipsoid", "cylinder", "box", "cloud", "tetra", "prism"}) {
      for (const double scale : {1e-3, 1.0, 1e3}) {
        try_degenerate<double>(a, b, scale);
        try_degenerate<float>(a, b, scale);
      }
    }
  }
}

TEST(Collide, flush_boxes_and_prisms_rest_on_four_corners) {
  for (const auto& [a, b] : {std::pair{"box", "box"}, std::pair{"prism", "box"}}) {
    Oracle oracle(geoms().at(a), geoms().at(b), 0);
    const ShapeTable<float> shapes(oracle.model.get());
    const double base[3] = {0, 0, 0}, turn[4] = {1, 0, 0, 0};
    const double top[3] = {0.01, 0.02, oracle.model->geom_type[oracle.g2] == mjGEOM_MESH ? 0.399 : 0.599};
    oracle.set_pose(oracle.g1, base, turn);
    oracle.set_pose(oracle.g2, top, turn);
    oracle.place();
    Touch<float> out[8];
    const int n =
        collide(shapes[oracle.g1], oracle.pose<float>(oracle.g1), shapes[oracle.g2], oracle.pose<float>(oracle.g2), 0.f, out, 8);
    ASSERT_EQ(n, 4) << a << " " << b;
    for (int i = 0; i < n; ++i) EXPECT_NEAR(out[i].distance, -0.001, 1e-6) << a << " " << b;
    for (int i = 0; i < n; ++i) EXPECT_NEAR(out[i].normal[2], 1, 1e-6) << a << " " << b;
  }
}

TEST(Collide, arguments_in_either_order_give_the_same_contacts) {
  core::Rng rng(4);
  for (const auto& [a, b] :
       {std::pair{"plane", "box"}, std::pair{"sphere", "cloud"}, std::pair{"cylinder", "box"}, std::pair{"field", "capsule"}}) {
    Oracle oracle(geoms().at(a), geoms().at(b), 0);
    const ShapeTable<double> shapes(oracle.model.get());
    for (int k = 0; k < 100; ++k) {
      oracle.random_pose(rng);
      const Pose<double> p1 = oracle.pose<double>(oracle.g1), p2 = oracle.pose<double>(oracle.g2);
      Touch<double> x[64], y[64];
      const int n = collide(shapes[oracle.g1], p1, shapes[oracle.g2], p2, 0.0, x, 64);
      ASSERT_EQ(n, collide(shapes[oracle.g2], p2, shapes[oracle.g1], p1, 0.0, y, 64));
      for (int i = 0; i < n; ++i) {
        EXPECT_EQ(x[i].distance, y[i].distance);
        for (int j = 0; j < 3; ++j) EXPECT_EQ(x[i].normal[j], -y[i].normal[j]);
        for (int j = 0; j < 3; ++j) EXPECT_EQ(x[i].position[j], y[i].position[j]);
      }
    }
  }
}

TEST(Collide, capacity_is_never_exceeded) {
  Oracle oracle(geoms().at("field"), geoms().at("box"), 0);
  const ShapeTable<double> shapes(oracle.model.get());
  core::Rng rng(4);
  for (int k = 0; k < 50; ++k) {
    oracle.random_pose(rng);
    Touch<double> out[3];
    out[2].distance = 77;
    EXPECT_LE(collide(shapes[oracle.g1], oracle.pose<double>(oracle.g1), shapes[oracle.g2], oracle.pose<double>(oracle.g2), 0.0,
                      out, 2),
              2);
    EXPECT_EQ(out[2].distance, 77);
  }
}

TEST(Collide, not_a_number_ends) {
  for (const std::string b : kSolids) {
    for (const std::string a : {"plane", "field", "sphere", "box", "cloud"}) {
      Oracle oracle(geoms().at(a), geoms().at(b), 0);
      const ShapeTable<float> shapes(oracle.model.get());
      Pose<float> p1 = oracle.pose<float>(oracle.g1), p2 = p1;
      p2.position[1] = std::numeric_limits<float>::quiet_NaN();
      Touch<float> out[64];
      EXPECT_LE(collide(shapes[oracle.g1], p1, shapes[oracle.g2], p2, 0.f, out, 64), 50);
    }
  }
}

}  // namespace
}  // namespace manybody::physics::collide
