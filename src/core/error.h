// What a user's mistake looks like: one clear sentence naming file, place and what was expected.
//
// Three error lanes run through the project. A bug of ours aborts (`MB_CHECK`). A user's file, flag or value throws
// `UserError`, caught once in main and once per request in the server. The control loop never throws: it returns status bits.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace manybody::core {

class UserError : public std::runtime_error {
 public:
  // where: file, file:line, flag or field. what: what is wrong. expected: what would be right (may be empty).
  UserError(std::string where, std::string what, std::string expected = "");

  const std::string& where() const { return where_; }
  const std::string& problem() const { return problem_; }
  const std::string& expected() const { return expected_; }

 private:
  std::string where_, problem_, expected_;
};

// "did you mean 'gamma'?" or "" when nothing is near. Damerau-Levenshtein, at most a third of the word wrong.
std::string near_match_hint(std::string_view word, const std::vector<std::string>& known);
// The nearest known word, or "".
std::string near_match(std::string_view word, const std::vector<std::string>& known);

[[noreturn]] void abort_with(const char* file, int line, const char* what);

}  // namespace manybody::core

// Our own invariants: a failure is a bug here, never a user's mistake.
#define MB_CHECK(condition) ((condition) ? static_cast<void>(0) : ::manybody::core::abort_with(__FILE__, __LINE__, #condition))
