#include "brain/plan_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace manybody::brain {
namespace {

using Json = nlohmann::json;
using Ordered = nlohmann::ordered_json;

Json parse(std::string_view text, const std::string& where) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) throw core::UserError(where, "is not JSON", "a JSON value");
  return json;
}

std::string text_at(const Json& json, const char* key, const std::string& where, bool required) {
  const auto it = json.find(key);
  if (it == json.end() || it->is_null()) {
    if (required) throw core::UserError(where, std::string("there is no '") + key + "'", "a string");
    return "";
  }
  if (it->is_number_integer() && std::string(key) == "id") return it->dump();
  if (!it->is_string()) throw core::UserError(where, std::string("'") + key + "' is not text", "a string");
  return it->get<std::string>();
}

Ordered step_json(const Step& step) {
  Ordered arguments = Ordered::object();
  for (const auto& [name, value] : step.arguments) {
    if (const double* number = std::get_if<double>(&value)) {
      const double rounded = std::round(*number * 1e6) / 1e6;
      if (rounded == std::floor(rounded) && std::fabs(rounded) < 1e9) arguments[name] = static_cast<long>(rounded);
      else arguments[name] = rounded;
    } else {
      arguments[name] = std::get<std::string>(value);
    }
  }
  Ordered out = {{"skill", step.skill}, {"arguments", arguments}};
  if (!step.robot.empty()) out["robot"] = step.robot;
  if (step.when)
    out["when"] = {{"event", step.when->event}, {step.when->event == "hears" ? "text" : "target", step.when->target}};
  if (step.repeat > 1) out["repeat"] = step.repeat;
  if (step.parallel) out["parallel"] = true;
  return out;
}

Ordered answer_json(const Answer& answer) {
  Ordered out = {{"kind", to_text(answer.kind)},
                 {"reply", answer.reply},
                 {"language", answer.language},
                 {"confidence", std::round(answer.confidence * 1000) / 1000}};
  out["plan"] = Ordered::array();
  for (const Step& step : answer.plan) out["plan"].push_back(step_json(step));
  if (!answer.reason.empty()) out["reason"] = answer.reason;
  return out;
}

Item read_item(const Json& json, Item::Group group, const std::string& where) {
  Item out;
  out.group = group;
  if (json.is_string()) {
    out.name = json.get<std::string>();
  } else if (json.is_object()) {
    out.name = text_at(json, "name", where, true);
    out.kind = text_at(json, "kind", where, false);
    if (out.kind.empty()) out.kind = text_at(json, "body", where, false);
    for (const char* key : {"zh", "en"}) {
      if (const std::string alias = text_at(json, key, where, false); !alias.empty()) out.aliases.push_back(alias);
    }
    if (const auto it = json.find("aliases"); it != json.end() && !it->is_null()) {
      if (!it->is_array()) throw core::UserError(where, "'aliases' is not a list", "[\"桌子\"]");
      for (const Json& alias : *it) {
        if (!alias.is_string()) throw core::UserError(where, "an alias is not text", "a string");
        out.aliases.push_back(alias.get<std::string>());
      }
    }
    for (const char* key : {"position", "pos", "xyz"}) {
      const auto it = json.find(key);
      if (it == json.end() || !it->is_array() || it->size() < 2) continue;
      core::Vec3 p{};
      for (size_t i = 0; i < std::min<size_t>(3, it->size()); ++i) {
        if (!(*it)[i].is_number()) throw core::UserError(where, "a position is not of numbers", "[x, y, z] in m");
        p[i] = (*it)[i].get<double>();
      }
      out.position = p;
    }
  } else {
    throw core::UserError(where, "a thing of the scene is neither text nor an object", "{\"name\": \"table\"}");
  }
  if (out.name.empty()) throw core::UserError(where, "a thing of the scene has an empty name", "a name");
  if (out.name.size() > 200) throw core::UserError(where, "a name is too long", "at most 200 bytes");
  return out;
}

Scene scene_of(const Json& json, const std::string& where) {
  if (!json.is_object())
    throw core::UserError(where, "a scene is not an object", "{\"people\": [], \"places\": [], \"objects\": [], \"robots\": []}");
  Scene out;
  const std::pair<const char*, Item::Group> kGroups[]{{"people", Item::Group::person},
                                                      {"places", Item::Group::place},
                                                      {"objects", Item::Group::object},
                                                      {"robots", Item::Group::robot}};
  for (const auto& [key, group] : kGroups) {
    const auto it = json.find(key);
    if (it == json.end() || it->is_null()) continue;
    if (it->is_object()) {  // {"table": [x, y]} or {"table": {...}}
      for (const auto& [name, value] : it->items()) {
        Json item = value.is_object() ? value : Json{{"position", value}};
        item["name"] = name;
        out.items.push_back(read_item(item, group, where + "." + key));
      }
      continue;
    }
    if (!it->is_array()) throw core::UserError(where, std::string("'") + key + "' is not a list", "a list of names or objects");
    for (const Json& item : *it) out.items.push_back(read_item(item, group, where + "." + key));
  }
  out.self = text_at(json, "self", where, false);
  return out;
}

