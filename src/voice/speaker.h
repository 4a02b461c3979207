// Speech out: says texts one after the other through espeak-ng, a program of its own (GPL-3: run, never linked).
//
// Reads: texts in English or Chinese, from any thread. Writes: sound, by `espeak-ng -b 1 -v VOICE --stdin`.
// Method: a text goes to the program's standard input, never through a shell or a command line. The voice follows the text: `cmn` where it
//   holds Chinese characters, else `en`. hush() kills the program and forgets what waits: barge-in takes no longer than a signal.
// Limits: kMostWaiting texts wait, kMostBytes each; what is more is left unsaid.
// Errors: core::UserError when it is made and espeak-ng is not on the PATH; one that fails later is told to the log once.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace manybody::voice {

inline constexpr size_t kMostWaiting = 16, kMostBytes = 2000;

std::string voice_for(std::string_view text);  // "cmn" or "en"

class Process;

class Speaker {
 public:
  Speaker();
  ~Speaker();  // falls silent
  Speaker(const Speaker&) = delete;
  Speaker& operator=(const Speaker&) = delete;

  void say(std::string text);
  void hush();            // at once, from any thread
  bool speaking() const;  // or about to

 private:
  void run();

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::string> waiting_;
  std::shared_ptr<Process> now_;
  bool busy_ = false, ending_ = false, complained_ = false;
  uint64_t hushed_ = 0;
  std::thread thread_;
};

}  // namespace manybody::voice
