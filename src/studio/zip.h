// The files of a .zip archive somebody sent: read in memory, nothing is written here.
//
// Reads: the archive's bytes (stored or deflated entries; its central directory decides). Writes: names and bytes.
// Limits: given by the caller, counted while inflating, so that a small archive cannot grow without end; no encryption, no
//         zip64, no links: an entry is only ever a name and bytes.
// Errors: core::UserError on a damaged archive, one over the limits, or a name that climbs out of the archive.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace manybody::studio {

struct ZipLimits {
  size_t files = 2000;
  size_t bytes = 96u << 20;  // of all files together, inflated
};

// Relative paths with single slashes to bytes; folders are left out.
std::map<std::string, std::string> read_zip(std::string_view archive, const ZipLimits& limits = {});

// A relative path of plain parts: no empty part, no "." or "..", no backslash, drive or control character.
bool is_plain_path(std::string_view path);

}  // namespace manybody::studio
