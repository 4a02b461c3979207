#include "brain/cause.h"

#include <gtest/gtest.h>

#include <set>

namespace manybody::brain {
namespace {

bool ascii(const std::string& text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) > 127) return false;
  return true;
}

TEST(Cause, every_cause_is_said_in_both_languages_and_no_two_alike) {
  std::set<std::string> said;
  for (int i = static_cast<int>(Cause::no_gesture); i <= static_cast<int>(Cause::reset); ++i) {
    const std::string en = say_cause(static_cast<Cause>(i), "up", {"en", "", ""}),
                      zh = say_cause(static_cast<Cause>(i), "up", {"zh", "", ""});
    EXPECT_TRUE(!en.empty() && ascii(en)) << i << " " << en;
    EXPECT_TRUE(!zh.empty() && !ascii(zh)) << i << " " << zh;
    EXPECT_EQ((en + zh).find("{}"), std::string::npos);
    EXPECT_TRUE(said.insert(en).second && said.insert(zh).second) << en << zh;
  }
  EXPECT_EQ(say_cause(Cause::none, "", {}), "");
}

TEST(Cause, what_a_body_lacks_is_named_as_people_name_it) {
  EXPECT_EQ(say_cause(Cause::lacks, "left shoulder_pitch", {"en", "", ""}), "this body has no left arm");
  EXPECT_EQ(say_cause(Cause::lacks, "right shoulder_roll", {"zh", "", ""}), "这个身体没有右手臂");
  EXPECT_EQ(say_cause(Cause::lacks, "neck_yaw", {"zh", "", ""}), "这个身体没有能动的头");
}

TEST(Cause, places_go_by_their_names_in_the_speakers_language) {
  Scene scene;
  Item table;
  table.name = "table", table.aliases = {"desk", "桌子"};
  scene.items.push_back(table);
  const Speaker zh{"zh", "", "", &scene}, en{"en", "", "", &scene};
  EXPECT_EQ(say_cause(Cause::unknown_place, "table", zh), "我不知道桌子在哪里");
  EXPECT_EQ(say_cause(Cause::unknown_place, "table", en), "I do not know where the table is");
  EXPECT_EQ(say_cause(Cause::unknown_place, "me", zh), "我不知道你在哪里");
  EXPECT_EQ(say_cause(Cause::unknown_place, "me", en), "I do not know where you are");
}

}  // namespace
}  // namespace manybody::brain
