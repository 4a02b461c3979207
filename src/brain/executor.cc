#include "brain/executor.h"

#include <algorithm>
#include <cmath>

namespace manybody::brain {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kUsualMps = 0.5, kTurnRadps = 0.8, kArriveM = 0.08, kTurnedRad = 0.03, kAheadRad = 0.6;
constexpr double kOpenWalkS = 4, kConditionS = 120, kDistanceGain = 1.5, kTurnGain = 2.0, kMarginFactor = 3, kSpeakS = 0.35;
constexpr double kCreep = 0.065;  // of sqrt(g L) and sqrt(g / L): what the gait still walks at
constexpr double kApproachGain = 1.0, kPersonMargin = 0.1, kClearance = 0.35, kBlockedS = 4, kSettleS = 6, kFirmS = 0.6,
                 kCalmS = 2.2;
constexpr double kOffsetRadps = 4;  // how fast offsets may change when a gesture is let go

// A direction instead of a thing: the head alone looks there.
bool is_side(const std::string& target) {
  return target == "left" || target == "right" || target == "up" || target == "down" || target == "forward" ||
         target == "backward";
}

double wrapped(double angle) { return std::remainder(angle, 2 * kPi); }

double speed_near(const Item& item, double distance, double speed) {
  const bool person = item.group == Item::Group::person || item.group == Item::Group::robot;
  return person && distance < kPersonNear ? std::min(speed, kNearPersonMps) : speed;
}

double keep_of(const Item& item) {
  switch (item.group) {
    case Item::Group::person:
    case Item::Group::robot:
      return kPersonKeep + kPersonMargin;
    case Item::Group::object:
      return kThingKeep;
    case Item::Group::place:
      return kPlaceKeep;
  }
  return kPersonKeep;
}

bool is_leg(body::Role role) { return role <= body::Role::toe; }

}  // namespace

const char* to_text(Progress::State state) {
  switch (state) {
    case Progress::State::waiting:
      return "waiting";
    case Progress::State::running:
      return "running";
    case Progress::State::done:
      return "done";
    case Progress::State::failed:
      return "failed";
    case Progress::State::stopped:
      return "stopped";
  }
  return "";
}

Executor::Executor(const body::Body& body, const Skills& skills, const motion::Gestures& gestures, Ability ability)
    : body_(body),
      skills_(skills),
      gestures_(gestures),
      ability_(std::move(ability)),
      creep_mps_(kCreep * std::sqrt(9.81 * std::max(0.1, body.leg_length))),
      creep_radps_(kCreep * std::sqrt(9.81 / std::max(0.1, body.leg_length))) {
  drive_.offsets.assign(body.joints.size(), 0.0);
  wanted_ = held_ = drive_.offsets;
}

void Executor::start(const Plan& plan, const Scene& scene, const std::string& robot, bool spoken_to) {
  plan_.clear(), runs_.clear(), group_begin_ = 0;
  scene_ = scene;
  self_ = robot.empty() ? scene.self : robot;
  for (const Step& step : plan) {
    if (step.robot.empty() ? spoken_to : step.robot == robot) plan_.push_back(step);
  }
  if (!plan_.empty()) plan_.front().parallel = false;
  runs_.resize(plan_.size());
  for (size_t i = 0; i < plan_.size(); ++i) {
    Run& run = runs_[i];
    run.skill = skills_.find(plan_[i].skill);
    run.left = std::clamp(plan_[i].repeat, 1, kMaxRepeat);
    if (run.skill) run.timeout = run.skill->timeout_s;
  }
}

void Executor::interrupt(Cause cause) {
  for (Run& run : runs_) {
    if (run.progress.state == Progress::State::waiting || run.progress.state == Progress::State::running)
      run.progress = {Progress::State::stopped, cause, ""};
  }
  group_begin_ = runs_.size();
  holding_ = false;
}

size_t Executor::group_end() const {
  size_t end = group_begin_ + 1;
  while (end < plan_.size() && plan_[end].parallel) ++end;
  return std::min(end, plan_.size());
}

