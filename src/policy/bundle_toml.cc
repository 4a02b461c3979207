#include "policy/bundle_toml.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <charconv>

#include "core/error.h"
#include "core/files.h"

namespace manybody::policy {
namespace {

using core::UserError;
constexpr int64_t kFormat = 1;

// A basic string; one with line breaks is laid out over lines, so that a contract can be read in the file.
std::string quoted(const std::string& text) {
  const bool lines = text.find('\n') != std::string::npos;
  std::string out = lines ? "\"\"\"\n" : "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\', out += c;
    } else if (c == '\n' && lines) {
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
  return out + (lines ? "\"\"\"" : "\"");
}

struct Reader {
  const std::string& path;
  const toml::table& table;

  template <class T>
  T get(const char* name, const char* expected) const {
    const auto node = table.at_path(name);
    if (!node) throw UserError(path, fmt::format("{} is missing", name), expected);
    const std::string where = fmt::format("{}:{}", path, node.node()->source().begin.line);
    if (const auto value = node.value<T>()) return *value;
    throw UserError(where, fmt::format("{} has the wrong type", name), expected);
  }

  const toml::array& list(const char* name, const char* expected) const {
    const auto node = table.at_path(name);
    if (!node) throw UserError(path, fmt::format("{} is missing", name), expected);
    if (!node.is_array()) {
      const std::string where = fmt::format("{}:{}", path, node.node()->source().begin.line);
      throw UserError(where, fmt::format("{} has the wrong type", name), expected);
    }
    return *node.as_array();
  }
};

void read_lists(const Reader& read, PolicyInfo& info) {
  for (const toml::node& node : read.list("joints", "a list of joint names")) {
    const auto name = node.value<std::string>();
    if (!name) throw UserError(read.path, "joints has an entry that is no text", "a list of joint names");
    info.joints.push_back(*name);
  }
  constexpr const char* kSizes = "two or more whole numbers from 1 to 65536: inputs, hidden layers, outputs";
  for (const toml::node& node : read.list("network.sizes", kSizes)) {
    const auto size = node.value<int64_t>();
    if (!size || *size < 1 || *size > 65536) throw UserError(read.path, "network.sizes has a wrong entry", kSizes);
    info.sizes.push_back(static_cast<int>(*size));
  }
  if (info.sizes.size() < 2 || info.sizes.size() > 16) throw UserError(read.path, "network.sizes has the wrong length", kSizes);
}

}  // namespace

PolicyInfo read_policy_toml(const std::string& path) {
  const std::string text = core::read_file(path);
  toml::table table;
  try {
    table = toml::parse(text);
  } catch (const toml::parse_error& error) {
    throw UserError(fmt::format("{}:{}", path, error.source().begin.line), std::string(error.description()), "valid TOML");
  }
  const Reader read{path, table};
  const int64_t format = read.get<int64_t>("format", "1");
  if (format != kFormat) throw UserError(path, fmt::format("format is {}", format), fmt::format("{}", kFormat));
  PolicyInfo info;
  info.body = read.get<std::string>("body", "the name of a body");
  info.task = read.get<std::string>("task", "the name of a task");
  info.control_hz = read.get<double>("control_hz", "control steps per second");
  if (!(info.control_hz > 0 && info.control_hz <= 10000)) throw UserError(path, "control_hz is out of range", "1 to 10000");
  info.contract = read.get<std::string>("contract", "the contract's hash");
  info.observation = read.get<std::string>("observation", "the observation contract as text");
  info.action = read.get<std::string>("action", "the action contract as text");
  info.settings = read.get<std::string>("settings", "TOML text, may be empty");
  read_lists(read, info);
  const std::string activation = read.get<std::string>("network.activation", "elu");
  if (activation != "elu") throw UserError(path, "network.activation is " + activation, "elu");
  const std::string kind = table.at_path("network.kind") ? read.get<std::string>("network.kind", "mlp or tokens") : "mlp";
  if (kind != "mlp" && kind != "tokens") throw UserError(path, "network.kind is " + kind, "mlp or tokens");
  if (kind == "tokens") {
    info.tokens = read.get<std::string>("network.tokens", "the shape of the network of joint tokens as text");
    if (info.tokens.empty()) throw UserError(path, "network.tokens is empty", "the shape of the network of joint tokens as text");
  }
  info.clip = read.get<double>("network.observation_clip", "a positive number");
  if (!(info.clip > 0)) throw UserError(path, "network.observation_clip is not positive", "a positive number");
  info.steps = read.get<int64_t>("training.steps", "a whole number");
  const std::string seed = read.get<std::string>("training.seed", "a whole number, as text");
  const auto [end, status] = std::from_chars(seed.data(), seed.data() + seed.size(), info.seed);
  if (status != std::errc{} || end != seed.data() + seed.size()) {
    throw UserError(path, "training.seed is " + seed, "a whole number, as text");
  }
  return info;
}

std::string write_policy_toml(const PolicyInfo& info) {
  std::string joints, sizes;
  for (const std::string& joint : info.joints) joints += fmt::format("  {},\n", quoted(joint));
  for (size_t i = 0; i < info.sizes.size(); ++i) sizes += fmt::format("{}{}", i ? ", " : "", info.sizes[i]);
  const std::string kind = info.tokens.empty() ? "" : fmt::format("kind = \"tokens\"\ntokens = {}\n", quoted(info.tokens));
  const std::string training = fmt::format("steps = {}\nseed = \"{}\"\n", info.steps, info.seed);
  return fmt::format(
      "# A trained policy. The numbers lie in weights.bin; do not edit what they depend on.\n"
      "format = {}\nbody = {}\ntask = {}\ncontrol_hz = {:#}\ncontract = {}\n\njoints = [\n{}]\n\n"
      "observation = {}\n\naction = {}\n\nsettings = {}\n\n[network]\nsizes = [{}]\nactivation = \"elu\"\nobservation_clip = "
      "{:#}\n{}\n[training]\n{}",
      kFormat, quoted(info.body), quoted(info.task), info.control_hz, quoted(info.contract), joints, quoted(info.observation),
      quoted(info.action), quoted(info.settings), sizes, info.clip, kind, training);
}

}  // namespace manybody::policy
