// What both views of the page share: the server, the clock, the bodies that were read, the work beside the loop.
//
// Reads: bodies, each once, in the background. Writes: the page's list of them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "background.h"
#include "body/body.h"
#include "learn/player.h"
#include "show.h"
#include "show_bodies.h"
#include "studio/real_time.h"
#include "studio/server.h"

namespace manybody::apps {

struct House {
  explicit House(const ShowWhat& w);

  ShowWhat what;
  studio::RealTime clock{0.02};
  studio::Server server;
  std::vector<studio::BodyEntry> entries;

  learn::PlayerOptions player_options() const { return {what.terrain, what.collisions, what.seed}; }
  // Reading a body's meshes takes a moment: each is read once. By name or file.
  std::shared_ptr<const body::Body> body_of(const std::string& source);
  // Reads it beside the loop when need be (before all others that wait: `first`), then calls `done` in the loop; `failed` gets the reason
  // instead.
  using Got = std::function<void(std::shared_ptr<const body::Body>)>;
  using Failed = std::function<void(const std::string&)>;
  void fetch(const std::string& source, Got done, Failed failed, bool first = false);
  // Making a world and reading a policy takes a moment too: the same, for a body that was read. An empty policy: the best that fits
  // (make_player); `folder` names a bundle's folder, "" the bare prior.
  using Made = std::function<void(std::shared_ptr<Cast>)>;
  void make_best(std::shared_ptr<const body::Body> body, const std::string& policy, Made done, Failed failed);
  void make(std::shared_ptr<const body::Body> body, const std::string& folder, Made done, Failed failed);
  // All others, one after the other, for the list's sizes; they are not kept (a model can take half a gigabyte).
  void read_the_others();

  std::string source_of(const std::string& name) const;  // what load_body takes for a name of the list
  // What is known of a body by now goes into the list; one straight from a file joins it.
  void list(const body::Body& body, const std::string& source);

  std::map<std::string, std::shared_ptr<const body::Body>> bodies;  // those read, by source
  void make_beside(std::function<Cast()> maker, Made done, Failed failed);
  Background background;  // last: its jobs use the above
};

}  // namespace manybody::apps
