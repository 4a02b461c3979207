// Runs a program on something that nobody has looked at yet: with little time and memory, and its end is never waited for long.
//
// Reads: a command line. Writes: its exit status and standard output.
// Method: posix_spawn through sh, which sets the limits; a process group of its own, killed as a whole when time is over.
// Errors: core::UserError when it cannot be started.
#pragma once

#include <string>
#include <vector>

namespace manybody::studio {

struct Limits {
  int seconds = 10;          // of processor time; three times that of wall time
  size_t megabytes = 3072;   // address space
  size_t output = 1u << 20;  // bytes kept of its standard output; the rest is read and forgotten
};

struct Outcome {
  int status = -1;       // exit status, or 128 + the signal that ended it
  bool overrun = false;  // ended by a limit
  std::string output;
};

Outcome run_limited(const std::vector<std::string>& arguments, const Limits& limits = {});

}  // namespace manybody::studio
