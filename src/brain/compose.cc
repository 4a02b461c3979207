#include "brain/compose.h"

#include <algorithm>
#include <cmath>

namespace manybody::brain {
namespace {

constexpr double kSlowMps = 0.3, kFastMps = 0.8, kBitM = 0.3, kBitDeg = 20, kDefaultTurnDeg = 90, kBigStepM = 0.7,
                 kSmallStepM = 0.25, kDefaultWaitS = 3;

bool is_one_of(const std::string& word, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(), [&](const char* w) { return word == w; });
}

double rounded(double value) { return std::round(value * 1000) / 1000; }

class Composer {
 public:
  Composer(const std::vector<Frame>& frames, const Scene& scene, const Ability& ability)
      : frames_(frames), scene_(scene), ability_(ability) {}

  Composition run() {
    for (at_ = 0; at_ < frames_.size(); ++at_) one(frames_[at_]);
    return std::move(out_);
  }

 private:
  void issue(Kind kind, const std::string& reason, const std::string& words = "", const std::vector<std::string>& options = {}) {
    if (out_.issue && (out_.issue->kind == Kind::refuse || kind != Kind::refuse)) return;
    out_.issue = Issue{kind, reason, words, options, at_};
  }
  void ask(const std::string& reason, const std::string& words = "", const std::vector<std::string>& options = {}) {
    issue(Kind::ask, reason, words, options);
  }

  void put(const Frame& f, const std::string& skill, Arguments arguments = {}, int repeat = 1, bool first = true) {
    std::vector<std::string> robots = f.robots;
    if (robots.empty()) robots.push_back("");
    bool parallel = first && f.link == Frame::Link::meanwhile && !out_.plan.empty();
    for (const std::string& robot : robots) {
      if (robots.size() > 1 && text_of(arguments, "target") == robot) continue;  // nobody follows itself
      Step step{skill, arguments, robot, first ? f.when : std::nullopt, repeat, parallel};
      out_.plan.push_back(step);
    }
  }

  int repeat_of(const Frame& f) const { return std::max(1, f.times); }

  void one(const Frame& f) {
    if (f.when_unknown) ask("condition", f.when_words);
    if (!f.cannot.empty()) return issue(Kind::refuse, "no_such_skill", f.verb);
    if (f.times > kMaxRepeat) return issue(Kind::refuse, "limit", std::to_string(f.times) + "x");
    const std::string& skill = f.skill;
    if (skill.empty()) return bare(f);
    if (skill == "walk") return walk(f);
    if (skill == "turn") return turn(f);
    if (is_one_of(skill, {"go_to", "follow", "look_at", "point_at"})) return targeted(f);
    if (is_one_of(skill, {"reach", "pick", "place", "hand_over", "hang"})) return handle(f);
    if (skill == "say") return f.say.empty() ? ask("text") : put(f, "say", {{"text", f.say}}, repeat_of(f));
    if (skill == "wait" || skill == "hold_pose") return pass_time(f);
    if (is_one_of(skill, {"vague", "redo", "redo_all", "resume"})) return ask("vague", f.verb);
    gesture(f);
  }

  // No action word: "two metres forward", "left", "to the door".
  void bare(const Frame& f) {
    Frame guess = f;
    if (!f.mentions.empty())
      return f.mentions.front().prep ? (guess.skill = "go_to", targeted(guess)) : ask("action", f.mentions.front().words);
    const std::string dir = f.dirs.empty() ? "" : f.dirs.front();
    if (f.angle && (!dir.empty() || *f.angle < 0)) return guess.skill = "turn", turn(guess);
    if (is_one_of(dir, {"cw", "ccw", "around"})) return guess.skill = "turn", turn(guess);
    if (f.bare && is_one_of(dir, {"left", "right"}))
      return idiomatic(*f.bare) ? (guess.skill = "turn", turn(guess)) : ask("unit", dir);
    if ((f.distance || f.duration) && !dir.empty()) return guess.skill = "walk", walk(guess);
    if (f.distance && at_ > 0) return guess.skill = "walk", walk(guess);
    if (f.duration && !f.distance && at_ > 0) return guess.skill = "wait", pass_time(guess);
    if (is_one_of(dir, {"forward", "backward"})) return f.bare ? ask("unit", dir) : (guess.skill = "walk", walk(guess));
    if (!f.hand.empty()) return ask("action", f.hand);
    if (is_one_of(dir, {"left", "right"})) return ask("action", dir);
    ask(f.has_slots() ? "action" : "vague");
  }

  static bool idiomatic(double degrees) {
    return is_one_of(std::to_string(static_cast<int>(std::fabs(degrees))), {"45", "90", "180", "360", "270", "135"});
  }

