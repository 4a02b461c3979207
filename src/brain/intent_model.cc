#include "brain/intent_model.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/bytes.h"
#include "core/error.h"
#include "core/files.h"

namespace manybody::brain {
namespace {

constexpr uint32_t kMagic = 0x314E494D;  // "MIN1"
// A reading that is sure of every word stands; one that guessed some is moved by what the network heard (docs/method/brain.md).
constexpr double kSureReading = 0.9, kWeight = 0.25;

}  // namespace

const std::vector<std::string>& intent_labels() {
  static const std::vector<std::string> kLabels{"walk",      "turn", "go_to",      "follow", "look_at",  "stand",      "squat",
                                                "bow",       "nod",  "shake_head", "wave",   "point_at", "raise_arms", "dance",
                                                "hold_pose", "say",  "wait",       "handle", "redo",     "cannot",     "chat"};
  return kLabels;
}

int intent_label(const std::string& skill) {
  const std::vector<std::string>& labels = intent_labels();
  static const std::set<std::string> kHandles{"reach", "pick", "place", "hand_over", "hang"};
  const auto it = std::find(labels.begin(), labels.end(), kHandles.count(skill) ? "handle" : skill);
  return it == labels.end() ? -1 : static_cast<int>(it - labels.begin());
}

IntentModel::IntentModel(const std::string& path) : net_(static_cast<int>(intent_labels().size())) {
  const std::string bytes = core::read_file(path);
  core::ByteReader in(bytes, path);
  if (in.get<uint32_t>() != kMagic)
    throw core::UserError(path, "is not an intent network", "a file that tools/train_intent wrote");
  if (in.get<uint32_t>() != intent_labels().size())
    throw core::UserError(path, "has other labels", std::to_string(intent_labels().size()) + " labels");
  // Weights are stored in 16 bits, one scale a block of 64.
  const size_t count = net_.parameters().size();
  if (in.get<uint64_t>() != count) throw core::UserError(path, "has another size", std::to_string(count) + " weights");
  for (size_t at = 0; at < count; at += 64) {
    const float scale = in.get<float>();
    if (!std::isfinite(scale)) throw core::UserError(path, "holds a scale that is no number", "finite numbers");
    for (size_t i = at; i < std::min(count, at + 64); ++i) net_.parameters()[i] = scale * static_cast<float>(in.get<int16_t>());
  }
}

void write_intent_net(const IntentNet& net, const std::string& path) {
  core::ByteWriter out;
  out.put(kMagic);
  out.put(static_cast<uint32_t>(net.labels()));
  const std::vector<float>& p = net.parameters();
  out.put(static_cast<uint64_t>(p.size()));
  for (size_t at = 0; at < p.size(); at += 64) {
    float most = 1e-12f;
    for (size_t i = at; i < std::min(p.size(), at + 64); ++i) most = std::max(most, std::fabs(p[i]));
    const float scale = most / 32767;
    out.put(scale);
    for (size_t i = at; i < std::min(p.size(), at + 64); ++i) out.put(static_cast<int16_t>(std::lround(p[i] / scale)));
  }
  core::write_file(path, out.take());
}

std::vector<float> IntentModel::probabilities(const std::vector<Unit>& units) const {
  IntentNet::Pass pass;
  net_.forward(IntentNet::rows_of(units), pass);
  for (float& value : pass.logits) value = 1 / (1 + std::exp(-value));
  return pass.logits;
}

double IntentModel::weigh(const std::vector<Unit>& units, const Plan& plan, double confidence) const {
  if (confidence >= kSureReading) return confidence;
  const std::vector<float> heard = probabilities(units);
  double lowest = 1;
  for (const Step& step : plan) {
    const int label = intent_label(step.skill);
    if (label >= 0) lowest = std::min(lowest, static_cast<double>(heard[static_cast<size_t>(label)]));
  }
  return std::clamp(confidence + kWeight * (lowest - 0.5), 0.0, kSureReading);
}

std::string IntentModel::guess(const std::vector<Unit>& units, double at_least) const {
  const std::vector<float> heard = probabilities(units);
  const auto best = std::max_element(heard.begin(), heard.end());
  return *best >= at_least ? intent_labels()[static_cast<size_t>(best - heard.begin())] : "";
}

}  // namespace manybody::brain
