// The last step of normalise.h: a finished body's gains, soles, IMU and home go into its spec.
#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "body/normalise.h"
#include "core/error.h"

namespace manybody::body {
namespace {

using core::Vec3;

std::vector<mjsElement*> all(mjSpec* spec, mjtObj type) {
  std::vector<mjsElement*> out;
  for (mjsElement* e = mjs_firstElement(spec, type); e; e = mjs_nextElement(spec, e)) out.push_back(e);
  return out;
}

std::string name_of(mjsElement* e) { return mjs_getString(mjs_getName(e)); }

void add_actuator(mjSpec* spec, const Joint& joint) {
  mjsActuator* a = mjs_addActuator(spec, nullptr);
  mjs_setName(a->element, joint.name.c_str());
  a->trntype = mjTRN_JOINT;
  mjs_setString(a->target, joint.name.c_str());
  std::fill(a->gear, a->gear + 6, 0.0);
  a->gear[0] = 1;
  a->dyntype = mjDYN_NONE;
  a->gaintype = mjGAIN_FIXED;
  a->biastype = mjBIAS_AFFINE;
  std::fill(a->gainprm, a->gainprm + mjNGAIN, 0.0);
  std::fill(a->biasprm, a->biasprm + mjNBIAS, 0.0);
  a->gainprm[0] = joint.kp, a->biasprm[1] = -joint.kp, a->biasprm[2] = -joint.kd;
  a->inheritrange = 0;
  a->ctrllimited = a->actlimited = mjLIMITED_FALSE;
  a->forcelimited = mjLIMITED_TRUE;
  a->forcerange[0] = -joint.torque_max, a->forcerange[1] = joint.torque_max;
  a->armature = 0;
  std::fill(a->damping, a->damping + mjNPOLY + 1, 0.0);
  a->delay = 0;
}

// Four small spheres at the corners of the sole, tangent to its plane: what a foot stands on where speed counts.
void add_soles(mjSpec* spec, Body& body, Leg& leg) {
  mjsBody* foot = mjs_findBody(spec, body.links[leg.foot_link].name.c_str());
  MB_CHECK(foot != nullptr);
  bool collides = false;
  for (mjsElement* e = mjs_firstChild(foot, mjOBJ_GEOM, 0); e; e = mjs_nextChild(foot, e, 0))
    collides |= mjs_asGeom(e)->contype != 0;
  const double radius = std::min({std::clamp(0.012 * body.leg_length, 0.003, 0.01), 0.4 * leg.length, 0.4 * leg.width});
  for (int i = 0; i < 4; ++i) {
    const Vec3 corner{(i < 2 ? 1 : -1) * (0.5 * leg.length - radius), (i % 2 == 0 ? 1 : -1) * (0.5 * leg.width - radius), radius};
    const Vec3 p = leg.sole + core::rotate(leg.sole_rotation, corner);
    mjsGeom* g = mjs_addGeom(foot, nullptr);
    const std::string name = std::string(to_text(leg.side)) + "_sole_" + std::to_string(i);
    if (mjs_setName(g->element, name.c_str()) != 0)
      throw core::UserError(body.source, "already has a geom named '" + name + "'", "another name: this one is kept for soles");
    g->type = mjGEOM_SPHERE;
    g->size[0] = radius;
    for (int k = 0; k < 3; ++k) g->pos[k] = p[k];
    g->contype = g->conaffinity = collides ? 0 : 1;
    g->condim = 3;
    g->mass = 0, g->density = 0;
    g->group = 4;
    g->rgba[0] = 0.2f, g->rgba[1] = 0.6f, g->rgba[2] = 0.9f, g->rgba[3] = 0.4f;
    leg.geoms.push_back(name);
  }
}

void set_joint(mjSpec* spec, const Joint& joint) {
  mjsJoint* j = mjs_asJoint(mjs_findElement(spec, mjOBJ_JOINT, joint.name.c_str()));
  MB_CHECK(j != nullptr);
  j->actfrclimited = mjLIMITED_FALSE;  // folded into the actuator's force range
  j->armature = joint.armature;
  j->damping[0] = joint.damping;
}

Vec3 farthest(const std::vector<Ball>& hull, const Vec3& direction) {
  Vec3 best{};
  double most = -1e300;
  const double length = core::norm(direction);
  for (const Ball& b : hull) {
    const double reach = core::dot(b.centre, direction) + b.radius * length;
    if (reach > most) most = reach, best = b.centre + (b.radius / length) * direction;
  }
  return best;
}

// Whether two convex shapes are more than `gap` apart: Gilbert's algorithm on their difference. Undecided counts as touching.
bool apart(const std::vector<Ball>& a, const std::vector<Ball>& b, double gap) {
  Vec3 v = a[0].centre - b[0].centre;
  for (int round = 0; round < 48; ++round) {
    const double length = core::norm(v);
    if (length < 1e-9) return false;
    const Vec3 w = farthest(a, -1.0 * v) - farthest(b, v);  // the difference's point nearest to the origin along v
    if (core::dot(v, w) > gap * length) return true;
    const Vec3 edge = w - v;
    const double square = core::dot(edge, edge);
    if (square < 1e-18) return false;
    v = v + std::clamp(-core::dot(v, edge) / square, 0.0, 1.0) * edge;
  }
  return false;
}

int joints_between(const Rig& rig, int a, int b) {
  const std::vector<int> p = rig.chain(rig.group(a)), q = rig.chain(rig.group(b));
  size_t shared = 0;
  while (shared < p.size() && shared < q.size() && p[shared] == q[shared]) ++shared;
  return static_cast<int>(p.size() + q.size() - 2 * shared);
}

// Meshes collide as their convex hulls, which reach further than the parts: those that touch at home would never let go.
// Links of one limb that come near each other do not collide either.
void add_touching_hulls(const Rig& rig, double length, std::set<std::pair<int, int>>& pairs) {
  struct Shape {
    std::vector<Ball> balls;
    Vec3 low{1e30, 1e30, 1e30}, high{-1e30, -1e30, -1e30};
  };
  std::vector<std::vector<Shape>> shapes(static_cast<size_t>(rig.links()));
  for (int l = 0; l < rig.links(); ++l) {
    for (std::vector<Ball>& hull : rig.hulls(l)) {
      Shape& shape = shapes[static_cast<size_t>(l)].emplace_back();
      for (const Ball& b : hull)
        for (int i = 0; i < 3; ++i)
          shape.low[i] = std::min(shape.low[i], b.centre[i] - b.radius),
          shape.high[i] = std::max(shape.high[i], b.centre[i] + b.radius);
      shape.balls = std::move(hull);
    }
  }
  for (int a = 0; a < rig.links(); ++a) {
    for (int b = a + 1; b < rig.links(); ++b) {
      const int between = joints_between(rig, a, b);
      if (between <= 1 || pairs.count({a + 1, b + 1})) continue;  // MuJoCo leaves out parent and child by itself
      const double gap = between <= 3 ? 0.02 * length : 0;
      bool touch = false;
      for (const Shape& p : shapes[static_cast<size_t>(a)]) {
        for (const Shape& q : shapes[static_cast<size_t>(b)]) {
          bool near = true;
          for (int i = 0; i < 3; ++i) near &= p.low[i] < q.high[i] + gap && q.low[i] < p.high[i] + gap;
          touch |= near && !touch && !apart(p.balls, q.balls, gap);
        }
      }
      if (touch) pairs.insert({a + 1, b + 1});
    }
  }
}

// The rig is at home.
void exclude_overlaps(Body& body, Rig& rig) {
  const mjModel* m = rig.model();
  mjData* d = rig.data();
  mj_collision(m, d);
  std::set<std::pair<int, int>> pairs;
  for (int c = 0; c < d->ncon; ++c) {
    const int a = m->geom_bodyid[d->contact[c].geom[0]], b = m->geom_bodyid[d->contact[c].geom[1]];
    if (a > 0 && b > 0 && a != b) pairs.insert({std::min(a, b), std::max(a, b)});
  }
  if (rig.meshes_collide()) add_touching_hulls(rig, body.leg_length, pairs);
  for (const auto& [a, b] : pairs) {
    mjsExclude* exclude = mjs_addExclude(body.spec.get());
    mjs_setString(exclude->bodyname1, mj_id2name(m, mjOBJ_BODY, a));
    mjs_setString(exclude->bodyname2, mj_id2name(m, mjOBJ_BODY, b));
  }
  if (!pairs.empty())
    body.notes.push_back(std::to_string(pairs.size()) + " pairs of links overlap at home and do not collide with each other");
}

}  // namespace

void finish_spec(Body& body, Rig& rig) {
  mjSpec* spec = body.spec.get();
  for (const Joint& joint : body.joints) set_joint(spec, joint);
  for (int j : body.actuated) add_actuator(spec, body.joints[j]);
  for (Leg& leg : body.legs) add_soles(spec, body, leg);
  if (!mjs_findElement(spec, mjOBJ_SITE, body.imu.site.c_str())) {
    mjsSite* site = mjs_addSite(mjs_findBody(spec, body.links[body.imu.link].name.c_str()), nullptr);
    mjs_setName(site->element, body.imu.site.c_str());
    for (int i = 0; i < 3; ++i) site->pos[i] = body.imu.position[i];
    for (int i = 0; i < 4; ++i) site->quat[i] = body.imu.rotation[i];
  }
  mjsBody* root = mjs_findBody(spec, body.links[0].name.c_str());
  root->pos[0] = root->pos[1] = 0, root->pos[2] = body.root_height_home;
  for (int i = 0; i < 4; ++i) root->quat[i] = body.root_rotation_home[i];
  exclude_overlaps(body, rig);
}

mjSpec_* physics_spec(const Body& body) {
  mjSpec* spec = mj_copySpec(body.lean ? body.lean.get() : body.spec.get());
  MB_CHECK(spec != nullptr);
  std::set<std::string> kept;
  for (const Leg& leg : body.legs) kept.insert(leg.geoms.begin(), leg.geoms.end());
  for (mjsElement* e : all(spec, mjOBJ_GEOM)) {
    if (!kept.count(name_of(e))) mjs_delete(spec, e);
    else mjs_setString(mjs_asGeom(e)->material, "");
  }
  for (mjsElement* e : all(spec, mjOBJ_SITE))
    if (name_of(e) != body.imu.site) mjs_delete(spec, e);
  for (mjtObj type : {mjOBJ_MESH, mjOBJ_MATERIAL, mjOBJ_TEXTURE, mjOBJ_HFIELD, mjOBJ_EXCLUDE})
    for (mjsElement* e : all(spec, type)) mjs_delete(spec, e);
  return spec;
}

}  // namespace manybody::body
