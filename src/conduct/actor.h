// One robot that can be told what to do, however it is made to move: simulated here, real elsewhere.
//
// Reads: a velocity (heading frame, m/s, rad/s) and joint offsets (one a joint of the body, rad). Writes: where it is on the stage.
#pragma once

#include <span>

#include "body/body.h"

namespace manybody::conduct {

struct Stance {
  double x = 0, y = 0, yaw = 0;  // on the stage, m, rad
  double speed = 0;              // over the last stride, m/s
  bool fallen = false, standing = true;
};

class Actor {
 public:
  virtual ~Actor() = default;
  virtual const body::Body& body() const = 0;
  virtual Stance stance() const = 0;
  virtual void set_velocity(double vx, double vy, double wz) = 0;
  virtual void set_offsets(std::span<const double> offsets) = 0;
};

}  // namespace manybody::conduct
