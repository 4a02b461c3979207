#include "studio/server.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <utility>  // before Boost 1.74, which forgets it

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <thread>

#include "core/error.h"
#include "core/files.h"

namespace manybody::studio {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace ws = beast::websocket;
namespace asio = boost::asio;
namespace fs = std::filesystem;
using tcp = asio::ip::tcp;
using Json = nlohmann::json;

bool soon(const std::function<bool()>& holds) {
  for (int i = 0; i < 1000; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

struct Answer {
  unsigned status = 0;
  std::string body;
  std::map<std::string, std::string> headers;
};

using Headers = std::vector<std::pair<std::string, std::string>>;

class Raw {  // one connection that says exactly what it is told
 public:
  explicit Raw(int port) { socket_.connect({asio::ip::address_v4::loopback(), static_cast<uint16_t>(port)}); }
  void send(const std::string& text) {
    boost::system::error_code ignored;
    asio::write(socket_, asio::buffer(text), ignored);
  }
  Answer receive(bool head = false) {
    http::response_parser<http::string_body> parser;
    parser.skip(head);
    boost::system::error_code error;
    http::read(socket_, buffer_, parser, error);
    Answer a;
    if (error) return a;
    a.status = parser.get().result_int();
    a.body = parser.get().body();
    for (const auto& field : parser.get()) a.headers[std::string(field.name_string())] = std::string(field.value());
    return a;
  }
  tcp::socket& socket() { return socket_; }

 private:
  asio::io_context io_;
  tcp::socket socket_{io_};
  beast::flat_buffer buffer_;
};

Answer get(int port, const std::string& target, const Headers& headers = {}, const std::string& method = "GET",
           std::string host = "") {
  Raw raw(port);
  if (host.empty()) host = "localhost:" + std::to_string(port);
  std::string text = method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\n";
  for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
  raw.send(text + "\r\n");
  return raw.receive(method == "HEAD");
}

class PageClient {
 public:
  using Stream = ws::stream<tcp::socket>;
  explicit PageClient(int port, const Headers& headers = {}, const std::string& target = "/ws") : stream_(io_) {
    stream_.next_layer().connect({asio::ip::address_v4::loopback(), static_cast<uint16_t>(port)});
    stream_.set_option(ws::stream_base::decorator([headers](ws::request_type& r) {
      for (const auto& [name, value] : headers) r.set(name, value);
    }));
    stream_.handshake("localhost:" + std::to_string(port), target, error_);
  }
  bool connected() const { return !error_; }
  void send(const std::string& text) {
    stream_.text(true);
    stream_.write(asio::buffer(text));
  }
  void send_binary(const std::string& bytes) {
    stream_.binary(true);
    stream_.write(asio::buffer(bytes));
  }
  // The next message: its text, or a frame.
  bool next() {
    buffer_.clear();
    stream_.read(buffer_, error_);
    if (error_) return false;
    const auto bytes = buffer_.cdata();
    last_bytes_ = bytes.size();
    if (stream_.got_text()) {
      message = Json::parse(std::string(static_cast<const char*>(bytes.data()), bytes.size()));
      is_frame = false;
    } else {
      const std::span<const uint8_t> whole{static_cast<const uint8_t*>(bytes.data()), bytes.size()};
      is_stage = bytes.size() > 3 && whole[3] == '2';
      if (is_stage) stage = decode_stage_frame(whole, &sequence);
      else frame = decode_frame(whole, &sequence);
      is_frame = true;
    }
    return true;
  }
  Json wait_for(const std::string& type) {
    while (next())
      if (!is_frame && message["type"] == type) return message;
    ADD_FAILURE() << "no message " << type << ": " << error_.message();
    return {};
  }
  Frame wait_for_frame() {
    while (next())
      if (is_frame) return frame;
    ADD_FAILURE() << "no frame: " << error_.message();
    return {};
  }
  Stream& stream() { return stream_; }

  Json message;
  Frame frame;
  StageFrame stage;
  uint32_t sequence = 0;
  bool is_frame = false, is_stage = false;

 private:
  asio::io_context io_;
  Stream stream_;
  beast::flat_buffer buffer_;
  boost::system::error_code error_;
  size_t last_bytes_ = 0;
};

Scene small_scene(const std::string& body = "walker") {
  Scene s;
  s.body = body;
  s.title = "行者";
  s.links = {"pelvis", "left_foot"};
  s.joints = {{"left_knee", "knee", "left", -0.1, 2, 60, 0.5}};
  s.rewards = {"track", "upright"};
  s.leg_length = 0.7;
  return s;
}

Frame small_frame(double time) {
  Frame f;
  f.sim_time = time;
  f.links.resize(2);
  f.joints.resize(1);
  f.rewards = {1, static_cast<float>(time)};
  return f;
}

std::shared_ptr<const MeshPack> fake_mesh(const BodyEntry& entry, Detail) {
  if (entry.name == "broken") throw core::UserError("broken.xml", "cannot be read");
  auto pack = std::make_shared<MeshPack>();
  pack->gzip = "packed " + entry.name;
  pack->etag = "\"" + entry.name + "\"";
  return pack;
}

Answer post(int port, const std::string& target, const std::string& body, const Headers& headers = {}) {
  Raw raw(port);
  std::string text = "POST " + target + " HTTP/1.1\r\nHost: localhost:" + std::to_string(port) +
                     "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
  raw.send(text + "\r\n" + body);
  return raw.receive();
}

Stage small_stage(uint32_t revision) {
  Stage stage;
  stage.revision = revision;
  stage.most = 16, stage.coming = 1;
  for (uint16_t id : {3, 5}) {
    StageRobot robot;
    robot.id = id;
    robot.mark = {1, -0.5 * id};
    robot.mass = 16, robot.height = 0.9, robot.driven = 1;
    robot.scene = small_scene();
    stage.robots.push_back(robot);
  }
  return stage;
}

StageFrame small_stage_frame(uint32_t revision, double time) {
  StageFrame f;
  f.revision = revision;
  for (uint16_t id : {3, 5}) f.robots.push_back({id, Lead::steered, 2, 0.25f, small_frame(time)});
  return f;
}

class ServerTest : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::path(testing::TempDir()) / ("studio_server_" + std::to_string(::getpid()));
    fs::create_directories(root_ / "dist" / "assets");
    write(root_ / "secret.txt", "secret");
    write(root_ / "dist" / "index.html", "<html>page</html>");
    write(root_ / "dist" / "assets" / "app-1a2b.js", "export {}");
    write(root_ / "dist" / ".hidden", "hidden");
    fs::create_symlink(root_ / "secret.txt", root_ / "dist" / "link.txt");
    options_.port = 0;
    options_.web_root = (root_ / "dist").string();
    options_.mesh_of = fake_mesh;
    options_.version = "1.2.3";
  }
  void TearDown() override {
    server_.stop();
    fs::remove_all(root_);
  }
  static void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }
  int start() {
    server_.set_bodies({{"walker", "Walker", true, 12, 16, 0.9, {"walk"}, "", "行者", "spec_sheet", ""},
                        {"broken", "Broken", true, 0, 0, 0, {}, "", "", "model", "broken.xml: no legs"}});
    server_.start(options_);
    return server_.port();
  }
  std::vector<Command> wait_for_commands(size_t n) {
    std::vector<Command> all;
    EXPECT_TRUE(soon([&] {
      for (const Command& c : server_.take_commands()) all.push_back(c);
      return all.size() >= n;
    }));
    return all;
  }

