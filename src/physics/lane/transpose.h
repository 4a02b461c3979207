// Between worlds' rows of numbers and lanes: W rows of n numbers become n values of W lanes, and back.
//
// Method: blocks of eight by eight through registers where eight floats are a register (AVX2), else number by number.
#pragma once

#include <type_traits>

#include "physics/lane/lane.h"

namespace manybody::physics::lane {
inline namespace MB_LANE_SET {

#if defined(__AVX2__)
MB_LANE_INLINE void transpose_block(__m256 (&r)[8]) {
  const __m256 a0 = _mm256_unpacklo_ps(r[0], r[1]), a1 = _mm256_unpackhi_ps(r[0], r[1]);
  const __m256 a2 = _mm256_unpacklo_ps(r[2], r[3]), a3 = _mm256_unpackhi_ps(r[2], r[3]);
  const __m256 a4 = _mm256_unpacklo_ps(r[4], r[5]), a5 = _mm256_unpackhi_ps(r[4], r[5]);
  const __m256 a6 = _mm256_unpacklo_ps(r[6], r[7]), a7 = _mm256_unpackhi_ps(r[6], r[7]);
  const __m256 b0 = _mm256_shuffle_ps(a0, a2, 0x44), b1 = _mm256_shuffle_ps(a0, a2, 0xee);
  const __m256 b2 = _mm256_shuffle_ps(a1, a3, 0x44), b3 = _mm256_shuffle_ps(a1, a3, 0xee);
  const __m256 b4 = _mm256_shuffle_ps(a4, a6, 0x44), b5 = _mm256_shuffle_ps(a4, a6, 0xee);
  const __m256 b6 = _mm256_shuffle_ps(a5, a7, 0x44), b7 = _mm256_shuffle_ps(a5, a7, 0xee);
  r[0] = _mm256_permute2f128_ps(b0, b4, 0x20), r[1] = _mm256_permute2f128_ps(b1, b5, 0x20);
  r[2] = _mm256_permute2f128_ps(b2, b6, 0x20), r[3] = _mm256_permute2f128_ps(b3, b7, 0x20);
  r[4] = _mm256_permute2f128_ps(b0, b4, 0x31), r[5] = _mm256_permute2f128_ps(b1, b5, 0x31);
  r[6] = _mm256_permute2f128_ps(b2, b6, 0x31), r[7] = _mm256_permute2f128_ps(b3, b7, 0x31);
}
template <class V>
inline constexpr bool kBlocks = std::is_same_v<V, Vector<float, 8>>;
#else
template <class V>
inline constexpr bool kBlocks = false;
#endif

template <class V>
MB_LANE_INLINE void rows_to_lanes(const Scalar<V>* const* rows, int n, V* out) {
  constexpr int W = kWidth<V>;
  Scalar<V>* to = reinterpret_cast<Scalar<V>*>(out);
  int i = 0;
#if defined(__AVX2__)
  if constexpr (kBlocks<V>) {
    for (; i + W <= n; i += W) {
      __m256 block[8];
      for (int l = 0; l < 8; ++l) block[l] = _mm256_loadu_ps(rows[l] + i);
      transpose_block(block);
      for (int l = 0; l < 8; ++l) _mm256_storeu_ps(to + (i + l) * W, block[l]);
    }
  }
#endif
  for (; i < n; ++i)
    for (int l = 0; l < W; ++l) to[i * W + l] = rows[l][i];
}

template <class V>
MB_LANE_INLINE void lanes_to_rows(const V* in, int n, Scalar<V>* const* rows) {
  constexpr int W = kWidth<V>;
  const Scalar<V>* from = reinterpret_cast<const Scalar<V>*>(in);
  int i = 0;
#if defined(__AVX2__)
  if constexpr (kBlocks<V>) {
    for (; i + W <= n; i += W) {
      __m256 block[8];
      for (int l = 0; l < 8; ++l) block[l] = _mm256_loadu_ps(from + (i + l) * W);
      transpose_block(block);
      for (int l = 0; l < 8; ++l) _mm256_storeu_ps(rows[l] + i, block[l]);
    }
  }
#endif
  for (; i < n; ++i)
    for (int l = 0; l < W; ++l) rows[l][i] = from[i * W + l];
}

}  // namespace MB_LANE_SET
}  // namespace manybody::physics::lane
