#include "studio/server.h"

#include <fcntl.h>

#include <array>
#include <atomic>
#include <utility>  // before Boost 1.74, which forgets it

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/host_name.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "core/error.h"
#include "core/files.h"
#include "studio/board.h"
#include "studio/chat.h"
#include "studio/http.h"
#include "studio/mesh_maker.h"

namespace manybody::studio {

namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
namespace ws = boost::beast::websocket;
namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using HttpRequest = bhttp::request<bhttp::empty_body>;

namespace {

constexpr auto kHttpTimeout = std::chrono::seconds(30);
constexpr auto kPostTimeout = std::chrono::seconds(120);
constexpr auto kIdleTimeout = std::chrono::seconds(30);  // a page answers a ping within this time
constexpr auto kLinger = std::chrono::seconds(2);
constexpr int kMaxConnections = 1100, kPortsTried = 50;  // a thousand clients at once are told to wait, not cut off
constexpr uint32_t kMaxHeaderBytes = 8192;
constexpr size_t kMaxReadBytes = 256 * 1024;  // larger than kMaxMessageBytes: too long a message is answered, not cut
constexpr double kMessagesPerSecond = 200;
constexpr int kSocketBuffer = 64 * 1024;  // small: what waits in the kernel is old when it arrives

class Page;

// Where answers to a POST arrive, from whatever thread and however late: the server may have gone meanwhile.
struct Mailbox {
  std::mutex mutex;
  asio::io_context* io = nullptr;  // nullptr: nobody listens any more
};

}  // namespace

struct ServerState {
  ServerOptions options;
  Access access;
  Board board;
  std::string token;
  int port = 0;
  std::atomic<int> clients{0};
  std::atomic<bool> pump_posted{false};

  std::mutex bodies_mutex;
  std::vector<BodyEntry> bodies;
  std::vector<std::string> shown;  // bodies on view; guarded by bodies_mutex too

  // Below: only the input/output thread, once it runs.
  std::set<Page*> pages;
  int connections = 0;
  uint64_t last_client = 0, last_post = 0;
  std::map<uint64_t, std::function<void(Response)>> unanswered;  // each holds its connection
  Clock::time_point next_frame{};
  bool frame_armed = false;

  std::unique_ptr<asio::io_context> io;
  std::shared_ptr<Mailbox> mailbox = std::make_shared<Mailbox>();
  std::unique_ptr<tcp::acceptor> acceptor;
  std::unique_ptr<asio::steady_timer> frame_timer, accept_timer;
  std::unique_ptr<MeshMaker> meshes;
  std::thread thread;

  std::optional<BodyEntry> find_body(const std::string& name) {
    const std::lock_guard lock(bodies_mutex);
    for (const BodyEntry& b : bodies)
      if (b.name == name) return b;
    return std::nullopt;
  }
  std::string bodies_text() {
    const std::lock_guard lock(bodies_mutex);
    return bodies_json(bodies);
  }
  void renew_hello() {
    const std::lock_guard lock(bodies_mutex);
    board.set_hello(hello_json(options.version, options.language, bodies));
  }
  // The packs of the bodies on view are made while the page is still being opened.
  void make_scene_mesh() {
    if (!meshes) return;
    std::vector<std::string> names;
    {
      const std::lock_guard lock(bodies_mutex);
      names = shown;
    }
    for (const std::string& name : names)
      if (const auto entry = find_body(name))
        meshes->ask(*entry, names.size() > 1 ? Detail::far : Detail::near, [](const auto&, const std::string&) {});
  }
  void listen(const asio::ip::address& address);
  void accept();
  void wake();  // from any thread
  void pump();
  void allow_frames();
};

namespace {

void keep_from_children(int handle) { ::fcntl(handle, F_SETFD, FD_CLOEXEC); }

std::string text_of(beast::string_view view) { return std::string(view.data(), view.size()); }

template <class Body>
Request request_of(const bhttp::request<Body>& request) {
  Request r;
  r.method = text_of(request.method_string());
  r.target = text_of(request.target());
  r.host = text_of(request[bhttp::field::host]);
  r.origin = text_of(request[bhttp::field::origin]);
  r.authorization = text_of(request[bhttp::field::authorization]);
  r.cookie = text_of(request[bhttp::field::cookie]);
  r.if_none_match = text_of(request[bhttp::field::if_none_match]);
  return r;
}

// ---- One page's WebSocket ---------------------------------------------------------------------------------------------

class Page : public std::enable_shared_from_this<Page> {
 public:
  Page(ServerState& server, beast::tcp_stream&& stream, HttpRequest request)
      : server_(server), stream_(std::move(stream)), request_(std::move(request)) {
    ++server_.connections;
    ++server_.clients;
    server_.pages.insert(this);
  }
  ~Page() {
    server_.pages.erase(this);
    --server_.clients;
    --server_.connections;
  }

