// Random trees against MuJoCo, and robots thrown about by random targets. MANYBODY_FUZZ=50 does fifty times as much.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "physics/lane/robots.h"
#include "physics/lane/test_models.h"

namespace manybody::physics::lane {
namespace {

using collide::number;

int times() {
  const char* text = getenv("MANYBODY_FUZZ");
  return text ? std::max(1, std::atoi(text)) : 1;
}

// Writes one random model: 2 to 30 bodies, any joints, masses over four decades, welded bodies, limits, geoms, drives.
class Scribe {
 public:
  explicit Scribe(uint64_t seed) : rng_(seed, 41) {}

  std::string write() {
    const int bodies = 2 + rng_.below(29);
    const bool ground = rng_.below(3) > 0, selves = rng_.below(2) > 0;
    selves_ = selves;
    std::string text = ground ? "<geom type='plane' size='0 0 .1'" + surface() + "/>" : "";
    int depth = 0;
    for (int i = 0; i < bodies; ++i) {
      while (depth > 0 && rng_.uniform() < .35) text += "</body>", --depth;
      text += "<body name='b" + std::to_string(i) + "' pos='" +
              (depth == 0 ? number(.6 * trees_++) + " 0 " + number(rng_.uniform(.05, .4)) : triple(.25)) + "' quat='" +
              quaternion() + "'>";
      text += joints(depth == 0);
      for (int g = 1 + rng_.below(2); g > 0; --g) text += geom();
      ++depth;
    }
    for (; depth > 0; --depth) text += "</body>";
    const std::string option = pick({"integrator='implicitfast'", "integrator='Euler'", "integrator='implicitfast' impratio='3'",
                                     "integrator='Euler' gravity='2 -1 -8'", "integrator='implicitfast' cone='elliptic'",
                                     "integrator='Euler' cone='elliptic' impratio='4'", "integrator='implicit'"});
    return mjcf(option,
                "<asset><mesh name='m' vertex='.1 0 0 -.1 .02 0 0 .12 0 0 -.1 .03 0 .02 .15 .01 0 -.13 .06 .07 .06'/></asset>" +
                    world(text) + "<actuator>" + drives_ + "</actuator>" + equalities(bodies));
  }

 private:
  std::string pick(std::initializer_list<const char*> from) { return from.begin()[rng_.below(static_cast<int>(from.size()))]; }
  std::string triple(double size) {
    return number(size * rng_.normal()) + " " + number(size * rng_.normal()) + " " + number(size * rng_.normal());
  }
  std::string quaternion() { return number(rng_.normal()) + " " + triple(1); }
  bool chance(double p) { return rng_.uniform() < p; }

  std::string surface() {
    std::string out =
        " condim='" + pick({"1", "3", "3", "4", "6"}) + "' friction='" + number(rng_.uniform(.1, 1.2)) + " .02 .005'";
    if (chance(.3)) out += " solref='" + pick({".01 1", ".05 .6", "-900 -30"}) + "'";
    if (chance(.3)) out += " solimp='" + pick({".8 .95 .01 .3 3", ".5 .9 .02 .6 1", ".9 .9 .001"}) + "'";
    if (chance(.2)) out += " margin='.01'";
    if (chance(.1)) out += " gap='.005'";
    if (chance(.1)) out += " priority='1'";
    return out;
  }

  std::string joint(const std::string& type, bool hinge_like) {
    const std::string name = "j" + std::to_string(joints_++);
    std::string out = "<joint name='" + name + "' type='" + type + "' pos='" + triple(.05) + "'";
    if (hinge_like) out += " axis='" + triple(1) + "'";
    if (chance(.5)) out += " armature='" + number(rng_.uniform(.001, .1)) + "'";
    if (chance(.5)) out += " damping='" + number(rng_.uniform(.01, 1)) + "'";
    if (!hinge_like) return out + "/>";
    scalars_.push_back(name);
    if (chance(.3)) out += " stiffness='" + number(rng_.uniform(1, 30)) + "' springref='" + number(rng_.uniform(-.3, .3)) + "'";
    if (chance(.3)) out += " frictionloss='" + number(rng_.uniform(.05, 1)) + "'";
    if (chance(.4)) out += " limited='true' range='" + number(-rng_.uniform(.1, 1)) + " " + number(rng_.uniform(.1, 1)) + "'";
    if (chance(.2)) out += " actuatorfrcrange='-2 3'";
    if (chance(.2)) out += " ref='" + number(rng_.uniform(-.5, .5)) + "'";
    if (chance(.4)) {
      drives_ += pick({"<motor gear='5'", "<position kp='20' kv='1'", "<velocity kv='2' forcelimited='true' forcerange='-3 4'",
                       "<general gaintype='affine' biastype='affine' gainprm='3 .5 -.2' biasprm='.2 -4 -.5' ctrllimited='true' "
                       "ctrlrange='-1 1'"});
      drives_ += " joint='" + name + "'/>";
    }
    return out + "/>";
  }

