#include "policy/token_net.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/error.h"
#include "core/files.h"
#include "policy/make_net.h"
#include "policy/mlp.h"
#include "policy/policy.h"
#include "policy/test_parts.h"

namespace manybody::policy {
namespace {

// Tokens 0 … n-1 with three numbers of their own each (the last has one only), then a number "present" each, then five globals. One
// number is read by two tokens and one by a token and as a global.
TokenShape make_shape(int tokens, int width, int heads, int blocks) {
  TokenShape s;
  s.width = width, s.heads = heads, s.blocks = blocks;
  for (int t = 0; t < tokens; ++t) {
    signal::Token token;
    token.inputs = {3 * t, t + 1 < tokens ? 3 * t + 1 : -1, t == 0 ? 5 : 3 * t + 2};
    token.present = 3 * tokens + t;
    for (int other = 0; other < tokens; ++other) token.relations.push_back((7 * t + 5 * other + t * other) % signal::kRelations);
    s.layout.tokens.push_back(token);
  }
  for (int g = 0; g < 5; ++g) s.layout.globals.push_back(g == 4 ? 1 : 4 * tokens + g);
  return s;
}
int inputs_of(const TokenShape& s) { return 4 * s.tokens() + 4; }

using Numbers = std::vector<double>;

// y = W x + b, with the weights taken from the parameters in the order that token_net.h tells.
struct Reader {
  const Numbers& w;
  size_t at = 0;
  Numbers take(size_t n) {
    at += n;
    return {w.begin() + static_cast<ptrdiff_t>(at - n), w.begin() + static_cast<ptrdiff_t>(at)};
  }
};
Numbers times(const Numbers& weight, const Numbers& x, size_t outputs) {
  Numbers y(outputs, 0.0);
  for (size_t o = 0; o < outputs; ++o)
    for (size_t i = 0; i < x.size(); ++i) y[o] += weight[o * x.size() + i] * x[i];
  return y;
}
Numbers plus(Numbers a, const Numbers& b) {
  for (size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}
Numbers elu(Numbers x) {
  for (double& v : x) v = v > 0 ? v : std::expm1(v);
  return x;
}

// One block's attention: textbook softmax over the keys that are there; over all where none is.
std::vector<Numbers> attended(const TokenShape& s, const std::vector<Numbers>& qkv, const Numbers& bias,
                              const std::vector<bool>& there) {
  const int d = s.width, size = d / s.heads, n = s.tokens();
  const bool none = std::count(there.begin(), there.end(), true) == 0;
  std::vector<Numbers> out(n, Numbers(d, 0.0));
  for (int h = 0; h < s.heads; ++h) {
    for (int i = 0; i < n; ++i) {
      Numbers p(n, 0.0);
      double sum = 0;
      for (int j = 0; j < n; ++j) {
        if (!there[j] && !none) continue;
        double score = bias[h * signal::kRelations + s.layout.tokens[i].relations[j]];
        for (int c = 0; c < size; ++c) score += qkv[i][h * size + c] * qkv[j][d + h * size + c] / std::sqrt(size);
        sum += p[j] = std::exp(score);
      }
      for (int j = 0; j < n; ++j)
        for (int c = 0; c < size; ++c) out[i][h * size + c] += p[j] / sum * qkv[j][2 * d + h * size + c];
    }
  }
  return out;
}

// The network in double, a row at a time, one token at a time: the oracle.
Numbers reference(const TokenShape& s, const Numbers& parameters, const double* x) {
  Reader read{parameters};
  const size_t d = s.width, n = s.tokens(), g = s.globals();
  const Numbers own = read.take(d * s.own()), global = read.take(n * d * g), embedding = read.take(n * d);
  Numbers globals;
  for (const int place : s.layout.globals) globals.push_back(x[place]);
  std::vector<Numbers> z;
  std::vector<bool> there;
  for (size_t t = 0; t < n; ++t) {
    Numbers mine;
    for (const int place : s.layout.tokens[t].inputs) mine.push_back(place < 0 ? 0 : x[place]);
    there.push_back(!(x[s.layout.tokens[t].present] < 0));
    const Numbers weight(global.begin() + t * d * g, global.begin() + (t + 1) * d * g);
    const Numbers bias(embedding.begin() + t * d, embedding.begin() + (t + 1) * d);
    z.push_back(elu(plus(plus(times(own, mine, d), times(weight, globals, d)), bias)));
  }
  for (int b = 0; b < s.blocks; ++b) {
    const Numbers qkv_w = read.take(3 * d * d), qkv_b = read.take(3 * d), bias = read.take(s.heads * signal::kRelations);
    const Numbers out_w = read.take(d * d), out_b = read.take(d), up_w = read.take(2 * d * d), up_b = read.take(2 * d);
    const Numbers down_w = read.take(2 * d * d), down_b = read.take(d);
    std::vector<Numbers> qkv;
    for (const Numbers& token : z) qkv.push_back(plus(times(qkv_w, token, 3 * d), qkv_b));
    const std::vector<Numbers> seen = attended(s, qkv, bias, there);
    for (size_t t = 0; t < n; ++t) {
      z[t] = plus(z[t], plus(times(out_w, seen[t], d), out_b));
      z[t] = plus(z[t], plus(times(down_w, elu(plus(times(up_w, z[t], 2 * d), up_b)), d), down_b));
    }
  }
  const Numbers head = read.take(n * d), head_b = read.take(n);
  EXPECT_EQ(read.at, parameters.size());
  Numbers y;
  for (size_t t = 0; t < n; ++t) y.push_back(plus(times(head, z[t], n), head_b)[t]);
  return y;
}

// Absent joints in some rows: the inputs "present" are -1, 0 or 1.
std::vector<float> make_input(const TokenShape& s, int rows, uint64_t seed) {
  const int n = inputs_of(s);
  std::vector<float> x = random_floats(static_cast<size_t>(rows) * n, seed);
  core::Rng rng(seed + 100);
  for (int r = 0; r < rows; ++r)
    for (const signal::Token& token : s.layout.tokens) x[r * n + token.present] = static_cast<float>(rng.below(4) - 1);
  return x;
}

struct Problem {
  TokenShape shape;
  TokenNet net;
  int rows;
  std::vector<float> parameters, x, dy, y, gradient, dx;
  Problem(const Kernels& kernels, const TokenShape& s, int row_count)
      : shape(s),
        net(s, inputs_of(s), kernels),
        rows(row_count),
        parameters(net.parameter_count()),
        x(make_input(s, rows, 2)),
        dy(random_floats(static_cast<size_t>(rows) * net.outputs(), 3)),
        y(dy.size()),
        gradient(net.parameter_count()),
        dx(x.size()) {
    core::Rng rng(1);
    net.initialise(parameters, rng, 0.7);
    for (float& w : parameters) w += static_cast<float>(0.1 * rng.normal());  // biases too
    net.load(parameters);
    const auto scratch = net.make_scratch(rows + 3);
    net.forward(x.data(), rows, *scratch, y.data());
    net.backward(x.data(), rows, dy.data(), *scratch, gradient.data(), dx.data());
  }
  Numbers all_rows(const Numbers& w, const Numbers& input) const {
    Numbers out;
    for (int r = 0; r < rows; ++r)
      for (const double v : reference(shape, w, input.data() + static_cast<ptrdiff_t>(r) * net.inputs())) out.push_back(v);
    return out;
  }
};

const TokenShape kShapes[] = {make_shape(15, 32, 4, 1), make_shape(16, 48, 3, 2), make_shape(3, 16, 2, 2),
                              make_shape(1, 16, 1, 1), make_shape(7, 8, 1, 0)};

TEST(TokenNet, forward_matches_the_textbook_in_double) {
  for (const Kernels* kernels : all_kernels()) {
    for (const TokenShape& shape : kShapes) {
      for (const int rows : {1, 5, 33}) {
        const Problem p(*kernels, shape, rows);
        const Numbers want = p.all_rows({p.parameters.begin(), p.parameters.end()}, {p.x.begin(), p.x.end()});
        for (size_t i = 0; i < want.size(); ++i)
          ASSERT_NEAR(p.y[i], want[i], 3e-5 * (1 + std::abs(want[i])))
              << kernels->name << " tokens " << shape.tokens() << " at " << i;
      }
    }
  }
}

TEST(TokenNet, every_gradient_matches_finite_differences) {
  for (const Kernels* kernels : all_kernels()) {
    for (const TokenShape& shape : {make_shape(4, 16, 2, 2), make_shape(3, 16, 1, 1)}) {
      const Problem p(*kernels, shape, 3);
      Numbers w(p.parameters.begin(), p.parameters.end()), x(p.x.begin(), p.x.end());
      const auto slope = [&](double& value) {
        constexpr double h = 1e-5;
        const double keep = value;
        double sum = 0;
        for (const double sign : {1.0, -1.0}) {
          value = keep + sign * h;
          const Numbers y = p.all_rows(w, x);
          for (size_t i = 0; i < y.size(); ++i) sum += sign * y[i] * p.dy[i] / (2 * h);
        }
        value = keep;
        return sum;
      };
      // Every parameter of the small parts, a share of the large matrices.
      for (size_t i = 0; i < w.size(); i += i % 3 ? 2 : 1) {
        const double want = slope(w[i]);
        ASSERT_NEAR(p.gradient[i], want, 3e-4 * (1 + std::abs(want)))
            << kernels->name << " parameter " << i << " of " << w.size();
      }
      for (size_t i = 0; i < x.size(); ++i) {
        const int place = static_cast<int>(i) % p.net.inputs();
        if (place >= 3 * shape.tokens() && place < 4 * shape.tokens()) {
          ASSERT_EQ(p.dx[i], 0) << "a mask has no slope";
          continue;
        }
        const double want = slope(x[i]);
        ASSERT_NEAR(p.dx[i], want, 3e-4 * (1 + std::abs(want))) << kernels->name << " input " << i;
      }
    }
  }
}

TEST(TokenNet, simd_matches_scalar) {
  const Problem scalar(scalar_kernels(), kShapes[0], 61);
  for (const Kernels* kernels : all_kernels()) {
    const Problem p(*kernels, kShapes[0], 61);
    for (size_t i = 0; i < p.y.size(); ++i) ASSERT_NEAR(p.y[i], scalar.y[i], 1e-5 * (1 + std::abs(scalar.y[i]))) << kernels->name;
    for (size_t i = 0; i < p.gradient.size(); ++i)
      ASSERT_NEAR(p.gradient[i], scalar.gradient[i], 2e-4 * (1 + std::abs(scalar.gradient[i]))) << kernels->name;
  }
}

TEST(TokenNet, avx512_gives_the_bits_of_avx2) {
  if (!avx512_kernels()) GTEST_SKIP() << "this processor has no AVX-512";
  const Problem a(*avx2_kernels(), kShapes[0], 61), b(*avx512_kernels(), kShapes[0], 61);
  EXPECT_EQ(a.y, b.y);
  EXPECT_EQ(a.gradient, b.gradient);
  EXPECT_EQ(a.dx, b.dx);
}

TEST(TokenNet, row_does_not_depend_on_the_rows_beside_it) {
  for (const Kernels* kernels : all_kernels()) {
    const Problem p(*kernels, kShapes[0], 40);
    const auto scratch = p.net.make_scratch(1);
    std::vector<float> y(15), dx(p.net.inputs()), unused(p.gradient.size());
    for (const int row : {0, 5, 39}) {
      const float* x = p.x.data() + static_cast<ptrdiff_t>(row) * p.net.inputs();
      p.net.forward(x, 1, *scratch, y.data());
      for (int o = 0; o < 15; ++o) ASSERT_EQ(y[o], p.y[row * 15 + o]) << row;
      p.net.backward(x, 1, p.dy.data() + row * 15, *scratch, unused.data(), dx.data());
      for (int i = 0; i < p.net.inputs(); ++i) ASSERT_EQ(dx[i], p.dx[static_cast<size_t>(row) * p.net.inputs() + i]) << row;
    }
  }
}

TEST(TokenNet, joint_that_is_not_there_moves_no_other_output) {
  const TokenShape& shape = kShapes[0];
  Problem p(best_kernels(), shape, 1);
  const auto scratch = p.net.make_scratch(1);
  for (const signal::Token& token : shape.layout.tokens) p.x[token.present] = 1;
  const auto moved = [&](float present) {
    p.x[shape.layout.tokens[4].present] = present;
    std::vector<float> a(15), b(15);
    p.net.forward(p.x.data(), 1, *scratch, a.data());
    p.x[12] += 1;  // token 4's own
    p.net.forward(p.x.data(), 1, *scratch, b.data());
    p.x[12] -= 1;
    int count = 0;
    for (int i = 0; i < 15; ++i) count += a[i] != b[i];
    return count;
  };
  EXPECT_EQ(moved(-0.01f), 1);  // its own
  EXPECT_EQ(moved(0), 15);
}

TEST(TokenNet, scores_follow_the_relation_in_the_tree) {
  // No blocks' weights but the bias of one relation: token 0 then reads the mean of the tokens it has that relation to.
  TokenShape s = make_shape(4, 16, 1, 1);
  s.heads = 1;
  for (int i = 0; i < 4; ++i) s.layout.tokens[i].relations = {5, 5, 5, 5};
  s.layout.tokens[0].relations = {0, 1, 1, 5};
  TokenNet net(s, inputs_of(s));
  std::vector<float> w(net.parameter_count());
  core::Rng rng(3);
  net.initialise(w, rng, 1);
  const size_t d = 16, qkv = d * s.own() + 4 * d * (s.globals() + 1), relations = qkv + 3 * d * (d + 1);
  std::fill_n(w.begin() + static_cast<ptrdiff_t>(qkv), 2 * d * d, 0.0f);  // queries and keys
  w[relations + 1] = 50;
  net.load(w);
  const auto scratch = net.make_scratch(1);
  std::vector<float> x(net.inputs(), 0.3f), before(4), after(4);
  net.forward(x.data(), 1, *scratch, before.data());
  x[9] += 1;  // token 3, which token 0 now ignores
  net.forward(x.data(), 1, *scratch, after.data());
  EXPECT_EQ(before[0], after[0]);
  EXPECT_NE(before[1], after[1]);
  x[3] += 1;  // token 1
  net.forward(x.data(), 1, *scratch, before.data());
  EXPECT_NE(before[0], after[0]);
}

TEST(TokenNet, nan_is_never_hidden) {
  for (const Kernels* kernels : all_kernels()) {
    Problem p(*kernels, kShapes[0], 2);
    for (const signal::Token& token : p.shape.layout.tokens) p.x[token.present] = 1;
    p.x[12] = std::nanf("");
    const auto scratch = p.net.make_scratch(2);
    p.net.forward(p.x.data(), 2, *scratch, p.y.data());
    for (int i = 0; i < 15; ++i) EXPECT_TRUE(std::isnan(p.y[i])) << kernels->name << " token " << i;
    for (int i = 15; i < 30; ++i) EXPECT_TRUE(std::isfinite(p.y[i])) << kernels->name << " token " << i;
  }
}

TEST(TokenNet, large_scores_stay_finite) {
  for (const Kernels* kernels : all_kernels()) {
    Problem p(*kernels, kShapes[0], 4);
    for (float& w : p.parameters) w *= 20;
    p.net.load(p.parameters);
    const auto scratch = p.net.make_scratch(4);
    p.net.forward(p.x.data(), 4, *scratch, p.y.data());
    p.net.backward(p.x.data(), 4, p.dy.data(), *scratch, p.gradient.data());
    for (const float v : p.y) ASSERT_TRUE(std::isfinite(v)) << kernels->name;
    for (const float v : p.gradient) ASSERT_TRUE(std::isfinite(v)) << kernels->name;
  }
}

TEST(TokenNet, step_does_not_allocate) {
  Problem p(best_kernels(), kShapes[1], 64);
  const auto scratch = p.net.make_scratch(64);
  const long before = allocation_count();
  p.net.forward(p.x.data(), 64, *scratch, p.y.data());
  p.net.backward(p.x.data(), 64, p.dy.data(), *scratch, p.gradient.data(), p.dx.data());
  p.net.load(p.parameters);
  EXPECT_EQ(allocation_count(), before);
}

TEST(TokenNet, first_outputs_are_as_small_as_asked_and_tokens_differ) {
  const TokenShape& s = kShapes[0];
  TokenNet net(s, inputs_of(s));
  std::vector<float> w(net.parameter_count()), y(15 * 50);
  core::Rng rng(4);
  net.initialise(w, rng, 0.01);
  net.load(w);
  const std::vector<float> x = random_floats(static_cast<size_t>(50) * net.inputs(), 7);
  const auto scratch = net.make_scratch(50);
  net.forward(x.data(), 50, *scratch, y.data());
  double square = 0;
  for (const float v : y) square += v * v / static_cast<double>(y.size());
  EXPECT_LT(std::sqrt(square), 0.05);
  EXPECT_GT(std::sqrt(square), 0.001);
  EXPECT_NE(y[0], y[1]);
}

// ---- the shape as text, and in a bundle

std::string error_of(const std::string& text, int inputs, int outputs) {
  try {
    read_token_shape(text, inputs, outputs, "policy.toml");
  } catch (const core::UserError& error) {
    return error.what();
  }
  return "no error";
}

TEST(TokenShape, text_round_trip_keeps_everything) {
  for (const TokenShape& s : kShapes) {
    const std::string text = write_token_shape(s);
    const TokenShape back = read_token_shape(text, inputs_of(s), s.tokens(), "here");
    EXPECT_EQ(write_token_shape(back), text);
    EXPECT_EQ(back.layout.tokens[0].inputs, s.layout.tokens[0].inputs);
    EXPECT_EQ(back.layout.tokens.back().relations, s.layout.tokens.back().relations);
    EXPECT_EQ(back.layout.globals, s.layout.globals);
    EXPECT_EQ(TokenNet(back, inputs_of(s)).parameter_count(), back.parameter_count());
  }
}

TEST(TokenShape, every_broken_line_is_one_clear_error) {
  const TokenShape s = make_shape(3, 16, 2, 1);
  const int n = inputs_of(s);
  const std::string good = write_token_shape(s);
  EXPECT_EQ(error_of(good, n, 3), "no error");
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return error_of(text.replace(at, from.size(), to), n, 3);
  };
  EXPECT_NE(with("width 16", "width 17").find("width of 17"), std::string::npos);
  EXPECT_NE(with("heads 2", "heads two").find("'two'"), std::string::npos);
  EXPECT_NE(with("globals 12", "globals 900").find("'900'"), std::string::npos);
  EXPECT_NE(with("globals", "locals").find("locals"), std::string::npos);
  EXPECT_NE(with("present", "absent").find("token PLACES"), std::string::npos);
  EXPECT_NE(with("token 0 1 5", "token 0 1").find("different numbers"), std::string::npos);
  EXPECT_NE(error_of(good, n, 4).find("digits"), std::string::npos);
  EXPECT_NE(error_of("width 16\nheads 2\nglobals 1\n", n, 3).find("0 tokens"), std::string::npos);
  EXPECT_NE(error_of(good, 5, 3).find("from"), std::string::npos);  // places beyond the observation
  EXPECT_NE(error_of("", n, 3), "no error");
  for (size_t cut = 0; cut < good.size(); ++cut) error_of(good.substr(0, cut), n, 3);  // no crash
}

TEST(TokenShape, bundle_round_trip_gives_the_bits_of_the_network) {
  const std::string folder = testing::TempDir() + "mb_token_bundle_" + std::to_string(::getpid());
  const TokenShape& s = kShapes[0];
  TokenNet net(s, inputs_of(s));
  Bundle b;
  b.info.body = kAnyBody;
  b.info.sizes = {net.inputs(), net.outputs()};
  b.info.tokens = write_token_shape(s);
  b.parameters.resize(net.parameter_count());
  core::Rng rng(5);
  net.initialise(b.parameters, rng, 1);
  b.mean.assign(net.inputs(), 0.0f), b.deviation.assign(net.inputs(), 1.0f), b.log_deviation.assign(net.outputs(), -1.0f);
  save_bundle(folder, b);
  Policy policy = Policy::load(folder, 3);
  EXPECT_EQ(policy.info().tokens, b.info.tokens);
  net.load(b.parameters);
  const auto scratch = net.make_scratch(3);
  const std::vector<float> x = make_input(s, 3, 9);
  std::vector<float> want(45), got(45);
  net.forward(x.data(), 3, *scratch, want.data());
  policy.act(x, got);
  EXPECT_EQ(got, want);

  const auto edit = [&](const std::string& from, const std::string& to) {
    save_bundle(folder, b);
    std::string text = core::read_file(folder + "/policy.toml");
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    core::write_file(folder + "/policy.toml", text.replace(at, from.size(), to));
    try {
      load_bundle(folder);
    } catch (const core::UserError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_NE(edit("kind = \"tokens\"", "kind = \"tree\"").find("network.kind is tree"), std::string::npos);
  EXPECT_NE(edit("blocks 1", "blocks 2").find("holds"), std::string::npos);  // more parameters than there are
  EXPECT_NE(edit("relations 0", "relations 1").find("another policy.toml"), std::string::npos);
  std::filesystem::remove_all(folder);
}

TEST(TokenShape, perceptron_is_written_as_before) {
  const std::string folder = testing::TempDir() + "mb_mlp_bundle_" + std::to_string(::getpid());
  Bundle b;
  b.info.body = "x";
  b.info.sizes = {2, 1};
  b.parameters = {1, 2, 3}, b.mean = {0, 0}, b.deviation = {1, 1}, b.log_deviation = {0};
  save_bundle(folder, b);
  const std::string text = core::read_file(folder + "/policy.toml");
  EXPECT_EQ(text.find("kind"), std::string::npos);
  EXPECT_NE(text.find("observation_clip = 10.0\n\n[training]"), std::string::npos);
  std::filesystem::remove_all(folder);
  // Identities of bundles that were exported before there were kinds: the shipped ones still load.
  for (const char* name : {"one", "unitree_g1"})
    EXPECT_NO_THROW(load_bundle(MB_SOURCE_DIR "/policies/" + std::string(name))) << name;
}

}  // namespace
}  // namespace manybody::policy
