#include "learn/optimiser.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace manybody::learn {

double norm_of(std::span<const float> values) {
  double lanes[8] = {};
  size_t i = 0;
  for (; i + 8 <= values.size(); i += 8) {
    for (int j = 0; j < 8; ++j) lanes[j] += static_cast<double>(values[i + j]) * values[i + j];
  }
  for (; i < values.size(); ++i) lanes[0] += static_cast<double>(values[i]) * values[i];
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return std::sqrt(sum);
}

Adam::Adam(size_t size, const policy::Kernels& chosen) : moment1(size), moment2(size), kernels(&chosen) {}

bool Adam::step(std::span<float> weights, std::span<const float> gradient, double norm, double rate, double longest,
                core::Pool& pool) {
  MB_CHECK(weights.size() == moment1.size() && gradient.size() == moment1.size());
  if (!std::isfinite(norm)) return false;
  ++steps;
  policy::AdamStep s{};
  s.rate = static_cast<float>(rate);
  s.beta1 = static_cast<float>(beta1), s.beta2 = static_cast<float>(beta2), s.epsilon = static_cast<float>(epsilon);
  s.correction1 = static_cast<float>(1 / (1 - std::pow(beta1, static_cast<double>(steps))));
  s.correction2 = static_cast<float>(1 / (1 - std::pow(beta2, static_cast<double>(steps))));
  s.scale = norm > longest ? static_cast<float>(longest / norm) : 1.0f;
  pool.split(static_cast<int>(weights.size()), [&](int begin, int end, int) {
    kernels->adam(s, static_cast<size_t>(end - begin), gradient.data() + begin, weights.data() + begin, moment1.data() + begin,
                  moment2.data() + begin);
  });
  return true;
}

}  // namespace manybody::learn
