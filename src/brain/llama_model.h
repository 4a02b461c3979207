// A language model that runs in this process: the user's own GGUF file, by llama.cpp. Built only with the CMake option MANYBODY_LLAMA.
//
// Reads: a GGUF file of a chat model; $MANYBODY_GGUF_TIMEOUT_S, $MANYBODY_GGUF_THREADS. Writes: LlamaText, a Completer (completion.h).
// Method: the model's own chat template (those that llama.cpp knows by sight), the likeliest token each time, under a grammar (GBNF). What
// the last talk and this one have in common from the beginning, the system text above all, is not read again. Words of the talk that spell a
// control token are broken up: nobody closes his turn by saying so.
// A child process reads the file first: on some damaged ones llama.cpp ends the program it is in.
// Limits: processor only. A prompt that is too long loses its oldest turns. A LlamaWriter is one thread's; a LlamaModel may serve many.
// Errors: core::UserError for a file that is missing, damaged or no chat model, and in a build without llama.cpp for any; a time-out, a
// cancelled wait or an answer without end are in `failure`.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "brain/completion.h"
#include "brain/plan.h"

namespace manybody::brain {

struct LlamaOptions {
  std::string path;
  double timeout_s = 60;  // for a whole answer; what was read of the talk until then stays read
  int tokens_max = 512;   // of an answer
  int context = 4096;     // tokens of talk and answer together; the model's own limit may be lower
  int threads = 0;        // 0: as many as the machine has, at most 8
};
LlamaOptions llama_options_from_environment(const std::string& path);

struct LlamaText {
  std::string text;
  std::string failure;                      // "", "time-out", "cancelled", "its answer is too long", …
  int tokens_read = 0, tokens_written = 0;  // read: of the prompt, without what was known from before
};

class LlamaModel {
 public:
  explicit LlamaModel(const std::string& path);
  ~LlamaModel();
  const std::string& title() const;  // "llama 7B Q4_K - Medium"

 private:
  friend class LlamaWriter;
  struct Parts;
  std::unique_ptr<const Parts> parts_;
};

class LlamaWriter {
 public:
  LlamaWriter(std::shared_ptr<const LlamaModel> model, const LlamaOptions& options);
  ~LlamaWriter();
  // messages: the first with role "system", then "user" and "assistant" in turn. grammar: GBNF with a rule `root`, "" for none.
  LlamaText write(std::vector<Turn> messages, const std::string& grammar, std::stop_token stop = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::shared_ptr<Completer> make_llama_completer(const LlamaOptions& options);

}  // namespace manybody::brain
