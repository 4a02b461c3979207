// What bodies measure, in numbers that compare a toy with a giant: shares of height, mass and m g L.
//
// Reads: Body. Writes: rows of measures; quantiles over many bodies.
#pragma once

#include <string>
#include <vector>

#include "body/body.h"

namespace manybody::body {

struct Measure {
  const char* name;
  const char* unit;
  double value;  // nan where the body has no such part
};
// Height, mass, leg length, joints by limb, proportions, mass shares, stiffness and torque over m g L, the same every time.
std::vector<Measure> measure(const Body& body);

struct Spread {
  std::string name, unit;
  int count = 0;
  double low = 0, median = 0, high = 0;  // 10th, 50th and 90th percentile
};
std::vector<Spread> spread_of(const std::vector<std::vector<Measure>>& rows);

}  // namespace manybody::body
