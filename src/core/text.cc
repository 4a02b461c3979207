#include "core/text.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>

namespace manybody::core {
namespace {

bool looks_like_number(const std::string& cell) {
  return !cell.empty() && (cell == "-" || cell.find_first_not_of("+-.,0123456789 %kMG") == std::string::npos);
}

void put_row(std::string& out, const std::vector<std::string>& row, const std::vector<int>& widths,
             const std::vector<bool>& right) {
  std::string line;
  for (size_t i = 0; i < widths.size(); ++i) {
    const std::string cell = i < row.size() ? row[i] : "";
    const std::string space(static_cast<size_t>(std::max(0, widths[i] - display_width(cell))), ' ');
    if (i) line += "  ";
    line += right[i] ? space + cell : cell + space;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + "\n";
}

bool is_wide(uint32_t c) {
  return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
         (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
         (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd);
}

}  // namespace

std::string table_text(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows) {
  std::vector<int> widths;
  std::vector<bool> right;
  for (size_t i = 0; i < header.size(); ++i) {
    int width = display_width(header[i]);
    bool numbers = !rows.empty();
    for (const auto& row : rows) {
      if (i >= row.size()) continue;
      width = std::max(width, display_width(row[i]));
      numbers = numbers && looks_like_number(row[i]);
    }
    widths.push_back(width);
    right.push_back(numbers);
  }
  std::string out;
  put_row(out, header, widths, right);
  for (const auto& row : rows) put_row(out, row, widths, right);
  return out;
}

int display_width(std::string_view utf8) {
  int width = 0;
  for (size_t i = 0; i < utf8.size();) {
    const auto first = static_cast<unsigned char>(utf8[i]);
    const size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    uint32_t c = length == 1 ? first : first & (0xffu >> (length + 1));
    for (size_t k = 1; k < length && i + k < utf8.size(); ++k) c = (c << 6) | (static_cast<unsigned char>(utf8[i + k]) & 0x3f);
    width += is_wide(c) ? 2 : 1;
    i += length;
  }
  return width;
}

std::string fixed(double value, int decimals) {
  if (std::isnan(value)) return "-";
  char buffer[400];
  std::snprintf(buffer, sizeof buffer, "%.*f", decimals, value);
  return buffer;
}

std::string count_text(double value) {
  if (std::isnan(value)) return "-";
  const char* units[] = {"", " k", " M", " G", " T"};
  int unit = 0;
  double scaled = value;
  while (std::abs(scaled) >= 999.5 && unit < 4) scaled /= 1000, ++unit;
  if (unit == 0) return fixed(value, value == std::floor(value) ? 0 : 2);
  return fixed(scaled, std::abs(scaled) >= 99.95 ? 0 : std::abs(scaled) >= 9.995 ? 1 : 2) + units[unit];
}

std::string duration_text(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "-";
  const auto total = static_cast<int64_t>(std::llround(std::min(seconds, 1e12)));
  char buffer[48];
  if (total >= 3600) {
    std::snprintf(buffer, sizeof buffer, "%lld:%02lld:%02lld", static_cast<long long>(total / 3600),
                  static_cast<long long>(total / 60 % 60), static_cast<long long>(total % 60));
  } else {
    std::snprintf(buffer, sizeof buffer, "%lld:%02lld", static_cast<long long>(total / 60), static_cast<long long>(total % 60));
  }
  return buffer;
}

std::string bar_text(double share, int width) {
  const double kept = std::isnan(share) ? 0 : std::clamp(share, 0.0, 1.0);
  const int full = static_cast<int>(kept * width);
  std::string out;
  for (int i = 0; i < width; ++i) out += i < full ? "█" : "░";
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (size_t i = 0; i < words.size(); ++i) out += (i ? ", " : "") + words[i];
  return out;
}

std::string hex_text(uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

}  // namespace manybody::core
