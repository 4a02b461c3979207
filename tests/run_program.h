// Runs the program as a user does, for tests: what it printed, how it ended.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace manybody::testing_tools {

struct Ran {
  int status = -1;  // exit status, or 128 + signal
  std::string out, err;
};

// A folder of its own, removed with everything in it.
class Scratch {
 public:
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "mb-test-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~Scratch() {
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::string at(const std::string& name) const { return folder_ + "/" + name; }
  const std::string& folder() const { return folder_; }

 private:
  std::string folder_;
};

inline std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// arguments: as typed in a shell. The working directory is `folder`; `before`: shell commands that come first.
inline Ran run_program(const std::string& arguments, const std::string& folder, const std::string& before = "") {
  const Scratch logs;
  const std::string command = "cd '" + folder + "' && export MANYBODY_HOME='" MB_SOURCE_DIR "'; " + before + " '" MB_BINARY "' " +
                              arguments + " >'" + logs.at("out") + "' 2>'" + logs.at("err") + "' </dev/null";
  const int status = std::system(command.c_str());
  Ran ran;
  ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  ran.out = text_of(logs.at("out"));
  ran.err = text_of(logs.at("err"));
  return ran;
}

}  // namespace manybody::testing_tools
