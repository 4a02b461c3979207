// Test helper: the six shipped robots and their compiled scenes, each made once a run.
//
// Writes: bodies with a frame of its own on every link; scenes whose solver runs to its optimum, dry friction in the joints where
// only the feet touch. Whoever wants other options copies the model.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "body/library.h"
#include "physics/lane/twin.h"
#include "physics/scene.h"

namespace manybody::physics::lane {

inline constexpr const char* kRobots[] = {"unitree_g1",       "unitree_h1",        "booster_t1",
                                          "apptronik_apollo", "berkeley_humanoid", "robotis_op3"};

inline std::vector<mjsElement*> elements(mjSpec* spec, mjtObj type) {
  std::vector<mjsElement*> out;
  for (mjsElement* e = mjs_firstElement(spec, type); e; e = mjs_nextElement(spec, e)) out.push_back(e);
  return out;
}

// Takes out what is only looked at: most of the time that a scene takes to compile. Inertias are explicit and stay.
inline void drop_visuals(body::Body& body) {
  std::set<std::string> soles, shapes;
  for (const body::Leg& leg : body.legs) soles.insert(leg.geoms.begin(), leg.geoms.end());
  mjSpec* spec = body.spec.get();
  for (mjsElement* e : elements(spec, mjOBJ_GEOM)) {
    mjsGeom* geom = mjs_asGeom(e);
    mjs_setString(geom->material, "");
    if (geom->contype || geom->conaffinity || soles.count(mjs_getString(mjs_getName(e)))) {
      shapes.insert(mjs_getString(geom->meshname));
    } else {
      mjs_delete(spec, e);
    }
  }
  for (mjsElement* e : elements(spec, mjOBJ_MESH))
    if (!shapes.count(mjs_getString(mjs_getName(e)))) mjs_delete(spec, e);
  for (mjtObj type : {mjOBJ_MATERIAL, mjOBJ_TEXTURE})
    for (mjsElement* e : elements(spec, type)) mjs_delete(spec, e);
}

inline const body::Body& robot(const std::string& name) {
  static std::map<std::string, body::Body> bodies;
  const auto found = bodies.find(name);
  if (found != bodies.end()) return found->second;
  body::Body body = body::load_body(name);
  drop_visuals(body);
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
