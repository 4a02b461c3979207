// The layout that all bodies share: joints by what they do, in units that make them alike, and numbers that tell bodies apart.
//
// Reads: Body, a WalkModel whose legs, upper joints and config are filled. Writes: its levers, seen joints, descriptors, mirrors.
// Shapes: 15 actions (left leg, right leg: hip pitch, roll, yaw, knee, ankle pitch, roll; waist yaw, roll, pitch), the same 15
//   joints observed. A positive number turns about +y (pitch, knee), +x (roll), +z (yaw) of the body whatever its own axis says.
//   A joint that a body lacks is observed as 0 and its action moves nothing. Joints beyond these follow the gait prior. Where
//   config.arm_scale > 0 eight more come behind them: left arm, right arm (shoulder pitch, roll, yaw, elbow).
// Method: one unit of action asks for joint_effort * m g L of torque; speeds count in sqrt(g / L). docs/method/one-policy.md.
// Limits: where a leg has a role twice, the joint nearer the hip takes it. Errors: none.
#pragma once

#include "signal/walk_model.h"

namespace manybody::signal {

inline constexpr int kLegRoles = 6, kWaistRoles = 3, kArmRoles = 4, kRoleActions = 2 * kLegRoles + kWaistRoles;
// Descriptors: of the body as a whole; of a leg's role, the first of them telling whether it is there; of a waist's role that alone.
inline constexpr int kBodyDescriptors = 9, kRoleDescriptors = 6;
inline constexpr double kSeenVelocity = 0.19;  // joint velocities per sqrt(g / L) times this: a brisk swing is about 1

void lay_out_by_role(const body::Body& body, WalkModel& model);

// Dimensionless and bounded: gains, torques and speeds over m g L and sqrt(g / L), feet, proportions, home pose, joints present.
std::vector<float> body_descriptors(const body::Body& body, const WalkModel& model);

}  // namespace manybody::signal
