// What moves the joints of a scene with Actuators::datasheet: a PD law whose torque passes through each joint's actuator model.
//
// Reads: angles, speeds and position targets of the driven joints, every world's gains and deviations, heat and gap of each motor.
// Writes: torque and minus its slope by speed; heat and gap one physics step on.
// Method: command = kp (target - q) - kd speed, held to the joint's torque limit; then body::step_actuators. The slope lets the
//   integrator take friction and feedback implicitly (MuJoCo's implicitfast), in either back end.
// Limits: joints without an actuator model stay as they are. Numbers are floats, as in body/actuator.h; no allocation in `ask`,
//   which may run for different worlds at once.
#pragma once

#include <span>
#include <vector>

#include "body/body.h"
#include "physics/batch.h"
#include "physics/lane/drive.h"

namespace manybody::physics {

class Drives final : public lane::Drive {
 public:
  static constexpr int kState = 3;  // doubles a motor: °C above the air, place and speed in the gap: zero at rest

  Drives(const body::Body& body, const SceneOptions& options, int worlds);

  Drives(const Drives&) = delete;
  Drives& operator=(const Drives&) = delete;

  const std::vector<int>& driven() const { return driven_; }  // indices in Body::actuated
  int state_size() const { return kState * static_cast<int>(driven_.size()); }
  void set(int world, const WorldParameters& parameters);
  void ask(const lane::DriveCall& call) const override;

 private:
  struct Motor {
    const body::ActuatorModel* model;
    float kp, kd, limit;      // nominal
    body::ActuatorState own;  // every world's deviations; its heat and gap are not used
  };
  std::vector<int> driven_;
  std::vector<body::ActuatorModel> models_;
  std::vector<Motor> motors_;
  std::vector<float> kp_scale_, kd_scale_, strength_;  // per world
  float dt_;
};

}  // namespace manybody::physics
