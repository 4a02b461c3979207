// manybody play: a policy walking a body, in the page (as demo does) or, with --headless, as lines of text.

#include <cmath>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "body/library.h"
#include "cli.h"
#include "core/error.h"
#include "core/log.h"
#include "core/text.h"
#include "find.h"
#include "learn/player.h"
#include "policy/bundle.h"
#include "signal/tape.h"
#include "stop.h"
#include "verbs.h"
#ifndef MANYBODY_BARE
#include "show.h"
#endif

namespace manybody::apps {
namespace {

struct PlayVerb {
  std::string policy, body, terrain = "flat", collisions = "full", tape;
  double vx = 0.5, vy = 0, wz = 0, seconds = 10, push_mps = 0, push_every_s = 5;
  uint64_t seed = 1;
  bool headless = false, json = false;
#ifndef MANYBODY_BARE
  ShowOptions show;
#endif
  Settings settings;

  core::Fields fields() {
    core::Fields f;
    f.text("policy", policy, "a shipped policy's name, a bundle's or run's folder, latest, or none (the bare gait prior)");
    f.text("body", body, "empty: the policy's own");
    f.text("terrain", terrain, "ground", {"flat", "rough"});
    f.text("collisions", collisions, "what may touch", {"feet", "full"});
    f.seed("seed", seed, "of the terrain and the start");
    f.flag("headless", headless, "no page: walk as fast as possible and print lines");
    f.group("walk", [&] {
      f.number("vx", vx, "forward speed to command, m/s", {-5, 5});
      f.number("vy", vy, "sideways speed to command, m/s", {-5, 5});
      f.number("wz", wz, "turn to command, rad/s", {-5, 5});
      f.number("seconds", seconds, "how long, s", {0.1, 1e6});
      f.number("push_mps", push_mps, "strength of kicks, m/s; 0: none", {0, 10});
      f.number("push_every_s", push_every_s, "between kicks, s", {0.1, 1e6});
      f.text("tape", tape, "file to record every measurement, observation, action and target in");
    });
#ifndef MANYBODY_BARE
    show.describe(f);
#endif
    return f;
  }
};

void print_line(const PlayVerb& verb, const learn::Player& player, double height) {
  const core::Vec3 v = player.stride_velocity();
  const signal::VelocityCommand c = player.command();
  if (verb.json) {
    const nlohmann::ordered_json line = {{"time", player.time()},
                                         {"command", {c.vx, c.vy, c.wz}},
                                         {"measured", {v[0], v[1], v[2]}},
                                         {"root_height", height},
                                         {"falls", player.falls()}};
    std::puts(line.dump().c_str());
    return;
  }
  using core::fixed;
  std::printf("%6s s   command %5s %5s %5s   measured %5s %5s %5s   height %s m   falls %d\n", fixed(player.time(), 1).c_str(),
              fixed(c.vx, 2).c_str(), fixed(c.vy, 2).c_str(), fixed(c.wz, 2).c_str(), fixed(v[0], 2).c_str(),
              fixed(v[1], 2).c_str(), fixed(v[2], 2).c_str(), fixed(height, 3).c_str(), player.falls());
}

int walk_headless(const PlayVerb& verb, const body::Body& body, const std::string& folder) {
  learn::Player player(body, folder, {verb.terrain, verb.collisions, verb.seed});
  const std::atomic<bool>& stop = catch_stop_signals();
  player.set_command({verb.vx, verb.vy, verb.wz});
  if (!verb.tape.empty()) player.start_tape();
  const auto every = [&](double seconds) { return std::max<int64_t>(1, std::llround(seconds / player.dt())); };
  const int64_t ticks = every(verb.seconds), line = every(1), kick = every(verb.push_every_s);
  for (int64_t tick = 1; tick <= ticks && !stop; ++tick) {
    if (verb.push_mps > 0 && tick % kick == 0) {
      const double angle = 2.399963 * static_cast<double>(tick / kick);  // golden angle: from every side in turn
      player.kick(verb.push_mps * std::cos(angle), verb.push_mps * std::sin(angle));
    }
    player.tick();
    if (tick % line == 0 || tick == ticks) print_line(verb, player, player.env().batch().qpos(0)[2]);
  }
  if (!verb.tape.empty()) {
    signal::write_tape(verb.tape, player.take_tape());
    core::log_info("recorded " + verb.tape);
  }
  return 0;
}

int run_play(PlayVerb& verb) {
  core::Fields fields = verb.fields();
  verb.settings.apply(fields);
  std::string folder;
  if (verb.policy != "none") {
    const std::string named =
        verb.policy.empty() ? body::load_body(verb.body.empty() ? "unitree_g1" : verb.body).name : verb.body;
    folder = find_policy(verb.policy, named);
    if (verb.body.empty()) verb.body = body_of_policy(folder);
  } else if (verb.body.empty()) {
    verb.body = "unitree_g1";
  }
#ifdef MANYBODY_BARE
  verb.headless = true;
#else
  if (!verb.headless) return run_show(verb.show, {verb.body, folder, verb.terrain, verb.collisions, verb.seed});
#endif
  return walk_headless(verb, body::load_body(verb.body), folder);
}

}  // namespace

void add_play(Command& program) {
  auto verb = std::make_shared<PlayVerb>();
  Command& command = program.verb("play", "watch and steer a policy in the page, or walk it in the terminal (--headless)");
  command.flag("json", verb->json, "with --headless: one JSON object a line");
  command.settings(verb->fields(), verb->settings);
  command.footer(
      "Examples:\n  manybody play --policy latest\n  manybody play --policy unitree_g1 --headless --walk.vx 0.8 --walk.seconds "
      "20");
  command.on_run([verb] { return run_play(*verb); });
}

}  // namespace manybody::apps
