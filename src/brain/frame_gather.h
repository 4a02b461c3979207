// What is told of a sentence and what is ordered; fragments and the actions they belong to.
//
// Reads: frames as they were read, in order. Writes: those to be carried out: a fragment has joined its action, a beginning that says
// nothing yet has gone, a correction is made. Method: each frame is shown to a list of rules in turn; the first that takes it ends its
// way. A rule may change the frame, the one after it, or the last that was kept.
#pragma once

#include <vector>

#include "brain/frame.h"

namespace manybody::brain {

std::vector<Frame> gather(std::vector<Frame> raw, bool& negated);  // negated: some action was said not to be done

}  // namespace manybody::brain
