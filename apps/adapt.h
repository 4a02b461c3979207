// What `manybody adapt` and `manybody bench generalise` share: bodies to rehearse, judging a bundle on a body.
//
// Errors: core::UserError when a body is unknown or a bundle does not fit it.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "learn/adapt.h"
#include "learn/evaluate.h"

namespace manybody::apps {

// Different sizes and layouts, and drawn ones; all are on every machine.
inline constexpr const char* kRehearsed = "unitree_h1,berkeley_humanoid,robotis_op3,figure_01,xiao_ju,random:1-5";

using Bodies = std::vector<std::shared_ptr<const body::Body>>;
Bodies load_bodies(const std::string& list);  // names as body::expand_bodies takes them; none: no body
Bodies all_but(Bodies bodies, const std::string& name);
learn::EvalResult evaluate_on(const body::Body& body, const std::string& folder, const learn::EvalOptions& options);
nlohmann::ordered_json json_of(const learn::EvalResult& result);

}  // namespace manybody::apps
