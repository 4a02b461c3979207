// AVX-512, used only where the processor has it: the attribute stands on each function, not on the build.
#include "policy/kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // GCC 12's own header (bug 105593)
#endif

#define MB_TARGET __attribute__((target("avx512f,avx2,fma")))

namespace manybody::policy {
namespace {

#define MB_OP MB_TARGET static inline __attribute__((always_inline))
struct V {
  using Reg = __m512;
  static constexpr int width = 16;
  MB_OP Reg zero() { return _mm512_setzero_ps(); }
  MB_OP Reg set1(float x) { return _mm512_set1_ps(x); }
  MB_OP Reg load(const float* p) { return _mm512_loadu_ps(p); }
  MB_OP void store(float* p, Reg x) { _mm512_storeu_ps(p, x); }
  MB_OP Reg fmadd(Reg a, Reg b, Reg c) { return _mm512_fmadd_ps(a, b, c); }
  MB_OP Reg add(Reg a, Reg b) { return _mm512_add_ps(a, b); }
  MB_OP Reg sub(Reg a, Reg b) { return _mm512_sub_ps(a, b); }
  MB_OP Reg mul(Reg a, Reg b) { return _mm512_mul_ps(a, b); }
  MB_OP Reg div(Reg a, Reg b) { return _mm512_div_ps(a, b); }
  MB_OP Reg sqrt(Reg a) { return _mm512_sqrt_ps(a); }
  MB_OP Reg min(Reg a, Reg b) { return _mm512_min_ps(a, b); }
  MB_OP Reg max(Reg a, Reg b) { return _mm512_max_ps(a, b); }
  MB_OP Reg round(Reg a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  MB_OP Reg exp2i(Reg n) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127)), 23));
  }
  // where test > 0: yes, else no; not-a-number takes `yes` so that it is seen
  MB_OP Reg select_positive(Reg test, Reg yes, Reg no) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(test, zero(), _CMP_LE_OQ), yes, no);
  }
};
#undef MB_OP

constexpr int kTileRows = 12;
#include "policy/kernels_simd.inc"

}  // namespace

const Kernels* avx512_kernels() {
  // A head is 8 or 16 wide: half vectors do, and what has AVX-512 has AVX2.
  static const Kernels* half = avx2_kernels();
  static const bool has = half && __builtin_cpu_supports("avx512f");
  if (!has) return nullptr;
  static const Kernels kernels{"avx512", multiply, elu, adam, add, normalise, half->attend, half->attend_back};
  return &kernels;
}

}  // namespace manybody::policy
#else
namespace manybody::policy {
const Kernels* avx512_kernels() { return nullptr; }
}  // namespace manybody::policy
#endif
