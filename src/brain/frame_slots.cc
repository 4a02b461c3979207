// The rest of FrameBuilder: what actions and quantities do to the frame at hand.

#include <algorithm>
#include <cmath>
#include <sstream>

#include "brain/frame_builder.h"

namespace manybody::brain {
namespace {

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

// The value of an action word: skill, weak or soft, name=value.
Frame parse_act(const std::string& value) {
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
  return act;
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
  Frame act = parse_act(value);
  if (statement_) return;
  const Token* previous = before(i);
  if (others_do(i, act)) {
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
  if (is_one_of(first, {"step", "steps", "pace", "paces"}) && act.skill == "go_to" && number_) {  // "come three steps closer"
    const double count = *number_;
    number_.reset();
    quantity(count, "step");
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
  const auto take = [&] { take_act(i, act); };
  // "nod, but only after ten seconds": the wait comes first.
  if (act.skill == "wait" && t.text.find("after") != std::string::npos) {
    if (now_.acts()) flush(Frame::Link::then);
    const bool follows = !out_.frames.empty() && out_.frames.back().sentence == sentence_ && out_.frames.back().acts();
    take();
    now_.swap = follows && !acts_after_clause(i) && !now_.negated;
    return;
  }
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
  join_act(i, act);
}

void FrameBuilder::take_act(size_t i, const Frame& act) {
  const Token& t = tokens_[i];
  // What was spoken of before an English action is not its object: "the sign says stop but walk".
  if (!t.chinese && !now_.mentions.empty() && !now_.mentions.front().prep) now_.mentions.clear();
  now_.skill = act.skill, now_.preset = act.preset, now_.weak = act.weak, now_.soft = act.soft, now_.loose = act.loose,
  now_.verb = t.text, now_.begin = i;
  for (size_t j = clause_begin_; j < tokens_.size() && j < i; ++j) {
    now_.echo = now_.echo || is_one_of(tokens_[j].text, {"就", "你就", "那你就", "那就"});
  }
  now_.again = i <= 3 && i > 0 && out_.frames.empty() &&
               (is_one_of(tokens_[i - 1].text, {"再", "又", "再次"}) || is_one_of(tokens_[0].text, {"再", "又", "再次"}));
  for (size_t j = i + 1; in_sight(j) && !ends_clause(j); ++j)
    now_.again = now_.again || is_one_of(tokens_[j].text, {"again", "once more", "one more time", "once again"});
  if (now_.skill == "point_at" && now_.preset.count("hand")) now_.hand = now_.preset["hand"], now_.preset.erase("hand");
  if (is_one_of(now_.skill, {"look_at", "point_at"}) && now_.mentions.empty() && now_.preset.empty()) {  // "往上面指"
    if (!now_.vertical.empty()) now_.preset["target"] = now_.vertical;
    else if (t.chinese && !now_.dirs.empty())
      out_.lost += now_.dirs.size() > 1, now_.preset["target"] = now_.dirs.front(), now_.dirs.clear();
  }
  if (negative_) now_.negated = true, negative_ = false;
  if (number_ && is_gesture(act.skill)) now_.times = static_cast<int>(std::clamp(*number_, 0.0, 1000.0) + 0.5), number_.reset();
  if (t.chinese && act.skill == "place" && now_.mentions.empty() && is_one_of(t.text, {"放下", "放下来"})) now_.skill = "stand";
  // "把杯子举起来": a thing, not the arms.
  if (t.chinese && act.skill == "raise_arms" && act.soft && !now_.mentions.empty() && !now_.mentions.front().prep)
    now_.skill = "pick";
  if (t.chinese && t.number > 1 && is_gesture(act.skill)) now_.times = static_cast<int>(t.number);
}

// A second action word in one clause: the same action said again, a better one, or another.
void FrameBuilder::join_act(size_t i, const Frame& act) {
  const Token& t = tokens_[i];
  const auto take = [&] { take_act(i, act); };
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
  if (now_.skill == "wait" && act.skill == "wait" && now_.duration && now_.end == last_quantity_)
    return;  // "after a ten second wait"
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

// Others did or do it: "he has been waiting", "the robot walked"; "Anna says you may rest" is told, not ordered.
bool FrameBuilder::others_do(size_t i, const Frame& act) const {
  const Token& t = tokens_[i];
  const Token* previous = before(i);
  const bool going_on = t.stem && t.text.find("ing") != std::string::npos && previous &&
                        is_one_of(previous->text, {"been", "is", "are", "was", "were", "am", "i'm", "they're", "we're", "it's"});
  const bool past = t.stem && t.text.substr(0, t.text.find(' ')).ends_with("ed") && !said_you(i) && !now_.acts();
  const bool done = t.stem && t.text.substr(0, t.text.find(' ')).ends_with("ed") && previous && !now_.acts() &&
                    is_one_of(previous->text, {"you've", "you have", "you already", "you just"}) && clause_begin_ + 1 >= i;
  const bool reported = (act.skill == "say" || act.skill == "tell") && !now_.mentions.empty() && last_mention_ == i &&
                        !now_.mentions.back().prep && now_.mentions.size() == 1 && clause_begin_ + 1 == i &&
                        tokens_[i - 1].tag == Tag::item;
  return (going_on || past || done || reported) && !now_.acts();
}

void FrameBuilder::on_cannot(size_t i, const std::string& value) {
  if (statement_) return;
  // "we're filming now, so …": what others do.
  const Token* previous = before(i);
  if (!now_.acts() && tokens_[i].stem && tokens_[i].text.find("ing") != std::string::npos && previous &&
      is_one_of(previous->text,
                {"been", "is", "are", "was", "were", "am", "i'm", "they're", "we're", "it's", "we are", "they are", "i am"})) {
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
  if (is_one_of(now_.skill, {"look_at", "point_at"}) && now_.mentions.empty() && now_.preset["target"] == "forward" &&
      before(i) && before(i)->tag == Tag::dir && is_one_of(value, {"left", "right", "up", "down"})) {
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
  if (now_.skill == "walk" && now_.preset.count("direction") && now_.preset["direction"] != value &&
      (now_.distance || now_.duration) && is_one_of(value, {"forward", "backward"}) &&
      is_one_of(now_.preset["direction"], {"forward", "backward"}))
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
    const bool half = in_sight(j) && tokens_[j].is(Tag::amount, "half");
    if (half || (in_sight(j) && tokens_[j].tag == Tag::number)) {
      now_.speed_mps = (half ? 0.5 : tokens_[j].number) * (name == "perkmh" ? 1 / 3.6 : 1);
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
    if (in_sight(i + 1) && tokens_[i + 1].as(Tag::unit) && unit_of(tokens_[i + 1].as(Tag::unit)->value)) {
      number_ = value;  // "三个米": the unit follows
      return;
    }
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

}  // namespace manybody::brain
