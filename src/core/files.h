// Files that are either whole or absent: written beside and renamed, so a kill or a full disk loses nothing.
//
// Errors: UserError naming the path and the system's reason (missing, permission, disk full). Sizes in bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace manybody::core {

std::string read_file(const std::string& path);
// Writes path.tmp-<pid>, flushes it to disk, renames it over path; on any failure removes the temporary and throws.
void write_file(const std::string& path, std::string_view bytes);
void make_directories(const std::string& path);
bool file_exists(const std::string& path);

// Where robots/, policies/, .deps/ and web/dist are found: $MANYBODY_HOME, else the source tree the binary was built in.
std::string home_directory();

// FNV-1a, for state hashes and checksums of weights.
uint64_t hash_bytes(std::span<const std::byte> bytes, uint64_t seed = 0xcbf29ce484222325ull);
uint64_t hash_text(std::string_view text, uint64_t seed = 0xcbf29ce484222325ull);

}  // namespace manybody::core
