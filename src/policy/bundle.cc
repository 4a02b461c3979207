#include "policy/bundle.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "core/error.h"
#include "core/files.h"
#include "policy/bundle_toml.h"
#include "policy/make_net.h"

namespace manybody::policy {
namespace {

using core::UserError;
static_assert(std::endian::native == std::endian::little, "weights.bin is written as it lies in memory");

constexpr char kMagic[8] = {'M', 'B', 'P', 'O', 'L', 'I', 'C', 'Y'};
constexpr uint32_t kVersion = 1;

struct Header {
  char magic[8];
  uint32_t version, flags;
  uint64_t identity;
  int64_t steps;
  uint64_t count, hash;
};
static_assert(sizeof(Header) == 48);

std::string toml_path(const std::string& folder) { return folder + "/policy.toml"; }
std::string weights_path(const std::string& folder) { return folder + "/weights.bin"; }

uint64_t identity_of(const PolicyInfo& info) {
  std::string text = fmt::format("{}\n{}\n{}\n{}\n", info.body, info.task, info.control_hz, info.clip);
  for (const std::string& joint : info.joints) text += joint + "\n";
  for (int size : info.sizes) text += fmt::format("{}\n", size);
  for (const std::string* part : {&info.observation, &info.action, &info.contract, &info.settings}) {
    text += fmt::format("{}\n{}", part->size(), *part);
  }
  if (!info.tokens.empty()) text += fmt::format("tokens {}\n{}", info.tokens.size(), info.tokens);
  return core::hash_text(text);
}

uint64_t expected_count(const PolicyInfo& info, const std::string& where) {
  return 2ull * info.sizes.front() + info.sizes.back() + count_parameters(info.sizes, info.tokens, where);
}

void check_finite(const std::string& path, const char* field, std::span<const float> values) {
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      throw UserError(path, fmt::format("{}[{}] is {}", field, i, values[i]), "finite numbers");
    }
  }
}

void check_numbers(const std::string& path, const Bundle& bundle) {
  check_finite(path, "observation mean", bundle.mean);
  check_finite(path, "observation deviation", bundle.deviation);
  check_finite(path, "log deviation of the actions", bundle.log_deviation);
  check_finite(path, "network parameters", bundle.parameters);
  for (size_t i = 0; i < bundle.deviation.size(); ++i) {
    if (bundle.deviation[i] <= 0) {
      throw UserError(path, fmt::format("observation deviation[{}] is {}", i, bundle.deviation[i]), "a positive number");
    }
  }
}

Header read_header(const std::string& path, const std::string& bytes) {
  Header header{};
  if (bytes.size() < sizeof header) {
    throw UserError(path, fmt::format("ends after {} bytes, inside its header", bytes.size()), "a whole weights.bin");
  }
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) {
    throw UserError(path, "is not a file of policy weights", "a file that starts with MBPOLICY");
  }
  if (header.version != kVersion) {
    throw UserError(path, fmt::format("has version {}", header.version), fmt::format("version {}", kVersion));
  }
  return header;
}

}  // namespace

Bundle load_bundle(const std::string& folder) {
  Bundle bundle;
  bundle.info = read_policy_toml(toml_path(folder));
  const std::string path = weights_path(folder);
  const std::string bytes = core::read_file(path);
  const Header header = read_header(path, bytes);
  const uint64_t count = expected_count(bundle.info, toml_path(folder));
  if (header.count != count) {
    throw UserError(path, fmt::format("holds {} numbers", header.count),
                    fmt::format("{}, as network.sizes in policy.toml says", count));
  }
  if (bytes.size() != sizeof header + count * sizeof(float)) {
    throw UserError(path, fmt::format("has {} bytes", bytes.size()),
                    fmt::format("{} bytes: the file is cut off or damaged", sizeof header + count * sizeof(float)));
  }
  if (core::hash_text(std::string_view(bytes).substr(sizeof header)) != header.hash) {
    throw UserError(path, "is damaged: the checksum of its numbers is wrong", "the file as it was exported");
  }
  if (header.identity != identity_of(bundle.info)) {
    throw UserError(path, "belongs to another policy.toml than the one beside it", "the two files of one export");
  }
  const char* at = bytes.data() + sizeof header;
  auto take = [&](std::vector<float>& values, size_t n) {
    values.resize(n);
    std::memcpy(values.data(), at, n * sizeof(float));
    at += n * sizeof(float);
  };
  const size_t inputs = bundle.info.sizes.front(), outputs = bundle.info.sizes.back();
  take(bundle.mean, inputs), take(bundle.deviation, inputs), take(bundle.log_deviation, outputs);
  take(bundle.parameters, count - 2 * inputs - outputs);
  bundle.info.steps = header.steps;
  check_numbers(path, bundle);
  return bundle;
}

