// A checkpoint: named sections of bytes in one file, whole or absent, for exact resumption.
//
// Reads, writes: little-endian: "MBCHECKP", u32 version, u32 sections; each section u32 name length, name, u64 size, bytes;
// at the end u64 FNV-1a of all before. Written beside the old file and renamed.
// Errors: UserError naming file, section and what was expected: cut off, damaged, missing, wrong size, not finite.
#pragma once

#include <cstring>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace manybody::learn {

class Checkpoint {
 public:
  static Checkpoint read(const std::string& path);
  void write(const std::string& path) const;

  const std::string& path() const { return path_; }  // "" for one made in memory
  bool has(const std::string& name) const { return sections_.count(name) > 0; }
  const std::string& bytes(const std::string& name) const;
  void put_bytes(const std::string& name, std::string bytes) { sections_[name] = std::move(bytes); }

  template <class T>
  void put(const std::string& name, std::span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T>);
    put_bytes(name, std::string(reinterpret_cast<const char*>(values.data()), values.size_bytes()));
  }
  template <class T>
  void put(const std::string& name, const std::vector<T>& values) {
    put(name, std::span<const T>(values));
  }
  template <class T>
  void put_value(const std::string& name, const T& value) {
    put(name, std::span<const T>(&value, 1));
  }

  // Fills `values`, whose size must be the section's.
  template <class T>
  void get(const std::string& name, std::span<T> values) const {
    static_assert(std::is_trivially_copyable_v<T>);
    const std::string& from = sized(name, values.size_bytes(), sizeof(T));
    if (!from.empty()) std::memcpy(values.data(), from.data(), from.size());
  }
  template <class T>
  void get(const std::string& name, std::vector<T>& values) const {
    get(name, std::span<T>(values));
  }
  template <class T>
  T value(const std::string& name) const {
    T out{};
    get(name, std::span<T>(&out, 1));
    return out;
  }
  // The same, and every number must be finite.
  void get_finite(const std::string& name, std::span<float> values) const;
  void get_finite(const std::string& name, std::span<double> values) const;

 private:
  const std::string& sized(const std::string& name, size_t bytes, size_t element) const;
  std::string path_;
  std::map<std::string, std::string> sections_;
};

}  // namespace manybody::learn
