#include "body/sample.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "body/describe.h"
#include "body/library.h"
#include "body/test_stand.h"
#include "core/error.h"

namespace manybody::body {
namespace {

constexpr int kBodies = 200;

const std::vector<Body>& bodies() {
  static const std::vector<Body> all = [] {
    std::vector<Body> out;
    for (int seed = 1; seed <= kBodies; ++seed) out.push_back(sample_humanoid(static_cast<uint64_t>(seed)));
    return out;
  }();
  return all;
}

TEST(sample, every_body_has_sane_masses_and_possible_inertias) {
  for (const Body& body : bodies()) {
    auto s = testing::at_home(body);
    ASSERT_NE(s->m, nullptr) << body.name;
    EXPECT_NEAR(mj_getTotalmass(s->m), body.mass, 1e-6 * body.mass) << body.name;
    for (int b = 1; b < s->m->nbody; ++b) {
      const mjtNum* I = s->m->body_inertia + 3 * b;
      EXPECT_GT(s->m->body_mass[b], 1e-4 * body.mass) << body.name;
      EXPECT_LT(s->m->body_mass[b], 0.7 * body.mass) << body.name;
      for (int i = 0; i < 3; ++i)
        EXPECT_LE(I[i], (I[(i + 1) % 3] + I[(i + 2) % 3]) * 1.0001) << body.name << ": no mass distribution has this";
    }
  }
}

// Oracle: the generator knows what each joint is for; the geometry must say the same.
TEST(sample, roles_found_from_geometry_are_those_that_were_built) {
  int wrong = 0, all = 0;
  for (const Body& body : bodies()) {
    for (const Joint& joint : body.joints) {
      std::string built = joint.name.rfind("left_", 0) == 0    ? joint.name.substr(5)
                          : joint.name.rfind("right_", 0) == 0 ? joint.name.substr(6)
                                                               : joint.name;
      if (built == "head_pitch") built = "neck_pitch";
      ++all;
      const bool same = built == to_text(joint.role);
      wrong += !same;
      const bool leg = built.rfind("hip", 0) == 0 || built == "knee" || built.rfind("ankle", 0) == 0;
      if (leg) {
        EXPECT_EQ(built, to_text(joint.role)) << body.name;
      }
    }
  }
  EXPECT_LE(wrong, all / 100);  // bodies without arms have no waist to speak of
}

TEST(sample, left_and_right_are_exact_mirror_images) {
  for (const Body& body : bodies()) {
    for (size_t j = 0; j < body.joints.size(); ++j) {
      const Joint& a = body.joints[j];
      const Joint& b = body.joints[static_cast<size_t>(a.mirror)];
      EXPECT_EQ(b.mirror, static_cast<int>(j)) << body.name;
      EXPECT_NEAR(b.home, a.mirror_sign * a.home, 1e-9) << body.name;
      EXPECT_NEAR(a.mirror_sign > 0 ? b.low : -b.high, a.low, 1e-12) << body.name << " " << a.name;
      EXPECT_EQ(a.kp, b.kp);
      EXPECT_EQ(a.kd, b.kd);
      EXPECT_EQ(a.torque_max, b.torque_max);
      EXPECT_EQ(a.armature, b.armature);
      EXPECT_NEAR(body.links[static_cast<size_t>(a.link)].mass, body.links[static_cast<size_t>(b.link)].mass, 1e-12);
    }
    for (int r = 0; r < 3; ++r)
      EXPECT_NEAR(body.legs[0].sole_home[r], (r == 1 ? -1 : 1) * body.legs[1].sole_home[r], 1e-6) << body.name;
  }
}

TEST(sample, soles_are_flat_as_large_as_drawn_and_under_the_centre_of_mass) {
  for (const Body& body : bodies()) {
    auto s = testing::at_home(body);
    EXPECT_TRUE(can_stand(body)) << body.name;
    for (const Leg& leg : body.legs) {
      const mjtNum* q = s->d->xquat + 4 * (leg.foot_link + 1);
      const core::Quat turn = core::mul({q[0], q[1], q[2], q[3]}, leg.sole_rotation);
      EXPECT_GT(core::rotate(turn, {0, 0, 1})[2], 0.9998) << body.name;
      EXPECT_GT(core::rotate(turn, {1, 0, 0})[0], 0.99) << body.name;
      EXPECT_NEAR(leg.sole_home[2] + body.root_height_home, 0, 1e-6);
      EXPECT_GT(leg.length, leg.width) << body.name;
      EXPECT_LT(std::abs(body.com_home[0] - leg.sole_home[0]), 0.4 * leg.length) << body.name;
    }
    EXPECT_GT(std::abs(body.legs[0].sole_home[1]), 0.5 * body.legs[0].width) << body.name << ": the feet overlap";
  }
}

// An inverted pendulum on springs: it stays up when the ankles, in series with knees and hips, are stiffer than m g h. Those well
// beyond that stand for two seconds; every body is still up after 0.8 s.
TEST(sample, they_stand) {
  int tried = 0;
  for (size_t i = 0; i < bodies().size(); ++i) {
    const Body& body = bodies()[i];
    double softness = 0;
    for (const Joint& j : body.joints)
      if (j.side == Side::left && (j.role == Role::ankle_pitch || j.role == Role::knee || j.role == Role::hip_pitch))
        softness += (j.role == Role::ankle_pitch ? 1.0 : 0.5) / (2 * j.kp);
    const double needed = body.mass * 9.81 * (body.com_home[2] + body.root_height_home);
    if (i % 4 == 0) {
      const testing::Stand soon = testing::stand(body, 0.8);
      EXPECT_GT(soon.upright, 0.95) << body.name;
      EXPECT_GT(soon.height, 0.93) << body.name;
    }
    if (1 / softness < 1.15 * needed) continue;
    ++tried;
    const testing::Stand later = testing::stand(body, 2.0);
    EXPECT_GT(later.upright, 0.97) << body.name << " stiffness over need " << 1 / softness / needed;
    EXPECT_GT(later.height, 0.95) << body.name;
  }
  EXPECT_GT(tried, 3);
}

TEST(sample, a_seed_is_one_body_and_seeds_differ) {
  EXPECT_EQ(describe_json(sample_humanoid(77)), describe_json(load_body("random:77")));
  EXPECT_EQ(load_body("random_77").name, "random_77");
  std::set<std::string> layouts, shapes;
  for (const Body& body : bodies()) {
    std::string layout;
    for (const Joint& joint : body.joints) layout += joint.name + " ";
    layouts.insert(layout);
    shapes.insert(std::to_string(body.mass / body.height) + " " + std::to_string(body.leg_length / body.height));
    EXPECT_EQ(body.kind, Kind::sampled);
  }
  EXPECT_GT(layouts.size(), static_cast<size_t>(kBodies / 2));
  EXPECT_EQ(shapes.size(), static_cast<size_t>(kBodies));
  EXPECT_THROW(load_body("random:seven"), core::UserError);
  EXPECT_THROW(load_body("random:"), core::UserError);
}

// The study's ranges are covered, to their ends.
TEST(sample, ranges_reach_from_soft_to_stiff_small_to_tall) {
  double soft = 1e9, stiff = 0, small = 1e9, tall = 0, least = 1e9, most = -1e9;
  std::map<size_t, int> legs;
  std::set<std::string> drives;
  for (const Body& body : bodies()) {
    const double mgl = body.mass * 9.81 * body.leg_length;
    for (const Joint& j : body.joints)
      if (j.role == Role::knee) soft = std::min(soft, j.kp / mgl), stiff = std::max(stiff, j.kp / mgl);
    small = std::min(small, body.height), tall = std::max(tall, body.height);
    const double ahead = (body.com_home[0] - body.legs[0].sole_home[0]) / body.leg_length;
    least = std::min(least, ahead), most = std::max(most, ahead);
    ++legs[body.legs[0].joints.size()];
    for (const ActuatorModel& a : body.actuators) drives.insert(to_text(a.kind));
    for (size_t j = 0; j < body.joints.size(); ++j) ASSERT_NE(body.actuator_of(static_cast<int>(j)), nullptr) << body.name;
  }
  EXPECT_LT(soft, 0.2);
  EXPECT_GT(stiff, 1.5);
  EXPECT_LT(small, 0.5);
  EXPECT_GT(tall, 1.7);
  EXPECT_LT(least, -0.04);
  EXPECT_GT(most, 0.04);
  EXPECT_EQ(legs.size(), 3u);
  EXPECT_EQ(drives.size(), 6u);
}

}  // namespace
}  // namespace manybody::body
