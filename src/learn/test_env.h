// A small task with a known good answer, for this room's tests: bring a point mass to a goal on a line.
//
// Observation: position, velocity, goal. Critic: the same and the time left. Action: force.
// Reward: 1 - (position - goal)^2 - 0.01 force^2. Falls beyond 3 m; times out after 40 steps. Its state saves and loads exactly.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/rng.h"
#include "task/env.h"

namespace manybody::learn {

class PointMassEnv : public task::Env {
 public:
  explicit PointMassEnv(int worlds, uint64_t seed = 7) : worlds_(worlds), rng_(seed), mass_(worlds * 4) {
    observation_.resize(worlds * 3), critic_.resize(worlds * 4), final_critic_.resize(worlds * 4);
    reward_.resize(worlds), done_.resize(worlds), timeout_.resize(worlds);
  }

  int worlds() const override { return worlds_; }
  int observation_size() const override { return 3; }
  int critic_size() const override { return 4; }
  int action_size() const override { return 1; }

  void reset() override {
    for (int w = 0; w < worlds_; ++w) restart(w);
    observe();
  }

  void step(std::span<const float> actions) override {
    for (int w = 0; w < worlds_; ++w) {
      double* s = &mass_[w * 4];
      const double force = std::fmin(std::fmax(actions[w], -2.0), 2.0);
      s[1] += 0.1 * (3 * force - 0.5 * s[1]);
      s[0] += 0.1 * s[1];
      ++s[3];
      const double error = s[0] - s[2];
      reward_[w] = static_cast<float>(1 - error * error - 0.01 * force * force);
      if (poison_ && w == 1) reward_[w] = std::nanf("");
      const bool fell = std::abs(s[0]) > 3;
      timeout_[w] = !fell && s[3] >= 40;
      done_[w] = fell || timeout_[w];
      write_critic(w, &final_critic_[w * 4]);
      reward_sum_ += reward_[w], ++reward_count_, falls_ += fell;
      if (done_[w]) restart(w);
    }
    observe();
  }

  std::span<const float> observation() const override { return observation_; }
  std::span<const float> critic() const override { return critic_; }
  std::span<const float> reward() const override { return reward_; }
  std::span<const uint8_t> done() const override { return done_; }
  std::span<const uint8_t> timeout() const override { return timeout_; }
  std::span<const float> final_critic() const override { return final_critic_; }

  std::vector<std::pair<std::string, double>> take_log() override {
    std::vector<std::pair<std::string, double>> log{{"reward/goal", reward_sum_ / std::fmax(1, reward_count_)},
                                                    {"episode/falls", falls_}};
    reward_sum_ = reward_count_ = falls_ = 0;
    return log;
  }
  void set_progress(double steps) override { progress_ = steps; }

  std::string save_state() const override {
    core::ByteWriter writer;
    writer.put_vector(mass_);
    writer.put(rng_.state());
    return writer.take();
  }
  void load_state(std::string_view bytes) override {
    core::ByteReader reader(bytes, "point mass");
    reader.get_vector(mass_);
    rng_.set_state(reader.get<std::array<uint64_t, 6>>());
    observe();
  }

  void poison() { poison_ = true; }
  double progress() const { return progress_; }

 private:
  void restart(int w) {
    double* s = &mass_[w * 4];
    s[0] = rng_.uniform(-1, 1), s[1] = rng_.uniform(-1, 1), s[2] = rng_.uniform(-1, 1), s[3] = 0;
  }
  void write_critic(int w, float* out) const {
    const double* s = &mass_[w * 4];
    for (int i = 0; i < 3; ++i) out[i] = static_cast<float>(s[i]);
    out[3] = static_cast<float>(1 - s[3] / 40);
  }
  void observe() {
    for (int w = 0; w < worlds_; ++w) {
      for (int i = 0; i < 3; ++i) observation_[w * 3 + i] = static_cast<float>(mass_[w * 4 + i]);
      write_critic(w, &critic_[w * 4]);
    }
  }

  int worlds_;
  core::Rng rng_;
  std::vector<double> mass_;  // position, velocity, goal, steps
  std::vector<float> observation_, critic_, final_critic_, reward_;
  std::vector<uint8_t> done_, timeout_;
  double progress_ = 0, reward_sum_ = 0, reward_count_ = 0, falls_ = 0;
  bool poison_ = false;
};

}  // namespace manybody::learn
