#include "learn/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/clock.h"
#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "core/text.h"
#include "learn/run_log.h"

namespace manybody::learn {
namespace fs = std::filesystem;
namespace {

std::string checkpoint_path(const std::string& resume) {
  return fs::is_directory(resume) ? resume + "/checkpoints/latest.ckpt" : resume;
}

// The run a checkpoint lies in: RUN/checkpoints/latest.ckpt.
std::string folder_of(const TrainOptions& options) {
  if (!options.run_folder.empty()) return options.run_folder;
  if (options.resume.empty()) throw core::UserError("run folder", "is not given", "a folder to write to");
  const fs::path parent = fs::absolute(checkpoint_path(options.resume)).parent_path();
  return parent.filename() == "checkpoints" ? parent.parent_path().string() : parent.string();
}

class Run {
 public:
  Run(task::Env& env, const PpoConfig& config, const TrainOptions& options, core::Pool& pool, const DescribePolicy& describe)
      : env_(env), options_(options), ppo_(env, config, options.seed, pool, options.tokens) {
    if (describe) describe(info_);
    ppo_.set_groups(options.groups);
    if (!options.start_from.empty()) ppo_.start_from(policy::load_bundle(options.start_from), options.start_from);
    std::optional<int64_t> resumed;
    if (!options.resume.empty()) resume(), resumed = ppo_.steps();
    log_ = std::make_unique<RunLog>(folder_of(options), options.config_toml, resumed);
    first_step_ = ppo_.steps();
    status_.body = info_.body;
    status_.steps_total = static_cast<int64_t>(options.steps);
    status_.checkpoint_steps = resumed.value_or(0);
    begin_ = last_checkpoint_ = last_time_ = core::steady_seconds();
  }

  TrainResult go(const OnIteration& on_iteration) {
    write_status("running");
    try {
      while (!finished() && !stopped()) {
        step();
        if (on_iteration) on_iteration(ppo_.steps(), row_);
      }
      return end(finished() ? "finished" : "stopped");
    } catch (const std::exception& error) {
      status_.error = error.what();
      try {
        write_status("failed");
      } catch (const core::UserError&) {  // the first error is the one to tell
      }
      throw;
    }
  }

 private:
  bool stopped() const { return options_.stop && options_.stop->load(); }
  bool finished() const {
    const bool late = options_.max_seconds > 0 && core::steady_seconds() - begin_ >= options_.max_seconds;
    return late || static_cast<double>(ppo_.steps()) >= options_.steps;
  }
  double seconds() const { return earlier_seconds_ + core::steady_seconds() - begin_; }

  std::string identity() const { return info_.body + "\n" + info_.contract; }

  void resume() {
    const std::string path = checkpoint_path(options_.resume);
    const Checkpoint from = Checkpoint::read(path);
    if (from.bytes("identity") != identity()) {
      const std::string& theirs = from.bytes("identity");
      const size_t cut = theirs.find('\n');
      const bool same_body = theirs.substr(0, cut) == info_.body;
      if (!same_body) throw core::UserError(path, "was trained for the body " + theirs.substr(0, cut), info_.body);
      const std::string what = "was trained with another definition of observation or action (" + theirs.substr(cut + 1) + ")";
      throw core::UserError(path, what, info_.contract);
    }
    ppo_.load(from);
    earlier_seconds_ = from.value<double>("seconds");
  }

  void step() {
    const Iteration& it = ppo_.iterate();
    const double t = core::steady_seconds();
    // A running mean over about 5 s.
    const double span = std::max(1e-9, t - last_time_), speed = static_cast<double>(ppo_.steps_per_iteration()) / span;
    speed_ += (speed - speed_) * (speed_ > 0 ? std::min(1.0, span / 5) : 1.0);
    last_time_ = t;
    make_row(it);
    attempt("metrics", [&] { log_->add(ppo_.steps(), seconds(), row_); });
    auto due = [t](double& last, double seconds) { return t - last >= seconds && (last = t, true); };
    if (due(last_export_, options_.export_seconds)) attempt("policy", [&] { export_policy(); });
    if (due(last_checkpoint_, options_.checkpoint_seconds)) attempt("checkpoint", [&] { save_checkpoint(); });
    if (due(last_status_, options_.status_seconds)) attempt("status", [&] { write_status("running"); });
    show(it, t);
  }

  void make_row(const Iteration& it) {
    row_ = env_.take_log();
    const std::vector<Scalar> own{{"train/reward", it.reward},
                                  {"train/episode_return", it.episode_return},
                                  {"train/episode_length", it.episode_length},
                                  {"train/episodes", it.episodes},
                                  {"ppo/kl", it.kl},
                                  {"ppo/clipped", it.clipped},
                                  {"ppo/entropy", it.entropy},
                                  {"ppo/deviation", it.deviation},
                                  {"ppo/learning_rate", it.learning_rate},
                                  {"ppo/actor_loss", it.actor_loss},
                                  {"ppo/value_loss", it.value_loss},
                                  {"ppo/explained_variance", it.explained_variance},
                                  {"ppo/actor_gradient", it.actor_gradient},
                                  {"ppo/critic_gradient", it.critic_gradient},
                                  {"ppo/skipped_updates", it.skipped_updates},
                                  {"time/env_seconds", it.env_seconds},
                                  {"time/inference_seconds", it.inference_seconds},
                                  {"time/learner_seconds", it.learner_seconds},
                                  {"time/steps_per_s", speed_}};
    row_.insert(row_.begin(), own.begin(), own.end());
  }

