#include "core/pool.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "core/clock.h"

namespace manybody::core {

namespace {

// How long a thread that has nothing to do looks for more before it sleeps: waking one takes about as long.
constexpr double kPatience = 50e-6;  // s

inline void breathe() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

// The threads themselves; pools of one size have them in common, so that those who wait for one pool's work do not stand in the way of
// another's.
struct Pool::Team {
  explicit Team(int count) : size(count), spins(count <= available_processors()) {
    for (int part = 1; part < count; ++part) workers.emplace_back([this, part] { work(part); });
  }
  ~Team() {
    {
      std::lock_guard lock(mutex);
      stop = true;
    }
    wake.notify_all();
    for (std::thread& worker : workers) worker.join();
  }

  static std::shared_ptr<Team> of(int count) {
    static std::mutex guard;
    static std::map<int, std::weak_ptr<Team>> teams;
    std::lock_guard lock(guard);
    std::shared_ptr<Team> team = teams[count].lock();
    if (!team) teams[count] = team = std::make_shared<Team>(count);
    return team;
  }

  const int size;
  const bool spins;
  std::atomic_flag busy = ATOMIC_FLAG_INIT;
  std::mutex mutex;
  std::condition_variable wake, finished;
  const std::function<void(int, int, int)>* body = nullptr;
  int n = 0;
  std::atomic<int> pending{0};
  std::atomic<uint64_t> round{0};
  std::atomic<bool> stop{false};
  std::exception_ptr error;
  // Of `share`: the round in the upper half, the next index in the lower; calls that have ended.
  bool sharing = false;
  const std::function<void(int, int)>* each = nullptr;  // null once all is done
  std::atomic<uint64_t> ticket{0};
  std::atomic<int> done{0};
  std::vector<std::thread> workers;

  template <class F>
  void attempt(const F& one) {
    try {
      one();
    } catch (...) {
      std::lock_guard lock(mutex);
      if (!error) error = std::current_exception();
    }
  }

  // Looks whether it `holds` for a moment, then sleeps until it does; the lock is held on return.
  template <class F>
  std::unique_lock<std::mutex> await(std::condition_variable& news, const F& holds) {
    if (spins) {
      for (const double until = steady_seconds() + kPatience; !holds() && steady_seconds() < until;)
        for (int k = 0; k < 16; ++k) breathe();
    }
    std::unique_lock lock(mutex);
    news.wait(lock, holds);
    return lock;
  }

  // Takes indices until there are none, or another round has begun.
  void take(const std::function<void(int, int)>& one, int count, uint64_t now, int thread) {
    for (;;) {
      uint64_t next = ticket.load();
      const int index = static_cast<int>(next & 0xffffffffu);
      if (next >> 32 != (now & 0xffffffffu) || index >= count) return;
      if (!ticket.compare_exchange_weak(next, next + 1)) continue;
      attempt([&] { one(index, thread); });
      if (done.fetch_add(1) + 1 == count) {
        std::lock_guard lock(mutex);
        finished.notify_one();
      }
    }
  }

  void work(int part) {
    uint64_t seen = 0;
    for (;;) {
      std::unique_lock lock = await(wake, [&] { return stop || round != seen; });
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
      attempt([&] { run_part(count, part, size, *body); });
      lock.lock();
      if (--pending == 0) finished.notify_one();
    }
  }

  uint64_t begin(int count) {
    n = count;
    error = nullptr;
    return ++round;
  }
  // Gives the team back, and throws what was thrown.
  void end(std::unique_lock<std::mutex>& lock) {
    const std::exception_ptr thrown = std::exchange(error, nullptr);
    lock.unlock();
    busy.clear();
    if (thrown) std::rethrow_exception(thrown);
  }

  static void run_part(int n, int part, int parts, const std::function<void(int, int, int)>& body) {
    const int begin = static_cast<int>(static_cast<int64_t>(n) * part / parts);
    const int end = static_cast<int>(static_cast<int64_t>(n) * (part + 1) / parts);
    if (begin < end) body(begin, end, part);
  }
};

namespace {

// All calls, whatever one throws; then the first that was thrown.
template <class F>
void one_by_one(int n, const F& one) {
  std::exception_ptr error;
  for (int i = 0; i < n; ++i) {
    try {
      one(i);
    } catch (...) {
      if (!error) error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace

Pool::Pool(int threads) : team_(Team::of(threads > 0 ? threads : available_processors())) {}
Pool::~Pool() = default;

int Pool::threads() const { return team_->size; }

void Pool::split(int n, const std::function<void(int, int, int)>& body) {
  Team& t = *team_;
  if (t.size == 1 || t.busy.test_and_set()) return one_by_one(t.size, [&](int part) { Team::run_part(n, part, t.size, body); });
  {
    std::lock_guard lock(t.mutex);
    t.body = &body;
    t.sharing = false;
    t.pending = t.size - 1;
    t.begin(n);
  }
  t.wake.notify_all();
  t.attempt([&] { Team::run_part(n, 0, t.size, body); });
  std::unique_lock lock = t.await(t.finished, [&] { return t.pending == 0; });
  t.end(lock);
}

void Pool::share(int n, const std::function<void(int, int)>& body) {
  Team& t = *team_;
  if (t.size == 1 || t.busy.test_and_set()) return one_by_one(n, [&](int index) { body(index, 0); });
  uint64_t now = 0;
  {
    std::lock_guard lock(t.mutex);
    t.sharing = true;
    t.each = &body;
    t.done = 0;
    now = t.begin(n);
    t.ticket = (now & 0xffffffffu) << 32;
  }
  if (n > 1) t.wake.notify_all();
  t.take(body, n, now, 0);
  std::unique_lock lock = t.await(t.finished, [&] { return t.done.load() >= n; });
  t.each = nullptr;
  t.end(lock);
}

int available_processors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace manybody::core
