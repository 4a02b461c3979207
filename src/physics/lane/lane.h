// One value in each of W worlds: the arithmetic type of the lane engine.
//
// For: writing the physics once. `V` is float or double (one world; also what a CUDA thread uses) or a vector of them; the
//   stages use only operators and the functions below, so every instruction set runs the same source.
// Method: the compiler's vector types; a few intrinsics where the operators do not reach (min, max, sqrt, round, any).
// Limits: a file that includes this is compiled for one instruction set; MB_LANE_SET names it and keeps its code apart.
#pragma once

#include <cmath>
#include <cstdint>
#include <type_traits>

#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
#endif

#include "core/device.h"

#ifndef MB_LANE_SET
#define MB_LANE_SET scalar
#endif

// MB_LANE_THREADS: the lanes of a group are threads of a warp, each with a V of one number; what they decide together goes through
// a vote. So on a GPU, and in the warp emulated on the processor (warp.cc).
#if defined(__CUDACC__)
#define MB_LANE_THREADS 1
#define MB_LANE_INLINE static __device__ __forceinline__
#else
#define MB_LANE_INLINE static inline __attribute__((always_inline))
#endif

namespace manybody::physics::lane {
inline namespace MB_LANE_SET {

#if defined(__CUDACC__)
MB_LANE_INLINE bool warp_any(bool own) { return __any_sync(~0u, own) != 0; }
MB_LANE_INLINE int warp_most(int own) { return __reduce_max_sync(~0u, own); }
#elif defined(MB_LANE_THREADS)
bool warp_any(bool own);
int warp_most(int own);
#endif

#if !defined(__CUDACC__)
template <class T, int W>
struct VectorOf {
  typedef T type __attribute__((vector_size(W * sizeof(T))));
};
template <class T>
struct VectorOf<T, 1> {
  using type = T;
};
template <class T, int W>
using Vector = typename VectorOf<T, W>::type;
#endif

template <class V>
struct LaneTraits;
template <>
struct LaneTraits<float> {
  using Scalar = float;
  using Mask = bool;
  static constexpr int kWidth = 1;
};
template <>
struct LaneTraits<double> {
  using Scalar = double;
  using Mask = bool;
  static constexpr int kWidth = 1;
};
#if !defined(__CUDACC__)
template <class T, class I, int W>
struct VectorTraits {
  using Scalar = T;
  using Mask = Vector<I, W>;
  static constexpr int kWidth = W;
};
template <>
struct LaneTraits<Vector<float, 4>> : VectorTraits<float, int32_t, 4> {};
template <>
struct LaneTraits<Vector<float, 8>> : VectorTraits<float, int32_t, 8> {};
template <>
struct LaneTraits<Vector<float, 16>> : VectorTraits<float, int32_t, 16> {};
template <>
struct LaneTraits<Vector<double, 2>> : VectorTraits<double, int64_t, 2> {};
template <>
struct LaneTraits<Vector<double, 4>> : VectorTraits<double, int64_t, 4> {};
template <>
struct LaneTraits<Vector<double, 8>> : VectorTraits<double, int64_t, 8> {};
#endif

template <class V>
using Scalar = typename LaneTraits<V>::Scalar;
template <class V>
using Mask = typename LaneTraits<V>::Mask;
template <class V>
inline constexpr int kWidth = LaneTraits<V>::kWidth;
template <class V>
inline constexpr bool kOne = LaneTraits<V>::kWidth == 1;

template <class V>
MB_LANE_INLINE V splat(double value) {
  const auto s = static_cast<Scalar<V>>(value);
  if constexpr (kOne<V>) return s;
  else return s - V{};
}

template <class V>
MB_LANE_INLINE Scalar<V> get(const V& v, int lane) {
  if constexpr (kOne<V>) return v;
  else return v[lane];
}
template <class V>
MB_LANE_INLINE void set(V& v, int lane, Scalar<V> value) {
  if constexpr (kOne<V>) v = value;
  else v[lane] = value;
}

template <class V>
MB_LANE_INLINE V select(Mask<V> mask, V yes, V no) {
  return mask ? yes : no;
}

template <class V>
MB_LANE_INLINE Mask<V> mask_of(bool value) {
  if constexpr (kOne<V>) return value;
  else return value ? ~Mask<V>{} : Mask<V>{};
}
template <class V>
MB_LANE_INLINE bool mask_get(const Mask<V>& m, int lane) {
  if constexpr (kOne<V>) return m;
  else return m[lane] != 0;
}
template <class V>
MB_LANE_INLINE void mask_set(Mask<V>& m, int lane, bool value) {
  if constexpr (kOne<V>) m = value;
  else m[lane] = value ? -1 : 0;
}
template <class V>
MB_LANE_INLINE Mask<V> mask_not(Mask<V> m) {
  if constexpr (kOne<V>) return !m;
  else return ~m;
}

// Is it so in any lane? One bit a lane.
template <class V>
MB_LANE_INLINE unsigned bits(Mask<V> m) {
  if constexpr (kOne<V>) {
    return m ? 1u : 0u;
  } else {
#if defined(__AVX512F__)
    if constexpr (sizeof(m) == 64 && sizeof(Scalar<V>) == 4) {
      return static_cast<unsigned>(_mm512_movepi32_mask(reinterpret_cast<__m512i>(m)));
    } else if constexpr (sizeof(m) == 64) {
      return static_cast<unsigned>(_mm512_movepi64_mask(reinterpret_cast<__m512i>(m)));
    } else
#endif
#if defined(__AVX2__)
        if constexpr (sizeof(m) == 32 && sizeof(Scalar<V>) == 4) {
      return static_cast<unsigned>(_mm256_movemask_ps(reinterpret_cast<__m256>(m)));
    } else if constexpr (sizeof(m) == 32) {
      return static_cast<unsigned>(_mm256_movemask_pd(reinterpret_cast<__m256d>(m)));
    } else
#endif
    {
      unsigned out = 0;
      for (int i = 0; i < kWidth<V>; ++i) out |= m[i] ? 1u << i : 0u;
      return out;
    }
  }
}
template <class V>
MB_LANE_INLINE bool any(Mask<V> m) {
#if defined(MB_LANE_THREADS)
  return warp_any(m);
#else
  return bits<V>(m) != 0;
#endif
}

template <class V>
MB_LANE_INLINE V min(V a, V b) {
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<V, Vector<float, 16>>) return _mm512_min_ps(a, b);
  else if constexpr (std::is_same_v<V, Vector<double, 8>>) return _mm512_min_pd(a, b);
  else
#endif
#if defined(__AVX2__)
      if constexpr (std::is_same_v<V, Vector<float, 8>>)
    return _mm256_min_ps(a, b);
  else if constexpr (std::is_same_v<V, Vector<double, 4>>) return _mm256_min_pd(a, b);
  else
#endif
    return a < b ? a : b;
}
template <class V>
MB_LANE_INLINE V max(V a, V b) {
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<V, Vector<float, 16>>) return _mm512_max_ps(a, b);
  else if constexpr (std::is_same_v<V, Vector<double, 8>>) return _mm512_max_pd(a, b);
  else
#endif
#if defined(__AVX2__)
      if constexpr (std::is_same_v<V, Vector<float, 8>>)
    return _mm256_max_ps(a, b);
  else if constexpr (std::is_same_v<V, Vector<double, 4>>) return _mm256_max_pd(a, b);
  else
#endif
    return a > b ? a : b;
}
template <class V>
MB_LANE_INLINE V abs(V a) {
  return max<V>(a, -a);
}
// Where |a| is not below a limit: also for what is no number.
template <class V>
MB_LANE_INLINE Mask<V> beyond(V a, double limit) {
  return mask_not<V>(abs<V>(a) < splat<V>(limit));
}
template <class V>
MB_LANE_INLINE V clamp(V a, V low, V high) {
  return min<V>(max<V>(a, low), high);
}

