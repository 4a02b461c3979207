#include "body/sample.h"

#include <algorithm>
#include <cmath>

#include "body/make.h"
#include "body/spec_sheet.h"
#include "core/error.h"
#include "core/rng.h"

namespace manybody::body {
namespace {

constexpr int kAttempts = 24;
constexpr uint64_t kStream = 7001;

class Dice {
 public:
  Dice(uint64_t seed, int attempt) : rng_(seed, kStream + static_cast<uint64_t>(attempt)) {}
  double between(double low, double high) { return rng_.uniform(low, high); }
  double ratio(double low, double high) { return low * std::pow(high / low, rng_.uniform()); }  // even in its logarithm
  bool chance(double p) { return rng_.uniform() < p; }
  int pick(std::initializer_list<double> weights) {
    double total = 0, at = 0;
    for (double w : weights) total += w;
    const double u = rng_.uniform() * total;
    int i = 0;
    for (double w : weights) {
      at += w;
      if (u < at) return i;
      ++i;
    }
    return static_cast<int>(weights.size()) - 1;
  }
  void shuffle(std::vector<JointDesign>& list, size_t count) {
    for (size_t i = count; i > 1; --i) std::swap(list[i - 1], list[static_cast<size_t>(rng_.below(static_cast<int>(i)))]);
  }
  double normal() { return std::clamp(rng_.normal(), -2.5, 2.5); }

