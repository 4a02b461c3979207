#include "brain/frame_builder.h"

#include <algorithm>
#include <cmath>

namespace manybody::brain {
namespace {

bool is_one_of(const std::string& word, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(), [&](const char* w) { return word == w; });
}

bool means_others(const std::string& words) {
  return words.find("other") != std::string::npos || words.find("rest") != std::string::npos || words.find("else") != std::string::npos ||
         words.find("其他") != std::string::npos || words.find("其余") != std::string::npos || words.find("其它") != std::string::npos ||
         words.find("别的") != std::string::npos || words.find("剩下") != std::string::npos;
}

bool leads_question(const std::string& topic) {
  return is_one_of(topic, {"capability", "where", "where_me", "how_far", "what_see", "why_not", "what_doing", "what_can", "who"});
}

}  // namespace

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
  static const std::set<std::string> kAsking{"are", "is", "do", "does", "did", "what", "who", "how", "why", "where", "when", "which",
                                             "whether", "what's", "are you", "do you", "can you", "have", "will", "you're", "you are"};
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

// "Metres, of course": nothing but the unit our question asked for.
bool FrameBuilder::lone_unit(size_t i) const {
  if (memory_.pending.empty() || !tokens_[i].as(Tag::unit) || now_.has_slots()) return false;
  for (size_t j = 0; j < tokens_.size(); ++j) {
    const Token& t = tokens_[j];
    if (j != i && t.tag != Tag::mark && t.tag != Tag::pol && t.tag != Tag::fn && t.tag != Tag::voc && t.tag != Tag::chat) return false;
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

FrameBuilder::Choice FrameBuilder::choose_act(size_t i, const Meaning& act) const {
  const Token& t = tokens_[i];
  const Token* previous = before(i);
  const std::string skill = act.value.substr(0, act.value.find(' '));
  const bool counted = previous && (previous->tag == Tag::number || previous->as(Tag::amount));
  const bool article = previous && (previous->is(Tag::fn, "art") || counted);
  if (const Meaning* unit = t.as(Tag::unit);
      unit && (number_ || counted || (article && unit->value != "times") || !now_.amount.empty()))
    return {Tag::unit, unit->value};
  if (t.as(Tag::hand) && (now_.acts() || article)) return {Tag::hand, t.as(Tag::hand)->value};
  if (const Meaning* part = t.as(Tag::part); part && (now_.acts() || (article && !counted))) return {Tag::part, part->value};
  if (t.text == "去" || t.text == "来" || t.text == "到" || t.text == "回" || t.text == "上去") {
    if (target_like(i + 1) && !(in_sight(i + 1) && tokens_[i + 1].tag == Tag::act))
      return {Tag::act, t.text == "来" ? "walk weak" : "go_to"};
    if (t.text == "到" || t.text == "回") return {Tag::fn, "prep"};
    if (!now_.mentions.empty() || clause_has_act(i + 1) || now_.acts()) return {Tag::fn, "loc"};
  }
  if (t.text == "跟" || t.text == "陪" || t.text == "随") {
    const bool whom = target_like(i + 1) || (in_sight(i + 1) && tokens_[i + 1].tag == Tag::all);
    if (t.text == "跟" && whom && clause_has_act(i + 2, true)) return {Tag::fn, "prep"};
  }
  if (t.text == "给") {
    if (clause_has_act(i + 1) || now_.acts() || !target_like(i + 1)) return {Tag::fn, "prep"};
    for (size_t j = i + 2; in_sight(j) && tokens_[j].tag != Tag::mark && !tokens_[j].is(Tag::conn, "then"); ++j) {  // "给汤姆和安娜鞠躬"
      if (tokens_[j].tag == Tag::act && is_gesture(tokens_[j].value().substr(0, tokens_[j].value().find(' ')))) return {Tag::fn, "prep"};
    }
  }
  if (t.text == "等" && condition_ahead(i + 1)) return {Tag::conn, "when"};
  const bool comes = skill == "go_to" && act.value.find("target=me") != std::string::npos &&
                     (!now_.acts() || (now_.skill == "walk" && now_.mentions.empty() && !now_.distance && !now_.duration));
  if (t.chinese && skill == "look_at" && last_mention_ == i && i >= 2 && tokens_[i - 2].text == "给" && target_like(i + 1))
    return {Tag::odd, ""};  // "给汤姆看看杯子"
  if (t.chinese && skill == "look_at" && !now_.acts() && !now_.mentions.empty() && now_.mentions.back().prep) return {Tag::act, act.value};
  if ((t.as(Tag::pol) || t.as(Tag::voc)) && !comes) {
    const bool further = clause_has_act(i + 1);
    if (further && !(skill == "look_at" && in_sight(i + 1) && target_like(i + 1) && !tokens_[i + 1].as(Tag::pol)))
      return {Tag::pol, "hedge"};
    if (now_.acts() && !now_.weak && !(skill == "look_at" && target_like(i + 1))) return {Tag::pol, "hedge"};
    size_t ahead = i + 1;
    while (in_sight(ahead) && (tokens_[ahead].tag == Tag::pol || tokens_[ahead].tag == Tag::voc)) ++ahead;
    if (skill == "look_at" && !target_like(i + 1) && !(in_sight(ahead) && tokens_[ahead].as(Tag::dir)) &&
        !(in_sight(i + 1) && tokens_[i + 1].as(Tag::dir)))
      return {Tag::pol, "hedge"};
  }
  if (is_one_of(skill, {"vague", "redo", "resume"}) && act.value != "redo_all") {
    // "once more", "again", "do it" beside another action say how, not what.
    if (clause_has_act(i + 1) || (now_.acts() && !now_.weak)) return {Tag::pol, "hedge"};
    if (skill == "vague" && in_sight(i + 1) && tokens_[i + 1].tag == Tag::mark && is_one_of(tokens_[i + 1].text, {":", ","}) &&
        acts_after_clause(i))
      return {Tag::pol, "hedge"};  // "do the following: …"
    if (skill == "redo" && t.text == "another" && in_sight(i + 1) && tokens_[i + 1].as(Tag::unit)) return {Tag::fn, "art"};
    if (skill == "resume" && in_sight(i + 1) && tokens_[i + 1].tag == Tag::mark && clause_has_act(i + 2))
      return {Tag::pol, "hedge"};
  }
  // "forward, say, two metres"
  if (skill == "say" && t.text == "say" && in_sight(i + 1) && tokens_[i + 1].text == "," && previous && previous->text == ",")
    return {Tag::pol, "hedge"};
  if (skill == "wait" && previous && previous->tag == Tag::item && previous->item->group != Item::Group::robot)
    return {Tag::pol, "hedge"};
  if (skill == "hold_pose" && t.text == "持续") return {Tag::pol, "hedge"};
  return {Tag::act, act.value};
}

FrameBuilder::Choice FrameBuilder::choose(size_t i) const {
  const Token& t = tokens_[i];
  const Token* previous = before(i);
  if (t.tag == Tag::item && t.chinese && t.item->group != Item::Group::robot && !now_.acts() &&
      (!previous || previous->tag == Tag::mark || previous->tag == Tag::conn)) {
    size_t j = i + 1;
    while (in_sight(j) && (tokens_[j].tag == Tag::fn || tokens_[j].text == "一") && !tokens_[j].as(Tag::cond)) ++j;
    if (in_sight(j) && tokens_[j].is(Tag::cond, "appear") && condition_ahead(j)) return {Tag::conn, "when here"};
  }
  if (t.meanings.empty()) return {t.tag, ""};
  // "the box", "the watch": after an article a word that is also a thing is one.
  if (const Meaning* noun = t.as(Tag::noun);
      noun && t.tag != Tag::noun && previous && (previous->is(Tag::fn, "art") || previous->tag == Tag::adj))
    return {Tag::noun, noun->value};
  if (const Meaning* noun = t.as(Tag::noun); noun && t.tag == Tag::cannot && needs_target(now_.skill) && now_.mentions.empty())
    return {Tag::noun, noun->value};
  if (t.tag == Tag::dir && t.value() == "around" && in_sight(i + 1) && tokens_[i + 1].tag == Tag::number)
    return {Tag::pol, "hedge"};             // "about thirty degrees"
  if (t.text == "跳" && in_sight(i + 1)) {  // "跳二十秒的舞", "来段机器人舞,跳二十秒"
    for (size_t j = i + 1; !ends_clause(j); ++j) {
      if (const Meaning* act = tokens_[j].as(Tag::act); act && act->value.rfind("dance", 0) == 0) return {Tag::pol, "hedge"};
    }
    if (now_.skill == "dance") return {Tag::pol, "hedge"};
    if (!now_.acts() && !out_.frames.empty() && out_.frames.back().skill == "dance" && out_.frames.back().sentence == sentence_)
      return {Tag::pol, "hedge"};
  }
  // "过十秒再去", "上窗户那儿去"
  if (t.text == "away" && in_sight(i + 2) && tokens_[i + 1].text == "from" && target_like(i + 2) && !tokens_[i + 2].is(Tag::pron, "me"))
    return {Tag::odd, ""};
  if (t.text == "keep" && in_sight(i + 1) && tokens_[i + 1].tag == Tag::number) return {Tag::odd, ""};
  // "everyone dance but Bolt"
  if (t.text == "but" && in_sight(i + 1) && tokens_[i + 1].tag == Tag::item && tokens_[i + 1].item->group == Item::Group::robot &&
      !next_is_act(i + 1))
    return {Tag::except, ""};
  // "in five seconds, turn", "五秒后鞠躬": first it waits.
  if ((t.is(Tag::conn, "after") || is_one_of(t.text, {"in", "within"})) && time_ahead(i + 1) && t.tag != Tag::act) return {Tag::act, "wait"};
  if (is_one_of(t.text, {"不", "不是", "no"}) && previous && previous->tag == Tag::mark && in_sight(i + 1) && tokens_[i + 1].text == "," &&
      (now_.acts() || !out_.frames.empty()))
    return {Tag::corr, ""};
  if (lone_unit(i)) return {Tag::unit, t.as(Tag::unit)->value};
  if (is_one_of(t.text, {"take a", "taking a", "make a", "making a", "hang a", "hang", "bear"}) && t.tag == Tag::act) {
    size_t j = i + 1;  // "take a left", never "take a couple of steps"
    while (in_sight(j) && (tokens_[j].tag == Tag::pol || tokens_[j].tag == Tag::speed)) ++j;
    if (in_sight(j) && (tokens_[j].tag == Tag::amount || tokens_[j].tag == Tag::number) && !tokens_[j].as(Tag::act)) {
      while (in_sight(j) && (tokens_[j].tag == Tag::amount || tokens_[j].tag == Tag::number)) ++j;
      if (in_sight(j) && !tokens_[j].is(Tag::unit, "turn") && !tokens_[j].is(Tag::unit, "deg")) return {Tag::fn, "art"};
    }
  }
  if (is_one_of(t.text, {"歇", "缓", "待", "呆", "顿", "停顿", "停留"}) && time_ahead(i + 1)) return {Tag::act, "wait"};
  if (t.text == "扭" && time_ahead(i + 1)) return {Tag::act, "dance"};
  if (is_one_of(t.text, {"拧", "偏", "扭"}) && !now_.acts() && (!now_.dirs.empty() || (in_sight(i + 1) && tokens_[i + 1].tag == Tag::dir))) return {Tag::act, "turn"};
  if (t.text == "拿" && in_sight(i + 1) &&
      (tokens_[i + 1].as(Tag::hand) || tokens_[i + 1].value().rfind("wave", 0) == 0 || tokens_[i + 1].value().rfind("point_at", 0) == 0))
    return {Tag::fn, "prep"};
  if (t.text == "按" && in_sight(i + 1) && (tokens_[i + 1].as(Tag::unit) || tokens_[i + 1].tag == Tag::number)) return {Tag::fn, "prep"};
  if (t.text == "还是" && !now_.acts() && !now_.has_slots()) return {Tag::pol, "hedge"};  // "算了,还是去门口"
  // "on reaching the window": a condition without "when".
  if (is_one_of(t.text, {"on", "upon"}) && in_sight(i + 1) && tokens_[i + 1].tag == Tag::cond && !now_.acts()) return {Tag::conn, "when"};
  // "no bowing this time"
  if (is_one_of(t.text, {"no", "enough", "less", "no more"}) && in_sight(i + 1) && tokens_[i + 1].as(Tag::act) && tokens_[i + 1].text.ends_with("ing")) return {Tag::neg, ""};
  // "the other way": turned the other way than just now.
  if (t.tag == Tag::dir && t.value() == "around" && !memory_.last.empty() && !now_.acts() && !clause_has_act(i + 1) &&
      is_one_of(memory_.last.back().skill, {"turn", "walk"}) && is_one_of(t.text, {"the other way", "the opposite way", "the other direction", "the opposite direction"}))
    return {Tag::dir, "other"};
  if (is_one_of(t.text, {"过", "隔"})) return {time_ahead(i + 1) ? Tag::act : Tag::fn, time_ahead(i + 1) ? "wait" : "prep"};
  if (t.text == "上" && !now_.acts() && target_like(i + 1) && !(in_sight(i + 1) && tokens_[i + 1].tag == Tag::pron)) {
    for (size_t j = i + 2; !ends_clause(j); ++j) {
      if (is_one_of(tokens_[j].text, {"去", "来", "那儿去", "那里去", "那边去"})) return {Tag::act, "go_to"};
    }
  }
  if (is_one_of(t.text, {"中间", "之间", "当中"}) && !now_.mentions.empty()) return {Tag::odd, ""};
  if (t.text == "钟" && now_.duration) return {Tag::fn, "art"};  // "一分半钟"
  const bool after_mention = i > 0 && last_mention_ == i && (!now_.mentions.empty());
  if (after_mention &&
      (t.is(Tag::fn, "loc") || (t.tag == Tag::pron && t.value() == "there") || (t.chinese && t.tag == Tag::dir))) {
    // "桌子前面", "门口那里"; but "走到桌子左转" is a new action.
    if (!(t.tag == Tag::act)) return {Tag::fn, "loc"};
  }
  if (t.is(Tag::fn, "exceptend") && !excepting_ && !addressed_.empty() && !now_.acts()) return {Tag::except, ""};
  if (t.text == "once" && in_sight(i + 1) && tokens_[i + 1].tag == Tag::cond) return {Tag::conn, "when"};
  // "Right, everybody bow": a call, no direction.
  if (t.text == "right" && in_sight(i + 1) && tokens_[i + 1].text == "," && acts_after_clause(i) &&
      (!previous || (previous->tag == Tag::mark && previous->text != ",")))
    return {Tag::pol, "hedge"};
  // "once you've reached the door": something that happens, not something to do first.
  if (t.is(Tag::conn, "after") && in_sight(i + 1)) {
    const Meaning* cond = tokens_[i + 1].as(Tag::cond);
    if (cond && cond->value != "end" && cond->value != "appear") return {Tag::conn, "when"};
  }
  if (const Meaning* corr = t.as(Tag::corr)) {
    const bool began = now_.acts() || now_.has_slots() || number_ || !out_.frames.empty();
    const bool marked =
        !previous || previous->tag == Tag::mark || previous->as(Tag::corr) || previous->tag == Tag::pol || number_;
    if (began && (marked || t.end - t.begin >= 2)) return {Tag::corr, corr->value};
    return {Tag::chat, "no"};
  }
  if (t.text == "后" || t.text == "之后" || t.text == "以后")
    return {now_.acts() || now_.duration || !out_.frames.empty() ? Tag::conn : Tag::dir,
            now_.acts() || now_.duration || !out_.frames.empty() ? "then" : "backward"};
  if (t.text == "一" || t.text == "一个") return {Tag::fn, "art"};
  if (const Meaning* cannot = t.as(Tag::cannot); cannot && t.tag == Tag::cannot) return {Tag::cannot, cannot->value};
  if (const Meaning* act = t.as(Tag::act); act && t.tag == Tag::act) return choose_act(i, *act);
  if (const Meaning* unit = t.as(Tag::unit)) {
    if (number_ || !now_.amount.empty() ||
        (previous && (previous->is(Tag::fn, "art") || previous->as(Tag::amount)) &&
         is_one_of(unit->value, {"m", "s", "min", "step", "ft", "yard", "turn", "babystep", "bigstep", "cm", "deg", "hour",
                                 "rightangle", "inch", "km"})))
      return {Tag::unit, unit->value};
    if (unit->value == "times" && in_sight(i + 1) && tokens_[i + 1].tag == Tag::number && t.text == "x")
      return {Tag::unit, "times"};
    if (unit->value == "permps" || unit->value == "perkmh") return {Tag::unit, unit->value};
    for (const Meaning* m : t.meanings) {
      if (m->tag != Tag::unit) return {m->tag, m->value};
    }
    return {Tag::fn, "art"};
  }
  if (const Meaning* conn = t.as(Tag::conn); conn && conn->value == "while" && (after_mention || is_one_of(t.text, {"一起"})))
    return {Tag::fn, "loc"};
  const bool starts = !previous || previous->tag == Tag::mark || previous->tag == Tag::conn;
  if (const Meaning* chat = t.as(Tag::chat);
      chat && t.tag != Tag::chat && starts && leads_question(chat->value) && (t.tag == Tag::fn || t.tag == Tag::word))
    return {Tag::chat, chat->value};
  if (t.chinese && starts && !now_.acts() && (t.tag == Tag::item || t.tag == Tag::noun)) {
    // "安娜来了就鞠躬"
    size_t j = i + 1;
    while (in_sight(j) && tokens_[j].tag == Tag::fn && !tokens_[j].as(Tag::cond)) ++j;
    if (in_sight(j) && tokens_[j].is(Tag::cond, "appear") && condition_ahead(j)) return {Tag::conn, "when here"};
  }
  if (const Meaning* cond = t.as(Tag::cond); cond && t.tag == Tag::cond) {
    if (cond->value == "end") return {Tag::pol, "hedge"};
    if (!now_.acts() && t.chinese && condition_ahead(i)) return {Tag::conn, "when here"};
    if (t.chinese && cond->value == "arrive" && !now_.acts() && target_like(i + 1) && t.tag == Tag::cond) return {Tag::act, "go_to"};
    for (const Meaning* m : t.meanings) {
      if (m->tag != Tag::cond) return {m->tag, m->value};
    }
    if (t.chinese && cond->value == "arrive" && !now_.acts() && target_like(i + 1)) return {Tag::act, "go_to"};
    return cond->value == "arrive" ? Choice{Tag::fn, "prep"} : Choice{Tag::word, "world"};
  }
  if (t.tag == Tag::pol && t.as(Tag::pron) && needs_target(now_.skill) && now_.mentions.empty())
    return {Tag::pron, t.as(Tag::pron)->value};
  if (t.tag == Tag::fn && t.as(Tag::pron) && needs_target(now_.skill) && now_.mentions.empty())
    return {Tag::pron, t.as(Tag::pron)->value};
  return {t.tag, t.value()};
}

// Chinese conditions need no "when": "到了桌子那儿就挥手".
bool FrameBuilder::condition_ahead(size_t i) const {
  bool event = false, firm = false;  // "走到安娜身边,鞠躬" is no condition, "到了安娜身边,鞠躬" is
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
    if (event && firm && t.tag == Tag::mark && t.text == "," && j > i) return true;
    if (cond && cond->value == "hear" && in_sight(j + 1) && tokens_[j + 1].tag == Tag::act) {
      ++j;  // "我说走你就走"
      continue;
    }
    if (t.tag == Tag::act && !t.as(Tag::cond) && !(cond)) return false;
  }
  return false;
}

Reading FrameBuilder::build() {
  for (size_t i = 0; i < tokens_.size(); ++i) {
    const Token& t = tokens_[i];
    const Choice choice = choose(i);
    now_.end = i;
    now_.cost += t.cost;
    const bool thing = choice.tag == Tag::adj || choice.tag == Tag::noun || choice.tag == Tag::item ||
                       (choice.tag == Tag::fn && choice.value == "art");
    if (!thing) end_thing(i);
    if (choice.tag != Tag::number && choice.tag != Tag::unit && choice.tag != Tag::amount && choice.tag != Tag::corr && number_ &&
        choice.tag != Tag::act && !(choice.tag == Tag::fn || choice.tag == Tag::pol || choice.tag == Tag::adj)) {
      now_.bare = *number_, now_.vague = now_.vague || number_vague_, number_.reset();
    }
    if (because_ && !(choice.tag == Tag::mark) && !(choice.tag == Tag::conn && choice.value != "and")) continue;
    switch (choice.tag) {
      case Tag::mark:
        on_mark(i);
        break;
      case Tag::act: {
        const std::string skill = choice.value.substr(0, choice.value.find(' '));
        if ((skill == "say" || skill == "tell") && asks_me(i)) {
          if (!now_.acts()) out_.topics.push_back("capability"), out_.question = statement_ = true;
          break;
        }
        if (skill == "tell" && told_to(i) > i) break;  // the robots named next are addressed
        on_act(i, choice.value);
        if ((skill == "say" || skill == "tell") && !statement_) i = take_say(i, skill == "tell");
        break;
      }
      case Tag::cannot:
        on_cannot(i, choice.value);
        break;
      case Tag::dir:
        on_dir(i, choice.value);
        break;
      case Tag::number:
        on_number(i);
        break;
      case Tag::unit:
        on_unit(i, choice.value);
        break;
      case Tag::amount:
        on_amount(choice.value);
        break;
      case Tag::count:
        now_.times = std::max(now_.times, std::stoi(choice.value));
        break;
      case Tag::hand:
        if (t.chinese && now_.acts() && next_is_act(i)) flush(Frame::Link::with);
        if (choice.value != "any" && !now_.hand.empty() && now_.hand != choice.value && !now_.acts()) ++out_.lost;  // which one?
        if (choice.value != "any" && now_.hand.empty()) now_.hand = choice.value;
        break;
      case Tag::speed:
        if (t.chinese && now_.acts() && !now_.weak && next_is_act(i) && choice.value != "faster" && choice.value != "slower")
          flush(Frame::Link::with);
        now_.speed = choice.value;
        break;
      case Tag::scale:
        if (choice.value == "same") now_.same = true;
        else now_.scale = choice.value;
        break;
      case Tag::conn:
        if (choice.value == "when" || choice.value == "when here" || choice.value == "until")
          i = take_condition(choice.value == "when here" ? i : i + 1, choice.value == "until") - 1;
        else on_conn(i, choice.value);
        break;
      case Tag::post:
        if (now_.acts()) now_.link = Frame::Link::meanwhile;
        else if (clause_has_act(i + 1) || (in_sight(i + 1) && tokens_[i + 1].text == "," && acts_after_clause(i)))
          now_.link = Frame::Link::meanwhile;  // "nod and, at the same time, wave"
        else if (!out_.frames.empty()) out_.frames.back().link = Frame::Link::meanwhile;
        break;
      case Tag::neg:
        // "鞠躬就免了": said after what is not to be done.
        if (t.chinese && now_.acts() &&
            is_one_of(t.text, {"免了", "省了", "不用了", "就免了", "就算了", "就不用了", "就不必了", "算了", "就省了"}))
          now_.negated = true;
        else negative_ = true;
        break;
      case Tag::corr:
        number_.reset();
        flush(Frame::Link::comma);
        now_.correction = true;
        break;
      case Tag::all: {
        std::vector<std::string> names;
        for (const Item* robot : scene_.robots()) names.push_back(robot->name);
        const Token* previous = before(i);
        if (now_.acts() && previous && previous->tag != Tag::mark && !(t.chinese)) break;
        // "跟大家伙儿打个招呼"
        if (t.chinese && previous && is_one_of(previous->text, {"跟", "给", "向", "对", "冲", "朝", "和", "同", "与", "对着", "朝着", "冲着", "跟着"})) break;
        if (names.size() != 2 && addressed_.empty() && excepted_.empty() &&
            std::none_of(tokens_.begin(), tokens_.end(), [](const Token& o) { return o.item && o.item->group == Item::Group::robot; }) &&
            is_one_of(t.text, {"你们两个", "你们俩", "you two", "both of you", "you both", "the two of you", "the pair of you", "both robots", "the two robots"}))
          ++out_.lost;  // which two of three?
        if (const std::vector<std::string> named = spoken_to(); means_others(t.text) && !named.empty() && excepted_.empty())
          names.erase(std::remove_if(names.begin(), names.end(), [&](const std::string& name) {
                        return std::find(named.begin(), named.end(), name) != named.end();
                      }), names.end());
        // "Orange and Bolt, you two": they are named already.
        if (!addressed_.empty() && !now_.acts() &&
            is_one_of(t.text, {"你们两个", "你们俩", "你们", "you two", "both of you", "you both", "the two of you",
                               "the pair of you", "你们三个", "你们仨", "you three"}))
          break;
        excepting_ = false;
        address(names);
        break;
      }
      case Tag::except:
        // "小橘以外的机器人"
        if (t.chinese && !addressed_.empty() && !now_.acts() && is_one_of(t.text, {"以外", "之外", "除外", "以外的", "之外的"})) {
          const std::set<std::string> without(addressed_.begin(), addressed_.end());
          std::vector<std::string> names;
          for (const Item* robot : scene_.robots()) {
            if (!without.count(robot->name)) names.push_back(robot->name);
          }
          addressed_ = now_.robots = names;
          if (in_sight(i + 1) && tokens_[i + 1].text == "的") ++i;
          while (in_sight(i + 1) && (tokens_[i + 1].tag == Tag::voc || tokens_[i + 1].tag == Tag::all)) ++i;
          break;
        }
        excepting_ = true;
        excepted_.clear();
        break;
      case Tag::pron:
        on_pron(i, choice.value);
        break;
      case Tag::adj:
        // "小红" is somebody's name.
        if (const Token* previous = before(i);
            t.chinese && previous && is_one_of(previous->text, {"小", "阿", "老"}) && previous->end == t.begin) {
          adjectives_.clear();
          add_mention({"", previous->text + t.text, {}, false, prep_});
          last_mention_ = i + 1;
          break;
        }
        adjectives_.push_back(choice.value);
        adjective_words_ += (adjective_words_.empty() || t.chinese ? "" : " ") + t.text;
        break;
      case Tag::noun: {
        const Mention thing_said =
            resolve(adjectives_, choice.value, adjective_words_ + (adjective_words_.empty() || t.chinese ? "" : " ") + t.text);
        adjectives_.clear(), adjective_words_.clear();
        add_mention(thing_said);
        last_mention_ = i + 1;
        break;
      }
      case Tag::item:
        if (t.item->group == Item::Group::robot) {
          on_robot(i);
        } else {
          adjectives_.clear(), adjective_words_.clear();
          add_mention({t.item->name, t.text, {}, false, prep_});
          last_mention_ = i + 1;
        }
        break;
      case Tag::odd:
        ++out_.lost;
        break;  // it changes the meaning in a way that is not modelled
      case Tag::chat:
        on_chat(i, choice.value);
        break;
      case Tag::story:
        // "I want everyone to wave" asks for something.
        if (in_sight(i + 1) && (tokens_[i + 1].tag == Tag::all ||
                                (tokens_[i + 1].tag == Tag::item && tokens_[i + 1].item->group == Item::Group::robot)))
          break;
        if (!now_.acts() && !now_.negated) statement_ = true, out_.story = true;
        break;
      case Tag::word:
      case Tag::unknown:
        on_unknown(i);
        break;
      case Tag::part:
        break;
      case Tag::fn:
        if (choice.value == "prep")
          prep_ = is_one_of(t.text, {"to",          "at",
                                     "towards",     "toward",
                                     "by",          "near",
                                     "next to",     "beside",
                                     "into",        "in",
                                     "behind",      "alongside",
                                     "close to",    "closer to",
                                     "over",        "over to",
                                     "up to",       "in the direction of",
                                     "in front of", "around to",
                                     "up by",       "over by",
                                     "right up to", "all the way to",
                                     "as far as",   "the direction of",
                                     "在",          "到",
                                     "向",          "往",
                                     "朝",          "朝着",
                                     "向着",        "往着",
                                     "至"});
        // "nod to show me": what it is for is not another action.
        if (t.text == "to" && now_.acts() && !now_.weak && !now_.loose && in_sight(i + 1) && tokens_[i + 1].tag == Tag::act &&
            !is_one_of(now_.skill, {"turn", "tell"}))
          because_ = true;
        if (t.text == "从" && in_sight(i + 1) && target_like(i + 1) && tokens_[i + 1].tag != Tag::pron)
          ++out_.lost;  // "从椅子旁边走过去"
        // "Tom is walking": somebody else does it.
        if (choice.value != "prep" && choice.value != "art") prep_ = false;
        // "Is the door open": asked, not ordered.
        if (choice.value == "be" && is_one_of(t.text, {"is", "are", "was", "were", "does", "did", "has"}) && !now_.acts() &&
            (i == 0 || (tokens_[i - 1].tag == Tag::mark && tokens_[i - 1].text != ","))) {
          out_.topics.push_back("capability");
          out_.question = statement_ = true;
        }
        if (t.text == "在" && !now_.acts() && !now_.mentions.empty() && last_mention_ == i && in_sight(i + 1) &&
            tokens_[i + 1].tag == Tag::act)
          statement_ = true, out_.story = true;
        if (choice.value == "be" && !now_.acts() && !now_.mentions.empty() && last_mention_ == i && now_.robots.empty() &&
            clause_begin_ + 3 >= i) {
          const bool going = t.chinese ? is_one_of(t.text, {"正在", "正", "已经", "会", "在在"}) : true;
          if (going) statement_ = true, out_.story = true;
        }
        continue;
      case Tag::pol:
        if (is_one_of(t.text, {"so", "所以", "因此"}) && i > 1 && !now_.acts()) drop_reasons();
        if (const Meaning* chat = t.as(Tag::chat)) out_.asides.push_back(chat->value);
        // "把杯子给我"
        if (t.chinese && t.text.rfind("给", 0) == 0 && !now_.acts() && !now_.mentions.empty() && !clause_has_act(i + 1) &&
            last_mention_ == i)
          now_.skill = "hand_over", now_.verb = t.text;
        break;
      default:
        break;
    }
    prep_ = false;
  }
  end_thing(tokens_.size());
  // "Snowy, bow. – Now the others."
  if (out_.frames.empty() && !now_.acts() && !now_.has_slots() && !addressed_.empty() && !memory_.last.empty() && asks_for_too())
    now_.skill = "redo", now_.robots = addressed_;
  if (number_) now_.bare = *number_, now_.vague = now_.vague || number_vague_, number_.reset();
  flush(Frame::Link::none);
  return out_;
}

// "The floor is wet near the table, so …": what stands before is why, not what.
void FrameBuilder::drop_reasons() {
  std::vector<Frame> kept;
  for (Frame& frame : out_.frames) {
    if (frame.sentence != sentence_ || (frame.acts() && !frame.subject)) kept.push_back(std::move(frame));
  }
  out_.frames = std::move(kept);
  now_.mentions.clear(), now_.dirs.clear();
}

void FrameBuilder::end_thing(size_t i) {
  if (adjectives_.empty()) return;
  const Mention mention = resolve(adjectives_, "", adjective_words_);
  now_.colours = adjectives_;
  adjectives_.clear(), adjective_words_.clear();
  if (!mention.name.empty() || !mention.options.empty()) {
    add_mention(mention);
    last_mention_ = i;
  }
}

void FrameBuilder::flush(Frame::Link next) {
  if (number_) now_.bare = *number_, now_.vague = now_.vague || number_vague_, number_.reset();
  if (statement_) now_.statement = true;
  const bool useful = now_.acts() || now_.has_slots();
  if (odd_clause()) ++out_.lost;
  if (useful && !now_.statement) {
    if (now_.robots.empty()) now_.robots = addressed_;
    now_.negated = now_.negated || (negative_ && !now_.acts());
    if (now_.skill == "raise_arms" && now_.soft && !now_.mentions.empty() && !now_.mentions.front().group && !now_.mentions.front().prep &&
        now_.hand.empty())
      now_.skill = "pick";
    // "Where is the cup? Point at it": what was just spoken of.
    if (is_one_of(now_.skill, {"point_at", "look_at", "go_to"}) && now_.mentions.empty() && !now_.preset.count("target") &&
        !seen_.empty() &&
        (now_.skill == "point_at" ||
         std::none_of(out_.frames.begin(), out_.frames.end(), [](const Frame& f) { return f.acts(); })))
      now_.mentions.push_back({seen_.back(), seen_.back(), {}, false, true});
    // "Where is the ball?" – "… Point at it, then."
    else if (is_one_of(now_.skill, {"point_at", "look_at", "go_to"}) && now_.mentions.empty() && !now_.preset.count("target") &&
             memory_.talked && !memory_.newest.empty())
      now_.mentions.push_back({memory_.newest, memory_.newest, {}, false, true});
    if (now_.acts() && !now_.negated && (condition_ || condition_unknown_)) {
      now_.when = condition_, now_.when_unknown = condition_unknown_, now_.when_words = condition_words_;
      condition_.reset(), condition_unknown_ = false;
    }
    now_.sentence = sentence_;
    for (size_t j = clause_begin_; in_sight(j) && j < now_.begin && now_.acts(); ++j) {
      const Token& t = tokens_[j];
      now_.subject = now_.subject || t.tag == Tag::noun || (t.tag == Tag::item && t.item->group != Item::Group::robot) ||
                     is_one_of(t.text, {"i", "we", "he", "she", "they", "it", "we're", "i'm", "there's", "我", "我们", "他", "她", "他们"});
    }
    out_.frames.push_back(now_);
  } else {
    out_.chatter += static_cast<double>(now_.unknown.size());
    if (!now_.statement && now_.link == Frame::Link::then && joined_ && !now_.unknown.empty() && !out_.question) ++out_.lost;
    if (now_.statement) {
      for (const Mention& mention : now_.mentions) out_.asked.push_back(mention);
    }
  }
  const bool lost_correction = !useful && now_.correction;
  if (!useful && now_.link == Frame::Link::meanwhile && next == Frame::Link::comma) next = now_.link;
  now_ = Frame();
  now_.link = next;
  joined_ = false;
  now_.correction = lost_correction && next != Frame::Link::none;
  negative_ = false;
  last_unit_.clear();
}

void FrameBuilder::address(const std::vector<std::string>& robots) {
  std::vector<std::string> names;
  for (const std::string& name : robots) {
    if (!excepted_.count(name)) names.push_back(name);
  }
  excepted_.clear();
  if (now_.acts() && now_.robots.empty() && now_.link != Frame::Link::none && !addressed_.empty()) flush(Frame::Link::with);
  addressed_ = names;
  now_.robots = names;
}

void FrameBuilder::on_mark(size_t i) {
  const std::string& mark = tokens_[i].text;
  if (mark == "-" && in_sight(i + 1) && tokens_[i + 1].tag == Tag::number) return;
  if (is_one_of(mark, {".", "!", "?", ";"})) {
    if (mark == "?" && now_.skill == "look_at" && now_.verb == "see") now_.skill.clear();  // "See Anna over there?"
    // A vocative with a full stop, a dotted abbreviation: nothing said yet.
    flush(Frame::Link::then);
    statement_ = because_ = false, excepting_ = false;
    condition_.reset();
    condition_unknown_ = false;
    ++sentence_, clause_begin_ = i + 1;
  } else if (is_one_of(mark, {",", ":"})) {
    const bool only_unknown = !now_.acts() && !now_.has_slots() && !now_.unknown.empty();
    const size_t units_said = tokens_[i].begin - (clause_begin_ < tokens_.size() ? tokens_[clause_begin_].begin : 0);
    bool name = only_unknown && now_.unknown.size() + 0 == i - clause_begin_ && units_said <= 3;
    if (clause_begin_ == 0 && !name && i > 1 && units_said <= 3 && units_said >= 2 && !now_.acts() && now_.mentions.empty() &&
        is_one_of(units_[0].text, {"小", "老", "阿", "大"}) && i - clause_begin_ >= 2)
      name = true;
    if (name && clause_begin_ == 0) {
      std::string words;
      for (size_t j = clause_begin_; j < i; ++j) words += (words.empty() || tokens_[j].chinese ? "" : " ") + tokens_[j].text;
      out_.unknown_robots.push_back(words);
    }
    if (excepting_ && tokens_[i].chinese) excepting_ = false;
    const bool corrects = now_.correction && !now_.acts() && !now_.has_slots();
    flush(Frame::Link::comma);
    if (pending_while_ && !out_.frames.empty() && out_.frames.back().acts())
      now_.link = Frame::Link::meanwhile, pending_while_ = false;
    now_.correction = now_.correction || corrects;
    statement_ = because_ = false;
    clause_begin_ = i + 1;
  }
}

void FrameBuilder::on_chat(size_t i, const std::string& value) {
  (void)i;
  if (leads_question(value)) {
    if (now_.acts() && !is_one_of(value, {"where", "how_far", "where_me"})) return;
    if (now_.acts() && !tokens_[i].chinese) return;
    if (now_.acts() && needs_target(now_.skill)) return;  // "指指杯子在哪儿"
    out_.topics.push_back(value);
    out_.question = true;
    statement_ = true;
    return;
  }
  out_.topics.push_back(value);
}

void FrameBuilder::on_unknown(size_t i) {
  const Token& t = tokens_[i];
  if (is_one_of(t.text, {"take", "takes", "taking"}) && in_sight(i + 1) && (tokens_[i + 1].tag == Tag::number || tokens_[i + 1].as(Tag::amount)))
    return;  // "take four steps"
  if (needs_target(now_.skill) && now_.mentions.empty() && !statement_ && now_.preset.count("target") == 0) {
    // A run of unknown words where a thing is expected is that thing's name.
    Mention mention;
    mention.words = t.text;
    now_.mentions.push_back(mention);
    last_mention_ = i + 1;
    return;
  }
  if (!now_.mentions.empty() && last_mention_ == i && now_.mentions.back().name.empty() && now_.mentions.back().options.empty()) {
    now_.mentions.back().words += (t.chinese ? "" : " ") + t.text;
    last_mention_ = i + 1;
    return;
  }
  now_.unknown.push_back(t.text);
}

void FrameBuilder::on_pron(size_t i, const std::string& value) {
  const Token& t = tokens_[i];
  if (value == "self") return;
  if (value == "me") {
    const Token* previous = before(i);
    // "我举手你就挥手": what the speaker does.
    if (t.chinese && !now_.acts() && (!previous || previous->tag == Tag::mark) && in_sight(i + 1) &&
        tokens_[i + 1].tag == Tag::act && is_gesture(tokens_[i + 1].value().substr(0, tokens_[i + 1].value().find(' '))))
      ++out_.lost;
    // "我" as who speaks says nothing; as a target it does.
    if (!now_.acts() && t.text == "i") return;
    if (now_.acts() || prep_) add_mention({"me", t.text, {}, false, prep_});
    last_mention_ = i + 1;
    return;
  }
  const bool wanted = needs_target(now_.skill) || prep_;
  if (!wanted && value != "there") return;
  if (value == "there" && !wanted && now_.skill != "walk") return;
  if (value == "it" && t.chinese && in_sight(i + 1) &&
      (tokens_[i + 1].tag == Tag::noun || tokens_[i + 1].tag == Tag::adj || tokens_[i + 1].tag == Tag::item))
    return;
  if (!now_.mentions.empty() && last_mention_ == i) return;
  add_mention(remembered(value, t.text));
  last_mention_ = i + 1;
}

void FrameBuilder::add_mention(Mention mention) {
  mention.prep = mention.prep || prep_;
  if (negative_ && !now_.acts()) return;
  if (!mention.name.empty()) seen_.push_back(mention.name);
  now_.mentions.push_back(std::move(mention));
}

void FrameBuilder::on_robot(size_t i) {
  const Item* robot = tokens_[i].item;
  if (excepting_) {
    excepted_.insert(robot->name);
    if (!addressed_.empty())
      addressed_.erase(std::remove(addressed_.begin(), addressed_.end(), robot->name), addressed_.end()),
          now_.robots = addressed_;
    else if (scene_.robots().size() > 1) {
      std::vector<std::string> names;
      for (const Item* other : scene_.robots()) {
        if (!excepted_.count(other->name)) names.push_back(other->name);
      }
      now_.robots = names, addressed_ = names;
    }
    return;
  }
  const Token* previous = before(i);
  size_t last = i;  // the token before it, articles left out: "the G1 and the T1"
  while (last > 0 && tokens_[last - 1].is(Tag::fn, "art")) --last;
  const bool as_target = (needs_target(now_.skill) && now_.mentions.empty() && now_.preset.count("target") == 0) ||
                         (previous && previous->is(Tag::fn, "prep") && !previous->chinese);
  if (as_target && !(previous && previous->tag == Tag::mark)) {
    add_mention({robot->name, tokens_[i].text, {}, false, prep_});
    last_mention_ = i + 1;
    return;
  }
  const bool beside = previous && previous->tag == Tag::item && previous->item->group == Item::Group::robot && !now_.acts();
  const bool added =
      beside || (last >= 2 && (tokens_[last - 1].is(Tag::conn, "and") || (tokens_[last - 1].tag == Tag::mark && tokens_[last - 1].text == ",")) &&
                 !now_.acts() && tokens_[last - 2].tag == Tag::item && tokens_[last - 2].item->group == Item::Group::robot);
  std::vector<std::string> names;
  if (added) names = addressed_;
  names.push_back(robot->name);
  // "wave, Bolt": said after, it is meant for this sentence's actions.
  if (previous && previous->tag == Tag::mark && !now_.acts() && (i + 1 == tokens_.size() || tokens_[i + 1].tag == Tag::mark) &&
      !added && !out_.frames.empty() && out_.frames.back().sentence == sentence_ && !(in_sight(i + 2))) {
    for (Frame& frame : out_.frames) {
      if (frame.sentence == sentence_) frame.robots = names;
    }
    return;
  }
  if (now_.acts() && !(now_.weak)) flush(Frame::Link::with);
  address(names);
}

Mention FrameBuilder::resolve(const std::vector<std::string>& adjectives, const std::string& noun,
                              const std::string& words) const {
  Mention out;
  out.words = words, out.prep = prep_;
  out.group = is_one_of(noun, {"audience", "child", "person", "man", "woman", "boy", "girl", "grandma", "grandpa", "mother",
                               "father", "teacher", "boss", "doctor"});
  for (const Item& item : scene_.items) {
    if (item.group == Item::Group::robot) continue;
    // A thing's own name, read as adjectives and a noun, tells what it is in both languages.
    bool fits = false;
    std::vector<std::string> names = item.aliases;
    names.push_back(item.name);
    for (const std::string& name : names) {
      const auto known = scene_nouns_->find(name);
      if (known == scene_nouns_->end()) continue;
      const auto& [item_adjectives, item_noun] = known->second;
      if (!noun.empty() && item_noun != noun) continue;
      if (noun.empty() && item_adjectives.empty()) continue;
      fits = fits || std::all_of(adjectives.begin(), adjectives.end(), [&](const std::string& a) {
               return std::find(item_adjectives.begin(), item_adjectives.end(), a) != item_adjectives.end();
             });
    }
    if (fits) out.options.push_back(item.name);
  }
  if (out.options.size() == 1) out.name = out.options.front(), out.options.clear();
  return out;
}

Mention FrameBuilder::remembered(const std::string& pronoun, const std::string& words) const {
  Mention out;
  out.words = words, out.prep = prep_;
  const auto last_in = [&](const std::vector<Frame>& frames, auto fits) -> std::string {
    for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame) {
      for (auto mention = frame->mentions.rbegin(); mention != frame->mentions.rend(); ++mention) {
        const Item* item = scene_.find(mention->name);
        if (item && fits(*item)) return item->name;
      }
    }
    return "";
  };
  const auto person = [](const Item& item) { return item.group == Item::Group::person || item.group == Item::Group::robot; };
  const auto thing = [](const Item& item) { return item.group == Item::Group::object || item.group == Item::Group::place; };
  std::vector<Frame> frames = out_.frames;
  frames.push_back(now_);
  const auto newest_seen = [&](auto fits) -> std::string {
    for (auto name = seen_.rbegin(); name != seen_.rend(); ++name) {
      const Item* item = scene_.find(*name);
      if (item && fits(*item)) return *name;
    }
    return "";
  };
  const auto newest = [](const std::vector<std::string>& list) { return list.empty() ? std::string() : list.back(); };
  if (pronoun == "them") {
    out.name = last_in(frames, person);
    if (out.name.empty()) out.name = newest_seen(person);
    if (out.name.empty()) out.name = newest(memory_.persons);
    out.group = true;
  } else if (pronoun == "it") {
    out.name = last_in(frames, thing);
    if (out.name.empty()) out.name = newest_seen(thing);
    if (out.name.empty()) out.name = newest(memory_.things);
  } else {
    out.name = last_in(frames, [](const Item&) { return true; });
    if (out.name.empty()) out.name = newest_seen([](const Item&) { return true; });
    if (out.name.empty()) out.name = newest(memory_.places);
  }
  return out;
}

}  // namespace manybody::brain
