#include "studio/messages.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "body/body.h"
#include "body/library.h"

namespace manybody::studio {
namespace {

using Json = nlohmann::json;

TEST(messages, a_joint_says_what_moves_it_where_that_is_known) {
  Scene scene;
  scene.joints = {{"left_knee", "knee", "left", -0.1, 2, 60, 0.5}};
  JointInfo& knee = scene.joints[0];
  Json plain = Json::parse(scene_json(scene))["joints"][0];
  EXPECT_EQ(plain["driven"], true);
  EXPECT_FALSE(plain.contains("velocity_max") || plain.contains("drive")) << "unknown is not sent";
  knee.driven = false, knee.velocity_max = 12;
  knee.drive = DriveInfo{"a motor", "harmonic", {{0, 60, 20}, {10, 0, 0}}};
  const Json known = Json::parse(scene_json(scene))["joints"][0];
  EXPECT_EQ(known["driven"], false);
  EXPECT_EQ(known["velocity_max"], 12);
  EXPECT_EQ(known["drive"]["kind"], "harmonic");
  EXPECT_EQ(known["drive"]["curve"], Json::parse("[[0,60,20],[10,0,0]]"));
  EXPECT_EQ(Json::parse(stage_json({1, 4, 0, {{1, {}, 1, 1, 1, scene}}}))["robots"][0]["joints"][0], known);
}

// A body with data sheets: each curve is the actuator's own, from rest to where it gives nothing.
TEST(messages, the_curves_of_a_body_are_its_actuators) {
  const body::Body body = body::load_body("kepler_k1");
  const Scene scene = make_scene(body);
  int known = 0;
  for (size_t i = 0; i < body.joints.size(); ++i) {
    const body::ActuatorModel* model = body.actuator_of(static_cast<int>(i));
    const JointInfo& joint = scene.joints[i];
    EXPECT_EQ(joint.drive.has_value(), model != nullptr) << joint.name;
    EXPECT_EQ(joint.velocity_max, body.joints[i].velocity_max);
    if (!model) continue;
    ++known;
    EXPECT_EQ(joint.drive->kind, body::to_text(model->kind));
    EXPECT_EQ(joint.drive->curve.front()[0], 0);
    EXPECT_NEAR(joint.drive->curve.back()[0], model->no_load_speed(joint.home), 1e-9);
    EXPECT_NEAR(joint.drive->curve.front()[1], model->stall_torque(joint.home), 0.1 * model->stall_torque(joint.home))
        << "but for friction at rest";
  }
  EXPECT_GT(known, 0);
}

}  // namespace
}  // namespace manybody::studio
