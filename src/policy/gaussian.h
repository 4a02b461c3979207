// The policy's distribution: independent normals around the network's output, deviations that do not depend on the state.
//
// Reads: mean and action (n floats each), a Deviation. Writes: densities, samples, gradients. Natural logarithms.
// Method: log N = -(a - m)^2 / (2 s^2) - log s - log(2 pi)/2 summed over actions; Kullback-Leibler of two such in closed form.
// Limits: sums in double, fixed order; no transcendental function per sample. Errors: none.
#pragma once

#include <span>
#include <vector>

#include "core/rng.h"

namespace manybody::policy {

// Deviations with what is needed of them many times.
struct Deviation {
  explicit Deviation(int n) : log(n), value(n, 1.0), inverse(n, 1.0) {}
  void set(std::span<const float> log_deviation);
  int size() const { return static_cast<int>(log.size()); }

  std::vector<float> log;
  std::vector<double> value, inverse;
  double log_sum = 0;
};

double log_probability(const float* mean, const Deviation& s, const float* action);
double entropy(const Deviation& s);
// KL(from || to): how far `to` has moved, in nats.
double divergence(const float* from_mean, const Deviation& from, const float* to_mean, const Deviation& to);
void sample(const float* mean, const Deviation& s, core::Rng& rng, float* action);
// Adds scale * d log_probability / d mean and / d log_deviation.
void add_log_probability_gradient(const float* mean, const Deviation& s, const float* action, double scale, float* by_mean,
                                  float* by_log_deviation);

}  // namespace manybody::policy
