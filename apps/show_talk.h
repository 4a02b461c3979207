// Lets people talk to the robots that the server shows: words of pages and of HTTP clients in, replies and checklists out.
//
// Reads: SayCommand, the server's chat requests, robots as conduct::Actor. Writes: talk and stage messages; drives the robots.
// Method: set_robots whenever the stage's robots change (any number), tick() once a control step before theirs, poll() once a turn of
// the loop: it takes HTTP requests and publishes what is new.
// Errors: core::UserError while it is made.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "conduct/conductor.h"
#include "studio/server.h"

namespace manybody::apps {

class ShowTalk {
 public:
  ShowTalk(studio::Server& server, const conduct::ConductorOptions& options);

  void set_robots(std::vector<conduct::Member> members);
  void say(const studio::SayCommand& command);
  void steered(const std::string& robot = "") { conductor_.take_over(robot); }  // by hand
  void tick(double dt) { conductor_.tick(dt), ticked_ = true; }
  void poll();
  conduct::Conductor& conductor() { return conductor_; }

 private:
  void take_chats();
  void answer_chats(const conduct::Exchange& exchange);
  void publish_stage();

  studio::Server& server_;
  conduct::Conductor conductor_;
  std::vector<std::string> names_;
  std::vector<conduct::Member> members_;
  std::map<uint64_t, uint64_t> chats_;  // exchange to chat request
  bool ticked_ = false;
};

}  // namespace manybody::apps
