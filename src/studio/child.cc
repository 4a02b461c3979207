#include "studio/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "core/error.h"

namespace manybody::studio {
namespace {

constexpr size_t kLinesKept = 20, kLineBytes = 400;

// The last whole lines of a stream, and the one that is not whole yet.
class Tail {
 public:
  void add(const char* bytes, size_t n) {
    for (size_t i = 0; i < n; ++i) {
      const char c = bytes[i];
      if (c == '\n' || c == '\r') end_line();
      else if (open_.size() < kLineBytes) open_ += c;
    }
  }
  std::string text() const {
    std::string out;
    for (const std::string& line : lines_) out += line + "\n";
    return out + open_;
  }
  std::string last() const { return !open_.empty() ? open_ : lines_.empty() ? "" : lines_.back(); }

 private:
  void end_line() {
    if (open_.empty()) return;
    lines_.push_back(std::move(open_));
    open_.clear();
    if (lines_.size() > kLinesKept) lines_.pop_front();
  }
  std::deque<std::string> lines_;
  std::string open_;
};

struct Pipe {
  int read = -1, write = -1;
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw core::UserError("pipe", std::strerror(errno), "fewer open files");
    read = ends[0], write = ends[1];
  }
  ~Pipe() { close_read(), close_write(); }
  void close_read() {
    if (read >= 0) ::close(std::exchange(read, -1));
  }
  void close_write() {
    if (write >= 0) ::close(std::exchange(write, -1));
  }
};

// Only calls that are safe between fork and exec in a program with threads.
[[noreturn]] void become(char* const* arguments, int errors, int report, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGINT);
  if (::getppid() != parent) ::_exit(127);  // it died before the line above
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int s : {SIGINT, SIGTERM, SIGPIPE, SIGHUP}) ::signal(s, SIG_DFL);
  const int nothing = ::open("/dev/null", O_RDWR);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(nothing, STDOUT_FILENO);
  ::dup2(errors, STDERR_FILENO);
  ::dup2(report, STDERR_FILENO + 1);
  ::fcntl(STDERR_FILENO + 1, F_SETFD, FD_CLOEXEC);
#ifdef SYS_close_range
  ::syscall(SYS_close_range, STDERR_FILENO + 2, ~0u, 0);  // the server's sockets are not the trainer's
#endif
  ::execvp(arguments[0], arguments);
  const int reason = errno;
  [[maybe_unused]] const ssize_t n = ::write(STDERR_FILENO + 1, &reason, sizeof reason);
  ::_exit(127);
}

}  // namespace

struct Child::State {
  std::thread thread;
  mutable std::mutex mutex;
  std::condition_variable changed;
  bool started = false, running = false, asked = false;
  int start_error = 0, status = -1;
  pid_t pid = 0;
  double grace = 5;
  Tail tail;

  void run(const std::vector<std::string>& arguments, Pipe& errors, Pipe& report);
  void watch(Pipe& errors);
  bool read_some(Pipe& errors, int ms);
  void signal_group(int number);
};

void Child::State::run(const std::vector<std::string>& arguments, Pipe& errors, Pipe& report) {
  std::vector<char*> argv;
  for (const std::string& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t made = ::fork();
  if (made == 0) become(argv.data(), errors.write, report.write, parent);
  int reason = made < 0 ? errno : 0;
  errors.close_write();
  report.close_write();
  if (made > 0) {
    ::setpgid(made, made);  // also here: whoever comes first
    ssize_t n;
    do n = ::read(report.read, &reason, sizeof reason);
    while (n < 0 && errno == EINTR);
    if (n <= 0) reason = 0;  // closed by a successful exec
    if (reason != 0) ::waitpid(made, nullptr, 0);
  }
  {
    const std::lock_guard lock(mutex);
    start_error = reason;
    started = true;
    running = reason == 0;
    if (running) pid = made;
  }
  changed.notify_all();
  if (reason == 0) watch(errors);
}

// Waits at most `ms` for more of its standard error; false when there was none.
bool Child::State::read_some(Pipe& errors, int ms) {
  char block[4096];
  pollfd wait{errors.read, POLLIN, 0};
  if (errors.read < 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
    return false;
  }
  if (::poll(&wait, 1, ms) <= 0) return false;
  const ssize_t n = ::read(errors.read, block, sizeof block);
  if (n <= 0) {
    errors.close_read();
    return false;
  }
  const std::lock_guard lock(mutex);
  tail.add(block, static_cast<size_t>(n));
  return true;
}

// Until it has ended; a grandchild that keeps the pipe open does not hold us.
void Child::State::watch(Pipe& errors) {
  int how = 0;
  pid_t ended = 0;
  while ((ended = ::waitpid(pid, &how, WNOHANG)) == 0) read_some(errors, 50);
  while (read_some(errors, 0)) {}
  const std::lock_guard lock(mutex);
  status = ended < 0 ? 255 : WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
  running = false;
  changed.notify_all();
}

void Child::State::signal_group(int number) {
  if (running && pid > 0) ::kill(-pid, number);
}

Child::Child() : state_(std::make_unique<State>()) {}

Child::~Child() { stop(); }

void Child::start(const std::vector<std::string>& arguments, double grace_seconds) {
  MB_CHECK(!arguments.empty());
  stop();
  state_ = std::make_unique<State>();
  State& s = *state_;
  s.grace = grace_seconds;
  auto errors = std::make_shared<Pipe>(), report = std::make_shared<Pipe>();
  s.thread = std::thread([&s, arguments, errors, report] { s.run(arguments, *errors, *report); });
  std::unique_lock lock(s.mutex);
  s.changed.wait(lock, [&] { return s.started; });
  if (s.start_error != 0) {
    throw core::UserError(arguments[0], std::string("cannot be run: ") + std::strerror(s.start_error), "a program");
  }
}

void Child::ask_to_stop() {
  const std::lock_guard lock(state_->mutex);
  state_->asked = true;
  state_->signal_group(SIGINT);
}

void Child::stop() {
  State& s = *state_;
  const auto ended_within = [&](std::unique_lock<std::mutex>& lock, double seconds) {
    return s.changed.wait_for(lock, std::chrono::duration<double>(seconds), [&] { return !s.running; });
  };
  {
    std::unique_lock lock(s.mutex);
    s.asked = s.asked || s.running;
    for (const auto& [number, seconds] : {std::pair{SIGINT, s.grace}, std::pair{SIGTERM, 2.0}, std::pair{SIGKILL, 10.0}}) {
      if (!s.running) break;
      s.signal_group(number);
      ended_within(lock, seconds);
    }
  }
  if (s.thread.joinable()) s.thread.join();
}

bool Child::running() const {
  const std::lock_guard lock(state_->mutex);
  return state_->running;
}

int Child::pid() const {
  const std::lock_guard lock(state_->mutex);
  return state_->pid;
}

int Child::exit_status() const {
  const std::lock_guard lock(state_->mutex);
  return state_->status;
}

std::string Child::last_lines() const {
  const std::lock_guard lock(state_->mutex);
  return state_->tail.text();
}

std::string Child::failure() const {
  const std::lock_guard lock(state_->mutex);
  const State& s = *state_;
  if (s.running || s.status <= 0 || s.asked) return "";
  const std::string words = s.tail.last();
  const std::string how = s.status > 128 ? std::string("was ended by signal ") + std::to_string(s.status - 128)
                                         : "ended with status " + std::to_string(s.status);
  return "the trainer " + how + (words.empty() ? "" : ": " + words);
}

}  // namespace manybody::studio
