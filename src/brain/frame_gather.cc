#include "brain/frame_gather.h"

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

class Gatherer {
 public:
  explicit Gatherer(std::vector<Frame> raw) : raw_(std::move(raw)) {}

  std::vector<Frame> run() {
    // In this order: what is no order, calls and beginnings, corrections, fragments, places.
    static constexpr Rule kRules[] = {
        &Gatherer::not_asked,      &Gatherer::call_to_begin, &Gatherer::angle_put_last, &Gatherer::said_again_with_more,
        &Gatherer::call_at_end,    &Gatherer::beginning,     &Gatherer::vague_call,     &Gatherer::walk_then_walk_to,
        &Gatherer::manner_first,   &Gatherer::gesture_first, &Gatherer::one_hand_up,    &Gatherer::corrected,
        &Gatherer::fragment,       &Gatherer::and_back,      &Gatherer::turn_again,     &Gatherer::only_so_far,
        &Gatherer::place_or_thing,
    };
    for (i_ = 0; i_ < raw_.size(); ++i_) {
      Frame& f = raw_[i_];
      const bool taken = std::any_of(std::begin(kRules), std::end(kRules), [&](Rule rule) { return (this->*rule)(f); });
      if (!taken) out_.push_back(f);
    }
    return std::move(out_);
  }
  bool negated() const { return negated_; }

 private:
  using Rule = bool (Gatherer::*)(Frame& f);  // true: nothing is left to be done with it

  Frame* next() { return i_ + 1 < raw_.size() ? &raw_[i_ + 1] : nullptr; }
  Frame* kept() { return out_.empty() ? nullptr : &out_.back(); }
  Frame* kept_here(const Frame& f) { return !out_.empty() && out_.back().sentence == f.sentence ? &out_.back() : nullptr; }
  static bool measured(const Frame& f) { return f.distance || f.angle || f.duration; }

  bool not_asked(Frame& f) {
    if (f.statement) return true;
    if (f.negated) negated_ = negated_ || !f.skill.empty();
    return f.negated;
  }

  // "three paces back, march!", "后退三步走": the order to begin what was said.
  bool call_to_begin(Frame& f) {
    const Frame* last = kept_here(f);
    if (!last || i_ == 0 || f.skill != "walk" || f.has_slots() || !f.preset.empty() || f.link == Link::then) return false;
    const bool open = last->skill == "walk" || (!last->acts() && !last->dirs.empty());
    return open && (last->distance || last->duration) && (f.verb == "march" || f.verb == "走" || f.verb == "走起");
  }

  // "往左转,但只转三十度"
  bool angle_put_last(Frame& f) {
    Frame* last = kept_here(f);
    if (!last || f.link != Link::comma || f.skill != "turn" || !f.angle || !f.dirs.empty() || !f.preset.empty()) return false;
    if (last->skill != "turn" || last->angle || (last->dirs.empty() && !last->preset.count("direction"))) return false;
    merge(*last, f, false);
    return true;
  }

  // "跟牢汤姆,跟一分钟", "dance, dance for ten seconds"
  bool said_again_with_more(Frame& f) {
    Frame* last = kept_here(f);
    if (!last || f.link != Link::comma || !f.acts() || last->skill != f.skill || f.robots != last->robots) return false;
    if (!f.mentions.empty() || !f.dirs.empty() || !f.hand.empty() || f.distance || f.angle || (!f.duration && f.times == 0))
      return false;
    if (measured(*last) || last->times != 0 || (!f.preset.empty() && f.skill != "follow")) return false;
    merge(*last, f, false);
    return true;
  }

  // "… for twenty seconds, go!": a call, no action.
  bool call_at_end(Frame& f) {
    const Frame* last = kept();
    return i_ > 0 && !next() && last && last->acts() && f.skill == "walk" && f.weak && !f.has_slots() && f.preset.empty() &&
           f.robots == last->robots && f.unknown.empty();
  }

  // "go over and bow", "turn, turn right": a beginning that says nothing yet.
  bool beginning(Frame& f) {
    Frame* after = next();
    const bool hollow = f.acts() && f.cannot.empty() && !f.has_slots() && (f.preset.empty() || f.loose) && after &&
                        after->acts() && !after->negated && !after->statement && !f.when && !f.defer;
    if (!hollow) return false;
    const bool goes = f.skill == "walk" && (f.weak || (f.preset.empty() && f.dirs.empty() && f.verb.ends_with("over")));
    if (!goes && !(f.skill == "go_to" && f.soft) && !(f.skill == "turn" && after->skill == "turn" && !f.loose)) return false;
    after->link = after->link == Link::meanwhile ? Link::meanwhile : f.link;
    return true;
  }

