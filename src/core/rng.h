// Reproducible random numbers: xoshiro256++ seeded by splitmix64, one stream per (seed, stream).
//
// Writes: uniform doubles in [0, 1), normals by the polar method (both halves used, so state includes the spare).
// Method: Blackman & Vigna, "Scrambled Linear Pseudorandom Number Generators", ACM TOMS 47 (2021).
// Limits: not for cryptography. The same numbers on every machine: no std:: distribution is used.
#pragma once

#include <array>
#include <cstdint>

namespace manybody::core {

class Rng {
 public:
  explicit Rng(uint64_t seed = 1, uint64_t stream = 0);

  uint64_t next();
  double uniform();                         // [0, 1)
  double uniform(double low, double high);  // [low, high)
  double normal();                          // mean 0, deviation 1
  int below(int n);                         // 0 … n-1

  // The whole state, for checkpoints: 4 words, then the spare normal's bits and whether it is there.
  std::array<uint64_t, 6> state() const;
  void set_state(const std::array<uint64_t, 6>& words);

 private:
  std::array<uint64_t, 4> s_{};
  double spare_ = 0;
  bool has_spare_ = false;
};

}  // namespace manybody::core
