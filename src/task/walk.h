// Velocity walking for a batch of worlds: command, signal, physics, reward, ending, randomisation, reset.
//
// Reads: Body, WalkTaskConfig, actions. Writes: Env (env.h), plus per-world Sights for evaluation and display.
// Method: docs/method/walking.md. Deterministic: one random stream a world, results independent of the number of threads.
#pragma once

#include <functional>
#include <memory>

#include "body/body.h"
#include "core/pool.h"
#include "core/rng.h"
#include "physics/batch.h"
#include "signal/walk_signal.h"
#include "task/env.h"
#include "task/rewards.h"
#include "task/walk_config.h"

namespace manybody::task {

struct WalkOptions {
  int worlds = 128;
  int threads = 0;  // 0: all processors
  uint64_t seed = 1;
  bool training = true;  // false: no randomisation, no noise, commands and pushes come from outside, no time limit
};

class WalkEnv final : public Env {
 public:
  WalkEnv(const body::Body& body, const WalkTaskConfig& config, const WalkOptions& options);
  ~WalkEnv() override;

  int worlds() const override;
  int observation_size() const override;
  int critic_size() const override;
  int action_size() const override;
  void reset() override;
  void step(std::span<const float> actions) override;
  std::span<const float> observation() const override;
  std::span<const float> critic() const override;
  std::span<const float> reward() const override;
  std::span<const uint8_t> done() const override;
  std::span<const uint8_t> timeout() const override;
  std::span<const float> final_critic() const override;
  std::vector<std::pair<std::string, double>> take_log() override;
  void set_progress(double control_steps) override;
  std::string save_state() const override;
  void load_state(std::string_view bytes) override;

  // For play and evaluation (training == false): who drives decides.
  void set_command(int world, const signal::VelocityCommand& command);
  // Added to the joint targets, one an actuated joint, rad, until set anew; the policy does not notice (joint_offsets.h).
  void set_offsets(int world, std::span<const double> offsets);
  void kick(int world, double dvx, double dvy);             // adds to the root's velocity, m/s, world frame
  void reset_world(int world, double phase, bool walking);  // to the reference pose
  const signal::WalkModel& model() const;
  const signal::WalkSignal& signal(int world) const;
  const Situation& situation(int world) const;            // of the last step
  std::span<const double> reward_terms(int world) const;  // weighted, of the last step
  signal::VelocityCommand command(int world) const;
  physics::Batch& batch();
  const signal::Measured& measured(int world) const;  // what the present observation was made of
  signal::VelocityCommand observed_command(int world) const;
  std::span<const double> targets(int world) const;  // the newest joint targets, rad
  bool fallen(int world) const;
  double yaw_rate(int world) const;  // rad/s, low-passed over 0.25 s

 private:
  struct World;
  struct Shared;
  std::unique_ptr<Shared> s_;
};

}  // namespace manybody::task
