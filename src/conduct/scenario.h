// Conversations with simulated robots, from text to finished motion, judged by what the world looks like afterwards.
//
// Reads: tests/scenarios/*.toml (bodies, what is said, what has to be true), the stage, shipped policies. Writes: what held and what not.
// Method: each sentence is carried out to its end or for `seconds`; every tick the world is looked at (place, heading, pelvis, wrists,
// distance to people). Checks are short texts, "walked 1.0 0.2": docs/method/brain.md, "Scenarios". Deterministic.
// Errors: core::UserError with file and line for a scenario that is none; a check that does not hold is a result, not an error.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "body/body.h"
#include "brain/scene.h"

namespace manybody::conduct {

struct ScenarioTurn {
  std::string say;
  double seconds = 0;  // 0: until everything asked for has ended
  std::vector<std::string> checks;
};

struct Scenario {
  std::string id, language, where;  // where: file and line
  std::vector<std::string> bodies;  // the first is spoken to
  std::vector<ScenarioTurn> turns;
};
std::vector<Scenario> read_scenarios(const std::string& path, const std::string& language);

struct ScenarioResult {
  std::string id;
  bool passed = true;
  std::vector<std::string> failures;  // "walked 1.0 0.2: it was 0.31"
  double simulated = 0;               // s
};

// Bodies and policies are loaded once and kept.
class ScenarioRunner {
 public:
  explicit ScenarioRunner(brain::Scene stage);
  ~ScenarioRunner();
  ScenarioResult run(const Scenario& scenario);
  static bool is_installed(const Scenario& scenario);  // all its bodies are here

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace manybody::conduct
