// Microseconds a pair: ours in double and float beside MuJoCo's whole collision of a model with just that pair, over the same random
// poses (about two thirds of them in contact). What MuJoCo does around its narrow phase is timed with two geoms out of reach and
// printed as a line of its own.
#include <benchmark/benchmark.h>

#include <map>

#include "physics/collide/oracle.h"

namespace manybody::physics::collide {
namespace {

constexpr int kPoses = 256;

GeomText geom(const std::string& name) {
  static core::Rng rng(7);
  static const std::map<std::string, std::string> sizes = {{"sphere", ".2"},          {"capsule", ".1 .25"},
                                                           {"ellipsoid", ".1 .2 .3"}, {"cylinder", ".15 .2"},
                                                           {"box", ".1 .2 .3"},       {"plane", "0 0 1"}};
  if (name == "mesh") return random_mesh(rng, 200, 0.3);
  if (name == "field") return random_field(rng, 40, 40);
  return {name, "type='" + name + "' size='" + sizes.at(name) + "'", "", name == "plane"};
}

struct Case {
  Oracle oracle;
  ShapeTable<double> wide;
  ShapeTable<float> narrow;
  std::vector<std::vector<double>> states;
  std::vector<Pose<double>> wide1, wide2;
  std::vector<Pose<float>> narrow1, narrow2;

  Case(const std::string& a, const std::string& b)
      : oracle(geom(a), geom(b), 0), wide(oracle.model.get()), narrow(oracle.model.get()) {
    core::Rng rng(3);
    for (int k = 0; k < kPoses; ++k) {
      oracle.random_pose(rng);
      states.emplace_back(oracle.data->qpos, oracle.data->qpos + oracle.model->nq);
      wide1.push_back(oracle.pose<double>(oracle.g1));
      wide2.push_back(oracle.pose<double>(oracle.g2));
      narrow1.push_back(oracle.pose<float>(oracle.g1));
      narrow2.push_back(oracle.pose<float>(oracle.g2));
    }
  }
};

template <class T>
void ours(benchmark::State& state, const ShapeTable<T>& shapes, const Oracle& o, const std::vector<Pose<T>>& p1,
          const std::vector<Pose<T>>& p2) {
  Touch<T> out[64];
  int k = 0, contacts = 0;
  for (auto _ : state) {
    contacts += collide(shapes[o.g1], p1[k], shapes[o.g2], p2[k], T(0), out, 64);
    k = (k + 1) % kPoses;
  }
  benchmark::DoNotOptimize(contacts);
}

void theirs(benchmark::State& state, Case& c, bool apart) {
  mjModel* m = c.oracle.model.get();
  mjData* d = c.oracle.data.get();
  int k = 0;
  for (auto _ : state) {
    for (const int g : {c.oracle.g1, c.oracle.g2}) {
      const Pose<double>& p = (g == c.oracle.g1 ? c.wide1 : c.wide2)[k];
      std::copy_n(p.position, 3, d->geom_xpos + 3 * g);
      std::copy_n(p.rotation, 9, d->geom_xmat + 9 * g);
    }
    if (apart) d->geom_xpos[3 * c.oracle.g2] += 100;
    mj_collision(m, d);
    k = (k + 1) % kPoses;
  }
}

const int registered = [] {
  static std::map<std::string, std::unique_ptr<Case>> cases;
  const std::vector<std::pair<const char*, const char*>> pairs = {
      {"plane", "sphere"},  {"plane", "capsule"},     {"plane", "box"},     {"plane", "cylinder"},  {"plane", "mesh"},
      {"sphere", "sphere"}, {"sphere", "capsule"},    {"sphere", "box"},    {"sphere", "cylinder"}, {"capsule", "capsule"},
      {"capsule", "box"},   {"capsule", "cylinder"},  {"capsule", "mesh"},  {"sphere", "mesh"},     {"box", "box"},
      {"cylinder", "box"},  {"cylinder", "cylinder"}, {"cylinder", "mesh"}, {"box", "mesh"},        {"mesh", "mesh"},
      {"ellipsoid", "box"}, {"ellipsoid", "mesh"},    {"field", "sphere"},  {"field", "capsule"},   {"field", "box"},
      {"field", "mesh"}};
  for (const auto& [a, b] : pairs) {
    const std::string name = std::string(a) + "-" + b;
    const auto at = [name, a = std::string(a), b = std::string(b)]() -> Case& {
      auto& slot = cases[name];
      if (!slot) slot = std::make_unique<Case>(a, b);
      return *slot;
    };
    benchmark::RegisterBenchmark((name + "/double").c_str(), [at](benchmark::State& s) {
      Case& c = at();
      ours(s, c.wide, c.oracle, c.wide1, c.wide2);
    })->Unit(benchmark::kMicrosecond);
    benchmark::RegisterBenchmark((name + "/float").c_str(), [at](benchmark::State& s) {
      Case& c = at();
      ours(s, c.narrow, c.oracle, c.narrow1, c.narrow2);
    })->Unit(benchmark::kMicrosecond);
    benchmark::RegisterBenchmark((name + "/mujoco").c_str(), [at](benchmark::State& s) {
      theirs(s, at(), false);
    })->Unit(benchmark::kMicrosecond);
  }
  benchmark::RegisterBenchmark("out-of-reach/mujoco", [](benchmark::State& s) {
    Case c("sphere", "sphere");
    theirs(s, c, true);
  })->Unit(benchmark::kMicrosecond);
  return 0;
}();

}  // namespace
}  // namespace manybody::physics::collide
