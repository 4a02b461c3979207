// What a program says while it works: one line at a time on stderr, coloured when that is a terminal.
//
// Reads: $MANYBODY_LOG (quiet, error, warning, info, debug), $NO_COLOR. Writes: stderr only; stdout belongs to answers.
// Limits: lines of different threads are never mixed. Not for the control loop: it writes and may wait.
#pragma once

#include <string>
#include <string_view>

namespace manybody::core {

enum class Level { quiet, error, warning, info, debug };

void set_log_level(Level level);  // overrides the environment; info when neither says
Level log_level();

void log_error(std::string_view line);
void log_warning(std::string_view line);
void log_info(std::string_view line);
void log_debug(std::string_view line);

// A line that replaces itself (a progress bar) on a terminal; elsewhere it is shown only when `keep`.
void log_progress(std::string_view line, bool keep);
bool stderr_is_terminal();

}  // namespace manybody::core
