// What steps all worlds with one thread a world: a GPU (cuda.cu), or its warps emulated on the processor (warp.cc).
//
// Reads, writes: the engine's own arrays, by reference (DeviceArrays): records of all worlds, blocks of their parameters, flags.
// Method: docs/method/physics.md, On a GPU. The threads of a warp share their control flow, as the lanes of a vector do.
// Limits: float; no Drive (a motor model is code of the processor's).
// Errors: core::UserError where there is no GPU, or too little memory on it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "physics/lane/kernel.h"

namespace manybody::physics::lane {

using DeviceModel = Model<float>;

struct DeviceArrays {
  int worlds = 0, stride = 0;         // stride: of a world's record, in doubles
  double* records = nullptr;          // worlds x stride
  const float* parameters = nullptr;  // worlds x ParameterBlock::size
  uint8_t* diverged = nullptr;        // worlds
};

class Device {
 public:
  virtual ~Device() = default;
  virtual std::string name() const = 0;  // "cuda float (NVIDIA H200)"
  virtual int lanes() const = 0;         // threads that share their control flow
  virtual void parameters_changed(int world) = 0;
  // Steps the worlds of `order`, neighbours in one warp; without `advance` one forward pass that leaves the state.
  virtual void run(std::span<const int> order, int substeps, bool advance) = 0;
  virtual Stages stages() const = 0;  // no cycles
};

// What a model that the lane engine can take uses and a device lacks; empty: it can take it.
std::vector<std::string> device_lacks(const DeviceModel& model);
size_t device_bytes(const DeviceModel& model);  // a world's work memory
constexpr size_t kMostDeviceBytes = 256 << 10;

// Warps of `lanes` threads, each a fibre of the calling thread, for tests: aborts where the threads of a warp part ways.
std::unique_ptr<Device> make_emulated_device(const DeviceModel& model, const DeviceArrays& arrays, int lanes);

// Throws where this build has no CUDA or this machine no GPU that it can use.
void require_cuda();
// "" where there is one; else what require_cuda would say.
std::string cuda_absence();
std::unique_ptr<Device> make_cuda_device(const DeviceModel& model, const DeviceArrays& arrays);

}  // namespace manybody::physics::lane
