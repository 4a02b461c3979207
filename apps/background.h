// Work beside the main loop, one piece after another: reading bodies takes a moment, and pictures do not wait for it.
//
// Reads: jobs, run in a thread of their own. Writes: what a job returns, run in the main loop by `finish`.
// Errors: a job catches its own; one that throws is a mistake of ours and ends the program.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace manybody::apps {

class Background {
 public:
  using Done = std::function<void()>;  // may be empty
  using Job = std::function<Done()>;

  Background() : thread_([this] { run(); }) {}
  ~Background() { stop(); }

  void ask(Job job, bool first = false) {
    {
      const std::lock_guard lock(mutex_);
      if (first) jobs_.push_front(std::move(job));
      else jobs_.push_back(std::move(job));
    }
    wake_.notify_one();
  }

  // In the main loop: what the jobs that have ended left to do.
  void finish() {
    std::deque<Done> done;
    {
      const std::lock_guard lock(mutex_);
      done.swap(done_);
    }
    for (const Done& one : done) one();
  }

  // Waits for the job under way, forgets the others.
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
      jobs_.clear();
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
      if (ending_) return;
      const Job job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      Done done = job();
#ifdef __GLIBC__
      ::malloc_trim(0);  // reading a body takes a gigabyte for a moment, which would stay with the process
#endif
      lock.lock();
      if (done) done_.push_back(std::move(done));
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  std::deque<Done> done_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace manybody::apps
