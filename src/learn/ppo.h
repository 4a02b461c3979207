// Proximal policy optimisation over any task::Env: collect a batch with the present policy, improve it, again.
//
// Reads: the environment. Writes: the networks, and what happened (Iteration).
// Method: Schulman et al., arXiv:1707.06347, with separate actor and critic, diagonal Gaussian actions, the actor's step size
//   steered by the measured KL of each minibatch (as in legged-robot practice: Rudin et al., arXiv:2109.11978), time-outs
//   bootstrapped from the critic (Pardo et al., arXiv:1712.00378). What is exported may be the mean of the latest actors (Polyak and
//   Juditsky, Acceleration of stochastic approximation by averaging, 1992).
// Limits: the same numbers for a seed whatever the number of threads: samples are cut into chunks of kChunk rows, chunks into
//   at most kLanes lanes, and lanes are added in order. Errors: UserError when the environment delivers a not-a-number,
//   or when an actor of joint tokens is asked for without a layout.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/pool.h"
#include "learn/checkpoint.h"
#include "learn/optimiser.h"
#include "learn/ppo_config.h"
#include "policy/bundle.h"
#include "policy/gaussian.h"
#include "policy/mlp.h"
#include "policy/normaliser.h"
#include "signal/token_layout.h"
#include "task/env.h"

namespace manybody::learn {

// Means over the last call of iterate().
struct Iteration {
  double reward = 0;                                            // a control step, unscaled
  double episodes = 0, episode_return = 0, episode_length = 0;  // of the episodes that ended last
  double kl = 0, clipped = 0, entropy = 0, deviation = 0, learning_rate = 0;
  double actor_loss = 0, value_loss = 0, explained_variance = 0;
  double actor_gradient = 0, critic_gradient = 0, skipped_updates = 0;
  double env_seconds = 0, inference_seconds = 0, learner_seconds = 0;
};

class Ppo {
 public:
  // tokens: how the observation falls into joints; read where config.actor_kind is "tokens".
  Ppo(task::Env& env, const PpoConfig& config, uint64_t seed, core::Pool& pool, const signal::TokenLayout& tokens = {});

  // Worlds that share advantage statistics (one body each, say); empty: all together.
  void set_groups(std::vector<int> group_of_world) { groups_ = std::move(group_of_world); }

  const Iteration& iterate();
  int64_t steps() const { return steps_; }  // control steps of all worlds
  int64_t iterations() const { return iterations_; }
  int64_t steps_per_iteration() const { return static_cast<int64_t>(worlds_) * horizon_now(); }

  // Networks and normaliser into a bundle; `info` names the body and the contract, the rest is filled in.
  policy::Bundle make_bundle(policy::PolicyInfo info) const;
  // Starts from a trained actor; the critic stays new. Throws UserError when sizes differ.
  void start_from(const policy::Bundle& bundle, const std::string& where);

  void save(Checkpoint& to) const;    // with the environment's state
  void load(const Checkpoint& from);  // continues as if never stopped

  std::span<const float> actor_parameters() const { return actor_weights_; }
  std::span<const float> critic_parameters() const { return critic_weights_; }

 private:
  static constexpr int kChunk = 96, kLanes = 32;
  struct Worker;  // a thread's memory
  struct Lane;    // one slot of the fixed-order sum
  struct Batch;   // what a rollout leaves behind

  std::vector<int64_t> shape() const;                                          // what a checkpoint must agree with
  void check_kind(const std::string& theirs, const std::string& where) const;  // theirs: as actor_tokens_
  int horizon_now() const;  // decided by steps() alone, so that a resumed run does the same
  int largest_horizon() const { return std::max(config_.horizon, config_.horizon_late); }
  void begin();
  void collect();
  void infer(int t);
  void add_time_out_values(int t);
  void last_values();
  void learn();
  void learn_chunk(const int* index, int rows, int minibatch_rows, Worker& worker, Lane& lane);
  void update(const int* index, int rows);
  void reduce(int lanes);
  void steer_rate(double kl);
  void load_weights();
  void average();

  task::Env& env_;
  PpoConfig config_;
  uint64_t seed_;
  core::Pool& pool_;
  int worlds_, observations_, critics_, actions_;
  std::vector<int> actor_sizes_;
  std::string actor_tokens_;  // as in policy::PolicyInfo
  std::unique_ptr<policy::Net> actor_;
  policy::Mlp critic_;
  std::vector<float> actor_weights_, critic_weights_;  // the actor's end with its log deviations
  std::vector<float> averaged_;                        // of actor_weights_; empty where nothing is averaged
  int64_t averaged_iterations_ = 0;
  Adam actor_adam_, critic_adam_;
  policy::Normaliser observation_normaliser_, critic_normaliser_;
  policy::Deviation deviation_, old_deviation_;
  double rate_;
  core::Rng shuffle_;
  std::vector<core::Rng> noise_;  // one a world
  std::vector<int> groups_;
  int64_t steps_ = 0, iterations_ = 0;
  bool begun_ = false;
  std::vector<double> running_return_, running_length_;
  Iteration last_;

  struct Deleter {
    void operator()(Batch*) const;
  };
  std::unique_ptr<Batch, Deleter> batch_;
  std::vector<std::shared_ptr<Worker>> workers_;
  std::vector<std::shared_ptr<Lane>> lanes_;
  int horizon_ = 0;  // of the batch at hand
  std::vector<int> order_;
};

}  // namespace manybody::learn
