#include "learn/player.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/files.h"
#include "learn/evaluate.h"
#include "signal/contract.h"

namespace manybody::learn {
namespace {

using core::operator-;
using core::operator+;
using core::operator*;
using core::Vec3;

task::WalkTaskConfig player_config(const body::Body& body, const std::optional<policy::Policy>& policy, const std::string& folder,
                                   const PlayerOptions& options) {
  task::WalkTaskConfig config;
  if (policy) config = bundle_config(policy->bundle(), folder, body);
  config.terrain = options.terrain;
  config.collisions = options.collisions;
  return config;
}

std::optional<policy::Policy> load_policy(const std::string& folder) {
  if (folder.empty()) return std::nullopt;
  return policy::Policy::load(folder);
}

constexpr double kRangeMargin = 0.02, kSpeedShare = 0.8, kSpeedUnknown = 8;  // rad, of the speed limit, rad/s where none is known

}  // namespace

Player::Player(const body::Body& body, const std::string& policy_folder, const PlayerOptions& options)
    : body_(body),
      options_(options),
      policy_(load_policy(policy_folder)),
      config_(player_config(body, policy_, policy_folder, options)),
      env_(body, config_, {1, 1, options.seed, false}),
      action_(env_.action_size(), 0.0f) {
  stride_.resize(std::max(1l, std::lround(env_.model().period / env_.model().dt)));
  env_.reset();
}

std::array<std::array<double, 2>, 3> Player::command_range() const {
  const task::CommandConfig& range = config_.command;
  const double scale = task::command_scale(body_.leg_length);
  return {{{range.vx_min * scale, range.vx_max * scale},
           {-range.vy_max * scale, range.vy_max * scale},
           {-range.wz_max, range.wz_max}}};
}

void Player::set_command(const signal::VelocityCommand& c) {
  const auto range = command_range();
  const auto clipped = [&](double v, int axis) { return std::clamp(v, range[axis][0], range[axis][1]); };
  command_ = {clipped(c.vx, 0), clipped(c.vy, 1), clipped(c.wz, 2)};
  env_.set_command(0, command_);
}

void Player::set_offsets(std::span<const double> offsets) {
  MB_CHECK(offsets.size() == body_.joints.size());
  offsets_wanted_.resize(body_.actuated.size());
  offsets_.resize(body_.actuated.size());
  for (size_t a = 0; a < offsets_wanted_.size(); ++a) {
    const body::Joint& joint = body_.joints[static_cast<size_t>(body_.actuated[a])];
    const double wanted = offsets[static_cast<size_t>(body_.actuated[a])];
    const double low = std::min(0.0, joint.low + kRangeMargin - joint.home),
                 high = std::max(0.0, joint.high - kRangeMargin - joint.home);
    offsets_wanted_[a] = std::isfinite(wanted) ? std::clamp(wanted, low, high) : 0;
  }
}

void Player::follow_offsets() {
  if (offsets_.empty()) return;
  for (size_t a = 0; a < offsets_.size(); ++a) {
    const double speed = body_.joints[static_cast<size_t>(body_.actuated[a])].velocity_max;
    const double step = kSpeedShare * (speed > 0 ? speed : kSpeedUnknown) * dt();
    offsets_[a] += std::clamp(offsets_wanted_[a] - offsets_[a], -step, step);
  }
  env_.set_offsets(0, offsets_);
}

void Player::push(int link, const Vec3& point, const Vec3& force, double seconds) {
  if (link < 0 || link >= static_cast<int>(body_.links.size()) || !(seconds > 0)) return;
  env_.batch().inspect(0, poses_);
  const float* pose = &poses_.links[7 * link];
  const core::Quat rotation{pose[3], pose[4], pose[5], pose[6]};
  push_local_ = core::rotate(core::conjugate(rotation), point - Vec3{pose[0], pose[1], pose[2]});
  const double limit = 3 * body_.mass * env_.model().gravity, size = core::norm(force);
  push_force_ = size > limit ? (limit / size) * force : force;
  push_link_ = link;
  push_left_ = std::min(seconds, 2.0);
}

// The pushed point moves with its link; the batch takes the equivalent wrench on the root.
void Player::apply_push() {
  std::span<double> wrench = env_.batch().push(0);
  std::fill(wrench.begin(), wrench.end(), 0.0);
  if (push_left_ <= 0) return;
  push_left_ -= dt();
  env_.batch().inspect(0, poses_);
  const float* pose = &poses_.links[7 * push_link_];
  const Vec3 point = Vec3{pose[0], pose[1], pose[2]} + core::rotate({pose[3], pose[4], pose[5], pose[6]}, push_local_);
  const Vec3 root{poses_.links[0], poses_.links[1], poses_.links[2]};
  const Vec3 arm = point - root;
  const Vec3 torque = core::cross(arm, push_force_);
  for (int i = 0; i < 3; ++i) wrench[i] = push_force_[i], wrench[3 + i] = torque[i];
}

void Player::tick() {
  if (lying_ > 0 && (lying_ -= dt()) <= 0) {
    reset();
    return;
  }
  apply_push();
  follow_offsets();
  if (policy_ && lying_ <= 0) policy_->act(env_.observation(), action_);
  if (tape_ && !tape_ended_) {
    step_on_tape();
  } else {
    env_.step(action_);
  }
  time_ += dt();
  const double speed = env_.model().speed_unit;
  const task::Situation& s = env_.situation(0);
  stride_[stride_at_] = {s.velocity[0] * speed, s.velocity[1] * speed, env_.yaw_rate(0)};
  stride_at_ = (stride_at_ + 1) % stride_.size();
  stride_count_ = std::min(stride_count_ + 1, stride_.size());
  if (lying_ <= 0 && env_.fallen(0)) {
    ++falls_;
    lying_ = options_.lie_seconds;
    std::fill(action_.begin(), action_.end(), 0.0f);
    std::fill(offsets_wanted_.begin(), offsets_wanted_.end(), 0.0);
  }
}

void Player::reset() {
  lying_ = push_left_ = 0;
  offsets_.clear(), offsets_wanted_.clear();
  tape_ended_ = true;  // what follows does not continue the ticks before
  stride_count_ = stride_at_ = 0;
  std::fill(action_.begin(), action_.end(), 0.0f);
  env_.reset_world(0, 0, false);
}

bool Player::reload(const std::string& folder) {
  policy::Policy fresh = policy::Policy::load(folder);
  const signal::Contract contract = signal::make_contract(env_.model());
  policy::check_bundle_fits(fresh.bundle(), folder, body_.name, env_.model().names, contract.hash);
  if (policy_ && fresh.info().steps == policy_->info().steps) return false;
  policy_.emplace(std::move(fresh));
  return true;
}

Vec3 Player::stride_velocity() const {
  Vec3 sum{};
  for (size_t i = 0; i < stride_count_; ++i) sum = sum + stride_[i];
  return stride_count_ > 0 ? (1.0 / static_cast<double>(stride_count_)) * sum : sum;
}

std::array<double, 2> Player::foot_clearance() const {
  const task::Situation& s = env_.situation(0);
  return {s.feet[0].height * body_.leg_length, s.feet[1].height * body_.leg_length};
}

void Player::start_tape() {
  tape_.emplace();
  tape_->contract = signal::make_contract(env_.model()).hash;
  tape_started_ = tape_ended_ = false;
}

signal::Tape Player::take_tape() {
  MB_CHECK(tape_.has_value());
  signal::Tape tape = std::move(*tape_);
  tape_.reset();
  return tape;
}

// A tick on the tape is observe, then act. The environment acts first and observes last, so a tick's first half is what it
// holds before the step; the very first step only gives the state to start from.
void Player::step_on_tape() {
  signal::TapeTick tick;
  tick.measured = env_.measured(0);
  tick.command = env_.observed_command(0);
  tick.observation.assign(env_.observation().begin(), env_.observation().end());
  tick.action = action_;
  const signal::GaitState gait = env_.signal(0).gait();
  env_.step(action_);
  tick.targets.assign(env_.targets(0).begin(), env_.targets(0).end());
  if (tape_started_) {
    tape_->ticks.push_back(std::move(tick));
  } else {
    tape_->start = env_.signal(0).state();
    tape_->start.gait = gait;
    tape_started_ = true;
  }
}

}  // namespace manybody::learn
