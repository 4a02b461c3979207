// policy.toml, read and written. Inside the room only: others use bundle.h.
//
// Reads, writes: the text of policy.toml. Errors: UserError with file:line, the field and what was expected.
#pragma once

#include <string>

#include "policy/bundle.h"

namespace manybody::policy {

PolicyInfo read_policy_toml(const std::string& path);
std::string write_policy_toml(const PolicyInfo& info);

}  // namespace manybody::policy
