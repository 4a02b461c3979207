#include "policy/bundle.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstring>
#include <filesystem>

#include "core/error.h"
#include "core/files.h"
#include "policy/mlp.h"
#include "policy/policy.h"

namespace manybody::policy {
namespace {
namespace fs = std::filesystem;

Bundle make_bundle(uint64_t seed = 1) {
  Bundle b;
  b.info.body = "unitree_g1";
  b.info.joints = {"left_hip", "right \"hip\""};
  b.info.observation = "gyro 3 x0.25\ngravity 3\n\\ \t end";
  b.info.action = "offset";
  b.info.contract = "00c0ffee";
  b.info.settings = "a = 1\n";
  b.info.control_hz = 50;
  b.info.sizes = {5, 16, 2};
  b.info.steps = 1234567;
  b.info.seed = 0xffffffffffffffffull;
  const Mlp net(b.info.sizes);
  b.parameters.resize(net.parameter_count());
  core::Rng rng(seed);
  net.initialise(b.parameters, rng, 1);
  b.mean = {0.1f, 0, 0, 1, 2}, b.deviation = {1, 1, 0.5f, 2, 1}, b.log_deviation = {-1, -1.5f};
  return b;
}

struct BundleFiles : testing::Test {
  std::string folder = testing::TempDir() + "mb_bundle_" + std::to_string(::getpid());
  std::string weights = folder + "/weights.bin", toml = folder + "/policy.toml";
  void SetUp() override { save_bundle(folder, make_bundle()); }
  void TearDown() override { fs::remove_all(folder); }

