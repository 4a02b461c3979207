// Text as the brain reads it: any bytes become small units (a word, a number, one Chinese character, a mark), each knowing where it
// stood in what was typed.
//
// Reads: bytes, well-formed UTF-8 or not. Writes: units in lower case and half width, simplified characters, hyphens parted.
// Limits: at most kMaxText bytes are read. Errors: none; a malformed byte is a unit of its own that no word knows.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace manybody::brain {

inline constexpr size_t kMaxText = 4000;

struct Unit {
  enum class Kind { word, number, cjk, mark } kind = Kind::word;
  std::string text;           // normalised
  double number = 0;          // of a number
  size_t begin = 0, end = 0;  // bytes in what was typed
  bool capital = false;       // a word that began with a capital letter
  bool space_before = true;
};

class Normaliser {
 public:
  Normaliser() = default;
  explicit Normaliser(std::string_view traditional_pairs);  // "後后個个": traditional, simplified, and so on
  std::vector<Unit> units(std::string_view typed) const;
  char32_t fold(char32_t code) const;  // case, width, simplified

 private:
  std::unordered_map<char32_t, char32_t> simplified_;
};

// One code point from the front of `bytes`, at least one byte long; a malformed byte gives U+FFFD.
char32_t take_code(std::string_view bytes, size_t& at);
void append_code(std::string& out, char32_t code);
bool is_cjk(char32_t code);
bool is_cjk(std::string_view utf8);  // its first code point
// "zh" when Chinese characters make up the larger part of what was typed, else "en".
std::string language_of(std::string_view typed);
std::string trimmed(std::string_view text);

}  // namespace manybody::brain
