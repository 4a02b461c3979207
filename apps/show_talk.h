// Lets people talk to the robots on view: words of pages and of HTTP clients in, replies and checklists out, robots that do it.
//
// Reads: SayCommand, requests of POST /v1/chat/completions, who is on view (any number). Writes: talk and world messages; velocities
// and joint offsets of the robots.
// Method: once a turn of the loop set_cast() (nothing is done while it is the same) and poll(); tick() once a control step before the
// robots' own. A robot of a stage is steered through learn::Company, so that it gives way and keeps its mark as for any other hand.
// Errors: core::UserError while it is made.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "conduct/conductor.h"
#include "learn/company.h"
#include "studio/chat.h"
#include "studio/server.h"

namespace manybody::apps {

// Somebody on view: alone, or the member `id` of a company.
struct Performer {
  learn::Player* player = nullptr;
  learn::Company* company = nullptr;
  int id = 0;
  bool operator==(const Performer&) const = default;
};
std::vector<Performer> performers_of(learn::Company& company);

class ShowTalk {
 public:
  ShowTalk(studio::Server& server, const conduct::ConductorOptions& options);
  ~ShowTalk();

  void open(studio::ServerOptions& options);  // adds /v1/chat/completions and /v1/models
  void set_cast(const std::vector<Performer>& cast);
  void say(const studio::SayCommand& command);
  void steered(std::optional<int> id);  // by hand: its plan ends; nothing: everybody's
  void tick(double dt) { conductor_.tick(dt), ticked_ = true; }
  void poll();

 private:
  std::string name_for(const Performer& performer) const;
  std::string robot_of(const std::string& said) const;
  void take_chats();
  void answer_chat(const conduct::Exchange& exchange);
  void publish_world();

  studio::Server& server_;
  studio::ChatDesk desk_;
  std::mutex names_mutex_;
  std::vector<std::string> names_;  // in the order of the cast; also read for /v1/models
  std::vector<Performer> cast_;
  std::vector<std::unique_ptr<conduct::Actor>> actors_;
  std::vector<conduct::Member> members_;
  conduct::Conductor conductor_;
  std::map<uint64_t, uint64_t> chats_;  // exchange to chat request
  bool ticked_ = false;
};

}  // namespace manybody::apps
