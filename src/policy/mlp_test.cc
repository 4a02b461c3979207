#include "policy/mlp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <new>

#include "policy/gaussian.h"
#include "policy/normaliser.h"
#include "policy/test_parts.h"

// Every allocation of this test program is counted, so that "allocates nothing" can be proven.
namespace {
thread_local long allocations = 0;
}
#define MB_KEEP __attribute__((noinline))  // inlined, the compiler takes malloc and delete for a mismatch
MB_KEEP void* operator new(std::size_t size) {
  ++allocations;
  if (void* at = std::malloc(size ? size : 1)) return at;
  throw std::bad_alloc();
}
MB_KEEP void* operator new[](std::size_t size) { return operator new(size); }
MB_KEEP void operator delete(void* at) noexcept { std::free(at); }
MB_KEEP void operator delete[](void* at) noexcept { std::free(at); }
MB_KEEP void operator delete(void* at, std::size_t) noexcept { std::free(at); }
MB_KEEP void operator delete[](void* at, std::size_t) noexcept { std::free(at); }

namespace manybody::policy {

long allocation_count() { return allocations; }

namespace {

// The textbook loops in double: the oracle.
std::vector<double> reference_forward(const Mlp& net, const std::vector<double>& parameters, const std::vector<double>& x,
                                      int rows) {
  std::vector<double> in = x, out;
  for (int layer = 0; layer < net.layers(); ++layer) {
    const int n = net.sizes()[layer], m = net.sizes()[layer + 1];
    out.assign(static_cast<size_t>(rows) * m, 0);
    for (int r = 0; r < rows; ++r) {
      for (int o = 0; o < m; ++o) {
        double sum = parameters[net.bias_offset(layer) + o];
        for (int i = 0; i < n; ++i) sum += parameters[net.weight_offset(layer) + o * n + i] * in[r * n + i];
        out[r * m + o] = layer + 1 < net.layers() && sum < 0 ? std::expm1(sum) : sum;
      }
    }
    in = out;
  }
  return out;
}

double weighted_sum(const std::vector<double>& y, const std::vector<float>& dy) {
  double sum = 0;
  for (size_t i = 0; i < y.size(); ++i) sum += y[i] * dy[i];
  return sum;
}

struct Problem {
  Mlp net;
  int rows;
  std::vector<float> parameters, x, dy, y, gradient, dx;
  Problem(const Kernels& kernels, std::vector<int> sizes, int row_count)
      : net(std::move(sizes), kernels),
        rows(row_count),
        parameters(net.parameter_count()),
        x(random_floats(static_cast<size_t>(rows) * net.inputs(), 2)),
        dy(random_floats(static_cast<size_t>(rows) * net.outputs(), 3)),
        y(dy.size()),
        gradient(net.parameter_count()),
        dx(x.size()) {
    core::Rng rng(1);
    net.initialise(parameters, rng, 0.7);
    for (int layer = 0; layer < net.layers(); ++layer) {
      float* bias = &parameters[net.bias_offset(layer)];
      for (int o = 0; o < net.sizes()[layer + 1]; ++o) bias[o] = static_cast<float>(0.1 * rng.normal());
    }
    net.load(parameters);
    MlpScratch scratch(net, rows + 3);
    net.forward(x.data(), rows, scratch, y.data());
    net.backward(x.data(), rows, dy.data(), scratch, gradient.data(), dx.data());
  }
};

TEST(Mlp, forward_matches_the_textbook_in_double) {
  for (const Kernels* kernels : all_kernels()) {
    for (const int rows : {1, 5, 6, 13, 97}) {
      const Problem p(*kernels, {19, 128, 33, 7, 29}, rows);
      const std::vector<double> want =
          reference_forward(p.net, {p.parameters.begin(), p.parameters.end()}, {p.x.begin(), p.x.end()}, rows);
      for (size_t i = 0; i < want.size(); ++i) {
        ASSERT_NEAR(p.y[i], want[i], 2e-5) << kernels->name << " rows " << rows << " at " << i;
      }
    }
  }
}

TEST(Mlp, gradients_match_finite_differences) {
  for (const Kernels* kernels : all_kernels()) {
    const Problem p(*kernels, {11, 40, 17, 5}, 23);
    std::vector<double> w(p.parameters.begin(), p.parameters.end()), x(p.x.begin(), p.x.end());
    constexpr double h = 1e-5;
    auto slope = [&](double& value) {
      const double keep = value;
      value = keep + h;
      const double plus = weighted_sum(reference_forward(p.net, w, x, p.rows), p.dy);
      value = keep - h;
      const double minus = weighted_sum(reference_forward(p.net, w, x, p.rows), p.dy);
      value = keep;
      return (plus - minus) / (2 * h);
    };
    for (size_t i = 0; i < w.size(); i += 7) {
      const double want = slope(w[i]);
      ASSERT_NEAR(p.gradient[i], want, 2e-4 * (1 + std::abs(want))) << kernels->name << " parameter " << i;
    }
    for (size_t i = 0; i < x.size(); i += 3) {
      const double want = slope(x[i]);
      ASSERT_NEAR(p.dx[i], want, 2e-4 * (1 + std::abs(want))) << kernels->name << " input " << i;
    }
  }
}

TEST(Mlp, simd_matches_scalar) {
  const Problem scalar(scalar_kernels(), {45, 128, 128, 64, 29}, 61);
  for (const Kernels* kernels : all_kernels()) {
    const Problem p(*kernels, {45, 128, 128, 64, 29}, 61);
    for (size_t i = 0; i < p.y.size(); ++i) ASSERT_NEAR(p.y[i], scalar.y[i], 1e-5) << kernels->name;
    for (size_t i = 0; i < p.gradient.size(); ++i) {
      ASSERT_NEAR(p.gradient[i], scalar.gradient[i], 1e-4 * (1 + std::abs(scalar.gradient[i]))) << kernels->name;
    }
  }
}

TEST(Mlp, avx512_gives_the_bits_of_avx2) {
  if (!avx512_kernels()) GTEST_SKIP() << "this processor has no AVX-512";
  const Problem a(*avx2_kernels(), {45, 128, 128, 64, 29}, 61), b(*avx512_kernels(), {45, 128, 128, 64, 29}, 61);
  EXPECT_EQ(a.y, b.y);
  EXPECT_EQ(a.gradient, b.gradient);
  EXPECT_EQ(a.dx, b.dx);
}

TEST(Mlp, row_does_not_depend_on_the_rows_beside_it) {
  const Problem p(best_kernels(), {45, 128, 128, 29}, 64);
  MlpScratch scratch(p.net, 64);
  std::vector<float> y(29);
  for (const int row : {0, 5, 40, 63}) {
    p.net.forward(p.x.data() + row * 45, 1, scratch, y.data());
    for (int o = 0; o < 29; ++o) ASSERT_EQ(y[o], p.y[row * 29 + o]) << row;
  }
}

TEST(Mlp, gradient_is_added_to_what_is_there) {
  Problem p(best_kernels(), {9, 20, 3}, 10);
  const std::vector<float> once = p.gradient;
  MlpScratch scratch(p.net, 10);
  p.net.forward(p.x.data(), 10, scratch, p.y.data());
  p.net.backward(p.x.data(), 10, p.dy.data(), scratch, p.gradient.data());
  for (size_t i = 0; i < once.size(); ++i) ASSERT_NEAR(p.gradient[i], 2 * once[i], 1e-5 * (1 + std::abs(once[i])));
}

TEST(Mlp, step_does_not_allocate) {
  Problem p(best_kernels(), {45, 128, 128, 29}, 64);
  MlpScratch scratch(p.net, 64);
  std::vector<float> moment1(p.parameters.size()), moment2(p.parameters.size());
  const long before = allocations;
  p.net.forward(p.x.data(), 64, scratch, p.y.data());
  p.net.backward(p.x.data(), 64, p.dy.data(), scratch, p.gradient.data(), p.dx.data());
  best_kernels().adam({1e-3f, 0.9f, 0.999f, 1e-8f, 10, 1000, 1}, p.parameters.size(), p.gradient.data(), p.parameters.data(),
                      moment1.data(), moment2.data());
  p.net.load(p.parameters);
  EXPECT_EQ(allocations, before);
  std::vector<float> proof(10);
  EXPECT_EQ(allocations, before + 1);  // the counter counts
}

TEST(Mlp, start_is_orthogonal_with_the_asked_gain) {
  const Mlp net({48, 32, 4});
  std::vector<float> w(net.parameter_count());
  core::Rng rng(3);
  net.initialise(w, rng, 0.01);
  for (int a = 0; a < 32; ++a) {
    for (int b = 0; b <= a; ++b) {
      double dot = 0;
      for (int i = 0; i < 48; ++i) dot += static_cast<double>(w[a * 48 + i]) * w[b * 48 + i];
      ASSERT_NEAR(dot, a == b ? 2.0 : 0.0, 1e-5);
    }
  }
  double last = 0;
  for (int i = 0; i < 32; ++i) last += static_cast<double>(w[net.weight_offset(1) + i]) * w[net.weight_offset(1) + i];
  EXPECT_NEAR(std::sqrt(last), 0.01, 1e-6);
}

TEST(Kernels, elu_is_accurate_over_all_of_its_range) {
  for (const Kernels* kernels : all_kernels()) {
    std::vector<float> x;
    for (double v = 1e-8; v < 120; v *= 1.0137) x.push_back(static_cast<float>(-v)), x.push_back(static_cast<float>(v));
    x.insert(x.end(), {0.0f, -0.34657f, -0.34658f, -1e-30f});
    std::vector<float> y = x;
    kernels->elu(y.data(), y.size());
    for (size_t i = 0; i < x.size(); ++i) {
      const double want = x[i] > 0 ? x[i] : std::expm1(static_cast<double>(x[i]));
      ASSERT_NEAR(y[i], want, 4e-7 * std::abs(want) + 1e-37) << kernels->name << " x " << x[i];
    }
  }
}

TEST(Kernels, nan_is_never_hidden) {
  for (const Kernels* kernels : all_kernels()) {
    std::vector<float> x(9, 1.0f), y(9);
    const std::vector<float> mean(9, 0.0f), inverse(9, 1.0f);
    x[2] = x[8] = std::nanf("");
    kernels->normalise(9, x.data(), mean.data(), inverse.data(), 5, y.data());
    EXPECT_TRUE(std::isnan(y[2]) && std::isnan(y[8]) && y[0] == 1.0f) << kernels->name;
    kernels->elu(x.data(), x.size());
    EXPECT_TRUE(std::isnan(x[2]) && std::isnan(x[8])) << kernels->name;
  }
}

TEST(Kernels, adam_matches_the_formula_in_double) {
  for (const Kernels* kernels : all_kernels()) {
    const size_t n = 37;
    std::vector<float> weight = random_floats(n, 5), moment1(n), moment2(n);
    std::vector<double> w(weight.begin(), weight.end()), m(n), v(n);
    for (int step = 1; step <= 20; ++step) {
      const std::vector<float> gradient = random_floats(n, 100 + step, 0.3);
      const double c1 = 1 / (1 - std::pow(0.9, step)), c2 = 1 / (1 - std::pow(0.999, step));
      kernels->adam({1e-2f, 0.9f, 0.999f, 1e-8f, static_cast<float>(c1), static_cast<float>(c2), 0.5f}, n, gradient.data(),
                    weight.data(), moment1.data(), moment2.data());
      for (size_t i = 0; i < n; ++i) {
        const double g = 0.5 * gradient[i];
        m[i] = 0.9 * m[i] + 0.1 * g, v[i] = 0.999 * v[i] + 0.001 * g * g;
        w[i] -= 1e-2 * m[i] * c1 / (std::sqrt(v[i] * c2) + 1e-8);
      }
    }
    for (size_t i = 0; i < n; ++i) ASSERT_NEAR(weight[i], w[i], 1e-5) << kernels->name;
  }
}

TEST(Kernels, adam_gives_an_element_the_same_bits_wherever_the_split_lies) {
  const size_t n = 101;
  const std::vector<float> gradient = random_floats(n, 8);
  const AdamStep step{1e-2f, 0.9f, 0.999f, 1e-8f, 10, 1000, 1};
  std::vector<float> whole = random_floats(n, 9), parts = whole, m1(n), m2(n), p1(n), p2(n);
  best_kernels().adam(step, n, gradient.data(), whole.data(), m1.data(), m2.data());
  for (size_t begin = 0, width = 1; begin < n; begin += width, width += 6) {
    best_kernels().adam(step, std::min(width, n - begin), gradient.data() + begin, parts.data() + begin, p1.data() + begin,
                        p2.data() + begin);
  }
  EXPECT_EQ(whole, parts);
}

TEST(Gaussian, density_and_divergence_match_numerical_integrals) {
  Deviation a(1), b(1);
  a.set(std::vector<float>{-0.4f}), b.set(std::vector<float>{-0.1f});
  const float mean_a = 0.3f, mean_b = -0.2f;
  double mass = 0, kl = 0, disorder = 0;
  constexpr double step = 1e-3;
  for (double x = -8; x < 8; x += step) {
    const float at = static_cast<float>(x);
    const double log_a = log_probability(&mean_a, a, &at), log_b = log_probability(&mean_b, b, &at);
    mass += std::exp(log_a) * step, kl += std::exp(log_a) * (log_a - log_b) * step, disorder -= std::exp(log_a) * log_a * step;
  }
  EXPECT_NEAR(mass, 1, 1e-5);
  EXPECT_NEAR(kl, divergence(&mean_a, a, &mean_b, b), 1e-5);
  EXPECT_NEAR(disorder, entropy(a), 1e-5);
  EXPECT_NEAR(divergence(&mean_a, a, &mean_a, a), 0, 1e-12);
}

TEST(Gaussian, samples_have_the_mean_and_deviation_asked_for) {
  Deviation s(2);
  s.set(std::vector<float>{-1.0f, 0.2f});
  const float mean[2] = {0.5f, -2.0f};
  core::Rng rng(4);
  double sum[2] = {}, square[2] = {};
  constexpr int n = 40000;
  for (int i = 0; i < n; ++i) {
    float x[2];
    sample(mean, s, rng, x);
    for (int j = 0; j < 2; ++j) sum[j] += x[j], square[j] += (x[j] - mean[j]) * (x[j] - mean[j]);
  }
  for (int j = 0; j < 2; ++j) {
    EXPECT_NEAR(sum[j] / n, mean[j], 0.03);
    EXPECT_NEAR(std::sqrt(square[j] / n), s.value[j], 0.02);
  }
}

TEST(Normaliser, merged_parts_match_one_pass_over_all) {
  const std::vector<float> x = random_floats(1000 * 3, 6);
  Normaliser whole(3), first(3), second(3);
  whole.add(x.data(), 1000);
  for (int r = 0; r < 300; r += 10) first.add(x.data() + r * 3, 10);
  second.add(x.data() + 300 * 3, 700);
  first.merge(second);
  whole.refresh(), first.refresh();
  for (int i = 0; i < 3; ++i) {
    double mean = 0, square = 0;
    for (int r = 0; r < 1000; ++r) mean += x[r * 3 + i] / 1000;
    for (int r = 0; r < 1000; ++r) square += (x[r * 3 + i] - mean) * (x[r * 3 + i] - mean) / 1000;
    EXPECT_NEAR(whole.mean()[i], mean, 1e-6);
    EXPECT_NEAR(whole.deviation()[i], std::sqrt(square) + 0.01, 1e-6);
    EXPECT_NEAR(first.mean()[i], mean, 1e-6);
    EXPECT_NEAR(first.deviation()[i], whole.deviation()[i], 1e-6);
  }
}

TEST(Normaliser, frozen_statistics_stay_and_a_constant_input_is_not_blown_up) {
  Normaliser n(2);
  const float x[4] = {1, 7, 3, 7};
  n.add(x, 2);
  n.refresh();
  n.freeze();
  const float far[2] = {1000, 7.001f};
  n.add(far, 1);
  n.refresh();
  float y[2];
  n.apply(far, 1, y);
  EXPECT_EQ(n.mean()[0], 2);
  EXPECT_EQ(y[0], 10);           // clipped
  EXPECT_NEAR(y[1], 0.1, 1e-3);  // 0.001 over the floor of 0.01
}

TEST(Normaliser, state_round_trip_keeps_every_bit) {
  const std::vector<float> x = random_floats(50 * 4, 6);
  Normaliser a(4), b(4);
  a.add(x.data(), 30);
  a.refresh();
  a.add(x.data() + 120, 20);  // statistics ahead of the snapshot
  ASSERT_TRUE(b.set_state(a.state()));
  EXPECT_EQ(a.state(), b.state());
  a.refresh(), b.refresh();
  EXPECT_EQ(a.state(), b.state());
  std::vector<double> broken = a.state();
  broken[3] = std::nan("");
  EXPECT_FALSE(b.set_state(broken));
  EXPECT_FALSE(b.set_state(std::vector<double>(5)));
}

}  // namespace
}  // namespace manybody::policy
