// The gate's lists, in the code on purpose: they are there whatever files are. Pattern language: pattern.h.
#pragma once

#include <string_view>
#include <vector>

namespace manybody::brain::gate_words {

extern const std::vector<std::string_view> kStop, kNotStop, kHarm, kNotHarm, kLimits, kPeople;

}  // namespace manybody::brain::gate_words
