// manybody bench: the speed of the whole pipeline, stage by stage, each with a hash of what it computed.

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "body/library.h"
#include "cli.h"
#include "core/clock.h"
#include "core/files.h"
#include "core/pool.h"
#include "core/text.h"
#include "learn/ppo.h"
#include "learn/ppo_config.h"
#include "task/walk.h"
#include "verbs.h"

namespace manybody::apps {
namespace {

struct BenchVerb {
  std::string body = "unitree_g1", physics = "lanes";
  int worlds = 128, threads = 0, ticks = 100, iterations = 3;
  uint64_t seed = 1;
  bool json = false;
  Settings settings;

  core::Fields fields() {
    core::Fields f;
    f.text("body", body, "body to measure with");
    f.text("physics", physics, "engine under task and training", task::kEngines);
    f.integer("worlds", worlds, "bodies simulated at once", {1, 65536});
    f.integer("threads", threads, "0 for all processors; hashes do not depend on it", {0, 1024});
    f.integer("ticks", ticks, "control steps to simulate", {1, 1000000});
    f.integer("iterations", iterations, "training iterations", {1, 100000});
    f.seed("seed", seed, "of everything drawn");
    return f;
  }
};

struct Stage {
  std::string name, unit;
  double amount = 0, seconds = 0;
  uint64_t hash = 0;
};

template <class Work>
double time_of(const Work& work) {
  const double start = core::steady_seconds();
  work();
  return core::steady_seconds() - start;
}

Stage bench_physics(const BenchVerb& verb, const body::Body& body, const task::WalkTaskConfig& config) {
  const auto batch = physics::make_batch(body, config.scene(), verb.worlds, verb.threads);
  const int substeps = config.substeps();
  Stage stage{"physics", "steps", static_cast<double>(verb.worlds) * verb.ticks * substeps};
  stage.seconds = time_of([&] {
    for (int i = 0; i < verb.ticks; ++i) batch->step(substeps);
  });
  stage.hash = batch->state_hash();
  return stage;
}

Stage bench_task(const BenchVerb& verb, const body::Body& body, const task::WalkTaskConfig& config) {
  task::WalkEnv env(body, config, {verb.worlds, verb.threads, verb.seed, true});
  env.reset();
  const std::vector<float> actions(static_cast<size_t>(verb.worlds) * env.action_size(), 0.0f);
  Stage stage{"task", "control steps", static_cast<double>(verb.worlds) * verb.ticks};
  stage.seconds = time_of([&] {
    for (int i = 0; i < verb.ticks; ++i) env.step(actions);
  });
  stage.hash = env.batch().state_hash();
  return stage;
}

Stage bench_training(const BenchVerb& verb, const body::Body& body, const task::WalkTaskConfig& config) {
  core::Pool pool(verb.threads);
  task::WalkEnv env(body, config, {verb.worlds, verb.threads, verb.seed, true});
  learn::Ppo ppo(env, learn::PpoConfig{}, verb.seed, pool);
  Stage stage{"training", "control steps"};
  stage.seconds = time_of([&] {
    for (int i = 0; i < verb.iterations; ++i) ppo.iterate();
  });
  stage.amount = static_cast<double>(ppo.steps());
  stage.hash = core::hash_bytes(std::as_bytes(ppo.actor_parameters()));
  return stage;
}

int run_bench(BenchVerb& verb) {
  core::Fields fields = verb.fields();
  verb.settings.apply(fields);
  const body::Body body = body::load_body(verb.body);
  task::WalkTaskConfig config;
  config.physics = verb.physics;
  const std::vector<Stage> stages{bench_physics(verb, body, config), bench_task(verb, body, config),
                                  bench_training(verb, body, config)};
  const int threads = verb.threads > 0 ? verb.threads : core::available_processors();
  if (verb.json) {
    nlohmann::ordered_json out = {
        {"body", body.name}, {"engine", verb.physics}, {"worlds", verb.worlds}, {"threads", threads}, {"seed", verb.seed}};
    for (const Stage& s : stages) {
      out[s.name] = {{"unit", s.unit},
                     {"amount", s.amount},
                     {"seconds", s.seconds},
                     {"per_s", s.amount / s.seconds},
                     {"hash", core::hex_text(s.hash)}};
    }
    std::puts(out.dump(2).c_str());
    return 0;
  }
  std::vector<std::vector<std::string>> rows;
  for (const Stage& s : stages) {
    rows.push_back(
        {s.name, core::count_text(s.amount / s.seconds), s.unit + "/s", core::fixed(s.seconds, 2), core::hex_text(s.hash)});
  }
  std::printf("%s, %d worlds, %d threads\n\n%s", body.name.c_str(), verb.worlds, threads,
              core::table_text({"stage", "speed", "unit", "seconds", "state hash"}, rows).c_str());
  return 0;
}

}  // namespace

void add_bench(Command& program) {
  auto verb = std::make_shared<BenchVerb>();
  Command& command = program.verb("bench", "measure physics, task and training; equal machines and seeds give equal hashes");
  command.flag("json", verb->json, "one JSON object on stdout");
  command.settings(verb->fields(), verb->settings);
  command.on_run([verb] { return run_bench(*verb); });
  add_physics_bench(command);
  add_brain_bench(command);
  add_generalise_bench(command);
  add_learn_bench(command);
  add_scenario_bench(command);
}

}  // namespace manybody::apps
