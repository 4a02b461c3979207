// The world as the brain knows it: robots, people, places and objects by name, each perhaps with other names and a position.
//
// Positions: m in the stage's frame, x forward, y left, z up. Names are data: they are matched, never obeyed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/linalg.h"

namespace manybody::brain {

struct Item {
  enum class Group { person, place, object, robot } group = Group::object;
  std::string name;
  std::vector<std::string> aliases;
  std::string kind;  // of a robot: its body, "unitree_g1"
  std::optional<core::Vec3> position;
};

struct Scene {
  std::vector<Item> items;
  std::string self;  // the robot spoken to, "" when there is but one
  std::vector<const Item*> robots() const {
    std::vector<const Item*> out;
    for (const Item& item : items) {
      if (item.group == Item::Group::robot) out.push_back(&item);
    }
    return out;
  }
  const Item* find(const std::string& name) const {
    for (const Item& item : items) {
      if (item.name == name) return &item;
    }
    return nullptr;
  }
};

}  // namespace manybody::brain
