#include "show.h"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <optional>
#include <thread>

#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "show_bodies.h"
#include "show_house.h"
#include "show_solo.h"
#include "show_stage.h"
#include "show_talk.h"
#include "show_training.h"
#include "show_upload.h"
#include "stop.h"
#include "studio/upload.h"

namespace manybody::apps {
namespace {

class Show {
 public:
  Show(const ShowOptions& options, const ShowWhat& what)
      : stop_(catch_stop_signals()),
        house_(what),
        stage_(house_),
        training_(house_, [this](const auto& source, const auto& folder, const auto& mode) { show_one(source, folder, mode); }),
        uploads_(house_, stage_,
                 [this] {
                   if (!on_stage_) show_stage();
                 }),
        talk_(house_.server, {true, options.remote, true, options.talk_log}) {
    if (what.body.empty()) {
      gather();
      stage_.set_shown(true);
    } else {
      Cast cast{std::make_unique<learn::Player>(*house_.body_of(what.body), what.policy, house_.player_options()), what.policy};
      solo_ = std::make_unique<Solo>(house_, what.body, std::move(cast), "play");
      on_stage_ = false;
      solo_->publish_scene();
    }
    start_server(options);
    house_.read_the_others();
  }

  ~Show() { house_.background.stop(); }  // its jobs use what is below it

  int run() {
    while (!stop_) {
      house_.background.finish();
      renew_cast();
      for (const studio::Command& command : house_.server.take_commands()) {
        obey(command);
        renew_cast();  // the next one may speak of robots that this one took away
      }
      simulate();
      talk_.poll();
      training_.follow_run(on_stage_ ? nullptr : solo_.get());
      std::this_thread::sleep_for(std::chrono::duration<double>(house_.clock.wait_seconds()));
    }
    core::log_info("stopping");
    training_.stop();
    house_.server.stop();
    return 0;
  }

 private:
  void start_server(const ShowOptions& options) {
    studio::ServerOptions server;
    server.address = options.address;
    server.port = options.port;
    server.token = options.token;
    server.web_root = options.web_root;
    server.language = options.language == "auto" ? "" : options.language;
    server.version = MB_VERSION;
    if (!options.allowed_origin.empty()) server.allowed_origins = {options.allowed_origin};
    server.posts["/api/bodies"] = {
        studio::kMaxUploadBytes, [this](const studio::Request& request, std::string body, studio::Reply reply) {
          uploads_.take(studio::query_value(request.target, "name"), std::move(body), std::move(reply));
        }};
    talk_.open(server);
    house_.server.start(server);
    if (solo_) {
      const std::string folder = solo_->folder();
      core::log_info(fmt::format("{} is {} ({})", solo_->player().body().title,
                                 folder.empty() ? "held by its gait prior only" : "walking",
                                 folder.empty() ? "no policy" : folder));
    }
    if (!core::file_exists(core::home_directory() + "/web/dist/index.html")) {
      core::log_warning("the page is not built: run 'make page'");
    }
    std::printf("Open %s\n", house_.server.url().c_str());
    std::fflush(stdout);
  }

  // --- the two views

  void gather() {
    gathered_ = true;
    const std::vector<std::string> company = house_.what.company.empty() ? default_company() : house_.what.company;
    core::log_info(fmt::format("{} robots are coming onto the stage", company.size()));
    for (const std::string& name : company) stage_.invite(name);
  }

  void show_stage() {
    if (!gathered_) gather();
    on_stage_ = true;
    coming_.reset();
    stage_.set_shown(true);
  }

  // What is shown goes on until body, world and policy were read beside the loop; of several asked for meanwhile the last counts, and
  // what cannot be read changes nothing.
  void show_one(const std::string& source, const std::string& folder, const std::string& mode) {
    const OneView wanted{source, folder, mode, ++asked_};
    if (coming_ && coming_->source == source && coming_->folder == folder && coming_->mode == mode) return;
    coming_ = wanted;
    const auto failed = [this, wanted](const std::string& why) {
      if (coming_ && coming_->number == wanted.number) coming_.reset();
      house_.server.send_error(why);
    };
    house_.fetch(
        source,
        [this, wanted, failed](std::shared_ptr<const body::Body> body) {
          house_.make(
              body, wanted.folder, [this, wanted](std::shared_ptr<Cast> cast) { enter_one(wanted, std::move(*cast)); }, failed);
        },
        failed, true);
  }

  struct OneView {
    std::string source, folder, mode;
    int number = 0;
  };
  void enter_one(const OneView& wanted, Cast cast) {
    if (!coming_ || coming_->number != wanted.number) return;  // something else was asked for since
    coming_.reset();
    on_stage_ = false, broken_ = false;
    stage_.set_shown(false);
    if (!solo_) solo_ = std::make_unique<Solo>(house_, wanted.source, std::move(cast), wanted.mode), solo_->show();
    else solo_->change(wanted.source, std::move(cast), wanted.mode);
  }

