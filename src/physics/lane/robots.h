// Test helper: the six shipped robots and their compiled scenes, each made once a run.
//
// Writes: bodies with a frame of its own on every link; scenes whose solver runs to its optimum, dry friction in the joints where
// only the feet touch. Whoever wants other options copies the model.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "body/library.h"
#include "physics/lane/twin.h"
#include "physics/scene.h"

namespace manybody::physics::lane {

inline constexpr const char* kRobots[] = {"unitree_g1", "unitree_h1", "booster_t1", "apptronik_apollo", "berkeley_humanoid", "robotis_op3"};

inline const body::Body& robot(const std::string& name) {
  static std::map<std::string, body::Body> bodies;
  const auto found = bodies.find(name);
  if (found != bodies.end()) return found->second;
  body::Body body = body::load_body(name);
  add_probes(body.spec.get());
  return bodies.emplace(name, std::move(body)).first->second;
}

inline SharedModel robot_scene(const std::string& name, Collisions collisions) {
  static std::map<std::pair<std::string, Collisions>, SharedModel> scenes;
  SharedModel& model = scenes[{name, collisions}];
  if (model) return model;
  SceneOptions options;
  options.collisions = collisions;
  options.joint_friction = collisions == Collisions::feet;
  model = make_model(robot(name), options);
  converge(const_cast<mjModel&>(*model));  // ours alone as yet
  return model;
}

}  // namespace manybody::physics::lane
