// Where this build has no CUDA back end: what is said when it is asked for. With MANYBODY_CUDA, cuda.cu takes its place.
#include "physics/lane/device.h"

#include "core/error.h"

namespace manybody::physics::lane {

#if !defined(MANYBODY_CUDA)
std::string cuda_absence() { return "this build has no CUDA back end"; }
std::unique_ptr<Device> make_cuda_device(const DeviceModel&, const DeviceArrays&) { return nullptr; }
#endif

void require_cuda() {
  const std::string absence = cuda_absence();
  if (absence.empty()) return;
#if defined(MANYBODY_CUDA)
  throw core::UserError("physics = \"cuda\"", absence,
                        "an NVIDIA GPU of compute capability 8.0 or newer with its driver, or physics = \"lanes\"");
#else
  throw core::UserError("physics = \"cuda\"", absence, "a build with `cmake --preset gpu`, or physics = \"lanes\"");
#endif
}

}  // namespace manybody::physics::lane
