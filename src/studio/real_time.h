// Keeps a simulation in step with the wall clock: how many control steps are due now, and how fast it really ran.
//
// Reads: the wall clock (or a test's). Writes: steps due, seconds to wait, the true real-time factor.
// Method: a debt of simulated seconds grows with wall time times speed; a machine too slow for the speed drops what it cannot
//         pay within kMaxDebtS instead of racing after it. The factor is measured over the last second or so.
// Limits: one thread. speed kMinSpeed … kMaxSpeed.
#pragma once

#include <deque>
#include <functional>

namespace manybody::studio {

inline constexpr double kMaxDebtS = 0.1;  // wall seconds

class RealTime {
 public:
  using Now = std::function<double()>;                   // monotonic wall seconds
  explicit RealTime(double step_seconds, Now now = {});  // of one control step

  void set_step(double step_seconds);  // another body, another rate
  void set_speed(double factor);       // clipped
  void set_paused(bool on);
  void step_once();  // one step although paused

  // Steps to simulate now; call again after them, or after wait_seconds.
  int take_due();
  double wait_seconds() const;  // until the next step is due, at most 1/60

  double speed() const { return speed_; }
  bool paused() const { return paused_; }
  double factor() const;  // simulated seconds a wall second, measured; 0 while paused

 private:
  void advance();
  void note(double wall, double simulated);

  Now now_;
  double step_, speed_ = 1, last_, debt_ = 0;  // debt in simulated seconds
  bool paused_ = false;
  int single_ = 0;
  double simulated_ = 0;                         // since the start
  std::deque<std::pair<double, double>> marks_;  // (wall, simulated), at most a second old
};

}  // namespace manybody::studio
