// A small network that hears which skills a sentence asks for, letter by letter, without the lexicon: a second opinion.
//
// Reads: data/brain/intent.bin (made by tools/train_intent, docs/method/brain.md). Writes: a probability for every label.
// Method: hashed character n-grams are left to the convolution: code point embedding, two dilated residual convolutions, max over
// time, one sigmoid a label. Limits: 96 code points; labels are skills and a few kinds of talk.
// Errors: core::UserError when the file is damaged.
#pragma once

#include <string>
#include <vector>

#include "brain/plan.h"
#include "brain/text.h"

namespace manybody::brain {

class IntentModel {
 public:
  explicit IntentModel(const std::string& path);
  const std::vector<std::string>& labels() const { return labels_; }
  std::vector<float> probabilities(const std::vector<Unit>& units) const;
  // The confidence in a plan once the network has been heard: lower where it disagrees.
  double weigh(const std::vector<Unit>& units, const Plan& plan, double confidence) const;

 private:
  std::vector<std::string> labels_;
};

}  // namespace manybody::brain
