#include "core/text.h"

#include <gtest/gtest.h>

#include <cmath>

namespace manybody::core {
namespace {

TEST(Text, table_pads_text_left_and_numbers_right) {
  EXPECT_EQ(table_text({"joint", "kp"}, {{"left_hip", "5"}, {"knee", "100.5"}}),
            "joint        kp\nleft_hip      5\nknee      100.5\n");
}

TEST(Text, wide_characters_keep_columns_aligned) {
  EXPECT_EQ(display_width("行走 a"), 6);
  EXPECT_EQ(display_width("é█"), 2);
  EXPECT_EQ(table_text({"名", "x"}, {{"行走", "b"}, {"ab", "c"}}), "名    x\n行走  b\nab    c\n");
}

TEST(Text, rows_shorter_than_the_header_are_filled) { EXPECT_EQ(table_text({"a", "b"}, {{"1"}}), "a  b\n1\n"); }

TEST(Text, counts_have_three_digits_and_a_unit) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(999.6), "1.00 k");
  EXPECT_EQ(count_text(1234567), "1.23 M");
  EXPECT_EQ(count_text(23456), "23.5 k");
  EXPECT_EQ(count_text(999999), "1.00 M");
  EXPECT_EQ(count_text(NAN), "-");
}

TEST(Text, durations_read_as_clocks) {
  EXPECT_EQ(duration_text(75), "1:15");
  EXPECT_EQ(duration_text(3700), "1:01:40");
  EXPECT_EQ(duration_text(0.4), "0:00");
  EXPECT_EQ(duration_text(INFINITY), "-");
}

TEST(Text, bars_are_clipped_to_their_width) {
  EXPECT_EQ(bar_text(0.5, 4), "██░░");
  EXPECT_EQ(bar_text(7, 2), "██");
  EXPECT_EQ(bar_text(NAN, 2), "░░");
}

TEST(Text, fixed_says_when_there_is_no_number) {
  EXPECT_EQ(fixed(1.5, 2), "1.50");
  EXPECT_EQ(fixed(NAN, 2), "-");
}

}  // namespace
}  // namespace manybody::core
