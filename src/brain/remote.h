// A language model behind an address that speaks OpenAI's protocol: GLM-4, OpenAI, vLLM, Ollama, a llama.cpp server.
//
// Reads: $MANYBODY_LLM_URL (http://host:port/v1), $MANYBODY_LLM_KEY, $MANYBODY_LLM_MODEL. Writes: a Completer (completion.h).
// Method: one chat completion with a tool `plan` whose schema is made from the skills, streamed.
// Limits: http only (put TLS in front of a distant server); a time-out for the whole answer. The key is never logged.
// Errors: core::UserError for a URL that is none and for an answer that is no chat completion.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "brain/completion.h"

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
std::string make_chat_request(const ChatRequest& request, const RemoteOptions& options);
// One `data:` line of a stream, or a whole answer; throws core::UserError on what is neither.
struct ChatPiece {
  std::string content, tool_arguments;
  bool done = false;
};
ChatPiece read_chat_piece(std::string_view json, const std::string& where);
std::shared_ptr<Completer> make_remote_completer(RemoteOptions options);

// One POST of JSON; sink gets each line of the body. Returns "" or why it failed ("time-out", "connection refused", "status 401").
std::string post_json(const Endpoint& endpoint, const std::string& key, const std::string& body, double timeout_s,
                      const std::function<void(std::string_view)>& line);

}  // namespace manybody::brain
