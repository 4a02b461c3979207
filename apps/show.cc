#include "show.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <thread>

#include "body/library.h"
#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "find.h"
#include "conduct/player_actor.h"
#include "learn/player.h"
#include "learn/run_log.h"
#include "policy/bundle.h"
#include "show_talk.h"
#include "stop.h"
#include "studio/child.h"
#include "studio/real_time.h"
#include "studio/server.h"
#include "studio/train_follow.h"
#include "task/rewards.h"

namespace manybody::apps {
namespace fs = std::filesystem;
namespace {

constexpr const char* kPrior = "none";       // the name of "no policy" in the page
constexpr double kTrainPollS = 0.25;
constexpr double kTrainExportS = 3;           // how often the trainer shows what it has learnt
constexpr size_t kRunsOffered = 8;
constexpr double kCalmSpeed = 0.5, kPriorSpeed = 0.3;  // m/s of a body with 0.7 m legs; the bare prior walks slowly only

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// The newest runs of a body with an exported policy: name (date and time) to folder.
std::map<std::string, std::string> runs_of(const std::string& body) {
  std::map<std::string, std::string> runs;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator("logs/walk_" + body, error)) {
    if (is_policy((entry.path() / "policy").string())) runs[entry.path().filename().string()] = entry.path().string();
  }
  while (runs.size() > kRunsOffered) runs.erase(runs.begin());
  return runs;
}

std::vector<std::string> policies_of(const std::string& body) {
  std::vector<std::string> names = shipped_policies(body);
  for (const auto& [name, folder] : runs_of(body)) names.push_back(name);
  names.push_back(kPrior);
  return names;
}

// A name of policies_of, a bundle's folder, or "": the best there is, which may be none.
std::string folder_of(const std::string& name, const std::string& body) {
  if (name == kPrior) return "";
  const auto runs = runs_of(body);
  if (name.empty() && !shipped_policies(body).empty()) return find_policy("", body);
  if (name.empty()) return runs.empty() ? "" : runs.rbegin()->second + "/policy";
  const auto run = runs.find(name);
  return run != runs.end() ? run->second + "/policy" : find_policy(name, body);
}

std::string name_of(const std::string& folder) {
  if (folder.empty()) return kPrior;
  const fs::path path = fs::path(folder).lexically_normal();
  return path.filename() == "policy" ? path.parent_path().filename().string() : path.filename().string();
}

std::vector<studio::BodyEntry> body_entries() {
  std::vector<studio::BodyEntry> entries;
  for (const body::Entry& entry : body::list_bodies()) {
    studio::BodyEntry out;
    out.name = entry.name;
    out.title = entry.title;
    out.installed = entry.installed;
    out.title_zh = entry.title_zh;
    out.kind = studio::kind_word(entry.kind);
    out.joints = entry.driven;
    if (entry.installed) out.policies = policies_of(entry.name);
    entries.push_back(std::move(out));
  }
  return entries;
}

void measure_entry(studio::BodyEntry& entry, const body::Body& body) {
  entry.joints = static_cast<int>(body.actuated.size());
  entry.mass = body.mass;
  entry.height = body.height;
}

class Show {
 public:
  Show(const ShowOptions& options, const ShowWhat& what) : what_(what), stop_(catch_stop_signals()), clock_(0.02), talk_(server_, {true, options.remote, true, options.talk_log}) {
    entries_ = body_entries();
    load(what.body, what.policy);
    walk_calmly();
    studio::ServerOptions server;
    server.address = options.address;
    server.port = options.port;
    server.token = options.token;
    server.web_root = options.web_root;
    server.chat = true;
    server.language = options.language == "auto" ? "" : options.language;
    server.version = MB_VERSION;
    if (!options.allowed_origin.empty()) server.allowed_origins = {options.allowed_origin};
    server_.set_bodies(entries_);
    publish_scene();
    server_.start(server);
    log_start();
    reading_ = std::thread([this] { read_bodies(); });
  }

  ~Show() {
    leaving_ = true;
    reading_.join();
  }

  int run() {
    while (!stop_) {
      take_read();
      for (const studio::Command& command : server_.take_commands()) obey(command);
      simulate();
      talk_.poll();
      follow_training();
      std::this_thread::sleep_for(std::chrono::duration<double>(clock_.wait_seconds()));
    }
    core::log_info("stopping");
    trainer_.stop();
    server_.stop();
    return 0;
  }

 private:
  void log_start() const {
    const std::string folder = policy_folder_;
    core::log_info(fmt::format("{} is {} ({})", player_->body().title, folder.empty() ? "held by its gait prior only" : "walking",
                               folder.empty() ? "no policy" : folder));
    if (!core::file_exists(core::home_directory() + "/web/dist/index.html")) {
      core::log_warning("the page is not built: run 'make page'");
    }
    std::printf("Open %s\n", server_.url().c_str());
    std::fflush(stdout);
  }

