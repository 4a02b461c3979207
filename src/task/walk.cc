#include "task/walk.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/bytes.h"
#include "task/joint_offsets.h"
#include "task/randomise.h"

namespace manybody::task {
namespace {

using core::operator*;
using core::Vec3;
using signal::VelocityCommand;

constexpr int kExtraCritic = 17;        // privileged values behind the actor's observation
constexpr double kContactForce = 0.01;  // of m g: above this a foot counts as on the ground
constexpr double kYawTime = 0.25;       // s, low-pass of the yaw rate the reward sees
constexpr double kFallTime = 4;         // s, low-pass of the fall rate the curriculum sees

// Place of q in the batch's qpos, dq in qvel: hinges follow the free joint in Body::joints order.
double joint_position(std::span<const double> qpos, int joint) { return qpos[7 + joint]; }
double joint_velocity(std::span<const double> qvel, int joint) { return qvel[6 + joint]; }

struct StepLog {  // sums since the last take_log
  std::vector<double> terms = std::vector<double>(reward_count(), 0.0);
  double reward = 0, velocity_error = 0, yaw_error = 0;
  long steps = 0, falls = 0, episodes = 0;
  std::array<double, 8> episode{}, last{};
};

}  // namespace

struct WalkEnv::World {
  World(const signal::WalkModel& model, uint64_t seed, uint64_t stream)
      : rng(seed, stream),
        signal(model),
        old_targets(model.home),
        new_targets(model.home),
        action(model.actions, 0.0f),
        action_before(model.actions, 0.0f),
        action_before2(model.actions, 0.0f),
        terms(reward_count(), 0.0) {
    measured.q.resize(model.home.size());
    measured.dq.resize(model.home.size());
  }

  core::Rng rng;
  signal::WalkSignal signal;
  signal::Measured measured;
  VelocityCommand command, observed;
  double command_left = 0, push_left = 0, time = 0, yaw_rate = 0;
  std::array<double, 2> drift{};  // low-passed velocity error, Froude
  int latency = 0;                // physics steps before a new target arrives
  std::vector<double> old_targets, new_targets;
  std::vector<float> action, action_before, action_before2;
  Situation situation;
  std::vector<double> terms;
  uint8_t fallen = 0, timed_out = 0;
  JointOffsets offsets;  // of gestures; unused in training
};

struct WalkEnv::Shared {
  Shared(const body::Body& b, const WalkTaskConfig& c, const WalkOptions& o)
      : body(b),
        config(c),
        options(o),
        model(signal::make_walk_model(b, c.signal)),
        pool(o.threads),
        batch(physics::make_batch(b, c.scene(), o.worlds, pool.threads())),
        substeps(c.substeps()) {
    for (int w = 0; w < o.worlds; ++w) worlds.emplace_back(model, o.seed, static_cast<uint64_t>(w));
    observation.resize(o.worlds * observations());
    critic.resize(o.worlds * critics());
    final_critic.resize(critic.size());
    reward.resize(o.worlds);
    done.resize(o.worlds);
    timeout.resize(o.worlds);
    command_scale = task::command_scale(b.leg_length);
    weight = b.mass * model.gravity;
    for (int leg = 0; leg < 2; ++leg) {
      for (int a : model.legs[leg].joints) {
        leg_joints.push_back(a);
        const body::Role role = b.joints[b.actuated[a]].role;
        using body::Role;
        if (role == Role::hip_yaw || role == Role::hip_roll || role == Role::ankle_roll) pose_joints.push_back(a);
      }
    }
    for (int j : b.actuated) torque_max.push_back(b.joints[j].torque_max);
  }

  int observations() const { return model.observations; }
  int critics() const { return model.observations + kExtraCritic; }

  void draw_command(World& w);
  void draw_push(World& w);
  void begin_episode(int index, bool first);
  void place(int index);
  void measure(int index);
  void observe(int index, float* critic_out);
  void assess(int index);
  void physics_step();
  void act(int index, const float* action);
  void finish(int index);
  void log_step();
  void log_episode(int index);
  std::vector<std::pair<std::string, double>> take_log();

