#include "motion/gesture.h"

#include <toml++/toml.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/files.h"

namespace manybody::motion {
namespace {

using body::Role;
using body::Side;

constexpr double kDegree = 3.14159265358979323846 / 180;
constexpr double kSoftAnkle = 0.05, kSoftShare = 0.45;  // of the stiffness that would hold the body upright
constexpr double kAxisMin = 0.35;                       // a joint whose axis lies further off does something else

std::pair<Role, Side> role_of(const std::string& text, const std::string& where) {
  Side side = Side::none;
  std::string name = text;
  for (const Side s : {Side::left, Side::right}) {
    const std::string head = std::string(body::to_text(s)) + ".";
    if (name.rfind(head, 0) == 0) side = s, name = name.substr(head.size());
  }
  std::vector<std::string> known;
  for (int r = 0; r <= static_cast<int>(Role::other); ++r) {
    known.push_back(body::to_text(static_cast<Role>(r)));
    if (name == known.back()) return {static_cast<Role>(r), side};
  }
  throw core::UserError(where, "there is no role '" + text + "'", core::near_match_hint(name, known));
}

core::Vec3 axis_of(Role role) {
  switch (role) {
    case Role::hip_roll:
    case Role::ankle_roll:
    case Role::waist_roll:
    case Role::shoulder_roll:
    case Role::wrist_roll:
    case Role::neck_roll:
      return {1, 0, 0};
    case Role::hip_yaw:
    case Role::waist_yaw:
    case Role::shoulder_yaw:
    case Role::wrist_yaw:
    case Role::neck_yaw:
      return {0, 0, 1};
    default:
      return {0, 1, 0};
  }
}

Track read_track(const std::string& key, const toml::node& node, const std::string& path, double seconds) {
  const std::string where = path + ":" + std::to_string(node.source().begin.line);
  Track out;
  std::tie(out.role, out.side) = role_of(key, where);
  const toml::array* keys = node.as_array();
  if (!keys || keys->size() < 2)
    throw core::UserError(where, "'" + key + "' has no keys", "[[seconds, degrees], …], two or more");
  for (const toml::node& pair : *keys) {
    const toml::array* values = pair.as_array();
    if (!values || values->size() != 2)
      throw core::UserError(where, "a key of '" + key + "' is not a pair", "[seconds, degrees]");
    const auto t = (*values)[0].value<double>(), angle = (*values)[1].value<double>();
    if (!t || !angle || !std::isfinite(*t) || !std::isfinite(*angle))
      throw core::UserError(where, "a key of '" + key + "' is not of numbers", "[seconds, degrees]");
    if (!out.times.empty() && *t <= out.times.back())
      throw core::UserError(where, "the keys of '" + key + "' do not ascend", "later and later seconds");
    out.times.push_back(*t), out.angles.push_back(*angle * kDegree);
  }
  if (out.times.front() != 0 || std::fabs(out.times.back() - seconds) > 1e-9 || out.angles.front() != 0 ||
      out.angles.back() != 0) {
    throw core::UserError(where, "'" + key + "' does not begin and end at rest",
                          "first [0, 0], last [" + std::to_string(seconds) + ", 0]");
  }
  return out;
}

int joint_of(const body::Body& body, Role role, Side side) {
  for (const int j : body.actuated) {
    const body::Joint& joint = body.joints[static_cast<size_t>(j)];
    if (joint.role == role && joint.side == side && std::fabs(core::dot(joint.axis_home, axis_of(role))) > kAxisMin) return j;
  }
  return -1;
}

Side other(Side side) { return side == Side::left ? Side::right : side == Side::right ? Side::left : Side::none; }

// The mirror image: sides change, rolls and yaws change their sign.
Track mirrored(const Track& track) {
  Track out = track;
  out.side = other(track.side);
  if (axis_of(track.role)[1] == 0) {
    for (double& angle : out.angles) angle = -angle;
  }
  return out;
}

void aim(Track& track, double azimuth, double elevation) {
  for (size_t i = 1; i + 1 < track.angles.size(); ++i) {
    if (track.role == Role::shoulder_pitch) track.angles[i] = -90 * kDegree - elevation;
    else if (track.role == Role::shoulder_roll || track.role == Role::neck_yaw || track.role == Role::waist_yaw)
      track.angles[i] = azimuth;
    else if (track.role == Role::neck_pitch) track.angles[i] = -elevation;
  }
}

std::string text_of(Role role, Side side) {
  return side == Side::none ? body::to_text(role) : std::string(body::to_text(side)) + " " + body::to_text(role);
}

std::vector<Track> tracks_for(const Gesture& gesture, const Way& way, Hand hand, double azimuth, double elevation) {
  std::vector<Track> out;
  for (const Track& authored : way.tracks) {
    Track track = authored;
    if (gesture.aim) aim(track, azimuth, elevation);
    if (!gesture.mirror || track.side == Side::none) {
      out.push_back(track);
      continue;
    }
    Track image = mirrored(authored);
    if (gesture.aim) aim(image, azimuth, elevation);
    if (hand == Hand::right || hand == Hand::both) out.push_back(track);
    if (hand == Hand::left || hand == Hand::both) out.push_back(image);
  }
  return out;
}

std::string lacking(const Gesture& gesture, const Way& way, const body::Body& body, Hand hand) {
  for (const auto& [role, authored] : way.needs) {
    const Side side = gesture.mirror && hand == Hand::left ? other(authored) : authored;
    if (joint_of(body, role, side) < 0) return text_of(role, side);
    if (gesture.mirror && hand == Hand::both && joint_of(body, role, other(authored)) < 0) return text_of(role, other(authored));
  }
  return "";
}

bool is_leg(Role role) { return role <= Role::toe; }

// Whoever stands on soft ankles cannot lean into them: legs do less there.
double leg_share(const body::Body& body) {
  const double topple = body.mass * 9.81 * body.root_height_home;  // N m/rad
  for (const Role role : {Role::ankle_pitch, Role::ankle_roll}) {
    double stiffness = 0;
    for (const body::Joint& joint : body.joints) stiffness += joint.role == role ? joint.kp : 0;
    if (stiffness > 0 && stiffness < kSoftAnkle * topple) return kSoftShare;
  }
  return 1;
}

}  // namespace

const Gesture* Gestures::find(const std::string& name) const {
  for (const Gesture& gesture : gestures_) {
    if (gesture.name == name) return &gesture;
  }
  return nullptr;
}

Gestures read_gestures(const std::string& path) {
  toml::table root;
  try {
    root = toml::parse(core::read_file(path), path);
  } catch (const toml::parse_error& error) {
    throw core::UserError(path + ":" + std::to_string(error.source().begin.line), std::string(error.description()), "TOML");
  }
  std::vector<Gesture> out;
  const toml::array* list = root["gesture"].as_array();
  if (!list) throw core::UserError(path, "there is no [[gesture]] in it", "one or more [[gesture]] tables");
  for (const toml::node& node : *list) {
    const toml::table& table = *node.as_table();
    const std::string where = path + ":" + std::to_string(node.source().begin.line);
    Gesture gesture;
    gesture.name = table["name"].value_or(std::string());
    gesture.seconds = table["seconds"].value_or(0.0);
    gesture.mirror = table["mirror"].value_or(false);
    gesture.aim = table["aim"].value_or(false);
    if (gesture.name.empty() || !(gesture.seconds > 0 && gesture.seconds < 60))
      throw core::UserError(where, "a gesture has no name or no length", "name = \"bow\", seconds = 3.0");
    const toml::array* ways = table["way"].as_array();
    if (!ways) throw core::UserError(where, "'" + gesture.name + "' has no way of being done", "[[gesture.way]]");
    for (const toml::node& entry : *ways) {
      const toml::table& way_table = *entry.as_table();
      Way way;
      if (const toml::array* needs = way_table["needs"].as_array()) {
        for (const toml::node& need : *needs) way.needs.push_back(role_of(need.value_or(std::string()), where));
      }
      if (const toml::table* tracks = way_table["tracks"].as_table()) {
        for (const auto& [key, value] : *tracks)
          way.tracks.push_back(read_track(std::string(key.str()), value, path, gesture.seconds));
      }
      gesture.ways.push_back(std::move(way));
    }
    out.push_back(std::move(gesture));
  }
  return Gestures(std::move(out));
}

Fitted fit_gesture(const Gesture& gesture, const body::Body& body, Hand hand, double azimuth, double elevation) {
  Fitted out;
  out.name = gesture.name, out.seconds = gesture.seconds;
  const Way* chosen = nullptr;
  for (const Way& way : gesture.ways) {
    const std::string lack = lacking(gesture, way, body, hand);
    if (lack.empty()) {
      chosen = &way;
      break;
    }
    if (out.missing.empty()) out.missing = lack;
  }
  if (!chosen) return out;
  out.missing.clear();
  double stretch = 1;
  std::vector<double> ends;
  for (const Track& track : tracks_for(gesture, *chosen, hand, azimuth, elevation)) {
    const int j = joint_of(body, track.role, track.side);
    if (j < 0) continue;  // wanted, not needed
    const body::Joint& joint = body.joints[static_cast<size_t>(j)];
    const double sign = core::dot(joint.axis_home, axis_of(track.role)) > 0 ? 1 : -1;
    Fitted::JointTrack fitted{j, track.times, {}};
    // The standing pose counts as zero: a joint that stands bent is not straightened by "0".
    const double low = std::min(joint.low + kRangeMargin, joint.home), high = std::max(joint.high - kRangeMargin, joint.home);
    const double share = is_leg(track.role) ? leg_share(body) : 1;
    for (const double authored : track.angles) {
      const double angle = share * authored;
      fitted.offsets.push_back(std::clamp(joint.home + sign * angle, low, high) - joint.home);
    }
    const double limit = kSpeedShare * (joint.velocity_max > 0 ? joint.velocity_max : kSpeedUnknown);
    for (size_t i = 1; i < fitted.times.size(); ++i) {  // a quintic's top speed is 1.875 of its mean
      stretch = std::max(stretch, 1.875 * std::fabs(fitted.offsets[i] - fitted.offsets[i - 1]) /
                                      (fitted.times[i] - fitted.times[i - 1]) / limit);
    }
    out.joints.push_back(std::move(fitted));
  }
  for (Fitted::JointTrack& track : out.joints) {
    for (double& t : track.times) t *= stretch;
    if (track.times.size() > 2)
      out.hold_from = std::max(out.hold_from, track.times[1]), out.hold_to = track.times[track.times.size() - 2];
  }
  out.seconds *= stretch;
  return out;
}

void offsets_at(const Fitted& fitted, double seconds, std::vector<double>& out) {
  for (const Fitted::JointTrack& track : fitted.joints) {
    double value = 0;
    if (seconds > 0 && seconds < track.times.back()) {
      const size_t next =
          static_cast<size_t>(std::upper_bound(track.times.begin(), track.times.end(), seconds) - track.times.begin());
      const double u = (seconds - track.times[next - 1]) / (track.times[next] - track.times[next - 1]);
      const double s = u * u * u * (10 + u * (6 * u - 15));
      value = track.offsets[next - 1] + s * (track.offsets[next] - track.offsets[next - 1]);
    }
    out[static_cast<size_t>(track.joint)] = value;
  }
}

}  // namespace manybody::motion
