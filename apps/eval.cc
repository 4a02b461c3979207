// manybody eval: how well a policy walks a body, measured the same way for every body.

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "body/library.h"
#include "cli.h"
#include "core/text.h"
#include "find.h"
#include "learn/evaluate.h"
#include "policy/policy.h"
#include "verbs.h"

namespace manybody::apps {
namespace {

struct EvalVerb {
  std::string policy, body, agent = "policy";
  learn::EvalOptions options;
  Settings settings;
  bool json = false;

  core::Fields fields() {
    core::Fields f;
    f.text("policy", policy, "a shipped policy's name, a bundle's or run's folder, or latest; empty: the one shipped for the body");
    f.text("body", body, "empty: the policy's own");
    f.text("agent", agent, "who acts: the policy, or a sanity check without one", {"policy", "zero", "random"});
    options.describe(f);
    return f;
  }
};

struct Judged {
  std::string policy, body;
  int64_t steps = 0;
  learn::EvalResult result;
};

Judged judge(const EvalVerb& verb) {
  Judged out;
  if (verb.agent != "policy") {
    const body::Body body = body::load_body(verb.body.empty() ? "unitree_g1" : verb.body);
    const learn::Agent agent = verb.agent == "zero" ? learn::zero_agent() : learn::random_agent(verb.options.seed);
    out.policy = verb.agent;
    out.body = body.name;
    out.result = learn::evaluate(body, task::WalkTaskConfig{}, agent, verb.options);
    return out;
  }
  // Without a policy's name the body's name is needed to find one.
  const std::string named = verb.policy.empty() ? body::load_body(verb.body.empty() ? "unitree_g1" : verb.body).name : verb.body;
  const std::string folder = find_policy(verb.policy, named);
  policy::Policy policy = policy::Policy(policy::load_bundle(folder), verb.options.episodes);
  const body::Body body = body::load_body(verb.body.empty() ? policy.info().body : verb.body);
  const task::WalkTaskConfig config = learn::bundle_config(policy.bundle(), folder, body);
  out.policy = folder;
  out.body = body.name;
  out.steps = policy.info().steps;
  out.result = learn::evaluate(body, config, learn::policy_agent(policy), verb.options);
  return out;
}

void print_json(const Judged& judged, const learn::EvalOptions& options) {
  const learn::EvalResult& r = judged.result;
  const nlohmann::ordered_json out = {
      {"body", judged.body}, {"policy", judged.policy}, {"trained_steps", judged.steps}, {"episodes", options.episodes},
      {"seconds", options.seconds}, {"seed", options.seed}, {"terrain", options.terrain}, {"physics", options.physics}, {"survival", r.survival},
      {"velocity_rmse_mps", r.velocity_rmse_mps}, {"yaw_rate_rmse_radps", r.yaw_rate_rmse_radps}, {"foot_slip_mps", r.foot_slip_mps},
      {"foot_clearance", r.foot_clearance}, {"foot_clearance_peak", r.foot_clearance_peak}, {"action_rate", r.action_rate},
      {"torque_share", r.torque_share}, {"cost_of_transport", r.cost_of_transport}, {"stand_speed_mps", r.stand_speed_mps},
      {"control_steps_per_s", r.control_steps_per_s}, {"state_hash", core::hex_text(r.state_hash)}};
  std::puts(out.dump(2).c_str());
}

void print_table(const Judged& judged, const learn::EvalOptions& options) {
  using core::fixed;
  const learn::EvalResult& r = judged.result;
  std::printf("%s on %s: %d episodes of %s s on %s ground\n\n", judged.policy.c_str(), judged.body.c_str(), options.episodes,
              fixed(options.seconds, 0).c_str(), options.terrain.c_str());
  std::fputs(core::table_text({"measure", "value", "unit"},
                              {{"survival", fixed(100 * r.survival, 1), "% of episodes"},
                               {"velocity error", fixed(r.velocity_rmse_mps, 3), "m/s, RMS"},
                               {"turning error", fixed(r.yaw_rate_rmse_radps, 3), "rad/s, RMS"},
                               {"foot slip in stance", fixed(r.foot_slip_mps, 3), "m/s"},
                               {"foot clearance in swing", fixed(100 * r.foot_clearance, 1), "% of leg length, mean"},
                               {"highest point of a swing", fixed(100 * r.foot_clearance_peak, 1), "% of leg length, mean"},
                               {"change of targets", fixed(r.action_rate, 4), "rad a tick, RMS"},
                               {"torque", fixed(100 * r.torque_share, 1), "% of limits, RMS"},
                               {"cost of transport", fixed(r.cost_of_transport, 2), ""},
                               {"speed while standing", fixed(r.stand_speed_mps, 3), "m/s"},
                               {"simulated", core::count_text(r.control_steps_per_s), "control steps/s"}})
                 .c_str(),
             stdout);
}

}  // namespace

void add_eval(Command& program) {
  auto verb = std::make_shared<EvalVerb>();
  Command& command = program.verb("eval", "judge a policy: survival, errors, slip, clearance");
  command.flag("json", verb->json, "one JSON object on stdout");
  command.settings(verb->fields(), verb->settings);
  command.footer("Example:\n  manybody eval --policy unitree_g1 --body unitree_g1 --episodes 64 --seconds 20 --seed 1 --json");
  command.on_run([verb] {
    core::Fields fields = verb->fields();
    verb->settings.apply(fields);
    const Judged judged = judge(*verb);
    if (verb->json) print_json(judged, verb->options);
    else print_table(judged, verb->options);
    return 0;
  });
}

}  // namespace manybody::apps