const Item* Executor::place_of(const std::string& target, const Senses& senses) const {
  const Scene& scene = senses.scene ? *senses.scene : scene_;
  const Item* item = scene.find(target);
  return item && item->position ? item : nullptr;
}

template <class F>
void Executor::each_other(const Senses& senses, F&& f) const {
  const Scene& scene = senses.scene ? *senses.scene : scene_;
  for (const Item& item : scene.items) {
    const bool moves = item.group == Item::Group::person || item.group == Item::Group::robot;
    if (moves && item.position && item.name != self_) f(item);
  }
}

void Executor::finish(size_t i, Progress::State state, Cause cause, const std::string& about) {
  Run& run = runs_[i];
  if (state == Progress::State::done && --run.left > 0) {
    run.begun = false, run.time = 0, run.said = false;
    return;
  }
  run.progress = {state, cause, about};
}

bool Executor::may_begin(size_t i, const Senses& senses) {
  const Step& step = plan_[i];
  if (!step.when) return true;
  const Condition& when = *step.when;
  if (when.event == "hears") return std::find(senses.heard.begin(), senses.heard.end(), when.target) != senses.heard.end();
  const Item* item = place_of(when.target, senses);
  if (!item) return false;
  const double dx = (*item->position)[0] - senses.x, dy = (*item->position)[1] - senses.y;
  const double distance = std::hypot(dx, dy);
  if (when.event == "arrived") return distance < keep_of(*item) + 0.4;
  return distance < 4 && std::fabs(wrapped(std::atan2(dy, dx) - senses.yaw)) < kPi / 3;  // sees
}

void Executor::fit(size_t i, const Senses& senses) {
  Run& run = runs_[i];
  const Step& step = plan_[i];
  std::string name = run.skill->gesture.empty() ? step.skill : run.skill->gesture;
  if (step.skill == "dance" && !text_of(step.arguments, "name").empty()) name = "dance_" + text_of(step.arguments, "name");
  const bool both = text_of(step.arguments, "hand") == "both" && gestures_.find(name + "_both");
  if (both && motion::fit_gesture(*gestures_.find(name + "_both"), body_).missing.empty()) name += "_both";
  const motion::Gesture* gesture = gestures_.find(name);
  if (!gesture) return finish(i, Progress::State::failed, Cause::no_gesture, name);
  double azimuth = 0, elevation = 0;
  const std::string target = text_of(step.arguments, "target");
  if (target == "left" || target == "right") azimuth = target == "left" ? kPi / 2 : -kPi / 2;
  else if (target == "up" || target == "down") elevation = target == "up" ? kPi / 4 : -kPi / 4;
  else if (!target.empty() && target != "forward") {
    const Item* item = place_of(target, senses);
    if (!item) return finish(i, Progress::State::failed, Cause::unknown_place, target);
    const core::Vec3& p = *item->position;
    const double distance = std::hypot(p[0] - senses.x, p[1] - senses.y);
    azimuth = wrapped(std::atan2(p[1] - senses.y, p[0] - senses.x) - senses.yaw);
    elevation = std::clamp(std::atan2(p[2] - 0.8 * body_.height, std::max(0.3, distance)), -0.8, 0.8);
  }
  motion::Hand hand = azimuth > 0.05 && step.skill == "point_at" ? motion::Hand::left : motion::Hand::right;
  const std::string wished = text_of(step.arguments, "hand");
  if (wished == "left") hand = motion::Hand::left;
  if (wished == "right") hand = motion::Hand::right;
  if (wished == "both") hand = motion::Hand::both;
  run.gesture = motion::fit_gesture(*gesture, body_, hand, std::clamp(azimuth, -1.5, 1.5), elevation);
  if (!run.gesture.missing.empty()) {
    // One arm only: the other hand does it.
    if (gesture->mirror && wished.empty())
      run.gesture = motion::fit_gesture(*gesture, body_, hand == motion::Hand::left ? motion::Hand::right : motion::Hand::left,
                                        std::clamp(azimuth, -1.5, 1.5), elevation);
    if (!run.gesture.missing.empty()) return finish(i, Progress::State::failed, Cause::lacks, run.gesture.missing);
  }
  run.length = run.gesture.seconds;
  bool arms[2]{};
  for (const motion::Fitted::JointTrack& track : run.gesture.joints) {
    const body::Joint& joint = body_.joints[static_cast<size_t>(track.joint)];
    if (joint.role == body::Role::shoulder_pitch || joint.role == body::Role::shoulder_roll)
      arms[joint.side == body::Side::right] = true;
    run.bends_legs = run.bends_legs || is_leg(joint.role);
  }
  run.both_arms = arms[0] && arms[1];
  const double asked = number_of(step.arguments, "duration_s", 0);
  if (asked > run.length) run.left = std::max(run.left, static_cast<int>(std::ceil(asked / run.length)));
}

