#include "learn/ppo_loss.h"

#include <algorithm>
#include <cmath>

namespace manybody::learn {

ActorLoss actor_loss(const float* mean, const policy::Deviation& deviation, const ActorSample& sample, double clip, double weight,
                     float* by_mean, float* by_log_deviation) {
  const double change = policy::log_probability(mean, deviation, sample.action) - sample.old_log_probability;
  const double ratio = std::exp(std::clamp(change, -20.0, 20.0));
  const double free = ratio * sample.advantage;
  const double held = std::clamp(ratio, 1 - clip, 1 + clip) * sample.advantage;
  ActorLoss out{-std::min(free, held), std::abs(ratio - 1) > clip};
  if (free <= held && std::abs(change) < 20) {
    policy::add_log_probability_gradient(mean, deviation, sample.action, -weight * free, by_mean, by_log_deviation);
  }
  return out;
}

CriticLoss critic_loss(double value, double old_value, double target, double clip) {
  const double error = value - target;
  CriticLoss out{0.5 * error * error, error};
  if (clip > 0) {
    const double held_error = old_value + std::clamp(value - old_value, -clip, clip) - target;
    if (0.5 * held_error * held_error > out.loss) {
      const bool inside = std::abs(value - old_value) < clip;
      out = {0.5 * held_error * held_error, inside ? held_error : 0};
    }
  }
  return out;
}

}  // namespace manybody::learn
