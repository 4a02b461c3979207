// How well a policy walks a body: many episodes at once with changing commands and kicks, measured the same way for every body.
//
// Reads: Body, a policy (or a sanity agent), options. Writes: one EvalResult.
// Method: commands are redrawn every `command_seconds`, kicks of `push_mps` in a random direction come every `push_seconds`.
//   Velocity is averaged over one stride; the second after a new command or a kick does not count towards errors (survival
//   counts all). Slip: horizontal speed of the sole while it carries load. Clearance: height of the sole above the ground while
//   it swings under a walking command, as a share of leg length. Cost of transport: Σ|τ q̇| / (m g distance).
// Limits: nominal body, no sensor noise (`randomised` adds both). Errors: core::UserError when policy and body do not fit.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "policy/policy.h"
#include "task/walk.h"

namespace manybody::learn {

struct EvalOptions {
  int episodes = 64;
  double seconds = 20;
  uint64_t seed = 1;
  int threads = 0;
  double command_seconds = 4, push_seconds = 5, push_mps = 0.5;
  double vx_min = -0.5, vx_max = 1.0, vy_max = 0.3, wz_max = 0.8;
  double stand_share = 0.1;
  bool scale_commands = true;  // legs shorter than 0.4 m get slower commands and kicks: sqrt(L / 0.4 m)
  std::string terrain = "flat", collisions = "full", physics = "lanes", actuators = "trained";

  void describe(core::Fields& f);
};

struct EvalResult {
  double survival = 0;  // share of episodes without a fall
  double velocity_rmse_mps = 0, yaw_rate_rmse_radps = 0;
  double velocity_rmse_scaled_mps = 0;  // over sqrt(L / 0.4 m) for legs shorter than 0.4 m, as commands are
  double foot_slip_mps = 0;             // mean in stance
  double foot_clearance = 0;            // mean in swing, share of leg length
  double foot_clearance_peak = 0;       // mean of each swing's highest point
  double action_rate = 0;               // RMS change of a joint target per tick, rad
  double torque_share = 0;              // RMS torque over its limit
  double cost_of_transport = 0;
  double stand_speed_mps = 0;  // mean speed of the root while told to stand (after the first second)
  double control_steps_per_s = 0;
  uint64_t state_hash = 0;  // of all worlds at the end
};

// Writes `actions` for all rows of `observations`.
using Agent = std::function<void(std::span<const float> observations, std::span<float> actions)>;
Agent policy_agent(policy::Policy& policy);
Agent zero_agent();
Agent random_agent(uint64_t seed);

// The task's configuration as the bundle saved it; throws when body or contract differ.
task::WalkTaskConfig bundle_config(const policy::Bundle& bundle, const std::string& folder, const body::Body& body);

EvalResult evaluate(const body::Body& body, task::WalkTaskConfig config, const Agent& agent, const EvalOptions& options);

}  // namespace manybody::learn
