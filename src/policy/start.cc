#include "policy/start.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace manybody::policy {
namespace {

// Rows of a (rows <= columns) made orthonormal by Gram-Schmidt, twice for accuracy.
void orthonormalise(std::vector<double>& a, int rows, int columns) {
  for (int i = 0; i < rows; ++i) {
    double* row = &a[static_cast<size_t>(i) * columns];
    for (int pass = 0; pass < 2; ++pass) {
      for (int j = 0; j < i; ++j) {
        const double* other = &a[static_cast<size_t>(j) * columns];
        double dot = 0;
        for (int k = 0; k < columns; ++k) dot += row[k] * other[k];
        for (int k = 0; k < columns; ++k) row[k] -= dot * other[k];
      }
    }
    double square = 0;
    for (int k = 0; k < columns; ++k) square += row[k] * row[k];
    const double scale = square > 1e-20 ? 1 / std::sqrt(square) : 0;
    for (int k = 0; k < columns; ++k) row[k] *= scale;
  }
}

}  // namespace

void start_orthogonal(float* weight, int outputs, int inputs, double gain, core::Rng& rng) {
  const bool wide = outputs <= inputs;
  const int rows = std::min(inputs, outputs), columns = std::max(inputs, outputs);
  std::vector<double> a(static_cast<size_t>(rows) * columns);
  for (double& value : a) value = rng.normal();
  orthonormalise(a, rows, columns);
  for (int o = 0; o < outputs; ++o) {
    for (int i = 0; i < inputs; ++i) {
      const size_t at = wide ? static_cast<size_t>(o) * columns + i : static_cast<size_t>(i) * columns + o;
      weight[static_cast<size_t>(o) * inputs + i] = static_cast<float>(gain * a[at]);
    }
  }
}

}  // namespace manybody::policy
