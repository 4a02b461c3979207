#include "studio/train_follow.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "core/files.h"

namespace manybody::studio {
namespace {
namespace fs = std::filesystem;

class TrainFollowTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("studio_train_" + std::to_string(::getpid())) / "2026-11-22_10-00";
    fs::remove_all(folder_.parent_path());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_.parent_path()); }
  void append(const std::string& text) { std::ofstream(folder_ / "metrics.csv", std::ios::app) << text; }
  void status(const std::string& text) { core::write_file((folder_ / "status.json").string(), text); }

  fs::path folder_;
};

TEST_F(TrainFollowTest, a_run_that_is_not_there_yet_is_starting) {
  TrainFollow follow((folder_ / "later").string(), "unitree_g1");
  const auto news = follow.poll();
  ASSERT_TRUE(news.message);
  EXPECT_EQ(news.message->state, "starting");
  EXPECT_EQ(news.message->run, "later");
  EXPECT_EQ(news.message->body, "unitree_g1");
  EXPECT_TRUE(news.message->whole);
  EXPECT_FALSE(follow.poll().message) << "nothing new";
}

TEST_F(TrainFollowTest, only_whole_lines_are_read_and_each_once) {
  TrainFollow follow(folder_.string());
  append("steps,seconds,reward\n1000,1,0.5\n2000,2,");
  auto news = follow.poll();
  ASSERT_TRUE(news.message);
  EXPECT_EQ(news.message->curves.at("reward").size(), 1u);
  EXPECT_TRUE(news.message->whole);
  EXPECT_FALSE(follow.poll().message);
  append("0.75\n3000,3,nan\n4000,4,1\n");
  news = follow.poll();
  ASSERT_TRUE(news.message);
  EXPECT_FALSE(news.message->whole);
  const Curves& c = news.message->curves;
  EXPECT_EQ(c.at("reward"), (std::vector<std::array<double, 2>>{{2000, 0.75}, {4000, 1}}));
  EXPECT_EQ(c.at("seconds").size(), 3u);
  EXPECT_FALSE(c.contains("steps"));
}

TEST_F(TrainFollowTest, status_is_read_and_told_when_it_changes) {
  TrainFollow follow(folder_.string());
  status(
      R"({"steps":5000,"steps_total":1000000,"steps_per_s":812.5,"seconds":6,"seconds_left":1200,"state":"running","checkpoint_steps":4000,"body":"h1"})");
  auto news = follow.poll();
  ASSERT_TRUE(news.message);
  EXPECT_EQ(news.message->steps, 5000);
  EXPECT_EQ(news.message->steps_per_s, 812.5);
  EXPECT_EQ(news.message->checkpoint_steps, 4000);
  EXPECT_EQ(news.message->state, "running");
  EXPECT_EQ(news.message->body, "h1");
  EXPECT_FALSE(follow.poll().message);
  status(R"({"steps":6000,"state":"finished"})");
  news = follow.poll();
  ASSERT_TRUE(news.message);
  EXPECT_EQ(news.message->state, "finished");
  EXPECT_EQ(news.message->steps_total, 1000000) << "what is not said again stays";
  status(R"({"steps":6000,"state":"failed","error":"full disk while saving"})");
  EXPECT_EQ(follow.poll().message->message, "full disk while saving");
  follow.set_state("stopped", "by hand");
  news = follow.poll();
  EXPECT_EQ(news.message->state, "stopped");
  EXPECT_EQ(news.message->message, "by hand");
}

TEST_F(TrainFollowTest, a_killed_trainer_is_a_failed_run) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  status(R"({"steps":1,"state":"running","pid":)" + std::to_string(child) + "}");
  TrainFollow follow(folder_.string());
  EXPECT_EQ(follow.poll().message->state, "failed");
  status(R"({"steps":1,"state":"running","pid":)" + std::to_string(::getpid()) + "}");
  EXPECT_EQ(follow.poll().message->state, "running");
}

TEST_F(TrainFollowTest, damaged_files_are_survived) {
  TrainFollow follow(folder_.string());
  status("{\"steps\":");
  append("steps,reward\n1,2,3\nx,1\n5,1\n\n\r\n6,inf\n7,2\r\n");
  const auto news = follow.poll();
  ASSERT_TRUE(news.message);
  EXPECT_EQ(news.message->curves.at("reward"), (std::vector<std::array<double, 2>>{{5, 1}, {7, 2}}));
  EXPECT_EQ(news.message->state, "starting");
}

TEST_F(TrainFollowTest, a_resumed_run_that_rewrites_its_metrics_starts_anew) {
  TrainFollow follow(folder_.string());
  append("steps,reward\n1,1\n2,2\n3,3\n");
  follow.poll();
  core::write_file((folder_ / "metrics.csv").string(), "steps,reward\n1,1\n");
  const auto news = follow.poll();
  ASSERT_TRUE(news.message);
  EXPECT_TRUE(news.message->whole);
  EXPECT_EQ(news.message->curves.at("reward").size(), 1u);
}

TEST_F(TrainFollowTest, a_new_policy_is_told_once_it_is_still) {
  TrainFollow follow(folder_.string());
  EXPECT_FALSE(follow.poll().new_policy);
  fs::create_directories(folder_ / "policy");
  core::write_file((folder_ / "policy" / "policy.json").string(), "1");
  EXPECT_FALSE(follow.poll().new_policy) << "it may still be written";
  EXPECT_TRUE(follow.poll().new_policy);
  EXPECT_FALSE(follow.poll().new_policy);
  core::write_file((folder_ / "policy" / "policy.json").string(), "2");
  EXPECT_FALSE(follow.poll().new_policy);
  EXPECT_TRUE(follow.poll().new_policy);
}

TEST(curve_log, long_runs_stay_small_and_keep_first_and_newest) {
  CurveLog log;
  const int n = 100003;
  for (int i = 0; i < n; ++i) log.add("reward", i, 2.0 * i);
  const auto points = log.all().at("reward");
  EXPECT_LE(points.size(), kMaxPoints + 1);
  EXPECT_GE(points.size(), kMaxPoints / 2);
  EXPECT_EQ(points.front()[0], 0);
  EXPECT_EQ(points.back()[0], n - 1);
  for (size_t i = 2; i + 1 < points.size(); ++i) {
    EXPECT_EQ(points[i][0] - points[i - 1][0], points[1][0] - points[0][0]) << "evenly thinned";
    EXPECT_EQ(points[i][1], 2 * points[i][0]);
  }
}

TEST(curve_log, the_number_of_curves_is_bounded) {
  CurveLog log;
  for (int i = 0; i < 1000; ++i) log.add("curve" + std::to_string(i), 1, 1);
  EXPECT_EQ(log.all().size(), kMaxCurves);
}

TEST_F(TrainFollowTest, a_long_absence_brings_the_thinned_whole) {
  TrainFollow follow(folder_.string());
  append("steps,reward\n1,1\n");
  follow.poll();
  std::string lines;
  for (int i = 2; i < 5000; ++i) lines += std::to_string(i) + ",1\n";
  append(lines);
  const auto news = follow.poll();
  EXPECT_TRUE(news.message->whole);
  EXPECT_LE(news.message->curves.at("reward").size(), kMaxPoints + 1);
  EXPECT_EQ(news.message->curves.at("reward").back()[0], 4999);
}

}  // namespace
}  // namespace manybody::studio
