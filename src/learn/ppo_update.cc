// The improving half of the learner: minibatches, their gradients in fixed-order sums, the optimiser's step.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "learn/gae.h"
#include "learn/ppo.h"
#include "learn/ppo_loss.h"
#include "learn/ppo_parts.h"

namespace manybody::learn {
namespace {

// 1 when the critic foresaw every target, 0 when it is no better than their mean.
double explained_variance(std::span<const float> value, std::span<const float> target) {
  const double n = static_cast<double>(value.size());
  double mean = 0, mean_error = 0, square = 0, square_error = 0;
  for (size_t i = 0; i < value.size(); ++i) mean += target[i] / n, mean_error += (target[i] - value[i]) / n;
  for (size_t i = 0; i < value.size(); ++i) {
    const double d = target[i] - mean, e = target[i] - value[i] - mean_error;
    square += d * d, square_error += e * e;
  }
  return square > 0 ? 1 - square_error / square : 0;
}

}  // namespace

void Ppo::learn() {
  Batch& b = *batch_;
  const size_t samples = static_cast<size_t>(worlds_) * horizon_;
  auto part = [&](auto& all) { return std::span(all).first(samples); };
  compute_gae({worlds_, horizon_, config_.gamma, config_.lambda, part(b.reward), part(b.value), part(b.end), b.last_value},
              part(b.advantage), part(b.target));
  last_.explained_variance = explained_variance(part(b.value), part(b.target));
  normalise_advantages(part(b.advantage), worlds_, groups_);
  order_.resize(samples);
  for (int epoch = 0; epoch < config_.epochs; ++epoch) {
    std::iota(order_.begin(), order_.end(), 0);
    for (size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[shuffle_.below(static_cast<int>(i))]);
    for (int m = 0; m < config_.minibatches; ++m) {
      const size_t begin = order_.size() * m / config_.minibatches, end = order_.size() * (m + 1) / config_.minibatches;
      if (begin < end) update(order_.data() + begin, static_cast<int>(end - begin));
    }
  }
  const double updates = static_cast<double>(config_.epochs) * config_.minibatches;
  for (double* sum :
       {&last_.kl, &last_.clipped, &last_.actor_loss, &last_.value_loss, &last_.actor_gradient, &last_.critic_gradient}) {
    *sum /= updates;
  }
  last_.entropy = policy::entropy(deviation_);
  last_.deviation = std::accumulate(deviation_.value.begin(), deviation_.value.end(), 0.0) / actions_;
  last_.learning_rate = rate_;
  // The statistics of this batch count from the next rollout on: within one, acting and learning see the same numbers.
  observation_normaliser_.refresh(), critic_normaliser_.refresh();
}

void Ppo::update(const int* index, int rows) {
  const int chunks = (rows + kChunk - 1) / kChunk, lanes = std::min(static_cast<int>(lanes_.size()), chunks);
  pool_.split(lanes, [&](int begin, int end, int thread) {
    for (int lane = begin; lane < end; ++lane) {
      lanes_[lane]->clear();
      for (int chunk = chunks * lane / lanes; chunk < chunks * (lane + 1) / lanes; ++chunk) {
        const int first = chunk * kChunk;
        learn_chunk(index + first, std::min(kChunk, rows - first), rows, *workers_[thread], *lanes_[lane]);
      }
    }
  });
  reduce(lanes);
  Lane& sum = *lanes_[0];
  steer_rate(sum.kl / rows);
  const size_t net = actor_->parameter_count();
  for (int i = 0; i < actions_; ++i) sum.actor_gradient[net + i] -= static_cast<float>(config_.entropy);

  const double actor_norm = norm_of(sum.actor_gradient), critic_norm = norm_of(sum.critic_gradient);
  const bool both = std::isfinite(actor_norm) && std::isfinite(critic_norm);
  if (!both) {
    ++last_.skipped_updates;
    return;
  }
  // An actor that was trained elsewhere waits until the critic knows what it is worth.
  const bool actor_learns = static_cast<double>(steps_) >= config_.critic_first;
  if (actor_learns) actor_adam_.step(actor_weights_, sum.actor_gradient, actor_norm, rate_, config_.gradient_norm, pool_);
  critic_adam_.step(critic_weights_, sum.critic_gradient, critic_norm, config_.critic_learning_rate, config_.gradient_norm,
                    pool_);
  const float low = static_cast<float>(std::log(config_.deviation_min));
  const float high = static_cast<float>(std::log(config_.deviation_max));
  for (size_t i = net; i < actor_weights_.size(); ++i) actor_weights_[i] = std::clamp(actor_weights_[i], low, high);
  load_weights();

  last_.kl += sum.kl / rows, last_.clipped += sum.clipped / rows;
  last_.actor_loss += sum.actor_loss / rows, last_.value_loss += sum.value_loss / rows;
  last_.actor_gradient += actor_norm, last_.critic_gradient += critic_norm;
}

void Ppo::learn_chunk(const int* index, int rows, int minibatch_rows, Worker& w, Lane& lane) {
  const Batch& b = *batch_;
  for (int r = 0; r < rows; ++r) {
    const size_t at = static_cast<size_t>(index[r]);
    std::copy_n(b.observation.data() + at * observations_, observations_, w.observation.data() + r * observations_);
    std::copy_n(b.critic.data() + at * critics_, critics_, w.critic_input.data() + r * critics_);
  }
  actor_->forward(w.observation.data(), rows, *w.actor_scratch, w.mean.data());
  critic_.forward(w.critic_input.data(), rows, w.critic_scratch, w.value.data());
  std::fill_n(w.by_mean.data(), static_cast<size_t>(rows) * actions_, 0.0f);
  float* by_log_deviation = lane.actor_gradient.data() + actor_->parameter_count();
  const double weight = 1.0 / minibatch_rows;
  for (int r = 0; r < rows; ++r) {
    const size_t at = static_cast<size_t>(index[r]);
    const float* mean = w.mean.data() + r * actions_;
    lane.kl += policy::divergence(b.mean.data() + at * actions_, old_deviation_, mean, deviation_);
    const ActorSample sample{b.action.data() + at * actions_, b.log_probability[at], b.advantage[at]};
    const ActorLoss actor =
        actor_loss(mean, deviation_, sample, config_.clip, weight, w.by_mean.data() + r * actions_, by_log_deviation);
    lane.actor_loss += actor.loss, lane.clipped += actor.clipped;
    const CriticLoss critic = critic_loss(w.value[r], b.value[at], b.target[at], config_.value_clip);
    lane.value_loss += critic.loss;
    w.by_value[r] = static_cast<float>(weight * critic.by_value);
  }
  actor_->backward(w.observation.data(), rows, w.by_mean.data(), *w.actor_scratch, lane.actor_gradient.data());
  critic_.backward(w.critic_input.data(), rows, w.by_value.data(), w.critic_scratch, lane.critic_gradient.data());
}

// Adds lanes 1, 2, … to lane 0, each element in that order.
void Ppo::reduce(int lanes) {
  Lane& sum = *lanes_[0];
  const int actor = static_cast<int>(actor_weights_.size()), critic = static_cast<int>(critic_weights_.size());
  const policy::Kernels& kernels = policy::best_kernels();
  pool_.split(actor + critic, [&](int begin, int end, int) {
    for (int lane = 1; lane < lanes; ++lane) {
      const Lane& other = *lanes_[lane];
      const int from = std::max(begin - actor, 0), until = std::min(end, actor);
      if (begin < until) kernels.add(until - begin, other.actor_gradient.data() + begin, sum.actor_gradient.data() + begin);
      if (end > actor) kernels.add(end - actor - from, other.critic_gradient.data() + from, sum.critic_gradient.data() + from);
    }
  });
  for (int lane = 1; lane < lanes; ++lane) {
    const Lane& other = *lanes_[lane];
    sum.kl += other.kl, sum.clipped += other.clipped;
    sum.actor_loss += other.actor_loss, sum.value_loss += other.value_loss;
  }
}

void Ppo::steer_rate(double kl) {
  if (config_.kl_target <= 0 || !std::isfinite(kl)) return;
  // The first minibatch compares the policy with itself: that says nothing about the step size.
  constexpr double kMoved = 1e-8;
  if (kl > 2 * config_.kl_target) rate_ = std::max(config_.learning_rate_min, rate_ / 1.5);
  if (kl > kMoved && kl < 0.5 * config_.kl_target) rate_ = std::min(config_.learning_rate_max, rate_ * 1.5);
}

}  // namespace manybody::learn
