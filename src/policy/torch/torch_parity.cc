// Network, distribution and optimiser against libtorch's, in the same order of steps. Built with -DMANYBODY_TORCH=DIR only.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <vector>

#include "policy/gaussian.h"
#include "policy/mlp.h"

namespace manybody::policy {
namespace {

constexpr int kRows = 53, kInputs = 45, kActions = 12;

torch::Tensor tensor(const std::vector<float>& values, std::vector<int64_t> shape) {
  return torch::from_blob(const_cast<float*>(values.data()), shape, torch::kFloat32).clone();
}

std::vector<float> random_floats(size_t n, uint64_t seed) {
  core::Rng rng(seed);
  std::vector<float> out(n);
  for (float& v : out) v = static_cast<float>(rng.normal());
  return out;
}

struct Layers {  // the same network made of torch tensors
  std::vector<torch::Tensor> weight, bias;
  Layers(const Mlp& net, const std::vector<float>& w) {
    for (int l = 0; l < net.layers(); ++l) {
      const int n = net.sizes()[l], m = net.sizes()[l + 1];
      weight.push_back(tensor({w.begin() + net.weight_offset(l), w.begin() + net.bias_offset(l)}, {m, n}).requires_grad_());
      bias.push_back(tensor({w.begin() + net.bias_offset(l), w.begin() + net.bias_offset(l) + m}, {m}).requires_grad_());
    }
  }
  torch::Tensor forward(torch::Tensor x) const {
    for (size_t l = 0; l < weight.size(); ++l) {
      x = torch::addmm(bias[l], x, weight[l].t());
      if (l + 1 < weight.size()) x = torch::elu(x);
    }
    return x;
  }
  std::vector<torch::Tensor> all() const {
    std::vector<torch::Tensor> out;
    for (size_t l = 0; l < weight.size(); ++l) out.push_back(weight[l]), out.push_back(bias[l]);
    return out;
  }
};

void expect_near(const torch::Tensor& want, const float* got, double tolerance, const char* what) {
  const torch::Tensor flat = want.detach().contiguous().flatten();
  const double scale = std::max(1e-3, flat.abs().max().item<double>());
  for (int64_t i = 0; i < flat.numel(); ++i) {
    ASSERT_NEAR(got[i], flat[i].item<float>(), tolerance * scale) << what << "[" << i << "]";
  }
}

// Twenty steps of a policy gradient with entropy: forward, log-probability, backward and Adam, each compared.
TEST(Torch, twenty_policy_gradient_steps_agree) {
  Mlp net({kInputs, 128, 128, 128, kActions});
  std::vector<float> w(net.parameter_count() + kActions, -1.05f);
  core::Rng rng(5);
  net.initialise(w, rng, 0.5);
  Layers layers(net, w);
  torch::Tensor log_deviation = torch::full({kActions}, -1.05f).requires_grad_();
  std::vector<torch::Tensor> parameters = layers.all();
  parameters.push_back(log_deviation);
  torch::optim::Adam optimiser(parameters, torch::optim::AdamOptions(1e-3));

  MlpScratch scratch(net, kRows);
  Deviation deviation(kActions);
  std::vector<float> mean(kRows * kActions), m1(w.size()), m2(w.size());
  for (int step = 1; step <= 20; ++step) {
    const std::vector<float> x = random_floats(kRows * kInputs, 100 + step), action = random_floats(kRows * kActions, 200 + step),
                             advantage = random_floats(kRows, 300 + step);
    const torch::Tensor theirs = layers.forward(tensor(x, {kRows, kInputs}));
    const torch::Tensor z = (tensor(action, {kRows, kActions}) - theirs) / log_deviation.exp();
    const torch::Tensor log_p = (-0.5 * z * z - log_deviation - 0.9189385332046727).sum(1);
    const torch::Tensor loss = -(log_p * tensor(advantage, {kRows})).mean() - 0.01 * (log_deviation + 1.4189385332046727).sum();
    optimiser.zero_grad();
    loss.backward();

    net.load(w);
    deviation.set(std::span<const float>(w).subspan(net.parameter_count()));
    net.forward(x.data(), kRows, scratch, mean.data());
    expect_near(theirs, mean.data(), 2e-5, "mean");
    std::vector<float> by_mean(mean.size()), gradient(w.size()), log_probabilities(kRows);
    for (int r = 0; r < kRows; ++r) {
      const float *m = &mean[r * kActions], *a = &action[r * kActions];
      log_probabilities[r] = static_cast<float>(log_probability(m, deviation, a));
      add_log_probability_gradient(m, deviation, a, -advantage[r] / kRows, &by_mean[r * kActions],
                                   &gradient[net.parameter_count()]);
    }
    expect_near(log_p, log_probabilities.data(), 1e-5, "log probability");
    for (int i = 0; i < kActions; ++i) gradient[net.parameter_count() + i] -= 0.01f;
    net.backward(x.data(), kRows, by_mean.data(), scratch, gradient.data());
    for (int l = 0; l < net.layers(); ++l) {
      expect_near(layers.weight[l].grad(), &gradient[net.weight_offset(l)], 1e-4, "weight gradient");
      expect_near(layers.bias[l].grad(), &gradient[net.bias_offset(l)], 1e-4, "bias gradient");
    }
    expect_near(log_deviation.grad(), &gradient[net.parameter_count()], 1e-4, "deviation gradient");

    optimiser.step();
    const float c1 = static_cast<float>(1 / (1 - std::pow(0.9, step))), c2 = static_cast<float>(1 / (1 - std::pow(0.999, step)));
    best_kernels().adam({1e-3f, 0.9f, 0.999f, 1e-8f, c1, c2, 1}, w.size(), gradient.data(), w.data(), m1.data(), m2.data());
    for (int l = 0; l < net.layers(); ++l) expect_near(layers.weight[l], &w[net.weight_offset(l)], 2e-4, "weight");
    expect_near(log_deviation, &w[net.parameter_count()], 2e-4, "log deviation");
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace manybody::policy
