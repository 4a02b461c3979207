#include "studio/limited.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "core/error.h"

namespace manybody::studio {
namespace {

using Clock = std::chrono::steady_clock;

pid_t spawn(const std::vector<std::string>& arguments, const Limits& limits, int output) {
  const std::string script = "ulimit -c 0; ulimit -t " + std::to_string(limits.seconds) + "; ulimit -v " +
                             std::to_string(limits.megabytes * 1024) + "; exec \"$@\"";
  std::vector<std::string> all = {"/bin/sh", "-c", script, "sh"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& a : all) argv.push_back(a.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  sigset_t none, defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  for (const int s : {SIGINT, SIGTERM, SIGPIPE, SIGHUP, SIGXCPU}) sigaddset(&defaults, s);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0)
    throw core::UserError(arguments.empty() ? "sh" : arguments[0], std::string("cannot be run: ") + std::strerror(error));
  return pid;
}

// Reads until the pipe closes or the time is over; false when it is.
bool read_all(int pipe, Clock::time_point deadline, size_t most, std::string& output) {
  char block[4096];
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    pollfd wait{pipe, POLLIN, 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    const ssize_t n = ::read(pipe, block, sizeof block);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return true;
    output.append(block, std::min(static_cast<size_t>(n), most - std::min(most, output.size())));
  }
}

}  // namespace

Outcome run_limited(const std::vector<std::string>& arguments, const Limits& limits) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw core::UserError("pipe", std::strerror(errno), "fewer open files");
  Outcome outcome;
  pid_t pid = 0;
  try {
    pid = spawn(arguments, limits, ends[1]);
  } catch (...) {
    ::close(ends[0]), ::close(ends[1]);
    throw;
  }
  ::close(ends[1]);
  outcome.overrun = !read_all(ends[0], Clock::now() + std::chrono::seconds(3 * limits.seconds), limits.output, outcome.output);
  if (outcome.overrun) ::kill(-pid, SIGKILL);
  ::close(ends[0]);
  int how = 0;
  while (::waitpid(pid, &how, 0) < 0 && errno == EINTR) {}
  ::kill(-pid, SIGKILL);  // whatever it left behind
  outcome.status = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
  outcome.overrun = outcome.overrun || outcome.status == 128 + SIGXCPU || outcome.status == 128 + SIGKILL;
  return outcome;
}

}  // namespace manybody::studio
