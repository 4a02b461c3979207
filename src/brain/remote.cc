#include "brain/remote.h"

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/error.h"

namespace manybody::brain {
namespace {

using Json = nlohmann::ordered_json;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

RemoteOptions remote_from_environment() {
  RemoteOptions out;
  out.url = environment("MANYBODY_LLM_URL"), out.key = environment("MANYBODY_LLM_KEY");
  if (const std::string model = environment("MANYBODY_LLM_MODEL"); !model.empty()) out.model = model;
  return out;
}

Endpoint read_endpoint(const std::string& url) {
  const std::string scheme = "http://";
  if (url.rfind(scheme, 0) != 0)
    throw core::UserError("MANYBODY_LLM_URL", "'" + url + "' is not an address this can reach", "http://host:port/v1");
  const std::string rest = url.substr(scheme.size());
  const size_t slash = rest.find('/');
  const std::string authority = rest.substr(0, slash);
  Endpoint out;
  out.path = slash == std::string::npos ? "" : rest.substr(slash);
  while (!out.path.empty() && out.path.back() == '/') out.path.pop_back();
  const size_t colon = authority.rfind(':');
  out.host = authority.substr(0, colon), out.port = colon == std::string::npos ? "80" : authority.substr(colon + 1);
  const bool digits = !out.port.empty() && out.port.find_first_not_of("0123456789") == std::string::npos;
  if (out.host.empty() || !digits || authority.find('@') != std::string::npos)
    throw core::UserError("MANYBODY_LLM_URL", "'" + url + "' names no host and port", "http://host:port/v1");
  return out;
}

std::string make_chat_request(const ChatRequest& request, const RemoteOptions& options) {
  Json messages = Json::array({{{"role", "system"}, {"content", system_text(request.scene, request.skills, AnswerForm::tool)}}});
  for (const Turn& turn : request.turns)
    messages.push_back({{"role", turn.role == "assistant" ? "assistant" : "user"}, {"content", turn.text}});
  const Json body = {{"model", options.model},
                     {"stream", true},
                     {"temperature", 0},
                     {"messages", messages},
                     {"tools",
                      {{{"type", "function"},
                        {"function",
                         {{"name", "plan"},
                          {"description", "What the robot answers and does"},
                          {"parameters", Json::parse(plan_schema(request.skills))}}}}}}};
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

ChatPiece read_chat_piece(std::string_view text, const std::string& where) {
  ChatPiece out;
  if (text == "[DONE]") return out.done = true, out;
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object())
    throw core::UserError(where, "the model's answer is not JSON", "a chat completion");
  const auto choices = json.find("choices");
  if (choices == json.end() || !choices->is_array() || choices->empty() || !(*choices)[0].is_object()) {
    if (json.contains("usage") || json.contains("id")) return out;
    throw core::UserError(where, "the model's answer has no choices", "a chat completion");
  }
  const Json& choice = (*choices)[0];
  const Json* message = choice.contains("delta") ? &choice["delta"] : choice.contains("message") ? &choice["message"] : nullptr;
  if (!message || !message->is_object()) return out;
  if (const auto it = message->find("content"); it != message->end() && it->is_string()) out.content = it->get<std::string>();
  if (const auto calls = message->find("tool_calls");
      calls != message->end() && calls->is_array() && !calls->empty() && (*calls)[0].is_object()) {
    const Json& call = (*calls)[0];
    if (call.contains("function") && call["function"].is_object() && call["function"].contains("arguments")) {
      const Json& arguments = call["function"]["arguments"];
      out.tool_arguments = arguments.is_string() ? arguments.get<std::string>() : arguments.dump();
    }
  }
  return out;
}

namespace {

class RemoteCompleter : public Completer {
 public:
  explicit RemoteCompleter(RemoteOptions options) : options_(std::move(options)), endpoint_(read_endpoint(options_.url)) {}
  const char* name() const override { return "remote"; }
  Completion complete(const ChatRequest& request, const std::function<void(std::string_view)>& piece,
                      std::stop_token stop) override {
    Completion out;
    std::string plain;
    const auto take = [&](std::string_view line) {
      if (stop.stop_requested()) throw core::UserError("model", "cancelled", "an answer that is waited for");
      if (line.rfind("data:", 0) != 0) {
        plain += line;
        return;
      }
      line.remove_prefix(line.size() > 5 && line[5] == ' ' ? 6 : 5);
      const ChatPiece part = read_chat_piece(line, "model");
      out.content += part.content, out.tool_arguments += part.tool_arguments;
      if (out.content.size() + out.tool_arguments.size() > 200000)
        throw core::UserError("model", "its answer is too long", "a short plan");
      if (piece && !part.content.empty()) piece(part.content);
    };
    out.failure = post_json(endpoint_, options_.key, make_chat_request(request, options_), options_.timeout_s, take);
    if (out.failure.empty() && out.content.empty() && out.tool_arguments.empty() && !plain.empty()) {
      const ChatPiece whole = read_chat_piece(plain, "model");
      out.content = whole.content, out.tool_arguments = whole.tool_arguments;
    }
    return out;
  }

 private:
  RemoteOptions options_;
  Endpoint endpoint_;
};

}  // namespace

std::shared_ptr<Completer> make_remote_completer(RemoteOptions options) {
  return std::make_shared<RemoteCompleter>(std::move(options));
}

#ifdef MANYBODY_BARE
std::string post_json(const Endpoint&, const std::string&, const std::string&, double,
                      const std::function<void(std::string_view)>&) {
  return "this build has no network";
}
#endif

}  // namespace manybody::brain
