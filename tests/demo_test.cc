// The stage as a whole program: it opens, takes files of robots from anybody, and says why one cannot walk.
#include <gtest/gtest.h>

#include "body/test_bodies.h"
#include "running_demo.h"

namespace manybody {
namespace {

using body::testing::carrier;
using body::testing::limb;
using body::testing::plain;
using body::testing::replaced;
using body::testing::robot;
using testing_tools::Answer;
using testing_tools::RunningDemo;
using testing_tools::Scratch;
using Json = nlohmann::json;

// Two small spec-sheet bodies: read in milliseconds.
class Demo : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    demo_ = new RunningDemo;
    demo_->start("--bodies xiao_ju,xiao_lv");
  }
  static void TearDownTestSuite() { delete demo_; }

  static Answer ask(const std::string& method, const std::string& target, const std::string& body) {
    return demo_->ask(method, target, body);
  }
  static Answer upload(const std::string& name, const std::string& bytes) {
    return ask("POST", "/api/bodies?name=" + name, bytes);
  }

  static RunningDemo* demo_;
};
RunningDemo* Demo::demo_ = nullptr;

TEST_F(Demo, answers_at_once_and_lists_bodies) {
  const Answer health = ask("GET", "/api/health", "");
  EXPECT_EQ(health.status, 200);
  EXPECT_EQ(health.body["ok"], true);
}

TEST_F(Demo, a_humanoid_of_a_file_walks_under_a_name_of_its_own) {
  const Answer first = upload("xiao_ju.xml", plain());
  ASSERT_EQ(first.status, 201) << first.body;
  EXPECT_EQ(first.body["name"], "xiao_ju_2") << "a file never takes the name of a body that is here";
  const Answer mesh = ask("GET", "/api/bodies/xiao_ju_2/mesh?detail=far", "");
  EXPECT_EQ(mesh.status, 200);
  const Answer urdf = upload("carrier.urdf", carrier());
  ASSERT_EQ(urdf.status, 201) << urdf.body;
  bool listed = false;
  for (const Json& one : ask("GET", "/api/bodies", "").body) listed = listed || (one["name"] == "carrier" && one["mass"] > 1);
  EXPECT_TRUE(listed);
}

TEST_F(Demo, each_bad_body_gets_its_reason_and_nothing_crashes) {
  std::string tail, close;
  for (int i = 0; i < 200; ++i) {
    tail += "<body pos='0.01 0 0'><joint axis='0 0 1' range='-1 1'/><geom size='.01'/>";
    close += "</body>";
  }
  const std::string anvil =
      "<body name='anvil'><geom type='box' size='.5 .5 .5'/><joint name='j' axis='0 0 1' range='-1 1'/></body>";
  const std::string sole = "<geom type=\"box\" pos=\"0.04 0 -0.05\" size=\"0.11 0.045 0.02\"/>";
  const std::string nothing = "<inertial pos=\"0 0 -0.04\" mass=\"0.4\" diaginertia=\"1e-3 1e-3 1e-3\"/>";
  const struct {
    const char *name, *code;
    std::string text;
  } bad[] = {
      {"ball.xml", "no_legs",
       "<mujoco><worldbody><body name='b'><joint type='free'/><geom size='.1'/></body></worldbody></mujoco>"},
      {"hopper.xml", "no_legs", robot(limb("leg", 0, 0, 3))},
      {"dog.xml", "more_legs",
       robot(limb("fl", .2, .1, 3) + limb("fr", .2, -.1, 3) + limb("bl", -.2, .1, 3) + limb("br", -.2, -.1, 3))},
      {"snake.xml", "too_many_joints", replaced(plain(), "<body name=\"left_hip\"", tail + close + "<body name=\"left_hip\"")},
      {"floating.xml", "no_feet", replaced(plain(), sole, nothing)},
      {"anvil.xml", "mass", robot(limb("l", 0, .1, 3) + limb("r", 0, -.1, 3) + anvil)},
      {"cut.xml", "malformed", plain().substr(0, 900)},
      {"letters.xml", "malformed", replaced(plain(), "pos=\"0 0.09 -0.05\"", "pos=\"0 zero -0.05\"")},
      {"words.xml", "not_a_robot", "to be or not to be"},
      {"empty.xml", "not_a_robot", ""},
      {"thief.xml", "outside", "<mujoco><include file='/etc/passwd'/><worldbody><body><joint/></body></worldbody></mujoco>"},
      {"broken.zip", "bad_zip", "PK\x03\x04 and nothing more"},
      {"endless.xml", "too_slow",
       "<mujoco><worldbody><replicate count='200000000' offset='1 0 0'><body><joint/><geom "
       "size='.1'/></body></replicate></worldbody></mujoco>"},
  };
  for (const auto& one : bad) {
    const Answer answer = upload(one.name, one.text);
    EXPECT_EQ(answer.status, 422) << one.name;
    EXPECT_EQ(answer.body.value("code", ""), one.code) << one.name << ": " << answer.body;
    const std::string message = answer.body.value("message", "");
    EXPECT_FALSE(message.empty()) << one.name;
    EXPECT_EQ(message.find(demo_->folder()), std::string::npos) << "where it was kept is nobody's business: " << message;
  }
  EXPECT_EQ(ask("GET", "/api/health", "").status, 200) << demo_->said();
}

TEST_F(Demo, names_that_do_not_exist_are_told_before_the_page_opens) {
  const Scratch scratch;
  const testing_tools::Ran ran = testing_tools::run_program("demo --port 0 --bodies xiao_ju,xiao_ly", scratch.folder());
  EXPECT_EQ(ran.status, 2);
  EXPECT_NE(ran.err.find("xiao_lv"), std::string::npos) << ran.err;
}

}  // namespace
}  // namespace manybody
