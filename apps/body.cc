// manybody body: the bodies there are, what one is made of, what is wrong with a file.

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "body/library.h"
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

Json joint_json(const body::Joint& joint) {
  return {{"name", joint.name}, {"role", body::to_text(joint.role)}, {"side", body::to_text(joint.side)}, {"actuated", joint.actuated},
          {"low", joint.low}, {"high", joint.high}, {"home", joint.home}, {"kp", joint.kp}, {"kd", joint.kd},
          {"torque_max", joint.torque_max}, {"velocity_max", joint.velocity_max}, {"armature", joint.armature},
          {"damping", joint.damping}, {"friction", joint.friction}, {"mirror", joint.mirror}, {"mirror_sign", joint.mirror_sign},
          {"axis_home", joint.axis_home}};
}

Json body_json(const body::Body& body) {
  Json out = {{"name", body.name}, {"title", body.title}, {"source", body.source}, {"mass", body.mass}, {"height", body.height},
              {"leg_length", body.leg_length}, {"root_height_home", body.root_height_home}, {"com_home", body.com_home}};
  for (const body::Link& link : body.links) out["links"].push_back({{"name", link.name}, {"parent", link.parent}, {"mass", link.mass}});
  for (const body::Joint& joint : body.joints) out["joints"].push_back(joint_json(joint));
  for (const body::Leg& leg : body.legs) {
    out["legs"].push_back({{"side", body::to_text(leg.side)}, {"joints", leg.joints}, {"foot_link", leg.foot_link}, {"geoms", leg.geoms},
                           {"sole_length", leg.length}, {"sole_width", leg.width}, {"sole_home", leg.sole_home}});
  }
  out["imu"] = {{"link", body.imu.link}, {"site", body.imu.site}, {"position", body.imu.position}};
  out["notes"] = body.notes;
  return out;
}

int show_one(const BodyVerb& verb) {
  const body::Body body = body::load_body(verb.name);
  if (verb.json) {
    std::puts(body_json(body).dump(2).c_str());
    return 0;
  }
  std::printf("%s (%s)\n  from         %s\n  mass         %s kg\n  height       %s m, legs %s m\n  links        %zu\n  joints       %zu, %zu of them driven\n",
              body.title.c_str(), body.name.c_str(), body.source.c_str(), fixed(body.mass, 2).c_str(), fixed(body.height, 2).c_str(),
              fixed(body.leg_length, 3).c_str(), body.links.size(), body.joints.size(), body.actuated.size());
  for (const body::Leg& leg : body.legs) {
    std::printf("  %-12s sole %s x %s m on %s\n", (std::string(body::to_text(leg.side)) + " foot").c_str(), fixed(leg.length, 3).c_str(),
                fixed(leg.width, 3).c_str(), body.links[static_cast<size_t>(leg.foot_link)].name.c_str());
  }
  std::printf("  imu          on %s\n\n", body.links[static_cast<size_t>(body.imu.link)].name.c_str());
  std::vector<std::vector<std::string>> rows;
  for (const body::Joint& j : body.joints) {
    rows.push_back({j.name, body::to_text(j.role), body::to_text(j.side), fixed(j.low, 2), fixed(j.high, 2), fixed(j.home, 3), fixed(j.kp, 1),
                    fixed(j.kd, 2), fixed(j.torque_max, 1), fixed(j.armature, 4), j.actuated ? "" : "not driven"});
  }
  std::fputs(core::table_text({"joint", "role", "side", "low", "high", "home", "kp", "kd", "N m", "kg m²", ""}, rows).c_str(), stdout);
  if (!body.notes.empty()) std::puts("\nAssumed, computed or replaced:");
  for (const std::string& note : body.notes) std::printf("  - %s\n", note.c_str());
  return 0;
}

const char* to_text(body::Finding::Level level) {
  switch (level) {
    case body::Finding::Level::note: return "note";
    case body::Finding::Level::warning: return "warning";
    case body::Finding::Level::error: return "error";
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
    out.push_back({{"level", to_text(f.level)}, {"file", f.file}, {"line", f.line}, {"element", f.element}, {"problem", f.problem}, {"expected", f.expected}});
    if (verb.json) continue;
    const std::string place = f.line > 0 ? f.file + ":" + std::to_string(f.line) : f.file;
    const std::string element = f.element.empty() ? "" : f.element + " ";
    const std::string expected = f.expected.empty() ? "" : f.expected.ends_with('?') ? "; " + f.expected : " (expected " + f.expected + ")";
    std::printf("%s: %s: %s%s%s\n", place.c_str(), to_text(f.level), element.c_str(), f.problem.c_str(), expected.c_str());
  }
  if (verb.json) std::puts(Json{{"file", verb.file}, {"errors", errors}, {"warnings", warnings}, {"findings", out}}.dump(2).c_str());
  else std::printf("%s: %d errors, %d warnings\n", verb.file.c_str(), errors, warnings);
  return errors ? 1 : 0;
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
