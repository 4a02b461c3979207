// The program as a user meets it: help at every level, one clear sentence for every mistake.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "run_program.h"

namespace manybody {
namespace {

using testing_tools::Ran;
using testing_tools::run_program;
using testing_tools::Scratch;

class Cli : public testing::Test {
 protected:
  Ran run(const std::string& arguments) { return run_program(arguments, scratch.folder()); }

  // A user's mistake: status 2, one line that contains every part, nothing on stdout.
  void expect_mistake(const std::string& arguments, const std::vector<std::string>& parts) {
    const Ran ran = run(arguments);
    EXPECT_EQ(ran.status, 2) << arguments << "\n" << ran.err;
    EXPECT_EQ(ran.out, "") << arguments;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    for (const std::string& part : parts)
      EXPECT_NE(ran.err.find(part), std::string::npos) << arguments << ": no '" << part << "' in: " << ran.err;
  }

  void write(const std::string& name, const std::string& text) { std::ofstream(scratch.at(name)) << text; }

  Scratch scratch;
};

TEST_F(Cli, version_and_help_at_every_level_end_well) {
  EXPECT_EQ(run("--version").out.rfind("manybody 0.", 0), 0u);
  for (const char* level : {"", "body", "body list", "body show", "body check", "train", "play", "eval", "demo", "bench"}) {
    const Ran ran = run(std::string(level) + " --help");
    EXPECT_EQ(ran.status, 0) << level;
    EXPECT_NE(ran.out.find("--help"), std::string::npos) << level;
  }
}

TEST_F(Cli, without_a_verb_the_help_is_shown) {
  const Ran ran = run("");
  EXPECT_EQ(ran.status, 0);
  EXPECT_NE(ran.out.find("train"), std::string::npos);
}

TEST_F(Cli, help_of_a_verb_lists_its_settings_with_range_and_default) {
  const std::string help = run("train --help").out;
  EXPECT_NE(help.find("--ppo.gamma"), std::string::npos) << help;
  EXPECT_NE(help.find("from 0 to 1"), std::string::npos) << help;
  EXPECT_NE(help.find("--reward.track_velocity"), std::string::npos) << help;
  EXPECT_NE(help.find("--config"), std::string::npos) << help;
}

// With llama.cpp in the build the sentence is about the file, without it about the option that brings it.
TEST_F(Cli, a_language_model_that_cannot_be_had_is_told_in_one_sentence) {
  expect_mistake("ask wave --gguf nowhere.gguf", {"gguf", "expected"});
  expect_mistake("chat --gguf nowhere.gguf", {"gguf", "expected"});
  expect_mistake("ask wave --remote --gguf nowhere.gguf", {"--gguf", "--remote"});
}

TEST_F(Cli, mistyped_verbs_get_a_near_match) {
  expect_mistake("trian", {"there is no verb 'trian'", "did you mean 'train'?"});
  expect_mistake("body lst", {"there is no verb 'lst'", "did you mean 'list'?"});
  expect_mistake("walk", {"there is no verb 'walk'", "expected"});
}

TEST_F(Cli, mistyped_flags_get_a_near_match) {
  expect_mistake("train --ppo.gama 0.9", {"there is no flag '--ppo.gama'", "did you mean '--ppo.gamma'?"});
  expect_mistake("train --ppo.gama=0.9", {"did you mean '--ppo.gamma'?"});
  expect_mistake("eval --episode 3", {"did you mean '--episodes'?"});
  expect_mistake("train --reward.foot_hieght 1", {"did you mean '--reward.foot_height'?"});
}

TEST_F(Cli, values_outside_their_range_or_type_are_refused_before_anything_runs) {
  expect_mistake("train --ppo.gamma 1.5", {"--ppo.gamma", "'1.5'", "a number from 0 to 1"});
  expect_mistake("train --worlds many", {"--worlds", "'many'", "a whole number from 1"});
  expect_mistake("eval --terrain hilly", {"--terrain", "one of flat, rough"});
  expect_mistake("train --ppo.gamma", {"--ppo.gamma"});
  EXPECT_FALSE(std::filesystem::exists(scratch.at("logs")));
}

TEST_F(Cli, unknown_settings_in_a_file_name_file_line_and_near_match) {
  write("my.toml", "seed = 3\n[reward]\nfoot_hight = 2.0\n");
  expect_mistake("train --config my.toml",
                 {"my.toml:3", "there is no 'reward.foot_hight'", "did you mean 'reward.foot_height'?"});
  write("broken.toml", "seed = \n");
  expect_mistake("train --config broken.toml", {"broken.toml:1"});
  expect_mistake("train --config gone.toml", {"gone.toml", "cannot be read"});
}

TEST_F(Cli, unknown_bodies_and_policies_get_a_near_match) {
  expect_mistake("train --body unitre_g1", {"unitre_g1", "did you mean 'unitree_g1'?"});
  expect_mistake("body show boster_t1", {"did you mean 'booster_t1'?"});
  expect_mistake("eval --policy no/such/policy", {"--policy", "no/such/policy"});
  expect_mistake("train --resume no/such/run", {"--resume", "no/such/run"});
}

TEST_F(Cli, missing_and_surplus_words_are_named) {
  expect_mistake("body show", {"BODY"});
  expect_mistake("body list extra", {"extra"});
}

TEST_F(Cli, body_list_is_json_a_program_can_read) {
  const Ran ran = run("body list --json");
  ASSERT_EQ(ran.status, 0) << ran.err;
  const auto bodies = nlohmann::json::parse(ran.out);
  std::vector<std::string> names;
  for (const auto& body : bodies) names.push_back(body.at("name"));
  for (const char* name : {"unitree_g1", "unitree_h1", "booster_t1", "apptronik_apollo", "berkeley_humanoid", "robotis_op3"}) {
    EXPECT_NE(std::find(names.begin(), names.end(), name), names.end()) << name;
  }
}

TEST_F(Cli, check_of_a_broken_file_says_where_and_ends_with_one) {
  write("robot.xml", "<mujoco>\n  <worldbody>\n    <body name=\"a\">\n  </worldbody>\n</mujoco>\n");
  const Ran ran = run("body check robot.xml");
  EXPECT_EQ(ran.status, 1) << ran.err;
  EXPECT_NE(ran.out.find("robot.xml"), std::string::npos);
  EXPECT_NE(ran.out.find("error"), std::string::npos) << ran.out;
}

TEST_F(Cli, switches_take_words_and_the_last_flag_wins_over_the_file) {
  write("quiet.toml", "quiet = true\nworlds = 3\nsteps = 1e30\n");
  expect_mistake("train --config quiet.toml", {"quiet.toml:3", "steps"});
  write("quiet.toml", "quiet = true\nworlds = 3\n");
  expect_mistake("train --config quiet.toml --quiet off --steps 0", {"--steps", "'0'"});
  expect_mistake("train --quiet maybe", {"maybe"});
}

}  // namespace
}  // namespace manybody
