// What completes a chat with a language model, wherever the model runs, and what is said to it before the talk.
//
// Reads: the turns of a talk, the scene, the skills. Writes: Completion: what the model wrote, as it wrote it; model_talk.h reads and vets it.
// Method: one system message made from skills and scene; the answer is asked for as JSON: by a tool's schema where the other side has tools,
// by a grammar (GBNF) where the model runs in this process. Scene names go out as JSON text: data, never instructions.
// Limits: a Completer is used by one thread at a time. Errors: complete() throws core::UserError on nonsense; what went wrong on the
// way (time-out, connection refused, cancelled) is in `failure`.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "brain/plan.h"
#include "brain/scene.h"
#include "brain/skill.h"

namespace manybody::brain {

struct ChatRequest {
  const std::vector<Turn>& turns;  // oldest first, the last is what was said now
  const Scene& scene;
  const Skills& skills;
};

struct Completion {
  std::string content, tool_arguments;  // talk or JSON in it; JSON of a tool call or under a grammar
  std::string failure;                  // "" or why there is no answer
};

class Completer {
 public:
  virtual ~Completer() = default;
  virtual const char* name() const = 0;  // for logs: "remote", "gguf"
  // piece: called with each part of `content` as it comes; may be null. stop: ends the wait from another thread.
  virtual Completion complete(const ChatRequest& request, const std::function<void(std::string_view)>& piece,
                              std::stop_token stop) = 0;
};

enum class AnswerForm { tool, json };  // by a call of the tool `plan`; as one JSON object
std::string system_text(const Scene& scene, const Skills& skills, AnswerForm form);
std::string plan_schema(const Skills& skills);   // JSON schema of what the model answers
std::string plan_grammar(const Skills& skills);  // the same in GBNF, stricter: the arguments of each skill, bounded lengths

}  // namespace manybody::brain
