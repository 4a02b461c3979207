// The lane engine on a GPU: one thread a world, a warp of 32 where the processor has a vector.
//
// Reads, writes: DeviceArrays, copied to the GPU and back in every run; the model's tables, once.
// Method: a thread's work memory is a local array: the GPU lays local memory out so that neighbouring threads' numbers of one
//   name are neighbours, so the source that fills a struct a world on the processor reads whole cache lines here. How large the array
//   is must be known to the compiler: the smallest of a few kernels that holds the model is taken. The step itself is compiled once.
// Limits: float; see device.h.
// Errors: core::UserError naming the GPU's own reason.
#define MB_LANE_SET cuda
#include <cuda_runtime.h>

#include <algorithm>
#include <string>

#include "core/error.h"
#include "physics/lane/device.h"
#include "physics/lane/flat.h"
#include "physics/lane/thread.h"

// The narrow phase is the processor's source too; here it is part of this file, so that the GPU's linker sees one piece.
#include "physics/collide/box.cc"
#include "physics/collide/box_box.cc"
#include "physics/collide/collide.cc"
#include "physics/collide/convex.cc"
#include "physics/collide/epa.cc"
#include "physics/collide/gjk.cc"
#include "physics/collide/manifold.cc"
#include "physics/collide/plane.cc"
#include "physics/collide/round.cc"

namespace manybody::physics::lane {
namespace {

constexpr int kWarp = 32, kBlock = 64;   // threads; 255 registers each leave four blocks a multiprocessor
constexpr int kCounters = 5;

__device__ __noinline__ void step_of(const Launch& job, void* memory, unsigned long long* counters) {
  Work<float> w;
  const int index = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  run_thread(job, index, memory, w);
  if (index % kWarp != 0 || index >= job.count) return;
  const uint64_t counted[kCounters] = {w.counts.groups, w.counts.newton, w.counts.contacts, w.counts.cg, w.counts.each};
  for (int k = 0; k < kCounters; ++k) atomicAdd(counters + k, static_cast<unsigned long long>(counted[k]));
}

template <int kBytes>
__global__ void __launch_bounds__(kBlock) step_kernel(const __grid_constant__ Launch job, unsigned long long* counters) {
  alignas(16) char memory[kBytes];
  step_of(job, memory, counters);
}

struct Size {
  size_t bytes;
  void (*kernel)(const Launch, unsigned long long*);
};
const Size kSizes[] = {{16 << 10, step_kernel<(16 << 10)>}, {32 << 10, step_kernel<(32 << 10)>}, {48 << 10, step_kernel<(48 << 10)>},
                       {64 << 10, step_kernel<(64 << 10)>},
                       {128 << 10, step_kernel<(128 << 10)>}, {kMostDeviceBytes, step_kernel<kMostDeviceBytes>}};

void check(cudaError_t error, const char* doing) {
  if (error == cudaSuccess) return;
  throw core::UserError("physics = \"cuda\"", std::string(doing) + ": " + cudaGetErrorString(error),
                        error == cudaErrorMemoryAllocation ? "fewer worlds, or a GPU with more memory" : "a working GPU and driver, or physics = \"lanes\"");
}

template <class X>
class Memory {  // on the GPU
 public:
  explicit Memory(size_t count) { check(cudaMalloc(&data_, std::max<size_t>(1, count) * sizeof(X)), "memory for the worlds"); }
  ~Memory() { cudaFree(data_); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  X* get() const { return data_; }

 private:
  X* data_ = nullptr;
};

// The engine's array, made such that the GPU can copy it by itself. That is faster, not needed: a failure is no error.
class Pinned {
 public:
  Pinned(const void* data, size_t size) : data_(const_cast<void*>(data)), done_(cudaHostRegister(data_, size, cudaHostRegisterDefault) == cudaSuccess) {
    if (!done_) cudaGetLastError();
  }
  ~Pinned() {
    if (done_) cudaHostUnregister(data_);
  }
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;

 private:
  void* data_;
  bool done_;
};

class CudaDevice final : public Device {
 public:
  CudaDevice(const DeviceModel& model, const DeviceArrays& arrays)
      : arrays_(arrays), flat_(model), tables_(flat_.bytes().size()), job_(flat_.at(tables_.get()), model),
        records_(static_cast<size_t>(arrays.worlds) * arrays.stride), parameters_(static_cast<size_t>(arrays.worlds) * job_.block.size),
        diverged_(arrays.worlds), order_(arrays.worlds), counters_(kCounters),
        pinned_(arrays.records, sizeof(double) * arrays.worlds * arrays.stride) {
    const std::vector<char> bytes = flat_.bytes_at(tables_.get());
    check(cudaMemcpy(tables_.get(), bytes.data(), bytes.size(), cudaMemcpyHostToDevice), "copying the model");
    check(cudaMemset(counters_.get(), 0, kCounters * sizeof(unsigned long long)), "clearing the counters");
    check(cudaMemset(diverged_.get(), 0, arrays.worlds), "clearing the flags");
    job_.lanes = kWarp;
    job_.order = order_.get();
    job_.records = records_.get(), job_.stride = static_cast<size_t>(arrays.stride);
    job_.parameters = parameters_.get(), job_.diverged = diverged_.get();
    const size_t needed = device_bytes(model);
    for (const Size& size : kSizes) {
      if (size.bytes < needed) continue;
      kernel_ = size.kernel;
      break;
    }
    MB_CHECK(kernel_ != nullptr);
    cudaDeviceProp properties;
    check(cudaGetDeviceProperties(&properties, 0), "asking the GPU for its name");
    name_ = std::string("cuda float (") + properties.name + ")";
  }

