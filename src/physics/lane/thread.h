// What one thread does for its world: the step of lane/step.h with a V of one number.
//
// For: cuda.cu on a GPU, warp.cc on the processor; both define MB_LANE_THREADS.
// Reads, writes: Launch. Its tables, records and parameters lie where the threads run.
// Limits: all threads of a warp must come here, also those without a world of their own (index beyond count): they follow the
//   warp's first world and store nothing. A device may start more warps than there are worlds for.
#pragma once

#include "physics/lane/group.h"

namespace manybody::physics::lane {
inline namespace MB_LANE_SET {

struct Launch {
  // `tables` may lie where the processor cannot read them; `source` is the processor's own.
  template <class Source>
  Launch(const Model<float>& tables, const Source& source) : model(tables), record(source), block(source) {}
  Model<float> model;
  Record record;
  ParameterBlock block;
  const int* order = nullptr;  // the worlds to step
  int count = 0, lanes = 32;   // lanes: of a warp
  double* records = nullptr;
  size_t stride = 0;  // of a record
  const float* parameters = nullptr;
  uint8_t* diverged = nullptr;
  int substeps = 1;
  bool advance = true;
};

MB_DEVICE inline void run_thread(const Launch& job, int index, void* memory, Work<float>& w) {
  const bool spare = index >= job.count;
  const int first = index / job.lanes * job.lanes;  // of a warp; one behind the last world follows the very first
  const int world = job.order[spare ? (first < job.count ? first : 0) : index];
  Group<float> group;
  group.records[0] = job.records + static_cast<size_t>(world) * job.stride;
  group.diverged[0] = job.diverged + world;
  group.parameters[0] = job.parameters + static_cast<size_t>(world) * static_cast<size_t>(job.block.size);
  group.worlds[0] = world;
  group.wanted = spare ? 0u : 1u;
  w.place(job.model, memory);
  run_group(job.model, w, job.record, job.block, group, job.substeps, job.advance);
}

}  // namespace MB_LANE_SET
}  // namespace manybody::physics::lane