  fs::path root_;
  ServerOptions options_;
  Server server_;
};

TEST_F(ServerTest, files_have_types_tags_and_lifetimes) {
  const int port = start();
  const Answer page = get(port, "/");
  EXPECT_EQ(page.status, 200u);
  EXPECT_EQ(page.body, "<html>page</html>");
  EXPECT_EQ(page.headers.at("Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(page.headers.at("Cache-Control"), "no-cache");
  EXPECT_EQ(get(port, "/?lang=zh").body, page.body);
  const Answer same = get(port, "/", {{"If-None-Match", page.headers.at("ETag")}});
  EXPECT_EQ(same.status, 304u);
  EXPECT_EQ(same.body, "");
  const Answer script = get(port, "/assets/app-1a2b.js");
  EXPECT_EQ(script.headers.at("Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_NE(script.headers.at("Cache-Control").find("immutable"), std::string::npos);
  const Answer head = get(port, "/", {}, "HEAD");
  EXPECT_EQ(head.status, 200u);
  EXPECT_EQ(head.headers.at("Content-Length"), std::to_string(page.body.size()));
  EXPECT_EQ(get(port, "/nothing.js").status, 404u);
  EXPECT_EQ(get(port, "/", {}, "DELETE").status, 405u);
}

TEST_F(ServerTest, nothing_outside_the_folder_is_served) {
  const int port = start();
  for (const char* target : {"/../secret.txt", "/%2e%2e/secret.txt", "/assets/../../secret.txt",
                             "/assets/%2e%2e/%2e%2e/secret.txt", "/..%2fsecret.txt", "/link.txt", "/.hidden", "//etc/passwd",
                             "/assets/..\\..\\secret.txt", "/secret.txt%00.html", "/%zz", "/assets", "/assets/"}) {
    const Answer a = get(port, target);
    EXPECT_EQ(a.status, 404u) << target;
    EXPECT_EQ(a.body.find("hidden\n"), std::string::npos);
    EXPECT_NE(a.body, "secret") << target;
  }
}

TEST_F(ServerTest, a_missing_page_says_how_to_build_it) {
  options_.web_root = (root_ / "nowhere").string();
  const int port = start();
  const Answer page = get(port, "/");
  EXPECT_EQ(page.status, 200u);
  EXPECT_NE(page.body.find("make page"), std::string::npos);
  EXPECT_NE(page.body.find("网页"), std::string::npos);
  EXPECT_EQ(get(port, "/app.js").status, 404u);
}

TEST_F(ServerTest, health_bodies_and_meshes_are_answered) {
  const int port = start();
  const Json health = Json::parse(get(port, "/api/health").body);
  EXPECT_EQ(health["ok"], true);
  EXPECT_EQ(health["version"], "1.2.3");
  const Json bodies = Json::parse(get(port, "/api/bodies").body);
  EXPECT_EQ(bodies[0]["name"], "walker");
  EXPECT_EQ(bodies[0]["title"], "Walker");
  EXPECT_EQ(bodies[0]["title_zh"], "行者");
  EXPECT_EQ(bodies[0]["kind"], "spec_sheet");
  EXPECT_EQ(bodies[0]["mass"], 16);
  EXPECT_FALSE(bodies[0].contains("problem"));
  EXPECT_EQ(bodies[1]["problem"], "broken.xml: no legs");
  for (const char* unknown : {"joints", "mass", "height", "title_zh"}) EXPECT_FALSE(bodies[1].contains(unknown)) << unknown;
  EXPECT_EQ(bodies[0]["policies"], Json::array({"walk"}));
  const Answer mesh = get(port, "/api/bodies/walker/mesh");
  EXPECT_EQ(mesh.body, "packed walker");
  EXPECT_EQ(mesh.headers.at("Content-Encoding"), "gzip");
  EXPECT_EQ(get(port, "/api/bodies/walker/mesh", {{"If-None-Match", mesh.headers.at("ETag")}}).status, 304u);
  const Answer broken = get(port, "/api/bodies/broken/mesh");
  EXPECT_EQ(broken.status, 500u);
  EXPECT_NE(broken.body.find("broken.xml"), std::string::npos);
  for (const char* name : {"nobody", "..%2f..%2fetc%2fpasswd", "%2fetc%2fpasswd", "a/b"}) {
    EXPECT_EQ(get(port, std::string("/api/bodies/") + name + "/mesh").status, 404u) << name;
  }
}

TEST_F(ServerTest, a_page_gets_hello_scene_status_and_frames) {
  const int port = start();
  server_.set_scene(small_scene());
  server_.set_status({});
  PageClient page(port);
  const Json hello = page.wait_for("hello");
  EXPECT_EQ(hello["version"], "1.2.3");
  EXPECT_EQ(hello["bodies"].size(), 2u);
  const Json scene = page.wait_for("scene");
  EXPECT_EQ(scene["title"], "行者");
  EXPECT_EQ(scene["joints"][0]["role"], "knee");
  EXPECT_EQ(scene["joints"][0]["torque_max"], 60);
  EXPECT_EQ(scene["mode"], "play");
  EXPECT_EQ(page.wait_for("status")["paused"], false);
  server_.publish(small_frame(0.5));
  const Frame frame = page.wait_for_frame();
  EXPECT_EQ(frame.sim_time, 0.5);
  EXPECT_EQ(frame.links.size(), 2u);
  EXPECT_EQ(frame.rewards[1], 0.5f);
}

TEST_F(ServerTest, a_stage_and_its_frames_reach_the_page_and_the_newer_view_stands) {
  const int port = start();
  server_.set_scene(small_scene());
  server_.publish(small_frame(0.5));
  server_.set_stage(small_stage(4));
  PageClient page(port);
  const Json stage = page.wait_for("stage");
  EXPECT_EQ(stage["revision"], 4);
  ASSERT_EQ(stage["robots"].size(), 2u);
  EXPECT_EQ(stage["robots"][1]["id"], 5);
  EXPECT_EQ(stage["robots"][1]["mark"], Json::parse("[1.0,-2.5]"));
  EXPECT_EQ(stage["robots"][1]["body"], "walker") << "a robot's part has all of a scene";
  EXPECT_EQ(stage["robots"][1]["joints"][0]["role"], "knee");
  server_.publish(small_stage_frame(4, 0.75));
  page.wait_for_frame();
  EXPECT_TRUE(page.is_stage) << "the frame of the view before is not sent";
  EXPECT_EQ(page.stage.revision, 4u);
  EXPECT_EQ(page.stage.robots[1].id, 5);
  EXPECT_EQ(page.stage.robots[1].frame.sim_time, 0.75);
  server_.set_scene(small_scene("other"));
  EXPECT_EQ(page.wait_for("scene")["body"], "other");
  server_.publish(small_frame(1));
  page.wait_for_frame();
  EXPECT_FALSE(page.is_stage);
}

TEST_F(ServerTest, commands_for_different_robots_do_not_replace_each_other) {
  const int port = start();
  server_.set_stage(small_stage(1));
  PageClient page(port);
  page.wait_for("stage");
  for (const char* robot : {"3", "5", "5", "\"all\""}) {
    page.send(std::string(R"({"type":"command","vx":0.1,"vy":0,"wz":0,"robot":)") + robot + "}");
  }
  page.send(R"({"type":"step"})");
  std::vector<std::optional<int>> robots;
  for (bool done = false; !done;) {
    for (const Command& c : wait_for_commands(1)) {
      if (const auto* v = std::get_if<VelocityCommand>(&c)) {
        if (robots.empty() || robots.back() != v->robot) robots.push_back(v->robot);
      }
      done = done || std::holds_alternative<StepCommand>(c);
    }
  }
  EXPECT_EQ(robots, (std::vector<std::optional<int>>{3, 5, std::nullopt}));
}

TEST_F(ServerTest, a_post_is_taken_where_somebody_takes_it_and_answered_from_any_thread) {
  std::vector<std::thread> threads;
  std::string got;
  options_.posts["/api/bodies"] = {1000, [&](const Request& request, std::string body, Reply reply) {
                                     got = query_value(request.target, "name") + "=" + body;
                                     threads.emplace_back([reply] { reply(text_response(201, "application/json", "{}")); });
                                   }};
  const int port = start();
  const Answer taken = post(port, "/api/bodies?name=a%20b.xml", "<robot/>");
  EXPECT_EQ(taken.status, 201u);
  EXPECT_EQ(got, "a b.xml=<robot/>");
  EXPECT_EQ(post(port, "/api/bodies", std::string(1000, 'x')).status, 201u);
  got = "untouched";
  EXPECT_EQ(post(port, "/api/bodies", std::string(1001, 'x')).status, 413u);
  EXPECT_EQ(post(port, "/api/health", "x").status, 413u) << "nobody takes a body there";
  EXPECT_EQ(post(port, "/api/health", "").status, 405u);
  EXPECT_EQ(post(port, "/api/bodies", "x", {{"Origin", "http://evil.example"}}).status, 403u);
  EXPECT_EQ(got, "untouched") << "who may not ask is not read";
  Raw raw(port);
  raw.send("POST /api/bodies HTTP/1.1\r\nHost: localhost:" + std::to_string(port) + "\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 20; ++i) raw.send("40\r\n" + std::string(64, 'y') + "\r\n");
  raw.send("0\r\n\r\n");
  EXPECT_EQ(raw.receive().status, 413u) << "counted, not only announced";
  for (std::thread& t : threads) t.join();
}

TEST_F(ServerTest, a_post_needs_the_token_like_everything_else) {
  options_.address = "0.0.0.0";
  options_.token = "secret";
  options_.posts["/api/bodies"] = {1000,
                                   [](const Request&, std::string, Reply reply) { reply(text_response(200, "text/plain", "")); }};
  const int port = start();
  EXPECT_EQ(post(port, "/api/bodies", "x").status, 401u);
  EXPECT_EQ(post(port, "/api/bodies", "x", {{"Authorization", "Bearer secret"}}).status, 200u);
}

TEST_F(ServerTest, a_reply_that_comes_after_the_server_stopped_does_nothing) {
  Reply late;
  std::atomic<bool> asked{false};
  options_.posts["/api/bodies"] = {1000,
                                   [&](const Request&, std::string, Reply reply) { late = std::move(reply), asked = true; }};
  const int port = start();
  std::thread client([&] { post(port, "/api/bodies", "x"); });
  ASSERT_TRUE(soon([&] { return asked.load(); }));
  server_.stop();
  client.join();
  late(text_response(200, "text/plain", ""));
}

TEST(messages, numbers_are_numbers_whatever_the_application_gives) {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  Scene scene = small_scene();
  scene.joints[0].low = -inf;
  scene.command_range = {{{-0.5, 1}, {-0.3, 0.3}, {-0.8, 0.8}}};
  const Json s = Json::parse(scene_json(scene));
  EXPECT_EQ(s["joints"][0]["low"], 0);
  EXPECT_EQ(s["command_range"]["vx"], Json::parse("[-0.5,1.0]"));
  TrainMessage train;
  train.seconds_left = inf;
  train.curves = {{"reward", {{1, nan}, {2, 0.1234567890123}}}};
  const Json t = Json::parse(train_json(train));
  EXPECT_EQ(t["seconds_left"], 0);
  EXPECT_EQ(t["curves"]["reward"], Json::parse("[[2.0,0.123457]]"));
  EXPECT_FALSE(t.contains("message"));
  EXPECT_EQ(Json::parse(error_json("bad \xff byte", false))["fatal"], false);
}

TEST_F(ServerTest, commands_reach_the_application_in_order) {
  const int port = start();
  server_.set_scene(small_scene());
  PageClient page(port);
  page.send(R"({"type":"pause","on":true})");
  page.send(R"({"type":"command","vx":0.1,"vy":0,"wz":0})");
  page.send(R"({"type":"command","vx":0.2,"vy":0,"wz":0})");
  page.send(R"({"type":"push","link":1,"point":[0,0,0],"force":[9,0,0],"seconds":0.1})");
  const auto commands = wait_for_commands(3);
  ASSERT_GE(commands.size(), 3u);
  EXPECT_TRUE(std::get<PauseCommand>(commands.front()).on);
  EXPECT_EQ(std::get<PushCommand>(commands.back()).link, 1);
  EXPECT_EQ(std::get<VelocityCommand>(commands[commands.size() - 2]).vx, 0.2);
}

TEST_F(ServerTest, status_follows_a_command_at_once_and_otherwise_four_times_a_second) {
  const int port = start();
  server_.set_scene(small_scene());
  PageClient page(port);
  page.wait_for("scene");
  Status status;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) {
    status.sim_time = i;
    server_.set_status(status);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  status.paused = true;  // something a page shows: at once
  status.sim_time = 1000;
  server_.set_status(status);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  int messages = 0;
  while (page.wait_for("status")["sim_time"] != 1000) ++messages;
  EXPECT_LE(messages, 2 + 4 * seconds);
  EXPECT_EQ(page.message["paused"], true);
  page.send(R"({"type":"reset"})");
  wait_for_commands(1);
  status.sim_time = 0;
  server_.set_status(status);
  EXPECT_EQ(page.wait_for("status")["sim_time"], 0);
}

TEST_F(ServerTest, bad_messages_are_answered_and_the_page_stays_connected) {
  const int port = start();
  server_.set_scene(small_scene());
  PageClient page(port);
  for (const std::string& bad :
       {std::string("nonsense"), std::string("{}"), std::string(R"({"type":"fly"})"), std::string(kMaxMessageBytes + 1, 'x'),
        std::string(R"({"type":"push","link":2,"point":[0,0,0],"force":[9,0,0],"seconds":0.1})")}) {
    page.send(bad);
    const Json error = page.wait_for("error");
    EXPECT_EQ(error["fatal"], false);
    EXPECT_FALSE(error["message"].get<std::string>().empty());
  }
  page.send_binary("\x01\x02");
  EXPECT_NE(page.wait_for("error")["message"].get<std::string>().find("text"), std::string::npos);
  page.send(R"({"type":"step"})");
  EXPECT_TRUE(std::holds_alternative<StepCommand>(wait_for_commands(1).front()));
}

TEST_F(ServerTest, a_mistake_is_told_only_to_the_page_that_made_it) {
  const int port = start();
  PageClient wrong(port), other(port);
  wrong.wait_for("hello");
  other.wait_for("hello");
  wrong.send("nonsense");
  wrong.wait_for("error");
  server_.send_error("the policy fell silent", true);
  EXPECT_EQ(other.wait_for("error")["message"], "the policy fell silent");
  EXPECT_EQ(wrong.wait_for("error")["fatal"], true);
}

TEST_F(ServerTest, a_flood_of_messages_is_cut_and_commands_do_not_pile_up) {
  const int port = start();
  PageClient page(port);
  for (int i = 0; i < 3000; ++i) page.send(R"({"type":"step"})");
  const std::string sentence = page.wait_for("error")["message"];
  EXPECT_NE(sentence.find("too many"), std::string::npos);
  EXPECT_LE(server_.take_commands().size(), 256u);
}

TEST_F(ServerTest, two_pages_see_the_same_and_one_may_leave_and_come_back) {
  const int port = start();
  server_.set_scene(small_scene());
  auto first = std::make_unique<PageClient>(port);
  PageClient second(port);
  first->wait_for("scene");
  second.wait_for("scene");
  EXPECT_EQ(server_.clients(), 2);
  server_.publish(small_frame(1));
  EXPECT_EQ(first->wait_for_frame().sim_time, 1);
  EXPECT_EQ(second.wait_for_frame().sim_time, 1);
  first.reset();
  EXPECT_TRUE(soon([&] { return server_.clients() == 1; }));
  first = std::make_unique<PageClient>(port);
  first->wait_for("hello");
  first->wait_for("scene");
  EXPECT_EQ(first->wait_for_frame().sim_time, 1) << "the newest frame greets a page that comes late";
}

TEST_F(ServerTest, a_page_reconnects_after_the_server_restarts_on_the_same_port) {
  const int port = start();
  {
    PageClient page(port);
    page.wait_for("hello");
    server_.stop();
    while (page.next()) {}
    EXPECT_FALSE(page.connected());
  }
  options_.port = port;
  server_.start(options_);
  PageClient again(port);
  again.wait_for("hello");
}

TEST_F(ServerTest, frames_after_a_new_scene_have_its_counts) {
  const int port = start();
  server_.set_scene(small_scene());
  server_.publish(small_frame(1));
  Scene other = small_scene("other");
  other.links.push_back("hand");
  server_.set_scene(other);
  PageClient page(port);
  EXPECT_EQ(page.wait_for("scene")["body"], "other");
  Frame frame = small_frame(2);
  frame.links.resize(3);
  server_.publish(frame);
  EXPECT_EQ(page.wait_for_frame().links.size(), 3u) << "the frame of the scene before was not sent";
}

TEST_F(ServerTest, frames_come_no_faster_than_the_rate) {
  options_.frame_hz = 25;
  const int port = start();
  server_.set_scene(small_scene());
  PageClient page(port);
  page.wait_for("scene");
  std::atomic<bool> end{false};
  std::thread publisher([&] {
    for (int i = 1; !end; ++i) {
      server_.publish(small_frame(i));
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  });
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 11; ++i) page.wait_for_frame();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  end = true;
  publisher.join();
  EXPECT_GE(seconds, 9.0 / 25);  // never sooner, however busy the machine
}

TEST_F(ServerTest, a_slow_page_gets_fewer_frames_and_then_the_newest) {
  options_.frame_hz = 1000;
  const int port = start();
  Scene scene = small_scene();
  scene.links.resize(3000);
  server_.set_scene(scene);
  PageClient slow(port), quick(port);
  slow.wait_for("scene");
  quick.wait_for("scene");
  slow.stream().next_layer().set_option(asio::socket_base::receive_buffer_size(16384));
  Frame frame = small_frame(0);
  frame.links.resize(3000);  // 84 kB each: the socket's buffers hold a few
  const int last = 400;
  for (int i = 1; i <= last; ++i) {
    frame.sim_time = i;
    server_.publish(frame);
    if (i % 4 == 0) quick.wait_for_frame();
    else std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  int received = 0;
  do {
    slow.wait_for_frame();
    ++received;
  } while (slow.frame.sim_time < last);
  EXPECT_LT(received, last / 2) << "what a slow page missed is gone, not queued";
  EXPECT_EQ(slow.sequence, static_cast<uint32_t>(last));
}

TEST_F(ServerTest, a_page_that_comes_late_gets_the_training_curves_whole) {
  const int port = start();
  PageClient early(port);
  early.wait_for("hello");
  TrainMessage train;
  train.run = "run_1";
  train.state = "running";
  train.curves = {{"reward", {{100, 1}, {200, 2}}}};
  train.whole = true;
  server_.set_train(train);
  EXPECT_EQ(early.wait_for("train")["whole"], true);
  train.curves = {{"reward", {{300, 2.5}}}, {"fall", {{300, 0.1}}}};
  train.whole = false;
  server_.set_train(train);
  const Json news = early.wait_for("train");
  EXPECT_EQ(news["whole"], false);
  EXPECT_EQ(news["curves"]["reward"], Json::parse("[[300.0,2.5]]"));
  PageClient late(port);
  const Json whole = late.wait_for("train");
  EXPECT_EQ(whole["whole"], true);
  EXPECT_EQ(whole["run"], "run_1");
  EXPECT_EQ(whole["curves"]["reward"].size(), 3u);
  EXPECT_EQ(whole["curves"]["fall"].size(), 1u);
  train.run = "run_2";
  train.curves = {{"reward", {{10, 0}}}};
  server_.set_train(train);
  EXPECT_EQ(late.wait_for("train")["whole"], true) << "another run begins its curves anew";
}

TEST_F(ServerTest, a_fatal_error_before_the_page_came_is_still_shown) {
  const int port = start();
  server_.set_scene(small_scene());
  server_.send_error("a passing remark");
  server_.send_error("the policy is for another body", true);
  PageClient page(port);
  EXPECT_EQ(page.wait_for("error")["message"], "the policy is for another body");
}

TEST_F(ServerTest, foreign_hosts_and_origins_are_refused) {
  const int port = start();
  const std::string own = "localhost:" + std::to_string(port);
  EXPECT_EQ(get(port, "/", {}, "GET", "evil.example:" + std::to_string(port)).status, 403u) << "DNS rebinding";
  EXPECT_EQ(get(port, "/", {}, "GET", "127.0.0.1.evil.example").status, 403u);
  EXPECT_EQ(get(port, "/", {}, "GET", "127.0.0.1:" + std::to_string(port)).status, 200u);
  EXPECT_EQ(get(port, "/", {}, "GET", "[::1]:" + std::to_string(port)).status, 200u);
  EXPECT_EQ(get(port, "/api/bodies", {{"Origin", "http://evil.example"}}).status, 403u);
  EXPECT_EQ(get(port, "/api/bodies", {{"Origin", "http://" + own}}).status, 200u);
  EXPECT_FALSE(PageClient(port, {{"Origin", "http://evil.example"}}).connected());
  EXPECT_FALSE(PageClient(port, {{"Origin", "http://localhost:1"}}).connected()) << "another local program's page";
  EXPECT_FALSE(PageClient(port, {{"Origin", "null"}}).connected());
  EXPECT_TRUE(PageClient(port, {{"Origin", "http://" + own}}).connected());
}

TEST_F(ServerTest, a_named_origin_may_connect) {
  options_.allowed_origins = {"http://localhost:5173"};
  const int port = start();
  EXPECT_TRUE(PageClient(port, {{"Origin", "http://localhost:5173"}}).connected());
  EXPECT_FALSE(PageClient(port, {{"Origin", "http://localhost:5174"}}).connected());
}

TEST_F(ServerTest, any_address_but_loopback_needs_the_token) {
  options_.address = "0.0.0.0";
  const int port = start();
  const std::string token = server_.token();
  EXPECT_EQ(token.size(), 32u);
  EXPECT_NE(server_.url().find("?token=" + token), std::string::npos);
  EXPECT_EQ(get(port, "/").status, 401u);
  EXPECT_EQ(get(port, "/api/bodies").status, 401u);
  EXPECT_EQ(get(port, "/?token=" + token.substr(1) + "0").status, 401u);
  EXPECT_EQ(get(port, "/?token=").status, 401u);
  EXPECT_EQ(get(port, "/", {{"Authorization", "Bearer wrong"}}).status, 401u);
  EXPECT_EQ(get(port, "/", {{"Authorization", "Bearer " + token}}).status, 200u);
  EXPECT_FALSE(PageClient(port).connected());
  EXPECT_TRUE(PageClient(port, {}, "/ws?token=" + token).connected());
  const Answer page = get(port, "/?token=" + token);
  EXPECT_EQ(page.status, 200u);
  const std::string cookie = page.headers.at("Set-Cookie");
  EXPECT_NE(cookie.find("HttpOnly"), std::string::npos);
  EXPECT_NE(cookie.find("SameSite=Strict"), std::string::npos);
  const Headers carried = {{"Cookie", "other=1; " + cookie.substr(0, cookie.find(';'))}};
  EXPECT_EQ(get(port, "/assets/app-1a2b.js", carried).status, 200u) << "the page's own requests";
  EXPECT_TRUE(PageClient(port, carried).connected());
  EXPECT_FALSE(PageClient(port, {{"Cookie", carried[0].second}, {"Origin", "http://evil.example"}}).connected());
}

TEST_F(ServerTest, a_port_in_use_names_a_free_one) {
  const int port = start();
  Server second;
  ServerOptions options = options_;
  options.port = port;
  try {
    second.start(options);
    FAIL() << "it listens on a port in use";
  } catch (const core::UserError& e) {
    EXPECT_EQ(e.where(), "port " + std::to_string(port));
    ASSERT_NE(e.expected().find("--port "), std::string::npos) << e.expected();
    options.port = std::stoi(e.expected().substr(e.expected().find("--port ") + 7));
  }
  second.start(options);
  EXPECT_EQ(get(second.port(), "/api/health").status, 200u);
}

TEST_F(ServerTest, addresses_that_cannot_be_are_clear_errors) {
  for (const auto& [address, port] :
       std::vector<std::pair<std::string, int>>{{"not an address", 0}, {"203.0.113.7", 0}, {"127.0.0.1", 70000}}) {
    options_.address = address;
    options_.port = port;
    EXPECT_THROW(server_.start(options_), core::UserError) << address;
  }
}

TEST_F(ServerTest, what_is_not_http_or_too_large_is_refused_and_closed) {
  const int port = start();
  Raw long_header(port);
  long_header.send("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(20000, 'x') + "\r\n\r\n");
  EXPECT_EQ(long_header.receive().status, 431u);
  Raw body(port);
  body.send("POST /api/health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(body.receive().status, 413u);
  Raw noise(port);
  noise.send("\x16\x03\x01 this is no HTTP\r\n\r\n");
  EXPECT_EQ(noise.receive().status, 400u);
  EXPECT_EQ(get(port, "/api/health").status, 200u);
}

TEST_F(ServerTest, one_connection_may_ask_again_and_again) {
  const int port = start();
  Raw raw(port);
  for (int i = 0; i < 50; ++i) {
    raw.send("GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n");
    ASSERT_EQ(raw.receive().status, 200u);
  }
}

TEST_F(ServerTest, too_many_pages_are_told_so) {
  options_.max_clients = 2;
  const int port = start();
  PageClient a(port), b(port);
  a.wait_for("hello"), b.wait_for("hello");
  EXPECT_FALSE(PageClient(port).connected());
}

TEST_F(ServerTest, stops_while_pages_and_a_mesh_are_under_way) {
  options_.mesh_of = [](const BodyEntry& entry, Detail) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    return fake_mesh(entry, Detail::near);
  };
  const int port = start();
  server_.set_scene(small_scene());
  PageClient page(port);
  page.wait_for("scene");
  Raw mesh(port);
  mesh.send("GET /api/bodies/walker/mesh HTTP/1.1\r\nHost: localhost\r\n\r\n");
  server_.publish(small_frame(1));
  server_.stop();
  while (page.next()) {}
}

}  // namespace
}  // namespace manybody::studio
