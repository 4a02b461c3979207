// A trained policy on disk: a folder with policy.toml (what it is, for people and programs) and weights.bin.
//
// Reads, writes: policy.toml: format, body, joints, the observation and action contract as text with its hash, network sizes,
//   training. weights.bin, little-endian: "MBPOLICY", u32 version, u32 flags (0), u64 identity, i64 steps, u64 count of floats,
//   u64 FNV-1a of their bytes; then float32: observation mean, deviation, log deviation of the actions, network parameters.
// Method: `identity` is the FNV-1a of everything in policy.toml that the weights depend on, so that the two files cannot be
//   mixed up; steps are read from weights.bin. Both files are staged whole beside the old ones, then renamed: a kill or a
//   full disk leaves the old bundle or the new one, and between the two renames a pair that still fits.
// Limits: float32. Errors: UserError naming file, field and what was expected.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace manybody::policy {

inline constexpr const char* kAnyBody = "any";  // body of a policy that reads what all bodies share, and fits each of them

struct PolicyInfo {
  std::string body;  // the body it was trained on, e.g. "unitree_g1", or kAnyBody
  std::string task = "walk";
  std::vector<std::string> joints;  // by name, in the action's order; none for kAnyBody
  double control_hz = 50;
  std::string observation;  // the contract: what is read, in what order and scale
  std::string action;
  std::string contract;    // its hash, as the signal room computes it
  std::string settings;    // resolved configuration (TOML text), to build the same signal again; may be empty
  std::vector<int> sizes;  // inputs, hidden …, outputs; of a network of joint tokens: inputs, outputs
  std::string tokens;      // its shape as text (token_shape.h); empty: a multi-layer perceptron
  double clip = 10;        // of normalised observations
  int64_t steps = 0;       // control steps of training
  uint64_t seed = 0;
};

struct Bundle {
  PolicyInfo info;
  std::vector<float> mean, deviation;  // inputs
  std::vector<float> log_deviation;    // outputs: exploration, for those who train on
  std::vector<float> parameters;       // make_net(info.sizes, info.tokens)
};

Bundle load_bundle(const std::string& folder);
void save_bundle(const std::string& folder, const Bundle& bundle);

// A policy for another body or another contract is refused in one sentence. Empty arguments are not compared.
void check_bundle_fits(const Bundle& bundle, const std::string& folder, const std::string& body,
                       std::span<const std::string> joints, const std::string& contract);

}  // namespace manybody::policy
