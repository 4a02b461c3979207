// The learner's settings. Defaults are the recipe that walks after a million steps (docs/method/learning.md).
#pragma once

#include <string>
#include <vector>

#include "core/config.h"

namespace manybody::learn {

struct PpoConfig {
  // Control steps a world between updates. Small batches learn to stand up quickest, large ones polish: the horizon grows from
  // the one to the other between two counts of control steps (of all worlds).
  int horizon = 24, horizon_late = 96;
  double grow_from = 0.5e6, grow_until = 2e6;
  int epochs = 4;
  int minibatches = 4;
  double gamma = 0.98, lambda = 0.95;
  double clip = 0.2;
  double value_clip = 0;  // 0: the critic's step is not clipped
  double entropy = 0.002;
  double learning_rate = 1e-4, learning_rate_min = 1e-5, learning_rate_max = 3e-3;
  double critic_learning_rate = 1e-3;
  double kl_target = 0.02;  // 0: the learning rate stays
  double gradient_norm = 1.0;
  double deviation = 0.3, deviation_min = 0.08, deviation_max = 1.0;
  double reward_scale = 0.05;
  double observation_clip = 10;
  double normaliser_floor = 0.01;  // added to each deviation, so that a constant input is not blown up
  double normalise_until = 0;      // control steps after which the statistics stay; 0: never
  double critic_first = 0;         // control steps at the start in which only the critic learns
  double average = 0;              // control steps over which the exported actor is averaged; 0: the last one
  double output_gain = 0.01;       // of the actor's last layer at the start: the first actions are the prior's
  // The actor: a multi-layer perceptron, or a network of joint tokens (signal.leg_space = "role" only); the critic is always the former.
  std::string actor_kind = "mlp";
  int token_width = 32, token_heads = 4, token_blocks = 1;
  std::vector<double> actor_hidden{128, 128, 128}, critic_hidden{128, 128, 128};

  void describe(core::Fields& f);
  void check() const;  // throws UserError where values contradict each other
};

}  // namespace manybody::learn
