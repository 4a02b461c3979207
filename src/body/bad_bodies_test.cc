// Files that read well and are no humanoid: each gets a sentence that says why, from load_body and from check_file.
#include <gtest/gtest.h>

#include <algorithm>

#include "body/describe.h"
#include "body/library.h"
#include "body/test_bodies.h"

namespace manybody::body {
namespace {

using testing::limb;
using testing::plain;
using testing::refusal;
using testing::replaced;
using testing::robot;

void expect_refused(const std::string& name, const std::string& text, const std::string& words) {
  const std::string said = refusal(name, text);
  EXPECT_NE(said.find(words), std::string::npos) << name << " said: " << said;
  EXPECT_LT(said.size(), 600u) << "one sentence";
  const testing::TemporaryFile file(name, text);
  const std::vector<Finding> findings = check_file(file.path());
  EXPECT_TRUE(has_errors(findings)) << name;
  EXPECT_TRUE(std::any_of(findings.begin(), findings.end(), [&](const Finding& f) {
    return f.problem.find(words) != std::string::npos;
  })) << name;
}

TEST(bad_body, a_ball_has_no_hinges) {
  expect_refused("ball.xml", "<mujoco><worldbody><body name='b'><freejoint/><geom size='.1'/></body></worldbody></mujoco>",
                 "hinge");
}
TEST(bad_body, one_leg_is_not_two) { expect_refused("hopper.xml", robot(limb("leg", 0, 0, 3)), "no two legs"); }
TEST(bad_body, a_quadruped_stands_on_more_than_two) {
  expect_refused("dog.xml",
                 robot(limb("fl", .2, .1, 3) + limb("fr", .2, -.1, 3) + limb("bl", -.2, .1, 3) + limb("br", -.2, -.1, 3)),
                 "more than two legs");
}
TEST(bad_body, a_snake_of_two_hundred_joints_is_too_long) {
  std::string tail, close;
  for (int i = 0; i < 200; ++i) {
    tail += "<body pos='0.01 0 0'><joint axis='0 0 1' range='-1 1'/><geom size='.01'/>";
    close += "</body>";
  }
  expect_refused("snake.xml", replaced(plain(), "<body name=\"left_hip\"", tail + close + "<body name=\"left_hip\""), "hinges");
}
TEST(bad_body, feet_of_nothing_are_named) {
  std::string text = replaced(plain(), "<geom type=\"box\" pos=\"0.04 0 -0.05\" size=\"0.11 0.045 0.02\"/>",
                              "<inertial pos=\"0 0 -0.04\" mass=\"0.4\" diaginertia=\"1e-3 1e-3 1e-3\"/>");
  expect_refused("floating.xml", text, "has no geometry");
}
TEST(bad_body, legs_without_knees_are_stilts) {
  expect_refused("stilts.xml", replaced(plain(), "axis=\"0 1 0\" range=\"0 2.3\"", "axis=\"0 0 1\" range=\"0 2.3\""), "no knee");
}
TEST(bad_body, a_body_drawn_in_millimetres_is_asked_about_its_units) {
  const std::string mass = "<inertial pos='0 0 0' mass='5' diaginertia='1 1 1'/>";
  std::string out = "<mujoco><compiler angle='radian'/><worldbody><body name='trunk'><freejoint/>" + mass +
                    "<geom type='box' size='100 80 50'/>";
  for (const char* side : {"left", "right"}) {
    const std::string s = side, y = s == "left" ? "90" : "-90";
    out += "<body name='" + s + "_hip' pos='0 " + y + " -50'><joint name='" + s + "_roll' axis='1 0 0' range='-.5 .5'/>" + mass +
           "<geom size='20'/>";
    for (const char* link : {"thigh", "shin", "foot"})
      out += "<body name='" + s + "_" + link + "' pos='0 0 " + (std::string(link) == "thigh" ? "0" : "-350") + "'><joint name='" +
             s + "_" + link + "_j' axis='0 1 0' range='" + (std::string(link) == "shin" ? "0 2" : "-1 1") + "'/>" + mass +
             (std::string(link) == "foot" ? "<geom type='box' pos='40 0 -50' size='110 45 20'/>" : "<geom size='30'/>");
    out += "</body></body></body></body>";
  }
  const std::string text = out + "</body></worldbody></mujoco>";
  expect_refused("giant.xml", text, "m long");
}
TEST(bad_body, an_anvil_for_a_hand_is_refused_by_its_link) {
  expect_refused("anvil.xml",
                 robot(limb("l", 0, .1, 3) + limb("r", 0, -.1, 3) +
                       "<body name='anvil'><geom type='box' size='.5 .5 .5'/><joint name='j' axis='0 0 1' range='-1 1'/></body>"),
                 "anvil");
}
TEST(bad_body, numbers_that_are_none_are_refused) {
  EXPECT_NE(refusal("nan.xml", replaced(plain(), "pos=\"0 0.09 -0.05\"", "pos=\"0 nan -0.05\"")), "");
  EXPECT_NE(refusal("huge.xml", replaced(plain(), "pos=\"0 0.09 -0.05\"", "pos=\"0 1e30 -0.05\"")), "");
}

}  // namespace
}  // namespace manybody::body
