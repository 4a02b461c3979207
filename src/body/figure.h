// One figure of a spec sheet or a data sheet, and where it comes from.
//
// Reads: nothing. Writes: Figure. Shown by `manybody body show` and the page, so that a guess is seen to be one.
#pragma once

#include <string>

namespace manybody::body {

struct Figure {
  std::string name, unit;  // "mass", "kg"
  double value = 0;
  std::string source;  // who says so; where `guess`: why this value
  bool guess = false;
};

}  // namespace manybody::body