template <class V>
MB_LANE_INLINE V sqrt(V a) {
  if constexpr (kOne<V>) {
    return std::sqrt(a);
  } else {
#if defined(__AVX512F__)
    if constexpr (std::is_same_v<V, Vector<float, 16>>) return _mm512_sqrt_ps(a);
    else if constexpr (std::is_same_v<V, Vector<double, 8>>) return _mm512_sqrt_pd(a);
    else
#endif
#if defined(__AVX2__)
        if constexpr (std::is_same_v<V, Vector<float, 8>>)
      return _mm256_sqrt_ps(a);
    else if constexpr (std::is_same_v<V, Vector<double, 4>>) return _mm256_sqrt_pd(a);
    else
#endif
#if defined(__ARM_NEON) && defined(__aarch64__)
        if constexpr (std::is_same_v<V, Vector<float, 4>>)
      return vsqrtq_f32(a);
    else if constexpr (std::is_same_v<V, Vector<double, 2>>) return vsqrtq_f64(a);
    else
#endif
    {
      V out{};
      for (int i = 0; i < kWidth<V>; ++i) out[i] = std::sqrt(a[i]);
      return out;
    }
  }
}

// Nearest whole number for |a| well below 2^22 (float) or 2^51 (double): adding and taking away 1.5 x 2^mantissa.
template <class V>
MB_LANE_INLINE V round(V a) {
  const V magic = splat<V>(sizeof(Scalar<V>) == 4 ? 12582912.0 : 6755399441055744.0);
  const V shifted = a + magic;  // kept as written: nothing here is compiled with reassociation
  return shifted - magic;
}

