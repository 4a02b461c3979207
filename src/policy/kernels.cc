#include "policy/kernels.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace manybody::policy {
namespace {

// exp(x) - 1 for x <= 0: x = n ln2 + r, then 2^n (e^r - 1) + (2^n - 1), which cancels nothing near zero.
float elu_one(float x) {
  if (!(x < 0)) return x;
  const float clamped = std::max(x, -87.0f);
  const float n = std::nearbyint(clamped * 1.44269504f);
  const float r = (clamped - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.0f / 5040;
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r * r + r;
  const float scale = std::bit_cast<float>((static_cast<int32_t>(n) + 127) << 23);
  return scale * p + (scale - 1);
}

void finish_row(const Product& p, int row, int column, int width, const float* sum) {
  float* c = p.c + static_cast<ptrdiff_t>(row) * p.c_row + column;
  for (int j = 0; j < width; ++j) {
    const float biased = p.bias ? sum[j] + p.bias[column + j] : sum[j];
    switch (p.epilogue) {
      case Epilogue::store:
        c[j] = biased;
        break;
      case Epilogue::elu:
        c[j] = elu_one(biased);
        break;
      case Epilogue::accumulate:
        c[j] += sum[j];
        break;
      case Epilogue::residual:
        c[j] = biased + p.other[static_cast<ptrdiff_t>(row) * p.c_row + column + j];
        break;
      case Epilogue::elu_slope: {
        const float y = p.other[static_cast<ptrdiff_t>(row) * p.c_row + column + j];
        c[j] = y > 0 ? sum[j] : sum[j] * (y + 1);
      }
    }
  }
}

void multiply(const Product& p) {
  for (int column = 0; column < p.columns; column += kPanel) {
    const float* panel = p.packed + static_cast<size_t>(column) * p.depth;
    const int width = std::min(kPanel, p.columns - column);
    for (int row = 0; row < p.rows; ++row) {
      float sum[kPanel] = {};
      const float* a = p.a + static_cast<ptrdiff_t>(row) * p.a_row;
      for (int k = 0; k < p.depth; ++k) {
        const float value = a[static_cast<ptrdiff_t>(k) * p.a_depth];
        for (int j = 0; j < kPanel; ++j) sum[j] += value * panel[k * kPanel + j];
      }
      finish_row(p, row, column, width, sum);
    }
  }
}

void elu(float* x, size_t n) {
  for (size_t i = 0; i < n; ++i) x[i] = elu_one(x[i]);
}

void adam(const AdamStep& s, size_t n, const float* gradient, float* weight, float* moment1, float* moment2) {
  for (size_t i = 0; i < n; ++i) {
    const float g = gradient[i] * s.scale;
    moment1[i] = s.beta1 * moment1[i] + (1 - s.beta1) * g;
    moment2[i] = s.beta2 * moment2[i] + (1 - s.beta2) * (g * g);
    const float root = std::sqrt(moment2[i] * s.correction2) + s.epsilon;
    weight[i] -= s.rate * (moment1[i] * s.correction1) / root;
  }
}

void add(size_t n, const float* from, float* into) {
  for (size_t i = 0; i < n; ++i) into[i] += from[i];
}

void normalise(size_t n, const float* x, const float* mean, const float* inverse, float clip, float* y) {
  for (size_t i = 0; i < n; ++i) y[i] = std::min(std::max((x[i] - mean[i]) * inverse[i], -clip), clip);
}

// Eight floats as the attention's text knows them, for any processor.
struct V {
  struct Reg {
    float at[8];
  };
  static constexpr int width = 8;
  template <class F>
  static Reg each(const F& f) {
    Reg out;
    for (int i = 0; i < width; ++i) out.at[i] = f(i);
    return out;
  }
  static Reg zero() { return set1(0); }
  static Reg set1(float x) {
    return each([&](int) { return x; });
  }
  static Reg load(const float* p) {
    return each([&](int i) { return p[i]; });
  }
  static void store(float* p, const Reg& x) { std::memcpy(p, x.at, sizeof x.at); }
  static Reg fmadd(const Reg& a, const Reg& b, const Reg& c) {
    return each([&](int i) { return a.at[i] * b.at[i] + c.at[i]; });
  }
  static Reg add(const Reg& a, const Reg& b) {
    return each([&](int i) { return a.at[i] + b.at[i]; });
  }
  static Reg sub(const Reg& a, const Reg& b) {
    return each([&](int i) { return a.at[i] - b.at[i]; });
  }
  static Reg mul(const Reg& a, const Reg& b) {
    return each([&](int i) { return a.at[i] * b.at[i]; });
  }
  static Reg div(const Reg& a, const Reg& b) {
    return each([&](int i) { return a.at[i] / b.at[i]; });
  }
  static Reg max(const Reg& a, const Reg& b) {  // not-a-number in b comes out
    return each([&](int i) { return a.at[i] > b.at[i] ? a.at[i] : b.at[i]; });
  }
  static Reg round(const Reg& a) {
    return each([&](int i) { return std::nearbyint(a.at[i]); });
  }
  static Reg exp2i(const Reg& n) {
    return each(
        [&](int i) { return n.at[i] == n.at[i] ? std::bit_cast<float>((static_cast<int32_t>(n.at[i]) + 127) << 23) : n.at[i]; });
  }
};

#define MB_TARGET
#include "policy/kernels_attention.inc"

const Kernels& choose() {
  const char* wanted = std::getenv("MANYBODY_ISA");
  const std::string_view isa = wanted ? wanted : "";
  if (isa == "scalar") return scalar_kernels();
  if (isa != "avx2" && avx512_kernels()) return *avx512_kernels();
  if (avx2_kernels()) return *avx2_kernels();
  return scalar_kernels();
}

}  // namespace

size_t packed_size(int depth, int columns) { return static_cast<size_t>(depth) * ((columns + kPanel - 1) / kPanel * kPanel); }

void pack_rows(int depth, int columns, const float* b, int b_stride, float* packed) {
  for (int column = 0; column < columns; column += kPanel) {
    const int width = std::min(kPanel, columns - column);
    for (int k = 0; k < depth; ++k, packed += kPanel) {
      const float* from = b + static_cast<ptrdiff_t>(k) * b_stride + column;
      if (width == kPanel) {
        std::memcpy(packed, from, sizeof(float) * kPanel);
      } else {
        for (int j = 0; j < kPanel; ++j) packed[j] = j < width ? from[j] : 0.0f;
      }
    }
  }
}

void pack_columns(int depth, int columns, const float* b, int b_stride, float* packed) {
  for (int column = 0; column < columns; column += kPanel, packed += static_cast<size_t>(depth) * kPanel) {
    for (int j = 0; j < kPanel; ++j) {
      const float* from = b + static_cast<ptrdiff_t>(column + j) * b_stride;
      for (int k = 0; k < depth; ++k) packed[k * kPanel + j] = column + j < columns ? from[k] : 0.0f;
    }
  }
}

const Kernels& scalar_kernels() {
  static const Kernels kernels{"scalar", multiply, elu, adam, add, normalise, attend, attend_back};
  return kernels;
}

const Kernels& best_kernels() {
  static const Kernels& kernels = choose();
  return kernels;
}

}  // namespace manybody::policy
