#include "learn/ppo.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "core/clock.h"
#include "core/error.h"
#include "learn/gae.h"
#include "learn/ppo_loss.h"
#include "learn/ppo_parts.h"
#include "policy/make_net.h"
#include "policy/token_shape.h"

namespace manybody::learn {
namespace {

std::vector<int> layer_sizes(int inputs, const std::vector<double>& hidden, int outputs) {
  std::vector<int> sizes{inputs};
  for (const double width : hidden) sizes.push_back(static_cast<int>(width));
  sizes.push_back(outputs);
  return sizes;
}

std::vector<int> actor_sizes(const PpoConfig& config, int inputs, int outputs) {
  return config.actor_kind == "tokens" ? std::vector<int>{inputs, outputs} : layer_sizes(inputs, config.actor_hidden, outputs);
}

std::string actor_tokens(const PpoConfig& config, const signal::TokenLayout& layout) {
  if (config.actor_kind != "tokens") return "";
  if (layout.tokens.empty()) {
    throw core::UserError("ppo.actor_kind", "is tokens, but the observation is not laid out joint by joint",
                          "signal.leg_space = role and signal.arm_scale = 0, or ppo.actor_kind = mlp");
  }
  return policy::write_token_shape({layout, config.token_width, config.token_heads, config.token_blocks});
}

const PpoConfig& checked(const PpoConfig& config) {
  config.check();
  return config;
}

// values: one row a world, the first of them first_world's.
void check_finite(std::span<const float> values, const char* what, int worlds, int64_t step, size_t first_world = 0) {
  uint32_t bad = 0;
  for (const float value : values) bad |= (std::bit_cast<uint32_t>(value) & 0x7f800000u) == 0x7f800000u;
  if (!bad) return;
  const auto at = std::find_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
  const size_t index = static_cast<size_t>(at - values.begin()), columns = values.size() / worlds;
  throw core::UserError(
      "training",
      fmt::format("{}[{}] of world {} is {} at control step {}", what, index % columns, first_world + index / columns, *at, step),
      "finite numbers: the simulation has come apart, or a reward divides by zero");
}

}  // namespace

void Ppo::Deleter::operator()(Batch* batch) const { delete batch; }

void Ppo::Lane::clear() {
  std::fill(actor_gradient.begin(), actor_gradient.end(), 0.0f);
  std::fill(critic_gradient.begin(), critic_gradient.end(), 0.0f);
  kl = clipped = actor_loss = value_loss = 0;
}

Ppo::Ppo(task::Env& env, const PpoConfig& config, uint64_t seed, core::Pool& pool, const signal::TokenLayout& tokens)
    : env_(env),
      config_(checked(config)),
      seed_(seed),
      pool_(pool),
      worlds_(env.worlds()),
      observations_(env.observation_size()),
      critics_(env.critic_size()),
      actions_(env.action_size()),
      actor_sizes_(actor_sizes(config, observations_, actions_)),
      actor_tokens_(actor_tokens(config, tokens)),
      actor_(policy::make_net(actor_sizes_, actor_tokens_, "the actor")),
      critic_(layer_sizes(critics_, config.critic_hidden, 1)),
      actor_weights_(actor_->parameter_count() + actions_),
      critic_weights_(critic_.parameter_count()),
      actor_adam_(actor_weights_.size()),
      critic_adam_(critic_weights_.size()),
      observation_normaliser_(observations_, config.observation_clip, config.normaliser_floor),
      critic_normaliser_(critics_, config.observation_clip, config.normaliser_floor),
      deviation_(actions_),
      old_deviation_(actions_),
      rate_(config.learning_rate),
      shuffle_(seed, 1),
      running_return_(worlds_),
      running_length_(worlds_),
      batch_(new Batch(worlds_, largest_horizon(), observations_, critics_, actions_)) {
  core::Rng rng(seed, 0);
  actor_->initialise(actor_weights_, rng, config.output_gain);
  critic_.initialise(critic_weights_, rng, 1.0);
  std::fill(actor_weights_.begin() + static_cast<ptrdiff_t>(actor_->parameter_count()), actor_weights_.end(),
            static_cast<float>(std::log(config.deviation)));
  for (int world = 0; world < worlds_; ++world) noise_.emplace_back(seed, 1000 + static_cast<uint64_t>(world));
  for (int thread = 0; thread < pool.threads(); ++thread) workers_.push_back(std::make_shared<Worker>(*actor_, critic_));
  order_.resize(batch_->value.size());
  const int largest = static_cast<int>((order_.size() + config.minibatches - 1) / config.minibatches);
  const int lanes = std::min(kLanes, (largest + kChunk - 1) / kChunk);
  for (int i = 0; i < lanes; ++i) lanes_.push_back(std::make_shared<Lane>(actor_weights_.size(), critic_weights_.size()));
  load_weights();
}

void Ppo::load_weights() {
  pool_.split(2, [&](int begin, int end, int) {
    for (int i = begin; i < end; ++i) i == 0 ? actor_->load(actor_weights_) : critic_.load(critic_weights_);
  });
  deviation_.set(std::span<const float>(actor_weights_).subspan(actor_->parameter_count()));
}

void Ppo::begin() {
  if (begun_) return;
  begun_ = true;
  env_.set_progress(static_cast<double>(steps_));
  env_.reset();
}

int Ppo::horizon_now() const {
  const double span = config_.grow_until - config_.grow_from, gone = static_cast<double>(steps_) - config_.grow_from;
  const double share = span > 0 ? std::clamp(gone / span, 0.0, 1.0) : gone >= 0;
  return static_cast<int>(std::lround(config_.horizon + share * (config_.horizon_late - config_.horizon)));
}

const Iteration& Ppo::iterate() {
  begin();
  horizon_ = horizon_now();
  env_.set_progress(static_cast<double>(steps_));
  last_ = Iteration{.episode_return = last_.episode_return, .episode_length = last_.episode_length};
  collect();
  const double start = core::steady_seconds();
  learn();
  average();
  last_.learner_seconds = core::steady_seconds() - start;
  ++iterations_;
  return last_;
}

void Ppo::average() {
  if (config_.average <= 0) return;
  if (averaged_.empty() || static_cast<double>(steps_) < config_.critic_first) {
    averaged_ = actor_weights_;
    averaged_iterations_ = 0;
  }
  ++averaged_iterations_;  // the plain mean, until that is as long as was asked for
  const double share =
      std::max(1.0 / static_cast<double>(averaged_iterations_), static_cast<double>(worlds_) * horizon_ / config_.average);
  const float rate = static_cast<float>(std::min(1.0, share));
  for (size_t i = 0; i < averaged_.size(); ++i) averaged_[i] += rate * (actor_weights_[i] - averaged_[i]);
}

void Ppo::collect() {
  Batch& b = *batch_;
  old_deviation_ = deviation_;
  double returns = 0, lengths = 0, reward_sum = 0;
  for (int t = 0; t < horizon_; ++t) {
    const double start = core::steady_seconds();
    infer(t);
    const size_t row = static_cast<size_t>(t) * worlds_;
    const double inferred = core::steady_seconds();
    env_.step({b.action.data() + row * actions_, static_cast<size_t>(worlds_) * actions_});
    const double stepped = core::steady_seconds();
    const std::span<const float> reward = env_.reward();
    const std::span<const uint8_t> done = env_.done();
    check_finite(reward, "reward", worlds_, steps_);
    for (int world = 0; world < worlds_; ++world) {
      reward_sum += reward[world];
      b.reward[row + world] = static_cast<float>(config_.reward_scale * reward[world]);
      b.end[row + world] = done[world] != 0;
      running_return_[world] += reward[world], ++running_length_[world];
      if (!done[world]) continue;
      ++last_.episodes, returns += running_return_[world], lengths += running_length_[world];
      running_return_[world] = running_length_[world] = 0;
    }
    add_time_out_values(t);
    steps_ += worlds_;
    last_.env_seconds += stepped - inferred;
    last_.inference_seconds += core::steady_seconds() - stepped + inferred - start;
  }
  const double start = core::steady_seconds();
  last_values();
  if (config_.normalise_until > 0 && static_cast<double>(steps_) >= config_.normalise_until) {
    observation_normaliser_.refresh(), critic_normaliser_.refresh();
    observation_normaliser_.freeze(), critic_normaliser_.freeze();
  }
  last_.inference_seconds += core::steady_seconds() - start;
  last_.reward = reward_sum / static_cast<double>(static_cast<size_t>(worlds_) * horizon_);
  if (last_.episodes > 0) last_.episode_return = returns / last_.episodes, last_.episode_length = lengths / last_.episodes;
}

void Ppo::infer(int t) {
  Batch& b = *batch_;
  const std::span<const float> observation = env_.observation(), critic = env_.critic();
  check_finite(observation, "observation", worlds_, steps_);
  check_finite(critic, "critic's observation", worlds_, steps_);
  observation_normaliser_.add(observation.data(), worlds_);
  critic_normaliser_.add(critic.data(), worlds_);

  const int chunks = (worlds_ + kChunk - 1) / kChunk;
  pool_.split(chunks, [&](int begin, int end, int thread) {
    Worker& worker = *workers_[thread];
    for (int chunk = begin; chunk < end; ++chunk) {
      const int first_world = worlds_ * chunk / chunks, rows = worlds_ * (chunk + 1) / chunks - first_world;
      const size_t row = static_cast<size_t>(t) * worlds_ + first_world;
      float* x = b.observation.data() + row * observations_;
      observation_normaliser_.apply(observation.data() + static_cast<size_t>(first_world) * observations_, rows, x);
      actor_->forward(x, rows, *worker.actor_scratch, b.mean.data() + row * actions_);
      float* c = b.critic.data() + row * critics_;
      critic_normaliser_.apply(critic.data() + static_cast<size_t>(first_world) * critics_, rows, c);
      critic_.forward(c, rows, worker.critic_scratch, b.value.data() + row);
      for (int r = 0; r < rows; ++r) {
        const float* mean = b.mean.data() + (row + r) * actions_;
        float* action = b.action.data() + (row + r) * actions_;
        policy::sample(mean, deviation_, noise_[first_world + r], action);
        b.log_probability[row + r] = policy::log_probability(mean, deviation_, action);
      }
    }
  });
}

// An episode that only ran out of time would have gone on: its last reward gets the value of where it was.
void Ppo::add_time_out_values(int t) {
  Batch& b = *batch_;
  const std::span<const uint8_t> timeout = env_.timeout();
  const std::span<const float> final_critic = env_.final_critic();
  Worker& worker = *workers_[0];
  for (int world = 0; world < worlds_; ++world) {
    if (!timeout[world]) continue;
    const std::span<const float> raw = final_critic.subspan(static_cast<size_t>(world) * critics_, critics_);
    check_finite(raw, "final critic's observation", 1, steps_, static_cast<size_t>(world));
    critic_normaliser_.apply(raw.data(), 1, worker.critic_input.data());
    critic_.forward(worker.critic_input.data(), 1, worker.critic_scratch, worker.value.data());
    b.reward[static_cast<size_t>(t) * worlds_ + world] += static_cast<float>(config_.gamma * worker.value[0]);
  }
}

void Ppo::last_values() {
  Batch& b = *batch_;
  const std::span<const float> critic = env_.critic();
  check_finite(critic, "critic's observation", worlds_, steps_);
  Worker& worker = *workers_[0];
  for (int world = 0; world < worlds_; world += kChunk) {
    const int rows = std::min(kChunk, worlds_ - world);
    critic_normaliser_.apply(critic.data() + static_cast<size_t>(world) * critics_, rows, worker.critic_input.data());
    critic_.forward(worker.critic_input.data(), rows, worker.critic_scratch, b.last_value.data() + world);
  }
}

policy::Bundle Ppo::make_bundle(policy::PolicyInfo info) const {
  policy::Bundle bundle;
  info.sizes = actor_sizes_;
  info.tokens = actor_tokens_;
  info.clip = config_.observation_clip;
  info.steps = steps_;
  info.seed = seed_;
  bundle.info = std::move(info);
  const std::span<const float> mean = observation_normaliser_.mean(), deviation = observation_normaliser_.deviation();
  bundle.mean.assign(mean.begin(), mean.end());
  bundle.deviation.assign(deviation.begin(), deviation.end());
  const std::vector<float>& actor = averaged_.empty() ? actor_weights_ : averaged_;
  const auto end_of_net = actor.begin() + static_cast<ptrdiff_t>(actor_->parameter_count());
  bundle.parameters.assign(actor.begin(), end_of_net);
  bundle.log_deviation.assign(end_of_net, actor.end());
  return bundle;
}

void Ppo::start_from(const policy::Bundle& bundle, const std::string& where) {
  auto text = [](const std::vector<int>& sizes) {
    std::string out;
    for (const int size : sizes) out += (out.empty() ? "" : " ") + std::to_string(size);
    return out;
  };
  check_kind(bundle.info.tokens, where);
  if (bundle.info.sizes != actor_sizes_) {
    throw core::UserError(where, "its network has the sizes " + text(bundle.info.sizes), text(actor_sizes_));
  }
  std::copy(bundle.parameters.begin(), bundle.parameters.end(), actor_weights_.begin());
  std::copy(bundle.log_deviation.begin(), bundle.log_deviation.end(),
            actor_weights_.begin() + static_cast<ptrdiff_t>(actor_->parameter_count()));
  observation_normaliser_ = policy::Normaliser(bundle.mean, bundle.deviation, bundle.info.clip);
  load_weights();
}

}  // namespace manybody::learn
