#include "body/recipe.h"

#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/error.h"
#include "core/files.h"

namespace manybody::body {
namespace fs = std::filesystem;
namespace {

using core::UserError;

// One table of the file: every key must be known and of its type.
class Section {
 public:
  Section(const toml::table& table, std::string file, std::string name)
      : table_(table), file_(std::move(file)), name_(std::move(name)) {}

  void number(const char* key, double& value) {
    if (const toml::node* node = take(key)) {
      const auto v = node->value<double>();
      if (!v || !std::isfinite(*v)) fail(*node, key, "a number");
      value = *v;
    }
  }
  void flag(const char* key, bool& value) {
    if (const toml::node* node = take(key)) {
      if (!node->is_boolean()) fail(*node, key, "true or false");
      value = *node->value<bool>();
    }
  }
  void text(const char* key, std::string& value) {
    if (const toml::node* node = take(key)) {
      if (!node->is_string()) fail(*node, key, "a string");
      value = *node->value<std::string>();
    }
  }
  void texts(const char* key, std::vector<std::string>& value) {
    if (const toml::node* node = take(key)) {
      if (!node->is_array()) fail(*node, key, "a list of strings");
      for (const toml::node& item : *node->as_array()) {
        if (!item.is_string()) fail(item, key, "a list of strings");
        value.push_back(*item.value<std::string>());
      }
    }
  }
  const toml::table* table(const char* key) {
    const toml::node* node = take(key);
    if (node && !node->is_table()) fail(*node, key, "a table");
    return node ? node->as_table() : nullptr;
  }
  const toml::array* tables(const char* key) {
    const toml::node* node = take(key);
    if (node && !node->is_array_of_tables()) fail(*node, key, "tables written [[" + std::string(key) + "]]");
    return node ? node->as_array() : nullptr;
  }
  void done() const {
    for (const auto& [key, node] : table_) {
      const std::string text(key.str());
      if (std::find(known_.begin(), known_.end(), text) != known_.end()) continue;
      const std::string hint = core::near_match_hint(text, known_);
      std::string list;
      for (const std::string& k : known_) list += (list.empty() ? "" : ", ") + k;
      throw UserError(at(node), "unknown key '" + prefix() + text + "'" + (hint.empty() ? "" : ", " + hint), "one of " + list);
    }
  }
  std::string at(const toml::node& node) const { return file_ + ":" + std::to_string(node.source().begin.line); }
  [[noreturn]] void fail(const toml::node& node, const std::string& key, const std::string& expected) const {
    throw UserError(at(node), "'" + prefix() + key + "' is not usable", expected);
  }

 private:
  const toml::node* take(const char* key) {
    known_.emplace_back(key);
    return table_.get(key);
  }
  std::string prefix() const { return name_.empty() ? "" : name_ + "."; }
  const toml::table& table_;
  std::string file_, name_;
  std::vector<std::string> known_;
};

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

}  // namespace

Recipe read_recipe(const std::string& folder) {
  Recipe recipe;
  recipe.folder = folder;
  recipe.name = fs::path(folder).filename().string();
  const std::string file = (fs::path(folder) / "robot.toml").string();
  toml::table table;
  try {
    table = toml::parse(core::read_file(file), file);
  } catch (const toml::parse_error& e) {
    throw UserError(file + ":" + std::to_string(e.source().begin.line), std::string(e.description()), "TOML");
  }
  Section s(table, file, "");
  std::string model;
  s.text("title", recipe.title);
  s.text("model", model);
  s.text("package", recipe.package);
  s.text("licence", recipe.licence);
  s.text("imu", recipe.imu_link);
  if (const toml::table* home = s.table("home")) read_home(*home, file, recipe.home);
  if (const toml::table* gains = s.table("gains")) {
    Section g(*gains, file, "gains");
    g.flag("derive", recipe.gains.derive);
    g.done();
  }
  if (const toml::array* drives = s.tables("drive"))
    for (const toml::node& node : *drives) read_rule(*node.as_table(), file, recipe.gains.rules.emplace_back());
  s.done();
  if (recipe.title.empty()) recipe.title = recipe.name;
  if (model.empty()) throw UserError(file, "has no 'model'", "a path beside it or under .deps/robots");
  const fs::path beside = fs::path(folder) / model, fetched = fs::path(core::home_directory()) / ".deps/robots" / model;
  recipe.model =
      (fs::path(model).is_absolute() || core::file_exists(beside.string()) ? beside : fetched).lexically_normal().string();
  return recipe;
}

}  // namespace manybody::body
