// The network that a bundle or a configuration names.
//
// Reads: its sizes and, of a network of joint tokens, its shape as text (token_shape.h). Errors: UserError naming `where`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "policy/net.h"

namespace manybody::policy {

// tokens: empty for a multi-layer perceptron of these sizes; else sizes are inputs and outputs.
std::unique_ptr<Net> make_net(const std::vector<int>& sizes, const std::string& tokens, const std::string& where);
// The same number as that network's parameter_count(), without making it.
size_t count_parameters(const std::vector<int>& sizes, const std::string& tokens, const std::string& where);

}  // namespace manybody::policy
