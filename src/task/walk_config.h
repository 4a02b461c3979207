// What walking means to the learner: commands, rewards, endings, randomisation. Everything is a field with a name and a range.
//
// Speeds are m/s for a body of the size of an adult robot; bodies with legs shorter than 0.4 m get them scaled by
// sqrt(L / 0.4 m). Reward terms and their units: rewards.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/config.h"
#include "physics/batch.h"
#include "signal/config.h"

namespace manybody::task {

// The engines that `physics` may name.
inline const std::vector<std::string> kEngines = {"lanes", "lanes_double", "mujoco", "cuda"};

// By how much speeds and kicks shrink for short legs.
double command_scale(double leg_length);

struct CommandConfig {
  double vx_min = -0.6, vx_max = 1.1;  // m/s
  double vy_max = 0.4;                 // m/s, both ways
  double wz_max = 0.9;                 // rad/s, both ways
  double stand_share = 0.2;            // of commands that say: stand still
  double straight_share = 0.2;         // of commands that have vx only
  double seconds_min = 2.5, seconds_max = 6;

  void describe(core::Fields& f);
};

struct RandomConfig {
  // Everything below grows from nothing to its full spread while the bodies stay on their feet: the ramp moves on only while
  // falls per minute are under the limit, at most once through in `ramp_steps` control steps.
  double ramp_steps = 0.6e6;
  double ramp_falls_per_minute = 8;
  double friction_min = 0.4, friction_max = 1.2;
  double mass = 0.15;          // share of the torso's mass, both ways
  double com_m = 0.02;         // of the torso, each axis, both ways, for legs of 0.7 m
  double gain = 0.15;          // of kp and kd, both ways
  double strength = 0.1;       // torque limits may be weaker by this share
  double latency_ms_max = 20;  // actions arrive up to this late
  double push_mps = 0.9;       // largest kick; smaller on short legs, as commands are
  double push_seconds = 4;     // mean time between kicks
  double noise_gyro = 0.1;     // rad/s, deviation
  double noise_gravity = 0.02;
  double noise_position = 0.01;  // rad
  double noise_velocity = 0.3;   // rad/s

  void describe(core::Fields& f);
};

struct RewardConfig {
  // Weights, in the order of rewards.cc; a weight of 0 switches a term off.
  double track_velocity = 2.0, track_stride = 1.5, track_yaw = 1.2;
  double upright = 2.0, height = 5.0, vertical = 0.5, roll_pitch_rate = 0.05;
  double contact_schedule = 0.6, foot_height = 1.0, foot_slip = 0.2, foot_tilt = 0.3, foot_spread = 6.0;
  double leg_pose = 0.3, upper_pose = 0.4;
  double action_rate = 0.01, action_jerk = 0.005, torque = 0.15, joint_limit = 1.0;
  double stand_pose = 0.5, stand_still = 0.2;
  double alive = 0.2;
  double fall = -1.0;
  // Tolerances in Froude units (speed² over g L, rate² over g / L, share of leg length)
  double velocity_tolerance = 0.0116, stride_tolerance = 0.004, yaw_tolerance = 0.0107, foot_height_tolerance = 0.043;

  void describe(core::Fields& f);
};

struct WalkTaskConfig {
  signal::WalkConfig signal;
  CommandConfig command;
  RandomConfig random;
  RewardConfig reward;
  double timestep_s = 0.005;
  int solver_iterations = 6;
  int line_search_iterations = 6;
  double episode_seconds = 12;
  double fall_tilt = 0.6;        // cosine of the tilt at which a body has fallen
  double fall_height = 0.65;     // of the home height
  std::string terrain = "flat";  // flat | rough
  double terrain_amplitude_m = 0.05;
  std::string collisions = "feet";  // feet | full
  std::string physics = "lanes";    // lanes | lanes_double | mujoco | cuda
  std::string actuators = "ideal";  // ideal | datasheet

  void describe(core::Fields& f);
  physics::SceneOptions scene() const;
  int substeps() const;  // physics steps of one control step
};

}  // namespace manybody::task
