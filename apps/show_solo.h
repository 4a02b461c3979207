// The view of one robot: its body and policy, its frames; training is followed here.
//
// Reads: players made beside the loop. Writes: scene, frames and status of the server.
#pragma once

#include <memory>
#include <string>

#include "learn/player.h"
#include "physics/batch.h"
#include "show_house.h"

namespace manybody::apps {

class Solo {
 public:
  Solo(House& house, const std::string& source, Cast cast, const std::string& mode);

  // The same body goes on as commanded.
  void change(const std::string& source, Cast cast, const std::string& mode);
  void show() { publish_scene(), publish_frame(); }
  void publish_scene();
  void publish_frame();
  void publish_status();

  learn::Player& player() { return *player_; }
  const learn::Player& player() const { return *player_; }
  const std::string& source() const { return source_; }
  const std::string& folder() const { return folder_; }
  const std::string& mode() const { return mode_; }

 private:
  void walk_calmly();

  House& house_;
  std::unique_ptr<learn::Player> player_;
  std::string source_, folder_, mode_;
  physics::Inspection inspection_;
  studio::Frame frame_;
};

}  // namespace manybody::apps
