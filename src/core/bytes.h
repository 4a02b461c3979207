// Plain binary records for checkpoints: little-endian, length-checked on reading.
//
// Errors: ByteReader throws UserError(where, …) when the bytes end early or a length does not fit.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/error.h"

namespace manybody::core {

class ByteWriter {
 public:
  template <class T>
  void put(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  template <class T>
  void put_all(const T* values, size_t count) {
    static_assert(std::is_trivially_copyable_v<T>);
    put<uint64_t>(count);
    bytes_.append(reinterpret_cast<const char*>(values), count * sizeof(T));
  }
  template <class T>
  void put_vector(const std::vector<T>& values) {
    put_all(values.data(), values.size());
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class ByteReader {
 public:
  ByteReader(std::string_view bytes, std::string where) : bytes_(bytes), where_(std::move(where)) {}

  template <class T>
  T get() {
    static_assert(std::is_trivially_copyable_v<T>);
    T value;
    std::memcpy(&value, take(sizeof value), sizeof value);
    return value;
  }
  template <class T>
  void get_all(T* values, size_t count) {
    static_assert(std::is_trivially_copyable_v<T>);
    const uint64_t stored = get<uint64_t>();
    if (stored != count) throw UserError(where_, "holds " + std::to_string(stored) + " values", std::to_string(count));
    std::memcpy(values, take(count * sizeof(T)), count * sizeof(T));
  }
  template <class T>
  void get_vector(std::vector<T>& values) {
    get_all(values.data(), values.size());
  }  // keeps its size
  bool at_end() const { return bytes_.empty(); }

 private:
  const char* take(size_t count) {
    if (bytes_.size() < count) throw UserError(where_, "ends early", std::to_string(count) + " more bytes");
    const char* at = bytes_.data();
    bytes_.remove_prefix(count);
    return at;
  }

  std::string_view bytes_;
  std::string where_;
};

}  // namespace manybody::core
