#include "policy/make_net.h"

#include <fmt/format.h>

#include "core/error.h"
#include "policy/mlp.h"
#include "policy/token_net.h"

namespace manybody::policy {
namespace {

TokenShape shape_of(const std::vector<int>& sizes, const std::string& tokens, const std::string& where) {
  if (sizes.size() != 2) {
    throw core::UserError(where, fmt::format("a network of joint tokens has {} sizes", sizes.size()), "two: inputs, outputs");
  }
  return read_token_shape(tokens, sizes.front(), sizes.back(), where);
}

}  // namespace

std::unique_ptr<Net> make_net(const std::vector<int>& sizes, const std::string& tokens, const std::string& where) {
  if (tokens.empty()) return std::make_unique<Mlp>(sizes);
  return std::make_unique<TokenNet>(shape_of(sizes, tokens, where), sizes.front());
}

size_t count_parameters(const std::vector<int>& sizes, const std::string& tokens, const std::string& where) {
  if (!tokens.empty()) return shape_of(sizes, tokens, where).parameter_count();
  size_t count = 0;
  for (size_t i = 0; i + 1 < sizes.size(); ++i) count += (sizes[i] + size_t{1}) * sizes[i + 1];
  return count;
}

}  // namespace manybody::policy