  std::optional<double> speed_of(const Frame& f) const {
    if (f.speed_mps) return rounded(*f.speed_mps);
    if (f.speed == "slow" || f.speed == "slower") return kSlowMps;
    if (f.speed == "fast" || f.speed == "faster") return std::min(kFastMps, ability_.speed_max_mps);
    return std::nullopt;
  }

  // "take a long step", "take a tiny step"
  double step_of(const Frame& f) const {
    const auto says = [&](std::initializer_list<const char*> words) {
      return std::any_of(words.begin(), words.end(), [&](const char* word) { return f.verb.find(word) != std::string::npos; });
    };
    if (says({" big", " large", " giant", " long", " huge"})) return kBigStepM;
    if (says({" small", " little", " tiny", " baby", " short", " wee"})) return kSmallStepM;
    return ability_.step_m;
  }

  void walk(const Frame& f) {
    if (!f.mentions.empty() && !(f.mentions.size() == 1 && f.mentions.front().name == "me" && !f.dirs.empty())) {
      const Mention& m = f.mentions.front();
      if (f.distance || f.duration) return ask("distance_or_target", m.words);
      if (m.prep && f.weak && m.name != "me" && f.dirs.size() == 1 && (f.dirs[0] == "left" || f.dirs[0] == "right"))
        return ask("direction", f.verb);  // "go left at the table"
      if (!m.prep && m.name.empty() && !f.weak) return ask("unknown_target", m.words);
      Frame go = f;
      go.skill = "go_to", go.preset.clear(), go.dirs.clear();
      return targeted(go);
    }
    if (f.angle) {
      Frame as_turn = f;
      as_turn.skill = "turn", as_turn.preset.clear();
      return turn(as_turn);
    }
    std::string direction;
    for (const std::string& dir : f.dirs) {
      if (is_one_of(dir, {"forward", "backward", "left", "right"})) direction = dir;
      if (is_one_of(dir, {"around", "cw", "ccw"})) return ask("direction", f.verb);
    }
    const auto preset = f.preset.find("direction");
    if (direction.empty() && preset != f.preset.end()) direction = preset->second;
    if (preset != f.preset.end() && preset->second == "backward" && direction == "forward") direction = "backward";
    if (direction == "sideways") return ask("direction", f.verb);
    const bool anything = f.distance || f.duration || !f.amount.empty() || !f.speed.empty() || f.speed_mps;
    if (direction.empty() && f.weak && !f.distance && !f.duration && f.bare) return ask("unit", f.verb);
    if (direction.empty() && f.weak && !anything) return ask("vague", f.verb);
    if (direction.empty()) direction = "forward";
    if (f.bare && !f.distance && !f.duration) return ask("unit", f.verb);
    // "step back twice" is two steps; an open walk cannot be counted.
    const bool counted = f.times > 1 && !f.distance && !f.duration && f.amount.empty() && f.scale.empty();
    if (counted && f.verb.find("step") == std::string::npos) return ask("unit", f.verb);
    Arguments arguments{{"direction", direction}};
    if (counted) arguments["distance_m"] = step_of(f);
    else if (f.distance) arguments["distance_m"] = rounded(*f.distance);
    else if (f.duration) arguments["duration_s"] = rounded(*f.duration);
    else if (!f.amount.empty() || !f.scale.empty()) arguments["distance_m"] = kBitM;
    else if (f.soft && is_one_of(direction, {"left", "right"}) == false && f.verb.find("step") != std::string::npos)
      arguments["distance_m"] = step_of(f);
    else if (f.verb.rfind("take ", 0) == 0 && f.soft) arguments["distance_m"] = step_of(f);
    if (const auto speed = speed_of(f)) arguments["speed_mps"] = *speed;
    put(f, "walk", arguments, repeat_of(f));
  }

