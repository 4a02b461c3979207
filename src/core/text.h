// Text for people: aligned tables and numbers with units. Widths count characters as a terminal shows them (UTF-8).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace manybody::core {

// Columns padded to the widest cell; a column whose cells all look like numbers is aligned right.
std::string table_text(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows);

int display_width(std::string_view utf8);       // wide characters (CJK) count two
std::string fixed(double value, int decimals);  // "1.50"; "-" for not-a-number
std::string count_text(double value);           // 1234567 -> "1.23 M"
std::string duration_text(double seconds);      // 75 -> "1:15"; 3700 -> "1:01:40"
std::string bar_text(double share, int width);  // "█████░░░░░"

std::string joined(const std::vector<std::string>& words);  // "one, two, three"
std::string hex_text(uint64_t value);                       // sixteen digits: state hashes

}  // namespace manybody::core
