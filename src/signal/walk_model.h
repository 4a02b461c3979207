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

struct LegModel {
  std::vector<int> joints;          // positions in the actuated order
  std::vector<double> jacobian;     // 6 x n
  std::vector<double> inverse;      // n x 6: weighted, damped
  std::vector<double> support;      // n: feed-forward offset (rad) that carries the whole weight on this leg
  std::vector<double> scale;        // n: rad per unit of action where legs act joint by joint
  core::Vec3 hip{};                 // in the root frame at home, m
  core::Vec3 sole{};                // in the root frame at home, m
};

struct WalkModel {
  WalkConfig config;
  std::vector<std::string> names;   // actuated joints
  std::vector<double> home, low, high, kp;
  std::array<LegModel, 2> legs;     // left, right
  std::vector<int> upper;           // actuated joints outside the legs
  std::vector<double> upper_scale;  // rad per unit of action; 0: the joint follows its reference and takes no action
  std::vector<int> upper_action;    // place of each upper joint's action, -1 for none
  std::vector<double> swing;        // per upper joint: rad per (Froude speed x cos(phase)); signed
  double leg_length = 1, gravity = 9.81;
  double com_height = 1;            // of the whole body above the sole at home, m
  double speed_unit = 1;            // sqrt(g L), m/s
  double rate_unit = 1;             // sqrt(g / L), 1/s
  double period = 1;                // of a stride, s
  double dt = 0.02;
  std::array<double, 6> foot_scale{};  // foot-space units per unit of action
  core::Quat imu_to_root{1, 0, 0, 0};  // rotates IMU readings into the root frame at home
  int actions = 0, observations = 0;
  Mirror action_mirror, observation_mirror;
};

WalkModel make_walk_model(const body::Body& body, const WalkConfig& config);

// 14 numbers that tell bodies apart, dimensionless: sole stiffness, gains and torque limits over m g L, foot size, proportions.
std::vector<double> body_descriptors(const body::Body& body);

}  // namespace manybody::signal
