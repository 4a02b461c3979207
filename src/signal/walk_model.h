// What the walking signal needs of a body, computed once: leg Jacobians and their inverses, units, joint groups, mirror maps.
//
// Reads: Body, WalkConfig. Writes: const tables. Method: docs/method/walking.md (feet in task space, Froude units).
// Foot coordinates are (x, y, z, roll, pitch, yaw) of the sole relative to its place at the home pose, in the root frame.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "body/body.h"
#include "signal/config.h"

namespace manybody::signal {

// The involution that mirrors left and right: mirrored[i] = sign[i] * x[index[i]].
struct Mirror {
  std::vector<int> index;
  std::vector<float> sign;

  void apply(const float* in, float* out) const {
    for (size_t i = 0; i < index.size(); ++i) out[i] = sign[i] * in[index[i]];
  }
  void append(int source, float s) { index.push_back(source), sign.push_back(s); }
};

// One joint of a layout: a number of the network times `scale` is rad (or the other way round). joint -1: this body has none.
struct Lever {
  int joint = -1;  // position in the actuated order
  double scale = 1;
};

struct LegModel {
  std::vector<int> joints;       // positions in the actuated order
  std::vector<double> jacobian;  // 6 x n
  std::vector<double> inverse;   // n x 6: weighted, damped
  std::vector<double> support;   // n: feed-forward offset (rad) that carries the whole weight on this leg
  core::Vec3 hip{};              // in the root frame at home, m
  core::Vec3 sole{};             // in the root frame at home, m
};

struct WalkModel {
  WalkConfig config;
  std::vector<std::string> names;  // actuated joints
  std::vector<double> home, low, high, kp;
  std::array<LegModel, 2> legs;  // left, right
  std::vector<int> upper;        // actuated joints outside the legs
  std::vector<Lever> levers;     // per action: the joint it moves (none where it moves a sole), rad per unit
  std::vector<Lever> seen;       // per observed joint angle: the joint, and its sign
  double seen_velocity = 0.05;   // of observed joint velocities, s/rad
  std::vector<double>
      seen_effort;  // per observed joint: of the last target minus the angle, units of action per rad; may be empty
  std::vector<float> descriptors;  // what tells bodies apart, at the end of the observation (leg_space = "role" only)
  std::vector<double> swing;       // per upper joint: rad per (Froude speed x cos(phase)); signed
  double leg_length = 1, gravity = 9.81;
  double com_height = 1;  // of the whole body above the sole at home, m
  double speed_unit = 1;  // sqrt(g L), m/s
  double rate_unit = 1;   // sqrt(g / L), 1/s
  double period = 1;      // of a stride, s
  double dt = 0.02;
  std::array<double, 6> foot_scale{};  // foot-space units per unit of action
  core::Quat imu_to_root{1, 0, 0, 0};  // rotates IMU readings into the root frame at home
  int actions = 0, observations = 0;
  Mirror action_mirror, seen_mirror, observation_mirror;
};

WalkModel make_walk_model(const body::Body& body, const WalkConfig& config);

// rad per unit of action of a leg's joint, so that bodies of all sizes and gains answer alike.
double leg_action_scale(const body::Body& body, const body::Joint& joint, const WalkConfig& config);

}  // namespace manybody::signal
