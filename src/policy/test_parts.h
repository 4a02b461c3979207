// What several tests of this room share: random numbers, every kernel this machine has, the count of allocations.
#pragma once

#include <vector>

#include "core/rng.h"
#include "policy/kernels.h"

namespace manybody::policy {

long allocation_count();  // of this thread; mlp_test.cc counts them

inline std::vector<float> random_floats(size_t n, uint64_t seed, double scale = 1) {
  core::Rng rng(seed);
  std::vector<float> out(n);
  for (float& v : out) v = static_cast<float>(scale * rng.normal());
  return out;
}

inline std::vector<const Kernels*> all_kernels() {
  std::vector<const Kernels*> out{&scalar_kernels()};
  for (const Kernels* k : {avx2_kernels(), avx512_kernels()}) {
    if (k) out.push_back(k);
  }
  return out;
}

}  // namespace manybody::policy
