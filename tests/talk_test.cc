// The program that is talked to, as a whole: whatever bytes come in, it answers and no robot moves; a thousand at once are told to wait.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "running_demo.h"

namespace manybody {
namespace {

using testing_tools::Answer;
using testing_tools::PageSocket;
using testing_tools::RunningDemo;
using Json = nlohmann::json;

const char* kChat = "/v1/chat/completions";

std::string random_bytes(std::mt19937& rng, size_t most) {
  std::string bytes(rng() % most + 1, ' ');
  for (char& c : bytes) c = static_cast<char>(rng() % 256);
  return bytes;
}

// Some of the bytes of a whole message are replaced, cut or doubled.
std::string damaged(std::mt19937& rng, std::string text) {
  for (size_t k = rng() % 6 + 1; k > 0; --k) {
    const size_t at = rng() % text.size();
    switch (rng() % 3) {
      case 0:
        text[at] = static_cast<char>(rng() % 256);
        break;
      case 1:
        text.erase(at, rng() % 8);
        break;
      case 2:
        text.insert(at, text.substr(0, rng() % 8));
        break;
    }
    if (text.empty()) text = "{";
  }
  return text;
}

std::string said(const std::string& text) {
  return Json{{"messages", {{{"role", "user"}, {"content", text}}}}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// One small spec-sheet body alone, told to stand.
class Talk : public testing::Test {
 protected:
  void SetUp() override { demo_.start("--body xiao_ju"); }

  // It stands where it is; then its place on the floor.
  studio::Frame stand(PageSocket& page) {
    page.send(R"({"type":"command","vx":0,"vy":0,"wz":0})");
    studio::Frame frame = page.next_frame();
    for (int i = 0; i < 3000 && (speed(frame.command) > 0 || speed(frame.measured) > 0.05f || frame.stand_gate > 0.01f); ++i)
      frame = page.next_frame();
    return frame;
  }
  static float speed(const std::array<float, 3>& v) { return std::max({std::abs(v[0]), std::abs(v[1]), std::abs(v[2])}); }

  RunningDemo demo_;
};

TEST_F(Talk, whatever_bytes_come_in_it_answers_and_the_robot_stays_where_it_is) {
  PageSocket page(demo_);
  ASSERT_TRUE(page.open());
  const studio::Frame before = stand(page);
  ASSERT_FALSE(before.links.empty());
  page.texts.clear();
  std::mt19937 rng(17);
  for (int i = 0; i < 300; ++i) {
    const std::string bytes = random_bytes(rng, 120);
    const Answer answer = demo_.ask("POST", kChat, i % 3 == 0 ? bytes : i % 3 == 1 ? said(bytes) : damaged(rng, said("hm")));
    ASSERT_TRUE(answer.status == 200 || answer.status == 400 || answer.status == 429) << i << ": " << answer.status << "\n"
                                                                                      << demo_.said();
    ASSERT_TRUE(answer.body.is_object());
    if (answer.status != 200) {
      EXPECT_TRUE(answer.body["error"]["message"].is_string());
    } else {
      EXPECT_NE(answer.body["manybody"]["kind"], "plan") << answer.body;
    }
  }
  float fastest = 0;
  for (int i = 0; i < 300; ++i) {
    const std::string bytes = random_bytes(rng, 120);
    const std::string say = Json{{"type", "say"}, {"text", bytes}}.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (i % 3 == 0) page.send(bytes, 2);
    else page.send(i % 3 == 1 ? say : R"({"type":"say","text":)" + std::to_string(rng()), 1);
    const studio::Frame frame = page.next_frame();  // a message a picture: it listens to all of them
    fastest = std::max(fastest, speed(frame.command));
  }
  { PageSocket(demo_).send("\xff\xfe not UTF-8", 1); }  // which only closes that page
  studio::Frame after;
  for (int i = 0; i < 120; ++i) after = page.next_frame(), fastest = std::max(fastest, speed(after.command));
  EXPECT_EQ(fastest, 0) << "nobody asked it to walk";
  EXPECT_FALSE(after.fallen);
  const auto& a = before.links[0].position;
  const auto& b = after.links[0].position;
  EXPECT_LT(std::hypot(b[0] - a[0], b[1] - a[1]), 0.1) << "it shifts its weight but goes nowhere";
  int errors = 0, heard = 0;
  for (const Json& text : page.texts) {
    errors += text["type"] == "error";
    heard += text["type"] == "talk" && text["from"] == "page";
    if (text["type"] == "talk") {
      EXPECT_TRUE(text["plan"].empty()) << text;
    }
  }
  EXPECT_GT(errors, 0) << "what is no message is said to be none";
  EXPECT_GT(heard, 0) << "what is one is listened to";
  // And then it does what it is told.
  EXPECT_EQ(demo_.ask("POST", kChat, said("walk forward")).body["manybody"]["kind"], "plan");
  studio::Frame walking = page.next_frame();
  for (int i = 0; i < 1000 && walking.command[0] <= 0; ++i) walking = page.next_frame();
  EXPECT_GT(walking.command[0], 0);
  EXPECT_TRUE(demo_.runs());
}

TEST_F(Talk, a_thousand_requests_at_once_are_answered_or_told_to_wait_and_it_serves_on) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, 4096);
  setrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur < 1200) GTEST_SKIP() << "too few files may be open here: " << files.rlim_cur;
  PageSocket page(demo_);
  stand(page);
  std::vector<int> handles;
  for (int i = 0; i < 1000; ++i) {
    handles.push_back(demo_.connect());
    ASSERT_GE(handles.back(), 0) << i;
  }
  const std::string request = RunningDemo::request("POST", kChat, said("what can you do"));
  for (const int handle : handles) RunningDemo::send(handle, request);
  std::map<int, int> statuses;
  for (const int handle : handles) {
    const Answer answer = RunningDemo::receive(handle);
    ++statuses[answer.status];
    ASSERT_TRUE(answer.body.is_object()) << answer.status;
    if (answer.status == 429 || answer.status == 503) {
      EXPECT_TRUE(answer.body["error"]["message"].is_string());
      EXPECT_NE(answer.head.find("Retry-After:"), std::string::npos);
    } else {
      EXPECT_EQ(answer.body["manybody"]["kind"], "chat");
    }
  }
  EXPECT_EQ(statuses[200] + statuses[429] + statuses[503], 1000);
  EXPECT_GT(statuses[200], 0);
  EXPECT_TRUE(testing_tools::soon([&] { return demo_.ask("POST", kChat, said("who are you")).status == 200; }));
  EXPECT_EQ(demo_.ask("GET", "/api/health", "").body["ok"], true);
}

}  // namespace
}  // namespace manybody