  // In every third model: bodies tied to each other or to the world, joints coupled.
  std::string equalities(int bodies) {
    std::string out;
    for (int i = chance(.33) ? 1 + rng_.below(3) : 0; i > 0; --i) {
      const std::string one = std::to_string(rng_.below(bodies)), other = std::to_string(rng_.below(bodies));
      const std::string how = chance(.3) ? " solref='.06 .8' solimp='.6 .9 .1 .4 2'" : chance(.1) ? " active='false'" : "";
      const std::string second = one == other || chance(.3) ? "" : " body2='b" + other + "'";
      const int kind = rng_.below(3);
      if (kind == 0) out += "<connect body1='b" + one + "'" + second + " anchor='" + triple(.2) + "'" + how + "/>";
      if (kind == 1)
        out += "<weld body1='b" + one + "'" + second + " anchor='" + triple(.2) + "' torquescale='" +
               number(rng_.uniform(.2, 2)) + "'" + how + "/>";
      if (kind != 2 || scalars_.size() < 2) continue;
      const int a = rng_.below(static_cast<int>(scalars_.size())), b = rng_.below(static_cast<int>(scalars_.size()));
      out += "<joint joint1='" + scalars_[a] + "'" + (a == b ? "" : " joint2='" + scalars_[b] + "'") + " polycoef='" +
             triple(.3) + " " + number(.3 * rng_.normal()) + " " + number(.3 * rng_.normal()) + "'" + how + "/>";
    }
    return "<equality>" + out + "</equality>";
  }

  std::string joints(bool root) {
    const int kind = rng_.below(root ? 8 : 7);
    if (root && kind >= 5) return "<freejoint/>";
    switch (kind) {
      case 0:
        return "";  // welded
      case 1:
        return joint("ball", false);
      case 2:
        return joint("slide", true);
      case 3:
        return joint("slide", true) + joint("hinge", true);
      case 4:
        return joint("hinge", true) + joint("hinge", true);
      default:
        return joint("hinge", true);
    }
  }

  std::string geom() {
    const double mass = std::pow(10, rng_.uniform(-2, 2));
    const std::string kind = pick({"sphere", "capsule", "box", "cylinder", "ellipsoid", "mesh"});
    std::string out =
        "<geom type='" + kind + "' mass='" + number(mass) + "' pos='" + triple(.05) + "' quat='" + quaternion() + "'";
    if (kind == "mesh") out += " mesh='m'";
    else
      out += " size='" + number(rng_.uniform(.03, .12)) + " " + number(rng_.uniform(.03, .12)) + " " +
             number(rng_.uniform(.03, .12)) + "'";
    // Among themselves only what has closed forms: the others' contacts are known to MuJoCo's tolerance only.
    const bool closed = kind == "sphere" || kind == "capsule";
    out += " contype='" + std::string(selves_ && closed ? "3" : "0") + "' conaffinity='" + (selves_ && closed ? "3" : "1") + "'";
    return out + surface() + "/>";
  }

