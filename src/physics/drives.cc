#include "physics/drives.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/files.h"
#include "core/rng.h"
#include "physics/lane/kernel.h"

namespace manybody::physics {
namespace {

bool is_nominal(WorldParameters p) {
  const WorldParameters nominal;
  p.friction = nominal.friction;  // the scene's, not the motors'
  return std::memcmp(&p, &nominal, sizeof p) == 0;
}

}  // namespace

Drives::Drives(const body::Body& body, const SceneOptions& options, int worlds)
    : models_(body.actuators),
      kp_scale_(worlds, 1.0f),
      kd_scale_(worlds, 1.0f),
      strength_(worlds, 1.0f),
      dt_(static_cast<float>(options.timestep_s)) {
  if (options.actuators != Actuators::datasheet) return;
  for (size_t a = 0; a < body.actuated.size(); ++a) {
    const body::Joint& joint = body.joints[body.actuated[a]];
    const auto found = std::find_if(models_.begin(), models_.end(), [&](const auto& m) { return m.name == joint.actuator; });
    if (joint.actuator.empty() || found == models_.end()) continue;
    driven_.push_back(static_cast<int>(a));
    motors_.push_back({&*found, static_cast<float>(joint.kp), static_cast<float>(joint.kd), static_cast<float>(joint.torque_max),
                       body::make_actuator_state(*found, worlds)});
  }
}

void Drives::set(int world, const WorldParameters& p) {
  kp_scale_[world] = static_cast<float>(p.kp_scale);
  kd_scale_[world] = static_cast<float>(p.kd_scale);
  strength_[world] = static_cast<float>(p.strength_scale);
  core::Rng rng(core::hash_bytes(std::as_bytes(std::span(&p, 1)), core::hash_text("motors")));
  for (Motor& motor : motors_) body::reset_actuator(*motor.model, motor.own, world, rng, !is_nominal(p));
}

void Drives::ask(const lane::DriveCall& call) const {
  constexpr int kMost = lane::kMostLanes;
  float command[kMost], state[kState][kMost], own[6][kMost], resist[kMost], answer[kMost];
  bool free[kMost];
  for (size_t m = 0; m < motors_.size(); ++m) {
    const Motor& motor = motors_[m];
    const float ambient = static_cast<float>(motor.model->ambient);
    const size_t at = m * call.lanes;
    for (int l = 0; l < call.lanes; ++l) {
      const int w = call.worlds[l];
      const float asked =
          motor.kp * kp_scale_[w] * (call.control[at + l] - call.q[at + l]) - motor.kd * kd_scale_[w] * call.speed[at + l];
      const float limit = motor.limit * strength_[w];
      free[l] = std::abs(asked) < limit;
      command[l] = free[l] ? asked : std::copysign(limit, asked);
      for (int k = 0; k < kState; ++k) state[k][l] = static_cast<float>(call.user[l][kState * m + k]);
      state[0][l] += ambient;
      const body::ActuatorState& o = motor.own;
      const float own_of[6] = {o.phase[w], o.strength[w], o.friction[w], o.efficiency[w], o.voltage[w], o.backlash[w]};
      for (int k = 0; k < 6; ++k) own[k][l] = own_of[k];
    }
    const body::ActuatorView view = {state[0], state[1], state[2], own[0], own[1], own[2], own[3], own[4], own[5]};
    const body::ActuatorSlopes slopes = {resist, answer};
    body::step_actuators(*motor.model, view, call.q + at, call.speed + at, command, call.force + at, &slopes, call.lanes,
                         call.keep ? dt_ : 0);
    for (int l = 0; l < call.lanes; ++l) {
      const float feedback = free[l] ? motor.kd * kd_scale_[call.worlds[l]] : 0;
      call.slope[at + l] = resist[l] + answer[l] * feedback;
      if (!call.keep) continue;
      state[0][l] -= ambient;
      for (int k = 0; k < kState; ++k) call.user[l][kState * m + k] = static_cast<double>(state[k][l]);
    }
  }
}

}  // namespace manybody::physics
