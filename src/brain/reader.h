// From units to tokens: the cheapest way to read what was typed as phrases of the lexicon, numbers and things of the scene.
//
// Method: shortest path over a lattice (Viterbi): a phrase costs one, whatever its length; a stem, a corrected slip or a character of
// the same sound costs more, an unknown word most. Reads: units, lexicon, scene. Writes: tokens in order, covering every unit.
#pragma once

#include <string>
#include <vector>

#include "brain/lexicon.h"
#include "brain/scene.h"
#include "brain/text.h"

namespace manybody::brain {

struct Token {
  std::vector<const Meaning*> meanings;  // of a phrase; the first is the likeliest
  Tag tag = Tag::unknown;                // the first's, or number, item, mark, unknown
  std::string text;                      // as normalised, words parted by spaces
  size_t begin = 0, end = 0;             // units
  double number = 0;
  bool vague = false;  // a number like "几"
  const Item* item = nullptr;
  double cost = 0;  // beyond a plain reading
  bool stem = false, fixed = false, chinese = false;

  const std::string& value() const;
  const Meaning* as(Tag wanted) const;  // its meaning under that tag, or null
  bool is(Tag wanted, const char* wanted_value) const;
};

std::vector<Token> read_tokens(const std::vector<Unit>& units, const Lexicon& lexicon, const Scene& scene);

}  // namespace manybody::brain
