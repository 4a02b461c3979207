// The gait prior: a phase that runs while walking is wanted, and where each foot should be relative to its home.
//
// Reads: the commanded velocity, time steps. Writes: phase, stand gate, foot references in foot coordinates, support shares.
// Method: walk-cycle with half a cycle between the legs; swing is half a cosine forward and a raised cosine up, stance moves the
// foot backwards at the commanded speed (Raibert 1986, placement at the neutral point). docs/method/walking.md.
// The root sways over the standing foot as a linear inverted pendulum does (Kajita et al. 2001), so that the lateral motion that
// walking needs is part of the prior.
// Stopping: a command of nothing first steps in place, then the gait ends at the next double support. Never mid-swing.
#pragma once

#include <array>

#include "signal/measured.h"
#include "signal/walk_model.h"

namespace manybody::signal {

struct GaitState {
  double phase = 0;         // 0 … 1, left leg's swing begins at 0
  double gate = 0;          // 0 standing, 1 walking
  double idle_strides = 0;  // strides since the command became nothing
  bool walking = false;
  VelocityCommand command;                         // low-passed
  std::array<double, 2> velocity{};                // of the root over the standing foot, estimated, m/s, root frame
  std::array<std::array<double, 2>, 2> capture{};  // each foot's extra step, m
  std::array<double, 2> tilt{}, righting{};        // roll and pitch of the root, and what the standing hips answer, rad
};

struct FootReference {
  std::array<double, 6> offset{};  // foot coordinates, m and rad
  bool stance = true;              // scheduled
  double lift = 0;                 // m
};

struct GaitReference {
  std::array<FootReference, 2> feet;
  std::array<double, 2> support{0.5, 0.5};  // share of the weight each leg is scheduled to carry
  double sway = 0, sway_speed = 0;          // of the root to the left, m and m/s
};

// Root velocity from leg odometry: the standing sole does not move, so the root moves as the joints and the gyro say.
void estimate_velocity(const WalkModel& model, const Measured& measured, GaitState& state);
// Moves each swing foot towards where it catches the body: a share of (v - v_wanted) sqrt(h / g) (Pratt et al. 2006), grown
// over the swing, given back over the stance.
void advance_capture(const WalkModel& model, GaitState& state);
// Tilt from gravity and gyro: standing hips turn the body upright, swinging soles stay level.
void advance_righting(const WalkModel& model, const Measured& measured, GaitState& state);
void advance_gait(const WalkModel& model, const VelocityCommand& command, GaitState& state);
GaitReference compute_gait(const WalkModel& model, const GaitState& state);
// True when the command asks to stand still.
bool is_stand(const WalkModel& model, const VelocityCommand& command);

}  // namespace manybody::signal
