#include "learn/trainer.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "learn/test_env.h"
#include "policy/policy.h"

namespace manybody::learn {
namespace {
namespace fs = std::filesystem;

void describe(policy::PolicyInfo& info) {
  info.body = "point_mass", info.joints = {"x"}, info.contract = "c1", info.observation = "position velocity goal";
}

struct Trainer : testing::Test {
  std::string folder = testing::TempDir() + "mb_train_" + std::to_string(::getpid());
  core::Pool pool{1};
  PpoConfig config;
  TrainOptions options;

  void SetUp() override {
    core::set_log_level(core::Level::quiet);
    config.actor_hidden = {16}, config.critic_hidden = {16};
    options.run_folder = folder, options.quiet = true, options.steps = 6 * 24 * 64;
    options.checkpoint_seconds = options.export_seconds = options.status_seconds = 0;
  }
  void TearDown() override {
    core::set_log_level(core::Level::info);
    fs::remove_all(folder);
  }
  TrainResult run(const OnIteration& each = {}, uint64_t env_seed = 7) {
    PointMassEnv env(64, env_seed);
    return train(env, config, options, pool, describe, each);
  }
  std::string status() const { return core::read_file(folder + "/status.json"); }
};

TEST_F(Trainer, run_leaves_everything_a_run_should) {
  options.config_toml = "[ppo]\ngamma = 0.98\n";
  const TrainResult result = run();
  EXPECT_EQ(result.state, "finished");
  EXPECT_EQ(result.steps, 6 * 24 * 64);
  EXPECT_EQ(core::read_file(folder + "/config.toml"), options.config_toml);
  const std::string csv = core::read_file(folder + "/metrics.csv");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 7);
  EXPECT_NE(csv.find("reward/goal"), std::string::npos);
  EXPECT_NE(csv.find("time/learner_seconds"), std::string::npos);
  EXPECT_NE(status().find("\"finished\""), std::string::npos);
  EXPECT_NE(status().find("\"checkpoint_steps\": 9216"), std::string::npos) << status();
  EXPECT_EQ(policy::load_bundle(result.policy).info.steps, result.steps);
  EXPECT_EQ(policy::load_bundle(result.policy).info.body, "point_mass");
  int numbered = 0;
  for (const auto& entry : fs::directory_iterator(folder + "/checkpoints")) {
    numbered += entry.path().filename().string().starts_with("step_");
  }
  EXPECT_EQ(numbered, options.keep_checkpoints);
}

TEST_F(Trainer, stop_saves_and_resume_equals_the_uninterrupted_run) {
  run();
  const std::vector<float> whole = policy::load_bundle(folder + "/policy").parameters;
  fs::remove_all(folder);

  std::atomic<bool> stop{false};
  options.stop = &stop;
  const TrainResult first = run([&](int64_t steps, const std::vector<Scalar>&) { stop = steps >= 3 * 24 * 64; });
  EXPECT_EQ(first.state, "stopped");
  EXPECT_EQ(first.steps, 3 * 24 * 64);
  EXPECT_NE(status().find("\"stopped\""), std::string::npos);

  options.stop = nullptr, options.run_folder.clear(), options.resume = folder;
  const TrainResult second = run({}, 4711);
  EXPECT_EQ(second.steps, 6 * 24 * 64);
  EXPECT_EQ(fs::canonical(second.run_folder), fs::canonical(folder));
  EXPECT_EQ(policy::load_bundle(folder + "/policy").parameters, whole);
  const std::string csv = core::read_file(folder + "/metrics.csv");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 7);
}

TEST_F(Trainer, killed_run_resumes_from_its_last_checkpoint) {
  options.steps = 1e9;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    core::Pool own(1);
    PointMassEnv env(64);
    train(env, config, options, own, describe);
    ::_exit(0);
  }
  const std::string latest = folder + "/checkpoints/latest.ckpt";
  for (int i = 0; i < 2000 && !fs::exists(latest); ++i) ::usleep(5000);
  ::usleep(100000);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  const int64_t saved = Checkpoint::read(latest).value<int64_t>("steps");
  EXPECT_GT(saved, 0);
  policy::load_bundle(folder + "/policy");

  options.run_folder.clear(), options.resume = folder, options.steps = static_cast<double>(saved + 2 * 24 * 64);
  EXPECT_EQ(run().steps, saved + 2 * 24 * 64);
  const std::string csv = core::read_file(folder + "/metrics.csv");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + saved / (24 * 64) + 2);
}

TEST_F(Trainer, checkpoint_of_another_body_is_refused_before_anything_is_written) {
  run();
  const std::string csv = core::read_file(folder + "/metrics.csv");
  options.run_folder.clear(), options.resume = folder;
  PointMassEnv env(64);
  try {
    train(env, config, options, pool, [](policy::PolicyInfo& info) { info.body = "line_mass", info.contract = "c1"; });
    FAIL() << "no error";
  } catch (const core::UserError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("was trained for the body point_mass (expected line_mass)"), std::string::npos) << message;
  }
  EXPECT_EQ(core::read_file(folder + "/metrics.csv"), csv);
}

TEST_F(Trainer, failure_is_told_in_the_status_and_keeps_the_last_checkpoint) {
  PointMassEnv env(64);
  int iterations = 0;
  const OnIteration poison_third = [&](int64_t, const std::vector<Scalar>&) {
    if (++iterations == 2) env.poison();
  };
  EXPECT_THROW(train(env, config, options, pool, describe, poison_third), core::UserError);
  EXPECT_NE(status().find("\"failed\""), std::string::npos);
  EXPECT_NE(status().find("reward[0] of world 1 is nan"), std::string::npos) << status();
  EXPECT_EQ(Checkpoint::read(folder + "/checkpoints/latest.ckpt").value<int64_t>("steps"), 2 * 24 * 64);
}

TEST_F(Trainer, full_disk_while_running_is_survived_and_at_the_end_is_an_error) {
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  auto fill = [&](bool full) {
    rlimit limit = before;
    if (full) limit.rlim_cur = 2048;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  };
  const TrainResult survived =
      run([&](int64_t steps, const std::vector<Scalar>&) { fill(steps == 2 * 24 * 64 || steps == 3 * 24 * 64); });
  EXPECT_EQ(survived.steps, 6 * 24 * 64);
  EXPECT_EQ(Checkpoint::read(survived.checkpoint).value<int64_t>("steps"), survived.steps);
  fs::remove_all(folder);
  std::string message = "no error";
  try {
    run([&](int64_t steps, const std::vector<Scalar>&) { fill(steps >= 3 * 24 * 64); });
  } catch (const core::UserError& error) {
    message = error.what();
  }
  fill(false);
  std::signal(SIGXFSZ, handler);
  EXPECT_NE(message.find(".ckpt"), std::string::npos) << message;
  EXPECT_EQ(Checkpoint::read(folder + "/checkpoints/latest.ckpt").value<int64_t>("steps"), 3 * 24 * 64);
  policy::load_bundle(folder + "/policy");
}

}  // namespace
}  // namespace manybody::learn
