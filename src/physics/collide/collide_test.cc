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
Errors compare(const GeomText& a, const GeomText& b, double margin, int poses, uint64_t seed) {
  Oracle oracle(a, b, margin);
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
Errors compare_pair(const std::string& a, const std::string& b, int poses = 4000) {
  Errors total;
  for (const double margin : {0.0, 0.02}) {
    const Errors e = compare<T>(geoms().at(a), geoms().at(b), margin, poses / 2, 11);
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
    const Errors e = compare_pair<double>(a, b);
    EXPECT_GT(e.contacts, 500) << a << " " << b;
    EXPECT_EQ(e.count_differs, 0) << a << " " << b;
    EXPECT_LT(e.distance, 1e-12) << a << " " << b;
    EXPECT_LT(e.position, 1e-10) << a << " " << b;
    EXPECT_LT(e.frame, 1e-9) << a << " " << b;
  }
}

TEST(Collide, closed_forms_in_float_match_mujoco_to_float_rounding) {
  for (const auto& [a, b] : kClosedForms) {
    const Errors e = compare_pair<float>(a, b);
    EXPECT_LE(e.count_differs, e.poses / 1000) << a << " " << b;
    EXPECT_LT(e.distance, 2e-5) << a << " " << b;
  }
}

const std::vector<std::pair<std::string, std::string>> kConvexPairs = {
    {"sphere", "ellipsoid"},   {"sphere", "cloud"},   {"sphere", "prism"},    {"capsule", "ellipsoid"},
    {"capsule", "cylinder"},   {"capsule", "cloud"},  {"capsule", "prism"},   {"ellipsoid", "ellipsoid"},
    {"ellipsoid", "cylinder"}, {"ellipsoid", "box"},  {"ellipsoid", "cloud"}, {"cylinder", "cylinder"},
    {"cylinder", "box"},       {"cylinder", "cloud"}, {"cylinder", "prism"},  {"box", "cloud"},
    {"box", "prism"},          {"box", "tetra"},      {"cloud", "cloud"},     {"tetra", "prism"},
    {"prism", "prism"}};

TEST(Collide, convex_pairs_match_mujoco) {
  for (const auto& [a, b] : kConvexPairs) {
    const Errors e = compare_pair<double>(a, b, 1000);
    EXPECT_GT(e.contacts, 100) << a << " " << b;
  }
}
TEST(Collide, fields_match_mujoco) {
  for (const std::string b : {"sphere", "capsule", "ellipsoid", "cylinder", "box", "cloud", "prism"}) {
    const Errors e = compare_pair<double>("field", b, 400);
    EXPECT_GT(e.contacts, 100) << b;
  }
}

}  // namespace
}  // namespace manybody::physics::collide
