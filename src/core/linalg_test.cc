#include "core/linalg.h"

#include <gtest/gtest.h>

#include "core/rng.h"

namespace manybody::core {
namespace {

constexpr double kTolerance = 1e-14;

Quat random_rotation(Rng& rng) { return normalized({rng.normal(), rng.normal(), rng.normal(), rng.normal()}); }
Vec3 random_vector(Rng& rng) { return {rng.normal(), rng.normal(), rng.normal()}; }

void expect_near(const Vec3& a, const Vec3& b) {
  for (int i = 0; i < 3; ++i) EXPECT_NEAR(a[i], b[i], 10 * kTolerance);
}

TEST(Linalg, rotation_matches_the_sandwich_product) {
  Rng rng(1);
  for (int i = 0; i < 100; ++i) {
    const Quat q = random_rotation(rng);
    const Vec3 v = random_vector(rng);
    const Quat s = mul(mul(q, {0, v[0], v[1], v[2]}), conjugate(q));
    expect_near(rotate(q, v), {s[1], s[2], s[3]});
    EXPECT_NEAR(norm(rotate(q, v)), norm(v), 10 * kTolerance);
  }
}

TEST(Linalg, product_of_rotations_is_one_after_the_other) {
  Rng rng(2);
  for (int i = 0; i < 100; ++i) {
    const Quat a = random_rotation(rng), b = random_rotation(rng);
    const Vec3 v = random_vector(rng);
    expect_near(rotate(mul(a, b), v), rotate(a, rotate(b, v)));
  }
}

TEST(Linalg, quarter_turn_about_up_takes_forward_to_left) {
  const Quat q = axis_angle({0, 0, 1}, M_PI / 2);
  expect_near(rotate(q, {1, 0, 0}), {0, 1, 0});
  EXPECT_NEAR(yaw_of(q), M_PI / 2, kTolerance);
}

TEST(Linalg, yaw_ignores_roll_and_pitch_applied_first) {
  for (double yaw : {-3.0, -1.0, 0.0, 0.5, 3.1}) {
    const Quat tilt = mul(axis_angle({0, 1, 0}, 0.4), axis_angle({1, 0, 0}, -0.3));
    EXPECT_NEAR(yaw_of(mul(axis_angle({0, 0, 1}, yaw), tilt)), yaw, 10 * kTolerance);
  }
}

TEST(Linalg, cross_product_is_right_handed_and_square_to_both) {
  expect_near(cross({1, 0, 0}, {0, 1, 0}), {0, 0, 1});
  Rng rng(3);
  for (int i = 0; i < 50; ++i) {
    const Vec3 a = random_vector(rng), b = random_vector(rng);
    EXPECT_NEAR(dot(cross(a, b), a), 0, 10 * kTolerance);
    EXPECT_NEAR(dot(cross(a, b), b), 0, 10 * kTolerance);
  }
}

TEST(Linalg, a_zero_quaternion_normalises_to_no_rotation) { EXPECT_EQ(normalized({0, 0, 0, 0}), (Quat{1, 0, 0, 0})); }

}  // namespace
}  // namespace manybody::core
