// From frames to steps: defaults, units and the questions that are left open.
//
// Reads: frames in order, what the body can do. Writes: a plan, or the first thing that keeps it from being one.
// Rules: docs/method/brain.md, "From frames to steps". A frame that lacks what its skill needs is asked about, never guessed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "brain/frame.h"
#include "brain/skill.h"

namespace manybody::brain {

struct Issue {
  Kind kind = Kind::ask;
  std::string reason;  // unknown_target, which, unit, direction, angle, text, condition, vague, no_such_skill, …
  std::string words;   // what it is about, as said
  std::vector<std::string> options;
  size_t frame = 0;
};

struct Composition {
  Plan plan;
  std::optional<Issue> issue;  // the gravest
};

Composition compose(const std::vector<Frame>& frames, const Scene& scene, const Ability& ability);

}  // namespace manybody::brain
