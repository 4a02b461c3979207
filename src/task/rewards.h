// The reward terms of walking: small named functions of one world's situation, weighted by RewardConfig.
//
// Reads: Situation (Froude units: lengths over L, speeds over sqrt(g L), rates over sqrt(g / L), torques over their limit).
// Writes: one unweighted value a term. The step's reward is max(0, sum of weight * value) + fall.
// Adding a term: one line in `kTerms` (rewards.cc), one weight in RewardConfig. docs/howto/add-a-reward.md.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/linalg.h"
#include "task/walk_config.h"

namespace manybody::task {

struct FootSituation {
  double height = 0;     // of the sole's centre above the ground
  double reference = 0;  // scheduled height
  double speed_sq = 0;   // horizontal, squared
  double tilt_sq = 0;    // horizontal part of the sole's normal, squared
  bool contact = false, stance = true;
};

struct Situation {
  core::Vec3 velocity{};  // root, heading frame
  core::Vec3 rate{};      // root frame
  double yaw_rate = 0;    // low-passed
  core::Vec3 command{};   // vx, vy, wz; vy with the sway that walking needs
  double drift_sq = 0;    // squared error of the velocity low-passed over half a stride
  core::Vec3 gravity{0, 0, -1};
  double height_error = 0;
  double gate = 0;  // 0 standing, 1 walking
  FootSituation feet[2];
  double spread = 1;          // sideways distance of the soles over that at home; below 0 the legs are crossed
  double leg_pose_sq = 0;     // Σ (q - reference)² over yaw and roll joints of the legs, rad²
  double upper_pose_sq = 0;   // the same over waist, arms, neck
  double home_pose_sq = 0;    // Σ (q - home)² over the legs
  double joint_speed_sq = 0;  // Σ q̇² over the legs, (rad/s)²
  double action_rate_sq = 0, action_jerk_sq = 0;
  double torque_mean_sq = 0;  // mean of (τ / 0.5 τ_max)²
  double limit_sq = 0;        // Σ (rad beyond 95 % of the range)²
};

int reward_count();
const std::vector<std::string>& reward_names();
// Weighted terms into `terms` (reward_count() values); returns their sum, not below zero.
double compute_rewards(const Situation& situation, const RewardConfig& config, std::span<double> terms);

}  // namespace manybody::task
