#include "brain/remote.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

#include "brain/model_talk.h"
#include "brain/test_stage.h"
#include "core/error.h"
#include "core/files.h"

namespace manybody::brain {
namespace {

// A small server of the chat protocol on a free port of this machine: one canned answer for every request, or silence.
class ModelServer {
 public:
  explicit ModelServer(std::string response, bool silent = false) : response_(std::move(response)), silent_(silent) {
    listen_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET, address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listen_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    listen(listen_, 8);
    socklen_t size = sizeof address;
    getsockname(listen_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~ModelServer() { stop(); }
  void stop() {
    if (ended_.exchange(true)) return;
    shutdown(listen_, SHUT_RDWR);
    close(listen_);
    thread_.join();
  }
  RemoteOptions options(double timeout_s = 5) const {
    return {"http://127.0.0.1:" + std::to_string(port) + "/v1", "secret-key-123", "test", timeout_s};
  }

  int port = 0;
  std::atomic<int> requests{0};
  std::string last_request;

 private:
  void serve() {
    for (;;) {
      const int client = accept(listen_, nullptr, nullptr);
      if (client < 0) return;
      std::string request;
      char bytes[4096];
      size_t body = std::string::npos, length = 0;
      while (body == std::string::npos || request.size() < body + length) {
        const ssize_t n = recv(client, bytes, sizeof bytes, 0);
        if (n <= 0) break;
        request.append(bytes, static_cast<size_t>(n));
        const size_t end = request.find("\r\n\r\n");
        if (body == std::string::npos && end != std::string::npos) {
          body = end + 4;
          length = static_cast<size_t>(std::atol(request.c_str() + request.find("Content-Length:") + 15));
        }
      }
      last_request = request;
      ++requests;
      if (!silent_) send(client, response_.data(), response_.size(), MSG_NOSIGNAL);
      else recv(client, bytes, sizeof bytes, 0);  // until the other side gives up
      close(client);
    }
  }

  std::string response_;
  bool silent_;
  int listen_ = -1;
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

std::string http_of(const std::string& body, const std::string& status = "200 OK") {
  return "HTTP/1.1 " + status +
         "\r\nContent-Type: text/event-stream\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}
std::string stream_of(const std::vector<std::string>& argument_parts) {
  std::string out;
  for (const std::string& part : argument_parts) {
    out += "data: " +
           nlohmann::json{{"choices", {{{"delta", {{"tool_calls", {{{"index", 0}, {"function", {{"arguments", part}}}}}}}}}}}}
               .dump() +
           "\n\n";
  }
  return out + "data: [DONE]\n\n";
}

TEST(Remote, a_streamed_tool_call_becomes_a_vetted_plan_and_the_request_conforms) {
  ModelServer server(http_of(stream_of(
      {"{\"kind\":\"plan\",\"reply\":\"Sure\",\"plan\":[{\"skill\":\"go_to\",", "\"arguments\":{\"target\":\"table\"}}]}"})));
  ModelTalk talk(mind(), stage(), {}, make_remote_completer(server.options()));
  const Answer answer = talk.answer("would you mind visiting that thing with four legs");
  EXPECT_EQ(talk.last_failure(), "");
  EXPECT_EQ(answer.kind, Kind::plan);
  EXPECT_EQ(describe(answer.plan), "go_to target=table");
  EXPECT_EQ(answer.reply, "Sure");
  server.stop();
  EXPECT_EQ(server.last_request.rfind("POST /v1/chat/completions HTTP/1.1", 0), 0u);
  EXPECT_NE(server.last_request.find("Authorization: Bearer secret-key-123"), std::string::npos);
  const nlohmann::json body = nlohmann::json::parse(server.last_request.substr(server.last_request.find("\r\n\r\n") + 4));
  EXPECT_EQ(body.at("stream"), true);
  EXPECT_EQ(body.at("tools").at(0).at("function").at("name"), "plan");
  EXPECT_EQ(body.at("messages").at(0).at("role"), "system");
}

TEST(Remote, a_plan_in_the_text_of_an_unstreamed_answer_is_read_too) {
  const std::string text =
      "Here you go:\n```json\n{\"kind\": \"plan\", \"reply\": \"ok\", \"plan\": [{\"skill\": \"bow\", \"arguments\": "
      "{},},]}\n```";
  ModelServer server(http_of(nlohmann::json{{"choices", {{{"message", {{"content", text}}}}}}}.dump()));
  ModelTalk talk(mind(), stage(), {}, make_remote_completer(server.options()));
  EXPECT_EQ(describe(talk.answer("show them your manners").plan), "bow");
}

TEST(Remote, unknown_skills_wide_ranges_and_unknown_places_do_not_pass) {
  const std::pair<const char*, Kind> kPlans[]{
      {"{\"skill\":\"punch\",\"arguments\":{}}", Kind::refuse},
      {"{\"skill\":\"walk\",\"arguments\":{\"direction\":\"forward\",\"speed_mps\":9}}", Kind::refuse},
      {"{\"skill\":\"walk\",\"arguments\":{\"direction\":\"forward\",\"ignore_limits\":1}}", Kind::refuse},
      {"{\"skill\":\"go_to\",\"arguments\":{\"target\":\"the edge\"}}", Kind::ask}};
  for (const auto& [step, kind] : kPlans) {
    ModelServer server(http_of(stream_of({std::string("{\"kind\":\"plan\",\"reply\":\"x\",\"plan\":[") + step + "]}"})));
    ModelTalk talk(mind(), stage(), {}, make_remote_completer(server.options()));
    const Answer answer = talk.answer("please carry on with the show as planned");
    EXPECT_EQ(answer.kind, kind) << step;
    EXPECT_TRUE(answer.plan.empty());
  }
}

TEST(Remote, stop_and_harm_are_decided_here_and_never_sent) {
  ModelServer server(
      http_of(stream_of({"{\"kind\":\"plan\",\"reply\":\"x\",\"plan\":[{\"skill\":\"wave\",\"arguments\":{}}]}"})));
  ModelTalk talk(mind(), stage(), {}, make_remote_completer(server.options()));
  EXPECT_EQ(talk.answer("stop").kind, Kind::stop);
  EXPECT_EQ(talk.answer("揍他").kind, Kind::refuse);
  EXPECT_EQ(server.requests, 0);
}

TEST(Remote, silence_refusal_and_nonsense_fall_back_in_the_middle_of_a_talk) {
  {
    ModelServer server("", true);
    ModelTalk talk(mind(), stage(), {}, make_remote_completer(server.options(0.3)));
    EXPECT_EQ(describe(talk.answer("turn left 30 degrees").plan), "turn angle_deg=30");
    EXPECT_EQ(talk.last_failure(), "time-out");
  }
  for (const std::string& response :
       {http_of("no", "401 Unauthorized"), http_of("data: {broken\n\n"),
        http_of(stream_of({"{\"kind\":\"plan\",\"plan\":[{\"skill\":\"wa"})), http_of(""), std::string("garbage\r\n\r\n")}) {
    ModelServer server(response);
    ModelTalk talk(mind(), stage(), {}, make_remote_completer(server.options()));
    EXPECT_EQ(describe(talk.answer("wave").plan), "wave") << response;
    EXPECT_NE(talk.last_failure(), "") << response;
    EXPECT_EQ(talk.last_failure().find("secret"), std::string::npos);
  }
  ModelServer server(
      http_of(stream_of({"{\"kind\":\"plan\",\"reply\":\"ok\",\"plan\":[{\"skill\":\"bow\",\"arguments\":{}}]}"})));
  ModelTalk talk(mind(), stage(), {}, make_remote_completer(server.options()));
  EXPECT_EQ(describe(talk.answer("be polite").plan), "bow");
  server.stop();  // the network is gone: the embedded brain knows what was done last
  EXPECT_EQ(describe(talk.answer("do it again").plan), "bow");
  EXPECT_NE(talk.last_failure(), "");
}

TEST(Remote, an_address_that_is_none_is_named) {
  EXPECT_THROW(read_endpoint("ftp://x"), core::UserError);
  EXPECT_THROW(read_endpoint("http://:80/v1"), core::UserError);
  EXPECT_THROW(read_endpoint("http://user:pw@host:80/v1"), core::UserError);
  EXPECT_EQ(read_endpoint("http://localhost:8000/v1/").path, "/v1");
}

}  // namespace
}  // namespace manybody::brain
