// manybody bench scenarios: conversations with simulated robots, from text to finished motion, judged by the world's state.

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "brain/plan_json.h"
#include "cli.h"
#include "conduct/scenario.h"
#include "core/clock.h"
#include "core/files.h"
#include "core/text.h"
#include "verbs.h"

namespace manybody::apps {
namespace {

struct ScenarioBench {
  bool json = false;
  std::string only, folder;
};

int run_scenario_bench(const ScenarioBench& verb) {
  const std::string folder = verb.folder.empty() ? core::home_directory() + "/tests/scenarios" : verb.folder;
  const std::string stage = folder + "/stage.json";
  conduct::ScenarioRunner runner(brain::read_scene(core::read_file(stage), stage));
  nlohmann::ordered_json table = nlohmann::ordered_json::array();
  std::vector<std::vector<std::string>> rows;
  int passed = 0, all = 0, skipped = 0;
  double simulated = 0;
  const double start = core::steady_seconds();
  for (const std::string language : {"en", "zh"}) {
    for (const conduct::Scenario& scenario : conduct::read_scenarios(folder + "/" + language + ".toml", language)) {
      if (!verb.only.empty() && scenario.id.find(verb.only) == std::string::npos) continue;
      if (!conduct::ScenarioRunner::is_installed(scenario)) {
        ++skipped;
        continue;
      }
      const conduct::ScenarioResult result = runner.run(scenario);
      ++all, passed += result.passed, simulated += result.simulated;
      std::string bodies, why;
      for (const std::string& body : scenario.bodies) bodies += (bodies.empty() ? "" : "+") + body;
      for (const std::string& failure : result.failures) why += (why.empty() ? "" : "; ") + failure;
      rows.push_back({language, scenario.id, bodies, result.passed ? "yes" : "no", why});
      table.push_back({{"language", language},
                       {"id", scenario.id},
                       {"bodies", scenario.bodies},
                       {"passed", result.passed},
                       {"seconds", result.simulated},
                       {"failures", result.failures}});
    }
  }
  const double wall = core::steady_seconds() - start;
  if (verb.json) {
    const nlohmann::ordered_json out = {{"scenarios", all},         {"passed", passed}, {"skipped", skipped},
                                        {"simulated_s", simulated}, {"wall_s", wall},   {"table", table}};
    std::puts(out.dump(2).c_str());
  } else {
    std::fputs(core::table_text({"language", "scenario", "bodies", "passed", "what did not hold"}, rows).c_str(), stdout);
    std::printf("%d of %d passed (%d skipped: their bodies are not installed), %s s simulated in %s s\n", passed, all, skipped,
                core::fixed(simulated, 0).c_str(), core::fixed(wall, 1).c_str());
  }
  return passed == all ? 0 : 1;
}

}  // namespace

void add_scenario_bench(Command& bench) {
  auto verb = std::make_shared<ScenarioBench>();
  Command& command = bench.verb("scenarios", "conversations with simulated robots, from text to finished motion");
  command.flag("json", verb->json, "one JSON object on stdout");
  command.option("only", verb->only, "those whose name holds this");
  command.option("folder", verb->folder, "of en.toml, zh.toml and stage.json; empty: tests/scenarios");
  command.on_run([verb] { return run_scenario_bench(*verb); });
}

}  // namespace manybody::apps
