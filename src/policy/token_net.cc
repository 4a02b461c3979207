#include "policy/token_net.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "policy/start.h"

namespace manybody::policy {
namespace {

// by_z times the slope of the ELU that made z; n is a multiple of 8, which lets the compiler take them at once.
void times_slope(const float* z, size_t n, float* by_z) {
  for (size_t i = 0; i < n; i += 8) {
    float slope[8];
    for (int k = 0; k < 8; ++k) slope[k] = 0.5f * (z[i + k] - std::abs(z[i + k])) + 1.0f;  // no branch
    for (int k = 0; k < 8; ++k) by_z[i + k] *= slope[k];
  }
}

}  // namespace

class TokenScratch final : public NetScratch {
 public:
  TokenScratch(const TokenNet& net, int rows) : NetScratch(rows) {
    const TokenShape& s = net.shape_;
    const size_t n = static_cast<size_t>(rows) * s.tokens(), d = s.width;
    own.resize(n * s.own()), global.resize(static_cast<size_t>(rows) * s.globals()), mask.resize(n);
    crossed.resize(n * s.tokens());
    z.assign(2 * s.blocks + 1, std::vector<float>(n * d));
    const size_t table = static_cast<size_t>(s.heads) * s.tokens() * kPanel;
    for (int b = 0; b < s.blocks; ++b) {
      qkv.emplace_back(n * 3 * d), seen.emplace_back(n * d), hidden.emplace_back(n * s.hidden());
      probability.emplace_back(rows * table);
    }
    by_z.resize(n * d), by_seen.resize(n * d), by_qkv.resize(n * 3 * d), by_hidden.resize(n * s.hidden());
    by_own.resize(own.size()), by_global.resize(global.size()), by_score.resize(table);
    packed.resize(std::max(packed_size(static_cast<int>(n), std::max(s.hidden(), s.own())), packed_size(rows, s.globals())));
  }

