// A fixed set of threads for loops over worlds or samples. Work is split by index, never by timing, so that results
// do not depend on the number of threads.
#pragma once

#include <functional>
#include <memory>

namespace manybody::core {

class Pool {
 public:
  explicit Pool(int threads);  // <= 0: one per logical processor the process may use
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  int threads() const;
  // Calls body(begin, end, thread) over contiguous parts of [0, n), at most one part a thread; returns when all are done.
  // The first exception a part throws is thrown here again.
  void split(int n, const std::function<void(int begin, int end, int thread)>& body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

int available_processors();

}  // namespace manybody::core
