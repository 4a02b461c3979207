// Domain randomisation: what differs from world to world and from tick to tick. `ramp` (0 … 1) scales every spread.
#pragma once

#include "core/rng.h"
#include "physics/batch.h"
#include "signal/measured.h"
#include "task/walk_config.h"

namespace manybody::task {

physics::WorldParameters draw_parameters(const RandomConfig& config, double ramp, double leg_length, core::Rng& rng);
// Physics steps before a new target arrives.
int draw_latency(const RandomConfig& config, double ramp, double timestep_s, core::Rng& rng);
void add_noise(const RandomConfig& config, double ramp, core::Rng& rng, signal::Measured& measured);

}  // namespace manybody::task
