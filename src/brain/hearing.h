// A sentence as the plan network hears it, and plans as it says them: names and numbers become places to fill ("<person0>", "<num1>"), so
// that what is learned on one stage holds on every other.
//
// Reads: units, the reader's tokens, the scene. Writes: words, each with what the lexicon takes it for; a plan spelt in tokens, and
// back. What is to be said or heard is spelt as the first and last word of it ("<w4>", "<w6>").
// Limits: kMostHeard words; a plan whose targets or numbers the sentence does not hold cannot be spelt (nullopt). Errors: none.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "brain/frame.h"
#include "brain/plan.h"
#include "brain/reader.h"
#include "brain/scene.h"

namespace manybody::brain {

inline constexpr size_t kMostHeard = 64;

struct Heard {
  struct Word {
    std::string text;           // a unit, or a place to fill
    std::string meaning;        // "act walk", "unit m", "unknown"; "" inside a phrase
    size_t begin = 0, end = 0;  // bytes in what was typed
  };
  std::string typed;
  std::vector<Word> words;
  std::vector<std::string> names;   // by place: "<person0>" …
  std::vector<std::string> places;  // what fills them, in the same order
  std::vector<double> numbers;
  std::map<std::string, std::string>
      unsaid;  // what a thing of the scene is, when nothing else there is one: "charger" (for "go and charge")
};

Heard hear(const std::string& typed, const std::vector<Unit>& units, const std::vector<Token>& tokens, const Scene& scene,
           const Nouns& nouns);

// The plan in tokens, without an end mark.
std::optional<std::vector<std::string>> spell(const Plan& plan, const Heard& heard, const Scene& scene);
std::optional<Plan> unspell(const std::vector<std::string>& spelt, const Heard& heard, const Scene& scene);
// Whether two plans are the same, but for case and marks in what is said or heard.
bool same_deeds(const Plan& a, const Plan& b);
// Letters and numbers alone, in lower case.
std::string plain_text(const std::string& text);

}  // namespace manybody::brain
