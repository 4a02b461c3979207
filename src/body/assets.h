// The files beside a robot's file: meshes found, or replaced by primitives when they are missing. Internal to the room.
//
// Reads: mesh paths of an mjSpec; the text of a URDF (package:// and file:// paths, meshes, MuJoCo's compiler element).
// Writes: geoms turned into boxes and capsules, each said in the notes; URDF text that MuJoCo can read.
// Limits: meshes in STL, OBJ and MSH; other formats count as missing.
#pragma once

#include <string>
#include <vector>

struct mjSpec_;

namespace manybody::body {

bool is_urdf(const std::string& text);
std::string prepare_urdf(const std::string& text, const std::string& path, std::vector<std::string>& notes);
void replace_missing_meshes(mjSpec_* spec, const std::string& path, std::vector<std::string>& notes);

}  // namespace manybody::body
