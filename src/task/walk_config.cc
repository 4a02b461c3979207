#include "task/walk_config.h"

#include <algorithm>
#include <cmath>

namespace manybody::task {

void CommandConfig::describe(core::Fields& f) {
  f.number("vx_min", vx_min, "slowest forward speed, m/s", {-5, 5});
  f.number("vx_max", vx_max, "fastest forward speed, m/s", {-5, 5});
  f.number("vy_max", vy_max, "fastest sideways speed, m/s", {0, 5});
  f.number("wz_max", wz_max, "fastest turn, rad/s", {0, 5});
  f.number("stand_share", stand_share, "share of commands that say stand", {0, 1});
  f.number("straight_share", straight_share, "share of commands with forward speed only", {0, 1});
  f.number("seconds_min", seconds_min, "shortest time between commands", {0.1, 1000});
  f.number("seconds_max", seconds_max, "longest time between commands", {0.1, 1000});
}

void RandomConfig::describe(core::Fields& f) {
  f.number("ramp_steps", ramp_steps, "control steps over which randomisation grows, at the fastest", {1, 1e12});
  f.number("ramp_falls_per_minute", ramp_falls_per_minute, "it grows only while bodies fall less often", {0, 1e6});
  f.number("friction_min", friction_min, "least friction of the ground", {0.01, 10});
  f.number("friction_max", friction_max, "most friction of the ground", {0.01, 10});
  f.number("mass", mass, "torso mass, share both ways", {0, 0.9});
  f.number("com_m", com_m, "torso centre of mass, m both ways", {0, 1});
  f.number("gain", gain, "PD gains, share both ways", {0, 0.9});
  f.number("strength", strength, "torque limits, share weaker", {0, 0.9});
  f.number("latency_ms_max", latency_ms_max, "longest delay of an action", {0, 100});
  f.number("push_mps", push_mps, "strongest kick, m/s", {0, 10});
  f.number("push_seconds", push_seconds, "mean time between kicks", {0.1, 1e6});
  f.number("noise_gyro", noise_gyro, "rad/s, deviation", {0, 10});
  f.number("noise_gravity", noise_gravity, "deviation", {0, 1});
  f.number("noise_position", noise_position, "rad, deviation", {0, 1});
  f.number("noise_velocity", noise_velocity, "rad/s, deviation", {0, 100});
}

void RewardConfig::describe(core::Fields& f) {
  auto weight = [&](const char* name, double& value, const char* help) { f.number(name, value, help, {-1000, 1000}); };
  weight("track_velocity", track_velocity, "moving as commanded");
  weight("track_stride", track_stride, "moving as commanded on average over half a stride");
  weight("track_yaw", track_yaw, "turning as commanded");
  weight("upright", upright, "torso tilt, squared");
  weight("height", height, "root height off home, squared, in leg lengths");
  weight("vertical", vertical, "bouncing, squared");
  weight("roll_pitch_rate", roll_pitch_rate, "torso rolling and pitching, squared");
  weight("contact_schedule", contact_schedule, "feet on the ground when scheduled");
  weight("foot_height", foot_height, "feet as high as the gait says");
  weight("foot_slip", foot_slip, "feet sliding on the ground, squared");
  weight("foot_tilt", foot_tilt, "soles not level, squared");
  weight("foot_spread", foot_spread, "feet closer sideways than 70 % of their distance at home, squared");
  weight("leg_pose", leg_pose, "hip yaw, hip roll and ankle roll off the reference, squared");
  weight("upper_pose", upper_pose, "waist, arms and neck off their reference, squared");
  weight("action_rate", action_rate, "change of the action, squared");
  weight("action_jerk", action_jerk, "change of that change, squared");
  weight("torque", torque, "torque as a share of half the limit, mean square");
  weight("joint_limit", joint_limit, "joints beyond 95 % of their range");
  weight("stand_pose", stand_pose, "joints off home while standing, squared");
  weight("stand_still", stand_still, "joint speed while standing, squared");
  weight("alive", alive, "every step");
  weight("fall", fall, "once, on falling");
  f.number("velocity_tolerance", velocity_tolerance, "of track_velocity, Froude speed squared", {1e-6, 10});
  f.number("stride_tolerance", stride_tolerance, "of track_stride, Froude speed squared", {1e-6, 10});
  f.number("yaw_tolerance", yaw_tolerance, "of track_yaw, Froude rate squared", {1e-6, 10});
  f.number("foot_height_tolerance", foot_height_tolerance, "of foot_height, leg lengths", {1e-4, 1});
}

void WalkTaskConfig::describe(core::Fields& f) {
  f.group("signal", [&] { signal.describe(f); });
  f.group("command", [&] { command.describe(f); });
  f.group("random", [&] { random.describe(f); });
  f.group("reward", [&] { reward.describe(f); });
  f.number("timestep_s", timestep_s, "physics step", {1e-4, 0.02});
  f.integer("solver_iterations", solver_iterations, "of the contact solver, at most", {1, 200});
  f.integer("line_search_iterations", line_search_iterations, "of the contact solver, at most", {1, 200});
  f.number("episode_seconds", episode_seconds, "length of an episode", {0.5, 10000});
  f.number("fall_tilt", fall_tilt, "cosine of the tilt that counts as a fall", {-1, 1});
  f.number("fall_height", fall_height, "share of the home height that counts as a fall", {0, 1});
  f.text("terrain", terrain, "ground", {"flat", "rough"});
  f.number("terrain_amplitude_m", terrain_amplitude_m, "height of rough ground", {0, 1});
  f.text("collisions", collisions, "what may touch: feet only, or all the file says", {"feet", "full"});
  f.text("physics", physics, "engine: lanes (own, one world per SIMD lane), lanes_double, mujoco, cuda (the lanes on a GPU)",
         kEngines);
  f.text("actuators", actuators,
         "of joints with a data sheet: ideal torque within their limits, or what the sheet's motor and gear give",
         {"ideal", "datasheet"});
}

physics::SceneOptions WalkTaskConfig::scene() const {
  physics::SceneOptions options;
  options.timestep_s = timestep_s;
  options.solver_iterations = solver_iterations;
  options.line_search_iterations = line_search_iterations;
  options.terrain = terrain == "rough" ? physics::Terrain::rough : physics::Terrain::flat;
  options.terrain_amplitude_m = terrain_amplitude_m;
  options.collisions = collisions == "full" ? physics::Collisions::full : physics::Collisions::feet;
  options.backend = physics == "mujoco"         ? physics::Backend::mujoco
                    : physics == "lanes_double" ? physics::Backend::lanes_double
                    : physics == "cuda"         ? physics::Backend::cuda
                                                : physics::Backend::lanes;
  options.actuators = actuators == "datasheet" ? physics::Actuators::datasheet : physics::Actuators::ideal;
  return options;
}

double command_scale(double leg_length) { return std::min(1.0, std::sqrt(leg_length / 0.4)); }

int WalkTaskConfig::substeps() const { return std::max(1, static_cast<int>(std::lround(1 / signal.control_hz / timestep_s))); }

}  // namespace manybody::task
