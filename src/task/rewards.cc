#include "task/rewards.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace manybody::task {
namespace {

using S = Situation;
using C = RewardConfig;

double sq(double x) { return x * x; }

double track_velocity(const S& s, const C& c) {
  return std::exp(-(sq(s.velocity[0] - s.command[0]) + sq(s.velocity[1] - s.command[1])) / c.velocity_tolerance);
}
double track_stride(const S& s, const C& c) { return std::exp(-s.drift_sq / c.stride_tolerance); }
double track_yaw(const S& s, const C& c) { return std::exp(-sq(s.yaw_rate - s.command[2]) / c.yaw_tolerance); }
double upright(const S& s, const C&) { return -(sq(s.gravity[0]) + sq(s.gravity[1])); }
double height(const S& s, const C&) { return -sq(s.height_error); }
double vertical(const S& s, const C&) { return -7 * sq(s.velocity[2]); }
double roll_pitch_rate(const S& s, const C&) { return -14 * (sq(s.rate[0]) + sq(s.rate[1])); }
double contact_schedule(const S& s, const C&) {
  return 0.5 * ((s.feet[0].contact == s.feet[0].stance) + (s.feet[1].contact == s.feet[1].stance));
}
double foot_height(const S& s, const C& c) {
  double error = 0;
  for (const FootSituation& foot : s.feet) error += sq(foot.height - foot.reference);
  return std::exp(-error / sq(c.foot_height_tolerance));
}
double foot_slip(const S& s, const C&) {
  double slip = 0;
  for (const FootSituation& foot : s.feet) slip += foot.contact ? foot.speed_sq : 0;
  return -7 * slip;
}
double foot_tilt(const S& s, const C&) { return -(s.feet[0].tilt_sq + s.feet[1].tilt_sq); }
double foot_spread(const S& s, const C&) { return -sq(std::max(0.0, 0.7 - s.spread)); }
double leg_pose(const S& s, const C&) { return -s.leg_pose_sq; }
double upper_pose(const S& s, const C&) { return -s.upper_pose_sq; }
double action_rate(const S& s, const C&) { return -s.action_rate_sq; }
double action_jerk(const S& s, const C&) { return -s.action_jerk_sq; }
double torque(const S& s, const C&) { return -s.torque_mean_sq; }
double joint_limit(const S& s, const C&) { return -s.limit_sq; }
double stand_pose(const S& s, const C&) { return -(1 - s.gate) * s.home_pose_sq; }
double stand_still(const S& s, const C&) { return -(1 - s.gate) * 0.005 * s.joint_speed_sq; }
double alive(const S&, const C&) { return 1; }

struct Term {
  const char* name;
  double C::*weight;
  double (*value)(const S&, const C&);
};

constexpr std::array kTerms = {
    Term{"track_velocity", &C::track_velocity, track_velocity},
    Term{"track_stride", &C::track_stride, track_stride},
    Term{"track_yaw", &C::track_yaw, track_yaw},
    Term{"upright", &C::upright, upright},
    Term{"height", &C::height, height},
    Term{"vertical", &C::vertical, vertical},
    Term{"roll_pitch_rate", &C::roll_pitch_rate, roll_pitch_rate},
    Term{"contact_schedule", &C::contact_schedule, contact_schedule},
    Term{"foot_height", &C::foot_height, foot_height},
    Term{"foot_slip", &C::foot_slip, foot_slip},
    Term{"foot_tilt", &C::foot_tilt, foot_tilt},
    Term{"foot_spread", &C::foot_spread, foot_spread},
    Term{"leg_pose", &C::leg_pose, leg_pose},
    Term{"upper_pose", &C::upper_pose, upper_pose},
    Term{"action_rate", &C::action_rate, action_rate},
    Term{"action_jerk", &C::action_jerk, action_jerk},
    Term{"torque", &C::torque, torque},
    Term{"joint_limit", &C::joint_limit, joint_limit},
    Term{"stand_pose", &C::stand_pose, stand_pose},
    Term{"stand_still", &C::stand_still, stand_still},
    Term{"alive", &C::alive, alive},
};

}  // namespace

int reward_count() { return static_cast<int>(kTerms.size()); }

const std::vector<std::string>& reward_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> out;
    for (const Term& term : kTerms) out.emplace_back(term.name);
    return out;
  }();
  return names;
}

double compute_rewards(const Situation& situation, const RewardConfig& config, std::span<double> terms) {
  double sum = 0;
  for (size_t i = 0; i < kTerms.size(); ++i) {
    const double weight = config.*kTerms[i].weight;
    terms[i] = weight == 0 ? 0 : weight * kTerms[i].value(situation, config);
    sum += terms[i];
  }
  return std::max(0.0, sum);
}

}  // namespace manybody::task