void Executor::begin(size_t i, const Senses& senses) {
  Run& run = runs_[i];
  const Step& step = plan_[i];
  run.begun = true, run.time = 0, run.turned = 0, run.length = 0, run.settling = run.blocked = 0;
  run.progress.state = Progress::State::running;
  run.from_x = senses.x, run.from_y = senses.y, run.from_yaw = run.last_yaw = senses.yaw;
  const double asked = number_of(step.arguments, "duration_s", 0);
  const double speed = std::max(0.05, number_of(step.arguments, "speed_mps", kUsualMps));
  if (!run.skill || !run.skill->learned) return finish(i, Progress::State::failed, Cause::not_learned);
  if (step.skill == "walk") {
    const double distance = number_of(step.arguments, "distance_m", 0);
    run.open = distance <= 0 && asked <= 0;
    run.timeout = distance > 0 ? 5 + kMarginFactor * distance / speed : asked > 0 ? asked + 1 : kOpenWalkS;
  } else if (step.skill == "follow") {
    run.open = asked <= 0;
    run.timeout = asked > 0 ? asked : run.skill->timeout_s;
  } else if (step.skill == "wait" || step.skill == "hold_pose") {
    run.length = asked > 0 ? asked : 3;
    run.timeout = run.length + 1;
    holding_ = step.skill == "hold_pose";
    held_ = drive_.offsets;
  } else if (step.skill == "say") {
    run.length = 0.8 + kSpeakS * 0.2 * static_cast<double>(text_of(step.arguments, "text").size());
    run.timeout = run.length + 1;
  } else if (step.skill == "turn") {
    run.timeout = 5 + kMarginFactor * std::fabs(number_of(step.arguments, "angle_deg", 0)) * kPi / 180 / kTurnRadps;
  } else if (step.skill == "go_to") {
    if (const Item* item = place_of(text_of(step.arguments, "target"), senses)) {
      run.timeout = 10 + kMarginFactor * std::hypot((*item->position)[0] - senses.x, (*item->position)[1] - senses.y) / speed;
    }
  } else if (step.skill == "look_at") {
    // The body turns first; the head does the rest.
    run.timeout = run.skill->timeout_s;
  } else if (step.skill != "stop") {
    fit(i, senses);
    run.timeout = run.length * 2 + 2;
  }
}

