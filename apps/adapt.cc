// manybody adapt: the policy of all bodies, fine-tuned on one new body in minutes; from a model file to a bundle in one command.

#include "adapt.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "body/library.h"
#include "cli.h"
#include "core/error.h"
#include "core/log.h"
#include "core/text.h"
#include "find.h"
#include "learn/evaluate.h"
#include "learn/run_log.h"
#include "stop.h"
#include "verbs.h"

namespace manybody::apps {
namespace {

struct AdaptVerb {
  std::string body = "booster_t1", policy = kOnePolicy, run_folder, logs = "logs", rehearse = kRehearsed;
  double minutes = 2;
  int threads = 0, worlds = 128, episodes = 64;
  uint64_t seed = 1;
  bool json = false, quiet = false;
  Settings settings;

  core::Fields fields() {
    core::Fields f;
    f.text("body", body, "the new body: a name, or an .xml or .urdf file");
    f.text("policy", policy, "the policy to begin with; it must fit any body");
    f.number("minutes", minutes, "how long", {0.05, 10000});
    f.text("rehearse", rehearse, "known bodies that are practised beside it, so that they are not forgotten");
    f.integer("worlds", worlds, "of the new body", {1, 65536});
    f.integer("threads", threads, "0 for all processors", {0, 1024});
    f.integer("episodes", episodes, "judged before and after; 0: not judged", {0, 100000});
    f.seed("seed", seed, "of everything drawn");
    f.text("logs", logs, "where runs are kept");
    f.text("run_folder", run_folder, "exactly where this run is kept; empty: LOGS/adapt_BODY/DATE_TIME");
    f.flag("quiet", quiet, "no progress line");
    return f;
  }
};

int run_adapt(AdaptVerb& verb) {
  core::Fields fields = verb.fields();
  verb.settings.apply(fields);
  const auto body = std::make_shared<const body::Body>(body::load_body(verb.body));
  for (const std::string& note : body->notes) core::log_info(body->name + ": " + note);
  const std::string folder = find_policy(verb.policy, "");
  learn::AdaptOptions options;
  options.minutes = verb.minutes;
  options.worlds = verb.worlds;
  options.rehearse = all_but(load_bodies(verb.rehearse), body->name);
  options.threads = verb.threads;
  options.seed = verb.seed;
  options.run_folder = verb.run_folder.empty() ? learn::make_run_folder(verb.logs, "adapt_" + body->name) : verb.run_folder;
  options.quiet = verb.quiet;
  options.stop = &catch_stop_signals();
  learn::EvalOptions eval;
  eval.episodes = verb.episodes;
  eval.threads = verb.threads;
  nlohmann::ordered_json out = {{"body", body->name}, {"from", folder}};
  const auto judge = [&](const char* when, const std::string& what) {
    if (verb.episodes == 0) return;
    const learn::EvalResult result = evaluate_on(*body, what, eval);
    out[when] = json_of(result);
    if (!verb.quiet) {
      core::log_info(fmt::format("{}: {} survives {:.0f} % of {} episodes, velocity error {:.2f} m/s", when, body->title,
                                 100 * result.survival, eval.episodes, result.velocity_rmse_mps));
    }
  };
  judge("before", folder);
  const learn::TrainResult result = learn::adapt(body, folder, options);
  judge("after", result.policy);
  out["seconds"] = result.seconds, out["steps"] = result.steps, out["policy"] = result.policy;
  if (verb.json) std::puts(out.dump(2).c_str());
  if (!verb.quiet) core::log_info("Watch it: manybody play --body " + verb.body + " --policy " + result.run_folder);
  return 0;
}

}  // namespace

Bodies load_bodies(const std::string& list) {
  Bodies out;
  if (list.empty()) return out;
  for (const std::string& name : body::expand_bodies(list))
    out.push_back(std::make_shared<const body::Body>(body::load_body(name)));
  return out;
}

Bodies all_but(Bodies bodies, const std::string& name) {
  std::erase_if(bodies, [&](const auto& body) { return body->name == name; });
  return bodies;
}

learn::EvalResult evaluate_on(const body::Body& body, const std::string& folder, const learn::EvalOptions& options) {
  policy::Policy policy(policy::load_bundle(folder), options.episodes);
  return learn::evaluate(body, learn::bundle_config(policy.bundle(), folder, body), learn::policy_agent(policy), options);
}

nlohmann::ordered_json json_of(const learn::EvalResult& r) {
  return {{"survival", r.survival},
          {"velocity_rmse_mps", r.velocity_rmse_mps},
          {"velocity_rmse_scaled_mps", r.velocity_rmse_scaled_mps},
          {"yaw_rate_rmse_radps", r.yaw_rate_rmse_radps},
          {"cost_of_transport", r.cost_of_transport},
          {"stand_speed_mps", r.stand_speed_mps}};
}

void add_adapt(Command& program) {
  auto verb = std::make_shared<AdaptVerb>();
  Command& command = program.verb("adapt", "fine-tune the policy of all bodies on one new body, in minutes");
  command.flag("json", verb->json, "the result as one JSON object on stdout");
  command.settings(verb->fields(), verb->settings);
  command.footer("Example:\n  manybody adapt --body my_robot.xml --minutes 2");
  command.on_run([verb] { return run_adapt(*verb); });
}

}  // namespace manybody::apps
