// manybody bench physics: the lane engine against MuJoCo, over the states of a body that stands, walks or flails.

#include <cstdio>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "body/library.h"
#include "cli.h"
#include "core/error.h"
#include "core/pool.h"
#include "core/rng.h"
#include "core/text.h"
#include "find.h"
#include "learn/evaluate.h"
#include "physics/race.h"
#include "policy/policy.h"
#include "task/walk.h"
#include "verbs.h"

namespace manybody::apps {
namespace {

struct RaceVerb {
  std::string body = "unitree_g1", scene = "feet", motion = "walk", physics = "lanes";
  int worlds = 256, threads = 0, ticks = 60;
  uint64_t seed = 1;
  bool json = false;
  Settings settings;

  core::Fields fields() {
    core::Fields f;
    f.text("body", body, "body to measure with, or all shipped ones");
    f.text("scene", scene, "what may touch: soles and ground only, or all the file says", {"feet", "full", "all"});
    f.text("motion", motion, "what the bodies do", {"stand", "walk", "flail", "all"});
    f.text("physics", physics, "what takes the part of all threads; cuda: the GPU, which wants thousands of worlds",
           {"lanes", "cuda"});
    f.integer("worlds", worlds, "bodies simulated at once", {1, 65536});
    f.integer("threads", threads, "of the run with all threads; 0 for all processors", {0, 1024});
    f.integer("ticks", ticks, "control steps to time", {1, 1000000});
    f.seed("seed", seed, "of commands, pushes and flailing");
    return f;
  }
};

std::string machine_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

// Who moves the body: the shipped policy where there is one, else the gait prior alone.
struct Mover {
  std::unique_ptr<policy::Policy> policy;
  task::WalkTaskConfig config;
  std::string name = "gait prior";
};

Mover make_mover(const std::string& body_name, const body::Body& body, int worlds) {
  Mover mover;
  try {
    const std::string folder = find_policy("", body_name);
    mover.policy = std::make_unique<policy::Policy>(policy::load_bundle(folder), worlds);
    mover.config = learn::bundle_config(mover.policy->bundle(), folder, body);
    mover.name = "policy";
  } catch (const core::UserError&) {  // none is shipped for this body
    mover.policy.reset();
  }
  return mover;
}

physics::RaceResult run_laps(const RaceVerb& verb, const body::Body& body, const std::string& scene, const std::string& motion,
                             Mover& mover) {
  task::WalkTaskConfig config = mover.config;
  config.collisions = scene;
  config.command.stand_share = motion == "stand" ? 1 : 0;
  task::WalkEnv env(body, config, {verb.worlds, 1, verb.seed, true});
  physics::SceneOptions scene_options = config.scene();
  if (verb.physics == "cuda") scene_options.backend = physics::Backend::cuda;
  physics::Race race(body, scene_options, verb.worlds, verb.threads > 0 ? verb.threads : core::available_processors());
  env.reset();
  core::Rng rng(verb.seed, 3);
  std::vector<float> actions(static_cast<size_t>(verb.worlds) * env.action_size());
  const int substeps = config.substeps();
  constexpr int kSettle = 25;  // ticks before the clock counts
  for (int w = 0; w < verb.worlds; ++w) {
    physics::WorldParameters p;
    p.friction = rng.uniform(0.5, 1.1);
    p.mass_scale = rng.uniform(0.9, 1.1);
    p.kp_scale = rng.uniform(0.9, 1.1);
    race.set_parameters(w, p);
  }
  for (int tick = 0; tick < kSettle + verb.ticks; ++tick) {
    std::fill(actions.begin(), actions.end(), 0.0f);
    if (motion == "flail")
      for (float& a : actions) a = static_cast<float>(3 * rng.normal());
    else if (mover.policy) mover.policy->act(env.observation(), actions);
    physics::Batch& batch = env.batch();
    std::vector<std::vector<double>> before(verb.worlds);
    for (int w = 0; w < verb.worlds; ++w) {
      // Where a world starts this tick; what it is told to do is known after the step.
      before[w].assign(batch.qpos(w).begin(), batch.qpos(w).end());
      before[w].insert(before[w].end(), batch.qvel(w).begin(), batch.qvel(w).end());
      before[w].insert(before[w].end(), batch.qacc(w).begin(), batch.qacc(w).end());
    }
    env.step(actions);
    const size_t nq = batch.nq(), nv = batch.nv();
    for (int w = 0; w < verb.worlds; ++w) {
      const std::span<const double> all(before[w]);
      race.set(w, all.first(nq), all.subspan(nq, nv), batch.targets(w), all.subspan(nq + nv, nv));
    }
    race.lap(substeps, tick >= kSettle);
  }
  return race.result();
}

nlohmann::ordered_json report(const RaceVerb& verb, const std::string& body, const std::string& scene, const std::string& motion,
                              const Mover& mover, const physics::RaceResult& r) {
  const int threads = verb.threads > 0 ? verb.threads : core::available_processors();
  nlohmann::ordered_json out = {{"body", body},
                                {"scene", scene},
                                {"motion", motion},
                                {"moved_by", motion == "flail" ? "random actions" : mover.name},
                                {"ratio_vs_mujoco", r.mujoco_cpu_s / r.lane_cpu_s},
                                {"steps_per_cpu_s", r.steps / r.lane_cpu_s},
                                {"mujoco_steps_per_cpu_s", r.steps / r.mujoco_cpu_s},
                                {"state_hash", core::hex_text(r.state_hash)},
                                {"lanes", r.lanes},
                                {"set", r.set},
                                {"machine", machine_name()},
                                {"worlds", verb.worlds},
                                {"steps", r.steps},
                                {"randomised_cost", r.lane_random_cpu_s / r.lane_cpu_s - 1},
                                {"all_threads",
                                 {{"threads", threads},
                                  {"set", r.all_set},
                                  {"positions_apart", r.all_apart},
                                  {"ratio_vs_mujoco", r.mujoco_wall_s / r.lane_wall_s},
                                  {"steps_per_s", r.steps / r.lane_wall_s},
                                  {"mujoco_steps_per_s", r.steps / r.mujoco_wall_s},
                                  {"speedup_over_one", r.lane_cpu_s / r.lane_wall_s}}},
                                {"contacts", r.contacts},
                                {"mujoco_iterations", r.mujoco_iterations},
                                {"lane_iterations", r.newton},
                                {"lane_gradient_rounds", r.gradients},
                                {"lane_candidates", r.candidates},
                                {"lane_pairs_one_by_one", r.one_by_one}};
  for (const auto& [stage, cycles] : r.cycles) out["cycles_per_group_step"][stage] = cycles;
  return out;
}

int run_race(RaceVerb& verb) {
  core::Fields fields = verb.fields();
  verb.settings.apply(fields);
  const std::vector<std::string> bodies = verb.body == "all"
                                              ? std::vector<std::string>{"unitree_g1",       "unitree_h1",        "booster_t1",
                                                                         "apptronik_apollo", "berkeley_humanoid", "robotis_op3"}
                                              : std::vector<std::string>{verb.body};
  const auto choices = [](const std::string& one, std::vector<std::string> all) {
    return one == "all" ? all : std::vector<std::string>{one};
  };
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  std::vector<std::vector<std::string>> rows;
  for (const std::string& name : bodies) {
    const body::Body body = body::load_body(name);
    Mover mover = make_mover(name, body, verb.worlds);
    for (const std::string& scene : choices(verb.scene, {"feet", "full"})) {
      for (const std::string& motion : choices(verb.motion, {"stand", "walk", "flail"})) {
        const auto out = report(verb, body.name, scene, motion, mover, run_laps(verb, body, scene, motion, mover));
        const auto number = [&](const char* key, int digits) { return core::fixed(out[key].get<double>(), digits); };
        rows.push_back({body.name, scene, motion, number("ratio_vs_mujoco", 1),
                        core::count_text(out["steps_per_cpu_s"].get<double>()),
                        core::count_text(out["mujoco_steps_per_cpu_s"].get<double>()), number("contacts", 1),
                        number("mujoco_iterations", 1), number("lane_iterations", 1)});
        list.push_back(out);
        if (!verb.json)
          std::fprintf(stderr, "%s, %s, %s: %sx\n", body.name.c_str(), scene.c_str(), motion.c_str(), rows.back()[3].c_str());
        if (!verb.json && verb.physics == "cuda") {
          const auto& all = out["all_threads"];
          std::fprintf(stderr, "  %s: %s steps/s, %sx MuJoCo on %d threads; positions %.0e from the lanes'\n",
                       all["set"].get<std::string>().c_str(), core::count_text(all["steps_per_s"].get<double>()).c_str(),
                       core::fixed(all["ratio_vs_mujoco"].get<double>(), 1).c_str(), all["threads"].get<int>(),
                       all["positions_apart"].get<double>());
        }
      }
    }
  }
  if (verb.json) std::puts((list.size() == 1 ? list[0] : list).dump(2).c_str());
  else
    std::fputs(
        core::table_text(
            {"body", "scene", "motion", "ratio", "lanes, steps/s", "MuJoCo, steps/s", "contacts", "iterations", "group's"}, rows)
            .c_str(),
        stdout);
  return 0;
}

}  // namespace

void add_physics_bench(Command& bench) {
  auto verb = std::make_shared<RaceVerb>();
  Command& command =
      bench.verb("physics", "the lane engine against MuJoCo, interleaved over the same states; one thread and all");
  command.flag("json", verb->json, "one JSON object on stdout (a list where several are asked for)");
  command.settings(verb->fields(), verb->settings);
  command.on_run([verb] { return run_race(*verb); });
}

}  // namespace manybody::apps
