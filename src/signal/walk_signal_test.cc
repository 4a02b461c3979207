#include "signal/walk_signal.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "body/library.h"
#include "core/error.h"
#include "core/rng.h"
#include "signal/by_role.h"
#include "signal/contract.h"

namespace manybody::signal {
namespace {

const body::Body& body_named(const std::string& name) {
  static std::map<std::string, body::Body> bodies;
  auto found = bodies.find(name);
  if (found == bodies.end()) found = bodies.emplace(name, body::load_body(name)).first;
  return found->second;
}

class EveryBody : public testing::TestWithParam<const char*> {
 protected:
  const body::Body& body = body_named(GetParam());
  WalkModel model = make_walk_model(body, {});
};

Measured random_measured(const WalkModel& m, core::Rng& rng) {
  Measured out;
  for (double h : m.home) {
    out.q.push_back(h + 0.2 * rng.normal());
    out.dq.push_back(rng.normal());
  }
  for (double& x : out.gyro) x = rng.normal();
  out.gravity = {0.1 * rng.normal(), 0.1 * rng.normal(), -1};
  return out;
}

// The same body seen in a mirror.
Measured mirrored(const body::Body& body, const Measured& m) {
  Measured out = m;
  for (size_t a = 0; a < body.actuated.size(); ++a) {
    const body::Joint& joint = body.joints[body.actuated[a]];
    const int other = joint.mirror >= 0 ? joint.mirror : body.actuated[a];
    for (size_t b = 0; b < body.actuated.size(); ++b) {
      if (body.actuated[b] != other) continue;
      out.q[b] = joint.mirror_sign * m.q[a];
      out.dq[b] = joint.mirror_sign * m.dq[a];
    }
  }
  out.gyro = {-m.gyro[0], m.gyro[1], -m.gyro[2]};
  out.gravity = {m.gravity[0], -m.gravity[1], m.gravity[2]};
  return out;
}

WalkModel model_in(const body::Body& body, const char* leg_space) {
  WalkConfig config;
  config.leg_space = leg_space;
  return make_walk_model(body, config);
}

TEST_P(EveryBody, mirror_maps_are_involutions) {
  for (const char* space : {"foot", "joint", "role"}) {
    const WalkModel m = model_in(body, space);
    for (const Mirror* mirror : {&m.action_mirror, &m.observation_mirror}) {
      const size_t n = mirror->index.size();
      for (size_t i = 0; i < n; ++i) {
        const int j = mirror->index[i];
        ASSERT_EQ(mirror->index[j], static_cast<int>(i));
        ASSERT_EQ(mirror->sign[j] * mirror->sign[i], 1);
      }
    }
  }
}

TEST_P(EveryBody, home_without_a_gait_observes_as_zero_and_targets_home) {
  WalkSignal signal(model);
  Measured m;
  m.q = model.home;
  m.dq.assign(m.q.size(), 0);
  std::vector<float> o(model.observations), a(model.actions, 0.0f);
  signal.observe(m, {}, o);
  for (int i = 9; i < model.observations; ++i) EXPECT_EQ(o[i], 0) << i;
  std::vector<double> pose(m.q.size());
  signal.reference_pose(pose);
  for (size_t i = 0; i < pose.size(); ++i) EXPECT_EQ(pose[i], model.home[i]);
}

TEST_P(EveryBody, mirrored_world_half_a_cycle_later_looks_the_same_and_moves_mirrored) {
  core::Rng rng(4);
  for (int trial = 0; trial < 30; ++trial) {
    const WalkModel m = model_in(body, trial % 3 == 0 ? "role" : trial % 3 == 1 ? "joint" : "foot");
    WalkSignal a(m), b(m);
    const double phase = rng.uniform(0.02, 0.4);
    const VelocityCommand ca{0.5, 0.2, 0.3}, cb{0.5, -0.2, -0.3};
    a.reset(phase, true, ca);
    b.reset(phase + 0.5, true, cb);
    const Measured ma = random_measured(m, rng), mb = mirrored(body, ma);
    std::vector<float> oa(m.observations), ob(m.observations), action(m.actions);
    for (float& x : action) x = static_cast<float>(0.3 * rng.normal());
    a.observe(ma, ca, oa);
    b.observe(mb, cb, ob);
    // Equal up to how symmetric the file's own geometry is.
    for (int i = 0; i < m.observations; ++i) ASSERT_NEAR(oa[i], ob[i], 0.03) << GetParam() << " observation " << i;
    std::vector<double> ta(m.home.size()), tb(m.home.size());
    a.act(action, ta);
    b.act(action, tb);
    Measured as_measured;
    as_measured.q = ta;
    as_measured.dq.assign(ta.size(), 0);
    const Measured expected = mirrored(body, as_measured);
    for (size_t i = 0; i < ta.size(); ++i) ASSERT_NEAR(tb[i], expected.q[i], 0.03) << GetParam() << " " << m.names[i];
  }
}

TEST_P(EveryBody, leg_inverse_undoes_the_jacobian_where_the_leg_can) {
  for (const LegModel& leg : model.legs) {
    const int n = static_cast<int>(leg.joints.size());
    if (n < 6) continue;
    for (int r = 0; r < 6; ++r) {
      for (int c = 0; c < 6; ++c) {
        double sum = 0;
        for (int i = 0; i < n; ++i) sum += leg.jacobian[r * n + i] * leg.inverse[i * 6 + c];
        const double unit = (r < 3 ? 1 : 1 / model.leg_length) * (c < 3 ? 1 : model.leg_length);
        EXPECT_NEAR(sum, r == c ? 1.0 : 0.0, 0.12 * unit) << r << "," << c;
      }
    }
  }
}

TEST_P(EveryBody, targets_stay_near_the_joint_range_whatever_the_action) {
  WalkSignal signal(model);
  signal.reset(0.2, true, {1, 0.3, 0.5});
  core::Rng rng(8);
  std::vector<float> o(model.observations), a(model.actions);
  std::vector<double> t(model.home.size());
  for (int k = 0; k < 50; ++k) {
    signal.observe(random_measured(model, rng), {1, 0, 0}, o);
    for (float& x : a) x = static_cast<float>(100 * rng.normal());
    signal.act(a, t);
    for (size_t i = 0; i < t.size(); ++i) {
      EXPECT_GE(t[i], model.low[i] - 0.3001);
      EXPECT_LE(t[i], model.high[i] + 0.3001);
    }
  }
}

TEST_P(EveryBody, layout_by_role_has_the_same_contract_and_bounded_descriptors_on_every_body) {
  WalkConfig config;
  config.leg_space = "role";
  config.descriptors = true;
  const WalkModel m = make_walk_model(body, config);
  EXPECT_EQ(m.actions, kRoleActions);
  EXPECT_GT(m.descriptors.size(), 40u);
  EXPECT_EQ(make_contract(m).hash, make_contract(make_walk_model(body_named("unitree_g1"), config)).hash);
  for (float d : m.descriptors) {
    EXPECT_TRUE(std::isfinite(d));
    EXPECT_LT(std::abs(d), 3);
  }
}

// A unit of the same role turns the same way round on both sides and on every body: about +y, +x, +z.
TEST_P(EveryBody, layout_by_role_turns_joints_about_the_bodys_own_axes) {
  WalkConfig config;
  config.leg_space = "role";
  const WalkModel m = make_walk_model(body, config);
  const int axis[kLegRoles] = {1, 0, 2, 1, 1, 0};
  int found = 0;
  for (int i = 0; i < 2 * kLegRoles; ++i) {
    if (m.levers[i].joint < 0) continue;
    ++found;
    const body::Joint& joint = body.joints[body.actuated[m.levers[i].joint]];
    EXPECT_GT(m.levers[i].scale * joint.axis_home[axis[i % kLegRoles]], 0) << joint.name;
    EXPECT_EQ(joint.side, i < kLegRoles ? body::Side::left : body::Side::right) << joint.name;
  }
  EXPECT_GE(found, 10);
}

// Oracle: the body's own mirror. What the right arm is told in a mirror turns it as the left one turns.
TEST_P(EveryBody, arms_by_role_are_mirrored_as_the_body_is_and_share_one_contract) {
  WalkConfig config;
  config.leg_space = "role";
  const std::string without = make_contract(make_walk_model(body, config)).hash;
  config.arm_scale = 0.3;
  const WalkModel m = make_walk_model(body, config);
  ASSERT_EQ(m.actions, kRoleActions + 2 * kArmRoles);
  EXPECT_NE(make_contract(m).hash, without);
  EXPECT_EQ(make_contract(m).hash, make_contract(make_walk_model(body_named("unitree_g1"), config)).hash);
  for (int i = kRoleActions; i < kRoleActions + kArmRoles; ++i) {
    const int other = m.action_mirror.index[i];
    ASSERT_EQ(m.action_mirror.index[other], i);
    ASSERT_EQ(m.levers[i].joint < 0, m.levers[other].joint < 0);
    if (m.levers[i].joint < 0) continue;
    const body::Joint& left = body.joints[body.actuated[m.levers[i].joint]];
    EXPECT_EQ(left.side, body::Side::left) << left.name;
    EXPECT_EQ(body.actuated[m.levers[other].joint], left.mirror) << left.name;
    EXPECT_DOUBLE_EQ(m.action_mirror.sign[i] * m.levers[other].scale, left.mirror_sign * m.levers[i].scale) << left.name;
    EXPECT_DOUBLE_EQ(std::abs(m.levers[i].scale), 0.3) << left.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Shipped, EveryBody,
                         testing::Values("unitree_g1", "unitree_h1", "booster_t1", "apptronik_apollo", "berkeley_humanoid",
                                         "robotis_op3"),
                         [](const auto& shown) { return std::string(shown.param); });

TEST(Contract, hash_changes_with_every_setting_that_changes_the_signal) {
  const body::Body& body = body_named("berkeley_humanoid");
  WalkConfig config;
  const std::string base = make_contract(make_walk_model(body, config)).hash;
  EXPECT_EQ(base, make_contract(make_walk_model(body, config)).hash);
  config.joint_effort *= 0.5;
  EXPECT_NE(base, make_contract(make_walk_model(body, config)).hash);
  EXPECT_NE(base, make_contract(make_walk_model(body_named("unitree_g1"), {})).hash);
}

TEST(Contract, joints_map_by_name_and_a_missing_one_is_named_with_a_near_match) {
  const std::vector<std::string> wanted{"left_knee", "right_knee"}, given{"right_knee", "waist", "left_knee"};
  EXPECT_EQ(map_joints(wanted, given, "driver"), (std::vector<int>{2, 0}));
  const std::vector<std::string> typo{"right_knee", "left_kneee"};
  try {
    map_joints(wanted, typo, "driver");
    FAIL();
  } catch (const core::UserError& e) {
    EXPECT_NE(std::string(e.what()).find("left_knee"), std::string::npos);
    EXPECT_NE(std::string(e.what()).find("did you mean"), std::string::npos);
  }
  const std::vector<std::string> twice{"left_knee", "right_knee", "left_knee"};
  EXPECT_THROW(map_joints(wanted, twice, "driver"), core::UserError);
}

}  // namespace
}  // namespace manybody::signal
