#include "show_frame.h"

#include "show_bodies.h"
#include "task/rewards.h"

namespace manybody::apps {
namespace {

void fill_joints(physics::Batch& batch, const body::Body& body, studio::Frame& frame) {
  const std::span<const double> q = batch.qpos(0), v = batch.qvel(0), torque = batch.torques(0), target = batch.targets(0);
  frame.joints.resize(body.joints.size());
  for (size_t j = 0; j < body.joints.size(); ++j) {
    const float position = static_cast<float>(q[7 + j]);
    frame.joints[j] = {position, static_cast<float>(v[6 + j]), 0, position};
  }
  for (size_t k = 0; k < body.actuated.size(); ++k) {
    studio::JointState& joint = frame.joints[static_cast<size_t>(body.actuated[k])];
    joint.torque = static_cast<float>(torque[k]);
    joint.target = static_cast<float>(target[k]);
  }
}

}  // namespace

studio::Scene scene_of(const learn::Player& player, const std::string& policy_folder) {
  const body::Body& body = player.body();
  studio::Scene scene = studio::make_scene(body);
  scene.policy = name_of(policy_folder);
  scene.policies = policies_of(body.name);
  scene.rewards = task::reward_names();
  scene.control_hz = 1 / player.dt();
  scene.leg_length = body.leg_length;
  scene.command_range = player.command_range();
  return scene;
}

void fill_frame(learn::Player& player, std::array<double, 2> shift, physics::Inspection& inspection, studio::Frame& frame) {
  const task::WalkEnv& env = player.env();
  physics::Batch& batch = player.env().batch();
  const body::Body& body = player.body();
  const float dx = static_cast<float>(shift[0]), dy = static_cast<float>(shift[1]);
  batch.inspect(0, inspection);
  frame.sim_time = player.time();
  frame.fallen = player.fallen();
  frame.links.resize(body.links.size());
  for (size_t i = 0; i < frame.links.size(); ++i) {
    const float* pose = &inspection.links[7 * i];
    frame.links[i] = {{pose[0] + dx, pose[1] + dy, pose[2]}, {pose[3], pose[4], pose[5], pose[6]}};
  }
  fill_joints(batch, body, frame);
  const signal::VelocityCommand command = player.command();
  frame.command = {static_cast<float>(command.vx), static_cast<float>(command.vy), static_cast<float>(command.wz)};
  const core::Vec3 measured = player.stride_velocity();
  const signal::GaitState& gait = env.signal(0).gait();
  const std::array<double, 2> clearance = player.foot_clearance();
  for (int i = 0; i < 3; ++i) frame.measured[i] = static_cast<float>(measured[i]);
  for (int i = 0; i < 2; ++i) frame.foot_clearance[i] = static_cast<float>(clearance[i]);
  frame.gait_phase = static_cast<float>(gait.phase);
  frame.stand_gate = static_cast<float>(gait.gate);
  frame.contacts.clear();
  for (const physics::ContactPoint& contact : inspection.contacts) {
    studio::ContactForce out;
    for (int i = 0; i < 3; ++i)
      out.position[i] = static_cast<float>(contact.position[i]), out.force[i] = static_cast<float>(contact.force[i]);
    out.position[0] += dx, out.position[1] += dy;
    frame.contacts.push_back(out);
  }
  const std::span<const double> terms = env.reward_terms(0);
  frame.rewards.assign(terms.begin(), terms.end());
}

}  // namespace manybody::apps
