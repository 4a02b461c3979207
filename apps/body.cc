// manybody body: the bodies there are, what one is made of, what is wrong with a file.

#include <cmath>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "body/actuator_sheet.h"
#include "body/library.h"
#include "body/sample.h"
#include "body/statistics.h"
#include "cli.h"
#include "core/error.h"
#include "core/text.h"
#include "find.h"
#include "verbs.h"

namespace manybody::apps {
namespace {

using core::fixed;
using Json = nlohmann::ordered_json;

struct BodyVerb {
  std::string name, file;
  bool json = false, statistics = false;
  int random = 200;
  Settings settings;

  core::Fields fields() {
    core::Fields f;
    f.integer("random", random, "sampled bodies in the statistics", {0, 100000});
    return f;
  }
};

std::string number(double v) { return std::isnan(v) ? "-" : fixed(v, std::abs(v) >= 100 ? 0 : std::abs(v) >= 10 ? 1 : 3); }

// Measures of every body that is here, and the spread of sampled ones beside that of the models.
int list_statistics(const BodyVerb& verb) {
  std::vector<std::vector<body::Measure>> models, sampled;
  std::vector<std::pair<body::Entry, std::vector<body::Measure>>> all;
  for (const body::Entry& entry : body::list_bodies()) {
    if (!entry.installed) continue;
    all.emplace_back(entry, body::measure(body::load_body(entry.name)));
    if (entry.kind == body::Kind::model) models.push_back(all.back().second);
  }
  for (int seed = 1; seed <= verb.random; ++seed)
    sampled.push_back(body::measure(body::sample_humanoid(static_cast<uint64_t>(seed))));
  const auto real = body::spread_of(models), drawn = body::spread_of(sampled);
  Json out;
  std::vector<std::vector<std::string>> rows;
  for (const auto& [entry, measures] : all) {
    Json one = {{"name", entry.name}, {"kind", body::to_text(entry.kind)}};
    for (const body::Measure& m : measures) one[m.name] = std::isnan(m.value) ? Json() : Json(m.value);
    out["bodies"].push_back(one);
    auto at = [&](const char* name) {
      for (const body::Measure& m : measures)
        if (std::string_view(m.name) == name) return number(m.value);
      return std::string("-");
    };
    rows.push_back({entry.name, body::to_text(entry.kind), at("height"), at("mass"), at("leg length L"), at("joints driven"),
                    at("thigh / H"), at("shank / H"), at("sole length / L"), at("mass of the legs / m"), at("knee kp / m g L"),
                    at("knee torque / m g L"), at("ankle roll torque / m g L")});
  }
  std::vector<std::vector<std::string>> spreads;
  for (size_t k = 0; k < real.size(); ++k) {
    std::vector<std::string> row = {real[k].name, real[k].unit, number(real[k].low), number(real[k].median),
                                    number(real[k].high)};
    Json one = {{"measure", real[k].name}, {"unit", real[k].unit}, {"models", {real[k].low, real[k].median, real[k].high}}};
    if (k < drawn.size()) {
      for (double v : {drawn[k].low, drawn[k].median, drawn[k].high}) row.push_back(number(v));
      one["sampled"] = {drawn[k].low, drawn[k].median, drawn[k].high};
    }
    out["spread"].push_back(one);
    spreads.push_back(row);
  }
  if (verb.json) {
    std::puts(out.dump(2).c_str());
    return 0;
  }
  std::fputs(core::table_text({"name", "kind", "H m", "m kg", "L m", "driven", "thigh/H", "shank/H", "sole/L", "legs/m",
                               "knee kp", "knee N m", "roll N m"},
                              rows)
                 .c_str(),
             stdout);
  std::printf("\nkp and N m over m g L. Spread (10 %%, median, 90 %%) of %zu models and of %d sampled bodies:\n\n", models.size(),
              verb.random);
  std::vector<std::string> head = {"measure", "unit", "10 %", "models", "90 %"};
  if (!drawn.empty()) head.insert(head.end(), {"10 %", "sampled", "90 %"});
  std::fputs(core::table_text(head, spreads).c_str(), stdout);
  return 0;
}

int list_all(const BodyVerb& verb) {
  if (verb.statistics) return list_statistics(verb);
  Json out = Json::array();
  std::vector<std::vector<std::string>> rows;
  for (const body::Entry& entry : body::list_bodies()) {
    std::string policies;
    for (const std::string& policy : shipped_policies(entry.name)) policies += (policies.empty() ? "" : ", ") + policy;
    out.push_back({{"name", entry.name},
                   {"title", entry.title},
                   {"title_zh", entry.title_zh},
                   {"kind", body::to_text(entry.kind)},
                   {"joints", entry.driven},
                   {"installed", entry.installed},
                   {"folder", entry.folder},
                   {"source", entry.source},
                   {"policies", shipped_policies(entry.name)}});
    rows.push_back({entry.name, entry.title, entry.title_zh, body::to_text(entry.kind),
                    entry.driven ? std::to_string(entry.driven) : "-",
                    entry.installed ? "yes" : "no: run 'make setup' or 'make robots'", policies.empty() ? "-" : policies});
  }
  if (verb.json) std::puts(out.dump(2).c_str());
  else std::fputs(core::table_text({"name", "title", "", "kind", "joints", "installed", "policies"}, rows).c_str(), stdout);
  return 0;
}

Json figure_json(const body::Figure& f) {
  return {{"name", f.name}, {"value", f.value}, {"unit", f.unit}, {"source", f.source}, {"guess", f.guess}};
}

Json joint_json(const body::Joint& joint) {
  return {{"name", joint.name},
          {"role", body::to_text(joint.role)},
          {"side", body::to_text(joint.side)},
          {"actuated", joint.actuated},
          {"low", joint.low},
          {"high", joint.high},
          {"home", joint.home},
          {"kp", joint.kp},
          {"kd", joint.kd},
          {"torque_max", joint.torque_max},
          {"velocity_max", joint.velocity_max},
          {"armature", joint.armature},
          {"damping", joint.damping},
          {"friction", joint.friction},
          {"mirror", joint.mirror},
          {"mirror_sign", joint.mirror_sign},
          {"axis_home", joint.axis_home},
          {"actuator", joint.actuator}};
}

Json actuator_json(const body::ActuatorModel& a, int points) {
  Json out = {{"name", a.name},
              {"title", a.title},
              {"kind", body::to_text(a.kind)},
              {"ratio", a.ratio},
              {"stall_torque", a.stall_torque()},
              {"continuous_torque", a.continuous_torque()},
              {"no_load_speed", a.no_load_speed()},
              {"reflected_inertia", a.reflected_inertia()},
              {"efficiency", a.efficiency},
              {"friction", a.friction},
              {"viscous", a.viscous},
              {"backlash", a.backlash},
              {"ripple", a.ripple}};
  for (const body::CurvePoint& p : body::torque_speed_curve(a, 0, points))
    out["curve"].push_back({{"speed", p.speed}, {"peak", p.peak}, {"continuous", p.continuous}});
  for (const body::Figure& f : a.figures) out["figures"].push_back(figure_json(f));
  return out;
}

Json body_json(const body::Body& body) {
  Json out = {{"name", body.name},
              {"title", body.title},
              {"title_zh", body.title_zh},
              {"kind", body::to_text(body.kind)},
              {"source", body.source},
              {"mass", body.mass},
              {"height", body.height},
              {"leg_length", body.leg_length},
              {"root_height_home", body.root_height_home},
              {"com_home", body.com_home}};
  for (const body::Link& link : body.links)
    out["links"].push_back({{"name", link.name}, {"parent", link.parent}, {"mass", link.mass}});
  for (const body::Joint& joint : body.joints) out["joints"].push_back(joint_json(joint));
  for (const body::Leg& leg : body.legs) {
    out["legs"].push_back({{"side", body::to_text(leg.side)},
                           {"joints", leg.joints},
                           {"foot_link", leg.foot_link},
                           {"geoms", leg.geoms},
                           {"sole_length", leg.length},
                           {"sole_width", leg.width},
                           {"sole_home", leg.sole_home}});
  }
  out["imu"] = {{"link", body.imu.link}, {"site", body.imu.site}, {"position", body.imu.position}};
  out["figures"] = Json::array();
  for (const body::Figure& f : body.figures) out["figures"].push_back(figure_json(f));
  out["actuators"] = Json::array();
  for (const body::ActuatorModel& a : body.actuators) out["actuators"].push_back(actuator_json(a, 17));
  for (const body::Measure& m : body::measure(body)) out["measures"][m.name] = std::isnan(m.value) ? Json() : Json(m.value);
  out["notes"] = body.notes;
  return out;
}

std::vector<std::string> actuator_row(const body::ActuatorModel& a) {
  return {a.name,
          body::to_text(a.kind),
          fixed(a.ratio, 1),
          fixed(a.stall_torque(), 1),
          fixed(a.continuous_torque(), 1),
          fixed(a.no_load_speed(), 2),
          fixed(a.reflected_inertia(), 4)};
}
const std::vector<std::string> kActuatorHead = {"actuator", "kind", "ratio", "stall N m", "held N m", "rad/s", "kg m²"};

std::string shortest(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", v);
  return text;
}

std::string figures_text(const std::vector<body::Figure>& figures) {
  std::vector<std::vector<std::string>> rows;
  for (const body::Figure& f : figures)
    rows.push_back({f.name, shortest(f.value), f.unit, f.guess ? "guess" : "source", f.source});
  return core::table_text({"figure", "value", "unit", "", "where from, or why"}, rows);
}

int show_one(const BodyVerb& verb) {
  const body::Body body = body::load_body(verb.name);
  if (verb.json) {
    std::puts(body_json(body).dump(2).c_str());
    return 0;
  }
  std::printf(
      "%s %s(%s)\n  kind         %s\n  from         %s\n  mass         %s kg\n  height       %s m, legs %s m\n  links        "
      "%zu\n  joints       %zu, %zu of them driven\n",
      body.title.c_str(), body.title_zh.empty() ? "" : (body.title_zh + " ").c_str(), body.name.c_str(), body::to_text(body.kind),
      body.source.c_str(), fixed(body.mass, 2).c_str(), fixed(body.height, 2).c_str(), fixed(body.leg_length, 3).c_str(),
      body.links.size(), body.joints.size(), body.actuated.size());
  for (const body::Leg& leg : body.legs) {
    std::printf("  %-12s sole %s x %s m on %s\n", (std::string(body::to_text(leg.side)) + " foot").c_str(),
                fixed(leg.length, 3).c_str(), fixed(leg.width, 3).c_str(),
                body.links[static_cast<size_t>(leg.foot_link)].name.c_str());
  }
  std::printf("  imu          on %s\n\n", body.links[static_cast<size_t>(body.imu.link)].name.c_str());
  std::vector<std::vector<std::string>> rows;
  for (const body::Joint& j : body.joints) {
    rows.push_back({j.name, body::to_text(j.role), body::to_text(j.side), fixed(j.low, 2), fixed(j.high, 2), fixed(j.home, 3),
                    fixed(j.kp, 1), fixed(j.kd, 2), fixed(j.torque_max, 1), fixed(j.armature, 4),
                    j.actuated ? j.actuator : "not driven"});
  }
  std::fputs(
      core::table_text({"joint", "role", "side", "low", "high", "home", "kp", "kd", "N m", "kg m²", "actuator"}, rows).c_str(),
      stdout);
  if (!body.actuators.empty()) {
    rows.clear();
    for (const body::ActuatorModel& a : body.actuators) rows.push_back(actuator_row(a));
    std::printf("\n%s", core::table_text(kActuatorHead, rows).c_str());
  }
  if (!body.figures.empty()) std::printf("\n%s", figures_text(body.figures).c_str());
  if (!body.notes.empty()) std::puts("\nAssumed, computed or replaced:");
  for (const std::string& note : body.notes) std::printf("  - %s\n", note.c_str());
  return 0;
}

int show_actuator(const BodyVerb& verb) {
  if (verb.name.empty()) {
    Json out = Json::array();
    std::vector<std::vector<std::string>> rows;
    for (const std::string& name : body::list_actuators()) {
      const body::ActuatorModel a = body::load_actuator(name);
      out.push_back(actuator_json(a, 2));
      rows.push_back(actuator_row(a));
    }
    if (verb.json) std::puts(out.dump(2).c_str());
    else std::fputs(core::table_text(kActuatorHead, rows).c_str(), stdout);
    return 0;
  }
  const body::ActuatorModel a = body::load_actuator(verb.name);
  if (verb.json) {
    std::puts(actuator_json(a, 41).dump(2).c_str());
    return 0;
  }
  std::printf("%s\n\n%s\n", a.title.c_str(), core::table_text(kActuatorHead, {actuator_row(a)}).c_str());
  std::vector<std::vector<std::string>> rows;
  for (const body::CurvePoint& p : body::torque_speed_curve(a, 0, 11))
    rows.push_back({fixed(p.speed, 2), fixed(p.peak, 2), fixed(p.continuous, 2)});
  std::printf("%s\n%s", core::table_text({"rad/s", "peak N m", "held N m"}, rows).c_str(), figures_text(a.figures).c_str());
  return 0;
}

const char* to_text(body::Finding::Level level) {
  switch (level) {
    case body::Finding::Level::note:
      return "note";
    case body::Finding::Level::warning:
      return "warning";
    case body::Finding::Level::error:
      return "error";
  }
  return "";
}

int check_one(const BodyVerb& verb) {
  const std::vector<body::Finding> findings = body::check_file(verb.file);
  int errors = 0, warnings = 0;
  Json out = Json::array();
  for (const body::Finding& f : findings) {
    errors += f.level == body::Finding::Level::error;
    warnings += f.level == body::Finding::Level::warning;
    out.push_back({{"level", to_text(f.level)},
                   {"file", f.file},
                   {"line", f.line},
                   {"element", f.element},
                   {"problem", f.problem},
                   {"expected", f.expected}});
    if (verb.json) continue;
    const std::string place = f.line > 0 ? f.file + ":" + std::to_string(f.line) : f.file;
    const std::string element = f.element.empty() ? "" : f.element + " ";
    const std::string expected = f.expected.empty()          ? ""
                                 : f.expected.ends_with('?') ? "; " + f.expected
                                                             : " (expected " + f.expected + ")";
    std::printf("%s: %s: %s%s%s\n", place.c_str(), to_text(f.level), element.c_str(), f.problem.c_str(), expected.c_str());
  }
  if (verb.json)
    std::puts(Json{{"file", verb.file}, {"errors", errors}, {"warnings", warnings}, {"findings", out}}.dump(2).c_str());
  else std::printf("%s: %d errors, %d warnings\n", verb.file.c_str(), errors, warnings);
  return errors ? 1 : 0;
}

}  // namespace

void add_body(Command& program) {
  auto verb = std::make_shared<BodyVerb>();
  Command& bodies = program.verb("body", "the bodies there are, what one is made of, what is wrong with a file");

  Command& list = bodies.verb("list", "every body by name");
  list.flag("json", verb->json, "one JSON array on stdout");
  list.flag("statistics", verb->statistics, "measures of every body, and the spread of models and sampled bodies side by side");
  list.settings(verb->fields(), verb->settings);
  list.on_run([verb] {
    core::Fields fields = verb->fields();
    verb->settings.apply(fields);
    return list_all(*verb);
  });

  Command& show = bodies.verb("show", "joints with roles, ranges, gains and limits; feet; everything assumed");
  show.positional("BODY", verb->name, "a name of 'manybody body list', random:SEED, or an .xml, .urdf or robot.toml file");
  show.flag("json", verb->json, "one JSON object on stdout");
  show.on_run([verb] { return show_one(*verb); });

  Command& actuator = bodies.verb("actuator", "data sheets of actuators: figures with their sources, torque over speed");
  actuator.positional("NAME", verb->name, "a data sheet of data/actuators, or a .toml file; none: all of them", false);
  actuator.flag("json", verb->json, "one JSON object on stdout");
  actuator.on_run([verb] { return show_actuator(*verb); });

  Command& check = bodies.verb("check", "everything wrong with a robot's file; status 1 when it has errors");
  check.positional("FILE", verb->file, "an .xml, .urdf or robot.toml file");
  check.flag("json", verb->json, "one JSON object on stdout");
  check.on_run([verb] { return check_one(*verb); });
}

}  // namespace manybody::apps
