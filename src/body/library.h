// Finding and reading bodies: by name from robots/, or straight from a file.
//
// Reads: robots/<name>/robot.toml, the model file it points to under .deps/robots, or any .xml / .urdf.
// Writes: Body; lists; findings of a check.
// Errors: core::UserError (unknown body with a near match; missing, malformed or unusable file).
#pragma once

#include <string>
#include <vector>

#include "body/body.h"

namespace manybody::body {

struct Entry {
  std::string name, title, folder, source;
  bool installed = false;  // its model file is on this machine, or a spec sheet that needs none
  Kind kind = Kind::model;
  std::string title_zh;
  int driven = 0;  // joints with a drive; 0 where only loading it would tell
};

std::vector<Entry> list_bodies();                 // sorted by name
Body load_body(const std::string& name_or_path);  // "unitree_g1", "g1" (unique ending), "random:7", or a file

// Many bodies in one text, separated by commas: names as above, `all` for every one on this machine, `random:1-32` for a range of
// seeds, `NAME*3` for three times, and `-NAME` for one to leave out of those before it. Written out: one name each, in that order.
bool names_many_bodies(const std::string& text);
std::vector<std::string> expand_bodies(const std::string& text);

// What a check of a file says: everything wrong with it, not the first thing only.
struct Finding {
  enum class Level { note, warning, error } level;
  std::string file;
  int line = 0;         // 1-based; 0 when the finding has no place
  std::string element;  // "joint 'left_knee'"
  std::string problem, expected;
};
std::vector<Finding> check_file(const std::string& path);

}  // namespace manybody::body
