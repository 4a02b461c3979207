// What a core gives: `policy_bench`. FLOP counts 2 per multiply-add; a training pass is forward, weight and input gradients.
#include <benchmark/benchmark.h>

#include <cmath>
#include <vector>

#include "policy/mlp.h"

namespace manybody::policy {
namespace {

std::vector<int> shape(int inputs, int outputs) { return {inputs, 128, 128, 128, outputs}; }

double forward_flop(const Mlp& net) {
  double sum = 0;
  for (int layer = 0; layer < net.layers(); ++layer) sum += 2.0 * net.sizes()[layer] * net.sizes()[layer + 1];
  return sum;
}

double training_flop(const Mlp& net) { return 3 * forward_flop(net) - 2.0 * net.sizes()[0] * net.sizes()[1]; }

void count_flop(benchmark::State& state, double flop) {
  const double all = flop * 1e-9 * static_cast<double>(state.iterations());
  state.counters["GFLOP/s"] = benchmark::Counter(all, benchmark::Counter::kIsRate);
}

struct Case {
  Mlp net;
  MlpScratch scratch;
  std::vector<float> parameters, x, y, dy, gradient;

  Case(const Kernels& kernels, int rows, int inputs, int outputs)
      : net(shape(inputs, outputs), kernels),
        scratch(net, rows),
        parameters(net.parameter_count()),
        x(rows * inputs),
        y(rows * outputs),
        dy(rows * outputs),
        gradient(net.parameter_count()) {
    core::Rng rng(1);
    net.initialise(parameters, rng, 0.1);
    net.load(parameters);
    for (float& v : x) v = static_cast<float>(rng.normal());
    for (float& v : dy) v = static_cast<float>(rng.normal());
  }
};

void run_forward(benchmark::State& state, const Kernels* kernels) {
  if (!kernels) return state.SkipWithError("not on this processor");
  const int rows = static_cast<int>(state.range(0));
  Case c(*kernels, rows, 96, 29);
  for (auto _ : state) c.net.forward(c.x.data(), rows, c.scratch, c.y.data()), benchmark::ClobberMemory();
  count_flop(state, forward_flop(c.net) * rows);
}

void run_training(benchmark::State& state, const Kernels* kernels) {
  if (!kernels) return state.SkipWithError("not on this processor");
  const int rows = static_cast<int>(state.range(0));
  Case c(*kernels, rows, 96, 29);
  for (auto _ : state) {
    c.net.forward(c.x.data(), rows, c.scratch, c.y.data());
    c.net.backward(c.x.data(), rows, c.dy.data(), c.scratch, c.gradient.data());
    benchmark::ClobberMemory();
  }
  count_flop(state, training_flop(c.net) * rows);
  state.SetItemsProcessed(state.iterations() * rows);
}

// The three loops anyone would write first, at the same optimisation level.
void run_naive(benchmark::State& state) {
  const int rows = static_cast<int>(state.range(0));
  Case c(scalar_kernels(), rows, 96, 29);
  std::vector<float> a(rows * 128), b(rows * 128);
  for (auto _ : state) {
    const float* input = c.x.data();
    for (int layer = 0; layer < c.net.layers(); ++layer) {
      const int n = c.net.sizes()[layer], m = c.net.sizes()[layer + 1];
      const float* weight = c.parameters.data() + c.net.weight_offset(layer);
      float* out = layer % 2 ? b.data() : a.data();
      for (int r = 0; r < rows; ++r) {
        for (int o = 0; o < m; ++o) {
          float sum = 0;
          for (int i = 0; i < n; ++i) sum += input[r * n + i] * weight[o * n + i];
          out[r * m + o] = sum > 0 ? sum : std::expm1(sum);
        }
      }
      input = out;
    }
    benchmark::DoNotOptimize(input);
    benchmark::ClobberMemory();
  }
  count_flop(state, forward_flop(c.net) * rows);
}

BENCHMARK_CAPTURE(run_forward, best, &best_kernels())->Arg(1)->Arg(64)->Arg(128);
BENCHMARK_CAPTURE(run_forward, scalar, &scalar_kernels())->Arg(64);
BENCHMARK_CAPTURE(run_training, best, &best_kernels())->Arg(48)->Arg(64)->Arg(96)->Arg(128);
BENCHMARK_CAPTURE(run_training, scalar, &scalar_kernels())->Arg(64);
BENCHMARK(run_naive)->Arg(64);

}  // namespace
}  // namespace manybody::policy
