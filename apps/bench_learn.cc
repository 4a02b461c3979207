// manybody bench learn: from nothing to a walk, by the clock.

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "body/library.h"
#include "cli.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/pool.h"
#include "core/text.h"
#include "learn/evaluate.h"
#include "learn/ppo.h"
#include "stop.h"
#include "task/walk.h"
#include "verbs.h"

namespace manybody::apps {
namespace {

// What counts as a walk: of 64 episodes of 10 s with changing commands, without kicks, so many stand at the end and follow so well.
constexpr double kSurvival = 0.95, kVelocityRmse = 0.25;

struct LearnVerb {
  std::string body = "unitree_g1";
  double limit_minutes = 10, judge_seconds = 4;
  int threads = 0, worlds = 128;
  uint64_t seed = 1;
  bool json = false;
  learn::PpoConfig ppo;
  task::WalkTaskConfig task;
  Settings settings;

  core::Fields fields() {
    core::Fields f;
    f.text("body", body, "body to train");
    f.number("limit_minutes", limit_minutes, "given up after this long", {0.01, 10000});
    f.number("judge_seconds", judge_seconds, "training time between two judgements, s", {0.1, 10000});
    f.integer("worlds", worlds, "bodies simulated at once", {1, 65536});
    f.integer("threads", threads, "0 for all processors", {0, 1024});
    f.seed("seed", seed, "of everything drawn");
    f.group("ppo", [&] { ppo.describe(f); });
    task.describe(f);
    return f;
  }
};

struct Outcome {
  bool walks = false;
  int64_t steps = 0;
  double seconds = 0, env = 0, inference = 0, learner = 0;  // of training; judging stops the clock
  learn::EvalResult last;
};

Outcome learn_to_walk(const LearnVerb& verb, const body::Body& body, task::WalkEnv& env) {
  core::Pool pool(verb.threads);
  learn::Ppo ppo(env, verb.ppo, verb.seed, pool, signal::make_token_layout(env.model()));
  learn::EvalOptions judge;
  judge.seconds = 10, judge.push_mps = 0, judge.threads = verb.threads;
  Outcome out;
  double judged = 0;
  const std::atomic<bool>& stop = catch_stop_signals();
  while (!stop && out.seconds < 60 * verb.limit_minutes) {
    const double start = core::steady_seconds();
    const learn::Iteration& it = ppo.iterate();
    out.seconds += core::steady_seconds() - start;
    out.env += it.env_seconds, out.inference += it.inference_seconds, out.learner += it.learner_seconds;
    out.steps = ppo.steps();
    if (out.seconds - judged < verb.judge_seconds) continue;
    judged = out.seconds;
    policy::Policy policy(ppo.make_bundle({}), judge.episodes);
    out.last = learn::evaluate(body, verb.task, learn::policy_agent(policy), judge);
    core::log_info(fmt::format("{:.0f} s, {} steps: survival {:.2f}, velocity error {:.2f} m/s", out.seconds,
                               core::count_text(static_cast<double>(out.steps)), out.last.survival, out.last.velocity_rmse_mps));
    out.walks = out.last.survival >= kSurvival && out.last.velocity_rmse_scaled_mps <= kVelocityRmse;
    if (out.walks) break;
  }
  return out;
}

int run_learn(LearnVerb& verb) {
  core::Fields fields = verb.fields();
  verb.settings.apply(fields);
  verb.ppo.check();
  const body::Body body = body::load_body(verb.body);
  task::WalkEnv env(body, verb.task, {verb.worlds, verb.threads, verb.seed, true});
  const Outcome o = learn_to_walk(verb, body, env);
  const int threads = verb.threads > 0 ? verb.threads : core::available_processors();
  const double speed = static_cast<double>(o.steps) / std::max(o.seconds, 1e-9);
  nlohmann::ordered_json out = {{"body", body.name},
                                {"threads", threads},
                                {"worlds", verb.worlds},
                                {"seed", verb.seed},
                                {"walks", o.walks},
                                {"minutes_to_walk", nullptr},
                                {"control_steps_to_walk", nullptr},
                                {"control_steps_per_s", speed},
                                {"survival", o.last.survival},
                                {"velocity_rmse_mps", o.last.velocity_rmse_mps},
                                {"share_physics_and_task", o.env / std::max(o.seconds, 1e-9)},
                                {"share_policy", o.inference / std::max(o.seconds, 1e-9)},
                                {"share_learner", o.learner / std::max(o.seconds, 1e-9)}};
  if (o.walks) out["minutes_to_walk"] = o.seconds / 60, out["control_steps_to_walk"] = o.steps;
  if (verb.json) {
    std::puts(out.dump(2).c_str());
  } else {
    std::printf(
        "%s %s after %.2f minutes and %s control steps (%s/s on %d threads: physics and task %.0f %%, policy %.0f %%, learner "
        "%.0f %%)\n",
        body.title.c_str(), o.walks ? "walks" : "does not walk yet", o.seconds / 60,
        core::count_text(static_cast<double>(o.steps)).c_str(), core::count_text(speed).c_str(), threads, 100 * o.env / o.seconds,
        100 * o.inference / o.seconds, 100 * o.learner / o.seconds);
  }
  return 0;
}

}  // namespace

void add_learn_bench(Command& bench) {
  auto verb = std::make_shared<LearnVerb>();
  Command& command =
      bench.verb("learn", "minutes from nothing to a walk: 95 % of 10 s episodes upright, velocity error at most 0.25 m/s");
  command.flag("json", verb->json, "one JSON object on stdout");
  command.settings(verb->fields(), verb->settings);
  command.on_run([verb] { return run_learn(*verb); });
}

}  // namespace manybody::apps
