// One physics step of a group of worlds: the list of stages.
#pragma once

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#include "physics/lane/advance.h"
#include "physics/lane/forces.h"
#include "physics/lane/newton.h"
#include "physics/lane/sense.h"

namespace manybody::physics::lane {
inline namespace MB_LANE_SET {

inline uint64_t ticks() {
#if defined(__x86_64__)
  return __rdtsc();
#else
  return 0;
#endif
}

template <class V>
void step_forward(const Model<Scalar<V>>& m, Work<V>& w) {
  uint64_t t[6];
  t[0] = ticks();
  step_kinematics(m, w);
  t[1] = ticks();
  step_forces(m, w);
  step_residual(m, w);
  t[2] = ticks();
  step_contacts(m, w);
  t[3] = ticks();
  step_newton(m, w);
  t[4] = ticks();
  for (int k = 0; k < 4; ++k) w.counts.cycles[k] += t[k + 1] - t[k];
  ++w.counts.groups;
}

template <class V>
void step_world(const Model<Scalar<V>>& m, Work<V>& w, bool sense) {
  step_forward(m, w);
  if (sense) step_sense(m, w);
  const uint64_t t = ticks();
  step_advance(m, w);
  w.counts.cycles[4] += ticks() - t;
}

}  // namespace MB_LANE_SET
}  // namespace manybody::physics::lane
