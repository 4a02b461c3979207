// A recorded run of the signal: every tick's measurement, command, observation, action and targets, for replay and audit.
//
// Writes, reads: "MBTAPE1\n", u32 joints, u32 observations, u32 actions, the contract's hash, the starting state, then the ticks,
// little-endian. Method: replaying the measurements and actions through a fresh WalkSignal must give the same observations and
// targets bit for bit: that is how training, simulation and robot are proved to run one code.
// Errors: core::UserError naming the file (not a tape, ends early, sizes that do not fit the body).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "signal/walk_signal.h"

namespace manybody::signal {

struct TapeTick {
  Measured measured;
  VelocityCommand command;
  std::vector<float> observation, action;
  std::vector<double> targets;
};

struct Tape {
  std::string contract;  // hash
  WalkState start;       // of the signal before the first tick
  std::vector<TapeTick> ticks;
};

void write_tape(const std::string& path, const Tape& tape);
Tape read_tape(const std::string& path);

// The first tick whose observation or targets differ in any bit, or -1 when the whole run replays.
int find_first_difference(const WalkModel& model, const Tape& tape);

}  // namespace manybody::signal
