// The files beside a robot's file: meshes found, or replaced by primitives when they are missing. Internal to the room.
//
// Reads: mesh paths of an mjSpec; the text of a URDF (package:// and file:// paths, meshes, MuJoCo's compiler element).
// Writes: geoms turned into boxes and capsules, each said in the notes; URDF text that MuJoCo can read.
// Limits: meshes in STL, OBJ and MSH; other formats count as missing.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "body/meshes.h"

struct mjSpec_;

namespace manybody::body {

// Where package://name/rest lies: in a folder `name` above the file, or with `name` being a folder above it.
std::string find_in_package(const std::string& reference, const std::string& from);
bool is_urdf(const std::string& text);
std::string prepare_urdf(const std::string& text, const std::string& path, std::vector<std::string>& notes);

// What is known of a mesh that could be read, by its name in the spec. Boxes are of the file's own vertices.
struct MeshFile {
  std::string path;
  core::Vec3 low{}, high{};
};
// Reads every mesh file; geoms of missing or broken ones become primitives. Missing textures are left out.
std::map<std::string, MeshFile> settle_assets(mjSpec_* spec, const std::string& path, std::vector<std::string>& notes);

// A copy of the spec without the mesh geoms of links whose inertia does not depend on them, and what those geoms look like.
mjSpec_* lean_copy(const mjSpec_* spec, const std::map<std::string, MeshFile>& files, std::vector<MeshShape>& shapes);

}  // namespace manybody::body
