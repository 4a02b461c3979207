// Any OpenAI-compatible model as the brain: GLM-4, OpenAI, vLLM, Ollama, a llama.cpp server. Its plans pass the same gate; when it
// is slow, gone or talks nonsense, the embedded brain answers instead, in the middle of the talk.
//
// Reads: $MANYBODY_LLM_URL (http://host:port/v1), $MANYBODY_LLM_KEY, $MANYBODY_LLM_MODEL. Writes: Answer.
// Method: one chat completion with a tool `plan` whose schema is made from the skills, streamed; tool arguments or JSON in the text are
// repaired where that is unambiguous (fences, trailing commas, missing brackets) and vetted. Stop words and harm never leave the house.
// Limits: http only (put TLS in front of a distant server); a time-out for the whole answer. The key is never logged.
// Errors: core::UserError for a URL that is none; otherwise none, see Answer and last_failure().
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "brain/brain.h"

namespace manybody::brain {

struct RemoteOptions {
  std::string url, key, model = "glm-4";
  double timeout_s = 8;
};
// From the environment; url "" when none is set.
RemoteOptions remote_from_environment();

struct Endpoint {
  std::string host, port, path;  // path without /chat/completions
};
Endpoint read_endpoint(const std::string& url);

// The two halves without a network, for tests and for the server that offers the same protocol.
std::string make_chat_request(const std::vector<Turn>& turns, const Scene& scene, const Skills& skills,
                              const RemoteOptions& options);
// One `data:` line of a stream, or a whole answer; throws core::UserError on what is neither.
struct ChatPiece {
  std::string content, tool_arguments;
  bool done = false;
};
ChatPiece read_chat_piece(std::string_view json, const std::string& where);
// JSON out of what a model wrote: fences and talk around it cut off, trailing commas dropped, open brackets closed.
std::string repaired_json(std::string_view text);
Answer read_remote_answer(const std::string& content, const std::string& tool_arguments);

class RemoteTalk {
 public:
  RemoteTalk(const Mind& mind, Scene scene, Listener listener, RemoteOptions options);
  ~RemoteTalk();
  // piece: called with each part of the reply as it comes; may be null.
  Answer answer(const std::string& text, const std::function<void(std::string_view)>& piece = nullptr);
  const std::string& last_failure() const;  // why the embedded brain answered, "" when it did not
  Talk& embedded();
  void remember(const std::vector<Turn>& history);  // what was said before, to either brain

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// One POST of JSON; sink gets each line of the body. Returns "" or why it failed ("time-out", "connection refused", "status 401").
std::string post_json(const Endpoint& endpoint, const std::string& key, const std::string& body, double timeout_s,
                      const std::function<void(std::string_view)>& line);

}  // namespace manybody::brain
