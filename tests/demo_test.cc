// The stage as a whole program: it opens, takes files of robots from anybody, and says why one cannot walk.
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

namespace manybody {
namespace {

using testing_tools::Scratch;
using testing_tools::text_of;
using Json = nlohmann::json;

bool soon(const std::function<bool()>& holds, int seconds = 60) {
  for (int i = 0; i < 20 * seconds; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return false;
}

struct Answer {
  int status = 0;
  Json body;
};

// Two small spec-sheet bodies: read in milliseconds.
class Demo : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    scratch_ = new Scratch;
    const std::string command = "cd '" + scratch_->folder() + "' && export MANYBODY_HOME='" MB_SOURCE_DIR "' XDG_CACHE_HOME='" +
                                scratch_->folder() + "' TMPDIR='" + scratch_->folder() +
                                "'; '" MB_BINARY "' demo --bodies xiao_ju,xiao_lv --port 0 >out 2>err </dev/null & echo $! >pid";
    ASSERT_EQ(std::system(command.c_str()), 0);
    ASSERT_TRUE(soon([] { return text_of(scratch_->at("out")).find('\n') != std::string::npos; }))
        << text_of(scratch_->at("err"));
    const std::string out = text_of(scratch_->at("out"));
    port_ = std::atoi(out.c_str() + out.rfind(':') + 1);
    pid_ = std::atoi(text_of(scratch_->at("pid")).c_str());
  }
  static void TearDownTestSuite() {
    if (pid_ > 0) {
      ::kill(pid_, SIGINT);
      EXPECT_TRUE(soon([] { return ::kill(pid_, 0) != 0; })) << "Ctrl-C ends it";
      for (const auto& entry : std::filesystem::directory_iterator(scratch_->folder())) {
        EXPECT_EQ(entry.path().filename().string().rfind("manybody-", 0), std::string::npos)
            << "files of others are removed at the end";
      }
    }
    delete scratch_;
  }

  static Answer ask(const std::string& method, const std::string& target, const std::string& body) {
    const int handle = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(port_));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    Answer answer;
    if (::connect(handle, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0) {
      const std::string text = method + " " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: " +
                               std::to_string(body.size()) + "\r\n\r\n" + body;
      for (size_t at = 0; at < text.size();) {
        const ssize_t n = ::send(handle, text.data() + at, text.size() - at, MSG_NOSIGNAL);
        if (n <= 0) break;
        at += static_cast<size_t>(n);
      }
      std::string got;
      char block[4096];
      for (ssize_t n; (n = ::read(handle, block, sizeof block)) > 0;) got.append(block, static_cast<size_t>(n));
      if (got.size() > 12) answer.status = std::atoi(got.c_str() + 9);
      if (const size_t head = got.find("\r\n\r\n"); head != std::string::npos)
        answer.body = Json::parse(got.substr(head + 4), nullptr, false);
    }
    ::close(handle);
    return answer;
  }
  static Answer upload(const std::string& name, const std::string& bytes) {
    return ask("POST", "/api/bodies?name=" + name, bytes);
  }

  static std::string limb(const std::string& name, double x, double y, int links) {
    std::string out, close;
    for (int i = 0; i < links; ++i) {
      const std::string at = i == 0 ? std::to_string(x) + " " + std::to_string(y) + " 0" : "0 0 -0.25";
      out += "<body name='" + name + std::to_string(i) + "' pos='" + at + "'><joint name='" + name + "_j" + std::to_string(i) +
             "' axis='0 1 0' range='-1 1'/><geom type='capsule' fromto='0 0 0 0 0 -0.2' size='0.03'/>";
      close += "</body>";
    }
    return out + close;
  }
  static std::string robot(const std::string& limbs) {
    return "<mujoco><compiler angle='radian'/><worldbody><body name='trunk' pos='0 0 1'><freejoint/><geom type='box' size='0.2 "
           "0.1 0.08'/>" +
           limbs + "</body></worldbody></mujoco>";
  }
  static std::string plain() { return text_of(std::string(MB_SOURCE_DIR) + "/tests/data/bodies/plain.xml"); }
  static std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
  }

  static Scratch* scratch_;
  static int port_, pid_;
};
Scratch* Demo::scratch_ = nullptr;
int Demo::port_ = 0, Demo::pid_ = 0;

TEST_F(Demo, answers_at_once_and_lists_bodies) {
  const Answer health = ask("GET", "/api/health", "");
  EXPECT_EQ(health.status, 200);
  EXPECT_EQ(health.body["ok"], true);
}

