// One program run beside the server, for "Learn to walk" in the page: started, watched, stopped gently, never left behind.
//
// Reads: its standard error, of which the last lines are kept for a message; its standard output goes to /dev/null.
// Writes: whether it runs, how it ended.
// Method: fork and exec into a process group of its own, from a thread that lives as long as the child, because the kernel
//         tells a child of the death of the *thread* that made it (PR_SET_PDEATHSIG, SIGINT: the trainer saves and ends).
//         stop: SIGINT, after `grace` SIGTERM, then SIGKILL, each to the whole group.
// Errors: start throws core::UserError when the program cannot be run.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace manybody::studio {

class Child {
 public:
  Child();
  ~Child();  // stops it
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // arguments[0]: the program's path or name. Ends the one before, if it still runs.
  void start(const std::vector<std::string>& arguments, double grace_seconds = 5);
  void stop();         // waits for its end
  void ask_to_stop();  // SIGINT and returns; `running` tells when it has ended

  bool running() const;
  int pid() const;  // 0 before the first start
  // Once ended: exit status, or 128 + the signal that ended it; -1 while it runs or before the first start.
  int exit_status() const;
  std::string last_lines() const;  // of its standard error, at most 20
  // "" when it ended well or was stopped by us; else one sentence with its last words.
  std::string failure() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace manybody::studio