void save_bundle(const std::string& folder, const Bundle& bundle) {
  const std::vector<int>& sizes = bundle.info.sizes;
  MB_CHECK(sizes.size() >= 2 && bundle.mean.size() == static_cast<size_t>(sizes.front()));
  MB_CHECK(bundle.deviation.size() == bundle.mean.size() && bundle.log_deviation.size() == static_cast<size_t>(sizes.back()));
  MB_CHECK(2 * bundle.mean.size() + bundle.log_deviation.size() + bundle.parameters.size() ==
           expected_count(bundle.info, toml_path(folder)));
  check_numbers(weights_path(folder), bundle);

  std::string numbers;
  for (const std::vector<float>* part : {&bundle.mean, &bundle.deviation, &bundle.log_deviation, &bundle.parameters}) {
    numbers.append(reinterpret_cast<const char*>(part->data()), part->size() * sizeof(float));
  }
  Header header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.version = kVersion;
  header.identity = identity_of(bundle.info);
  header.steps = bundle.info.steps;
  header.count = numbers.size() / sizeof(float);
  header.hash = core::hash_text(numbers);

  core::make_directories(folder);
  const std::string staged[2] = {weights_path(folder) + ".new", toml_path(folder) + ".new"};
  const std::string final_path[2] = {weights_path(folder), toml_path(folder)};
  std::error_code error;
  try {
    core::write_file(staged[0], std::string(reinterpret_cast<const char*>(&header), sizeof header) + numbers);
    core::write_file(staged[1], write_policy_toml(bundle.info));
    for (int i = 0; i < 2; ++i) std::filesystem::rename(staged[i], final_path[i]);
  } catch (const std::filesystem::filesystem_error& failure) {
    for (const std::string& path : staged) std::filesystem::remove(path, error);
    throw UserError(folder, "the bundle cannot be put in place: " + failure.code().message(), "a writable folder");
  } catch (...) {
    for (const std::string& path : staged) std::filesystem::remove(path, error);
    throw;
  }
}

void check_bundle_fits(const Bundle& bundle, const std::string& folder, const std::string& body,
                       std::span<const std::string> joints, const std::string& contract) {
  const PolicyInfo& info = bundle.info;
  const std::string path = toml_path(folder);
  const bool any = info.body == kAnyBody;
  if (!any && !body.empty() && info.body != body)
    throw UserError(path, "was trained for the body " + info.body, "a policy for " + body);
  if (!any && !joints.empty()) {
    if (info.joints.size() != joints.size()) {
      throw UserError(path, fmt::format("moves {} joints", info.joints.size()), fmt::format("the body's {}", joints.size()));
    }
    for (size_t i = 0; i < joints.size(); ++i) {
      if (info.joints[i] != joints[i]) {
        throw UserError(path, fmt::format("joints[{}] is {}", i, info.joints[i]), joints[i] + ", as the body has it");
      }
    }
  }
  if (!contract.empty() && info.contract != contract) {
    throw UserError(path, "contract is " + info.contract + ": its observation or action is defined differently", contract);
  }
}

}  // namespace manybody::policy