TEST_F(Demo, a_humanoid_of_a_file_walks_under_a_name_of_its_own) {
  const Answer first = upload("xiao_ju.xml", plain());
  ASSERT_EQ(first.status, 201) << first.body;
  EXPECT_EQ(first.body["name"], "xiao_ju_2") << "a file never takes the name of a body that is here";
  const Answer mesh = ask("GET", "/api/bodies/xiao_ju_2/mesh?detail=far", "");
  EXPECT_EQ(mesh.status, 200);
  const Answer urdf = upload("carrier.urdf", text_of(std::string(MB_SOURCE_DIR) + "/tests/data/bodies/carrier.urdf"));
  ASSERT_EQ(urdf.status, 201) << urdf.body;
  bool listed = false;
  for (const Json& one : ask("GET", "/api/bodies", "").body) listed = listed || (one["name"] == "carrier" && one["mass"] > 1);
  EXPECT_TRUE(listed);
}

TEST_F(Demo, each_bad_body_gets_its_reason_and_nothing_crashes) {
  std::string tail, close;
  for (int i = 0; i < 200; ++i) {
    tail += "<body pos='0.01 0 0'><joint axis='0 0 1' range='-1 1'/><geom size='.01'/>";
    close += "</body>";
  }
  const std::string anvil =
      "<body name='anvil'><geom type='box' size='.5 .5 .5'/><joint name='j' axis='0 0 1' range='-1 1'/></body>";
  const std::string sole = "<geom type=\"box\" pos=\"0.04 0 -0.05\" size=\"0.11 0.045 0.02\"/>";
  const std::string nothing = "<inertial pos=\"0 0 -0.04\" mass=\"0.4\" diaginertia=\"1e-3 1e-3 1e-3\"/>";
  const struct {
    const char *name, *code;
    std::string text;
  } bad[] = {
      {"ball.xml", "no_legs",
       "<mujoco><worldbody><body name='b'><joint type='free'/><geom size='.1'/></body></worldbody></mujoco>"},
      {"hopper.xml", "no_legs", robot(limb("leg", 0, 0, 3))},
      {"dog.xml", "more_legs",
       robot(limb("fl", .2, .1, 3) + limb("fr", .2, -.1, 3) + limb("bl", -.2, .1, 3) + limb("br", -.2, -.1, 3))},
      {"snake.xml", "too_many_joints", replaced(plain(), "<body name=\"left_hip\"", tail + close + "<body name=\"left_hip\"")},
      {"floating.xml", "no_feet", replaced(replaced(plain(), sole, nothing), sole, nothing)},
      {"anvil.xml", "mass", robot(limb("l", 0, .1, 3) + limb("r", 0, -.1, 3) + anvil)},
      {"cut.xml", "malformed", plain().substr(0, 900)},
      {"letters.xml", "malformed", replaced(plain(), "pos=\"0 0.09 -0.05\"", "pos=\"0 zero -0.05\"")},
      {"words.xml", "not_a_robot", "to be or not to be"},
      {"empty.xml", "not_a_robot", ""},
      {"thief.xml", "outside", "<mujoco><include file='/etc/passwd'/><worldbody><body><joint/></body></worldbody></mujoco>"},
      {"broken.zip", "bad_zip", "PK\x03\x04 and nothing more"},
      {"endless.xml", "too_slow",
       "<mujoco><worldbody><replicate count='200000000' offset='1 0 0'><body><joint/><geom "
       "size='.1'/></body></replicate></worldbody></mujoco>"},
  };
  for (const auto& one : bad) {
    const Answer answer = upload(one.name, one.text);
    EXPECT_EQ(answer.status, 422) << one.name;
    EXPECT_EQ(answer.body.value("code", ""), one.code) << one.name << ": " << answer.body;
    const std::string message = answer.body.value("message", "");
    EXPECT_FALSE(message.empty()) << one.name;
    EXPECT_EQ(message.find(scratch_->folder()), std::string::npos) << "where it was kept is nobody's business: " << message;
  }
  EXPECT_EQ(ask("GET", "/api/health", "").status, 200) << text_of(scratch_->at("err"));
}

TEST_F(Demo, names_that_do_not_exist_are_told_before_the_page_opens) {
  const Scratch scratch;
  const testing_tools::Ran ran = testing_tools::run_program("demo --port 0 --bodies xiao_ju,xiao_ly", scratch.folder());
  EXPECT_EQ(ran.status, 2);
  EXPECT_NE(ran.err.find("xiao_lv"), std::string::npos) << ran.err;
}

}  // namespace
}  // namespace manybody
