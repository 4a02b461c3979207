// Bodies, lists and findings as text for people and JSON for programs.
//
// Reads: Body, Entry, Finding. Writes: text with aligned columns; JSON with the fields of body.h under their own names.
#pragma once

#include <string>
#include <vector>

#include "body/library.h"

namespace manybody::body {

std::string describe(const Body& body);
std::string describe_json(const Body& body);
// An actuator: figures with their sources, torque over speed. Several: one row each; as JSON with their curves.
std::string describe(const ActuatorModel& actuator);
std::string describe_json(const ActuatorModel& actuator);
std::string actuators_text(const std::vector<ActuatorModel>& actuators);
std::string actuators_json(const std::vector<ActuatorModel>& actuators);
std::string list_text(const std::vector<Entry>& entries);
std::string list_json(const std::vector<Entry>& entries);
// path: the file that was checked, for "nothing wrong with …".
std::string findings_text(const std::string& path, const std::vector<Finding>& findings);
std::string findings_json(const std::string& path, const std::vector<Finding>& findings);
bool has_errors(const std::vector<Finding>& findings);

}  // namespace manybody::body
