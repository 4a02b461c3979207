#include "voice_io.h"

#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <iostream>
#include <mutex>
#include <thread>
#include <utility>

#include "core/error.h"
#include "voice/listener.h"
#include "voice/speaker.h"

namespace manybody::apps {

struct VoiceIo::Shared {
  std::mutex mutex;
  std::condition_variable news;
  std::deque<std::string> lines;
  bool typing = false;                           // lines may still be typed
  std::function<void(const std::string&)> heed;  // of a line that holds a stop word: silence; empty once nobody speaks any more
  void silence_if_stop(const std::string& line) {
    const std::lock_guard lock(mutex);
    if (heed) heed(line);
  }
  void add(std::string line, bool first) {
    {
      const std::lock_guard lock(mutex);
      if (first) lines.clear(), lines.push_front(std::move(line));  // what was said before a stop is no longer wanted
      else lines.push_back(std::move(line));
    }
    news.notify_all();
  }
};

VoiceIo::VoiceIo(const VoiceOptions& options, std::function<bool(std::string_view)> says_stop)
    : says_stop_(std::move(says_stop)), shared_(std::make_shared<Shared>()) {
  if (!options.audio.empty() && options.audio != "-")
    throw core::UserError("--audio", "'" + options.audio + "' is not understood", "- for raw audio on stdin");
  if (!options.audio.empty() && options.listen.empty()) throw core::UserError("--audio", "needs --listen MODEL_FOLDER", "both");
  std::unique_ptr<voice::Recogniser> recogniser;
  if (!options.listen.empty()) recogniser = std::make_unique<voice::Recogniser>(options.listen);  // before there are threads
  if (options.speak) speaker_ = std::make_unique<voice::Speaker>();
  if (speaker_) {
    shared_->heed = [this](const std::string& line) {
      if (says_stop_(line)) speaker_->hush();
    };
  }
  if (recogniser) {
    voice::ListenerCalls calls;
    calls.says_stop = says_stop_;
    calls.stop = [this](const std::string& text) { hear(text, true); };
    calls.sentence = [this](const std::string& text) { hear(text, false); };
    calls.deaf = [this] { return speaker_ && speaker_->speaking(); };
    listener_ =
        std::make_unique<voice::Listener>(std::move(recogniser), std::move(calls), options.audio == "-" ? STDIN_FILENO : -1);
  }
  if (!listener_ || (options.audio != "-" && ::isatty(STDIN_FILENO))) read_lines();
}

VoiceIo::~VoiceIo() {
  listener_.reset();
  const std::lock_guard lock(shared_->mutex);
  shared_->heed = nullptr;
}

void VoiceIo::read_lines() {
  shared_->typing = true;
  // Detached, for it may wait for input forever.
  std::thread([shared = shared_] {
    for (std::string line; std::getline(std::cin, line);) {
      shared->silence_if_stop(line);
      shared->add(std::move(line), false);
    }
    {
      const std::lock_guard lock(shared->mutex);
      shared->typing = false;
    }
    shared->news.notify_all();
  }).detach();
}

// What was understood is shown, as if it had been typed.
void VoiceIo::hear(const std::string& text, bool stop) {
  if (stop && speaker_) speaker_->hush();
  std::fprintf(stderr, "heard: %s\n", text.c_str());
  shared_->add(text, stop);
}

bool VoiceIo::take(std::string& line) {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->lines.empty()) return false;
  line = std::move(shared_->lines.front());
  shared_->lines.pop_front();
  return true;
}

bool VoiceIo::wait(std::string& line, const std::atomic<bool>* stop) {
  while (!take(line)) {
    if (ended() || (stop && *stop)) return false;
    std::unique_lock lock(shared_->mutex);
    if (shared_->lines.empty())
      shared_->news.wait_for(lock, std::chrono::milliseconds(200));  // the end of the audio does not wake it
  }
  return true;
}

bool VoiceIo::ended() const {
  const bool hearing = listener_ && !listener_->ended();
  const std::lock_guard lock(shared_->mutex);
  return !hearing && !shared_->typing && shared_->lines.empty();
}

void VoiceIo::say(const std::string& text) {
  if (speaker_ && !(listener_ && says_stop_(text))) speaker_->say(text);  // it would stop itself
}

void VoiceIo::finish_speaking() {
  while (speaker_ && speaker_->speaking()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
}

}  // namespace manybody::apps
