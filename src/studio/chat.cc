#include "studio/chat.h"

#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

namespace manybody::studio {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMaxText = 16 * 1024;

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string kind_of(int status) {
  switch (status) {
    case 401:
    case 403:
      return "authentication_error";
    case 404:
      return "not_found_error";
    case 429:
      return "rate_limit_error";
    default:
      return status >= 500 ? "server_error" : "invalid_request_error";
  }
}

// "content" is a text, or a list of parts of which the texts count.
std::optional<std::string> content_of(const Json& message) {
  const auto it = message.find("content");
  if (it == message.end() || it->is_null()) return "";
  if (it->is_string()) return it->get<std::string>();
  if (!it->is_array()) return std::nullopt;
  std::string out;
  for (const Json& part : *it) {
    if (!part.is_object()) return std::nullopt;
    const auto text = part.find("text");
    if (text != part.end() && text->is_string()) out += (out.empty() ? "" : " ") + text->get<std::string>();
  }
  return out;
}

bool offers_plan(const Json& request) {
  const auto tools = request.find("tools");
  if (tools == request.end() || !tools->is_array()) return false;
  for (const Json& tool : *tools) {
    if (!tool.is_object() || !tool.contains("function") || !tool["function"].is_object()) continue;
    const Json& function = tool["function"];
    if (function.contains("name") && function["name"].is_string() && function["name"] == "plan") return true;
  }
  return false;
}

Json plan_of(const ChatAnswer& answer) {
  Json plan = Json::parse(answer.plan, nullptr, false);
  return plan.is_array() ? plan : Json::array();
}

// What a client that knows robots reads besides the text.
Json extra_of(const ChatAnswer& answer) {
  Json extra = {
      {"kind", answer.kind}, {"language", answer.language}, {"confidence", answer.confidence}, {"plan", plan_of(answer)}};
  if (!answer.reason.empty()) extra["reason"] = answer.reason;
  return extra;
}

Json calls_of(const ChatAnswer& answer, const std::string& id, bool numbered) {
  Json call = {{"id", "call_" + id},
               {"type", "function"},
               {"function", {{"name", "plan"}, {"arguments", text_of({{"plan", plan_of(answer)}})}}}};
  if (numbered) call["index"] = 0;
  return Json::array({call});
}

Json head_of(const ChatAsk& ask, const std::string& id, const char* object) {
  return {
      {"id", "chatcmpl-" + id}, {"object", object}, {"created", static_cast<int64_t>(std::time(nullptr))}, {"model", ask.model}};
}

std::string stream_of(const ChatAsk& ask, const ChatAnswer& answer, const std::string& id) {
  std::string out;
  const auto put = [&](Json delta, const Json& finish, bool last) {
    Json chunk = head_of(ask, id, "chat.completion.chunk");
    chunk["choices"] = Json::array({{{"index", 0}, {"delta", std::move(delta)}, {"finish_reason", finish}}});
    if (last) chunk["manybody"] = extra_of(answer);
    out += "data: " + text_of(chunk) + "\n\n";
  };
  put({{"role", "assistant"}, {"content", ""}}, nullptr, false);
  put({{"content", answer.reply}}, nullptr, false);
  const bool calls = ask.plan_tool && answer.kind == "plan";
  if (calls) put({{"tool_calls", calls_of(answer, id, true)}}, nullptr, false);
  put(Json::object(), calls ? "tool_calls" : "stop", true);
  return out + "data: [DONE]\n\n";
}

std::string completion_of(const ChatAsk& ask, const ChatAnswer& answer, const std::string& id) {
  Json out = head_of(ask, id, "chat.completion");
  Json message = {{"role", "assistant"}, {"content", answer.reply}};
  const bool calls = ask.plan_tool && answer.kind == "plan";
  if (calls) message["tool_calls"] = calls_of(answer, id, false);
  out["choices"] = Json::array({{{"index", 0}, {"message", message}, {"finish_reason", calls ? "tool_calls" : "stop"}}});
  out["usage"] = {{"prompt_tokens", 0}, {"completion_tokens", 0}, {"total_tokens", 0}};
  out["manybody"] = extra_of(answer);
  return text_of(out);
}

}  // namespace

Response chat_error(int status, const std::string& message, const std::string& code) {
  const Json error = {
      {"message", message}, {"type", kind_of(status)}, {"param", nullptr}, {"code", code.empty() ? Json(nullptr) : Json(code)}};
  Response r = text_response(status, "application/json", text_of({{"error", error}}));
  if (status == 429) r.headers.emplace_back("Retry-After", "1");
  if (status == 401) r.headers.emplace_back("WWW-Authenticate", "Bearer");
  return r;
}

