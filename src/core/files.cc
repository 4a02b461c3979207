#include "core/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "core/error.h"

namespace manybody::core {
namespace fs = std::filesystem;
namespace {

struct Descriptor {
  int fd = -1;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

std::string reason() { return std::strerror(errno); }

}  // namespace

std::string read_file(const std::string& path) {
  Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0) throw UserError(path, "cannot be read: " + reason(), "a readable file");
  struct stat info {};
  if (::fstat(file.fd, &info) != 0 || !S_ISREG(info.st_mode)) throw UserError(path, "is not a file", "a readable file");
  std::string bytes(static_cast<size_t>(info.st_size), '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::read(file.fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw UserError(path, "cannot be read: " + reason());
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  bytes.resize(done);
  return bytes;
}

void write_file(const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".tmp-" + std::to_string(::getpid());
  auto fail = [&](const char* step) {
    const std::string why = reason();
    ::unlink(temporary.c_str());
    throw UserError(path, std::string("cannot be ") + step + ": " + why,
                    "a writable place with room for " + std::to_string(bytes.size()) + " bytes");
  };
  {
    Descriptor file{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
    if (file.fd < 0) fail("created");
    size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t n = ::write(file.fd, bytes.data() + done, bytes.size() - done);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail("written");
      done += static_cast<size_t>(n);
    }
    if (::fsync(file.fd) != 0 && errno != EINVAL && errno != EROFS) fail("flushed");
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) fail("put in place");
}

void make_directories(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) throw UserError(path, "cannot be created: " + error.message(), "a directory that can be written");
}

bool file_exists(const std::string& path) {
  std::error_code error;
  return fs::exists(path, error);
}

std::string home_directory() {
  if (const char* home = std::getenv("MANYBODY_HOME"); home && *home) return home;
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  for (fs::path dir = self.parent_path(); !error && !dir.empty(); dir = dir.parent_path()) {
    if (fs::exists(dir / "LAYERS") && fs::exists(dir / "robots")) return dir.string();
    if (dir == dir.root_path()) break;
  }
  return ".";
}

uint64_t hash_bytes(std::span<const std::byte> bytes, uint64_t seed) {
  uint64_t hash = seed;
  for (std::byte b : bytes) hash = (hash ^ static_cast<uint64_t>(b)) * 0x100000001b3ull;
  return hash;
}

uint64_t hash_text(std::string_view text, uint64_t seed) {
  return hash_bytes({reinterpret_cast<const std::byte*>(text.data()), text.size()}, seed);
}

}  // namespace manybody::core
