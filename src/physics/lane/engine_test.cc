// What holds for the lane engine whatever the model: threads, instruction sets, restored states, per-world parameters, memory,
// divergence, spare lanes.
#include "physics/lane/engine.h"

#include <gtest/gtest.h>

#include <malloc.h>

#include <cstdlib>
#include <cstring>
#include <functional>
#include <new>
#include <numeric>

#include "physics/lane/test_models.h"
#include "physics/lane/twin.h"

// Every allocation of this thread is counted, so that "does not allocate" can be proven.
#define MB_KEEP __attribute__((noinline))
namespace {
thread_local long g_allocations = 0;
}
MB_KEEP void* operator new(std::size_t size) {
  ++g_allocations;
  if (void* p = std::malloc(size ? size : 1)) return p;
  throw std::bad_alloc();
}
MB_KEEP void* operator new[](std::size_t size) { return operator new(size); }
MB_KEEP void operator delete(void* p) noexcept { std::free(p); }
MB_KEEP void operator delete[](void* p) noexcept { std::free(p); }
MB_KEEP void operator delete(void* p, std::size_t) noexcept { std::free(p); }
MB_KEEP void operator delete[](void* p, std::size_t) noexcept { std::free(p); }

namespace manybody::physics::lane {
namespace {

// A floating trunk on two legs with soles and arms that may touch them: contacts with the ground and among its own bodies, limits,
// actuators, passive joints.
std::string creature(const std::string& option = "", const std::string& ground = floor_text()) {
  std::string limbs, drives;
  for (const char* side : {"-", ""}) {
    const std::string s = side, name = s.empty() ? "l" : "r";
    limbs += "<body name='thigh" + name + "' pos='0 " + s + ".1 -.1'><joint name='hip" + name +
             "' axis='0 1 0' range='-1 1' limited='true' armature='.02' damping='.1'/><geom type='capsule' size='.04' fromto='0 "
             "0 0 0 0 -.25' mass='1'/>"
             "<body name='foot" +
             name + "' pos='0 0 -.3'><joint name='knee" + name +
             "' axis='0 1 0' range='-.2 1.5' limited='true' armature='.02' frictionloss='.2'/><geom type='box' size='.1 .04 .02' "
             "pos='.03 0 -.02' mass='.4'/>"
             "<geom type='sphere' size='.03' pos='-.1 0 -.02' mass='.1'/></body></body>"
             "<body name='arm" +
             name + "' pos='0 " + s +
             ".2 .2'><joint type='ball' damping='.05'/><geom type='capsule' size='.03' "
             "fromto='0 0 0 .02 0 -.35' mass='.5'/></body>";
    drives += "<position joint='hip" + name + "' kp='60' kv='2' forcelimited='true' forcerange='-25 25'/><position joint='knee" +
              name + "' kp='40' kv='1.5'/>";
  }
  return mjcf(option,
              world(ground + "<body name='trunk' pos='0 0 .46'><freejoint/><geom type='box' size='.08 .12 .15' mass='5'/>" +
                    limbs + "</body>") +
                  "<actuator>" + drives + "</actuator>");
}

SharedModel creature_model() {
  static const SharedModel model = compile_probed(creature());
  return model;
}

Flavour best(Precision precision) {
  return {precision, Set::best, precision == Precision::single ? "best float" : "best double"};
}

void start(const mjModel& m, Engine& e, int w, core::Rng& rng, double speed = 1) {
  collide::DataPtr d(mj_makeData(&m));
  draw_state(m, *d, rng, .03, false, speed);
  std::copy(d->qpos, d->qpos + m.nq, e.qpos(w).begin());
  std::copy(d->qvel, d->qvel + m.nv, e.qvel(w).begin());
  std::copy(d->ctrl, d->ctrl + m.nu, e.ctrl(w).begin());
  std::fill(e.warm_start(w).begin(), e.warm_start(w).end(), 0.0);
}

void start_all(const mjModel& m, Engine& e, uint64_t seed) {
  for (int w = 0; w < e.worlds(); ++w) {
    core::Rng rng(seed, w);  // a world's own stream: the same however many there are
    start(m, e, w, rng);
  }
}

std::vector<double> states(Engine& e, int worlds) {
  std::vector<double> all;
  for (int w = 0; w < worlds; ++w) all.insert(all.end(), e.state(w).begin(), e.state(w).end());
  return all;
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

// Worlds stay beside the same neighbours.
std::unique_ptr<Engine> kept_groups(const Flavour& flavour, int worlds) {
  EngineOptions options;
  options.worlds = worlds, options.precision = flavour.precision, options.set = flavour.set,
  options.wanted = all_of(*creature_model());
  options.regroup = false;
  return make_engine(creature_model(), options);
}

class LaneEngineOf : public ::testing::TestWithParam<Precision> {};
INSTANTIATE_TEST_SUITE_P(Precisions, LaneEngineOf, ::testing::Values(Precision::single, Precision::twofold),
                         [](const auto& one) { return one.param == Precision::single ? "float" : "double"; });

TEST_P(LaneEngineOf, results_do_not_depend_on_the_number_of_threads) {
  std::vector<double> first;
  for (const int threads : {1, 2, 5}) {
    auto e = engine_of(creature_model(), best(GetParam()), 37, threads);
    start_all(*creature_model(), *e, 2);
    for (int tick = 0; tick < 10; ++tick) e->step(4);
    const std::vector<double> now = states(*e, 37);
    if (first.empty()) first = now;
    EXPECT_TRUE(same_bits(first, now)) << threads << " threads";
  }
}

TEST_P(LaneEngineOf, restored_engine_continues_bit_for_bit) {
  const int worlds = 11;
  auto e = engine_of(creature_model(), best(GetParam()), worlds);
  start_all(*creature_model(), *e, 3);
  e->step(13);
  const std::vector<double> kept = states(*e, worlds);
  e->step(20);
  const std::vector<double> expected = states(*e, worlds);
  auto other = engine_of(creature_model(), best(GetParam()), worlds);  // into a new engine, too
  for (Engine* into : {e.get(), other.get()}) {
    const size_t size = into->state(0).size();
    for (int w = 0; w < worlds; ++w) std::copy_n(kept.begin() + w * size, size, into->state(w).begin());
    into->step(20);
    EXPECT_TRUE(same_bits(expected, states(*into, worlds)));
  }
}

TEST_P(LaneEngineOf, many_substeps_equal_many_steps_bit_for_bit) {
  auto a = kept_groups(best(GetParam()), 9), b = kept_groups(best(GetParam()), 9);
  start_all(*creature_model(), *a, 4);
  start_all(*creature_model(), *b, 4);
  a->step(12);
  for (int i = 0; i < 12; ++i) b->step(1);
  EXPECT_TRUE(same_bits(states(*a, 9), states(*b, 9)));
}

// Each step from the same states: what rounding becomes in a chaotic system is not the matter here.
TEST_P(LaneEngineOf, who_shares_a_group_changes_rounding_only) {
  const int worlds = 40;
  auto free = engine_of(creature_model(), best(GetParam()), worlds), kept = kept_groups(best(GetParam()), worlds);
  start_all(*creature_model(), *free, 21);
  double worst = 0;
  for (int i = 0; i < 20; ++i) {
    for (int w = 0; w < worlds; ++w) std::copy(free->state(w).begin(), free->state(w).end(), kept->state(w).begin());
    free->step(1);
    kept->step(1);
    for (int w = 0; w < worlds; ++w) worst = Truth::worse(worst, Truth::largest(free->qvel(w), kept->qvel(w)));
  }
  EXPECT_LE(worst, GetParam() == Precision::single ? 1e-2 : 1e-9);
}

TEST_P(LaneEngineOf, spare_lanes_do_not_matter) {
  // As many worlds as fill no group, against full groups whose last worlds are what spare lanes are: copies of their group's first.
  auto few = kept_groups(best(GetParam()), 1);
  const int width = few->lanes(), worlds = 2 * width + 1, full = 3 * width;
  few = kept_groups(best(GetParam()), worlds);
  auto many = kept_groups(best(GetParam()), full);
  start_all(*creature_model(), *few, 5);
  start_all(*creature_model(), *many, 5);
  for (int w = worlds; w < full; ++w)
    std::copy(many->state(worlds - 1).begin(), many->state(worlds - 1).end(), many->state(w).begin());
  few->step(25);
  many->step(25);
  EXPECT_TRUE(same_bits(states(*few, worlds), states(*many, worlds)));
}

TEST(LaneEngine, every_instruction_set_agrees_with_the_scalar_one) {
  for (const Flavour& flavour : flavours()) {
    const bool twofold = flavour.precision == Precision::twofold;
    auto reference = engine_of(creature_model(), {Precision::twofold, Set::scalar, ""}, 16),
         e = engine_of(creature_model(), flavour, 16);
    start_all(*creature_model(), *reference, 6);
    start_all(*creature_model(), *e, 6);
    double worst = 0;
    for (int i = 0; i < 10; ++i) {
      // From the same states each time: what a chaotic system makes of the last bit is not the matter here.
      for (int w = 0; w < 16; ++w) std::copy(reference->state(w).begin(), reference->state(w).end(), e->state(w).begin());
      reference->step(1);
      e->step(1);
      for (int w = 0; w < 16; ++w) {
        const std::span<double> a = reference->qvel(w), b = e->qvel(w);
        worst = Truth::worse(worst, Truth::largest(a, b));
      }
    }
    EXPECT_LE(worst, twofold ? 1e-10 : 1e-2) << flavour.name;
  }
}

TEST(LaneEngine, step_does_not_allocate) {
  for (const Flavour& flavour : flavours()) {
    auto e = engine_of(creature_model(), flavour, 17);
    start_all(*creature_model(), *e, 7);
    e->step(1);
    const long before = g_allocations;
    for (int i = 0; i < 10; ++i) e->step(2);
    EXPECT_EQ(g_allocations, before) << flavour.name;
  }
  const long before = g_allocations;
  operator delete(operator new(8));
  EXPECT_EQ(g_allocations, before + 1);  // the counter counts
}

TEST(LaneEngine, step_takes_no_memory_at_all) {
  // Below operator new: what malloc hands out by the time the engine has stepped.
  auto e = engine_of(creature_model(), best(Precision::single), 64);
  start_all(*creature_model(), *e, 8);
  e->step(2);
  const auto in_use = [] { return mallinfo2().uordblks; };
  const size_t before = in_use();
  e->step(10);
  EXPECT_EQ(in_use(), before);
}

TEST(LaneEngine, forward_measures_and_leaves_the_state) {
  auto e = engine_of(creature_model(), best(Precision::twofold), 6);
  start_all(*creature_model(), *e, 9);
  e->step(5);
  const std::vector<double> before = states(*e, 6);
  std::vector<int> all(6);
  std::iota(all.begin(), all.end(), 0);
  e->forward(all);
  EXPECT_TRUE(same_bits(before, states(*e, 6)));
  const mjModel& m = *creature_model();
  collide::DataPtr d(mj_makeData(&m));
  for (int w = 0; w < 6; ++w) {
    std::copy(e->qpos(w).begin(), e->qpos(w).end(), d->qpos);
    std::copy(e->qvel(w).begin(), e->qvel(w).end(), d->qvel);
    std::copy(e->ctrl(w).begin(), e->ctrl(w).end(), d->ctrl);
    mj_forward(&m, d.get());
    EXPECT_LE(Truth::relative({d->qacc, static_cast<size_t>(m.nv)}, e->qacc(w)), 1e-9);
    EXPECT_NEAR(e->site(w, 0)[2], d->site_xpos[2], 1e-12);
  }
}

TEST(LaneEngine, forward_leaves_what_other_worlds_measured) {
  auto e = engine_of(creature_model(), best(Precision::twofold), 4);
  start_all(*creature_model(), *e, 9);
  e->step(5);
  const std::vector<double> site(e->site(1, 0).begin(), e->site(1, 0).end());
  const std::vector<double> acceleration(e->qacc(1).begin(), e->qacc(1).end());
  const int only[] = {0};
  e->forward(only);
  EXPECT_TRUE(same_bits(site, {e->site(1, 0).begin(), e->site(1, 0).end()}));
  EXPECT_TRUE(same_bits(acceleration, {e->qacc(1).begin(), e->qacc(1).end()}));
}

// One world's parameters against MuJoCo with the model edited in the same way.
class LaneParameters : public ::testing::Test {
 protected:
  static constexpr int kWorlds = 12;
  using ModelEdit = std::function<void(mjModel&, int world)>;
  using EngineEdit = std::function<void(EngineParameters&, int world)>;

  static void expect_match(const std::string& text, const ModelEdit& in_model, const EngineEdit& in_engine,
                           const std::vector<int>& varied = {}, bool pushed = false) {
    const SharedModel model = compile_probed(text);
    const mjModel& m = *model;
    Wanted wanted = all_of(m);
    wanted.varied_bodies = varied;
    for (const Flavour& flavour : {best(Precision::twofold), best(Precision::single)}) {
      const double most = flavour.precision == Precision::twofold ? 1e-9 : 2e-2;
      auto e = engine_of(model, flavour, kWorlds, 1, &wanted);
      std::vector<int> all(kWorlds);
      std::iota(all.begin(), all.end(), 0);
      for (int w : all) {
        EngineParameters p = e->parameters(w);
        in_engine(p, w);
      }
      e->apply_parameters(all);
      double worst = 0, difference = 0;
      std::vector<std::vector<double>> truth;
      for (int w : all) {
        collide::ModelPtr edited(mj_copyModel(nullptr, &m));
        in_model(*edited, w);
        collide::DataPtr d(mj_makeData(edited.get())), plain(mj_makeData(&m));
        core::Rng rng(31, w);
        draw_state(m, *d, rng, .02, false);
        if (!pushed) mju_zero(d->xfrc_applied, 6 * m.nbody);
        mj_copyData(plain.get(), &m, d.get());
        std::copy(d->qpos, d->qpos + m.nq, e->qpos(w).begin());
        std::copy(d->qvel, d->qvel + m.nv, e->qvel(w).begin());
        std::copy(d->ctrl, d->ctrl + m.nu, e->ctrl(w).begin());
        for (size_t i = 0; i < wanted.push_bodies.size(); ++i)
          std::copy_n(d->xfrc_applied + 6 * wanted.push_bodies[i], 6, e->push(w, static_cast<int>(i)).begin());
        mj_step(edited.get(), d.get());
        mj_step(&m, plain.get());
        truth.emplace_back(d->qacc, d->qacc + m.nv);
        difference = std::max(difference, Truth::relative({plain->qacc, static_cast<size_t>(m.nv)}, truth.back()));
      }
      e->step(1);
      for (int w : all) worst = Truth::worse(worst, Truth::relative(truth[w], e->qacc(w)));
      EXPECT_LE(worst, most) << flavour.name;
      EXPECT_GT(difference, 1e-3) << "the edit does nothing";
    }
  }
  static double share(int world) { return .6 + .07 * world; }
};

TEST_F(LaneParameters, mass_scale_matches_mujoco_with_that_mass_and_inertia) {
  const int trunk = 1, foot = 3;
  expect_match(
      creature(),
      [&](mjModel& m, int w) {
        for (int b : {trunk, foot}) {
          const double s = b == trunk ? share(w) : 2 - share(w);
          m.body_mass[b] *= s;
          for (int k = 0; k < 3; ++k) m.body_inertia[3 * b + k] *= s;
        }
      },
      [&](EngineParameters& p, int w) { p.mass_scale[0] = share(w), p.mass_scale[1] = 2 - share(w); }, {trunk, foot});
}

TEST_F(LaneParameters, com_offset_matches_mujoco_with_that_centre_of_mass) {
  expect_match(
      creature(),
      [](mjModel& m, int w) {
        for (int k = 0; k < 3; ++k) m.body_ipos[3 + k] += .01 * (w - 5) * (k + 1);
        m.body_sameframe[1] = mjSAMEFRAME_NONE;
      },
      [](EngineParameters& p, int w) {
        for (int k = 0; k < 3; ++k) p.com_offset[k] = .01 * (w - 5) * (k + 1);
      },
      {1});
}

TEST_F(LaneParameters, gains_and_force_ranges_match_mujoco) {
  expect_match(
      creature(),
      [](mjModel& m, int w) {
        for (int a = 0; a < m.nu; ++a) {
          m.actuator_gainprm[mjNGAIN * a] *= share(w);
          m.actuator_biasprm[mjNBIAS * a + 1] *= share(w);
          m.actuator_biasprm[mjNBIAS * a + 2] *= 2 - share(w);
          for (int k = 0; k < 2; ++k) m.actuator_forcerange[2 * a + k] *= share(w);
        }
      },
      [](EngineParameters& p, int w) {
        for (size_t a = 0; a < p.gain.size(); ++a) {
          p.gain[a] *= share(w), p.bias_q[a] *= share(w), p.bias_v[a] *= 2 - share(w);
          p.force_low[a] *= share(w), p.force_high[a] *= share(w);
        }
      });
}

TEST_F(LaneParameters, friction_matches_mujoco) {
  expect_match(
      creature(),
      [](mjModel& m, int w) {
        for (int g = 0; g < m.ngeom; ++g) m.geom_friction[3 * g] = share(w) * (g % 2 ? .5 : .8);
      },
      [](EngineParameters& p, int w) {
        for (size_t g = 0; g < p.friction.size(); ++g) p.friction[g] = share(w) * (g % 2 ? .5 : .8);
      });
}

TEST_F(LaneParameters, gravity_matches_mujoco) {
  expect_match(
      creature(), [](mjModel& m, int w) { m.opt.gravity[0] = .1 * w, m.opt.gravity[2] *= share(w); },
      [](EngineParameters& p, int w) { p.gravity[0] = .1 * w, p.gravity[2] *= share(w); });
}

TEST_F(LaneParameters, push_acts_at_the_moved_centre_of_mass) {
  expect_match(
      creature(),
      [](mjModel& m, int w) {
        m.body_ipos[5] += .02 * (w + 1);
        m.body_sameframe[1] = mjSAMEFRAME_NONE;
      },
      [](EngineParameters& p, int w) { p.com_offset[2] = .02 * (w + 1); }, {1}, true);
}

TEST_F(LaneParameters, gravity_compensation_lifts_the_scaled_mass) {
  const std::string arm = "<geom type='capsule' size='.03' fromto='0 0 0 .05 0 -.5' mass='1'/>";
  const std::string text = mjcf("", world("<body pos='0 0 2' gravcomp='.8'><joint axis='0 1 0'/>" + arm +
                                          "<body pos='.05 0 -.5' gravcomp='1'><joint axis='1 0 0'/>" + arm + "</body></body>"));
  expect_match(
      text,
      [](mjModel& m, int w) {
        m.body_mass[2] *= share(w);
        for (int k = 0; k < 3; ++k) m.body_inertia[6 + k] *= share(w);
        m.body_ipos[6] += .01 * w;
        m.body_sameframe[2] = mjSAMEFRAME_NONE;
      },
      [](EngineParameters& p, int w) { p.mass_scale[0] = share(w), p.com_offset[0] = .01 * w; }, {2});
}

TEST_P(LaneEngineOf, parameters_change_only_their_world) {
  const SharedModel model = creature_model();
  Wanted wanted = all_of(*model);
  wanted.varied_bodies = {1};
  auto plain = engine_of(model, best(GetParam()), 9, 1, &wanted), edited = engine_of(model, best(GetParam()), 9, 1, &wanted);
  start_all(*model, *plain, 12);
  start_all(*model, *edited, 12);
  const int changed = 4, ids[] = {changed};
  EngineParameters p = edited->parameters(changed);
  p.mass_scale[0] = 1.4;
  for (double& g : p.gain) g *= .7;
  for (double& f : p.friction) f = .3;
  p.gravity[2] *= .9;
  edited->apply_parameters(ids);
  plain->step(3);
  edited->step(3);
  for (int w = 0; w < 9; ++w) {
    const double off = Truth::largest(plain->qvel(w), edited->qvel(w));
    if (w == changed) EXPECT_GT(off, 1e-3);
    else EXPECT_LE(off, GetParam() == Precision::single ? 1e-2 : 1e-9) << w;  // lanes share the number of Newton steps, no more
  }
}

// A world whose numbers are absurd is flagged, and its neighbours in the group go on as beside a sane one.
class LaneDivergence : public ::testing::TestWithParam<std::tuple<Precision, const char*>> {};

void spoil(Engine& e, int w, const std::string& how) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  if (how == "nan_velocity") e.qvel(w)[7] = nan;
  if (how == "nan_root") e.qpos(w)[2] = nan;
  if (how == "nan_turn") e.qpos(w)[4] = nan;
  if (how == "nan_control") e.ctrl(w)[1] = nan;         // its force has no range that would stop it
  if (how == "nan_ranged_control") e.ctrl(w)[0] = nan;  // the force's range would hide it
  if (how == "infinite_control") e.ctrl(w)[2] = -INFINITY;
  if (how == "nan_push") e.push(w, 1)[4] = nan;
  if (how == "overflowing_push") e.push(w, 0)[0] = 1e30;
  if (how == "infinite_velocity") e.qvel(w)[2] = INFINITY;
  if (how == "absurd_spin") e.qvel(w)[7] = 1e9;
  if (how == "absurd_push") e.push(w, 0)[0] = 1e12;
  if (how == "absurd_place") e.qpos(w)[0] = 1e12;
  if (how == "zero_turn") std::fill_n(e.qpos(w).begin() + 3, 4, 0.0), e.qvel(w)[0] = 1e4;
}

TEST_P(LaneDivergence, is_flagged_and_stays_in_its_world) {
  const auto [precision, how] = GetParam();
  const std::string field = "<geom type='hfield' hfield='h'/>";
  std::string rough = creature("", field);
  rough.insert(rough.find("<worldbody>"),
               "<asset><hfield name='h' nrow='4' ncol='4' size='2 2 .1 .1' elevation='0 .2 .5 .1 .7 .2 .4 .9 .3 .6 .1 .8 .2 .5 "
               ".7 .4'/></asset>");
  for (const SharedModel& model : {creature_model(), compile_probed(rough)}) {
    const int worlds = 16, bad = 5;
    auto sane = engine_of(model, best(precision), worlds), spoiled = engine_of(model, best(precision), worlds);
    start_all(*model, *sane, 14);
    start_all(*model, *spoiled, 14);
    spoil(*spoiled, bad, how);
    for (int i = 0; i < 12; ++i) {
      sane->step(1);
      spoiled->step(1);
      EXPECT_TRUE(spoiled->diverged(bad)) << how << ", step " << i;
      for (int w = 0; w < worlds; ++w) {
        if (w == bad) continue;
        EXPECT_FALSE(spoiled->diverged(w)) << how << ", world " << w << ", step " << i;
        // One step each from the same state: rounding may differ, for a group takes as many Newton steps as its slowest lane.
        EXPECT_LE(Truth::largest(sane->qvel(w), spoiled->qvel(w)), precision == Precision::single ? 1e-2 : 1e-9)
            << how << ", world " << w;
        std::copy(sane->state(w).begin(), sane->state(w).end(), spoiled->state(w).begin());
      }
    }
    // Restarted, it is as good as any other.
    std::copy(sane->state(bad).begin(), sane->state(bad).end(), spoiled->state(bad).begin());
    sane->step(1);
    spoiled->step(1);
    EXPECT_FALSE(spoiled->diverged(bad)) << how;
    EXPECT_TRUE(same_bits(states(*sane, worlds), states(*spoiled, worlds))) << how;
  }
}

INSTANTIATE_TEST_SUITE_P(Ways, LaneDivergence,
                         ::testing::Combine(::testing::Values(Precision::single, Precision::twofold),
                                            ::testing::Values("nan_velocity", "nan_root", "nan_turn", "nan_control",
                                                              "nan_ranged_control", "infinite_control", "nan_push",
                                                              "overflowing_push", "infinite_velocity", "absurd_spin",
                                                              "absurd_push", "absurd_place", "zero_turn")),
                         [](const auto& one) {
                           return std::string(std::get<0>(one.param) == Precision::single ? "float_" : "double_") +
                                  std::get<1>(one.param);
                         });

// Bodies that touch each other are solved by conjugate gradients, which must not take an overflow for an optimum.
TEST_P(LaneEngineOf, overflow_between_touching_bodies_is_flagged_at_once) {
  const std::string ball = "type='sphere' size='.1' mass='1'";
  const SharedModel model = compile_probed(mjcf("", world(floor_text() + dropped(ball, .099) + dropped(ball, .297))));
  const int worlds = 8, bad = 3;
  for (const double push : {1e12, 1e17, 1e22, 1e30, 1e38}) {
    auto e = engine_of(model, best(GetParam()), worlds);
    e->push(bad, 1)[2] = -push;
    for (int i = 0; i < 3; ++i) {
      e->step(1);
      for (int w = 0; w < worlds; ++w) EXPECT_EQ(e->diverged(w), w == bad) << push << " N, world " << w << ", step " << i;
    }
  }
}

TEST_P(LaneEngineOf, forward_flags_the_worlds_asked_for_only) {
  auto e = engine_of(creature_model(), best(GetParam()), 6);
  start_all(*creature_model(), *e, 15);
  e->step(1);
  for (int w : {1, 2}) e->push(w, 0)[0] = 1e30;
  const int only[] = {0, 2};
  e->forward(only);
  for (int w = 0; w < 6; ++w) EXPECT_EQ(e->diverged(w), w == 2) << w;
}

TEST(LaneEngine, model_that_it_cannot_take_is_refused_by_name) {
  const SharedModel model =
      compile_probed(mjcf("integrator='RK4' cone='elliptic'", world("<body><joint/><geom size='.1'/></body>")));
  EXPECT_FALSE(missing_features(*model).empty());
  try {
    engine_of(model, best(Precision::single), 1);
    FAIL() << "taken";
  } catch (const std::exception& error) {
    EXPECT_NE(std::string(error.what()).find("integrator"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace manybody::physics::lane
