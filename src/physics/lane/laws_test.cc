// The lane engine against closed forms: conservation, free fall, pendulum, rest, sliding, collision.
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "physics/lane/test_models.h"
#include "physics/lane/twin.h"

namespace manybody::physics::lane {
namespace {

constexpr double kGravity = 9.81;

std::unique_ptr<Engine> one_world(const SharedModel& model, Precision precision = Precision::twofold) {
  return engine_of(model, {precision, Set::best, ""}, 1);
}

// With another time step.
SharedModel stepped(const SharedModel& model, double timestep) {
  mjModel* copy = mj_copyModel(nullptr, model.get());
  copy->opt.timestep = timestep;
  return share(copy);
}

struct Totals {  // of everything that moves: energy, linear momentum, angular momentum about the common centre of mass
  double energy = 0;
  std::array<double, 3> linear{}, angular{};
};

// Of all bodies below `body`, by MuJoCo's own sums over the engine's state.
Totals totals(const mjModel& m, Engine& e, int body = 1) {
  collide::DataPtr d(mj_makeData(&m));
  std::copy(e.qpos(0).begin(), e.qpos(0).end(), d->qpos);
  std::copy(e.qvel(0).begin(), e.qvel(0).end(), d->qvel);
  mj_fwdPosition(&m, d.get());
  mj_fwdVelocity(&m, d.get());
  mj_energyPos(&m, d.get());
  mj_energyVel(&m, d.get());
  mj_subtreeVel(&m, d.get());
  Totals out;
  out.energy = d->energy[0] + d->energy[1];
  for (int k = 0; k < 3; ++k) {
    out.linear[k] = m.body_subtreemass[body] * d->subtree_linvel[3 * body + k];
    out.angular[k] = d->subtree_angmom[3 * body + k];
  }
  return out;
}

double apart(const std::array<double, 3>& a, const std::array<double, 3>& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

TEST(LaneLaws, free_floating_chain_keeps_energy_and_momentum_to_first_order) {
  // Semi-implicit Euler: what is conserved in truth drifts in proportion to the step.
  std::string limbs, close;
  for (int i = 0; i < 4; ++i) {
    const char* const axes[] = {"0 1 0", "1 0 0", "0 1 1", "1 -1 0"};
    limbs += "<body pos='.2 0 .05'><joint axis='" + std::string(axes[i]) +
             "' armature='0'/><geom type='capsule' size='.03' fromto='0 0 0 .2 0 .05' mass='1'/>";
    close += "</body>";
  }
  const SharedModel model =
      compile_probed(mjcf("gravity='0 0 0'", world("<body><freejoint/><geom type='box' size='.1 .2 .05' mass='3' contype='0'/>" +
                                                   limbs + close + "</body>")));
  collide::DataPtr d(mj_makeData(model.get()));
  core::Rng rng(4);
  draw_state(*model, *d, rng, 0, true);
  double energy[3], linear[3], angular[3];
  for (int i = 0; i < 3; ++i) {
    const double h = 4e-3 / (1 << i);
    const SharedModel at = stepped(model, h);
    auto e = one_world(at);
    std::copy(d->qpos, d->qpos + model->nq, e->qpos(0).begin());
    std::copy(d->qvel, d->qvel + model->nv, e->qvel(0).begin());
    const Totals before = totals(*at, *e);
    e->step(static_cast<int>(std::lround(.4 / h)));
    const Totals after = totals(*at, *e);
    energy[i] = std::abs(after.energy - before.energy) / before.energy;
    linear[i] = apart(after.linear, before.linear) / std::hypot(before.linear[0], before.linear[1], before.linear[2]);
    angular[i] = apart(after.angular, before.angular) / std::hypot(before.angular[0], before.angular[1], before.angular[2]);
  }
  for (const double* error : {energy, linear, angular}) {
    EXPECT_LT(error[2], .05);
    for (int i = 0; i < 2; ++i) {
      EXPECT_GT(error[i] / error[i + 1], 1.6) << error[i];
      EXPECT_LT(error[i] / error[i + 1], 2.6) << error[i];
    }
  }
}

TEST(LaneLaws, free_fall_is_the_sum_of_its_steps) {
  const SharedModel model =
      compile_probed(mjcf("", world("<body pos='1 2 30'><freejoint/><geom type='sphere' size='.1' mass='2'/></body>")));
  const double h = model->opt.timestep;
  for (const Precision precision : {Precision::twofold, Precision::single}) {
    auto e = one_world(model, precision);
    e->qvel(0)[0] = 1.5;
    const int n = 400;
    e->step(n);
    const double most = precision == Precision::twofold ? 1e-11 : 2e-4;  // float: half a last place of the speed a step
    EXPECT_NEAR(e->qpos(0)[0], 1 + 1.5 * h * n, most);
    EXPECT_NEAR(e->qpos(0)[2], 30 - kGravity * h * h * n * (n + 1) / 2, most);
    EXPECT_NEAR(e->qvel(0)[2], -kGravity * h * n, most);
  }
}

TEST(LaneLaws, pendulum_swings_with_the_period_of_the_elliptic_integral) {
  // A rod about its end, its motor's rotor on the same axis: I = m L^2 / 3 + armature.
  const double length = .8, mass = 1.5, armature = .05, amplitude = 1.2;
  const SharedModel model = compile_probed(
      mjcf("integrator='Euler'", world("<body pos='0 0 2'><joint axis='0 1 0' armature='.05'/><inertial pos='0 0 -.4' mass='1.5' "
                                       "diaginertia='.08 .08 .0001'/></body>")));
  const double h = 1e-3, inertia = mass * length * length / 3 + armature;
  ASSERT_NEAR(mass * length * length / 12, .08, 1e-12);
  double a = 1, b = std::cos(amplitude / 2);  // the period by the arithmetic-geometric mean
  for (int i = 0; i < 10; ++i) std::tie(a, b) = std::pair(.5 * (a + b), std::sqrt(a * b));
  const double period = 2 * M_PI * std::sqrt(inertia / (mass * kGravity * length / 2)) / a;
  for (const Precision precision : {Precision::twofold, Precision::single}) {
    auto e = one_world(stepped(model, h), precision);
    e->qpos(0)[0] = amplitude;
    std::vector<double> crossings;
    double before = amplitude;
    for (int i = 0; i < 9000; ++i) {
      e->step(1);
      const double now = e->qpos(0)[0];
      if (before > 0 && now <= 0) crossings.push_back(h * (i + before / (before - now)));
      before = now;
    }
    ASSERT_GE(crossings.size(), 4u);
    const double measured = (crossings.back() - crossings.front()) / static_cast<double>(crossings.size() - 1);
    EXPECT_NEAR(measured, period, 2e-5 * period);
  }
}

// At rest a = 0 and each row carries its share of the weight: R f = aref = -k d r, with k d^2 = 1 / (time constant x ratio)^2 where
// the impedance d is constant.
double rest_depth(double impedance, double time, double ratio, double regulariser, double force) {
  const double k = 1 / (impedance * impedance * time * time * ratio * ratio);
  return regulariser * force / (k * impedance);
}

TEST(LaneLaws, body_rests_as_deep_as_its_reference_says) {
  const double d = .9, time = .03, ratio = .8, mass = 2, mu = .6, weight = mass * kGravity;
  const double r = (1 - d) / d / mass;  // a free body's inverse inertia along the normal is 1 / m
  struct Case {
    std::string geom;
    double height, depth;
  };
  const double edge = 2 * mu * mu * (1 + mu * mu) * r;  // the regulariser of a pyramid's edges
  const Case cases[] = {
      {"type='sphere' size='.1' condim='1'", .1, rest_depth(d, time, ratio, r, weight)},
      {"type='box' size='.1 .2 .15' condim='1'", .15, rest_depth(d, time, ratio, r, weight / 4)},
      {"type='sphere' size='.1' condim='3'", .1, rest_depth(d, time, ratio, edge, weight / 4)},
      {"type='box' size='.1 .2 .15' condim='3'", .15, rest_depth(d, time, ratio, edge, weight / 16)},
  };
  for (const Case& c : cases) {
    const SharedModel model = compile_probed(mjcf(
        "", world("<geom type='plane' size='0 0 .1' condim='1' priority='-1'/><body pos='0 0 " + std::to_string(c.height) +
                  "'><freejoint/><geom " + c.geom + " mass='2' solref='.03 .8' solimp='.9 .9 .001' friction='.6'/></body>")));
    for (const Precision precision : {Precision::twofold, Precision::single}) {
      auto e = one_world(model, precision);
      e->step(1500);
      EXPECT_NEAR(c.height - e->qpos(0)[2], c.depth, (precision == Precision::twofold ? 1e-9 : 2e-6)) << c.geom;
      EXPECT_NEAR(e->touch(0, 0), weight, 1e-3 * weight) << c.geom;
    }
  }
}

TEST(LaneLaws, sliding_box_slows_down_by_friction_times_gravity) {
  const double mu = .35;
  const SharedModel model = compile_probed(
      mjcf("", world("<geom type='plane' size='0 0 .1' friction='.35'/><body pos='0 0 .1'><freejoint/><geom type='box' "
                     "size='.3 .3 .1' mass='4' friction='.35'/></body>")));
  for (const Precision precision : {Precision::twofold, Precision::single}) {
    auto e = one_world(model, precision);
    e->step(100);  // settles first
    e->qvel(0)[0] = 4;
    e->step(20);
    const double time = model->opt.timestep * 200, along = e->qvel(0)[0], up = e->qvel(0)[2];
    e->step(200);
    const double slowed = along - e->qvel(0)[0], lifted = e->qvel(0)[2] - up;
    ASSERT_GT(e->qvel(0)[0], .5);  // slid all the time
    // All friction is mu times all normal force: the soft contact's little hops change both alike.
    EXPECT_NEAR(slowed, mu * (kGravity * time + lifted), precision == Precision::twofold ? 1e-9 : 1e-3);
    EXPECT_NEAR(slowed / time, mu * kGravity, .05 * mu * kGravity);
  }
}

TEST(LaneLaws, colliding_spheres_keep_linear_and_angular_momentum) {
  const SharedModel model = compile_probed(
      mjcf("gravity='0 0 0'",
           world("<body name='a' pos='0 0 1'><freejoint/><geom type='sphere' size='.1' mass='1' friction='.7'/></body>"
                 "<body pos='.5 .06 1.03'><freejoint/><geom type='sphere' size='.15' mass='3' friction='.7'/></body>")));
  for (const Precision precision : {Precision::twofold, Precision::single}) {
    auto e = one_world(model, precision);
    const double speeds[12] = {3, .2, -.1, 5, -3, 2, -1, .1, 0, 1, 4, -2};
    std::copy(speeds, speeds + 12, e->qvel(0).begin());
    const Totals before = totals(*model, *e, 0);
    double hardest = 0;
    for (int i = 0; i < 100; ++i) {
      e->step(1);
      hardest = std::max(hardest, e->touch(0, 0));
    }
    const Totals after = totals(*model, *e, 0);
    const double most = precision == Precision::twofold ? 1e-12 : 5e-4;  // of some 10 N s
    EXPECT_GT(hardest, 10);                                              // they did meet
    EXPECT_LT(apart(before.linear, after.linear), most);
    EXPECT_LT(apart(before.angular, after.angular), most);
  }
}

TEST(LaneLaws, place_in_the_world_does_not_matter_to_float) {
  // Positions are described about each tree's own root, kept in double: ten kilometres away a step is what it is here.
  const SharedModel model = compile_probed(contact_models()[10].text);
  ASSERT_EQ(contact_models()[10].name, "folding");
  auto here = one_world(model, Precision::single), there = one_world(model, Precision::single);
  collide::DataPtr d(mj_makeData(model.get()));
  core::Rng rng(8);
  for (int trial = 0; trial < 20; ++trial) {
    draw_state(*model, *d, rng, .1, true);
    for (Engine* e : {here.get(), there.get()}) {
      std::copy(d->qpos, d->qpos + model->nq, e->qpos(0).begin());
      std::copy(d->qvel, d->qvel + model->nv, e->qvel(0).begin());
      std::fill(e->warm_start(0).begin(), e->warm_start(0).end(), 0.0);
    }
    there->qpos(0)[0] += 1e4;
    there->qpos(0)[1] -= 3e4;
    here->step(1);
    there->step(1);
    EXPECT_LE(Truth::largest(here->qvel(0), there->qvel(0)), 1e-5);
    EXPECT_NEAR(there->qpos(0)[0] - 1e4, here->qpos(0)[0], 1e-9);
  }
}

}  // namespace
}  // namespace manybody::physics::lane
