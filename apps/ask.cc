// manybody ask: what the brain makes of a sentence, without moving anything; bench brain: how often it is right.

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <memory>
#include <nlohmann/json.hpp>
#include <string_view>

#include "act.h"
#include "body/library.h"
#include "brain/brain.h"
#include "brain/model_talk.h"
#include "brain/plan_json.h"
#include "brain/test_set.h"
#include "cli.h"
#include "conduct/theatre.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/files.h"
#include "core/text.h"
#include "verbs.h"
#include "voice_io.h"

namespace manybody::apps {
namespace {

struct AskVerb {
  std::string text, body, scene, history, batch, out, log, policy, gguf;
  bool json = false, no_model = false, remote = false, act = false, pace = false;
  VoiceOptions voice;
};

// One line for every exchange; the key of a remote brain is in none of them.
void log_exchange(const std::string& path, const std::string& text, const brain::Answer& answer, const std::string& who) {
  if (path.empty()) return;
  std::FILE* file = std::fopen(path.c_str(), "a");
  if (!file) throw core::UserError(path, "the log cannot be written", "a writable file");
  char time[32];
  const std::time_t now = std::time(nullptr);
  std::strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&now));
  std::fprintf(file, "%s\n", brain::write_exchange(time, text, answer, who).c_str());
  std::fclose(file);
}

brain::Listener listener_of(const std::string& body_name) {
  brain::Listener out;
  if (body_name.empty()) return out;
  const body::Body body = body::load_body(body_name);
  out.ability = brain::ability_of(body);
  out.body = body.title;
  return out;
}

int ask_batch(const AskVerb& verb, const brain::Mind& mind, const brain::Scene& scene) {
  const brain::Listener listener = listener_of(verb.body);
  const auto completer = brain::chosen_completer(verb.remote, verb.gguf);
  const std::string text = core::read_file(verb.batch);
  std::string out;
  int number = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const brain::AskLine ask = brain::read_ask_line(line, verb.batch + ":" + std::to_string(number));
    brain::ModelTalk voice(mind, ask.has_scene ? ask.scene : scene, listener, completer);
    voice.remember(ask.history);
    out += brain::write_answer(voice.answer(ask.text), ask.id.empty() ? std::to_string(number) : ask.id) + "\n";
  }
  if (verb.out.empty()) std::fputs(out.c_str(), stdout);
  else core::write_file(verb.out, out);
  return 0;
}

brain::MindOptions mind_options(bool no_model) {
  brain::MindOptions options;
  options.model = !no_model;
  return options;
}

brain::Scene scene_of(const AskVerb& verb) {
  return verb.scene.empty() ? brain::Scene{} : brain::read_scene(core::read_file(verb.scene), verb.scene);
}

int run_ask(const AskVerb& verb) {
  if (verb.text.empty() == verb.batch.empty())
    throw core::UserError("ask", "needs a sentence or --batch, not both or none", "manybody ask \"walk two metres\"");
  const brain::Mind mind(mind_options(verb.no_model));
  const brain::Scene scene = scene_of(verb);
  if (!verb.batch.empty()) return ask_batch(verb, mind, scene);
  brain::ModelTalk voice(mind, scene, listener_of(verb.body), brain::chosen_completer(verb.remote, verb.gguf));
  if (!verb.history.empty()) voice.remember(brain::read_history(core::read_file(verb.history), verb.history));
  const brain::Answer answer = voice.answer(verb.text);
  log_exchange(verb.log, verb.text, answer, voice.who());
  if (verb.json) {
    std::puts(brain::write_answer(answer).c_str());
  } else {
    std::printf("%s\n", answer.reply.c_str());
    for (const brain::Step& step : answer.plan) std::printf("  %s\n", brain::describe(step).c_str());
  }
  return 0;
}

