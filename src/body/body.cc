#include "body/body.h"

namespace manybody::body {

const char* to_text(Role role) {
  switch (role) {
    case Role::hip_pitch:
      return "hip_pitch";
    case Role::hip_roll:
      return "hip_roll";
    case Role::hip_yaw:
      return "hip_yaw";
    case Role::knee:
      return "knee";
    case Role::ankle_pitch:
      return "ankle_pitch";
    case Role::ankle_roll:
      return "ankle_roll";
    case Role::toe:
      return "toe";
    case Role::waist_yaw:
      return "waist_yaw";
    case Role::waist_roll:
      return "waist_roll";
    case Role::waist_pitch:
      return "waist_pitch";
    case Role::shoulder_pitch:
      return "shoulder_pitch";
    case Role::shoulder_roll:
      return "shoulder_roll";
    case Role::shoulder_yaw:
      return "shoulder_yaw";
    case Role::elbow:
      return "elbow";
    case Role::wrist_roll:
      return "wrist_roll";
    case Role::wrist_pitch:
      return "wrist_pitch";
    case Role::wrist_yaw:
      return "wrist_yaw";
    case Role::neck_yaw:
      return "neck_yaw";
    case Role::neck_roll:
      return "neck_roll";
    case Role::neck_pitch:
      return "neck_pitch";
    case Role::hand:
      return "hand";
    case Role::other:
      return "other";
  }
  return "other";
}

const char* to_text(Side side) { return side == Side::left ? "left" : side == Side::right ? "right" : "none"; }

const char* to_text(Kind kind) { return kind == Kind::spec_sheet ? "spec sheet" : kind == Kind::sampled ? "sampled" : "model"; }

const ActuatorModel* Body::actuator_of(int joint) const {
  const std::string& wanted = joints[static_cast<size_t>(joint)].actuator;
  if (wanted.empty()) return nullptr;
  for (const ActuatorModel& a : actuators)
    if (a.name == wanted) return &a;
  return nullptr;
}

int Body::joint_index(const std::string& joint) const {
  for (size_t j = 0; j < joints.size(); ++j)
    if (joints[j].name == joint) return static_cast<int>(j);
  return -1;
}

std::vector<std::string> Body::actuated_names() const {
  std::vector<std::string> out;
  for (int j : actuated) out.push_back(joints[j].name);
  return out;
}

}  // namespace manybody::body
