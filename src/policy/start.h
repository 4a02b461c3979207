// How weights start: orthogonal, so that signals neither grow nor fade on their way through a fresh network.
//
// Writes: weights, outputs x inputs, row-major. Method: Saxe et al., arXiv:1312.6120. Errors: none.
#pragma once

#include "core/rng.h"

namespace manybody::policy {

void start_orthogonal(float* weight, int outputs, int inputs, double gain, core::Rng& rng);

}  // namespace manybody::policy
