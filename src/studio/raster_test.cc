#include "studio/raster.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "studio/shadow.h"
#include "studio/triangles.h"

namespace manybody::studio {
namespace {

constexpr int kWidth = 160, kHeight = 120;

Surface surface_of(const Triangles& t, double crease = 0.7) { return make_surface(t.points, t.indices, crease); }

Drawn drawn_at(const Surface& surface, float x, float y, float z, std::array<float, 3> colour = {0.9f, 0.2f, 0.1f}) {
  Drawn d;
  d.surface = &surface;
  d.pose[3] = x, d.pose[7] = y, d.pose[11] = z;
  d.colour = colour;
  return d;
}

Image picture(const Stage& stage, std::vector<Drawn> drawn) {
  Raster raster(kWidth, kHeight);
  Image image;
  raster.render(stage, drawn, image);
  return image;
}

Stage stage_from(std::array<double, 3> eye, std::array<double, 3> target) {
  Stage stage;
  stage.camera.eye = eye;
  stage.camera.target = target;
  return stage;
}

bool is_red(const uint8_t* p) { return p[0] > 2 * p[1] && p[0] > 60; }
bool is_green(const uint8_t* p) { return p[1] > 2 * p[0] && p[1] > 60; }
int sum(const uint8_t* p) { return p[0] + p[1] + p[2]; }

// Where a pinhole camera shows a point, in pixels from the picture's top left corner.
std::array<double, 2> pinhole(const Stage& stage, std::array<double, 3> at) {
  auto vec = [](const std::array<double, 3>& v) { return Vec3f{float(v[0]), float(v[1]), float(v[2])}; };
  const Vec3f forward = unit(vec(stage.camera.target) - vec(stage.camera.eye)), right = unit(cross(forward, {0, 0, 1}));
  const Vec3f p = vec(at) - vec(stage.camera.eye);
  const double focal = kHeight / 2.0 / std::tan(stage.camera.fov_rad / 2), depth = dot(forward, p);
  return {kWidth / 2.0 + focal * dot(right, p) / depth, kHeight / 2.0 + focal * dot(cross(forward, right), p) / depth};
}

TEST(raster, box_edges_lie_where_a_pinhole_camera_shows_them) {
  const Surface box = surface_of(make_box({0.1, 0.2, 0.3}));
  const Stage stage = stage_from({4, 0, 1}, {0, 0, 1});
  const Image image = picture(stage, {drawn_at(box, 0, 0, 1)});
  const auto low = pinhole(stage, {0.1, -0.2, 0.7}), high = pinhole(stage, {0.1, 0.2, 1.3});  // the face towards the camera
  int left = kWidth, right = -1, top = kHeight, bottom = -1;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      if (!is_red(image.pixel(x, y))) continue;
      left = std::min(left, x), right = std::max(right, x), top = std::min(top, y), bottom = std::max(bottom, y);
    }
  }
  EXPECT_NEAR(left, low[0], 1);
  EXPECT_NEAR(right + 1, high[0], 1);
  EXPECT_NEAR(top, high[1], 1);
  EXPECT_NEAR(bottom + 1, low[1], 1);
}

TEST(raster, nearer_surface_hides_farther_in_any_order) {
  const Surface box = surface_of(make_box({0.2, 0.2, 0.2}));
  const Stage stage = stage_from({4, 0, 0.5}, {0, 0, 0.5});
  const Drawn red = drawn_at(box, 0.5f, 0, 0.5f), green = drawn_at(box, -0.5f, 0, 0.5f, {0.1f, 0.9f, 0.1f});
  const Image image = picture(stage, {red, green});
  EXPECT_TRUE(is_red(image.pixel(kWidth / 2, kHeight / 2)));
  EXPECT_EQ(image, picture(stage, {green, red}));
}

TEST(raster, floor_hides_what_is_under_it) {
  const Surface box = surface_of(make_box({0.2, 0.2, 0.2}));
  Stage stage = stage_from({4, 0, 1}, {0, 0, -0.5});
  const Drawn buried = drawn_at(box, 0, 0, -0.5f);
  EXPECT_FALSE(is_red(picture(stage, {buried}).pixel(kWidth / 2, kHeight / 2)));
  stage.plane = false;
  EXPECT_TRUE(is_red(picture(stage, {buried}).pixel(kWidth / 2, kHeight / 2)));
}

TEST(raster, rough_ground_hides_and_is_hidden) {
  const Surface patch = surface_of(make_box({1, 1, 0.1})), box = surface_of(make_box({0.05, 0.05, 0.4}));
  Stage stage = stage_from({4, 0, 1.5}, {0, 0, 0.1});
  stage.plane = false;
  Drawn ground = drawn_at(patch, 0, 0, 0);
  ground.kind = Drawn::Kind::ground;
  const Image image = picture(stage, {ground, drawn_at(box, 0, 0, 0, {0.1f, 0.9f, 0.1f})});
  const auto over = pinhole(stage, {0.05, 0, 0.2}), under = pinhole(stage, {0.05, 0, 0});
  EXPECT_TRUE(is_green(image.pixel(int(over[0]), int(over[1]))));
  EXPECT_FALSE(is_green(image.pixel(int(under[0]), int(under[1]))));
}

