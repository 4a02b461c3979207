#include "body/spec_sheet.h"

#include <filesystem>
#include <map>
#include <tuple>

#include "body/actuator_sheet.h"
#include "body/make.h"
#include "body/toml_section.inc"

namespace manybody::body {
namespace {

struct Measure {
  const char* key;
  const char* unit;
  double low, high;
  double Design::*value;
  double scale;  // of the design's value
};

const Measure kMeasures[] = {
    {"thigh", "m", 0.02, 1.5, &Design::thigh, 1},
    {"shank", "m", 0.02, 1.5, &Design::shank, 1},
    {"ankle", "m", 0.005, 0.3, &Design::ankle, 1},
    {"hip_width", "m", 0.02, 1, &Design::hip_half, 0.5},
    {"hip_drop", "m", 0, 0.5, &Design::hip_drop, 1},
    {"hip_ahead", "m", -0.3, 0.3, &Design::hip_ahead, 1},
    {"knee_ahead", "m", -0.1, 0.1, &Design::knee_ahead, 1},
    {"pelvis", "m", 0.01, 1, &Design::pelvis, 1},
    {"torso", "m", 0.02, 1.5, &Design::torso, 1},
    {"neck_height", "m", 0, 0.5, &Design::neck, 1},
    {"head", "m", 0.01, 0.6, &Design::head, 1},
    {"shoulder_width", "m", 0.05, 1.5, &Design::shoulder_half, 0.5},
    {"upper_arm", "m", 0.02, 1, &Design::upper_arm, 1},
    {"forearm", "m", 0.02, 1, &Design::forearm, 1},
    {"hand", "m", 0.005, 0.4, &Design::hand, 1},
    {"foot_length", "m", 0.03, 0.5, &Design::foot_length, 1},
    {"foot_width", "m", 0.01, 0.4, &Design::foot_width, 1},
    {"foot_ahead", "m", -0.1, 0.2, &Design::foot_ahead, 1},
    {"trunk_ahead", "m", -0.2, 0.2, &Design::trunk_ahead, 1},
    {"legs_share", "", 0.15, 0.7, &Design::legs_share, 1},
    {"arms_share", "", 0.02, 0.4, &Design::arms_share, 1},
    {"head_share", "", 0.005, 0.5, &Design::head_share, 1},
};

const Role kLegRoles[] = {Role::hip_yaw, Role::hip_roll, Role::hip_pitch, Role::knee, Role::ankle_pitch, Role::ankle_roll};

std::vector<std::string> role_names() {
  std::vector<std::string> out;
  for (int r = 0; r < static_cast<int>(Role::hand); ++r) out.push_back(to_text(static_cast<Role>(r)));
  return out;
}

std::vector<JointDesign> chain_of(const std::vector<Role>& roles) {
  std::vector<JointDesign> out;
  for (Role role : roles) out.emplace_back().role = role;
  return out;
}

int read_count(Section& s, const std::string& file, const char* key, int low, int high, int usual, std::vector<Figure>& figures) {
  double value = usual;
  read_figure(s, file, key, key, "joints", low, high, value, figures);
  return static_cast<int>(std::lround(value));
}

// A leg's joints in another order than the usual: the same roles, knee before ankles.
void reorder_leg(Section& s, const std::string& file, Design& d) {
  std::vector<std::string> names;
  s.texts("leg_order", names);
  if (names.empty()) return;
  std::vector<Role> roles;
  for (const std::string& name : names) {
    const auto known = role_names();
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end())
      throw UserError(file, "unknown role '" + name + "' in leg_order, " + core::near_match_hint(name, known),
                      "a leg's role such as hip_yaw");
    roles.push_back(static_cast<Role>(found - known.begin()));
  }
  std::vector<Role> usual;
  for (const JointDesign& j : d.leg) usual.push_back(j.role);
  std::vector<Role> sorted = roles;
  std::sort(sorted.begin(), sorted.end()), std::sort(usual.begin(), usual.end());
  const auto knee = std::find(roles.begin(), roles.end(), Role::knee);
  const bool ankles_last =
      std::all_of(knee, roles.end(), [](Role r) { return r == Role::knee || r == Role::ankle_pitch || r == Role::ankle_roll; });
  if (sorted != usual || !ankles_last)
    throw UserError(file, "leg_order is not an order of the leg's " + std::to_string(d.leg.size()) + " joints",
                    "hips, knee, ankles, each once");
  d.leg = chain_of(roles);
}

// [sheet.torque] and [sheet.speed]: figures by role.
void read_by_role(Section& parent, const std::string& file, const char* name, const char* unit, double high,
                  double JointDesign::*value, Design& d, std::vector<Figure>& figures) {
  const toml::table* table = parent.table(name);
  if (!table) return;
  Section s(*table, file, name);
  for (int r = 0; r < static_cast<int>(Role::hand); ++r) {
    const Role role = static_cast<Role>(r);
    double found = 0;
    if (!read_figure(s, file, to_text(role), std::string(name) + "." + to_text(role), unit, 1e-3, high, found, figures)) continue;
    for (auto* chain : {&d.leg, &d.waist, &d.arm, &d.neck_joints})
      for (JointDesign& j : *chain)
        if (j.role == role) j.*value = found;
  }
  s.done();
}

void read_colour(Section& s, const char* key, std::array<float, 3>& colour) {
  std::string text;
  s.text(key, text);
  if (text.empty()) return;
  const bool hex = text.size() == 7 && text[0] == '#' && text.find_first_not_of("0123456789abcdefABCDEF", 1) == std::string::npos;
  if (!hex) throw UserError("look." + std::string(key), "'" + text + "' is not a colour", "\"#rrggbb\"");
  for (int i = 0; i < 3; ++i)
    colour[static_cast<size_t>(i)] =
        static_cast<float>(std::stoi(text.substr(static_cast<size_t>(1 + 2 * i), 2), nullptr, 16)) / 255.0f;
}

void read_choice(Section& s, const std::string& file, const char* key, const std::vector<std::string>& known,
                 std::string& value) {
  s.text(key, value);
  if (std::find(known.begin(), known.end(), value) != known.end()) return;
  std::string list;
  for (const std::string& k : known) list += (list.empty() ? "" : ", ") + k;
  throw UserError(file, "unknown " + std::string(key) + " '" + value + "'", "one of " + list);
}

void read_look(const toml::table& table, const std::string& file, Look& look) {
  Section s(table, file, "look");
  read_colour(s, "shell", look.shell), read_colour(s, "frame", look.frame), read_colour(s, "accent", look.accent);
  read_colour(s, "glow", look.glow), read_colour(s, "limbs", look.limbs);
  read_choice(s, file, "head", {"visor", "dome", "ring", "box", "slim", "duck"}, look.head);
  read_choice(s, file, "torso", {"taper", "barrel", "box", "slim", "egg"}, look.torso);
  s.number("bulk", look.bulk);
  s.done();
  look.bulk = std::clamp(look.bulk, 0.4, 2.5);
}

std::string limb_of(Role role) {
  if (std::find(std::begin(kLegRoles), std::end(kLegRoles), role) != std::end(kLegRoles)) return "legs";
  if (role >= Role::waist_yaw && role <= Role::waist_pitch) return "waist";
  if (role >= Role::neck_yaw && role <= Role::neck_pitch) return "neck";
  return "arms";
}

// [sheet.drive]: a kind of drivetrain or a data sheet, by limb or by role; the role's word counts more.
void read_drives(Section& parent, const std::string& file, Design& d) {
  const toml::table* table = parent.table("drive");
  std::vector<std::string> keys = {"legs", "waist", "arms", "neck"};
  for (const std::string& role : role_names()) keys.push_back(role);
  std::map<std::string, std::string> said;
  if (table) {
    Section s(*table, file, "drive");
    for (const std::string& key : keys) {
      std::string text;
      s.text(key.c_str(), text);
      if (!text.empty()) said[key] = text;
    }
    s.done();
  }
  for (auto* chain : {&d.leg, &d.waist, &d.arm, &d.neck_joints}) {
    for (JointDesign& j : *chain) {
      std::string word = "harmonic";
      if (said.count(limb_of(j.role))) word = said[limb_of(j.role)];
      if (said.count(to_text(j.role))) word = said[to_text(j.role)];
      bool is_kind = false;
      for (int k = 0; k <= static_cast<int>(Drivetrain::roller_screw); ++k) {
        if (word != to_text(static_cast<Drivetrain>(k))) continue;
        fit_actuator(d, j, static_cast<Drivetrain>(k));
        is_kind = true;
      }
      if (is_kind) continue;
      const ActuatorModel sheet = load_actuator(word);
      j.actuator = sheet.name;
      j.torque = std::min(j.torque, sheet.stall_torque());
      j.speed = std::min(j.speed, sheet.no_load_speed());
      if (std::none_of(d.actuators.begin(), d.actuators.end(), [&](const ActuatorModel& a) { return a.name == sheet.name; }))
        d.actuators.push_back(sheet);
    }
  }
}

}  // namespace

