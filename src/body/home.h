// The default standing pose: feet flat and forward, centre of mass over the soles, knees bent, arms hanging. Internal.
//
// Reads: a rig, its anatomy and soles, what robot.toml asks for, the file's keyframes (arms only).
// Writes: one angle a joint, symmetric, inside the ranges; notes where it cannot be reached.
// Method: damped least squares on leg angles with the knee held; the same on each arm from several starts, so that a body drawn
//         with its arms spread lets them hang (docs/method/body.md).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "body/normalise.h"
#include "body/roles.h"

namespace manybody::body {

struct HomeWish {
  double knee = 0.6;                     // rad from straight
  double com_offset = 0;                 // m: centre of mass ahead of the soles' centres
  double stance_width = 0;               // m between the soles' centres; 0: under the hips
  double elbow = 0.5;                    // rad from straight
  double arm_spread = 0.28;              // rad from vertical
  bool from_keyframe = true;             // arms as in the file's first sane keyframe, if it has one
  std::map<std::string, double> joints;  // fixed by name, rad
};

std::vector<double> find_home(Rig& rig, const Anatomy& anatomy, const Sole soles[2], const HomeWish& wish,
                              const std::vector<Keyframe>& keyframes, std::vector<std::string>& notes);

}  // namespace manybody::body
