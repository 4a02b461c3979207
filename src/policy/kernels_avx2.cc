// AVX2 and FMA, used only where the processor has them: the attribute stands on each function, not on the build.
#include "policy/kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define MB_TARGET __attribute__((target("avx2,fma")))

namespace manybody::policy {
namespace {

#define MB_OP MB_TARGET static inline __attribute__((always_inline))
struct V {
  using Reg = __m256;
  static constexpr int width = 8;
  MB_OP Reg zero() { return _mm256_setzero_ps(); }
  MB_OP Reg set1(float x) { return _mm256_set1_ps(x); }
  MB_OP Reg load(const float* p) { return _mm256_loadu_ps(p); }
  MB_OP void store(float* p, Reg x) { _mm256_storeu_ps(p, x); }
  MB_OP Reg fmadd(Reg a, Reg b, Reg c) { return _mm256_fmadd_ps(a, b, c); }
  MB_OP Reg add(Reg a, Reg b) { return _mm256_add_ps(a, b); }
  MB_OP Reg sub(Reg a, Reg b) { return _mm256_sub_ps(a, b); }
  MB_OP Reg mul(Reg a, Reg b) { return _mm256_mul_ps(a, b); }
  MB_OP Reg div(Reg a, Reg b) { return _mm256_div_ps(a, b); }
  MB_OP Reg sqrt(Reg a) { return _mm256_sqrt_ps(a); }
  MB_OP Reg min(Reg a, Reg b) { return _mm256_min_ps(a, b); }
  MB_OP Reg max(Reg a, Reg b) { return _mm256_max_ps(a, b); }
  MB_OP Reg round(Reg a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  MB_OP Reg exp2i(Reg n) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23));
  }
  // where test > 0: yes, else no; not-a-number takes `yes` so that it is seen
  MB_OP Reg select_positive(Reg test, Reg yes, Reg no) {
    return _mm256_blendv_ps(yes, no, _mm256_cmp_ps(test, zero(), _CMP_LE_OQ));
  }
};
#undef MB_OP

constexpr int kTileRows = 6;
#include "policy/kernels_attention.inc"
#include "policy/kernels_simd.inc"

}  // namespace

const Kernels* avx2_kernels() {
  static const Kernels kernels{"avx2", multiply, elu, adam, add, normalise, attend, attend_back};
  static const bool has = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return has ? &kernels : nullptr;
}

}  // namespace manybody::policy
#else
namespace manybody::policy {
const Kernels* avx2_kernels() { return nullptr; }
}  // namespace manybody::policy
#endif
