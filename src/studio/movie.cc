#include "studio/movie.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "core/error.h"

extern char** environ;

namespace manybody::studio {
namespace {

constexpr const char* kProgram = "ffmpeg";

std::vector<std::string> encoder_arguments(const std::string& temporary, bool gif, int width, int height, double frames_per_s) {
  char rate[32];
  std::snprintf(rate, sizeof rate, "%.6g", frames_per_s);
  std::vector<std::string> a = {kProgram,
                                "-nostdin",
                                "-loglevel",
                                "error",
                                "-y",
                                "-f",
                                "rawvideo",
                                "-pix_fmt",
                                "rgb24",
                                "-s",
                                std::to_string(width) + "x" + std::to_string(height),
                                "-r",
                                rate,
                                "-i",
                                "pipe:0",
                                "-vf"};
  if (gif) {
    a.insert(a.end(), {"split[a][b];[a]palettegen=stats_mode=diff[p];[b][p]paletteuse=dither=bayer:bayer_scale=4", "-f", "gif"});
  } else {
    a.insert(a.end(), {"pad=ceil(iw/2)*2:ceil(ih/2)*2", "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt",
                       "yuv420p", "-movflags", "+faststart", "-f", "mp4"});
  }
  a.push_back("file:" + temporary);
  return a;
}

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { close(); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

struct Actions {
  posix_spawn_file_actions_t actions;
  Actions() { posix_spawn_file_actions_init(&actions); }
  ~Actions() { posix_spawn_file_actions_destroy(&actions); }
};

bool ends_with_any_case(const std::string& path, const char* ending) {
  const size_t n = std::strlen(ending);
  return path.size() > n && ::strcasecmp(path.c_str() + path.size() - n, ending) == 0;
}

}  // namespace

struct Movie::State {
  std::string path, temporary;
  int width = 0, height = 0;
  pid_t encoder = -1;
  Descriptor pictures, complaints;

  void start(const std::vector<std::string>& arguments);
  int wait();
  void end();
  std::string read_complaints();
  ~State();
};

void Movie::State::start(const std::vector<std::string>& arguments) {
  int pair[2], errors[2];
  // A socket, not a pipe: a send to an encoder that has ended returns an error and raises no signal.
  const int made = ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
  if (made != 0) throw core::UserError(path, std::strerror(errno), "a free socket");
  pictures = Descriptor(pair[0]);
  const Descriptor theirs(pair[1]);
  if (::pipe2(errors, O_CLOEXEC) != 0) throw core::UserError(path, std::strerror(errno), "a free pipe");
  complaints = Descriptor(errors[0]);
  const Descriptor their_errors(errors[1]);
  Actions a;
  posix_spawn_file_actions_adddup2(&a.actions, theirs.get(), STDIN_FILENO);
  posix_spawn_file_actions_addopen(&a.actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&a.actions, their_errors.get(), STDERR_FILENO);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const int error = ::posix_spawnp(&encoder, kProgram, &a.actions, nullptr, argv.data(), environ);
  if (error == 0) return;
  encoder = -1;
  throw core::UserError(kProgram, std::string("cannot be run: ") + std::strerror(error),
                        "the ffmpeg program in PATH to write " + path + " (install the package ffmpeg), or write PNG pictures");
}

int Movie::State::wait() {
  int status = 0;
  while (encoder > 0 && ::waitpid(encoder, &status, 0) < 0 && errno == EINTR) {}
  encoder = -1;
  return status;
}

std::string Movie::State::read_complaints() {
  std::string text;
  char block[1024];
  ssize_t n;
  while ((n = ::read(complaints.get(), block, sizeof block)) > 0 || (n < 0 && errno == EINTR))
    if (n > 0) text.append(block, static_cast<size_t>(n));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  for (char& c : text)
    if (c == '\n' || c == '\r') c = ' ';
  return text.substr(0, 500);
}

Movie::State::~State() {
  if (encoder > 0) {
    ::kill(encoder, SIGKILL);
    wait();
  }
  if (!temporary.empty()) ::unlink(temporary.c_str());
}

Movie::Movie(std::string path, int width, int height, double frames_per_s) : state_(std::make_unique<State>()) {
  MB_CHECK(width > 0 && height > 0 && frames_per_s > 0);
  const bool gif = ends_with_any_case(path, ".gif");
  if (!gif && !ends_with_any_case(path, ".mp4")) {
    throw core::UserError(path, "has no known ending of a film", "a path ending in .mp4 or .gif");
  }
  State& s = *state_;
  s.path = std::move(path);
  s.width = width, s.height = height;
  s.temporary = s.path + ".tmp-" + std::to_string(::getpid());
  s.start(encoder_arguments(s.temporary, gif, width, height, frames_per_s));
}

Movie::~Movie() = default;

// Lets the encoder end; its complaint becomes ours.
void Movie::State::end() {
  pictures.close();
  const std::string why = read_complaints();
  const int status = wait();
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  const std::string what = "ffmpeg could not write it" + (why.empty() ? std::string() : ": " + why);
  throw core::UserError(path, what, "a writable place with room");
}

void Movie::add(const Image& image) {
  State& s = *state_;
  MB_CHECK(image.width == s.width && image.height == s.height);
  size_t done = 0;
  while (done < image.rgb.size()) {
    const ssize_t n = ::send(s.pictures.get(), image.rgb.data() + done, image.rgb.size() - done, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      s.end();
      throw core::UserError(s.path, "ffmpeg ended before the last picture", "an ffmpeg that reads them all");
    }
    done += static_cast<size_t>(n);
  }
}

void Movie::finish() {
  State& s = *state_;
  s.end();
  const Descriptor file(::open(s.temporary.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0 || ::fsync(file.get()) != 0 || ::rename(s.temporary.c_str(), s.path.c_str()) != 0) {
    throw core::UserError(s.path, std::string("cannot be put in place: ") + std::strerror(errno), "a writable place with room");
  }
  s.temporary.clear();
}

bool can_make_movies() {
  const char* path = std::getenv("PATH");
  std::string folders = path ? path : "/usr/local/bin:/usr/bin:/bin";
  for (size_t at = 0; at <= folders.size();) {
    const size_t end = std::min(folders.find(':', at), folders.size());
    if (::access((folders.substr(at, end - at) + "/" + kProgram).c_str(), X_OK) == 0) return true;
    at = end + 1;
  }
  return false;
}

}  // namespace manybody::studio