  void run() {
    ws::stream_base::timeout timeout{};
    timeout.handshake_timeout = std::chrono::seconds(10);
    timeout.idle_timeout = kIdleTimeout;
    timeout.keep_alive_pings = true;
    stream_.set_option(timeout);
    stream_.set_option(ws::stream_base::decorator([](ws::response_type& r) { r.set(bhttp::field::server, "manybody"); }));
    stream_.read_message_max(kMaxReadBytes);
    stream_.auto_fragment(false);
    error_code ignored;
    auto& socket = beast::get_lowest_layer(stream_).socket();
    socket.set_option(asio::socket_base::send_buffer_size(kSocketBuffer), ignored);
    stream_.async_accept(request_, [self = shared_from_this()](error_code error) {
      if (error) return;
      self->open_ = true;
      self->cursor_ = self->server_.board.new_cursor(++self->server_.last_client);
      self->read();
      self->send_next();
    });
  }

  void allow_frame() { frame_allowed_ = true; }

  // One message under way at a time; whatever else is new meanwhile is chosen when it has left.
  void send_next() {
    if (!open_ || writing_ || !server_.board.take_next(cursor_, frame_allowed_, out_)) return;
    writing_ = true;
    if (out_.binary) frame_allowed_ = false;
    stream_.binary(out_.binary);
    const asio::const_buffer bytes =
        out_.binary ? asio::const_buffer(out_.bytes.data(), out_.bytes.size()) : asio::buffer(*out_.text);
    stream_.async_write(bytes, [self = shared_from_this()](error_code error, size_t) {
      self->writing_ = false;
      if (error) self->open_ = false;
      else self->send_next();
    });
  }

 private:
  void read() {
    stream_.async_read(buffer_, [self = shared_from_this()](error_code error, size_t) {
      if (error) {
        self->open_ = false;
        return;
      }
      self->receive();
      self->buffer_.consume(self->buffer_.size());
      self->read();
    });
  }

  void receive() {
    if (is_too_fast()) return;
    if (!stream_.got_text()) return complain("message not understood: it must be text");
    const auto bytes = buffer_.cdata();
    std::string error;
    const auto command = parse_command({static_cast<const char*>(bytes.data()), bytes.size()}, error);
    if (!command) return complain(error);
    if (const auto* push = std::get_if<PushCommand>(&*command); push && push->link >= server_.board.scene_links()) {
      return complain("push: the body has no link " + std::to_string(push->link));
    }
    if (!server_.board.add_command(*command)) complain("too many commands wait: the simulation is busy");
  }

  // A page sends a few commands a second; one that floods is told so once and then not listened to.
  bool is_too_fast() {
    const auto now = Clock::now();
    const double passed = std::chrono::duration<double>(now - allowance_time_).count();
    allowance_ = std::min(kMessagesPerSecond, allowance_ + passed * kMessagesPerSecond);
    allowance_time_ = now;
    if (allowance_ > kMessagesPerSecond / 2) told_ = false;
    if (allowance_ >= 1) {
      allowance_ -= 1;
      return false;
    }
    if (!told_) complain("too many messages: some were left out");
    told_ = true;
    return true;
  }

  void complain(const std::string& sentence) {
    server_.board.add_error(sentence, false, cursor_.client);
    send_next();
  }

