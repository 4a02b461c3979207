#include "studio/board.h"

#include <algorithm>
#include <utility>

#include "core/clock.h"
#include "core/error.h"

namespace manybody::studio {
namespace {

constexpr double kStatusPeriod = 0.25;  // s

bool shows_otherwise(const Status& a, const Status& b) {
  return a.paused != b.paused || a.speed != b.speed || a.falls != b.falls || a.policy != b.policy || a.body != b.body;
}

}  // namespace

void Board::set_hello(std::string text) {
  const std::lock_guard lock(mutex_);
  hello_ = std::make_shared<const std::string>(std::move(text));
  ++hello_serial_;
}

bool Board::Counts::fits(const Frame& frame) const {
  return frame.links.size() == links && frame.joints.size() == joints && frame.rewards.size() == rewards;
}

void Board::show(Text text, std::vector<Counts> counts, bool stage) {
  scene_ = std::move(text);
  ++scene_serial_;
  counts_ = std::move(counts);
  on_stage_ = stage;
  frame_.clear();  // it has the counts of the scene before
  scene_errors_ = error_serial_;
}

void Board::set_scene(const Scene& scene) {
  auto text = std::make_shared<const std::string>(scene_json(scene));
  const std::lock_guard lock(mutex_);
  show(std::move(text), {{0, scene.links.size(), scene.joints.size(), scene.rewards.size()}}, false);
}

void Board::set_stage(const Stage& stage) {
  auto text = std::make_shared<const std::string>(stage_json(stage));
  std::vector<Counts> counts;
  for (const StageRobot& r : stage.robots)
    counts.push_back({r.id, r.scene.links.size(), r.scene.joints.size(), r.scene.rewards.size()});
  const std::lock_guard lock(mutex_);
  show(std::move(text), std::move(counts), true);
  revision_ = stage.revision;
}

void Board::set_status(const Status& status) {
  const double now = core::steady_seconds();
  const std::lock_guard lock(mutex_);
  const bool late = now - status_time_ >= kStatusPeriod;
  if (!late && !status_due_ && !shows_otherwise(status, last_status_)) return;
  status_ = std::make_shared<const std::string>(status_json(status));
  ++status_serial_;
  last_status_ = status, status_time_ = now, status_due_ = false;
}

void Board::set_train(const TrainMessage& message) {
  const std::lock_guard lock(mutex_);
  const bool other_run = train_serial_ == 0 || message.run != train_.run;
  if (message.whole || other_run) curves_.clear();
  curves_.add(message.curves);
  train_ = message;
  train_.curves.clear();
  train_.whole = true;
  TrainMessage sent = message;
  sent.whole = message.whole || other_run;
  train_new_ = std::make_shared<const std::string>(train_json(sent));
  train_whole_.reset();
  ++train_serial_;
  if (sent.whole) train_reset_serial_ = train_serial_;
}

void Board::set_talk(const TalkMessage& message) {
  auto text = std::make_shared<const std::string>(talk_json(message));
  const std::lock_guard lock(mutex_);
  std::erase_if(talks_, [&](const Talk& talk) { return talk.id == message.id; });
  talks_.push_back({message.id, ++talk_serial_, std::move(text)});
  if (talks_.size() > kMaxTalks) talks_.pop_front();
}

void Board::set_world(const WorldMessage& world) {
  auto text = std::make_shared<const std::string>(world_json(world));
  const std::lock_guard lock(mutex_);
  world_ = std::move(text);
  ++world_serial_;
}

void Board::add_error(const std::string& message, bool fatal, uint64_t client) {
  auto text = std::make_shared<const std::string>(error_json(message, fatal));
  const std::lock_guard lock(mutex_);
  errors_.push_back({++error_serial_, client, fatal, std::move(text)});
  if (errors_.size() > kMaxErrors) errors_.pop_front();
}

void Board::publish(const Frame& frame) {
  const std::lock_guard lock(mutex_);
  if (!scene_) return;
  MB_CHECK(!on_stage_ && counts_[0].fits(frame));
  encode_frame(frame, ++sequence_, frame_);
  ++frame_serial_;
}

void Board::publish(const StageFrame& frame) {
  const std::lock_guard lock(mutex_);
  if (!scene_) return;
  MB_CHECK(on_stage_ && frame.revision == revision_ && frame.robots.size() == counts_.size());
  for (size_t i = 0; i < counts_.size(); ++i)
    MB_CHECK(counts_[i].id == frame.robots[i].id && counts_[i].fits(frame.robots[i].frame));
  encode_frame(frame, ++sequence_, frame_);
  ++frame_serial_;
}

Cursor Board::new_cursor(uint64_t client) const {
  const std::lock_guard lock(mutex_);
  Cursor cursor;
  cursor.client = client;
  cursor.errors_before = error_serial_;
  return cursor;
}

bool Board::take_error(Cursor& cursor, Outgoing& out) {
  for (const Error& e : errors_) {
    if (e.serial <= cursor.error) continue;
    cursor.error = e.serial;
    const bool addressed = e.client == 0 || e.client == cursor.client;
    // A client that comes later still hears of what stopped the present scene.
    const bool stands = e.fatal && e.serial > scene_errors_;
    if (!addressed || (e.serial <= cursor.errors_before && !stands)) continue;
    out.text = e.text;
    return true;
  }
  return false;
}

bool Board::take_talk(Cursor& cursor, Outgoing& out) {
  for (const Talk& talk : talks_) {
    if (talk.serial <= cursor.talk) continue;
    cursor.talk = talk.serial;
    out.text = talk.text;
    return true;
  }
  return false;
}

bool Board::take_train(Cursor& cursor, Outgoing& out) {
  if (cursor.train == train_serial_) return false;
  const bool next = cursor.train + 1 == train_serial_ && (cursor.train > 0 || train_reset_serial_ == train_serial_);
  if (next) {
    out.text = train_new_;
  } else {
    if (!train_whole_) {
      TrainMessage whole = train_;
      whole.curves = curves_.all();
      train_whole_ = std::make_shared<const std::string>(train_json(whole));
    }
    out.text = train_whole_;
  }
  cursor.train = train_serial_;
  return true;
}

bool Board::take_next(Cursor& cursor, bool frames, Outgoing& out) {
  const std::lock_guard lock(mutex_);
  out.binary = false;
  const auto newer = [&](uint64_t& seen, uint64_t serial, const Text& text) {
    if (seen == serial) return false;
    seen = serial;
    out.text = text;
    return true;
  };
  if (newer(cursor.hello, hello_serial_, hello_)) return true;
  if (newer(cursor.scene, scene_serial_, scene_)) return true;
  if (take_error(cursor, out)) return true;
  if (newer(cursor.status, status_serial_, status_)) return true;
  if (newer(cursor.world, world_serial_, world_)) return true;
  if (take_talk(cursor, out)) return true;
  if (take_train(cursor, out)) return true;
  if (!frames || frame_.empty() || cursor.frame == frame_serial_) return false;
  cursor.frame = frame_serial_;
  out.binary = true;
  out.bytes.assign(frame_.begin(), frame_.end());
  return true;
}

bool Board::add_command(const Command& command) {
  const std::lock_guard lock(mutex_);
  const auto* velocity = std::get_if<VelocityCommand>(&command);
  const auto* before = commands_.empty() ? nullptr : std::get_if<VelocityCommand>(&commands_.back());
  if (velocity && before && velocity->robot == before->robot) {
    commands_.back() = command;
    return true;
  }
  if (commands_.size() >= kMaxCommands) return false;
  commands_.push_back(command);
  return true;
}

std::vector<Command> Board::take_commands() {
  const std::lock_guard lock(mutex_);
  if (!commands_.empty()) status_due_ = true;
  return std::exchange(commands_, {});
}

int Board::scene_links() const {
  const std::lock_guard lock(mutex_);
  if (!scene_) return -1;
  size_t most = 0;
  for (const Counts& one : counts_) most = std::max(most, one.links);
  return static_cast<int>(most);
}

}  // namespace manybody::studio
