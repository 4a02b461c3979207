#include "body/spec_sheet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "body/describe.h"
#include "body/library.h"
#include "body/sample.h"
#include "body/test_bodies.h"
#include "body/test_stand.h"

namespace manybody::body {
namespace {

const char* const kSheets[] = {"tesla_optimus",    "xiaomi_cyberone", "agibot_a1", "kepler_k1",  "kepler_s1",  "kepler_d1",
                               "dataa_xr4",        "ubtech_walker_x", "xpeng_px5", "leju_kuavo", "cetc21_no1", "dreame_humanoid",
                               "iflytek_humanoid", "figure_01",       "xiao_ju",   "xiao_lv"};

class Sheet : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Bodies, Sheet, ::testing::ValuesIn(kSheets), [](const auto& one) { return std::string(one.param); });

double figure(const Body& body, const std::string& name) {
  for (const Figure& f : body.figures)
    if (f.name == name) return f.value;
  return -1;
}

TEST_P(Sheet, is_the_body_its_figures_say) {
  const Body body = load_body(GetParam());
  EXPECT_EQ(body.kind, Kind::spec_sheet);
  EXPECT_FALSE(body.title_zh.empty());
  EXPECT_NEAR(body.mass, figure(body, "mass"), 1e-9);
  EXPECT_NEAR(body.height, figure(body, "height"), 0.06 * body.height);  // it stands with bent knees
  EXPECT_EQ(static_cast<double>(body.legs[0].joints.size()), figure(body, "legs"));
  for (const Figure& f : body.figures) EXPECT_FALSE(f.source.empty()) << f.name;
  const auto said = std::any_of(body.notes.begin(), body.notes.end(),
                                [](const std::string& n) { return n.rfind("a spec-sheet body", 0) == 0; });
  EXPECT_TRUE(said);
  std::map<Role, int> count;
  for (const Joint& j : body.joints) ++count[j.role];
  EXPECT_EQ(count[Role::other], 0);
  EXPECT_EQ(count[Role::knee], 2);
}

TEST_P(Sheet, stands_for_two_seconds_on_stiff_enough_legs) {
  const Body body = load_body(GetParam());
  std::string why;
  EXPECT_TRUE(can_stand(body, &why)) << why;
  const double mgl = body.mass * 9.81 * body.leg_length;
  for (const Joint& j : body.joints) {
    if (j.role == Role::knee || j.role == Role::hip_pitch || j.role == Role::ankle_pitch) {
      EXPECT_GE(j.kp, 0.3 * mgl) << j.name;
    }
    EXPECT_NE(body.actuator_of(body.joint_index(j.name)), nullptr) << j.name;
    EXPECT_GT(j.armature, 0) << j.name;
  }
  const testing::Stand stand = testing::stand(body, 2.0);
  EXPECT_GT(stand.upright, 0.98);
  EXPECT_GT(stand.height, 0.97);
}

TEST_P(Sheet, has_a_shell_that_weighs_and_touches_nothing) {
  const Body body = load_body(GetParam());
  SpecPtr spec = own(mj_copySpec(body.spec.get()));
  const ModelPtr model = compile(spec.get(), body.source);
  int shown = 0;
  for (int g = 0; g < model->ngeom; ++g) {
    if (model->geom_group[g] != 1) continue;
    ++shown;
    EXPECT_EQ(model->geom_contype[g] | model->geom_conaffinity[g], 0);
  }
  EXPECT_GT(shown, 30);
  EXPECT_NEAR(mj_getTotalmass(model.get()), body.mass, 1e-9);
}

TEST_P(Sheet, check_finds_nothing_wrong) {
  const std::vector<Finding> findings = check_file(std::string(MB_SOURCE_DIR) + "/robots/" + GetParam() + "/robot.toml");
  for (const Finding& f : findings) EXPECT_EQ(f.level, Finding::Level::note) << f.problem;
}

TEST(spec_sheet, published_torque_reaches_its_joints) {
  const Body body = load_body("xiaomi_cyberone");
  EXPECT_EQ(body.joints[static_cast<size_t>(body.joint_index("left_hip_pitch"))].torque_max, 300);
  EXPECT_EQ(body.joints[static_cast<size_t>(body.joint_index("right_elbow"))].torque_max, 30);
  EXPECT_NEAR(body.actuator_of(body.joint_index("left_hip_pitch"))->stall_torque(), 300, 1e-6);
}

TEST(spec_sheet, a_data_sheet_by_name_drives_a_joint) {
  const std::string text =
      "title = \"x\"\n[sheet]\nheight = { value = 0.5, guess = \"x\" }\nmass = { value = 3, guess = \"x\" }\n[sheet.drive]\nlegs "
      "= \"dynamixel_xm430_w350\"\n";
  const testing::TemporaryFile file("robot.toml", text);
  const Body body = load_body(file.path());
  const Joint& knee = body.joints[static_cast<size_t>(body.joint_index("left_knee"))];
  EXPECT_EQ(knee.actuator, "dynamixel_xm430_w350");
  EXPECT_LE(knee.torque_max, 4.2);
  EXPECT_NEAR(knee.armature, 0.045, 0.005);
}

TEST(spec_sheet, mistakes_are_told_with_line_and_hint) {
  auto said = [](const std::string& sheet) {
    const testing::TemporaryFile file("robot.toml", "title = \"x\"\n[sheet]\n" + sheet);
    try {
      load_body(file.path());
    } catch (const core::UserError& e) {
      return std::string(e.what());
    }
    return std::string("nothing");
  };
  const std::string good = "height = { value = 1.7, source = \"x\" }\nmass = { value = 60, source = \"x\" }\n";
  EXPECT_EQ(said(good), "nothing");
  EXPECT_NE(said("mass = { value = 60, source = \"x\" }\n").find("has no 'height'"), std::string::npos);
  EXPECT_NE(said("height = 1.7\n").find(":3"), std::string::npos);
  EXPECT_NE(said(good + "legs = { value = 6 }\n").find("does not say where it comes from"), std::string::npos);
  EXPECT_NE(said(good + "legs = { value = 2, guess = \"x\" }\n").find("4.0"), std::string::npos);
  EXPECT_NE(said(good + "shoulder_widht = { value = 0.4, guess = \"x\" }\n").find("did you mean 'shoulder_width'"),
            std::string::npos);
  EXPECT_NE(said(good + "[sheet.torque]\nkne = { value = 4, guess = \"x\" }\n").find("did you mean 'knee'"), std::string::npos);
  EXPECT_NE(said(good + "[sheet.drive]\nlegs = \"planetry\"\n").find("is not known"), std::string::npos);
  EXPECT_NE(said(good + "leg_order = [\"knee\", \"hip_yaw\"]\n").find("leg_order"), std::string::npos);
  EXPECT_NE(said(good + "[look]\nshell = \"red\"\n").find("#rrggbb"), std::string::npos);
  EXPECT_NE(said("height = { value = 1.7, source = \"x\" }\nmass = { value = 60000, source = \"x\" }\n").find("60000"),
            std::string::npos);
  EXPECT_NE(said(good + "thigh = { value = 1.4, guess = \"x\" }\n").find("leave room"), std::string::npos);
}

}  // namespace
}  // namespace manybody::body
