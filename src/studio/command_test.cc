#include "studio/command.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/rng.h"

namespace manybody::studio {
namespace {

template <class T>
T parsed(const std::string& text) {
  std::string error;
  const auto command = parse_command(text, error);
  EXPECT_TRUE(command) << text << ": " << error;
  if (!command || !std::holds_alternative<T>(*command)) {
    ADD_FAILURE() << text;
    return T{};
  }
  return std::get<T>(*command);
}

std::string error_of(const std::string& text) {
  std::string error;
  EXPECT_FALSE(parse_command(text, error)) << text;
  EXPECT_FALSE(error.empty()) << text;
  return error;
}

TEST(command, every_message_of_the_protocol_is_understood) {
  const auto velocity = parsed<VelocityCommand>(R"({"type":"command","vx":0.5,"vy":-0.1,"wz":1})");
  EXPECT_EQ(velocity.vx, 0.5);
  EXPECT_EQ(velocity.vy, -0.1);
  EXPECT_EQ(velocity.wz, 1);
  EXPECT_TRUE(parsed<PauseCommand>(R"({"type":"pause","on":true})").on);
  EXPECT_FALSE(parsed<PauseCommand>(R"({"type":"pause","on":false})").on);
  parsed<StepCommand>(R"({"type":"step"})");
  parsed<ResetCommand>(R"({"type":"reset"})");
  EXPECT_EQ(parsed<SpeedCommand>(R"({"type":"speed","factor":0.5})").factor, 0.5);
  const auto push = parsed<PushCommand>(R"({"type":"push","link":3,"point":[1,2,3],"force":[10,0,-5],"seconds":0.2})");
  EXPECT_EQ(push.link, 3);
  EXPECT_EQ(push.point[2], 3);
  EXPECT_EQ(push.force[2], -5);
  EXPECT_EQ(push.seconds, 0.2);
  EXPECT_EQ(parsed<SelectCommand>(R"({"type":"select","body":"unitree_g1"})").body, "unitree_g1");
  const auto train = parsed<TrainCommand>(R"({"type":"train","action":"follow","run":"walk/2026-11-22_10-00"})");
  EXPECT_EQ(train.action, TrainCommand::Action::follow);
  EXPECT_EQ(train.run, "walk/2026-11-22_10-00");
  EXPECT_FALSE(train.body);
}

TEST(command, on_a_stage_a_message_says_whom_it_means) {
  EXPECT_EQ(parsed<VelocityCommand>(R"({"type":"command","vx":0,"vy":0,"wz":0,"robot":7})").robot, 7);
  EXPECT_FALSE(parsed<VelocityCommand>(R"({"type":"command","vx":0,"vy":0,"wz":0,"robot":"all"})").robot) << "all";
  EXPECT_FALSE(parsed<VelocityCommand>(R"({"type":"command","vx":0,"vy":0,"wz":0})").robot) << "pages of one robot";
  EXPECT_EQ(parsed<ResetCommand>(R"({"type":"reset","robot":0})").robot, 0);
  EXPECT_EQ(parsed<PushCommand>(R"({"type":"push","robot":65535,"link":0,"point":[0,0,0],"force":[1,0,0],"seconds":0.1})").robot,
            65535);
  EXPECT_EQ(parsed<SelectCommand>(R"({"type":"select","policy":"none","robot":2})").robot, 2);
  EXPECT_TRUE(parsed<ViewCommand>(R"({"type":"view","view":"stage"})").stage);
  const auto single = parsed<ViewCommand>(R"({"type":"view","view":"single","body":"xiao_ju"})");
  EXPECT_FALSE(single.stage);
  EXPECT_EQ(single.body, "xiao_ju");
  EXPECT_EQ(parsed<StageCommand>(R"({"type":"stage","action":"add","body":"xiao_lv"})").body, "xiao_lv");
  EXPECT_EQ(parsed<StageCommand>(R"({"type":"stage","action":"remove","robot":3})").robot, 3);
  EXPECT_EQ(parsed<StageCommand>(R"({"type":"stage","action":"release"})").action, StageCommand::Action::release);
  for (const char* wrong :
       {R"({"type":"reset","robot":-1})", R"({"type":"reset","robot":70000})", R"({"type":"reset","robot":1.5})",
        R"({"type":"reset","robot":"g1"})", R"({"type":"view","view":"both"})", R"({"type":"view"})",
        R"({"type":"stage","action":"add"})", R"({"type":"stage","action":"remove"})",
        R"({"type":"stage","action":"add","body":"../x"})", R"({"type":"stage","action":"burn"})"}) {
    error_of(wrong);
  }
}

TEST(command, numbers_beyond_bounds_are_clipped) {
  EXPECT_EQ(parsed<SpeedCommand>(R"({"type":"speed","factor":1000})").factor, kMaxSpeed);
  EXPECT_EQ(parsed<SpeedCommand>(R"({"type":"speed","factor":-3})").factor, kMinSpeed);
  EXPECT_LE(parsed<VelocityCommand>(R"({"type":"command","vx":1e300,"vy":0,"wz":0})").vx, 100);
  const auto push = parsed<PushCommand>(R"({"type":"push","link":0,"point":[0,0,0],"force":[3e5,4e5,0],"seconds":99})");
  EXPECT_NEAR(std::hypot(push.force[0], push.force[1]), kMaxPushN, 1e-6);
  EXPECT_NEAR(push.force[1] / push.force[0], 4.0 / 3, 1e-9) << "the direction stays";
  EXPECT_EQ(push.seconds, kMaxPushS);
}

TEST(command, every_mistake_gets_its_sentence) {
  EXPECT_NE(error_of("hello").find("not JSON"), std::string::npos);
  EXPECT_NE(error_of("[]").find("object"), std::string::npos);
  EXPECT_NE(error_of("{}").find("'type' is missing"), std::string::npos);
  EXPECT_NE(error_of(R"({"type":7})").find("'type'"), std::string::npos);
  EXPECT_NE(error_of(R"({"type":"comand","vx":0,"vy":0,"wz":0})").find("did you mean 'command'?"), std::string::npos);
  EXPECT_NE(error_of(R"({"type":"command","vx":1,"vy":2})").find("'wz' is missing"), std::string::npos);
  EXPECT_NE(error_of(R"({"type":"command","vx":"1","vy":2,"wz":0})").find("'vx' must be a number"), std::string::npos);
  EXPECT_NE(error_of(R"({"type":"command","vx":null,"vy":2,"wz":0})").find("'vx'"), std::string::npos);
  EXPECT_NE(error_of(R"({"type":"command","vx":1e999,"vy":2,"wz":0})"), "");
  EXPECT_NE(error_of(R"({"type":"pause","on":1})").find("'on'"), std::string::npos);
  EXPECT_NE(error_of(R"({"type":"push","link":-1,"point":[0,0,0],"force":[0,0,0],"seconds":1})").find("'link'"),
            std::string::npos);
  EXPECT_NE(error_of(R"({"type":"push","link":1.5,"point":[0,0,0],"force":[0,0,0],"seconds":1})").find("'link'"),
            std::string::npos);
  EXPECT_NE(error_of(R"({"type":"push","link":1,"point":[0,0],"force":[0,0,0],"seconds":1})").find("'point'"), std::string::npos);
  EXPECT_NE(error_of(R"({"type":"select"})").find("missing"), std::string::npos);
  EXPECT_NE(error_of(R"({"type":"train","action":"explode"})").find("explode"), std::string::npos);
  EXPECT_NE(error_of(std::string(kMaxMessageBytes + 1, ' ')).find("longer"), std::string::npos);
}

TEST(command, names_cannot_climb_the_file_system) {
  for (const char* name :
       {"../secret", "/etc/passwd", "a/../../b", "a\\\\b", "a//b", "", ".hidden", "a/.b", "x\\u0000y", "a b", "a/"}) {
    const std::string text = std::string(R"({"type":"select","policy":")") + name + "\"}";
    EXPECT_NE(error_of(text).find("not a name"), std::string::npos) << name;
  }
  EXPECT_NE(error_of(R"({"type":"select","body":")" + std::string(300, 'a') + "\"}").find("not a name"), std::string::npos);
}

TEST(command, random_bytes_are_answered_not_fatal) {
  core::Rng rng(11);
  for (int i = 0; i < 8000; ++i) {
    std::string text(static_cast<size_t>(rng.below(80)), ' ');
    for (char& c : text) c = static_cast<char>(rng.next());
    std::string error;
    const bool understood = parse_command(text, error).has_value();
    EXPECT_EQ(understood, error.empty());
  }
}

TEST(command, mutated_messages_give_bounded_commands_or_a_sentence) {
  const std::vector<std::string> seeds = {
      R"({"type":"command","vx":0.5,"vy":-0.1,"wz":1})",
      R"({"type":"push","link":3,"point":[1,2,3],"force":[10,0,-5],"seconds":0.2})",
      R"({"type":"train","action":"start","body":"unitree_g1"})",
      R"({"type":"select","body":"unitree_g1","policy":"walk"})",
  };
  const std::string alphabet = "{}[]\",:0123456789.-+eEtrufalsn \\/x";
  core::Rng rng(12);
  int understood = 0, refused = 0;
  for (int i = 0; i < 15000; ++i) {
    std::string text = seeds[static_cast<size_t>(rng.below(static_cast<int>(seeds.size())))];
    for (int k = rng.below(3); k >= 0; --k) {
      const size_t at = static_cast<size_t>(rng.below(static_cast<int>(text.size())));
      const char c = alphabet[static_cast<size_t>(rng.below(static_cast<int>(alphabet.size())))];
      if (rng.below(3) == 0) text.erase(at, 1);
      else if (rng.below(2) == 0) text.insert(at, 1, c);
      else text[at] = c;
    }
    std::string error;
    const auto command = parse_command(text, error);
    command ? ++understood : ++refused;
    if (!command) continue;
    if (const auto* push = std::get_if<PushCommand>(&*command)) {
      EXPECT_GE(push->link, 0);
      EXPECT_LE(std::hypot(push->force[0], push->force[1], push->force[2]), kMaxPushN * (1 + 1e-9)) << text;
      EXPECT_LE(push->seconds, kMaxPushS);
    }
    if (const auto* v = std::get_if<VelocityCommand>(&*command)) {
      EXPECT_TRUE(std::isfinite(v->vx + v->vy + v->wz));
    }
  }
  EXPECT_GT(understood, 1000);
  EXPECT_GT(refused, 1000);
}

TEST(command, deep_nesting_is_answered) {
  std::string text(kMaxMessageBytes - 10, '[');
  error_of(text);
  std::string closed(8000, '[');
  closed += std::string(8000, ']');
  error_of(closed);
}

}  // namespace
}  // namespace manybody::studio
