// A network that reads a body joint by joint: one token a joint, attention over the kinematic tree, one output a token.
//
// Reads: parameters, one contiguous float vector: weights of a joint's own numbers, shared by all tokens (width x own); for each token the
//   weights of the global numbers (width x globals); for each token a bias, its embedding (width); for each block: queries, keys, values
//   (3 width x width, then biases), biases of the scores (heads x relations), output of the attention (width x width, biases), two layers
//   of the feed-forward part (2 width x width, biases; width x 2 width, biases); at the end each token's output (tokens x width,
//   biases).
// Writes: outputs (rows x tokens), gradients in the parameters' layout.
// Method: z = elu(own + global + embedding); a block adds attention, then a feed-forward part with ELU, to z: Vaswani et al.,
//   arXiv:1706.03762, without layer normalisation. Scores carry a learned bias by the relation of two joints in the tree, as in Ying et al.,
//   "Do transformers really perform bad for graph representation?", arXiv:2106.05234. docs/method/joint-tokens.md.
//   A joint that a body lacks is not looked at: its `present` input is below 0 (observations are normalised: below the mean of
//   bodies seen; where no body or every body has it, the input is 0 and the joint counts as present). Where none is there, all are seen.
// Limits: as policy/net.h; token_shape.h. The gradient ignores that a mask depends on an input. Errors: none.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "policy/kernels.h"
#include "policy/net.h"
#include "policy/token_shape.h"

namespace manybody::policy {

class TokenScratch;

class TokenNet final : public Net {
 public:
  // inputs: of the observation that the shape's places point into
  TokenNet(const TokenShape& shape, int inputs, const Kernels& kernels = best_kernels());

  const TokenShape& shape() const { return shape_; }
  int inputs() const override { return inputs_; }
  int outputs() const override { return shape_.tokens(); }
  size_t parameter_count() const override { return parameters_.size(); }
  std::unique_ptr<NetScratch> make_scratch(int rows) const override;
  void initialise(std::span<float> parameters, core::Rng& rng, double last_gain) const override;
  void load(std::span<const float> parameters) override;
  void forward(const float* x, int rows, NetScratch& scratch, float* y) const override;
  void backward(const float* x, int rows, const float* dy, NetScratch& scratch, float* gradient,
                float* dx = nullptr) const override;

 private:
  friend class TokenScratch;
  // One matrix of the parameters, packed for Y = X W^T and for dX = dY W.
  struct Dense {
    int inputs = 0, outputs = 0;
    size_t weight = 0, bias = 0;
    std::vector<float> forward, backward;
  };
  struct Block {
    Dense qkv, out, up, down;
    size_t relations = 0;
    std::vector<float> score_bias;  // heads x key x lane
  };

  Dense make_dense(int inputs, int outputs, size_t& at, bool bias = true) const;
  void pack(Dense& dense);
  template <class F>
  void for_each_dense(F&& f);
  Product product(const Dense& dense, int rows, const float* a, float* c, Epilogue epilogue) const;
  void add_gradient(const Dense& dense, int rows, const float* x, const float* dy, TokenScratch& scratch, float* gradient) const;
  void push_back(const Dense& dense, int rows, const float* dy, float* dx, Epilogue epilogue, const float* other = nullptr) const;
  void read(const float* x, int rows, TokenScratch& scratch) const;
  void residual(const Dense& dense, int rows, const float* z, const float* part, float* sum) const;
  Attention attention(const Block& block, int index, int rows, TokenScratch& scratch) const;
  void block_back(const Block& block, int index, int rows, TokenScratch& scratch, float* gradient) const;
  void write_input_gradient(int rows, TokenScratch& scratch, float* dx) const;

  TokenShape shape_;
  int inputs_;
  const Kernels* kernels_;
  std::vector<float> parameters_;
  Dense own_, global_, head_;  // global_: all tokens' side by side
  std::vector<Block> blocks_;
};

}  // namespace manybody::policy
