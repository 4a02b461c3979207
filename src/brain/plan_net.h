// The network that spells plans: words in, tokens of a plan out, each with its probability. Own kernels, forward only.
//
// Reads: a file that tools/train_plan.py wrote. Writes: tokens, the probability of the whole.
// Method: transformer (Vaswani et al. 2017) with normalisation before each part: `encoders` layers over the words, `decoders` layers that
// spell greedily, keys and values of what was spelt kept. A word is the sum of its own vector, those of what the lexicon takes it for
// (in full, two words of it, its tag), the mean of its letters in threes (hashed), and its place.
// Shapes: vectors of kWidth; matrices are inputs x outputs, row by row. Limits: kMostHeard words, kMostSpelt tokens; const, any thread.
// Errors: core::UserError when the file is damaged or of another shape.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "brain/hearing.h"

namespace manybody::brain {

class PlanNet {
 public:
  explicit PlanNet(const std::string& path);

  struct Spelt {
    std::vector<std::string> tokens;  // without the end mark
    double probability = 0;           // 0 when it found no end
  };
  Spelt spell(const std::vector<Heard::Word>& words) const { return spell({this}, words); }
  // Several that were trained with other dice, each token by the mean of their probabilities. They spell with the same tokens.
  static Spelt spell(const std::vector<const PlanNet*>& nets, const std::vector<Heard::Word>& words);
  bool spells_like(const PlanNet& other) const { return tokens_ == other.tokens_; }
  bool knows(const std::string& word) const { return words_.count(word) > 0; }

  static constexpr int kWidth = 128, kHeads = 4, kInner = 256, kEncoders = 3, kDecoders = 2, kGrams = 2048, kMostSpelt = 64;

 private:
  struct Linear {
    std::vector<float> weights, bias;  // inputs x outputs, outputs
  };
  struct Norm {
    std::vector<float> scale, shift;
  };
  struct Attention {
    Linear query, key, value, out;
  };
  struct Layer {
    Norm norm1, norm2, norm3;
    Attention own, cross;
    Linear up, down;
  };
  struct Kept {  // what a decoder's layer remembers: keys and values of what was spelt, and of what was heard
    std::vector<float> key, value, heard_key, heard_value;
  };

  using Table = std::unordered_map<std::string, int>;
  static int at(const Table& table, std::string_view word, int otherwise);
  std::vector<float> embed(const std::vector<Heard::Word>& words) const;
  std::vector<float> encode(const std::vector<Heard::Word>& words) const;
  std::vector<float> decode(int token, size_t place, std::vector<Kept>& kept) const;  // logits of the next token
  std::vector<Kept> begin(const std::vector<float>& heard) const;

  Table words_, meanings_;
  std::vector<std::string> tokens_;
  std::vector<float> word_, meaning_, gram_, place_, token_, when_;
  std::vector<Layer> encoders_, decoders_;
  Norm encoded_, decoded_;
  Linear logits_;
};

}  // namespace manybody::brain
