// Talking to the robot over HTTP the way every client of a language model already speaks: OpenAI's chat completions.
//
// Reads: bodies of POST /v1/chat/completions, which may be anything at all. Writes: ChatAsk for the application; completions, streams of
// chunks and errors in OpenAI's shape (docs/protocol.md, "Chat completions").
// Method: the last message of the user is what is said, those before it are the talk so far. Requests wait in a desk of kMaxChats; the
// application takes them and answers by number.
// Limits: kMaxChatBytes a request, kMaxChatMessages messages. Errors: none thrown; a client's mistake is answered.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "studio/http.h"

namespace manybody::studio {

inline constexpr size_t kMaxChatBytes = 64 * 1024, kMaxChats = 64, kMaxChatMessages = 256;

struct ChatTurn {
  std::string role, text;
};

struct ChatAsk {
  std::string model, text;
  std::vector<ChatTurn> history;  // before `text`, oldest first
  bool stream = false;
  bool plan_tool = false;  // the client offers a tool `plan`: it gets the plan as a call of it
};

struct ChatAnswer {
  std::string reply, kind, language, reason;
  double confidence = 0;
  std::string plan = "[]";  // JSON: the steps
};

// nothing: `error` is the answer.
std::optional<ChatAsk> parse_chat(std::string_view body, Response& error);
Response chat_response(const ChatAsk& ask, const ChatAnswer& answer, uint64_t id);
Response chat_error(int status, const std::string& message, const std::string& code = "");
Response models_response(const std::vector<std::string>& names);

// Another part's refusal in OpenAI's shape, for addresses under /v1/.
Response chat_shaped(Response refusal);

// Requests that wait for the application, each with the way its answer goes back. Thread-safe.
class ChatDesk {
 public:
  using Respond = std::function<void(Response)>;
  struct Call {
    uint64_t id = 0;
    ChatAsk ask;
  };
  void post(std::string_view body, Respond respond);  // answers at once what is wrong or too much
  std::vector<Call> take();
  void answer(uint64_t id, const ChatAnswer& answer);
  void refuse(uint64_t id);  // the application is too busy

 private:
  Respond finish(uint64_t id, ChatAsk& ask);
  std::mutex mutex_;
  uint64_t last_ = 0;
  std::vector<uint64_t> fresh_;
  std::map<uint64_t, std::pair<ChatAsk, Respond>> waiting_;
};

}  // namespace manybody::studio
