#include "task/many_bodies.h"

#include <algorithm>
#include <map>

#include "core/bytes.h"
#include "core/error.h"

namespace manybody::task {

ManyBodiesEnv::ManyBodiesEnv(const std::vector<BodyShare>& shares, const WalkTaskConfig& config, const WalkOptions& options)
    : pool_(options.threads) {
  MB_CHECK(!shares.empty());
  WalkOptions one = options;
  one.threads = 1;
  for (const BodyShare& share : shares) {
    const size_t index = envs_.size();
    one.worlds = share.worlds;
    one.seed = options.seed * 1000003 + index;
    envs_.push_back(std::make_unique<WalkEnv>(*share.body, config, one));
    const WalkEnv& env = *envs_.back();
    if (env.observation_size() != observation_size() || env.action_size() != action_size()) {
      throw core::UserError(
          "signal.leg_space",
          "is '" + config.signal.leg_space + "': " + share.body->name + " reads other numbers than " + shares.front().body->name,
          "role, the layout that all bodies share");
    }
    names_.push_back(share.body->kind == body::Kind::sampled ? "random" : share.body->name);
    first_.push_back(worlds_);
    groups_.insert(groups_.end(), share.worlds, static_cast<int>(index));
    worlds_ += share.worlds;
  }
  const size_t n = worlds_;
  observation_.resize(n * observation_size());
  critic_.resize(n * critic_size());
  final_critic_.resize(critic_.size());
  reward_.resize(n), done_.resize(n), timeout_.resize(n);
}

// Bodies differ in cost: each thread takes the next one that is left. Bodies do not touch each other, so the order is free.
template <class F>
void ManyBodiesEnv::for_each_body(const F& work) {
  pool_.share(static_cast<int>(envs_.size()), [&](int body, int) { work(static_cast<size_t>(body)); });
}

void ManyBodiesEnv::gather(size_t body) {
  const WalkEnv& env = *envs_[body];
  const size_t at = first_[body];
  std::copy(env.observation().begin(), env.observation().end(), observation_.begin() + at * observation_size());
  std::copy(env.critic().begin(), env.critic().end(), critic_.begin() + at * critic_size());
  std::copy(env.final_critic().begin(), env.final_critic().end(), final_critic_.begin() + at * critic_size());
  std::copy(env.reward().begin(), env.reward().end(), reward_.begin() + at);
  std::copy(env.done().begin(), env.done().end(), done_.begin() + at);
  std::copy(env.timeout().begin(), env.timeout().end(), timeout_.begin() + at);
}

void ManyBodiesEnv::reset() {
  for_each_body([&](size_t body) {
    envs_[body]->reset();
    gather(body);
  });
}

void ManyBodiesEnv::step(std::span<const float> actions) {
  const int na = action_size();
  for_each_body([&](size_t body) {
    WalkEnv& env = *envs_[body];
    env.step(actions.subspan(static_cast<size_t>(first_[body]) * na, static_cast<size_t>(env.worlds()) * na));
    gather(body);
  });
}

std::vector<std::pair<std::string, double>> ManyBodiesEnv::take_log() {
  std::vector<std::pair<std::string, double>> mean;
  std::map<std::string, std::pair<double, int>> falls;
  for (size_t body = 0; body < envs_.size(); ++body) {
    const auto log = envs_[body]->take_log();
    const double share = static_cast<double>(envs_[body]->worlds()) / worlds_;
    if (mean.empty()) {
      for (const auto& [name, value] : log) mean.emplace_back(name, 0);
    }
    for (size_t i = 0; i < log.size(); ++i) {
      mean[i].second += share * log[i].second;
      if (log[i].first != "falls_per_minute") continue;
      auto& [sum, count] = falls["falls/" + names_[body]];
      sum += log[i].second, ++count;
    }
  }
  for (const auto& [name, sum] : falls) mean.emplace_back(name, sum.first / sum.second);
  return mean;
}

void ManyBodiesEnv::set_progress(double control_steps) {
  for (auto& env : envs_) env->set_progress(control_steps);
}

std::string ManyBodiesEnv::save_state() const {
  core::ByteWriter out;
  out.put<uint64_t>(envs_.size());
  for (size_t body = 0; body < envs_.size(); ++body) {
    const std::string state = envs_[body]->save_state();
    out.put<uint64_t>(state.size());
    out.put_all(state.data(), state.size());
  }
  return out.take();
}

void ManyBodiesEnv::load_state(std::string_view bytes) {
  core::ByteReader in(bytes, "environment state");
  const auto count = in.get<uint64_t>();
  if (count != envs_.size()) {
    throw core::UserError("environment state", "was saved with " + std::to_string(count) + " bodies",
                          std::to_string(envs_.size()));
  }
  for (size_t body = 0; body < envs_.size(); ++body) {
    const auto size = in.get<uint64_t>();
    if (size > bytes.size()) throw core::UserError("environment state", "is cut off", "the whole of it");
    std::string state(size, '\0');
    in.get_all(state.data(), state.size());
    envs_[body]->load_state(state);
    gather(body);
  }
}

}  // namespace manybody::task