  void turn(const Frame& f) {
    if (!f.mentions.empty() && !f.angle && f.dirs.empty() && !f.preset.count("direction")) {
      Frame look = f;
      look.skill = "look_at", look.preset.clear();
      return targeted(look);
    }
    if (!f.mentions.empty() && f.mentions.front().prep) return ask("vague", f.verb);  // "turn left at the table"
    double sign = 0;
    bool around = false, back = false;
    std::vector<std::string> dirs = f.dirs;
    const auto preset_dir = f.preset.find("direction");
    if (preset_dir != f.preset.end() && dirs.empty()) dirs.push_back(preset_dir->second);
    for (const std::string& dir : dirs) {
      if (dir == "left" || dir == "ccw") sign = 1;
      else if (dir == "right" || dir == "cw") sign = -1;
      else if (dir == "around") around = true;
      else if (dir == "backward") back = true;
      else return ask("direction", f.verb);
    }
    const auto preset = f.preset.find("angle");
    const std::string angle_word = preset == f.preset.end() ? "" : preset->second;
    double angle = 0;
    int repeat = repeat_of(f);
    if (f.angle) angle = *f.angle;
    else if (f.bare && std::fabs(*f.bare) >= 10) angle = *f.bare;
    else if (f.bare && angle_word != "full") return ask("unit", f.verb);
    else if (angle_word == "full") angle = 360, repeat = f.bare ? std::max(repeat, static_cast<int>(*f.bare)) : repeat;
    else if (angle_word == "around" || angle_word == "loose" || around || back) angle = 180;
    else if (f.distance && !f.angle) return ask("unit", f.verb);
    else if (!f.amount.empty()) angle = kBitDeg;
    else angle = kDefaultTurnDeg;
    if (f.duration) return ask("angle", f.verb);
    if (sign == 0 && !(f.angle && (*f.angle < 0 || std::fabs(*f.angle) >= 180)) && !(f.bare && *f.bare < 0) &&
        angle_word.empty() && !around && !back && std::fabs(angle) < 180) {
      return ask(f.angle || f.bare || !f.amount.empty() ? "direction" : "turn", f.verb);
    }
    if (sign == 0) sign = 1;
    if (std::fabs(angle) > 360 && std::fabs(std::remainder(angle, 360)) < 1e-6)
      repeat = static_cast<int>(std::fabs(angle) / 360 + 0.5), angle = std::copysign(360, angle);
    put(f, "turn", {{"angle_deg", rounded(angle < 0 ? angle : sign * angle)}}, repeat);
  }

  // A target out of the frame's mentions; false when it had to be asked for.
  bool target_of(const Frame& f, std::string& target) {
    const auto preset = f.preset.find("target");
    if (preset != f.preset.end() && (f.mentions.empty() || preset->second != "me" || f.skill != "go_to")) {
      if (preset->second != "me" && (f.skill == "look_at" || f.skill == "point_at") && !f.mentions.empty() &&
          f.mentions.front().name != "me" && !f.mentions.front().group) {
        ask("which", f.mentions.front().words);  // "看左边的箱子": the direction or the thing?
        return false;
      }
      target = preset->second;
      return true;
    }
    for (const Mention& m : f.mentions) {
      if (m.name.empty()) continue;
      target = m.name;
      return true;
    }
    if (f.mentions.empty()) return false;
    const Mention& m = f.mentions.front();
    if (preset != f.preset.end() && m.options.empty() && m.group) return target = preset->second, true;
    if (!m.options.empty()) ask("which", m.words, m.options);
    else ask("unknown_target", m.words);
    return false;
  }

  void targeted(const Frame& f) {
    std::string target;
    if (f.skill == "go_to" && (f.distance || f.angle) && f.mentions.empty() &&
        (f.preset.count("target") || (f.soft && !f.dirs.empty()))) {
      Frame as_walk = f;
      as_walk.skill = "walk", as_walk.preset.clear();
      return f.distance ? walk(as_walk) : turn(as_walk);
    }
    if (f.skill == "go_to" && (f.distance || (f.bare && !f.mentions.empty() && f.verb.find("step") != std::string::npos)))
      return ask("distance_or_target", f.verb);
    // "point me to the exit"
    if (f.skill == "point_at" && f.mentions.size() > 1 && f.mentions[0].name == "me" && !f.mentions[0].prep &&
        f.mentions[1].prep && f.verb.rfind("point", 0) == 0) {
      Frame shown = f;
      shown.mentions.erase(shown.mentions.begin());
      return targeted(shown);
    }
    // "show Tom the cup": the cup is shown; "show Anna to the door" is something else.
    if (f.skill == "point_at" && f.verb.rfind("show", 0) == 0 && f.mentions.size() > 1) {
      if (f.mentions[1].prep) return ask("vague", f.verb);
      Frame shown = f;
      shown.mentions.erase(shown.mentions.begin());
      return targeted(shown);
    }
    if (!target_of(f, target)) {
      if (!out_.issue || out_.issue->frame != at_) {
        if (f.skill == "follow") return put(f, "follow", {{"target", std::string("me")}});
        // "look, walk forward": only a call for attention.
        if (f.skill == "look_at" && frames_.size() > 1 && f.mentions.empty()) return;
        ask("target", f.skill);
      }
      return;
    }
    if (f.skill == "go_to" && is_one_of(target, {"left", "right", "up", "down", "forward", "backward"}))
      return ask("target", f.skill);
    Arguments arguments{{"target", target}};
    if (f.skill == "follow" && f.duration) arguments["duration_s"] = rounded(*f.duration);
    if (f.skill == "point_at" && !f.hand.empty()) arguments["hand"] = f.hand;
    if (f.skill == "go_to") {
      if (const auto speed = speed_of(f)) arguments["speed_mps"] = *speed;
    }
    put(f, f.skill, arguments, f.skill == "point_at" || f.skill == "look_at" ? repeat_of(f) : 1);
    if (f.duration && (f.skill == "point_at" || f.skill == "look_at"))
      put(f, "hold_pose", {{"duration_s", rounded(*f.duration)}}, 1, false);
    if (f.duration && f.skill == "go_to") put(f, "wait", {{"duration_s", rounded(*f.duration)}}, 1, false);
  }

