// From what people say to robots that do it: understands, hands out plans, carries them out a control tick at a time, tells how it goes.
//
// Reads: utterances (from any thread), where each robot is. Writes: velocities and joint offsets of the robots, exchanges: what was
// said, the answer, the plan as a checklist, words to say.
// Method: hear() looks for stop words itself and tick() obeys them before anything else, so they act within one control tick however
// busy the brain is. The desk understands; tick() starts the answers' plans, one brain::Executor a robot, and applies their drives
// (docs/method/brain.md, "Robots that do it"). A robot's velocity is the plan's only while a plan that needs its legs runs: a
// wave leaves whoever steers by hand alone, and a hand at the stick ends a plan that walks (take_over).
// Limits: hear() is thread-safe, everything else is one thread's. kKept exchanges are kept.
// Errors: core::UserError while it is made (data/brain); none afterwards.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "brain/executor.h"
#include "conduct/actor.h"
#include "conduct/desk.h"
#include "motion/gesture.h"

namespace manybody::conduct {

inline constexpr size_t kKept = 64;

struct ConductorOptions {
  bool thread = false;  // understand in a thread of its own: needed where ticks must not wait
  bool remote = false;  // the model at $MANYBODY_LLM_URL first
  bool model = true;    // the learned second reader
  std::string log;      // a file every exchange is added to, one JSON object a line
  std::string gguf;     // a language model's file first
};

// A robot on the stage and what it is called.
struct Member {
  std::string name;
  std::vector<std::string> aliases;
  Actor* actor = nullptr;  // borrowed
};

enum class StepState { waiting, running, done, failed, stopped, refused };
const char* to_text(StepState state);

struct StepView {
  std::string label, skill, robot;  // label: in the speaker's language
  StepState state = StepState::waiting;
  std::string reason;
  bool operator==(const StepView&) const = default;
};

struct Spoken {
  std::string robot, text;
};

struct Exchange {
  uint64_t id = 0;
  Utterance said;
  brain::Answer answer;
  bool answered = false;
  std::string brain;           // "embedded", "remote", "gguf"
  std::vector<StepView> plan;  // one a step of answer.plan
  std::vector<Spoken> spoken;  // words of `say` steps, in order
  bool ended() const;          // answered, and no step waits or runs
};

class Conductor {
 public:
  Conductor(const ConductorOptions& options, brain::Scene stage);
  ~Conductor();

  // Who is on the stage; a robot that goes or is exchanged ends its plan.
  void set_robots(std::vector<Member> members);
  void set_stage(brain::Scene stage);  // people, places, objects
  const brain::Scene& stage() const { return stage_; }

  // From any thread. The exchange's id, or 0: too many wait.
  uint64_t hear(Utterance said);
  void tick(double dt);               // once a control step, before the robots' own
  std::vector<Exchange> take_news();  // those that changed since they were last taken, oldest first
  const Exchange* find(uint64_t id) const;
  bool busy() const;                         // something waits to be understood or is under way
  bool waiting_for_brain() const;            // something said is not answered yet
  void take_over(const std::string& robot);  // somebody steers by hand: a plan that walks ends
  void stop_all(brain::Cause cause = brain::Cause::stopped);

 private:
  struct Robot;
  void obey_stops();
  void take_answers();
  void begin(Heard heard);
  void share(brain::Plan& plan) const;
  void start_plan(Exchange& exchange);
  void interrupt(Robot& robot, brain::Cause cause);
  brain::Speaker speaker_of(const Exchange& exchange) const;
  void drive(Robot& robot, double dt);
  void note_progress(Robot& robot);
  void update_moment(bool now);
  void hear_words(const std::string& text);
  void log(const Exchange& exchange) const;
  Robot* robot_of(const std::string& name);
  Exchange* exchange_of(uint64_t id);
  Exchange& keep(uint64_t id);
  void touch(uint64_t id);
  bool names_one(const std::string& text, const Member& member) const;

  ConductorOptions options_;
  Desk desk_;
  const motion::Gestures gestures_;
  brain::Scene stage_, now_;  // as given; with the robots where they are
  std::vector<std::unique_ptr<Robot>> robots_;
  std::deque<Exchange> exchanges_;
  std::vector<uint64_t> news_;
  std::atomic<uint64_t> last_id_{0};
  double since_moment_ = 1e9;

  std::mutex mutex_;  // guards what hear() leaves for tick()
  std::vector<std::pair<uint64_t, std::string>> stops_;
  std::atomic<bool> stop_said_{false};
  std::vector<std::pair<uint64_t, Utterance>> fresh_;
};

}  // namespace manybody::conduct
