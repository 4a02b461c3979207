// PD gains and torque limits: the file's where they can carry the body, derived where they cannot or are missing. Internal.
//
// Reads: a body with roles, masses and leg length; what the file says of each drive; robot.toml's rules.
// Writes: kp, kd, torque_max of every joint; notes.
// Method: stiffness as a share of m g L by role, held below what saturates the motor within 0.1 rad; damping at ratio 1 on
//         the reflected inertia, within kp/60 … kp/12 (docs/method/body.md, "Gains").
#pragma once

#include <map>
#include <string>
#include <vector>

#include "body/body.h"
#include "body/normalise.h"

namespace manybody::body {

// One rule of robot.toml: applies to the named joints and to the joints of the named roles.
struct DriveRule {
  std::vector<std::string> joints, roles;
  double kp = -1, kd = -1, torque_max = -1, velocity_max = -1, armature = -1, damping = -1;  // -1: as it is
  std::string actuator;  // a data sheet's name; empty: as it is
  std::string reason;
};

struct GainWish {
  bool derive = false;  // ignore the file's gains
  std::vector<DriveRule> rules;
};

void set_gains(Body& body, const std::map<std::string, Drive>& drives, const GainWish& wish);

}  // namespace manybody::body
