#include <gtest/gtest.h>
#include <mujoco/mujoco.h>

#include <cmath>
#include <numeric>

#include "body/library.h"
#include "core/rng.h"
#include "physics/batch.h"

namespace manybody::physics {
namespace {

std::unique_ptr<Batch> on_mujoco(const body::Body& body, SceneOptions options, int worlds, int threads) {
  options.backend = Backend::mujoco;
  return make_batch(body, options, worlds, threads);
}

const body::Body& g1() {
  static const body::Body body = body::load_body("unitree_g1");
  return body;
}

std::vector<int> all(const Batch& batch) {
  std::vector<int> ids(batch.worlds());
  std::iota(ids.begin(), ids.end(), 0);
  return ids;
}

void shake_targets(Batch& batch, core::Rng& rng) {
  for (int w = 0; w < batch.worlds(); ++w)
    for (double& t : batch.targets(w)) t += 0.1 * rng.normal();
}

uint64_t run_hash(int threads) {
  auto batch = on_mujoco(g1(), {}, 6, threads);
  core::Rng rng(3);
  for (int w = 0; w < 6; ++w) batch->parameters(w).mass_scale = 1 + 0.02 * w;
  batch->apply_parameters(all(*batch));
  for (int tick = 0; tick < 20; ++tick) {
    shake_targets(*batch, rng);
    batch->step(4);
  }
  return batch->state_hash();
}

TEST(MujocoBatch, results_do_not_depend_on_the_number_of_threads) {
  const uint64_t one = run_hash(1);
  EXPECT_EQ(one, run_hash(2));
  EXPECT_EQ(one, run_hash(3));
}

TEST(MujocoBatch, batch_matches_plain_mj_step_bit_for_bit) {
  const SceneOptions options;
  auto batch = on_mujoco(g1(), options, 2, 2);
  const auto model = make_model(g1(), options);
  mjData* d = mj_makeData(model.get());
  mju_copy(d->qpos, batch->qpos(1).data(), model->nq);
  mju_copy(d->qvel, batch->qvel(1).data(), model->nv);
  mju_copy(d->qacc_warmstart, batch->state(1).data() + mj_stateSize(model.get(), mjSTATE_INTEGRATION & ~mjSTATE_WARMSTART),
           model->nv);
  core::Rng rng(5);
  for (int tick = 0; tick < 25; ++tick) {
    for (int a = 0; a < model->nu; ++a)
      d->ctrl[a] = batch->targets(1)[a] = g1().joints[g1().actuated[a]].home + 0.1 * rng.normal();
    batch->step(4);
    for (int s = 0; s < 4; ++s) mj_step(model.get(), d);
    for (int i = 0; i < model->nq; ++i) ASSERT_EQ(d->qpos[i], batch->qpos(1)[i]) << "tick " << tick << " coordinate " << i;
  }
  mj_deleteData(d);
}

// G1's ankles are too soft to stand by themselves, the small OP3's are not.
const body::Body& op3() {
  static const body::Body body = body::load_body("robotis_op3");
  return body;
}

TEST(MujocoBatch, home_pose_rests_on_the_ground_with_its_whole_weight) {
  auto batch = on_mujoco(op3(), {}, 1, 1);
  for (int i = 0; i < 100; ++i) batch->step(4);
  const auto force = batch->foot_force(0);
  EXPECT_NEAR(force[0] + force[1], op3().mass * 9.81, 0.02 * op3().mass * 9.81);
  EXPECT_LT(std::abs(batch->foot_position(0)[2]), 0.01);
  EXPECT_LT(std::abs(batch->foot_position(0)[5]), 0.01);
}

TEST(MujocoBatch, parameters_change_only_their_world) {
  auto batch = on_mujoco(g1(), {}, 2, 1);
  auto alone = on_mujoco(g1(), {}, 2, 1);
  batch->parameters(1).kp_scale = 0.8;
  batch->parameters(1).friction = 0.3;
  batch->apply_parameters(all(*batch));
  for (int i = 0; i < 10; ++i) {
    batch->step(4);
    alone->step(4);
  }
  EXPECT_EQ(batch->qpos(0)[2], alone->qpos(0)[2]);
  EXPECT_NE(batch->qpos(1)[2], alone->qpos(1)[2]);
}

TEST(MujocoBatch, weaker_motors_give_no_more_than_their_share_of_torque) {
  auto batch = on_mujoco(g1(), {}, 1, 1);
  batch->parameters(0).strength_scale = 0.25;
  batch->apply_parameters(all(*batch));
  for (double& t : batch->targets(0)) t += 3;
  batch->step(1);
  bool any = false;
  for (size_t a = 0; a < g1().actuated.size(); ++a) {
    const double limit = 0.25 * g1().joints[g1().actuated[a]].torque_max;
    EXPECT_LE(std::abs(batch->torques(0)[a]), limit * (1 + 1e-9));
    any |= std::abs(batch->torques(0)[a]) > 0.99 * limit;
  }
  EXPECT_TRUE(any);
}

TEST(MujocoBatch, heavier_torso_weighs_more_on_the_feet) {
  auto batch = on_mujoco(op3(), {}, 1, 1);
  batch->parameters(0).mass_scale = 1.3;
  batch->apply_parameters(all(*batch));
  for (int i = 0; i < 100; ++i) batch->step(4);
  double heaviest = 0;
  for (const body::Link& link : op3().links) heaviest = std::max(heaviest, link.mass);
  const double expected = (op3().mass + 0.3 * heaviest) * 9.81;
  EXPECT_NEAR(batch->foot_force(0)[0] + batch->foot_force(0)[1], expected, 0.02 * expected);
}

TEST(MujocoBatch, divergence_is_flagged_and_stays_in_its_world) {
  auto batch = on_mujoco(g1(), {}, 2, 1);
  batch->qvel(0)[8] = 1e9;
  batch->step(4);
  EXPECT_TRUE(batch->diverged(0));
  EXPECT_FALSE(batch->diverged(1));
}

TEST(MujocoBatch, restored_state_continues_identically) {
  auto batch = on_mujoco(g1(), {}, 1, 1);
  core::Rng rng(2);
  shake_targets(*batch, rng);
  batch->step(8);
  const std::vector<double> kept(batch->state(0).begin(), batch->state(0).end());
  batch->step(8);
  const uint64_t first = batch->state_hash();
  std::copy(kept.begin(), kept.end(), batch->state(0).begin());
  batch->step(8);
  EXPECT_EQ(first, batch->state_hash());
}

TEST(MujocoBatch, ground_height_is_what_the_feet_stand_on) {
  SceneOptions options;
  options.terrain = Terrain::rough;
  options.terrain_amplitude_m = 0.2;
  auto batch = on_mujoco(g1(), options, 1, 1);
  const auto model = make_model(g1(), options);
  mjData* d = mj_makeData(model.get());
  mju_copy(d->qpos, batch->qpos(0).data(), model->nq);
  d->qpos[2] = 5;
  mj_forward(model.get(), d);
  core::Rng rng(9);
  for (int i = 0; i < 50; ++i) {
    const double x = rng.uniform(2, 10), y = rng.uniform(2, 10);
    const mjtNum from[3] = {x, y, 3}, down[3] = {0, 0, -1};
    mjtByte groups[mjNGROUP] = {1, 0, 0, 0, 0, 0};
    int geom = -1;
    const double distance = mj_ray(model.get(), d, from, down, groups, 1, -1, &geom, nullptr);
    ASSERT_GE(geom, 0);
    // MuJoCo cuts each cell into two triangles, the height here is bilinear: they differ inside a cell only.
    EXPECT_NEAR(3 - distance, batch->ground_height(x, y), 0.02);
  }
  mj_deleteData(d);
}

TEST(MujocoBatch, sliding_body_slows_down_by_friction_times_gravity) {
  SceneOptions options;
  options.friction = 0.4;
  auto batch = on_mujoco(g1(), options, 1, 1);
  for (int i = 0; i < 50; ++i) batch->step(4);
  const double speed = 1.0;
  batch->qvel(0)[0] += speed;
  const double x = batch->foot_position(0)[0];
  double moved = 0;
  for (int i = 0; i < 12; ++i) batch->step(1), moved = batch->foot_position(0)[0] - x;
  EXPECT_GT(moved, 0.0);  // it slides
  EXPECT_LT(moved, speed * 0.06);
}

}  // namespace
}  // namespace manybody::physics
