// Models that `make robots` fetches: what their files leave out or get wrong is filled in, and they stand.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "body/library.h"
#include "body/test_bodies.h"
#include "body/test_stand.h"

namespace manybody::body {
namespace {

const Body& body_of(const std::string& name) {
  static std::map<std::string, Body> cache;
  auto place = cache.find(name);
  if (place == cache.end()) place = cache.emplace(name, load_body(name)).first;
  return place->second;
}

class More : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    for (const Entry& entry : list_bodies())
      if (entry.name == GetParam() && entry.kind == Kind::model && entry.installed) return;
    GTEST_SKIP() << "its model is not fetched (make robots)";
  }
};
INSTANTIATE_TEST_SUITE_P(Bodies, More, ::testing::Values("fourier_gr1", "pal_talos", "aldebaran_romeo", "iit_icub"),
                         [](const auto& one) { return std::string(one.param); });

TEST_P(More, has_six_joints_a_leg_and_soles_of_human_proportions) {
  const Body& body = body_of(GetParam());
  EXPECT_EQ(body.kind, Kind::model);
  for (const Entry& entry : list_bodies())
    if (entry.name == body.name) {
      EXPECT_EQ(entry.driven, static_cast<int>(body.actuated.size()));
    }
  std::map<Role, int> count;
  for (const Joint& j : body.joints) ++count[j.role];
  for (Role role : {Role::hip_pitch, Role::hip_roll, Role::hip_yaw, Role::knee, Role::ankle_pitch, Role::ankle_roll, Role::elbow})
    EXPECT_EQ(count[role], 2) << to_text(role);
  for (const Leg& leg : body.legs) {
    EXPECT_GT(leg.length / body.leg_length, 0.2);
    EXPECT_LT(leg.length / body.leg_length, 0.6);
    EXPECT_NEAR(body.com_home[0], leg.sole_home[0], 0.01 * body.leg_length);
  }
  for (const Joint& j : body.joints)
    EXPECT_LT(j.torque_max, 1.2 * body.mass * 9.81 * body.leg_length) << j.name << ": a placeholder";
}

TEST_P(More, stands_for_two_seconds) {
  const testing::Stand stand = testing::stand(body_of(GetParam()), 2.0);
  EXPECT_GT(stand.upright, 0.97);
  EXPECT_GT(stand.height, 0.97);
}

TEST_P(More, check_finds_no_error) {
  for (const Finding& f : check_file(std::string(MB_SOURCE_DIR) + "/robots/" + GetParam() + "/robot.toml"))
    EXPECT_NE(f.level, Finding::Level::error) << f.file << ":" << f.line << " " << f.element << " " << f.problem;
}

// GR-1 has a spec sheet as well: what stands in for it where the model is not fetched.
TEST(more, a_spec_sheet_stands_in_for_a_model_that_is_not_fetched) {
  std::string text = core::read_file(std::string(MB_SOURCE_DIR) + "/robots/fourier_gr1/robot.toml");
  text = testing::replaced(text, "gr1/robot.xml", "gr1/nowhere.xml");
  const testing::TemporaryFile file("robot.toml", text);
  const Body body = load_body(file.path());
  EXPECT_EQ(body.kind, Kind::spec_sheet);
  EXPECT_EQ(body.mass, 55);
  EXPECT_TRUE(std::any_of(body.notes.begin(), body.notes.end(),
                          [](const std::string& n) { return n.find("stands in") != std::string::npos; }));
  EXPECT_GT(testing::stand(body, 2.0).upright, 0.97);
}

}  // namespace
}  // namespace manybody::body