  // "Move it! To the window!"
  bool vague_call(Frame& f) {
    const Frame* after = next();
    return f.skill == "vague" && !f.has_slots() && after && after->sentence != f.sentence && !after->negated &&
           !after->statement && (after->acts() || (!after->mentions.empty() && after->mentions.front().prep));
  }

  // "往前走,走到椅子那儿": one way.
  bool walk_then_walk_to(Frame& f) {
    Frame* after = next();
    if (f.skill != "walk" || f.distance || f.duration || f.bare || !f.mentions.empty() || !after) return false;
    if (after->skill != "go_to" || after->link != Link::comma || after->sentence != f.sentence || after->negated ||
        after->verb.rfind("走到", 0) != 0 || f.robots != after->robots)
      return false;
    after->link = f.link;
    if (after->speed.empty()) after->speed = f.speed;
    return true;
  }

  // "walk, don't run, to the table": how to go, said before where.
  bool manner_first(Frame& f) {
    if ((f.skill != "walk" && !(f.skill == "go_to" && f.soft)) || f.has_slots() || !f.preset.empty() || f.when) return false;
    if (i_ + 2 >= raw_.size() || !next()->negated) return false;
    Frame& where = raw_[i_ + 2];
    if (where.sentence != f.sentence || where.link == Link::then) return false;
    if (where.skill != "go_to" && (where.acts() || where.mentions.empty() || !where.mentions.front().prep)) return false;
    where.link = f.link;
    return true;
  }

  // "挥着手走到门口": walking is the ground, the gesture goes with it.
  bool gesture_first(Frame& f) {
    Frame* after = next();
    if (f.verb.find("着") == std::string::npos || !is_gesture(f.skill) || f.skill == "stand" || f.skill == "squat") return false;
    if (!after || after->link != Link::with || !after->acts() || after->negated || is_gesture(after->skill) ||
        f.link == Link::meanwhile || after->skill == "hold_pose" || after->skill == "wait")
      return false;
    std::swap(f, *after);
    f.link = after->link;
    after->link = Link::meanwhile;
    return false;
  }

  // "抬起左手挥一挥": one hand is no raising of the arms.
  bool one_hand_up(Frame& f) {
    if (f.skill != "raise_arms" || !f.soft) return false;
    Frame* after = next();
    if (f.hand == "left" || f.hand == "right") {
      if (!after || (after->skill != "wave" && after->skill != "point_at")) {
        f.skill.clear();
        return false;
      }
      if (after->hand.empty()) after->hand = f.hand;
      after->link = f.link;
      return true;
    }
    const bool waves_one = f.hand.empty() && after && after->skill == "wave" && after->link == Link::with &&
                           after->preset.count("hand") && after->preset["hand"] != "both";
    if (waves_one) after->link = f.link;
    return waves_one;
  }

  bool corrected(Frame& f) {
    if (!f.correction || out_.empty() || f.link == Link::none) return false;
    correct(out_, f);
    return true;
  }

  // "… walk. Three metres."
  bool gives_length(const Frame& f) const {
    return !out_.empty() && out_.back().sentence + 1 == f.sentence && out_.back().skill == "walk" && !out_.back().distance &&
           !out_.back().duration && f.distance && f.dirs.empty();
  }
  bool continues(const Frame& f) const { return !out_.empty() && (out_.back().sentence == f.sentence || gives_length(f)); }

  // How far, how fast, how often, with which hand: for the action before, or the one that follows.
  bool fragment(Frame& f) {
    if (!only_modifies(f)) return false;
    const bool near = continues(f);
    const bool soft_link = gives_length(f) || f.link == Link::comma || f.link == Link::none || f.link == Link::with ||
                           (f.link == Link::then && !f.speed.empty());
    if (near && soft_link && lacks(out_.back(), f) &&
        (only_modifies(out_.back()) || (out_.back().acts() && suits(out_.back(), f)))) {
      merge(out_.back(), f, false);
      return true;
    }
    return hand_of_next(f) || part_of_next(f) || times_of_last(f, near) || pace(f);
  }

  // "stick your left hand up and wave it"
  bool hand_of_next(Frame& f) {
    Frame* after = next();
    if (f.hand.empty() || !f.dirs.empty() || !after || (after->skill != "wave" && after->skill != "point_at")) return false;
    if (!after->hand.empty() && after->hand != f.hand) return false;
    after->hand = f.hand;
    after->link = f.link;
    return true;
  }

  bool joins_next(const Frame& f) {
    const Frame* after = next();
    return after && after->acts() && !after->negated && (after->link == Link::comma || after->link == Link::with) &&
           suits(*after, f) && lacks(*after, f);
  }
  bool part_of_next(Frame& f) {
    if (f.angle || !joins_next(f)) return false;
    merge(*next(), f, false);
    next()->link = f.link;
    return true;
  }

