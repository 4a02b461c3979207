#include "brain/brain.h"

#include <algorithm>
#include <cmath>

#include "brain/compose.h"
#include "brain/frame.h"
#include "brain/gate.h"
#include "brain/hearing.h"
#include "brain/lexicon.h"
#include "brain/mind.h"
#include "brain/opinion.h"
#include "brain/reader.h"
#include "brain/talk.h"
#include "core/files.h"

namespace manybody::brain {
namespace {

constexpr double kFaster = 1.25, kSlower = 0.6, kUsualMps = 0.5, kScale = 1.5;
constexpr double kBase = 0.98, kUnknownWord = 0.2, kUnknownBesideMotion = 0.26, kUnknownCharacter = 0.16, kChatter = 0.015,
                 kFix = 0.05, kLost = 0.7, kUnknownBesideNothing = 0.3;

double confidence_of(const Reading& reading) {
  double confidence = kBase - kLost * reading.lost;
  for (const Frame& frame : reading.frames) {
    for (const std::string& word : frame.unknown)
      confidence -= !frame.acts()                                    ? kUnknownBesideNothing
                    : is_cjk(word)                                   ? kUnknownCharacter
                    : frame.skill == "walk" || frame.skill == "turn" ? kUnknownBesideMotion
                                                                     : kUnknownWord;
    confidence -= kFix * frame.cost;
  }
  return std::clamp(confidence - std::min(0.2, kChatter * reading.chatter), 0.02, 1.0);
}

bool only_fragments(const Reading& reading) {
  return !reading.frames.empty() &&
         std::none_of(reading.frames.begin(), reading.frames.end(), [](const Frame& f) { return f.acts(); });
}

// Bytes that are no text, or control characters: nothing is done on those.
bool is_garbled(const std::string& text) {
  for (size_t at = 0; at < text.size();) {
    const char32_t code = take_code(text, at);
    if (code == 0xFFFD || code == 0x7F || (code < 0x20 && code != '\n' && code != '\t' && code != '\r')) return true;
  }
  return false;
}

bool asks_something(const std::string& text) {
  const std::string end = trimmed(text);
  return end.ends_with("?") || end.ends_with("？") || end.ends_with("吗") || end.ends_with("呢");
}

bool is_direction(const std::string& dir) { return dir == "left" || dir == "right" || dir == "forward"; }

bool changes_last(const Frame& f) {
  if (f.skill == "redo" || f.skill == "resume") return true;
  if (f.skill == "vague" && (!f.speed.empty() || f.times > 0 || !f.hand.empty() || f.speed_mps)) return true;  // "do it slowly"
  if (f.acts()) return false;
  if (f.same) return true;
  if (f.times > 0 && f.dirs.empty() && f.mentions.empty() && !f.bare && f.hand.empty()) return true;
  return f.speed == "faster" || f.speed == "slower" || !f.scale.empty() || f.other;
}

// "Forward. – Three metres.": how far, how much or how long, and nothing else.
bool measures_last(const Frame& f, const Step& last) {
  if (!f.dirs.empty() || !f.mentions.empty() || f.bare || f.times > 0 || !f.hand.empty() || !f.unknown.empty()) return false;
  if (last.skill == "walk") return (f.distance || f.duration) && !f.angle;
  if (last.skill == "turn") return f.angle && !f.distance && !f.duration;
  return f.duration && !f.distance && !f.angle && last.arguments.count("duration_s") > 0;
}

// "Look left. – And right.": only another direction.
bool next_way(const Frame& f, const Step& last) {
  return (last.skill == "look_at" || last.skill == "point_at" || last.skill == "wave") && f.dirs.size() == 1 &&
         (f.dirs.front() == "left" || f.dirs.front() == "right") && f.mentions.empty() && !f.distance && !f.angle &&
         !f.duration && !f.bare && f.unknown.empty() && f.robots.empty();
}

// "the same to the right", "a bit faster", "the other hand", "twice more": the last plan, changed.
bool change(Step& step, const Frame& f) {
  bool changed = f.skill == "redo" || f.skill == "resume" || f.same;
  Arguments& a = step.arguments;
  const std::string dir = f.dirs.empty() ? "" : f.dirs.front();
  if (step.skill == "walk") {
    if (!dir.empty() && (dir == "forward" || dir == "backward" || dir == "left" || dir == "right"))
      a["direction"] = dir, changed = true;
    if (f.distance) a["distance_m"] = *f.distance, a.erase("duration_s"), changed = true;
    if (f.duration) a["duration_s"] = *f.duration, a.erase("distance_m"), changed = true;
    const double speed = number_of(a, "speed_mps", kUsualMps);
    if (f.speed_mps) a["speed_mps"] = *f.speed_mps, changed = true;
    else if (f.speed == "faster" || f.speed == "fast") a["speed_mps"] = speed * kFaster, changed = true;
    else if (f.speed == "slower" || f.speed == "slow") a["speed_mps"] = speed * kSlower, changed = true;
    if (f.other && !dir.empty() == false) {
      const std::string was = text_of(a, "direction");
      a["direction"] = std::string(was == "left" ? "right" : was == "right" ? "left" : was == "forward" ? "backward" : "forward");
      changed = true;
    }
    if (!f.scale.empty()) changed = true;
    if (!f.scale.empty() && !f.distance && a.count("distance_m"))
      a["distance_m"] = number_of(a, "distance_m", 1) * (f.scale == "more" ? 1 : 1 / kScale), changed = true;
  } else if (step.skill == "turn") {
    double angle = number_of(a, "angle_deg", 90);
    if (f.angle) angle = std::copysign(*f.angle, angle), changed = true;
    if (dir == "left" || dir == "ccw") angle = std::fabs(angle), changed = true;
    if (dir == "right" || dir == "cw") angle = -std::fabs(angle), changed = true;
    if (f.other) angle = -angle, changed = true;
    a["angle_deg"] = angle;
    if (!f.scale.empty()) changed = true;
  } else if (step.skill == "wave") {
    const std::string hand = text_of(a, "hand");
    if (f.other) a["hand"] = std::string(hand == "left" ? "right" : "left"), changed = true;
    if (!f.hand.empty()) a["hand"] = f.hand, changed = true;
    if (dir == "left" || dir == "right") a["hand"] = dir, changed = true;
  } else if (step.skill == "go_to" || step.skill == "look_at" || step.skill == "point_at" || step.skill == "follow") {
    if (!f.mentions.empty() && !f.mentions.front().name.empty()) a["target"] = f.mentions.front().name, changed = true;
    if (is_direction(dir) && f.mentions.empty() && (step.skill == "look_at" || step.skill == "point_at"))
      a["target"] = dir, changed = true;
    if (step.skill == "point_at" && !f.hand.empty()) a["hand"] = f.hand, changed = true;
    if (step.skill == "point_at" && f.other && a.count("hand"))
      a["hand"] = std::string(text_of(a, "hand") == "left" ? "right" : "left"), changed = true;
    if (step.skill == "go_to" && f.speed_mps) a["speed_mps"] = *f.speed_mps, changed = true;
    else if (step.skill == "go_to" && !f.speed.empty())
      a["speed_mps"] = f.speed == "slow"   ? 0.3
                       : f.speed == "fast" ? 0.8
                                           : number_of(a, "speed_mps", kUsualMps) * (f.speed == "faster" ? kFaster : kSlower),
      changed = true;
    if (!f.scale.empty()) changed = true;
  } else if (!f.scale.empty()) {
    changed = true;
  }
  if (f.duration && a.count("duration_s") && step.skill != "walk") a["duration_s"] = *f.duration, changed = true;
  if (f.times > 0) step.repeat = f.times, changed = true;
  if (!f.robots.empty()) step.robot = f.robots.front(), changed = true;
  return changed;
}

}  // namespace

struct Talk::State {
  const Mind& mind;
  Scene scene;
  Listener listener;
  Memory memory;
  Nouns nouns;
  std::string language = "en";
  bool leans = false;  // what was just said builds on earlier turns

