// Data sheets of actuators: data/actuators/NAME.toml, every figure with its source or marked as a guess.
//
// Reads: TOML (keys in docs/method/actuators.md). Writes: ActuatorModel, names.
// Errors: core::UserError with file:line, the key, what was expected and a near match; an actuator that cannot move.
#pragma once

#include <string>
#include <vector>

#include "body/actuator.h"

namespace manybody::body {

std::vector<std::string> list_actuators();                     // names, sorted
ActuatorModel load_actuator(const std::string& name_or_path);  // "dynamixel_xm540_w270", or a .toml file

}  // namespace manybody::body
