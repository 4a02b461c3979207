// The network behind IntentModel: code points in, one number a label out; forward for everybody, backward for the trainer.
//
// Reads: code points (kChars at most). Writes: logits, gradients. Shapes: embedding rows x kEmbed, convolutions kernel x in x kWidth,
// head kWidth x labels. Method: three convolutions (dilation 1, 2, 4; the last two residual), ReLU, maximum over time, linear.
// Limits: not thread-safe with one Pass; a Pass is a thread's working memory.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "brain/text.h"

namespace manybody::brain {

class IntentNet {
 public:
  static constexpr int kChars = 96, kRows = 1536, kEmbed = 32, kWidth = 64;
  struct Layer {
    int kernel, dilation, in;
    bool residual;
    size_t weights, bias;
  };

  explicit IntentNet(int labels);
  int labels() const { return labels_; }
  std::vector<float>& parameters() { return parameters_; }
  const std::vector<float>& parameters() const { return parameters_; }

  struct Pass {
    std::vector<int> rows;                  // embedding rows of the characters
    std::vector<float> embedded;            // chars x kEmbed
    std::array<std::vector<float>, 3> out;  // chars x kWidth, after ReLU (and residual)
    std::array<int, kWidth> where{};        // place of each maximum
    std::array<float, kWidth> pooled{};
    std::vector<float> logits;
  };
  void forward(const std::vector<int>& rows, Pass& pass) const;
  // Adds the gradients of a loss whose derivative by the logits is `by_logits`.
  void backward(const Pass& pass, const std::vector<float>& by_logits, std::vector<float>& gradients) const;

  static std::vector<int> rows_of(const std::vector<Unit>& units);
  const std::array<Layer, 3>& layers() const { return layers_; }
  size_t head() const { return head_; }

 private:
  void convolve(const Layer& layer, const std::vector<float>& in, int chars, std::vector<float>& out) const;
  int labels_ = 0;
  std::array<Layer, 3> layers_{};
  size_t head_ = 0, head_bias_ = 0;
  std::vector<float> parameters_;
};

}  // namespace manybody::brain
