// The lane engine against MuJoCo 4.0, stage by stage, from random states: every shipped robot and a set of small models, in both
// precisions and every instruction set of the machine. `MANYBODY_TABLE=1 physics_test --gtest_filter='*stage_by_stage*'` prints
// the errors of each.
#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <ostream>
#include <utility>

#include "physics/lane/robots.h"
#include "physics/lane/test_models.h"

namespace manybody::physics::lane {

inline void PrintTo(const TextModel& text, std::ostream* out) { *out << text.name; }

namespace {

// The only tolerances there are: median and worst error of a model's states, by precision. Where shapes without closed forms touch,
// MuJoCo's own contact is known to the tolerance of its iteration only, and a line on a face may be found at either end
// (collide_test.cc): there nine states in ten are held to the second number.
struct Tolerance {
  double median, most;
};
constexpr Tolerance kDouble[kStageCount] = {{1e-13, 1e-12}, {1e-13, 1e-12}, {1e-13, 1e-12}, {1e-12, 1e-10},
                                            {1e-12, 1e-10}, {1e-12, 1e-10}, {1e-13, 1e-11}};
constexpr Tolerance kFloat[kStageCount] = {{1e-6, 1e-5}, {1e-6, 1e-5}, {1e-6, 1e-5}, {3e-4, 3e-2},
                                           {3e-4, 1e-2}, {3e-4, 1e-2}, {1e-5, 3e-4}};
constexpr Tolerance kDoubleConvex[kStageCount] = {{1e-13, 1e-12}, {1e-13, 1e-12}, {1e-13, 1e-12}, {1e-3, 1e-2},
                                                  {1e-3, 1e-2},   {1e-3, 1e-2},   {1e-5, 1e-3}};
constexpr Tolerance kFloatConvex[kStageCount] = {{1e-6, 1e-5}, {1e-6, 1e-5}, {1e-6, 1e-5}, {3e-3, 3e-2},
                                                 {3e-3, 3e-2}, {3e-3, 3e-2}, {1e-4, 3e-3}};
constexpr double kDoubleTrajectory = 1e-8, kFloatTrajectory = 2e-3;

Tolerance allowed(const std::string& flavour, bool convex, int stage) {
  if (flavour.find("double") != std::string::npos) return (convex ? kDoubleConvex : kDouble)[stage];
  return (convex ? kFloatConvex : kFloat)[stage];
}

constexpr int kWorlds = 16;  // the widest group

struct Subject {
  std::string name;
  SharedModel model;
  double lift = 0;
  bool tumble = false;
  const body::Body* body = nullptr;
  int trials = 2;
};

// A robot near its home pose, its feet in the ground by some centimetres; every third one anyhow.
void draw_robot(const mjModel& m, const body::Body& body, mjData& d, core::Rng& rng, bool anyhow) {
  mj_resetData(&m, &d);
  d.qpos[2] = body.root_height_home - .02 * rng.uniform();
  for (int k = 0; k < 4; ++k) d.qpos[3 + k] = body.root_rotation_home[k] + (anyhow ? .3 * rng.normal() : .02 * rng.normal());
  if (anyhow) d.qpos[2] *= .7;
  mju_normalize4(d.qpos + 3);
  for (size_t j = 0; j < body.joints.size(); ++j) d.qpos[7 + j] = body.joints[j].home + .3 * rng.normal();
  for (int k = 0; k < m.nv; ++k) d.qvel[k] = rng.normal();
  for (size_t a = 0; a < body.actuated.size(); ++a) d.ctrl[a] = body.joints[body.actuated[a]].home + .5 * rng.normal();
  for (int b = 1; b < m.nbody; ++b)
    for (int k = 0; k < 6; ++k) d.xfrc_applied[6 * b + k] = m.body_mass[b] * (k < 3 ? 2 : .05) * rng.normal();
}

struct Spread {  // of all worlds and trials of one subject in one flavour
  std::vector<double> by_stage[kStageCount];
  int miscounted = 0;  // trials whose number of contacts differs; only seen where one world is a group
  double median(int stage) {
    if (by_stage[stage].empty()) return 0;
    std::vector<double>& v = by_stage[stage];
    std::nth_element(v.begin(), v.begin() + v.size() / 2, v.end());
    return v[v.size() / 2];
  }
  double tenth(int stage) {  // nine states in ten are better
    std::vector<double>& v = by_stage[stage];
    if (v.empty()) return 0;
    const auto at = v.begin() + 9 * (v.size() - 1) / 10;
    std::nth_element(v.begin(), at, v.end());
    return *at;
  }
  double worst(int stage) const {
    return by_stage[stage].empty() ? 0 : *std::max_element(by_stage[stage].begin(), by_stage[stage].end());
  }
};

using Key = std::pair<std::string, bool>;  // flavour, convex
std::map<Key, Spread> measure(const Subject& subject) {
  const mjModel& m = *subject.model;
  Truth truth(subject.model, kWorlds);
  std::map<Key, Spread> out;
  const auto engines = engines_of(subject.model, kWorlds);
  core::Rng rng(11, 3);
  std::vector<double> warm(m.nv);
  for (int trial = 0; trial < subject.trials; ++trial) {
    for (int w = 0; w < kWorlds; ++w) {
      if (subject.body) draw_robot(m, *subject.body, truth[w], rng, w % 3 == 2);
      else draw_state(m, truth[w], rng, subject.lift, subject.tumble);
      for (double& a : warm) a = trial == 0 ? 0 : 5 * rng.normal();  // the optimum does not know where it was sought from
      for (const auto& [flavour, engine] : engines) truth.hand_to(*engine, w, warm);
    }
    truth.step();
    uint64_t contacts = 0;
    bool counted = true;
    for (int w = 0; w < kWorlds; ++w) contacts += truth.contacts(w), counted &= !truth.convex(w);
    for (const auto& [flavour, engine] : engines) {
      const uint64_t before = engine->stages().contacts;
      engine->step(1);
      if (counted && engine->lanes() == 1 && flavour.precision == Precision::twofold)
        out[{flavour.name, false}].miscounted += engine->stages().contacts - before != contacts;
      for (int w = 0; w < kWorlds; ++w) {
        const Errors errors = truth.compare(*engine, w);
        for (int s = 0; s < kStageCount; ++s) out[{flavour.name, truth.convex(w)}].by_stage[s].push_back(errors[s]);
      }
    }
  }
  return out;
}

struct Row {
  std::string subject, flavour;
  bool convex;
  Spread spread;
};
std::vector<Row>& rows() {
  static std::vector<Row> all;
  return all;
}

void check(const Subject& subject) {
  for (auto& [key, spread] : measure(subject)) {
    const auto& [flavour, convex] = key;
    const std::string what = subject.name + (convex ? ", convex shapes, " : ", ") + flavour;
    for (int s = 0; s < kStageCount; ++s) {
      const Tolerance most = allowed(flavour, convex, s);
      EXPECT_LE(spread.median(s), most.median) << what << ", median " << kStageTitles[s];
      EXPECT_LE(convex ? spread.tenth(s) : spread.worst(s), most.most) << what << ", worst " << kStageTitles[s];
      EXPECT_TRUE(std::isfinite(spread.worst(s))) << what << ", " << kStageTitles[s];
    }
    EXPECT_EQ(spread.miscounted, 0) << subject.name << ": number of contacts";
    rows().push_back({subject.name, flavour, convex, std::move(spread)});
  }
}

class LaneParity : public ::testing::TestWithParam<TextModel> {};

TEST_P(LaneParity, one_step_matches_mujoco_stage_by_stage) {
  const TextModel& text = GetParam();
  const SharedModel model = compile_probed(text.text);
  ASSERT_EQ(missing_features(*model), std::vector<std::string>{});
  check({text.name, model, text.lift, text.tumble, nullptr, 4});
}

class LaneTrajectory : public ::testing::TestWithParam<TextModel> {};

TEST_P(LaneTrajectory, three_hundred_steps_stay_with_mujoco) {
  const TextModel& text = GetParam();
  const SharedModel model = compile_probed(text.text);
  const mjModel& m = *model;
  Truth truth(model, kWorlds);
  const auto engines = engines_of(model, kWorlds);
  core::Rng rng(5);
  for (int w = 0; w < kWorlds; ++w) {
    draw_state(m, truth[w], rng, text.lift, text.tumble, .3);
    for (const auto& [flavour, engine] : engines) truth.hand_to(*engine, w);
  }
  constexpr int kSteps = 300;
  for (int i = 0; i < kSteps; ++i) truth.step();
  for (const auto& [flavour, engine] : engines) {
    engine->step(kSteps);
    double worst = 0;
    for (int w = 0; w < kWorlds; ++w)
      worst = Truth::worse(worst, Truth::largest({truth[w].qpos, static_cast<size_t>(m.nq)}, engine->qpos(w)));
    EXPECT_LE(worst, flavour.precision == Precision::twofold ? kDoubleTrajectory : kFloatTrajectory)
        << text.name << ", " << flavour.name;
    if (getenv("MANYBODY_TABLE")) std::printf("trajectory %-24s %-14s %.1e\n", text.name.c_str(), flavour.name.c_str(), worst);
  }
}

std::string name_of(const ::testing::TestParamInfo<TextModel>& one) { return one.param.name; }
std::vector<TextModel> calm(std::vector<TextModel> all) {
  std::erase_if(all, [](const TextModel& text) { return !text.calm; });
  return all;
}
INSTANTIATE_TEST_SUITE_P(Joints, LaneTrajectory, ::testing::ValuesIn(calm(joint_models())), name_of);
INSTANTIATE_TEST_SUITE_P(Contacts, LaneTrajectory, ::testing::ValuesIn(calm(contact_models())), name_of);
INSTANTIATE_TEST_SUITE_P(Joints, LaneParity, ::testing::ValuesIn(joint_models()), name_of);
INSTANTIATE_TEST_SUITE_P(Contacts, LaneParity, ::testing::ValuesIn(contact_models()), name_of);
INSTANTIATE_TEST_SUITE_P(Equalities, LaneParity, ::testing::ValuesIn(equality_models()), name_of);
INSTANTIATE_TEST_SUITE_P(Equalities, LaneTrajectory, ::testing::ValuesIn(calm(equality_models())), name_of);
INSTANTIATE_TEST_SUITE_P(Elliptic, LaneParity, ::testing::ValuesIn(elliptic(contact_models())), name_of);
INSTANTIATE_TEST_SUITE_P(Elliptic, LaneTrajectory, ::testing::ValuesIn(calm(elliptic(contact_models()))), name_of);

class LaneOddities : public ::testing::TestWithParam<TextModel> {};
TEST_P(LaneOddities, model_is_named_as_missing_something_or_matches_mujoco) {
  const TextModel& text = GetParam();
  const SharedModel model = compile_probed(text.text);
  if (missing_features(*model).empty()) check({text.name, model, text.lift, text.tumble, nullptr, 2});
}
INSTANTIATE_TEST_SUITE_P(Asking, LaneOddities, ::testing::ValuesIn(odd_models()), name_of);

class LaneLonely : public ::testing::TestWithParam<TextModel> {};
TEST_P(LaneLonely, one_step_matches_mujoco_stage_by_stage) {
  const TextModel& text = GetParam();
  check({text.name, compile_probed(text.text), text.lift, text.tumble, nullptr, 4});
}
INSTANTIATE_TEST_SUITE_P(Free, LaneLonely, ::testing::ValuesIn(lonely_models()), name_of);

class LaneRobots : public ::testing::TestWithParam<const char*> {};

TEST_P(LaneRobots, one_step_on_their_feet_matches_mujoco_stage_by_stage) {
  const SharedModel model = robot_scene(GetParam(), Collisions::feet);
  ASSERT_EQ(missing_features(*model), std::vector<std::string>{});
  check({std::string(GetParam()) + " feet", model, 0, false, &robot(GetParam()), 3});
}

TEST_P(LaneRobots, one_step_with_all_collisions_matches_mujoco_stage_by_stage) {
  const SharedModel model = robot_scene(GetParam(), Collisions::full);
  ASSERT_EQ(missing_features(*model), std::vector<std::string>{});
  check({std::string(GetParam()) + " full", model, 0, false, &robot(GetParam()), 2});
}

INSTANTIATE_TEST_SUITE_P(Shipped, LaneRobots, ::testing::ValuesIn(kRobots),
                         [](const auto& one) { return std::string(one.param); });

// At the end: what the tests above measured; with MANYBODY_TABLE set, for every model.
class Report : public ::testing::Environment {
 public:
  void TearDown() override {
    if (getenv("MANYBODY_TABLE")) print_all();
    for (const char* precision : {"double", "float"})
      for (const bool convex : {false, true}) print_worst(precision, convex);
  }