  std::vector<float> own, global, mask;
  std::vector<float> crossed;         // each token through each output; or the loss by that
  std::vector<std::vector<float>> z;  // what the first block reads; then, a block, behind its attention and behind it all
  std::vector<std::vector<float>> qkv, probability, seen, hidden;  // a block
  std::vector<float> by_z, by_seen, by_qkv, by_hidden, by_own, by_global, by_score;
  std::vector<float> packed;
};

TokenNet::TokenNet(const TokenShape& shape, int inputs, const Kernels& kernels)
    : shape_(shape), inputs_(inputs), kernels_(&kernels) {
  MB_CHECK(shape.tokens() >= 1 && shape.tokens() <= kMaxTokens &&
           token_width_error(shape.width, shape.heads, shape.blocks).empty());
  const int d = shape.width;
  size_t at = 0;
  own_ = make_dense(shape.own(), d, at, false);
  global_ = make_dense(shape.globals(), shape.tokens() * d, at);
  for (int b = 0; b < shape.blocks; ++b) {
    Block block;
    block.qkv = make_dense(d, 3 * d, at);
    block.relations = at, at += static_cast<size_t>(shape.heads) * signal::kRelations;
    block.out = make_dense(d, d, at);
    block.up = make_dense(d, shape.hidden(), at), block.down = make_dense(shape.hidden(), d, at);
    block.score_bias.resize(static_cast<size_t>(shape.heads) * shape.tokens() * kPanel);
    blocks_.push_back(std::move(block));
  }
  head_ = make_dense(d, shape.tokens(), at);
  MB_CHECK(at == shape.parameter_count());
  parameters_.resize(at);
}

TokenNet::Dense TokenNet::make_dense(int inputs, int outputs, size_t& at, bool bias) const {
  Dense dense{inputs, outputs, at, at + static_cast<size_t>(inputs) * outputs, {}, {}};
  at = dense.bias + (bias ? outputs : 0);
  dense.forward.resize(packed_size(inputs, outputs));
  dense.backward.resize(packed_size(outputs, inputs));
  return dense;
}

template <class F>
void TokenNet::for_each_dense(F&& f) {
  f(own_), f(global_);
  for (Block& block : blocks_) f(block.qkv), f(block.out), f(block.up), f(block.down);
  f(head_);
}

std::unique_ptr<NetScratch> TokenNet::make_scratch(int rows) const { return std::make_unique<TokenScratch>(*this, rows); }

void TokenNet::initialise(std::span<float> parameters, core::Rng& rng, double last_gain) const {
  MB_CHECK(parameters.size() >= parameters_.size());
  std::fill_n(parameters.begin(), parameters_.size(), 0.0f);
  const auto start = [&](const Dense& dense, double gain) {
    start_orthogonal(&parameters[dense.weight], dense.outputs, dense.inputs, gain, rng);
  };
  start(own_, std::sqrt(2.0));
  const int d = shape_.width;
  for (int t = 0; t < shape_.tokens(); ++t) {  // each token's part for itself
    start_orthogonal(&parameters[global_.weight + static_cast<size_t>(t) * d * global_.inputs], d, global_.inputs, 1.0, rng);
    // Embeddings set tokens apart from the start: those alike would stay alike.
    for (int c = 0; c < d; ++c)
      parameters[global_.bias + static_cast<size_t>(t) * d + c] = static_cast<float>(0.5 * rng.normal());
  }
  // What a block adds is half as large as what it reads, so that the sum does not grow.
  for (const Block& block : blocks_)
    start(block.qkv, 1.0), start(block.out, 0.5), start(block.up, std::sqrt(2.0)), start(block.down, 0.5);
  for (int t = 0; t < shape_.tokens(); ++t)
    start_orthogonal(&parameters[head_.weight + static_cast<size_t>(t) * d], 1, d, last_gain, rng);
}

void TokenNet::pack(Dense& dense) {
  const float* weight = parameters_.data() + dense.weight;
  pack_columns(dense.inputs, dense.outputs, weight, dense.inputs, dense.forward.data());
  pack_rows(dense.outputs, dense.inputs, weight, dense.inputs, dense.backward.data());
}

void TokenNet::load(std::span<const float> parameters) {
  MB_CHECK(parameters.size() >= parameters_.size());
  std::copy_n(parameters.begin(), parameters_.size(), parameters_.begin());
  for_each_dense([&](Dense& dense) { pack(dense); });
  const int tokens = shape_.tokens();
  for (Block& block : blocks_) {
    for (int head = 0; head < shape_.heads; ++head) {
      const float* bias = parameters_.data() + block.relations + static_cast<size_t>(head) * signal::kRelations;
      for (int key = 0; key < tokens; ++key)
        for (int query = 0; query < tokens; ++query)
          block.score_bias[(static_cast<size_t>(head) * tokens + key) * kPanel + query] =
              bias[shape_.layout.tokens[query].relations[key]];
    }
  }
}

Product TokenNet::product(const Dense& dense, int rows, const float* a, float* c, Epilogue epilogue) const {
  Product p;
  p.rows = rows, p.columns = dense.outputs, p.depth = dense.inputs;
  p.a = a, p.a_row = dense.inputs, p.c = c, p.c_row = dense.outputs;
  p.packed = dense.forward.data(), p.epilogue = epilogue;
  if (epilogue != Epilogue::accumulate) p.bias = parameters_.data() + dense.bias;
  return p;
}

// Takes the observation apart: global numbers, each token's own, which tokens are to be seen.
void TokenNet::read(const float* x, int rows, TokenScratch& s) const {
  float *own = s.own.data(), *global = s.global.data(), *mask = s.mask.data();
  for (int r = 0; r < rows; ++r, x += inputs_) {
    for (const int place : shape_.layout.globals) *global++ = x[place];
    for (const signal::Token& token : shape_.layout.tokens) {
      for (const int place : token.inputs) *own++ = place < 0 ? 0.0f : x[place];
      *mask++ = token.present >= 0 && x[token.present] < 0 ? kMasked : 0.0f;
    }
  }
}

// sum = z + part W^T + bias
void TokenNet::residual(const Dense& dense, int rows, const float* z, const float* part, float* sum) const {
  Product p = product(dense, rows, part, sum, Epilogue::residual);
  p.other = z;
  kernels_->multiply(p);
}

Attention TokenNet::attention(const Block& block, int index, int rows, TokenScratch& s) const {
  Attention a;
  a.rows = rows, a.tokens = shape_.tokens(), a.heads = shape_.heads, a.size = shape_.width / shape_.heads;
  a.qkv = s.qkv[index].data(), a.bias = block.score_bias.data(), a.mask = s.mask.data();
  a.probability = s.probability[index].data(), a.out = s.seen[index].data();
  a.by_out = s.by_seen.data(), a.by_qkv = s.by_qkv.data(), a.by_bias = s.by_score.data();
  return a;
}

void TokenNet::forward(const float* x, int rows, NetScratch& memory, float* y) const {
  TokenScratch& s = static_cast<TokenScratch&>(memory);
  MB_CHECK(rows <= s.rows());
  const int n = rows * shape_.tokens();
  read(x, rows, s);
  float* z = s.z[0].data();  // a row of global_'s outputs is that row's tokens one after another
  kernels_->multiply(product(global_, rows, s.global.data(), z, Epilogue::store));
  kernels_->multiply(product(own_, n, s.own.data(), z, Epilogue::accumulate));
  kernels_->elu(z, static_cast<size_t>(n) * shape_.width);
  for (size_t b = 0; b < blocks_.size(); ++b) {
    const Block& block = blocks_[b];
    kernels_->multiply(product(block.qkv, n, s.z[2 * b].data(), s.qkv[b].data(), Epilogue::store));
    kernels_->attend(attention(block, static_cast<int>(b), rows, s));
    residual(block.out, n, s.z[2 * b].data(), s.seen[b].data(), s.z[2 * b + 1].data());
    kernels_->multiply(product(block.up, n, s.z[2 * b + 1].data(), s.hidden[b].data(), Epilogue::elu));
    residual(block.down, n, s.z[2 * b + 1].data(), s.hidden[b].data(), s.z[2 * b + 2].data());
  }
  // Every token through every output: a token's own one counts. The product is small, and takes no packing of its own.
  kernels_->multiply(product(head_, n, s.z.back().data(), s.crossed.data(), Epilogue::store));
  const int tokens = shape_.tokens();
  for (int i = 0; i < n; ++i) y[i] = s.crossed[static_cast<size_t>(i) * tokens + i % tokens];
}

// dW += dY^T X, db += sum dY
void TokenNet::add_gradient(const Dense& dense, int rows, const float* x, const float* dy, TokenScratch& s,
                            float* gradient) const {
  if (&dense != &own_) {
    float* bias = gradient + dense.bias;
    for (int r = 0; r < rows; ++r) kernels_->add(dense.outputs, dy + static_cast<size_t>(r) * dense.outputs, bias);
  }
  pack_rows(rows, dense.inputs, x, dense.inputs, s.packed.data());
  Product p;
  p.rows = dense.outputs, p.columns = dense.inputs, p.depth = rows;
  p.a = dy, p.a_row = 1, p.a_depth = dense.outputs;  // dY transposed
  p.packed = s.packed.data();
  p.c = gradient + dense.weight, p.c_row = dense.inputs;
  p.epilogue = Epilogue::accumulate;
  kernels_->multiply(p);
}

// dX = dY W, stored, added, or times the slope of the ELU that made `other`.
void TokenNet::push_back(const Dense& dense, int rows, const float* dy, float* dx, Epilogue epilogue, const float* other) const {
  Product p;
  p.rows = rows, p.columns = dense.inputs, p.depth = dense.outputs;
  p.a = dy, p.a_row = dense.outputs, p.c = dx, p.c_row = dense.inputs;
  p.packed = dense.backward.data(), p.epilogue = epilogue, p.other = other;
  kernels_->multiply(p);
}

// by_z: from behind the block to before it.
void TokenNet::block_back(const Block& block, int index, int rows, TokenScratch& s, float* gradient) const {
  const int n = rows * shape_.tokens(), tokens = shape_.tokens();
  const float *before = s.z[2 * index].data(), *middle = s.z[2 * index + 1].data(), *hidden = s.hidden[index].data();
  float* by_z = s.by_z.data();
  add_gradient(block.down, n, hidden, by_z, s, gradient);
  push_back(block.down, n, by_z, s.by_hidden.data(), Epilogue::elu_slope, hidden);
  add_gradient(block.up, n, middle, s.by_hidden.data(), s, gradient);
  push_back(block.up, n, s.by_hidden.data(), by_z, Epilogue::accumulate);

  add_gradient(block.out, n, s.seen[index].data(), by_z, s, gradient);
  push_back(block.out, n, by_z, s.by_seen.data(), Epilogue::store);
  std::fill(s.by_score.begin(), s.by_score.end(), 0.0f);
  kernels_->attend_back(attention(block, index, rows, s));
  for (int head = 0; head < shape_.heads; ++head) {
    float* relations = gradient + block.relations + static_cast<size_t>(head) * signal::kRelations;
    for (int key = 0; key < tokens; ++key)
      for (int query = 0; query < tokens; ++query)
        relations[shape_.layout.tokens[query].relations[key]] +=
            s.by_score[(static_cast<size_t>(head) * tokens + key) * kPanel + query];
  }
  add_gradient(block.qkv, n, before, s.by_qkv.data(), s, gradient);
  push_back(block.qkv, n, s.by_qkv.data(), by_z, Epilogue::accumulate);
}

void TokenNet::backward(const float* x, int rows, const float* dy, NetScratch& memory, float* gradient, float* dx) const {
  TokenScratch& s = static_cast<TokenScratch&>(memory);
  MB_CHECK(rows <= s.rows());
  static_cast<void>(x);  // taken apart by forward
  const int n = rows * shape_.tokens();
  const int tokens = shape_.tokens();
  std::fill_n(s.crossed.begin(), static_cast<size_t>(n) * tokens, 0.0f);
  for (int i = 0; i < n; ++i) s.crossed[static_cast<size_t>(i) * tokens + i % tokens] = dy[i];
  add_gradient(head_, n, s.z.back().data(), s.crossed.data(), s, gradient);
  push_back(head_, n, s.crossed.data(), s.by_z.data(), Epilogue::store);
  for (int b = shape_.blocks - 1; b >= 0; --b) block_back(blocks_[b], b, rows, s, gradient);
  times_slope(s.z[0].data(), static_cast<size_t>(n) * shape_.width, s.by_z.data());
  add_gradient(own_, n, s.own.data(), s.by_z.data(), s, gradient);
  add_gradient(global_, rows, s.global.data(), s.by_z.data(), s, gradient);
  if (dx) write_input_gradient(rows, s, dx);
}

void TokenNet::write_input_gradient(int rows, TokenScratch& s, float* dx) const {
  push_back(own_, rows * shape_.tokens(), s.by_z.data(), s.by_own.data(), Epilogue::store);
  push_back(global_, rows, s.by_z.data(), s.by_global.data(), Epilogue::store);
  const float *own = s.by_own.data(), *global = s.by_global.data();
  std::fill_n(dx, static_cast<size_t>(rows) * inputs_, 0.0f);
  for (int r = 0; r < rows; ++r, dx += inputs_) {
    for (const int place : shape_.layout.globals) dx[place] += *global++;
    for (const signal::Token& token : shape_.layout.tokens) {
      for (const int place : token.inputs) {
        if (place >= 0) dx[place] += *own;
        ++own;
      }
    }
  }
}

}  // namespace manybody::policy
