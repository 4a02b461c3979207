// Simulated robots on one stage with somebody to tell them what to do: what the terminal, the scenarios and tests run.
//
// Reads: bodies and policies, the stage's scene. Writes: robots that walk and gesture, a conductor that was told.
// Method: one learn::Player a robot, all at the same control rate; the conductor's tick comes before theirs. As fast as the machine goes.
// Errors: core::UserError when a body or policy cannot be loaded or robots differ in control rate.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "conduct/conductor.h"
#include "conduct/player_actor.h"

namespace manybody::conduct {

struct Part {  // of one robot
  std::string name;
  std::vector<std::string> aliases;
  std::shared_ptr<const body::Body> body;
  std::string policy;  // a bundle's folder; "": the bare gait prior
  Origin at;
};

class Theatre {
 public:
  Theatre(const std::vector<Part>& parts, const brain::Scene& stage, const ConductorOptions& options,
          const learn::PlayerOptions& player = {});

  void step();
  void reset();  // everybody back to where they began; plans end
  Conductor& conductor() { return conductor_; }
  size_t robots() const { return players_.size(); }
  learn::Player& player(size_t i) { return *players_[i]; }
  Stance stance(size_t i) const { return actors_[i]->stance(); }
  const std::string& name(size_t i) const { return names_[i]; }
  double dt() const { return players_.front()->dt(); }
  double time() const { return time_; }

 private:
  std::vector<std::unique_ptr<learn::Player>> players_;
  std::vector<std::unique_ptr<PlayerActor>> actors_;
  std::vector<std::string> names_;
  Conductor conductor_;
  double time_ = 0;
};

// The stage that is there when none is given: data/brain/stage.json.
brain::Scene default_stage();

}  // namespace manybody::conduct
