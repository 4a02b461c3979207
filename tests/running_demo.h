// `manybody demo` running beside a test, and what one can ask of it over HTTP and as a page.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

#include "run_program.h"
#include "studio/frame.h"

namespace manybody::testing_tools {

inline bool soon(const std::function<bool()>& holds, int seconds = 60) {
  for (int i = 0; i < 20 * seconds; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return false;
}

struct Answer {
  int status = 0;
  nlohmann::json body;
  std::string head;
};

class RunningDemo {
 public:
  // arguments: as typed after `manybody demo`.
  void start(const std::string& arguments) {
    const std::string command = "cd '" + scratch_.folder() + "' && export MANYBODY_HOME='" MB_SOURCE_DIR "' XDG_CACHE_HOME='" +
                                scratch_.folder() + "' TMPDIR='" + scratch_.folder() + "'; '" MB_BINARY "' demo " + arguments +
                                " --port 0 >out 2>err </dev/null & echo $! >pid";
    ASSERT_EQ(std::system(command.c_str()), 0);
    pid_ = std::atoi(text_of(scratch_.at("pid")).c_str());
    ASSERT_TRUE(soon([this] { return text_of(scratch_.at("out")).find('\n') != std::string::npos; })) << said();
    const std::string out = text_of(scratch_.at("out"));
    port_ = std::atoi(out.c_str() + out.rfind(':') + 1);
  }
  ~RunningDemo() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGINT);
    EXPECT_TRUE(soon([this] { return ::kill(pid_, 0) != 0; })) << "Ctrl-C ends it";
    for (const auto& entry : std::filesystem::directory_iterator(scratch_.folder())) {
      EXPECT_EQ(entry.path().filename().string().rfind("manybody-", 0), std::string::npos)
          << "files of others are removed at the end";
    }
  }

  int port() const { return port_; }
  bool runs() const { return ::kill(pid_, 0) == 0; }
  std::string said() const { return text_of(scratch_.at("err")); }
  const std::string& folder() const { return scratch_.folder(); }

  int connect() const {  // a socket, or -1
    const int handle = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(port_));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (handle >= 0 && ::connect(handle, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0) return handle;
    if (handle >= 0) ::close(handle);
    return -1;
  }
  static void send(int handle, const std::string& bytes) {
    for (size_t at = 0; at < bytes.size();) {
      const ssize_t n = ::send(handle, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
      if (n <= 0) break;
      at += static_cast<size_t>(n);
    }
  }
  static std::string request(const std::string& method, const std::string& target, const std::string& body) {
    return method + " " + target +
           " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
  }
  static Answer receive(int handle) {  // reads to the end and closes
    Answer answer;
    std::string got;
    char block[4096];
    for (ssize_t n; (n = ::read(handle, block, sizeof block)) > 0;) got.append(block, static_cast<size_t>(n));
    ::close(handle);
    if (got.size() > 12) answer.status = std::atoi(got.c_str() + 9);
    const size_t end = got.find("\r\n\r\n");
    answer.head = got.substr(0, end);
    if (end != std::string::npos) answer.body = nlohmann::json::parse(got.substr(end + 4), nullptr, false);
    return answer;
  }
  Answer ask(const std::string& method, const std::string& target, const std::string& body) const {
    const int handle = connect();
    if (handle < 0) return {};
    send(handle, request(method, target, body));
    return receive(handle);
  }

 private:
  Scratch scratch_;
  int port_ = 0, pid_ = 0;
};

// A page's WebSocket in as few words as RFC 6455 allows. What the server sends is whole frames without a mask.
class PageSocket {
 public:
  explicit PageSocket(const RunningDemo& demo) : handle_(demo.connect()) {
    RunningDemo::send(handle_,
                      "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    while (got_.find("\r\n\r\n") == std::string::npos && more()) {}
    open_ = got_.rfind("HTTP/1.1 101", 0) == 0;
    got_.erase(0, got_.find("\r\n\r\n") + 4);
  }
  ~PageSocket() { ::close(handle_); }
  PageSocket(const PageSocket&) = delete;
  PageSocket& operator=(const PageSocket&) = delete;
  bool open() const { return open_; }

  void send(const std::string& payload, int kind = 1) {  // 1 text, 2 binary; the mask is zero, which is one
    std::string frame(1, static_cast<char>(0x80 | kind));
    const size_t n = payload.size();
    if (n < 126) frame += static_cast<char>(0x80 | n);
    else frame += {static_cast<char>(0x80 | 126), static_cast<char>(n >> 8), static_cast<char>(n & 255)};
    RunningDemo::send(handle_, frame + std::string(4, '\0') + payload);
  }
  // The next text or picture; false once the server has closed.
  bool next(std::string& payload, bool& binary) {
    while (true) {
      while (got_.size() < 2)
        if (!more()) return false;
      const auto byte = [this](size_t i) { return static_cast<uint64_t>(static_cast<uint8_t>(got_[i])); };
      size_t head = 2;
      uint64_t length = byte(1) & 127;
      const size_t extra = length == 126 ? 2 : length == 127 ? 8 : 0;
      while (got_.size() < head + extra)
        if (!more()) return false;
      if (extra) length = 0;
      for (size_t i = 0; i < extra; ++i) length = length << 8 | byte(head + i);
      head += extra;
      while (got_.size() < head + length)
        if (!more()) return false;
      const int kind = static_cast<int>(byte(0) & 15);
      payload = got_.substr(head, length);
      got_.erase(0, head + length);
      binary = kind == 2;
      if (kind == 8) return false;
      if (kind == 1 || kind == 2) return true;
    }
  }
  studio::Frame next_frame() {
    std::string payload;
    for (bool binary = false; next(payload, binary);) {
      if (!binary) {
        texts.push_back(nlohmann::json::parse(payload));
        continue;
      }
      return studio::decode_frame({reinterpret_cast<const uint8_t*>(payload.data()), payload.size()});
    }
    ADD_FAILURE() << "the server closed the connection";
    return {};
  }
  std::vector<nlohmann::json> texts;  // that came between the pictures

 private:
  bool more() {
    char block[16384];
    const ssize_t n = ::read(handle_, block, sizeof block);
    if (n > 0) got_.append(block, static_cast<size_t>(n));
    return n > 0;
  }
  int handle_;
  bool open_ = false;
  std::string got_;
};

}  // namespace manybody::testing_tools
