#include "core/error.h"

#include <gtest/gtest.h>

namespace manybody::core {
namespace {

TEST(Error, sentence_names_place_problem_and_what_was_expected) {
  EXPECT_STREQ(UserError("a.toml:3", "mass is -1", "more than 0 kg").what(), "a.toml:3: mass is -1 (expected more than 0 kg)");
  EXPECT_STREQ(UserError("", "no body", "").what(), "no body");
}

TEST(Error, a_hint_stands_in_the_sentence_as_a_question) {
  EXPECT_STREQ(UserError("--bdy", "unknown flag", "did you mean '--body'?").what(),
               "--bdy: unknown flag; did you mean '--body'?");
}

TEST(NearMatch, finds_typos_swaps_and_case) {
  const std::vector<std::string> known{"unitree_g1", "booster_t1", "ppo.gamma", "seed"};
  EXPECT_EQ(near_match("unitre_g1", known), "unitree_g1");
  EXPECT_EQ(near_match("bosoter_t1", known), "booster_t1");
  EXPECT_EQ(near_match("PPO.Gamma", known), "ppo.gamma");
  EXPECT_EQ(near_match("unitree-g1", known), "unitree_g1");
  EXPECT_EQ(near_match("sede", known), "seed");
}

TEST(NearMatch, keeps_silent_when_nothing_is_near) {
  EXPECT_EQ(near_match("zebra", {"seed", "gamma"}), "");
  EXPECT_EQ(near_match_hint("zebra", {"seed", "gamma"}), "");
  EXPECT_EQ(near_match("x", {}), "");
}

TEST(NearMatch, prefers_the_nearest_of_several) {
  EXPECT_EQ(near_match("hip_ptch", {"hip_yaw", "hip_pitch", "hip_roll"}), "hip_pitch");
  EXPECT_EQ(near_match_hint("hip_ptch", {"hip_pitch"}), "did you mean 'hip_pitch'?");
}

TEST(CheckDeathTest, a_broken_invariant_aborts_with_its_place) {
  EXPECT_DEATH(MB_CHECK(1 + 1 == 3), "error_test.cc:.*1 \\+ 1 == 3 does not hold");
}

}  // namespace
}  // namespace manybody::core
