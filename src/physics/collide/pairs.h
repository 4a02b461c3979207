// Which geoms of a model may touch, and what their contacts are like.
//
// Reads: a compiled mjModel. Writes: one entry a pair that MuJoCo's collision would hand to its narrow phase for some state: explicit
// <pair>s with their own parameters; every other pair that passes contype/conaffinity, is not welded together, is not parent and
// child (bodies welded to the world are nobody's parent), and is not excluded, with the mixed parameters of both geoms.
// Method: MuJoCo's documentation, Computation: Collision (selection) and Contact parameters; option flags override and filterparent
// are honoured. Order: bodies ascending, explicit pairs first; geom1's type is not above geom2's.
// Limits: flexes, contact filters installed as callbacks and sleeping are not looked at. Allocates: call it once, at load.
#pragma once

#include <vector>

struct mjModel_;

namespace manybody::physics::collide {

struct PairParameters {
  int geom1 = 0, geom2 = 0;
  int pair = -1;  // index of the explicit <pair>; -1: from the geoms
  int condim = 3;
  double friction[5] = {};        // two tangents, spin, two rolls
  double solref[2] = {};          // time constant and damping ratio, or negative stiffness and damping
  double solreffriction[2] = {};  // zeros: solref
  double solimp[5] = {};
  double margin = 0;  // m: force acts below this distance
  double gap = 0;     // m: contacts are found up to margin + gap
  double adhesion = 0;
};

std::vector<PairParameters> list_pairs(const mjModel_* model);

}  // namespace manybody::physics::collide