  std::string body_now() const { return solo_ ? solo_->player().body().name : "unitree_g1"; }

  // --- one turn of the loop

  void renew_cast() { talk_.set_cast(on_stage_ ? performers_of(stage_.company()) : std::vector<Performer>{{&solo_->player()}}); }

  void simulate() {
    const int due = house_.clock.take_due();
    if (due > 0 && !broken_) {
      try {
        for (int i = 0; i < due; ++i) {
          talk_.tick(on_stage_ ? 0.02 : solo_->player().dt());
          if (on_stage_) stage_.advance(0.02);
          else solo_->player().tick();
        }
      } catch (const std::exception& error) {
        broken_ = true;
        house_.clock.set_paused(true);
        house_.server.send_error(error.what(), true);
      }
    }
    const bool publish = due > 0 || house_.clock.paused();
    if (on_stage_) {
      if (publish) stage_.publish_frame();
      stage_.publish_status();
    } else {
      if (publish) solo_->publish_frame();
      solo_->publish_status();
    }
  }

  // --- commands

  void obey(const studio::Command& command) {
    try {
      std::visit([this](const auto& c) { on(c); }, command);
    } catch (const std::exception& error) {
      house_.server.send_error(error.what());
    }
  }

  void on(const studio::VelocityCommand& c) {
    talk_.steered(c.robot);
    if (on_stage_) stage_.company().steer(c.robot, {c.vx, c.vy, c.wz});
    else solo_->player().set_command({c.vx, c.vy, c.wz});
  }
  void on(const studio::PauseCommand& c) {
    if (broken_ && !c.on) reset(std::nullopt), broken_ = false;  // going on after an error means from the start
    house_.clock.set_paused(c.on);
  }
  void on(const studio::StepCommand&) { house_.clock.step_once(); }
  void on(const studio::ResetCommand& c) {
    reset(c.robot);
    if (broken_) broken_ = false, house_.clock.set_paused(false);
  }
  void reset(std::optional<int> robot) {
    if (on_stage_) stage_.company().reset(robot), stage_.publish_frame();
    else solo_->player().reset(), solo_->publish_frame();
  }
  void on(const studio::SpeedCommand& c) { house_.clock.set_speed(c.factor); }
  void on(const studio::PushCommand& c) {
    if (!on_stage_) return solo_->player().push(c.link, c.point, c.force, c.seconds);
    if (!c.robot) throw core::UserError("push", "it names no robot", "the number of one robot of the stage");
    stage_.company().push(*c.robot, c.link, c.point, c.force, c.seconds);
  }

  void on(const studio::SelectCommand& c) {
    if (on_stage_ && c.robot && !c.body) return stage_.set_policy(*c.robot, c.policy.value_or(""));
    const std::string name = c.body.value_or(body_now());
    const bool same = solo_ && name == solo_->player().body().name;
    show_one(same ? solo_->source() : house_.source_of(name), folder_of(c.policy.value_or(""), name), "play");
  }

  void on(const studio::ViewCommand& c) {
    if (c.stage) return show_stage();
    const std::string name = c.body.value_or(body_now());
    show_one(house_.source_of(name), folder_of("", name), "play");
  }

  void on(const studio::StageCommand& c) {
    using Action = studio::StageCommand::Action;
    if (!on_stage_) show_stage();
    if (c.action == Action::add) stage_.invite(house_.source_of(*c.body));
    if (c.action == Action::remove) stage_.remove(*c.robot);
    if (c.action == Action::release) stage_.company().release(c.robot);
  }

  void on(const studio::SayCommand& c) { talk_.say(c); }

  void on(const studio::TrainCommand& c) { training_.obey(c, body_now()); }

  const std::atomic<bool>& stop_;
  House house_;
  StageView stage_;
  Training training_;
  Uploads uploads_;
  std::unique_ptr<Solo> solo_;  // made when first looked at
  ShowTalk talk_;
  std::optional<OneView> coming_;  // asked for, not yet there
  int asked_ = 0;
  bool on_stage_ = true, gathered_ = false, broken_ = false;
};

}  // namespace

void ShowOptions::describe(core::Fields& f) {
  f.integer("port", port, "of the page; 0: any free one", {0, 65535});
  f.text("address", address, "to listen on; any other than this machine's own needs a token");
  f.text("token", token, "what a page must know; empty: none on this machine, a random one elsewhere");
  f.text("language", language, "the page's first language; auto: the browser's", {"auto", "en", "zh"});
  f.text("web_root", web_root, "folder of the built page; empty: web/dist");
  f.flag("remote", remote, "people who talk to the robots are answered by the model at $MANYBODY_LLM_URL first");
  f.text("talk_log", talk_log, "file that every exchange is added to; empty: none");
  f.text("allowed_origin", allowed_origin, "a further page that may connect, as http://host:port");
}

int run_show(const ShowOptions& options, const ShowWhat& what) {
  std::signal(SIGPIPE, SIG_IGN);
  Show show(options, what);
  return show.run();
}

}  // namespace manybody::apps