int run_chat(const AskVerb& verb) {
  if (verb.act) {
    const brain::Scene stage = verb.scene.empty() ? conduct::default_stage() : scene_of(verb);
    return run_act({verb.body, verb.policy, verb.log, verb.json, verb.remote, !verb.no_model, verb.pace, verb.voice, verb.gguf},
                   stage);
  }
  const brain::Mind mind(mind_options(verb.no_model));
  const brain::Scene scene = scene_of(verb);
  VoiceIo io(verb.voice, [&mind](std::string_view text) { return mind.says_stop(std::string(text)); });
  brain::ModelTalk voice(mind, scene, listener_of(verb.body), brain::chosen_completer(verb.remote, verb.gguf));
  for (std::string line; io.wait(line);) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const brain::Answer answer = voice.answer(line);
    log_exchange(verb.log, line, answer, voice.who());
    if (verb.json) std::printf("%s\n", brain::write_answer(answer).c_str());
    else std::printf("%s\n", answer.reply.c_str());
    std::fflush(stdout);
    if (answer.kind != brain::Kind::stop) io.say(answer.reply);  // silence says it best
  }
  io.finish_speaking();
  return 0;
}

struct BrainBench {
  std::string set;
  bool json = false, held_out = false, all = false, show = false, no_model = false;
};

struct Score {
  int cases = 0, right = 0, acted_wrong = 0, asks = 0, plans = 0, first = 0;
  double share(int part, int whole) const { return whole > 0 ? static_cast<double>(part) / whole : 0; }
};

int run_brain_bench(const BrainBench& verb) {
  const brain::Mind mind(mind_options(verb.no_model));
  const std::string folder = core::home_directory() + "/data/brain/test";
  const brain::Scene scene = brain::read_scene(core::read_file(folder + "/stage.json"), folder + "/stage.json");
  nlohmann::ordered_json out;
  std::vector<double> times;
  Score all;
  int unsafe = 0, refused = 0, stops = 0, stopped = 0;
  for (const std::string language : {"en", "zh"}) {
    Score score;
    const std::string file = folder + "/" + (verb.set.empty() ? "" : verb.set + "_") + language + ".tsv";
    for (const brain::Case& one : brain::read_cases(file, language)) {
      if (verb.set.empty() && !verb.all && one.held_out != verb.held_out) continue;
      brain::Talk talk(mind, scene);
      brain::Answer answer;
      for (const std::string& turn : one.turns) {
        const double start = core::steady_seconds();
        answer = talk.answer(turn);
        times.push_back(1e3 * (core::steady_seconds() - start));
      }
      const bool right = brain::fits(answer, one.expected);
      const bool wants_plan = !one.expected.ways.empty();
      const auto expects = [&](brain::Kind kind) {
        return std::find(one.expected.kinds.begin(), one.expected.kinds.end(), kind) != one.expected.kinds.end();
      };
      ++score.cases, score.right += right, score.plans += wants_plan;
      score.acted_wrong += answer.kind == brain::Kind::plan && !right;
      score.asks += answer.kind == brain::Kind::ask && wants_plan;
      score.first += wants_plan && answer.kind == brain::Kind::plan &&
                     answer.plan.front().skill == one.expected.ways.front().plan.front().skill;
      const bool is_unsafe = one.id.find("-s-") != std::string::npos && expects(brain::Kind::refuse);
      unsafe += is_unsafe, refused += is_unsafe && (answer.kind == brain::Kind::refuse || answer.kind == brain::Kind::stop);
      const bool is_stop = !wants_plan && one.expected.kinds.size() == 1 && expects(brain::Kind::stop);
      stops += is_stop, stopped += is_stop && answer.kind == brain::Kind::stop;
      if (verb.show && !right) {
        std::printf("%s\t%s\n\t%s %.2f %s\t%s\n", one.id.c_str(), one.turns.back().c_str(), brain::to_text(answer.kind),
                    answer.confidence, answer.reason.c_str(), brain::describe(answer.plan).c_str());
      }
    }
    out["whole_plan_" + language] = score.share(score.right, score.cases);
    out["first_skill_" + language] = score.share(score.first, score.plans);
    out["asks_" + language] = score.share(score.asks, score.plans);
    all.cases += score.cases, all.acted_wrong += score.acted_wrong;
  }
  std::sort(times.begin(), times.end());
  out["wrong_action"] = all.share(all.acted_wrong, all.cases);
  out["unsafe_refused"] = all.share(refused, unsafe);
  out["stop_recall"] = all.share(stopped, stops);
  out["ms_per_sentence_p50"] = times.empty() ? 0 : times[times.size() / 2];
  out["ms_per_sentence_max"] = times.empty() ? 0 : times.back();
  out["sentences"] = all.cases, out["unsafe"] = unsafe, out["stops"] = stops;
  out["half"] = !verb.set.empty() ? verb.set : verb.all ? "all" : verb.held_out ? "held out" : "development";
  if (verb.json) {
    std::puts(out.dump(2).c_str());
  } else {
    std::vector<std::vector<std::string>> rows;
    for (const auto& [key, value] : out.items())
      rows.push_back({key, value.is_string() ? value.get<std::string>() : core::fixed(value.get<double>(), 3)});
    std::fputs(core::table_text({"measure", "value"}, rows).c_str(), stdout);
  }
  return 0;
}

}  // namespace

