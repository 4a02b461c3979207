#include "conduct/player_actor.h"

#include <cmath>

#include "core/linalg.h"

namespace manybody::conduct {
namespace {

constexpr double kStandingGate = 0.02;  // of the gait: below this the feet rest

}  // namespace

Stance PlayerActor::stance() const {
  const std::span<const double> q = player_.env().batch().qpos(0);
  const core::Quat root = core::normalized({q[3], q[4], q[5], q[6]});
  const double yaw = core::yaw_of(core::mul(root, core::conjugate(player_.body().root_rotation_home)));
  const double c = std::cos(origin_.yaw), s = std::sin(origin_.yaw);
  const core::Vec3 v = player_.stride_velocity();
  Stance out;
  out.x = origin_.x + c * q[0] - s * q[1], out.y = origin_.y + s * q[0] + c * q[1];
  out.yaw = std::remainder(origin_.yaw + yaw, 2 * 3.14159265358979323846);
  out.speed = std::hypot(v[0], v[1]);
  out.fallen = player_.fallen();
  out.standing = player_.env().signal(0).gait().gate < kStandingGate;
  return out;
}

}  // namespace manybody::conduct
