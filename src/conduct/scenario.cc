#include "conduct/scenario.h"

#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <sstream>

#include "body/library.h"
#include "body/poise.h"
#include "conduct/theatre.h"
#include "core/error.h"
#include "core/files.h"
#include "core/text.h"

namespace manybody::conduct {
namespace {

constexpr double kLongestS = 90, kRestS = 0.8, kDegrees = 57.29577951308232, kPi = 3.14159265358979323846;

// The hand of a side: the link furthest down the arm, and the middle of its mass.
int hand_link(const body::Body& body, body::Side side) {
  int hand = -1;
  for (const body::Joint& joint : body.joints) {
    const bool arm = joint.role >= body::Role::shoulder_pitch && joint.role <= body::Role::wrist_yaw;
    if (arm && joint.side == side) hand = std::max(hand, joint.link);
  }
  return hand;
}

// What is seen of one robot during a turn.
struct Seen {
  Stance from, now;
  double turned = 0, last_yaw = 0;           // rad, unwrapped
  double pelvis_home = 0, pelvis_low = 1e9;  // m
  double hand_high[2]{-1e9, -1e9};           // left, right: highest over the shoulder, m
  double command_after_stop = -1;            // m/s or rad/s one tick after it was said
  double furthest = 0;                       // from where it began, m
  int falls = 0;
  std::map<std::string, double> nearest;  // to people, m
};

}  // namespace

struct ScenarioRunner::State {
  struct Cast {
    std::shared_ptr<const body::Body> body;
    std::optional<body::Poise> poise;
    int hands[2]{-1, -1}, shoulders[2]{-1, -1};
  };
  explicit State(brain::Scene s) : stage(std::move(s)) {}
  Cast& cast_of(const std::string& name);
  Theatre& theatre_of(const std::vector<std::string>& bodies);
  void look(Theatre& theatre, const std::vector<std::string>& bodies, std::vector<Seen>& seen);
  std::string check(const std::string& text, const Theatre& theatre, const Exchange* exchange,
                    const std::vector<Seen>& seen) const;
  const Exchange* play(Theatre& theatre, const std::vector<std::string>& bodies, const ScenarioTurn& turn,
                       std::vector<Seen>& seen);

