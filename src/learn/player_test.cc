#include "learn/player.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "body/library.h"

namespace manybody::learn {
namespace {

const body::Body& plain_body() {
  static const body::Body body = body::load_body(std::string(MB_SOURCE_DIR) + "/tests/data/bodies/plain.xml");
  return body;
}

std::vector<double> walked(bool with_zeros) {
  Player player(plain_body(), "", {});
  player.set_command({0.2, 0, 0});
  const std::vector<double> zeros(player.body().joints.size(), 0.0);
  for (int i = 0; i < 100; ++i) {
    if (with_zeros) player.set_offsets(zeros);
    player.tick();
  }
  const std::span<const double> q = player.env().batch().qpos(0);
  return {q.begin(), q.end()};
}

TEST(Player, offsets_of_nothing_change_nothing_to_the_last_bit) { EXPECT_EQ(walked(false), walked(true)); }

TEST(Player, offsets_are_clipped_to_the_range_followed_at_the_joints_speed_and_unseen_by_the_policy) {
  for (const body::Entry& entry : body::list_bodies()) {
    if (entry.name != "unitree_g1" || !entry.installed) continue;
    const body::Body body = body::load_body(entry.name);
    Player player(body, std::string(MB_SOURCE_DIR) + "/policies/unitree_g1", {});
    player.set_command({});
    for (int i = 0; i < 100; ++i) player.tick();
    const int joint = body.joint_index("right_elbow_joint");
    ASSERT_GE(joint, 0);
    const size_t at = static_cast<size_t>(joint);
    const size_t a = static_cast<size_t>(std::find(body.actuated.begin(), body.actuated.end(), joint) - body.actuated.begin());
    std::vector<double> offsets(body.joints.size(), 0.0);
    offsets[at] = 100;
    double before = player.env().batch().targets(0)[a], fastest = 0, seen = 0;
    const double q0 = player.env().measured(0).q[a];
    for (int i = 0; i < 100; ++i) {
      player.set_offsets(offsets);
      player.tick();
      const double target = player.env().batch().targets(0)[a];
      fastest = std::max(fastest, std::abs(target - before) / player.dt());
      before = target;
      seen = std::max(seen, std::abs(player.env().measured(0).q[a] - q0));
    }
    EXPECT_EQ(player.falls(), 0);
    EXPECT_NEAR(before, body.joints[at].high, 0.1);  // as far as it goes
    EXPECT_LE(fastest, body.joints[at].velocity_max > 0 ? body.joints[at].velocity_max : 8);
    const double moved = player.env().batch().qpos(0)[7 + at] - body.joints[at].home;
    EXPECT_GT(moved, 0.6);
    EXPECT_LT(seen, 0.3 * moved);
  }
}

}  // namespace
}  // namespace manybody::learn
