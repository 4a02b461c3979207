// What all constraints share: where one tree's origin is seen from another, the impedance of a violation, the motion of a point.
//
// Reads: trees' origins, solref and solimp as Impedance holds them. Writes: nothing.
// Method: MuJoCo's constraint model (its documentation, Computation: Constraint model, solimp).
#pragma once

#include <cmath>

#include "physics/lane/kinematics.h"

namespace manybody::physics::lane {
inline namespace MB_LANE_SET {

// b's tree origin as seen from a's, in double before it is rounded; a node of -1 is the world.
template <class V>
MB_DEVICE Vec3<V> origin_between(const Model<Scalar<V>>& m, const Work<V>& w, int node_a, int node_b) {
  constexpr int W = kWidth<V>;
  const int ta = node_a < 0 ? -1 : m.nodes[node_a].tree, tb = node_b < 0 ? -1 : m.nodes[node_b].tree;
  if (ta == tb) return zero3<V>();
  if (ta < 0) return w.tree_shift[tb];
  if (tb < 0) return scale(splat<V>(-1), w.tree_shift[ta]);
  V out[3];
  for (int k = 0; k < 3; ++k)
    for (int l = 0; l < W; ++l)
      set<V>(out[k], l, static_cast<Scalar<V>>(w.origin[(3 * tb + k) * W + l] - w.origin[(3 * ta + k) * W + l]));
  return {out[0], out[1], out[2]};
}

template <class V>
MB_DEVICE V impedance_at(const Impedance<Scalar<V>>& i, V violation) {
  const V one = splat<V>(1);
  const V x = min<V>(abs<V>(violation) * splat<V>(i.inverse_width), one), mid = splat<V>(i.middle);
  V y;
  if (i.power == 1) {
    y = x;
  } else if (i.power == 2) {
    const V r = one - x;
    y = select<V>(x < mid, x * x / mid, one - r * r / (one - mid));
  } else {
    y = x;
    for (int l = 0; l < kWidth<V>; ++l) {
      const double a = get<V>(x, l), c = i.middle, p = i.power;
      set<V>(
          y, l,
          static_cast<Scalar<V>>(a <= c ? std::pow(a, p) / std::pow(c, p - 1) : 1 - std::pow(1 - a, p) / std::pow(1 - c, p - 1)));
    }
  }
  return splat<V>(i.low) + y * splat<V>(i.high - i.low);
}

template <class V>
MB_LANE_INLINE Vec3<V> point_motion(const Motion<V>& a, const Vec3<V>& p) {
  return a.v + cross(a.w, p);
}

}  // namespace MB_LANE_SET
}  // namespace manybody::physics::lane
