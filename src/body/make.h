// The whole way from a recipe to a Body, in order: read, orient, legs, soles, anatomy, home, roles, gains, spec. Internal.
//
// Reads: a Recipe (robot.toml, or just a file). Writes: Body. Errors: core::UserError of any stage.
#pragma once

#include "body/body.h"
#include "body/design.h"
#include "body/recipe.h"

namespace manybody::body {

Body make_body(const Recipe& recipe);
// The same for a body that is built, not read; what the recipe says of home and gains applies to it as well.
Body make_body(const Design& design, const Recipe& recipe);

}  // namespace manybody::body
