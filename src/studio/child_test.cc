#include "studio/child.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <thread>

#include "core/error.h"
#include "core/files.h"

namespace manybody::studio {
namespace {

bool soon(const std::function<bool()>& holds) {
  for (int i = 0; i < 500; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

bool is_alive(int pid) {
  if (::kill(pid, 0) != 0) return false;
  const std::string stat = core::read_file("/proc/" + std::to_string(pid) + "/stat");
  return stat.find(") Z") == std::string::npos;
}

std::vector<std::string> shell(const std::string& script) { return {"/bin/sh", "-c", script}; }

TEST(child, tells_how_it_ended_and_its_last_words) {
  Child child;
  EXPECT_EQ(child.exit_status(), -1);
  child.start(shell("echo first >&2; echo 'full disk while saving' >&2; exit 3"));
  ASSERT_TRUE(soon([&] { return !child.running(); }));
  EXPECT_EQ(child.exit_status(), 3);
  EXPECT_EQ(child.last_lines(), "first\nfull disk while saving\n");
  EXPECT_EQ(child.failure(), "the trainer ended with status 3: full disk while saving");
  child.start(shell("exit 0"));
  ASSERT_TRUE(soon([&] { return !child.running(); }));
  EXPECT_EQ(child.exit_status(), 0);
  EXPECT_EQ(child.failure(), "");
}

TEST(child, only_the_last_lines_are_kept) {
  Child child;
  child.start(shell("for i in $(seq 3000); do echo line $i >&2; done; printf '%9000s' x >&2"));
  ASSERT_TRUE(soon([&] { return !child.running(); }));
  const std::string text = child.last_lines();
  EXPECT_LT(text.size(), 2000u);
  EXPECT_NE(text.find("line 3000\n"), std::string::npos);
  EXPECT_EQ(text.find("line 2900\n"), std::string::npos);
}

TEST(child, a_program_that_is_not_there_is_a_clear_error) {
  Child child;
  EXPECT_THROW(child.start({"/no/such/program"}), core::UserError);
  EXPECT_FALSE(child.running());
  child.start(shell("exit 0"));
  EXPECT_TRUE(soon([&] { return child.exit_status() == 0; }));
}

TEST(child, stop_lets_it_save_first) {
  const std::string file = testing::TempDir() + "studio_child_saved_" + std::to_string(getpid());
  Child child;
  child.start(shell("trap 'echo saved > " + file + "; exit 0' INT; echo ready >&2; while :; do sleep 0.05; done"));
  ASSERT_TRUE(soon([&] { return child.last_lines() == "ready\n"; }));
  child.stop();
  EXPECT_FALSE(child.running());
  EXPECT_EQ(child.exit_status(), 0);
  EXPECT_EQ(core::read_file(file), "saved\n");
  EXPECT_EQ(child.failure(), "");
  ::unlink(file.c_str());
}

TEST(child, one_that_ignores_us_is_ended_with_its_whole_group) {
  Child child;
  child.start(shell("trap '' INT TERM; sh -c 'trap \"\" INT TERM; echo $$ >&2; while :; do sleep 0.1; done' & wait; wait"), 0.2);
  ASSERT_TRUE(soon([&] { return child.last_lines().size() > 1; }));
  const int grandchild = std::stoi(child.last_lines());
  EXPECT_TRUE(is_alive(grandchild));
  child.stop();
  EXPECT_EQ(child.exit_status(), 128 + SIGKILL);
  EXPECT_EQ(child.failure(), "");
  EXPECT_TRUE(soon([&] { return !is_alive(grandchild); }));
}

TEST(child, a_killed_one_is_a_failure) {
  Child child;
  child.start(shell("while :; do sleep 0.1; done"));
  ::kill(child.pid(), SIGKILL);
  ASSERT_TRUE(soon([&] { return !child.running(); }));
  EXPECT_EQ(child.failure(), "the trainer was ended by signal 9");
}

TEST(child, dies_with_the_server) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t server = ::fork();
  if (server == 0) {  // a server that is killed without a word
    Child child;
    child.start(shell("while :; do sleep 0.1; done"));
    const int pid = child.pid();
    [[maybe_unused]] const ssize_t n = ::write(ends[1], &pid, sizeof pid);
    ::kill(::getpid(), SIGKILL);
  }
  int pid = 0;
  ASSERT_EQ(::read(ends[0], &pid, sizeof pid), static_cast<ssize_t>(sizeof pid));
  ::waitpid(server, nullptr, 0);
  EXPECT_TRUE(soon([&] { return !is_alive(pid); }));
  ::close(ends[0]), ::close(ends[1]);
}

}  // namespace
}  // namespace manybody::studio
