// A GPU's warp on the processor: the threads' source, compiled by the ordinary compiler, each thread a fibre.
//
// For: tests. It runs what cuda.cu runs (thread.h, the flat tables, the votes), so that code path is tested on machines without a
//   GPU; what it cannot show is the GPU's compiler, its memory and its speed.
// Method: fibres (ucontext) run in turn until each stands at a vote; then the vote is counted and all go on. A warp whose threads stand
//   at different votes, or of which some have ended, is a bug of ours and aborts: on a GPU it would hang or compute nonsense.
//   Work memory is filled with not-a-number before each run: a GPU does not clear it.
#define MB_LANE_SET warp
#define MB_LANE_THREADS 1
#include <ucontext.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "core/error.h"
#include "physics/lane/device.h"
#include "physics/lane/flat.h"
#include "physics/lane/thread.h"

namespace manybody::physics::lane {
namespace {

class Warp {
 public:
  explicit Warp(int lanes) : fibres_(lanes) {}

  // Runs program(lane) in every lane until all have ended.
  template <class Program>
  void run(Program program) {
    const auto enter = +[](unsigned high, unsigned low) {
      (*reinterpret_cast<Program*>(static_cast<uintptr_t>(high) << 32 | low))(running_->current_);
      running_->fibres_[running_->current_].ended = true;
    };
    const auto address = reinterpret_cast<uintptr_t>(&program);
    Warp* const outer = std::exchange(running_, this);
    for (Fibre& f : fibres_) {
      f.ended = false;
      getcontext(&f.context);
      f.context.uc_stack.ss_sp = f.stack.get();
      f.context.uc_stack.ss_size = kStack;
      f.context.uc_link = &scheduler_;
      makecontext(&f.context, reinterpret_cast<void (*)()>(+enter), 2, static_cast<unsigned>(address >> 32),
                  static_cast<unsigned>(address));
    }
    while (round()) {}
    running_ = outer;
  }

  // The most of all lanes' `own`; `place` tells the votes apart.
  static int vote(int own, const void* place) {
    Warp& warp = *running_;
    Fibre& f = warp.fibres_[warp.current_];
    f.own = own, f.place = place;
    swapcontext(&f.context, &warp.scheduler_);
    return warp.most_;
  }

 private:
  static constexpr size_t kStack = 512 << 10;
  struct Fibre {
    ucontext_t context;
    std::unique_ptr<char[]> stack{new char[kStack]};
    bool ended = false;
    int own = 0;
    const void* place = nullptr;
  };

  // All lanes up to their next vote; false when they have ended.
  bool round() {
    for (size_t l = 0; l < fibres_.size(); ++l) {
      current_ = static_cast<int>(l);
      swapcontext(&scheduler_, &fibres_[l].context);
    }
    const Fibre& first = fibres_[0];
    most_ = first.own;
    for (const Fibre& f : fibres_) {
      MB_CHECK(f.ended == first.ended);  // a lane left the others at a vote
      MB_CHECK(f.ended || f.place == first.place);
      most_ = std::max(most_, f.own);
    }
    return !first.ended;
  }

  static thread_local Warp* running_;
  std::vector<Fibre> fibres_;
  ucontext_t scheduler_;
  int current_ = 0, most_ = 0;
};
thread_local Warp* Warp::running_ = nullptr;

class EmulatedDevice final : public Device {
 public:
  EmulatedDevice(const DeviceModel& model, const DeviceArrays& arrays, int lanes)
      : flat_(model),
        tables_(room(flat_.bytes().size())),
        job_(flat_.at(tables_.get()), model),
        warp_(lanes),
        bytes_((device_bytes(model) + 15) / 16 * 16),
        memory_(room(bytes_ * static_cast<size_t>(lanes))),
        works_(lanes) {
    const std::vector<char> bytes = flat_.bytes_at(tables_.get());  // as on a GPU, the tables are a copy somewhere else
    std::copy(bytes.begin(), bytes.end(), tables_.get());
    job_.lanes = lanes;
    job_.records = arrays.records, job_.stride = static_cast<size_t>(arrays.stride);
    job_.parameters = arrays.parameters, job_.diverged = arrays.diverged;
  }

  std::string name() const override { return "emulated warp float"; }
  int lanes() const override { return job_.lanes; }
  void parameters_changed(int) override {}
  Stages stages() const override { return sum_; }

  void run(std::span<const int> order, int substeps, bool advance) override {
    job_.order = order.data(), job_.count = static_cast<int>(order.size());
    job_.substeps = substeps, job_.advance = advance;
    const int blocks = (job_.count + 2 * job_.lanes - 1) / (2 * job_.lanes);  // of two warps, as on a GPU
    for (int first = 0; first < 2 * blocks * job_.lanes; first += job_.lanes) {
      std::memset(memory_.get(), 0xff, bytes_ * works_.size());
      for (auto& work : works_) work = std::make_unique<Work<float>>();
      warp_.run(
          [&](int lane) { run_thread(job_, first + lane, memory_.get() + bytes_ * static_cast<size_t>(lane), *works_[lane]); });
      if (first < job_.count) sum_ += works_[0]->counts;  // the same in all lanes
    }
  }

 private:
  struct Free {
    void operator()(char* p) const { ::operator delete[](p, std::align_val_t(16)); }
  };
  using Room = std::unique_ptr<char[], Free>;
  static Room room(size_t size) { return Room(new (std::align_val_t(16)) char[size + 1]); }

  Flat<float> flat_;
  Room tables_;
  Launch job_;
  Warp warp_;
  size_t bytes_;
  Room memory_;
  std::vector<std::unique_ptr<Work<float>>> works_;
  Stages sum_;
};

}  // namespace

inline namespace MB_LANE_SET {
[[gnu::noinline]] bool warp_any(bool own) { return Warp::vote(own ? 1 : 0, __builtin_return_address(0)) != 0; }
// Asked for in one place of the source only, of which the optimiser makes two: where the answer is known to be none, and where not.
[[gnu::noinline]] int warp_most(int own) { return Warp::vote(own, reinterpret_cast<const void*>(&warp_most)); }
}  // namespace MB_LANE_SET

size_t device_bytes(const DeviceModel& model) {
  Flat<float> flat(model);
  return Work<float>().bytes(flat.at(flat.bytes().data()));
}

std::vector<std::string> device_lacks(const DeviceModel& model) {
  std::vector<std::string> out;
  if (!model.driven.empty()) out.push_back("motor models (datasheet actuators)");
  const size_t bytes = device_bytes(model);
  if (bytes > kMostDeviceBytes) {
    out.push_back("work memory of " + std::to_string(bytes >> 10) + " KiB a world (at most " +
                  std::to_string(kMostDeviceBytes >> 10) + ")");
  }
  return out;
}

std::unique_ptr<Device> make_emulated_device(const DeviceModel& model, const DeviceArrays& arrays, int lanes) {
  return std::make_unique<EmulatedDevice>(model, arrays, lanes);
}

}  // namespace manybody::physics::lane