 private:
  core::Rng rng_;
};

std::vector<JointDesign> chain(const std::vector<Role>& roles) {
  std::vector<JointDesign> out;
  for (Role r : roles) out.emplace_back().role = r;
  return out;
}

void draw_layout(Dice& dice, Design& d) {
  d.leg = chain(usual_leg(4 + dice.pick({0.06, 0.24, 0.70})));
  size_t hips = 0;
  while (d.leg[hips].role != Role::knee) ++hips;
  if (dice.chance(0.6)) dice.shuffle(d.leg, hips);
  if (d.leg.back().role == Role::ankle_roll && dice.chance(0.25)) std::swap(d.leg.back(), d.leg[d.leg.size() - 2]);
  d.waist = chain(usual_waist(dice.pick({0.25, 0.35, 0.15, 0.25})));
  d.arm = chain(usual_arm(dice.pick({0.08, 0.02, 0.05, 0.10, 0.35, 0.15, 0.05, 0.20})));
  if (d.arm.size() >= 4 && dice.chance(0.25)) std::swap(d.arm[0], d.arm[1]);  // spread first, then swing
  d.neck_joints = chain(usual_neck(dice.pick({0.25, 0.15, 0.45, 0.10, 0.05})));
}

void draw_measures(Dice& dice, Design& d) {
  d.height = dice.chance(0.62) ? dice.between(1.15, 1.9) : dice.ratio(0.42, 1.15);
  d.mass = 58 * std::pow(d.height / 1.7, 2.5) * std::exp(0.28 * dice.normal());
  const double H = d.height;
  d.thigh = H * dice.between(0.15, 0.245), d.shank = H * dice.between(0.185, 0.262);
  d.ankle = H * dice.between(0.025, 0.065);
  d.hip_half = H * dice.between(0.036, 0.085), d.hip_drop = H * dice.between(0, 0.045);
  d.hip_ahead = H * dice.between(-0.015, 0.015), d.hip_gap = dice.chance(0.4) ? H * dice.between(0, 0.02) : 0;
  if (dice.chance(0.35)) d.knee_ahead = H * dice.between(-0.012, 0.012);
  if (dice.chance(0.2)) d.hip_cant = dice.between(-0.3, 0.3);
  d.pelvis = H * dice.between(0.03, 0.08), d.neck = H * dice.between(0.015, 0.06), d.head = H * dice.between(0.08, 0.18);
  d.torso = std::max(H - d.ankle - d.shank - d.thigh - d.hip_drop - d.pelvis - d.neck - d.head, 0.15 * H);
  d.shoulder_half = H * dice.between(0.08, 0.135), d.shoulder_up = dice.between(0.75, 0.93);
  d.upper_arm = H * dice.between(0.11, 0.19), d.forearm = H * dice.between(0.10, 0.17), d.hand = H * dice.between(0.05, 0.11);
  const double L = leg_length_of(d);
  d.foot_length = L * dice.ratio(0.19, 0.45), d.foot_width = d.foot_length * dice.between(0.33, 0.62);
  d.foot_width = std::min(d.foot_width, 1.8 * d.hip_half);
  d.foot_ahead = d.foot_length * dice.between(-0.02, 0.28);
  const char* const shapes[] = {"plate", "rails", "rounded"};
  d.foot_shape = shapes[dice.pick({0.6, 0.2, 0.2})];
  d.trunk_ahead = H * dice.between(-0.02, 0.025);
}

void draw_masses(Dice& dice, Design& d) {
  d.legs_share = dice.between(0.30, 0.52), d.arms_share = dice.between(0.06, 0.19), d.head_share = dice.between(0.02, 0.10);
  d.thigh_share = dice.between(0.38, 0.58), d.shank_share = dice.between(0.18, 0.33), d.foot_share = dice.between(0.05, 0.14);
  const double most = std::max(1.0, (d.thigh_share + d.shank_share + d.foot_share) / 0.94);
  d.thigh_share /= most, d.shank_share /= most, d.foot_share /= most;
  d.pelvis_share = dice.between(0.15, 0.45);
}

void draw_drives(Dice& dice, Design& d) {
  const double strong = dice.ratio(0.5, 1.5), quick = dice.ratio(0.7, 1.7), soft = dice.ratio(0.15, 2.0) / 0.8;
  const bool small = d.height < 0.75;
  const Drivetrain kinds[] = {Drivetrain::planetary, Drivetrain::harmonic, Drivetrain::cycloidal, Drivetrain::servo,
                              Drivetrain::direct};
  const int legs = small ? dice.pick({0.35, 0, 0, 0.65}) : dice.pick({0.5, 0.27, 0.17, 0, 0.06});
  const bool screws = !small && dice.chance(0.18);
  const int arms = small ? legs : dice.pick({0.45, 0.45, 0.1});
  fill_limits(d);
  const double mgl = d.mass * kStandardGravity * leg_length_of(d);
  for (auto* list : {&d.leg, &d.waist, &d.arm, &d.neck_joints}) {
    for (JointDesign& j : *list) {
      j.torque *= strong * dice.ratio(0.8, 1.3), j.speed *= quick * dice.ratio(0.8, 1.3);
      const double reach = 0.5 * (j.high - j.low) * dice.between(-0.12, 0.12);
      j.low -= j.low < -0.1 ? reach : 0, j.high += j.high > 0.1 ? reach : 0;
      const bool screw = screws && (j.role == Role::knee || j.role == Role::ankle_pitch);
      fit_actuator(d, j, screw ? Drivetrain::roller_screw : kinds[list == &d.leg || list == &d.waist ? legs : arms]);
    }
  }
  fill_drives(d, soft);
  for (auto* list : {&d.leg, &d.waist, &d.arm, &d.neck_joints}) {
    for (JointDesign& j : *list) {
      j.kp *= dice.ratio(0.75, 1.33);
      // Nothing falls over of its own softness alone: limbs that carry keep a tenth of m g L.
      if (j.role == Role::hip_pitch || j.role == Role::knee || j.role == Role::hip_roll) j.kp = std::max(j.kp, 0.12 * mgl);
      j.kd = std::clamp(2 * std::sqrt(j.kp * j.armature) * dice.ratio(0.6, 1.5), j.kp / 60, j.kp / 10);
    }
  }
}

void draw_look(Dice& dice, Look& look) {
  auto hue = [&](double h, double s, double v) {
    std::array<float, 3> c;
    for (int i = 0; i < 3; ++i) {
      const double k = std::fmod(5 - 2 * i + h * 6, 6.0);
      c[static_cast<size_t>(i)] = static_cast<float>(v - v * s * std::max(0.0, std::min({k, 4 - k, 1.0})));
    }
    return c;
  };
  look.shell = dice.chance(0.5) ? hue(dice.between(0, 1), dice.between(0, 0.08), dice.between(0.75, 0.95))
                                : hue(dice.between(0, 1), dice.between(0.2, 0.75), dice.between(0.35, 0.9));
  const float dark = static_cast<float>(dice.between(0.1, 0.3));
  look.frame = {dark, dark, dark * 1.08f};
  look.accent = hue(dice.between(0, 1), dice.between(0.5, 0.9), dice.between(0.6, 0.95));
  look.glow = hue(dice.between(0, 1), 0.6, 1);
  const char* const heads[] = {"visor", "dome", "ring", "box"};
  const char* const trunks[] = {"taper", "barrel", "box", "slim"};
  look.head = heads[dice.pick({1, 1, 1, 1})], look.torso = trunks[dice.pick({1.5, 1, 1, 0.5})];
  look.bulk = dice.between(0.8, 1.3);
}

}  // namespace

Design sample_design(uint64_t seed, int attempt, HomeWish& home) {
  Dice dice(seed, attempt);
  Design d;
  d.name = "random_" + std::to_string(seed);
  d.title = "Random " + std::to_string(seed);
  draw_layout(dice, d);
  draw_measures(dice, d);
  draw_masses(dice, d);
  draw_drives(dice, d);
  const double L = leg_length_of(d);
  home.knee = dice.between(0.4, 0.9);
  home.com_offset = std::clamp(L * dice.between(-0.06, 0.06), -0.3 * d.foot_length, 0.3 * d.foot_length);
  home.elbow = dice.between(0.1, 1.0), home.arm_spread = dice.between(0.15, 0.45);
  if (dice.chance(0.4)) home.stance_width = std::max(2 * d.hip_half * dice.between(0.8, 1.5), 1.12 * d.foot_width);
  draw_look(dice, d.look);
  return d;
}

bool can_stand(const Body& body, std::string* why) {
  auto no = [&](const std::string& reason) {
    if (why) *why = reason;
    return false;
  };
  for (const Leg& leg : body.legs) {
    const double ahead = body.com_home[0] - leg.sole_home[0];
    if (std::abs(ahead) > 0.4 * leg.length)
      return no("centre of mass " + std::to_string(ahead) + " m ahead of soles of " + std::to_string(leg.length) + " m");
  }
  for (const std::string& note : body.notes)
    if (note.rfind("home pose", 0) == 0 && note.find("not quite flat") != std::string::npos) return no(note);
  for (int j : body.actuated) {
    const Joint& joint = body.joints[static_cast<size_t>(j)];
    if (std::abs(joint.torque_home) > 0.75 * joint.torque_max) return no("joint '" + joint.name + "' cannot hold the body");
  }
  return true;
}

Body sample_humanoid(uint64_t seed) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    Recipe recipe;
    recipe.name = "random_" + std::to_string(seed), recipe.title = "Random " + std::to_string(seed);
    recipe.title_zh = "随机 " + std::to_string(seed);
    const Design design = sample_design(seed, attempt, recipe.home);
    Body body = make_body(design, recipe);
    if (!can_stand(body)) continue;
    body.kind = Kind::sampled;
    body.source = "random:" + std::to_string(seed);
    return body;
  }
  throw core::UserError("random:" + std::to_string(seed), "no standing body in " + std::to_string(kAttempts) + " draws",
                        "another seed");
}

}  // namespace manybody::body
