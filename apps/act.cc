#include "act.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <thread>

#include "body/library.h"
#include "brain/brain.h"
#include "brain/plan_json.h"
#include "conduct/theatre.h"
#include "core/text.h"
#include "find.h"
#include "stop.h"
#include "voice_io.h"

namespace manybody::apps {
namespace {

constexpr double kSettleS = 1.0;   // a robot comes to rest after its plan
constexpr double kLongestS = 900;  // simulated, for one line

// Prints what changed in an exchange, once.
class Printer {
 public:
  Printer(bool json, VoiceIo& voice) : json_(json), voice_(voice) {}

  void show(const conduct::Exchange& exchange, double time) {
    Seen& seen = seen_[exchange.id];
    if (exchange.answered && !seen.replied) {
      seen.replied = true;
      if (exchange.answer.kind != brain::Kind::stop) voice_.say(exchange.answer.reply);  // who hears "stopping" says stop again
      if (json_) std::printf("%s\n", brain::write_answer(exchange.answer, std::to_string(exchange.id)).c_str());
      else std::printf("%s\n", exchange.answer.reply.c_str());
    }
    for (; seen.spoken < exchange.spoken.size(); ++seen.spoken) say(exchange.spoken[seen.spoken], time);
    seen.states.resize(exchange.plan.size(), conduct::StepState::waiting);
    for (size_t i = 0; i < exchange.plan.size(); ++i) {
      if (seen.states[i] == exchange.plan[i].state) continue;
      seen.states[i] = exchange.plan[i].state;
      step(exchange, i, time);
    }
    std::fflush(stdout);
  }

 private:
  struct Seen {
    bool replied = false;
    size_t spoken = 0;
    std::vector<conduct::StepState> states;
  };
  void say(const conduct::Spoken& spoken, double time) const {
    voice_.say(spoken.text);
    if (json_)
      std::printf("%s\n",
                  nlohmann::ordered_json({{"time", time}, {"robot", spoken.robot}, {"says", spoken.text}}).dump().c_str());
    else std::printf("  %s: \"%s\"\n", spoken.robot.c_str(), spoken.text.c_str());
  }
  void step(const conduct::Exchange& exchange, size_t i, double time) const {
    const conduct::StepView& view = exchange.plan[i];
    if (json_) {
      const nlohmann::ordered_json line = {{"time", time},         {"id", exchange.id},   {"step", i},
                                           {"skill", view.skill},  {"robot", view.robot}, {"state", conduct::to_text(view.state)},
                                           {"reason", view.reason}};
      std::printf("%s\n", line.dump().c_str());
      return;
    }
    std::printf("  %6s s  %-8s %s%s%s\n", core::fixed(time, 1).c_str(), conduct::to_text(view.state), view.label.c_str(),
                view.reason.empty() ? "" : ": ", view.reason.c_str());
  }
  bool json_;
  VoiceIo& voice_;
  std::map<uint64_t, Seen> seen_;
};

void print_stance(const conduct::Stance& from, const conduct::Stance& now, bool json) {
  const double degrees = std::remainder(now.yaw - from.yaw, 6.283185307179586) * 57.29577951308232;
  if (json) {
    const nlohmann::ordered_json line = {{"x", now.x}, {"y", now.y}, {"yaw", now.yaw}, {"fallen", now.fallen}};
    std::printf("%s\n", line.dump().c_str());
  } else {
    std::printf("  now at (%s, %s) m, %s m from before, turned %s degrees%s\n", core::fixed(now.x, 2).c_str(),
                core::fixed(now.y, 2).c_str(), core::fixed(std::hypot(now.x - from.x, now.y - from.y), 2).c_str(),
                core::fixed(degrees, 0).c_str(), now.fallen ? ", fallen" : "");
  }
  std::fflush(stdout);
}

bool slow_brain(const ActOptions& options) { return options.remote || !options.gguf.empty(); }

class Act {
 public:
  Act(const ActOptions& options, const brain::Scene& stage)
      : options_(options),
        voice_(options.voice, [this](std::string_view text) { return stop_words_.says_stop(std::string(text)); }),
        theatre_(parts(options), stage, {slow_brain(options), options.remote, options.model, options.log, options.gguf}),
        printer_(options.json, voice_),
        stop_(catch_stop_signals()) {
    theatre_.player(0).set_command({});
  }

  int run() {
    const bool paced = options_.pace || options_.voice.spoken() || ::isatty(STDIN_FILENO);
    return paced ? run_paced() : run_through();
  }

 private:
  static std::vector<conduct::Part> parts(const ActOptions& options) {
    conduct::Part part;
    part.body = std::make_shared<const body::Body>(body::load_body(options.body.empty() ? "unitree_g1" : options.body));
    part.name = part.body->title.empty() ? part.body->name : part.body->title;
    part.policy = find_policy(options.policy, part.body->name);
    return {part};
  }

  void news() {
    for (const conduct::Exchange& exchange : theatre_.conductor().take_news()) printer_.show(exchange, theatre_.time());
  }

  int run_paced() {
    auto next = std::chrono::steady_clock::now();
    while (!stop_ && !(voice_.ended() && !theatre_.conductor().busy())) {
      for (std::string line; voice_.take(line);) say(line);
      theatre_.step();
      news();
      next += std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(theatre_.dt()));
      std::this_thread::sleep_until(next);
    }
    if (!stop_) voice_.finish_speaking();
    return 0;
  }

  int run_through() {
    for (std::string line; !stop_ && voice_.wait(line, &stop_);) {
      if (!say(line)) continue;
      const conduct::Stance from = theatre_.stance(0);
      const double begun = theatre_.time();
      do {
        theatre_.step();
        news();
        // A language model answers in its own time: the robot's stands still meanwhile.
        if (slow_brain(options_) && theatre_.conductor().waiting_for_brain())
          std::this_thread::sleep_for(std::chrono::milliseconds(5));
      } while (!stop_ && theatre_.conductor().busy() && theatre_.time() - begun < kLongestS);
      for (const double until = theatre_.time() + kSettleS; theatre_.time() < until;) theatre_.step();
      print_stance(from, theatre_.stance(0), options_.json);
    }
    return 0;
  }

  bool say(const std::string& line) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) return false;
    return theatre_.conductor().hear({line, theatre_.name(0), {}, false, false, "terminal"}) != 0;
  }

  static brain::MindOptions words_only() {
    brain::MindOptions options;
    options.model = false;
    return options;
  }

  ActOptions options_;
  const brain::Mind stop_words_{words_only()};
  VoiceIo voice_;  // before the theatre and its threads
  conduct::Theatre theatre_;
  Printer printer_;
  const std::atomic<bool>& stop_;
};

}  // namespace

int run_act(const ActOptions& options, const brain::Scene& stage) { return Act(options, stage).run(); }

}  // namespace manybody::apps
