// manybody bench generalise: a policy that never saw some real bodies, on those bodies: at once, and after adapting to each.

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "adapt.h"
#include "body/library.h"
#include "cli.h"
#include "core/error.h"
#include "core/log.h"
#include "core/text.h"
#include "find.h"
#include "stop.h"
#include "verbs.h"

namespace manybody::apps {
namespace {

// Frozen: how every body is judged, and what counts as passed.
constexpr double kZeroShotGate = 0.85, kAdaptedGate = 0.95;

struct GeneraliseVerb {
  std::string policy = "one_unseen", unseen = "booster_t1,apptronik_apollo,pal_talos", drawn = "random:1001-1016";
  std::string logs = "logs", rehearse = kRehearsed;
  double minutes = 2;
  int threads = 0;
  bool json = false;
  learn::EvalOptions eval;
  Settings settings;

  core::Fields fields() {
    core::Fields f;
    f.text("policy", policy, "trained without the bodies below");
    f.text("unseen", unseen, "real bodies that were kept out of training");
    f.text("drawn", drawn, "bodies drawn at random that were kept out");
    f.number("minutes", minutes, "of adapting to each real body; 0: none", {0, 1000});
    f.integer("adapt_threads", threads, "0 for all processors", {0, 1024});
    f.text("rehearse", rehearse, "known bodies practised while adapting, and judged for forgetting");
    f.text("logs", logs, "where adapted policies are kept");
    eval.describe(f);
    return f;
  }
};

// Mean survival over several bodies.
double mean_survival(const Bodies& bodies, const std::string& folder, const learn::EvalOptions& options) {
  double sum = 0;
  for (const auto& body : bodies) sum += evaluate_on(*body, folder, options).survival;
  return bodies.empty() ? 1 : sum / static_cast<double>(bodies.size());
}

nlohmann::ordered_json one_body(const GeneraliseVerb& verb, const std::string& folder, const std::string& name,
                                const Bodies& known, double known_before) {
  const auto body = std::make_shared<const body::Body>(body::load_body(name));
  nlohmann::ordered_json row = {{"body", body->name}, {"mass", body->mass}, {"leg_length", body->leg_length}};
  row["zero_shot"] = json_of(evaluate_on(*body, folder, verb.eval));
  core::log_info(fmt::format("{}: at once {:.2f}", body->name, row["zero_shot"]["survival"].get<double>()));
  if (verb.minutes <= 0) return row;
  learn::AdaptOptions options;
  options.minutes = verb.minutes;
  options.threads = verb.threads;
  options.seed = verb.eval.seed;
  options.rehearse = all_but(known, body->name);
  options.run_folder = verb.logs + "/generalise_" + body->name;
  options.quiet = true;
  options.stop = &catch_stop_signals();
  std::filesystem::remove_all(options.run_folder);
  const learn::TrainResult result = learn::adapt(body, folder, options);
  row["adapted"] = json_of(evaluate_on(*body, result.policy, verb.eval));
  row["adapt_seconds"] = result.seconds, row["adapt_steps"] = result.steps;
  row["known_bodies_before"] = known_before;
  row["known_bodies_after"] = mean_survival(known, result.policy, verb.eval);
  core::log_info(
      fmt::format("{}: after {:.1f} minutes {:.2f}", body->name, result.seconds / 60, row["adapted"]["survival"].get<double>()));
  return row;
}

void print_table(const nlohmann::ordered_json& out) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& b : out["bodies"]) {
    const bool adapted = b.contains("adapted");
    const auto number = [](const nlohmann::ordered_json& from, const char* key) {
      return core::fixed(from[key].get<double>(), 2);
    };
    rows.push_back({b["body"].get<std::string>(), number(b["zero_shot"], "survival"), number(b["zero_shot"], "velocity_rmse_mps"),
                    adapted ? number(b["adapted"], "survival") : "-", adapted ? number(b["adapted"], "velocity_rmse_mps") : "-",
                    adapted ? number(b, "known_bodies_after") : "-"});
  }
  std::fputs(
      core::table_text({"never seen", "survival at once", "error m/s", "after adapting", "error m/s", "known bodies then"}, rows)
          .c_str(),
      stdout);
  std::printf("%d bodies drawn at random, never seen: survival %.2f; known bodies: %.2f\n", out["drawn"]["bodies"].get<int>(),
              out["drawn"]["survival"].get<double>(), out["known_bodies"].get<double>());
}

int run_generalise(GeneraliseVerb& verb) {
  core::Fields fields = verb.fields();
  verb.settings.apply(fields);
  const std::string folder = find_policy(verb.policy, "");
  const Bodies known = load_bodies(verb.rehearse);
  const double known_before = mean_survival(known, folder, verb.eval);
  nlohmann::ordered_json out = {{"policy", folder},
                                {"episodes", verb.eval.episodes},
                                {"seconds", verb.eval.seconds},
                                {"seed", verb.eval.seed},
                                {"push_mps", verb.eval.push_mps},
                                {"gates", {{"zero_shot", kZeroShotGate}, {"adapted", kAdaptedGate}}},
                                {"known_bodies", known_before}};
  const Bodies drawn = load_bodies(verb.drawn);
  out["drawn"] = {{"bodies", drawn.size()}, {"survival", mean_survival(drawn, folder, verb.eval)}};
  bool zero_shot = true, adapted = verb.minutes > 0;
  for (const std::string& name : body::expand_bodies(verb.unseen)) {
    nlohmann::ordered_json row = one_body(verb, folder, name, known, known_before);
    zero_shot = zero_shot && row["zero_shot"]["survival"].get<double>() >= kZeroShotGate;
    adapted = adapted && row["adapted"]["survival"].get<double>() >= kAdaptedGate;
    out["bodies"].push_back(std::move(row));
  }
  out["passed"] = {{"zero_shot", zero_shot}, {"adapted", adapted}};
  if (verb.json) std::puts(out.dump(2).c_str());
  else print_table(out);
  return 0;
}

}  // namespace

void add_generalise_bench(Command& bench) {
  auto verb = std::make_shared<GeneraliseVerb>();
  Command& command =
      bench.verb("generalise", "a policy on real bodies that it never saw: at once, and after two minutes of adapting");
  command.flag("json", verb->json, "one JSON object on stdout");
  command.settings(verb->fields(), verb->settings);
  command.on_run([verb] { return run_generalise(*verb); });
}

}  // namespace manybody::apps
