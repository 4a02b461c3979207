// Numbers in words and digits, both languages: "two and a half", "a hundred and twenty", "一百八十", "两", "一米五" (with its unit).
//
// Reads: units from a place on. Writes: the value and how many units it took; nothing when there is no number there.
#pragma once

#include <optional>
#include <vector>

#include "brain/text.h"

namespace manybody::brain {

struct Number {
  double value = 0;
  size_t length = 0;   // units
  bool vague = false;  // "几": about three
  bool bare_digit = false;
};
std::optional<Number> number_at(const std::vector<Unit>& units, size_t at);

}  // namespace manybody::brain