  ServerState& server_;
  ws::stream<beast::tcp_stream> stream_;
  HttpRequest request_;
  beast::flat_buffer buffer_;
  Cursor cursor_;
  Outgoing out_;
  bool open_ = false, writing_ = false, frame_allowed_ = true, told_ = false;
  double allowance_ = kMessagesPerSecond;
  Clock::time_point allowance_time_ = Clock::now();
};

// ---- One connection's HTTP requests -----------------------------------------------------------------------------------

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(ServerState& server, tcp::socket&& socket) : server_(server), stream_(std::move(socket)) { ++server_.connections; }
  ~Connection() { --server_.connections; }

  void read() {
    parser_.emplace();
    parser_->header_limit(kMaxHeaderBytes);
    size_t most = 0;
    for (const auto& [path, post] : server_.options.posts) most = std::max(most, post.most_bytes);
    parser_->body_limit(most);
    stream_.expires_after(kHttpTimeout);
    bhttp::async_read_header(stream_, buffer_, *parser_, [self = shared_from_this()](error_code error, size_t) {
      if (error) return self->answer_damaged(error);
      if (self->parser_->get().method() == bhttp::verb::post && self->read_post()) return;
      if (self->parser_->chunked() || self->parser_->content_length().value_or(0) > 0) {
        return self->answer_damaged(bhttp::make_error_code(bhttp::error::unexpected_body));
      }
      self->read_rest();
    });
  }

