#include "brain/opinion.h"

namespace manybody::brain {
namespace {

// Probabilities of the second reader, chosen on data/brain/test/weighed_*.tsv for whole plans less wrong actions.
constexpr double kOtherPlan = 0.75;         // it has another plan: followed
constexpr double kGuessing = 0.2;           // it has another plan but no idea: a reading that knew every word stands
constexpr double kSureOfWords = 0.9;
constexpr double kNoPlan = 0.4;             // it hears no order where the words make one
constexpr double kNoPlanGuessing = 0.1;
constexpr double kPlanAlone = 0.45;         // it hears an order where the words make none
constexpr double kPlanAgainstRefusal = 0.9;
constexpr double kKind = 0.5;               // neither hears an order

}  // namespace

Opinion SecondReader::read(const Heard& heard, const Scene& scene) const {
  const PlanNet::Spelt spelt = net_.spell(heard.words);
  Opinion out;
  if (spelt.probability <= 0 || spelt.tokens.empty()) return out;
  for (const Kind kind : {Kind::ask, Kind::chat, Kind::refuse, Kind::stop}) {
    if (spelt.tokens.front() != to_text(kind)) continue;
    out.kind = kind, out.probability = spelt.probability;
    return out;
  }
  const auto plan = unspell(spelt.tokens, heard, scene);
  if (!plan) return out;
  out.kind = Kind::plan, out.plan = *plan, out.probability = spelt.probability;
  return out;
}

Verdict weigh(const Answer& first, const Opinion& second) {
  const double p = second.probability;
  if (first.kind == Kind::plan && second.kind == Kind::plan) {
    if (same_deeds(first.plan, second.plan)) return Verdict::first;
    if (p >= kOtherPlan) return Verdict::second;
    return p < kGuessing && first.confidence >= kSureOfWords ? Verdict::first : Verdict::ask;
  }
  if (first.kind == Kind::plan) {
    if (p >= kNoPlan) return Verdict::second;
    return p < kNoPlanGuessing ? Verdict::first : Verdict::ask;
  }
  if (second.kind == Kind::plan) return p >= (first.kind == Kind::refuse ? kPlanAgainstRefusal : kPlanAlone) ? Verdict::second : Verdict::first;
  return p >= kKind ? Verdict::second : Verdict::first;
}

}  // namespace manybody::brain
