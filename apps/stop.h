// Ctrl-C and termination as a flag: work in progress is saved, then the program ends. A second Ctrl-C ends it at once.
#pragma once

#include <atomic>

namespace manybody::apps {

const std::atomic<bool>& catch_stop_signals();

}  // namespace manybody::apps