 private:
  void read_rest() {
    bhttp::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](error_code error, size_t) {
      if (!error) return self->answer(self->parser_->release());
      self->answer_damaged(error);
    });
  }

  // A body is read only where somebody takes it, and only from who may ask at all.
  bool read_post() {
    request_ = request_of(parser_->get());
    const auto it = server_.options.posts.find(target_path(request_.target));
    if (it == server_.options.posts.end()) return false;
    close_after_ = true;
    if (auto refusal = server_.access.refuse(request_)) return respond(std::move(*refusal)), true;
    const Post& post = it->second;
    if (const auto length = parser_->content_length(); length && *length > post.most_bytes) {
      return respond(error_response(413, "the body is longer than " + std::to_string(post.most_bytes) + " bytes")), true;
    }
    post_parser_.emplace(std::move(*parser_));
    post_parser_->body_limit(post.most_bytes);
    stream_.expires_after(kPostTimeout);
    bhttp::async_read(stream_, buffer_, *post_parser_, [self = shared_from_this(), &post](error_code error, size_t) {
      if (error) return self->answer_damaged(error);
      self->close_after_ = !self->post_parser_->get().keep_alive();
      std::string body = std::move(self->post_parser_->get().body());
      self->post_parser_.reset();
      self->stream_.expires_never();
      post.handle(self->request_, std::move(body), self->make_reply());
    });
    return true;
  }

  Reply make_reply() {
    ServerState& server = server_;
    const uint64_t id = ++server.last_post;
    server.unanswered[id] = [self = shared_from_this()](Response response) { self->respond(std::move(response)); };
    return [&server, id, mailbox = server.mailbox](Response response) {
      const std::lock_guard lock(mailbox->mutex);
      if (!mailbox->io) return;
      asio::post(*mailbox->io, [&server, id, response = std::move(response)]() mutable {
        if (auto node = server.unanswered.extract(id)) node.mapped()(std::move(response));
      });
    };
  }

  void answer_damaged(error_code error) {
    static const auto& category = bhttp::make_error_code(bhttp::error::bad_method).category();
    if (error == bhttp::error::end_of_stream) return close();
    if (error.category() != category) return;
    close_after_ = true;
    request_ = {};
    if (parser_) request_.target = target_path(text_of(parser_->get().target()));  // errors have the shape of their address
    if (error == bhttp::error::header_limit || error == bhttp::error::buffer_overflow) {
      return respond(error_response(431, "the request's header is too long"));
    }
    if (error == bhttp::error::body_limit || error == bhttp::error::unexpected_body) {
      return respond(
          error_response(413, error == bhttp::error::body_limit ? "the body is too long" : "requests have no body here"));
    }
    respond(error_response(400, "the request is not HTTP"));
  }

  void answer(HttpRequest&& http_request) {
    close_after_ = !http_request.keep_alive();
    head_ = http_request.method() == bhttp::verb::head;
    request_ = request_of(http_request);
    if (auto refusal = server_.access.refuse(request_)) return respond(std::move(*refusal));
    const std::string path = target_path(request_.target);
    if (path == "/ws" && ws::is_upgrade(http_request)) return upgrade(std::move(http_request));
    if (http_request.method() != bhttp::verb::get && !head_) {
      Response r = error_response(405, "only GET is understood here");
      r.headers.emplace_back("Allow", "GET, HEAD");
      return respond(std::move(r));
    }
    route(path);
  }

  void upgrade(HttpRequest&& http_request) {
    if (server_.clients >= server_.options.max_clients) return respond(error_response(503, "too many pages are open"));
    stream_.expires_never();
    std::make_shared<Page>(server_, std::move(stream_), std::move(http_request))->run();
  }

  void route(const std::string& path) {
    if (const auto it = server_.options.gets.find(path); it != server_.options.gets.end()) return respond(it->second());
    if (path.starts_with("/v1/") && server_.options.posts.contains(path)) {
      Response r = error_response(405, "only POST is understood here");
      r.headers.emplace_back("Allow", "POST");
      return respond(std::move(r));
    }
    const std::string meshes = "/api/bodies/", mesh = "/mesh";
    if (path == "/api/health") {
      return respond(text_response(200, "application/json", R"({"ok":true,"version":")" + server_.options.version + "\"}"));
    }
    if (path == "/api/bodies") return respond(text_response(200, "application/json", server_.bodies_text()));
    if (path.starts_with(meshes) && path.ends_with(mesh) && path.size() > meshes.size() + mesh.size()) {
      return answer_mesh(path.substr(meshes.size(), path.size() - meshes.size() - mesh.size()));
    }
    if (path == "/ws") return respond(error_response(426, "this is the WebSocket's address"));
    if (path.starts_with("/api/")) return respond(error_response(404, "there is no such address"));
    respond(serve_file(server_.options.web_root, path, request_.if_none_match));
  }

  void answer_mesh(const std::string& name) {
    const auto entry = server_.find_body(percent_decode(name).value_or(""));
    if (!entry) return respond(error_response(404, "there is no such body"));
    stream_.expires_never();
    const Detail detail = query_value(request_.target, "detail") == "far" ? Detail::far : Detail::near;
    server_.meshes->ask(
        *entry, detail, [self = shared_from_this()](std::shared_ptr<const MeshPack> pack, const std::string& error) {
          asio::post(*self->server_.io, [self, pack, error] {
            if (!pack) return self->respond(error_response(500, error));
            Response r;
            r.headers = {
                {"Content-Type", "application/octet-stream"}, {"Content-Encoding", "gzip"}, {"Cache-Control", "no-cache"}};
            r.body = std::shared_ptr<const std::string>(pack, &pack->gzip);
            self->respond(tagged_response(std::move(r), pack->etag, self->request_.if_none_match));
          });
        });
  }

  void respond(Response response) {
    const std::string path = target_path(request_.target);
    const bool shaped = response.status < 400 || !path.starts_with("/v1/") || response.body->starts_with("{\"error\"");
    response_ = shaped ? std::move(response) : chat_shaped(std::move(response));
    message_ = {};
    message_.result(static_cast<unsigned>(response_.status));
    message_.version(11);
    message_.keep_alive(!close_after_);
    message_.set(bhttp::field::server, "manybody");
    message_.set("X-Content-Type-Options", "nosniff");
    message_.set("Referrer-Policy", "no-referrer");
    message_.set("Cross-Origin-Resource-Policy", "same-origin");
    message_.set("X-Frame-Options", "SAMEORIGIN");
    for (const auto& [name, value] : response_.headers) message_.set(name, value);
    if (const std::string cookie = server_.access.cookie_for(request_); !cookie.empty()) {
      message_.set(bhttp::field::set_cookie, cookie);
    }
    if (response_.status != 304) message_.content_length(response_.body->size());
    if (!head_) message_.body() = {response_.body->data(), response_.body->size()};
    stream_.expires_after(kHttpTimeout);
    bhttp::async_write(stream_, message_, [self = shared_from_this()](error_code error, size_t) {
      if (error) return;
      if (self->close_after_) return self->close();
      self->read();
    });
  }

  // What the client still sends is read and forgotten for a moment: closing at once could take the answer away from it.
  void close() {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.expires_after(kLinger);
    drain();
  }

  void drain() {
    stream_.async_read_some(asio::buffer(scratch_), [self = shared_from_this()](error_code error, size_t) {
      if (!error) self->drain();
    });
  }

  ServerState& server_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_{2 * kMaxHeaderBytes};
  std::optional<bhttp::request_parser<bhttp::empty_body>> parser_;
  std::optional<bhttp::request_parser<bhttp::string_body>> post_parser_;
  Request request_;
  Response response_;
  bhttp::response<bhttp::span_body<const char>> message_;
  std::array<char, 4096> scratch_;
  bool close_after_ = false, head_ = false;
};

