// The outer loop of a training run: iterate, log, save, say how it goes, stop when asked.
//
// Reads: an environment, settings, perhaps a checkpoint. Writes: the run's folder (run_log.h), progress on stderr.
// Limits: a save that fails while running (disk full) is reported and tried again later; only the last one is an error.
// Errors: UserError; the run's status.json then says "failed" and why, and the last good checkpoint stays.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/pool.h"
#include "learn/event_file.h"
#include "learn/ppo.h"

namespace manybody::learn {

struct TrainOptions {
  double steps = 2e6;      // control steps in all, a resumed run's earlier ones included
  double max_seconds = 0;  // stop after this long; 0: no limit
  uint64_t seed = 1;
  std::string run_folder;   // empty with `resume`: that run's own folder
  std::string config_toml;  // resolved configuration, saved with the run
  std::string resume;       // a run's folder or a checkpoint file
  std::string start_from;   // a bundle whose actor to begin with
  double checkpoint_seconds = 60, export_seconds = 15, status_seconds = 1;
  int keep_checkpoints = 3;                 // numbered ones, besides latest.ckpt
  bool quiet = false;                       // no progress line
  std::vector<int> groups;                  // of worlds, for the advantages (Ppo::set_groups)
  signal::TokenLayout tokens;               // of the observation, for an actor of joint tokens (Ppo)
  const std::atomic<bool>* stop = nullptr;  // set by a signal handler or the server
  std::string resume_hint;                  // what to type to go on; empty: "manybody train --resume FOLDER"
};

struct TrainResult {
  std::string state;  // finished or stopped
  int64_t steps = 0;
  double seconds = 0, steps_per_s = 0;
  std::string run_folder, checkpoint, policy;
  std::vector<Scalar> metrics;  // the last row
};

// Names the body, joints and contract in the bundles this run exports (and refuses a checkpoint of another).
using DescribePolicy = std::function<void(policy::PolicyInfo&)>;
// After each iteration: control steps and that row's values.
using OnIteration = std::function<void(int64_t steps, const std::vector<Scalar>& values)>;

TrainResult train(task::Env& env, const PpoConfig& config, const TrainOptions& options, core::Pool& pool,
                  const DescribePolicy& describe, const OnIteration& on_iteration = {});

}  // namespace manybody::learn