void Executor::walk(size_t i, const Senses& senses) {
  Run& run = runs_[i];
  const Arguments& a = plan_[i].arguments;
  const std::string direction = text_of(a, "direction");
  const bool sideways = direction == "left" || direction == "right";
  double speed = std::min(number_of(a, "speed_mps", kUsualMps), ability_.speed_max_mps);
  if (direction != "forward") speed = std::min(speed, 0.4);
  const double dx = senses.x - run.from_x, dy = senses.y - run.from_y, c = std::cos(run.from_yaw), s = std::sin(run.from_yaw);
  const double ahead = c * dx + s * dy, left = -s * dx + c * dy;
  const double gone = direction == "forward" ? ahead : direction == "backward" ? -ahead : direction == "left" ? left : -left;
  const double asked = number_of(a, "duration_s", 0), distance = number_of(a, "distance_m", 0);
  if (asked > 0 && run.time >= asked) return finish(i, Progress::State::done);
  if (distance > 0) {
    if (gone >= distance - kArriveM) return finish(i, Progress::State::done);
    speed = std::min(speed, std::max(creep_mps_, kDistanceGain * (distance - gone)));
  } else if (run.open && run.time >= kOpenWalkS) {
    return finish(i, Progress::State::done);
  }
  const double sign = direction == "forward" || direction == "left" ? 1 : -1;
  (sideways ? drive_.vy : drive_.vx) = sign * speed;
  const double drift = sideways ? ahead : left;
  (sideways ? drive_.vx : drive_.vy) = std::clamp(-0.8 * drift, -0.15, 0.15);
  drive_.wz = std::clamp(kTurnGain * wrapped(run.from_yaw - senses.yaw), -0.5, 0.5);
  drive_.moving = true;
}

void Executor::turn(size_t i, const Senses& senses) {
  Run& run = runs_[i];
  run.turned += wrapped(senses.yaw - run.last_yaw);
  run.last_yaw = senses.yaw;
  const double rest = number_of(plan_[i].arguments, "angle_deg", 0) * kPi / 180 - run.turned;
  if (std::fabs(rest) < kTurnedRad) return finish(i, Progress::State::done);
  drive_.wz = std::copysign(std::clamp(kTurnGain * std::fabs(rest), creep_radps_, kTurnRadps), rest);
  drive_.moving = true;
}

void Executor::go(size_t i, const Senses& senses, bool follow) {
  Run& run = runs_[i];
  const Arguments& a = plan_[i].arguments;
  const std::string target = text_of(a, "target");
  const Item* item = place_of(target, senses);
  if (!item) return finish(i, Progress::State::failed, Cause::unknown_place, target);
  const double asked = number_of(a, "duration_s", 0);
  if (follow && asked > 0 && run.time >= asked) return finish(i, Progress::State::done);
  const bool look = plan_[i].skill == "look_at";
  const core::Vec3 aim = look ? *item->position : way_to(*item, senses);
  const double distance = std::hypot((*item->position)[0] - senses.x, (*item->position)[1] - senses.y),
               keep = keep_of(*item) + (follow ? 0.3 : 0.0),
               bearing = wrapped(std::atan2(aim[1] - senses.y, aim[0] - senses.x) - senses.yaw);
  if (!look && distance <= keep + kArriveM) {
    if (!follow) return finish(i, Progress::State::done);
    drive_.wz = std::fabs(bearing) > 0.3 ? std::clamp(kTurnGain * bearing, -kTurnRadps, kTurnRadps) : 0;
    drive_.moving = drive_.wz != 0;
    return;
  }
  if (look && std::fabs(bearing) < 0.12) return finish(i, Progress::State::done);
  drive_.wz = std::clamp(kTurnGain * bearing, -kTurnRadps, kTurnRadps);
  if (look) drive_.wz = std::copysign(std::max(std::fabs(drive_.wz), creep_radps_), bearing);
  if (!look && std::fabs(bearing) < kAheadRad) {
    const double speed = std::min(number_of(a, "speed_mps", kUsualMps), ability_.speed_max_mps);
    drive_.vx = speed_near(*item, distance, std::min(speed, std::max(creep_mps_, kDistanceGain * (distance - keep))));
  }
  drive_.moving = true;
}

