// What a built body looks like: rounded shells over its links, dark joints, a head with a face. Internal to the room.
//
// Reads: a Design and the spec made from it (links by their names). Writes: visual geoms of group 1 (no mass, no contact).
// Method: lofts: superellipses |x/a|^n + |y/b|^n = 1 stacked along a segment, closed at the ends, as meshes inside the spec.
// Limits: our shapes in each maker's colours and proportions, not their surfaces.
#pragma once

#include "body/design.h"

struct mjSpec_;

namespace manybody::body {

void dress(mjSpec_* spec, const Design& d);

}  // namespace manybody::body
