#include "brain/model_talk.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "brain/gate.h"
#include "brain/lexicon.h"
#include "brain/llama_model.h"
#include "brain/mind.h"
#include "brain/plan_json.h"
#include "brain/remote.h"
#include "core/error.h"
#include "core/log.h"

namespace manybody::brain {
namespace {

using Json = nlohmann::ordered_json;
constexpr size_t kTurnsKept = 16;

// Bytes that are no UTF-8 become U+FFFD: a model that writes byte by byte may leave a character half written.
std::string well_formed(const std::string& text) {
  return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace)).get<std::string>();
}

}  // namespace

std::string repaired_json(std::string_view text) {
  const size_t open = text.find_first_of("{[");
  if (open == std::string_view::npos) return "";
  std::string out, stack;
  bool in_text = false;
  for (size_t i = open; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text) {
      out += c;
      if (c == '\\' && i + 1 < text.size()) out += text[++i];
      else if (c == '"') in_text = false;
      continue;
    }
    if (c == '"') in_text = true;
    if (c == '{' || c == '[') stack += c == '{' ? '}' : ']';
    if (c == '}' || c == ']') {
      if (stack.empty() || stack.back() != c) return "";  // closed wrongly: which was meant is open
      while (!out.empty() && (out.back() == ' ' || out.back() == '\n' || out.back() == '\t' || out.back() == '\r'))
        out.pop_back();
      if (!out.empty() && out.back() == ',') out.pop_back();
      stack.pop_back();
    }
    out += c;
    if (stack.empty()) return out;
  }
  if (in_text) return "";  // cut off inside a string: what it said is unknown
  while (!out.empty() && (out.back() == ',' || out.back() == ' ' || out.back() == '\n')) out.pop_back();
  if (!out.empty() && out.back() == ':') return "";
  while (!stack.empty()) out += stack.back(), stack.pop_back();
  return out;
}

Answer read_model_answer(const std::string& content, const std::string& tool_arguments) {
  const std::string json_text = well_formed(repaired_json(tool_arguments.empty() ? content : tool_arguments));
  Answer out;
  out.confidence = 0.9;
  if (json_text.empty()) {
    if (!tool_arguments.empty() || content.empty()) throw core::UserError("model", "its plan cannot be read", "a plan as JSON");
    return out.kind = Kind::chat, out.reply = well_formed(content), out;
  }
  const Json json = Json::parse(json_text, nullptr, false);
  if (json.is_discarded()) throw core::UserError("model", "its plan is not JSON", "a plan as JSON");
  const std::string kind =
      json.is_object() && json.contains("kind") && json["kind"].is_string() ? json["kind"].get<std::string>() : "plan";
  if (json.is_object() && json.contains("reply") && json["reply"].is_string()) out.reply = json["reply"].get<std::string>();
  out.kind = kind == "ask"      ? Kind::ask
             : kind == "refuse" ? Kind::refuse
             : kind == "chat"   ? Kind::chat
             : kind == "stop"   ? Kind::stop
                                : Kind::plan;
  if (out.kind == Kind::plan) out.plan = read_plan(json_text, "model");
  return out;
}

std::shared_ptr<Completer> chosen_completer(bool remote, const std::string& gguf) {
  if (remote && !gguf.empty()) throw core::UserError("--gguf", "--remote names another model", "one of the two");
  if (!gguf.empty()) return make_llama_completer(llama_options_from_environment(gguf));
  if (!remote) return nullptr;
  const RemoteOptions options = remote_from_environment();
  if (options.url.empty())
    throw core::UserError("--remote", "MANYBODY_LLM_URL is not set", "MANYBODY_LLM_URL=http://host:port/v1");
  return make_remote_completer(options);
}

struct ModelTalk::State {
  Talk talk;
  const Mind& mind;
  std::shared_ptr<Completer> completer;
  std::vector<Turn> turns;
  std::string failure;
  bool embedded = true;  // answered last
  State(const Mind& m, Scene scene, Listener listener, std::shared_ptr<Completer> c)
      : talk(m, std::move(scene), std::move(listener)), mind(m), completer(std::move(c)) {}
};

ModelTalk::ModelTalk(const Mind& mind, Scene scene, Listener listener, std::shared_ptr<Completer> completer)
    : state_(std::make_unique<State>(mind, std::move(scene), std::move(listener), std::move(completer))) {}
ModelTalk::~ModelTalk() = default;
const std::string& ModelTalk::last_failure() const { return state_->failure; }
const char* ModelTalk::who() const { return state_->embedded ? "embedded" : state_->completer->name(); }
Talk& ModelTalk::embedded() { return state_->talk; }
void ModelTalk::remember(const std::vector<Turn>& history) {
  state_->turns.insert(state_->turns.end(), history.begin(), history.end());
  state_->talk.remember(history);
}

Answer ModelTalk::answer(const std::string& text, const std::function<void(std::string_view)>& piece, std::stop_token stop) {
  State& s = *state_;
  s.failure.clear();
  s.embedded = true;
  if (!s.completer) return s.talk.answer(text);
  const std::vector<Unit> units = s.mind.parts().lexicon.normaliser().units(text);
  if (s.mind.parts().gate.says_stop(units) || s.mind.parts().gate.harm_in(units, s.talk.scene()) || text.size() > kMaxText)
    return s.talk.answer(text);
  s.turns.push_back({"user", text});
  if (s.turns.size() > kTurnsKept) s.turns.erase(s.turns.begin(), s.turns.end() - kTurnsKept);
  Answer answer;
  try {
    const Completion wrote = s.completer->complete({s.turns, s.talk.scene(), s.mind.skills()}, piece, std::move(stop));
    s.failure = wrote.failure;
    if (s.failure.empty()) answer = s.talk.vet(text, read_model_answer(wrote.content, wrote.tool_arguments));
  } catch (const core::UserError& error) {
    s.failure = error.what();
  }
  if (!s.failure.empty()) {
    core::log_warning("the model does not answer (" + s.failure + "): the embedded brain does");
    answer = s.talk.answer(text);
  }
  s.embedded = !s.failure.empty();
  s.turns.push_back({"assistant", answer.reply});
  return answer;
}

}  // namespace manybody::brain
