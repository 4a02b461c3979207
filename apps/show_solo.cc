#include "show_solo.h"

#include <cmath>
#include <utility>

#include "show_bodies.h"
#include "show_frame.h"

namespace manybody::apps {
namespace {

constexpr double kCalmSpeed = 0.5, kPriorSpeed = 0.3;  // m/s of a body with 0.7 m legs; the bare prior walks slowly only

}  // namespace

Solo::Solo(House& house, const std::string& source, Cast cast, const std::string& mode)
    : house_(house), player_(std::move(cast.player)), source_(source), folder_(std::move(cast.folder)), mode_(mode) {
  walk_calmly();
}

// A body that was just chosen is to be seen walking; speeds scale as the root of its leg length (Froude).
void Solo::walk_calmly() {
  const double speed = folder_.empty() && mode_ == "play" ? kPriorSpeed : kCalmSpeed;
  player_->set_command({speed * std::sqrt(player_->body().leg_length / 0.7), 0, 0});
}

void Solo::change(const std::string& source, Cast cast, const std::string& mode) {
  const std::string before = player_->body().name;
  const signal::VelocityCommand command = player_->command();
  player_ = std::move(cast.player);
  source_ = source, folder_ = std::move(cast.folder), mode_ = mode;
  if (player_->body().name == before) player_->set_command(command);
  else walk_calmly();
  show();
}

void Solo::publish_scene() {
  house_.clock.set_step(player_->dt());
  house_.list(player_->body(), source_);
  studio::Scene scene = scene_of(*player_, folder_);
  scene.mode = mode_;
  house_.server.set_scene(scene);
  frame_ = studio::Frame{};
}

void Solo::publish_frame() {
  fill_frame(*player_, {0, 0}, inspection_, frame_);
  frame_.rtf = static_cast<float>(house_.clock.factor());
  frame_.paused = house_.clock.paused();
  house_.server.publish(frame_);
}

void Solo::publish_status() {
  const studio::RealTime& clock = house_.clock;
  house_.server.set_status(
      {clock.paused(), clock.speed(), clock.factor(), player_->time(), player_->falls(), name_of(folder_), player_->body().name});
}

}  // namespace manybody::apps
