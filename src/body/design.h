// A humanoid as a list of measures: what the generator builds a body from. Internal to the room.
//
// Reads: a spec sheet (spec_sheet.h) or a seed (sample.h) fills it. Writes: Parsed (normalise.h): an mjSpec with links, joints,
//         inertias, collision primitives and IMU site, and what drives each joint; shell.h adds what it looks like.
// Method: chains of links from the pelvis, one joint a link, drawn upright with straight legs and hanging arms; inertias of
//         ellipsoids of the segments' sizes; left and right from the same numbers (docs/method/bodies.md).
// Limits: two legs of 3 to 6 joints (and a toe), up to 7 joints an arm; hands are rigid.
// Errors: core::UserError when measures contradict each other (a neck above the height, masses of nothing).
#pragma once

#include <array>
#include <string>
#include <vector>

#include "body/body.h"
#include "body/normalise.h"

namespace manybody::body {

struct JointDesign {
  Role role = Role::other;
  double low = 0, high = 0;      // rad, of the left side or the middle line
  double torque = 0, speed = 0;  // N m, rad/s
  double armature = 0, damping = 0, friction = 0;
  double kp = 0, kd = 0;  // kd: damping of the drive and of the joint together
  std::string actuator;   // its name in Design::actuators; empty: none
};

struct Look {
  std::array<float, 3> shell{0.9f, 0.9f, 0.92f}, frame{0.15f, 0.15f, 0.17f}, accent{0.2f, 0.45f, 0.9f}, glow{0.4f, 0.85f, 1.0f};
  std::array<float, 3> limbs{-1, -1, -1};  // of thighs, shanks and arms; negative: as the shell
  std::string head = "visor";              // visor, dome, ring, box, slim, duck
  std::string torso = "taper";             // taper, barrel, box, slim, egg
  double bulk = 1;                         // thickness of the limbs, 1: usual
};

struct Design {
  std::string name, title;
  double height = 1.7, mass = 60;
  // Lengths, m
  double thigh = 0, shank = 0, ankle = 0;            // ankle: height of its axis above the sole
  double hip_half = 0, hip_drop = 0, hip_ahead = 0;  // hips from the pelvis' frame
  double hip_gap = 0;                                // between two hip joints along the leg
  double knee_ahead = 0;                             // of the straight line from hip to ankle
  double pelvis = 0, torso = 0, neck = 0, head = 0;  // heights, from the hips up
  double shoulder_half = 0, shoulder_up = 0;         // shoulder_up: of the torso's height
  double upper_arm = 0, forearm = 0, hand = 0;
  double foot_length = 0, foot_width = 0, foot_ahead = 0;  // foot_ahead: sole's centre ahead of the ankle
  std::string foot_shape = "plate";                        // plate, rails, rounded
  double trunk_ahead = 0;                                  // centre of the torso's mass ahead of the hips
  double hip_cant = 0;                                     // rad: yaw and roll axes of the hips leant backwards
  // Masses, shares of the whole
  double legs_share = 0.43, thigh_share = 0.50, shank_share = 0.30, foot_share = 0.09;  // of one leg; the rest: hips
  double arms_share = 0.13, head_share = 0.05, pelvis_share = 0.28;                     // pelvis: of what is left with the torso
  std::vector<JointDesign> leg, waist, arm, neck_joints;                                // from the pelvis outwards
  int fingers = 0;                                                                      // joints of one hand, not modelled
  std::vector<ActuatorModel> actuators;
  Look look;
};

inline constexpr double kStandardGravity = 9.81;
double leg_length_of(const Design& d);  // L of the standing pose, m: hip above the sole with bent knees
void fill_measures(Design& d);          // lengths that are 0, from the height, by the medians of public humanoids
void fill_limits(Design& d);            // ranges, torques and speeds that are 0, by the priors of each role
// Armature, damping and friction from the joints' actuators; gains that are 0. stiffness: scales kp (1: usual).
void fill_drives(Design& d, double stiffness = 1);
Parsed parse_design(const Design& d);

}  // namespace manybody::body
