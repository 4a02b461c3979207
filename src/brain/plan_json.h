// Plans, scenes and requests as JSON, and back. docs/protocol of `manybody ask --json`.
//
// Errors: core::UserError with the place and what was expected; a scene's unknown keys are ignored, wrong types are not.
#pragma once

#include <string>
#include <string_view>

#include "brain/plan.h"
#include "brain/scene.h"

namespace manybody::brain {

std::string write_answer(const Answer& answer, const std::string& id = "");  // one line
std::string write_plan(const Plan& plan);                                    // the steps, one line
Scene read_scene(std::string_view json, const std::string& where);
std::vector<Turn> read_history(std::string_view json, const std::string& where);  // an array, or JSON lines

struct AskLine {
  std::string id, text;
  std::vector<Turn> history;
  Scene scene;
  bool has_scene = false;
};
AskLine read_ask_line(std::string_view json, const std::string& where);

// A plan out of JSON that a program or a person wrote; throws UserError where it is not one.
Plan read_plan(std::string_view json, const std::string& where);
// One exchange for the log.
std::string write_exchange(const std::string& time, const std::string& text, const Answer& answer, const std::string& brain);

}  // namespace manybody::brain
