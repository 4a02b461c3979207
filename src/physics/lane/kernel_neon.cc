// The lane engine for 64-bit Arm: four worlds in float, two in double.
#define MB_LANE_SET neon
#if defined(__ARM_NEON) && defined(__aarch64__)
#include "physics/lane/group.h"
#else
#include "physics/lane/kernel.h"
#endif

namespace manybody::physics::lane {

#if defined(__ARM_NEON) && defined(__aarch64__)
const Kernel<float>* neon_float() {
  static constexpr Kernel<float> kernel = Entry<Vector<float, 4>>::kernel("neon float");
  static const bool able = true;
  return able ? &kernel : nullptr;
}
const Kernel<double>* neon_double() {
  static constexpr Kernel<double> kernel = Entry<Vector<double, 2>>::kernel("neon double");
  static const bool able = true;
  return able ? &kernel : nullptr;
}
#else
const Kernel<float>* neon_float() { return nullptr; }
const Kernel<double>* neon_double() { return nullptr; }
#endif

}  // namespace manybody::physics::lane
