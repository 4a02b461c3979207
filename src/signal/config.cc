#include "signal/config.h"

namespace manybody::signal {

void WalkConfig::describe(core::Fields& f) {
  f.number("control_hz", control_hz, "control ticks per second", {10, 1000});
  f.number("stride_frequency", stride_frequency, "strides per sqrt(L/g)", {0.05, 2});
  f.number("swing_share", swing_share, "share of the cycle a foot is in the air", {0.05, 0.6});
  f.number("swing_height", swing_height, "foot lift as a share of leg length", {0, 0.5});
  f.number("capture", capture, "share of the capture step the swing foot takes by itself", {0, 3});
  f.number("righting", righting, "standing hips turn by this times the body's tilt", {0, 10});
  f.number("righting_time_s", righting_time_s, "lead of the tilt the hips answer", {0, 1});
  f.number("velocity_time_s", velocity_time_s, "low-pass of the velocity estimated from the standing leg", {0, 1});
  f.number("sway", sway, "share of the pendulum's lateral sway over the standing foot", {0, 3});
  f.number("foot_yaw_gain", foot_yaw_gain, "share of the commanded turn that the feet lead", {0, 2});
  f.number("command_time_s", command_time_s, "time constant of the command's low-pass", {0, 5});
  f.number("stand_speed", stand_speed, "commands below this Froude speed mean standing", {0, 1});
  f.number("recover_speed", recover_speed, "Froude speed at which a standing body begins to step", {0, 10});
  f.number("recover_tilt", recover_tilt, "tilt at which a standing body begins to step, rad", {0, 10});
  f.number("stop_strides", stop_strides, "strides in place before the gait stops", {0, 10});
  f.number("feedforward", feedforward, "share of the support torque fed forward", {0, 2});
  f.number("feedforward_limit_rad", feedforward_limit_rad, "largest feed-forward offset", {0, 2});
  f.text("leg_space", leg_space, "legs act through the sole's pose, joint by joint, or by the roles that all bodies share",
         {"foot", "joint", "role"});
  f.flag("mirror", mirror, "the second half of the cycle is seen in a mirror");
  f.flag("effort", effort, "by role: how far each joint is from its target is seen");
  f.flag("descriptors", descriptors, "by role: the policy is told what the body is like");
  f.number("joint_effort", joint_effort, "joint by joint: share of m g L that one unit of action asks for", {0, 5});
  f.number("joint_scale_max", joint_scale_max, "joint by joint: most rad per unit of action", {0, 5});
  f.number("action_scale", action_scale, "foot-space units per unit of action", {0, 5});
  f.number("action_filter_hz", action_filter_hz, "low-pass of the action, 0 for none", {0, 500});
  f.number("action_clip", action_clip, "largest magnitude of an action", {0.1, 100});
  f.number("waist_scale", waist_scale, "waist joints, rad per unit of action", {0, 2});
  f.number("arm_scale", arm_scale, "arm joints, rad per unit of action", {0, 2});
  f.number("wrist_scale", wrist_scale, "wrist joints, rad per unit of action", {0, 2});
  f.number("neck_scale", neck_scale, "neck joints, rad per unit of action", {0, 2});
  f.number("arm_swing", arm_swing, "shoulder swing, rad per unit Froude speed", {0, 3});
  f.number("joint_velocity_scale", joint_velocity_scale, "of the upper body's joint velocities", {0, 10});
  f.number("observation_clip", observation_clip, "largest magnitude of an observation", {0.1, 1000});
}

}  // namespace manybody::signal
