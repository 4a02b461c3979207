#include "core/pool.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace manybody::core {

struct Pool::State {
  std::mutex mutex;
  std::condition_variable wake, finished;
  const std::function<void(int, int, int)>* body = nullptr;
  int n = 0, parts = 0, pending = 0;
  uint64_t round = 0;
  bool stop = false;
  std::exception_ptr error;
  // Of `share`: the round in the upper half, the next index in the lower; calls that have ended.
  bool sharing = false;
  const std::function<void(int, int)>* each = nullptr;  // null once all is done
  std::atomic<uint64_t> ticket{0};
  std::atomic<int> done{0};
  std::vector<std::thread> workers;

  void run_part(int part) {
    try {
      const int begin = static_cast<int>(static_cast<int64_t>(n) * part / parts);
      const int end = static_cast<int>(static_cast<int64_t>(n) * (part + 1) / parts);
      if (begin < end) (*body)(begin, end, part);
    } catch (...) {
      std::lock_guard lock(mutex);
      if (!error) error = std::current_exception();
    }
  }

  // Takes indices until there are none, or another round has begun.
  void take(const std::function<void(int, int)>& one, int count, uint64_t now, int thread) {
    for (;;) {
      uint64_t next = ticket.load();
      const int index = static_cast<int>(next & 0xffffffffu);
      if (next >> 32 != (now & 0xffffffffu) || index >= count) return;
      if (!ticket.compare_exchange_weak(next, next + 1)) continue;
      try {
        one(index, thread);
      } catch (...) {
        std::lock_guard lock(mutex);
        if (!error) error = std::current_exception();
      }
      if (done.fetch_add(1) + 1 == count) {
        std::lock_guard lock(mutex);
        finished.notify_one();
      }
    }
  }

  void work(int part) {
    uint64_t seen = 0;
    for (;;) {
      std::unique_lock lock(mutex);
      wake.wait(lock, [&] { return stop || round != seen; });
      if (stop) return;
      seen = round;
      const bool shares = sharing;
      const std::function<void(int, int)>* shared = each;
      const int count = n;
      lock.unlock();
      if (shares) {  // it may be over by now: nobody waits for those who did not come
        if (shared) take(*shared, count, seen, part);
        continue;
      }
      if (part < parts) run_part(part);
      lock.lock();
      if (--pending == 0) finished.notify_one();
    }
  }
};

Pool::Pool(int threads) : state_(std::make_unique<State>()) {
  const int count = threads > 0 ? threads : available_processors();
  for (int part = 1; part < count; ++part) state_->workers.emplace_back([this, part] { state_->work(part); });
}

Pool::~Pool() {
  {
    std::lock_guard lock(state_->mutex);
    state_->stop = true;
  }
  state_->wake.notify_all();
  for (std::thread& worker : state_->workers) worker.join();
}

int Pool::threads() const { return static_cast<int>(state_->workers.size()) + 1; }

void Pool::split(int n, const std::function<void(int, int, int)>& body) {
  State& s = *state_;
  {
    std::lock_guard lock(s.mutex);
    s.body = &body;
    s.sharing = false;
    s.n = n;
    s.parts = threads();
    s.pending = static_cast<int>(s.workers.size());
    s.error = nullptr;
    ++s.round;
  }
  s.wake.notify_all();
  s.run_part(0);
  std::unique_lock lock(s.mutex);
  s.finished.wait(lock, [&] { return s.pending == 0; });
  if (s.error) std::rethrow_exception(s.error);
}

void Pool::share(int n, const std::function<void(int, int)>& body) {
  State& s = *state_;
  uint64_t now = 0;
  {
    std::lock_guard lock(s.mutex);
    s.sharing = true;
    s.each = &body;
    s.n = n;
    s.error = nullptr;
    s.done = 0;
    now = ++s.round;
    s.ticket = (now & 0xffffffffu) << 32;
  }
  if (n > 1) s.wake.notify_all();
  s.take(body, n, now, 0);
  std::unique_lock lock(s.mutex);
  s.finished.wait(lock, [&] { return s.done.load() >= n; });
  s.each = nullptr;
  if (s.error) std::rethrow_exception(s.error);
}

int available_processors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace manybody::core