std::vector<Turn> history_of(const Json& json, const std::string& where) {
  if (!json.is_array()) throw core::UserError(where, "a history is not a list", "[{\"role\": \"user\", \"text\": \"…\"}]");
  std::vector<Turn> out;
  for (const Json& turn : json) {
    if (turn.is_string()) {
      out.push_back({"user", turn.get<std::string>()});
      continue;
    }
    if (!turn.is_object()) throw core::UserError(where, "a turn is not an object", "{\"role\": \"user\", \"text\": \"…\"}");
    std::string text = text_at(turn, "text", where, false);
    if (text.empty()) text = text_at(turn, "content", where, false);
    out.push_back({text_at(turn, "role", where, true), text});
  }
  return out;
}

Step step_of(const Json& json, const std::string& where) {
  if (!json.is_object()) throw core::UserError(where, "a step is not an object", "{\"skill\": \"walk\", \"arguments\": {}}");
  Step out;
  out.skill = text_at(json, "skill", where, true);
  out.robot = text_at(json, "robot", where, false);
  if (const auto it = json.find("arguments"); it != json.end() && !it->is_null()) {
    if (!it->is_object()) throw core::UserError(where, "'arguments' is not an object", "{\"distance_m\": 2}");
    for (const auto& [name, value] : it->items()) {
      if (value.is_number()) out.arguments[name] = value.get<double>();
      else if (value.is_string()) out.arguments[name] = value.get<std::string>();
      else if (!value.is_null())
        throw core::UserError(where, "argument '" + name + "' is neither a number nor text", "a number or a string");
    }
  }
  if (const auto it = json.find("repeat"); it != json.end() && !it->is_null()) {
    if (!it->is_number_integer())
      throw core::UserError(where, "'repeat' is not a whole number", "1 to " + std::to_string(kMaxRepeat));
    out.repeat = static_cast<int>(std::clamp<int64_t>(it->get<int64_t>(), -1, 1000000));
  }
  if (const auto it = json.find("parallel"); it != json.end() && it->is_boolean()) out.parallel = it->get<bool>();
  if (const auto it = json.find("when"); it != json.end() && !it->is_null()) {
    if (!it->is_object())
      throw core::UserError(where, "'when' is not an object", "{\"event\": \"arrived\", \"target\": \"table\"}");
    out.when =
        Condition{text_at(*it, "event", where, true), text_at(*it, "target", where, false) + text_at(*it, "text", where, false)};
  }
  return out;
}

}  // namespace

std::string write_plan(const Plan& plan) {
  Ordered out = Ordered::array();
  for (const Step& step : plan) out.push_back(step_json(step));
  return out.dump(-1, ' ', false, Ordered::error_handler_t::replace);
}

std::string write_answer(const Answer& answer, const std::string& id) {
  Ordered out = Ordered::object();
  if (!id.empty()) out["id"] = id;
  out.update(answer_json(answer));
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Scene read_scene(std::string_view json, const std::string& where) { return scene_of(parse(json, where), where); }

std::vector<Turn> read_history(std::string_view text, const std::string& where) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_discarded() && json.is_array()) return history_of(json, where);
  Json lines = Json::array();
  size_t number = 0;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    ++number;
    if (line.find_first_not_of(" \t\r") != std::string_view::npos)
      lines.push_back(parse(line, where + ":" + std::to_string(number)));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return history_of(lines, where);
}

AskLine read_ask_line(std::string_view text, const std::string& where) {
  const Json json = parse(text, where);
  if (!json.is_object()) throw core::UserError(where, "a line is not an object", "{\"id\": \"1\", \"text\": \"walk\"}");
  AskLine out;
  out.id = text_at(json, "id", where, false);
  out.text = text_at(json, "text", where, true);
  if (const auto it = json.find("history"); it != json.end() && !it->is_null()) out.history = history_of(*it, where);
  if (const auto it = json.find("scene"); it != json.end() && !it->is_null())
    out.scene = scene_of(*it, where), out.has_scene = true;
  return out;
}

Plan read_plan(std::string_view text, const std::string& where) {
  const Json json = parse(text, where);
  const Json& list = json.is_object() && json.contains("plan") ? json.at("plan") : json;
  if (!list.is_array()) throw core::UserError(where, "a plan is not a list", "[{\"skill\": \"walk\", \"arguments\": {}}]");
  if (list.size() > 4 * kMaxSteps)
    throw core::UserError(where, "a plan is too long", "at most " + std::to_string(kMaxSteps) + " steps");
  Plan out;
  for (const Json& step : list) out.push_back(step_of(step, where));
  return out;
}

std::string write_exchange(const std::string& time, const std::string& text, const Answer& answer, const std::string& brain) {
  Ordered out = {{"time", time}, {"text", text}, {"brain", brain}};
  out.update(answer_json(answer));
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace manybody::brain