  // Things the hands cannot do yet: understood, so that the refusal names them.
  void handle(const Frame& f) {
    Arguments arguments;
    const char* second = f.skill == "hand_over" ? "to" : "where";
    for (const Mention& m : f.mentions) {
      const Item* item = scene_.find(m.name);
      const bool receiver = m.name == "me" || (item && (item->group == Item::Group::person || item->group == Item::Group::robot));
      if (m.name.empty()) continue;
      if (f.skill == "hand_over" && receiver) arguments["to"] = m.name;
      else if (!arguments.count("target") && !receiver) arguments["target"] = m.name;
      else if (!receiver && f.skill != "pick" && f.skill != "reach") arguments[second] = m.name;
    }
    if (arguments.count("target")) put(f, f.skill, arguments);
    issue(Kind::refuse, "not_learned", f.skill);
  }

  void pass_time(const Frame& f) {
    double seconds = 0;
    if (f.duration) seconds = *f.duration;
    else if (f.bare) seconds = *f.bare;
    else if (f.skill == "hold_pose") return put(f, "hold_pose");
    else if (!f.mentions.empty()) return ask("condition", f.mentions.front().words);
    else seconds = kDefaultWaitS;
    put(f, f.skill, {{"duration_s", rounded(seconds)}});
  }

  // Whether it is to be done at some place: "dance to the door", "bow at the table".
  bool elsewhere(const Frame& f) const {
    return std::any_of(f.mentions.begin(), f.mentions.end(), [&](const Mention& m) {
      const Item* item = scene_.find(m.name);
      if (!out_.plan.empty() && out_.plan.back().skill == "go_to" && text_of(out_.plan.back().arguments, "target") == m.name)
        return false;  // it is there by then
      if (m.beside && !m.group && m.name != "me" &&
          (!item || (item->group != Item::Group::person && item->group != Item::Group::robot)))
        return true;
      return m.prep && item && item->group == Item::Group::place;
    });
  }

  void gesture(const Frame& f) {
    if (f.skill == "stand" && !f.mentions.empty() && f.mentions.front().prep) {
      Frame go = f;
      go.skill = "go_to";
      return targeted(go);
    }
    if (f.skill == "raise_arms") {  // one hand alone: "右手抬起来"
      const std::string side = !f.hand.empty() ? f.hand : f.dirs.empty() ? "" : f.dirs.front();
      if (side == "left" || side == "right") return ask("action", side);
    }
    if (f.distance && f.skill != "stand") return ask("vague", f.verb);
    if (f.skill != "wave" && f.skill != "stand" && elsewhere(f)) return ask("distance_or_target", f.verb);
    if (f.angle && f.skill != "bow" && f.skill != "wave" && f.skill != "dance") return ask("vague", f.verb);
    Arguments arguments;
    if (f.skill == "wave") {
      const auto preset = f.preset.find("hand");
      const std::string hand = !f.hand.empty() ? f.hand : preset != f.preset.end() ? preset->second : "";
      if (!hand.empty()) arguments["hand"] = hand;
    }
    if (const auto name = f.preset.find("name"); f.skill == "dance" && name != f.preset.end()) arguments["name"] = name->second;
    const bool keeps = is_one_of(f.skill, {"squat", "raise_arms", "bow", "stand"});
    if (f.duration && (f.skill == "wave" || f.skill == "dance")) arguments["duration_s"] = rounded(*f.duration);
    put(f, f.skill, arguments,
        f.bare && f.times == 0 && !keeps ? std::clamp(static_cast<int>(*f.bare), 1, kMaxRepeat + 1) : repeat_of(f));
    if (f.duration && keeps) put(f, f.skill == "stand" ? "wait" : "hold_pose", {{"duration_s", rounded(*f.duration)}}, 1, false);
  }

  const std::vector<Frame>& frames_;
  const Scene& scene_;
  const Ability& ability_;
  Composition out_;
  size_t at_ = 0;
};

}  // namespace

Composition compose(const std::vector<Frame>& frames, const Scene& scene, const Ability& ability) {
  return Composer(frames, scene, ability).run();
}

}  // namespace manybody::brain
