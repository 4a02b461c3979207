// Sentences with what is right for them: the format of data/brain/test/*.tsv, and how answers are judged.
//
// Reads: `id <tab> turns parted by || <tab> expected`; expected is steps parted by ';' ("go_to target=table; & wave hand=left x2 @小橘"),
// or kinds parted by '|' ("ask|refuse"). `~` instead of `=` in a number: within a factor of two. Half: by a hash of the id.
// Errors: core::UserError with file and line.
#pragma once

#include <string>
#include <vector>

#include "brain/plan.h"

namespace manybody::brain {

struct Expected {
  std::vector<Kind> kinds;  // that are right besides a plan
  struct Way {
    Plan plan;
    std::vector<std::string> loose;
  };                      // loose: "step index:argument" judged within a factor of two
  std::vector<Way> ways;  // empty: no plan is right
};

struct Case {
  std::string id, language;
  std::vector<std::string> turns;
  Expected expected;
  bool held_out = false;
};

std::vector<Case> read_cases(const std::string& path, const std::string& language);
bool fits(const Answer& answer, const Expected& expected);

}  // namespace manybody::brain
