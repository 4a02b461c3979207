// What a core gives to a network of joint tokens, beside a perceptron on the same observation: `policy_bench --benchmark_filter=tokens`.
// Items are rows: observations acted on, or learned from (forward and backward).
#include <benchmark/benchmark.h>

#include <memory>
#include <vector>

#include "policy/mlp.h"
#include "policy/token_net.h"

namespace manybody::policy {
namespace {

constexpr int kObservation = 144, kTokens = 15, kOwn = 10, kGlobals = 45;  // as all bodies share it, with descriptors

TokenShape shape(int width, int heads, int blocks) {
  TokenShape s;
  s.width = width, s.heads = heads, s.blocks = blocks;
  for (int t = 0; t < kTokens; ++t) {
    signal::Token token;
    for (int i = 0; i < kOwn; ++i) token.inputs.push_back((t * kOwn + i) % kObservation);
    for (int other = 0; other < kTokens; ++other) token.relations.push_back((t + other) % signal::kRelations);
    s.layout.tokens.push_back(token);
  }
  for (int g = 0; g < kGlobals; ++g) s.layout.globals.push_back(g);
  return s;
}

void run(benchmark::State& state, const Net& net, std::vector<float>& parameters, int rows, bool learn) {
  std::vector<float> x(static_cast<size_t>(rows) * net.inputs()), y(static_cast<size_t>(rows) * net.outputs()), dy(y.size());
  std::vector<float> gradient(net.parameter_count());
  core::Rng rng(2);
  for (float& v : x) v = static_cast<float>(rng.normal());
  for (float& v : dy) v = static_cast<float>(rng.normal());
  const auto scratch = net.make_scratch(rows);
  for (auto _ : state) {
    net.forward(x.data(), rows, *scratch, y.data());
    if (learn) net.backward(x.data(), rows, dy.data(), *scratch, gradient.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * rows);
  state.counters["parameters"] = static_cast<double>(parameters.size());
}

void tokens(benchmark::State& state) {
  TokenNet net(shape(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)), static_cast<int>(state.range(2))),
               kObservation);
  std::vector<float> parameters(net.parameter_count());
  core::Rng rng(1);
  net.initialise(parameters, rng, 0.1);
  net.load(parameters);
  run(state, net, parameters, static_cast<int>(state.range(3)), state.range(4) != 0);
}

void tokens_rival_perceptron(benchmark::State& state) {
  Mlp net({kObservation, 128, 128, 128, kTokens});
  std::vector<float> parameters(net.parameter_count());
  core::Rng rng(1);
  net.initialise(parameters, rng, 0.1);
  net.load(parameters);
  run(state, net, parameters, static_cast<int>(state.range(0)), state.range(1) != 0);
}

BENCHMARK(tokens)->ArgNames({"width", "heads", "blocks", "rows", "learn"})->ArgsProduct({{32}, {4}, {1, 2}, {1, 16, 96}, {0, 1}});
BENCHMARK(tokens)->ArgNames({"width", "heads", "blocks", "rows", "learn"})->Args({48, 3, 1, 96, 1});
BENCHMARK(tokens_rival_perceptron)->ArgNames({"rows", "learn"})->ArgsProduct({{1, 96}, {0, 1}});

}  // namespace
}  // namespace manybody::policy
