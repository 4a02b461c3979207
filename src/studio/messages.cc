#include "studio/messages.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "body/body.h"

namespace manybody::studio {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kCurvePoints = 25;  // of a drive's torque over speed

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

double finite(double value) { return std::isfinite(value) ? value : 0; }

// Six digits are what a plot can show; JSON would otherwise spend seventeen.
double six_digits(double value) {
  if (!std::isfinite(value) || value == std::floor(value)) return finite(value);
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return std::strtod(text, nullptr);
}

Json bodies_list(const std::vector<BodyEntry>& bodies) {
  Json list = Json::array();
  for (const BodyEntry& b : bodies) {
    Json one = {{"name", b.name}, {"title", b.title}, {"kind", b.kind}, {"installed", b.installed}, {"policies", b.policies}};
    if (!b.title_zh.empty()) one["title_zh"] = b.title_zh;
    if (!b.problem.empty()) one["problem"] = b.problem;
    if (b.joints > 0) one["joints"] = b.joints;
    if (b.mass > 0) one["mass"] = six_digits(b.mass);
    if (b.height > 0) one["height"] = six_digits(b.height);
    list.push_back(std::move(one));
  }
  return list;
}

Json drive_object(const DriveInfo& drive) {
  Json curve = Json::array();
  for (const auto& [speed, peak, held] : drive.curve) curve.push_back({six_digits(speed), six_digits(peak), six_digits(held)});
  return {{"title", drive.title}, {"kind", drive.kind}, {"curve", std::move(curve)}};
}

Json scene_object(const Scene& s) {
  Json joints = Json::array();
  for (const JointInfo& j : s.joints) {
    Json one = {{"name", j.name},         {"role", j.role},         {"side", j.side},
                {"low", finite(j.low)},   {"high", finite(j.high)}, {"torque_max", finite(j.torque_max)},
                {"home", finite(j.home)}, {"driven", j.driven}};
    if (j.velocity_max > 0) one["velocity_max"] = six_digits(j.velocity_max);
    if (j.drive) one["drive"] = drive_object(*j.drive);
    joints.push_back(std::move(one));
  }
  Json scene = {{"body", s.body},
                {"title", s.title},
                {"kind", s.kind},
                {"policy", s.policy},
                {"policies", s.policies},
                {"links", s.links},
                {"joints", joints},
                {"rewards", s.rewards},
                {"control_hz", finite(s.control_hz)},
                {"leg_length", finite(s.leg_length)},
                {"mode", s.mode}};
  if (!s.title_zh.empty()) scene["title_zh"] = s.title_zh;
  if (s.command_range) {
    const auto& r = *s.command_range;
    scene["command_range"] = {{"vx", r[0]}, {"vy", r[1]}, {"wz", r[2]}};
  }
  return scene;
}

}  // namespace

Scene make_scene(const body::Body& body) {
  Scene scene;
  scene.body = body.name;
  scene.title = body.title;
  scene.title_zh = body.title_zh;
  scene.kind = kind_word(body.kind);
  scene.leg_length = body.leg_length;
  for (const body::Link& link : body.links) scene.links.push_back(link.name);
  for (size_t i = 0; i < body.joints.size(); ++i) {
    const body::Joint& j = body.joints[i];
    JointInfo info{j.name,     body::to_text(j.role), body::to_text(j.side), j.low, j.high, j.torque_max, j.home,
                   j.actuated, j.velocity_max};
    if (const body::ActuatorModel* model = body.actuator_of(static_cast<int>(i))) {
      info.drive = DriveInfo{model->title.empty() ? model->name : model->title, body::to_text(model->kind), {}};
      for (const body::CurvePoint& p : body::torque_speed_curve(*model, j.home, kCurvePoints))
        info.drive->curve.push_back({p.speed, p.peak, p.continuous});
    }
    scene.joints.push_back(std::move(info));
  }
  return scene;
}

std::string kind_word(body::Kind kind) {
  std::string word = body::to_text(kind);
  std::replace(word.begin(), word.end(), ' ', '_');
  return word;
}

