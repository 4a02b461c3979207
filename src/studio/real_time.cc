#include "studio/real_time.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/clock.h"
#include "core/error.h"
#include "studio/command.h"

namespace manybody::studio {
namespace {

constexpr double kWindow = 1.0, kMarkEvery = 0.05;  // s
constexpr int kMaxSingle = 100;

}  // namespace

RealTime::RealTime(double step_seconds, Now now)
    : now_(now ? std::move(now) : core::steady_seconds), step_(step_seconds), last_(now_()) {
  MB_CHECK(step_seconds > 0);
}

void RealTime::set_step(double step_seconds) {
  MB_CHECK(step_seconds > 0);
  advance();
  step_ = step_seconds;
  debt_ = 0;
}

void RealTime::set_speed(double factor) {
  advance();
  speed_ = std::clamp(std::isfinite(factor) ? factor : 1.0, kMinSpeed, kMaxSpeed);
  marks_.clear();
}

void RealTime::set_paused(bool on) {
  if (on == paused_) return;
  advance();
  paused_ = on;
  debt_ = 0;
  single_ = 0;
  marks_.clear();
}

void RealTime::step_once() {
  if (paused_) single_ = std::min(single_ + 1, kMaxSingle);
}

void RealTime::advance() {
  const double now = now_();
  if (!paused_) debt_ = std::min(debt_ + (now - last_) * speed_, std::max(kMaxDebtS * speed_, step_));
  last_ = now;
}

int RealTime::take_due() {
  advance();
  if (paused_) return std::exchange(single_, 0);
  const int due = static_cast<int>(std::floor(debt_ / step_ + 1e-9));
  debt_ = std::max(0.0, debt_ - due * step_);
  simulated_ += due * step_;
  note(last_, simulated_);
  return due;
}

void RealTime::note(double wall, double simulated) {
  if (marks_.empty() || wall - marks_.back().first >= kMarkEvery) marks_.emplace_back(wall, simulated);
  while (marks_.size() > 2 && wall - marks_[1].first >= kWindow) marks_.pop_front();
}

double RealTime::wait_seconds() const {
  const double at_most = 1.0 / 60;
  if (paused_) return single_ > 0 ? 0 : at_most;
  const double due_in = (step_ - debt_) / speed_ - (now_() - last_);
  return std::clamp(due_in, 0.0, at_most);
}

double RealTime::factor() const {
  if (paused_ || marks_.empty()) return 0;
  // Between marks, so that a whole number of steps lies between both ends' clocks.
  const auto& [wall, simulated] = marks_.front();
  const double passed = marks_.back().first - wall;
  return passed > 0 ? (marks_.back().second - simulated) / passed : 0;
}

}  // namespace manybody::studio