  State(const Mind& m, Scene s, Listener l) : mind(m), scene(std::move(s)), listener(std::move(l)) {
    nouns = nouns_of(scene, m.parts().lexicon);
  }

  Speaker speaker() const { return {language, listener.robot, listener.body, &scene}; }

  Answer answer(const std::string& text);
  Answer understand(const std::string& text, const std::vector<Unit>& units);
  Answer read(const std::string& text, const std::vector<Unit>& units, const std::vector<Token>& tokens);
  bool is_held_back(Answer& plan) const;
  Answer follow(const Opinion& opinion, Answer first);
  Answer doubt(const Opinion& opinion, Answer first);
  void leave_open();
  bool builds_on_earlier(const Reading& reading) const;
  Answer plan_of(const Reading& reading);
  Answer with_memory(Reading& reading, bool& done);
  void recall(std::vector<Frame>& frames) const;
  void renumber(Frame& frame) const;
  Answer issue_answer(const Issue& issue, const Composition& composition, const std::vector<Frame>& frames, double confidence);
  Answer chat(const Reading& reading);
  void propose(Plan plan, Answer& out);
  void keep(const Answer& answer);
  void keep_target(const std::string& name);
};

Answer Talk::State::answer(const std::string& text) {
  const Mind::Parts& parts = mind.parts();
  const std::vector<Unit> units = parts.lexicon.normaliser().units(text);
  const bool letters = std::any_of(units.begin(), units.end(),
                                   [](const Unit& u) { return u.kind == Unit::Kind::word || u.kind == Unit::Kind::cjk; });
  if (letters) language = language_of(text);
  Answer out;
  out.language = language;
  if (parts.gate.says_stop(units)) {
    out.kind = Kind::stop, out.reply = say_stop(speaker()), out.confidence = 1, out.reason = "stop word";
  } else if (const auto harm = parts.gate.harm_in(units, scene)) {
    out.kind = Kind::refuse, out.reply = say_harm(*harm, speaker()), out.confidence = 1, out.reason = *harm;
  } else if (is_garbled(text)) {
    out.kind = Kind::ask, out.reply = say_unclear(speaker()), out.confidence = 0.02, out.reason = "garbled";
  } else if (text.size() > kMaxText) {
    out.kind = Kind::refuse, out.reply = say_fault({"too_long", ""}, parts.skills, speaker()), out.confidence = 1,
    out.reason = "too_long";
  } else {
    out = understand(text, units);
    out.language = language;
  }
  keep(out);
  return out;
}

// Two readers: words and rules, and a network. Where they differ, how sure each is decides.
Answer Talk::State::understand(const std::string& text, const std::vector<Unit>& units) {
  const Mind::Parts& parts = mind.parts();
  const std::vector<Token> tokens = read_tokens(units, parts.lexicon, scene);
  leans = !memory.last.empty() && std::any_of(tokens.begin(), tokens.end(), [](const Token& t) {
    return t.tag == Tag::pron && t.value() != "me" && t.value() != "self";
  });
  Answer first = read(text, units, tokens);
  if (!parts.second || leans || units.empty()) return first;
  const Opinion second = parts.second->read(hear(text, units, tokens, scene, nouns), scene);
  switch (weigh(first, second)) {
    case Verdict::first:
      if (first.kind == Kind::plan && second.kind == Kind::plan && same_deeds(first.plan, second.plan))
        first.confidence = std::max(first.confidence, second.probability);
      return first;
    case Verdict::second:
      return follow(second, std::move(first));
    case Verdict::ask:
      return doubt(second, std::move(first));
  }
  return first;
}

// What the first reader wanted to go on with in the next turn is off.
void Talk::State::leave_open() {
  memory.next_pending.clear(), memory.next_proposed.clear();
  memory.next_unit = -1;
}

// Whether the gate lets it not pass; it is a question or a refusal then.
bool Talk::State::is_held_back(Answer& plan) const {
  const Mind::Parts& parts = mind.parts();
  const auto fault = parts.gate.check(plan.plan, parts.skills, scene, listener.ability);
  if (!fault) return false;
  plan.kind = fault->reason == "unknown_target" || fault->reason == "argument" ? Kind::ask : Kind::refuse;
  plan.reason = fault->reason, plan.reply = say_fault(*fault, parts.skills, speaker());
  if (plan.kind == Kind::ask) plan.plan.clear();
  return true;
}

Answer Talk::State::follow(const Opinion& opinion, Answer first) {
  const Mind::Parts& parts = mind.parts();
  if (first.kind == opinion.kind && opinion.kind != Kind::plan) return first;
  if (opinion.kind == Kind::ask) return doubt(opinion, std::move(first));
  leave_open();
  Answer out;
  out.kind = opinion.kind, out.confidence = opinion.probability;
  switch (opinion.kind) {
    case Kind::plan:
      out.plan = opinion.plan;
      if (is_held_back(out)) break;
      memory.next_unit = 0;
      out.reply = say_plan(out.plan, parts.skills, speaker());
      break;
    case Kind::ask:
      break;
    case Kind::chat:
      out.reply = say_talk("story", {}, scene, parts.skills, memory, speaker());
      break;
    case Kind::refuse:
      out.reason = "unable", out.reply = say_issue({Kind::refuse, "unable", "", {}, 0}, parts.skills, speaker());
      break;
    case Kind::stop:
      out.reason = "told not to", out.reply = say_stop(speaker());
      break;
  }
  return out;
}

// The likelier plan of the two as a question; "yes" does it.
Answer Talk::State::doubt(const Opinion& opinion, Answer first) {
  if (first.kind == Kind::ask) return first;
  leave_open();
  Answer out;
  out.kind = Kind::ask, out.reply = say_unclear(speaker()), out.reason = "unsure";
  out.confidence = std::min(0.5, std::min(first.confidence, opinion.probability));
  const Plan& plan = opinion.kind == Kind::plan ? opinion.plan : first.plan;
  if (!plan.empty() && first.kind != Kind::refuse) propose(plan, out);
  return out;
}

// Whether a sentence means something only after what was said before.
bool Talk::State::builds_on_earlier(const Reading& reading) const {
  const auto said = [&](const char* topic) {
    return std::find(reading.topics.begin(), reading.topics.end(), topic) != reading.topics.end() ||
           std::find(reading.asides.begin(), reading.asides.end(), topic) != reading.asides.end();
  };
  if (!memory.proposed.empty() && (said("yes") || said("no"))) return true;
  if (!memory.pending.empty() && only_fragments(reading)) return true;
  if (memory.last.empty()) return false;
  return said("no") || only_fragments(reading) || std::any_of(reading.frames.begin(), reading.frames.end(), [](const Frame& f) {
           return changes_last(f) || f.again || f.same || f.echo;
         });
}

Answer Talk::State::read(const std::string& text, const std::vector<Unit>& units, const std::vector<Token>& tokens) {
  const Mind::Parts& parts = mind.parts();
  Reading reading = read_frames(tokens, units, text, scene, nouns, memory);
  leans = leans || builds_on_earlier(reading);
  if (!reading.unknown_robots.empty() && !reading.frames.empty()) {
    return issue_answer({Kind::ask, "unknown_robot", reading.unknown_robots.front(), {}, 0}, {}, {}, 0.4);
  }
  bool done = false;
  Answer out = with_memory(reading, done);
  if (done) return out;
  if (!reading.frames.empty()) {
    out = plan_of(reading);
    if (out.kind == Kind::ask && only_fragments(reading) && asks_something(text)) {
      memory.next_pending.clear();
      return chat(reading);
    }
    return out;
  }
  if (reading.negated && reading.topics.empty()) {
    out.kind = Kind::stop, out.reply = say_talk("not", {}, scene, parts.skills, memory, speaker()), out.confidence = 0.9,
    out.reason = "told not to";
    return out;
  }
  if (reading.topics.empty()) reading.topics = reading.asides;
  if (!memory.proposed.empty() && !parts.gate.check(memory.proposed, parts.skills, scene, listener.ability) &&
      std::find(reading.topics.begin(), reading.topics.end(), "yes") != reading.topics.end()) {
    out.kind = Kind::plan, out.plan = memory.proposed, out.confidence = 0.9,
    out.reply = say_plan(out.plan, parts.skills, speaker());
    return out;
  }
  if (!reading.topics.empty() || reading.story || asks_something(text)) return chat(reading);
  out.kind = Kind::ask, out.reply = say_unclear(speaker()), out.confidence = 0.1, out.reason = "unclear";
  return out;
}

// Asks before it does what it is not sure of; "yes" then does it.
void Talk::State::propose(Plan plan, Answer& out) {
  if (mind.parts().gate.check(plan, mind.parts().skills, scene, listener.ability)) return;
  out.kind = Kind::ask, out.reason = "unsure";
  const std::string what = say_step(plan.front(), speaker());
  out.reply = language == "zh" ? "你是要我" + what + "吗?" : "Do you want me to " + what + "?";
  memory.next_proposed = std::move(plan);
}

// "once more, but wave three times": the action said is the one meant; "left, just as far": how far it was.
void Talk::State::recall(std::vector<Frame>& frames) const {
  if (memory.last.empty()) return;
  const Step& last = memory.last.back();
  for (Frame& f : frames) {
    if (!f.same || f.skill != last.skill) continue;
    if (const double distance = number_of(last.arguments, "distance_m", 0); distance > 0 && !f.distance) f.distance = distance;
    else if (const double duration = number_of(last.arguments, "duration_s", 0); duration > 0 && !f.duration)
      f.duration = duration;
    if (const double angle = number_of(last.arguments, "angle_deg", 0); angle != 0 && !f.angle) f.angle = std::fabs(angle);
  }
  for (Frame& f : frames) {  // "turn again"
    if (f.again && frames.size() == 1 && f.skill == last.skill && f.robots.empty() && f.mentions.empty() && f.dirs.empty() &&
        f.preset.empty() && f.hand.empty() && !f.distance && !f.angle && !f.duration && f.times <= 1 && f.speed.empty())
      f.skill = "redo", f.times = 0;
  }
  // "this time walk there slowly": where it went.
  if (frames.size() == 1 && frames[0].skill == "go_to" && last.skill == "go_to" && frames[0].mentions.empty() &&
      !frames[0].speed.empty() && !frames[0].preset.count("target"))
    frames[0].mentions.push_back({text_of(last.arguments, "target"), "", {}, false, true});
  const auto redo = [](const Frame& f) { return f.skill == "redo" && f.robots.empty(); };
  if (frames.size() == 2 && redo(frames[0]) && frames[1].skill == last.skill && frames[1].times > 0) frames.erase(frames.begin());
  else if (frames.size() == 2 && redo(frames[1]) && frames[0].skill == last.skill && frames[0].times > 0) frames.pop_back();
}

// "Make that three": the number of what was counted or measured last.
void Talk::State::renumber(Frame& f) const {
  if (!f.bare || f.distance || f.angle || f.duration || f.times > 0 || !f.dirs.empty() || !f.mentions.empty()) return;
  const Step& last = memory.last.back();
  if (memory.unit > 0 && last.arguments.count("distance_m")) f.distance = *f.bare * memory.unit;
  else if (memory.unit > 0 && last.arguments.count("angle_deg")) f.angle = *f.bare * memory.unit;
  else if (memory.unit > 0 && last.arguments.count("duration_s")) f.duration = *f.bare * memory.unit;
  else if (last.repeat > 1 || last.arguments.empty()) f.times = static_cast<int>(std::clamp(*f.bare, 0.0, 1000.0));
  else return;
  f.bare.reset();
}

// Answers to our questions, and changes of what was done last.
Answer Talk::State::with_memory(Reading& reading, bool& done) {
  Answer out;
  if (!memory.pending.empty() && !reading.frames.empty()) {
    std::vector<Frame> frames = memory.pending;
    const size_t at = std::min(memory.pending_frame, frames.size() - 1);
    Frame& open = frames[at];
    const Frame& said = reading.frames.front();
    const bool fragment = only_fragments(reading) && reading.frames.size() == 1 && !changes_last(said);
    const bool bare_act = reading.frames.size() == 1 && said.acts() && !said.has_slots() && !open.acts();
    if (fragment) {
      complete(open, said);
      reading.frames = frames;
      return out;
    }
    if (bare_act) {
      Frame joined = said;
      complete(joined, open);
      frames[at] = joined;
      reading.frames = frames;
      return out;
    }
  }
  recall(reading.frames);
  // "no, the window", "with your left": the last action, put right.
  if (reading.frames.size() == 1 && !memory.last.empty()) {
    Frame& f = reading.frames.front();
    const Skill* last_skill = mind.skills().find(memory.last.back().skill);
    if (f.skill == "go_to" && f.verb.empty() && last_skill && last_skill->parameter("target") &&
        std::find(reading.topics.begin(), reading.topics.end(), "no") != reading.topics.end())
      f.skill.clear();  // "no, at the door": what was said last, elsewhere
  }
  // "One metre forward. – I mean step back.": as far as was said.
  if (reading.frames.size() == 1 && !memory.last.empty() && memory.last.back().skill == reading.frames.front().skill &&
      std::find(reading.topics.begin(), reading.topics.end(), "no") != reading.topics.end()) {
    Frame& f = reading.frames.front();
    const Arguments& was = memory.last.back().arguments;
    if (!f.distance && !f.duration && !f.angle && !f.bare && f.amount.empty() && f.preset.count("angle") == 0) {
      if (const double distance = number_of(was, "distance_m", 0); distance > 0) f.distance = distance;
      else if (const double duration = number_of(was, "duration_s", 0); duration > 0 && f.skill == "walk") f.duration = duration;
      if (const double angle = number_of(was, "angle_deg", 0); angle != 0) f.angle = std::fabs(angle);
    }
  }
  if (reading.frames.size() == 1 && only_fragments(reading) && !memory.last.empty()) renumber(reading.frames.front());
  const bool measures = reading.frames.size() == 1 && only_fragments(reading) && !memory.last.empty() &&
                        measures_last(reading.frames.front(), memory.last.back());
  // "Look left. – And right."
  const bool turns_on = reading.frames.size() == 1 && only_fragments(reading) && !memory.last.empty() &&
                        next_way(reading.frames.front(), memory.last.back());
  const bool denied = std::find(reading.topics.begin(), reading.topics.end(), "no") != reading.topics.end();
  if (reading.frames.size() == 1 && only_fragments(reading) && !memory.last.empty() &&
      (denied || measures || turns_on ||
       (!reading.frames.front().hand.empty() &&
        (memory.last.back().skill == "wave" || memory.last.back().skill == "point_at")))) {
    Plan plan = memory.last;
    if (change(plan.back(), reading.frames.front()) &&
        !mind.parts().gate.check(plan, mind.parts().skills, scene, listener.ability)) {
      done = true;
      out.kind = Kind::plan, out.plan = {plan.back()}, out.confidence = confidence_of(reading) - 0.05,
      out.reply = say_plan(out.plan, mind.parts().skills, speaker());
      return out;
    }
  }
  if (reading.frames.size() >= 1 && reading.frames.size() <= 2 &&
      std::all_of(reading.frames.begin(), reading.frames.end(), [](const Frame& f) { return changes_last(f) || !f.acts(); }) &&
      std::any_of(reading.frames.begin(), reading.frames.end(), changes_last)) {
    done = true;
    Plan plan = memory.last;
    bool changed = false;
    for (const Frame& f : reading.frames) {
      bool this_one = false;
      Plan changed_plan;
      for (const Step& old : plan) {
        std::vector<std::string> robots = f.robots;
        if (robots.empty()) robots.push_back(old.robot);
        for (const std::string& robot : robots) {
          Step step = old;
          this_one = change(step, f) || this_one;
          step.robot = robot;
          changed_plan.push_back(step);
        }
      }
      plan = changed_plan;
      changed = changed || this_one;
    }
    if (plan.empty() || !changed) {
      out.kind = Kind::ask, out.reply = say_unclear(speaker()), out.confidence = 0.3,
      out.reason = plan.empty() ? "nothing_before" : "unclear";
      return out;
    }
    out.kind = Kind::plan, out.plan = plan, out.confidence = confidence_of(reading) - 0.03;
    const auto fault = mind.parts().gate.check(plan, mind.parts().skills, scene, listener.ability);
    if (fault) out.kind = Kind::refuse, out.reason = fault->reason, out.reply = say_fault(*fault, mind.parts().skills, speaker());
    else out.reply = say_plan(plan, mind.parts().skills, speaker());
  }
  return out;
}

Answer Talk::State::plan_of(const Reading& reading) {
  const Mind::Parts& parts = mind.parts();
  Answer out;
  const Composition composition = compose(reading.frames, scene, listener.ability);
  out.confidence = confidence_of(reading);
  if (composition.issue) {
    const bool slots_only = only_fragments(reading);
    if (slots_only && !reading.topics.empty() && composition.issue->kind == Kind::ask) return chat(reading);
    return issue_answer(*composition.issue, composition, reading.frames, out.confidence);
  }
  if (composition.plan.empty()) {
    if (!reading.topics.empty() || reading.story) return chat(reading);
    out.kind = Kind::ask, out.reply = say_unclear(speaker()), out.confidence = 0.1, out.reason = "unclear";
    return out;
  }
  out.plan = composition.plan;
  if (is_held_back(out)) return out;
  if (out.confidence < kActConfidence) {
    out.plan.clear();
    propose(composition.plan, out);
    return out;
  }
  out.kind = Kind::plan;
  memory.next_unit = reading.frames.back().unit;
  if (memory.next_unit == 0 && out.plan.back().skill == "walk" && reading.frames.back().verb.find("step") != std::string::npos)
    memory.next_unit = listener.ability.step_m;
  out.reply = say_plan(out.plan, parts.skills, speaker());
  return out;
}

Answer Talk::State::issue_answer(const Issue& issue, const Composition& composition, const std::vector<Frame>& frames,
                                 double confidence) {
  Answer out;
  out.kind = issue.kind, out.reason = issue.reason;
  out.reply = say_issue(issue, mind.skills(), speaker());
  out.confidence = issue.kind == Kind::refuse ? confidence : std::min(confidence, 0.5);
  if (issue.kind == Kind::refuse) out.plan = composition.plan;
  if (issue.kind == Kind::ask && !frames.empty()) memory.next_pending = frames, memory.next_pending_frame = issue.frame;
  return out;
}

Answer Talk::State::chat(const Reading& reading) {
  Answer out;
  out.kind = Kind::chat, out.confidence = 0.9;
  const std::string topic = reading.topics.empty() ? "story" : reading.topics.front();
  std::vector<Mention> asked = reading.asked;
  for (const Frame& frame : reading.frames) asked.insert(asked.end(), frame.mentions.begin(), frame.mentions.end());
  out.reply = say_talk(topic, asked, scene, mind.skills(), memory, speaker());
  for (const Mention& mention : asked) keep_target(mention.name);
  return out;
}

void Talk::State::keep_target(const std::string& name) {
  const Item* item = scene.find(name);
  if (!item) return;
  memory.newest = name;
  const auto push = [&](std::vector<std::string>& list) {
    list.push_back(name);
    if (list.size() > 8) list.erase(list.begin());
  };
  push(item->group == Item::Group::person || item->group == Item::Group::robot ? memory.persons : memory.things);
  push(memory.places);
}

void Talk::State::keep(const Answer& answer) {
  memory.pending = std::move(memory.next_pending), memory.pending_frame = memory.next_pending_frame;
  memory.next_pending.clear();
  memory.proposed = std::move(memory.next_proposed);
  memory.next_proposed.clear();
  if (answer.kind == Kind::plan) memory.last = answer.plan;
  if (answer.kind == Kind::plan && memory.next_unit >= 0) memory.unit = memory.next_unit;
  memory.next_unit = -1;
  for (const Step& step : answer.plan) {
    for (const auto& [name, value] : step.arguments) {
      if (const std::string* text = std::get_if<std::string>(&value)) keep_target(*text);
    }
  }
  memory.talked = answer.kind == Kind::chat;
  if (answer.kind != Kind::chat) memory.last_answer = answer;
}

Talk::Talk(const Mind& mind, Scene scene, Listener listener)
    : state_(std::make_unique<State>(mind, std::move(scene), std::move(listener))) {}
Talk::~Talk() = default;
Talk::Talk(Talk&&) noexcept = default;

Answer Talk::answer(const std::string& text) { return state_->answer(text); }

void Talk::remember(const std::vector<Turn>& history) {
  for (const Turn& turn : history) {
    if (turn.role == "user") state_->answer(turn.text);
  }
}

void Talk::set_scene(Scene scene) {
  state_->scene = std::move(scene);
  state_->nouns = nouns_of(state_->scene, state_->mind.parts().lexicon);
}

void Talk::set_doing(std::optional<Step> step) { state_->memory.doing = std::move(step); }
const Scene& Talk::scene() const { return state_->scene; }

Answer Talk::vet(const std::string& text, Answer proposed) {
  State& s = *state_;
  const Mind::Parts& parts = s.mind.parts();
  const std::vector<Unit> units = parts.lexicon.normaliser().units(text);
  s.language = language_of(text);
  Answer out;
  out.language = s.language;
  if (parts.gate.says_stop(units) || parts.gate.harm_in(units, s.scene)) return answer(text);  // whatever was proposed
  out = std::move(proposed);
  out.language = s.language;
  if (out.kind == Kind::plan) {
    if (out.plan.empty()) out.kind = Kind::chat;
    else if (const auto fault = parts.gate.check(out.plan, parts.skills, s.scene, s.listener.ability)) {
      out.kind = fault->reason == "unknown_target" ? Kind::ask : Kind::refuse;
      out.reason = fault->reason, out.reply = say_fault(*fault, parts.skills, s.speaker()), out.plan.clear();
    } else if (out.reply.empty()) {
      out.reply = say_plan(out.plan, parts.skills, s.speaker());
    }
  } else {
    out.plan.clear();
  }
  s.keep(out);
  return out;
}

Mind::Mind(const MindOptions& options) {
  const std::string folder = options.folder.empty() ? core::home_directory() + "/data/brain" : options.folder;
  parts_ = std::make_unique<Parts>(folder, options.model);
}
Mind::~Mind() = default;
bool Mind::says_stop(const std::string& text) const { return parts_->gate.says_stop(parts_->lexicon.normaliser().units(text)); }
const Skills& Mind::skills() const { return parts_->skills; }

Ability ability_of(const body::Body& body) {
  Ability out;
  out.body = body.title.empty() ? body.name : body.title;
  out.arms = out.head = out.waist = false;
  for (const int j : body.actuated) {
    const body::Role role = body.joints[static_cast<size_t>(j)].role;
    using body::Role;
    out.arms = out.arms || role == Role::shoulder_pitch;
    out.waist = out.waist || role == Role::waist_yaw || role == Role::waist_pitch;
    out.head = out.head || role == Role::neck_pitch || role == Role::neck_yaw;
  }
  out.head = out.head || out.waist;  // the waist stands in for a neck
  const double froude = std::sqrt(9.81 * std::max(0.1, body.leg_length));
  out.speed_max_mps = std::min(1.5, 0.45 * froude);
  out.step_m = 0.5;
  return out;
}

}  // namespace manybody::brain
