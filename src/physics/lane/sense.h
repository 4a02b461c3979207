// Stage 6, in the last step of a call: what a task measures, at the state the step started from, as MuJoCo's sensors do.
//
// Reads: poses, velocities, contact forces. Writes: sites (pose, velocity of the point), touches (sum of normal forces, N).
#pragma once

#include "physics/lane/newton.h"

namespace manybody::physics::lane {
inline namespace MB_LANE_SET {

template <class V>
MB_DEVICE void step_sense(const Model<Scalar<V>>& m, Work<V>& w) {
  using S = Scalar<V>;
  for (size_t i = 0; i < m.sites.size(); ++i) {
    const Site<S>& site = m.sites[i];
    SiteOut<V>& out = w.sites[i];
    if (site.node < 0) {
      out.position = splat3<V>(site.position);
      out.axes = chain_fixed(unit_axes<V>(), site.rotation);
      out.velocity = zero_motion<V>();
      continue;
    }
    out.position = w.at[site.node] + turn_fixed(w.axes[site.node], site.position);
    out.axes = chain_fixed(w.axes[site.node], site.rotation);
    out.velocity = {w.vel[site.node].w, point_motion(w.vel[site.node], out.position)};
  }
  for (size_t i = 0; i < m.touches.size(); ++i) {
    V sum = splat<V>(0);
    for (int c = 0; c < w.contact_count; ++c) {
      const Pair<S>& pair = m.pairs[w.contacts[c].pair];
      if (m.geoms[pair.geom_a].body == m.touches[i].body || m.geoms[pair.geom_b].body == m.touches[i].body)
        sum += w.contacts[c].f[0];
    }
    w.touches[i] = sum;
  }
}

}  // namespace MB_LANE_SET
}  // namespace manybody::physics::lane