  // --- the body and its policy

  void load(const std::string& name, const std::string& folder) {
    const std::shared_ptr<const body::Body> body = body_of(name);
    learn::PlayerOptions options{what_.terrain, what_.collisions, what_.seed};
    auto player = std::make_unique<learn::Player>(*body, folder, options);
    auto actor = std::make_unique<conduct::PlayerActor>(*player);
    talk_.set_robots({{body->title.empty() ? body->name : body->title, {body->name, body->title_zh}, actor.get()}});
    player_ = std::move(player);
    actor_ = std::move(actor);
    policy_folder_ = folder;
    body_source_ = name;
    clock_.set_step(player_->dt());
    broken_ = false;
  }

  // Reading a body's meshes takes a moment: each is read once.
  std::shared_ptr<const body::Body> body_of(const std::string& name) {
    if (const auto it = bodies_.find(name); it != bodies_.end()) return it->second;
    return bodies_[name] = std::make_shared<const body::Body>(body::load_body(name));
  }

  // A body that was just chosen is to be seen walking; speeds scale as the root of its leg length (Froude).
  void walk_calmly() {
    const double speed = policy_folder_.empty() ? kPriorSpeed : kCalmSpeed;
    player_->set_command({speed * std::sqrt(player_->body().leg_length / 0.7), 0, 0});
  }

  // Keeps what is shown when the new one cannot be; the same body goes on as commanded.
  void change(const std::string& name, const std::string& folder, const std::string& mode) {
    const std::string before = player_->body().name;
    const signal::VelocityCommand command = player_->command();
    load(name, folder);
    if (player_->body().name == before) player_->set_command(command);
    else walk_calmly();
    mode_ = mode;
    publish_scene();
    publish_frame();
  }

  void publish_scene() {
    const body::Body& body = player_->body();
    studio::Scene scene = studio::make_scene(body);
    scene.policy = name_of(policy_folder_);
    scene.policies = policies_of(body.name);
    scene.rewards = task::reward_names();
    scene.control_hz = 1 / player_->dt();
    scene.leg_length = body.leg_length;
    scene.mode = mode_;
    bool known = false;
    for (studio::BodyEntry& entry : entries_) {
      if (entry.name != body.name) continue;
      known = true;
      entry.policies = scene.policies;
      measure_entry(entry, body);
    }
    if (!known) {  // straight from a file
      studio::BodyEntry entry{body.name, body.title, true, 0, 0, 0, scene.policies, body_source_, scene.title_zh, scene.kind, ""};
      measure_entry(entry, body);
      entries_.push_back(entry);
    }
    server_.set_bodies(entries_);
    server_.set_scene(scene);
    frame_ = studio::Frame{};
  }

  // --- one turn of the loop

  void simulate() {
    const int due = clock_.take_due();
    if (due > 0 && !broken_) {
      try {
        for (int i = 0; i < due; ++i) talk_.tick(player_->dt()), player_->tick();
      } catch (const std::exception& error) {
        broken_ = true;
        clock_.set_paused(true);
        server_.send_error(error.what(), true);
      }
    }
    if (due > 0 || clock_.paused()) publish_frame();
    const body::Body& body = player_->body();
    server_.set_status({clock_.paused(), clock_.speed(), clock_.factor(), player_->time(), player_->falls(), name_of(policy_folder_), body.name});
  }

  void publish_frame() {
    const task::WalkEnv& env = player_->env();
    physics::Batch& batch = player_->env().batch();
    const body::Body& body = player_->body();
    batch.inspect(0, inspection_);
    frame_.sim_time = player_->time();
    frame_.rtf = static_cast<float>(clock_.factor());
    frame_.paused = clock_.paused();
    frame_.fallen = player_->fallen();
    frame_.links.resize(body.links.size());
    for (size_t i = 0; i < frame_.links.size(); ++i) {
      const float* pose = &inspection_.links[7 * i];
      frame_.links[i] = {{pose[0], pose[1], pose[2]}, {pose[3], pose[4], pose[5], pose[6]}};
    }
    fill_joints(batch, body);
    const signal::VelocityCommand command = player_->command();
    frame_.command = {static_cast<float>(command.vx), static_cast<float>(command.vy), static_cast<float>(command.wz)};
    const core::Vec3 measured = player_->stride_velocity();
    const signal::GaitState& gait = env.signal(0).gait();
    const std::array<double, 2> clearance = player_->foot_clearance();
    for (int i = 0; i < 3; ++i) frame_.measured[i] = static_cast<float>(measured[i]);
    for (int i = 0; i < 2; ++i) frame_.foot_clearance[i] = static_cast<float>(clearance[i]);
    frame_.gait_phase = static_cast<float>(gait.phase);
    frame_.stand_gate = static_cast<float>(gait.gate);
    frame_.contacts.clear();
    for (const physics::ContactPoint& contact : inspection_.contacts) {
      studio::ContactForce out;
      for (int i = 0; i < 3; ++i) out.position[i] = static_cast<float>(contact.position[i]), out.force[i] = static_cast<float>(contact.force[i]);
      frame_.contacts.push_back(out);
    }
    const std::span<const double> terms = env.reward_terms(0);
    frame_.rewards.assign(terms.begin(), terms.end());
    server_.publish(frame_);
  }

