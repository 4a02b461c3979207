// The view of many robots at once: who is on the stage, their policies, their frames.
//
// Reads: bodies, one after the other beside the loop. Writes: the stage's description, frames and status.
// Errors: a body that cannot be read or that does not fit is told to the pages; the others walk on.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "learn/company.h"
#include "physics/batch.h"
#include "show_house.h"

namespace manybody::apps {

class StageView {
 public:
  explicit StageView(House& house) : house_(house) {}

  // Asked for now, there once it is read: `done` then gets its number, or `failed` the reason (left out: the pages get it).
  using Done = std::function<void(int)>;
  using Failed = std::function<void(const std::string&)>;
  void invite(const std::string& source, Done done = {}, Failed failed = {});
  void remove(int id);
  void set_policy(int id, const std::string& policy);
  void set_shown(bool shown);  // whether this view is what pages see

  learn::Company& company() { return company_; }
  bool is_full() const { return company_.members().size() + static_cast<size_t>(coming_) >= learn::kMostRobots; }
  std::string body_of(int id) const;

  void advance(double seconds) { company_.advance(seconds); }
  void publish_stage();
  void publish_frame();
  void publish_status();

 private:
  void enter(std::shared_ptr<const body::Body> body, const std::string& source, const Done& done, const Failed& failed);
  void fail(const std::string& why, const Failed& failed);
  void changed();

  House& house_;
  learn::Company company_;
  std::map<int, std::string> folders_, sources_;  // by number
  std::map<int, int> choices_;                    // how often a policy was asked for
  int coming_ = 0;
  uint32_t revision_ = 0;
  bool shown_ = false;
  physics::Inspection inspection_;
  studio::StageFrame frame_;
};

}  // namespace manybody::apps
