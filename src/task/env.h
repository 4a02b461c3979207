// The batched environment: what the learner sees of a task. Walking is walk.h; other tasks implement the same class.
//
// Shapes are world-major, row-major floats. Episodes restart by themselves: after `step`, `observation` is already that of the
// next episode where `done` is set, and `final_critic` holds the critic's input of the last state of the old one (for
// bootstrapping where `timeout` is set). Left-right symmetry is the signal's business (signal/walk_signal.h): observations
// arrive folded into one half of the gait cycle, actions are unfolded behind `step`, so any policy on top is symmetric.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace manybody::task {

class Env {
 public:
  virtual ~Env() = default;

  virtual int worlds() const = 0;
  virtual int observation_size() const = 0;
  virtual int critic_size() const = 0;  // privileged observation of the value network
  virtual int action_size() const = 0;

  virtual void reset() = 0;                               // all worlds
  virtual void step(std::span<const float> actions) = 0;  // worlds x action_size

  virtual std::span<const float> observation() const = 0;   // worlds x observation_size
  virtual std::span<const float> critic() const = 0;        // worlds x critic_size
  virtual std::span<const float> reward() const = 0;        // worlds
  virtual std::span<const uint8_t> done() const = 0;        // worlds: fell or timed out
  virtual std::span<const uint8_t> timeout() const = 0;     // worlds: timed out only
  virtual std::span<const float> final_critic() const = 0;  // worlds x critic_size, valid where done

  // Means since the last call, by name: each reward term, each randomised quantity, episode length, falls, errors.
  virtual std::vector<std::pair<std::string, double>> take_log() = 0;
  // How far training is, in control steps: the curriculum (randomisation ramps) reads it.
  virtual void set_progress(double control_steps) = 0;

  // Everything that decides the future (state, random numbers, curriculum), for exact resumption.
  virtual std::string save_state() const = 0;
  virtual void load_state(std::string_view bytes) = 0;  // throws core::UserError when it does not fit
};

}  // namespace manybody::task
