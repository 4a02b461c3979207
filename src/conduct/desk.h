// Where what people say waits to be understood: a bounded queue in front of the brain, with a thread of its own or without.
//
// Reads: utterances from any thread; who is on the stage. Writes: answers, taken by whoever conducts.
// Method: one conversation (brain::Talk) a robot that is spoken to; a language model, when one is asked for, is waited for by the desk's
// thread only. Without a thread work_off() understands on the caller's, in order: what tests and scenarios need.
// Limits: kWaiting utterances wait at most; more are turned away. Stop words do not wait here: see Conductor::hear.
// Errors: core::UserError for a model that cannot be had, while it is made.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "brain/brain.h"

namespace manybody::conduct {

inline constexpr size_t kWaiting = 64;

struct Utterance {
  std::string text;
  std::string robot;                 // spoken to; "": the first
  std::vector<brain::Turn> history;  // of a client that keeps its own talk; with `own_talk`
  bool own_talk = false;             // not part of the robot's conversation
  bool everyone = false;             // what names no robot is for all of them
  std::string from;                  // "page", "http", "terminal": for the log
};

struct Heard {
  uint64_t id = 0;
  Utterance said;
  brain::Answer answer;
  std::string brain;  // "embedded", "remote" or "gguf"
};

// What the brain may know of the moment.
struct Moment {
  brain::Scene scene;                        // robots with their positions too
  std::vector<brain::Listener> robots;       // names and what they can
  std::map<std::string, brain::Step> doing;  // robot to the step under way
};

struct DeskOptions {
  bool thread = false, remote = false;
  brain::MindOptions mind;
  std::string gguf;  // a language model's file, "" for none
};

class Desk {
 public:
  explicit Desk(const DeskOptions& options);
  ~Desk();

  const brain::Mind& mind() const;
  bool ask(uint64_t id, Utterance said);  // false: too many wait
  size_t waiting() const;
  void set_moment(Moment moment);
  void work_off();  // without a thread: understands everything that waits
  std::vector<Heard> take_answers();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace manybody::conduct
