#include "studio/command.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/error.h"

namespace manybody::studio {
namespace {

using Json = nlohmann::json;

// A sentence for the page; thrown only inside this file.
struct Wrong {
  std::string sentence;
};

constexpr double kMaxVelocity = 20;  // far beyond any policy's range, which the application knows
constexpr double kMaxCoordinate = 1e6;
constexpr size_t kMaxName = 200;

std::string shortened(std::string_view text) {
  std::string out(text.substr(0, 40));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 32) c = ' ';
  return out + (text.size() > 40 ? "…" : "");
}

double number(const Json& value, const std::string& name, double low, double high) {
  if (!value.is_number()) throw Wrong{"'" + name + "' must be a number"};
  const double v = value.get<double>();
  if (!std::isfinite(v)) throw Wrong{"'" + name + "' must be a finite number"};
  return std::clamp(v, low, high);
}

const Json& field(const Json& message, const std::string& name) {
  const auto it = message.find(name);
  if (it == message.end()) throw Wrong{"'" + name + "' is missing"};
  return *it;
}

std::array<double, 3> vector3(const Json& message, const std::string& name, double bound) {
  const Json& value = field(message, name);
  if (!value.is_array() || value.size() != 3) throw Wrong{"'" + name + "' must be three numbers"};
  std::array<double, 3> out{};
  for (size_t i = 0; i < 3; ++i) out[i] = number(value[i], name, -bound, bound);
  return out;
}

// Names reach the file system: letters, digits and . _ - with single slashes between, nothing that climbs.
bool is_plain_name(const std::string& text) {
  if (text.empty() || text.size() > kMaxName || text.front() == '/' || text.back() == '/') return false;
  char before = '/';
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && c != '_' && c != '-' && c != '.' && c != '/') return false;
    if (before == '/' && (c == '.' || c == '/')) return false;
    before = c;
  }
  return true;
}

std::optional<std::string> name(const Json& message, const std::string& key) {
  const auto it = message.find(key);
  if (it == message.end() || it->is_null()) return std::nullopt;
  if (!it->is_string()) throw Wrong{"'" + key + "' must be a name"};
  const std::string text = it->get<std::string>();
  if (!is_plain_name(text)) throw Wrong{"'" + key + "' is not a name: " + shortened(text)};
  return text;
}

// Whom of a stage a message means: the number its robot has there; "all", or nothing at all: every robot.
std::optional<int> robot(const Json& message) {
  const auto it = message.find("robot");
  if (it == message.end() || it->is_null() || (it->is_string() && it->get<std::string>() == "all")) return std::nullopt;
  if (!it->is_number_integer()) throw Wrong{"'robot' must be the number of a robot, or \"all\""};
  const double id = number(*it, "robot", -1, 65536);
  if (id < 0 || id > 65535) throw Wrong{"'robot' must be the number of a robot, or \"all\""};
  return static_cast<int>(id);
}

Command read_push(const Json& message) {
  PushCommand push;
  push.robot = robot(message);
  const Json& link = field(message, "link");
  if (!link.is_number_integer()) throw Wrong{"'link' must be the index of a link"};
  push.link = static_cast<int>(number(link, "link", -1, 65535));
  if (push.link < 0) throw Wrong{"'link' must be the index of a link"};
  push.point = vector3(message, "point", kMaxCoordinate);
  push.force = vector3(message, "force", kMaxCoordinate);
  const double size = std::hypot(push.force[0], push.force[1], push.force[2]);
  if (size > kMaxPushN)
    for (double& f : push.force) f *= kMaxPushN / size;
  push.seconds = number(field(message, "seconds"), "seconds", 0, kMaxPushS);
  return push;
}

Command read_train(const Json& message) {
  const Json& action = field(message, "action");
  if (!action.is_string()) throw Wrong{"'action' must be start, stop, follow or play"};
  TrainCommand train;
  const std::string word = action.get<std::string>();
  if (word == "start") train.action = TrainCommand::Action::start;
  else if (word == "stop") train.action = TrainCommand::Action::stop;
  else if (word == "follow") train.action = TrainCommand::Action::follow;
  else if (word == "play") train.action = TrainCommand::Action::play;
  else throw Wrong{"'action' must be start, stop, follow or play, not " + shortened(word)};
  train.body = name(message, "body");
  train.run = name(message, "run");
  return train;
}

