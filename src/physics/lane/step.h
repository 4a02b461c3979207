// One physics step of a group of worlds: the list of stages.
#pragma once

#if defined(__x86_64__) && !defined(MB_LANE_THREADS)
#include <x86intrin.h>
#endif

#include "physics/lane/advance.h"
#include "physics/lane/forces.h"
#include "physics/lane/newton.h"
#include "physics/lane/sense.h"

namespace manybody::physics::lane {
inline namespace MB_LANE_SET {

MB_DEVICE inline uint64_t ticks() {
#if defined(__x86_64__) && !defined(MB_LANE_THREADS)
  return __rdtsc();
#else
  return 0;
#endif
}

// A stage that takes a quarter of a millisecond was interrupted: such a step counts as the mean of the others.
template <class V>
MB_DEVICE void count_cycles(Work<V>& w, int stage, uint64_t cycles) {
  constexpr uint64_t kInterrupted = 600000;
  if (cycles < kInterrupted) w.counts.cycles[stage] += cycles;
  else if (w.counts.groups > 0) w.counts.cycles[stage] += w.counts.cycles[stage] / w.counts.groups;
}

template <class V>
MB_DEVICE void step_forward(const Model<Scalar<V>>& m, Work<V>& w) {
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
  for (int k = 0; k < 4; ++k) count_cycles(w, k, t[k + 1] - t[k]);
  ++w.counts.groups;
}

template <class V>
MB_DEVICE void step_world(const Model<Scalar<V>>& m, Work<V>& w, bool sense) {
  w.senses = sense;
  step_forward(m, w);
  if (sense) step_sense(m, w);
  const uint64_t t = ticks();
  step_advance(m, w);
  count_cycles(w, 4, ticks() - t);
}

}  // namespace MB_LANE_SET
}  // namespace manybody::physics::lane
