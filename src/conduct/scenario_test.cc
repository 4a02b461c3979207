#include "conduct/scenario.h"

#include <gtest/gtest.h>

#include "brain/plan_json.h"
#include "core/error.h"
#include "core/files.h"

namespace manybody::conduct {
namespace {

const std::string kFolder = std::string(MB_SOURCE_DIR) + "/tests/scenarios";

class Scenarios : public ::testing::TestWithParam<const char*> {};

// Shipped policies, real dynamics; the oracle is the world's state as each scenario says.
TEST_P(Scenarios, conversations_end_as_the_world_must_be) {
  ScenarioRunner runner(brain::read_scene(core::read_file(kFolder + "/stage.json"), "stage.json"));
  const std::string language = GetParam();
  int ran = 0;
  const std::vector<Scenario> all = read_scenarios(kFolder + "/" + language + ".toml", language);
  EXPECT_EQ(all.size(), 20u);
  for (const Scenario& scenario : all) {
    if (!ScenarioRunner::is_installed(scenario)) continue;
    ++ran;
    for (const std::string& failure : runner.run(scenario).failures)
      ADD_FAILURE() << scenario.where << " " << scenario.id << ": " << failure;
  }
  if (ran == 0) GTEST_SKIP() << "none of the scenarios' bodies is installed";
}
INSTANTIATE_TEST_SUITE_P(Languages, Scenarios, ::testing::Values("en", "zh"));

// A judge that cannot fail would judge nothing.
TEST(ScenarioRunner, a_check_that_does_not_hold_is_told) {
  ScenarioRunner runner(brain::read_scene(core::read_file(kFolder + "/stage.json"), "stage.json"));
  const Scenario wrong{
      "wrong", "en", "here", {"unitree_g1"}, {{"turn left", 0, {"turned -90 10", "kind refuse", "moved 2", "no_such_check"}}}};
  if (!ScenarioRunner::is_installed(wrong)) GTEST_SKIP() << "unitree_g1 is not installed";
  EXPECT_EQ(runner.run(wrong).failures.size(), 4u);
}

TEST(ScenarioRunner, a_file_that_is_none_names_its_line) {
  const std::string path = ::testing::TempDir() + "/scenario.toml";
  core::write_file(path, "[[scenario]]\nid = \"a\"\n");
  EXPECT_THROW(read_scenarios(path, "en"), core::UserError);
}

}  // namespace
}  // namespace manybody::conduct
