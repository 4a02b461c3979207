// From a body to a compiled scene: ground, contact pairs of the chosen mode, and the sensors that batch.h promises.
#include "physics/scene.h"

#include <mujoco/mujoco.h>

#include <cmath>
#include <cstring>

#include "body/normalise.h"
#include "core/error.h"
#include "core/rng.h"
#include "physics/drives.h"

namespace manybody::physics {
namespace {

using SpecPtr = std::unique_ptr<mjSpec, decltype(&mj_deleteSpec)>;

// Value noise, two octaves, faded to flat near the middle so that a body starts on level ground.
std::vector<float> make_heights(const SceneOptions& options, int n) {
  const int coarse = n / 4 + 2, fine = n / 2 + 2;
  core::Rng rng(options.terrain_seed, 77);
  std::vector<double> a(coarse * coarse), b(fine * fine);
  for (double& v : a) v = rng.uniform();
  for (double& v : b) v = rng.uniform();
  auto sample = [](const std::vector<double>& grid, int size, double x, double y) {
    const int i = static_cast<int>(x), j = static_cast<int>(y);
    const double u = x - i, v = y - j;
    return (1 - u) * (1 - v) * grid[j * size + i] + u * (1 - v) * grid[j * size + i + 1] +
           (1 - u) * v * grid[(j + 1) * size + i] + u * v * grid[(j + 1) * size + i + 1];
  };
  std::vector<float> heights(n * n);
  for (int j = 0; j < n; ++j) {
    for (int i = 0; i < n; ++i) {
      const double h = 0.7 * sample(a, coarse, i / 4.0, j / 4.0) + 0.3 * sample(b, fine, i / 2.0, j / 2.0);
      heights[j * n + i] = static_cast<float>(h);
    }
  }
  return heights;
}

void add_ground(mjSpec* spec, const SceneOptions& options) {
  mjsBody* world = mjs_findBody(spec, "world");
  mjsGeom* ground = mjs_addGeom(world, nullptr);
  mjs_setName(ground->element, kGroundName);
  if (options.terrain == Terrain::rough) {
    mjsHField* field = mjs_addHField(spec);
    mjs_setName(field->element, kGroundName);
    const std::vector<float> heights = make_heights(options, kTerrainCells);
    field->nrow = field->ncol = kTerrainCells;
    mjs_setFloat(field->userdata, heights.data(), static_cast<int>(heights.size()));
    field->size[0] = field->size[1] = kTerrainHalfSize;
    field->size[2] = std::max(options.terrain_amplitude_m, 1e-4);
    field->size[3] = 0.5;
    ground->type = mjGEOM_HFIELD;
    mjs_setString(ground->hfieldname, kGroundName);
  } else {
    ground->type = mjGEOM_PLANE;
    ground->size[0] = ground->size[1] = 0;
    ground->size[2] = 0.1;
  }
  ground->contype = ground->conaffinity = 1;
  ground->condim = 3;
  ground->priority = 0;
  ground->friction[0] = options.friction;
}

void set_contacts(mjSpec* spec, const body::Body& body, const SceneOptions& options) {
  if (options.collisions == Collisions::full) return;
  for (mjsElement* e = mjs_firstElement(spec, mjOBJ_GEOM); e; e = mjs_nextElement(spec, e)) {
    mjsGeom* geom = mjs_asGeom(e);
    if (std::strcmp(mjs_getString(mjs_getName(e)), kGroundName) == 0) continue;
    geom->contype = geom->conaffinity = 0;
  }
  for (const body::Leg& leg : body.legs) {
    for (const std::string& name : leg.geoms) {
      mjsElement* e = mjs_findElement(spec, mjOBJ_GEOM, name.c_str());
      MB_CHECK(e != nullptr);
      mjsGeom* geom = mjs_asGeom(e);
      geom->contype = 0;
      geom->conaffinity = 1;  // against the ground only
      geom->condim = 3;
      geom->priority = 1;
      geom->friction[0] = options.friction;
    }
  }
}

// Driven joints: what a drive says is what they get, their own losses are its matter (body/actuator.h).
void set_drives(mjSpec* spec, const body::Body& body, const SceneOptions& options) {
  const Drives drives(body, options, 1);
  for (int a : drives.driven()) {
    const body::Joint& joint = body.joints[body.actuated[a]];
    mjsJoint* hinge = mjs_asJoint(mjs_findElement(spec, mjOBJ_JOINT, joint.name.c_str()));
    mjsActuator* actuator = mjs_asActuator(mjs_findElement(spec, mjOBJ_ACTUATOR, joint.name.c_str()));
    MB_CHECK(hinge != nullptr && actuator != nullptr);
    hinge->damping[0] = hinge->frictionloss = 0;
    actuator->gainprm[0] = 1;
    actuator->biasprm[1] = actuator->biasprm[2] = 0;
    actuator->forcelimited = mjLIMITED_FALSE;
  }
  if (!drives.driven().empty()) spec->nuserdata = static_cast<int>(body.actuated.size()) + drives.state_size();
}

void add_sensor(mjSpec* spec, mjtSensor type, const std::string& site) {
  mjsSensor* sensor = mjs_addSensor(spec);
  sensor->type = type;
  sensor->objtype = type == mjSENS_TOUCH || type == mjSENS_GYRO ? mjOBJ_SITE : mjOBJ_SITE;
  mjs_setString(sensor->objname, site.c_str());
}

void add_sensors(mjSpec* spec, const body::Body& body) {
  for (int side = 0; side < 2; ++side) {
    const body::Leg& leg = body.legs[side];
    mjsBody* foot = mjs_findBody(spec, body.links[leg.foot_link].name.c_str());
    MB_CHECK(foot != nullptr);
    mjsSite* site = mjs_addSite(foot, nullptr);
    mjs_setName(site->element, kSoleSites[side]);
    site->type = mjGEOM_BOX;
    for (int i = 0; i < 3; ++i) site->pos[i] = leg.sole[i];
    for (int i = 0; i < 4; ++i) site->quat[i] = leg.sole_rotation[i];
    site->size[0] = 0.6 * leg.length + 0.02;
    site->size[1] = 0.6 * leg.width + 0.02;
    site->size[2] = 0.05;
    site->group = 5;
  }
  // The order here is the layout that mujoco_batch.cc reads.
  for (const char* site : kSoleSites) add_sensor(spec, mjSENS_FRAMEPOS, site);
  for (mjtSensor axis : {mjSENS_FRAMEXAXIS, mjSENS_FRAMEYAXIS, mjSENS_FRAMEZAXIS})
    for (const char* site : kSoleSites) add_sensor(spec, axis, site);
  for (const char* site : kSoleSites) add_sensor(spec, mjSENS_FRAMELINVEL, site);
  for (const char* site : kSoleSites) add_sensor(spec, mjSENS_FRAMEANGVEL, site);
  for (const char* site : kSoleSites) add_sensor(spec, mjSENS_TOUCH, site);
  add_sensor(spec, mjSENS_GYRO, body.imu.site);
  add_sensor(spec, mjSENS_FRAMEQUAT, body.imu.site);
}

void set_options(mjSpec* spec, const SceneOptions& options) {
  mjOption& o = spec->option;
  o.timestep = options.timestep_s;
  o.integrator = mjINT_IMPLICITFAST;
  o.cone = mjCONE_PYRAMIDAL;
  o.solver = mjSOL_NEWTON;
  o.iterations = options.solver_iterations;
  o.ls_iterations = options.line_search_iterations;
  o.disableflags |= mjDSBL_AUTORESET;
  if (!options.joint_friction) o.disableflags |= mjDSBL_FRICTIONLOSS;
}

}  // namespace

std::shared_ptr<const mjModel_> make_model(const body::Body& body, const SceneOptions& options) {
  SpecPtr spec(options.collisions == Collisions::feet ? body::physics_spec(body) : mj_copySpec(body.spec.get()), &mj_deleteSpec);
  MB_CHECK(spec != nullptr);
  add_ground(spec.get(), options);
  set_contacts(spec.get(), body, options);
  set_drives(spec.get(), body, options);
  add_sensors(spec.get(), body);
  set_options(spec.get(), options);
  mjModel* model = mj_compile(spec.get(), nullptr);
  if (!model) throw core::UserError(body.source, std::string("does not compile into a scene: ") + mjs_getError(spec.get()));
  return {model, [](const mjModel* m) { mj_deleteModel(const_cast<mjModel*>(m)); }};
}

}  // namespace manybody::physics
