// Everything that shapes a walking policy's inputs and outputs. Saved with the policy: runtime and training read the same values.
//
// Lengths are shares of the leg length L, speeds shares of sqrt(g L), times multiples of sqrt(L / g): Froude units, so that one
// setting serves bodies of every size. Method: docs/method/walking.md.
#pragma once

#include <string>

#include "core/config.h"

namespace manybody::signal {

struct WalkConfig {
  double control_hz = 50;
  // Gait prior
  double stride_frequency = 0.4;  // strides per sqrt(L / g)
  double swing_share = 0.42;      // of the cycle a foot is in the air
  double swing_height = 0.08;     // of L
  double capture = 0.9;           // swing foot placed by this times velocity error times sqrt(h / g)
  double righting = 2.2;          // standing hips turn by this times the body's tilt
  double righting_time_s = 0.1;   // and by this much of its rate ahead
  double velocity_time_s = 0.06;  // low-pass of the velocity estimated from the standing leg
  double sway = 1.0;              // share of the pendulum's lateral sway over the standing foot
  double foot_yaw_gain = 1.0;     // share of the commanded turn that the feet lead
  double command_time_s = 0.25;   // low-pass of the command before it reaches prior and policy
  double stand_speed = 0.05;      // commands below this share of sqrt(g L) mean: stand still
  double recover_speed = 0.1;     // of sqrt(g L): a standing body that moves faster than this steps until it is caught
  double recover_tilt = 0.2;      // rad, likewise
  double stop_strides = 1.0;      // steps in place before the gait is switched off
  double feedforward = 0.9;       // share of the support torque fed forward
  double feedforward_limit_rad = 0.8;
  // Action
  // Legs act through the sole's pose (foot), joint by joint as this body has them (joint), or by role: the layout that all
  // bodies share, so that one network fits every one of them (by_role.h).
  std::string leg_space = "joint";
  bool mirror = true;       // the second half of the cycle is seen in a mirror; false only to measure what that brings
  bool effort = true;       // by role: how far each joint is from its target, so that the policy feels the body's weight
  bool descriptors = true;  // by role: numbers that tell bodies apart (one-policy.md)
  // Where legs act joint by joint: one unit of action asks for this share of m g L as torque, at most joint_scale_max rad.
  double joint_effort = 0.15;
  double joint_scale_max = 0.3;
  double action_scale = 1.0;    // of the foot-space units (walk_model.cc), per unit of action
  double action_filter_hz = 0;  // low-pass of the action; 0: none
  double action_clip = 3;       // |action| above this is clipped
  double waist_scale = 0.1;     // rad per unit of action; 0: the joint only follows its reference
  double arm_scale = 0;         // shoulders and elbows
  double wrist_scale = 0;
  double neck_scale = 0;
  double arm_swing = 0.35;  // rad of shoulder pitch per unit Froude speed
  // Observation
  double joint_velocity_scale = 0.05;
  double observation_clip = 10;

  void describe(core::Fields& f);
};

}  // namespace manybody::signal
