// A simulated robot on the stage: a learn::Player whose world begins at a place of the stage.
//
// Reads: the player's root pose, stride velocity, stand gate. Writes: its command and joint offsets.
// Limits: borrows the player, which must outlive it. Worlds do not touch each other: keeping apart is the executor's business.
#pragma once

#include "conduct/actor.h"
#include "learn/player.h"

namespace manybody::conduct {

struct Origin {
  double x = 0, y = 0, yaw = 0;  // of the player's world on the stage, m, rad
};

class PlayerActor final : public Actor {
 public:
  explicit PlayerActor(learn::Player& player, Origin origin = {}) : player_(player), origin_(origin) {}
  const body::Body& body() const override { return player_.body(); }
  Stance stance() const override;
  void set_velocity(double vx, double vy, double wz) override { player_.set_command({vx, vy, wz}); }
  void set_offsets(std::span<const double> offsets) override { player_.set_offsets(offsets); }

 private:
  learn::Player& player_;
  Origin origin_;
};

}  // namespace manybody::conduct
