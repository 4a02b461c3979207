// manybody body: the bodies there are, what one is made of, what is wrong with a file.

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "body/describe.h"
#include "body/library.h"
#include "cli.h"
#include "core/text.h"
#include "find.h"
#include "verbs.h"

namespace manybody::apps {
namespace {

using Json = nlohmann::ordered_json;

struct BodyVerb {
  std::string name, file;
  bool json = false;
};

int list_all(const BodyVerb& verb) {
  Json out = Json::array();
  std::vector<std::vector<std::string>> rows;
  for (const body::Entry& entry : body::list_bodies()) {
    std::string policies;
    for (const std::string& policy : shipped_policies(entry.name)) policies += (policies.empty() ? "" : ", ") + policy;
    out.push_back({{"name", entry.name}, {"title", entry.title}, {"installed", entry.installed}, {"folder", entry.folder},
                   {"source", entry.source}, {"policies", shipped_policies(entry.name)}});
    rows.push_back({entry.name, entry.title, entry.installed ? "yes" : "no: run 'make setup'", policies.empty() ? "-" : policies});
  }
  if (verb.json) std::puts(out.dump(2).c_str());
  else std::fputs(core::table_text({"name", "title", "installed", "policies"}, rows).c_str(), stdout);
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

}  // namespace

void add_body(Command& program) {
  auto verb = std::make_shared<BodyVerb>();
  Command& bodies = program.verb("body", "the bodies there are, what one is made of, what is wrong with a file");

  Command& list = bodies.verb("list", "every body by name");
  list.flag("json", verb->json, "one JSON array on stdout");
  list.on_run([verb] { return list_all(*verb); });

  Command& show = bodies.verb("show", "joints with roles, ranges, gains and limits; feet; everything assumed");
  show.positional("BODY", verb->name, "a name of 'manybody body list', or an .xml or .urdf file");
  show.flag("json", verb->json, "one JSON object on stdout");
  show.on_run([verb] { return show_one(*verb); });

  Command& check = bodies.verb("check", "everything wrong with a robot's file; status 1 when it has errors");
  check.positional("FILE", verb->file, "an .xml, .urdf or robot.toml file");
  check.flag("json", verb->json, "one JSON object on stdout");
  check.on_run([verb] { return check_one(*verb); });
}

}  // namespace manybody::apps
