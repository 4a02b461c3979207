// The two legs and the soles of their feet, from kinematics and geometry alone. Internal to the room.
//
// Reads: a rig at the pose its file draws it in (root x forward, y left, z up).
// Writes: the leg chains (mirrored, lowest), the sole as a rectangle in the foot link's frame.
// Method: feet are the lowest pair of leaf chains that mirror each other about the middle plane. The sole is the supporting
//         plane of the foot's geometry with the largest contact polygon within 35 degrees of flat; its direction is the
//         polygon's long axis, its rectangle the polygon's extent (docs/method/body.md).
// Errors: core::UserError: no mirrored pair of legs (one leg, none), more than one pair on the ground (a quadruped).
#pragma once

#include <string>
#include <vector>

#include "body/body.h"
#include "body/rig.h"

namespace manybody::body {

inline constexpr const char* kTwoLegs = "a body on two legs";  // what a quadruped is told

struct LegChain {
  int foot = -1;            // link
  std::vector<int> groups;  // moving links from the hip to the foot
  std::vector<int> joints;  // from hip to foot (toe joints after the foot included)
};

struct Legs {
  int root = 0;      // the link both legs hang from
  LegChain side[2];  // left, right
};

Legs find_legs(Rig& rig, const std::string& source);

struct Sole {
  core::Vec3 centre{};              // foot link's frame
  core::Quat rotation{1, 0, 0, 0};  // z up, x forward
  double length = 0, width = 0;
};

Sole find_sole(Rig& rig, int foot, const std::string& source, std::vector<std::string>& notes);
// Makes the pair exact mirror images where the file's geometry is nearly so.
void symmetrise(Rig& rig, const Legs& legs, Sole soles[2]);

}  // namespace manybody::body
