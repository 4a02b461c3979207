#include "brain/intent_model.h"

namespace manybody::brain {

IntentModel::IntentModel(const std::string&) {}
std::vector<float> IntentModel::probabilities(const std::vector<Unit>&) const { return {}; }
double IntentModel::weigh(const std::vector<Unit>&, const Plan&, double confidence) const { return confidence; }

}  // namespace manybody::brain