  // What fails while running is said once and tried again; a full disk may have room later.
  template <class F>
  void attempt(const std::string& what, const F& action) {
    try {
      action();
      failing_.erase(std::remove(failing_.begin(), failing_.end(), what), failing_.end());
    } catch (const core::UserError& error) {
      if (std::find(failing_.begin(), failing_.end(), what) != failing_.end()) return;
      failing_.push_back(what);
      core::log_warning(fmt::format("{}. Training goes on; this is tried again.", error.what()));
    }
  }

  void export_policy() { policy::save_bundle(log_->policy_folder(), ppo_.make_bundle(info_)); }

  void save_checkpoint() {
    Checkpoint to;
    ppo_.save(to);
    to.put_bytes("identity", identity());
    to.put_value("seconds", seconds());
    const std::string numbered = fmt::format("{}/step_{:012d}.ckpt", log_->checkpoint_folder(), ppo_.steps());
    const std::string latest = log_->checkpoint_folder() + "/latest.ckpt";
    to.write(numbered);
    std::error_code error;
    fs::remove(latest + ".link", error);
    fs::create_hard_link(numbered, latest + ".link", error);
    if (!error) fs::rename(latest + ".link", latest, error);
    if (error) to.write(latest);
    status_.checkpoint_steps = ppo_.steps();
    prune();
  }

  void prune() const {
    std::vector<fs::path> numbered;
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(log_->checkpoint_folder(), error)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with("step_") && name.ends_with(".ckpt")) numbered.push_back(entry.path());
    }
    std::sort(numbered.begin(), numbered.end());
    const size_t keep = static_cast<size_t>(std::max(1, options_.keep_checkpoints));
    for (size_t i = 0; i + keep < numbered.size(); ++i) fs::remove(numbered[i], error);
  }

  void write_status(const std::string& state) {
    status_.state = state;
    status_.steps = ppo_.steps();
    status_.steps_per_s = speed_;
    status_.seconds = seconds();
    status_.seconds_left = state == "running" ? seconds_left() : 0;
    log_->write_status(status_);
  }

  double seconds_left() const {
    double left = speed_ > 0 ? (options_.steps - static_cast<double>(ppo_.steps())) / speed_ : 0;
    if (options_.max_seconds > 0) left = std::min(left, options_.max_seconds - (core::steady_seconds() - begin_));
    return std::max(0.0, left);
  }

  void show(const Iteration& it, double t) {
    if (options_.quiet) return;
    const bool terminal = core::stderr_is_terminal(), last = finished() || stopped();
    if (!last && t - last_shown_ < (terminal ? 0.2 : 5.0)) return;
    last_shown_ = t;
    const double steps = static_cast<double>(ppo_.steps()), share = std::clamp(steps / options_.steps, 0.0, 1.0);
    const std::string line =
        fmt::format("{} {:3.0f}%  {}/{} steps  {}/s  left {}  reward {:.3f}  episode {:.1f} s", core::bar_text(share, 12),
                    100 * share, core::count_text(steps), core::count_text(options_.steps), core::count_text(speed_),
                    core::duration_text(seconds_left()), it.reward, it.episode_length / info_.control_hz);
    core::log_progress(line + main_rewards(), last || !terminal);
  }

  // The three largest terms of the environment's reward.
  std::string main_rewards() const {
    std::vector<Scalar> terms;
    for (const Scalar& value : row_) {
      if (value.first.starts_with("reward/") && std::isfinite(value.second)) terms.push_back(value);
    }
    const size_t shown = std::min<size_t>(3, terms.size());
    std::partial_sort(terms.begin(), terms.begin() + static_cast<ptrdiff_t>(shown), terms.end(),
                      [](const Scalar& a, const Scalar& b) { return std::abs(a.second) > std::abs(b.second); });
    std::string text;
    for (size_t i = 0; i < shown; ++i) text += fmt::format("  {} {:.2f}", terms[i].first.substr(7), terms[i].second);
    return text;
  }

  TrainResult end(const std::string& state) {
    save_checkpoint();
    export_policy();
    write_status(state);
    TrainResult result;
    result.state = state;
    result.steps = ppo_.steps();
    result.seconds = seconds();
    result.steps_per_s = static_cast<double>(ppo_.steps() - first_step_) / std::max(1e-9, core::steady_seconds() - begin_);
    result.run_folder = log_->folder();
    result.checkpoint = log_->checkpoint_folder() + "/latest.ckpt";
    result.policy = log_->policy_folder();
    result.metrics = row_;
    const std::string hint = options_.resume_hint.empty() ? "manybody train --resume " + log_->folder() : options_.resume_hint;
    if (!options_.quiet) {
      core::log_info(fmt::format("{} after {} steps in {} ({}/s). Policy: {}", state == "finished" ? "Finished" : "Stopped",
                                 core::count_text(static_cast<double>(result.steps)), core::duration_text(result.seconds),
                                 core::count_text(result.steps_per_s), result.policy));
      if (state == "stopped") core::log_info("Go on with: " + hint);
    }
    return result;
  }

  task::Env& env_;
  const TrainOptions& options_;
  Ppo ppo_;
  policy::PolicyInfo info_;
  std::unique_ptr<RunLog> log_;
  Status status_;
  std::vector<Scalar> row_;
  std::vector<std::string> failing_;
  int64_t first_step_ = 0;
  double earlier_seconds_ = 0, begin_ = 0, speed_ = 0, last_time_ = 0;
  double last_export_ = 0, last_checkpoint_ = 0, last_status_ = 0, last_shown_ = 0;
};

}  // namespace

TrainResult train(task::Env& env, const PpoConfig& config, const TrainOptions& options, core::Pool& pool,
                  const DescribePolicy& describe, const OnIteration& on_iteration) {
  return Run(env, config, options, pool, describe).go(on_iteration);
}

}  // namespace manybody::learn
