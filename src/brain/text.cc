#include "brain/text.h"

#include <algorithm>
#include <cstdlib>

namespace manybody::brain {
namespace {

constexpr char32_t kBad = 0xFFFD;

bool is_letter(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 0xC0 && c <= 0x24F && c != 0xD7 && c != 0xF7); }
bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
bool is_space(char32_t c) {
  return c == ' ' || (c >= 9 && c <= 13) || c == 0xA0 || c == 0x3000 || (c >= 0x2000 && c <= 0x200B) || c == 0xFEFF;
}

}  // namespace

char32_t take_code(std::string_view bytes, size_t& at) {
  const auto byte = [&](size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u; };
  const unsigned first = byte(at);
  const auto follows = [&](size_t count) {
    for (size_t i = 1; i <= count; ++i) {
      if ((byte(at + i) & 0xC0) != 0x80) return false;
    }
    return true;
  };
  char32_t code = kBad;
  size_t length = 1;
  if (first < 0x80) {
    code = first;
  } else if (first >= 0xC2 && first < 0xE0 && follows(1)) {
    code = ((first & 0x1F) << 6) | (byte(at + 1) & 0x3F), length = 2;
  } else if (first >= 0xE0 && first < 0xF0 && follows(2)) {
    code = ((first & 0x0F) << 12) | ((byte(at + 1) & 0x3F) << 6) | (byte(at + 2) & 0x3F), length = 3;
    if (code < 0x800 || (code >= 0xD800 && code < 0xE000)) code = kBad, length = 1;
  } else if (first >= 0xF0 && first < 0xF5 && follows(3)) {
    code = ((first & 0x07) << 18) | ((byte(at + 1) & 0x3F) << 12) | ((byte(at + 2) & 0x3F) << 6) | (byte(at + 3) & 0x3F),
    length = 4;
    if (code < 0x10000 || code > 0x10FFFF) code = kBad, length = 1;
  }
  at += length;
  return code;
}

void append_code(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

bool is_cjk(char32_t c) {
  return (c >= 0x3400 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x2FFFF) || c == 0x3007;
}

bool is_cjk(std::string_view utf8) {
  size_t at = 0;
  return !utf8.empty() && is_cjk(take_code(utf8, at));
}

std::string language_of(std::string_view typed) {
  size_t cjk = 0, words = 0;
  bool in_word = false;
  for (size_t at = 0; at < typed.size();) {
    const char32_t code = take_code(typed, at);
    const bool letter = (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
    cjk += is_cjk(code);
    words += letter && !in_word;
    in_word = letter;
  }
  return cjk > 0 && cjk * 2 >= words * 3 ? "zh" : cjk > words ? "zh" : "en";
}

std::string trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || (c >= 9 && c <= 13); };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return std::string(text);
}

Normaliser::Normaliser(std::string_view pairs) {
  for (size_t at = 0; at < pairs.size();) {
    const char32_t from = take_code(pairs, at);
    if (!is_cjk(from) || at >= pairs.size()) continue;
    const char32_t to = take_code(pairs, at);
    if (from != to) simplified_.emplace(from, to);
  }
}

char32_t Normaliser::fold(char32_t c) const {
  if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;  // full width
  if (c >= 'A' && c <= 'Z') return c + 32;
  if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 32;
  switch (c) {
    case 0x2018:
    case 0x2019:
    case 0x02BC:
    case '`':
      return '\'';
    case 0x3002:
    case 0xFF61:
      return '.';
    case 0x3001:
      return ',';
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2212:
      return '-';
    case 0x2014:
      return ',';
    case 0x2026:
      return '.';
    case 0xB0:
    case 0x2103:
      return 0xB0;
    default:
      break;
  }
  const auto it = simplified_.find(c);
  return it == simplified_.end() ? c : it->second;
}

std::vector<Unit> Normaliser::units(std::string_view typed) const {
  typed = typed.substr(0, kMaxText);
  struct Code {
    char32_t code, raw;
    size_t begin, end;
  };
  std::vector<Code> codes;
  for (size_t at = 0; at < typed.size();) {
    const size_t begin = at;
    const char32_t raw = take_code(typed, at);
    codes.push_back({fold(raw), raw, begin, at});
  }
  const auto code = [&](size_t i) { return i < codes.size() ? codes[i].code : U'\0'; };
  std::vector<Unit> out;
  bool space = true;
  for (size_t i = 0; i < codes.size();) {
    const char32_t c = codes[i].code;
    if (is_space(c)) {
      space = true, ++i;
      continue;
    }
    Unit unit;
    unit.begin = codes[i].begin;
    unit.space_before = space;
    size_t j = i;
    if (is_letter(c)) {
      unit.capital = codes[i].raw != c;
      while (is_letter(code(j)) || (code(j) == '\'' && j > i && is_letter(code(j + 1))) ||
             (code(j) == '/' && is_letter(code(j + 1)) && j - i <= 2)) {
        append_code(unit.text, codes[j++].code);
      }
      if (code(j) == '\'' && (unit.text == "an" || unit.text == "o")) append_code(unit.text, codes[j++].code);
      if (unit.text == "mister") unit.text = "mr";
      if (code(j) == '.' && (unit.text == "mr" || unit.text == "mrs" || unit.text == "ms" || unit.text == "dr")) ++j;
    } else if (is_digit(c) || (c == '.' && is_digit(code(i + 1)) && space)) {
      unit.kind = Unit::Kind::number;
      bool point = false;
      while (is_digit(code(j)) || (!point && code(j) == '.' && is_digit(code(j + 1))) ||
             (code(j) == ',' && is_digit(code(j + 1)) && is_digit(code(j + 2)) && is_digit(code(j + 3)) &&
              !is_digit(code(j + 4)) && codes[j].raw == ',' && j - i <= 3)) {
        if (code(j) == '.') point = true;
        if (code(j) != ',') append_code(unit.text, codes[j].code);
        ++j;
        if (j - i > 18) break;
      }
      unit.number = std::strtod(unit.text.c_str(), nullptr);
    } else {
      unit.kind = is_cjk(c) ? Unit::Kind::cjk : Unit::Kind::mark;
      append_code(unit.text, c);
      j = i + 1;
    }
    unit.end = codes[j - 1].end;
    // A hyphen between two words only joins them.
    space = false;
    if (unit.kind == Unit::Kind::word && code(j) == '-' && is_letter(code(j + 1))) ++j, space = true;
    out.push_back(std::move(unit));
    i = j;
  }
  return out;
}

}  // namespace manybody::brain