Command read_say(const Json& message) {
  const Json& text = field(message, "text");
  if (!text.is_string()) throw Wrong{"'text' must be what is said"};
  SayCommand say{text.get<std::string>(), ""};
  if (say.text.size() > kMaxSayBytes) throw Wrong{"'text' is longer than " + std::to_string(kMaxSayBytes) + " bytes"};
  if (say.text.find_first_not_of(" \t\r\n") == std::string::npos) throw Wrong{"'text' is empty"};
  if (const auto it = message.find("robot"); it != message.end() && !it->is_null()) {
    if (it->is_number_integer()) return say.robot = std::to_string(it->get<int64_t>()), say;
    if (!it->is_string() || it->get<std::string>().size() > kMaxName) throw Wrong{"'robot' must be a name or a number"};
    say.robot = it->get<std::string>();
  }
  return say;
}

Command read_velocity(const Json& message) {
  const auto get = [&](const char* key) { return number(field(message, key), key, -kMaxVelocity, kMaxVelocity); };
  return VelocityCommand{get("vx"), get("vy"), get("wz"), robot(message)};
}

Command read_pause(const Json& message) {
  const Json& on = field(message, "on");
  if (!on.is_boolean()) throw Wrong{"'on' must be true or false"};
  return PauseCommand{on.get<bool>()};
}

Command read_select(const Json& message) {
  SelectCommand select{name(message, "body"), name(message, "policy"), robot(message)};
  if (!select.body && !select.policy) throw Wrong{"'body' or 'policy' is missing"};
  return select;
}

Command read_view(const Json& message) {
  const Json& view = field(message, "view");
  if (view != "stage" && view != "single") throw Wrong{"'view' must be stage or single"};
  return ViewCommand{view == "stage", name(message, "body")};
}

Command read_stage(const Json& message) {
  using Action = StageCommand::Action;
  const Json& action = field(message, "action");
  StageCommand stage;
  if (action == "add") stage.action = Action::add;
  else if (action == "remove") stage.action = Action::remove;
  else if (action == "release") stage.action = Action::release;
  else throw Wrong{"'action' must be add, remove or release"};
  stage.body = name(message, "body");
  stage.robot = robot(message);
  if (stage.action == Action::add && !stage.body) throw Wrong{"'body' is missing"};
  if (stage.action == Action::remove && !stage.robot) throw Wrong{"'robot' is missing"};
  return stage;
}

const std::map<std::string, std::function<Command(const Json&)>>& readers() {
  static const std::map<std::string, std::function<Command(const Json&)>> all = {
      {"command", read_velocity},
      {"pause", read_pause},
      {"step", [](const Json&) { return Command(StepCommand{}); }},
      {"reset", [](const Json& m) { return Command(ResetCommand{robot(m)}); }},
      {"speed", [](const Json& m) { return Command(SpeedCommand{number(field(m, "factor"), "factor", kMinSpeed, kMaxSpeed)}); }},
      {"push", read_push},
      {"select", read_select},
      {"view", read_view},
      {"stage", read_stage},
      {"train", read_train},
      {"say", read_say},
  };
  return all;
}

Command read_message(const Json& message) {
  if (!message.is_object()) throw Wrong{"it must be one JSON object"};
  const Json& type = field(message, "type");
  if (!type.is_string()) throw Wrong{"'type' must be a word"};
  const std::string word = type.get<std::string>();
  const auto it = readers().find(word);
  if (it != readers().end()) {
    try {
      return it->second(message);
    } catch (const Wrong& wrong) {
      throw Wrong{word + ": " + wrong.sentence};
    }
  }
  std::vector<std::string> known;
  for (const auto& [key, reader] : readers()) known.push_back(key);
  const std::string hint = word.size() < 40 ? core::near_match_hint(word, known) : "";
  throw Wrong{"unknown type '" + shortened(word) + "'" + (hint.empty() ? "" : "; " + hint)};
}

}  // namespace

std::optional<Command> parse_command(std::string_view text, std::string& error) {
  if (text.size() > kMaxMessageBytes) {
    error = "message not understood: longer than " + std::to_string(kMaxMessageBytes) + " bytes";
    return std::nullopt;
  }
  const Json message = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (message.is_discarded()) {
    error = "message not understood: it is not JSON";
    return std::nullopt;
  }
  try {
    return read_message(message);
  } catch (const Wrong& wrong) {
    error = "message not understood: " + wrong.sentence;
    return std::nullopt;
  }
}

}  // namespace manybody::studio
