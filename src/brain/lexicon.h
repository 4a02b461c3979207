// The brain's words: phrases in two languages, each with what it may mean. Data, not code: data/brain/lexicon/*.tsv.
//
// Reads: lines `tag <tab> value <tab> phrase | phrase`; in a phrase `(a|b)` is one of several, `[a|b]` one of them or none, `#` a
// number with its measure word. Writes: a trie over units. The first meaning of a phrase that is read stays its first.
// Limits: a phrase that opens into more than 2048 others is an error. Errors: core::UserError with file and line.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "brain/text.h"

namespace manybody::brain {

enum class Tag : uint8_t {
  act,
  cannot,
  dir,
  hand,
  unit,
  count,
  amount,
  speed,
  scale,
  conn,
  post,
  cond,
  neg,
  corr,
  all,
  except,
  pron,
  noun,
  adj,
  part,
  voc,
  pol,
  fn,
  chat,
  story,
  odd,
  word,
  // made by the reader, not in the files
  number,
  item,
  mark,
  unknown,
};
const char* to_text(Tag tag);

struct Meaning {
  Tag tag = Tag::unknown;
  std::string value;
};

class Lexicon {
 public:
  // Every file of the folder; sounds and traditional characters are read beside them.
  explicit Lexicon(const std::string& folder);

  const Normaliser& normaliser() const { return normaliser_; }
  const std::vector<Meaning>& meanings() const { return meanings_; }

  // Ways to read one unit: itself, its stem, a likely correction; cost says how much trust it loses.
  struct Reading {
    int word = -1;
    double cost = 0;
    bool stem = false, fixed = false;
  };
  std::vector<Reading> readings(const Unit& unit, bool allow_fixes) const;
  bool sounds_like(const std::string& typed, const std::string& meant) const;  // a character often typed for another
  bool knows_word(const std::string& word) const { return words_.count(word) > 0; }

  // Trie: node 0 is the root.
  int step(int node, int word) const;
  int gap_step(int node) const { return step(node, gap_word_); }  // through `#`
  const std::vector<int>& meanings_at(int node) const { return nodes_[static_cast<size_t>(node)]; }
  // All phrases of one tag, spelt with spaces between units: for the corpus and for tests.
  struct Phrase {
    std::string text;
    int meaning;
    bool chinese;
  };
  const std::vector<Phrase>& phrases() const { return phrases_; }

 private:
  void read_file(const std::string& path);
  void add(const std::string& phrase, int meaning, const std::string& where);
  int word_id(const std::string& word);
  void read_sounds(const std::string& path);
  int fix(const std::string& word) const;

  Normaliser normaliser_;
  std::vector<Meaning> meanings_;
  std::unordered_map<std::string, int> words_;
  std::vector<std::string> word_list_;
  std::unordered_map<uint64_t, int> edges_;
  std::vector<std::vector<int>> nodes_{1};
  std::unordered_map<std::string, std::vector<int>> sounds_;  // a wrong character: what may be meant
  std::unordered_map<std::string, std::string> alike_;        // the same, of names: all characters that may be meant
  std::array<std::vector<int>, 32> by_length_;                // English words by length, for corrections
  std::vector<Phrase> phrases_;
  int gap_word_ = -1;
};

// Whether one letter more, less, other or swapped makes one word the other.
bool within_one(const std::string& a, const std::string& b);

}  // namespace manybody::brain
