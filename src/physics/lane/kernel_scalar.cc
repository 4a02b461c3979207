// The lane engine for one world at a time: the reference of every other build, on any processor.
#define MB_LANE_SET scalar
#include "physics/lane/group.h"

namespace manybody::physics::lane {

const Kernel<float>* scalar_float() {
  static constexpr Kernel<float> kernel = Entry<float>::kernel("scalar float");
  return &kernel;
}
const Kernel<double>* scalar_double() {
  static constexpr Kernel<double> kernel = Entry<double>::kernel("scalar double");
  return &kernel;
}

}  // namespace manybody::physics::lane
