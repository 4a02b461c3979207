// A multi-layer perceptron with ELU between its layers and nothing behind the last.
//
// Reads: parameters, one contiguous float vector: for each layer the weights (outputs x inputs, row-major), then the biases.
// Writes: outputs (rows x outputs), gradients in the parameters' layout.
// Method: Y = X W^T + b; backward dX = dY W, dW = dY^T X, db = sum dY. ELU: Clevert et al., arXiv:1511.07289. Weights start
//   orthogonal (Saxe et al., arXiv:1312.6120), gain sqrt(2) inside and `last_gain` at the end.
// Limits: `forward` and `backward` allocate nothing; one MlpScratch a thread, at most its rows a call. A row's output has the
//   same bits whatever rows stand beside it. Errors: none; sizes are checked as our own invariants.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "policy/kernels.h"
#include "policy/net.h"

namespace manybody::policy {

class Mlp;

// A thread's working memory: activations of every layer, packed operands of the weight gradient.
class MlpScratch final : public NetScratch {
 public:
  MlpScratch(const Mlp& net, int rows);

 private:
  friend class Mlp;
  std::vector<std::vector<float>> activation_;  // behind each hidden layer: rows x stride
  std::vector<float> delta_[2];                 // loss by pre-activation, of two neighbouring layers
  std::vector<float> packed_;                   // a layer's input in panels
};

class Mlp final : public Net {
 public:
  // sizes: inputs, hidden …, outputs (at least two numbers)
  explicit Mlp(std::vector<int> sizes, const Kernels& kernels = best_kernels());

  const std::vector<int>& sizes() const { return sizes_; }
  int inputs() const override { return sizes_.front(); }
  int outputs() const override { return sizes_.back(); }
  int layers() const { return static_cast<int>(sizes_.size()) - 1; }
  size_t parameter_count() const override { return parameter_count_; }
  size_t weight_offset(int layer) const { return offset_[layer]; }
  size_t bias_offset(int layer) const { return offset_[layer] + static_cast<size_t>(sizes_[layer]) * sizes_[layer + 1]; }

  std::unique_ptr<NetScratch> make_scratch(int rows) const override;
  void initialise(std::span<float> parameters, core::Rng& rng, double last_gain) const override;
  void load(std::span<const float> parameters) override;
  void forward(const float* x, int rows, NetScratch& scratch, float* y) const override;
  void backward(const float* x, int rows, const float* dy, NetScratch& scratch, float* gradient,
                float* dx = nullptr) const override;

 private:
  friend class MlpScratch;
  // An odd number of cache lines, so that a column of a matrix spreads over all sets of the cache.
  int stride(int layer) const { return ((sizes_[layer] + kPanel - 1) / kPanel | 1) * kPanel; }

  std::vector<int> sizes_;
  std::vector<size_t> offset_;
  size_t parameter_count_ = 0;
  const Kernels* kernels_;
  std::vector<float> parameters_;
  std::vector<std::vector<float>> forward_, backward_;  // a layer's weights packed for Y = X W^T and for dX = dY W
};

}  // namespace manybody::policy
