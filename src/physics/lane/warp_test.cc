// The threads' build (thread.h, as a GPU runs it) on the processor: a warp of four fibres against a vector of four lanes, bit for bit.
// parity_test.cc measures the same warps against MuJoCo. What only a GPU can show is in cuda_test.cc.
#define MB_LANE_SET four
#include <gtest/gtest.h>

#include <cstring>
#include <ostream>

#include "core/error.h"
#include "core/text.h"
#include "physics/lane/flat.h"
#include "physics/lane/group.h"
#include "physics/lane/robots.h"
#include "physics/lane/test_models.h"

namespace manybody::physics::lane {

inline void PrintTo(const TextModel& text, std::ostream* out) { *out << text.name; }

namespace {

constexpr int kFour = 4, kCount = 8;  // lanes; worlds: two groups

// The engine's arrays, filled without the engine.
struct Worlds {
  Worlds(const mjModel& source, const Model<float>& m)
      : record(m), block(m), records(kCount * record.size), parameters(kCount * block.size), diverged(kCount) {
    for (int w = 0; w < kCount; ++w) {
      float* p = &parameters[w * block.size];
      for (size_t a = 0; a < m.actuators.size(); ++a) {
        p[block.gain + a] = m.actuators[a].gain[0], p[block.bias_q + a] = m.actuators[a].bias[1],
                       p[block.bias_v + a] = m.actuators[a].bias[2];
        p[block.force_low + a] = m.actuators[a].force_low, p[block.force_high + a] = m.actuators[a].force_high;
      }
      for (size_t g = 0; g < m.geoms.size(); ++g)
        p[block.friction + g] = static_cast<float>(source.geom_friction[3 * m.geoms[g].id]);
      for (int k = 0; k < 3; ++k) p[block.gravity + k] = m.gravity[k];
    }
  }
  void take(const mjModel& source, const Wanted& wanted, const mjData& d, int w) {
    double* r = &records[static_cast<size_t>(w) * record.size];
    std::copy_n(d.qpos, source.nq, r + record.qpos);
    std::copy_n(d.qvel, source.nv, r + record.qvel);
    std::copy_n(d.ctrl, source.nu, r + record.ctrl);
    for (size_t i = 0; i < wanted.push_bodies.size(); ++i)
      std::copy_n(d.xfrc_applied + 6 * wanted.push_bodies[i], 6, r + record.push + 6 * i);
  }
  DeviceArrays arrays() { return {kCount, record.size, records.data(), parameters.data(), diverged.data()}; }

  Record record;
  ParameterBlock block;
  std::vector<double> records;
  std::vector<float> parameters;
  std::vector<uint8_t> diverged;
};

void step_vector(const Model<float>& m, Worlds& worlds, int substeps, bool advance) {
  static constexpr Kernel<float> kernel = Entry<Vector<float, kFour>>::kernel("four floats");
  void* work = kernel.open(m);
  for (int first = 0; first < kCount; first += kFour) {
    Group<float> group;
    group.wanted = 0xf;
    for (int l = 0; l < kFour; ++l) {
      const int w = first + l;
      group.records[l] = &worlds.records[static_cast<size_t>(w) * worlds.record.size];
      group.parameters[l] = &worlds.parameters[static_cast<size_t>(w) * worlds.block.size];
      group.diverged[l] = &worlds.diverged[w];
      group.worlds[l] = w;
    }
    kernel.run(m, work, group, substeps, advance);
  }
  kernel.close(work);
}

// Numbers are the same, or none in both.
int differing(const std::vector<double>& a, const std::vector<double>& b) {
  int count = 0;
  for (size_t i = 0; i < a.size(); ++i) {
#if defined(__x86_64__)
    count += !(a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i])));
#else  // where a*b+c is one instruction, compilers fuse differently around a vector and a number
    count += !(std::abs(a[i] - b[i]) <= 1e-3 * (1 + std::abs(b[i])) || (std::isnan(a[i]) && std::isnan(b[i])));
#endif
  }
  return count;
}

// Steps both from the states that draw(world) makes; false where the device does not take the model.
template <class Draw>
bool compare(const mjModel& source, const std::string& name, Draw draw) {
  const Wanted wanted = all_of(source);
  const Model<float> m = make_model<float>(source, wanted);
  if (!m.missing.empty() || !device_lacks(m).empty()) return false;
  collide::DataPtr data(mj_makeData(&source));
  Worlds vector(source, m), warp(source, m);
  for (int w = 0; w < kCount; ++w) {
    draw(*data, w);
    vector.take(source, wanted, *data, w);
    warp.take(source, wanted, *data, w);
  }
  const auto device = make_emulated_device(m, warp.arrays(), kFour);
  const int order[kCount] = {0, 1, 2, 3, 4, 5, 6, 7};
  for (const auto& [substeps, advance] : {std::pair{1, false}, {1, true}, {6, true}}) {
    step_vector(m, vector, substeps, advance);
    device->run(order, substeps, advance);
    EXPECT_EQ(differing(warp.records, vector.records), 0)
        << name << ", of " << vector.records.size() << " numbers, after " << substeps << " steps";
    EXPECT_EQ(warp.diverged, vector.diverged) << name;
  }
  return true;
}

class Warps : public ::testing::TestWithParam<TextModel> {};

TEST_P(Warps, four_threads_move_four_worlds_through_the_bits_of_a_vector) {
  const TextModel& text = GetParam();
  const SharedModel model = compile_probed(text.text);
  core::Rng rng(7);
  const bool taken = compare(*model, text.name, [&](mjData& d, int) { draw_state(*model, d, rng, text.lift, text.tumble); });
  if (!taken) GTEST_SKIP() << "the threads' build lacks what " << text.name << " uses, and says so";
}