void Executor::go_on(size_t i, const Senses& senses, double dt) {
  Run& run = runs_[i];
  const Step& step = plan_[i];
  if (!run.begun) {
    run.time += dt;
    if (!may_begin(i, senses)) {
      if (run.time > kConditionS) finish(i, Progress::State::failed, Cause::too_late);
      return;
    }
    begin(i, senses);
    if (run.progress.state != Progress::State::running) return;
  }
  if (is_settling(i, senses, dt)) return;
  run.time += dt;
  if (step.skill == "walk") walk(i, senses);
  else if (step.skill == "turn") turn(i, senses);
  else if (step.skill == "go_to" || step.skill == "follow") go(i, senses, step.skill == "follow");
  else if (step.skill == "look_at" && !is_side(text_of(step.arguments, "target"))) go(i, senses, false);
  else if (step.skill == "stop") return interrupt(Cause::stopped);
  else {
    if (step.skill == "say" && !run.said) drive_.say = text_of(step.arguments, "text"), run.said = true;
    if (step.skill == "look_at" && run.length == 0) fit(i, senses);
    if (run.progress.state != Progress::State::running) return;
    if (!run.gesture.joints.empty()) {
      // A pose that the next step holds stops at its middle.
      const bool held_next =
          run.left <= 1 && group_end() < plan_.size() && plan_[group_end()].skill == "hold_pose" && i + 1 == group_end();
      const double time = held_next ? std::min(run.time, run.gesture.hold_from) : run.time;
      motion::offsets_at(run.gesture, time, wanted_);
      if (held_next && run.time >= run.gesture.hold_from) return finish(i, Progress::State::done);
    }
    if (run.length > 0 ? run.time >= run.length : run.gesture.joints.empty() && step.skill != "look_at")
      finish(i, Progress::State::done);
    if (step.skill == "hold_pose" && run.progress.state != Progress::State::running) holding_ = false;
  }
  if (run.progress.state == Progress::State::running && run.begun && run.time > run.timeout + 1e-9) {
    finish(i, run.open ? Progress::State::done : Progress::State::failed, run.open ? Cause::none : Cause::too_long);
  }
}

// Legs are bent only by who stands firmly; one that goes on stepping says that it cannot. Both arms go up once a robot that came to
// rest has found its balance; one that walks need not wait.
bool Executor::is_settling(size_t i, const Senses& senses, double dt) {
  Run& run = runs_[i];
  if (run.time > 0) return false;
  if (run.both_arms && !run.bends_legs) return senses.stood > 0 && senses.stood < kCalmS;
  if (!run.bends_legs || senses.stood >= kFirmS) return false;
  run.settling += dt;
  if (run.settling > kSettleS) finish(i, Progress::State::failed, Cause::unsteady);
  return true;
}

bool Executor::walks() const {
  return std::any_of(runs_.begin(), runs_.end(), [](const Run& run) {
    const auto& needs = run.skill ? run.skill->needs : std::vector<std::string>{};
    return std::find(needs.begin(), needs.end(), "legs") != needs.end();
  });
}

// Where to head for: the target itself, or beside whoever stands in the way.
core::Vec3 Executor::way_to(const Item& target, const Senses& senses) const {
  const core::Vec3& goal = *target.position;
  const double dx = goal[0] - senses.x, dy = goal[1] - senses.y, length = std::hypot(dx, dy);
  core::Vec3 aim = goal;
  double nearest = length - keep_of(target);
  each_other(senses, [&](const Item& item) {
    if (item.name == target.name || length < 1e-6) return;
    const double px = (*item.position)[0] - senses.x, py = (*item.position)[1] - senses.y;
    const double along = (px * dx + py * dy) / length, beside = (dx * py - dy * px) / length;  // beside: it stands to the left
    const double clear = kPersonKeep + kClearance;
    if (along <= 0 || along >= nearest || std::fabs(beside) >= clear) return;
    nearest = along;
    const double side = beside > 0 ? -1 : 1;  // pass on the other side
    aim = {(*item.position)[0] - side * clear * dy / length, (*item.position)[1] + side * clear * dx / length, goal[2]};
  });
  return aim;
}

