#include "voice/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <utility>

#include "core/error.h"

extern char** environ;

namespace manybody::voice {

std::string find_program(const std::string& name) {
  const auto runs = [](const std::string& path) { return ::access(path.c_str(), X_OK) == 0; };
  if (name.find('/') != std::string::npos) return runs(name) ? name : "";
  const char* path = std::getenv("PATH");
  std::istringstream folders(path ? path : "/usr/local/bin:/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string full = (folder.empty() ? "." : folder) + "/" + name;
    if (runs(full)) return full;
  }
  return "";
}

Process::Process(const std::vector<std::string>& arguments, Pipe pipe) {
  MB_CHECK(!arguments.empty());
  const std::string program = find_program(arguments[0]);
  if (program.empty()) throw core::UserError(arguments[0], "this program is not on the PATH", "it to be installed");
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw core::UserError("pipe", std::strerror(errno), "fewer open files");
  const bool to = pipe == Pipe::to_it;
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  if (to) {
    posix_spawn_file_actions_adddup2(&files, ends[0], STDIN_FILENO);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  } else {
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
  }
  posix_spawnattr_t how;
  posix_spawnattr_init(&how);
  sigset_t normal, none;
  sigemptyset(&none);
  sigemptyset(&normal);
  for (const int s : {SIGINT, SIGTERM, SIGPIPE, SIGHUP}) sigaddset(&normal, s);
  posix_spawnattr_setsigdefault(&how, &normal);
  posix_spawnattr_setsigmask(&how, &none);
  posix_spawnattr_setpgroup(&how, 0);
  posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  std::vector<char*> argv;
  for (const std::string& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  const int error = ::posix_spawn(&pid_, program.c_str(), &files, &how, argv.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&how);
  ::close(ends[to ? 0 : 1]);
  pipe_ = ends[to ? 1 : 0];
  if (error) {
    ::close(std::exchange(pipe_, -1));
    pid_ = 0;
    throw core::UserError(program, std::strerror(error), "a program that can be run");
  }
}

Process::~Process() {
  kill();
  wait();
  if (pipe_ >= 0) ::close(pipe_);
}

void Process::write_all(std::string_view bytes) {
  // A program that ended early must not end ours: the signal is kept back from this thread and taken away.
  sigset_t pipe, before;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe, &before);
  bool broken = false;
  while (!bytes.empty() && !broken) {
    const ssize_t n = ::write(pipe_, bytes.data(), bytes.size());
    if (n > 0) bytes.remove_prefix(static_cast<size_t>(n));
    else broken = n < 0 && errno != EINTR;
  }
  if (broken && !sigismember(&before, SIGPIPE)) {
    const timespec now{0, 0};
    ::sigtimedwait(&pipe, nullptr, &now);
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::close(std::exchange(pipe_, -1));
}

// Until `wait` has collected it the number is not given to another process.
void Process::kill() {
  if (pid_ > 0 && status_ < 0) ::kill(-pid_, SIGKILL);
}

int Process::wait() {
  if (pid_ <= 0 || status_ >= 0) return status_;
  siginfo_t ended{};
  while (::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOWAIT) != 0 && errno == EINTR) {}
  status_ = ended.si_code == CLD_EXITED ? ended.si_status : 128 + ended.si_status;  // first: kill() then lets it be
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {}
  return status_;
}

}  // namespace manybody::voice
