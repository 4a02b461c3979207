#include "body/normalise.h"

#include <gtest/gtest.h>
#include <mujoco/mujoco.h>

#include <cmath>

#include "body/test_bodies.h"

namespace manybody::body {
namespace {

using testing::carrier;
using testing::load_text;
using testing::plain;
using testing::refusal;
using testing::replaced;

bool noted(const Body& body, const std::string& words) {
  for (const std::string& note : body.notes)
    if (note.find(words) != std::string::npos) return true;
  return false;
}

TEST(normalise, a_bare_file_gets_what_it_lacks_and_is_told) {
  const Body body = load_body(testing::kData + "plain.xml");
  EXPECT_EQ(body.actuated.size(), 20u);
  EXPECT_TRUE(noted(body, "no actuators"));
  EXPECT_TRUE(noted(body, "free joint was added"));
  EXPECT_TRUE(noted(body, "no torque limit"));
  EXPECT_TRUE(noted(body, "no IMU"));
  for (int j : body.actuated) {
    EXPECT_GT(body.joints[j].kp, 0);
    EXPECT_GT(body.joints[j].kd, 0);
    EXPECT_GT(body.joints[j].torque_max, std::abs(body.joints[j].torque_home)) << body.joints[j].name;
  }
  EXPECT_EQ(body.joints[body.joint_index("left_elbow")].role, Role::elbow);
  EXPECT_EQ(body.joints[body.joint_index("nod")].role, Role::neck_pitch);
  EXPECT_EQ(body.joints[body.joint_index("waist")].role, Role::waist_yaw);
}

TEST(normalise, a_urdf_without_meshes_keeps_its_efforts_and_stands_on_primitives) {
  const Body body = load_body(testing::kData + "carrier.urdf");
  EXPECT_TRUE(noted(body, "chest.stl' is missing"));
  EXPECT_TRUE(noted(body, "3 links are drawn with primitives"));
  const Joint& knee = body.joints[body.joint_index("l_leg_4")];
  EXPECT_EQ(knee.role, Role::knee);
  EXPECT_EQ(knee.torque_max, 90);
  EXPECT_EQ(knee.velocity_max, 16);
  EXPECT_EQ(body.joints[body.joint_index("r_arm_3")].role, Role::elbow);
  EXPECT_EQ(body.legs[0].joints.size(), 6u);
  EXPECT_NEAR(body.legs[0].length, 0.2, 1e-6);
  EXPECT_NEAR(body.mass, 37.35, 1e-6);
}

TEST(normalise, a_scene_loses_its_floor_lights_and_keyframes) {
  const Body body = load_body(testing::kRobots + "unitree_h1/scene.xml");
  const SpecPtr spec = own(mj_copySpec(body.spec.get()));
  EXPECT_EQ(mjs_firstChild(mjs_findBody(spec.get(), "world"), mjOBJ_GEOM, 0), nullptr);
  EXPECT_EQ(mjs_firstElement(spec.get(), mjOBJ_LIGHT), nullptr);
  EXPECT_EQ(mjs_firstElement(spec.get(), mjOBJ_KEY), nullptr);
  EXPECT_EQ(body.actuated.size(), 19u);
}

// The whole spec, meshes included, compiles from any working directory.
TEST(normalise, the_shown_spec_compiles_with_its_meshes) {
  const Body body = load_body("unitree_h1");
  const SpecPtr spec = own(mj_copySpec(body.spec.get()));
  const ModelPtr model = compile(spec.get(), body.source);
  EXPECT_GT(model->nmesh, 15);
  EXPECT_EQ(model->nu, 19);
  EXPECT_NEAR(mj_getTotalmass(model.get()), body.mass, 1e-9);
}

// A body drawn facing y, or with y up, is the same body.
TEST(normalise, a_turned_root_frame_is_turned_back) {
  const Body upright = load_body(testing::kData + "plain.xml");
  for (const char* quat : {"0.70710678 0 0 0.70710678", "0 0 0 1", "0.70710678 0.70710678 0 0"}) {
    const std::string inner = "<body name=\"pelvis\" pos=\"0 0 0.9\"><frame quat=\"" + std::string(quat) + "\">";
    std::string text = replaced(plain(), "<body name=\"pelvis\" pos=\"0 0 0.9\">", inner);
    const size_t end = text.rfind("</body>");
    text.insert(end, "</frame>");
    const Body turned = load_text("turned.xml", text);
    EXPECT_TRUE(noted(turned, "frame is turned")) << quat;
    ASSERT_EQ(turned.joints.size(), upright.joints.size());
    for (size_t j = 0; j < upright.joints.size(); ++j) {
      EXPECT_EQ(turned.joints[j].role, upright.joints[j].role) << upright.joints[j].name;
      EXPECT_NEAR(turned.joints[j].home, upright.joints[j].home, 1e-4) << upright.joints[j].name;
      for (int i = 0; i < 3; ++i) EXPECT_NEAR(turned.joints[j].axis_home[i], upright.joints[j].axis_home[i], 1e-4);
    }
    EXPECT_NEAR(turned.root_height_home, upright.root_height_home, 1e-5);
    for (int i = 0; i < 3; ++i) EXPECT_NEAR(turned.com_home[i], upright.com_home[i], 1e-5);
  }
}

TEST(normalise, flipped_axes_change_signs_only) {
  const Body before = load_body(testing::kData + "plain.xml");
  std::string text = replaced(plain(), "name=\"right_hip_pitch\" axis=\"0 1 0\" range=\"-1.8 0.8\"",
                              "name=\"right_hip_pitch\" axis=\"0 -1 0\" range=\"-0.8 1.8\"");
  const Body after = load_text("flipped.xml", text);
  const Joint& joint = after.joints[after.joint_index("right_hip_pitch")];
  EXPECT_EQ(joint.role, Role::hip_pitch);
  EXPECT_EQ(joint.mirror_sign, -1);
  EXPECT_NEAR(joint.home, -before.joints[before.joint_index("right_hip_pitch")].home, 1e-5);
}

TEST(normalise, motors_with_gears_become_position_drives_at_the_joint) {
  std::string actuators = "<actuator>";
  const Body names = load_body(testing::kData + "plain.xml");
  for (const Joint& joint : names.joints)
    actuators += "<motor joint=\"" + joint.name + "\" gear=\"50\" ctrlrange=\"-1 1\" ctrllimited=\"true\"/>";
  const Body body = load_text("geared.xml", replaced(plain(), "</mujoco>", actuators + "</actuator></mujoco>"));
  for (const Joint& joint : body.joints) EXPECT_NEAR(joint.torque_max, 50, 1e-9) << joint.name;
}

TEST(normalise, slides_are_held_and_said) {
  const std::string text = replaced(plain(), "<joint name=\"nod\"",
                                    "<joint name=\"lift\" type=\"slide\" axis=\"0 0 1\" range=\"0 0.1\"/><joint name=\"nod\"");
  const Body body = load_text("slide.xml", text);
  EXPECT_TRUE(noted(body, "slide joint 'lift' is held fixed"));
  EXPECT_EQ(body.joints.size(), 20u);
}

TEST(normalise, legs_that_are_missing_or_too_many_are_refused_by_name) {
  std::string one = plain();  // the right leg cut off
  const size_t from = one.find("<body name=\"right_hip\""), to = one.find("<body name=\"trunk\"");
  one.erase(from, to - from);
  EXPECT_NE(refusal("one.xml", one).find("no two legs"), std::string::npos) << refusal("one.xml", one);

  std::string four = plain();  // a second pair of the same legs, further back
  std::string legs =
      four.substr(four.find("<body name=\"left_hip\""), four.find("<body name=\"trunk\"") - four.find("<body name=\"left_hip\""));
  for (const char* side : {"left", "right"}) legs = replaced(legs, std::string("\"") + side, std::string("\"hind_") + side);
  legs = replaced(legs, "pos=\"0 0.09 -0.05\"", "pos=\"-0.4 0.09 -0.05\"");
  legs = replaced(legs, "pos=\"0 -0.09 -0.05\"", "pos=\"-0.4 -0.09 -0.05\"");
  four.insert(four.find("<body name=\"trunk\""), legs);
  EXPECT_NE(refusal("four.xml", four).find("more than two legs"), std::string::npos) << refusal("four.xml", four);
}

TEST(normalise, absurd_masses_are_refused_with_the_link) {
  const std::string heavy =
      replaced(plain(), "<geom type=\"sphere\" pos=\"0 0 0.08\" size=\"0.09\"/>",
               "<inertial pos=\"0 0 0\" mass=\"90000\" diaginertia=\"1 1 1\"/><geom type=\"sphere\" size=\"0.09\"/>");
  EXPECT_NE(refusal("heavy.xml", heavy).find("'head' has a mass of 90000"), std::string::npos) << refusal("heavy.xml", heavy);
  const std::string spun =
      replaced(plain(), "<geom type=\"sphere\" pos=\"0 0 0.08\" size=\"0.09\"/>",
               "<inertial pos=\"0 0 0\" mass=\"1\" diaginertia=\"90 90 90\"/><geom type=\"sphere\" size=\"0.09\"/>");
  EXPECT_NE(refusal("spun.xml", spun).find("moment of inertia"), std::string::npos) << refusal("spun.xml", spun);
}

// Deterministic damage of every kind: each file gives a body or one clear refusal, never a crash.
TEST(normalise, damaged_files_give_a_body_or_a_refusal) {
  const std::string good = plain();
  int refused = 0;
  for (size_t i = 1; i < 24; ++i) refused += !refusal("cut.xml", good.substr(0, good.size() * i / 24)).empty();
  EXPECT_EQ(refused, 23);  // a cut file is never well formed
  for (const char* value : {"nan", "inf", "1e308", "-1e300", "", "abc", "0 0", "1 2 3 4 5 6 7 8 9"}) {
    for (const char* key :
         {"range=\"-1 1\"", "size=\"0.09\"", "axis=\"0 1 0\"", "pos=\"0 0 -0.33\"", "fromto=\"0 0 -0.03 0 0 -0.3\""}) {
      std::string text = good;
      const size_t at = text.find(key);
      ASSERT_NE(at, std::string::npos);
      const std::string name(key, std::string(key).find('='));
      text.replace(at, std::string(key).size(), name + "=\"" + value + "\"");
      refusal("bad.xml", text);
    }
  }
  for (const char* text : {"", " \n", "\xff\xfe\x00garbage", "<", "<mujoco", "<mujoco/>", "<robot name='x'/>", "{\"json\": 1}",
                           "<html><body/></html>", "<mujoco><worldbody/></mujoco>", "<mujoco><include file='cut.xml'/></mujoco>",
                           "<mujoco><size memory='9999999T'/></mujoco>"})
    EXPECT_FALSE(refusal("cut.xml", text).empty()) << text;
  uint64_t seed = 1;
  for (int round = 0; round < 60; ++round) {
    std::string text = round % 2 ? good : carrier();
    for (int k = 0; k < 6; ++k) {
      seed = seed * 6364136223846793005ull + 1442695040888963407ull;
      text[(seed >> 33) % text.size()] = static_cast<char>((seed >> 20) & 0x7f);
    }
    refusal(round % 2 ? "noise.xml" : "noise.urdf", text);
  }
}

TEST(normalise, a_missing_file_is_one_sentence) {
  try {
    load_body("/nowhere/robot.xml");
    FAIL();
  } catch (const core::UserError& e) {
    EXPECT_EQ(e.where(), "/nowhere/robot.xml");
  }
}

}  // namespace
}  // namespace manybody::body
