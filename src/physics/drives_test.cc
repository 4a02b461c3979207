// Actuator models as what moves the joints: the same in both back ends, a part of the state, without allocation, off by default.
#include "physics/drives.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "body/library.h"
#include "core/rng.h"

namespace manybody::physics {
namespace {

// OP3: every joint a servo with its data sheet; here with some play in its gears as well.
body::Body make_servos(double backlash) {
  body::Body body = body::load_body("robotis_op3");
  for (body::ActuatorModel& a : body.actuators) a.backlash = backlash, a.ripple = .02, a.heat_capacity = .2;
  return body;
}
const body::Body& servos() {
  static const body::Body body = make_servos(.004);
  return body;
}
const body::Body& tight_servos() {
  static const body::Body body = make_servos(0);
  return body;
}

std::unique_ptr<Batch> batch_of(Backend backend, Actuators actuators, int worlds, int threads = 1,
                                const body::Body& body = servos()) {
  SceneOptions options;
  options.backend = backend;
  options.actuators = actuators;
  options.timestep_s = .002;
  options.solver_iterations = options.line_search_iterations = 60;
  return make_batch(body, options, worlds, threads);
}

std::vector<int> all(const Batch& batch) {
  std::vector<int> ids(batch.worlds());
  std::iota(ids.begin(), ids.end(), 0);
  return ids;
}

void vary(Batch& batch) {
  for (int w = 0; w < batch.worlds(); ++w) {
    WorldParameters& p = batch.parameters(w);
    p.kp_scale = 1 + .03 * w, p.kd_scale = 1 - .02 * w, p.strength_scale = .8 + .02 * w;
  }
  batch.apply_parameters(all(batch));
}

void shake(Batch& batch, uint64_t seed, double size) {
  for (int w = 0; w < batch.worlds(); ++w) {
    core::Rng rng(seed, w);
    for (size_t a = 0; a < servos().actuated.size(); ++a)
      batch.targets(w)[a] = servos().joints[servos().actuated[a]].home + size * rng.normal();
  }
}

double apart(Batch& a, Batch& b) {
  double worst = 0;
  for (int w = 0; w < a.worlds(); ++w) {
    for (int i = 0; i < a.nq(); ++i) worst = std::max(worst, std::abs(a.qpos(w)[i] - b.qpos(w)[i]));
    for (int i = 0; i < a.nu(); ++i) worst = std::max(worst, std::abs(a.torques(w)[i] - b.torques(w)[i]));
  }
  return worst;
}

TEST(Drives, every_servo_of_the_body_is_driven_only_where_the_scene_asks) {
  SceneOptions options;
  EXPECT_TRUE(Drives(servos(), options, 1).driven().empty());
  options.actuators = Actuators::datasheet;
  EXPECT_EQ(Drives(servos(), options, 1).driven().size(), servos().actuated.size());
}

// From equal states each time: feet that strike the ground tell any two roundings apart in the end.
TEST(Drives, both_back_ends_move_alike) {
  auto lanes = batch_of(Backend::lanes_double, Actuators::datasheet, 11);
  auto mujoco = batch_of(Backend::mujoco, Actuators::datasheet, 11);
  auto ideal = batch_of(Backend::lanes_double, Actuators::ideal, 11);
  for (Batch* b : {lanes.get(), mujoco.get(), ideal.get()}) vary(*b);
  EXPECT_NE(lanes->backend(), mujoco->backend());
  double worst = 0, difference = 0;
  for (int tick = 0; tick < 30; ++tick) {
    for (Batch* b : {lanes.get(), mujoco.get(), ideal.get()}) shake(*b, 7 + tick / 10, .4), b->step(2);
    worst = std::max(worst, apart(*lanes, *mujoco));
    difference = std::max(difference, apart(*lanes, *ideal));
  }
  EXPECT_LE(worst, 2e-3);
  EXPECT_GT(difference, .1);
}

class DrivesOf : public ::testing::TestWithParam<Backend> {};
INSTANTIATE_TEST_SUITE_P(Backends, DrivesOf, ::testing::Values(Backend::lanes, Backend::lanes_double, Backend::mujoco));

TEST_P(DrivesOf, restored_world_continues_with_its_hot_motors) {
  auto batch = batch_of(GetParam(), Actuators::datasheet, 9);
  vary(*batch);
  shake(*batch, 3, 1);
  batch->step(100);
  std::vector<double> kept;
  for (int w = 0; w < 9; ++w) kept.insert(kept.end(), batch->state(w).begin(), batch->state(w).end());
  shake(*batch, 4, 1);
  batch->step(60);
  const uint64_t expected = batch->state_hash();
  auto other = batch_of(GetParam(), Actuators::datasheet, 9);
  vary(*other);
  for (Batch* into : {batch.get(), other.get()}) {
    for (int w = 0; w < 9; ++w) std::copy_n(kept.begin() + w * batch->state_size(), batch->state_size(), into->state(w).begin());
    shake(*into, 4, 1);
    into->step(60);
    EXPECT_EQ(into->state_hash(), expected);
  }
}

TEST_P(DrivesOf, hot_motors_are_weaker_until_they_rest) {
  auto batch = batch_of(GetParam(), Actuators::datasheet, 2, 1, tight_servos());
  auto fresh = batch_of(GetParam(), Actuators::datasheet, 2, 1, tight_servos());
  const auto effort = [](Batch& b) {
    double sum = 0;
    for (double t : b.torques(0)) sum += std::abs(t);
    return sum;
  };
  for (int i = 0; i < 60; ++i) shake(*batch, i, 3), batch->step(50);
  // Everything but the motors back to the start.
  for (Batch* b : {batch.get(), fresh.get()}) {
    for (int i = 0; i < b->nq(); ++i) b->qpos(0)[i] = fresh->qpos(1)[i];
    std::fill(b->qvel(0).begin(), b->qvel(0).end(), 0.0);
  }
  const std::vector<double> home(fresh->targets(0).begin(), fresh->targets(0).end());
  const int only[] = {0};
  const auto measure = [&](Batch& b) {
    for (int i = 0; i < b.nu(); ++i) b.targets(0)[i] = home[i] + 2;
    b.refresh(only);
    return effort(b);
  };
  const double cold = measure(*fresh), hot = measure(*batch);
  EXPECT_LT(hot, .95 * cold);
  batch->rest_actuators(only);
  EXPECT_NEAR(measure(*batch), cold, 1e-3 * cold);
}

TEST_P(DrivesOf, refresh_looks_and_leaves_the_motors) {
  auto batch = batch_of(GetParam(), Actuators::datasheet, 3);
  shake(*batch, 2, 1);
  batch->step(20);
  const std::vector<double> before(batch->state(1).begin(), batch->state(1).end());
  const std::vector<double> q(batch->qpos(1).begin(), batch->qpos(1).end());
  batch->refresh(all(*batch));
  auto twice = batch_of(GetParam(), Actuators::datasheet, 3);
  shake(*twice, 2, 1);
  twice->step(20);
  batch->step(5);
  twice->step(5);
  for (int i = 0; i < batch->nq(); ++i) EXPECT_NEAR(batch->qpos(1)[i], twice->qpos(1)[i], 1e-6);
}

TEST(Drives, results_do_not_depend_on_the_number_of_threads) {
  uint64_t first = 0;
  for (const int threads : {1, 3}) {
    auto batch = batch_of(Backend::lanes, Actuators::datasheet, 21, threads);
    vary(*batch);
    for (int i = 0; i < 5; ++i) shake(*batch, i, .5), batch->step(4);
    if (threads == 1) first = batch->state_hash();
    else EXPECT_EQ(batch->state_hash(), first);
  }
}

TEST(Drives, step_takes_no_memory) {
  auto batch = batch_of(Backend::lanes, Actuators::datasheet, 16);
  shake(*batch, 1, .5);
  batch->step(2);
  const size_t before = mallinfo2().uordblks;
  batch->step(10);
  EXPECT_EQ(mallinfo2().uordblks, before);
}

TEST(Drives, deviations_follow_from_the_parameters_alone) {
  auto a = batch_of(Backend::lanes, Actuators::datasheet, 8), b = batch_of(Backend::lanes, Actuators::datasheet, 8);
  vary(*a);
  vary(*b);
  vary(*b);
  shake(*a, 1, .5);
  shake(*b, 1, .5);
  a->step(10);
  b->step(10);
  EXPECT_EQ(a->state_hash(), b->state_hash());
}

}  // namespace
}  // namespace manybody::physics
