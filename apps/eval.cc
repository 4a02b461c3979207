// manybody eval: how well a policy walks a body, measured the same way for every body.

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "body/library.h"
#include "cli.h"
#include "core/log.h"
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
    f.text("policy", policy,
           "a shipped policy's name, a bundle's or run's folder, or latest; empty: the one shipped for the body");
    f.text("body", body, "a name, a file, or many: all,random:1-8; empty: the policy's own");
    f.text("agent", agent, "who acts: the policy, or a sanity check without one", {"policy", "zero", "random"});
    options.describe(f);
    return f;
  }
};

struct Judged {
  std::string policy, body, title;
  int64_t steps = 0;
  learn::EvalResult result;
};

Judged judge_agent(const EvalVerb& verb, const body::Body& body) {
  const learn::Agent agent = verb.agent == "zero" ? learn::zero_agent() : learn::random_agent(verb.options.seed);
  return {verb.agent, body.name, body.title, 0, learn::evaluate(body, task::WalkTaskConfig{}, agent, verb.options)};
}

Judged judge_policy(const EvalVerb& verb, const std::string& folder, const body::Body& body) {
  policy::Policy policy = policy::Policy(policy::load_bundle(folder), verb.options.episodes);
  const task::WalkTaskConfig config = learn::bundle_config(policy.bundle(), folder, body);
  return {folder, body.name, body.title, policy.info().steps,
          learn::evaluate(body, config, learn::policy_agent(policy), verb.options)};
}

// The bodies that are meant: those named, or the policy's own, or all when it fits all.
std::vector<std::string> bodies_of(const EvalVerb& verb, const std::string& folder) {
  if (!verb.body.empty()) return body::names_many_bodies(verb.body) ? body::expand_bodies(verb.body) : std::vector{verb.body};
  if (folder.empty()) return {"unitree_g1"};
  const std::string own = policy::load_bundle(folder).info.body;
  return own == policy::kAnyBody ? body::expand_bodies("all") : std::vector{own};
}

std::vector<Judged> judge(const EvalVerb& verb) {
  const bool acts = verb.agent == "policy";
  // Without a policy's name each body finds its own.
  const std::string folder = acts && !verb.policy.empty() ? find_policy(verb.policy, "") : "";
  const std::vector<std::string> bodies = bodies_of(verb, folder);
  std::vector<Judged> out;
  for (const std::string& name : bodies) {
    const body::Body body = body::load_body(name);
    if (!acts) out.push_back(judge_agent(verb, body));
    else out.push_back(judge_policy(verb, folder.empty() ? find_policy("", body.name) : folder, body));
    if (bodies.size() > 1)
      core::log_info(
          fmt::format("{} of {}: {} survives {:.2f}", out.size(), bodies.size(), out.back().body, out.back().result.survival));
  }
  return out;
}

nlohmann::ordered_json json_of(const Judged& judged, const learn::EvalOptions& options) {
  const learn::EvalResult& r = judged.result;
  return {{"body", judged.body},
          {"policy", judged.policy},
          {"trained_steps", judged.steps},
          {"episodes", options.episodes},
          {"seconds", options.seconds},
          {"seed", options.seed},
          {"terrain", options.terrain},
          {"physics", options.physics},
          {"actuators", options.actuators},
          {"survival", r.survival},
          {"velocity_rmse_mps", r.velocity_rmse_mps},
          {"velocity_rmse_scaled_mps", r.velocity_rmse_scaled_mps},
          {"yaw_rate_rmse_radps", r.yaw_rate_rmse_radps},
          {"foot_slip_mps", r.foot_slip_mps},
          {"foot_clearance", r.foot_clearance},
          {"foot_clearance_peak", r.foot_clearance_peak},
          {"action_rate", r.action_rate},
          {"torque_share", r.torque_share},
          {"cost_of_transport", r.cost_of_transport},
          {"stand_speed_mps", r.stand_speed_mps},
          {"control_steps_per_s", r.control_steps_per_s},
          {"state_hash", core::hex_text(r.state_hash)}};
}

// One object for one body; a list for many.
void print_json(const std::vector<Judged>& all, const EvalVerb& verb) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Judged& judged : all) list.push_back(json_of(judged, verb.options));
  const bool many = body::names_many_bodies(verb.body) || all.size() > 1;
  std::puts((many ? list : list[0]).dump(2).c_str());
}

void print_bodies(const std::vector<Judged>& all, const learn::EvalOptions& options) {
  std::printf("%zu bodies: %d episodes of %s s on %s ground each\n\n", all.size(), options.episodes,
              core::fixed(options.seconds, 0).c_str(), options.terrain.c_str());
  std::vector<std::vector<std::string>> rows;
  for (const Judged& j : all) {
    const learn::EvalResult& r = j.result;
    rows.push_back({j.title, core::fixed(100 * r.survival, 1), core::fixed(r.velocity_rmse_mps, 3),
                    core::fixed(r.yaw_rate_rmse_radps, 3), core::fixed(r.foot_slip_mps, 3), core::fixed(r.cost_of_transport, 2),
                    core::fixed(r.stand_speed_mps, 3)});
  }
  std::fputs(core::table_text({"body", "survival %", "velocity error m/s", "turning error rad/s", "slip m/s", "cost of transport",
                               "standing m/s"},
                              rows)
                 .c_str(),
             stdout);
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
  command.footer(
      "Example:\n  manybody eval --policy unitree_g1 --body unitree_g1 --episodes 64 --seconds 20 --seed 1 --json\n  manybody "
      "eval --policy one --body all --json");
  command.on_run([verb] {
    core::Fields fields = verb->fields();
    verb->settings.apply(fields);
    const std::vector<Judged> judged = judge(*verb);
    if (verb->json) print_json(judged, *verb);
    else if (judged.size() > 1) print_bodies(judged, verb->options);
    else print_table(judged.front(), verb->options);
    return 0;
  });
}

}  // namespace manybody::apps
