#include "brain/opinion.h"

#include <algorithm>

#include "core/error.h"
#include "core/files.h"

namespace manybody::brain {
namespace {

// Probabilities of the second reader, chosen on data/brain/test/weighed_*.tsv for whole plans less wrong actions.
constexpr double kOtherPlan = 0.65;  // it has another plan: followed
constexpr double kGuessing = 0.1;    // it has another plan but no idea: a reading that knew every word stands
constexpr double kSureOfWords = 0.9;
constexpr double kNoPlan = 0.4;  // it hears no order where the words make one
constexpr double kNoPlanGuessing = 0.1;
constexpr double kPlanAlone = 0.5;  // it hears an order where the words make none
constexpr double kPlanAgainstRefusal = 0.8;
constexpr double kKind = 0.5;                         // neither hears an order
constexpr double kMostStrange = 0.34;                 // of the words
constexpr double kPlain = 0.97, kAgainstPlain = 0.9;  // confidence of a reading that knew every word; what it takes to doubt it
constexpr size_t kFewWords = 5;

}  // namespace

SecondReader::SecondReader(const std::string& folder) {
  for (int n = 1; n == 1 || core::file_exists(folder + "/plan_" + std::to_string(n) + ".bin"); ++n) {
    const std::string path = folder + (n == 1 ? "/plan.bin" : "/plan_" + std::to_string(n) + ".bin");
    nets_.push_back(std::make_unique<PlanNet>(path));
    if (!nets_.back()->spells_like(*nets_.front()))
      throw core::UserError(path, "spells with other tokens", "a network trained on the sentences of plan.bin");
    all_.push_back(nets_.back().get());
  }
}

// Noise: words that neither the lexicon nor the network has met.
bool SecondReader::is_strange(const Heard& heard) const {
  const auto strange = std::count_if(heard.words.begin(), heard.words.end(), [&](const Heard::Word& word) {
    return (word.meaning == "unknown" || word.meaning == to_text(Tag::mark)) && !nets_.front()->knows(word.text);
  });
  return static_cast<double>(strange) > kMostStrange * static_cast<double>(heard.words.size());
}

Opinion SecondReader::read(const Heard& heard, const Scene& scene) const {
  Opinion out;
  if (is_strange(heard)) return out;
  out.words = static_cast<size_t>(std::count_if(heard.words.begin(), heard.words.end(), [](const Heard::Word& word) {
    return !word.meaning.empty() && word.meaning != to_text(Tag::mark);
  }));
  const PlanNet::Spelt spelt = PlanNet::spell(all_, heard.words);
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
  if (first.kind == Kind::stop) return Verdict::first;
  // A short order in words that are all known is the words' own ground.
  const bool plain =
      first.kind == Kind::plan && first.confidence >= kPlain && first.plan.size() == 1 && second.words <= kFewWords;
  if (first.kind == Kind::plan && second.kind == Kind::plan && same_deeds(first.plan, second.plan)) return Verdict::first;
  if (plain) return p >= kAgainstPlain ? Verdict::second : Verdict::first;
  if (first.kind == Kind::plan && second.kind == Kind::plan) {
    if (p >= kOtherPlan) return Verdict::second;
    return p < kGuessing && first.confidence >= kSureOfWords ? Verdict::first : Verdict::ask;
  }
  if (first.kind == Kind::plan) {
    if (p >= kNoPlan) return Verdict::second;
    return p < kNoPlanGuessing ? Verdict::first : Verdict::ask;
  }
  if (second.kind == Kind::plan)
    return p >= (first.kind == Kind::refuse ? kPlanAgainstRefusal : kPlanAlone) ? Verdict::second : Verdict::first;
  return p >= kKind ? Verdict::second : Verdict::first;
}

}  // namespace manybody::brain
