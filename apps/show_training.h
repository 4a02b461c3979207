// "Learn to walk" in the page: a trainer beside the server, and the robot on view under its newest attempt.
//
// Reads: the run's folder. Writes: training curves and state of the server, the policy of the view of one robot.
// Method: `manybody train` as a child process at lower priority, so that a page never waits for it.
// Errors: core::UserError (no such run); a trainer that fails is told to the pages.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "show_solo.h"
#include "studio/child.h"
#include "studio/command.h"
#include "studio/train_follow.h"

namespace manybody::apps {

class Training {
 public:
  // view: brings the view of one robot before the pages, soon, showing this body and policy in this mode.
  using View = std::function<void(const std::string& source, const std::string& folder, const std::string& mode)>;
  Training(House& house, View view) : house_(house), view_(std::move(view)) {}

  void obey(const studio::TrainCommand& command, const std::string& body_now);
  void follow_run(Solo* solo);  // each turn of the loop; solo: when it is on view
  void stop() { trainer_.stop(); }

 private:
  std::string run_folder(const std::string& run, const std::string& body) const;
  void start(const std::string& body);
  void follow(const std::string& folder, const std::string& body);
  void show_checkpoint(Solo& solo);

  House& house_;
  View view_;
  studio::Child trainer_;
  std::optional<studio::TrainFollow> follow_;
  bool failure_told_ = true, unseen_ = false;  // unseen_: a policy was exported that was not on view yet
  double last_poll_ = 0;
};

}  // namespace manybody::apps
