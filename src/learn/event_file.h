// A TensorBoard event file: scalars by name and step, readable by the usual tools, written without any of them.
//
// Writes: TFRecord frames (u64 length, masked CRC-32C of it, bytes, masked CRC-32C of them) holding protobuf messages
// tensorflow.Event {1: wall_time, 2: step, 3: file_version, 5: summary {1: value {1: tag, 2: simple_value}}, 7: session_log}.
// Limits: scalars only. A frame is written whole or the file is cut back to its end before. Errors: UserError (disk full).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace manybody::learn {

// A file that grows by whole records.
class Appender {
 public:
  Appender() = default;
  explicit Appender(const std::string& path);
  ~Appender();
  Appender(Appender&& other) noexcept;
  Appender& operator=(Appender&& other) noexcept;

  void append(std::string_view record);  // all of it or nothing
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  int fd_ = -1;
};

using Scalar = std::pair<std::string, double>;

class EventFile {
 public:
  // from_step >= 0: readers drop what earlier files of the folder say about later steps (a resumed run).
  EventFile(const std::string& folder, double wall_time, int64_t from_step = -1);
  void add(double wall_time, int64_t step, std::span<const Scalar> scalars);
  const std::string& path() const { return file_.path(); }

 private:
  Appender file_;
};

uint32_t crc32c(std::string_view bytes);  // Castagnoli, RFC 3720 B.4

}  // namespace manybody::learn