  void fill_joints(physics::Batch& batch, const body::Body& body) {
    const std::span<const double> q = batch.qpos(0), v = batch.qvel(0), torque = batch.torques(0), target = batch.targets(0);
    frame_.joints.resize(body.joints.size());
    for (size_t j = 0; j < body.joints.size(); ++j) {
      const float position = static_cast<float>(q[7 + j]);
      frame_.joints[j] = {position, static_cast<float>(v[6 + j]), 0, position};
    }
    for (size_t k = 0; k < body.actuated.size(); ++k) {
      studio::JointState& joint = frame_.joints[static_cast<size_t>(body.actuated[k])];
      joint.torque = static_cast<float>(torque[k]);
      joint.target = static_cast<float>(target[k]);
    }
  }

  // --- commands

  void obey(const studio::Command& command) {
    try {
      std::visit([this](const auto& c) { on(c); }, command);
    } catch (const std::exception& error) {
      server_.send_error(error.what());
    }
  }

  void on(const studio::VelocityCommand& c) { talk_.steered(), player_->set_command({c.vx, c.vy, c.wz}); }
  void on(const studio::SayCommand& c) { talk_.say(c); }
  void on(const studio::PauseCommand& c) {
    if (broken_ && !c.on) player_->reset(), broken_ = false;  // going on after an error means from the start
    clock_.set_paused(c.on);
  }
  void on(const studio::StepCommand&) { clock_.step_once(); }
  void on(const studio::ResetCommand&) {
    player_->reset();
    if (broken_) broken_ = false, clock_.set_paused(false);
    publish_frame();
  }
  void on(const studio::SpeedCommand& c) { clock_.set_speed(c.factor); }
  void on(const studio::PushCommand& c) { player_->push(c.link, c.point, c.force, c.seconds); }

  void on(const studio::SelectCommand& c) {
    const std::string name = c.body.value_or(player_->body().name);
    const std::string source = name == player_->body().name ? body_source_ : source_of(name);
    change(source, folder_of(c.policy.value_or(""), name), "play");
  }

  std::string source_of(const std::string& name) const {
    for (const studio::BodyEntry& entry : entries_) {
      if (entry.name == name && !entry.source.empty()) return entry.source;
    }
    return name;
  }

  void on(const studio::TrainCommand& c) {
    using Action = studio::TrainCommand::Action;
    const std::string body = c.body.value_or(player_->body().name);
    switch (c.action) {
      case Action::start: start_training(body); break;
      case Action::stop: trainer_.ask_to_stop(); break;
      case Action::follow: follow(c.run ? run_folder(*c.run, body) : follow_ ? follow_->folder() : latest_run(), body); break;
      case Action::play: change(source_of(body), folder_of("", body), "play"); break;
    }
  }

  // --- training

  std::string run_folder(const std::string& run, const std::string& body) const {
    for (const std::string& folder : {"logs/walk_" + body + "/" + run, "logs/" + run}) {
      if (fs::is_directory(folder)) return folder;
    }
    throw core::UserError("train", "there is no run '" + run + "' of " + body, "the name of a folder in logs/walk_" + body);
  }

  void start_training(const std::string& body) {
    const std::string source = source_of(body);
    const std::string folder = learn::make_run_folder("logs", "walk_" + body);
    const std::string self = fs::read_symlink("/proc/self/exe").string();
    // Lower priority: the page stays smooth while the trainer uses every processor.
    trainer_.start({"nice", "-n", "5", self, "train", "--body", source, "--run_folder", folder, "--export_seconds", fmt::format("{}", kTrainExportS)});
    trainer_seen_ = false;
    core::log_info("training " + body + " in " + folder);
    follow(folder, body);
  }

