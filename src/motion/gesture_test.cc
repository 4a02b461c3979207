#include "motion/gesture.h"

#include <gtest/gtest.h>

#include <cmath>

#include "body/library.h"
#include "core/error.h"
#include "core/files.h"

namespace manybody::motion {
namespace {

using body::Role;
using body::Side;

const std::string kFile = std::string(MB_SOURCE_DIR) + "/data/motion/gestures.toml";

const Gestures& gestures() {
  static const Gestures all = read_gestures(kFile);
  return all;
}

const std::vector<body::Body>& bodies() {
  static const std::vector<body::Body> all = [] {
    std::vector<body::Body> out;
    for (const body::Entry& entry : body::list_bodies()) {
      if (entry.installed) out.push_back(body::load_body(entry.name));
    }
    return out;
  }();
  return all;
}

// A joint of that role that also turns about its axis: Talos's shoulder pitch, arms hanging, turns about the upper arm instead.
bool has(const body::Body& body, Role role) {
  const bool pitch = role == Role::shoulder_pitch;
  for (const int j : body.actuated) {
    const body::Joint& joint = body.joints[static_cast<size_t>(j)];
    if (joint.role == role && (!pitch || std::fabs(joint.axis_home[1]) > 0.35)) return true;
  }
  return false;
}

// Where the links are in the root frame at home + offsets: plain forward kinematics over the tree.
std::vector<core::Vec3> link_positions(const body::Body& body, const std::vector<double>& offsets) {
  using namespace core;
  std::vector<Vec3> p(body.links.size());
  std::vector<Quat> r(body.links.size(), Quat{1, 0, 0, 0});
  r[0] = body.root_rotation_home;
  for (size_t l = 1; l < body.links.size(); ++l) {
    const size_t parent = static_cast<size_t>(body.links[l].parent);
    p[l] = p[parent] + rotate(r[parent], body.links[l].position);
    r[l] = mul(r[parent], body.links[l].rotation);
    for (size_t j = 0; j < body.joints.size(); ++j) {
      const body::Joint& joint = body.joints[j];
      if (joint.link != static_cast<int>(l)) continue;
      const Vec3 anchor = p[l] + rotate(r[l], joint.anchor);
      r[l] = mul(r[l], axis_angle(joint.axis, joint.home + offsets[j]));
      p[l] = anchor - rotate(r[l], joint.anchor);
    }
  }
  return p;
}

// The link furthest down the arm of a side: of the last joint below its shoulder.
int hand_link(const body::Body& body, Side side) {
  int link = -1;
  for (const body::Joint& joint : body.joints) {
    if (joint.side == side && (joint.role == Role::elbow || joint.role == Role::wrist_roll || joint.role == Role::wrist_pitch ||
                               joint.role == Role::wrist_yaw))
      link = std::max(link, joint.link);
  }
  return link;
}

double height_of_hand(const body::Body& body, const Fitted& fitted, Side side, double seconds) {
  std::vector<double> offsets(body.joints.size(), 0.0);
  if (seconds > 0) offsets_at(fitted, seconds, offsets);
  return link_positions(body, offsets)[static_cast<size_t>(hand_link(body, side))][2];
}

TEST(Gesture, every_body_stays_inside_ranges_and_speeds_and_rests_at_both_ends) {
  ASSERT_FALSE(bodies().empty()) << "no body is installed: run make setup";
  for (const body::Body& body : bodies()) {
    for (const Gesture& gesture : gestures().all()) {
      for (const Hand hand : {Hand::right, Hand::left, Hand::both}) {
        const Fitted fitted = fit_gesture(gesture, body, hand, 0.4, 0.2);
        if (!fitted.missing.empty()) continue;
        std::vector<double> now(body.joints.size(), 0.0), before = now;
        const double dt = 0.005;
        for (double t = 0; t <= fitted.seconds + 0.1; t += dt) {
          offsets_at(fitted, t, now);
          for (size_t j = 0; j < now.size(); ++j) {
            const body::Joint& joint = body.joints[j];
            const double q = joint.home + now[j];
            EXPECT_LE(q, std::max(joint.high - kRangeMargin, joint.home) + 1e-9)
                << body.name << " " << gesture.name << " " << joint.name;
            EXPECT_GE(q, std::min(joint.low + kRangeMargin, joint.home) - 1e-9)
                << body.name << " " << gesture.name << " " << joint.name;
            const double limit = kSpeedShare * (joint.velocity_max > 0 ? joint.velocity_max : kSpeedUnknown);
            EXPECT_LE(std::fabs(now[j] - before[j]) / dt, limit * 1.001) << body.name << " " << gesture.name << " " << joint.name;
          }
          before = now;
        }
        for (const double offset : now) EXPECT_EQ(offset, 0) << body.name << " " << gesture.name;
      }
    }
  }
}

TEST(Gesture, waving_and_raising_lift_the_hands_by_the_bodys_own_kinematics) {
  int tried = 0;
  for (const body::Body& body : bodies()) {
    if (!has(body, Role::shoulder_pitch) || hand_link(body, Side::right) < 0) continue;
    const Fitted raise = fit_gesture(*gestures().find("raise_arms"), body);
    const Fitted wave = fit_gesture(*gestures().find("wave"), body, Hand::left);
    ASSERT_EQ(raise.missing, "") << body.name;
    ASSERT_EQ(wave.missing, "") << body.name;
    for (const Side side : {Side::left, Side::right}) {
      EXPECT_GT(height_of_hand(body, raise, side, raise.hold_from) - height_of_hand(body, raise, side, 0), 0.12 * body.height)
          << body.name;
    }
    EXPECT_GT(height_of_hand(body, wave, Side::left, wave.hold_from) - height_of_hand(body, wave, Side::left, 0),
              0.08 * body.height)
        << body.name;
    EXPECT_NEAR(height_of_hand(body, wave, Side::right, wave.hold_from), height_of_hand(body, wave, Side::right, 0), 1e-9)
        << body.name;
    ++tried;
  }
  EXPECT_GE(tried, 2);
}

TEST(Gesture, left_and_right_wave_are_mirror_images_where_the_body_is) {
  for (const body::Body& body : bodies()) {
    const Fitted right = fit_gesture(*gestures().find("wave"), body, Hand::right),
                 left = fit_gesture(*gestures().find("wave"), body, Hand::left);
    if (!right.missing.empty()) continue;
    std::vector<double> r(body.joints.size(), 0.0), l = r;
    offsets_at(right, 1.1, r), offsets_at(left, 1.1 * left.seconds / right.seconds, l);
    for (size_t j = 0; j < r.size(); ++j) {
      const body::Joint& joint = body.joints[j];
      if (joint.mirror < 0 || std::fabs(r[j]) < 1e-6) continue;
      EXPECT_NEAR(l[static_cast<size_t>(joint.mirror)], joint.mirror_sign * r[j], 0.02) << body.name << " " << joint.name;
    }
  }
}

TEST(Gesture, a_body_without_arms_or_head_says_so_or_uses_its_waist) {
  for (const body::Body& body : bodies()) {
    const Fitted wave = fit_gesture(*gestures().find("wave"), body);
    EXPECT_EQ(wave.missing.empty(), has(body, Role::shoulder_pitch)) << body.name << " " << wave.missing;
    const Fitted shake = fit_gesture(*gestures().find("shake_head"), body);
    EXPECT_EQ(shake.missing.empty(), has(body, Role::neck_yaw) || has(body, Role::waist_yaw))
        << body.name << " " << shake.missing;
  }
}

std::string refusal(const std::string& text) {
  const std::string path = testing::TempDir() + "gesture_refused.toml";
  core::write_file(path, text);
  try {
    read_gestures(path);
  } catch (const core::UserError& error) {
    return error.what();
  }
  return "";
}

TEST(Gesture, a_wrong_file_is_refused_with_line_and_expectation) {
  EXPECT_NE(refusal("gesture = 3").find("[[gesture]]"), std::string::npos);
  EXPECT_NE(
      refusal("[[gesture]]\nname = \"x\"\nseconds = 1\n[[gesture.way]]\nneeds = [\"sholder_pitch\"]\n").find("shoulder_pitch"),
      std::string::npos);
  EXPECT_NE(refusal("[[gesture]]\nname = \"x\"\nseconds = 1\n[[gesture.way]]\n[gesture.way.tracks]\nelbow = [[0, 0], [1, 5]]\n")
                .find("at rest"),
            std::string::npos);
  EXPECT_NE(
      refusal("[[gesture]]\nname = \"x\"\nseconds = 1\n[[gesture.way]]\n[gesture.way.tracks]\nelbow = [[0, 0], [0, 5], [1, 0]]\n")
          .find("ascend"),
      std::string::npos);
  EXPECT_NE(refusal("[[gesture]\n").find(":1"), std::string::npos);
}

}  // namespace
}  // namespace manybody::motion
