// manybody demo: a real humanoid walking in the page at once, with the policy shipped for it.

#include <memory>

#include "body/library.h"
#include "cli.h"
#include "find.h"
#include "show.h"
#include "verbs.h"

namespace manybody::apps {
namespace {

struct DemoVerb {
  std::string body = "unitree_g1";
  ShowOptions show;
  Settings settings;

  core::Fields fields() {
    core::Fields f;
    f.text("body", body, "which body walks");
    show.describe(f);
    return f;
  }
};

}  // namespace

void add_demo(Command& program) {
  auto verb = std::make_shared<DemoVerb>();
  Command& command = program.verb("demo", "show a walking robot in the page: steer it, push it, let another one learn");
  command.settings(verb->fields(), verb->settings);
  command.footer("Example:\n  manybody demo --body booster_t1 --port 9000");
  command.on_run([verb] {
    core::Fields fields = verb->fields();
    verb->settings.apply(fields);
    const std::string name = body::load_body(verb->body).name;
    const std::string folder = shipped_policies(name).empty() ? "" : find_policy("", name);
    return run_show(verb->show, {verb->body, folder, "flat", "full", 1});
  });
}

}  // namespace manybody::apps
