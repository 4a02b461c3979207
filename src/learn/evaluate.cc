#include "learn/evaluate.h"

#include <algorithm>
#include <cmath>

#include "core/clock.h"
#include "core/error.h"
#include "signal/contract.h"

namespace manybody::learn {
namespace {

using signal::VelocityCommand;

// Mean of the last `size` values, one after the other.
class Window {
 public:
  explicit Window(int size) : values_(std::max(1, size)) {}
  void clear() { count_ = 0; }
  void add(const core::Vec3& v) { values_[count_++ % values_.size()] = v; }
  bool full() const { return count_ >= values_.size(); }
  core::Vec3 mean() const {
    core::Vec3 sum{};
    for (const core::Vec3& v : values_)
      for (int i = 0; i < 3; ++i) sum[i] += v[i] / static_cast<double>(values_.size());
    return sum;
  }

 private:
  std::vector<core::Vec3> values_;
  size_t count_ = 0;
};

struct Episode {
  Episode(uint64_t seed, int index, int window) : rng(seed, 1000 + index), velocity(window) {}
  core::Rng rng;
  Window velocity;
  VelocityCommand command;
  double quiet_after = 0;  // errors count from this time on
  double swing_top[2] = {0, 0};
  bool swinging[2] = {false, false};
  bool alive = true;
  std::vector<double> last_targets;
};

struct Sums {
  double error = 0, yaw_error = 0, samples = 0, slip = 0, slip_samples = 0, clear = 0, clear_samples = 0, top = 0, tops = 0;
  double rate = 0, rates = 0, torque = 0, torques = 0, work = 0, distance = 0, stand = 0, stands = 0;
};

class Evaluation {
 public:
  Evaluation(const body::Body& body, const task::WalkTaskConfig& config, const EvalOptions& options)
      : body_(body), options_(options), env_(body, config, {options.episodes, options.threads, options.seed, false}) {
    const int window = static_cast<int>(std::lround(env_.model().period / env_.model().dt));
    for (int i = 0; i < options.episodes; ++i) episodes_.emplace_back(options.seed, i, window);
    scale_ = options.scale_commands ? task::command_scale(body.leg_length) : 1.0;
    weight_ = body.mass * env_.model().gravity;
  }

  EvalResult run(const Agent& agent) {
    env_.reset();
    std::vector<float> actions(static_cast<size_t>(options_.episodes) * env_.action_size());
    const double dt = env_.model().dt;
    const int ticks = static_cast<int>(std::lround(options_.seconds / dt));
    const double start = core::steady_seconds();
    for (int tick = 0; tick < ticks; ++tick) {
      drive(tick * dt, tick);
      agent(env_.observation(), actions);
      env_.step(actions);
      for (int i = 0; i < options_.episodes; ++i)
        if (episodes_[i].alive) measure(i, (tick + 1) * dt);
    }
    const double seconds = core::steady_seconds() - start;
    return result(ticks, seconds);
  }

 private:
  void drive(double time, int tick) {
    const int per_command = static_cast<int>(std::lround(options_.command_seconds / env_.model().dt));
    const int per_push = static_cast<int>(std::lround(options_.push_seconds / env_.model().dt));
    for (int i = 0; i < options_.episodes; ++i) {
      Episode& e = episodes_[i];
      if (per_command > 0 && tick % per_command == 0) {
        const bool stand = e.rng.uniform() < options_.stand_share;
        const double vx = e.rng.uniform(options_.vx_min, options_.vx_max) * scale_;
        const double vy = e.rng.uniform(-options_.vy_max, options_.vy_max) * scale_;
        const double wz = e.rng.uniform(-options_.wz_max, options_.wz_max);
        e.command = stand ? VelocityCommand{} : VelocityCommand{vx, vy, wz};
        env_.set_command(i, e.command);
        e.quiet_after = time + 1;
      }
      if (options_.push_mps > 0 && per_push > 0 && tick > 0 && tick % per_push == 0) {
        const double way = e.rng.uniform(0, 2 * 3.14159265358979);
        const double push = options_.push_mps * scale_;
        if (e.alive) env_.kick(i, push * std::cos(way), push * std::sin(way));
        e.quiet_after = time + 1;
      }
    }
  }

  void measure(int index, double time) {
    Episode& e = episodes_[index];
    const task::Situation& s = env_.situation(index);
    const signal::WalkModel& m = env_.model();
    if (env_.fallen(index)) {
      e.alive = false;
      return;
    }
    const double speed = m.speed_unit;
    e.velocity.add({s.velocity[0] * speed, s.velocity[1] * speed, env_.yaw_rate(index)});
    const bool stand = signal::is_stand(m, e.command);
    if (e.velocity.full() && time > e.quiet_after) {
      const core::Vec3 v = e.velocity.mean();
      sums_.error += std::pow(v[0] - e.command.vx, 2) + std::pow(v[1] - e.command.vy, 2);
      sums_.yaw_error += std::pow(v[2] - e.command.wz, 2);
      ++sums_.samples;
      if (stand) sums_.stand += std::hypot(v[0], v[1]), ++sums_.stands;
    }
    feet(e, s, stand);
    effort(index, e);
  }

  void feet(Episode& e, const task::Situation& s, bool stand) {
    for (int f = 0; f < 2; ++f) {
      const task::FootSituation& foot = s.feet[f];
      if (foot.contact) sums_.slip += std::sqrt(foot.speed_sq) * env_.model().speed_unit, ++sums_.slip_samples;
      const bool swing = !foot.contact && !foot.stance && !stand;
      if (swing) {
        sums_.clear += foot.height, ++sums_.clear_samples;
        e.swing_top[f] = e.swinging[f] ? std::max(e.swing_top[f], foot.height) : foot.height;
      } else if (e.swinging[f]) {
        sums_.top += e.swing_top[f], ++sums_.tops;
      }
      e.swinging[f] = swing;
    }
  }

