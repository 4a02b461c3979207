// A model's tables as one block of bytes and views into it: how they travel to a GPU.
//
// Reads: a Model. Writes: the bytes; the tables for whatever address the bytes are copied to (16-byte aligned).
#pragma once

#include <cstring>
#include <map>
#include <type_traits>
#include <vector>

#include "physics/lane/model.h"

namespace manybody::physics::lane {

template <class T>
class Flat {
 public:
  explicit Flat(const Model<T>& m) {
    static_cast<Numbers<T>&>(tables_) = m;
    put(m.driven, tables_.driven), put(m.nodes, tables_.nodes), put(m.lonely, tables_.lonely), put(m.dofs, tables_.dofs);
    put(m.actuators, tables_.actuators), put(m.geoms, tables_.geoms), put(m.pairs, tables_.pairs), put(m.ties, tables_.ties);
    put(m.couplings, tables_.couplings), put(m.sites, tables_.sites), put(m.touches, tables_.touches);
    put(m.pushes, tables_.pushes), put(m.tree_origin, tables_.tree_origin);
    put_shapes(m);
  }

  const std::vector<char>& bytes() const { return bytes_; }
  // The views hold places in the block until here.
  ThreadModel<T> at(const void* base) const {
    ThreadModel<T> out = tables_;
    const auto move = [&](auto& view) { shift(view.data, base); };
    move(out.driven), move(out.nodes), move(out.lonely), move(out.dofs), move(out.actuators), move(out.geoms), move(out.pairs);
    move(out.ties), move(out.couplings), move(out.sites), move(out.touches), move(out.pushes), move(out.tree_origin),
        move(out.shapes);
    return out;
  }
  // Shapes point into the block themselves: its bytes for that address.
  std::vector<char> bytes_at(const void* base) const {
    std::vector<char> out = bytes_;
    for (const size_t place : pointers_) {
      size_t value;
      std::memcpy(&value, &out[place], sizeof value);
      value += reinterpret_cast<size_t>(base);
      std::memcpy(&out[place], &value, sizeof value);
    }
    return out;
  }

 private:
  template <class X>
  static void shift(const X*& place, const void* base) {
    place = reinterpret_cast<const X*>(static_cast<const char*>(base) + reinterpret_cast<size_t>(place));
  }
  template <class X>
  size_t append(const X* from, size_t count) {
    static_assert(std::is_trivially_copyable_v<X> && alignof(X) <= 16);
    const size_t place = (bytes_.size() + 15) / 16 * 16;
    bytes_.resize(place + count * sizeof(X));
    if (count > 0) std::memcpy(&bytes_[place], from, count * sizeof(X));
    return place;
  }
  template <class X>
  void put(const std::vector<X>& list, View<X>& view) {
    view = {reinterpret_cast<const X*>(append(list.data(), list.size())), list.size()};
  }
  // An array that a shape at `owner` points to; several shapes may share it.
  template <class X>
  void put_array(const X* from, size_t count, size_t owner, size_t member) {
    if (!from) return;
    const auto [found, fresh] = placed_.try_emplace(from, 0);
    if (fresh) found->second = append(from, count);
    std::memcpy(&bytes_[owner + member], &found->second, sizeof(size_t));
    pointers_.push_back(owner + member);
  }

  void put_shapes(const Model<T>& m) {
    using S = collide::Shape<T>;
    std::vector<S> shapes(m.shapes ? static_cast<size_t>(m.shapes->size()) : 0);
    for (const Pair<T>& pair : m.pairs) {
      if (pair.method != Method::each) continue;
      for (const int g : {pair.geom_a, pair.geom_b}) shapes[m.geoms[g].id] = (*m.shapes)[m.geoms[g].id];
    }
    put(shapes, tables_.shapes);
    const size_t first = reinterpret_cast<size_t>(tables_.shapes.data);
    for (size_t i = 0; i < shapes.size(); ++i) {
      const size_t owner = first + i * sizeof(S);
      const auto member = [&](const auto& pointer) {
        return static_cast<size_t>(reinterpret_cast<const char*>(&pointer) - reinterpret_cast<const char*>(&shapes[i]));
      };
      const collide::Mesh<T>& mesh = shapes[i].mesh;
      const collide::HeightField<T>& field = shapes[i].field;
      const size_t vertices = mesh.vertex_count, faces = mesh.face_count, nodes = mesh.graph ? mesh.graph[0] : 0;
      put_array(mesh.vertices, 3 * vertices, owner, member(mesh.vertices));
      if (mesh.graph) {
        put_array(mesh.hull, 3 * nodes, owner, member(mesh.hull));
        put_array(mesh.graph, 2 + 3 * nodes + 6 * static_cast<size_t>(mesh.graph[1]), owner, member(mesh.graph));
        put_array(mesh.extrema, 27, owner, member(mesh.extrema));
      }
      put_array(mesh.face_normals, 3 * faces, owner, member(mesh.face_normals));
      if (mesh.face_start) {
        put_array(mesh.face_start, faces + 1, owner, member(mesh.face_start));
        put_array(mesh.face_vertices, mesh.face_start[faces], owner, member(mesh.face_vertices));
      }
      if (mesh.vertex_face_start) {
        put_array(mesh.vertex_face_start, vertices + 1, owner, member(mesh.vertex_face_start));
        put_array(mesh.vertex_faces, mesh.vertex_face_start[vertices], owner, member(mesh.vertex_faces));
      }
      put_array(field.heights, static_cast<size_t>(field.rows) * static_cast<size_t>(field.columns), owner,
                member(field.heights));
    }
  }

  ThreadModel<T> tables_;  // places in the block instead of addresses
  std::vector<char> bytes_;
  std::vector<size_t> pointers_;  // where in the block addresses stand
  std::map<const void*, size_t> placed_;
};

}  // namespace manybody::physics::lane