  // The message of the one error that loading gives.
  std::string error() const {
    try {
      load_bundle(folder);
    } catch (const core::UserError& failure) {
      return failure.what();
    }
    return "no error";
  }
  void expect_error(const std::vector<std::string>& parts) const {
    const std::string message = error();
    for (const std::string& part : parts) EXPECT_NE(message.find(part), std::string::npos) << part << " is not in: " << message;
  }
  void edit_weights(size_t at, const void* bytes, size_t count) const {
    std::string file = core::read_file(weights);
    std::memcpy(file.data() + at, bytes, count);
    core::write_file(weights, file);
  }
  void edit_toml(const std::string& from, const std::string& to) const {
    std::string text = core::read_file(toml);
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    core::write_file(toml, text.replace(at, from.size(), to));
  }
  // Writes a number into the weights and makes the checksum right again, as a broken exporter would.
  void poison(size_t index, float value) const {
    std::string file = core::read_file(weights);
    std::memcpy(file.data() + 48 + index * 4, &value, 4);
    const uint64_t hash = core::hash_text(std::string_view(file).substr(48));
    std::memcpy(file.data() + 40, &hash, 8);
    core::write_file(weights, file);
  }
};

TEST_F(BundleFiles, round_trip_keeps_every_bit) {
  const Bundle want = make_bundle(), got = load_bundle(folder);
  EXPECT_EQ(got.parameters, want.parameters);
  EXPECT_EQ(got.mean, want.mean);
  EXPECT_EQ(got.deviation, want.deviation);
  EXPECT_EQ(got.log_deviation, want.log_deviation);
  EXPECT_EQ(got.info.joints, want.info.joints);
  EXPECT_EQ(got.info.observation, want.info.observation);
  EXPECT_EQ(got.info.settings, want.info.settings);
  EXPECT_EQ(got.info.sizes, want.info.sizes);
  EXPECT_EQ(got.info.steps, want.info.steps);
  EXPECT_EQ(got.info.seed, want.info.seed);
}

TEST_F(BundleFiles, policy_gives_the_bits_of_normaliser_and_network) {
  const Bundle b = make_bundle();
  Policy policy = Policy::load(folder, 4);
  Mlp net(b.info.sizes);
  net.load(b.parameters);
  const Normaliser normaliser(b.mean, b.deviation, b.info.clip);
  MlpScratch scratch(net, 4);
  const std::vector<float> x{1, 2, 3, 4, 5, -1, 0, 100, 2, 0.5f};
  std::vector<float> z(10), want(4), got(4), one(2);
  normaliser.apply(x.data(), 2, z.data());
  net.forward(z.data(), 2, scratch, want.data());
  policy.act(x, got);
  EXPECT_EQ(got, want);
  policy.act(std::span<const float>(x).first(5), one);
  EXPECT_EQ(one, std::vector<float>(want.begin(), want.begin() + 2));
}

TEST_F(BundleFiles, nan_in_the_weights_is_told_with_its_place) {
  poison(12 + 3, std::nanf(""));  // behind 5 means, 5 deviations and 2 log deviations
  expect_error({"weights.bin", "network parameters[3] is nan", "finite"});
}

TEST_F(BundleFiles, deviation_of_zero_is_refused) {
  poison(6, 0.0f);
  expect_error({"weights.bin", "observation deviation[1] is 0", "positive"});
}

TEST_F(BundleFiles, every_truncation_is_one_clear_error) {
  const std::string whole = core::read_file(weights);
  for (size_t size = 0; size < whole.size(); size += 11) {
    core::write_file(weights, whole.substr(0, size));
    expect_error({"weights.bin"});
  }
}

TEST_F(BundleFiles, flipped_bit_is_found) {
  const char wrong = 0x55;
  edit_weights(100, &wrong, 1);
  expect_error({"weights.bin", "checksum"});
}

TEST_F(BundleFiles, wrong_version_magic_and_size_are_named) {
  const uint32_t version = 9;
  edit_weights(8, &version, 4);
  expect_error({"weights.bin", "version 9", "version 1"});
  edit_weights(0, "NOTMINE!", 8);
  expect_error({"weights.bin", "MBPOLICY"});
  save_bundle(folder, make_bundle());
  edit_toml("[5, 16, 2]", "[5, 17, 2]");
  expect_error({"weights.bin", "holds 142 numbers", "150", "network.sizes"});
}

TEST_F(BundleFiles, files_of_two_exports_cannot_be_mixed) {
  edit_toml("left_hip", "left_knee");
  expect_error({"weights.bin", "another policy.toml"});
}

TEST_F(BundleFiles, broken_toml_names_line_or_field) {
  edit_toml("format = 1", "format = 2");
  expect_error({"policy.toml", "format is 2", "expected 1"});
  save_bundle(folder, make_bundle());
  edit_toml("body = ", "boddy = ");
  expect_error({"policy.toml", "body is missing"});
  save_bundle(folder, make_bundle());
  edit_toml("\"elu\"", "\"relu\"");
  expect_error({"network.activation is relu", "elu"});
  save_bundle(folder, make_bundle());
  edit_toml("[5, 16, 2]", "[5, -16, 2]");
  expect_error({"network.sizes"});
  save_bundle(folder, make_bundle());
  edit_toml("control_hz = 50.0", "control_hz = \"fast\"");
  expect_error({"policy.toml:5", "control_hz"});
  core::write_file(toml, "format = = 1\n");
  expect_error({"policy.toml:1", "valid TOML"});
  fs::remove(toml);
  expect_error({"policy.toml", "cannot be read"});
}

TEST_F(BundleFiles, policy_for_another_body_is_refused) {
  const Bundle b = load_bundle(folder);
  EXPECT_NO_THROW(check_bundle_fits(b, folder, "unitree_g1", b.info.joints, "00c0ffee"));
  EXPECT_THROW(check_bundle_fits(b, folder, "unitree_h1", {}, ""), core::UserError);
  EXPECT_THROW(check_bundle_fits(b, folder, "", {}, "deadbeef"), core::UserError);
  const std::vector<std::string> other{"left_hip", "right_hip"};
  try {
    check_bundle_fits(b, folder, "", other, "");
    FAIL() << "another joint order was accepted";
  } catch (const core::UserError& failure) {
    EXPECT_NE(std::string(failure.what()).find("joints[1]"), std::string::npos) << failure.what();
  }
}

TEST_F(BundleFiles, policy_for_any_body_fits_each_of_the_same_contract) {
  Bundle b = make_bundle();
  b.info.body = kAnyBody;
  b.info.joints.clear();
  save_bundle(folder, b);
  b = load_bundle(folder);
  const std::vector<std::string> joints{"hip", "knee"};
  EXPECT_NO_THROW(check_bundle_fits(b, folder, "unitree_h1", joints, "00c0ffee"));
  EXPECT_THROW(check_bundle_fits(b, folder, "unitree_h1", joints, "deadbeef"), core::UserError);
}

TEST_F(BundleFiles, nan_is_never_exported) {
  Bundle b = make_bundle(2);
  b.parameters[7] = INFINITY;
  EXPECT_THROW(save_bundle(folder, b), core::UserError);
  EXPECT_EQ(load_bundle(folder).parameters, make_bundle().parameters);
}

// A full disk, as the kernel reports it when a file may not grow: the old bundle stays and nothing else.
TEST_F(BundleFiles, full_disk_leaves_the_old_bundle_whole) {
  Bundle bigger = make_bundle(2);
  bigger.info.sizes = {5, 400, 2};
  bigger.parameters.assign(Mlp(bigger.info.sizes).parameter_count(), 0.5f);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit tight = before;
  tight.rlim_cur = 4096;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  std::string message = "no error";
  try {
    save_bundle(folder, bigger);
  } catch (const core::UserError& failure) {
    message = failure.what();
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_NE(message.find("weights.bin"), std::string::npos) << message;
  EXPECT_EQ(load_bundle(folder).parameters, make_bundle().parameters);
  int files = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) files += entry.is_regular_file();
  EXPECT_EQ(files, 2);
}

}  // namespace
}  // namespace manybody::policy
