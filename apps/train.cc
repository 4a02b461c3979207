// manybody train: from nothing to a policy. Settings: defaults < robots/BODY/train.toml < --config < flags.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "body/library.h"
#include "cli.h"
#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "core/pool.h"
#include "find.h"
#include "learn/ppo_config.h"
#include "learn/run_log.h"
#include "learn/trainer.h"
#include "signal/contract.h"
#include "signal/token_layout.h"
#include "stop.h"
#include "task/many_bodies.h"
#include "task/walk.h"
#include "verbs.h"

namespace manybody::apps {
namespace {

// What decides the result; saved with the run.
struct TrainConfig {
  std::string body = "berkeley_humanoid";
  double steps = 2e6, max_seconds = 0;
  uint64_t seed = 1;
  int worlds = 128;
  learn::PpoConfig ppo;
  task::WalkTaskConfig task;

  void describe(core::Fields& f) {
    f.text("body", body,
           "body to train: a name of 'manybody body list', an .xml or .urdf file, or many: all,g1*4,random:1-32,-booster_t1");
    f.number("steps", steps, "control steps in all", {1, 1e12});
    f.number("max_seconds", max_seconds, "stop after this long, s; 0: no limit", {0, 1e9});
    f.seed("seed", seed, "of everything drawn");
    f.integer("worlds", worlds, "bodies simulated at once; of many bodies: of each, and half as many of one drawn at random",
              {1, 65536});
    f.group("ppo", [&] { ppo.describe(f); });
    task.describe(f);
  }
};

constexpr int kWorldsEach = 16;  // of many bodies, where nothing else is said

// What does not: where to, from where, how loud.
struct RunConfig {
  std::string logs = "logs", name, run_folder, resume, start_from;
  int threads = 0;
  double checkpoint_seconds = 60, export_seconds = 15;
  bool quiet = false;

  void describe(core::Fields& f) {
    f.text("logs", logs, "where runs are kept");
    f.text("name", name, "the experiment's name; empty: walk_BODY");
    f.text("run_folder", run_folder, "exactly where this run is kept; empty: LOGS/NAME/DATE_TIME");
    f.text("resume", resume, "a run's folder or a checkpoint to go on from, exactly");
    f.text("start_from", start_from, "a policy whose network to begin with");
    f.integer("threads", threads, "0 for all processors; the result does not depend on it", {0, 1024});
    f.number("checkpoint_seconds", checkpoint_seconds, "between checkpoints, s", {0.1, 1e6});
    f.number("export_seconds", export_seconds, "between exported policies, s", {0.1, 1e6});
    f.flag("quiet", quiet, "no progress line");
  }
};

struct TrainVerb {
  TrainConfig train;
  RunConfig run;
  Settings settings;
  bool json = false;

