#include "studio/chat.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <utility>  // before Boost 1.74, which forgets it

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "studio/server.h"

namespace manybody::studio {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using Json = nlohmann::json;

const char* kPath = "/v1/chat/completions";
const std::string kWave =
    R"({"messages":[{"role":"system","content":"x"},{"role":"user","content":"hello"},{"role":"assistant","content":"hi"},{"role":"user","content":"wave"}]})";

Json error_of(std::string_view body) {
  Response error;
  EXPECT_FALSE(parse_chat(body, error).has_value()) << body;
  EXPECT_EQ(error.status, 400);
  return Json::parse(*error.body)["error"];
}

TEST(Chat, the_last_user_message_is_what_is_said_and_those_before_are_the_talk) {
  Response error;
  const auto ask = parse_chat(kWave, error);
  ASSERT_TRUE(ask);
  EXPECT_EQ(ask->text, "wave");
  ASSERT_EQ(ask->history.size(), 2u);
  EXPECT_EQ(ask->history[1].text, "hi");
  const auto parts = parse_chat(
      R"({"messages":[{"role":"user","content":[{"type":"text","text":"turn"},{"type":"text","text":"left"}]}],"stream":true})",
      error);
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->text, "turn left");
  EXPECT_TRUE(parts->stream);
}

TEST(Chat, what_is_no_request_is_answered_in_the_protocols_shape) {
  for (const char* body :
       {"", "{", "[]", "{}", R"({"messages":[]})", R"({"messages":"wave"})", R"({"messages":[{"content":"wave"}]})",
        R"({"messages":[{"role":"user","content":5}]})", R"({"messages":[{"role":"assistant","content":"hi"}]})",
        R"({"messages":[{"role":"user","content":"a"}],"stream":"yes"})",
        R"({"messages":[{"role":"user","content":"a"}],"model":7})"}) {
    const Json error = error_of(body);
    EXPECT_TRUE(error["message"].is_string()) << body;
    EXPECT_EQ(error["type"], "invalid_request_error");
  }
}

TEST(Chat, any_bytes_at_all_are_answered) {
  std::mt19937 rng(3);
  for (int i = 0; i < 20000; ++i) {
    std::string body = i % 2 ? kWave : std::string(rng() % 80, ' ');
    const int damage = i % 2 ? static_cast<int>(rng() % 8 + 1) : static_cast<int>(body.size());
    for (int k = 0; k < damage && !body.empty(); ++k) body[rng() % body.size()] = static_cast<char>(rng() % 256);
    Response error;
    const auto ask = parse_chat(body, error);
    const Response answer = ask ? chat_response(*ask, {ask->text, "chat", "en", "", 1, "[]"}, 1) : error;
    EXPECT_TRUE(!answer.body->empty() && (answer.body->starts_with("data: ") || Json::accept(*answer.body)));
  }
}

TEST(Chat, a_stream_is_chunks_and_ends_and_its_plan_is_a_call_for_who_offers_the_tool) {
  ChatAsk ask{"manybody", "wave", {}, true, true};
  const Response r = chat_response(ask, {"OK: wave.", "plan", "en", "", 0.98, R"([{"skill":"wave","arguments":{}}])"}, 7);
  std::string text, arguments, finish;
  size_t at = 0;
  for (size_t end; (end = r.body->find("\n\n", at)) != std::string::npos; at = end + 2) {
    const std::string data = r.body->substr(at + 6, end - at - 6);
    if (data == "[DONE]") break;
    const Json choice = Json::parse(data)["choices"][0];
    text += choice["delta"].value("content", "");
    if (choice["delta"].contains("tool_calls")) arguments = choice["delta"]["tool_calls"][0]["function"]["arguments"];
    if (choice["finish_reason"].is_string()) finish = choice["finish_reason"];
  }
  EXPECT_EQ(text, "OK: wave.");
  EXPECT_EQ(finish, "tool_calls");
  EXPECT_EQ(Json::parse(arguments)["plan"][0]["skill"], "wave");
  EXPECT_TRUE(r.body->ends_with("data: [DONE]\n\n"));
}