// Sine and cosine: Cody-Waite reduction to |r| <= pi/4 in three parts, then Taylor (float to r^9, double to r^17: below
// one unit in the last place of either type on that interval). |a| up to some thousands.
template <class V>
MB_LANE_INLINE void sin_cos(V a, V& sine, V& cosine) {
  constexpr bool wide = sizeof(Scalar<V>) == 8;
  const V k = round<V>(a * splat<V>(0.63661977236758134308));
  V r;
  if constexpr (wide) {
    r = a - k * splat<V>(1.57079632673412561417e+00);
    r = r - k * splat<V>(6.07710050630396597660e-11);
    r = r - k * splat<V>(2.02226624879595063154e-21);
  } else {
    r = a - k * splat<V>(1.5703125);
    r = r - k * splat<V>(4.837512969970703e-4);
    r = r - k * splat<V>(7.549789948768648e-8);
  }
  const V z = r * r;
  V s, c;
  if constexpr (wide) {
    s = splat<V>(1.0 / 355687428096000.0);
    s = s * z - splat<V>(1.0 / 1307674368000.0);
    s = s * z + splat<V>(1.0 / 6227020800.0);
    s = s * z - splat<V>(1.0 / 39916800.0);
    s = s * z + splat<V>(1.0 / 362880.0);
    c = splat<V>(-1.0 / 6402373705728000.0);
    c = c * z + splat<V>(1.0 / 20922789888000.0);
    c = c * z - splat<V>(1.0 / 87178291200.0);
    c = c * z + splat<V>(1.0 / 479001600.0);
    c = c * z - splat<V>(1.0 / 3628800.0);
    c = c * z + splat<V>(1.0 / 40320.0);
  } else {
    s = splat<V>(1.0 / 362880.0);
    c = splat<V>(-1.0 / 3628800.0);
    c = c * z + splat<V>(1.0 / 40320.0);
  }
  s = s * z - splat<V>(1.0 / 5040.0);
  s = s * z + splat<V>(1.0 / 120.0);
  s = s * z - splat<V>(1.0 / 6.0);
  s = s * z * r + r;
  c = c * z - splat<V>(1.0 / 720.0);
  c = c * z + splat<V>(1.0 / 24.0);
  c = c * z - splat<V>(0.5);
  c = c * z + splat<V>(1.0);
  // Quadrant k mod 4 by arithmetic: odd quadrants swap, the upper ones flip.
  const V half = round<V>(k * splat<V>(0.5) - splat<V>(0.25));  // floor(k / 2)
  const V odd = k - splat<V>(2) * half;
  const V quarter = round<V>(half * splat<V>(0.5) - splat<V>(0.25));
  const V upper = half - splat<V>(2) * quarter;
  const Mask<V> swap = odd > splat<V>(0.5);
  const V flip = splat<V>(1) - splat<V>(2) * upper;
  const V flip_c = select<V>(swap, -flip, flip);
  sine = flip * select<V>(swap, c, s);
  cosine = flip_c * select<V>(swap, s, c);
}

}  // namespace MB_LANE_SET
}  // namespace manybody::physics::lane
