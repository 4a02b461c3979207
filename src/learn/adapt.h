// Adapting the policy of all bodies to one new body in minutes, without forgetting the others.
//
// Reads: a bundle that fits any body, the new body, a few bodies to rehearse. Writes: a run's folder with a bundle of the same
//   contract, which still fits every body.
// Method: PPO from the bundle's actor on a batch of the new body and, beside it, known bodies whose share of the gradient keeps
//   what was learned (rehearsal: Robins, "Catastrophic forgetting, rehearsal and pseudorehearsal", 1995). The observation's statistics stay; the critic, which a
//   bundle does not hold, learns alone first.
// Errors: core::UserError when the bundle is for one body only, or as training gives them.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "body/body.h"
#include "learn/trainer.h"

namespace manybody::learn {

struct AdaptOptions {
  double minutes = 2;        // of wall clock, the start included
  int worlds = 128;          // of the new body
  int rehearsal_worlds = 8;  // of each rehearsed body
  std::vector<std::shared_ptr<const body::Body>> rehearse;
  int threads = 0;
  uint64_t seed = 1;
  std::string run_folder;
  bool quiet = false;
  const std::atomic<bool>* stop = nullptr;
};

TrainResult adapt(const std::shared_ptr<const body::Body>& body, const std::string& bundle_folder, const AdaptOptions& options);

}  // namespace manybody::learn
