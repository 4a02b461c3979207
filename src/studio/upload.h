// A robot's file that a page sent: stored in a folder of its own, with nothing in it that reaches outside.
//
// Reads: a name and bytes, both from anybody: an MJCF or URDF file, or a .zip with one and its meshes.
// Writes: the files under `folder`, several folders deep; the path of the robot's own file there.
// Method: every attribute of every XML file is looked at. Absolute paths, home folders, drives, character references and more
//         than a few steps upwards are refused; what is stored lies deeper than those few steps lead. `package://` and `file://`
//         become the file of that ending in the archive, or a name that does not exist: a primitive then takes its place.
// Limits: kMaxUploadBytes; ZipLimits.
// Errors: Refusal with a code the page has words for.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace manybody::studio {

inline constexpr size_t kMaxUploadBytes = 24u << 20;

// code: too_large, not_a_robot, outside, bad_zip, malformed, … (docs/protocol.md); what(): a sentence.
class Refusal : public std::runtime_error {
 public:
  Refusal(std::string code, const std::string& sentence) : std::runtime_error(sentence), code_(std::move(code)) {}
  const std::string& code() const { return code_; }

 private:
  std::string code_;
};

// The name a body gets from a file's: its stem in letters, digits and _, never empty.
std::string upload_stem(std::string_view file_name);

// stem: how the robot's own file is called in the end, without ending. Returns its path.
std::string store_upload(std::string_view file_name, std::string_view bytes, const std::string& folder, const std::string& stem);

}  // namespace manybody::studio
