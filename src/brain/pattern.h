// Small patterns over units, for the gate: no back-tracking blow-up, no dependence on any data file.
//
// A pattern is units in order; `(a|b c)` one of several, `[a|b]` one of them or none, `!(a|b)` none of them here, `~` up to six units of
// the same sentence, `^` and `$` the beginning and the end of what was said.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "brain/text.h"

namespace manybody::brain {

class Patterns {
 public:
  explicit Patterns(const std::vector<std::string_view>& lines);
  ~Patterns();
  Patterns(Patterns&&) noexcept;

  struct Match {
    size_t begin = 0, end = 0;
  };
  // Every match, the longest at each place. skip[i]: unit i cannot be part of one.
  std::vector<Match> find(const std::vector<Unit>& units, const std::vector<char>& skip) const;

 private:
  struct Node;
  static std::vector<Node> parse(std::string_view line);
  static bool walk(const std::vector<Node>& nodes, size_t node, const std::vector<Unit>& units, const std::vector<char>& skip,
                   size_t at, size_t& end, int& budget);
  std::vector<std::vector<Node>> patterns_;
};

}  // namespace manybody::brain
