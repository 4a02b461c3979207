// manybody demo: a stage full of walking humanoids in the page at once, or one of them alone (--body).

#include <algorithm>
#include <memory>
#include <sstream>

#include "body/library.h"
#include "cli.h"
#include "core/error.h"
#include "core/text.h"
#include "learn/company.h"
#include "show.h"
#include "show_bodies.h"
#include "verbs.h"

namespace manybody::apps {
namespace {

struct DemoVerb {
  std::string body, bodies;
  ShowOptions show;
  Settings settings;

  core::Fields fields() {
    core::Fields f;
    f.text("body", body, "one body alone, a name or a file; empty: the stage");
    f.text("bodies", bodies, "who is on the stage, names with commas between them; empty: ten different ones");
    show.describe(f);
    return f;
  }
};

// Wrong names are told before the page opens.
std::vector<std::string> company_of(const std::string& list) {
  std::vector<std::string> company, known;
  for (const body::Entry& entry : body::list_bodies())
    if (entry.installed) known.push_back(entry.name);
  std::istringstream names(list);
  for (std::string name; std::getline(names, name, ',');) {
    const bool is_file = name.find_first_of("./:") != std::string::npos;
    if (!is_file && std::find(known.begin(), known.end(), name) == known.end()) {
      const std::string hint = core::near_match_hint(name, known);
      throw core::UserError("--bodies", "there is no body '" + name + "' here",
                            hint.empty() ? "names of 'manybody body list'" : hint);
    }
    company.push_back(name);
  }
  if (company.size() > learn::kMostRobots) {
    throw core::UserError("--bodies", std::to_string(company.size()) + " robots",
                          "at most " + std::to_string(learn::kMostRobots));
  }
  return company;
}

}  // namespace

void add_demo(Command& program) {
  auto verb = std::make_shared<DemoVerb>();
  Command& command =
      program.verb("demo", "walking robots in the page, all at once: steer them, push them, let another one learn");
  command.settings(verb->fields(), verb->settings);
  command.footer(
      "Examples:\n  manybody demo\n  manybody demo --bodies unitree_g1,xiao_ju,xiao_lv\n  manybody demo --body booster_t1 --port "
      "9000");
  command.on_run([verb] {
    core::Fields fields = verb->fields();
    verb->settings.apply(fields);
    ShowWhat what;
    what.collisions = "full";
    if (verb->body.empty()) {
      what.company = company_of(verb->bodies);
    } else {
      what.body = verb->body;
      what.policy = folder_of("", body::load_body(verb->body).name);
    }
    return run_show(verb->show, what);
  });
}

}  // namespace manybody::apps
