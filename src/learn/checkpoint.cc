#include "learn/checkpoint.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>

#include "core/bytes.h"
#include "core/error.h"
#include "core/files.h"

namespace manybody::learn {
namespace {

using core::UserError;
static_assert(std::endian::native == std::endian::little, "checkpoints are written as they lie in memory");
constexpr std::string_view kMagic = "MBCHECKP";
constexpr uint32_t kVersion = 1;
constexpr const char* kWhole = "a whole checkpoint; an older one lies beside it in checkpoints/";

template <class T>
void check_finite(const std::string& path, const std::string& name, std::span<const T> values) {
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) throw UserError(path, fmt::format("{}[{}] is {}", name, i, values[i]), "finite numbers");
  }
}

// Cuts bytes off the front of `rest`.
std::string_view cut(std::string_view& rest, uint64_t count, const std::string& path) {
  if (count > rest.size()) throw UserError(path, "is cut off or damaged", kWhole);
  const std::string_view part = rest.substr(0, count);
  rest.remove_prefix(count);
  return part;
}

template <class T>
T cut_value(std::string_view& rest, const std::string& path) {
  T value;
  std::memcpy(&value, cut(rest, sizeof value, path).data(), sizeof value);
  return value;
}

}  // namespace

Checkpoint Checkpoint::read(const std::string& path) {
  const std::string file = core::read_file(path);
  std::string_view rest = file;
  if (!rest.starts_with(kMagic)) {
    throw UserError(path, file.empty() ? "is empty" : "is not a checkpoint", "a file that starts with MBCHECKP");
  }
  rest.remove_prefix(kMagic.size());
  const uint32_t version = cut_value<uint32_t>(rest, path);
  if (version != kVersion) throw UserError(path, fmt::format("has version {}", version), fmt::format("version {}", kVersion));
  if (rest.size() < sizeof(uint64_t)) throw UserError(path, "is cut off or damaged", kWhole);
  uint64_t hash = 0;
  std::memcpy(&hash, file.data() + file.size() - sizeof hash, sizeof hash);
  if (hash != core::hash_text(std::string_view(file).substr(0, file.size() - sizeof hash))) {
    throw UserError(path, "is cut off or damaged: its checksum is wrong", kWhole);
  }
  rest.remove_suffix(sizeof hash);
  Checkpoint out;
  out.path_ = path;
  const uint32_t count = cut_value<uint32_t>(rest, path);
  for (uint32_t i = 0; i < count; ++i) {
    const std::string name(cut(rest, cut_value<uint32_t>(rest, path), path));
    out.sections_[name] = std::string(cut(rest, cut_value<uint64_t>(rest, path), path));
  }
  return out;
}

void Checkpoint::write(const std::string& path) const {
  core::ByteWriter writer;
  writer.put(kVersion);
  writer.put(static_cast<uint32_t>(sections_.size()));
  std::string file = std::string(kMagic) + writer.take();
  for (const auto& [name, bytes] : sections_) {
    core::ByteWriter head;
    head.put(static_cast<uint32_t>(name.size()));
    file += head.take() + name;
    core::ByteWriter size;
    size.put(static_cast<uint64_t>(bytes.size()));
    file += size.take();
    file += bytes;
  }
  core::ByteWriter tail;
  tail.put(core::hash_text(file));
  core::write_file(path, file + tail.take());
}

const std::string& Checkpoint::bytes(const std::string& name) const {
  const auto it = sections_.find(name);
  if (it == sections_.end()) throw UserError(path_, "has no section " + name, "a checkpoint of this program and task");
  return it->second;
}

const std::string& Checkpoint::sized(const std::string& name, size_t wanted, size_t element) const {
  const std::string& from = bytes(name);
  if (from.size() != wanted) {
    throw UserError(path_, fmt::format("section {} holds {} numbers", name, from.size() / element),
                    fmt::format("{}, as this task and network have", wanted / element));
  }
  return from;
}

void Checkpoint::get_finite(const std::string& name, std::span<float> values) const {
  get(name, values);
  check_finite<float>(path_, name, values);
}

void Checkpoint::get_finite(const std::string& name, std::span<double> values) const {
  get(name, values);
  check_finite<double>(path_, name, values);
}

}  // namespace manybody::learn
