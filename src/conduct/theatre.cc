#include "conduct/theatre.h"

#include <cmath>

#include "brain/plan_json.h"
#include "core/error.h"
#include "core/files.h"

namespace manybody::conduct {

Theatre::Theatre(const std::vector<Part>& parts, const brain::Scene& stage, const ConductorOptions& options,
                 const learn::PlayerOptions& player)
    : conductor_(options, stage) {
  if (parts.empty()) throw core::UserError("stage", "there is no robot on it", "one robot or more");
  std::vector<Member> members;
  for (const Part& part : parts) {
    players_.push_back(std::make_unique<learn::Player>(*part.body, part.policy, player));
    actors_.push_back(std::make_unique<PlayerActor>(*players_.back(), part.at));
    names_.push_back(part.name);
    members.push_back({part.name, part.aliases, actors_.back().get()});
    if (std::fabs(players_.back()->dt() - players_.front()->dt()) > 1e-9)
      throw core::UserError(part.name, "its policy runs at another control rate than the first robot's", "policies of one rate");
  }
  conductor_.set_robots(std::move(members));
}

void Theatre::step() {
  conductor_.tick(dt());
  for (auto& player : players_) player->tick();
  time_ += dt();
}

void Theatre::reset() {
  conductor_.stop_all(brain::Cause::reset);
  for (auto& player : players_) player->reset(), player->set_command({});
}

brain::Scene default_stage() {
  const std::string path = core::home_directory() + "/data/brain/stage.json";
  return brain::read_scene(core::read_file(path), path);
}

}  // namespace manybody::conduct
