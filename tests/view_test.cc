// What pages look at while somebody else's wishes are made ready: the view goes on, the last wish counts, a bad one changes nothing.
#include <gtest/gtest.h>

#include <algorithm>

#include "running_demo.h"

namespace manybody {
namespace {

using testing_tools::PageSocket;
using testing_tools::RunningDemo;
using Json = nlohmann::json;

// Reads on until a text fits; counts pictures meanwhile.
Json wait_for(PageSocket& page, const std::function<bool(const Json&)>& fits, int* pictures = nullptr) {
  std::string payload;
  for (bool binary = false; page.next(payload, binary);) {
    if (binary && pictures) ++*pictures;
    if (binary) continue;
    Json text = Json::parse(payload);
    if (fits(text)) return text;
  }
  ADD_FAILURE() << "the server closed the connection";
  return {};
}

bool is(const Json& text, const char* type) { return text["type"] == type; }

TEST(View, of_several_policies_asked_for_the_last_stands_and_pictures_go_on_meanwhile) {
  RunningDemo demo;
  demo.start("--body unitree_g1");
  PageSocket page(demo);
  const Json first = wait_for(page, [](const Json& t) { return is(t, "scene"); });
  EXPECT_EQ(first["policy"], "unitree_g1") << "a body with a policy of its own keeps it";
  const std::vector<std::string> policies = first["policies"];
  EXPECT_NE(std::find(policies.begin(), policies.end(), "one"), policies.end());
  EXPECT_EQ(std::find(policies.begin(), policies.end(), "one_unseen"), policies.end()) << "that one is for measuring";
  for (const char* policy : {"none", "unitree_g1", "none", "one"}) page.send(Json{{"type", "select"}, {"policy", policy}}.dump());
  int pictures = 0;
  const Json scene = wait_for(
      page, [](const Json& t) { return is(t, "scene"); }, &pictures);
  EXPECT_EQ(scene["policy"], "one");
  EXPECT_GT(pictures, 0) << "it walked on under the old one";
  page.send(R"({"type":"select","policy":"one_unsen"})");
  const Json error = wait_for(page, [](const Json& t) { return is(t, "error"); });
  EXPECT_NE(error["message"].get<std::string>().find("one_unseen"), std::string::npos) << "named, it can be had: " << error;
  page.send(R"({"type":"select","body":"xiao_ju"})");
  EXPECT_EQ(wait_for(page, [](const Json& t) { return is(t, "scene"); })["body"], "xiao_ju");
}

TEST(View, on_a_stage_one_robot_gets_another_policy_and_the_others_stay) {
  RunningDemo demo;
  demo.start("--bodies xiao_ju,xiao_lv");
  PageSocket page(demo);
  const auto whole = [](const Json& t) { return is(t, "stage") && t["robots"].size() == 2 && t["coming"] == 0; };
  const Json before = wait_for(page, whole);
  const int id = before["robots"][1]["id"];
  page.send(Json{{"type", "select"}, {"robot", id}, {"policy", "none"}}.dump());
  page.send(Json{{"type", "view"}, {"view", "single"}, {"body", "no_such_robot"}}.dump());
  const auto changed = [&](const Json& t) { return whole(t) && t["robots"][1]["policy"] == "none"; };
  bool told = false;
  const Json after = wait_for(page, [&](const Json& t) {
    told = told || (is(t, "error") && t["message"].get<std::string>().find("no_such_robot") != std::string::npos);
    return changed(t);
  });
  EXPECT_EQ(after["robots"][0]["policy"], before["robots"][0]["policy"]);
  EXPECT_EQ(after["robots"][1]["id"], id);
  if (!told) wait_for(page, [](const Json& t) { return is(t, "error"); });
  page.send(R"({"type":"select","robot":99,"policy":"none"})");
  EXPECT_NE(wait_for(page, [](const Json& t) { return is(t, "error"); })["message"].get<std::string>().find("no robot 99"),
            std::string::npos);
}

}  // namespace
}  // namespace manybody
