// manybody chat --act: a conversation in the terminal that drives a simulated robot and tells what it does.
//
// Reads: lines of stdin or a microphone; a body, its policy, the stage. Writes: replies, the checklist as it changes, where the robot ends up.
// Method: at a terminal (or with `pace` or a voice) in real time, so that "stop" interrupts; otherwise each line is carried out to its end.
#pragma once

#include <string>

#include "brain/scene.h"
#include "voice_io.h"

namespace manybody::apps {

struct ActOptions {
  std::string body, policy, log;
  bool json = false, remote = false, model = true, pace = false;
  VoiceOptions voice = {};
  std::string gguf = {};
};

int run_act(const ActOptions& options, const brain::Scene& stage);

}  // namespace manybody::apps
