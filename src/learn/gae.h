// Generalised advantage estimation: how much better each action was than the critic expected.
//
// Reads: rewards, values and ends of episodes (horizon x worlds, time-major), values behind the last step (worlds).
// Writes: advantages and value targets (horizon x worlds).
// Method: Schulman et al., arXiv:1506.02438, eq. 16: A_t = d_t + gamma lambda (1 - end_t) A_{t+1},
//   d_t = r_t + gamma (1 - end_t) V_{t+1} - V_t. A time-out's bootstrap is already in its reward.
// Errors: none.
#pragma once

#include <cstdint>
#include <span>

namespace manybody::learn {

struct GaeInput {
  int worlds = 0, horizon = 0;
  double gamma = 0.98, lambda = 0.95;
  std::span<const float> reward, value;
  std::span<const uint8_t> end;
  std::span<const float> last_value;
};

void compute_gae(const GaeInput& in, std::span<float> advantage, std::span<float> target);

// Subtracts the mean and divides by the deviation, within each group of worlds (groups empty: all together).
// Bodies of different difficulty then weigh the same. group: worlds, 0 … n-1.
void normalise_advantages(std::span<float> advantage, int worlds, std::span<const int> group);

}  // namespace manybody::learn
