// A small network that hears which skills a sentence asks for, letter by letter, without the lexicon: a second opinion.
//
// Reads: data/brain/intent.bin (made by tools/train_intent.cc). Writes: a probability for every label; the confidence in a plan.
// Method: intent_net.h; labels are skills and kinds of talk, several at a time. docs/method/brain.md, "The second opinion".
// Limits: the first 96 characters. Errors: core::UserError when the file is damaged.
#pragma once

#include <string>
#include <vector>

#include "brain/intent_net.h"
#include "brain/plan.h"
#include "brain/text.h"

namespace manybody::brain {

// The labels in their order; a skill without one of its own (pick, place, …) counts as "handle".
const std::vector<std::string>& intent_labels();
int intent_label(const std::string& skill);  // -1 when it has none

class IntentModel {
 public:
  explicit IntentModel(const std::string& path);
  std::vector<float> probabilities(const std::vector<Unit>& units) const;
  // The confidence in a plan once the network has been heard: lower where it disagrees.
  double weigh(const std::vector<Unit>& units, const Plan& plan, double confidence) const;
  // The likeliest label, "" when none is that likely: for a question, never for an action.
  std::string guess(const std::vector<Unit>& units, double at_least) const;

 private:
  IntentNet net_;
};

void write_intent_net(const IntentNet& net, const std::string& path);

}  // namespace manybody::brain
