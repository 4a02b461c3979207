// One pass over tokens that gathers frames; frame.cc puts them into order afterwards. Inside the room only.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "brain/frame.h"

namespace manybody::brain {

class FrameBuilder {
 public:
  FrameBuilder(const std::vector<Token>& tokens, const std::vector<Unit>& units, const std::string& typed, const Scene& scene,
               const Nouns& nouns, const Memory& memory)
      : tokens_(tokens), units_(units), typed_(typed), scene_(scene), scene_nouns_(&nouns), memory_(memory) {}
  Reading build();

 private:
  // What a token is here; several of its meanings may fit.
  struct Choice {
    Tag tag;
    std::string value;
  };
  Choice choose(size_t i) const;
  std::optional<Choice> idiom(size_t i) const;
  Choice choose_other(size_t i) const;
  size_t take_token(size_t i, const Choice& choice);
  void on_modifier(size_t i, const Choice& choice);
  void on_all(size_t i);
  size_t on_except(size_t i);
  void on_adj(size_t i, const std::string& value);
  void on_noun(size_t i, const std::string& value);
  void on_item(size_t i);
  void on_fn(size_t i, const std::string& value);
  void take_act(size_t i, const Frame& act);
  void join_act(size_t i, const Frame& act);
  bool others_do(size_t i, const Frame& act) const;
  void on_and(size_t i);
  void on_then(size_t i);
  void on_while(size_t i);
  void on_before(size_t i);
  // A condition as it was read.
  struct Said {
    std::string event, heard, words;
    bool polite = false, mentioned = false, quoted = false;
    Mention mention;
  };
  size_t settle_condition(size_t begin, size_t i, bool until, bool postfix, const Said& said);
  size_t say_end(size_t j) const;
  size_t say_last(size_t j, size_t end) const;
  Choice choose_act(size_t i, const Meaning& act) const;
  bool clause_has_act(size_t from, bool gesture_only = false) const;  // from a token to the clause's end
  bool target_like(size_t i) const;
  bool at_place(size_t i) const;
  bool time_for(size_t i) const;
  bool quote_soon(size_t i) const;
  bool acts_later(size_t i) const;  // in this sentence
  bool last_clause_says(size_t i, std::initializer_list<const char*> words) const;
  bool t_is(size_t i, const char* text) const { return in_sight(i) && tokens_[i].text == text; }
  bool in_sight(size_t i) const { return i < tokens_.size(); }
  const Token* before(size_t i) const { return i > 0 ? &tokens_[i - 1] : nullptr; }
  bool ends_clause(size_t i) const;

  void on_mark(size_t i);
  void on_act(size_t i, const std::string& value);
  void on_cannot(size_t i, const std::string& value);
  void on_dir(size_t i, const std::string& value);
  void on_number(size_t i);
  void on_unit(size_t i, const std::string& value);
  void on_amount(const std::string& value);
  void on_conn(size_t i, const std::string& value);
  void on_robot(size_t i);
  void on_chat(size_t i, const std::string& value);
  void on_unknown(size_t i);
  void on_pron(size_t i, const std::string& value);
  size_t take_condition(size_t i, bool until);
  size_t take_say(size_t i, bool tell);
  bool odd_clause() const;
  bool lone_unit(size_t i) const;
  void drop_reasons();
  bool time_ahead(size_t i) const;
  std::vector<std::string> spoken_to() const;
  bool asks_for_too() const;
  bool asks_me(size_t i) const;
  size_t told_to(size_t i) const;
  bool condition_ahead(size_t i) const;
  bool acts_after_clause(size_t i) const;  // another clause of the sentence, after this one, has an action
  size_t quote_end(size_t i) const;        // the token that closes the quotation which opens at i; i when none does
  std::string quoted_text(size_t open, size_t close) const;

  void quantity(double value, const std::string& unit);
  void add_mention(Mention mention);
  void end_thing(size_t i);  // adjectives gathered so far become a thing
  void flush(Frame::Link next);
  void address(const std::vector<std::string>& robots);
  Mention resolve(const std::vector<std::string>& adjectives, const std::string& noun, const std::string& words) const;
  Mention remembered(const std::string& pronoun, const std::string& words) const;
  bool next_is_act(size_t i) const;
  bool said_you(size_t i) const;  // "you" stands before it in its sentence

  const std::vector<Token>& tokens_;
  const std::vector<Unit>& units_;
  const std::string& typed_;
  const Scene& scene_;
  const Nouns* scene_nouns_;
  const Memory& memory_;
  Reading out_;
  Frame now_;
  std::vector<std::string> adjectives_;
  std::string adjective_words_;
  std::vector<std::string> addressed_;
  std::set<std::string> excepted_;
  std::vector<std::string> seen_;  // names spoken of so far
  bool excepting_ = false, negative_ = false, statement_ = false, prep_ = false, because_ = false;
  bool beside_ = false;  // the preposition says where, not whereto
  std::optional<Condition> condition_;
  bool condition_unknown_ = false;
  std::string condition_words_;
  bool joined_ = false;  // "and", "then" stood before this clause
  std::optional<double> number_;
  bool number_vague_ = false;
  std::string last_unit_;
  size_t per_unit_ = 0;
  bool pending_while_ = false;  // "while walking, wave": the next action runs beside it
  double last_scale_ = 0;
  size_t sentence_ = 0, clause_begin_ = 0, last_mention_ = 0, last_quantity_ = 0;
};

inline bool is_one_of(const std::string& word, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(), [&](const char* w) { return word == w; });
}

// Topics that are asked about, and words for the robots not spoken to yet.
bool leads_question(const std::string& topic);
bool means_others(const std::string& words);
bool needs_target(const std::string& skill);
bool is_gesture(const std::string& skill);

}  // namespace manybody::brain
