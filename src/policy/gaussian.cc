#include "policy/gaussian.h"

#include <cmath>
#include <numbers>

#include "core/error.h"

namespace manybody::policy {
namespace {
const double kHalfLogTwoPi = 0.5 * std::log(2 * std::numbers::pi);
}

void Deviation::set(std::span<const float> log_deviation) {
  MB_CHECK(log_deviation.size() == log.size());
  log_sum = 0;
  for (size_t i = 0; i < log.size(); ++i) {
    log[i] = log_deviation[i];
    value[i] = std::exp(static_cast<double>(log[i]));
    inverse[i] = 1 / value[i];
    log_sum += log[i];
  }
}

double log_probability(const float* mean, const Deviation& s, const float* action) {
  double squares = 0;
  for (int i = 0; i < s.size(); ++i) {
    const double z = (static_cast<double>(action[i]) - mean[i]) * s.inverse[i];
    squares += z * z;
  }
  return -0.5 * squares - s.log_sum - s.size() * kHalfLogTwoPi;
}

double entropy(const Deviation& s) { return s.log_sum + s.size() * (0.5 + kHalfLogTwoPi); }

double divergence(const float* from_mean, const Deviation& from, const float* to_mean, const Deviation& to) {
  double sum = 0;
  for (int i = 0; i < to.size(); ++i) {
    const double ratio = from.value[i] * to.inverse[i];
    const double shift = (static_cast<double>(from_mean[i]) - to_mean[i]) * to.inverse[i];
    sum += ratio * ratio + shift * shift - 1;
  }
  return to.log_sum - from.log_sum + 0.5 * sum;
}

void sample(const float* mean, const Deviation& s, core::Rng& rng, float* action) {
  for (int i = 0; i < s.size(); ++i) action[i] = static_cast<float>(mean[i] + s.value[i] * rng.normal());
}

void add_log_probability_gradient(const float* mean, const Deviation& s, const float* action, double scale, float* by_mean,
                                  float* by_log_deviation) {
  for (int i = 0; i < s.size(); ++i) {
    const double z = (static_cast<double>(action[i]) - mean[i]) * s.inverse[i];
    by_mean[i] += static_cast<float>(scale * z * s.inverse[i]);
    by_log_deviation[i] += static_cast<float>(scale * (z * z - 1));
  }
}

}  // namespace manybody::policy
