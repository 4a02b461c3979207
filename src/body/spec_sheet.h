// A body known only from figures: the [sheet] of robot.toml made into a whole body by the priors of public humanoids.
//
// Reads: robot.toml (keys in docs/howto/add-a-robot.md): each figure { value, source } or { value, guess }.
// Writes: Body of kind spec_sheet, its figures and what each joint's actuator would be.
// Method: docs/method/bodies.md. Limits: its shape, inertias and drives are ours, not the maker's; hands are rigid.
// Errors: core::UserError with file:line, the key, what was expected and a near match.
#pragma once

#include "body/body.h"
#include "body/design.h"
#include "body/recipe.h"

namespace manybody::body {

Design read_spec_sheet(const Recipe& recipe, std::vector<Figure>& figures, std::vector<std::string>& notes);
Body load_spec_sheet(const Recipe& recipe);

// Chains of usual robots with this many joints.
std::vector<Role> usual_leg(int joints);
std::vector<Role> usual_waist(int joints);
std::vector<Role> usual_arm(int joints);
std::vector<Role> usual_neck(int joints);
// Gives each joint of the design an actuator of this kind, sized by torque and speed (after fill_drives has set those).
void fit_actuator(Design& d, JointDesign& joint, Drivetrain kind);

}  // namespace manybody::body
