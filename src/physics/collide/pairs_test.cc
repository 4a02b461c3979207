#include "physics/collide/pairs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "physics/collide/oracle.h"

namespace manybody::physics::collide {
namespace {

std::string some(core::Rng& rng, std::initializer_list<const char*> choices) {
  return choices.begin()[rng.below(static_cast<int>(choices.size()))];
}

std::string random_geom(core::Rng& rng, int id) {
  std::string g = "<geom name='g" + std::to_string(id) + "' type='sphere' size='1' mass='1' pos='" +
                  number(rng.uniform(-.1, .1)) + " " + number(rng.uniform(-.1, .1)) + " 0'";
  g += " contype='" + std::to_string(rng.below(4)) + "' conaffinity='" + std::to_string(rng.below(4)) + "'";
  g += " priority='" + std::to_string(rng.below(2)) + "' condim='" + some(rng, {"1", "3", "4", "6"}) + "'";
  g += " solmix='" + some(rng, {"0", "1", "2.5"}) + "' solref='" + some(rng, {"0.02 1", "0.05 0.7", "-800 -30"}) + "'";
  g += " solimp='" + number(rng.uniform(.5, .9)) + " .95 .001 .5 2' friction='" + number(rng.uniform(0, 1)) + " .01 .0002'";
  g += " margin='" + number(rng.uniform(0, .02)) + "' gap='" + number(rng.uniform(0, .01)) + "' adhesion='" +
       some(rng, {"0", ".4"}) + "'";
  return g + "/>";
}

// A random tree whose spheres all overlap: every pair that may touch does.
std::string random_model(uint64_t seed) {
  core::Rng rng(seed);
  std::string xml = "<mujoco><option><flag filterparent='" + some(rng, {"enable", "enable", "disable"}) + "' override='" +
                    some(rng, {"disable", "disable", "enable"}) + "'/></option><worldbody>";
  xml.replace(xml.find("<option>"), 8, "<option o_margin='0.015' o_solref='.03 1.1' o_friction='.7 .7 .01 .01 .01'>");
  int geoms = 0, bodies = 1;
  if (rng.below(2)) xml += "<geom name='floor' type='plane' size='0 0 1' pos='0 0 0'/>";
  xml += random_geom(rng, geoms++);
  int depth = 0;
  for (int i = 0; i < 9; ++i) {
    while (depth > 0 && rng.below(3) == 0) xml += "</body>", --depth;
    xml += "<body name='b" + std::to_string(bodies++) + "'>";
    const int joint = rng.below(4);
    if (joint == 0 && depth == 0) xml += "<freejoint/>";
    if (joint == 1 || joint == 2) xml += "<joint type='hinge'/>";  // otherwise welded to its parent
    ++depth;
    for (int k = 1 + rng.below(2); k > 0; --k) xml += random_geom(rng, geoms++);
  }
  while (depth-- > 0) xml += "</body>";
  xml += "</worldbody><contact>";
  std::set<std::pair<int, int>> used;
  for (int i = 0; i < 4; ++i) {
    const int a = rng.below(bodies), b = rng.below(bodies);
    if (a == 0 || b == 0 || a == b || !used.insert(std::minmax(a, b)).second) continue;
    xml += "<exclude body1='b" + std::to_string(a) + "' body2='b" + std::to_string(b) + "'/>";
  }
  used.clear();
  for (int i = 0; i < 4; ++i) {
    const int a = rng.below(geoms), b = rng.below(geoms);
    if (a == b || !used.insert(std::minmax(a, b)).second) continue;
    xml += "<pair geom1='g" + std::to_string(a) + "' geom2='g" + std::to_string(b) +
           "' condim='4' friction='.1 .2 .3 .4 .5' margin='.003'" + " gap='.002' solref='.01 1' solreffriction='" +
           some(rng, {"0 0", ".04 .5"}) + "' adhesion='.2'/>";
  }
  return xml + "</contact></mujoco>";
}

void expect_same(const PairParameters& p, const mjContact& c, const std::string& where) {
  EXPECT_EQ(p.condim, c.dim) << where;
  EXPECT_DOUBLE_EQ(p.margin, c.includemargin) << where;
  EXPECT_DOUBLE_EQ(p.adhesion, c.adhesion) << where;
  for (int i = 0; i < 5; ++i) EXPECT_DOUBLE_EQ(p.friction[i], c.friction[i]) << where << i;
  for (int i = 0; i < 2; ++i) EXPECT_DOUBLE_EQ(p.solref[i], c.solref[i]) << where << i;
  for (int i = 0; i < 2; ++i) EXPECT_DOUBLE_EQ(p.solreffriction[i], c.solreffriction[i]) << where << i;
  for (int i = 0; i < 5; ++i) EXPECT_DOUBLE_EQ(p.solimp[i], c.solimp[i]) << where << i;
}

TEST(Pairs, list_of_random_models_is_what_mujoco_collides_in_order_and_parameters) {
  int pairs = 0, explicit_pairs = 0;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const ModelPtr model = compile_text(random_model(seed));
    const DataPtr data(mj_makeData(model.get()));
    mj_kinematics(model.get(), data.get());
    mj_comPos(model.get(), data.get());
    mj_collision(model.get(), data.get());
    const std::vector<PairParameters> list = list_pairs(model.get());
    ASSERT_EQ(static_cast<int>(list.size()), data->ncon) << "seed " << seed;
    for (int i = 0; i < data->ncon; ++i) {
      const mjContact& c = data->contact[i];
      EXPECT_EQ(list[i].geom1, c.geom[0]) << "seed " << seed << " contact " << i;
      EXPECT_EQ(list[i].geom2, c.geom[1]) << "seed " << seed << " contact " << i;
      expect_same(list[i], c, "seed " + std::to_string(seed) + " contact " + std::to_string(i) + " ");
      ++pairs;
      explicit_pairs += list[i].pair >= 0;
    }
  }
  EXPECT_GT(pairs, 2000);
  EXPECT_GT(explicit_pairs, 200);
}

// The three whose meshes compile quickly: capsules, cylinders, boxes and meshes among themselves and on the floor.
const char* const kRobots[] = {"unitree_g1", "unitree_h1", "booster_t1"};

ModelPtr load_robot(const std::string& name) {
  const std::string file = std::string(MB_SOURCE_DIR) + "/.deps/robots/mujoco_menagerie/" + name + "/scene.xml";
  char error[500] = "";
  ModelPtr model(mj_loadXML(file.c_str(), nullptr, error, sizeof error));
  if (!model) throw std::runtime_error(error);
  return model;
}

// Joints anywhere about home, the body lowered into the floor.
void random_state(const mjModel* m, mjData* d, core::Rng& rng) {
  mj_resetData(m, d);
  for (int j = 7; j < m->nq; ++j) d->qpos[j] += rng.normal();
  d->qpos[2] *= rng.uniform(0.3, 1);
  mj_kinematics(m, d);
  mj_comPos(m, d);
  mj_collision(m, d);
}

template <class T>
Pose<T> pose_of(const mjData* d, int g) {
  Pose<T> p;
  for (int i = 0; i < 3; ++i) p.position[i] = static_cast<T>(d->geom_xpos[3 * g + i]);
  for (int i = 0; i < 9; ++i) p.rotation[i] = static_cast<T>(d->geom_xmat[9 * g + i]);
  return p;
}

struct Tally {
  int contacts = 0, pairs = 0, count_differs = 0;
  int depth_differs = 0;  // pairs with as many contacts whose deepest is more than a millimetre off
};

// Every listed pair of the state: as many contacts as MuJoCo, as deep.
template <class T>
void compare_state(const mjModel* m, const mjData* d, const std::vector<PairParameters>& list, const ShapeTable<T>& shapes,
                   Tally& tally) {
  int found = 0;
  for (const PairParameters& pair : list) {
    const Pose<T> p1 = pose_of<T>(d, pair.geom1), p2 = pose_of<T>(d, pair.geom2);
    const T margin = static_cast<T>(pair.margin + pair.gap);
    int theirs = 0;
    double deepest = 1, our_deepest = 1;
    for (int i = 0; i < d->ncon; ++i) {
      const mjContact& c = d->contact[i];
      if (c.geom[0] != pair.geom1 || c.geom[1] != pair.geom2) continue;
      expect_same(pair, c, m->names);
      deepest = std::min(deepest, c.dist);
      ++theirs;
    }
    found += theirs;
    int ours = 0;
    if (bounds_touch(shapes[pair.geom1], p1, shapes[pair.geom2], p2, margin)) {
      Touch<T> out[64];
      ours = collide(shapes[pair.geom1], p1, shapes[pair.geom2], p2, margin, out, 64);
      for (int i = 0; i < ours; ++i) our_deepest = std::min(our_deepest, static_cast<double>(out[i].distance));
    }
    if (ours == 0 && theirs == 0) continue;
    ++tally.pairs;
    tally.count_differs += ours != theirs;
    tally.depth_differs += ours == theirs && std::fabs(deepest - our_deepest) > 1e-3;
  }
  EXPECT_EQ(found, d->ncon) << "a contact outside the list";
  tally.contacts += found;
}

TEST(Pairs, shipped_robots_with_full_collisions_have_mujocos_contacts) {
  core::Rng rng(5);
  for (const char* robot : kRobots) {
    const ModelPtr model = load_robot(robot);
    const DataPtr data(mj_makeData(model.get()));
    const std::vector<PairParameters> list = list_pairs(model.get());
    const ShapeTable<double> wide(model.get());
    const ShapeTable<float> narrow(model.get());
    Tally in_double, in_float;
    for (int k = 0; k < 40; ++k) {
      random_state(model.get(), data.get(), rng);
      compare_state(model.get(), data.get(), list, wide, in_double);
      compare_state(model.get(), data.get(), list, narrow, in_float);
    }
    for (const auto& [name, t] : {std::pair{"double", in_double}, std::pair{"float", in_float}}) {
      std::printf("%-7s %-18s %5d candidate pairs, %5d touching, %5d contacts, count differs %3d, depth %3d\n", name, robot,
                  static_cast<int>(list.size()), t.pairs, t.contacts, t.count_differs, t.depth_differs);
      EXPECT_GT(t.contacts, 100) << robot;
      EXPECT_LE(t.count_differs, t.pairs / 40) << robot << " " << name;
      EXPECT_LE(t.depth_differs, t.pairs / 100) << robot << " " << name;
    }
  }
}

}  // namespace
}  // namespace manybody::physics::collide
