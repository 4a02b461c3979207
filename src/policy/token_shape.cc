#include "policy/token_shape.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace manybody::policy {
namespace {

using core::UserError;
constexpr int kMaxOwn = 64, kMaxGlobals = 4096;

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const size_t end = std::min(text.find(at), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

struct Reader {
  const std::string& where;
  int inputs;
  std::string_view line;

  [[noreturn]] void fail(const std::string& expected) const {
    throw UserError(where, fmt::format("the network's line '{}' is not understood", line.substr(0, 60)), expected);
  }
  int whole(std::string_view word, int low, int high) const {
    int value = 0;
    const auto [end, status] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (status != std::errc{} || end != word.data() + word.size() || value < low || value > high)
      fail(fmt::format("a whole number from {} to {} in place of '{}'", low, high, word));
    return value;
  }
  int place(std::string_view word) const { return whole(word, -1, inputs - 1); }

  signal::Token token(const std::vector<std::string_view>& words, int tokens) const {
    constexpr const char* kForm = "'token PLACES present PLACE relations DIGITS'";
    signal::Token out;
    const size_t n = words.size();
    if (n < 6 || words[n - 4] != "present" || words[n - 2] != "relations" || n - 5 > kMaxOwn) fail(kForm);
    for (size_t i = 1; i < n - 4; ++i) out.inputs.push_back(place(words[i]));
    out.present = place(words[n - 3]);
    if (words[n - 1].size() != static_cast<size_t>(tokens)) fail(fmt::format("{} digits of relations, one a token", tokens));
    for (const char digit : words[n - 1]) out.relations.push_back(whole({&digit, 1}, 0, signal::kRelations - 1));
    return out;
  }
};

}  // namespace

std::string token_width_error(int width, int heads, int blocks) {
  if (heads < 1 || width < 1 || width > kMaxTokenWidth || (width != 8 * heads && width != 16 * heads))
    return fmt::format("a width of {} does not share out to {} heads", width, heads);
  if (blocks < 0 || blocks > kMaxTokenBlocks) return fmt::format("{} blocks", blocks);
  return "";
}

size_t TokenShape::parameter_count() const {
  const auto dense = [](size_t inputs, size_t outputs) { return (inputs + 1) * outputs; };
  const size_t d = width, block = dense(d, 3 * d) + static_cast<size_t>(heads) * signal::kRelations + dense(d, d) +
                                  dense(d, hidden()) + dense(hidden(), d);
  return static_cast<size_t>(own()) * d + tokens() * dense(globals(), d) + blocks * block + dense(d, tokens());
}

std::string write_token_shape(const TokenShape& shape) {
  std::string out = fmt::format("width {}\nheads {}\nblocks {}\nglobals", shape.width, shape.heads, shape.blocks);
  for (const int place : shape.layout.globals) out += fmt::format(" {}", place);
  for (const signal::Token& token : shape.layout.tokens) {
    out += "\ntoken";
    for (const int place : token.inputs) out += fmt::format(" {}", place);
    out += fmt::format(" present {} relations ", token.present);
    for (const int relation : token.relations) out += fmt::format("{}", relation);
  }
  return out + "\n";
}

TokenShape read_token_shape(const std::string& text, int inputs, int outputs, const std::string& where) {
  if (outputs < 1 || outputs > kMaxTokens)
    throw UserError(where, fmt::format("{} outputs of a network of joint tokens", outputs), fmt::format("1 to {}", kMaxTokens));
  TokenShape shape;
  Reader read{where, inputs, {}};
  const auto number = [&](const std::vector<std::string_view>& words, int high) {
    if (words.size() != 2) read.fail("one number");
    return read.whole(words[1], 0, high);
  };
  for (const std::string_view line : split(text, '\n')) {
    const std::vector<std::string_view> words = split(line, ' ');
    read.line = line;
    if (words.empty()) continue;
    if (words[0] == "width") shape.width = number(words, kMaxTokenWidth);
    else if (words[0] == "heads") shape.heads = number(words, kMaxTokenWidth);
    else if (words[0] == "blocks") shape.blocks = number(words, kMaxTokenBlocks);
    else if (words[0] == "token") shape.layout.tokens.push_back(read.token(words, outputs));
    else if (words[0] == "globals" && words.size() > 1 && words.size() <= kMaxGlobals && shape.layout.globals.empty())
      for (size_t i = 1; i < words.size(); ++i) shape.layout.globals.push_back(read.whole(words[i], 0, inputs - 1));
    else read.fail("width, heads, blocks, globals or token");
  }
  if (shape.tokens() != outputs)
    throw UserError(where, fmt::format("has {} tokens", shape.tokens()), fmt::format("{}, one an output", outputs));
  for (const signal::Token& token : shape.layout.tokens) {
    if (token.inputs.size() != shape.layout.tokens[0].inputs.size())
      throw UserError(where, "has tokens with different numbers of inputs", "as many for every token; -1 where there is none");
  }
  if (shape.layout.globals.empty()) throw UserError(where, "has a network of joint tokens without globals", "'globals PLACES'");
  if (const std::string wrong = token_width_error(shape.width, shape.heads, shape.blocks); !wrong.empty())
    throw UserError(where, wrong, "8 or 16 numbers a head and at most 8 blocks");
  return shape;
}

}  // namespace manybody::policy
