#include "body/library.h"

#include <gtest/gtest.h>
#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "body/describe.h"
#include "body/normalise.h"
#include "body/test_bodies.h"
#include "body/test_stand.h"
#include "core/error.h"

namespace manybody::body {
namespace {

using core::Vec3;
using testing::at_home;

const char* const kSix[] = {"unitree_g1", "unitree_h1", "booster_t1", "apptronik_apollo", "berkeley_humanoid", "robotis_op3"};

const Body& body_of(const std::string& name) {
  static std::map<std::string, Body> cache;
  auto place = cache.find(name);
  if (place == cache.end()) place = cache.emplace(name, load_body(name)).first;
  return place->second;
}

class Six : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Bodies, Six, ::testing::ValuesIn(kSix), [](const auto& one) { return std::string(one.param); });

TEST_P(Six, every_leg_has_the_roles_of_its_joints) {
  const Body& body = body_of(GetParam());
  const size_t expected = std::string(GetParam()) == "unitree_h1" ? 5 : 6;
  for (const Leg& leg : body.legs) {
    ASSERT_EQ(leg.joints.size(), expected);
    std::map<Role, int> count;
    for (int j : leg.joints) ++count[body.joints[j].role];
    for (Role role : {Role::hip_pitch, Role::hip_roll, Role::hip_yaw, Role::knee, Role::ankle_pitch})
      EXPECT_EQ(count[role], 1) << to_text(role);
    EXPECT_EQ(count[Role::ankle_roll], expected == 6 ? 1 : 0);
    for (int j : leg.joints) EXPECT_EQ(body.joints[j].side, leg.side);
  }
}

// The roles that a reader of the file would give, where names speak plainly.
TEST(library, roles_agree_with_plain_names) {
  for (const char* name : {"unitree_g1", "unitree_h1"}) {
    const Body& body = body_of(name);
    for (const Joint& joint : body.joints) {
      if (joint.name == "torso" || joint.name.find("ankle") != std::string::npos) continue;
      std::string role = to_text(joint.role);
      EXPECT_NE(joint.name.find(role), std::string::npos) << joint.name << " was taken for " << role;
    }
  }
}

TEST(library, roles_are_right_where_names_mislead) {
  const Body& t1 = body_of("booster_t1");
  EXPECT_EQ(t1.joints[t1.joint_index("Left_Elbow_Pitch")].role, Role::shoulder_yaw);  // turns about the upper arm
  EXPECT_EQ(t1.joints[t1.joint_index("Left_Elbow_Yaw")].role, Role::elbow);
  const Body& berkeley = body_of("berkeley_humanoid");
  EXPECT_EQ(berkeley.joints[berkeley.joint_index("LL_HR")].role, Role::hip_yaw);  // canted by 45 degrees
  EXPECT_EQ(berkeley.joints[berkeley.joint_index("LL_HAA")].role, Role::hip_roll);
  const Body& apollo = body_of("apptronik_apollo");
  EXPECT_EQ(apollo.joints[apollo.joint_index("l_ankle_ie")].role, Role::ankle_roll);
  EXPECT_EQ(apollo.joints[apollo.joint_index("torso_pitch")].role, Role::waist_pitch);
}

TEST_P(Six, mirror_map_is_an_involution_and_home_is_symmetric) {
  const Body& body = body_of(GetParam());
  for (size_t j = 0; j < body.joints.size(); ++j) {
    const Joint& a = body.joints[j];
    ASSERT_GE(a.mirror, 0);
    const Joint& b = body.joints[a.mirror];
    EXPECT_EQ(b.mirror, static_cast<int>(j));
    EXPECT_EQ(a.mirror_sign, b.mirror_sign);
    EXPECT_EQ(a.role, b.role) << a.name;
    EXPECT_NEAR(b.home, a.mirror_sign * a.home, 1e-6) << a.name;
  }
}

// Oracle: any pose and its mirrored pose put the feet and the centre of mass at mirrored places.
TEST_P(Six, mirrored_angles_give_the_mirrored_body) {
  const Body& body = body_of(GetParam());
  auto s = at_home(body);
  auto places = [&](bool mirrored) {
    for (size_t j = 0; j < body.joints.size(); ++j) {
      const Joint& joint = body.joints[j];
      const double angle = joint.home + 0.2 * std::sin(1.7 * j + 0.3);
      if (mirrored) s->d->qpos[7 + joint.mirror] = joint.mirror_sign * angle;
      else s->d->qpos[7 + j] = angle;
    }
    mj_kinematics(s->m, s->d);
    mj_comPos(s->m, s->d);
    std::vector<Vec3> out;
    for (const Leg& leg : body.legs) {
      const mjtNum *p = s->d->xpos + 3 * (leg.foot_link + 1), *q = s->d->xquat + 4 * (leg.foot_link + 1);
      out.push_back(Vec3{p[0], p[1], p[2]} + core::rotate({q[0], q[1], q[2], q[3]}, leg.sole));
    }
    const mjtNum* c = s->d->subtree_com + 3;
    out.push_back({c[0], c[1], c[2]});
    return out;
  };
  const std::vector<Vec3> a = places(false), b = places(true);
  const double tolerance = 0.006 * body.leg_length;  // the files themselves are symmetric to about this
  const int pair[3] = {1, 0, 2};
  for (int i = 0; i < 3; ++i) {
    EXPECT_NEAR(a[i][0], b[pair[i]][0], tolerance);
    EXPECT_NEAR(a[i][1], -b[pair[i]][1], tolerance);
    EXPECT_NEAR(a[i][2], b[pair[i]][2], tolerance);
  }
}

TEST_P(Six, home_has_flat_feet_under_the_centre_of_mass_and_hanging_arms) {
  const Body& body = body_of(GetParam());
  auto s = at_home(body);
  for (const Leg& leg : body.legs) {
    const mjtNum* q = s->d->xquat + 4 * (leg.foot_link + 1);
    const core::Quat turn = core::mul({q[0], q[1], q[2], q[3]}, leg.sole_rotation);
    EXPECT_GT(core::rotate(turn, {0, 0, 1})[2], 0.9999);
    EXPECT_GT(core::rotate(turn, {1, 0, 0})[0], 0.999);
    EXPECT_NEAR(leg.sole_home[2] + body.root_height_home, 0, 1e-6);
    EXPECT_NEAR(body.com_home[0], leg.sole_home[0], 0.01 * body.leg_length);
    EXPECT_GT(leg.length, 1.2 * leg.width);
    for (const std::string& name : leg.geoms) {
      const int g = mj_name2id(s->m, mjOBJ_GEOM, name.c_str());
      ASSERT_GE(g, 0);
      EXPECT_NEAR(s->d->geom_xpos[3 * g + 2], s->m->geom_size[3 * g], 1e-6);  // tangent to the ground
    }
  }
  for (const Joint& joint : body.joints) {
    EXPECT_GE(joint.home, joint.low - 1e-9) << joint.name;
    EXPECT_LE(joint.home, joint.high + 1e-9) << joint.name;
    if (joint.role == Role::elbow) {
      double shoulder = joint.anchor_home[2];
      for (const Joint& other : body.joints)
        if (other.side == joint.side && other.role == Role::shoulder_roll) shoulder = other.anchor_home[2];
      EXPECT_LT(joint.anchor_home[2], shoulder - 0.15 * body.leg_length) << "the upper arm does not hang";
    }
  }
}

// Closed form: kp, torque limit and statics together hold every one of them up.
TEST_P(Six, stands_for_two_seconds_on_its_own_gains) {
  const Body& body = body_of(GetParam());
  const testing::Stand stand = testing::stand(body, 2.0);
  EXPECT_GT(stand.upright, 0.97);
  EXPECT_GT(stand.height, 0.97);
}

TEST_P(Six, jacobian_matches_finite_differences) {
  const Body& body = body_of(GetParam());
  auto s = at_home(body);
  const Leg& leg = body.legs[1];
  const int n = static_cast<int>(leg.joints.size());
  ASSERT_EQ(leg.jacobian.size(), static_cast<size_t>(6 * n));
  auto sole = [&] {
    mj_kinematics(s->m, s->d);
    const mjtNum *p = s->d->xpos + 3 * (leg.foot_link + 1), *q = s->d->xquat + 4 * (leg.foot_link + 1);
    return Vec3{p[0], p[1], p[2]} + core::rotate({q[0], q[1], q[2], q[3]}, leg.sole);
  };
  for (int i = 0; i < n; ++i) {
    mjtNum& angle = s->d->qpos[7 + leg.joints[i]];
    const double home = angle, h = 1e-5;
    angle = home + h;
    const Vec3 a = sole();
    angle = home - h;
    const Vec3 b = sole();
    angle = home;
    for (int r = 0; r < 3; ++r) EXPECT_NEAR(leg.jacobian[r * n + i], (a[r] - b[r]) / (2 * h), 1e-6);
    for (int r = 0; r < 3; ++r) EXPECT_NEAR(leg.jacobian[(3 + r) * n + i], body.joints[leg.joints[i]].axis_home[r], 1e-9);
  }
}

TEST_P(Six, physics_spec_keeps_every_mass_and_loses_every_mesh) {
  const Body& body = body_of(GetParam());
  auto s = at_home(body);
  EXPECT_EQ(s->m->nmesh, 0);
  EXPECT_EQ(s->m->ngeom, 9);
  EXPECT_EQ(s->m->nu, static_cast<int>(body.actuated.size()));
  EXPECT_NEAR(mj_getTotalmass(s->m), body.mass, 1e-9);
  for (size_t l = 0; l < body.links.size(); ++l) EXPECT_NEAR(s->m->body_mass[l + 1], body.links[l].mass, 1e-9);
  for (size_t a = 0; a < body.actuated.size(); ++a) {
    const Joint& joint = body.joints[body.actuated[a]];
    EXPECT_EQ(mj_id2name(s->m, mjOBJ_ACTUATOR, static_cast<int>(a)), joint.name);
    EXPECT_EQ(s->m->actuator_gainprm[mjNGAIN * a], joint.kp);
    EXPECT_EQ(s->m->actuator_biasprm[mjNBIAS * a + 2], -joint.kd);
    EXPECT_EQ(s->m->actuator_forcerange[2 * a + 1], joint.torque_max);
  }
  EXPECT_GE(mj_name2id(s->m, mjOBJ_SITE, body.imu.site.c_str()), 0);
}

TEST(library, drive_values_are_those_of_the_files) {
  const Body g1 = load_body(testing::kRobots + "unitree_g1/g1_mjx.xml");
  EXPECT_EQ(g1.actuated.size(), 29u);
  const Joint& knee = g1.joints[g1.joint_index("left_knee_joint")];
  EXPECT_EQ(knee.kp, 75);
  EXPECT_EQ(knee.kd, 2);
  EXPECT_EQ(knee.torque_max, 139);  // from actuatorfrcrange
  EXPECT_EQ(g1.joints[g1.joint_index("left_ankle_pitch_joint")].kp, 20);
  EXPECT_NEAR(g1.mass, 33.34, 0.01);
  EXPECT_EQ(body_of("unitree_h1").joints[body_of("unitree_h1").joint_index("left_knee")].torque_max,
            300);                                             // from a motor's ctrlrange
  EXPECT_EQ(body_of("robotis_op3").joints[2].torque_max, 5);  // from forcerange
}

TEST(library, robot_toml_overrules_the_file_and_says_why) {
  const std::string model = testing::kRobots + "unitree_g1/g1_mjx.xml";
  const testing::TemporaryFile toml("robot.toml",
                                    "title = \"Test\"\nmodel = \"" + model +
                                        "\"\n[home]\nknee = 0.9\n[[drive]]\nroles = [\"knee\"]\nkp = 123\nreason = \"a test\"\n");
  const Body body = load_body(toml.path().substr(0, toml.path().rfind('/')));
  const Joint& knee = body.joints[body.joint_index("right_knee_joint")];
  EXPECT_EQ(knee.kp, 123);
  EXPECT_EQ(knee.kd, 2);
  EXPECT_NEAR(knee.home, 0.9, 0.01);
  EXPECT_TRUE(std::any_of(body.notes.begin(), body.notes.end(),
                          [](const std::string& n) { return n == "robot.toml overrules knee: a test"; }));
}

TEST(library, mistakes_in_robot_toml_are_told_with_line_and_hint) {
  auto said = [](const std::string& toml) {
    const testing::TemporaryFile file("robot.toml", toml);
    try {
      load_body(file.path().substr(0, file.path().rfind('/')));
    } catch (const core::UserError& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_NE(said("titel = \"x\"\n").find("did you mean 'title'"), std::string::npos);
  EXPECT_NE(said("title = \"x\"\n[home]\nknee = \"bent\"\n").find("robot.toml:3"), std::string::npos);
  EXPECT_NE(said("model = \"a.xml\"\n[[drive]]\nroles = [\"knee\"]\nkp = 1\n").find("reason"), std::string::npos);
  EXPECT_NE(said("model = \"a.xml\"\n[[drive]]\nroles = [\"kne\"]\nreason = \"x\"\n").find("did you mean 'knee'"),
            std::string::npos);
  EXPECT_NE(said("model = ").find("robot.toml:1"), std::string::npos);
  EXPECT_NE(said("title = \"x\"\n").find("no 'model'"), std::string::npos);
}

TEST(library, file_order_of_actuators_is_kept) {
  const Body& apollo = body_of("apptronik_apollo");  // its file lists arms before legs
  EXPECT_EQ(apollo.actuated_names().front(), "torso_yaw");
  EXPECT_EQ(apollo.actuated_names().back(), "r_ankle_pd");
}

TEST(library, list_finds_all_six_and_short_names_work) {
  std::vector<std::string> names;
  for (const Entry& entry : list_bodies()) {
    names.push_back(entry.name);
    const bool six = std::find(std::begin(kSix), std::end(kSix), entry.name) != std::end(kSix);
    EXPECT_TRUE(entry.installed || (!six && entry.kind == Kind::model)) << entry.source;
    EXPECT_FALSE(entry.title_zh.empty()) << entry.name;
    if (six || entry.kind == Kind::spec_sheet) {
      EXPECT_EQ(entry.driven, static_cast<int>(body_of(entry.name).actuated.size())) << entry.name;
    }
  }
  for (const char* name : kSix) EXPECT_NE(std::find(names.begin(), names.end(), name), names.end()) << name;
  EXPECT_GE(names.size(), 24u);
  EXPECT_EQ(load_body("t1").name, "booster_t1");
}

TEST(library, unknown_body_gets_a_near_match) {
  try {
    load_body("unitree_g2");
    FAIL() << "it was loaded";
  } catch (const core::UserError& e) {
    EXPECT_NE(std::string(e.what()).find("did you mean 'unitree_g1'"), std::string::npos) << e.what();
  }
}

// Joint names changed beyond recognition: geometry alone gives the same roles.
TEST(library, roles_do_not_need_names) {
  for (const auto& [folder, file, name] :
       {std::tuple{"unitree_g1", "g1_mjx.xml", "unitree_g1"}, std::tuple{"booster_t1", "t1.xml", "booster_t1"},
        std::tuple{"berkeley_humanoid", "berkeley_humanoid.xml", "berkeley_humanoid"}}) {
    const Body& known = body_of(name);
    std::string text = core::read_file(testing::kRobots + folder + "/" + file);
    text = testing::replaced(text, "meshdir=\"assets\"", "meshdir=\"" + testing::kRobots + folder + "/assets\"");
    for (size_t j = 0; j < known.joints.size(); ++j)
      for (const char* key : {"name", "joint"})
        text = testing::replaced(text, std::string(key) + "=\"" + known.joints[j].name + "\"",
                                 std::string(key) + "=\"q" + std::to_string(j) + "q\"");
    const Body nameless = testing::load_text("nameless.xml", text);
    ASSERT_EQ(nameless.joints.size(), known.joints.size());
    for (size_t j = 0; j < known.joints.size(); ++j) {
      EXPECT_EQ(nameless.joints[j].role, known.joints[j].role)
          << known.joints[j].name << " became " << to_text(nameless.joints[j].role);
      EXPECT_EQ(nameless.joints[j].mirror, known.joints[j].mirror) << known.joints[j].name;
    }
  }
}

TEST(describe, text_and_json_carry_the_numbers) {
  const Body& g1 = body_of("unitree_g1");
  EXPECT_NE(describe(g1).find("left_knee_joint"), std::string::npos);
  EXPECT_NE(describe(g1).find("33.3 kg"), std::string::npos);
  const std::string json = describe_json(g1);
  EXPECT_NE(json.find("\"role\": \"ankle_roll\""), std::string::npos);
  EXPECT_NE(list_json(list_bodies()).find("\"robotis_op3\""), std::string::npos);
}

TEST(Library, lists_of_bodies_are_written_out_with_ranges_and_exceptions) {
  EXPECT_EQ(expand_bodies("unitree_g1, random:3-5"),
            (std::vector<std::string>{"unitree_g1", "random:3", "random:4", "random:5"}));
  const std::vector<std::string> all = expand_bodies("all"), less = expand_bodies("all,-booster_t1,-h1");
  EXPECT_EQ(all.size(), less.size() + 2);
  EXPECT_EQ(std::count(less.begin(), less.end(), "booster_t1") + std::count(less.begin(), less.end(), "unitree_h1"), 0);
  EXPECT_EQ(expand_bodies("g1*2,random:3-4*2"),
            (std::vector<std::string>{"g1", "g1", "random:3", "random:4", "random:3", "random:4"}));
  EXPECT_TRUE(names_many_bodies("all") && names_many_bodies("a,b") && names_many_bodies("random:1-9") &&
              names_many_bodies("g1*2"));
  EXPECT_FALSE(names_many_bodies("unitree_g1") || names_many_bodies("random:7") || names_many_bodies("some-robot.xml"));
}

TEST(Library, a_list_with_a_mistake_is_refused_with_a_near_match) {
  EXPECT_THROW(expand_bodies("random:9-3"), core::UserError);
  EXPECT_THROW(expand_bodies(" , "), core::UserError);
  for (const char* word : {"g1*0", "g1*", "g1*-1", "g1*x", "g1*1001"}) EXPECT_THROW(expand_bodies(word), core::UserError) << word;
  try {
    expand_bodies("all,-booster_t2");
    FAIL();
  } catch (const core::UserError& error) {
    EXPECT_NE(std::string(error.what()).find("booster_t1"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace manybody::body