asio::ip::address parse_address(const std::string& text) {
  if (text == "localhost") return asio::ip::address_v4::loopback();
  error_code error;
  const auto address = asio::ip::make_address(text, error);
  if (error)
    throw core::UserError("address " + text, "it is not an IP address", "127.0.0.1, 0.0.0.0 or an address of this machine");
  return address;
}

error_code open_acceptor(tcp::acceptor& acceptor, const tcp::endpoint& where) {
  error_code error;
  acceptor.open(where.protocol(), error);
  if (!error) keep_from_children(acceptor.native_handle());
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(where, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  return error;
}

int next_free_port(asio::io_context& io, const asio::ip::address& address, int port) {
  for (int p = port + 1; p <= std::min(port + kPortsTried, 65535); ++p) {
    tcp::acceptor probe(io);
    if (!open_acceptor(probe, {address, static_cast<uint16_t>(p)})) return p;
  }
  return 0;
}

}  // namespace

// ---- The input/output thread ------------------------------------------------------------------------------------------

void ServerState::listen(const asio::ip::address& address) {
  acceptor = std::make_unique<tcp::acceptor>(*io);
  const error_code error = open_acceptor(*acceptor, {address, static_cast<uint16_t>(options.port)});
  const std::string place = "port " + std::to_string(options.port);
  if (error == asio::error::address_in_use) {
    const int free = next_free_port(*io, address, options.port);
    throw core::UserError(place, "another program listens there already",
                          free > 0 ? "another port: --port " + std::to_string(free) + " is free" : "another port, --port N");
  }
  if (error == asio::error::access_denied) {
    throw core::UserError(place, "only an administrator may listen there", "a port from 1024, --port 8080");
  }
  if (error) throw core::UserError("address " + options.address, error.message(), "an address of this machine, as 127.0.0.1");
  port = acceptor->local_endpoint().port();
}

void ServerState::accept() {
  acceptor->async_accept([this](error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (error) {  // out of file handles: give others time to close
      accept_timer->expires_after(std::chrono::milliseconds(200));
      accept_timer->async_wait([this](error_code stopped) {
        if (!stopped) accept();
      });
      return;
    }
    keep_from_children(socket.native_handle());
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    if (connections < kMaxConnections) std::make_shared<Connection>(*this, std::move(socket))->read();
    accept();
  });
}

void ServerState::wake() {
  if (!io || clients == 0 || pump_posted.exchange(true)) return;
  asio::post(*io, [this] { pump(); });
}

void ServerState::allow_frames() {
  const auto period = std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / options.frame_hz));
  next_frame = std::max(next_frame + period, Clock::now() + period / 2);
  for (Page* page : pages) page->allow_frame();
}

// Frames leave at once when the last is a period old, else when it will be; words leave at once.
void ServerState::pump() {
  pump_posted = false;
  if (Clock::now() >= next_frame) {
    allow_frames();
  } else if (!frame_armed) {
    frame_armed = true;
    frame_timer->expires_at(next_frame);
    frame_timer->async_wait([this](error_code stopped) {
      frame_armed = false;
      if (!stopped) pump();
    });
  }
  for (Page* page : pages) page->send_next();
}

// ---- What the application sees ----------------------------------------------------------------------------------------

Server::Server() : state_(std::make_unique<ServerState>()) {}

Server::~Server() { stop(); }

