#include "core/log.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <mutex>

namespace manybody::core {
namespace {

constexpr std::string_view kClearLine = "\r\x1b[K";

Level level_from_environment() {
  const char* value = std::getenv("MANYBODY_LOG");
  const std::string text = value ? value : "";
  if (text == "quiet") return Level::quiet;
  if (text == "error") return Level::error;
  if (text == "warning") return Level::warning;
  if (text == "debug") return Level::debug;
  return Level::info;
}

std::atomic<Level>& current_level() {
  static std::atomic<Level> level{level_from_environment()};
  return level;
}

struct Output {
  std::mutex mutex;
  bool progress_shown = false;  // the last line on the terminal is one that the next line replaces
  std::string last_progress;
};

Output& output() {
  static Output* out = new Output;  // never destroyed: threads may still log while the program ends
  return *out;
}

bool colours() { return stderr_is_terminal() && std::getenv("NO_COLOR") == nullptr; }

void put(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(STDERR_FILENO, bytes.data(), bytes.size());
    if (n <= 0) return;  // nobody listens: nothing better can be done here
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

void say(Level level, std::string_view label, std::string_view colour, std::string_view line) {
  if (level > log_level()) return;
  std::string text;
  if (!label.empty() && colours()) text += std::string(colour) + std::string(label) + "\x1b[0m ";
  else if (!label.empty()) text += std::string(label) + " ";
  text += std::string(line) + "\n";
  Output& out = output();
  std::lock_guard lock(out.mutex);
  if (out.progress_shown) text = std::string(kClearLine) + text + out.last_progress;
  put(text);
}

}  // namespace

void set_log_level(Level level) { current_level() = level; }
Level log_level() { return current_level(); }

void log_error(std::string_view line) { say(Level::error, "error:", "\x1b[1;31m", line); }
void log_warning(std::string_view line) { say(Level::warning, "warning:", "\x1b[1;33m", line); }
void log_info(std::string_view line) { say(Level::info, "", "", line); }
void log_debug(std::string_view line) { say(Level::debug, "debug:", "\x1b[2m", line); }

void log_progress(std::string_view line, bool keep) {
  if (log_level() < Level::info) return;
  const bool terminal = stderr_is_terminal();
  Output& out = output();
  std::lock_guard lock(out.mutex);
  if (!terminal) {
    if (keep) put(std::string(line) + "\n");
    return;
  }
  put(std::string(kClearLine) + std::string(line) + (keep ? "\n" : ""));
  out.progress_shown = !keep;
  out.last_progress = keep ? "" : std::string(line);
}

bool stderr_is_terminal() { return ::isatty(STDERR_FILENO) == 1; }

}  // namespace manybody::core
