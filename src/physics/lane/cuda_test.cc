// The engine on a GPU against the scalar build; skipped, with the reason, where there is none. The GPU also joins parity_test.cc there.
#include <gtest/gtest.h>

#include "core/error.h"
#include "physics/lane/robots.h"

namespace manybody::physics::lane {
namespace {

TEST(Cuda, without_a_gpu_the_error_says_what_to_do) {
  if (cuda_absence().empty()) GTEST_SKIP() << "there is a GPU";
  EngineOptions options;
  options.set = Set::cuda;
  try {
    make_engine(robot_scene("unitree_g1", Collisions::feet), options);
    FAIL() << "made";
  } catch (const core::UserError& error) {
    EXPECT_NE(std::string(error.what()).find(cuda_absence()), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("lanes"), std::string::npos) << error.what();
  }
}

// What the GPU cannot do the lanes do without being asked, and the batch says so.
TEST(Cuda, a_batch_is_an_error_without_a_gpu_and_names_what_a_gpu_lacks) {
  SceneOptions options;
  options.backend = Backend::cuda;
  options.actuators = Actuators::datasheet;
  const body::Body& body = robot("unitree_g1");
  if (!cuda_absence().empty()) {
    EXPECT_THROW(make_batch(body, options, 2, 1), core::UserError);
    return;
  }
  EXPECT_NE(make_batch(body, options, 2, 1)->backend().find("motor models"), std::string::npos);
  options.actuators = Actuators::ideal;
  EXPECT_EQ(make_batch(body, options, 2, 1)->backend().find("cuda float"), 0u);
}

class CudaRobots : public ::testing::TestWithParam<const char*> {};

// Ten steps of 200 worlds (the last warp is not full), each with parameters of its own; float against float.
TEST_P(CudaRobots, moves_worlds_as_the_scalar_build_does) {
  if (!cuda_absence().empty()) GTEST_SKIP() << cuda_absence();
  const SharedModel model = robot_scene(GetParam(), Collisions::feet);
  const body::Body& body = robot(GetParam());
  std::unique_ptr<Engine> engines[2];
  EngineOptions options;
  options.worlds = 200;
  options.wanted.varied_bodies = {1};
  for (const Set set : {Set::cuda, Set::scalar}) {
    options.set = set;
    std::unique_ptr<Engine>& e = engines[set == Set::scalar];
    e = make_engine(model, options);
    core::Rng rng(3);
    for (int w = 0; w < options.worlds; ++w) {
      e->qpos(w)[2] = body.root_height_home - .02 * rng.uniform();
      for (size_t j = 0; j < body.joints.size(); ++j) e->qpos(w)[7 + j] = body.joints[j].home + .1 * rng.normal();
      for (double& v : e->qvel(w)) v = .2 * rng.normal();
      for (double& friction : e->parameters(w).friction) friction = rng.uniform(.5, 1.1);
      e->parameters(w).mass_scale[0] = rng.uniform(.9, 1.1);
      const int one[1] = {w};
      e->apply_parameters(one);
    }
    e->step(10);
  }
  for (int w = 0; w < options.worlds; ++w) {
    for (int k = 0; k < model->nq; ++k)
      ASSERT_NEAR(engines[0]->qpos(w)[k], engines[1]->qpos(w)[k], 1e-3) << "world " << w << ", qpos " << k;
    ASSERT_EQ(engines[0]->diverged(w), engines[1]->diverged(w)) << w;
  }
}
INSTANTIATE_TEST_SUITE_P(Shipped, CudaRobots, ::testing::ValuesIn(kRobots),
                         [](const auto& one) { return std::string(one.param); });

}  // namespace
}  // namespace manybody::physics::lane
