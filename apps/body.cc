// manybody body: the bodies there are, what one is made of, what is wrong with a file.

#include <cmath>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "body/actuator_sheet.h"
#include "body/describe.h"
#include "body/library.h"
#include "body/sample.h"
#include "body/statistics.h"
#include "cli.h"
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

int show_one(const BodyVerb& verb) {
  const body::Body body = body::load_body(verb.name);
  const std::string text = verb.json ? body::describe_json(body) : body::describe(body);
  std::printf("%s%s", text.c_str(), text.ends_with('\n') ? "" : "\n");
  return 0;
}

int check_one(const BodyVerb& verb) {
  const std::vector<body::Finding> findings = body::check_file(verb.file);
  const std::string text = verb.json ? body::findings_json(verb.file, findings) : body::findings_text(verb.file, findings);
  std::printf("%s%s", text.c_str(), text.ends_with('\n') ? "" : "\n");
  return body::has_errors(findings) ? 1 : 0;
}

int show_actuator(const BodyVerb& verb) {
  std::string text;
  if (verb.name.empty()) {
    std::vector<body::ActuatorModel> all;
    for (const std::string& name : body::list_actuators()) all.push_back(body::load_actuator(name));
    text = verb.json ? body::actuators_json(all) : body::actuators_text(all);
  } else {
    const body::ActuatorModel one = body::load_actuator(verb.name);
    text = verb.json ? body::describe_json(one) : body::describe(one);
  }
  std::fputs(text.c_str(), stdout);
  return 0;
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
  actuator.flag("json", verb->json, "JSON on stdout");
  actuator.on_run([verb] { return show_actuator(*verb); });

  Command& check = bodies.verb("check", "everything wrong with a robot's file; status 1 when it has errors");
  check.positional("FILE", verb->file, "an .xml, .urdf or robot.toml file");
  check.flag("json", verb->json, "one JSON object on stdout");
  check.on_run([verb] { return check_one(*verb); });
}

}  // namespace manybody::apps
