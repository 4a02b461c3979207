// Seconds of a clock that only moves forward; for differences, not for dates.
#pragma once

#include <chrono>

namespace manybody::core {

inline double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace manybody::core
