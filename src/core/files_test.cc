#include "core/files.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "core/error.h"

namespace manybody::core {
namespace {
namespace fs = std::filesystem;

class Files : public testing::Test {
 protected:
  Files() {
    std::string pattern = (fs::temp_directory_path() / "mb-files-XXXXXX").string();
    dir = ::mkdtemp(pattern.data());
  }
  ~Files() override { fs::remove_all(dir); }

  std::string at(const std::string& name) const { return (dir / name).string(); }
  int entries() const { return static_cast<int>(std::distance(fs::directory_iterator(dir), {})); }

  fs::path dir;
};

std::string error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

TEST_F(Files, written_bytes_read_back_including_zeros) {
  std::string bytes("a\0b\n\xff", 5);
  write_file(at("x"), bytes);
  EXPECT_EQ(read_file(at("x")), bytes);
  write_file(at("x"), "");
  EXPECT_EQ(read_file(at("x")), "");
  EXPECT_EQ(entries(), 1);
}

TEST_F(Files, missing_file_and_folder_are_named_with_the_reason) {
  EXPECT_NE(error_of([&] { read_file(at("gone")); }).find(at("gone") + ": cannot be read: No such file"), std::string::npos);
  EXPECT_NE(error_of([&] { read_file(dir.string()); }).find("is not a file"), std::string::npos);
  EXPECT_NE(error_of([&] { write_file(at("no/such/file"), "x"); }).find("cannot be created"), std::string::npos);
}

TEST_F(Files, a_folder_where_a_file_should_go_leaves_no_temporary) {
  fs::create_directory(at("taken"));
  std::ofstream(at("taken/inside")) << "x";
  EXPECT_NE(error_of([&] { write_file(at("taken"), "x"); }), "no error");
  EXPECT_EQ(entries(), 1);
}

TEST_F(Files, a_full_disk_keeps_the_old_file_and_leaves_nothing_behind) {
  write_file(at("checkpoint"), "old and whole");
  // A limit on file size fails a write as a full disk does: part of it is written, then an error.
  struct rlimit before {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  struct rlimit small = before;
  small.rlim_cur = 4096;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string error = error_of([&] { write_file(at("checkpoint"), std::string(100000, 'n')); });
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);

  EXPECT_NE(error.find(at("checkpoint") + ": cannot be written"), std::string::npos) << error;
  EXPECT_NE(error.find("room for 100000 bytes"), std::string::npos) << error;
  EXPECT_EQ(read_file(at("checkpoint")), "old and whole");
  EXPECT_EQ(entries(), 1);
}

TEST_F(Files, a_kill_while_writing_leaves_the_old_file_or_the_new_one) {
  const std::string old_bytes(1 << 16, 'o'), new_bytes(1 << 20, 'n');
  write_file(at("state"), old_bytes);
  for (int delay_us : {0, 200, 1000, 3000}) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      for (;;) {
        write_file(at("state"), new_bytes);
        write_file(at("state"), old_bytes);
      }
    }
    usleep(static_cast<useconds_t>(delay_us));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    const std::string found = read_file(at("state"));
    EXPECT_TRUE(found == old_bytes || found == new_bytes) << found.size();
  }
}

TEST_F(Files, folders_are_made_with_their_parents_and_a_file_in_the_way_is_named) {
  make_directories(at("a/b/c"));
  EXPECT_TRUE(file_exists(at("a/b/c")));
  make_directories(at("a/b/c"));
  write_file(at("a/file"), "x");
  EXPECT_NE(error_of([&] { make_directories(at("a/file/d")); }).find(at("a/file/d")), std::string::npos);
  EXPECT_FALSE(file_exists(at("nothing")));
}

TEST_F(Files, home_is_the_tree_of_the_binary_unless_the_environment_says_otherwise) {
  unsetenv("MANYBODY_HOME");
  EXPECT_TRUE(file_exists(home_directory() + "/LAYERS"));
  setenv("MANYBODY_HOME", dir.c_str(), 1);
  EXPECT_EQ(home_directory(), dir.string());
  unsetenv("MANYBODY_HOME");
}

TEST(Hash, matches_the_published_fnv1a_values) {
  EXPECT_EQ(hash_text(""), 0xcbf29ce484222325ull);
  EXPECT_EQ(hash_text("a"), 0xaf63dc4c8601ec8cull);
  EXPECT_EQ(hash_text("foobar"), 0x85944171f73967e8ull);
}

}  // namespace
}  // namespace manybody::core
