// A run's folder, logs/<experiment>/<date_time>/, and what is written there while it trains.
//
// Writes: config.toml (resolved configuration), metrics.csv (one row an iteration: steps, seconds, then values by name),
//   events.out.tfevents.* (the same for TensorBoard), status.json (for those who follow), checkpoints/, policy/.
// Limits: metrics.csv keeps its columns; a name seen first later rewrites the file once, older rows left empty there.
// Errors: UserError naming the file. A row is written whole or not at all.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "learn/event_file.h"

namespace manybody::learn {

// root/experiment/2026-11-22_14-03-59, with _2, _3 … when that exists; created.
std::string make_run_folder(const std::string& root, const std::string& experiment);

struct Status {
  std::string state = "running";  // running, finished, stopped, failed
  std::string body, error;
  int64_t steps = 0, steps_total = 0, checkpoint_steps = 0;
  double steps_per_s = 0, seconds = 0, seconds_left = 0;
};

class RunLog {
 public:
  // resumed_at: the steps of the checkpoint a run goes on from; rows of later steps are dropped.
  RunLog(const std::string& folder, const std::string& config_toml, std::optional<int64_t> resumed_at = {});

  void add(int64_t steps, double seconds, std::span<const Scalar> values);
  void write_status(const Status& status) const;

  const std::string& folder() const { return folder_; }
  std::string metrics_path() const { return folder_ + "/metrics.csv"; }
  std::string checkpoint_folder() const { return folder_ + "/checkpoints"; }
  std::string policy_folder() const { return folder_ + "/policy"; }

 private:
  void keep_rows_until(int64_t steps);
  void rewrite_with(const std::vector<std::string>& columns);

  std::string folder_;
  std::vector<std::string> columns_;
  std::optional<Appender> csv_;
  std::optional<EventFile> events_;
};

}  // namespace manybody::learn
