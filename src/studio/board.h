// The board between the simulation's thread and the server's: the newest of everything, never a queue of frames.
//
// Reads: what the application publishes; what pages command.
// Writes: for each client, the next message it has not seen; for the application, the commands since it last asked.
// Method: every kind of message has a serial number; a client's Cursor holds those it has. A slow client finds only the newest.
// Limits: thread-safe; at most kMaxCommands wait (velocity commands replace each other), the last kMaxErrors errors are held.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "studio/command.h"
#include "studio/frame.h"
#include "studio/messages.h"
#include "studio/train_follow.h"

namespace manybody::studio {

inline constexpr size_t kMaxCommands = 256, kMaxErrors = 16, kMaxTalks = 32;

// What one client has been sent.
struct Cursor {
  uint64_t client = 0;
  uint64_t hello = 0, scene = 0, status = 0, train = 0, frame = 0, world = 0, talk = 0;
  uint64_t error = 0, errors_before = 0;  // errors up to errors_before are older than the client
};

struct Outgoing {
  bool binary = false;
  std::shared_ptr<const std::string> text;
  std::vector<uint8_t> bytes;  // reused from message to message
};

class Board {
 public:
  void set_hello(std::string text);
  // What is shown from now on: one robot, or a stage of several. The newer of the two stands.
  void set_scene(const Scene& scene);
  void set_stage(const Stage& stage);
  void set_status(const Status& status);
  void set_train(const TrainMessage& message);
  void set_talk(const TalkMessage& message);
  void set_world(const WorldMessage& world);
  void add_error(const std::string& message, bool fatal, uint64_t client = 0);  // client 0: to all
  void publish(const Frame& frame);
  void publish(const StageFrame& frame);

  Cursor new_cursor(uint64_t client) const;
  // Fills `out` with what the client should get next; false when it has everything.
  bool take_next(Cursor& cursor, bool frames, Outgoing& out);

  bool add_command(const Command& command);  // false: too many wait already
  std::vector<Command> take_commands();
  int scene_links() const;  // of the largest body shown; -1 before the first scene

 private:
  struct Error {
    uint64_t serial, client;
    bool fatal;
    std::shared_ptr<const std::string> text;
  };
  using Text = std::shared_ptr<const std::string>;

  struct Talk {
    uint64_t id, serial;
    Text text;
  };

  bool take_error(Cursor& cursor, Outgoing& out);
  bool take_talk(Cursor& cursor, Outgoing& out);
  bool take_train(Cursor& cursor, Outgoing& out);

  mutable std::mutex mutex_;
  Text hello_, scene_, status_, train_new_, train_whole_;
  uint64_t hello_serial_ = 0, scene_serial_ = 0, status_serial_ = 0, train_serial_ = 0, frame_serial_ = 0, error_serial_ = 0;
  uint64_t train_reset_serial_ = 0;  // the last train message that replaced the curves
  uint64_t scene_errors_ = 0;        // errors up to here belong to an older scene
  struct Counts {
    uint16_t id = 0;
    size_t links = 0, joints = 0, rewards = 0;
    bool fits(const Frame& frame) const;
  };
  void show(Text text, std::vector<Counts> counts, bool stage);  // holding the mutex

  std::vector<Counts> counts_;  // of each robot shown
  bool on_stage_ = false;
  uint32_t revision_ = 0;
  Status last_status_;
  double status_time_ = -1;
  bool status_due_ = true;
  TrainMessage train_;  // scalars of the newest message
  CurveLog curves_;     // everything a new client needs
  std::deque<Error> errors_;
  Text world_;
  std::deque<Talk> talks_;  // in the order of their serials
  uint64_t world_serial_ = 0, talk_serial_ = 0;
  std::vector<uint8_t> frame_;
  uint32_t sequence_ = 0;
  std::vector<Command> commands_;
};

}  // namespace manybody::studio
