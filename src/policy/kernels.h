// The arithmetic under the networks: matrix products with ELU, and Adam, each for the instruction sets a machine may have.
//
// Reads, writes: row-major float32. A right-hand matrix is packed first into panels of 16 columns (`pack_*`), zero-padded.
// Method: register-blocked tiles (6x16 AVX2, 12x16 AVX-512), each element one fused chain over k, so that AVX2 and AVX-512
//   give the same bits and a row's result does not depend on the rows beside it. ELU: exp(x) - 1 by reduction to
//   |r| <= ln2/2 and Taylor to r^7 (relative error below 4e-7). Adam: Kingma & Ba, arXiv:1412.6980. Attention: Vaswani et al.,
//   arXiv:1706.03762, in vectors of 8, the same on AVX2 and AVX-512.
// Limits: float32; no denormal handling; nothing is allocated. Errors: none (sizes are the caller's business).
#pragma once

#include <cstddef>

namespace manybody::policy {

inline constexpr int kPanel = 16;  // columns of a packed panel

// Floats that `columns` x `depth` take when packed.
size_t packed_size(int depth, int columns);
// b is depth x columns, rows b_stride apart.
void pack_rows(int depth, int columns, const float* b, int b_stride, float* packed);
// b is columns x depth (transposed), rows b_stride apart.
void pack_columns(int depth, int columns, const float* b, int b_stride, float* packed);

enum class Epilogue {
  store,       // c = ab + bias
  elu,         // c = elu(ab + bias)
  accumulate,  // c += ab
  residual,    // c = ab + bias + other
  elu_slope,   // c = ab * elu'(.), the slope read from the activation y in `other`
};

struct Product {  // c (rows x columns) from a (rows x depth) and packed b (depth x columns)
  int rows = 0, columns = 0, depth = 0;
  const float* a = nullptr;
  int a_row = 0, a_depth = 1;  // strides of a, so that a transposed a needs no copy
  const float* packed = nullptr;
  const float* bias = nullptr;   // per column or null; not of `accumulate` and `elu_slope`
  const float* other = nullptr;  // with c's stride; `residual` and `elu_slope` (activations) only
  float* c = nullptr;
  int c_row = 0;
  Epilogue epilogue = Epilogue::store;
};

struct AdamStep {
  float rate, beta1, beta2, epsilon;
  float correction1, correction2;  // 1 / (1 - beta^t)
  float scale;                     // of the gradient (norm clipping)
};

// Every token looks at every token, several heads side by side. Lanes are queries: kPanel of them, those beyond `tokens` idle.
struct Attention {
  int rows = 0, tokens = 0, heads = 0, size = 0;  // tokens <= kPanel; size of a head: 8 or 16
  const float* qkv = nullptr;                     // rows * tokens x 3 * heads * size: queries, keys, values
  const float* bias = nullptr;                    // heads x key x lane, added to the scores
  const float* mask = nullptr;                    // rows x key, added to the scores: 0, or kMasked where a key is not to be seen
  float* probability = nullptr;                   // rows x heads x key x lane; written by attend, read by attend_back
  float* out = nullptr;                           // rows * tokens x heads * size
  // attend_back:
  const float* by_out = nullptr;
  float* by_qkv = nullptr;   // written
  float* by_bias = nullptr;  // heads x key x lane, added to
};
inline constexpr float kMasked = -1e4f;

struct Kernels {
  const char* name;
  void (*multiply)(const Product& p);
  void (*elu)(float* x, size_t n);  // in place
  void (*adam)(const AdamStep& step, size_t n, const float* gradient, float* weight, float* moment1, float* moment2);
  void (*add)(size_t n, const float* from, float* into);  // into += from
  // y = clip((x - mean) * inverse_deviation), one row of n
  void (*normalise)(size_t n, const float* x, const float* mean, const float* inverse, float clip, float* y);
  void (*attend)(const Attention& a);  // out = softmax(q k' / sqrt(size) + bias + mask) v
  void (*attend_back)(const Attention& a);
};

const Kernels& scalar_kernels();
const Kernels* avx2_kernels();  // null where the build or the processor has none
const Kernels* avx512_kernels();
const Kernels& best_kernels();  // the fastest this processor has; chosen once. MANYBODY_ISA=scalar|avx2 overrides

}  // namespace manybody::policy
