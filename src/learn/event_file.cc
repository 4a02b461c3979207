#include "learn/event_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "core/error.h"

namespace manybody::learn {
namespace {

std::array<uint32_t, 256> make_crc_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ (value & 1 ? 0x82f63b78u : 0);
    table[i] = value;
  }
  return table;
}

uint32_t masked(uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8u; }

template <class T>
std::string raw(T value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string varint(uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  return out + static_cast<char>(value);
}

// Protobuf keys: field number and wire type (0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes).
std::string key(int field, int wire) { return varint(static_cast<uint64_t>(field << 3 | wire)); }
std::string nested(int field, const std::string& bytes) { return key(field, 2) + varint(bytes.size()) + bytes; }

std::string event(double wall_time, int64_t step, const std::string& content) {
  return key(1, 1) + raw(wall_time) + key(2, 0) + varint(static_cast<uint64_t>(step)) + content;
}

std::string frame(const std::string& bytes) {
  const std::string length = raw(static_cast<uint64_t>(bytes.size()));
  return length + raw(masked(crc32c(length))) + bytes + raw(masked(crc32c(bytes)));
}

}  // namespace

uint32_t crc32c(std::string_view bytes) {
  static const std::array<uint32_t, 256> table = make_crc_table();
  uint32_t crc = 0xffffffffu;
  for (const char c : bytes) crc = (crc >> 8) ^ table[(crc ^ static_cast<uint8_t>(c)) & 0xff];
  return crc ^ 0xffffffffu;
}

Appender::Appender(const std::string& path) : path_(path) {
  fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd_ >= 0) return;
  throw core::UserError(path, std::string("cannot be opened: ") + std::strerror(errno), "a file that can be written");
}

Appender::~Appender() {
  if (fd_ >= 0) ::close(fd_);
}

Appender::Appender(Appender&& other) noexcept : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}

Appender& Appender::operator=(Appender&& other) noexcept {
  std::swap(path_, other.path_), std::swap(fd_, other.fd_);
  return *this;
}

void Appender::append(std::string_view record) {
  const off_t before = ::lseek(fd_, 0, SEEK_END);
  size_t done = 0;
  while (done < record.size()) {
    const ssize_t n = ::write(fd_, record.data() + done, record.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const std::string why = std::strerror(errno);
      const bool cut = before >= 0 && ::ftruncate(fd_, before) == 0;
      const char* damage = cut ? "" : " (its last record may be damaged)";
      throw core::UserError(path_, "cannot be written: " + why + damage, "room on the disk");
    }
    done += static_cast<size_t>(n);
  }
}

EventFile::EventFile(const std::string& folder, double wall_time, int64_t from_step)
    : file_(fmt::format("{}/events.out.tfevents.{}.{}.manybody", folder, static_cast<int64_t>(wall_time), ::getpid())) {
  file_.append(frame(event(wall_time, 0, nested(3, "brain.Event:2"))));
  if (from_step >= 0) file_.append(frame(event(wall_time, from_step, nested(7, key(1, 0) + varint(1)))));  // SessionLog.START
}

void EventFile::add(double wall_time, int64_t step, std::span<const Scalar> scalars) {
  std::string summary;
  for (const auto& [tag, value] : scalars) {
    summary += nested(1, nested(1, tag) + key(2, 5) + raw(static_cast<float>(value)));
  }
  file_.append(frame(event(wall_time, step, nested(5, summary))));
}

}  // namespace manybody::learn
