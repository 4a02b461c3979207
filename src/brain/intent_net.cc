#include "brain/intent_net.h"

#include <algorithm>
#include <cstdint>

namespace manybody::brain {

IntentNet::IntentNet(int labels) : labels_(labels) {
  size_t at = static_cast<size_t>(kRows) * kEmbed;
  const int kernels[3]{5, 5, 3}, dilations[3]{1, 2, 4};
  for (size_t l = 0; l < 3; ++l) {
    Layer& layer = layers_[l];
    layer = {kernels[l], dilations[l], l == 0 ? kEmbed : kWidth, l > 0, at, 0};
    at += static_cast<size_t>(layer.kernel) * static_cast<size_t>(layer.in) * kWidth;
    layer.bias = at;
    at += kWidth;
  }
  head_ = at, at += static_cast<size_t>(kWidth) * static_cast<size_t>(labels);
  head_bias_ = at, at += static_cast<size_t>(labels);
  parameters_.assign(at, 0.0f);
}

// Common Chinese and Latin code points mostly get rows of their own; the rest share.
std::vector<int> IntentNet::rows_of(const std::vector<Unit>& units) {
  std::vector<int> rows{1};
  const auto push = [&](char32_t code) {
    if (rows.size() >= static_cast<size_t>(kChars)) return;
    if (code < 128) rows.push_back(static_cast<int>(code));
    else
      rows.push_back(128 +
                     static_cast<int>((static_cast<uint32_t>(code) * 2654435761u >> 7) % static_cast<uint32_t>(kRows - 128)));
  };
  for (const Unit& unit : units) {
    if (unit.space_before && rows.size() > 1 && unit.kind != Unit::Kind::cjk) push(' ');
    if (unit.kind == Unit::Kind::number) {
      push('0');  // which number it is says nothing of the skill
      continue;
    }
    for (size_t at = 0; at < unit.text.size();) push(take_code(unit.text, at));
  }
  rows.push_back(2);
  return rows;
}

void IntentNet::convolve(const Layer& layer, const std::vector<float>& in, int chars, std::vector<float>& out) const {
  const float* weights = &parameters_[layer.weights];
  const float* bias = &parameters_[layer.bias];
  out.resize(static_cast<size_t>(chars) * kWidth);
  for (int t = 0; t < chars; ++t) {
    float sum[kWidth];
    std::copy(bias, bias + kWidth, sum);
    for (int k = 0; k < layer.kernel; ++k) {
      const int s = t + (k - layer.kernel / 2) * layer.dilation;
      if (s < 0 || s >= chars) continue;
      const float* x = &in[static_cast<size_t>(s) * static_cast<size_t>(layer.in)];
      const float* w = weights + static_cast<size_t>(k) * static_cast<size_t>(layer.in) * kWidth;
      for (int i = 0; i < layer.in; ++i, w += kWidth) {
        const float xi = x[i];
        if (xi == 0) continue;
        for (int o = 0; o < kWidth; ++o) sum[o] += xi * w[o];
      }
    }
    float* y = &out[static_cast<size_t>(t) * kWidth];
    for (int o = 0; o < kWidth; ++o) y[o] = std::max(0.0f, sum[o]);
    if (layer.residual) {
      const float* x = &in[static_cast<size_t>(t) * kWidth];
      for (int o = 0; o < kWidth; ++o) y[o] += x[o];
    }
  }
}

void IntentNet::forward(const std::vector<int>& rows, Pass& pass) const {
  const int chars = std::min<int>(static_cast<int>(rows.size()), kChars + 1);
  pass.rows.assign(rows.begin(), rows.begin() + chars);
  pass.embedded.resize(static_cast<size_t>(chars) * kEmbed);
  for (int t = 0; t < chars; ++t)
    std::copy_n(&parameters_[static_cast<size_t>(rows[static_cast<size_t>(t)]) * kEmbed], kEmbed,
                &pass.embedded[static_cast<size_t>(t) * kEmbed]);
  convolve(layers_[0], pass.embedded, chars, pass.out[0]);
  convolve(layers_[1], pass.out[0], chars, pass.out[1]);
  convolve(layers_[2], pass.out[1], chars, pass.out[2]);
  for (int o = 0; o < kWidth; ++o) {
    int best = 0;
    for (int t = 1; t < chars; ++t) {
      if (pass.out[2][static_cast<size_t>(t) * kWidth + static_cast<size_t>(o)] >
          pass.out[2][static_cast<size_t>(best) * kWidth + static_cast<size_t>(o)])
        best = t;
    }
    pass.where[static_cast<size_t>(o)] = best;
    pass.pooled[static_cast<size_t>(o)] =
        chars > 0 ? pass.out[2][static_cast<size_t>(best) * kWidth + static_cast<size_t>(o)] : 0.0f;
  }
  pass.logits.assign(static_cast<size_t>(labels_), 0.0f);
  for (int c = 0; c < labels_; ++c) pass.logits[static_cast<size_t>(c)] = parameters_[head_bias_ + static_cast<size_t>(c)];
  for (int o = 0; o < kWidth; ++o) {
    const float* w = &parameters_[head_ + static_cast<size_t>(o) * static_cast<size_t>(labels_)];
    for (int c = 0; c < labels_; ++c) pass.logits[static_cast<size_t>(c)] += pass.pooled[static_cast<size_t>(o)] * w[c];
  }
}

void IntentNet::backward(const Pass& pass, const std::vector<float>& by_logits, std::vector<float>& gradients) const {
  const int chars = static_cast<int>(pass.rows.size());
  std::vector<float> by_out(static_cast<size_t>(chars) * kWidth, 0.0f);
  for (int c = 0; c < labels_; ++c) gradients[head_bias_ + static_cast<size_t>(c)] += by_logits[static_cast<size_t>(c)];
  for (size_t o = 0; o < kWidth; ++o) {
    const float* w = &parameters_[head_ + o * static_cast<size_t>(labels_)];
    float* g = &gradients[head_ + o * static_cast<size_t>(labels_)];
    float sum = 0;
    for (int c = 0; c < labels_; ++c)
      g[c] += pass.pooled[o] * by_logits[static_cast<size_t>(c)], sum += w[c] * by_logits[static_cast<size_t>(c)];
    by_out[static_cast<size_t>(pass.where[o]) * kWidth + o] += sum;
  }
  for (size_t l = 3; l-- > 0;) {
    const Layer& layer = layers_[l];
    const std::vector<float>& in = l == 0 ? pass.embedded : pass.out[l - 1];
    std::vector<float> by_in(static_cast<size_t>(chars) * static_cast<size_t>(layer.in), 0.0f);
    for (int t = 0; t < chars; ++t) {
      float* dy = &by_out[static_cast<size_t>(t) * kWidth];
      const float* y = &pass.out[l][static_cast<size_t>(t) * kWidth];
      bool any = false;
      float active[kWidth];
      for (int o = 0; o < kWidth; ++o) {
        const float before = layer.residual ? y[o] - in[static_cast<size_t>(t) * kWidth + static_cast<size_t>(o)] : y[o];
        active[o] = before > 0 ? dy[o] : 0.0f;
        any = any || active[o] != 0;
        if (layer.residual) by_in[static_cast<size_t>(t) * kWidth + static_cast<size_t>(o)] += dy[o];
      }
      if (!any) continue;
      float* gb = &gradients[layer.bias];
      for (int o = 0; o < kWidth; ++o) gb[o] += active[o];
      for (int k = 0; k < layer.kernel; ++k) {
        const int s = t + (k - layer.kernel / 2) * layer.dilation;
        if (s < 0 || s >= chars) continue;
        const float* x = &in[static_cast<size_t>(s) * static_cast<size_t>(layer.in)];
        float* dx = &by_in[static_cast<size_t>(s) * static_cast<size_t>(layer.in)];
        const size_t base = layer.weights + static_cast<size_t>(k) * static_cast<size_t>(layer.in) * kWidth;
        for (int i = 0; i < layer.in; ++i) {
          const float* w = &parameters_[base + static_cast<size_t>(i) * kWidth];
          float* g = &gradients[base + static_cast<size_t>(i) * kWidth];
          const float xi = x[i];
          float sum[8]{};
          for (int o = 0; o < kWidth; o += 8) {
            for (int j = 0; j < 8; ++j) sum[j] += w[o + j] * active[o + j];
          }
          dx[i] += sum[0] + sum[1] + sum[2] + sum[3] + sum[4] + sum[5] + sum[6] + sum[7];
          if (xi != 0) {
            for (int o = 0; o < kWidth; ++o) g[o] += xi * active[o];
          }
        }
      }
    }
    by_out = std::move(by_in);
  }
  for (int t = 0; t < chars; ++t) {
    float* g = &gradients[static_cast<size_t>(pass.rows[static_cast<size_t>(t)]) * kEmbed];
    for (int i = 0; i < kEmbed; ++i) g[i] += by_out[static_cast<size_t>(t) * kEmbed + static_cast<size_t>(i)];
  }
}

}  // namespace manybody::brain
