// The web server behind the page: HTTP for files and meshes, one WebSocket a page for everything live (docs/protocol.md).
//
// Reads: what the application publishes (publish, set_scene, set_status, set_train, send_error), from any thread.
// Writes: commands of the pages, taken by the application's loop with take_commands.
// Method: one input/output thread; one more makes mesh packs. Each page gets the newest frame at most frame_hz times a
//         second: one that reads slowly gets fewer, and nothing grows. publish never waits for the network.
// Limits: loopback without a token; any other address needs one. max_clients pages; messages of kMaxMessageBytes; request
//         heads of 8 KiB, bodies only where a Post takes them; silent connections are closed.
// Errors: start throws core::UserError (address not understood, port in use and which is free, address not of this machine).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "studio/command.h"
#include "studio/frame.h"
#include "studio/http.h"
#include "studio/mesh_pack.h"
#include "studio/messages.h"

namespace manybody::studio {

struct ServerState;

// What is done with a POST to one address. handle runs in the input/output thread and must not wait: it takes the body and
// answers with `reply`, from any thread, once.
using Reply = std::function<void(Response)>;
struct Post {
  size_t most_bytes = 0;
  std::function<void(const Request&, std::string body, Reply reply)> handle;
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  int port = 8080;       // 0: any free one
  std::string token;     // "": none on loopback, a random one elsewhere
  std::string web_root;  // "": web/dist in the home directory
  std::string version = "0.1.0";
  std::string language = "";                 // the page's first language; "": the browser's
  std::vector<std::string> allowed_origins;  // further pages that may connect, e.g. "http://localhost:5173"
  int max_clients = 16;
  double frame_hz = 60;
  // Makes a body's mesh pack, in a thread of its own; empty: load_mesh_pack of load_body(entry.source or entry.name).
  std::function<std::shared_ptr<const MeshPack>(const BodyEntry&, Detail)> mesh_of;
  std::map<std::string, Post> posts;                      // by path
  std::map<std::string, std::function<Response()>> gets;  // likewise; called in the input/output thread
};

class Server {
 public:
  Server();
  ~Server();  // stops
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void start(const ServerOptions& options);
  void stop();
  int port() const;         // the port it listens on
  std::string url() const;  // what to open, with the token when there is one
  std::string token() const;
  int clients() const;  // pages connected now

  void set_bodies(std::vector<BodyEntry> bodies);
  // Frames published from now on must have this scene's counts of links, joints and rewards.
  void set_scene(const Scene& scene);
  void publish(const Frame& frame);
  // The same for several robots at once: the newer of scene and stage is what pages show.
  void set_stage(const Stage& stage);
  void publish(const StageFrame& frame);
  // Sent at once after a command or when a page would show something else, otherwise at most four times a second.
  void set_status(const Status& status);
  // The server keeps the curves: a page that connects later gets them whole.
  void set_train(const TrainMessage& message);
  // An exchange with the robots, told again whenever its plan gets on; the newest are kept for pages that come later.
  void set_talk(const TalkMessage& message);
  void set_world(const WorldMessage& world);  // who and what people may talk of
  void send_error(const std::string& message, bool fatal = false);

  std::vector<Command> take_commands();

 private:
  std::unique_ptr<ServerState> state_;
};

}  // namespace manybody::studio
