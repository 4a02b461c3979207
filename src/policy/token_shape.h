// What a token network is built from, and the same as compact text, as a bundle keeps it.
//
// Reads, writes: lines "width 32", "heads 4", "blocks 1", "globals PLACES", and one line a token: "token PLACES present PLACE relations DIGITS"
//   (signal/token_layout.h; a place -1 is none, a relation is one digit).
// Limits: at most kMaxTokens tokens; a head (width / heads) is 8 or 16 numbers wide. Errors: read_token_shape throws UserError naming
//   the line and what was expected.
#pragma once

#include <string>

#include "signal/token_layout.h"

namespace manybody::policy {

inline constexpr int kMaxTokens = 16, kMaxTokenWidth = 256, kMaxTokenBlocks = 8;

struct TokenShape {
  signal::TokenLayout layout;
  int width = 32, heads = 4, blocks = 1;

  int tokens() const { return static_cast<int>(layout.tokens.size()); }
  int own() const { return static_cast<int>(layout.tokens.front().inputs.size()); }
  int globals() const { return static_cast<int>(layout.globals.size()); }
  int hidden() const { return 2 * width; }
  size_t parameter_count() const;
};

// What is wrong with the widths, or "".
std::string token_width_error(int width, int heads, int blocks);

std::string write_token_shape(const TokenShape& shape);
// inputs, outputs: what the layout must fit. where: named in errors.
TokenShape read_token_shape(const std::string& text, int inputs, int outputs, const std::string& where);

}  // namespace manybody::policy
