// Adam on one contiguous parameter vector.
//
// Reads: a gradient. Writes: the parameters and two moments. Method: Kingma & Ba, arXiv:1412.6980, gradients shortened to a
// given length first (Pascanu et al., arXiv:1211.5063).
// Limits: element by element, so that the split over threads does not matter. A gradient that is not finite changes nothing.
// Errors: none; `step` says whether it moved.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/pool.h"
#include "policy/kernels.h"

namespace manybody::learn {

// Euclidean length, summed in double in a fixed order.
double norm_of(std::span<const float> values);

struct Adam {
  explicit Adam(size_t size, const policy::Kernels& kernels = policy::best_kernels());

  // False (and nothing changes) when `norm`, the gradient's length, is not finite.
  bool step(std::span<float> weights, std::span<const float> gradient, double norm, double rate, double longest,
            core::Pool& pool);

  std::vector<float> moment1, moment2;
  int64_t steps = 0;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  const policy::Kernels* kernels;
};

}  // namespace manybody::learn
