// The losses of proximal policy optimisation for one sample, with their gradients.
//
// Reads: what the old policy did (action, its log-probability, advantage) and the new policy's distribution.
// Writes: loss and its gradient by the network's outputs.
// Method: Schulman et al., arXiv:1707.06347, eq. 7: -min(r A, clip(r, 1-e, 1+e) A), r = exp(log p_new - log p_old).
// Limits: log r is held within ±20. Errors: none.
#pragma once

#include "policy/gaussian.h"

namespace manybody::learn {

struct ActorSample {
  const float* action = nullptr;
  double old_log_probability = 0;
  double advantage = 0;
};

struct ActorLoss {
  double loss = 0;
  bool clipped = false;  // the ratio has left the trusted interval
};

// Adds weight * gradient to by_mean and by_log_deviation.
ActorLoss actor_loss(const float* mean, const policy::Deviation& deviation, const ActorSample& sample, double clip, double weight,
                     float* by_mean, float* by_log_deviation);

struct CriticLoss {
  double loss = 0, by_value = 0;
};

// Half the squared error; with clip > 0 the larger of that and of the value held near the old one.
CriticLoss critic_loss(double value, double old_value, double target, double clip);

}  // namespace manybody::learn
