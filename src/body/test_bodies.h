// Helpers of this room's tests: edited copies of the bodies under tests/data/bodies and .deps/robots.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "body/library.h"
#include "core/error.h"
#include "core/files.h"

namespace manybody::body::testing {

inline const std::string kData = std::string(MB_SOURCE_DIR) + "/tests/data/bodies/";
inline const std::string kRobots = std::string(MB_SOURCE_DIR) + "/.deps/robots/mujoco_menagerie/";

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  if (text.find(from) == std::string::npos) throw std::runtime_error("the test looks for a text that is not there: " + from);
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) text.replace(at, from.size(), to);
  return text;
}

// A file that goes away with the object; a folder of its own, so that nothing lies beside it.
class TemporaryFile {
 public:
  TemporaryFile(const std::string& name, const std::string& text) {
    std::string folder = (std::filesystem::temp_directory_path() / "manybody-body-XXXXXX").string();
    if (!::mkdtemp(folder.data())) throw std::runtime_error("no temporary folder");
    folder_ = folder;
    path_ = folder_ + "/" + name;
    core::write_file(path_, text);
  }
  ~TemporaryFile() {
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }
  const std::string& path() const { return path_; }

 private:
  std::string folder_, path_;
};

inline Body load_text(const std::string& name, const std::string& text) { return load_body(TemporaryFile(name, text).path()); }

// What load_body says of a text it refuses; "" when it does not refuse.
inline std::string refusal(const std::string& name, const std::string& text) {
  try {
    load_text(name, text);
  } catch (const core::UserError& e) {
    return e.what();
  }
  return "";
}

// A chain of hinges below a point of the trunk.
inline std::string limb(const std::string& name, double x, double y, int links) {
  std::string out, close;
  for (int i = 0; i < links; ++i) {
    const std::string at = i == 0 ? std::to_string(x) + " " + std::to_string(y) + " 0" : "0 0 -0.25";
    out += "<body name='" + name + std::to_string(i) + "' pos='" + at + "'><joint name='" + name + "_j" + std::to_string(i) +
           "' axis='0 1 0' range='-1 1'/><geom type='capsule' fromto='0 0 0 0 0 -0.2' size='0.03'/>";
    close += "</body>";
  }
  return out + close;
}

inline std::string robot(const std::string& limbs) {
  return "<mujoco><compiler angle='radian'/><worldbody><body name='trunk' pos='0 0 1'><freejoint/><geom type='box' size='0.2 0.1 "
         "0.08'/>" +
         limbs + "</body></worldbody></mujoco>";
}

inline std::string plain() { return core::read_file(kData + "plain.xml"); }
inline std::string carrier() { return core::read_file(kData + "carrier.urdf"); }

}  // namespace manybody::body::testing