  bool times_of_last(Frame& f, bool near) {
    if (!near || f.times == 0 || !f.dirs.empty() || measured(f) || !out_.back().acts() || out_.back().times != 0) return false;
    out_.back().times = f.times;
    return true;
  }

  // A pace alone: of the next action, else of the last.
  bool pace(Frame& f) {
    if (f.speed.empty() || !f.dirs.empty() || measured(f) || !f.hand.empty() || f.times > 0) return false;
    const auto first = raw_.begin() + static_cast<std::ptrdiff_t>(i_);
    if (std::any_of(first, raw_.end(), [](const Frame& g) { return g.acts() && !g.negated; })) {
      const auto act = std::find_if(first + 1, raw_.end(), [](const Frame& g) { return g.acts(); });
      if (act != raw_.end() && act->speed.empty()) act->speed = f.speed;
      return true;
    }
    if (out_.empty()) return joins_next(f);
    merge(out_.back(), f, false);
    return true;
  }

  // "to the door and back"
  bool and_back(Frame& f) {
    if (f.acts() || !continues(f) || f.link != Link::then || f.dirs.size() != 1 || f.dirs[0] != "backward" || f.distance ||
        f.duration || !f.mentions.empty() || f.bare)
      return false;
    if (out_.back().skill == "go_to") f.skill = "go_to", f.preset["target"] = "me", f.dirs.clear();
    else if (is_pointing(out_.back().skill)) f.cost += kUnclear;
    return false;
  }

  // "make a right, then a left"
  bool turn_again(Frame& f) {
    if (f.acts() || !continues(f) || f.link != Link::then || f.dirs.size() != 1 || out_.back().skill != "turn" ||
        out_.back().angle)
      return false;
    if ((f.dirs[0] == "left" || f.dirs[0] == "right") && !f.distance && !f.duration && !f.bare && f.mentions.empty() &&
        f.hand.empty())
      f.skill = "turn", f.verb = "turn";
    return false;
  }

  // "forward, but only one step"
  bool only_so_far(Frame& f) {
    if (!continues(f) || f.link != Link::comma || f.skill != "walk" || !f.dirs.empty() || !f.preset.empty() ||
        !f.mentions.empty() || (!f.distance && !f.duration))
      return false;
    Frame& last = out_.back();
    if (last.skill != "walk" || last.distance || last.duration || !last.mentions.empty()) return false;
    merge(last, f, false);
    return true;
  }

  // A name without an action: whom or what the last one is for, where to go next, or talk.
  bool place_or_thing(Frame& f) {
    if (f.acts() || f.mentions.empty()) return false;
    Frame* last = kept();
    const Mention& thing = f.mentions.front();
    if (last && is_gesture(last->skill) && f.link == Link::then && thing.prep) f.cost += kUnclear;  // "bow to Tom, then to Anna"
    const bool near = continues(f);
    if (near && last->acts() && needs_target(last->skill) && last->mentions.empty() && !last->preset.count("target") &&
        f.link != Link::then) {
      merge(*last, f, false);
      return true;
    }
    const bool others = std::any_of(raw_.begin(), raw_.end(), [](const Frame& g) { return g.acts() && !g.negated; });
    const bool list = f.mentions.size() == 1 && !thing.name.empty() && f.link == Link::comma && near;
    const bool goes = last && (last->skill == "go_to" || (last->skill == "walk" && last->weak && !last->mentions.empty()));
    const bool goes_on = goes && (f.link == Link::then || list);
    // "point at Tom and then at Anna"
    const bool points_on =
        near && is_pointing(last->skill) && !thing.name.empty() && (f.link == Link::then || list) && f.unknown.empty();
    // "Anna, …", "对安娜点点头" cut by a comma, "the kids are waiting": a thing without an action, beside actions, is talk.
    if (others && !goes_on && !points_on && !thing.prep) return true;
    const bool more_follow = next() && !next()->acts() && next()->link == Link::then;
    if (goes_on || points_on || thing.prep || more_follow || (last && last->skill == "go_to")) f.skill = "go_to";
    if (points_on) f.skill = last->skill;
    return false;
  }

  static constexpr double kUnclear = 12;  // cost of what must be asked about

  std::vector<Frame> raw_, out_;
  size_t i_ = 0;
  bool negated_ = false;
};

}  // namespace

void complete(Frame& frame, const Frame& said) { merge(frame, said, true); }

std::vector<Frame> gather(std::vector<Frame> raw, bool& negated) {
  Gatherer gatherer(std::move(raw));
  std::vector<Frame> out = gatherer.run();
  negated = gatherer.negated();
  return out;
}

}  // namespace manybody::brain
