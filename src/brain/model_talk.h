// A talk in which a language model is asked first and the embedded brain stands behind it: when the model is slow, gone or talks
// nonsense, the embedded brain answers, in the middle of the talk.
//
// Reads: words; a Completer (remote.h: over HTTP; llama_model.h: in this process; a test's own; none: only the embedded brain). Writes: Answer.
// Method: tool arguments or JSON in the text are repaired where that is unambiguous (fences, trailing commas, missing brackets) and pass
// the gate. Stop words and harm are decided here: the model never sees them.
// Limits: one thread's. Errors: none while it talks, see who() and last_failure(); chosen_completer throws core::UserError.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "brain/brain.h"
#include "brain/completion.h"

namespace manybody::brain {

// JSON out of what a model wrote: fences and talk around it cut off, trailing commas dropped, open brackets closed.
std::string repaired_json(std::string_view text);
Answer read_model_answer(const std::string& content, const std::string& tool_arguments);

// The model that flags ask for: at $MANYBODY_LLM_URL, or in a GGUF file; none: nullptr.
std::shared_ptr<Completer> chosen_completer(bool remote, const std::string& gguf);

class ModelTalk {
 public:
  // Several talks may share a completer, one at a time; nullptr: the embedded brain alone.
  ModelTalk(const Mind& mind, Scene scene, Listener listener, std::shared_ptr<Completer> completer);
  ~ModelTalk();
  // piece: called with each part of the reply as it comes; may be null. stop: the model is waited for no longer.
  Answer answer(const std::string& text, const std::function<void(std::string_view)>& piece = nullptr, std::stop_token stop = {});
  const std::string& last_failure() const;  // why the embedded brain answered, "" when it did not
  const char* who() const;                  // answered last: the completer's name, or "embedded"
  Talk& embedded();
  void remember(const std::vector<Turn>& history);  // what was said before, to either brain

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace manybody::brain
