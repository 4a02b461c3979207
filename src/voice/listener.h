// From a microphone to sentences: audio in, what was said out, a stop word at once.
//
// Reads: raw audio (16 kHz, mono, signed 16 bit, little-endian) from `arecord` as a program of its own, or from a file descriptor.
// Writes: calls, from the listener's own thread: `stop` as soon as a stop word is in what was said so far, `sentence` when an utterance has
//   ended.
// Method: a tenth of a second at a time into the recogniser. After a stop the rest of the utterance is not listened to: what was going to be
//   said after "stop" is no order. While `deaf` says so (the robot itself speaks) only stop words count.
// Limits: one utterance at a time. Errors: core::UserError when it is made; the end of the audio is `ended`.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "voice/recogniser.h"

namespace manybody::voice {

struct ListenerCalls {
  std::function<bool(std::string_view)> says_stop;  // whether a text holds a stop word
  std::function<void(const std::string&)> stop;     // what was heard so far
  std::function<void(const std::string&)> sentence;
  std::function<void(const std::string&)> partial;  // may be empty: the words so far, when they change
  std::function<bool()> deaf;                       // may be empty
};

class Process;

class Listener {
 public:
  // audio: a file descriptor to read (kept open by the caller until the listener is gone), or -1: arecord's default microphone.
  Listener(std::unique_ptr<Recogniser> recogniser, ListenerCalls calls, int audio = -1);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  bool ended() const { return ended_; }  // no more audio comes, and all that came was heard

 private:
  void run();
  void hear(std::span<const int16_t> samples);
  void finish(const std::string& text);

  std::unique_ptr<Recogniser> recogniser_;
  ListenerCalls calls_;
  std::unique_ptr<Process> microphone_;
  int audio_, wake_[2] = {-1, -1};
  std::string last_;
  bool stopped_ = false, was_deaf_ = false;
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

}  // namespace manybody::voice
