// From a player to what the page is told of it: its scene once, a frame each picture.
//
// Reads: a player's world. Writes: studio::Scene, studio::Frame.
#pragma once

#include <array>
#include <string>

#include "learn/player.h"
#include "physics/batch.h"
#include "studio/frame.h"
#include "studio/messages.h"

namespace manybody::apps {

studio::Scene scene_of(const learn::Player& player, const std::string& policy_folder);

// shift: added to every position, m. Clock fields (rtf, paused) are the caller's.
void fill_frame(learn::Player& player, std::array<double, 2> shift, physics::Inspection& inspection, studio::Frame& frame);

}  // namespace manybody::apps