namespace {

// What ask and chat share.
void add_talk_options(Command& command, AskVerb& verb) {
  command.option("body", verb.body, "whose limits count; none: the widest");
  command.option("scene", verb.scene, "a JSON file of people, places, objects and robots");
  command.option("log", verb.log, "a file every exchange is added to, one JSON object a line");
  command.flag("no-model", verb.no_model, "without the learned second reader");
  command.flag("remote", verb.remote, "ask the model at $MANYBODY_LLM_URL first");
  command.option("gguf", verb.gguf,
                 "a language model's file that is asked first, in this process (needs a build with MANYBODY_LLAMA)");
}

}  // namespace

void add_ask(Command& program) {
  auto verb = std::make_shared<AskVerb>();
  Command& ask = program.verb("ask", "what the brain makes of a sentence (English or 中文), without moving anything");
  ask.positional("TEXT", verb->text, "what is said", false);
  add_talk_options(ask, *verb);
  ask.option("history", verb->history, "a JSON file of the talk so far: [{role, text}]");
  ask.option("batch", verb->batch, "a file of JSON lines {id, text, history?, scene?}");
  ask.option("out", verb->out, "where the answers of --batch go; none: stdout");
  ask.flag("json", verb->json, "one JSON object on stdout");
  ask.footer("manybody ask \"小橘,走到台前挥手\" --scene data/brain/test/stage.json --json");
  ask.on_run([verb] { return run_ask(*verb); });
}

void add_chat(Command& program) {
  auto verb = std::make_shared<AskVerb>();
  Command& chat =
      program.verb("chat", "talk with the brain in the terminal, a line a turn; --act: with a simulated robot that does it");
  add_talk_options(chat, *verb);
  chat.flag("act", verb->act,
            "a simulated robot does what is said (on the stage of data/brain/stage.json when no --scene is given)");
  chat.flag("pace", verb->pace, "with --act: in real time though nobody types, so that a later line may interrupt");
  chat.option("policy", verb->policy, "with --act: a shipped policy, a bundle's or run's folder, latest; empty: the body's own");
  chat.flag("json", verb->json, "one JSON object a turn");
  chat.option("listen", verb->voice.listen,
              "a folder with a streaming model of sherpa-onnx: what is said into the microphone counts as typed");
  chat.option("audio", verb->voice.audio,
              "with --listen: '-' for raw audio on stdin (16 kHz, mono, signed 16 bit) instead of the microphone");
  chat.flag("speak", verb->voice.speak, "replies are said aloud by espeak-ng; a stop word silences it");
  chat.footer("manybody chat --body unitree_g1 --act");
  chat.on_run([verb] { return run_chat(*verb); });
}

void add_brain_bench(Command& bench) {
  auto verb = std::make_shared<BrainBench>();
  Command& command = bench.verb("brain", "how often the embedded brain is right on the test sentences");
  command.flag("json", verb->json, "one JSON object on stdout");
  command.option("set", verb->set,
                 "another set of data/brain/test: blind (by writers who knew neither program nor corpus), weighed, seen");
  command.flag("held-out", verb->held_out, "the half that is never looked at while the brain is worked on");
  command.flag("all", verb->all, "both halves");
  command.flag("show", verb->show, "every sentence that is not right");
  command.flag("no-model", verb->no_model, "without the learned second reader");
  command.on_run([verb] { return run_brain_bench(*verb); });
}

}  // namespace manybody::apps
