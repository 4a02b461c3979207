// manybody film: look at a gait without a browser: a strip of pictures (.png) or a movie (.mp4, .gif).

#include <algorithm>
#include <cmath>
#include <memory>

#include "body/library.h"
#include "cli.h"
#include "core/error.h"
#include "core/log.h"
#include "core/text.h"
#include "find.h"
#include "learn/player.h"
#include "studio/film.h"
#include "studio/movie.h"
#include "verbs.h"

namespace manybody::apps {
namespace {

struct FilmVerb {
  std::string body, policy, out = "film.png", terrain = "flat", collisions = "full";
  double vx = 0.6, vy = 0, wz = 0, seconds = 4, start = 3, azimuth = -65;
  int width = 360, height = 400, pictures = 12, columns = 6;
  uint64_t seed = 1;
  Settings settings;

  core::Fields fields() {
    core::Fields f;
    f.text("body", body, "body to film; empty: the policy's own");
    f.text("policy", policy, "name, bundle or run folder, 'latest', or 'none' for the gait prior alone");
    f.text("out", out, ".png for a strip of pictures, .mp4 or .gif for a movie");
    f.number("vx", vx, "command, m/s", {-5, 5});
    f.number("vy", vy, "command, m/s", {-5, 5});
    f.number("wz", wz, "command, rad/s", {-5, 5});
    f.number("start", start, "seconds walked before the camera runs", {0, 1000});
    f.number("seconds", seconds, "length of the film", {0.02, 600});
    f.integer("pictures", pictures, "of a strip, evenly spaced over one stride", {1, 200});
    f.integer("columns", columns, "of a strip", {1, 50});
    f.integer("width", width, "of a picture, pixels", {32, 4096});
    f.integer("height", height, "of a picture, pixels", {32, 4096});
    f.number("azimuth", azimuth, "camera direction, degrees; 0 looks at its front, -90 stands at its right", {-360, 360});
    f.text("terrain", terrain, "ground", {"flat", "rough"});
    f.text("collisions", collisions, "what may touch", {"feet", "full"});
    f.seed("seed", seed, "of the ground");
    return f;
  }
};

std::string caption(const learn::Player& player) {
  const core::Vec3 v = player.stride_velocity();
  return core::fixed(player.time(), 2) + " s\n" + core::fixed(v[0], 2) + " m/s";
}

studio::Image picture(studio::Film& film, learn::Player& player) {
  physics::Inspection now;
  player.env().batch().inspect(0, now);
  return film.render(now, caption(player));
}

void shoot_strip(const FilmVerb& verb, learn::Player& player, studio::Film& film) {
  std::vector<studio::Image> images;
  const double stride = player.env().model().period, from = player.time();
  while (static_cast<int>(images.size()) < verb.pictures) {
    if (player.time() - from >= stride * static_cast<double>(images.size()) / verb.pictures - 1e-9)
      images.push_back(picture(film, player));
    player.tick();
  }
  studio::write_png(verb.out, studio::strip(images, verb.columns));
}

void shoot_movie(const FilmVerb& verb, learn::Player& player, studio::Film& film) {
  const int every = 2;
  studio::Movie movie(verb.out, verb.width, verb.height, 1 / (every * player.dt()));
  const int ticks = static_cast<int>(std::lround(verb.seconds / player.dt()));
  for (int tick = 0; tick < ticks; ++tick) {
    if (tick % every == 0) movie.add(picture(film, player));
    player.tick();
  }
  movie.finish();
}

int run_film(FilmVerb& verb) {
  core::Fields fields = verb.fields();
  verb.settings.apply(fields);
  if (verb.body.empty() && (verb.policy.empty() || verb.policy == "none")) verb.body = "unitree_g1";
  std::string folder;
  if (verb.policy != "none") {
    folder = find_policy(verb.policy, verb.body.empty() ? "" : body::load_body(verb.body).name);
    if (verb.body.empty()) verb.body = body_of_policy(folder);
  }
  const body::Body body = body::load_body(verb.body);
  const bool strip = verb.out.ends_with(".png");
  if (!strip && !verb.out.ends_with(".mp4") && !verb.out.ends_with(".gif")) {
    throw core::UserError("--out", "'" + verb.out + "' has no known ending", ".png, .mp4 or .gif");
  }
  learn::Player player(body, folder, {verb.terrain, verb.collisions, verb.seed});
  player.set_command({verb.vx, verb.vy, verb.wz});
  while (player.time() < verb.start) player.tick();
  studio::FilmOptions options;
  options.width = verb.width, options.height = verb.height, options.azimuth_deg = verb.azimuth;
  options.title = body.title;
  if (verb.terrain == "rough") options.ground = [&](double x, double y) { return player.env().batch().ground_height(x, y); };
  studio::Film film(body, options);
  strip ? shoot_strip(verb, player, film) : shoot_movie(verb, player, film);
  core::log_info("filmed " + verb.out + (player.falls() > 0 ? " (it fell " + std::to_string(player.falls()) + " times)" : ""));
  return 0;
}

}  // namespace

void add_film(Command& program) {
  auto verb = std::make_shared<FilmVerb>();
  Command& command = program.verb("film", "look at a gait: a strip of pictures or a movie");
  command.settings(verb->fields(), verb->settings);
  command.footer(
      "Examples:\n  manybody film --policy unitree_g1 --out strip.png\n  manybody film --policy latest --out walk.mp4 --vx 0.8");
  command.on_run([verb] { return run_film(*verb); });
}

}  // namespace manybody::apps
