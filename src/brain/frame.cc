#include "brain/frame.h"

#include <algorithm>

#include "brain/frame_builder.h"

namespace manybody::brain {
namespace {

using Link = Frame::Link;

bool moves(const Frame& frame) { return frame.skill == "walk" || frame.skill == "turn"; }

bool is_pointing(const std::string& skill) { return skill == "look_at" || skill == "point_at"; }

bool only_modifies(const Frame& f) { return !f.acts() && f.has_slots() && f.mentions.empty(); }

// Takes over from `extra` what `frame` does not say itself, or all of it when `over`.
void merge(Frame& frame, const Frame& extra, bool over) {
  const auto take = [&](auto& slot, const auto& other) {
    if (other && (over || !slot)) slot = other;
  };
  const auto take_text = [&](std::string& slot, const std::string& other) {
    if (!other.empty() && (over || slot.empty())) slot = other;
  };
  if (over && extra.bare && !extra.distance && !extra.angle && !extra.duration && frame.unit > 0) {
    // "two metres, make it three"
    if (frame.distance) frame.distance = *extra.bare * frame.unit;
    else if (frame.angle) frame.angle = *extra.bare * frame.unit;
    else if (frame.duration) frame.duration = *extra.bare * frame.unit;
    return;
  }
  if (over && !extra.unit_word.empty()) {
    give_unit(frame, extra.unit_word);
    return;
  }
  if (over && (extra.distance || extra.angle || extra.duration)) {
    frame.bare.reset();
    if (extra.distance) frame.duration.reset();
    if (extra.duration && frame.skill == "walk") frame.distance.reset();
  }
  take(frame.distance, extra.distance), take(frame.angle, extra.angle), take(frame.duration, extra.duration);
  take(frame.speed_mps, extra.speed_mps), take(frame.bare, extra.bare);
  take_text(frame.hand, extra.hand), take_text(frame.speed, extra.speed), take_text(frame.amount, extra.amount),
      take_text(frame.scale, extra.scale);
  if (!extra.dirs.empty() && (over || frame.dirs.empty())) {
    if (frame.skill == "wave" && extra.hand.empty() && (extra.dirs.front() == "left" || extra.dirs.front() == "right"))
      frame.hand = extra.dirs.front();
    else frame.dirs = extra.dirs, frame.preset.erase("direction");
    if (is_gesture(frame.skill)) frame.dirs.clear();
    if ((frame.skill == "look_at" || frame.skill == "point_at") && over)
      frame.preset["target"] = extra.dirs.front(), frame.mentions.clear();
  }
  if (!extra.mentions.empty() && (over || frame.mentions.empty())) frame.mentions = extra.mentions, frame.preset.erase("target");
  if (extra.times > 0 && (over || frame.times == 0)) frame.times = extra.times;
  frame.other = frame.other || extra.other;
  frame.steps = frame.steps || extra.steps;
  frame.cost += extra.cost;
  for (const std::string& word : extra.unknown) frame.unknown.push_back(word);
}

bool lacks(const Frame& frame, const Frame& extra) {
  const auto fits = [](bool theirs, bool ours) { return !theirs || !ours; };
  return fits(extra.distance.has_value(), frame.distance.has_value()) && fits(extra.angle.has_value(), frame.angle.has_value()) &&
         fits(extra.duration.has_value(), frame.duration.has_value()) && fits(!extra.hand.empty(), !frame.hand.empty()) &&
         fits(!extra.dirs.empty(), !frame.dirs.empty() || frame.preset.count("direction") > 0) &&
         fits(!extra.speed.empty(), !frame.speed.empty()) && fits(extra.times > 0, frame.times > 0);
}

// Whether these slots mean something for that action.
bool suits(const Frame& frame, const Frame& extra) {
  if (extra.distance && frame.skill != "walk") return false;
  if (extra.angle && frame.skill != "turn") return false;
  if (!extra.dirs.empty() && !moves(frame)) return false;
  if (extra.duration && frame.skill == "turn") return false;
  if (!extra.hand.empty() && frame.skill != "wave" && frame.skill != "point_at") return false;
  return true;
}

void correct(std::vector<Frame>& frames, Frame& frame) {
  Frame& last = frames.back();
  if (!frame.acts()) {
    merge(last, frame, true);
    return;
  }
  // "turn left 30 degrees, no, turn right": what is not said again stays.
  if (frame.skill == last.skill && moves(frame)) {
    Frame fresh = frame;
    fresh.link = last.link;
    if (!fresh.angle && !fresh.distance && !fresh.duration)
      fresh.angle = last.angle, fresh.distance = last.distance, fresh.duration = last.duration;
    if (fresh.dirs.empty() && fresh.preset.empty()) fresh.dirs = last.dirs, fresh.preset = last.preset;
    fresh.correction = false;
    last = fresh;
    return;
  }
  frame.link = last.link, frame.correction = false;
  last = frame;
}

std::vector<Frame> gather(std::vector<Frame> raw, bool& negated) {
  std::vector<Frame> out;
  for (size_t i = 0; i < raw.size(); ++i) {
    Frame& f = raw[i];
    if (f.statement) continue;
    if (f.negated) {
      negated = negated || !f.skill.empty();
      continue;
    }
    // "three paces back, march!", "后退三步走": the order to begin what was said.
    if (i > 0 && !out.empty() && (out.back().skill == "walk" || (!out.back().acts() && !out.back().dirs.empty())) &&
        out.back().sentence == f.sentence && (out.back().distance || out.back().duration) && f.skill == "walk" &&
        !f.has_slots() && f.preset.empty() && f.link != Link::then && (f.verb == "march" || f.verb == "走" || f.verb == "走起"))
      continue;
    // "往左转,但只转三十度"
    if (f.link == Link::comma && f.skill == "turn" && f.angle && f.dirs.empty() && f.preset.empty() && !out.empty() &&
        out.back().skill == "turn" && out.back().sentence == f.sentence && !out.back().angle &&
        (!out.back().dirs.empty() || out.back().preset.count("direction"))) {
      merge(out.back(), f, false);
      continue;
    }
    // "跟牢汤姆,跟一分钟", "dance, dance for ten seconds"
    if (f.link == Link::comma && f.acts() && !out.empty() && out.back().sentence == f.sentence && out.back().skill == f.skill &&
        f.mentions.empty() && f.dirs.empty() && f.hand.empty() && (f.duration || f.times > 0) && !f.distance && !f.angle &&
        !out.back().distance && !out.back().duration && !out.back().angle && out.back().times == 0 && !f.negated &&
        (f.preset.empty() || f.skill == "follow") && (f.robots == out.back().robots)) {
      merge(out.back(), f, false);
      continue;
    }
    // "… for twenty seconds, go!": a call, no action.
    if (i > 0 && i + 1 == raw.size() && !out.empty() && out.back().acts() && f.skill == "walk" && f.weak && !f.has_slots() &&
        f.preset.empty() && f.robots == out.back().robots && f.unknown.empty())
      continue;
    // "go over and bow", "turn, turn right": a beginning that says nothing yet.
    const bool hollow = f.acts() && f.cannot.empty() && !f.has_slots() && (f.preset.empty() || f.loose) && i + 1 < raw.size() &&
                        raw[i + 1].acts() && !raw[i + 1].negated && !raw[i + 1].statement && !f.when && !f.defer;
    if (hollow && ((f.skill == "walk" && f.weak) || (f.skill == "go_to" && f.soft) ||
                   (f.skill == "turn" && raw[i + 1].skill == "turn" && !f.loose) ||
                   (f.skill == "walk" && f.preset.empty() && f.dirs.empty() && f.verb.ends_with("over")))) {
      raw[i + 1].link = raw[i + 1].link == Link::meanwhile ? Link::meanwhile : f.link;
      continue;
    }
    // "Move it! To the window!"
    if (f.skill == "vague" && !f.has_slots() && i + 1 < raw.size() && raw[i + 1].sentence != f.sentence && !raw[i + 1].negated &&
        !raw[i + 1].statement && (raw[i + 1].acts() || (!raw[i + 1].mentions.empty() && raw[i + 1].mentions.front().prep)))
      continue;
    // "往前走,走到椅子那儿": one way.
    if (f.skill == "walk" && !f.distance && !f.duration && !f.bare && f.mentions.empty() && i + 1 < raw.size() &&
        raw[i + 1].skill == "go_to" && raw[i + 1].link == Link::comma && raw[i + 1].sentence == f.sentence &&
        !raw[i + 1].negated && raw[i + 1].verb.rfind("走到", 0) == 0 && f.robots == raw[i + 1].robots) {
      raw[i + 1].link = f.link;
      if (raw[i + 1].speed.empty()) raw[i + 1].speed = f.speed;
      continue;
    }
    // "walk, don't run, to the table": how to go, said before where.
    if ((f.skill == "walk" || (f.skill == "go_to" && f.soft)) && !f.has_slots() && f.preset.empty() && !f.when &&
        i + 2 < raw.size() && raw[i + 1].negated && raw[i + 2].sentence == f.sentence && raw[i + 2].link != Link::then &&
        (raw[i + 2].skill == "go_to" ||
         (!raw[i + 2].acts() && !raw[i + 2].mentions.empty() && raw[i + 2].mentions.front().prep))) {
      raw[i + 2].link = f.link;
      continue;
    }
    // "挥着手走到门口": walking is the ground, the gesture goes with it.
    if (f.verb.find("着") != std::string::npos && is_gesture(f.skill) && f.skill != "stand" && f.skill != "squat" &&
        i + 1 < raw.size() && raw[i + 1].link == Link::with && raw[i + 1].acts() && !raw[i + 1].negated &&
        !is_gesture(raw[i + 1].skill) && f.link != Link::meanwhile && raw[i + 1].skill != "hold_pose" &&
        raw[i + 1].skill != "wait") {
      std::swap(f, raw[i + 1]);
      f.link = raw[i + 1].link;
      raw[i + 1].link = Link::meanwhile;
    }
    // "抬起左手挥一挥": one hand is no raising of the arms.
    if (f.skill == "raise_arms" && f.soft && (f.hand == "left" || f.hand == "right")) {
      if (i + 1 < raw.size() && (raw[i + 1].skill == "wave" || raw[i + 1].skill == "point_at")) {
        if (raw[i + 1].hand.empty()) raw[i + 1].hand = f.hand;
        raw[i + 1].link = f.link;
        continue;
      }
      f.skill.clear();
    } else if (f.skill == "raise_arms" && f.soft && f.hand.empty() && i + 1 < raw.size() && raw[i + 1].skill == "wave" &&
               raw[i + 1].link == Link::with && raw[i + 1].preset.count("hand") && raw[i + 1].preset["hand"] != "both") {
      raw[i + 1].link = f.link;
      continue;
    }
    if (f.correction && !out.empty() && f.link != Link::none) {
      correct(out, f);
      continue;
    }
    const bool length_follows = !out.empty() && out.back().sentence + 1 == f.sentence && out.back().skill == "walk" &&
                                !out.back().distance && !out.back().duration && f.distance && f.dirs.empty();
    const bool same_sentence = !out.empty() && (out.back().sentence == f.sentence || length_follows);
    if (only_modifies(f)) {
      const bool soft_link = length_follows || f.link == Link::comma || f.link == Link::none || f.link == Link::with ||
                             (f.link == Link::then && !f.speed.empty());
      if (same_sentence && soft_link && out.back().acts() && suits(out.back(), f) && lacks(out.back(), f)) {
        merge(out.back(), f, false);
        continue;
      }
      if (same_sentence && soft_link && only_modifies(out.back()) && lacks(out.back(), f)) {
        merge(out.back(), f, false);
        continue;
      }
      // "stick your left hand up and wave it"
      if (!f.hand.empty() && f.dirs.empty() && i + 1 < raw.size() &&
          (raw[i + 1].skill == "wave" || raw[i + 1].skill == "point_at") &&
          (raw[i + 1].hand.empty() || raw[i + 1].hand == f.hand)) {
        raw[i + 1].hand = f.hand;
        raw[i + 1].link = f.link;
        continue;
      }
      const bool ahead = i + 1 < raw.size() && raw[i + 1].acts() && !raw[i + 1].negated &&
                         (raw[i + 1].link == Link::comma || raw[i + 1].link == Link::with) && suits(raw[i + 1], f) &&
                         lacks(raw[i + 1], f);
      if (ahead && !f.angle) {
        merge(raw[i + 1], f, false);
        raw[i + 1].link = f.link;
        continue;
      }
      if (same_sentence && f.times > 0 && f.dirs.empty() && !f.distance && !f.angle && !f.duration && out.back().acts() &&
          out.back().times == 0) {
        out.back().times = f.times;
        continue;
      }
      const bool acts_later =
          std::any_of(raw.begin() + static_cast<long>(i), raw.end(), [](const Frame& g) { return g.acts() && !g.negated; });
      if (!f.speed.empty() && acts_later && f.dirs.empty() && !f.distance && !f.angle && !f.duration && f.hand.empty() &&
          f.times == 0) {
        for (size_t k = i + 1; k < raw.size(); ++k) {
          if (!raw[k].acts()) continue;
          if (raw[k].speed.empty()) raw[k].speed = f.speed;
          break;
        }
        continue;
      }
      if (!f.speed.empty() && f.dirs.empty() && !f.distance && !f.angle && !f.duration && f.hand.empty() && f.times == 0 &&
          (!out.empty() || ahead)) {
        if (!out.empty()) merge(out.back(), f, false);
        continue;
      }
    }
    // "to the door and back"
    if (!f.acts() && same_sentence && f.link == Link::then && f.dirs.size() == 1 && f.dirs[0] == "backward" && !f.distance &&
        !f.duration && f.mentions.empty() && !f.bare) {
      if (out.back().skill == "go_to") f.skill = "go_to", f.preset["target"] = "me", f.dirs.clear();
      else if (is_pointing(out.back().skill)) f.cost += 12;
    }
    // "make a right, then a left"
    if (!f.acts() && same_sentence && f.link == Link::then && f.dirs.size() == 1 && out.back().skill == "turn" &&
        !out.back().angle && (f.dirs[0] == "left" || f.dirs[0] == "right") && !f.distance && !f.duration && !f.bare &&
        f.mentions.empty() && f.hand.empty())
      f.skill = "turn", f.verb = "turn";
    // "forward, but only one step"
    if (same_sentence && f.link == Link::comma && f.skill == "walk" && out.back().skill == "walk" && f.dirs.empty() &&
        f.preset.empty() && f.mentions.empty() && (f.distance || f.duration) && !out.back().distance && !out.back().duration &&
        out.back().mentions.empty()) {
      merge(out.back(), f, false);
      continue;
    }
    if (!f.acts() && !f.mentions.empty() && !out.empty() && is_gesture(out.back().skill) && f.link == Link::then &&
        f.mentions.front().prep)
      f.cost += 12;  // "bow to Tom, then to Anna"
    if (!f.acts() && !f.mentions.empty()) {
      if (same_sentence && out.back().acts() && needs_target(out.back().skill) && out.back().mentions.empty() &&
          !out.back().preset.count("target") && f.link != Link::then) {
        merge(out.back(), f, false);
        continue;
      }
      // "the kids are waiting": a thing without an action, beside actions, is talk.
      const bool others = std::any_of(raw.begin(), raw.end(), [](const Frame& g) { return g.acts() && !g.negated; });
      const bool list = f.mentions.size() == 1 && !f.mentions.front().name.empty() && f.link == Link::comma && same_sentence;
      const bool goes_on =
          !out.empty() &&
          (out.back().skill == "go_to" || (out.back().skill == "walk" && out.back().weak && !out.back().mentions.empty())) &&
          (f.link == Link::then || list);
      // "point at Tom and then at Anna"
      const bool points_on = !out.empty() && same_sentence && is_pointing(out.back().skill) && !f.mentions.front().name.empty() &&
                             (f.link == Link::then || list) && f.unknown.empty();
      const bool more_follow = i + 1 < raw.size() && !raw[i + 1].acts() && raw[i + 1].link == Link::then;
      if (others && !goes_on && !points_on && !f.mentions.front().prep) {
        // "Anna, ..." or "对安娜点点头" cut by a comma.
        continue;
      }
      if (goes_on || points_on || f.mentions.front().prep || more_follow || (!out.empty() && out.back().skill == "go_to"))
        f.skill = "go_to";
      if (points_on) f.skill = out.back().skill;
    }
    out.push_back(f);
  }
  return out;
}

bool repeats(const Frame& a, const Frame& b) {
  return a.skill == b.skill && a.preset == b.preset && a.dirs == b.dirs && a.hand == b.hand && a.distance == b.distance &&
         a.angle == b.angle && a.duration == b.duration && a.say == b.say && a.cannot == b.cannot && a.robots == b.robots &&
         (a.mentions.empty() ? b.mentions.empty()
                             : !b.mentions.empty() && a.mentions[0].name == b.mentions[0].name && !a.mentions[0].name.empty());
}

void put_in_order(std::vector<Frame>& frames) {
  for (size_t i = 0; i + 1 < frames.size(); ++i) {
    if (frames[i].defer) {
      frames[i].defer = false;
      std::swap(frames[i], frames[i + 1]);
      std::swap(frames[i].link, frames[i + 1].link);
      if (frames[i + 1].link != Link::meanwhile) frames[i + 1].link = Link::then;
      ++i;
      // "before coming to me, look at Tom and nod": both come before.
      while (i + 1 < frames.size() && frames[i + 1].acts() && frames[i + 1].sentence == frames[i].sentence &&
             (frames[i + 1].anded || frames[i + 1].link != Link::then)) {
        std::swap(frames[i], frames[i + 1]);
        std::swap(frames[i].link, frames[i + 1].link);
        ++i;
      }
    }
  }
  for (size_t i = 1; i < frames.size(); ++i) {
    if (!frames[i].swap) continue;
    frames[i].swap = false;
    const Link link = frames[i].link;
    std::swap(frames[i - 1], frames[i]);
    frames[i - 1].link = frames[i].link;
    frames[i].link = link;
  }
}

}  // namespace

void complete(Frame& frame, const Frame& said) { merge(frame, said, true); }

Nouns nouns_of(const Scene& scene, const Lexicon& lexicon) {
  Nouns out;
  const Scene none;
  for (const Item& item : scene.items) {
    std::vector<std::string> names = item.aliases;
    names.push_back(item.name);
    for (const std::string& name : names) {
      std::vector<std::string> adjectives;
      std::string noun;
      const std::vector<Unit> units = lexicon.normaliser().units(name);
      for (const Token& t : read_tokens(units, lexicon, none)) {
        if (t.tag == Tag::adj) adjectives.push_back(t.value());
        if (const Meaning* meaning = t.as(Tag::noun)) noun = meaning->value;
      }
      if (!noun.empty()) out[name] = {adjectives, noun};
    }
  }
  return out;
}

Reading read_frames(const std::vector<Token>& tokens, const std::vector<Unit>& units, const std::string& typed,
                    const Scene& scene, const Nouns& nouns, const Memory& memory) {
  Reading reading = FrameBuilder(tokens, units, typed, scene, nouns, memory).build();
  bool negated = false;
  std::vector<Frame> frames = gather(std::move(reading.frames), negated);
  put_in_order(frames);
  std::vector<Frame> out;
  for (Frame& f : frames) {
    if (f.skill == "redo_all" && !out.empty()) {
      const std::vector<Frame> once = out;
      for (int i = 1; i < std::clamp(f.times > 0 ? f.times : 2, 1, kMaxRepeat) && out.size() < 2 * kMaxSteps; ++i)
        out.insert(out.end(), once.begin(), once.end());
      continue;
    }
    const bool said_twice = f.link == Link::with || f.link == Link::none ||
                            (f.link == Link::comma && !out.empty() && out.back().verb != f.verb && !f.has_slots());
    if (!out.empty() && f.echo && f.acts() && out.back().skill == f.skill && !f.has_slots() && f.preset == out.back().preset)
      continue;  // "奶奶让你鞠躬,你就鞠躬"
    if (!out.empty() && f.acts() && said_twice && repeats(out.back(), f)) continue;
    out.push_back(f);
  }
  if (!out.empty()) out.front().link = Link::none;
  reading.frames = std::move(out);
  reading.negated = negated;
  return reading;
}

}  // namespace manybody::brain
