// One program run beside ours, with a pipe to what it reads or from what it writes: the voice's mouth and ears.
//
// Reads: a command line, looked up on PATH, never through a shell. Writes: bytes to its standard input, or what it writes.
// Method: posix_spawn into a process group of its own; kill() ends the whole group at once.
// Errors: core::UserError when the program is not there or cannot be started.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

namespace manybody::voice {

std::string find_program(const std::string& name);  // its path, or ""

class Process {
 public:
  enum class Pipe { to_it, from_it };

  // arguments[0]: a name on PATH or a path. What is not piped is /dev/null; its standard error is ours.
  Process(const std::vector<std::string>& arguments, Pipe pipe);
  ~Process();  // kills it
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void write_all(std::string_view bytes);  // and closes the pipe; a program that does not read on is left alone
  int handle() const { return pipe_; }     // to read from
  void kill();                             // at once; may be called from any thread while `wait` waits
  int wait();                              // its exit status, or 128 + the signal that ended it

 private:
  pid_t pid_ = 0;
  int pipe_ = -1;
  std::atomic<int> status_{-1};
};

}  // namespace manybody::voice