void Server::start(const ServerOptions& options) {
  MB_CHECK(!state_->io);
  ServerState& s = *state_;
  if (options.port < 0 || options.port > 65535) {
    throw core::UserError("port " + std::to_string(options.port), "there is no such port", "1 … 65535");
  }
  const asio::ip::address address = parse_address(options.address);
  s.options = options;
  if (s.options.web_root.empty()) s.options.web_root = core::home_directory() + "/web/dist";
  if (!s.options.mesh_of) {
    s.options.mesh_of = [](const BodyEntry& entry, Detail detail) {
      return load_mesh_pack(entry.source.empty() ? entry.name : entry.source, mesh_cache_directory(), detail);
    };
  }
  s.io = std::make_unique<asio::io_context>(1);
  s.mailbox->io = s.io.get();
  try {
    s.listen(address);
  } catch (...) {
    s.acceptor.reset();
    s.mailbox->io = nullptr;
    s.io.reset();
    throw;
  }
  s.token = options.token.empty() && !address.is_loopback() ? random_token() : options.token;
  s.access = Access(address.is_loopback(), s.port, s.token, options.allowed_origins);
  s.renew_hello();
  s.frame_timer = std::make_unique<asio::steady_timer>(*s.io);
  s.accept_timer = std::make_unique<asio::steady_timer>(*s.io);
  s.meshes = std::make_unique<MeshMaker>(s.options.mesh_of);
  s.make_scene_mesh();
  s.accept();
  s.thread = std::thread([&s] { s.io->run(); });
}

void Server::stop() {
  ServerState& s = *state_;
  if (!s.io) return;
  s.io->stop();
  s.thread.join();
  {
    const std::lock_guard lock(s.mailbox->mutex);
    s.mailbox->io = nullptr;
  }
  s.unanswered.clear();
  s.meshes.reset();  // its requests hold connections, which need io
  s.acceptor.reset();
  s.frame_timer.reset();
  s.accept_timer.reset();
  s.io.reset();
  s.frame_armed = false;
  s.pump_posted = false;
}

int Server::port() const { return state_->port; }
std::string Server::token() const { return state_->token; }
int Server::clients() const { return state_->clients; }

std::string Server::url() const {
  const ServerState& s = *state_;
  std::string host = s.options.address;
  if (host == "0.0.0.0" || host == "::") host = asio::ip::host_name();
  else if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return "http://" + host + ":" + std::to_string(s.port) + "/" + (s.token.empty() ? "" : "?token=" + s.token);
}

void Server::set_bodies(std::vector<BodyEntry> bodies) {
  {
    const std::lock_guard lock(state_->bodies_mutex);
    state_->bodies = std::move(bodies);
  }
  state_->renew_hello();
  state_->wake();
}

void Server::set_scene(const Scene& scene) {
  {
    const std::lock_guard lock(state_->bodies_mutex);
    state_->shown = {scene.body};
  }
  state_->make_scene_mesh();
  state_->board.set_scene(scene);
  state_->wake();
}

void Server::set_stage(const Stage& stage) {
  {
    const std::lock_guard lock(state_->bodies_mutex);
    state_->shown.clear();
    for (const StageRobot& robot : stage.robots) state_->shown.push_back(robot.scene.body);
  }
  state_->make_scene_mesh();
  state_->board.set_stage(stage);
  state_->wake();
}

void Server::publish(const Frame& frame) {
  state_->board.publish(frame);
  state_->wake();
}

void Server::publish(const StageFrame& frame) {
  state_->board.publish(frame);
  state_->wake();
}

void Server::set_status(const Status& status) {
  state_->board.set_status(status);
  state_->wake();
}

void Server::set_train(const TrainMessage& message) {
  state_->board.set_train(message);
  state_->wake();
}

void Server::set_talk(const TalkMessage& message) {
  state_->board.set_talk(message);
  state_->wake();
}

void Server::set_world(const WorldMessage& world) {
  state_->board.set_world(world);
  state_->wake();
}

void Server::send_error(const std::string& message, bool fatal) {
  state_->board.add_error(message, fatal);
  state_->wake();
}

std::vector<Command> Server::take_commands() { return state_->board.take_commands(); }

}  // namespace manybody::studio
