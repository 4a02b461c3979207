// Which numbers of the observation belong to which joint, for a network that reads a body joint by joint.
//
// Reads: a WalkModel laid out by role (by_role.h). Writes: one token a joint, in the action's order: where its own numbers lie in the
//   observation, how every other token stands to it in the kinematic tree; and where the numbers lie that belong to the body as a whole.
// Method: docs/method/joint-tokens.md. Limits: roles stand in one order (hip pitch, roll, yaw, knee, ankle pitch, roll; waist yaw, roll,
//   pitch) whatever the order in a body's own chain, so that the relations are the same for all bodies. Errors: none; another
//   leg_space, or arms that are learned too, give a layout without tokens.
#pragma once

#include <vector>

namespace manybody::signal {

struct WalkModel;

// What a token is to another one: the nearest that holds.
enum class Relation { self, parent, child, limb, mirror, other };
inline constexpr int kRelations = 6;

struct Token {
  std::vector<int> inputs;     // places in the observation, as many for every token; -1: this token has no such number
  int present = -1;            // place of the number that tells whether the body has the joint; -1: not told
  std::vector<int> relations;  // Relation of each token to this one
};

struct TokenLayout {
  std::vector<Token> tokens;  // one an action
  std::vector<int> globals;   // places in the observation
};

TokenLayout make_token_layout(const WalkModel& model);

}  // namespace manybody::signal
