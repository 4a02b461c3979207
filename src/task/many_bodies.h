// Many bodies in one batch: an Env made of one WalkEnv a body, for a policy that reads what all bodies share.
//
// Reads: bodies, each with its number of worlds; one WalkTaskConfig whose leg_space is "role" (signal/by_role.h). Writes: Env;
//   worlds lie body after body. Work is shared out by body, so the result does not depend on the number of threads.
// Limits: the curriculum of each body moves by its own falls, on the count of control steps of all.
// Errors: core::UserError when the layouts of two bodies differ (another leg_space), or a state was saved of other bodies.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "body/body.h"
#include "core/pool.h"
#include "task/walk.h"

namespace manybody::task {

struct BodyShare {
  std::shared_ptr<const body::Body> body;
  int worlds = 16;
};

class ManyBodiesEnv final : public Env {
 public:
  // options.worlds is not read: the shares decide.
  ManyBodiesEnv(const std::vector<BodyShare>& shares, const WalkTaskConfig& config, const WalkOptions& options);

  int worlds() const override { return worlds_; }
  int observation_size() const override { return envs_.front()->observation_size(); }
  int critic_size() const override { return envs_.front()->critic_size(); }
  int action_size() const override { return envs_.front()->action_size(); }
  void reset() override;
  void step(std::span<const float> actions) override;
  std::span<const float> observation() const override { return observation_; }
  std::span<const float> critic() const override { return critic_; }
  std::span<const float> reward() const override { return reward_; }
  std::span<const uint8_t> done() const override { return done_; }
  std::span<const uint8_t> timeout() const override { return timeout_; }
  std::span<const float> final_critic() const override { return final_critic_; }
  // Means over all worlds; and `falls/NAME` a body, those drawn at random together.
  std::vector<std::pair<std::string, double>> take_log() override;
  void set_progress(double control_steps) override;
  std::string save_state() const override;
  void load_state(std::string_view bytes) override;

  const std::vector<int>& groups() const { return groups_; }  // of worlds: the body's number
  const WalkEnv& env(size_t body) const { return *envs_[body]; }
  size_t bodies() const { return envs_.size(); }

 private:
  template <class F>
  void for_each_body(const F& work);
  void gather(size_t body);

  core::Pool pool_;
  std::vector<std::unique_ptr<WalkEnv>> envs_;
  std::vector<std::string> names_;   // "random" for bodies drawn at random
  std::vector<int> first_, groups_;  // world
  int worlds_ = 0;
  std::vector<float> observation_, critic_, final_critic_, reward_;
  std::vector<uint8_t> done_, timeout_;
};

}  // namespace manybody::task
