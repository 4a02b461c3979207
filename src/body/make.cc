#include "body/make.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>

#include "body/feet.h"
#include "body/home.h"
#include "body/normalise.h"
#include "body/roles.h"
#include "body/shell.h"
#include "body/spec_sheet.h"
#include "core/error.h"
#include "core/files.h"

namespace manybody::body {
namespace {

using core::Quat;
using core::UserError;
using core::Vec3;

Vec3 vec3(const mjtNum* p) { return {p[0], p[1], p[2]}; }
Quat quat(const mjtNum* p) { return {p[0], p[1], p[2], p[3]}; }

void fill_links(Body& body, const Rig& rig) {
  const mjModel* m = rig.model();
  for (int l = 0; l < rig.links(); ++l) {
    Link link;
    link.name = rig.link_name(l);
    link.parent = rig.parent(l);
    link.mass = m->body_mass[l + 1];
    link.com = vec3(m->body_ipos + 3 * (l + 1));
    if (l > 0) link.position = vec3(m->body_pos + 3 * (l + 1)), link.rotation = quat(m->body_quat + 4 * (l + 1));
    body.links.push_back(link);
  }
  body.mass = rig.mass();
}

void fill_joints(Body& body, const Rig& rig, const Parsed& parsed, const Anatomy& anatomy, const std::vector<double>& home) {
  const mjModel* m = rig.model();
  for (int j = 0; j < rig.joints(); ++j) {
    Joint joint;
    const int dof = m->jnt_dofadr[j + 1];
    joint.name = rig.joint_name(j);
    joint.link = rig.joint_link(j);
    joint.axis = vec3(m->jnt_axis + 3 * (j + 1));
    joint.anchor = vec3(m->jnt_pos + 3 * (j + 1));
    joint.axis_home = rig.axis(j), joint.anchor_home = rig.anchor(j);
    joint.role = anatomy.roles[j], joint.side = anatomy.sides[j];
    joint.mirror = anatomy.mirror[j], joint.mirror_sign = anatomy.mirror_sign[j];
    joint.low = rig.low(j), joint.high = rig.high(j);
    joint.armature = m->dof_armature[dof], joint.damping = m->dof_damping[dof], joint.friction = m->dof_frictionloss[dof];
    joint.home = home[j];
    if (const auto known = parsed.actuator_names.find(joint.name); known != parsed.actuator_names.end())
      joint.actuator = known->second;
    body.joints.push_back(joint);
  }
}

void fill_legs(Body& body, const Rig& rig, const Anatomy& anatomy, const Sole soles[2]) {
  for (int s = 0; s < 2; ++s) {
    const LegChain& chain = anatomy.legs.side[s];
    Leg& leg = body.legs[s];
    leg.side = s == 0 ? Side::left : Side::right;
    leg.joints = chain.joints;
    leg.foot_link = chain.foot;
    leg.sole = soles[s].centre, leg.sole_rotation = soles[s].rotation;
    leg.length = soles[s].length, leg.width = soles[s].width;
    leg.sole_home = rig.to_root(chain.foot, soles[s].centre);
    // The point of the hip pitch axis nearest to the knee: where the leg swings from.
    int pitch = chain.joints[0];
    for (int j : chain.joints)
      if (anatomy.roles[j] == Role::hip_pitch) pitch = j;
    const Vec3 axis = rig.axis(pitch), knee = rig.anchor(chain.joints[anatomy.knee]);
    leg.hip_home = rig.anchor(pitch) + core::dot(knee - rig.anchor(pitch), axis) * axis;
    const std::vector<double> all = rig.jacobian(chain.foot, leg.sole_home);
    for (int r = 0; r < 6; ++r)
      for (int j : chain.joints) leg.jacobian.push_back(all[r * rig.joints() + j]);
  }
}

void fill_heights(Body& body, const Rig& rig) {
  body.com_home = rig.com();
  body.root_height_home = -0.5 * (body.legs[0].sole_home[2] + body.legs[1].sole_home[2]);
  body.leg_length = 0.5 * (body.legs[0].hip_home[2] + body.legs[1].hip_home[2]) + body.root_height_home;
  double top = -1e30;
  for (int l = 0; l < rig.links(); ++l)
    if (rig.group(l) == l) top = std::max(top, rig.top(l));
  body.height = top + body.root_height_home;
}

void place_imu(Body& body, const Rig& rig, const Parsed& parsed, const Recipe& recipe) {
  Imu& imu = body.imu;
  const mjModel* m = rig.model();
  const int site = parsed.imu_site.empty() ? -1 : mj_name2id(m, mjOBJ_SITE, parsed.imu_site.c_str());
  if (recipe.imu_link.empty() && site >= 0) {
    imu.site = parsed.imu_site;
    imu.link = m->site_bodyid[site] - 1;
    imu.position = vec3(m->site_pos + 3 * site), imu.rotation = quat(m->site_quat + 4 * site);
    return;
  }
  imu.site = "manybody_imu";
  for (int l = 0; l < rig.links(); ++l)
    if (rig.link_name(l) == recipe.imu_link) imu.link = l;
  if (recipe.imu_link.empty())
    body.notes.push_back("the file has no IMU site: the IMU is at the root link '" + body.links[0].name + "'");
  else if (body.links[imu.link].name != recipe.imu_link)
    throw UserError(recipe.folder + "/robot.toml", "imu link '" + recipe.imu_link + "' is not a link of the model",
                    "a link's name");
}

void check_rules(const Body& body, const Recipe& recipe) {
  std::vector<std::string> names;
  for (const Joint& joint : body.joints) names.push_back(joint.name);
  auto check = [&](const std::string& name) {
    if (body.joint_index(name) < 0)
      throw UserError(recipe.folder + "/robot.toml", "unknown joint '" + name + "', " + core::near_match_hint(name, names),
                      "a joint of the model");
  };
  for (const auto& [name, angle] : recipe.home.joints) check(name);
  for (const DriveRule& rule : recipe.gains.rules)
    for (const std::string& name : rule.joints) check(name);
}

// Torques of standing still: gravity on every link, half the weight under each sole, where the centre of mass is above it.
void fill_torques(Body& body, const Rig& rig) {
  const std::vector<double> hanging = rig.gravity_torque();
  for (size_t j = 0; j < body.joints.size(); ++j) body.joints[j].torque_home = hanging[j];
  for (const Leg& leg : body.legs) {
    const size_t n = leg.joints.size();
    const double ahead = std::clamp(body.com_home[0] - leg.sole_home[0], -0.5 * leg.length, 0.5 * leg.length);
    for (size_t i = 0; i < n; ++i)
      body.joints[leg.joints[i]].torque_home -=
          (leg.jacobian[2 * n + i] - ahead * leg.jacobian[4 * n + i]) * 0.5 * 9.81 * body.mass;
  }
}

// Whether the feet point backwards: the sole lies clearly behind the ankle.
bool faces_backwards(Rig& rig, const Legs& legs, const std::string& source) {
  std::vector<std::string> unsaid;
  if (rig.balls(legs.side[0].foot, false).empty()) return false;  // nothing to go by
  const Sole sole = find_sole(rig, legs.side[0].foot, source, unsaid);
  const Vec3 centre = rig.to_root(legs.side[0].foot, sole.centre);
  return centre[0] - rig.position(legs.side[0].foot)[0] < -0.12 * sole.length;
}

// The right sole is the left one's image about the foot's own middle plane, as drawn.
Sole given_sole(Rig& rig, int foot, const SoleWish& wish, bool right) {
  rig.pose(rig.reference_angles());
  Sole sole;
  const Quat back = core::conjugate(rig.rotation(foot));
  sole.centre = core::rotate(back, {wish.x, right ? -wish.y : wish.y, wish.z});
  sole.rotation = back;  // flat and forward as the file draws it
  sole.length = wish.length, sole.width = wish.width;
  return sole;
}

// The ways of drawing a body: z or y or -y up, facing any of four sides; as drawn first.
std::vector<Quat> axis_turns() {
  std::vector<Quat> out;
  for (double tip : {0.0, M_PI / 2, -M_PI / 2})
    for (int k = 0; k < 4; ++k)
      out.push_back(core::mul(core::axis_angle({0, 0, 1}, k * M_PI / 2), core::axis_angle({1, 0, 0}, tip)));
  return out;
}

// A rig whose root frame is x forward, y left, z up, whichever way the file draws it.
std::unique_ptr<Rig> make_rig(Parsed& parsed) {
  auto rig = std::make_unique<Rig>(parsed.lean.get(), parsed.meshes, parsed.source);
  std::unique_ptr<UserError> first;
  for (const Quat& turn : axis_turns()) {
    rig->turn_root(turn);
    try {
      const Legs legs = find_legs(*rig, parsed.source);
      if (faces_backwards(*rig, legs, parsed.source)) continue;
    } catch (const UserError& e) {
      if (e.expected() == kTwoLegs) throw;  // upright already: turning it would only find arms
      if (!first) first = std::make_unique<UserError>(e);
      continue;
    }
    if (turn[0] > 1 - 1e-9) return rig;
    reorient(parsed, turn);
    return std::make_unique<Rig>(parsed.lean.get(), parsed.meshes, parsed.source);
  }
  rig->turn_root({1, 0, 0, 0});
  if (first) throw *first;
  return rig;
}

// Everything after the file is read.
Body assemble(Parsed parsed, const Recipe& recipe) {
  std::unique_ptr<Rig> posed = make_rig(parsed);
  Rig& rig = *posed;
  if (rig.joints() > kMaxJoints)
    throw UserError(parsed.source, "has " + std::to_string(rig.joints()) + " hinges", "at most " + std::to_string(kMaxJoints));
  Body body;
  body.name = recipe.name, body.title = recipe.title, body.title_zh = recipe.title_zh, body.source = parsed.source;
  body.notes = parsed.notes;
  const Legs legs = find_legs(rig, parsed.source);
  Sole soles[2];
  for (int s = 0; s < 2; ++s)
    soles[s] = recipe.sole.given ? given_sole(rig, legs.side[s].foot, recipe.sole, s == 1)
                                 : find_sole(rig, legs.side[s].foot, parsed.source, body.notes);
  if (recipe.sole.given) body.notes.push_back("robot.toml gives the soles: " + recipe.sole.reason);
  symmetrise(rig, legs, soles);
  Anatomy anatomy = find_anatomy(rig, legs, soles, parsed.source, body.notes);
  const std::vector<double> home = find_home(rig, anatomy, soles, recipe.home, parsed.keyframes, body.notes);
  assign_roles(rig, anatomy);
  fill_links(body, rig);
  fill_joints(body, rig, parsed, anatomy, home);
  check_rules(body, recipe);
  fill_legs(body, rig, anatomy, soles);
  fill_heights(body, rig);
  if (!(body.leg_length > 0.05 && body.leg_length < 3))
    throw UserError(parsed.source, "its legs are " + std::to_string(body.leg_length) + " m long",
                    "0.05 to 3 m (are lengths in metres?)");
  for (const std::string& name : parsed.actuated)
    if (const int j = body.joint_index(name); j >= 0) body.actuated.push_back(j);
  set_gains(body, parsed.drives, recipe.gains);
  fill_torques(body, rig);
  place_imu(body, rig, parsed, recipe);
  body.spec = std::shared_ptr<mjSpec>(parsed.spec.release(), &mj_deleteSpec);
  finish_spec(body, rig);
  return body;
}

}  // namespace

Body make_body(const Recipe& recipe) {
  if (recipe.has_sheet && !core::file_exists(recipe.model)) return load_spec_sheet(recipe);
  return assemble(read_model(recipe.model), recipe);
}

Body make_body(const Design& design, const Recipe& recipe) {
  Body body = assemble(parse_design(design), recipe);
  body.actuators.insert(body.actuators.end(), design.actuators.begin(), design.actuators.end());
  body.lean = std::shared_ptr<mjSpec>(mj_copySpec(body.spec.get()), &mj_deleteSpec);
  MB_CHECK(body.lean != nullptr);
  dress(body.spec.get(), design);
  return body;
}

}  // namespace manybody::body
