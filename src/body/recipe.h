// What robots/<name>/robot.toml says: where the model is, and only what its file is silent on. Internal to the room.
//
// Reads: robot.toml (keys in docs/howto/add-a-robot.md). Writes: Recipe.
// Errors: core::UserError with file:line, the key, what was expected and a near match.
#pragma once

#include <string>

#include "body/gains.h"
#include "body/home.h"

namespace manybody::body {

// A sole that the file's geometry does not show: its centre from the left foot link's origin along x, y, z of the body as drawn, m.
struct SoleWish {
  bool given = false;
  double x = 0, y = 0, z = 0, length = 0, width = 0;  // its centre, its size
  std::string reason;
};

struct Recipe {
  std::string name, title, title_zh, folder;
  std::string model;       // absolute path; empty where there is only a spec sheet
  bool has_sheet = false;  // robot.toml has a [sheet]: what the body is made from where the model is not at hand
  std::string package, licence;
  double driven = 0;     // joints of the model that are driven, for lists; 0: not said
  std::string imu_link;  // puts the IMU on this link where the file has no site, or the wrong one
  HomeWish home;
  GainWish gains;
  SoleWish sole;
};

Recipe read_recipe(const std::string& folder);

}  // namespace manybody::body
