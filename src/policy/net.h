// A network as learner and policy see it: rows of inputs to rows of outputs, and the gradient back. Mlp and TokenNet are such.
//
// Reads: parameters, one contiguous float vector, laid out as the network's own header says. Writes: outputs, gradients.
// Limits: `forward` and `backward` allocate nothing; one scratch a thread, at most its rows a call; a scratch is used with the network
//   it was made for. A row's output has the same bits whatever rows stand beside it. Errors: none; sizes are our own invariants.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "core/rng.h"

namespace manybody::policy {

// A thread's working memory.
class NetScratch {
 public:
  virtual ~NetScratch() = default;
  int rows() const { return rows_; }

 protected:
  explicit NetScratch(int rows) : rows_(rows) {}
  int rows_;
};

class Net {
 public:
  virtual ~Net() = default;
  virtual int inputs() const = 0;
  virtual int outputs() const = 0;
  virtual size_t parameter_count() const = 0;
  virtual std::unique_ptr<NetScratch> make_scratch(int rows) const = 0;

  virtual void initialise(std::span<float> parameters, core::Rng& rng, double last_gain) const = 0;
  // Packs the parameters for the kernels: call after every change of them, before forward and backward.
  virtual void load(std::span<const float> parameters) = 0;

  // x: rows x inputs; y: rows x outputs. Keeps in `scratch` what backward needs.
  virtual void forward(const float* x, int rows, NetScratch& scratch, float* y) const = 0;
  // After forward with the same x and scratch. dy: rows x outputs. Adds to `gradient` (parameter_count floats); dx, if not
  // null, is written (rows x inputs).
  virtual void backward(const float* x, int rows, const float* dy, NetScratch& scratch, float* gradient,
                        float* dx = nullptr) const = 0;
};

}  // namespace manybody::policy
