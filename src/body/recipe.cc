#include "body/recipe.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/error.h"
#include "core/files.h"

#include "body/toml_section.inc"  // toml++: in as few places as can be

namespace manybody::body {
namespace fs = std::filesystem;
namespace {

using core::UserError;

void read_home(const toml::table& table, const std::string& file, HomeWish& home) {
  Section s(table, file, "home");
  s.number("knee", home.knee);
  s.number("com_offset", home.com_offset);
  s.number("stance_width", home.stance_width);
  s.number("elbow", home.elbow);
  s.number("arm_spread", home.arm_spread);
  s.flag("keyframe", home.from_keyframe);
  if (const toml::table* joints = s.table("joints")) {
    for (const auto& [key, node] : *joints) {
      const auto value = node.value<double>();
      if (!value || !std::isfinite(*value)) s.fail(node, "joints." + std::string(key.str()), "an angle in rad");
      home.joints[std::string(key.str())] = *value;
    }
  }
  s.done();
}

void read_rule(const toml::table& table, const std::string& file, DriveRule& rule) {
  Section s(table, file, "drive");
  s.texts("joints", rule.joints);
  s.texts("roles", rule.roles);
  s.number("kp", rule.kp);
  s.number("kd", rule.kd);
  s.number("torque_max", rule.torque_max);
  s.number("velocity_max", rule.velocity_max);
  s.number("armature", rule.armature);
  s.number("damping", rule.damping);
  s.text("actuator", rule.actuator);
  s.text("reason", rule.reason);
  s.done();
  const std::string where = file + ":" + std::to_string(table.source().begin.line);
  if (rule.reason.empty())
    throw UserError(where, "a [[drive]] rule has no 'reason'", "a sentence saying why the file is overruled");
  if (rule.joints.empty() && rule.roles.empty()) throw UserError(where, "a [[drive]] rule names no joint", "'joints' or 'roles'");
  std::vector<std::string> known;
  for (int r = 0; r <= static_cast<int>(Role::other); ++r) known.push_back(to_text(static_cast<Role>(r)));
  for (const std::string& role : rule.roles)
    if (std::find(known.begin(), known.end(), role) == known.end())
      throw UserError(where, "unknown role '" + role + "', " + core::near_match_hint(role, known), "a role such as hip_pitch");
}

void read_sole(const toml::table& table, const std::string& file, SoleWish& sole) {
  Section s(table, file, "sole");
  s.number("x", sole.x), s.number("y", sole.y), s.number("z", sole.z);
  s.number("length", sole.length), s.number("width", sole.width);
  s.text("reason", sole.reason);
  s.done();
  sole.given = true;
  const std::string where = file + ":" + std::to_string(table.source().begin.line);
  if (!(sole.length > 0.01 && sole.length < 1 && sole.width > 0.005 && sole.width < 1))
    throw UserError(where, "[sole] is " + std::to_string(sole.length) + " by " + std::to_string(sole.width) + " m",
                    "'length' and 'width' in metres");
  if (sole.reason.empty()) throw UserError(where, "[sole] has no 'reason'", "a sentence saying why the file is overruled");
}

// Beside the toml, or in one of the folders that tools/fetch.py fills. A model that is nowhere is looked for in the first.
std::string find_model(const std::string& model, const std::string& folder) {
  const fs::path deps = fs::path(core::home_directory()) / ".deps";
  for (const fs::path& place : {fs::path(folder), deps / "robots", deps / "robots-gr1", deps / "robots-urdf"})
    if (const fs::path path = place / model; core::file_exists(path.string())) return path.lexically_normal().string();
  return (deps / "robots" / model).lexically_normal().string();
}

}  // namespace

Recipe read_recipe(const std::string& folder) {
  Recipe recipe;
  recipe.folder = folder;
  recipe.name = fs::path(folder).filename().string();
  const std::string file = (fs::path(folder) / "robot.toml").string();
  const toml::table table = parse_toml(file);
  Section s(table, file, "");
  std::string model;
  s.text("title", recipe.title);
  s.text("title_zh", recipe.title_zh);
  s.text("model", model);
  s.text("package", recipe.package);
  s.text("licence", recipe.licence);
  s.number("driven", recipe.driven);
  s.text("imu", recipe.imu_link);
  if (const toml::table* home = s.table("home")) read_home(*home, file, recipe.home);
  if (const toml::table* gains = s.table("gains")) {
    Section g(*gains, file, "gains");
    g.flag("derive", recipe.gains.derive);
    g.done();
  }
  if (const toml::table* sole = s.table("sole")) read_sole(*sole, file, recipe.sole);
  if (const toml::array* drives = s.tables("drive"))
    for (const toml::node& node : *drives) read_rule(*node.as_table(), file, recipe.gains.rules.emplace_back());
  recipe.has_sheet = s.table("sheet") != nullptr;  // spec_sheet.h reads these
  s.table("look");
  s.done();
  if (recipe.title.empty()) recipe.title = recipe.name;
  if (model.empty() && recipe.has_sheet) return recipe;
  if (model.empty()) throw UserError(file, "has no 'model'", "a path beside it or under .deps/robots, or a [sheet] of figures");
  recipe.model = find_model(model, folder);
  return recipe;
}

}  // namespace manybody::body
