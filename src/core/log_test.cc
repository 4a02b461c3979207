#include "core/log.h"

#include <gtest/gtest.h>

#include <functional>

namespace manybody::core {
namespace {

std::string said(Level level, const std::function<void()>& work) {
  const Level before = log_level();
  set_log_level(level);
  testing::internal::CaptureStderr();
  work();
  set_log_level(before);
  return testing::internal::GetCapturedStderr();
}

TEST(Log, lines_carry_their_level_and_end) {
  EXPECT_EQ(said(Level::debug, [] { log_warning("mesh missing"); }), "warning: mesh missing\n");
  EXPECT_EQ(said(Level::debug, [] { log_info("built"); }), "built\n");
}

TEST(Log, levels_below_the_chosen_one_are_silent) {
  EXPECT_EQ(said(Level::error, [] { log_warning("x"), log_info("x"), log_debug("x"), log_progress("x", true); }), "");
  EXPECT_EQ(said(Level::quiet, [] { log_error("x"); }), "");
}

TEST(Log, progress_is_not_poured_into_a_file) {
  EXPECT_EQ(said(Level::info, [] { log_progress("1 %", false), log_progress("100 %", true); }), "100 %\n");
}

}  // namespace
}  // namespace manybody::core
