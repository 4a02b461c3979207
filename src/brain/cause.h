// Why a step of a plan ended before it was done, and how the robot says it.
#pragma once

#include <string>

#include "brain/talk.h"

namespace manybody::brain {

enum class Cause {
  none,
  no_gesture,     // about: its name
  unknown_place,  // about: whose
  lacks,          // about: a joint's role, with its side where it has one
  not_learned,
  too_late,  // what it waited for did not happen
  too_long,  // it ran out of time
  unsteady,  // it would not stand still
  blocked,   // somebody stands in the way
  step_failed,
  fell,
  stopped,
  told_not_to,
  other_task,
  by_hand,
  left_stage,
  not_here,
  reset,
};

// One clause without a full stop, in the speaker's language; "" for none.
std::string say_cause(Cause cause, const std::string& about, const Speaker& speaker);

}  // namespace manybody::brain