std::string name_of(const ::testing::TestParamInfo<TextModel>& one) { return one.param.name; }
INSTANTIATE_TEST_SUITE_P(Joints, Warps, ::testing::ValuesIn(joint_models()), name_of);
INSTANTIATE_TEST_SUITE_P(Contacts, Warps, ::testing::ValuesIn(contact_models()), name_of);
INSTANTIATE_TEST_SUITE_P(Equalities, Warps, ::testing::ValuesIn(equality_models()), name_of);
INSTANTIATE_TEST_SUITE_P(Elliptic, Warps, ::testing::ValuesIn(elliptic(contact_models())), name_of);
INSTANTIATE_TEST_SUITE_P(Free, Warps, ::testing::ValuesIn(lonely_models()), name_of);

class WarpRobots : public ::testing::TestWithParam<const char*> {};

// At home, in the ground by a little, everything else drawn.
TEST_P(WarpRobots, on_their_feet_move_through_the_bits_of_a_vector) {
  const SharedModel model = robot_scene(GetParam(), Collisions::feet);
  const body::Body& body = robot(GetParam());
  core::Rng rng(8);
  const bool taken = compare(*model, GetParam(), [&](mjData& d, int w) {
    draw_state(*model, d, rng, .01, false);
    d.qpos[2] = body.root_height_home - .02 * rng.uniform() + (w % 4 == 3 ? .3 : 0);  // one in the air
    for (size_t j = 0; j < body.joints.size(); ++j) d.qpos[7 + j] = body.joints[j].home + .1 * rng.normal();
  });
  EXPECT_TRUE(taken) << GetParam();
}
TEST_P(WarpRobots, with_all_collisions_move_through_the_bits_of_a_vector_or_are_named_as_too_large) {
  const SharedModel model = robot_scene(GetParam(), Collisions::full);
  const body::Body& body = robot(GetParam());
  for (const Collisions scene : {Collisions::feet, Collisions::full}) {
    if (!getenv("MANYBODY_TABLE")) break;
    const Model<float> m = make_model<float>(*robot_scene(GetParam(), scene), {});
    std::printf("%s, %s: %.1f KiB of work memory a thread, %zu KiB of tables\n", GetParam(),
                scene == Collisions::full ? "full" : "feet", static_cast<double>(device_bytes(m)) / 1024,
                Flat<float>(m).bytes().size() >> 10);
  }
  core::Rng rng(9);
  const bool taken = compare(*model, GetParam(), [&](mjData& d, int) {
    draw_state(*model, d, rng, .01, true);
    d.qpos[2] = .3 * body.root_height_home;  // in a heap on the ground
    for (size_t j = 0; j < body.joints.size(); ++j) d.qpos[7 + j] = body.joints[j].home + .3 * rng.normal();
  });
  if (!taken) GTEST_SKIP() << core::joined(device_lacks(make_model<float>(*model, {})));
}

INSTANTIATE_TEST_SUITE_P(Shipped, WarpRobots, ::testing::ValuesIn(kRobots),
                         [](const auto& one) { return std::string(one.param); });

TEST(Warp, spare_threads_and_single_worlds_leave_the_others_alone) {
  const SharedModel model = robot_scene("unitree_g1", Collisions::feet);
  EngineOptions options;
  options.worlds = 5;
  options.set = Set::warp;
  options.warp_lanes = 4;
  const auto warp = make_engine(model, options);
  for (int w = 0; w < 5; ++w) warp->qpos(w)[2] = .8 + .01 * w;
  const std::vector<double> before(warp->state(3).begin(), warp->state(3).end());
  const int some[2] = {1, 4};
  warp->forward(some);
  EXPECT_TRUE(std::equal(before.begin(), before.end(), warp->state(3).begin()));
  warp->step(3);
  options.set = Set::scalar;
  const auto scalar = make_engine(model, options);
  for (int w = 0; w < 5; ++w) scalar->qpos(w)[2] = .8 + .01 * w;
  scalar->step(3);
  for (int w = 0; w < 5; ++w)
    for (int k = 0; k < model->nq; ++k) EXPECT_NEAR(warp->qpos(w)[k], scalar->qpos(w)[k], 1e-5) << w << ", " << k;
}

class Nothing final : public Drive {
 public:
  void ask(const DriveCall&) const override {}
};

TEST(Warp, a_device_names_what_it_lacks) {
  const SharedModel g1 = robot_scene("unitree_g1", Collisions::feet);
  EXPECT_EQ(device_lacks(make_model<float>(*g1, {})), std::vector<std::string>{});
  EngineOptions options;
  options.set = Set::warp;
  options.wanted.driven = {0};
  options.drive = std::make_shared<Nothing>();
  std::vector<std::string> lacks;
  EXPECT_EQ(try_engine(g1, options, lacks), nullptr);
  ASSERT_EQ(lacks.size(), 1u);
  EXPECT_NE(lacks[0].find("motor models"), std::string::npos);
  options.wanted.driven = {};
  options.precision = Precision::twofold;
  EXPECT_THROW(try_engine(g1, options, lacks), core::UserError);
  std::string many;  // balls that may all touch one another
  for (int i = 0; i < 60; ++i) many += dropped("type='sphere' size='.1'", .2 + .3 * i);
  const auto crowd = device_lacks(make_model<float>(*compile_probed(mjcf("", world(floor_text() + many))), {}));
  ASSERT_EQ(crowd.size(), 1u);
  EXPECT_NE(crowd[0].find("KiB a world"), std::string::npos) << crowd[0];
}

}  // namespace
}  // namespace manybody::physics::lane
