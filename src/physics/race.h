// The lane engine and MuJoCo over the same states, timed side by side in one process.
//
// Reads: states and targets of all worlds, set before every lap. Writes: seconds of each runner, and what the lanes did.
// Method: each lap steps both from the very same states, one after the other; one thread against plain mj_step (processor time of the
//   thread), all threads against MuJoCo's batch API (wall time). Copying states is not timed. Both converge: same options, tolerance
//   1e-8, 100 iterations.
// Errors: core::UserError when the lane engine lacks what the scene uses.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "physics/batch.h"

namespace manybody::physics {

struct RaceResult {
  double steps = 0;                            // world-steps timed, each runner
  double lane_cpu_s = 0, mujoco_cpu_s = 0;     // one thread
  double lane_random_cpu_s = 0;                // one thread, every world with parameters of its own
  double lane_wall_s = 0, mujoco_wall_s = 0;   // all threads
  double contacts = 0, mujoco_iterations = 0;  // a world-step, mean
  // Lanes, of one group's step: Newton iterations (the most among its worlds), conjugate-gradient rounds, candidate contacts of any
  // world, pairs done world by world.
  double newton = 0, gradients = 0, candidates = 0, one_by_one = 0;
  std::vector<std::pair<std::string, double>> cycles;  // lanes: of one group's step, by stage
  uint64_t state_hash = 0;                             // of the one-thread lanes after the last lap
  std::string set, all_set;                            // of one thread, of all: with Backend::cuda a GPU is "all threads"
  double all_apart = 0;                                // largest difference of their positions after the last lap: rounding
  int lanes = 0;
};

class Race {
 public:
  Race(const body::Body& body, SceneOptions options, int worlds, int threads);
  ~Race();
  // World w's next start; warm may be empty.
  void set(int world, std::span<const double> qpos, std::span<const double> qvel, std::span<const double> targets,
           std::span<const double> warm);
  // World w's parameters in the randomised run.
  void set_parameters(int world, const WorldParameters& parameters);
  void lap(int substeps, bool timed);
  RaceResult result() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace manybody::physics