  void effort(int index, Episode& e) {
    const std::span<const double> targets = env_.batch().targets(index), torques = env_.batch().torques(index);
    const std::span<const double> velocity = env_.batch().qvel(index);
    for (size_t a = 0; a < targets.size(); ++a) {
      if (!e.last_targets.empty()) sums_.rate += std::pow(targets[a] - e.last_targets[a], 2), ++sums_.rates;
      const body::Joint& joint = body_.joints[body_.actuated[a]];
      if (joint.torque_max > 0) sums_.torque += std::pow(torques[a] / joint.torque_max, 2), ++sums_.torques;
      sums_.work += std::abs(torques[a] * velocity[6 + body_.actuated[a]]) * env_.model().dt;
    }
    sums_.distance += std::hypot(velocity[0], velocity[1]) * env_.model().dt;
    e.last_targets.assign(targets.begin(), targets.end());
  }

  EvalResult result(int ticks, double seconds) const {
    auto mean = [](double sum, double n) { return n > 0 ? sum / n : 0.0; };
    EvalResult r;
    for (const Episode& e : episodes_) r.survival += e.alive ? 1.0 / options_.episodes : 0;
    r.velocity_rmse_mps = std::sqrt(mean(sums_.error, sums_.samples));
    r.velocity_rmse_scaled_mps = r.velocity_rmse_mps / task::command_scale(body_.leg_length);
    r.yaw_rate_rmse_radps = std::sqrt(mean(sums_.yaw_error, sums_.samples));
    r.foot_slip_mps = mean(sums_.slip, sums_.slip_samples);
    r.foot_clearance = mean(sums_.clear, sums_.clear_samples);
    r.foot_clearance_peak = mean(sums_.top, sums_.tops);
    r.action_rate = std::sqrt(mean(sums_.rate, sums_.rates));
    r.torque_share = std::sqrt(mean(sums_.torque, sums_.torques));
    r.cost_of_transport = sums_.distance > 0 ? sums_.work / (weight_ * sums_.distance) : 0;
    r.stand_speed_mps = mean(sums_.stand, sums_.stands);
    r.control_steps_per_s = ticks * options_.episodes / std::max(seconds, 1e-9);
    r.state_hash = const_cast<task::WalkEnv&>(env_).batch().state_hash();
    return r;
  }

  const body::Body& body_;
  const EvalOptions& options_;
  task::WalkEnv env_;
  std::vector<Episode> episodes_;
  Sums sums_;
  double scale_ = 1, weight_ = 1;
};

}  // namespace

void EvalOptions::describe(core::Fields& f) {
  f.integer("episodes", episodes, "episodes, all at once", {1, 100000});
  f.number("seconds", seconds, "length of an episode", {0.1, 100000});
  f.seed("seed", seed, "of commands and pushes");
  f.integer("threads", threads, "0 for all processors", {0, 1024});
  f.number("command_seconds", command_seconds, "time between commands", {0.1, 100000});
  f.number("push_seconds", push_seconds, "time between pushes", {0.1, 100000});
  f.number("push_mps", push_mps, "strength of a push", {0, 10});
  f.number("vx_min", vx_min, "slowest forward command, m/s", {-5, 5});
  f.number("vx_max", vx_max, "fastest forward command, m/s", {-5, 5});
  f.number("vy_max", vy_max, "fastest sideways command, m/s", {0, 5});
  f.number("wz_max", wz_max, "fastest turn, rad/s", {0, 5});
  f.number("stand_share", stand_share, "share of commands that say stand", {0, 1});
  f.flag("scale_commands", scale_commands, "slower commands and kicks for legs shorter than 0.4 m");
  f.text("terrain", terrain, "ground", {"flat", "rough"});
  f.text("collisions", collisions, "what may touch", {"feet", "full"});
  f.text("physics", physics, "engine", task::kEngines);
  f.text("actuators", actuators, "as the policy was trained, ideal ones, or those of the joints' data sheets",
         {"trained", "ideal", "datasheet"});
}

Agent policy_agent(policy::Policy& policy) {
  return [&policy](std::span<const float> observations, std::span<float> actions) { policy.act(observations, actions); };
}

Agent zero_agent() {
  return [](std::span<const float>, std::span<float> actions) { std::fill(actions.begin(), actions.end(), 0.0f); };
}

Agent random_agent(uint64_t seed) {
  return [rng = core::Rng(seed)](std::span<const float>, std::span<float> actions) mutable {
    for (float& a : actions) a = static_cast<float>(0.35 * rng.normal());
  };
}

task::WalkTaskConfig bundle_config(const policy::Bundle& bundle, const std::string& folder, const body::Body& body) {
  task::WalkTaskConfig config;
  core::Fields fields;
  config.describe(fields);
  fields.read_toml_text(bundle.info.settings, folder + "/policy.toml settings");
  const signal::WalkModel model = signal::make_walk_model(body, config.signal);
  policy::check_bundle_fits(bundle, folder, body.name, model.names, signal::make_contract(model).hash);
  return config;
}

EvalResult evaluate(const body::Body& body, task::WalkTaskConfig config, const Agent& agent, const EvalOptions& options) {
  config.terrain = options.terrain;
  config.collisions = options.collisions;
  config.physics = options.physics;
  if (options.actuators != "trained") config.actuators = options.actuators;
  return Evaluation(body, config, options).run(agent);
}

}  // namespace manybody::learn