std::vector<Role> usual_leg(int joints) {
  switch (joints) {
    case 4:
      return {Role::hip_roll, Role::hip_pitch, Role::knee, Role::ankle_pitch};
    case 5:
      return {Role::hip_yaw, Role::hip_roll, Role::hip_pitch, Role::knee, Role::ankle_pitch};
    default:
      return {std::begin(kLegRoles), std::end(kLegRoles)};
  }
}

std::vector<Role> usual_waist(int joints) {
  const std::vector<Role> all[4] = {
      {}, {Role::waist_yaw}, {Role::waist_yaw, Role::waist_pitch}, {Role::waist_yaw, Role::waist_roll, Role::waist_pitch}};
  return all[std::clamp(joints, 0, 3)];
}

std::vector<Role> usual_arm(int joints) {
  const Role all[7] = {Role::shoulder_pitch, Role::shoulder_roll, Role::shoulder_yaw, Role::elbow,
                       Role::wrist_roll,     Role::wrist_pitch,   Role::wrist_yaw};
  if (joints == 3) return {all[0], all[1], all[3]};
  return {all, all + std::clamp(joints, 0, 7)};
}

std::vector<Role> usual_neck(int joints) {
  const std::vector<Role> all[5] = {{},
                                    {Role::neck_yaw},
                                    {Role::neck_yaw, Role::neck_pitch},
                                    {Role::neck_yaw, Role::neck_roll, Role::neck_pitch},
                                    {Role::neck_pitch, Role::neck_pitch, Role::neck_yaw, Role::neck_roll}};
  return all[std::clamp(joints, 0, 4)];
}

