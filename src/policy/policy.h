// A trained policy at work: observation in, mean action out. What runs in the viewer, in evaluation and on the robot.
//
// Reads: observations as the bundle's contract defines them (rows x inputs). Writes: actions (rows x outputs).
// Limits: `act` allocates nothing and takes constant time for a row; not thread-safe (its working memory is its own).
// Errors: construction may throw UserError from loading; `act` never throws. A not-a-number in gives a not-a-number out.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "policy/bundle.h"
#include "policy/net.h"
#include "policy/normaliser.h"

namespace manybody::policy {

class Policy {
 public:
  explicit Policy(Bundle bundle, int max_rows = 1);
  static Policy load(const std::string& folder, int max_rows = 1) { return Policy(load_bundle(folder), max_rows); }

  const PolicyInfo& info() const { return bundle_.info; }
  const Bundle& bundle() const { return bundle_; }
  int observation_size() const { return net_->inputs(); }
  int action_size() const { return net_->outputs(); }

  // One row or several, at most max_rows.
  void act(std::span<const float> observation, std::span<float> action);

 private:
  Bundle bundle_;
  std::unique_ptr<Net> net_;
  Normaliser normaliser_;
  std::unique_ptr<NetScratch> scratch_;
  std::vector<float> normalised_;
};

}  // namespace manybody::policy
