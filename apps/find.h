// Where things are: policies by name, folder or run; a body's own training settings; the newest run.
//
// Reads: policies/ and robots/ in the home directory, logs/ in the working directory. Errors: core::UserError with a near match.
#pragma once

#include <string>
#include <vector>

namespace manybody::apps {

inline constexpr const char* kOnePolicy = "one";  // the shipped policy that walks every body

// The folder of a policy: "" (the one shipped for `body`, else the one for all), "latest" (the newest run's), a name in policies/, a bundle's folder,
// or a run's folder.
std::string find_policy(const std::string& name, const std::string& body);
// Names in policies/ that are offered for this body, sorted: its own and the one for every body; "" for all that there are.
std::vector<std::string> shipped_policies(const std::string& body = "");
bool is_policy(const std::string& folder);
// The body to show a policy with when none is named: its own, or the first of all where it fits any.
std::string body_of_policy(const std::string& folder);
// The newest run folder under logs/ that has exported a policy; "" when there is none.
std::string latest_run(const std::string& logs = "logs");
// robots/BODY/train.toml, or "" when the robot has none.
std::string train_settings(const std::string& body);

}  // namespace manybody::apps
