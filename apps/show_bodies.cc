#include "show_bodies.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "body/library.h"
#include "core/error.h"
#include "core/log.h"
#include "find.h"

namespace manybody::apps {
namespace fs = std::filesystem;
namespace {

constexpr size_t kRunsOffered = 8;
constexpr size_t kCompany = 10;
constexpr const char* kOnePolicy = "one";  // policies/one walks every body

// The newest runs of a body with an exported policy: name (date and time) to folder.
std::map<std::string, std::string> runs_of(const std::string& body) {
  std::map<std::string, std::string> runs;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator("logs/walk_" + body, error)) {
    if (is_policy((entry.path() / "policy").string())) runs[entry.path().filename().string()] = entry.path().string();
  }
  while (runs.size() > kRunsOffered) runs.erase(runs.begin());
  return runs;
}

std::string one_policy() {
  try {
    return find_policy(kOnePolicy, "");
  } catch (const core::UserError&) {
    return "";
  }
}

}  // namespace

std::vector<std::string> policies_of(const std::string& body) {
  std::vector<std::string> names = shipped_policies(body);
  if (!one_policy().empty() && std::find(names.begin(), names.end(), kOnePolicy) == names.end()) names.push_back(kOnePolicy);
  for (const auto& [name, folder] : runs_of(body)) names.push_back(name);
  names.push_back(kPrior);
  return names;
}

std::string folder_of(const std::string& name, const std::string& body) {
  if (name == kPrior) return "";
  const auto runs = runs_of(body);
  if (name.empty() && !shipped_policies(body).empty()) return find_policy("", body);
  if (name.empty() && !runs.empty()) return runs.rbegin()->second + "/policy";
  if (name.empty()) return one_policy();
  const auto run = runs.find(name);
  return run != runs.end() ? run->second + "/policy" : find_policy(name, body);
}

std::string name_of(const std::string& folder) {
  if (folder.empty()) return kPrior;
  const fs::path path = fs::path(folder).lexically_normal();
  return path.filename() == "policy" ? path.parent_path().filename().string() : path.filename().string();
}

std::vector<studio::BodyEntry> body_entries() {
  std::vector<studio::BodyEntry> entries;
  for (const body::Entry& entry : body::list_bodies()) {
    studio::BodyEntry out;
    out.name = entry.name;
    out.title = entry.title;
    out.installed = entry.installed;
    out.title_zh = entry.title_zh;
    out.kind = studio::kind_word(entry.kind);
    out.joints = entry.driven;
    if (entry.installed) out.policies = policies_of(entry.name);
    entries.push_back(std::move(out));
  }
  return entries;
}

void measure_entry(studio::BodyEntry& entry, const body::Body& body) {
  entry.joints = static_cast<int>(body.actuated.size());
  entry.mass = body.mass;
  entry.height = body.height;
}

Cast make_player(const body::Body& body, const std::string& policy, const learn::PlayerOptions& options) {
  if (!policy.empty()) {
    const std::string folder = folder_of(policy, body.name);
    return {std::make_unique<learn::Player>(body, folder, options), folder};
  }
  std::vector<std::string> folders;
  for (const std::string& folder : {one_policy(), folder_of("", body.name)})
    if (!folder.empty()) folders.push_back(folder);
  for (const std::string& folder : folders) {
    try {
      return {std::make_unique<learn::Player>(body, folder, options), folder};
    } catch (const core::UserError& error) {
      core::log_warning(body.name + " cannot walk under " + folder + ": " + error.what());
    }
  }
  return {std::make_unique<learn::Player>(body, "", options), ""};
}

std::vector<std::string> default_company() {
  // In the order they come: first those that are read quickly or have a policy of their own.
  const std::vector<std::string> wanted = {"unitree_g1", "xiao_ju", "xiao_lv", "berkeley_humanoid", "unitree_h1", "booster_t1",
                                           "robotis_op3", "apptronik_apollo", "fourier_gr1", "iit_icub",
                                           // where models were not fetched
                                           "tesla_optimus", "figure_01", "agibot_a1", "kepler_k1", "leju_kuavo",
                                           "xiaomi_cyberone", "ubtech_walker_x", "xpeng_px5"};
  std::set<std::string> here;
  for (const body::Entry& entry : body::list_bodies())
    if (entry.installed) here.insert(entry.name);
  std::vector<std::string> company;
  for (const std::string& name : wanted)
    if (company.size() < kCompany && here.count(name)) company.push_back(name);
  return company;
}

}  // namespace manybody::apps
