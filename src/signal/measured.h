// What a body measures, at one instant: the same in simulation and on the robot.
//
// Joint arrays follow Body::actuated (the body's own control order). A driver with another order maps by name (contract.h).
// Units: rad, rad/s; IMU quantities are rotated into the root frame's home orientation by whoever fills this in.
#pragma once

#include <vector>

#include "core/linalg.h"

namespace manybody::signal {

struct Measured {
  double time = 0;               // s
  std::vector<double> q, dq;     // actuated joints
  core::Vec3 gyro{};             // rad/s, root frame
  core::Vec3 gravity{0, 0, -1};  // unit vector of gravity, root frame
};

struct VelocityCommand {
  double vx = 0, vy = 0;  // m/s, heading frame
  double wz = 0;          // rad/s
};

}  // namespace manybody::signal
