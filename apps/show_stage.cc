#include "show_stage.h"

#include "core/error.h"
#include "core/log.h"
#include "show_bodies.h"
#include "show_frame.h"

namespace manybody::apps {
namespace {

studio::Lead lead_of(learn::Company::Lead lead) {
  using Lead = learn::Company::Lead;
  return lead == Lead::steered ? studio::Lead::steered : lead == Lead::returning ? studio::Lead::returning : studio::Lead::rounds;
}

}  // namespace

void StageView::invite(const std::string& source, Done done, Failed failed) {
  if (is_full()) {
    throw core::UserError("stage", "it is full",
                          "at most " + std::to_string(learn::kMostRobots) + " robots; take one away first");
  }
  ++coming_;
  house_.fetch(
      source, [this, source, done, failed](const auto& body) { enter(body, source, done, failed); },
      [this, source, failed](const std::string& why) {
        core::log_warning(source + " cannot be read: " + why);
        fail(why, failed);
      });
  changed();
}

void StageView::fail(const std::string& why, const Failed& failed) {
  --coming_;
  if (failed) failed(why);
  else house_.server.send_error(why);
  changed();
}

void StageView::enter(std::shared_ptr<const body::Body> body, const std::string& source, const Done& done, const Failed& failed) {
  house_.make_best(
      body, "",
      [this, source, done](std::shared_ptr<Cast> cast) {
        --coming_;
        const int id = company_.add(std::move(cast->player), !cast->folder.empty());
        folders_[id] = cast->folder, sources_[id] = source;
        changed();
        if (done) done(id);
      },
      [this, failed](const std::string& why) { fail(why, failed); });
}

void StageView::remove(int id) {
  company_.remove(id);
  folders_.erase(id), sources_.erase(id), choices_.erase(id);
  changed();
}

// It walks on under the old one until the new one is there; of several asked for meanwhile the last counts.
void StageView::set_policy(int id, const std::string& policy) {
  learn::Company::Member* member = company_.find(id);
  if (!member) throw core::UserError("select", "there is no robot " + std::to_string(id), "one that is on the stage");
  if (!policy.empty()) folder_of(policy, member->player->body().name);  // a name that does not exist is told at once
  const int choice = ++choices_[id];
  house_.make_best(
      house_.body_of(sources_[id]), policy,
      [this, id, choice](std::shared_ptr<Cast> cast) {
        if (!company_.find(id) || choices_[id] != choice) return;
        company_.replace(id, std::move(cast->player), !cast->folder.empty());
        folders_[id] = cast->folder;
        changed();
      },
      [this](const std::string& why) { house_.server.send_error(why); });
}

std::string StageView::body_of(int id) const {
  const auto it = sources_.find(id);
  return it == sources_.end() ? "" : it->second;
}

void StageView::set_shown(bool shown) {
  shown_ = shown;
  if (shown) {
    house_.clock.set_step(0.02);
    publish_stage();
    publish_frame();
  }
}

void StageView::changed() {
  if (!shown_) return;
  publish_stage();
  publish_frame();
}

void StageView::publish_stage() {
  studio::Stage stage;
  stage.revision = ++revision_;
  stage.most = learn::kMostRobots;
  stage.coming = coming_;
  for (const auto& member : company_.members()) {
    const body::Body& body = member->player->body();
    studio::StageRobot robot;
    robot.id = static_cast<uint16_t>(member->id);
    robot.mark = member->mark;
    robot.mass = body.mass, robot.height = body.height;
    robot.driven = static_cast<int>(body.actuated.size());
    robot.scene = scene_of(*member->player, folders_[member->id]);
    stage.robots.push_back(std::move(robot));
  }
  house_.server.set_stage(stage);
}

void StageView::publish_frame() {
  frame_.revision = revision_;
  frame_.robots.resize(company_.members().size());
  for (size_t i = 0; i < frame_.robots.size(); ++i) {
    learn::Company::Member& member = *company_.members()[i];
    studio::StageMember& robot = frame_.robots[i];
    robot.id = static_cast<uint16_t>(member.id);
    robot.lead = lead_of(member.lead);
    robot.falls = static_cast<uint32_t>(member.player->falls());
    robot.tracking_error = static_cast<float>(member.tracking_error());
    fill_frame(*member.player, member.mark, inspection_, robot.frame);
    robot.frame.sim_time = company_.time();
    robot.frame.rtf = static_cast<float>(house_.clock.factor());
    robot.frame.paused = house_.clock.paused();
  }
  house_.server.publish(frame_);
}

void StageView::publish_status() {
  const studio::RealTime& clock = house_.clock;
  int falls = 0;
  for (const auto& member : company_.members()) falls += member->player->falls();
  house_.server.set_status({clock.paused(), clock.speed(), clock.factor(), company_.time(), falls, "", ""});
}

}  // namespace manybody::apps