  const body::Body body;
  const WalkTaskConfig config;
  const WalkOptions options;
  const signal::WalkModel model;
  core::Pool pool;
  std::unique_ptr<physics::Batch> batch;
  int substeps;
  std::vector<World> worlds;
  std::vector<float> observation, critic, final_critic, reward;
  std::vector<uint8_t> done, timeout;
  std::vector<int> leg_joints, pose_joints;
  std::vector<double> torque_max;
  double command_scale = 1, weight = 1, ramp = 0;
  double progress = 0, fall_rate = 60;  // control steps; falls per minute, low-passed over kFallTime
  StepLog log;
};

void WalkEnv::Shared::draw_command(World& w) {
  const CommandConfig& c = config.command;
  w.command = {};
  const double kind = w.rng.uniform();
  if (kind > c.stand_share) {
    w.command.vx = w.rng.uniform(c.vx_min, c.vx_max) * command_scale;
    if (kind > c.stand_share + c.straight_share) {
      w.command.vy = w.rng.uniform(-c.vy_max, c.vy_max) * command_scale;
      w.command.wz = w.rng.uniform(-c.wz_max, c.wz_max);
    }
  }
  w.command_left = w.rng.uniform(c.seconds_min, c.seconds_max);
}

void WalkEnv::Shared::draw_push(World& w) { w.push_left = -config.random.push_seconds * std::log(1 - w.rng.uniform()); }

// State, parameters and clocks of a new episode; `place` follows after the batch has been refreshed.
void WalkEnv::Shared::begin_episode(int index, bool first) {
  World& w = worlds[index];
  if (options.training) {
    draw_command(w);
    draw_push(w);
    batch->parameters(index) = draw_parameters(config.random, ramp, body.leg_length, w.rng);
    w.latency = draw_latency(config.random, ramp, config.timestep_s, w.rng);
    w.time = first ? w.rng.uniform(0, config.episode_seconds) : 0;
  }
  const bool walking = !signal::is_stand(model, w.command);
  const double phase = options.training && walking ? w.rng.uniform() : 0;
  w.signal.reset(phase, walking && options.training, w.command);
  w.offsets.clear();
  w.yaw_rate = walking && options.training ? w.command.wz : 0;
  std::fill(w.action_before.begin(), w.action_before.end(), 0.0f);
  std::fill(w.action_before2.begin(), w.action_before2.end(), 0.0f);
  w.fallen = w.timed_out = 0;
  w.drift = {};

  std::span<double> q = batch->qpos(index), v = batch->qvel(index);
  std::fill(v.begin(), v.end(), 0.0);
  std::fill(batch->push(index).begin(), batch->push(index).end(), 0.0);
  const bool rough = config.terrain == "rough" && options.training;
  q[0] = rough ? w.rng.uniform(-9, 9) : 0;
  q[1] = rough ? w.rng.uniform(-9, 9) : 0;
  q[2] = body.root_height_home + batch->ground_height(q[0], q[1]);
  const double heading = options.training ? w.rng.uniform(-3.14159, 3.14159) : 0;
  const core::Quat turn = core::mul(core::axis_angle({0, 0, 1}, heading), body.root_rotation_home);
  for (int i = 0; i < 4; ++i) q[3 + i] = turn[i];
  for (size_t j = 0; j < body.joints.size(); ++j) q[7 + j] = body.joints[j].home;
  std::vector<double>& pose = w.new_targets;
  w.signal.reference_pose(pose);
  for (size_t a = 0; a < pose.size(); ++a) {
    const double noise = options.training ? 0.02 * w.rng.normal() : 0;
    const int joint = body.actuated[a];
    q[7 + joint] = std::clamp(pose[a] + noise, body.joints[joint].low, body.joints[joint].high);
  }
  if (options.training && walking) {
    const double share = w.rng.uniform(0.8, 1.2);
    const Vec3 speed = core::rotate(core::axis_angle({0, 0, 1}, heading),
                                    {share * w.command.vx, share * w.command.vy + w.signal.reference().sway_speed, 0});
    for (int i = 0; i < 2; ++i) v[i] = speed[i];
  }
  w.signal.prior_targets(w.new_targets);
  w.old_targets = w.new_targets;
  std::copy(w.new_targets.begin(), w.new_targets.end(), batch->targets(index).begin());
}

// Puts the lower foot on the ground.
void WalkEnv::Shared::place(int index) {
  const std::span<const double> feet = batch->foot_position(index);
  double lowest = 1e9;
  for (int f = 0; f < 2; ++f) {
    lowest = std::min(lowest, feet[3 * f + 2] - batch->ground_height(feet[3 * f], feet[3 * f + 1]));
  }
  batch->qpos(index)[2] -= lowest - 0.002;
}

void WalkEnv::Shared::measure(int index) {
  World& w = worlds[index];
  const std::span<const double> q = batch->qpos(index), v = batch->qvel(index);
  for (size_t a = 0; a < body.actuated.size(); ++a) {
    w.measured.q[a] = joint_position(q, body.actuated[a]);
    w.measured.dq[a] = joint_velocity(v, body.actuated[a]);
  }
  const std::span<const double> imu = batch->imu_rotation(index), gyro = batch->imu_gyro(index);
  const core::Quat to_root = model.imu_to_root;
  w.measured.gyro = core::rotate(to_root, {gyro[0], gyro[1], gyro[2]});
  const core::Quat world_from_imu{imu[0], imu[1], imu[2], imu[3]};
  w.measured.gravity = core::rotate(to_root, core::rotate(core::conjugate(world_from_imu), {0, 0, -1}));
  w.measured.time = w.time;
  if (w.offsets.on()) w.offsets.hide(w.measured);
  if (options.training) add_noise(config.random, ramp, w.rng, w.measured);
}

void WalkEnv::Shared::observe(int index, float* critic_out) {
  World& w = worlds[index];
  const int n = observations();
  measure(index);
  const std::span<float> out(observation.data() + static_cast<size_t>(index) * n, n);
  w.signal.observe(w.measured, w.command, out);
  w.observed = w.command;
  std::copy(out.begin(), out.end(), critic_out);
  const Situation& s = w.situation;
  const bool m = w.signal.mirrored();
  const double flip = m ? -1 : 1;
  const FootSituation& a = s.feet[m ? 1 : 0];
  const FootSituation& b = s.feet[m ? 0 : 1];
  const physics::WorldParameters& p = batch->parameters(index);
  const double extra[kExtraCritic] = {4 * s.velocity[0],
                                      4 * flip * s.velocity[1],
                                      4 * s.velocity[2],
                                      10 * s.height_error,
                                      4 * flip * s.yaw_rate,
                                      a.contact ? 1.0 : 0.0,
                                      b.contact ? 1.0 : 0.0,
                                      10 * a.height,
                                      10 * b.height,
                                      10 * a.reference,
                                      10 * b.reference,
                                      std::min(10 * a.speed_sq, 5.0),
                                      std::min(10 * b.speed_sq, 5.0),
                                      p.friction - 0.8,
                                      5 * (p.mass_scale - 1),
                                      5 * (p.kp_scale - 1),
                                      static_cast<double>(w.latency) / substeps};
  for (int i = 0; i < kExtraCritic; ++i) critic_out[n + i] = static_cast<float>(std::clamp(extra[i], -10.0, 10.0));
}

// Everything the rewards and the ending look at, from the batch's measurements.
void WalkEnv::Shared::assess(int index) {
  World& w = worlds[index];
  Situation& s = w.situation;
  const std::span<const double> q = batch->qpos(index), v = batch->qvel(index);
  const double L = model.leg_length, speed = model.speed_unit, rate = model.rate_unit;
  const core::Quat root = core::normalized({q[3], q[4], q[5], q[6]});
  const core::Quat level = core::mul(root, core::conjugate(body.root_rotation_home));
  const double yaw = core::yaw_of(level);
  const Vec3 heading = core::rotate(core::axis_angle({0, 0, 1}, -yaw), {v[0], v[1], v[2]});
  s.velocity = (1 / speed) * heading;
  const Vec3 omega = core::rotate(body.root_rotation_home, {v[3], v[4], v[5]});
  s.rate = (1 / rate) * omega;
  s.gravity = core::rotate(core::conjugate(level), {0, 0, -1});
  const double world_yaw_rate = core::rotate(level, omega)[2];
  w.yaw_rate += (1 - std::exp(-model.dt / kYawTime)) * (world_yaw_rate - w.yaw_rate);
  s.yaw_rate = w.yaw_rate / rate;
  const signal::GaitState& gait = w.signal.gait();
  s.command = {gait.command.vx / speed, (gait.command.vy + w.signal.reference().sway_speed) / speed, gait.command.wz / rate};
  // The drift is what is left of velocity minus command once the stride's own swaying has averaged out.
  const double blend = 1 - std::exp(-model.dt / (0.5 * model.period));
  for (int i = 0; i < 2; ++i) w.drift[i] += blend * (s.velocity[i] - s.command[i] - w.drift[i]);
  s.drift_sq = w.drift[0] * w.drift[0] + w.drift[1] * w.drift[1];
  s.gate = gait.gate;
  s.height_error = (q[2] - batch->ground_height(q[0], q[1]) - body.root_height_home) / L;
  const std::span<const double> feet = batch->foot_position(index), turns = batch->foot_rotation(index);
  const std::span<const double> speeds = batch->foot_velocity(index), forces = batch->foot_force(index);
  for (int f = 0; f < 2; ++f) {
    FootSituation& foot = s.feet[f];
    const signal::FootReference& reference = w.signal.reference().feet[f];
    foot.height = (feet[3 * f + 2] - batch->ground_height(feet[3 * f], feet[3 * f + 1])) / L;
    foot.reference = reference.lift / L;
    foot.stance = reference.stance;
    foot.contact = forces[f] > kContactForce * weight;
    foot.speed_sq = (speeds[6 * f] * speeds[6 * f] + speeds[6 * f + 1] * speeds[6 * f + 1]) / (speed * speed);
    foot.tilt_sq = turns[9 * f + 2] * turns[9 * f + 2] + turns[9 * f + 5] * turns[9 * f + 5];
  }
  const Vec3 apart = core::rotate(core::axis_angle({0, 0, 1}, -yaw), {feet[0] - feet[3], feet[1] - feet[4], 0});
  s.spread = apart[1] / std::max(model.legs[0].sole[1] - model.legs[1].sole[1], 1e-3);
}

void WalkEnv::Shared::act(int index, const float* action) {
  World& w = worlds[index];
  w.action_before2 = w.action_before;
  w.action_before = w.action;
  w.old_targets = w.new_targets;
  w.signal.act({action, static_cast<size_t>(model.actions)}, w.new_targets);
  w.action = w.signal.state().action;
  if (w.offsets.on()) w.offsets.step(model, w.signal, w.measured);
}

// All worlds, physics step by physics step where new targets arrive at different times.
void WalkEnv::Shared::physics_step() {
  int done_steps = 0;
  while (done_steps < substeps) {
    int next = substeps;
    for (int i = 0; i < options.worlds; ++i) {
      World& w = worlds[i];
      const int arrival = std::min(w.latency, substeps);
      if (arrival > done_steps) next = std::min(next, arrival);
      const std::vector<double>& now = arrival <= done_steps ? w.new_targets : w.old_targets;
      std::copy(now.begin(), now.end(), batch->targets(i).begin());
      if (w.offsets.on()) w.offsets.add(batch->targets(i));
    }
    batch->step(next - done_steps);
    done_steps = next;
  }
}

// After the physics: situation, pose errors, rewards, ending.
void WalkEnv::Shared::finish(int index) {
  World& w = worlds[index];
  Situation& s = w.situation;
  w.time += model.dt;
  assess(index);
  const std::span<const double> q = batch->qpos(index), v = batch->qvel(index);
  std::vector<double>& pose = w.old_targets;  // free until the next act
  w.signal.reference_pose(pose);
  auto angle = [&](int a) { return joint_position(q, body.actuated[a]); };
  auto sum_sq = [&](const std::vector<int>& joints, const std::vector<double>& at) {
    double sum = 0;
    for (int a : joints) sum += (angle(a) - at[a]) * (angle(a) - at[a]);
    return sum;
  };
  s.leg_pose_sq = sum_sq(pose_joints, pose);
  s.upper_pose_sq = sum_sq(model.upper, pose);
  s.home_pose_sq = sum_sq(leg_joints, model.home);
  s.joint_speed_sq = 0;
  for (int a : leg_joints) s.joint_speed_sq += std::pow(joint_velocity(v, body.actuated[a]), 2);
  s.action_rate_sq = s.action_jerk_sq = 0;
  for (int i = 0; i < model.actions; ++i) {
    const double d = w.action[i] - w.action_before[i];
    const double dd = d - (w.action_before[i] - w.action_before2[i]);
    s.action_rate_sq += d * d;
    s.action_jerk_sq += dd * dd;
  }
  s.torque_mean_sq = s.limit_sq = 0;
  const std::span<const double> torques = batch->torques(index);
  for (size_t a = 0; a < torque_max.size(); ++a) {
    if (torque_max[a] > 0) s.torque_mean_sq += std::pow(torques[a] / (0.5 * torque_max[a]), 2) / torque_max.size();
    const double middle = 0.5 * (model.low[a] + model.high[a]), half = 0.475 * (model.high[a] - model.low[a]);
    s.limit_sq += std::pow(std::max(0.0, std::abs(angle(static_cast<int>(a)) - middle) - half), 2);
  }
  const bool low = q[2] - batch->ground_height(q[0], q[1]) < config.fall_height * body.root_height_home;
  w.fallen = batch->diverged(index) || low || -s.gravity[2] < config.fall_tilt;
  const bool edge = config.terrain == "rough" && std::max(std::abs(q[0]), std::abs(q[1])) > 13;
  w.timed_out = !w.fallen && options.training && (w.time > config.episode_seconds || edge);
  double total = compute_rewards(s, config.reward, w.terms);
  if (batch->diverged(index)) total = 0;
  reward[index] = static_cast<float>(total + (w.fallen ? config.reward.fall : 0));
  done[index] = w.fallen || w.timed_out;
  timeout[index] = w.timed_out;
}

void WalkEnv::Shared::log_step() {
  StepLog& l = log;
  double falls = 0;
  for (const World& w : worlds) falls += w.fallen;
  fall_rate += model.dt / kFallTime * (falls / options.worlds * 60 / model.dt - fall_rate);
  for (int i = 0; i < options.worlds; ++i) {
    const World& w = worlds[i];
    for (size_t t = 0; t < w.terms.size(); ++t) l.terms[t] += w.terms[t];
    l.reward += reward[i];
    const Situation& s = w.situation;
    l.velocity_error += model.speed_unit * std::hypot(s.velocity[0] - s.command[0], s.velocity[1] - s.command[1]);
    l.yaw_error += model.rate_unit * std::abs(s.yaw_rate - s.command[2]);
    l.falls += w.fallen;
    ++l.steps;
    if (done[i]) log_episode(i);
  }
}

void WalkEnv::Shared::log_episode(int index) {
  const World& w = worlds[index];
  const physics::WorldParameters& p = batch->parameters(index);
  const double values[] = {w.time,
                           p.friction,
                           p.mass_scale,
                           p.kp_scale,
                           p.kd_scale,
                           p.strength_scale,
                           core::norm({p.com_offset_m[0], p.com_offset_m[1], p.com_offset_m[2]}),
                           1000 * w.latency * config.timestep_s};
  for (size_t k = 0; k < std::size(values); ++k) log.episode[k] += values[k];
  ++log.episodes;
}

std::vector<std::pair<std::string, double>> WalkEnv::Shared::take_log() {
  static const char* const kEpisode[] = {"episode_seconds", "random/friction", "random/mass",         "random/kp",
                                         "random/kd",       "random/strength", "random/com_offset_m", "random/latency_ms"};
  const double steps = std::max<double>(1, log.steps), episodes = log.episodes;
  std::vector<std::pair<std::string, double>> out = {{"reward", log.reward / steps},
                                                     {"error/velocity_mps", log.velocity_error / steps},
                                                     {"error/yaw_rate", log.yaw_error / steps},
                                                     {"falls_per_minute", log.falls / steps * 60 / model.dt},
                                                     {"random/ramp", ramp}};
  for (size_t t = 0; t < log.terms.size(); ++t) out.emplace_back("reward/" + reward_names()[t], log.terms[t] / steps);
  // Means of episodes that ended; the last known value while none has.
  for (size_t k = 0; k < std::size(kEpisode); ++k) {
    if (episodes > 0) log.last[k] = log.episode[k] / episodes;
    out.emplace_back(kEpisode[k], log.last[k]);
  }
  const auto last = log.last;
  log = StepLog{};
  log.last = last;
  return out;
}

WalkEnv::WalkEnv(const body::Body& body, const WalkTaskConfig& config, const WalkOptions& options)
    : s_(std::make_unique<Shared>(body, config, options)) {}
WalkEnv::~WalkEnv() = default;

void WalkEnv::reset() {
  std::vector<int> ids;
  for (int i = 0; i < worlds(); ++i) {
    s_->begin_episode(i, true);
    ids.push_back(i);
  }
  s_->batch->apply_parameters(ids);
  s_->batch->rest_actuators(ids);
  s_->batch->refresh(ids);
  for (int i : ids) s_->place(i);
  s_->batch->refresh(ids);
  for (int i : ids) {
    s_->assess(i);
    s_->observe(i, &s_->critic[static_cast<size_t>(i) * critic_size()]);
  }
}

void WalkEnv::step(std::span<const float> actions) {
  Shared& s = *s_;
  const int n = worlds(), na = action_size(), nc = critic_size();
  s.pool.split(n, [&](int begin, int end, int) {
    for (int i = begin; i < end; ++i) s.act(i, &actions[static_cast<size_t>(i) * na]);
  });
  if (s.options.training) {
    for (World& w : s.worlds) {
      const int i = static_cast<int>(&w - s.worlds.data());
      if ((w.command_left -= s.model.dt) <= 0) s.draw_command(w);
      if ((w.push_left -= s.model.dt) <= 0) {
        s.draw_push(w);
        const double strength = s.ramp * s.config.random.push_mps * s.command_scale * w.rng.uniform(),
                     way = w.rng.uniform(0, 6.28319);
        kick(i, strength * std::cos(way), strength * std::sin(way));
      }
    }
  }
  s.physics_step();
  s.pool.split(n, [&](int begin, int end, int) {
    for (int i = begin; i < end; ++i) {
      s.finish(i);
      s.observe(i, &s.critic[static_cast<size_t>(i) * nc]);
    }
  });
  s.log_step();
  if (!s.options.training) return;
  std::vector<int> ended;
  for (int i = 0; i < n; ++i) {
    if (!s.done[i]) continue;
    std::copy_n(&s.critic[static_cast<size_t>(i) * nc], nc, &s.final_critic[static_cast<size_t>(i) * nc]);
    s.begin_episode(i, false);
    ended.push_back(i);
  }
  if (ended.empty()) return;
  s.batch->apply_parameters(ended);
  s.batch->rest_actuators(ended);
  s.batch->refresh(ended);
  for (int i : ended) s.place(i);
  s.batch->refresh(ended);
  for (int i : ended) {
    s.assess(i);
    s.observe(i, &s.critic[static_cast<size_t>(i) * nc]);
  }
}

int WalkEnv::worlds() const { return s_->options.worlds; }
int WalkEnv::observation_size() const { return s_->observations(); }
int WalkEnv::critic_size() const { return s_->critics(); }
int WalkEnv::action_size() const { return s_->model.actions; }
std::span<const float> WalkEnv::observation() const { return s_->observation; }
std::span<const float> WalkEnv::critic() const { return s_->critic; }
std::span<const float> WalkEnv::reward() const { return s_->reward; }
std::span<const uint8_t> WalkEnv::done() const { return s_->done; }
std::span<const uint8_t> WalkEnv::timeout() const { return s_->timeout; }
std::span<const float> WalkEnv::final_critic() const { return s_->final_critic; }

std::vector<std::pair<std::string, double>> WalkEnv::take_log() { return s_->take_log(); }

void WalkEnv::set_progress(double control_steps) {
  Shared& s = *s_;
  const RandomConfig& r = s.config.random;
  const double moved = std::max(0.0, control_steps - s.progress);
  s.progress = control_steps;
  if (s.fall_rate < r.ramp_falls_per_minute) s.ramp = std::min(1.0, s.ramp + moved / r.ramp_steps);
}

std::string WalkEnv::save_state() const {
  core::ByteWriter out;
  const Shared& s = *s_;
  out.put<uint64_t>(s.worlds.size());
  for (double x : {s.ramp, s.progress, s.fall_rate}) out.put(x);
  for (int i = 0; i < worlds(); ++i) {
    const World& w = s.worlds[i];
    out.put(w.rng.state());
    out.put(w.signal.state().gait);
    out.put_vector(w.signal.state().action);
    for (double x :
         {w.command.vx, w.command.vy, w.command.wz, w.command_left, w.push_left, w.time, w.yaw_rate, w.drift[0], w.drift[1]})
      out.put(x);
    out.put(w.latency);
    out.put_vector(w.new_targets);
    for (const auto* a : {&w.action, &w.action_before, &w.action_before2}) out.put_vector(*a);
    out.put(s.batch->parameters(i));
    out.put_all(s.batch->state(i).data(), s.batch->state(i).size());
  }
  out.put_vector(s.observation);
  out.put_vector(s.critic);
  return out.take();
}

void WalkEnv::load_state(std::string_view bytes) {
  core::ByteReader in(bytes, "environment state");
  Shared& s = *s_;
  const auto count = in.get<uint64_t>();
  if (count != s.worlds.size()) {
    throw core::UserError("environment state", "was saved with " + std::to_string(count) + " worlds", std::to_string(worlds()));
  }
  for (double* x : {&s.ramp, &s.progress, &s.fall_rate}) *x = in.get<double>();
  std::vector<int> ids;
  for (int i = 0; i < worlds(); ++i) {
    World& w = s.worlds[i];
    w.rng.set_state(in.get<std::array<uint64_t, 6>>());
    signal::WalkState state = w.signal.state();
    state.gait = in.get<signal::GaitState>();
    in.get_vector(state.action);
    for (double* x : {&w.command.vx, &w.command.vy, &w.command.wz, &w.command_left, &w.push_left, &w.time, &w.yaw_rate,
                      &w.drift[0], &w.drift[1]}) {
      *x = in.get<double>();
    }
    w.latency = in.get<int>();
    in.get_vector(w.new_targets);
    state.targets = w.new_targets;
    w.signal.set_state(state);
    for (auto* a : {&w.action, &w.action_before, &w.action_before2}) in.get_vector(*a);
    s.batch->parameters(i) = in.get<physics::WorldParameters>();
    in.get_all(s.batch->state(i).data(), s.batch->state(i).size());
    ids.push_back(i);
  }
  in.get_vector(s.observation);
  in.get_vector(s.critic);
  s.batch->apply_parameters(ids);
}

void WalkEnv::set_command(int world, const VelocityCommand& command) { s_->worlds[world].command = command; }

void WalkEnv::set_offsets(int world, std::span<const double> offsets) {
  s_->worlds[world].offsets.set(s_->body, s_->model, offsets);
}

void WalkEnv::kick(int world, double dvx, double dvy) {
  std::span<double> v = s_->batch->qvel(world);
  v[0] += dvx;
  v[1] += dvy;
}

void WalkEnv::reset_world(int world, double phase, bool walking) {
  Shared& s = *s_;
  const int ids[1] = {world};
  s.begin_episode(world, false);
  s.worlds[world].time = 0;
  if (walking) s.worlds[world].signal.reset(phase, true, s.worlds[world].command);
  s.batch->apply_parameters(ids);
  s.batch->rest_actuators(ids);
  s.batch->refresh(ids);
  s.place(world);
  s.batch->refresh(ids);
  s.assess(world);
  s.observe(world, &s.critic[static_cast<size_t>(world) * critic_size()]);
}

const signal::WalkModel& WalkEnv::model() const { return s_->model; }
const signal::WalkSignal& WalkEnv::signal(int world) const { return s_->worlds[world].signal; }
const Situation& WalkEnv::situation(int world) const { return s_->worlds[world].situation; }
std::span<const double> WalkEnv::reward_terms(int world) const { return s_->worlds[world].terms; }
VelocityCommand WalkEnv::command(int world) const { return s_->worlds[world].command; }
physics::Batch& WalkEnv::batch() { return *s_->batch; }
const signal::Measured& WalkEnv::measured(int world) const { return s_->worlds[world].measured; }
VelocityCommand WalkEnv::observed_command(int world) const { return s_->worlds[world].observed; }
std::span<const double> WalkEnv::targets(int world) const { return s_->worlds[world].new_targets; }
bool WalkEnv::fallen(int world) const { return s_->worlds[world].fallen; }
double WalkEnv::yaw_rate(int world) const { return s_->worlds[world].yaw_rate; }

}  // namespace manybody::task
