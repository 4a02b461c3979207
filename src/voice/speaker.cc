#include "voice/speaker.h"

#include <cstdint>
#include <utility>

#include "core/error.h"
#include "core/log.h"
#include "voice/process.h"

namespace manybody::voice {
namespace {

constexpr const char* kProgram = "espeak-ng";

// Its notation for phonemes is no text of ours; control characters are not spoken.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kMostBytes)) {
    const bool quiet = static_cast<unsigned char>(c) < 32 || c == 127 || c == '[' || c == ']';
    out += quiet ? ' ' : c;
  }
  while (!out.empty() && text.size() > kMostBytes && (static_cast<unsigned char>(out.back()) & 0xC0) == 0x80) out.pop_back();
  return out;
}

}  // namespace

// CJK Unified Ideographs, U+3400 … U+9FFF, are E3 90 80 … E9 BF BF in UTF-8.
std::string voice_for(std::string_view text) {
  for (size_t i = 0; i + 2 < text.size(); ++i) {
    const unsigned first = static_cast<unsigned char>(text[i]), second = static_cast<unsigned char>(text[i + 1]);
    if ((first == 0xE3 && second >= 0x90) || (first >= 0xE4 && first <= 0xE9)) return "cmn";
  }
  return "en";
}

Speaker::Speaker() {
  if (find_program(kProgram).empty()) {
    throw core::UserError("--speak", "espeak-ng is not on the PATH", "it to be installed, as by 'apt-get install espeak-ng'");
  }
  thread_ = std::thread([this] { run(); });
}

Speaker::~Speaker() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  hush();
  wake_.notify_all();
  thread_.join();
}

void Speaker::say(std::string text) {
  text = plain(text);
  if (text.find_first_not_of(' ') == std::string::npos) return;
  {
    const std::lock_guard lock(mutex_);
    if (ending_ || waiting_.size() >= kMostWaiting) return;
    waiting_.push_back(std::move(text));
  }
  wake_.notify_one();
}

void Speaker::hush() {
  const std::lock_guard lock(mutex_);
  ++hushed_;
  waiting_.clear();
  if (now_) now_->kill();
}

bool Speaker::speaking() const {
  const std::lock_guard lock(mutex_);
  return busy_ || !waiting_.empty();
}

void Speaker::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (ending_) return;
    const std::string text = std::move(waiting_.front());
    waiting_.pop_front();
    busy_ = true;
    const uint64_t hushed = hushed_;
    lock.unlock();
    try {
      auto process = std::make_shared<Process>(std::vector<std::string>{kProgram, "-b", "1", "-v", voice_for(text), "--stdin"},
                                               Process::Pipe::to_it);
      lock.lock();
      now_ = process;
      if (hushed_ != hushed) process->kill();  // hushed while it was starting
      lock.unlock();
      process->write_all(text + "\n");
      const int status = process->wait();
      if (status > 0 && status < 128 && !std::exchange(complained_, true))
        core::log_warning("espeak-ng ended with status " + std::to_string(status) + ": nothing is heard");
    } catch (const core::UserError& error) {
      if (!std::exchange(complained_, true)) core::log_warning(error.what());
    }
    lock.lock();
    now_.reset();
    busy_ = false;
  }
}

}  // namespace manybody::voice
