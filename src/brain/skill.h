// The one list of what robots can be asked to do: names in both languages, parameters with units and ranges, what a body needs.
//
// Reads: data/brain/skills.toml. Writes: const Skills. docs/howto/add_a_skill.md says how to add one.
// Errors: core::UserError with file and field; a skill that is not in the list does not exist for the gate.
#pragma once

#include <string>
#include <vector>

#include "brain/plan.h"

namespace manybody::brain {

struct Parameter {
  enum class Type { number, text, choice, target } type = Type::number;
  std::string name, unit, help;
  double low = 0, high = 0;          // of a number
  std::vector<std::string> choices;  // of a choice
  bool required = false;
};

struct Skill {
  std::string name, en, zh, zh_help, en_help;  // "walk", "walk", "走"
  std::vector<Parameter> parameters;
  std::vector<std::string> needs;  // of the body: legs, arms, arm, head, voice
  std::string precondition;        // "standing", "upright" or ""
  std::string ends;                // when it is over: "distance", "angle", "arrival", "gesture", "time", "stopped"
  std::string gesture;             // the gesture that carries it out, "" when none
  double timeout_s = 30;
  bool learned = true;  // false: understood, answered with "not learned yet"

  const Parameter* parameter(const std::string& parameter_name) const;
};

class Skills {
 public:
  explicit Skills(std::vector<Skill> skills);
  const std::vector<Skill>& all() const { return skills_; }
  const Skill* find(const std::string& name) const;

 private:
  std::vector<Skill> skills_;
};

Skills read_skills(const std::string& path);

// What a body has and how far it may go; made from a body::Body by the caller (brain.h) or by hand in tests.
struct Ability {
  std::string body;  // "" when none is known: nothing is held against a plan then
  bool arms = true, head = true, waist = true;
  double speed_max_mps = 1.5, distance_max_m = 50, angle_max_deg = 1080, duration_max_s = 600;
  double step_m = 0.5;
};

}  // namespace manybody::brain
