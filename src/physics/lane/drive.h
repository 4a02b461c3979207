// The hook by which actuator forces come from elsewhere than the model's gains: called once a physics step for each group of worlds.
//
// Reads (DriveCall): W worlds' angles, speeds and controls of the driven actuators. Writes: forces and minus their slopes by
//   velocity; the worlds' user numbers, which are part of their state.
// Limits: called from several threads at once, for different worlds.
#pragma once

namespace manybody::physics::lane {

struct DriveCall {
  int lanes = 0;
  const int* worlds = nullptr;  // whose parameters each lane has: its own world's, or for a spare lane the group's first
  const float *q = nullptr, *speed = nullptr, *control = nullptr;  // driven actuators x lanes
  double* const* user = nullptr;                                   // a pointer a lane
  bool keep = true;                                                // false: a look, which leaves the user numbers as they are
  float *force = nullptr, *slope = nullptr;
};

class Drive {
 public:
  virtual ~Drive() = default;
  virtual void ask(const DriveCall& call) const = 0;
};

}  // namespace manybody::physics::lane
