// Follows a training run on disk, so that the page shows its curves while the trainer, another process, writes them.
//
// Reads: RUN/metrics.csv (a header line, then one line a point; the column `steps` is the abscissa), only whole lines;
//        RUN/status.json (steps, steps_total, steps_per_s, seconds, seconds_left, state, checkpoint_steps; body, error and
//        pid if given); the time stamps of RUN/policy (a file or a folder).
// Writes: TrainMessage: everything at first, then what is new; whether a policy that was not there before has been exported.
// Limits: at most kMaxCurves curves of kMaxPoints points each, evenly thinned, the newest always among them.
// Errors: none thrown: a run that is not there yet is "starting"; damaged lines are skipped.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "studio/messages.h"

namespace manybody::studio {

inline constexpr size_t kMaxCurves = 64, kMaxPoints = 512;

// Curves that stay small however long the run: every 2^k-th point and the newest.
class CurveLog {
 public:
  void add(const Curves& points);
  void add(const std::string& name, double steps, double value);
  void clear() { curves_.clear(); }
  Curves all() const;

 private:
  struct Curve {
    std::vector<std::array<double, 2>> points;
    std::array<double, 2> newest{};
    uint64_t stride = 1, seen = 0;
  };
  std::map<std::string, Curve> curves_;
};

class TrainFollow {
 public:
  explicit TrainFollow(std::string run_folder, std::string body = "", std::string policy_name = "policy");

  struct News {
    std::optional<TrainMessage> message;  // when anything changed since the last poll
    bool new_policy = false;              // RUN/policy was exported (again) and has been still since the last poll
  };
  News poll();  // cheap when nothing changed; call a few times a second
  // What the application knows better than the files, e.g. "stopped" after it ended the trainer, "failed" after it died.
  void set_state(const std::string& state, const std::string& message = "");

  const std::string& folder() const { return folder_; }
  std::string policy_path() const;

 private:
  bool read_metrics(Curves& fresh);
  void read_header(std::string_view line);
  void read_line(std::string_view line, Curves& fresh);
  bool read_status();
  bool check_policy();
  bool restart_if_replaced();

  std::string folder_, policy_name_, forced_state_, forced_message_;
  TrainMessage last_;
  CurveLog log_;
  bool first_ = true, replaced_ = false;
  uint64_t offset_ = 0, inode_ = 0;
  std::vector<std::string> columns_;
  int steps_column_ = -1;
  std::string status_text_;
  std::string policy_seen_, policy_reported_;
};

}  // namespace manybody::studio