class ChatServer : public ::testing::Test {
 protected:
  void start(const std::string& token = "") {
    ServerOptions options;
    options.port = 0, options.token = token, options.web_root = "/nonexistent";
    options.posts[kPath] = {kMaxChatBytes,
                            [this](const Request&, std::string body, Reply reply) { desk_.post(body, std::move(reply)); }};
    options.gets["/v1/models"] = [] { return models_response({"manybody"}); };
    server_.start(options);
  }
  void connect(tcp::socket& socket) { socket.connect({asio::ip::address_v4::loopback(), static_cast<uint16_t>(server_.port())}); }
  std::string request(const std::string& body, const std::string& more = "") const {
    return "POST " + std::string(kPath) + " HTTP/1.1\r\nHost: localhost:" + std::to_string(server_.port()) +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more + "\r\n" + body;
  }
  http::response<http::string_body> receive(tcp::socket& socket) {
    boost::beast::flat_buffer buffer;
    http::response<http::string_body> response;
    boost::system::error_code error;
    http::read(socket, buffer, response, error);
    return response;
  }
  http::response<http::string_body> send(const std::string& text) {
    tcp::socket socket(io_);
    connect(socket);
    boost::system::error_code ignored;
    asio::write(socket, asio::buffer(text), ignored);
    return receive(socket);
  }
  asio::io_context io_;
  ChatDesk desk_;
  Server server_;
};

TEST_F(ChatServer, refusals_have_the_protocols_shape_and_the_token_counts) {
  start("secret");
  const auto wrong = send(request(kWave));
  EXPECT_EQ(wrong.result_int(), 401u);
  EXPECT_TRUE(Json::parse(wrong.body())["error"]["message"].is_string());
  EXPECT_EQ(send(request("{", "Authorization: Bearer secret\r\n")).result_int(), 400u);
  const auto large = send(request(std::string(kMaxChatBytes + 1, 'x'), "Authorization: Bearer secret\r\n"));
  EXPECT_EQ(large.result_int(), 413u);
  EXPECT_TRUE(Json::parse(large.body()).contains("error"));
  EXPECT_EQ(
      send("GET " + std::string(kPath) + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret\r\n\r\n").result_int(),
      405u);
}

// A thousand at once: each is answered, the desk holds kMaxChats, the others are told to wait, and afterwards it serves on.
TEST_F(ChatServer, a_thousand_requests_at_once_are_answered_or_told_to_wait) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, 4096);
  setrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur < 2200) GTEST_SKIP() << "too few files may be open here: " << files.rlim_cur;
  start();
  std::vector<tcp::socket> sockets;
  for (int i = 0; i < 1000; ++i) {
    sockets.emplace_back(io_);
    connect(sockets.back());
  }
  const std::string text = request(kWave);
  for (tcp::socket& socket : sockets) asio::write(socket, asio::buffer(text));
  std::thread application([this] {  // slow to begin with, so that the desk fills
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    for (int quiet = 0; quiet < 100;) {
      const std::vector<ChatDesk::Call> calls = desk_.take();
      quiet = calls.empty() ? quiet + 1 : 0;
      for (const ChatDesk::Call& call : calls) desk_.answer(call.id, {"ok", "chat", "en", "", 1, "[]"});
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  });
  std::map<unsigned, int> statuses;
  for (tcp::socket& socket : sockets) {
    const auto response = receive(socket);
    ++statuses[response.result_int()];
    if (response.result_int() == 429) {
      EXPECT_EQ(response["Retry-After"], "1");
    }
  }
  application.join();
  EXPECT_EQ(statuses[200] + statuses[429], 1000);
  EXPECT_GE(statuses[200], static_cast<int>(kMaxChats));
  EXPECT_GT(statuses[429], 0);
  EXPECT_EQ(send("GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n").result_int(), 200u);
}

}  // namespace
}  // namespace manybody::studio
