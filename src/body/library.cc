#include "body/library.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "body/feet.h"
#include "body/gains.h"
#include "body/home.h"
#include "body/normalise.h"
#include "body/recipe.h"
#include "body/roles.h"
#include "core/error.h"
#include "core/files.h"

namespace manybody::body {
namespace fs = std::filesystem;
namespace {

using core::Quat;
using core::UserError;
using core::Vec3;

std::string robots_folder() { return (fs::path(core::home_directory()) / "robots").string(); }

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

void fill_joints(Body& body, const Rig& rig, const Anatomy& anatomy, const std::vector<double>& home) {
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
  if (recipe.imu_link.empty()) body.notes.push_back("the file has no IMU site: the IMU is at the root link '" + body.links[0].name + "'");
  else if (body.links[imu.link].name != recipe.imu_link)
    throw UserError(recipe.folder + "/robot.toml", "imu link '" + recipe.imu_link + "' is not a link of the model", "a link's name");
}

void check_rules(const Body& body, const Recipe& recipe) {
  std::vector<std::string> names;
  for (const Joint& joint : body.joints) names.push_back(joint.name);
  auto check = [&](const std::string& name) {
    if (body.joint_index(name) < 0)
      throw UserError(recipe.folder + "/robot.toml", "unknown joint '" + name + "', " + core::near_match_hint(name, names), "a joint of the model");
  };
  for (const auto& [name, angle] : recipe.home.joints) check(name);
  for (const DriveRule& rule : recipe.gains.rules)
    for (const std::string& name : rule.joints) check(name);
}

Body make_body(const Recipe& recipe) {
  Parsed parsed = read_model(recipe.model);
  Rig rig(parsed.spec.get(), parsed.source);
  if (rig.joints() > kMaxJoints)
    throw UserError(parsed.source, "has " + std::to_string(rig.joints()) + " hinges", "at most " + std::to_string(kMaxJoints));
  Body body;
  body.name = recipe.name, body.title = recipe.title, body.source = parsed.source;
  body.notes = parsed.notes;
  const Legs legs = find_legs(rig, parsed.source);
  Sole soles[2];
  for (int s = 0; s < 2; ++s) soles[s] = find_sole(rig, legs.side[s].foot, parsed.source, body.notes);
  symmetrise(rig, legs, soles);
  Anatomy anatomy = find_anatomy(rig, legs, soles, parsed.source, body.notes);
  const std::vector<double> home = find_home(rig, anatomy, soles, recipe.home, parsed.keyframes, body.notes);
  assign_roles(rig, anatomy);
  fill_links(body, rig);
  fill_joints(body, rig, anatomy, home);
  check_rules(body, recipe);
  fill_legs(body, rig, anatomy, soles);
  fill_heights(body, rig);
  for (const std::string& name : parsed.actuated)
    if (const int j = body.joint_index(name); j >= 0) body.actuated.push_back(j);
  set_gains(body, rig, parsed.drives, recipe.gains);
  place_imu(body, rig, parsed, recipe);
  body.spec = std::shared_ptr<mjSpec>(parsed.spec.release(), &mj_deleteSpec);
  finish_spec(body);
  return body;
}

bool looks_like_path(const std::string& text) {
  const std::string extension = fs::path(text).extension().string();
  return text.find('/') != std::string::npos || extension == ".xml" || extension == ".urdf" || extension == ".mjcf";
}

}  // namespace

std::vector<Entry> list_bodies() {
  std::vector<Entry> out;
  std::error_code error;
  for (const fs::directory_entry& item : fs::directory_iterator(robots_folder(), error)) {
    if (!core::file_exists((item.path() / "robot.toml").string())) continue;
    const Recipe recipe = read_recipe(item.path().string());
    out.push_back({recipe.name, recipe.title, recipe.folder, recipe.model, core::file_exists(recipe.model)});
  }
  std::sort(out.begin(), out.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return out;
}

Body load_body(const std::string& name_or_path) {
  if (looks_like_path(name_or_path)) {
    std::error_code error;
    fs::path path = fs::absolute(name_or_path, error).lexically_normal();
    if (fs::is_directory(path, error)) return make_body(read_recipe(path.string()));
    Recipe recipe;
    recipe.name = recipe.title = path.stem().string();
    recipe.folder = path.parent_path().string();
    recipe.model = path.string();
    return make_body(recipe);
  }
  const std::vector<Entry> entries = list_bodies();
  std::vector<std::string> names;
  const Entry* found = nullptr;
  for (const Entry& entry : entries) {
    names.push_back(entry.name);
    const size_t n = name_or_path.size();
    const bool ending = entry.name.size() > n && entry.name.compare(entry.name.size() - n, n, name_or_path) == 0 &&
                        entry.name[entry.name.size() - n - 1] == '_';
    if (entry.name == name_or_path || (ending && !found)) found = &entry;
  }
  if (!found) {
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
    const std::string hint = core::near_match_hint(name_or_path, names);
    throw UserError("body '" + name_or_path + "'", "is not known" + (hint.empty() ? "" : ", " + hint), "one of " + list + ", or a file");
  }
  if (!found->installed) throw UserError(found->source, "the model of '" + found->name + "' is not on this machine", "run `make setup` to fetch it");
  return make_body(read_recipe(found->folder));
}

}  // namespace manybody::body
