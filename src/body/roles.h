// What each joint is for: arms, mirror map and semantic roles from kinematics and geometry; names only break ties. Internal.
//
// Reads: a rig, its legs (feet.h). Writes: Anatomy, indices of Rig.
// Method: docs/method/body.md, "Roles". The mirror map and the chains are found in the pose the file draws; roles compare
//         joint axes with the directions of pitch, roll and yaw at the home pose, so that canted and flipped axes work.
// Limits: a body without arms has none; fingers are `hand`; what fits nothing is `other`.
#pragma once

#include <string>
#include <vector>

#include "body/body.h"
#include "body/feet.h"
#include "body/rig.h"

namespace manybody::body {

struct ArmChain {
  std::vector<int> groups;  // from the shoulder to the hand
  std::vector<int> joints;  // of those groups
  int elbow = -1;           // place in joints; -1: none
};

struct Anatomy {
  Legs legs;
  int knee = -1;  // place in the legs' joints
  bool has_arms = false;
  int arms_root = 0;  // the link that carries both arms
  ArmChain arms[2];
  std::vector<int> mirror;
  std::vector<double> mirror_sign;
  std::vector<Role> roles;
  std::vector<Side> sides;
};

// Chains and mirror map, in the file's own pose. Errors: a leg without a knee.
Anatomy find_anatomy(Rig& rig, const Legs& legs, const Sole soles[2], const std::string& source, std::vector<std::string>& notes);
// Fills roles and sides; the rig is at home.
void assign_roles(Rig& rig, Anatomy& anatomy);

}  // namespace manybody::body
