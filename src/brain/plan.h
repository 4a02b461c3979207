// What the brain hands on: an answer, and in it the plan a robot is to carry out.
//
// Writes: steps in order; a step with `parallel` runs beside the one before it; `when` holds a step back until something happens;
// several robots are one step each. Units SI, degrees for angle_deg, left positive.
// Limits: at most kMaxSteps steps and kMaxRepeat repeats of one; the gate refuses more.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace manybody::brain {

inline constexpr size_t kMaxSteps = 48;
inline constexpr int kMaxRepeat = 20;

using Value = std::variant<double, std::string>;
using Arguments = std::map<std::string, Value>;

struct Condition {
  std::string event;   // arrived, sees, hears
  std::string target;  // a place, a person, an object; the word that is heard
  bool operator==(const Condition&) const = default;
};

struct Step {
  std::string skill;
  Arguments arguments;
  std::string robot;  // "" is the one spoken to
  std::optional<Condition> when;
  int repeat = 1;
  bool parallel = false;  // beside the step before it
  bool operator==(const Step&) const = default;
};
using Plan = std::vector<Step>;

enum class Kind { plan, ask, refuse, chat, stop };
const char* to_text(Kind kind);

struct Answer {
  Kind kind = Kind::ask;
  std::string reply, language = "en";
  double confidence = 0;
  Plan plan;           // of a plan; of a refusal: what was understood and is not done
  std::string reason;  // of a refusal or a question: harm, not_learned, no_such_skill, limit, body, unknown_target, unclear, …
};

// A turn of the talk so far, oldest first. role: "user" or "assistant".
struct Turn {
  std::string role, text;
};

// The same plan, what runs at the same time in an order of its own: "walk while you wave" and "wave while you walk" are one. `from`
// gets where each step was.
Plan settled(const Plan& plan, std::vector<size_t>* from = nullptr);

std::string describe(const Step& step);  // "go_to target=table", for logs and tests
std::string describe(const Plan& plan);
double number_of(const Arguments& arguments, const std::string& name, double otherwise);
std::string text_of(const Arguments& arguments, const std::string& name);

}  // namespace manybody::brain