void fit_actuator(Design& d, JointDesign& joint, Drivetrain kind) {
  std::string name = std::string(to_text(joint.role)) + " " + to_text(kind);
  std::replace(name.begin(), name.end(), '_', ' ');
  joint.actuator = name;
  for (const ActuatorModel& a : d.actuators)
    if (a.name == name) return;
  ActuatorModel model = size_actuator(kind, joint.torque, joint.speed, joint.low, joint.high);
  model.name = name;
  model.title = name + ", sized for " + std::to_string(static_cast<int>(std::lround(joint.torque))) + " N m";
  d.actuators.push_back(model);
}

Design read_spec_sheet(const Recipe& recipe, std::vector<Figure>& figures, std::vector<std::string>& notes) {
  const std::string file = (std::filesystem::path(recipe.folder) / "robot.toml").string();
  const toml::table table = parse_toml(file);
  const toml::table* sheet = table.get_as<toml::table>("sheet");
  if (!sheet) throw UserError(file, "has no [sheet]", "figures such as height and mass");
  Section s(*sheet, file, "sheet");
  Design d;
  d.name = recipe.name, d.title = recipe.title;
  for (const auto& [key, unit, low, high, value] :
       {std::tuple{"height", "m", 0.2, 3.0, &Design::height}, std::tuple{"mass", "kg", 0.3, 400.0, &Design::mass}})
    if (!read_figure(s, file, key, key, unit, low, high, d.*value, figures))
      throw UserError(file, std::string("[sheet] has no '") + key + "'",
                      std::string(key) + " = { value = ..., source = \"...\" }");
  d.leg = chain_of(usual_leg(read_count(s, file, "legs", 4, 6, 6, figures)));
  d.waist = chain_of(usual_waist(read_count(s, file, "waist", 0, 3, 1, figures)));
  d.arm = chain_of(usual_arm(read_count(s, file, "arms", 0, 7, 4, figures)));
  d.neck_joints = chain_of(usual_neck(read_count(s, file, "neck", 0, 4, 2, figures)));
  d.fingers = read_count(s, file, "hands", 0, 60, 0, figures);
  double ignored = 0;
  read_figure(s, file, "walk_speed", "walk_speed", "m/s", 0, 10, ignored, figures);
  read_figure(s, file, "joints_claimed", "joints_claimed", "joints", 1, 200, ignored, figures);
  reorder_leg(s, file, d);
  for (const Measure& m : kMeasures)
    if (read_figure(s, file, m.key, m.key, m.unit, m.low, m.high, d.*m.value, figures)) d.*m.value *= m.scale;
  read_choice(s, file, "foot_shape", {"plate", "rails", "rounded"}, d.foot_shape);
  fill_measures(d);
  read_by_role(s, file, "torque", "N m", 2000, &JointDesign::torque, d, figures);
  read_by_role(s, file, "speed", "rad/s", 100, &JointDesign::speed, d, figures);
  fill_limits(d);
  read_drives(s, file, d);
  s.done();
  if (const toml::table* look = table.get_as<toml::table>("look")) read_look(*look, file, d.look);
  fill_drives(d);
  notes.push_back("a spec-sheet body: built from " + std::to_string(figures.size()) + " figures, " +
                  std::to_string(std::count_if(figures.begin(), figures.end(), [](const Figure& f) { return f.guess; })) +
                  " of them guesses; shape, inertias, ranges and drives follow the priors of public humanoids, not its maker");
  if (d.fingers) notes.push_back("hands are rigid: their " + std::to_string(d.fingers) + " joints each are not modelled");
  return d;
}

Body load_spec_sheet(const Recipe& recipe) {
  std::vector<Figure> figures;
  std::vector<std::string> notes;
  const Design d = read_spec_sheet(recipe, figures, notes);
  Body body = make_body(d, recipe);
  body.kind = Kind::spec_sheet;
  body.source = (std::filesystem::path(recipe.folder) / "robot.toml").string();
  body.figures = figures;
  if (!recipe.model.empty())
    notes.push_back("its model is not on this machine (run `make robots`): the spec sheet stands in for it");
  body.notes.insert(body.notes.begin(), notes.begin(), notes.end());
  return body;
}

}  // namespace manybody::body
