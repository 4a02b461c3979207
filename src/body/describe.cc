#include "body/describe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "body/statistics.h"
#include "core/text.h"

namespace manybody::body {
namespace {

using core::fixed;
using nlohmann::ordered_json;

const char* level_text(Finding::Level level) {
  return level == Finding::Level::error ? "error" : level == Finding::Level::warning ? "warning" : "note";
}

ordered_json joint_json(const Body& body, const Joint& joint) {
  return {{"name", joint.name},
          {"link", body.links[joint.link].name},
          {"role", to_text(joint.role)},
          {"side", to_text(joint.side)},
          {"mirror", body.joints[joint.mirror].name},
          {"mirror_sign", joint.mirror_sign},
          {"axis", joint.axis},
          {"axis_home", joint.axis_home},
          {"anchor_home", joint.anchor_home},
          {"low", joint.low},
          {"high", joint.high},
          {"home", joint.home},
          {"torque_home", joint.torque_home},
          {"kp", joint.kp},
          {"kd", joint.kd},
          {"torque_max", joint.torque_max},
          {"velocity_max", joint.velocity_max},
          {"armature", joint.armature},
          {"damping", joint.damping},
          {"friction", joint.friction},
          {"actuated", joint.actuated},
          {"actuator", joint.actuator}};
}

ordered_json leg_json(const Body& body, const Leg& leg) {
  ordered_json joints = ordered_json::array();
  for (int j : leg.joints) joints.push_back(body.joints[j].name);
  return {{"side", to_text(leg.side)},  {"joints", joints},        {"foot_link", body.links[leg.foot_link].name},
          {"geoms", leg.geoms},         {"sole", leg.sole},        {"sole_rotation", leg.sole_rotation},
          {"length", leg.length},       {"width", leg.width},      {"hip_home", leg.hip_home},
          {"sole_home", leg.sole_home}, {"jacobian", leg.jacobian}};
}

ordered_json figures_json(const std::vector<Figure>& figures) {
  ordered_json out = ordered_json::array();
  for (const Figure& f : figures)
    out.push_back({{"name", f.name}, {"value", f.value}, {"unit", f.unit}, {"source", f.source}, {"guess", f.guess}});
  return out;
}

std::string figures_text(const std::vector<Figure>& figures) {
  std::vector<std::vector<std::string>> rows;
  for (const Figure& f : figures)
    rows.push_back({f.name, fmt::format("{:.6g}", f.value), f.unit, f.guess ? "guess" : "source", f.source});
  return core::table_text({"figure", "value", "unit", "", "where from, or why"}, rows);
}

ordered_json actuator_json(const ActuatorModel& a, int points) {
  ordered_json out = {{"name", a.name},
                      {"title", a.title},
                      {"kind", to_text(a.kind)},
                      {"ratio", a.ratio},
                      {"stall_torque", a.stall_torque()},
                      {"continuous_torque", a.continuous_torque()},
                      {"no_load_speed", a.no_load_speed()},
                      {"reflected_inertia", a.reflected_inertia()},
                      {"efficiency", a.efficiency},
                      {"friction", a.friction},
                      {"viscous", a.viscous},
                      {"backlash", a.backlash},
                      {"ripple", a.ripple}};
  for (const CurvePoint& p : torque_speed_curve(a, 0, points))
    out["curve"].push_back({{"speed", p.speed}, {"peak", p.peak}, {"continuous", p.continuous}});
  out["figures"] = figures_json(a.figures);
  return out;
}

}  // namespace

std::string describe(const Body& body) {
  const std::string zh = body.title_zh.empty() ? "" : body.title_zh + " ";
  std::string out = fmt::format("{} {}({}), {}\n", body.title, zh, body.name, to_text(body.kind));
  out += fmt::format("  {:.1f} kg, {:.2f} m tall, legs {:.3f} m, {} links, {} joints ({} actuated), m g L {:.0f} N m\n",
                     body.mass, body.height, body.leg_length, body.links.size(), body.joints.size(), body.actuated.size(),
                     body.mass * 9.81 * body.leg_length);
  out += fmt::format("  home: root {:.3f} m above the ground, centre of mass {:+.3f} m ahead of the soles' centres\n",
                     body.root_height_home, body.com_home[0] - body.legs[0].sole_home[0]);
  for (const Leg& leg : body.legs)
    out += fmt::format("  {} foot: link '{}', sole {:.3f} x {:.3f} m\n", to_text(leg.side), body.links[leg.foot_link].name,
                       leg.length, leg.width);
  out += fmt::format("  IMU: site '{}' on '{}'\n  from {}\n\n", body.imu.site, body.links[body.imu.link].name, body.source);
  std::vector<std::vector<std::string>> rows;
  for (const Joint& j : body.joints)
    rows.push_back({j.name, to_text(j.role), to_text(j.side), (j.mirror_sign < 0 ? "- " : "+ ") + body.joints[j.mirror].name,
                    fixed(j.low, 2), fixed(j.high, 2), fixed(j.home, 3), j.actuated ? fixed(j.kp, 1) : "-",
                    j.actuated ? fixed(j.kd, 2) : "-", fixed(j.torque_max, 1), j.actuator});
  out += core::table_text({"joint", "role", "side", "mirror", "low", "high", "home", "kp", "kd", "torque", "actuator"}, rows);
  if (!body.actuators.empty()) out += "\n" + actuators_text(body.actuators);
  if (!body.figures.empty()) out += "\n" + figures_text(body.figures);
  if (!body.notes.empty()) out += "\nnotes\n";
  for (const std::string& note : body.notes) out += "  - " + note + "\n";
  return out;
}

std::string describe_json(const Body& body) {
  ordered_json out = {{"name", body.name},
                      {"title", body.title},
                      {"title_zh", body.title_zh},
                      {"kind", to_text(body.kind)},
                      {"source", body.source},
                      {"mass", body.mass},
                      {"height", body.height},
                      {"leg_length", body.leg_length},
                      {"root_height_home", body.root_height_home},
                      {"root_rotation_home", body.root_rotation_home},
                      {"com_home", body.com_home}};
  for (const Link& link : body.links)
    out["links"].push_back({{"name", link.name},
                            {"parent", link.parent},
                            {"mass", link.mass},
                            {"com", link.com},
                            {"position", link.position},
                            {"rotation", link.rotation}});
  for (const Joint& joint : body.joints) out["joints"].push_back(joint_json(body, joint));
  out["actuated"] = body.actuated_names();
  for (const Leg& leg : body.legs) out["legs"].push_back(leg_json(body, leg));
  out["imu"] = {{"link", body.links[body.imu.link].name},
                {"position", body.imu.position},
                {"rotation", body.imu.rotation},
                {"site", body.imu.site}};
  out["figures"] = figures_json(body.figures);
  out["actuators"] = ordered_json::array();
  for (const ActuatorModel& a : body.actuators) out["actuators"].push_back(actuator_json(a, 17));
  for (const Measure& m : measure(body)) out["measures"][m.name] = std::isnan(m.value) ? ordered_json() : ordered_json(m.value);
  out["notes"] = body.notes;
  return out.dump(2) + "\n";
}

std::string actuators_text(const std::vector<ActuatorModel>& actuators) {
  std::vector<std::vector<std::string>> rows;
  for (const ActuatorModel& a : actuators)
    rows.push_back({a.name, to_text(a.kind), fixed(a.ratio, 1), fixed(a.stall_torque(), 1), fixed(a.continuous_torque(), 1),
                    fixed(a.no_load_speed(), 2), fixed(a.reflected_inertia(), 4)});
  return core::table_text({"actuator", "kind", "ratio", "stall N m", "held N m", "rad/s", "kg m²"}, rows);
}

std::string actuators_json(const std::vector<ActuatorModel>& actuators) {
  ordered_json out = ordered_json::array();
  for (const ActuatorModel& a : actuators) out.push_back(actuator_json(a, 17));
  return out.dump(2) + "\n";
}

std::string describe(const ActuatorModel& actuator) {
  std::vector<std::vector<std::string>> rows;
  for (const CurvePoint& p : torque_speed_curve(actuator, 0, 11))
    rows.push_back({fixed(p.speed, 2), fixed(p.peak, 2), fixed(p.continuous, 2)});
  return actuator.title + "\n\n" + actuators_text({actuator}) + "\n" + core::table_text({"rad/s", "peak N m", "held N m"}, rows) +
         "\n" + figures_text(actuator.figures);
}

std::string describe_json(const ActuatorModel& actuator) { return actuator_json(actuator, 41).dump(2) + "\n"; }

std::string list_text(const std::vector<Entry>& entries) {
  if (entries.empty()) return "no bodies: robots/ is empty\n";
  std::vector<std::vector<std::string>> rows;
  for (const Entry& e : entries) rows.push_back({e.name, e.title, e.installed ? "yes" : "no (run `make setup`)", e.source});
  return core::table_text({"body", "title", "installed", "model"}, rows);
}

std::string list_json(const std::vector<Entry>& entries) {
  ordered_json out = ordered_json::array();
  for (const Entry& e : entries)
    out.push_back({{"name", e.name},
                   {"title", e.title},
                   {"title_zh", e.title_zh},
                   {"kind", to_text(e.kind)},
                   {"folder", e.folder},
                   {"source", e.source},
                   {"installed", e.installed}});
  return out.dump(2) + "\n";
}

bool has_errors(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(), [](const Finding& f) { return f.level == Finding::Level::error; });
}

