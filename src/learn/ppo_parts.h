// The learner's working memory, allocated once. Inside the room only.
#pragma once

#include "learn/ppo.h"

namespace manybody::learn {

// Time-major: horizon x worlds rows. Observations as the networks saw them (normalised).
struct Ppo::Batch {
  Batch(int worlds, int horizon, int observations, int critics, int actions)
      : observation(rows(worlds, horizon, observations)),
        critic(rows(worlds, horizon, critics)),
        action(rows(worlds, horizon, actions)),
        mean(action.size()),
        log_probability(rows(worlds, horizon, 1)),
        value(log_probability.size()),
        reward(value.size()),
        advantage(value.size()),
        target(value.size()),
        last_value(worlds),
        end(value.size()) {}
  static size_t rows(int worlds, int horizon, int columns) { return static_cast<size_t>(worlds) * horizon * columns; }

  std::vector<float> observation, critic, action, mean;
  std::vector<double> log_probability;
  std::vector<float> value, reward, advantage, target, last_value;
  std::vector<uint8_t> end;
};

struct Ppo::Worker {
  Worker(const policy::Net& actor, const policy::Mlp& critic)
      : actor_scratch(actor.make_scratch(kChunk)),
        critic_scratch(critic, kChunk),
        observation(size(actor.inputs())),
        critic_input(size(critic.inputs())),
        mean(size(actor.outputs())),
        by_mean(mean.size()),
        value(kChunk),
        by_value(kChunk) {}
  static size_t size(int columns) { return static_cast<size_t>(kChunk) * columns; }

  std::unique_ptr<policy::NetScratch> actor_scratch;
  policy::MlpScratch critic_scratch;
  std::vector<float> observation, critic_input, mean, by_mean, value, by_value;
};

struct Ppo::Lane {
  Lane(size_t actor, size_t critic) : actor_gradient(actor), critic_gradient(critic) {}
  void clear();

  std::vector<float> actor_gradient, critic_gradient;
  double kl = 0, clipped = 0, actor_loss = 0, value_loss = 0;
};

}  // namespace manybody::learn
