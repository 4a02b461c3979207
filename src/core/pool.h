// A fixed set of threads for loops over worlds or samples. What is computed for an index never depends on timing, so that
// results do not depend on the number of threads. Pools of one size share their threads; a call while these are at work for another
// one (or from within such work) is done by the caller alone.
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
  // Calls body(index, thread) for every index in [0, n), each once, by whichever thread is free: for work whose results do not
  // depend on who does it. The caller begins at once, without waiting for the others to wake. The first exception a call throws is
  // thrown here again, after all are done.
  void share(int n, const std::function<void(int index, int thread)>& body);

 private:
  struct Team;
  std::shared_ptr<Team> team_;
};

int available_processors();

}  // namespace manybody::core
