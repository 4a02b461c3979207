// What `manybody adapt` and `manybody bench generalise` share: bodies to rehearse, judging a bundle on a body.
//
// Errors: core::UserError when a body is unknown or a bundle does not fit it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "learn/adapt.h"
#include "learn/evaluate.h"

namespace manybody::apps {

// Different sizes and layouts, and drawn ones; all are on every machine.
inline constexpr const char* kRehearsed = "unitree_h1,berkeley_humanoid,robotis_op3,figure_01,xiao_ju,random:1-5";

std::vector<std::shared_ptr<const body::Body>> rehearsed_bodies(const std::string& list, const std::string& except);
learn::EvalResult evaluate_on(const body::Body& body, const std::string& folder, const learn::EvalOptions& options);

}  // namespace manybody::apps
