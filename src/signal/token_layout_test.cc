#include "signal/token_layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "body/library.h"
#include "signal/by_role.h"
#include "signal/walk_signal.h"

namespace manybody::signal {
namespace {

WalkConfig by_role(bool descriptors, bool effort) {
  WalkConfig config;
  config.leg_space = "role", config.descriptors = descriptors, config.effort = effort;
  return config;
}

// Which numbers of the observation change when one actuated joint's angle, speed or the last action does: by observing twice.
std::set<int> moved(const WalkModel& m, int joint, int action) {
  const auto observe = [&](double change) {
    WalkSignal signal(m);
    signal.reset(0.1, true, {});
    Measured measured;
    measured.q = m.home, measured.dq.assign(m.home.size(), 0.0), measured.gravity = {0, 0, -1};
    if (joint >= 0) measured.q[joint] += change, measured.dq[joint] += change;
    WalkState state = signal.state();
    if (action >= 0) state.action[action] = static_cast<float>(change);
    signal.set_state(state);
    std::vector<float> out(m.observations);
    signal.observe(measured, {}, out);
    return out;
  };
  const std::vector<float> a = observe(0), b = observe(0.05);
  std::set<int> out;
  for (int i = 0; i < m.observations; ++i)
    if (a[i] != b[i]) out.insert(i);
  return out;
}

TEST(TokenLayout, token_reads_what_its_joint_moves_and_no_other_token_does) {
  for (const char* name : {"unitree_g1", "berkeley_humanoid"}) {
    const body::Body body = body::load_body(name);
    for (const bool effort : {false, true}) {
      const WalkModel m = make_walk_model(body, by_role(true, effort));
      const TokenLayout layout = make_token_layout(m);
      ASSERT_EQ(static_cast<int>(layout.tokens.size()), m.actions);
      const std::set<int> globals(layout.globals.begin(), layout.globals.end());
      for (int t = 0; t < m.actions; ++t) {
        const std::vector<int>& own = layout.tokens[t].inputs;
        std::set<int> want = moved(m, -1, t);
        EXPECT_EQ(want.size(), 1u);
        if (m.seen[t].joint >= 0) want.merge(moved(m, m.seen[t].joint, -1));
        for (const int place : want) {
          EXPECT_TRUE(globals.count(place) || std::count(own.begin(), own.end(), place))
              << name << " token " << t << " place " << place;
        }
        // And every number of its own state (all but the descriptors) does move.
        const int state = effort ? 4 : 3;
        for (int i = 0; i < state; ++i) {
          EXPECT_TRUE(m.seen[t].joint < 0 || want.count(own[i])) << name << " token " << t << " input " << i;
        }
      }
    }
  }
}

TEST(TokenLayout, every_number_of_the_observation_is_read_and_only_left_and_right_share) {
  const body::Body body = body::load_body("unitree_g1");
  for (const bool descriptors : {false, true}) {
    const WalkModel m = make_walk_model(body, by_role(descriptors, false));
    const TokenLayout layout = make_token_layout(m);
    std::vector<int> readers(m.observations, 0);
    for (const int place : layout.globals) ++readers[place];
    for (const Token& token : layout.tokens) {
      EXPECT_EQ(token.inputs.size(), layout.tokens[0].inputs.size());
      for (const int place : token.inputs)
        if (place >= 0) ++readers[place];
    }
    const int roles = m.observations - kLegRoles * kRoleDescriptors - kWaistRoles;  // where the legs' descriptors begin
    for (int i = 0; i < m.observations; ++i) {
      const bool shared = descriptors && i >= roles && i < m.observations - kWaistRoles;
      EXPECT_EQ(readers[i], shared ? 2 : 1) << i;
    }
  }
}

TEST(TokenLayout, descriptors_say_which_joints_a_body_has) {
  for (const char* name : {"unitree_g1", "berkeley_humanoid", "xiao_ju"}) {
    const body::Body body = body::load_body(name);
    const WalkModel m = make_walk_model(body, by_role(true, false));
    const TokenLayout layout = make_token_layout(m);
    const int first = m.observations - static_cast<int>(m.descriptors.size());
    for (int t = 0; t < m.actions; ++t) {
      EXPECT_EQ(m.descriptors[layout.tokens[t].present - first], m.seen[t].joint >= 0 ? 1.0f : 0.0f) << name << " " << t;
    }
  }
}

TEST(TokenLayout, relations_are_a_tree_and_its_mirror) {
  const body::Body body = body::load_body("unitree_g1");
  const TokenLayout layout = make_token_layout(make_walk_model(body, by_role(false, false)));
  const auto is = [&](int from, int to) { return static_cast<Relation>(layout.tokens[from].relations[to]); };
  for (int i = 0; i < kRoleActions; ++i) {
    for (int j = 0; j < kRoleActions; ++j) {
      EXPECT_EQ(is(i, j) == Relation::self, i == j);
      EXPECT_EQ(is(i, j) == Relation::parent, is(j, i) == Relation::child);
      EXPECT_EQ(is(i, j) == Relation::mirror, is(j, i) == Relation::mirror);
    }
  }
  EXPECT_EQ(is(3, 2), Relation::parent);   // knee, hip yaw
  EXPECT_EQ(is(3, 9), Relation::mirror);   // the knees
  EXPECT_EQ(is(3, 5), Relation::limb);     // knee, ankle roll
  EXPECT_EQ(is(5, 6), Relation::other);    // left ankle, right hip
  EXPECT_EQ(is(11, 12), Relation::other);  // right ankle, waist
  EXPECT_EQ(is(12, 13), Relation::child);
}

TEST(TokenLayout, other_layouts_have_no_tokens) {
  const body::Body body = body::load_body("unitree_g1");
  EXPECT_TRUE(make_token_layout(make_walk_model(body, WalkConfig{})).tokens.empty());
}

}  // namespace
}  // namespace manybody::signal