std::string findings_text(const std::string& path, const std::vector<Finding>& findings) {
  std::string out;
  int errors = 0, warnings = 0;
  for (const Finding& f : findings) {
    errors += f.level == Finding::Level::error, warnings += f.level == Finding::Level::warning;
    out += f.file + (f.line ? ":" + std::to_string(f.line) : "") + ": " + level_text(f.level) + ": ";
    out += (f.element.empty() ? "" : f.element + ": ") + f.problem +
           (f.expected.empty() ? "" : " (expected " + f.expected + ")") + "\n";
  }
  if (!errors && !warnings) out += path + ": nothing wrong with it\n";
  else
    out +=
        fmt::format("{}: {} error{}, {} warning{}\n", path, errors, errors == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s");
  return out;
}

std::string findings_json(const std::string& path, const std::vector<Finding>& findings) {
  ordered_json list = ordered_json::array();
  for (const Finding& f : findings)
    list.push_back({{"level", level_text(f.level)},
                    {"file", f.file},
                    {"line", f.line},
                    {"element", f.element},
                    {"problem", f.problem},
                    {"expected", f.expected}});
  return ordered_json{{"file", path}, {"usable", !has_errors(findings)}, {"findings", list}}.dump(
             2, ' ', false, ordered_json::error_handler_t::replace) +
         "\n";
}

}  // namespace manybody::body
