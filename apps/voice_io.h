// What `manybody chat` hears and says: typed lines, spoken ones (--listen), replies aloud (--speak).
//
// Reads: stdin line by line, or a microphone through a streaming recogniser, or raw audio from stdin. Writes: lines as they come; speech.
// Method: reading goes on in threads of its own. A stop word silences the voice at once, in the thread that heard it, and its line goes
//   before all that wait.
// Errors: core::UserError when a library, a model or a program is missing.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace manybody::voice {
class Listener;
class Speaker;
}  // namespace manybody::voice

namespace manybody::apps {

struct VoiceOptions {
  std::string listen;  // a model's folder; "": typed lines only
  std::string audio;   // "": arecord; "-": raw audio on stdin
  bool speak = false;
  bool spoken() const { return !listen.empty() || speak; }
};

class VoiceIo {
 public:
  VoiceIo(const VoiceOptions& options, std::function<bool(std::string_view)> says_stop);
  ~VoiceIo();

  bool take(std::string& line);  // false: nothing now
  // false: nothing comes any more, or `stop` was set meanwhile.
  bool wait(std::string& line, const std::atomic<bool>* stop = nullptr);
  bool ended() const;  // all was taken and nothing comes any more
  void say(const std::string& text);
  void finish_speaking();  // waits until all is said

 private:
  struct Shared;
  void read_lines();
  void hear(const std::string& text, bool stop);

  std::function<bool(std::string_view)> says_stop_;
  std::shared_ptr<Shared> shared_;  // outlives the program's own interest: a thread may wait for input forever
  std::unique_ptr<voice::Speaker> speaker_;
  std::unique_ptr<voice::Listener> listener_;
};

}  // namespace manybody::apps
