// The safety gate: what is decided before any understanding and after it, by fixed lists, whoever or whatever proposes the plan.
//
// Before: stop words always win; harmful requests and attempts to lift limits are refused. After: a plan may hold only skills of the
// list, with their parameters in range, targets of the scene, within what the body can.
// Method: patterns written in gate_words.cc; a stop word counts anywhere in a sentence unless it is quoted or negated. No data file and
// no model can add a skill, widen a range or silence a stop word.
// Limits: words, not meaning: it refuses more than it must ("hit the road"). docs/method/brain.md, "The gate".
// Errors: none; check() names what is wrong with a plan.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "brain/plan.h"
#include "brain/scene.h"
#include "brain/skill.h"
#include "brain/text.h"

namespace manybody::brain {

class Gate {
 public:
  Gate();
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  bool says_stop(const std::vector<Unit>& units) const;
  // The kind of harm asked for: "harm", "limits"; nothing when it seems harmless.
  // People of the scene count as people, whatever they are called.
  std::optional<std::string> harm_in(const std::vector<Unit>& units, const Scene& scene = {}) const;

  struct Fault {
    std::string reason, what;
  };  // reason: no_such_skill, argument, limit, body, not_learned, unknown_target, too_long
  std::optional<Fault> check(const Plan& plan, const Skills& skills, const Scene& scene, const Ability& ability) const;

 private:
  struct Lists;
  bool harms(const std::vector<Unit>& units) const;
  std::optional<Fault> check_step(const Step& step, const Skills& skills, const Scene& scene, const Ability& ability) const;
  Lists* lists_;
};

// Words for a target that need no scene: me, left, right, up, down, forward, backward.
bool is_open_target(const std::string& target);
// Which units stand in quotation marks with something else said around them.
std::vector<char> quoted_units(const std::vector<Unit>& units);

}  // namespace manybody::brain