std::optional<ChatAsk> parse_chat(std::string_view body, Response& error) {
  const auto wrong = [&](const std::string& message) {
    error = chat_error(400, message);
    return std::nullopt;
  };
  const Json request = Json::parse(body.begin(), body.end(), nullptr, /*allow_exceptions=*/false);
  if (request.is_discarded() || !request.is_object()) return wrong("the request is not a JSON object");
  const auto messages = request.find("messages");
  if (messages == request.end() || !messages->is_array() || messages->empty())
    return wrong("'messages' must be a list with a message in it");
  if (messages->size() > kMaxChatMessages) return wrong("'messages' is longer than " + std::to_string(kMaxChatMessages));
  ChatAsk ask;
  for (const Json& message : *messages) {
    if (!message.is_object() || !message.contains("role") || !message["role"].is_string())
      return wrong("a message has no 'role'");
    const std::optional<std::string> content = content_of(message);
    if (!content) return wrong("a message's 'content' must be a text or a list of parts");
    if (content->size() > kMaxText) return wrong("a message is longer than " + std::to_string(kMaxText) + " bytes");
    const std::string role = message["role"].get<std::string>();
    if (role == "user" || role == "assistant") ask.history.push_back({role, *content});
  }
  if (ask.history.empty() || ask.history.back().role != "user") return wrong("the last message must be the user's");
  ask.text = std::move(ask.history.back().text);
  ask.history.pop_back();
  ask.model = "manybody";
  if (const auto it = request.find("model"); it != request.end() && !it->is_null()) {
    if (!it->is_string() || it->get<std::string>().size() > 200) return wrong("'model' must be a name");
    ask.model = it->get<std::string>();
  }
  if (const auto it = request.find("stream"); it != request.end() && !it->is_null()) {
    if (!it->is_boolean()) return wrong("'stream' must be true or false");
    ask.stream = it->get<bool>();
  }
  ask.plan_tool = offers_plan(request);
  return ask;
}

Response chat_response(const ChatAsk& ask, const ChatAnswer& answer, uint64_t id) {
  const std::string name = std::to_string(id);
  if (ask.stream) return text_response(200, "text/event-stream; charset=utf-8", stream_of(ask, answer, name));
  return text_response(200, "application/json", completion_of(ask, answer, name));
}

Response models_response(const std::vector<std::string>& names) {
  Json list = Json::array();
  for (const std::string& name : names)
    list.push_back({{"id", name}, {"object", "model"}, {"created", 0}, {"owned_by", "manybody"}});
  return text_response(200, "application/json", text_of({{"object", "list"}, {"data", list}}));
}

Response chat_shaped(Response refusal) {
  const Json said = Json::parse(*refusal.body, nullptr, false);
  const bool has = said.is_object() && said.contains("message") && said["message"].is_string();
  return chat_error(refusal.status, has ? said["message"].get<std::string>() : "the request is refused");
}

void ChatDesk::post(std::string_view body, Respond respond) {
  Response error;
  std::optional<ChatAsk> ask = parse_chat(body, error);
  if (!ask) return respond(std::move(error));
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() < kMaxChats) {
      fresh_.push_back(++last_);
      waiting_.emplace(last_, std::pair{std::move(*ask), std::move(respond)});
      return;
    }
  }
  respond(chat_error(429, "too many requests wait: try again in a second", "busy"));
}

std::vector<ChatDesk::Call> ChatDesk::take() {
  const std::lock_guard lock(mutex_);
  std::vector<Call> out;
  for (const uint64_t id : std::exchange(fresh_, {})) {
    if (const auto it = waiting_.find(id); it != waiting_.end()) out.push_back({id, it->second.first});
  }
  return out;
}

ChatDesk::Respond ChatDesk::finish(uint64_t id, ChatAsk& ask) {
  const std::lock_guard lock(mutex_);
  const auto it = waiting_.find(id);
  if (it == waiting_.end()) return nullptr;
  ask = std::move(it->second.first);
  Respond respond = std::move(it->second.second);
  waiting_.erase(it);
  return respond;
}

void ChatDesk::answer(uint64_t id, const ChatAnswer& answer) {
  ChatAsk ask;
  if (const Respond respond = finish(id, ask)) respond(chat_response(ask, answer, id));
}

void ChatDesk::refuse(uint64_t id) {
  ChatAsk ask;
  if (const Respond respond = finish(id, ask)) respond(chat_error(429, "too many requests wait: try again in a second", "busy"));
}

}  // namespace manybody::studio
