// The web server behind the page: HTTP for files and meshes, one WebSocket a page for everything live (docs/protocol.md).
//
// Reads: what the application publishes (publish, set_scene, set_status, set_train, send_error), from any thread.
// Writes: commands of the pages, taken by the application's loop with take_commands.
// Method: one input/output thread; one more makes mesh packs. Each page gets the newest frame at most frame_hz times a
//         second: one that reads slowly gets fewer, and nothing grows. publish never waits for the network.
// Limits: loopback without a token; any other address needs one. max_clients pages; messages of kMaxMessageBytes; requests
//         of 8 KiB, chat requests of kMaxChatBytes, kMaxChats of them waiting; silent connections are closed.
// Errors: start throws core::UserError (address not understood, port in use and which is free, address not of this machine).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "studio/chat.h"
#include "studio/command.h"
#include "studio/frame.h"
#include "studio/mesh_pack.h"
#include "studio/messages.h"

namespace manybody::studio {

struct ServerState;

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
  bool chat = false;  // offer /v1/chat/completions: the application answers what take_chats gives
  // Makes a body's mesh pack, in a thread of its own; empty: load_mesh_pack of load_body(entry.source or entry.name).
  std::function<std::shared_ptr<const MeshPack>(const BodyEntry&)> mesh_of;
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
  // Sent at once after a command or when a page would show something else, otherwise at most four times a second.
  void set_status(const Status& status);
  // The server keeps the curves: a page that connects later gets them whole.
  void set_train(const TrainMessage& message);
  void send_error(const std::string& message, bool fatal = false);

  // An exchange with the robots, told again whenever its plan gets on; the newest are kept for pages that come later.
  void set_talk(const TalkMessage& message);
  // Who and what is on the stage, for the chat; robots are offered to HTTP clients as models.
  void set_stage(const StageMessage& stage);

  std::vector<Command> take_commands();
  // Requests of POST /v1/chat/completions, with ServerOptions::chat: each is to be answered or refused by its number.
  std::vector<ChatDesk::Call> take_chats();
  void answer_chat(uint64_t id, const ChatAnswer& answer);
  void refuse_chat(uint64_t id);

 private:
  std::unique_ptr<ServerState> state_;
};

}  // namespace manybody::studio