  core::Fields fields() {
    core::Fields f;
    train.describe(f);
    run.describe(f);
    return f;
  }
};

// RUN/config.toml of the run a checkpoint belongs to.
std::string config_of_run(const std::string& resume) {
  namespace fs = std::filesystem;
  if (!core::file_exists(resume))
    throw core::UserError("--resume", "'" + resume + "' does not exist", "a run's folder or a checkpoint file");
  fs::path folder = fs::absolute(resume).lexically_normal();
  if (!fs::is_directory(folder)) folder = folder.parent_path().parent_path();
  if (folder.filename().empty()) folder = folder.parent_path();
  return (folder / "config.toml").string();
}

void resolve(TrainVerb& verb) {
  core::Fields all = verb.fields();
  TrainVerb wishes;  // read once only to learn which body and which run are meant
  core::Fields wished = wishes.fields();
  verb.settings.apply(wished);
  if (!wishes.run.resume.empty()) {
    const std::string saved = config_of_run(wishes.run.resume);
    if (core::file_exists(saved)) all.read_toml(saved);
  } else if (body::names_many_bodies(wishes.train.body)) {
    verb.train.worlds = kWorldsEach;
    verb.train.task.signal.leg_space = "role";
  } else if (const std::string own = train_settings(wishes.train.body); !own.empty()) {
    core::Fields reproducible;
    verb.train.describe(reproducible);
    reproducible.read_toml(own);
  }
  verb.settings.apply(all);
}

std::string config_toml(TrainConfig& train) {
  core::Fields f;
  train.describe(f);
  return f.write_toml(true);
}

// The worlds to train in, and whose they are.
struct Bodies {
  std::unique_ptr<task::Env> env;
  std::vector<int> groups;
  std::string name;  // in bundle and run: the body's, or policy::kAnyBody
  std::string title;
  std::vector<std::string> joints;
  signal::Contract contract;
  signal::TokenLayout tokens;
};

Bodies one_body(TrainVerb& verb) {
  const body::Body body = body::load_body(verb.train.body);
  verb.train.body = core::file_exists(verb.train.body) ? verb.train.body : body.name;
  for (const std::string& note : body.notes) core::log_info(body.name + ": " + note);
  auto env = std::make_unique<task::WalkEnv>(body, verb.train.task,
                                             task::WalkOptions{verb.train.worlds, verb.run.threads, verb.train.seed, true});
  Bodies out;
  out.name = body.name;
  out.title = fmt::format("{} ({:.1f} kg, {} joints)", body.title, body.mass, body.actuated.size());
  out.joints = env->model().names;
  out.contract = signal::make_contract(env->model());
  out.tokens = signal::make_token_layout(env->model());
  out.env = std::move(env);
  return out;
}

// A body that is named again gets more worlds; those with most come first, which fills all threads to the end of a step.
Bodies many_bodies(const TrainVerb& verb) {
  std::vector<task::BodyShare> shares;
  std::map<std::string, size_t> known;
  for (const std::string& name : body::expand_bodies(verb.train.body)) {
    const auto [at, fresh] = known.try_emplace(name, shares.size());
    if (fresh) shares.push_back({std::make_shared<const body::Body>(body::load_body(name)), 0});
    task::BodyShare& share = shares[at->second];
    share.worlds += share.body->kind == body::Kind::sampled ? std::max(1, verb.train.worlds / 2) : verb.train.worlds;
  }
  std::stable_sort(shares.begin(), shares.end(), [](const auto& a, const auto& b) { return a.worlds > b.worlds; });
  auto env = std::make_unique<task::ManyBodiesEnv>(shares, verb.train.task,
                                                   task::WalkOptions{0, verb.run.threads, verb.train.seed, true});
  Bodies out;
  out.name = policy::kAnyBody;
  out.title = fmt::format("{} bodies", shares.size());
  out.groups = env->groups();
  out.contract = signal::make_contract(env->env(0).model());
  out.tokens = signal::make_token_layout(env->env(0).model());
  out.env = std::move(env);
  return out;
}

learn::DescribePolicy policy_of(const Bodies& bodies, TrainConfig& train) {
  core::Fields task_fields;
  train.task.describe(task_fields);
  return [&bodies, &train, settings = task_fields.write_toml()](policy::PolicyInfo& info) {
    info.body = bodies.name;
    info.task = "walk";
    info.joints = bodies.joints;
    info.control_hz = train.task.signal.control_hz;
    info.observation = bodies.contract.observation;
    info.action = bodies.contract.action;
    info.contract = bodies.contract.hash;
    info.settings = settings;
    info.seed = train.seed;
  };
}

void print_json(const learn::TrainResult& result) {
  nlohmann::ordered_json out = {{"state", result.state},     {"steps", result.steps},
                                {"seconds", result.seconds}, {"steps_per_s", result.steps_per_s},
                                {"run", result.run_folder},  {"checkpoint", result.checkpoint},
                                {"policy", result.policy},   {"metrics", nlohmann::ordered_json::object()}};
  for (const auto& [name, value] : result.metrics) out["metrics"][name] = value;
  std::puts(out.dump(2).c_str());
}

int run_train(TrainVerb& verb) {
  resolve(verb);
  verb.train.ppo.check();
  core::Pool pool(verb.run.threads);
  const Bodies bodies = body::names_many_bodies(verb.train.body) ? many_bodies(verb) : one_body(verb);

  learn::TrainOptions options;
  options.steps = verb.train.steps;
  options.max_seconds = verb.train.max_seconds;
  options.seed = verb.train.seed;
  options.config_toml = config_toml(verb.train);
  options.resume = verb.run.resume;
  if (!verb.run.start_from.empty()) options.start_from = find_policy(verb.run.start_from, bodies.name);
  options.run_folder = verb.run.run_folder;
  if (options.run_folder.empty() && options.resume.empty()) {
    options.run_folder = learn::make_run_folder(verb.run.logs, verb.run.name.empty() ? "walk_" + bodies.name : verb.run.name);
  }
  options.checkpoint_seconds = verb.run.checkpoint_seconds;
  options.export_seconds = verb.run.export_seconds;
  options.quiet = verb.run.quiet;
  options.groups = bodies.groups;
  options.tokens = bodies.tokens;
  options.stop = &catch_stop_signals();
  if (!options.quiet) {
    core::log_info(fmt::format("training {} in {} worlds; {}", bodies.title, bodies.env->worlds(),
                               options.run_folder.empty() ? "resuming " + options.resume : "run: " + options.run_folder));
  }
  const learn::TrainResult result = learn::train(*bodies.env, verb.train.ppo, options, pool, policy_of(bodies, verb.train));
  if (verb.json) print_json(result);
  if (!options.quiet)
    core::log_info("Judge it: manybody eval --policy " + result.run_folder + "   Watch it: manybody play --policy " +
                   result.run_folder);
  return 0;
}

}  // namespace

void add_train(Command& program) {
  auto verb = std::make_shared<TrainVerb>();
  Command& command = program.verb("train", "train a walk from nothing, or go on with a run");
  command.flag("json", verb->json, "the result as one JSON object on stdout");
  command.settings(verb->fields(), verb->settings);
  command.footer(
      "Examples:\n  manybody train --body unitree_g1\n  manybody train --body booster_t1 --steps 3e6 --reward.foot_height 2\n"
      "  manybody train --resume logs/walk_unitree_g1/2026-11-22_14-03-59\nCtrl-C saves a checkpoint and ends.");
  command.on_run([verb] { return run_train(*verb); });
}

}  // namespace manybody::apps
