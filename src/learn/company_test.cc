#include "learn/company.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "body/library.h"
#include "core/error.h"

namespace manybody::learn {
namespace {

// Spec-sheet bodies: read in milliseconds, there on every machine, and they keep their feet on the bare gait prior.
std::unique_ptr<Player> player_of(const std::string& name) {
  static std::map<std::string, body::Body> bodies;
  auto it = bodies.find(name);
  if (it == bodies.end()) it = bodies.emplace(name, body::load_body(name)).first;
  PlayerOptions options;
  options.collisions = "feet";
  return std::make_unique<Player>(it->second, "", options);
}

double away(const Company::Member& m) {
  const core::Vec3 place = m.place();
  return std::hypot(place[0] - m.mark[0], place[1] - m.mark[1]);
}

TEST(Company, marks_are_all_apart_and_small_ones_stand_in_front) {
  Company company;
  for (int i = 0; i < 5; ++i) company.add(player_of("xiao_ju"), false);
  for (int i = 0; i < 5; ++i) company.add(player_of("figure_01"), false);
  double smalls = 1e9, talls = -1e9;
  for (const auto& a : company.members()) {
    const bool small = a->player->body().height < 1;
    if (small) smalls = std::min(smalls, a->mark[0]);
    else talls = std::max(talls, a->mark[0]);
    for (const auto& b : company.members()) {
      if (a != b) {
        EXPECT_GT(std::hypot(a->mark[0] - b->mark[0], a->mark[1] - b->mark[1]), 1.5);
      }
    }
  }
  EXPECT_GT(smalls, talls + 1);
}

TEST(Company, a_full_stage_says_so_and_numbers_are_never_given_twice) {
  Company company;
  for (int i = 0; i < kMostRobots; ++i) EXPECT_EQ(company.add(player_of("xiao_ju"), false), i);
  EXPECT_THROW(company.add(player_of("xiao_ju"), false), core::UserError);
  company.remove(kMostRobots - 1);
  EXPECT_EQ(company.add(player_of("xiao_lv"), false), kMostRobots);
  EXPECT_EQ(company.find(kMostRobots - 1), nullptr);
}

TEST(Company, a_command_moves_only_the_one_it_is_for) {
  Company company;
  const int one = company.add(player_of("xiao_ju"), false), other = company.add(player_of("xiao_lv"), false);
  company.steer(one, {0.2, 0, 0});
  company.advance(4);
  EXPECT_EQ(company.find(one)->lead, Company::Lead::steered);
  EXPECT_EQ(company.find(other)->lead, Company::Lead::rounds);
  EXPECT_GT(away(*company.find(one)), 0.3);
  EXPECT_LT(away(*company.find(other)), 0.9);
  EXPECT_NEAR(company.find(one)->player->command().vx, 0.2, 1e-9);
}

TEST(Company, a_command_for_all_is_scaled_to_each_body_by_froude) {
  Company company;
  const int small = company.add(player_of("xiao_ju"), false), tall = company.add(player_of("figure_01"), false);
  company.steer(std::nullopt, {0.3, 0, 0});
  company.advance(0.04);
  for (const int id : {small, tall}) {
    const Player& p = *company.find(id)->player;
    EXPECT_NEAR(p.command().vx, 0.3 * std::sqrt(p.body().leg_length / 0.7), 1e-9) << p.body().name;
  }
}

TEST(Company, a_robot_left_alone_far_out_walks_back_to_its_mark_and_goes_on_with_its_rounds) {
  Company company;
  const int id = company.add(player_of("figure_01"), false);
  company.steer(id, {0.5, 0, 0});
  Company::Member& m = *company.find(id);
  double furthest = 0;
  for (int i = 0; i < 3000 && m.lead == Company::Lead::steered; ++i) company.advance(0.02);
  ASSERT_EQ(m.lead, Company::Lead::returning) << "it was left walking with nobody near";
  furthest = away(m);
  EXPECT_GT(furthest, 4.5);
  EXPECT_EQ(m.player->falls(), 0) << "else the way back was a fall";
  for (int i = 0; i < 6000 && m.lead == Company::Lead::returning; ++i) company.advance(0.02);
  EXPECT_EQ(m.lead, Company::Lead::rounds);
  EXPECT_LT(away(m), 1);
}

TEST(Company, one_that_was_told_to_stand_stands_and_is_not_led_away) {
  Company company;
  const int id = company.add(player_of("xiao_ju"), false);
  company.steer(id, {});
  company.advance(5);
  EXPECT_EQ(company.find(id)->lead, Company::Lead::steered);
  EXPECT_LT(away(*company.find(id)), 0.2);
  company.advance(20);
  EXPECT_EQ(company.find(id)->lead, Company::Lead::rounds) << "after a while without a word it goes on by itself";
}

TEST(Company, walking_straight_at_another_stops_short_of_it) {
  Company company;
  const int walker = company.add(player_of("figure_01"), false), wall = company.add(player_of("figure_01"), false);
  Company::Member &a = *company.find(walker), &b = *company.find(wall);
  double least = 1e9;
  company.steer(wall, {});
  for (int i = 0; i < 1000; ++i) {
    const core::Vec3 from = a.place(), to = b.place();
    const double ahead = std::atan2(to[1] - from[1], to[0] - from[0]) - from[2];
    company.steer(walker, {0.3 * std::cos(ahead), 0.3 * std::sin(ahead), 0});
    company.steer(wall, {});
    company.advance(0.02);
    least = std::min(least, std::hypot(to[0] - from[0], to[1] - from[1]));
  }
  EXPECT_GT(least, 0.45) << "shoulders of these are 0.7 m wide";
}

TEST(Company, the_tracking_error_is_that_of_the_velocity_it_was_told) {
  Company company;
  const int id = company.add(player_of("xiao_ju"), false);
  company.steer(id, {0.2, 0, 0});
  for (int i = 0; i < 10; ++i) company.advance(1), company.steer(id, {0.2, 0, 0});
  const Company::Member& m = *company.find(id);
  const core::Vec3 did = m.player->stride_velocity();
  EXPECT_NEAR(m.tracking_error(), std::hypot(did[0] - 0.2, did[1]), 0.08);
  EXPECT_GT(m.tracking_error(), 0);
}

TEST(Company, a_push_in_floor_coordinates_reaches_the_robot_on_its_mark) {
  double speed[2], spin[2];
  for (const bool pushed : {false, true}) {
    Company company;
    company.add(player_of("xiao_ju"), false);
    Company::Member& m = *company.find(company.add(player_of("xiao_lv"), false));
    ASSERT_GT(std::hypot(m.mark[0], m.mark[1]), 1);
    company.steer(m.id, {});
    company.advance(1);
    const core::Vec3 place = m.place();
    const double weight = 9.81 * m.player->body().mass;
    if (pushed) company.push(m.id, 0, {place[0], place[1], m.player->env().batch().qpos(0)[2]}, {0, 0.2 * weight, 0}, 0.2);
    company.advance(0.2);
    speed[pushed] = m.player->env().batch().qvel(0)[1];
    spin[pushed] = m.player->env().batch().qvel(0)[5];
  }
  EXPECT_GT(speed[1] - speed[0], 0.1);
  EXPECT_LT(std::abs(spin[1] - spin[0]), 1) << "a point taken in its own world would spin it";
}

TEST(Company, reset_puts_it_back_on_its_mark) {
  Company company;
  const int id = company.add(player_of("xiao_ju"), false);
  company.steer(id, {0.25, 0, 0});
  company.advance(5);
  ASSERT_GT(away(*company.find(id)), 0.3);
  company.reset(id);
  EXPECT_LT(away(*company.find(id)), 0.02);
}

}  // namespace
}  // namespace manybody::learn
