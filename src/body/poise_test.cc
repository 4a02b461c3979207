#include "body/poise.h"

#include <gtest/gtest.h>

#include "body/library.h"

namespace manybody::body {
namespace {

// The oracle is the simulator's own kinematics, from which com_home and sole_home were taken.
TEST(Poise, home_pose_matches_the_simulators_kinematics) {
  for (const Entry& entry : list_bodies()) {
    if (!entry.installed) continue;
    const Body body = load_body(entry.name);
    std::vector<double> home;
    for (const Joint& joint : body.joints) home.push_back(joint.home);
    Poise poise(body);
    poise.set(home);
    for (int i = 0; i < 3; ++i) {
      EXPECT_NEAR(poise.com()[i], body.com_home[i], 1e-3) << body.name;
      for (int leg = 0; leg < 2; ++leg) EXPECT_NEAR(poise.sole(leg)[i], body.legs[leg].sole_home[i], 1e-3) << body.name;
    }
  }
}

// Finite differences against the leg Jacobian that was made from the simulator.
TEST(Poise, soles_move_as_the_jacobian_says) {
  const Body body = load_body(std::string(MB_SOURCE_DIR) + "/tests/data/bodies/plain.xml");
  Poise poise(body);
  for (int leg = 0; leg < 2; ++leg) {
    const Leg& one = body.legs[leg];
    for (size_t k = 0; k < one.joints.size(); ++k) {
      std::vector<double> angles;
      for (const Joint& joint : body.joints) angles.push_back(joint.home);
      poise.set(angles);
      const core::Vec3 before = poise.sole(leg);
      angles[static_cast<size_t>(one.joints[k])] += 1e-6;
      poise.set(angles);
      for (size_t r = 0; r < 3; ++r)
        EXPECT_NEAR((poise.sole(leg)[r] - before[r]) / 1e-6, one.jacobian[r * one.joints.size() + k], 1e-4);
    }
  }
}

}  // namespace
}  // namespace manybody::body
