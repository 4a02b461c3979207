// What a checkpoint holds of the learner, section by section.
#include <fmt/format.h>

#include "core/error.h"
#include "learn/ppo.h"

namespace manybody::learn {
namespace {

// Of Ppo::shape.
const char* const kShapeNames[] = {"worlds",           "observation size",  "critic size", "action size",
                                   "actor parameters", "critic parameters", "horizon"};

void put_adam(Checkpoint& to, const std::string& name, const Adam& adam) {
  to.put(name + ".moment1", adam.moment1);
  to.put(name + ".moment2", adam.moment2);
  to.put_value(name + ".steps", adam.steps);
}

void get_adam(const Checkpoint& from, const std::string& name, Adam& adam) {
  from.get_finite(name + ".moment1", adam.moment1);
  from.get_finite(name + ".moment2", adam.moment2);
  adam.steps = from.value<int64_t>(name + ".steps");
}

void get_normaliser(const Checkpoint& from, const std::string& name, policy::Normaliser& normaliser) {
  std::vector<double> state(2 + 4 * static_cast<size_t>(normaliser.size()));
  from.get_finite(name, state);
  if (normaliser.set_state(state)) return;
  throw core::UserError(from.path(), name + " has a deviation that is not positive", "positive deviations");
}

}  // namespace

std::vector<int64_t> Ppo::shape() const {
  return {worlds_,
          observations_,
          critics_,
          actions_,
          static_cast<int64_t>(actor_weights_.size()),
          static_cast<int64_t>(critic_weights_.size()),
          config_.horizon};
}

void Ppo::save(Checkpoint& to) const {
  to.put("shape", shape());
  if (!actor_tokens_.empty()) to.put_bytes("actor.tokens", actor_tokens_);
  to.put("actor.weights", actor_weights_);
  to.put("critic.weights", critic_weights_);
  if (!averaged_.empty()) {
    to.put("actor.average", averaged_);
    to.put_value("actor.averaged", averaged_iterations_);
  }
  put_adam(to, "actor.adam", actor_adam_);
  put_adam(to, "critic.adam", critic_adam_);
  to.put("observation.normaliser", observation_normaliser_.state());
  to.put("critic.normaliser", critic_normaliser_.state());
  to.put_value("learning_rate", rate_);
  to.put_value("seed", seed_);
  to.put_value("steps", steps_);
  to.put_value("iterations", iterations_);
  to.put_value("begun", static_cast<uint8_t>(begun_));
  std::vector<uint64_t> random;
  auto add = [&](const core::Rng& rng) {
    for (const uint64_t word : rng.state()) random.push_back(word);
  };
  add(shuffle_);
  for (const core::Rng& rng : noise_) add(rng);
  to.put("random", random);
  to.put("episode.returns", running_return_);
  to.put("episode.lengths", running_length_);
  to.put("episode.last", std::vector<double>{last_.episode_return, last_.episode_length});
  if (begun_) to.put_bytes("environment", env_.save_state());
}

void Ppo::check_kind(const std::string& theirs, const std::string& where) const {
  if (theirs == actor_tokens_) return;
  const auto kind = [](const std::string& tokens) { return tokens.empty() ? "mlp" : "tokens (joint tokens)"; };
  if (theirs.empty() == actor_tokens_.empty())
    throw core::UserError(where, "its joint tokens are of another shape", "the same ppo.token_* and signal settings");
  throw core::UserError(where, fmt::format("its actor is of the kind {}", kind(theirs)),
                        fmt::format("{}, as ppo.actor_kind says", kind(actor_tokens_)));
}

void Ppo::load(const Checkpoint& from) {
  check_kind(from.has("actor.tokens") ? from.bytes("actor.tokens") : "", from.path());
  const std::vector<int64_t> mine = shape();
  std::vector<int64_t> theirs(mine.size());
  from.get("shape", theirs);
  for (size_t i = 0; i < mine.size(); ++i) {
    if (theirs[i] != mine[i]) {
      throw core::UserError(from.path(), fmt::format("{} is {}", kShapeNames[i], theirs[i]),
                            fmt::format("{}, as this run's configuration has", mine[i]));
    }
  }
  from.get_finite("actor.weights", actor_weights_);
  from.get_finite("critic.weights", critic_weights_);
  if (from.has("actor.average")) {
    averaged_.resize(actor_weights_.size());
    from.get_finite("actor.average", averaged_);
    averaged_iterations_ = from.value<int64_t>("actor.averaged");
  }
  get_adam(from, "actor.adam", actor_adam_);
  get_adam(from, "critic.adam", critic_adam_);
  get_normaliser(from, "observation.normaliser", observation_normaliser_);
  get_normaliser(from, "critic.normaliser", critic_normaliser_);
  from.get_finite("learning_rate", std::span<double>(&rate_, 1));
  seed_ = from.value<uint64_t>("seed");
  steps_ = from.value<int64_t>("steps");
  iterations_ = from.value<int64_t>("iterations");
  begun_ = from.value<uint8_t>("begun") != 0;
  std::vector<uint64_t> random((1 + noise_.size()) * 6);
  from.get("random", random);
  auto take = [&, at = size_t{0}](core::Rng& rng) mutable {
    std::array<uint64_t, 6> words{};
    for (uint64_t& word : words) word = random[at++];
    rng.set_state(words);
  };
  take(shuffle_);
  for (core::Rng& rng : noise_) take(rng);
  from.get_finite("episode.returns", running_return_);
  from.get_finite("episode.lengths", running_length_);
  std::vector<double> last(2);
  from.get_finite("episode.last", last);
  last_.episode_return = last[0], last_.episode_length = last[1];
  if (begun_) env_.load_state(from.bytes("environment"));
  load_weights();
}

}  // namespace manybody::learn