std::string bodies_json(const std::vector<BodyEntry>& bodies) { return text_of(bodies_list(bodies)); }

std::string hello_json(const std::string& version, const std::string& language, const std::vector<BodyEntry>& bodies) {
  return text_of({{"type", "hello"}, {"version", version}, {"language_default", language}, {"bodies", bodies_list(bodies)}});
}

std::string scene_json(const Scene& s) {
  Json scene = {{"type", "scene"}};
  scene.update(scene_object(s));
  return text_of(scene);
}

std::string stage_json(const Stage& stage) {
  Json robots = Json::array();
  for (const StageRobot& r : stage.robots) {
    Json one = {{"id", r.id},
                {"mark", {finite(r.mark[0]), finite(r.mark[1])}},
                {"mass", six_digits(r.mass)},
                {"height", six_digits(r.height)},
                {"driven", r.driven}};
    one.update(scene_object(r.scene));
    robots.push_back(std::move(one));
  }
  return text_of({{"type", "stage"},
                  {"revision", stage.revision},
                  {"most", stage.most},
                  {"coming", stage.coming},
                  {"robots", std::move(robots)}});
}

std::string status_json(const Status& s) {
  return text_of({{"type", "status"},
                  {"paused", s.paused},
                  {"speed", finite(s.speed)},
                  {"rtf", six_digits(s.rtf)},
                  {"sim_time", finite(s.sim_time)},
                  {"falls", s.falls},
                  {"policy", s.policy},
                  {"body", s.body}});
}

std::string train_json(const TrainMessage& m) {
  Json curves = Json::object();
  for (const auto& [name, points] : m.curves) {
    Json list = Json::array();
    for (const auto& p : points)
      if (std::isfinite(p[0]) && std::isfinite(p[1])) list.push_back(Json::array({p[0], six_digits(p[1])}));
    curves[name] = std::move(list);
  }
  Json train = {{"type", "train"},
                {"run", m.run},
                {"body", m.body},
                {"state", m.state},
                {"steps", finite(m.steps)},
                {"steps_total", finite(m.steps_total)},
                {"steps_per_s", six_digits(m.steps_per_s)},
                {"seconds", six_digits(m.seconds)},
                {"seconds_left", six_digits(m.seconds_left)},
                {"checkpoint_steps", finite(m.checkpoint_steps)},
                {"whole", m.whole},
                {"curves", std::move(curves)}};
  if (!m.message.empty()) train["message"] = m.message;
  return text_of(train);
}

std::string talk_json(const TalkMessage& m) {
  Json plan = Json::array(), spoken = Json::array();
  for (const TalkStep& step : m.plan) {
    Json one = {{"label", step.label}, {"skill", step.skill}, {"robot", step.robot}, {"state", step.state}};
    if (!step.reason.empty()) one["reason"] = step.reason;
    plan.push_back(std::move(one));
  }
  for (const auto& words : m.spoken) spoken.push_back({{"robot", words[0]}, {"text", words[1]}});
  Json talk = {{"type", "talk"},
               {"id", m.id},
               {"from", m.from},
               {"robot", m.robot},
               {"heard", m.heard},
               {"answered", m.answered},
               {"kind", m.kind},
               {"language", m.language},
               {"reply", m.reply},
               {"brain", m.brain},
               {"confidence", six_digits(m.confidence)},
               {"plan", std::move(plan)},
               {"spoken", std::move(spoken)}};
  if (!m.reason.empty()) talk["reason"] = m.reason;
  return text_of(talk);
}

std::string world_json(const WorldMessage& world) {
  Json items = Json::array();
  for (const WorldItem& item : world.items) {
    Json one = {{"group", item.group}, {"name", item.name}, {"aliases", item.aliases}};
    if (item.position) one["position"] = {finite((*item.position)[0]), finite((*item.position)[1]), finite((*item.position)[2])};
    items.push_back(std::move(one));
  }
  return text_of({{"type", "world"}, {"items", std::move(items)}});
}

std::string error_json(const std::string& message, bool fatal) {
  return text_of({{"type", "error"}, {"message", message}, {"fatal", fatal}});
}

}  // namespace manybody::studio
