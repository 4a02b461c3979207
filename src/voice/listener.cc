#include "voice/listener.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/error.h"
#include "core/log.h"
#include "voice/process.h"

namespace manybody::voice {
namespace {

constexpr size_t kPiece = kSampleRate / 10;  // samples
constexpr size_t kTailPieces = 10;

}  // namespace

Listener::Listener(std::unique_ptr<Recogniser> recogniser, ListenerCalls calls, int audio)
    : recogniser_(std::move(recogniser)), calls_(std::move(calls)), audio_(audio) {
  MB_CHECK(calls_.says_stop && calls_.stop && calls_.sentence);
  if (audio_ < 0) {
    if (find_program("arecord").empty()) {
      throw core::UserError("--listen", "arecord is not on the PATH",
                            "it to be installed, as by 'apt-get install alsa-utils', or raw audio on stdin: --audio -");
    }
    microphone_ = std::make_unique<Process>(
        std::vector<std::string>{"arecord", "-q", "-t", "raw", "-f", "S16_LE", "-r", std::to_string(kSampleRate), "-c", "1"},
        Process::Pipe::from_it);
    audio_ = microphone_->handle();
  }
  if (::pipe2(wake_, O_CLOEXEC) != 0) throw core::UserError("pipe", std::strerror(errno), "fewer open files");
  thread_ = std::thread([this] { run(); });
}

Listener::~Listener() {
  [[maybe_unused]] const ssize_t n = ::write(wake_[1], "x", 1);
  thread_.join();
  for (const int end : wake_) ::close(end);
}

void Listener::run() {
  std::array<int16_t, kPiece> piece{};
  size_t bytes = 0;
  while (true) {
    pollfd waits[2] = {{audio_, POLLIN, 0}, {wake_[0], POLLIN, 0}};
    if (::poll(waits, 2, -1) < 0 && errno != EINTR) break;
    if (waits[1].revents) return;  // it is being unmade
    if (!waits[0].revents) continue;
    const ssize_t n = ::read(audio_, reinterpret_cast<char*>(piece.data()) + bytes, sizeof piece - bytes);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n <= 0) break;
    bytes += static_cast<size_t>(n);
    if (bytes < sizeof piece) continue;
    hear(piece);
    bytes = 0;
  }
  hear(std::span(piece).first(bytes / sizeof(int16_t)));
  piece.fill(0);
  for (size_t i = 0; i < kTailPieces; ++i) hear(piece);  // the last words leave the network only after what follows them
  finish(recogniser_->text());
  if (microphone_ && microphone_->wait() != 0) core::log_warning("arecord has ended: nothing more is heard");
  ended_ = true;
}

void Listener::hear(std::span<const int16_t> samples) {
  if (!samples.empty()) recogniser_->accept(samples);
  was_deaf_ = was_deaf_ || (calls_.deaf && calls_.deaf());
  const std::string text = recogniser_->text();
  if (text != last_) {
    last_ = text;
    if (calls_.partial) calls_.partial(text);
    if (!stopped_ && calls_.says_stop(text)) stopped_ = true, calls_.stop(text);
  }
  if (recogniser_->ended()) finish(text);
}

// An utterance has ended: it is passed on unless it was a stop or lay under the robot's own words.
void Listener::finish(const std::string& text) {
  const bool spoken = text.find_first_not_of(" \t") != std::string::npos;
  if (spoken && !stopped_ && !was_deaf_) calls_.sentence(text);
  recogniser_->reset();
  last_.clear();
  stopped_ = was_deaf_ = false;
}

}  // namespace manybody::voice
