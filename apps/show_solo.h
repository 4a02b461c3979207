// The view of one robot: its body and policy, its frames; training is followed here.
//
// Reads: a player. Writes: scene, frames and status of the server.
// Errors: core::UserError when body or policy cannot be read; what was shown before then stays.
#pragma once

#include <memory>
#include <string>

#include "learn/player.h"
#include "physics/batch.h"
#include "show_house.h"

namespace manybody::apps {

class Solo {
 public:
  Solo(House& house, const std::string& source, const std::string& folder);

  // Keeps what is shown when the new one cannot be; the same body goes on as commanded.
  void change(const std::string& source, const std::string& folder, const std::string& mode);
  void publish_scene();
  void publish_frame();
  void publish_status();

  learn::Player& player() { return *player_; }
  const learn::Player& player() const { return *player_; }
  const std::string& source() const { return source_; }
  const std::string& folder() const { return folder_; }
  const std::string& mode() const { return mode_; }

 private:
  void load(const std::string& source, const std::string& folder);
  void walk_calmly();

  House& house_;
  std::unique_ptr<learn::Player> player_;
  std::string source_, folder_, mode_ = "play";
  physics::Inspection inspection_;
  studio::Frame frame_;
};

}  // namespace manybody::apps
