// Running mean and deviation of each observation, and what the network sees: clip((x - mean) / (deviation + floor)).
//
// Reads: rows of floats. Writes: normalised rows. Statistics in double; `apply` uses a float snapshot taken by `refresh`, the
// very numbers a bundle exports, so that training and the robot compute the same bits.
// Method: Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances" (1979).
// Limits: `apply` allocates nothing and may run on many threads. Not-a-number passes through. Errors: none.
#pragma once

#include <span>
#include <vector>

#include "policy/kernels.h"

namespace manybody::policy {

class Normaliser {
 public:
  explicit Normaliser(int size, double clip = 10, double floor = 0.01, const Kernels& kernels = best_kernels());
  // A frozen one from exported numbers.
  Normaliser(std::span<const float> mean, std::span<const float> deviation, double clip, const Kernels& kernels = best_kernels());

  int size() const { return static_cast<int>(mean_.size()); }
  double count() const { return count_; }
  float clip() const { return clip_; }
  bool frozen() const { return frozen_; }
  void freeze() { frozen_ = true; }

  void add(const float* x, int rows);   // statistics only; nothing when frozen
  void merge(const Normaliser& other);  // as if the other's rows had been added
  void refresh();                       // the snapshot becomes the present statistics
  void apply(const float* x, int rows, float* y) const;

  std::span<const float> mean() const { return snapshot_mean_; }
  std::span<const float> deviation() const { return snapshot_deviation_; }  // floor included

  // Everything, for checkpoints: count, frozen, then means, sums of squares, snapshot mean, snapshot deviation.
  std::vector<double> state() const;
  bool set_state(std::span<const double> state);  // false when it does not fit or is not finite

 private:
  void combine(double count, const double* mean, const double* squares);

  double floor_;
  float clip_;
  bool frozen_ = false;
  const Kernels* kernels_;
  double count_ = 0;
  std::vector<double> mean_, squares_, batch_mean_, batch_squares_;
  std::vector<float> snapshot_mean_, snapshot_deviation_, snapshot_inverse_;
};

}  // namespace manybody::policy
