#include "show_training.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>

#include "core/clock.h"
#include "core/error.h"
#include "core/log.h"
#include "find.h"
#include "learn/run_log.h"
#include "show_bodies.h"

namespace manybody::apps {
namespace fs = std::filesystem;
namespace {

constexpr double kPollS = 0.25;
constexpr double kExportS = 3;  // how often the trainer shows what it has learnt

}  // namespace

void Training::obey(const studio::TrainCommand& c, const std::string& body_now) {
  using Action = studio::TrainCommand::Action;
  const std::string body = c.body.value_or(body_now);
  switch (c.action) {
    case Action::start:
      start(body);
      break;
    case Action::stop:
      trainer_.ask_to_stop();
      break;
    case Action::follow:
      follow(c.run ? run_folder(*c.run, body) : follow_ ? follow_->folder() : latest_run(), body);
      break;
    case Action::play:
      view_(house_.source_of(body), folder_of("", body), "play");
      break;
  }
}

std::string Training::run_folder(const std::string& run, const std::string& body) const {
  for (const std::string& folder : {"logs/walk_" + body + "/" + run, "logs/" + run}) {
    if (fs::is_directory(folder)) return folder;
  }
  throw core::UserError("train", "there is no run '" + run + "' of " + body, "the name of a folder in logs/walk_" + body);
}

void Training::start(const std::string& body) {
  const std::string source = house_.source_of(body);
  const std::string folder = learn::make_run_folder("logs", "walk_" + body);
  const std::string self = fs::read_symlink("/proc/self/exe").string();
  // Lower priority: the page stays smooth while the trainer uses every processor.
  trainer_.start({"nice", "-n", "5", self, "train", "--body", source, "--run_folder", folder, "--export_seconds",
                  fmt::format("{}", kExportS)});
  failure_told_ = false;
  core::log_info("training " + body + " in " + folder);
  follow(folder, body);
}

void Training::follow(const std::string& folder, const std::string& body) {
  if (folder.empty())
    throw core::UserError("train", "there is no run to follow yet", "'Learn to walk' or 'manybody train' first");
  follow_.emplace(folder, body);
  last_poll_ = 0;
  unseen_ = false;
  view_(house_.source_of(body), is_policy(folder + "/policy") ? folder + "/policy" : "", "train");
}

void Training::follow_run(Solo* solo) {
  if (!follow_ || core::steady_seconds() - last_poll_ < kPollS) return;
  last_poll_ = core::steady_seconds();
  if (!trainer_.running() && trainer_.exit_status() >= 0 && !failure_told_) {
    failure_told_ = true;
    if (const std::string failure = trainer_.failure(); !failure.empty()) {
      follow_->set_state("failed");
      house_.server.send_error(failure);
    }
  }
  const bool on_view = solo && solo->mode() == "train";
  studio::TrainFollow::News news = follow_->poll();
  unseen_ = unseen_ || news.new_policy;
  if (unseen_ && on_view) unseen_ = false, show_checkpoint(*solo);
  if (!news.message) return;
  // What is on view is exported oftener than checkpoints are kept.
  if (on_view) news.message->checkpoint_steps = static_cast<double>(solo->player().policy_steps());
  house_.server.set_train(*news.message);
}

void Training::show_checkpoint(Solo& solo) {
  try {
    const std::string folder = follow_->policy_path();
    if (solo.folder() == folder) {
      solo.player().reload(folder);
      return;
    }
    view_(solo.source(), folder, "train");  // the first one: its settings may differ from the bare prior's
  } catch (const core::UserError& error) {
    house_.server.send_error(error.what());
  }
}

}  // namespace manybody::apps