  void follow(const std::string& folder, const std::string& body) {
    if (folder.empty()) throw core::UserError("train", "there is no run to follow yet", "'Learn to walk' or 'manybody train' first");
    follow_.emplace(folder, body);
    last_poll_ = 0;
    const bool has_policy = is_policy(folder + "/policy");
    change(source_of(body), has_policy ? folder + "/policy" : "", "train");
    player_->set_command({kCalmSpeed * std::sqrt(player_->body().leg_length / 0.7), 0, 0});  // something to learn is to be seen
  }

  void follow_training() {
    if (!follow_ || wall_seconds() - last_poll_ < kTrainPollS) return;
    last_poll_ = wall_seconds();
    if (!trainer_.running() && trainer_.exit_status() >= 0 && !trainer_seen_) {
      trainer_seen_ = true;
      if (const std::string failure = trainer_.failure(); !failure.empty()) {
        follow_->set_state("failed");
        server_.send_error(failure);
      }
    }
    studio::TrainFollow::News news = follow_->poll();
    if (news.new_policy && mode_ == "train") show_checkpoint();
    if (!news.message) return;
    // What is on the stage is exported oftener than checkpoints are kept.
    if (mode_ == "train") news.message->checkpoint_steps = static_cast<double>(player_->policy_steps());
    server_.set_train(*news.message);
  }

  void show_checkpoint() {
    try {
      const std::string folder = follow_->policy_path();
      if (policy_folder_ == folder) {
        player_->reload(folder);
        return;
      }
      change(body_source_, folder, "train");  // the first one: its settings may differ from the bare prior's
    } catch (const core::UserError& error) {
      server_.send_error(error.what());
    }
  }

  // --- all bodies read one after the other in the background: for the list's sizes, and to change quickly

  void read_bodies() {
    for (int i = 0; i < 30 && !leaving_; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    for (const body::Entry& entry : body::list_bodies()) {
      if (leaving_) return;
      if (!entry.installed) continue;
      try {
        auto body = std::make_shared<const body::Body>(body::load_body(entry.name));
        std::lock_guard lock(read_mutex_);
        read_[entry.name] = std::move(body);
      } catch (const std::exception& error) {
        core::log_warning(entry.name + " cannot be read: " + error.what());
        std::lock_guard lock(read_mutex_);
        unreadable_[entry.name] = error.what();
      }
    }
  }

  void take_read() {
    Bodies read;
    std::map<std::string, std::string> unreadable;
    {
      std::lock_guard lock(read_mutex_);
      read.swap(read_);
      unreadable.swap(unreadable_);
    }
    if (read.empty() && unreadable.empty()) return;
    for (studio::BodyEntry& entry : entries_) {
      if (const auto it = read.find(entry.name); it != read.end()) measure_entry(entry, *it->second);
      if (const auto it = unreadable.find(entry.name); it != unreadable.end()) entry.problem = it->second;
    }
    bodies_.merge(read);  // those already in use stay
    server_.set_bodies(entries_);
  }

  using Bodies = std::map<std::string, std::shared_ptr<const body::Body>>;
  ShowWhat what_;
  const std::atomic<bool>& stop_;
  studio::RealTime clock_;
  studio::Server server_;
  studio::Child trainer_;
  std::optional<studio::TrainFollow> follow_;
  std::vector<studio::BodyEntry> entries_;
  std::unique_ptr<learn::Player> player_;
  std::unique_ptr<conduct::PlayerActor> actor_;
  ShowTalk talk_;
  std::string policy_folder_, body_source_, mode_ = "play";
  physics::Inspection inspection_;
  studio::Frame frame_;
  bool broken_ = false, trainer_seen_ = true;
  double last_poll_ = 0;
  Bodies bodies_;
  std::mutex read_mutex_;
  Bodies read_;
  std::map<std::string, std::string> unreadable_;  // body to why; shown in the list instead of offering it
  std::atomic<bool> leaving_{false};
  std::thread reading_;
};

}  // namespace

void ShowOptions::describe(core::Fields& f) {
  f.integer("port", port, "of the page; 0: any free one", {0, 65535});
  f.text("address", address, "to listen on; any other than this machine's own needs a token");
  f.text("token", token, "what a page must know; empty: none on this machine, a random one elsewhere");
  f.text("language", language, "the page's first language; auto: the browser's", {"auto", "en", "zh"});
  f.text("web_root", web_root, "folder of the built page; empty: web/dist");
  f.flag("remote", remote, "people who talk to the robot are answered by the model at $MANYBODY_LLM_URL first");
  f.text("talk_log", talk_log, "file that every exchange is added to; empty: none");
  f.text("allowed_origin", allowed_origin, "a further page that may connect, as http://host:port");
}

int run_show(const ShowOptions& options, const ShowWhat& what) {
  std::signal(SIGPIPE, SIG_IGN);
  Show show(options, what);
  return show.run();
}

}  // namespace manybody::apps