 private:
  static void print_all() {
    std::printf("%-28s %-14s %6s", "median/worst, * convex", "", "states");
    for (const char* title : kStageTitles) std::printf(" %15s", title);
    std::printf("\n");
    for (Row& row : rows()) {
      std::printf("%-28s %-14s %6zu", (row.subject + (row.convex ? " *" : "")).c_str(), row.flavour.c_str(),
                  row.spread.by_stage[0].size());
      for (int s = 0; s < kStageCount; ++s) std::printf(" %7.0e/%7.0e", row.spread.median(s), row.spread.worst(s));
      std::printf("\n");
    }
  }
  static void print_worst(const char* precision, bool convex) {
    Errors worst{};
    size_t states = 0;
    for (const Row& row : rows()) {
      if (row.convex != convex || row.flavour.find(precision) == std::string::npos) continue;
      states += row.spread.by_stage[0].size();
      for (int s = 0; s < kStageCount; ++s) worst[s] = std::max(worst[s], row.spread.worst(s));
    }
    if (states == 0) return;
    std::printf("lane engine against MuJoCo, %s%s, worst of %zu states:", precision, convex ? ", convex shapes" : "", states);
    for (int s = 0; s < kStageCount; ++s) std::printf(" %s %.1e%s", kStageTitles[s], worst[s], s + 1 < kStageCount ? "," : "\n");
  }
};
[[maybe_unused]] const auto* const kReport = ::testing::AddGlobalTestEnvironment(new Report);

}  // namespace
}  // namespace manybody::physics::lane