TEST(raster, ball_is_brighter_towards_the_sun) {
  const Surface ball = surface_of(make_ellipsoid({0.4, 0.4, 0.4}));
  Stage stage = stage_from({4, 0, 1}, {0, 0, 1});
  stage.to_sun = {0.5, 0.8, 0.3};
  const Image image = picture(stage, {drawn_at(ball, 0, 0, 1, {0.5f, 0.5f, 0.5f})});
  const auto lit = pinhole(stage, {0.2, 0.25, 1}), dark = pinhole(stage, {0.2, -0.25, 1});
  EXPECT_GT(sum(image.pixel(int(lit[0]), int(lit[1]))), 1.3 * sum(image.pixel(int(dark[0]), int(dark[1]))));
}

TEST(raster, shadow_falls_where_the_sun_is_blocked) {
  const Surface box = surface_of(make_box({0.15, 0.15, 0.02}));
  Stage stage = stage_from({3, 0, 3}, {0, 0, 0});
  stage.to_sun = {0, 0.6, 0.8};
  const double height = 0.6;
  const auto blocked = pinhole(stage, {0, -0.6 / 0.8 * height, 0}), open = pinhole(stage, {0.6, 0.6 / 0.8 * height, 0});
  const Image bare = picture(stage, {}), image = picture(stage, {drawn_at(box, 0, 0, float(height))});
  EXPECT_LT(sum(image.pixel(int(blocked[0]), int(blocked[1]))), 0.75 * sum(bare.pixel(int(blocked[0]), int(blocked[1]))));
  EXPECT_EQ(sum(image.pixel(int(open[0]), int(open[1]))), sum(bare.pixel(int(open[0]), int(open[1]))));
}

TEST(raster, shadow_of_higher_things_is_softer) {
  const auto width_of_edge = [](float height) {
    const Triangles plate = make_box({0.3, 0.3, 0.005});
    std::vector<Vec3f> points;
    for (size_t i = 0; i < plate.points.size(); i += 3)
      points.push_back({plate.points[i], plate.points[i + 1], plate.points[i + 2] + height});
    points.push_back({0, 0, 1});  // the figure's top, wherever the plate is
    Shadow shadow;
    shadow.build(points, plate.indices, {0, 0, 1});
    int partly = 0;
    for (int i = 0; i < 1000; ++i) {
      const float sun = shadow.sun_on_floor({0.2f + 0.0002f * float(i), 0, 0});
      partly += sun > 0.05f && sun < 0.95f;
    }
    return partly;
  };
  EXPECT_LT(2 * width_of_edge(0.02f), width_of_edge(0.9f));
}

TEST(raster, surfaces_that_lean_back_see_no_shadow_of_their_own) {
  const Triangles ball = make_ellipsoid({0.3, 0.3, 0.3});
  std::vector<Vec3f> points;
  for (size_t i = 0; i < ball.points.size(); i += 3)
    points.push_back({ball.points[i], ball.points[i + 1], ball.points[i + 2] + 1});
  Shadow shadow;
  const Vec3f sun = unit({0.3f, 0.2f, 0.9f});
  shadow.build(points, ball.indices, sun);
  for (const Vec3f& p : points) {
    const Vec3f normal = unit(p - Vec3f{0, 0, 1});
    const float facing = dot(normal, sun), open = shadow.sun_on_figure(p, normal);
    EXPECT_TRUE(facing < 0.3f || open > 0.95f) << facing << " " << open;
    EXPECT_TRUE(facing > -0.3f || open < 0.05f) << facing << " " << open;
  }
}

TEST(raster, crease_angle_keeps_edges_and_rounds_bends) {
  // Two squares that meet at the y axis, the second one bent down by `bend`.
  const auto normal_at_seam = [](double bend) {
    const auto c = static_cast<float>(std::cos(bend)), s = static_cast<float>(std::sin(bend));
    const Surface out =
        make_surface({0, 0, 0, 0, 1, 0, -1, 1, 0, -1, 0, 0, c, 0, -s, c, 1, -s}, {0, 1, 2, 0, 2, 3, 0, 4, 5, 0, 5, 1}, 0.6);
    return Vec3f{out.normals[0], out.normals[1], out.normals[2]};
  };
  EXPECT_NEAR(normal_at_seam(0.8).z, 1, 1e-6);
  const Vec3f bent = normal_at_seam(0.4);
  EXPECT_NEAR(bent.x, std::sin(0.2), 1e-5);  // half way
  EXPECT_NEAR(bent.z, std::cos(0.2), 1e-5);
}

TEST(raster, odd_input_draws_no_nonsense) {
  const Surface ball = surface_of(make_ellipsoid({0.4, 0.4, 0.4})), none;
  const Stage stage = stage_from({4, 0, 1}, {0, 0, 1});
  const Image bare = picture(stage, {});
  Drawn lost = drawn_at(ball, std::numeric_limits<float>::quiet_NaN(), 0, 1);
  EXPECT_EQ(picture(stage, {drawn_at(none, 0, 0, 0)}), bare);
  picture(stage, {lost});                                       // a diverged world
  picture(stage, {drawn_at(ball, 4, 0, 1)});                    // around the camera
  EXPECT_EQ(picture(stage, {drawn_at(ball, 40, 0, 1)}), bare);  // behind it
  lost.pose.fill(0);                                            // shrunk to a point under the floor's horizon
  picture(stage, {lost});
}

}  // namespace
}  // namespace manybody::studio
