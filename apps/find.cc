#include "find.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/text.h"
#include "policy/bundle.h"

namespace manybody::apps {
namespace fs = std::filesystem;
namespace {

std::string policies_folder() { return core::home_directory() + "/policies"; }

std::vector<std::string> policy_names() {
  std::vector<std::string> names;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(policies_folder(), error)) {
    if (is_policy(entry.path().string())) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Whose a bundle is. Lists ask again and again, and reading a bundle takes milliseconds: each is read once until it changes.
std::string body_in(const std::string& folder) {
  static std::mutex mutex;
  static std::map<std::string, std::pair<fs::file_time_type, std::string>> known;
  std::error_code error;
  const fs::file_time_type time = fs::last_write_time(folder + "/policy.toml", error);
  const std::lock_guard lock(mutex);
  const auto it = known.find(folder);
  if (it != known.end() && it->second.first == time) return it->second.second;
  const std::string body = policy::load_bundle(folder).info.body;
  known[folder] = {time, body};
  return body;
}

// Of the policies for every body only `one` is offered: others (one_unseen) were trained with bodies left out, so that bench generalise
// can measure on bodies never seen; whoever names them by --policy gets them.
bool is_offered(const std::string& name, const std::string& whose, const std::string& body) {
  return whose == policy::kAnyBody ? name == kOnePolicy : whose == body;
}

}  // namespace

bool is_policy(const std::string& folder) { return core::file_exists(folder + "/policy.toml"); }

std::string body_of_policy(const std::string& folder) {
  const std::string body = policy::load_bundle(folder).info.body;
  return body == policy::kAnyBody ? "unitree_g1" : body;
}

std::vector<std::string> shipped_policies(const std::string& body) {
  std::vector<std::string> names;
  for (const std::string& name : policy_names()) {
    if (body.empty() || is_offered(name, body_in(policies_folder() + "/" + name), body)) names.push_back(name);
  }
  return names;
}

std::string latest_run(const std::string& logs) {
  std::string newest;
  fs::file_time_type newest_time;
  std::error_code error;
  for (fs::recursive_directory_iterator it(logs, fs::directory_options::skip_permission_denied, error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().filename() != "policy.toml") continue;
    const fs::file_time_type time = fs::last_write_time(it->path(), error);
    if (!error && (newest.empty() || time > newest_time))
      newest_time = time, newest = it->path().parent_path().parent_path().string();
  }
  return newest;
}

std::string find_policy(const std::string& name, const std::string& body) {
  if (name == "latest") {
    const std::string run = latest_run();
    if (run.empty())
      throw core::UserError("--policy latest", "no run under logs/ has a policy yet", "a finished `manybody train`");
    return run + "/policy";
  }
  if (!name.empty()) {
    for (const std::string& folder : {name, name + "/policy", policies_folder() + "/" + name}) {
      if (is_policy(folder)) return folder;
    }
    std::string expected = core::near_match_hint(name, policy_names());
    if (expected.empty())
      expected = "a folder with policy.toml, a run's folder, latest, or one of: " + core::joined(policy_names());
    throw core::UserError("--policy", "there is no policy '" + name + "'", expected);
  }
  const std::vector<std::string> fitting = shipped_policies(body);
  if (fitting.empty())
    throw core::UserError("--policy", "no policy is shipped for " + body,
                          "--policy FOLDER after 'manybody train --body " + body + "'");
  for (const std::string& preferred : {body, std::string(kOnePolicy)}) {
    if (std::find(fitting.begin(), fitting.end(), preferred) != fitting.end()) return policies_folder() + "/" + preferred;
  }
  return policies_folder() + "/" + fitting.front();
}

std::string train_settings(const std::string& body) {
  const std::string path = core::home_directory() + "/robots/" + body + "/train.toml";
  return core::file_exists(path) ? path : "";
}

}  // namespace manybody::apps
