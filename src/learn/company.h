// Several robots on one stage: each a Player in a world of its own, all on one common floor, each with a mark it belongs to.
//
// Reads: players, commands for one of them or for all. Writes: their worlds, and where they are on the common floor.
// Method: the worlds stay separate; a robot's place is its own world shifted by its mark. A robot that nobody steers walks
//   rounds about its mark. One that is steered obeys; left alone for a while, or far from its mark, it walks back by itself
//   and goes on with its rounds. Robots keep out of each other's way by their commands only: what would lead into another is
//   taken out of the command, and who walks by himself gives way. Speeds scale as the root of leg length (Froude).
// Limits: kMostRobots; one thread (a robot costs about one percent of a core).
// Errors: core::UserError when the stage is full.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "learn/player.h"

namespace manybody::learn {

inline constexpr int kMostRobots = 16;

class Company {
 public:
  enum class Lead { rounds, steered, returning };

  struct Member {
    int id = 0;
    std::unique_ptr<Player> player;
    std::array<double, 2> mark{};  // m, on the common floor
    Lead lead = Lead::rounds;
    bool trained = false;  // walks under a network, not under the bare gait prior

    // On the common floor: x, y (m) of the root and its heading (rad).
    core::Vec3 place() const;
    double tracking_error() const;  // m/s, root mean square of the last seconds, over strides

   private:
    friend class Company;
    signal::VelocityCommand wish_, mean_;  // what it was told; what it was told, averaged over a stride
    double idle_ = 0, debt_ = 0, error_ = 0, turn_ = 0, weight_ = 0;
  };

  // The next free place, small ones in front; the robot's number, never given twice.
  int add(std::unique_ptr<Player> player, bool trained);
  void remove(int id);
  // Another policy on the same body, at the same place.
  void replace(int id, std::unique_ptr<Player> player, bool trained);

  // nothing: every robot. A command for all is meant for legs of 0.7 m and scaled to each robot's.
  void steer(std::optional<int> id, const signal::VelocityCommand& command);
  void release(std::optional<int> id);  // back to its rounds
  void reset(std::optional<int> id);    // to its mark
  // point: on the common floor.
  void push(int id, int link, const core::Vec3& point, const core::Vec3& force, double seconds);

  void advance(double seconds);  // simulated
  double time() const { return time_; }
  const std::vector<std::unique_ptr<Member>>& members() const { return members_; }
  Member* find(int id);

 private:
  std::array<double, 2> free_mark(bool small) const;
  void lead(Member& m);
  signal::VelocityCommand keep_apart(const Member& m, signal::VelocityCommand command) const;
  void judge(Member& m);

  std::vector<std::unique_ptr<Member>> members_;
  int last_id_ = -1;
  double time_ = 0;
};

}  // namespace manybody::learn