// Whatever wants to walk: the part of the velocity that nears somebody is held down, and taken away at kPersonKeep.
void Executor::keep_away(const Senses& senses, double dt) {
  const double wanted = std::hypot(drive_.vx, drive_.vy);
  if (wanted <= 0) return;
  each_other(senses, [&](const Item& item) {
    const double px = (*item.position)[0] - senses.x, py = (*item.position)[1] - senses.y, far = std::hypot(px, py);
    if (far > kPersonNear || far < 1e-6) return;
    const double bearing = std::atan2(py, px) - senses.yaw, ux = std::cos(bearing), uy = std::sin(bearing);
    const double allowed = std::clamp(kApproachGain * (far - kPersonKeep), 0.0, kNearPersonMps);
    const double nears = drive_.vx * ux + drive_.vy * uy;
    if (nears > allowed) drive_.vx -= (nears - allowed) * ux, drive_.vy -= (nears - allowed) * uy;
    const double speed = std::hypot(drive_.vx, drive_.vy);
    if (speed > kNearPersonMps) drive_.vx *= kNearPersonMps / speed, drive_.vy *= kNearPersonMps / speed;
  });
  give_up_blocked(std::hypot(drive_.vx, drive_.vy) < 0.3 * std::min(wanted, kNearPersonMps), dt);
}

void Executor::give_up_blocked(bool held_up, double dt) {
  for (size_t i = group_begin_; i < group_end() && i < runs_.size(); ++i) {
    Run& run = runs_[i];
    if (run.progress.state != Progress::State::running || (plan_[i].skill != "walk" && plan_[i].skill != "go_to")) continue;
    run.blocked = held_up ? run.blocked + dt : 0;
    if (run.blocked > kBlockedS) finish(i, Progress::State::failed, Cause::blocked);
  }
}

void Executor::next_group(const Senses&) {
  const size_t end = group_end();
  bool active = false, closed = false, failed = false;
  for (size_t i = group_begin_; i < end; ++i) {
    const Progress::State state = runs_[i].progress.state;
    const bool going = state == Progress::State::waiting || state == Progress::State::running;
    active = active || (going && !runs_[i].open);
    closed = closed || !runs_[i].open;
    failed = failed || state == Progress::State::failed;
  }
  bool open_left = false;
  for (size_t i = group_begin_; i < end; ++i)
    open_left =
        open_left || runs_[i].progress.state == Progress::State::running || runs_[i].progress.state == Progress::State::waiting;
  if (active || (open_left && !closed)) return;
  for (size_t i = group_begin_; i < end; ++i) {
    if (runs_[i].progress.state == Progress::State::running) runs_[i].progress = {Progress::State::done, Cause::none, ""};
  }
  group_begin_ = end;
  if (failed && group_begin_ < runs_.size()) interrupt(Cause::step_failed);
}

// Offsets follow what gestures want, and fade when nothing wants them.
void Executor::ease_offsets(double dt) {
  const std::vector<double>& goal = holding_ ? held_ : wanted_;
  for (size_t j = 0; j < drive_.offsets.size(); ++j) {
    const double step = kOffsetRadps * dt;
    drive_.offsets[j] += std::clamp(goal[j] - drive_.offsets[j], -step, step);
  }
}

const Drive& Executor::tick(const Senses& senses, double dt) {
  drive_.vx = drive_.vy = drive_.wz = 0;
  drive_.say.clear();
  drive_.moving = false;
  std::fill(wanted_.begin(), wanted_.end(), 0.0);
  if (senses.fallen && running()) interrupt(Cause::fell);
  if (running()) {
    const size_t end = group_end();
    for (size_t i = group_begin_; i < end && running(); ++i) {
      const Progress::State state = runs_[i].progress.state;
      if (state == Progress::State::waiting || state == Progress::State::running) go_on(i, senses, dt);
    }
    keep_away(senses, dt);
    if (running()) next_group(senses);
  }
  if (!running() && runs_.empty()) holding_ = false;
  ease_offsets(dt);
  return drive_;
}

}  // namespace manybody::brain
