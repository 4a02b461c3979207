// The lane engine for AVX-512: sixteen worlds in float, eight in double.
#define MB_LANE_SET avx512
#if defined(__AVX512F__) && defined(__AVX512DQ__)
#include "physics/lane/group.h"
#else
#include "physics/lane/kernel.h"
#endif

namespace manybody::physics::lane {

#if defined(__AVX512F__) && defined(__AVX512DQ__)
const Kernel<float>* avx512_float() {
  static constexpr Kernel<float> kernel = Entry<Vector<float, 16>>::kernel("avx512 float");
  static const bool able =
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return able ? &kernel : nullptr;
}
const Kernel<double>* avx512_double() {
  static constexpr Kernel<double> kernel = Entry<Vector<double, 8>>::kernel("avx512 double");
  static const bool able =
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return able ? &kernel : nullptr;
}
#else
const Kernel<float>* avx512_float() { return nullptr; }
const Kernel<double>* avx512_double() { return nullptr; }
#endif

}  // namespace manybody::physics::lane
