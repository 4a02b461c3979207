#include "policy/normaliser.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace manybody::policy {

Normaliser::Normaliser(int size, double clip, double floor, const Kernels& kernels)
    : floor_(floor),
      clip_(static_cast<float>(clip)),
      kernels_(&kernels),
      mean_(size),
      squares_(size),
      batch_mean_(size),
      batch_squares_(size),
      snapshot_mean_(size),
      snapshot_deviation_(size, 1.0f),
      snapshot_inverse_(size, 1.0f) {}

Normaliser::Normaliser(std::span<const float> mean, std::span<const float> deviation, double clip, const Kernels& kernels)
    : Normaliser(static_cast<int>(mean.size()), clip, 0, kernels) {
  MB_CHECK(mean.size() == deviation.size());
  frozen_ = true;
  for (size_t i = 0; i < mean.size(); ++i) {
    snapshot_mean_[i] = mean[i];
    snapshot_deviation_[i] = deviation[i];
    snapshot_inverse_[i] = 1.0f / deviation[i];
    mean_[i] = mean[i];
  }
}

void Normaliser::add(const float* x, int rows) {
  if (frozen_ || rows == 0) return;
  const int n = size();
  std::fill(batch_mean_.begin(), batch_mean_.end(), 0.0);
  std::fill(batch_squares_.begin(), batch_squares_.end(), 0.0);
  for (int r = 0; r < rows; ++r) {
    for (int i = 0; i < n; ++i) batch_mean_[i] += x[static_cast<ptrdiff_t>(r) * n + i];
  }
  for (double& mean : batch_mean_) mean /= rows;
  for (int r = 0; r < rows; ++r) {
    for (int i = 0; i < n; ++i) {
      const double d = x[static_cast<ptrdiff_t>(r) * n + i] - batch_mean_[i];
      batch_squares_[i] += d * d;
    }
  }
  combine(rows, batch_mean_.data(), batch_squares_.data());
}

void Normaliser::merge(const Normaliser& other) {
  MB_CHECK(other.size() == size());
  if (!frozen_ && other.count_ > 0) combine(other.count_, other.mean_.data(), other.squares_.data());
}

void Normaliser::combine(double count, const double* mean, const double* squares) {
  const double total = count_ + count, share = count / total;
  for (int i = 0; i < size(); ++i) {
    const double d = mean[i] - mean_[i];
    mean_[i] += d * share;
    squares_[i] += squares[i] + d * d * count_ * share;
  }
  count_ = total;
}

void Normaliser::refresh() {
  if (frozen_ || count_ < 2) return;
  for (int i = 0; i < size(); ++i) {
    snapshot_mean_[i] = static_cast<float>(mean_[i]);
    snapshot_deviation_[i] = static_cast<float>(std::sqrt(squares_[i] / count_) + floor_);
    snapshot_inverse_[i] = 1.0f / snapshot_deviation_[i];
  }
}

void Normaliser::apply(const float* x, int rows, float* y) const {
  const size_t n = mean_.size();
  for (int r = 0; r < rows; ++r) {
    kernels_->normalise(n, x + r * n, snapshot_mean_.data(), snapshot_inverse_.data(), clip_, y + r * n);
  }
}

std::vector<double> Normaliser::state() const {
  std::vector<double> state{count_, frozen_ ? 1.0 : 0.0};
  state.insert(state.end(), mean_.begin(), mean_.end());
  state.insert(state.end(), squares_.begin(), squares_.end());
  state.insert(state.end(), snapshot_mean_.begin(), snapshot_mean_.end());
  state.insert(state.end(), snapshot_deviation_.begin(), snapshot_deviation_.end());
  return state;
}

bool Normaliser::set_state(std::span<const double> state) {
  const size_t n = mean_.size();
  if (state.size() != 2 + 4 * n) return false;
  if (!std::all_of(state.begin(), state.end(), [](double v) { return std::isfinite(v); })) return false;
  count_ = state[0], frozen_ = state[1] != 0;
  for (size_t i = 0; i < n; ++i) {
    mean_[i] = state[2 + i], squares_[i] = state[2 + n + i];
    snapshot_mean_[i] = static_cast<float>(state[2 + 2 * n + i]);
    snapshot_deviation_[i] = static_cast<float>(state[2 + 3 * n + i]);
    if (!(snapshot_deviation_[i] > 0)) return false;
    snapshot_inverse_[i] = 1.0f / snapshot_deviation_[i];
  }
  return true;
}

}  // namespace manybody::policy
