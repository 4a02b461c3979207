// The rest of FrameBuilder: what actions, quantities, order words, conditions and quoted speech do to the frame at hand.

#include <algorithm>
#include <cmath>
#include <sstream>

#include "brain/frame_builder.h"

namespace manybody::brain {
namespace {

bool is_one_of(const std::string& word, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(), [&](const char* w) { return word == w; });
}

struct UnitKind {
  const char* name;
  char kind;
  double factor;
};  // kind: l length, a angle, t time, v speed
constexpr UnitKind kUnits[]{{"m", 'l', 1},
                            {"cm", 'l', 0.01},
                            {"mm", 'l', 0.001},
                            {"km", 'l', 1000},
                            {"dm", 'l', 0.1},
                            {"ft", 'l', 0.3048},
                            {"inch", 'l', 0.0254},
                            {"yard", 'l', 0.9144},
                            {"mile", 'l', 1609.34},
                            {"li", 'l', 500},
                            {"chi", 'l', 1.0 / 3},
                            {"cun", 'l', 1.0 / 30},
                            {"step", 'l', 0.5},
                            {"babystep", 'l', 0.25},
                            {"bigstep", 'l', 0.7},
                            {"deg", 'a', 1},
                            {"rad", 'a', 57.29577951308232},
                            {"turn", 'a', 360},
                            {"rightangle", 'a', 90},
                            {"s", 't', 1},
                            {"min", 't', 60},
                            {"hour", 't', 3600},
                            {"ms", 't', 0.001},
                            {"mps", 'v', 1},
                            {"kmh", 'v', 1 / 3.6},
                            {"mph", 'v', 0.44704},
                            {"cmps", 'v', 0.01}};

const UnitKind* unit_of(const std::string& name) {
  for (const UnitKind& unit : kUnits) {
    if (name == unit.name) return &unit;
  }
  return nullptr;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

}  // namespace

bool give_unit(Frame& frame, const std::string& unit_name) {
  const UnitKind* unit = unit_of(unit_name);
  if (!unit || !frame.bare) return false;
  const double value = *frame.bare * unit->factor;
  frame.bare.reset();
  frame.unit = unit->factor;
  if (unit->kind == 'l') frame.distance = value;
  else if (unit->kind == 'a') frame.angle = value;
  else if (unit->kind == 't') frame.duration = value;
  return true;
}

void FrameBuilder::on_act(size_t i, const std::string& value) {
  const Token& t = tokens_[i];
  Frame act;
  for (const std::string& word : words_of(value)) {
    const size_t equals = word.find('=');
    if (act.skill.empty()) act.skill = word;
    else if (word == "weak") act.weak = true;
    else if (word == "soft") act.soft = true;
    else if (word == "sideways") act.preset["direction"] = "sideways";
    else if (equals != std::string::npos) act.preset[word.substr(0, equals)] = word.substr(equals + 1);
  }
  act.loose = act.preset.count("angle") && act.preset["angle"] == "loose";
  if (statement_) return;
  // Others did or do it: "he has been waiting", "the robot walked".
  const Token* previous = before(i);
  const bool going_on = t.stem && t.text.find("ing") != std::string::npos && previous &&
                        is_one_of(previous->text, {"been", "is", "are", "was", "were", "am", "i'm", "they're", "we're", "it's"});
  const bool past = t.stem && t.text.substr(0, t.text.find(' ')).ends_with("ed") && !said_you(i) && !now_.acts();
  // "Anna says you may rest": told, not ordered.
  const bool reported = (act.skill == "say" || act.skill == "tell") && !now_.mentions.empty() && last_mention_ == i &&
                        !now_.mentions.back().prep && now_.mentions.size() == 1 && clause_begin_ + 1 == i &&
                        tokens_[i - 1].tag == Tag::item;
  if ((going_on || past || reported) && !now_.acts()) {
    statement_ = true, out_.story = true;
    return;
  }
  // "three steps back": a length and a direction, though "step back" is an action too.
  const std::string first = t.text.substr(0, t.text.find(' '));
  const bool article = previous && previous->is(Tag::fn, "art");
  if (is_one_of(first, {"step", "steps", "pace", "paces"}) && act.preset.count("direction") && (number_ || article)) {
    const double count = number_.value_or(1);
    number_.reset();
    quantity(count, "step");
    if (now_.skill == "walk" || !now_.acts()) {
      if (!now_.acts()) act.weak = false;
      now_.dirs.push_back(act.preset["direction"]);
      if (!now_.acts()) now_.skill = "walk", now_.verb = t.text, now_.negated = negative_;
      return;
    }
  }
  // "a quarter turn to your left": an angle and a direction.
  if ((first == "turn" || first == "turns") && act.skill == "turn" && act.preset.count("direction") && number_ && !now_.angle) {
    const double count = *number_;
    number_.reset();
    if (!now_.acts() || now_.weak) now_.skill = "turn", now_.verb = t.text, now_.weak = false, now_.negated = negative_;
    quantity(count, "turn");
    if (now_.skill == "turn") {
      now_.dirs.push_back(act.preset["direction"]);
      return;
    }
  }
  const auto take = [&] {
    // What was spoken of before an English action is not its object: "the sign says stop but walk".
    if (!t.chinese && !now_.mentions.empty() && !now_.mentions.front().prep) now_.mentions.clear();
    now_.skill = act.skill, now_.preset = act.preset, now_.weak = act.weak, now_.soft = act.soft, now_.loose = act.loose,
    now_.verb = t.text, now_.begin = i;
    if (now_.skill == "point_at" && now_.preset.count("hand")) now_.hand = now_.preset["hand"], now_.preset.erase("hand");
    if (is_one_of(now_.skill, {"look_at", "point_at"}) && now_.mentions.empty() && now_.preset.empty()) {  // "往上面指"
      if (!now_.vertical.empty()) now_.preset["target"] = now_.vertical;
      else if (t.chinese && !now_.dirs.empty()) now_.preset["target"] = now_.dirs.front(), now_.dirs.clear();
    }
    if (negative_) now_.negated = true, negative_ = false;
    if (number_ && is_gesture(act.skill)) now_.times = static_cast<int>(std::clamp(*number_, 0.0, 1000.0) + 0.5), number_.reset();
    if (t.chinese && act.skill == "place" && now_.mentions.empty() && is_one_of(t.text, {"放下", "放下来"})) now_.skill = "stand";
    // "把杯子举起来": a thing, not the arms.
    if (t.chinese && act.skill == "raise_arms" && act.soft && !now_.mentions.empty() && !now_.mentions.front().prep)
      now_.skill = "pick";
    if (t.chinese && t.number > 1 && is_gesture(act.skill)) now_.times = static_cast<int>(t.number);
  };
  if (!now_.acts()) {
    // "not to walk but ..." keeps its own frame; slots said before belong to this action.
    take();
    return;
  }
  // "perform the dance named sway"
  if (now_.skill == "dance" && act.skill == "dance" && now_.preset.empty() && !now_.negated) {
    now_.preset = act.preset;
    return;
  }
  // "greet them by saying …": how, not another action.
  if (previous && previous->text == "by" && now_.skill == "wave" && is_gesture(act.skill)) return take();
  if (act.skill == "wait" && !t.as(Tag::act)) {  // "wave in five seconds"
    flush(Frame::Link::with);
    take();
    now_.swap = true;
    return;
  }
  const bool same =
      now_.skill == act.skill && (now_.preset == act.preset || act.preset.empty() || (act.weak && act.skill == "walk"));
  const bool going = now_.skill == "go_to" || now_.skill == "follow";
  const bool free = now_.mentions.empty() && !now_.distance && !now_.angle && !now_.duration && now_.times == 0;
  if (now_.weak && (free || act.skill == "go_to") && now_.dirs.empty() && now_.preset.empty() && !(now_.negated)) return take();
  if (now_.skill == "turn" && act.skill == "look_at" && !now_.angle && now_.dirs.empty() && (now_.loose || now_.preset.empty()))
    return take();
  if (act.weak && (going || now_.skill == "walk") && !next_is_act(i) && !(act.preset.count("direction") && !now_.dirs.empty()))
    return;
  if (now_.skill == "walk" && act.skill == "go_to" && free && (act.preset.empty() || (now_.dirs.empty() && now_.preset.empty())))
    return take();
  if (going && act.skill == "walk" && act.preset.empty() && !now_.mentions.empty()) return;
  if (now_.skill == "follow" && is_one_of(act.skill, {"walk", "go_to", "follow"}) && act.preset.count("direction") == 0) return;
  if (now_.skill == "go_to" && now_.preset.count("target") && act.skill == "go_to" && act.preset == now_.preset) return;
  if (now_.skill == "stand" && act.skill == "go_to" && now_.end == i) return take();
  if (same && free && now_.dirs.empty() && !negative_ &&
      is_one_of(act.skill, {"walk", "turn", "wave", "nod", "bow", "shake_head", "stand", "squat", "dance", "raise_arms",
                            "look_at", "point_at", "follow", "wait"}))
    return;
  if (now_.skill == "walk" && act.skill == "walk" && free && act.preset.empty()) return;
  if (now_.skill == "walk" && act.skill == "walk" && free && now_.preset.empty() && now_.dirs.empty()) return take();
  if (now_.skill == "hold_pose" && act.skill == "wait") return;
  if (now_.skill == "wait" && is_one_of(act.skill, {"hold_pose", "stand"}) && free) return;
  if (now_.skill == "stand" && act.skill == "wait" && free) return take();
  if (now_.skill == "wait" && free && !t.chinese && !now_.negated) return take();
  if (is_one_of(now_.skill, {"pick", "place", "hand_over", "reach", "hang"}) &&
      (act.weak || is_one_of(act.skill, {"go_to", "place", "hand_over"}))) {
    if (act.skill == "place" || act.skill == "hand_over") now_.skill = act.skill;
    return;
  }
  const bool keep_negative = negative_;
  flush(Frame::Link::with);
  negative_ = keep_negative;
  take();
}

void FrameBuilder::on_cannot(size_t i, const std::string& value) {
  if (statement_) return;
  // "we're filming now, so …": what others do.
  const Token* previous = before(i);
  if (!now_.acts() && tokens_[i].stem && tokens_[i].text.find("ing") != std::string::npos && previous &&
      is_one_of(previous->text, {"been", "is", "are", "was", "were", "am", "i'm", "they're", "we're", "it's", "we are", "they are", "i am"})) {
    statement_ = true, out_.story = true;
    return;
  }
  if (now_.weak || (!now_.acts())) {
    now_.skill.clear(), now_.preset.clear(), now_.weak = false;
  } else {
    const bool keep = negative_;
    flush(Frame::Link::with);
    negative_ = keep;
  }
  now_.cannot = value, now_.verb = tokens_[i].text, now_.begin = i;
  if (negative_) now_.negated = true, negative_ = false;
}

void FrameBuilder::on_dir(size_t i, const std::string& value) {
  const Token& t = tokens_[i];
  if (value == "other") {
    now_.other = true;
    return;
  }
  if (t.chinese && now_.acts() && !now_.weak && next_is_act(i) && !now_.loose) flush(Frame::Link::with);
  if (now_.skill == "wave" && (value == "left" || value == "right")) {
    now_.hand = value;
    return;
  }
  if (is_one_of(now_.skill, {"look_at", "point_at"}) && now_.mentions.empty() && !now_.preset.count("target")) {
    if (is_one_of(value, {"left", "right", "up", "down", "forward", "backward"})) now_.preset["target"] = value;
    return;
  }
  // "point straight up"
  if (is_one_of(now_.skill, {"look_at", "point_at"}) && now_.mentions.empty() && now_.preset["target"] == "forward" && before(i) &&
      before(i)->tag == Tag::dir && is_one_of(value, {"left", "right", "up", "down"})) {
    now_.preset["target"] = value;
    return;
  }
  if (!now_.acts() && (value == "up" || value == "down")) now_.vertical = value;
  if (value == "up" || value == "down" || (value == "around" && now_.skill != "turn" && !now_.skill.empty())) return;
  if (!now_.mentions.empty() && needs_target(now_.skill)) return;  // "the door on the left"
  if (value == "sideways") {
    if (now_.skill == "walk" && now_.dirs.empty()) now_.preset["direction"] = "sideways";
    return;
  }
  if (!now_.acts() && !now_.dirs.empty() && now_.dirs.back() != value && (now_.distance || now_.angle || now_.duration))
    flush(Frame::Link::then);  // "左三步右三步"
  if (now_.acts() && now_.skill != "walk" && now_.skill != "turn" && now_.skill != "tell" &&
      !is_one_of(now_.skill, {"redo", "resume"})) {
    if (!next_is_act(i) && value != "left" && value != "right") return;  // "bow forward", "raise your arms straight"
    if (is_one_of(now_.skill, {"bow", "dance", "raise_arms", "squat", "stand", "go_to", "follow", "say"})) return;
    flush(Frame::Link::with);
  }
  if (now_.skill == "walk" && now_.preset.count("direction") && now_.preset["direction"] != value && (now_.distance || now_.duration) &&
      is_one_of(value, {"forward", "backward"}) && is_one_of(now_.preset["direction"], {"forward", "backward"}))
    flush(Frame::Link::then);  // "往前三步往后三步"
  const bool turns = value == "cw" || value == "ccw" || value == "around";
  if (now_.skill == "walk" && !now_.dirs.empty() && now_.dirs.back() != value && (now_.distance || now_.duration || turns))
    flush(Frame::Link::with);
  if (now_.skill == "turn" && !now_.dirs.empty() && now_.dirs.back() != value && (value == "forward" || value == "backward"))
    flush(Frame::Link::with);
  if (now_.skill == "walk" && now_.preset.count("direction") && (value == "left" || value == "right") &&
      is_one_of(now_.preset["direction"], {"forward", "backward"}) && now_.distance)
    flush(Frame::Link::with);
  if (now_.skill == "turn" && value == "around" && (!now_.dirs.empty() || now_.angle)) return;
  now_.dirs.push_back(value);
}

void FrameBuilder::on_number(size_t i) {
  const Token& t = tokens_[i];
  const Token* previous = before(i);
  const Token* next = in_sight(i + 1) ? &tokens_[i + 1] : nullptr;
  const bool unit_next = next && next->as(Tag::unit);
  // "一米五": metres and tenths.
  if (previous && t.chinese && last_unit_ == "m" && now_.distance && !unit_next && t.number >= 1 && t.number <= 9 &&
      last_quantity_ == i) {
    now_.distance = *now_.distance + t.number * 0.1;
    return;
  }
  if (previous && last_unit_ == "m" && previous->chinese && now_.distance && !t.chinese && t.number >= 1 && t.number <= 9 &&
      t.number == std::floor(t.number) && last_quantity_ == i && !unit_next) {
    now_.distance = *now_.distance + t.number * 0.1;
    return;
  }
  if (previous && last_unit_ == "m" && now_.distance && !unit_next && t.number >= 10 && t.number <= 99 && last_quantity_ == i) {
    now_.distance = *now_.distance + t.number * 0.01;  // "1 m 50"
    return;
  }
  if ((t.text == "one" || t.text == "ones") && previous &&
      (previous->tag == Tag::adj || (previous->is(Tag::fn, "art") && !unit_next))) {
    return;  // "the red one"
  }
  if (t.text == "one" && !unit_next && next && next->tag != Tag::act) return;
  // "x3"
  if (previous && previous->is(Tag::unit, "times") && previous->text == "x") {
    now_.times = static_cast<int>(std::clamp(t.number, 0.0, 1000.0));
    return;
  }
  double value = t.number;
  if (previous &&
      ((previous->tag == Tag::mark && previous->text == "-") || is_one_of(previous->text, {"minus", "negative", "负"})))
    value = -value;
  number_ = value, number_vague_ = t.vague;
  // A number straight before a gesture's name in Chinese needs its measure word; on_unit sees to that.
  if (next && next->tag == Tag::act && !unit_next && next->as(Tag::act)) {
    const std::string skill = words_of(next->value()).front();
    if (now_.acts() && is_gesture(skill) && !now_.weak) {
      const double keep = *number_;
      number_.reset();
      flush(Frame::Link::with);
      number_ = keep;
    }
  }
}

void FrameBuilder::on_amount(const std::string& value) {
  if (value == "few") number_ = 3, number_vague_ = true;
  else if (value == "couple") number_ = 2;
  else if (value == "half" && !last_unit_.empty() && last_scale_ > 0 && !number_ && now_.end == last_quantity_)
    quantity(0.5, last_unit_ + "+");
  else if (value == "half") number_ = 0.5;
  else if (value == "quarter") number_ = 0.25;
  else if (value == "threequarter") number_ = 0.75;
  else if (value == "onethird") number_ = 1.0 / 3;
  else if (value == "twothirds") number_ = 2.0 / 3;
  else if (value == "eighth") number_ = 0.125;
  else if (value == "threeeighths") number_ = 0.375;
  else if (value == "sixth") number_ = 1.0 / 6;
  else if (value == "andhalf") {
    if (!last_unit_.empty()) quantity(0.5, last_unit_ + "+");
    else number_ = number_.value_or(0) + 0.5;  // "等个半秒"
  } else now_.amount = value;
}

void FrameBuilder::on_unit(size_t i, const std::string& name) {
  const Token& t = tokens_[i];
  if (name == "permps" || name == "perkmh") {
    // "每秒0.5米": the number and its unit follow.
    size_t j = i + 1;
    while (in_sight(j) && tokens_[j].tag == Tag::fn) ++j;
    if (in_sight(j) && tokens_[j].tag == Tag::number) {
      now_.speed_mps = tokens_[j].number * (name == "perkmh" ? 1 / 3.6 : 1);
      per_unit_ = j;
    }
    return;
  }
  double value = number_.value_or(1);
  const bool had = number_.has_value();
  if (!had && unit_of(name) && lone_unit(i)) {
    now_.unit_word = name;
    return;
  }
  now_.vague = now_.vague || number_vague_;
  number_.reset(), number_vague_ = false;
  if (per_unit_ > 0 && i >= per_unit_ && i <= per_unit_ + 1) {  // the length in a speed
    const UnitKind* unit = unit_of(name);
    if (unit && unit->kind == 'l' && now_.speed_mps) now_.speed_mps = *now_.speed_mps * unit->factor;
    per_unit_ = 0;
    return;
  }
  if (name == "times") {
    if (t.text == "x" && !had) return;
    // "挥一下手" counts nothing; "three more times" does.
    now_.times = std::max(now_.times, static_cast<int>(std::clamp(value, 0.0, 1000.0) + 0.5));
    return;
  }
  if (name == "piece") {
    if (!had) return;
    if (next_is_act(i) || now_.acts()) {
      if (is_gesture(now_.skill) || !now_.acts()) now_.times = static_cast<int>(std::clamp(value, 0.0, 1000.0) + 0.5);
    }
    return;
  }
  const Token* previous = before(i);
  if (!had && !(previous && (previous->is(Tag::fn, "art") || previous->as(Tag::amount))) && name != "rightangle") {
    if (name == "turn" && !now_.acts()) return;
    if (now_.amount.empty()) return;
  }
  // "come here a second": hardly a length of time.
  if (!had && is_one_of(name, {"s", "min"}) && now_.amount.empty() &&
      !is_one_of(now_.skill, {"wait", "hold_pose", "walk", "follow", "dance"}) && !(previous && previous->as(Tag::amount)))
    return;
  if (!had && !now_.amount.empty() && unit_of(name)) {
    now_.amount.clear();
  }
  quantity(value, name);
  last_quantity_ = i + 1;
}

void FrameBuilder::quantity(double value, const std::string& full_name) {
  const bool add = full_name.ends_with('+');
  const std::string name = add ? full_name.substr(0, full_name.size() - 1) : full_name;
  const UnitKind* unit = unit_of(name);
  if (!unit) return;
  last_unit_ = name, last_scale_ = now_.unit = unit->factor;
  const double si = value * unit->factor;
  const auto put = [&](std::optional<double>& slot) { slot = (add && slot ? *slot : 0) + si; };
  // A second length in one clause starts another action: "两米 ... 三米".
  switch (unit->kind) {
    case 'l':
      if (is_one_of(name, {"step", "babystep", "bigstep"})) now_.steps = true;
      put(now_.distance);
      break;
    case 'a':
      put(now_.angle);
      if (name == "turn" && !now_.acts()) {
        now_.skill = "turn", now_.verb = "turn";
        if (statement_) now_.skill.clear();
        if (negative_) now_.negated = true;
      } else if (name == "turn" && now_.skill == "walk" && now_.weak) {
        now_.skill = "turn", now_.weak = false;
      }
      break;
    case 't':
      put(now_.duration);
      break;
    default:
      now_.speed_mps = si;
      break;
  }
}

void FrameBuilder::on_conn(size_t i, const std::string& value) {
  using Link = Frame::Link;
  const Token& t = tokens_[i];
  const bool had_act = now_.acts();
  excepting_ = excepting_ && value == "and";
  if (value == "because") {
    flush(Link::comma);
    because_ = true;
    return;
  }
  if (because_) because_ = false, statement_ = false;
  if (excepting_) return;
  if (value == "first") {
    // "begin by squatting", "先": a new action begins, if one was said before it.
    const bool ends = !in_sight(i + 1) || (tokens_[i + 1].tag == Tag::mark && tokens_[i + 1].text != ":");
    if (had_act && ends && !t.chinese && !out_.frames.empty() && out_.frames.back().sentence == sentence_ && clause_begin_ > 0) {
      now_.swap = true;  // "go to the kitchen, but say goodbye first"
      return;
    }
    if (had_act) flush(Link::then);
    return;
  }
  if (value == "and") {
    if (t.text == "也" && !had_act) return;  // "往左也走"
    // Robots and colours in a row stay together; so do "left and right".
    const Token* previous = before(i);
    size_t next = i + 1;
    while (in_sight(next) && tokens_[next].is(Tag::fn, "art")) ++next;
    const bool list = previous && previous->tag == Tag::item && previous->item->group == Item::Group::robot && in_sight(next) &&
                      tokens_[next].tag == Tag::item && !had_act;
    if (list) return;
    if (statement_ && !next_is_act(i)) return;
    const bool keep_negative = negative_ && t.text == "or";
    flush(now_.link == Link::meanwhile && !had_act ? Link::meanwhile : Link::then);
    joined_ = true;
    statement_ = false;
    negative_ = keep_negative;
    clause_begin_ = i + 1;
    return;
  }
  if (value == "then") {
    // "squat, but only after you bowed"
    if (is_one_of(t.text, {"but", "but only", "but just", "and only", "only"}) && in_sight(i + 1) &&
        (tokens_[i + 1].is(Tag::conn, "after") || tokens_[i + 1].is(Tag::conn, "before")))
      return;
    const bool correction = now_.correction && !now_.acts() && !now_.has_slots();
    // "五秒后鞠躬", "half a minute later, bow"
    if (!had_act && now_.duration && now_.dirs.empty() && now_.mentions.empty() && !statement_ &&
        is_one_of(t.text, {"后", "之后", "以后", "过后", "later", "later on", "afterwards", "之后再", "以后再", "后再", "再"}))
      now_.skill = "wait", now_.verb = t.text, now_.begin = i;
    const bool narrows = is_one_of(t.text, {"but only", "but just"}) && !had_act;  // "forward, but only one step"
    flush(narrows ? Link::comma : Link::then);
    joined_ = true;
    now_.correction = correction;
    statement_ = false;
    clause_begin_ = i + 1;
    return;
  }
  if (value == "while") {
    const bool within = had_act || (t.chinese && !out_.frames.empty() && out_.frames.back().sentence == sentence_);
    const bool chinese = t.chinese;
    flush(within ? Link::meanwhile : Link::then);
    if (within && !chinese) now_.swap = true;  // "wave while walking": walking is the ground
    if (within && !chinese &&
        is_one_of(t.text, {"meanwhile", "while also", "and at the same time", "and simultaneously", "and meanwhile",
                           "while doing that", "while doing so", "while doing it", "while at it", "as you do so",
                           "as you do that", "as you do it", "and while doing that", "while you do that"}))
      now_.swap = false;
    if (!within) pending_while_ = !chinese;
    return;
  }
  if (value == "before") {
    const bool prefix = !had_act;
    if (t.chinese && is_one_of(t.text, {"不过先", "但先", "但是先", "可是先", "不过要先", "但要先", "不过得先", "在此之前",
                                        "在此之前先", "在那之前", "在那之前先", "不过在那之前"})) {
      flush(Link::then);
      now_.swap = true;
    } else if (t.chinese) {
      now_.defer = true;
      flush(Link::comma);
    } else {
      const bool swap_back = is_one_of(
          t.text, {"before that", "but before that", "but first", "but before you do", "before doing that", "before doing so"});
      flush(Link::then);
      if (swap_back) now_.swap = true;
      else if (prefix) now_.defer = true;
    }
    return;
  }
  if (value == "after") {
    const bool follows = !out_.frames.empty() && out_.frames.back().sentence == sentence_ && out_.frames.back().acts();
    const bool prefix = !had_act && !(follows && !acts_after_clause(i + 1));
    flush(Link::then);
    if (!prefix) now_.swap = true;
    return;
  }
  if (value == "instead") {
    flush(Link::comma);
    negative_ = true;
    return;
  }
  if (value == "unless") {
    condition_unknown_ = true, condition_words_ = t.text;
    return;
  }
}

// "when you reach the table," / "看到汤姆就": reads on until the condition ends; returns the token to go on with.
size_t FrameBuilder::take_condition(size_t i, bool until) {
  const size_t begin = i;
  const bool postfix = now_.acts();
  if (!postfix && !now_.has_slots()) flush(now_.link == Frame::Link::none ? Frame::Link::none : now_.link);
  std::string event, target, heard, words;
  bool polite = false;
  Mention mention;
  bool mentioned = false, quoted = false;
  std::vector<std::string> adjectives;
  for (; in_sight(i); ++i) {
    const Token& t = tokens_[i];
    if (event == "hears" && !quoted && quote_end(i) > i + 1) {
      const size_t end = quote_end(i);
      heard = quoted_text(i, end);
      words += heard, quoted = true;
      i = end;
      continue;
    }
    const Meaning* cond = t.as(Tag::cond);
    if (t.tag == Tag::mark && is_one_of(t.text, {",", ".", "!", "?", ";"})) break;
    if (cond && cond->value == "end" && (!event.empty() || polite)) {
      ++i;
      break;
    }
    if (t.is(Tag::conn, "then") && (!event.empty() || polite) && (mentioned || polite || t.chinese)) break;
    words += (words.empty() || t.chinese ? "" : " ") + t.text;
    if (quoted && t.tag != Tag::act && t.tag != Tag::cannot) continue;  // "“开始”两个字"
    if (quoted) break;
    if (event == "hears" && heard.empty() &&
        (t.tag == Tag::fn || t.tag == Tag::pron || is_one_of(t.text, {"word", "words", "phrase", "me say", "me", "say", "sentence"})) &&
        !(t.chinese && t.tag == Tag::pron))
      continue;
    if (event == "hears" && heard.empty() && (t.as(Tag::act) ? t.value() == "say" : cond && cond->value == "hear")) continue;
    if (event == "hears" && heard.empty() && t.chinese && is_one_of(t.text, {"有人", "谁", "人", "我", "大家", "别人"})) continue;
    if (event == "hears" && t.tag != Tag::mark) {
      if ((t.tag == Tag::act || t.tag == Tag::pol) && !heard.empty()) break;
      heard += (heard.empty() || t.chinese ? "" : " ") + t.text;
      continue;
    }
    if (t.is(Tag::fn, "cond") && event.empty()) {
      polite = true;
      continue;
    }
    if (cond && event.empty() && cond->value != "end") {
      event = cond->value == "arrive" ? "arrived" : cond->value == "hear" ? "hears" : "sees";
      if (cond->value == "appear" && !mentioned) event.clear();
      continue;
    }
    if (t.tag == Tag::item) {
      mention = {t.item->name, t.text, {}, false, false}, mentioned = true;
      continue;
    }
    if (t.tag == Tag::adj) {
      adjectives.push_back(t.value());
      continue;
    }
    if (const Meaning* noun = t.as(Tag::noun); noun && t.tag != Tag::act) {
      mention = resolve(adjectives, noun->value, t.text), mentioned = true;
      continue;
    }
    if (const Meaning* pron = t.as(Tag::pron); pron && t.tag != Tag::act && !mentioned && pron->value != "self") {
      if (pron->value == "me") {
        if (!event.empty()) mention = {"me", t.text, {}, false, false}, mentioned = true;
      } else if (!(pron->value == "there" && event == "arrived" && false))
        mention = remembered(pron->value, t.text), mentioned = true;
      continue;
    }
    if (t.tag == Tag::unknown) {
      if (!mentioned) mention.words += t.text, mentioned = true;
      continue;
    }
    if (t.tag == Tag::act || t.tag == Tag::cannot) {
      if ((!event.empty() && mentioned) || polite) break;  // the action begins
      if (t.is(Tag::act, "walk weak") || t.as(Tag::act)->value.rfind("go_to", 0) == 0) {
        event = "arrived";
        continue;
      }
      if (!t.chinese) break;
      break;
    }
  }
  if (!mention.name.empty()) seen_.push_back(mention.name);
  const bool closed_by_comma = in_sight(i) && tokens_[i].text == ",";
  if (polite && event.empty()) return i;
  std::optional<Condition> condition;
  const bool there = event == "arrived" && (!mentioned || is_one_of(mention.words, {"there", "那", "那里", "那儿", "那边"}));
  if (event == "hears" && !heard.empty()) condition = Condition{"hears", heard};
  else if (there && !out_.frames.empty()) return i;  // "when you get there": that is simply the order
  else if (!event.empty() && mentioned && !mention.name.empty()) condition = Condition{event, mention.name};
  else if (event.empty() && begin == i && !until) return i;
  if (until) {
    if (!condition && mentioned && !mention.name.empty()) condition = Condition{"arrived", mention.name};
    if (now_.skill == "walk" && condition && condition->event == "arrived") {
      now_.skill = "go_to", now_.preset.clear(), now_.dirs.clear(), now_.mentions = {{condition->target, words, {}, false, true}};
    } else if (now_.acts()) {
      now_.when_unknown = true, now_.when_words = words;
    } else {
      condition_unknown_ = true, condition_words_ = words;
    }
    return i;
  }
  if (postfix) {
    now_.when = condition, now_.when_unknown = !condition, now_.when_words = words;
  } else if (!condition && event == "sees" && mention.group && mention.name.empty() && tokens_[begin].chinese && closed_by_comma) {
    return i;  // "客人到了,你说…": told why
  } else {
    condition_ = condition, condition_unknown_ = !condition, condition_words_ = words;
  }
  return i;
}

// What is to be said, as it was typed; returns the last token taken.
size_t FrameBuilder::take_say(size_t i, bool tell) {
  size_t j = i + 1;
  const auto is_quote = [&](size_t k) {
    return in_sight(k) && tokens_[k].tag == Tag::mark &&
           is_one_of(tokens_[k].text, {"\"", "'", "“", "”", "「", "」", "『", "』"});
  };
  if (tell) {
    // Whom it is told: a person, "the audience", somebody unknown.
    while (in_sight(j) && (tokens_[j].tag == Tag::fn || tokens_[j].tag == Tag::adj)) ++j;
    if (in_sight(j) && !is_quote(j) && tokens_[j].tag != Tag::mark) {
      if (tokens_[j].is(Tag::pol, "hedge") || tokens_[j].tag == Tag::item || tokens_[j].as(Tag::noun) ||
          tokens_[j].as(Tag::pron) || tokens_[j].tag == Tag::all || tokens_[j].tag == Tag::voc || tokens_[j].tag == Tag::unknown)
        ++j;
    }
    while (in_sight(j) && (is_one_of(tokens_[j].text, {"that", "to", "loudly"}))) ++j;
  }
  now_.skill = "say";
  const auto skip = [&](size_t k) {
    return is_one_of(tokens_[k].text,
                     {":",      ",",      "that",         "一下",  "一声",        "一句",         "the words",       "out loud",
                      "aloud",  "loudly", "to us",        "to me", "to everyone", "to everybody", "to the audience", "to them",
                      "to him", "to her", "to the crowd", "大声",  "道",          "the word"});
  };
  while (in_sight(j) && !is_quote(j) && skip(j)) ++j;
  if (!is_quote(j) && in_sight(j) && tokens_[j].text == "to" && in_sight(j + 2) &&
      (tokens_[j + 1].tag == Tag::item || tokens_[j + 1].as(Tag::pron) || tokens_[j + 1].as(Tag::noun))) {
    j += 2;
    while (in_sight(j) && !is_quote(j) && skip(j)) ++j;
  }
  if (!in_sight(j)) return i;
  // "say something nice, like “…”"
  if (is_one_of(tokens_[j].text, {"something", "anything", "some words", "a few words", "点什么", "些什么", "几句话", "句话", "几句"})) {
    for (size_t k = j + 1; in_sight(k) && !(tokens_[k].tag == Tag::mark && is_one_of(tokens_[k].text, {".", "!", "?", ";"})); ++k) {
      if (quote_end(k) <= k + 1) continue;
      now_.say = quoted_text(k, quote_end(k));
      return quote_end(k);
    }
    return j;
  }
  if (is_quote(j)) {
    size_t k = j + 1;
    while (in_sight(k) && !is_quote(k)) ++k;
    if (in_sight(k) && k > j + 1) {
      now_.say = typed_.substr(units_[tokens_[j + 1].begin].begin,
                               units_[tokens_[k - 1].end - 1].end - units_[tokens_[j + 1].begin].begin);
      return k;
    }
  }
  // "喊三声加油"
  if (tokens_[j].chinese && tokens_[j].tag == Tag::number && in_sight(j + 2) && is_one_of(tokens_[j + 1].text, {"声", "遍", "句", "次"})) {
    now_.times = static_cast<int>(std::clamp(tokens_[j].number, 0.0, 1000.0));
    j += 2;
    while (in_sight(j) && !is_quote(j) && skip(j)) ++j;
    if (is_quote(j) && quote_end(j) > j + 1) {
      now_.say = quoted_text(j, quote_end(j));
      return quote_end(j);
    }
  }
  size_t end = j;
  const auto order = [&](size_t k) { return in_sight(k) && (tokens_[k].tag == Tag::act || tokens_[k].tag == Tag::cannot); };
  for (; in_sight(end); ++end) {
    const Token& t = tokens_[end];
    if (t.tag == Tag::mark && is_one_of(t.text, {".", "!", "?", ";"})) break;
    if (t.tag == Tag::conn && t.value() == "then" && end > j && !(t.text == "也")) break;
    if (t.tag == Tag::post && end > j) break;
    if (end > j && t.tag == Tag::conn && is_one_of(t.value(), {"while", "before", "after"}) && (order(end + 1) || order(end + 2)))
      break;
    if (end > j && (t.tag == Tag::mark || (t.tag == Tag::conn && t.value() == "and"))) {
      size_t k = end + 1;
      while (in_sight(k) &&
             (tokens_[k].tag == Tag::pol || tokens_[k].tag == Tag::fn || tokens_[k].tag == Tag::conn ||
              tokens_[k].tag == Tag::voc || tokens_[k].tag == Tag::dir || tokens_[k].tag == Tag::hand) &&
             k < end + 4 && !order(k))
        ++k;
      if (order(k) || (in_sight(end + 1) && tokens_[end + 1].tag == Tag::conn && tokens_[end + 1].value() == "then")) break;
    }
    if (end > j &&
        (t.tag == Tag::count || (t.tag == Tag::number && in_sight(end + 1) && tokens_[end + 1].is(Tag::unit, "times"))))
      break;
  }
  size_t last = end;
  while (last > j + 1 &&
         (is_one_of(tokens_[last - 1].text, {"please",
                                             "pls",
                                             "to us",
                                             "to everyone",
                                             "to everybody",
                                             "to me",
                                             "to them",
                                             "to him",
                                             "to her",
                                             "to the audience",
                                             "to the crowd",
                                             "out loud",
                                             "aloud",
                                             "loudly",
                                             "for me",
                                             "for us",
                                             "吧",
                                             "呗",
                                             "嘛",
                                             "好吗",
                                             "好不好",
                                             "to the kids",
                                             "to the children",
                                             ","}) ||
          (last > j + 2 && tokens_[last - 2].text == "to" &&
           (tokens_[last - 1].tag == Tag::item || tokens_[last - 1].as(Tag::pron) || tokens_[last - 1].as(Tag::noun))))) {
    last -=
        tokens_[last - 1].tag == Tag::item || tokens_[last - 1].as(Tag::noun) || (last > j + 2 && tokens_[last - 2].text == "to")
            ? 2
            : 1;
  }
  if (last > j)
    now_.say = trimmed(std::string_view(typed_).substr(units_[tokens_[j].begin].begin,
                                                       units_[tokens_[last - 1].end - 1].end - units_[tokens_[j].begin].begin));
  return end > i + 1 ? end - 1 : i;
}

}  // namespace manybody::brain
