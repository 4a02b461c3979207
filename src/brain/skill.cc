#include "brain/skill.h"

#include <toml++/toml.h>

#include <algorithm>

#include "core/error.h"
#include "core/files.h"

namespace manybody::brain {
namespace {

std::string place(const std::string& path, const toml::node& node) {
  return path + ":" + std::to_string(node.source().begin.line);
}

Parameter::Type type_of(const std::string& word, const std::string& where) {
  const std::vector<std::string> known{"number", "text", "choice", "target"};
  const auto it = std::find(known.begin(), known.end(), word);
  if (it == known.end())
    throw core::UserError(where, "there is no parameter type '" + word + "'", "number, text, choice or target");
  return static_cast<Parameter::Type>(it - known.begin());
}

std::vector<std::string> words_of(const toml::table& table, const char* key) {
  std::vector<std::string> out;
  if (const toml::array* array = table[key].as_array()) {
    for (const toml::node& node : *array) out.push_back(node.value_or(std::string()));
  }
  return out;
}

Parameter read_parameter(const toml::table& table, const std::string& path) {
  Parameter out;
  const std::string where = place(path, table);
  out.name = table["name"].value_or(std::string());
  if (out.name.empty()) throw core::UserError(where, "a parameter has no name", "name = \"distance_m\"");
  out.type = type_of(table["type"].value_or(std::string("number")), where);
  out.unit = table["unit"].value_or(std::string());
  out.help = table["help"].value_or(std::string());
  out.required = table["required"].value_or(false);
  out.low = table["low"].value_or(0.0);
  out.high = table["high"].value_or(0.0);
  out.choices = words_of(table, "choices");
  if (out.type == Parameter::Type::number && out.low >= out.high)
    throw core::UserError(where, "'" + out.name + "' has no range", "low < high");
  if (out.type == Parameter::Type::choice && out.choices.empty())
    throw core::UserError(where, "'" + out.name + "' has no choices", "choices = [\"left\", \"right\"]");
  return out;
}

Skill read_skill(const toml::table& table, const std::string& path) {
  Skill out;
  const std::string where = place(path, table);
  out.name = table["name"].value_or(std::string());
  if (out.name.empty()) throw core::UserError(where, "a skill has no name", "name = \"walk\"");
  out.en = table["en"].value_or(out.name);
  out.zh = table["zh"].value_or(out.name);
  out.en_help = table["en_help"].value_or(std::string());
  out.zh_help = table["zh_help"].value_or(std::string());
  out.needs = words_of(table, "needs");
  out.precondition = table["precondition"].value_or(std::string());
  out.ends = table["ends"].value_or(std::string("gesture"));
  out.gesture = table["gesture"].value_or(std::string());
  out.timeout_s = table["timeout_s"].value_or(30.0);
  out.learned = table["learned"].value_or(true);
  if (const toml::array* parameters = table["parameter"].as_array()) {
    for (const toml::node& node : *parameters) {
      if (const toml::table* parameter = node.as_table()) out.parameters.push_back(read_parameter(*parameter, path));
    }
  }
  return out;
}

}  // namespace

const Parameter* Skill::parameter(const std::string& parameter_name) const {
  for (const Parameter& parameter : parameters) {
    if (parameter.name == parameter_name) return &parameter;
  }
  return nullptr;
}

Skills::Skills(std::vector<Skill> skills) : skills_(std::move(skills)) {}

const Skill* Skills::find(const std::string& name) const {
  for (const Skill& skill : skills_) {
    if (skill.name == name) return &skill;
  }
  return nullptr;
}

Skills read_skills(const std::string& path) {
  const std::string text = core::read_file(path);
  toml::table root;
  try {
    root = toml::parse(text, path);
  } catch (const toml::parse_error& error) {
    throw core::UserError(path + ":" + std::to_string(error.source().begin.line), std::string(error.description()), "TOML");
  }
  std::vector<Skill> skills;
  const toml::array* list = root["skill"].as_array();
  if (!list) throw core::UserError(path, "there is no [[skill]] in it", "one or more [[skill]] tables");
  for (const toml::node& node : *list) {
    const toml::table* table = node.as_table();
    if (!table) continue;
    Skill skill = read_skill(*table, path);
    for (const Skill& other : skills) {
      if (other.name == skill.name)
        throw core::UserError(place(path, *table), "skill '" + skill.name + "' is there twice", "each name once");
    }
    skills.push_back(std::move(skill));
  }
  return Skills(std::move(skills));
}

}  // namespace manybody::brain
