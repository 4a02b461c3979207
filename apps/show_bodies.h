// What the page can show: bodies and the policies that walk them.
//
// Reads: robots/, policies/, logs/ (find.h). Writes: entries of the page's list, policy names and folders.
// Errors: core::UserError with a near match.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "body/body.h"
#include "learn/player.h"
#include "studio/messages.h"

namespace manybody::apps {

inline constexpr const char* kPrior = "none";  // the name of "no policy" in the page

std::vector<studio::BodyEntry> body_entries();
void measure_entry(studio::BodyEntry& entry, const body::Body& body);

std::vector<std::string> policies_of(const std::string& body);
// The folder of a name of policies_of, of a bundle's folder, or for "" of the best there is; "" is the bare prior.
std::string folder_of(const std::string& name, const std::string& body);
std::string name_of(const std::string& folder);

struct Cast {
  std::unique_ptr<learn::Player> player;
  std::string folder;  // of its policy; "": the bare prior
};
// A player under the policy named, or for "" under the best that fits: the one policy for every body, the body's own, the
// bare prior.
Cast make_player(const body::Body& body, const std::string& policy, const learn::PlayerOptions& options);

// Who opens the stage: real models first, the spec-sheet pair among them; only what is on this machine.
std::vector<std::string> default_company();

}  // namespace manybody::apps
