#include "core/error.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace manybody::core {
namespace {

std::string sentence(const std::string& where, const std::string& what, const std::string& expected) {
  std::string text = where.empty() ? what : where + ": " + what;
  if (expected.ends_with('?')) return text + "; " + expected;  // a near match is a question, not a type
  if (!expected.empty()) text += " (expected " + expected + ")";
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return c == '_' ? '-' : std::tolower(c); });
  return out;
}

// Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours cost one.
size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<size_t> before(b.size() + 1), previous(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) previous[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = previous;
    previous = row;
  }
  return previous[b.size()];
}

}  // namespace

UserError::UserError(std::string where, std::string what, std::string expected)
    : std::runtime_error(sentence(where, what, expected)),
      where_(std::move(where)),
      problem_(std::move(what)),
      expected_(std::move(expected)) {}

std::string near_match(std::string_view word, const std::vector<std::string>& known) {
  const std::string wanted = lower(word);
  std::string best;
  size_t best_distance = std::max<size_t>(1, wanted.size() / 3) + 1;
  for (const std::string& candidate : known) {
    const size_t distance = edit_distance(wanted, lower(candidate));
    if (distance < best_distance) best_distance = distance, best = candidate;
  }
  return best;
}

std::string near_match_hint(std::string_view word, const std::vector<std::string>& known) {
  const std::string best = near_match(word, known);
  return best.empty() ? "" : "did you mean '" + best + "'?";
}

void abort_with(const char* file, int line, const char* what) {
  std::fprintf(stderr, "manybody: internal error at %s:%d: %s does not hold. Please report this.\n", file, line, what);
  std::abort();
}

}  // namespace manybody::core