  std::string name() const override { return name_; }
  int lanes() const override { return kWarp; }
  void parameters_changed(int world) override {
    first_ = std::min(first_, world);
    last_ = std::max(last_, world);
  }

  void run(std::span<const int> order, int substeps, bool advance) override {
    const int count = static_cast<int>(order.size());
    if (count == 0) return;
    job_.count = count, job_.substeps = substeps, job_.advance = advance;
    if (first_ <= last_) {
      const size_t at = static_cast<size_t>(first_) * job_.block.size, size = static_cast<size_t>(last_ - first_ + 1) * job_.block.size;
      check(cudaMemcpyAsync(parameters_.get() + at, arrays_.parameters + at, size * sizeof(float), cudaMemcpyHostToDevice), "copying parameters");
      first_ = arrays_.worlds, last_ = -1;
    }
    check(cudaMemcpyAsync(order_.get(), order.data(), order.size() * sizeof(int), cudaMemcpyHostToDevice), "copying the order of worlds");
    const bool most = count * 4 >= arrays_.worlds;
    if (most) copy_in(0, arrays_.worlds);
    else for (const int w : order) copy_in(w, 1);
    kernel_<<<(count + kBlock - 1) / kBlock, kBlock>>>(job_, counters_.get());
    check(cudaGetLastError(), "starting the step");
    if (most) copy_out(0, arrays_.worlds);
    else for (const int w : order) copy_out(w, 1);
    check(cudaDeviceSynchronize(), "the step");
  }

  Stages stages() const override {
    unsigned long long c[kCounters];
    check(cudaMemcpy(c, counters_.get(), sizeof c, cudaMemcpyDeviceToHost), "reading the counters");
    Stages out;
    out.groups = c[0], out.newton = c[1], out.contacts = c[2], out.cg = c[3], out.each = c[4];
    return out;
  }

 private:
  void copy_in(int world, int worlds) {
    const size_t at = static_cast<size_t>(world) * arrays_.stride, size = sizeof(double) * worlds * arrays_.stride;
    check(cudaMemcpyAsync(records_.get() + at, arrays_.records + at, size, cudaMemcpyHostToDevice), "copying states in");
  }
  void copy_out(int world, int worlds) {
    const size_t at = static_cast<size_t>(world) * arrays_.stride, size = sizeof(double) * worlds * arrays_.stride;
    check(cudaMemcpyAsync(arrays_.records + at, records_.get() + at, size, cudaMemcpyDeviceToHost), "copying states out");
    check(cudaMemcpyAsync(arrays_.diverged + world, diverged_.get() + world, worlds, cudaMemcpyDeviceToHost), "copying flags out");
  }

  DeviceArrays arrays_;
  Flat<float> flat_;
  Memory<char> tables_;
  Launch job_;
  Memory<double> records_;
  Memory<float> parameters_;
  Memory<uint8_t> diverged_;
  Memory<int> order_;
  Memory<unsigned long long> counters_;
  Pinned pinned_;
  void (*kernel_)(const Launch, unsigned long long*) = nullptr;
  std::string name_;
  int first_ = 0, last_ = -1;            // worlds whose parameters are not on the GPU yet
};

}  // namespace

std::string cuda_absence() {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error != cudaSuccess) {
    cudaGetLastError();
    int driver = 0;
    if (cudaDriverGetVersion(&driver) == cudaSuccess && driver == 0) return "this machine has no NVIDIA driver";
    return std::string("no GPU can be used here: ") + cudaGetErrorString(error);
  }
  if (count == 0) return "this machine has no NVIDIA GPU";
  int major = 0, minor = 0;
  if (cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, 0) != cudaSuccess ||
      cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, 0) != cudaSuccess) {
    return "the GPU does not tell what it can do";
  }
  if (major < 8) return "the GPU here has compute capability " + std::to_string(major) + "." + std::to_string(minor);
  return "";
}

std::unique_ptr<Device> make_cuda_device(const DeviceModel& model, const DeviceArrays& arrays) {
  return std::make_unique<CudaDevice>(model, arrays);
}

}  // namespace manybody::physics::lane
