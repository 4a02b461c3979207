// Test helper: a body at home on a plane in plain MuJoCo, held by its own gains.
#pragma once

#include <gtest/gtest.h>
#include <mujoco/mujoco.h>

#include <algorithm>
#include <memory>

#include "body/body.h"
#include "body/normalise.h"

namespace manybody::body::testing {

struct Simulation {
  mjModel* m = nullptr;
  mjData* d = nullptr;
  ~Simulation() { mj_deleteData(d), mj_deleteModel(m); }
};

// The body at home on a plane, soles switched on.
inline std::unique_ptr<Simulation> at_home(const Body& body) {
  SpecPtr spec = own(physics_spec(body));
  mjsGeom* floor = mjs_addGeom(mjs_findBody(spec.get(), "world"), nullptr);
  floor->type = mjGEOM_PLANE;
  floor->size[2] = 0.1;
  for (const Leg& leg : body.legs)
    for (const std::string& name : leg.geoms) mjs_asGeom(mjs_findElement(spec.get(), mjOBJ_GEOM, name.c_str()))->conaffinity = 1;
  spec->option.timestep = 0.002;
  spec->option.integrator = mjINT_IMPLICITFAST;
  auto s = std::make_unique<Simulation>();
  s->m = mj_compile(spec.get(), nullptr);
  EXPECT_NE(s->m, nullptr) << mjs_getError(spec.get());
  s->d = mj_makeData(s->m);
  for (size_t j = 0; j < body.joints.size(); ++j) s->d->qpos[7 + j] = body.joints[j].home;
  s->d->qpos[2] = body.root_height_home;
  mj_forward(s->m, s->d);
  return s;
}

struct Stand {
  double upright = 0;  // z of the root's up axis
  double height = 0;   // of the root, in homes
  double drift = 0;    // of the root along the ground, m
};

// Targets are home plus what gravity takes: no feedback beyond the joints' own.
inline Stand stand(const Body& body, double seconds) {
  auto s = at_home(body);
  for (size_t a = 0; a < body.actuated.size(); ++a) {
    const Joint& joint = body.joints[body.actuated[a]];
    s->d->ctrl[a] = joint.home + joint.torque_home / joint.kp;
  }
  Stand out{1, 1, 0};
  for (int k = 0; k < seconds / 0.002; ++k) {
    mj_step(s->m, s->d);
    out.upright = std::min(out.upright, s->d->xmat[9 + 8]);
    out.height = std::min(out.height, s->d->qpos[2] / body.root_height_home);
  }
  out.drift = std::hypot(s->d->qpos[0], s->d->qpos[1]);
  return out;
}

}  // namespace manybody::body::testing
