#include "brain/hearing.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "brain/mind.h"
#include "brain/opinion.h"
#include "brain/test_set.h"
#include "brain/test_stage.h"
#include "core/error.h"
#include "core/files.h"

namespace manybody::brain {
namespace {

Heard heard_of(const std::string& text, const Scene& scene) {
  const Lexicon& lexicon = mind().parts().lexicon;
  const std::vector<Unit> units = lexicon.normaliser().units(text);
  return hear(text, units, read_tokens(units, lexicon, scene), scene, nouns_of(scene, lexicon));
}

std::vector<std::string> words_of(const std::string& text, const Scene& scene) {
  std::vector<std::string> out;
  for (const Heard::Word& word : heard_of(text, scene).words) out.push_back(word.text);
  return out;
}

TEST(Hearing, every_plan_of_the_test_sentences_comes_back_from_its_spelling) {
  const Scene scene = stage();
  for (const std::string language : {"en", "zh"}) {
    int spelt = 0, all = 0;
    for (const Case& one : read_cases(kFolder + "/test/seen_" + language + ".tsv", language)) {
      if (one.turns.size() > 1) continue;
      const Heard heard = heard_of(one.turns[0], scene);
      for (const Expected::Way& way : one.expected.ways) {
        ++all;
        const auto tokens = spell(way.plan, heard, scene);
        if (!tokens) continue;
        ++spelt;
        const auto back = unspell(*tokens, heard, scene);
        ASSERT_TRUE(back) << one.id;
        EXPECT_TRUE(same_deeds(*back, way.plan)) << one.id << ": " << describe(*back) << " is not " << describe(way.plan);
      }
    }
    EXPECT_GT(all, 500);
    EXPECT_GT(spelt, 0.97 * all) << language;
  }
}

TEST(Hearing, names_and_numbers_become_places) {
  Scene other = stage();
  for (Item& item : other.items) {
    if (item.name == "Anna") item.name = "Ottilie", item.aliases = {};
  }
  EXPECT_EQ(words_of("follow Anna for 20 seconds", stage()), words_of("follow Ottilie for 35 seconds", other));
  EXPECT_EQ(words_of("走到桌子那里", stage()), words_of("走到厨房那里", stage()));
}

TEST(Hearing, a_thing_can_be_told_by_its_colour_and_its_kind) {
  const Scene scene = stage();
  for (const char* text : {"look at the green box", "look at the green crate", "看绿色的箱子"}) {
    const Heard heard = heard_of(text, scene);
    ASSERT_EQ(heard.places, std::vector<std::string>{"green box"}) << text;
  }
  EXPECT_TRUE(heard_of("look at the box", scene).places.empty()) << "there are two";
}

TEST(Hearing, spellings_that_mean_nothing_are_refused) {
  const Scene scene = stage();
  const Heard heard = heard_of("wave at Anna 2 times", scene);
  for (const std::vector<std::string>& bad : std::vector<std::vector<std::string>>{{},
                                                                                   {"&"},
                                                                                   {"target=<person0>"},
                                                                                   {"go_to", "target=<person7>"},
                                                                                   {"wave", "repeat"},
                                                                                   {"wave", "repeat", "<num4>", "*1"},
                                                                                   {"turn", "angle_deg", "<num0>", "*1"},
                                                                                   {"say", "text", "<w3>", "<w1>"},
                                                                                   {"say", "text", "<w0>", "<w99>"},
                                                                                   {"go_to", "target=~submarine"},
                                                                                   {"wave", "when_sees"},
                                                                                   {"wave", "<num0>"}}) {
    EXPECT_FALSE(unspell(bad, heard, scene)) << (bad.empty() ? "nothing" : bad.back());
  }
  EXPECT_TRUE(unspell({"wave", "repeat", "<num0>", "*1"}, heard, scene));
}

TEST(PlanNet, says_what_the_engine_it_was_trained_with_says) {
  const PlanNet net(kFolder + "/plan.bin");
  std::istringstream lines(core::read_file(std::string(MB_SOURCE_DIR) + "/tests/data/brain/plan_reference.jsonl"));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const nlohmann::json row = nlohmann::json::parse(line);
    std::vector<Heard::Word> words;
    for (const auto& word : row["words"]) words.push_back({word[0], word[1], 0, 0});
    const PlanNet::Spelt spelt = net.spell(words);
    EXPECT_EQ(spelt.tokens, row["tokens"].get<std::vector<std::string>>()) << line;
    EXPECT_NEAR(spelt.probability, row["probability"].get<double>(), 2e-3) << line;
  }
  EXPECT_GE(count, 20);
}

TEST(PlanNet, a_damaged_file_is_an_error_and_no_crash) {
  const std::string whole = core::read_file(kFolder + "/plan.bin");
  const std::string path = ::testing::TempDir() + "/plan.bin";
  for (const size_t keep : {size_t{0}, size_t{3}, size_t{40}, size_t{5000}, whole.size() / 2, whole.size() - 1}) {
    core::write_file(path, whole.substr(0, keep));
    EXPECT_THROW(PlanNet{path}, core::UserError) << keep;
  }
  core::write_file(path, whole + "x");
  EXPECT_THROW(PlanNet{path}, core::UserError);
  for (size_t at = 0; at < 200; at += 3) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x5A);
    core::write_file(path, changed);
    try {
      PlanNet{path}.spell({{"wave", "act wave", 0, 4}});
    } catch (const core::UserError&) {}
  }
}

Answer first(Kind kind, double confidence) {
  Answer out;
  out.kind = kind, out.confidence = confidence;
  if (kind == Kind::plan) out.plan = {{"wave", {}, "", std::nullopt, 1, false}};
  return out;
}
Opinion second(Kind kind, const char* skill, double probability) {
  Opinion out;
  out.kind = kind, out.probability = probability, out.words = 9;
  if (kind == Kind::plan) out.plan = {{skill, {}, "", std::nullopt, 1, false}};
  return out;
}

TEST(Opinion, what_both_readers_say_is_done_and_what_they_dispute_is_asked_or_left_to_who_is_sure) {
  EXPECT_EQ(weigh(first(Kind::plan, 0.6), second(Kind::plan, "wave", 0.2)), Verdict::first);
  EXPECT_EQ(weigh(first(Kind::plan, 0.98), second(Kind::plan, "bow", 0.99)), Verdict::second);
  EXPECT_EQ(weigh(first(Kind::plan, 0.98), second(Kind::plan, "bow", 0.4)), Verdict::ask);
  Opinion terse = second(Kind::plan, "bow", 0.85);
  terse.words = 2;
  EXPECT_EQ(weigh(first(Kind::plan, 0.98), terse), Verdict::first) << "two words that are both known";
  EXPECT_EQ(weigh(first(Kind::stop, 0.9), second(Kind::plan, "bow", 0.99)), Verdict::first);
  EXPECT_EQ(weigh(first(Kind::ask, 0.1), second(Kind::plan, "bow", 0.99)), Verdict::second);
  EXPECT_EQ(weigh(first(Kind::ask, 0.1), second(Kind::plan, "bow", 0.2)), Verdict::first);
  EXPECT_EQ(weigh(first(Kind::plan, 0.98), second(Kind::chat, "", 0.99)), Verdict::second);
}

}  // namespace
}  // namespace manybody::brain
