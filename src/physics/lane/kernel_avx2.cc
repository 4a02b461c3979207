// The lane engine for AVX2 and FMA: eight worlds in float, four in double.
#define MB_LANE_SET avx2
#if defined(__AVX2__) && defined(__FMA__)
#include "physics/lane/group.h"
#else
#include "physics/lane/kernel.h"
#endif

namespace manybody::physics::lane {

#if defined(__AVX2__) && defined(__FMA__)
const Kernel<float>* avx2_float() {
  static constexpr Kernel<float> kernel = Entry<Vector<float, 8>>::kernel("avx2 float");
  static const bool able = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return able ? &kernel : nullptr;
}
const Kernel<double>* avx2_double() {
  static constexpr Kernel<double> kernel = Entry<Vector<double, 4>>::kernel("avx2 double");
  static const bool able = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return able ? &kernel : nullptr;
}
#else
const Kernel<float>* avx2_float() { return nullptr; }
const Kernel<double>* avx2_double() { return nullptr; }
#endif

}  // namespace manybody::physics::lane
