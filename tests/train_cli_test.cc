// A training run as a user has it: train, judge, stop, go on, kill, run out of room. Tiny networks and few steps.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

#include "policy/bundle.h"
#include "run_program.h"

namespace manybody {
namespace {

using nlohmann::json;
using testing_tools::Ran;
using testing_tools::run_program;
using testing_tools::Scratch;
using testing_tools::text_of;

const std::string kTiny =
    " --body berkeley_humanoid --worlds 4 --ppo.horizon 8 --ppo.horizon_late 8 --ppo.minibatches 2 --ppo.epochs 2 "
    "--ppo.actor_hidden 16 "
    "--ppo.critic_hidden 16 --quiet ";

class TrainCli : public testing::Test {
 protected:
  Ran run(const std::string& arguments, const std::string& before = "") {
    return run_program(arguments, scratch.folder(), before);
  }
  std::string at(const std::string& name) const { return scratch.at(name); }
  json status(const std::string& folder) { return json::parse(text_of(at(folder) + "/status.json"), nullptr, false); }

  // Starts a run that would never end; returns its process once it has saved a checkpoint.
  pid_t start_endless(const std::string& folder) {
    const std::string command = "cd '" + scratch.folder() + "' && MANYBODY_HOME='" MB_SOURCE_DIR "' exec '" MB_BINARY "' train" +
                                kTiny + "--steps 1e9 --checkpoint_seconds 0.1 --export_seconds 0.1 --run_folder " + folder +
                                " >/dev/null 2>&1 </dev/null";
    const pid_t child = fork();
    if (child == 0) {
      execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
      _exit(127);
    }
    while (!std::filesystem::exists(at(folder) + "/checkpoints/latest.ckpt") && waitpid(child, nullptr, WNOHANG) == 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return child;
  }

  int end(pid_t child, int signal) {
    kill(child, signal);
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  int64_t resume(const std::string& folder, int64_t more) {
    const json before = status(folder);
    const int64_t from = before.at("checkpoint_steps");
    const Ran ran = run("train --resume " + folder + " --quiet --json --steps " + std::to_string(from + more));
    EXPECT_EQ(ran.status, 0) << ran.err;
    return ran.status == 0 ? json::parse(ran.out).at("steps").get<int64_t>() - from : -1;
  }

  int leftovers() {
    int count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(scratch.folder())) {
      count += entry.path().filename().string().find(".tmp") != std::string::npos;
    }
    return count;
  }

  Scratch scratch;
};

TEST_F(TrainCli, a_run_is_trained_judged_and_played) {
  const Ran trained = run("train" + kTiny + "--steps 64 --run_folder r --json");
  ASSERT_EQ(trained.status, 0) << trained.err;
  EXPECT_EQ(json::parse(trained.out).at("state"), "finished");
  EXPECT_EQ(status("r").at("state"), "finished");

  const Ran judged = run("eval --policy r --episodes 2 --seconds 1 --seed 3 --json");
  ASSERT_EQ(judged.status, 0) << judged.err;
  const json out = json::parse(judged.out);
  for (const char* key :
       {"survival", "velocity_rmse_mps", "yaw_rate_rmse_radps", "foot_slip_mps", "action_rate", "control_steps_per_s"}) {
    EXPECT_TRUE(out.contains(key)) << key;
  }
  const Ran again = run("eval --policy r --body berkeley_humanoid --episodes 2 --seconds 1 --seed 3 --threads 1 --json");
  EXPECT_EQ(json::parse(again.out).at("state_hash"), out.at("state_hash"));

  const Ran played = run("play --policy r --headless --walk.seconds 1 --json");
  EXPECT_EQ(played.status, 0) << played.err;
  EXPECT_NEAR(json::parse(played.out).at("time").get<double>(), 1, 0.03);
}

TEST_F(TrainCli, the_result_depends_on_the_seed_but_not_on_threads_or_on_stopping_between) {
  ASSERT_EQ(run("train" + kTiny + "--steps 192 --threads 1 --seed 5 --run_folder one").status, 0);
  ASSERT_EQ(run("train" + kTiny + "--steps 192 --threads 2 --seed 5 --run_folder two").status, 0);
  ASSERT_EQ(run("train" + kTiny + "--steps 96 --seed 5 --run_folder halves").status, 0);
  const Ran resumed = run("train --resume halves --steps 192 --quiet");
  ASSERT_EQ(resumed.status, 0) << resumed.err;
  ASSERT_EQ(run("train" + kTiny + "--steps 192 --seed 6 --run_folder other").status, 0);
  const std::string weights = text_of(at("one/policy/weights.bin"));
  ASSERT_FALSE(weights.empty());
  EXPECT_TRUE(text_of(at("two/policy/weights.bin")) == weights);
  EXPECT_TRUE(text_of(at("halves/policy/weights.bin")) == weights);
  EXPECT_FALSE(text_of(at("other/policy/weights.bin")) == weights);
}

TEST_F(TrainCli, the_saved_configuration_trains_the_same_again) {
  ASSERT_EQ(run("train" + kTiny + "--steps 64 --seed 7 --reward.upright 3 --run_folder a").status, 0);
  const Ran again = run("train --config a/config.toml --quiet --run_folder b");
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_TRUE(text_of(at("a/policy/weights.bin")) == text_of(at("b/policy/weights.bin")));
  EXPECT_EQ(text_of(at("a/config.toml")), text_of(at("b/config.toml")));
}

TEST_F(TrainCli, an_interrupt_saves_and_the_run_goes_on_from_there) {
  const pid_t child = start_endless("r");
  EXPECT_EQ(end(child, SIGINT), 0);
  EXPECT_EQ(status("r").at("state"), "stopped");
  EXPECT_EQ(status("r").at("checkpoint_steps"), status("r").at("steps"));
  EXPECT_EQ(resume("r", 64), 64);
  EXPECT_EQ(leftovers(), 0);
}

TEST_F(TrainCli, a_killed_run_goes_on_from_its_last_checkpoint_and_its_policy_is_whole) {
  const pid_t child = start_endless("r");
  EXPECT_EQ(end(child, SIGKILL), 128 + SIGKILL);
  const Ran ran = run("train --resume r --quiet --json --steps 1 --max_seconds 0");
  EXPECT_EQ(ran.status, 0) << ran.err;
  const Ran judged = run("eval --policy r --episodes 1 --seconds 0.5 --json");
  EXPECT_EQ(judged.status, 0) << judged.err;
}

TEST_F(TrainCli, a_full_disk_is_named_and_what_was_saved_stays) {
  ASSERT_EQ(run("train" + kTiny + "--steps 64 --run_folder r").status, 0);
  const std::string checkpoint = text_of(at("r/checkpoints/latest.ckpt"));
  const size_t blocks = checkpoint.size() / 512 - 1;  // one less than the checkpoint needs, enough for the rest
  ASSERT_GT(blocks * 512, text_of(at("r/config.toml")).size());
  const Ran ran = run("train --resume r --quiet --steps 128", "ulimit -f " + std::to_string(blocks) + ";");
  EXPECT_EQ(ran.status, 2) << ran.err;
  EXPECT_NE(ran.err.find("ckpt: cannot be written: File too large"), std::string::npos) << ran.err;
  EXPECT_TRUE(text_of(at("r/checkpoints/latest.ckpt")) == checkpoint);
  // The exported policy fits on the disk: it may be newer, but it is whole.
  EXPECT_NO_THROW(policy::load_bundle(at("r/policy")));
  EXPECT_EQ(leftovers(), 0);
  EXPECT_EQ(resume("r", 64), 64);
}

TEST_F(TrainCli, policies_that_do_not_fit_or_are_damaged_are_refused_by_name) {
  ASSERT_EQ(run("train" + kTiny + "--steps 32 --run_folder r").status, 0);
  const Ran other = run("eval --policy r --body booster_t1 --episodes 1 --seconds 1");
  EXPECT_EQ(other.status, 2);
  EXPECT_NE(other.err.find("berkeley_humanoid"), std::string::npos) << other.err;

  const std::string weights = text_of(at("r/policy/weights.bin"));
  std::ofstream(at("r/policy/weights.bin"), std::ios::binary) << weights.substr(0, weights.size() / 2);
  const Ran half = run("eval --policy r --episodes 1 --seconds 1");
  EXPECT_EQ(half.status, 2);
  EXPECT_NE(half.err.find("weights.bin"), std::string::npos) << half.err;

  std::string checkpoint = text_of(at("r/checkpoints/latest.ckpt"));
  checkpoint[checkpoint.size() / 2] = static_cast<char>(checkpoint[checkpoint.size() / 2] ^ 0x55);
  std::ofstream(at("r/checkpoints/latest.ckpt"), std::ios::binary) << checkpoint;
  const Ran damaged = run("train --resume r --quiet --steps 64");
  EXPECT_EQ(damaged.status, 2);
  EXPECT_NE(damaged.err.find("latest.ckpt"), std::string::npos) << damaged.err;
}

}  // namespace
}  // namespace manybody
