// A second reader of a sentence beside the lexicon's, and what the two amount to together.
//
// Reads: the sentence as it is heard (hearing.h); data/brain/plan*.bin. Writes: a kind of answer or a plan, with its probability; which of
// the two is followed. Method: the network of plan_net.h; docs/method/brain.md, "The second reader".
// Limits: one sentence at a time; what builds on earlier turns is the lexicon's alone. Errors: core::UserError when the file is damaged.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "brain/hearing.h"
#include "brain/plan.h"
#include "brain/plan_net.h"

namespace manybody::brain {

struct Opinion {
  Kind kind = Kind::ask;
  Plan plan;
  double probability = 0;
  size_t words = 0;  // of the sentence: phrases of the lexicon, names, numbers, what nobody knows
};

class SecondReader {
 public:
  // plan.bin of a folder, and plan_2.bin, plan_3.bin … when they are there: their mean is heard.
  explicit SecondReader(const std::string& folder);
  Opinion read(const Heard& heard, const Scene& scene) const;

 private:
  bool is_strange(const Heard& heard) const;

  std::vector<std::unique_ptr<PlanNet>> nets_;
  std::vector<const PlanNet*> all_;
};

enum class Verdict { first, second, ask };
// Whom to follow, when the first reader has come to this answer.
Verdict weigh(const Answer& first, const Opinion& second);

}  // namespace manybody::brain
