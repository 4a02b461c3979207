#include "policy/mlp.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "policy/start.h"

namespace manybody::policy {

MlpScratch::MlpScratch(const Mlp& net, int rows) : NetScratch(rows) {
  int widest = 0;
  for (int layer = 1; layer <= net.layers(); ++layer) widest = std::max(widest, net.stride(layer));
  for (int layer = 1; layer < net.layers(); ++layer) activation_.emplace_back(static_cast<size_t>(rows) * net.stride(layer));
  for (std::vector<float>& delta : delta_) delta.resize(static_cast<size_t>(rows) * widest);
  const int columns = *std::max_element(net.sizes_.begin(), net.sizes_.end() - 1);
  packed_.resize(packed_size(rows, columns));
}

Mlp::Mlp(std::vector<int> sizes, const Kernels& kernels) : sizes_(std::move(sizes)), kernels_(&kernels) {
  MB_CHECK(sizes_.size() >= 2);
  for (int layer = 0; layer < layers(); ++layer) {
    MB_CHECK(sizes_[layer] > 0 && sizes_[layer + 1] > 0);
    offset_.push_back(parameter_count_);
    parameter_count_ += static_cast<size_t>(sizes_[layer] + 1) * sizes_[layer + 1];
    forward_.emplace_back(packed_size(sizes_[layer], sizes_[layer + 1]));
    backward_.emplace_back(packed_size(sizes_[layer + 1], sizes_[layer]));
  }
  parameters_.resize(parameter_count_);
}

void Mlp::initialise(std::span<float> parameters, core::Rng& rng, double last_gain) const {
  MB_CHECK(parameters.size() >= parameter_count_);
  for (int layer = 0; layer < layers(); ++layer) {
    const int inputs = sizes_[layer], outputs = sizes_[layer + 1];
    const double gain = layer + 1 == layers() ? last_gain : std::sqrt(2.0);
    start_orthogonal(parameters.data() + weight_offset(layer), outputs, inputs, gain, rng);
    std::fill_n(parameters.data() + bias_offset(layer), outputs, 0.0f);
  }
}

void Mlp::load(std::span<const float> parameters) {
  MB_CHECK(parameters.size() >= parameter_count_);
  std::copy_n(parameters.begin(), parameter_count_, parameters_.begin());
  for (int layer = 0; layer < layers(); ++layer) {
    const int inputs = sizes_[layer], outputs = sizes_[layer + 1];
    const float* weight = parameters_.data() + weight_offset(layer);
    pack_columns(inputs, outputs, weight, inputs, forward_[layer].data());
    pack_rows(outputs, inputs, weight, inputs, backward_[layer].data());
  }
}

std::unique_ptr<NetScratch> Mlp::make_scratch(int rows) const { return std::make_unique<MlpScratch>(*this, rows); }

void Mlp::forward(const float* x, int rows, NetScratch& memory, float* y) const {
  MlpScratch& scratch = static_cast<MlpScratch&>(memory);
  MB_CHECK(rows <= scratch.rows_);
  Product p;
  p.rows = rows, p.a = x, p.a_row = inputs();
  for (int layer = 0; layer < layers(); ++layer) {
    const bool last = layer + 1 == layers();
    p.depth = sizes_[layer], p.columns = sizes_[layer + 1];
    p.packed = forward_[layer].data(), p.bias = parameters_.data() + bias_offset(layer);
    p.c = last ? y : scratch.activation_[layer].data();
    p.c_row = last ? outputs() : stride(layer + 1);
    p.epilogue = last ? Epilogue::store : Epilogue::elu;
    kernels_->multiply(p);
    p.a = p.c, p.a_row = p.c_row;
  }
}

void Mlp::backward(const float* x, int rows, const float* dy, NetScratch& memory, float* gradient, float* dx) const {
  MlpScratch& scratch = static_cast<MlpScratch&>(memory);
  MB_CHECK(rows <= scratch.rows_);
  const float* delta = dy;
  int delta_row = outputs();
  for (int layer = layers() - 1; layer >= 0; --layer) {
    const int inputs_here = sizes_[layer], outputs_here = sizes_[layer + 1];
    const float* input = layer ? scratch.activation_[layer - 1].data() : x;
    const int input_row = layer ? stride(layer) : inputs();

    float* bias = gradient + bias_offset(layer);
    for (int r = 0; r < rows; ++r) kernels_->add(outputs_here, delta + static_cast<ptrdiff_t>(r) * delta_row, bias);
    pack_rows(rows, inputs_here, input, input_row, scratch.packed_.data());
    Product weights;
    weights.rows = outputs_here, weights.columns = inputs_here, weights.depth = rows;
    weights.a = delta, weights.a_row = 1, weights.a_depth = delta_row;  // dY transposed
    weights.packed = scratch.packed_.data();
    weights.c = gradient + weight_offset(layer), weights.c_row = inputs_here;
    weights.epilogue = Epilogue::accumulate;
    kernels_->multiply(weights);

    if (layer == 0 && !dx) break;
    Product back;
    back.rows = rows, back.columns = inputs_here, back.depth = outputs_here;
    back.a = delta, back.a_row = delta_row;
    back.packed = backward_[layer].data();
    back.c = layer ? scratch.delta_[layer % 2].data() : dx;
    back.c_row = layer ? stride(layer) : inputs();
    back.epilogue = layer ? Epilogue::elu_slope : Epilogue::store;
    back.other = layer ? input : nullptr;  // activations share the delta's stride
    kernels_->multiply(back);
    delta = back.c, delta_row = back.c_row;
  }
}

}  // namespace manybody::policy
