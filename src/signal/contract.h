// The walking signal written down: what is read, how scaled and clipped, in what order, by joint name, at what rate.
//
// The text travels with a trained policy; its hash refuses a policy whose contract differs from the body's. A driver whose
// joints come in another order maps them by name, once, at load time.
// Errors: core::UserError naming the joint that is missing, with a near match.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "signal/walk_model.h"

namespace manybody::signal {

struct Contract {
  std::string observation, action;  // one term a line: name, size, unit, order
  std::string hash;                 // of both, 16 hex digits
};
Contract make_contract(const WalkModel& model);

// For each wanted name its place in `given`. Every wanted joint must be there once; what is left over is ignored.
std::vector<int> map_joints(std::span<const std::string> wanted, std::span<const std::string> given, const std::string& where);

}  // namespace manybody::signal
