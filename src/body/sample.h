// Humanoids drawn at random: thousands of different bodies that stand, for training across bodies.
//
// Reads: a seed. Writes: Body of kind sampled, named "random_SEED". The same body for a seed on every machine.
// Method: layouts of legs, waist, arms and neck, proportions, masses, feet, drivetrains, gains and home pose drawn from ranges
//         wider than those of public humanoids (docs/method/bodies.md); a body that would not stand is drawn again.
#pragma once

#include <cstdint>
#include <string>

#include "body/body.h"
#include "body/design.h"
#include "body/home.h"

namespace manybody::body {

Body sample_humanoid(uint64_t seed);

// One try, and whether what came out can stand: feet flat, centre of mass over the soles, torques within their limits.
Design sample_design(uint64_t seed, int attempt, HomeWish& home);
bool can_stand(const Body& body, std::string* why = nullptr);

}  // namespace manybody::body
