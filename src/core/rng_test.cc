#include "core/rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

namespace manybody::core {
namespace {

constexpr int kDraws = 200000;

TEST(Rng, generator_matches_the_published_recurrence) {
  // xoshiro256++ from the state {1, 2, 3, 4}: the reference sequence of the authors' C code.
  Rng rng;
  rng.set_state({1, 2, 3, 4, 0, 0});
  for (const uint64_t expected : {41943041ull, 58720359ull, 3588806011781223ull, 3591011842654386ull, 9228616714210784205ull}) {
    EXPECT_EQ(rng.next(), expected);
  }
}

TEST(Rng, same_seed_same_numbers_other_seed_or_stream_other_numbers) {
  Rng a(7, 3), b(7, 3), seed(8, 3), stream(7, 4);
  for (int i = 0; i < 100; ++i) {
    const uint64_t value = a.next();
    EXPECT_EQ(value, b.next());
    EXPECT_NE(value, seed.next());
    EXPECT_NE(value, stream.next());
  }
}

TEST(Rng, first_numbers_of_many_streams_are_all_different) {
  std::set<uint64_t> seen;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    for (uint64_t stream = 0; stream < 200; ++stream) seen.insert(Rng(seed, stream).next());
  }
  EXPECT_EQ(seen.size(), 50u * 200u);
}

TEST(Rng, uniform_matches_closed_form_moments) {
  Rng rng(1);
  double sum = 0, square = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = rng.uniform();
    ASSERT_GE(x, 0.0);
    ASSERT_LT(x, 1.0);
    sum += x, square += x * x;
  }
  const double mean = sum / kDraws, variance = square / kDraws - mean * mean;
  EXPECT_NEAR(mean, 0.5, 5 * std::sqrt(1.0 / 12 / kDraws));            // five standard errors
  EXPECT_NEAR(variance, 1.0 / 12, 5 * std::sqrt(1.0 / 180 / kDraws));  // Var((x-1/2)²) = 1/80 - 1/144 = 1/180
}

TEST(Rng, normal_matches_the_closed_form_distribution) {
  Rng rng(2);
  std::vector<double> draws(kDraws);
  for (double& x : draws) x = rng.normal();
  std::sort(draws.begin(), draws.end());
  double worst = 0;  // Kolmogorov-Smirnov distance to the error function
  for (int i = 0; i < kDraws; ++i) {
    const double cdf = 0.5 * std::erfc(-draws[i] / std::sqrt(2.0));
    worst = std::max({worst, std::abs(cdf - (i + 1.0) / kDraws), std::abs(cdf - static_cast<double>(i) / kDraws)});
  }
  EXPECT_LT(worst, 1.95 / std::sqrt(kDraws));  // one in a thousand draws of a right generator is further away
}

TEST(Rng, normals_are_not_correlated_with_their_neighbours_or_other_streams) {
  Rng a(3, 0), b(3, 1);
  double neighbour = 0, other = 0, last = a.normal();
  for (int i = 0; i < kDraws; ++i) {
    const double x = a.normal();
    neighbour += x * last;
    other += x * b.normal();
    last = x;
  }
  EXPECT_LT(std::abs(neighbour / kDraws), 5 / std::sqrt(kDraws));
  EXPECT_LT(std::abs(other / kDraws), 5 / std::sqrt(kDraws));
}

TEST(Rng, below_is_even_by_chi_square) {
  Rng rng(4);
  int counts[7] = {};
  for (int i = 0; i < kDraws; ++i) {
    const int k = rng.below(7);
    ASSERT_GE(k, 0);
    ASSERT_LT(k, 7);
    ++counts[k];
  }
  double chi = 0;
  for (int c : counts) chi += (c - kDraws / 7.0) * (c - kDraws / 7.0) / (kDraws / 7.0);
  EXPECT_LT(chi, 22.46);  // 6 degrees of freedom, p = 0.001
}

TEST(Rng, saved_state_continues_exactly_also_between_the_halves_of_a_normal) {
  Rng a(9, 2);
  a.normal();  // leaves a spare behind
  const auto state = a.state();
  Rng b;
  b.set_state(state);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(a.normal(), b.normal());
    EXPECT_EQ(a.next(), b.next());
  }
  EXPECT_EQ(a.state(), b.state());
}

}  // namespace
}  // namespace manybody::core