  core::Rng rng_;
  std::string drives_;
  std::vector<std::string> scalars_;
  bool selves_ = false;
  int joints_ = 0, trees_ = 0;
};

TEST(LaneFuzz, random_trees_match_mujoco) {
  constexpr double kMost = 1e-7;  // masses over four decades: MuJoCo's own optimum is no better in the worst of them
  constexpr int kWorlds = 4;
  const char* only = getenv("MANYBODY_FUZZ_SEED");
  const uint64_t first = only ? std::strtoull(only, nullptr, 10) : 1, count = only ? 1 : 300 * static_cast<uint64_t>(times());
  double worst = 0;
  long contacts = 0, bodies = 0;
  std::vector<double> single;  // of a, in float: masses over four decades are more than its seven digits hold at times
  for (uint64_t seed = first; seed < first + count; ++seed) {
    const std::string text = Scribe(seed).write();
    SharedModel model = compile_probed(text);
    ASSERT_EQ(missing_features(*model), std::vector<std::string>{}) << "seed " << seed;
    Truth truth(model, kWorlds);
    auto e = engine_of(model, {Precision::twofold, seed % 2 ? Set::best : Set::scalar, ""}, kWorlds);
    auto f = engine_of(model, {Precision::single, seed % 3 ? Set::best : Set::scalar, ""}, kWorlds);
    core::Rng rng(seed, 7);
    for (int w = 0; w < kWorlds; ++w) {
      draw_state(*model, truth[w], rng, .1, true);
      truth.hand_to(*e, w);
      truth.hand_to(*f, w);
    }
    truth.step();
    e->step(1);
    f->step(1);
    bodies += model->nbody - 1;
    for (int w = 0; w < kWorlds; ++w) {
      if (truth.convex(w)) continue;
      contacts += truth.contacts(w);
      single.push_back(truth.compare(*f, w)[kAcceleration]);
      const Errors errors = truth.compare(*e, w);
      for (int s = 0; s < kStageCount; ++s) {
        worst = Truth::worse(worst, errors[s]);
        EXPECT_LE(errors[s], kMost) << "seed " << seed << ", world " << w << ", " << kStageTitles[s] << ", " << truth.contacts(w)
                                    << " contacts";
      }
    }
    if (only) std::printf("%s\n", text.c_str());
  }
  std::sort(single.begin(), single.end());
  const double median = single[single.size() / 2], most = single[single.size() * 95 / 100];
  EXPECT_LE(median, 1e-4);
  EXPECT_LE(most, 1e-2);
  EXPECT_TRUE(std::isfinite(single.back()));
  std::printf(
      "%llu random models, %ld bodies, %ld contacts: worst %.1e in double; in float median %.1e, nineteen in twenty %.1e, worst "
      "%.1e\n",
      static_cast<unsigned long long>(count), bodies, contacts, worst, median, most, single.back());
}

// Six robots at full torque towards targets that jump: whatever comes of it is finite or flagged, and no world feels its neighbours.
class LaneFlail : public ::testing::TestWithParam<std::tuple<const char*, Collisions>> {};

void to_home(const body::Body& body, Engine& e, int w) {
  std::fill(e.state(w).begin(), e.state(w).end(), 0.0);
  e.qpos(w)[2] = body.root_height_home;
  for (int k = 0; k < 4; ++k) e.qpos(w)[3 + k] = body.root_rotation_home[k];
  for (size_t j = 0; j < body.joints.size(); ++j) e.qpos(w)[7 + j] = body.joints[j].home;
}

void throw_targets(const body::Body& body, Engine& e, int w, core::Rng& rng) {
  for (size_t a = 0; a < body.actuated.size(); ++a) {
    const body::Joint& joint = body.joints[body.actuated[a]];
    const double reach = joint.kp > 0 ? joint.torque_max / joint.kp : 1;  // beyond this the motor is at its limit
    e.ctrl(w)[a] = (rng.below(2) ? joint.high : joint.low) + 2 * reach * rng.normal();
  }
}

bool finite(std::span<const double> v) {
  return std::all_of(v.begin(), v.end(), [](double x) { return std::isfinite(x); });
}

TEST_P(LaneFlail, nothing_is_non_finite_unless_flagged_and_neighbours_do_not_matter) {
  const auto [name, collisions] = GetParam();
  const body::Body& body = robot(name);
  mjModel* cut = mj_copyModel(nullptr, robot_scene(name, collisions).get());
  cut->opt.iterations = cut->opt.ls_iterations = 8;  // as in training
  cut->opt.tolerance = 1e-8;
  const SharedModel model = share(cut);
  const bool full = collisions == Collisions::full;
  const int worlds = full ? 16 : 64, steps = (full ? 30 : 45) * times();  // twelve of these make twenty thousand world-steps
  Wanted nothing;
  auto e = engine_of(model, {Precision::single, Set::best, ""}, worlds, 1, &nothing);
  auto mirror = engine_of(model, {Precision::single, Set::best, ""}, worlds, 1, &nothing);  // the same worlds, other neighbours
  core::Rng rng(77);
  for (int w = 0; w < worlds; ++w) to_home(body, *e, w), throw_targets(body, *e, w, rng);
  const auto place = [&](int w) { return (w * 5 + 3) % worlds; };  // 5 is prime to both
  int flagged = 0, unequal = 0;
  double fastest = 0;
  for (int i = 0; i < steps; ++i) {
    const bool compared = i % 9 == 0;
    for (int w = 0; compared && w < worlds; ++w)
      std::copy(e->state(w).begin(), e->state(w).end(), mirror->state(place(w)).begin());
    e->step(1);
    if (compared) mirror->step(1);
    for (int w = 0; w < worlds; ++w) {
      const std::span<double> v = e->qvel(w);
      if (e->diverged(w)) {
        ++flagged;
        to_home(body, *e, w);
      } else {
        ASSERT_TRUE(finite(v) && finite(e->qpos(w)) && finite(e->qacc(w)) && finite(e->torques(w)))
            << name << ", world " << w << ", step " << i;
        for (const double x : v) fastest = std::max(fastest, std::abs(x));
        unequal += compared && Truth::largest(v, mirror->qvel(place(w))) > 3e-2;
      }
      if (rng.below(12) == 0) throw_targets(body, *e, w, rng);
    }
  }
  // A solver cut off at its few iterations may stop elsewhere beside slower neighbours: rarely.
  EXPECT_LE(unequal, worlds * (steps / 9 + 1) / 50) << name;
  if (times() > 1)
    std::printf("%s %s: %d world-steps, %d flagged, fastest %.0f, unequal %d\n", name, full ? "full" : "feet", worlds * steps,
                flagged, fastest, unequal);
}

INSTANTIATE_TEST_SUITE_P(Robots, LaneFlail,
                         ::testing::Combine(::testing::ValuesIn(kRobots), ::testing::Values(Collisions::feet, Collisions::full)),
                         [](const auto& one) {
                           return std::string(std::get<0>(one.param)) +
                                  (std::get<1>(one.param) == Collisions::full ? "_full" : "_feet");
                         });

}  // namespace
}  // namespace manybody::physics::lane
