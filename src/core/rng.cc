#include "core/rng.h"

#include <bit>
#include <cmath>

namespace manybody::core {
namespace {

uint64_t splitmix(uint64_t& x) {
  uint64_t z = (x += 0x9e3779b97f4a7c15ull);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

}  // namespace

Rng::Rng(uint64_t seed, uint64_t stream) {
  uint64_t x = seed;
  uint64_t y = splitmix(x) ^ (stream * 0xd1342543de82ef95ull + 0x2545f4914f6cdd1dull);
  for (uint64_t& word : s_) word = splitmix(y);
}

uint64_t Rng::next() {
  const uint64_t result = std::rotl(s_[0] + s_[3], 23) + s_[0];
  const uint64_t t = s_[1] << 17;
  s_[2] ^= s_[0];
  s_[3] ^= s_[1];
  s_[1] ^= s_[2];
  s_[0] ^= s_[3];
  s_[2] ^= t;
  s_[3] = std::rotl(s_[3], 45);
  return result;
}

double Rng::uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
double Rng::uniform(double low, double high) { return low + (high - low) * uniform(); }
int Rng::below(int n) { return static_cast<int>(uniform() * n); }

double Rng::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  double u, v, r;
  do {
    u = 2 * uniform() - 1;
    v = 2 * uniform() - 1;
    r = u * u + v * v;
  } while (r >= 1 || r == 0);
  const double scale = std::sqrt(-2 * std::log(r) / r);
  spare_ = v * scale;
  has_spare_ = true;
  return u * scale;
}

std::array<uint64_t, 6> Rng::state() const {
  return {s_[0], s_[1], s_[2], s_[3], std::bit_cast<uint64_t>(spare_), has_spare_ ? 1ull : 0ull};
}

void Rng::set_state(const std::array<uint64_t, 6>& words) {
  for (int i = 0; i < 4; ++i) s_[i] = words[i];
  spare_ = std::bit_cast<double>(words[4]);
  has_spare_ = words[5] != 0;
}

}  // namespace manybody::core
