// A model's tables as one block of bytes and views into it: how they travel to a GPU.
//
// Reads: a Model. Writes: the bytes; the tables for whatever address the bytes are copied to (16-byte aligned).
#pragma once

#include <cstring>
#include <type_traits>
#include <vector>

#include "physics/lane/model.h"

namespace manybody::physics::lane {

template <class T>
class Flat {
 public:
  explicit Flat(const Model<T>& m) : model_(m) { lay(nullptr, &bytes_); }

  const std::vector<char>& bytes() const { return bytes_; }
  Tables<T, View> at(const void* base) { return lay(static_cast<const char*>(base), nullptr); }

 private:
  Tables<T, View> lay(const char* base, std::vector<char>* fill) const {
    Tables<T, View> out;
    static_cast<Numbers<T>&>(out) = model_;
    size_t next = 0;
    const auto put = [&](const auto& list, auto& view) {
      using X = std::remove_const_t<std::remove_pointer_t<decltype(view.data)>>;
      static_assert(std::is_trivially_copyable_v<X> && alignof(X) <= 16);
      const size_t start = (next + 15) / 16 * 16, size = list.size() * sizeof(X);
      next = start + size;
      view = {reinterpret_cast<const X*>(base + start), list.size()};
      if (!fill) return;
      fill->resize(next);
      if (size > 0) std::memcpy(fill->data() + start, list.data(), size);
    };
    put(model_.driven, out.driven), put(model_.nodes, out.nodes), put(model_.lonely, out.lonely), put(model_.dofs, out.dofs);
    put(model_.actuators, out.actuators), put(model_.geoms, out.geoms), put(model_.pairs, out.pairs), put(model_.ties, out.ties);
    put(model_.couplings, out.couplings), put(model_.sites, out.sites), put(model_.touches, out.touches);
    put(model_.pushes, out.pushes), put(model_.tree_origin, out.tree_origin);
    return out;
  }

  const Model<T>& model_;
  std::vector<char> bytes_;
};

}  // namespace manybody::physics::lane
