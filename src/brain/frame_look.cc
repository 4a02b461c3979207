// Looking around in the tokens: what follows, what was said, whom a clause means.
#include "brain/frame_builder.h"

#include <algorithm>
#include <cmath>

namespace manybody::brain {

bool means_others(const std::string& words) {
  return words.find("other") != std::string::npos || words.find("rest") != std::string::npos ||
         words.find("else") != std::string::npos || words.find("其他") != std::string::npos ||
         words.find("其余") != std::string::npos || words.find("其它") != std::string::npos ||
         words.find("别的") != std::string::npos || words.find("剩下") != std::string::npos;
}

bool leads_question(const std::string& topic) {
  return is_one_of(topic, {"capability", "where", "where_me", "how_far", "what_see", "why_not", "what_doing", "what_can", "who"});
}

bool needs_target(const std::string& skill) {
  return is_one_of(skill, {"go_to", "follow", "look_at", "point_at", "reach", "pick", "place", "hand_over", "hang"});
}

bool is_gesture(const std::string& skill) {
  return is_one_of(skill, {"bow", "nod", "shake_head", "wave", "raise_arms", "squat", "dance", "stand", "say", "tell"});
}

bool FrameBuilder::ends_clause(size_t i) const {
  if (!in_sight(i)) return true;
  const Token& t = tokens_[i];
  if (t.tag == Tag::mark) return is_one_of(t.text, {".", "!", "?", ";", ":", ","});
  return t.as(Tag::conn) && (t.tag == Tag::conn) && !is_one_of(t.value(), {"first"});
}

bool FrameBuilder::clause_has_act(size_t from, bool gesture_only) const {
  for (size_t i = from; !ends_clause(i) || (in_sight(i) && tokens_[i].as(Tag::act) && !tokens_[i].as(Tag::conn)); ++i) {
    if (!in_sight(i)) break;
    const Meaning* act = tokens_[i].as(Tag::act);
    if (!act) {
      if (tokens_[i].tag == Tag::cannot) return true;
      continue;
    }
    const std::string skill = act->value.substr(0, act->value.find(' '));
    if (is_one_of(skill, {"vague", "redo", "resume", "redo_all"}) || (act->value.find("weak") != std::string::npos)) continue;
    if (!gesture_only || is_gesture(skill) || skill == "point_at") return true;
  }
  return false;
}

bool FrameBuilder::acts_after_clause(size_t i) const {
  while (in_sight(i) && tokens_[i].tag != Tag::mark) ++i;
  for (; in_sight(i) && !(tokens_[i].tag == Tag::mark && is_one_of(tokens_[i].text, {".", "!", "?", ";"})); ++i) {
    if (tokens_[i].tag == Tag::act || tokens_[i].tag == Tag::cannot) return true;
  }
  return false;
}

size_t FrameBuilder::quote_end(size_t i) const {
  const auto is_quote = [&](size_t k) {
    return tokens_[k].tag == Tag::mark && is_one_of(tokens_[k].text, {"\"", "'", "“", "”", "「", "」", "『", "』"});
  };
  if (!in_sight(i) || !is_quote(i)) return i;
  for (size_t k = i + 1; in_sight(k); ++k) {
    if (is_quote(k)) return k;
  }
  return i;
}

std::string FrameBuilder::quoted_text(size_t open, size_t close) const {
  const size_t begin = units_[tokens_[open + 1].begin].begin;
  return typed_.substr(begin, units_[tokens_[close - 1].end - 1].end - begin);
}

// Robots that were given something to do so far, in this sentence or in the one before.
std::vector<std::string> FrameBuilder::spoken_to() const {
  std::vector<std::string> out;
  for (const Frame& frame : out_.frames) out.insert(out.end(), frame.robots.begin(), frame.robots.end());
  if (out.empty()) out = addressed_;
  if (out.empty()) {
    for (const Step& step : memory_.last) {
      if (!step.robot.empty()) out.push_back(step.robot);
    }
  }
  return out;
}

bool FrameBuilder::asks_for_too() const {
  return std::any_of(tokens_.begin(), tokens_.end(), [](const Token& t) {
    return means_others(t.text) || is_one_of(t.text, {"too", "as well", "also", "now", "and", "也", "呢", "and also"});
  });
}

// "Tell me, are you …": a question, though it begins like an order.
bool FrameBuilder::asks_me(size_t i) const {
  static const std::set<std::string> kAsking{"are",     "is",     "do",      "does", "did",   "what",    "who",
                                             "how",     "why",    "where",   "when", "which", "whether", "what's",
                                             "are you", "do you", "can you", "have", "will",  "you're",  "you are"};
  if (tokens_[i].chinese && is_one_of(tokens_[i].text, {"讲讲", "说说", "讲一讲", "说一说", "介绍一下", "聊聊", "谈谈"}) &&
      in_sight(i + 1) && tokens_[i + 1].as(Tag::chat) && leads_question(tokens_[i + 1].as(Tag::chat)->value))
    return true;
  if (!is_one_of(tokens_[i].text, {"tell me", "tell us", "tell", "告诉我", "跟我说", "告诉我们"})) return false;
  size_t j = i + 1;
  bool comma = false;
  while (in_sight(j) && tokens_[j].tag == Tag::mark && is_one_of(tokens_[j].text, {",", ":"})) ++j, comma = true;
  if (!in_sight(j)) return false;
  const std::string first = tokens_[j].text.substr(0, tokens_[j].text.find(' '));
  const bool question = tokens_[j].as(Tag::chat) && leads_question(tokens_[j].as(Tag::chat)->value);
  return question || (tokens_[i].text != "tell" && kAsking.count(first)) || (comma && kAsking.count(first));
}

// "tell Bolt to wave": the token after "to", or i when somebody is told something.
size_t FrameBuilder::told_to(size_t i) const {
  size_t j = i + 1;
  bool robot = false;
  for (; in_sight(j); ++j) {
    const bool is_robot = tokens_[j].tag == Tag::item && tokens_[j].item->group == Item::Group::robot;
    const bool all = tokens_[j].tag == Tag::all && !tokens_[j].chinese;
    if (!is_robot && !all && !(robot && (tokens_[j].is(Tag::conn, "and") || tokens_[j].text == ","))) break;
    robot = true;
  }
  if (!robot || !in_sight(j)) return i;
  if (tokens_[j].text == "to") return next_is_act(j) ? j : i;
  return tokens_[j].chinese && next_is_act(j - 1) ? j - 1 : i;
}

// "frobnicate the chair", "把椅子噗噜了": something is to be done to a thing, and nobody knows what.
bool FrameBuilder::odd_clause() const {
  if (now_.acts() || now_.statement || now_.mentions.empty() || now_.unknown.empty() || now_.mentions.front().prep) return false;
  size_t i = clause_begin_;
  while (in_sight(i) && (tokens_[i].tag == Tag::pol || tokens_[i].tag == Tag::fn || tokens_[i].tag == Tag::voc) &&
         !is_one_of(tokens_[i].text, {"把", "将"}))
    ++i;
  return in_sight(i) && ((tokens_[i].tag == Tag::unknown && !tokens_[i].chinese) || is_one_of(tokens_[i].text, {"把", "将"}));
}

bool FrameBuilder::target_like(size_t i) const {
  while (in_sight(i) && (tokens_[i].tag == Tag::fn || tokens_[i].tag == Tag::adj) && !tokens_[i].as(Tag::conn)) ++i;
  if (!in_sight(i)) return false;
  const Token& t = tokens_[i];
  return t.tag == Tag::item || t.tag == Tag::noun || t.tag == Tag::pron || t.as(Tag::pron) || t.tag == Tag::unknown ||
         t.tag == Tag::voc || t.as(Tag::noun);
}

// "at the chair", where one can be.
bool FrameBuilder::at_place(size_t i) const {
  return in_sight(i) && is_one_of(tokens_[i].text, {"at", "in", "near", "by", "beside", "next to", "inside", "close to"}) &&
         target_like(i + 1);
}

// "该充电了", "time to charge": why, before an order that follows.
bool FrameBuilder::time_for(size_t i) const {
  const Token* previous = before(i);
  if (now_.acts() || !previous || !acts_after_clause(i)) return false;
  if (t_is(i + 1, "了") || t_is(i + 1, "啦"))
    return is_one_of(previous->text, {"该", "要", "快要", "又要", "又该", "得", "快", "就要", "到点"});
  return previous->text.find("time to") != std::string::npos ||
         (previous->text == "to" && i >= 2 && tokens_[i - 2].text.find("time") != std::string::npos);
}

// "the crowd say “encore”": what is heard follows in quotation marks.
bool FrameBuilder::quote_soon(size_t i) const {
  for (size_t j = i + 1; in_sight(j) && j < i + 6; ++j) {
    if (quote_end(j) > j + 1) return true;
    if (tokens_[j].tag == Tag::mark) return false;
  }
  return false;
}

bool FrameBuilder::acts_later(size_t i) const {
  for (; in_sight(i) && !(tokens_[i].tag == Tag::mark && is_one_of(tokens_[i].text, {".", "!", "?", ";"})); ++i) {
    if (tokens_[i].tag == Tag::act || tokens_[i].tag == Tag::cannot) return true;
  }
  return false;
}

// Whether the clause from i on has one of these words in it.
bool FrameBuilder::last_clause_says(size_t i, std::initializer_list<const char*> words) const {
  for (; in_sight(i) && tokens_[i].tag != Tag::mark; ++i) {
    if (is_one_of(tokens_[i].text, words)) return true;
  }
  return false;
}

// "Metres, of course": nothing but the unit our question asked for.
bool FrameBuilder::lone_unit(size_t i) const {
  if (memory_.pending.empty() || !tokens_[i].as(Tag::unit) || now_.has_slots()) return false;
  for (size_t j = 0; j < tokens_.size(); ++j) {
    const Token& t = tokens_[j];
    if (j != i && t.tag != Tag::mark && t.tag != Tag::pol && t.tag != Tag::fn && t.tag != Tag::voc && t.tag != Tag::chat &&
        t.tag != Tag::corr)
      return false;
  }
  return true;
}

// A length of time begins here: "十秒", "half a minute".
bool FrameBuilder::time_ahead(size_t i) const {
  for (size_t j = i; in_sight(j) && j < i + 4; ++j) {
    const Token& t = tokens_[j];
    if (const Meaning* unit = t.as(Tag::unit); unit && j > i) return is_one_of(unit->value, {"s", "min", "hour", "ms"});
    if (t.tag != Tag::number && !t.as(Tag::amount) && !t.is(Tag::fn, "art") && !t.is(Tag::unit, "piece")) return false;
  }
  return false;
}

bool FrameBuilder::next_is_act(size_t i) const {
  size_t j = i + 1;
  while (in_sight(j) &&
         (tokens_[j].tag == Tag::fn || tokens_[j].tag == Tag::pol || tokens_[j].tag == Tag::speed || tokens_[j].tag == Tag::dir ||
          tokens_[j].tag == Tag::amount) &&
         !tokens_[j].as(Tag::act))
    ++j;
  return in_sight(j) && (tokens_[j].tag == Tag::act || tokens_[j].tag == Tag::cannot);
}

bool FrameBuilder::said_you(size_t i) const {
  for (size_t j = i; j-- > 0;) {
    if (tokens_[j].tag == Tag::mark && is_one_of(tokens_[j].text, {".", "!", "?"})) return false;
    const std::string text = " " + tokens_[j].text + " ";
    if (text.find(" you ") != std::string::npos || text.find(" you'") != std::string::npos ||
        text.find(" ya ") != std::string::npos)
      return true;
  }
  return false;
}

// Chinese conditions need no "when": "到了桌子那儿就挥手".
bool FrameBuilder::condition_ahead(size_t i) const {
  bool event = false, heard = false, firm = false;  // "走到安娜身边,鞠躬" is no condition, "到了安娜身边,鞠躬" is
  for (size_t j = i; in_sight(j); ++j) {
    j = quote_end(j);
    const Token& t = tokens_[j];
    if (t.tag == Tag::mark && is_one_of(t.text, {".", "!", "?", ";"})) return false;
    const Meaning* cond = t.as(Tag::cond);
    if (cond && cond->value != "end" && !(t.tag == Tag::act && !event && j > i + 1))
      event = true, firm = cond->value != "arrive" || t.text.find("了") != std::string::npos || t.text.find("一") == 0;
    else if (cond && cond->value == "end" && event) return true;
    else if (t.is(Tag::conn, "then") && event && t.chinese &&
             is_one_of(t.text, {"之后", "以后", "后", "再", "了再", "之后再", "以后再"}))
      return true;
    if (event && t.text.find("的时候") != std::string::npos) return true;
    if (event && heard && is_one_of(t.text, {"你再", "你就", "再", "就"})) return true;  // "等我说完“开始”你再跳舞"
    if (event && firm && t.tag == Tag::mark && t.text == "," && j > i) return true;
    if (cond && cond->value == "hear" && in_sight(j + 1) && tokens_[j + 1].tag == Tag::act) {
      ++j;  // "我说走你就走"
      continue;
    }
    heard = heard || (cond && cond->value == "hear");
    if (heard && t.tag == Tag::act && t.value() == "say") continue;  // "听见谁说“再见”就…"
    if (t.tag == Tag::act && !t.as(Tag::cond) && !(cond)) return false;
  }
  return false;
}

}  // namespace manybody::brain