  brain::Scene stage;
  std::map<std::string, Cast> casts;
  std::map<std::vector<std::string>, std::unique_ptr<Theatre>> theatres;
  std::vector<double> angles;
};

ScenarioRunner::ScenarioRunner(brain::Scene stage) : state_(std::make_unique<State>(std::move(stage))) {}
ScenarioRunner::~ScenarioRunner() = default;

bool ScenarioRunner::is_installed(const Scenario& scenario) {
  const std::vector<body::Entry> all = body::list_bodies();
  return std::all_of(scenario.bodies.begin(), scenario.bodies.end(), [&](const std::string& name) {
    return std::any_of(all.begin(), all.end(), [&](const body::Entry& e) { return e.name == name && e.installed; });
  });
}

ScenarioRunner::State::Cast& ScenarioRunner::State::cast_of(const std::string& name) {
  Cast& cast = casts[name];
  if (cast.body) return cast;
  cast.body = std::make_shared<const body::Body>(body::load_body(name));
  cast.poise.emplace(*cast.body);
  const body::Side sides[] = {body::Side::left, body::Side::right};
  for (int s = 0; s < 2; ++s) {
    cast.hands[s] = hand_link(*cast.body, sides[s]);
    for (const body::Joint& joint : cast.body->joints) {
      if (joint.role == body::Role::shoulder_pitch && joint.side == sides[s]) cast.shoulders[s] = joint.link;
    }
  }
  return cast;
}

Theatre& ScenarioRunner::State::theatre_of(const std::vector<std::string>& bodies) {
  std::vector<Part> parts;
  for (size_t i = 0; i < bodies.size(); ++i) {
    const Cast& cast = cast_of(bodies[i]);
    parts.push_back({cast.body->title,
                     {bodies[i], cast.body->title_zh},
                     cast.body,
                     core::home_directory() + "/policies/" + bodies[i],
                     {0, -2.5 * static_cast<double>(i), 0}});
  }
  auto& theatre = theatres[bodies];
  theatre = std::make_unique<Theatre>(parts, stage, ConductorOptions{});  // a new conversation each time
  for (size_t i = 0; i < theatre->robots(); ++i) theatre->player(i).set_command({});
  for (double t = 0; t < 1.0; t += theatre->dt()) theatre->step();
  return *theatre;
}

void ScenarioRunner::State::look(Theatre& theatre, const std::vector<std::string>& bodies, std::vector<Seen>& seen) {
  for (size_t i = 0; i < seen.size(); ++i) {
    Seen& s = seen[i];
    Cast& cast = casts.at(bodies[i]);
    s.now = theatre.stance(i);
    s.turned += std::remainder(s.now.yaw - s.last_yaw, 2 * kPi);
    s.last_yaw = s.now.yaw;
    s.furthest = std::max(s.furthest, std::hypot(s.now.x - s.from.x, s.now.y - s.from.y));
    const std::span<const double> q = theatre.player(i).env().batch().qpos(0);
    s.pelvis_low = std::min(s.pelvis_low, q[2]);
    angles.assign(q.begin() + 7, q.begin() + 7 + static_cast<long>(cast.body->joints.size()));
    cast.poise->set(angles);
    const core::Quat root{q[3], q[4], q[5], q[6]};
    for (int side = 0; side < 2; ++side) {
      if (cast.hands[side] < 0 || cast.shoulders[side] < 0) continue;
      const core::Vec3 hand = cast.poise->point(cast.hands[side], cast.body->links[static_cast<size_t>(cast.hands[side])].com);
      const core::Vec3 shoulder = cast.poise->point(cast.shoulders[side], {});
      s.hand_high[side] = std::max(s.hand_high[side], core::rotate(root, hand)[2] - core::rotate(root, shoulder)[2]);
    }
    for (const brain::Item& item : stage.items) {
      if (item.group != brain::Item::Group::person || !item.position) continue;
      const double far = std::hypot((*item.position)[0] - s.now.x, (*item.position)[1] - s.now.y);
      const auto [it, fresh] = s.nearest.try_emplace(item.name, far);
      if (!fresh) it->second = std::min(it->second, far);
    }
  }
}

const Exchange* ScenarioRunner::State::play(Theatre& theatre, const std::vector<std::string>& bodies, const ScenarioTurn& turn,
                                            std::vector<Seen>& seen) {
  seen.assign(theatre.robots(), {});
  for (size_t i = 0; i < seen.size(); ++i) {
    Seen& s = seen[i];
    s.from = theatre.stance(i), s.last_yaw = s.from.yaw;
    s.pelvis_home = theatre.player(i).env().batch().qpos(0)[2];
    s.falls = theatre.player(i).falls();
  }
  const uint64_t id = theatre.conductor().hear({turn.say, theatre.name(0), {}, false, false, "scenario"});
  const double begun = theatre.time();
  theatre.step();
  for (size_t i = 0; i < seen.size(); ++i) {
    const signal::VelocityCommand c = theatre.player(i).command();
    seen[i].command_after_stop = std::max({std::fabs(c.vx), std::fabs(c.vy), std::fabs(c.wz)});
  }
  look(theatre, bodies, seen);
  const double until = turn.seconds > 0 ? turn.seconds : kLongestS;
  while (theatre.time() - begun < until && (turn.seconds > 0 || theatre.conductor().busy()))
    theatre.step(), look(theatre, bodies, seen);
  if (turn.seconds == 0) {
    for (const double rest = theatre.time() + kRestS; theatre.time() < rest;) theatre.step(), look(theatre, bodies, seen);
  }
  for (size_t i = 0; i < seen.size(); ++i) seen[i].falls = theatre.player(i).falls() - seen[i].falls;
  return theatre.conductor().find(id);
}

namespace {

std::string was(const std::string& text, double value, const char* unit) {
  return text + ": it was " + core::fixed(value, 3) + " " + unit;
}

bool all_in(const Exchange* e, StepState state) {
  return e && !e->plan.empty() &&
         std::all_of(e->plan.begin(), e->plan.end(), [&](const StepView& s) { return s.state == state; });
}

std::string check_answer(const std::string& text, const std::string& word, const std::string& rest, const Exchange* e) {
  if (!e || !e->answered) return text + ": there was no answer";
  if (word == "kind") return brain::to_text(e->answer.kind) == rest ? "" : text + ": it was " + brain::to_text(e->answer.kind);
  if (word == "says") {
    for (const Spoken& spoken : e->spoken) {
      if (spoken.text.find(rest) != std::string::npos) return "";
    }
    return text + ": nothing like it was said";
  }
  if (word == "reply") return e->answer.reply.find(rest) != std::string::npos ? "" : text + ": it was '" + e->answer.reply + "'";
  if (word == "all") {
    for (const StepState state : {StepState::done, StepState::failed, StepState::stopped, StepState::refused}) {
      if (rest == to_text(state) && all_in(e, state)) return "";
    }
    std::string states;
    for (const StepView& s : e->plan)
      states += std::string(" ") + s.skill + "=" + to_text(s.state) + (s.reason.empty() ? "" : "(" + s.reason + ")");
    return text + ": they were" + states;
  }
  return "?";
}

}  // namespace

// "" when it holds. A number after `@` says which robot, the first otherwise.
std::string ScenarioRunner::State::check(const std::string& text, const Theatre& theatre, const Exchange* exchange,
                                         const std::vector<Seen>& seen) const {
  std::istringstream in(text);
  std::string word, rest;
  size_t robot = 0;
  in >> word;
  if (const size_t at = word.find('@'); at != std::string::npos) robot = std::stoul(word.substr(at + 1)), word.resize(at);
  std::getline(in >> std::ws, rest);
  if (robot >= seen.size()) return text + ": there is no such robot";
  const Seen& s = seen[robot];
  if (const std::string answer = check_answer(text, word, rest, exchange); answer != "?") return answer;
  std::istringstream values(rest);
  std::string name;
  if (word == "at" || word == "apart") std::getline(values, name, ':');
  double a = 0, b = 0;
  values >> a >> b;
  const double dx = s.now.x - s.from.x, dy = s.now.y - s.from.y, c = std::cos(s.from.yaw), n = std::sin(s.from.yaw);
  const auto near = [&](double value, const char* unit) { return std::fabs(value - a) <= b ? "" : was(text, value, unit); };
  if (word == "ahead") return near(c * dx + n * dy, "m");
  if (word == "left") return near(-n * dx + c * dy, "m");
  if (word == "turned") return near(s.turned * kDegrees, "degrees");
  if (word == "stayed") return s.furthest <= a ? "" : was(text, s.furthest, "m");
  if (word == "moved") return s.furthest >= a ? "" : was(text, s.furthest, "m");
  if (word == "halted") return s.command_after_stop < 1e-9 ? "" : was(text, s.command_after_stop, "commanded after one tick");
  if (word == "right_hand") return s.hand_high[1] >= a ? "" : was(text, s.hand_high[1], "m over the shoulder");
  if (word == "left_hand") return s.hand_high[0] >= a ? "" : was(text, s.hand_high[0], "m over the shoulder");
  if (word == "hands_down")
    return std::max(s.hand_high[0], s.hand_high[1]) < 0 ? "" : was(text, std::max(s.hand_high[0], s.hand_high[1]), "m");
  if (word == "pelvis_drop") return s.pelvis_home - s.pelvis_low >= a ? "" : was(text, s.pelvis_home - s.pelvis_low, "m");
  if (word == "at" || word == "apart") {
    const brain::Item* item = stage.find(name);
    if (!item || !item->position) return text + ": there is no such thing on the stage";
    const double far = std::hypot((*item->position)[0] - s.now.x, (*item->position)[1] - s.now.y);
    if (word == "at") return far <= a ? "" : was(text, far, "m");
    return s.nearest.contains(name) && s.nearest.at(name) >= a
               ? ""
               : was(text, s.nearest.contains(name) ? s.nearest.at(name) : far, "m");
  }
  (void)theatre;
  return text + ": there is no such check";
}

ScenarioResult ScenarioRunner::run(const Scenario& scenario) {
  ScenarioResult out;
  out.id = scenario.id;
  Theatre& theatre = state_->theatre_of(scenario.bodies);
  std::vector<Seen> seen;
  for (const ScenarioTurn& turn : scenario.turns) {
    const Exchange* exchange = state_->play(theatre, scenario.bodies, turn, seen);
    for (const std::string& check : turn.checks) {
      const std::string wrong = state_->check(check, theatre, exchange, seen);
      if (!wrong.empty()) out.failures.push_back("\"" + turn.say + "\" " + wrong);
    }
    for (size_t i = 0; i < seen.size(); ++i) {  // whatever was asked for
      if (seen[i].falls > 0) out.failures.push_back("\"" + turn.say + "\" " + theatre.name(i) + " fell");
      for (const auto& [name, far] : seen[i].nearest) {
        if (far < brain::kPersonKeep)
          out.failures.push_back("\"" + turn.say + "\" came as near to " + name + " as " + core::fixed(far, 2) + " m");
      }
    }
  }
  out.simulated = theatre.time();
  out.passed = out.failures.empty();
  return out;
}

std::vector<Scenario> read_scenarios(const std::string& path, const std::string& language) {
  toml::table root;
  try {
    root = toml::parse(core::read_file(path), path);
  } catch (const toml::parse_error& error) {
    throw core::UserError(path + ":" + std::to_string(error.source().begin.line), std::string(error.description()), "TOML");
  }
  std::vector<Scenario> out;
  const toml::array* list = root["scenario"].as_array();
  if (!list) throw core::UserError(path, "there is no [[scenario]] in it", "one or more [[scenario]] tables");
  for (const toml::node& node : *list) {
    const toml::table* table = node.as_table();
    Scenario scenario;
    scenario.language = language, scenario.where = path + ":" + std::to_string(node.source().begin.line);
    if (table) scenario.id = (*table)["id"].value_or(std::string());
    const toml::array* bodies = table ? (*table)["bodies"].as_array() : nullptr;
    const toml::array* turns = table ? (*table)["turn"].as_array() : nullptr;
    if (scenario.id.empty() || !bodies || !turns)
      throw core::UserError(scenario.where, "a scenario lacks its id, bodies or turns",
                            "id = \"…\", bodies = [\"unitree_g1\"], [[scenario.turn]]");
    for (const toml::node& body : *bodies) scenario.bodies.push_back(body.value_or(std::string()));
    for (const toml::node& entry : *turns) {
      const toml::table* t = entry.as_table();
      ScenarioTurn turn;
      if (t) turn.say = (*t)["say"].value_or(std::string()), turn.seconds = (*t)["seconds"].value_or(0.0);
      const toml::array* checks = t ? (*t)["check"].as_array() : nullptr;
      if (turn.say.empty() || !checks)
        throw core::UserError(scenario.where, "a turn says nothing or checks nothing", "say = \"wave\", check = [\"kind plan\"]");
      for (const toml::node& check : *checks) turn.checks.push_back(check.value_or(std::string()));
      scenario.turns.push_back(std::move(turn));
    }
    out.push_back(std::move(scenario));
  }
  return out;
}

}  // namespace manybody::conduct
