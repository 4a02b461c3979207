#include "body/design.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>

#include "body/assets.h"
#include "core/error.h"

namespace manybody::body {
namespace {

using core::Quat;
using core::Vec3;

struct Prior {
  double low, high;  // rad
  double torque;     // of m g L
  double speed;      // of sqrt(g / L)
  double stiffness;  // of m g L
};

// Torques: medians of public humanoids; stiffness: what holds a crouch in plain MuJoCo.
Prior prior_of(Role role) {
  switch (role) {
    case Role::hip_pitch:
      return {-1.9, 0.7, 0.60, 3.5, 0.70};
    case Role::hip_roll:
      return {-0.45, 0.8, 0.50, 3.0, 0.70};
    case Role::hip_yaw:
      return {-0.6, 0.8, 0.35, 3.0, 0.50};
    case Role::knee:
      return {-0.05, 2.2, 0.62, 3.8, 0.80};
    case Role::ankle_pitch:
      return {-0.95, 0.6, 0.30, 3.2, 0.60};
    case Role::ankle_roll:
      return {-0.4, 0.4, 0.12, 3.2, 0.35};
    case Role::toe:
      return {-0.2, 0.8, 0.06, 3.0, 0.10};
    case Role::waist_yaw:
      return {-1.2, 1.2, 0.30, 2.5, 0.60};
    case Role::waist_roll:
      return {-0.4, 0.4, 0.35, 2.5, 0.70};
    case Role::waist_pitch:
      return {-0.35, 0.9, 0.40, 2.5, 0.80};
    case Role::shoulder_pitch:
      return {-2.9, 1.0, 0.13, 3.6, 0.17};
    case Role::shoulder_roll:
      return {-0.3, 2.6, 0.12, 3.6, 0.16};
    case Role::shoulder_yaw:
      return {-1.6, 1.6, 0.08, 3.6, 0.12};
    case Role::elbow:
      return {-2.2, 0.02, 0.10, 3.8, 0.12};
    case Role::wrist_roll:
      return {-1.7, 1.7, 0.03, 4.0, 0.05};
    case Role::wrist_pitch:
      return {-0.8, 0.8, 0.03, 4.0, 0.05};
    case Role::wrist_yaw:
      return {-0.6, 0.6, 0.03, 4.0, 0.05};
    case Role::neck_yaw:
      return {-1.2, 1.2, 0.03, 3.0, 0.05};
    case Role::neck_roll:
      return {-0.4, 0.4, 0.03, 3.0, 0.05};
    case Role::neck_pitch:
      return {-0.5, 0.7, 0.04, 3.0, 0.06};
    default:
      return {-1, 1, 0.05, 3, 0.05};
  }
}

Vec3 axis_of(Role role, double cant) {
  switch (role) {
    case Role::hip_yaw:
      return {std::sin(cant), 0, std::cos(cant)};
    case Role::hip_roll:
      return {std::cos(cant), 0, -std::sin(cant)};
    case Role::ankle_roll:
    case Role::waist_roll:
    case Role::neck_roll:
    case Role::shoulder_roll:
    case Role::wrist_yaw:
      return {1, 0, 0};
    case Role::waist_yaw:
    case Role::neck_yaw:
    case Role::shoulder_yaw:
    case Role::wrist_roll:
      return {0, 0, 1};
    default:
      return {0, 1, 0};
  }
}

// What fills a link: an ellipsoid of mass m with these half axes about its centre.
struct Lump {
  double mass = 0;
  Vec3 centre{}, half{0.03, 0.03, 0.03};
};

class Builder {
 public:
  Builder(const Design& d, Parsed& out) : d_(d), out_(out), spec_(out.spec.get()) {}

  void build() {
    spec_->compiler.degree = 0;
    spec_->compiler.boundmass = spec_->compiler.boundinertia = 0;
    spec_->compiler.fusestatic = 0;
    spec_->compiler.alignfree = 0;
    mjsBody* root = add(mjs_findBody(spec_, "world"), "pelvis", {0, 0, 0});
    mjsJoint* floating = mjs_addFreeJoint(root);
    floating->align = mjALIGNFREE_FALSE;
    mjs_setName(floating->element, "floating_base");
    const double head = d_.mass * (d_.neck_joints.empty() && d_.head <= 0 ? 0 : d_.head_share);
    const double arms = d_.arm.empty() ? 0 : d_.mass * d_.arms_share, legs = d_.mass * d_.legs_share;
    const double trunk = d_.mass - head - arms - legs;
    const bool waist = !d_.waist.empty();
    const double links = 0.01 * d_.mass * (waist ? static_cast<double>(d_.waist.size()) - 1 : 0);
    const double pelvis = waist ? trunk * d_.pelvis_share : 0;
    const double width = 1.1 * d_.hip_half, deep = 0.5 * width;
    Lump low{pelvis, {0, 0, 0.3 * d_.pelvis}, {deep, width, 0.6 * d_.pelvis + 0.01}};
    const double w = 0.75 * d_.shoulder_half, h = 0.5 * d_.torso;
    Lump high{trunk - pelvis - links, {d_.trunk_ahead, 0, 0.52 * d_.torso}, {0.55 * w, w, 0.9 * h}};
    for (int s : {1, -1}) leg(root, s, 0.5 * legs);
    mjsBody* torso = root;
    Vec3 base{0, 0, d_.pelvis};
    if (waist) {
      fill(root, low);
      for (size_t i = 0; i < d_.waist.size(); ++i) {
        const bool last = i + 1 == d_.waist.size();
        torso = add(torso, last ? "torso" : "waist_" + std::to_string(i), i == 0 ? base : Vec3{});
        joint(torso, d_.waist[i], to_text(d_.waist[i].role), 1);
        if (!last) fill(torso, {0.01 * d_.mass, {}, {0.3 * w, 0.3 * w, 0.3 * w}});
      }
      base = {};
      fill(torso, high);
    } else {
      high.centre = high.centre + base;
      fill(root, high);
    }
    pelvis_box(root, width, deep);
    box(torso, base + Vec3{d_.trunk_ahead, 0, 0.52 * d_.torso}, {0.5 * w, 0.95 * w, 0.46 * d_.torso});
    for (int s : {1, -1})
      if (!d_.arm.empty()) arm(torso, base, s, 0.5 * arms);
    neck(torso, base, head);
    site(root);
  }

 private:
  mjsBody* add(mjsBody* parent, const std::string& name, const Vec3& at) {
    mjsBody* b = mjs_addBody(parent, nullptr);
    mjs_setName(b->element, name.c_str());
    std::copy(at.begin(), at.end(), b->pos);
    return b;
  }

  void fill(mjsBody* b, const Lump& lump) {
    const Vec3& h = lump.half;
    b->mass = lump.mass;
    std::copy(lump.centre.begin(), lump.centre.end(), b->ipos);
    for (int i = 0; i < 3; ++i) {
      const double p = h[(i + 1) % 3], q = h[(i + 2) % 3];
      b->inertia[i] = std::max(lump.mass / 5 * (p * p + q * q), 1e-8);
    }
    b->explicitinertial = 1;
  }

  void joint(mjsBody* b, const JointDesign& design, const std::string& name, int side) {
    mjsJoint* j = mjs_addJoint(b, nullptr);
    mjs_setName(j->element, name.c_str());
    j->type = mjJNT_HINGE;
    const double cant = design.role == Role::hip_yaw || design.role == Role::hip_roll ? d_.hip_cant : 0;
    const Vec3 axis = axis_of(design.role, cant);
    std::copy(axis.begin(), axis.end(), j->axis);
    const bool flips = std::abs(axis[1]) < 0.5 && side < 0;
    j->range[0] = flips ? -design.high : design.low;
    j->range[1] = flips ? -design.low : design.high;
    j->limited = mjLIMITED_TRUE;
    j->armature = design.armature;
    j->damping[0] = design.damping;
    j->frictionloss = design.friction;
    Drive& drive = out_.drives[name];
    drive.actuated = drive.has_gains = true;
    drive.kp = design.kp, drive.kd = std::max(0.0, design.kd - design.damping);
    drive.torque_max = design.torque, drive.velocity_max = design.speed;
    out_.actuated.push_back(name);
    out_.actuator_names[name] = design.actuator;
  }

  mjsGeom* geom(mjsBody* b, mjtGeom type) {
    mjsGeom* g = mjs_addGeom(b, nullptr);
    g->type = type;
    g->group = 3;
    g->contype = g->conaffinity = 1;
    g->density = 0;
    g->rgba[0] = 0.4f, g->rgba[1] = 0.6f, g->rgba[2] = 0.8f, g->rgba[3] = 0.4f;
    return g;
  }
  void box(mjsBody* b, const Vec3& at, const Vec3& half) {
    mjsGeom* g = geom(b, mjGEOM_BOX);
    std::copy(at.begin(), at.end(), g->pos);
    std::copy(half.begin(), half.end(), g->size);
  }
  void capsule(mjsBody* b, const Vec3& from, const Vec3& to, double radius) {
    mjsGeom* g = geom(b, mjGEOM_CAPSULE);
    std::copy(from.begin(), from.end(), g->fromto);
    std::copy(to.begin(), to.end(), g->fromto + 3);
    g->size[0] = radius;
  }
  void ball(mjsBody* b, const Vec3& at, double radius) {
    mjsGeom* g = geom(b, mjGEOM_SPHERE);
    std::copy(at.begin(), at.end(), g->pos);
    g->size[0] = radius;
  }

  void pelvis_box(mjsBody* root, double width, double deep) {
    box(root, {0, 0, 0.3 * d_.pelvis}, {0.8 * deep, 0.8 * width, 0.45 * d_.pelvis + 0.01});
  }

  static std::string side_name(int s) { return s > 0 ? "left_" : "right_"; }

  void leg(mjsBody* root, int s, double mass) {
    const std::string side = side_name(s);
    size_t knee = 0;
    while (knee < d_.leg.size() && d_.leg[knee].role != Role::knee) ++knee;
    MB_CHECK(knee > 0 && knee + 1 < d_.leg.size());
    const size_t ankles = std::count_if(d_.leg.begin() + static_cast<long>(knee), d_.leg.end(), [](const JointDesign& j) {
      return j.role == Role::ankle_pitch || j.role == Role::ankle_roll;
    });
    const double hips = mass * (1 - d_.thigh_share - d_.shank_share - d_.foot_share);
    const double r = limb_radius(d_.thigh), rs = 0.8 * limb_radius(d_.shank);
    mjsBody* b = root;
    size_t ankle = 0;
    for (size_t i = 0; i < d_.leg.size(); ++i) {
      const JointDesign& design = d_.leg[i];
      Vec3 at{0, 0, -d_.hip_gap};
      if (i == 0) at = {d_.hip_ahead, s * d_.hip_half, -d_.hip_drop + d_.hip_gap * (static_cast<double>(knee) - 1)};
      if (i == knee) at = {d_.knee_ahead, 0, -d_.thigh};
      const bool ankle_joint = design.role == Role::ankle_pitch || design.role == Role::ankle_roll;
      if (ankle_joint) at = ankle == 0 ? Vec3{-d_.knee_ahead, 0, -d_.shank} : Vec3{};
      if (design.role == Role::toe) at = {d_.foot_ahead + 0.28 * d_.foot_length, 0, -0.7 * d_.ankle};
      ankle += ankle_joint;
      const bool foot = ankle_joint && ankle == ankles;
      const std::string name = i + 1 < knee    ? "hip_" + std::to_string(i)
                               : i + 1 == knee ? "thigh"
                               : i == knee     ? "shank"
                               : foot          ? "foot"
                               : ankle_joint   ? "ankle"
                                               : "toe";
      b = add(b, side + name, at);
      joint(b, design, side + to_text(design.role), s);
      if (name == "thigh") {
        const double extra = knee == 1 ? hips : 0;
        fill(b, {mass * d_.thigh_share + extra, {0.4 * d_.knee_ahead, 0, -0.42 * d_.thigh}, {r, r, 0.55 * d_.thigh}});
        capsule(b, {0, 0, -0.22 * d_.thigh}, {d_.knee_ahead, 0, -0.9 * d_.thigh}, 0.75 * r);
      } else if (name == "shank") {
        fill(b, {mass * d_.shank_share, {-0.4 * d_.knee_ahead, 0, -0.42 * d_.shank}, {rs, rs, 0.55 * d_.shank}});
        capsule(b, {0, 0, -0.1 * d_.shank}, {-d_.knee_ahead, 0, -0.82 * d_.shank}, 0.75 * rs);
      } else if (name == "ankle") {
        fill(b, {0.2 * mass * d_.foot_share, {}, {0.4 * d_.ankle, 0.4 * d_.ankle, 0.4 * d_.ankle}});
      } else if (foot) {
        make_foot(b, mass * d_.foot_share * (ankles > 1 ? 0.8 : 1));
      } else if (name == "toe") {
        MB_CHECK(false);  // not offered yet
      } else {
        fill(b, {hips / (static_cast<double>(knee) - 1), {}, {0.8 * r, 0.8 * r, 0.8 * r}});
      }
    }
  }

  void make_foot(mjsBody* b, double mass) {
    const double x = 0.5 * d_.foot_length, y = 0.5 * d_.foot_width, z = d_.ankle;
    fill(b, {mass, {0.7 * d_.foot_ahead, 0, -0.6 * z}, {x, y, 0.5 * z}});
    if (d_.foot_shape == "plate") {
      box(b, {d_.foot_ahead, 0, -0.75 * z}, {x, y, 0.25 * z});
      return;
    }
    const double r = std::min({0.3 * z, 0.25 * d_.foot_width, 0.15 * d_.foot_length});
    for (int i : {1, -1}) {
      if (d_.foot_shape == "rails") capsule(b, {d_.foot_ahead - x, i * y, r - z}, {d_.foot_ahead + x, i * y, r - z}, r);
      else capsule(b, {d_.foot_ahead + i * x, -y, r - z}, {d_.foot_ahead + i * x, y, r - z}, r);
    }
  }

  double limb_radius(double length) const { return std::clamp(0.2 * length, 0.012, 0.085) * d_.look.bulk; }

  void arm(mjsBody* torso, const Vec3& base, int s, double mass) {
    const std::string side = side_name(s);
    size_t elbow = 0;
    while (elbow < d_.arm.size() && d_.arm[elbow].role != Role::elbow) ++elbow;
    const bool bends = elbow < d_.arm.size();
    const size_t wrists = bends ? d_.arm.size() - elbow - 1 : 0;
    const double r = 0.75 * limb_radius(d_.upper_arm), fore = mass * 0.3, hand = mass * 0.12;
    const double small = 0.04 * mass, uppers = mass - fore - hand - small * static_cast<double>(elbow - 1) -
                                               small * static_cast<double>(wrists > 1 ? wrists - 1 : 0);
    mjsBody* b = torso;
    for (size_t i = 0; i < d_.arm.size(); ++i) {
      Vec3 at{};
      if (i == 0) at = base + Vec3{d_.trunk_ahead, s * d_.shoulder_half, d_.shoulder_up * d_.torso};
      if (i == elbow) at = {0, 0, -d_.upper_arm};
      if (i == elbow + 1) at = {0, 0, -d_.forearm};
      const bool upper = i + 1 == elbow || (!bends && i + 1 == d_.arm.size());
      const bool last = i + 1 == d_.arm.size();
      const std::string name = upper        ? "upper_arm"
                               : i < elbow  ? "shoulder_" + std::to_string(i)
                               : i == elbow ? "forearm"
                               : last       ? "hand"
                                            : "wrist_" + std::to_string(i - elbow - 1);
      b = add(b, side + name, at);
      joint(b, d_.arm[i], side + to_text(d_.arm[i].role), s);
      const Vec3 palm{0, 0, -0.5 * d_.hand};
      if (upper) {
        const double more = bends ? 0 : fore + hand, end = bends ? d_.upper_arm : d_.upper_arm + d_.forearm;
        fill(b, {uppers + more, {0, 0, -0.45 * end}, {r, r, 0.55 * end}});
        capsule(b, {0, 0, -0.12 * end}, {0, 0, -0.88 * end}, 0.7 * r);
      } else if (i == elbow) {
        const double more = wrists ? 0 : hand;
        fill(b, {fore + more, {0, 0, -(wrists ? 0.45 : 0.6) * d_.forearm}, {0.8 * r, 0.8 * r, 0.55 * d_.forearm}});
        capsule(b, {0, 0, -0.1 * d_.forearm}, {0, 0, -0.9 * d_.forearm}, 0.6 * r);
        if (!wrists) ball(b, Vec3{0, 0, -d_.forearm} + palm, 0.32 * d_.hand);
      } else if (i > elbow && last) {
        fill(b, {hand, palm, {0.2 * d_.hand, 0.35 * d_.hand, 0.5 * d_.hand}});
        ball(b, palm, 0.32 * d_.hand);
      } else {
        fill(b, {small, {}, {0.6 * r, 0.6 * r, 0.6 * r}});
      }
    }
  }

  void neck(mjsBody* torso, const Vec3& base, double mass) {
    mjsBody* b = torso;
    Vec3 at = base + Vec3{d_.trunk_ahead, 0, d_.torso};
    const double half = 0.5 * d_.head;
    if (d_.neck_joints.empty()) {  // a fixed head is a link of its own, welded
      b = add(b, "head", at);
      fill(b, {mass, {0.1 * half, 0, d_.neck + half}, {0.8 * half, 0.7 * half, half}});
      ball(b, {0.1 * half, 0, d_.neck + half}, 0.85 * half);
      return;
    }
    const size_t n = d_.neck_joints.size();
    const double small = n > 1 ? 0.15 * mass / static_cast<double>(n - 1) : 0;
    bool second = false;
    for (size_t i = 0; i < n; ++i) {
      const Role role = d_.neck_joints[i].role;
      std::string name = to_text(role);
      if (role == Role::neck_pitch && second) name = "head_pitch";
      second |= role == Role::neck_pitch;
      // A neck of four joints nods at its base and again at the head.
      const double up = i == 0   ? 0
                        : n > 3  ? (i == 1 ? d_.neck : 0)
                        : i == 1 ? 0.6 * d_.neck
                                 : 0.4 * d_.neck / static_cast<double>(n - 2);
      b = add(b, i + 1 == n ? "head" : "neck_" + std::to_string(i), at + Vec3{0, 0, up});
      at = {};
      joint(b, d_.neck_joints[i], name, 1);
      const double above = n == 1 ? d_.neck : n > 3 ? 0 : n == 2 ? 0.4 * d_.neck : 0;
      if (i + 1 < n) fill(b, {small, {0, 0, 0.3 * d_.neck}, {0.3 * half, 0.3 * half, 0.3 * d_.neck + 0.01}});
      else {
        fill(b, {mass - small * static_cast<double>(n - 1), {0.1 * half, 0, above + half}, {0.8 * half, 0.7 * half, half}});
        ball(b, {0.1 * half, 0, above + half}, 0.85 * half);
      }
    }
  }

  void site(mjsBody* root) {
    mjsSite* imu = mjs_addSite(root, nullptr);
    mjs_setName(imu->element, "imu");
    imu->pos[2] = 0.3 * d_.pelvis;
    imu->group = 4;
    out_.imu_site = "imu";
  }

  const Design& d_;
  Parsed& out_;
  mjSpec* spec_;
};

void check_design(const Design& d) {
  auto fail = [&](const std::string& what, const std::string& expected) { throw core::UserError(d.name, what, expected); };
  if (!(d.mass > 0.2 && d.mass < 1000)) fail("weighs " + std::to_string(d.mass) + " kg", "0.2 to 1000 kg");
  for (double length : {d.thigh, d.shank, d.ankle, d.hip_half, d.pelvis, d.torso, d.foot_length, d.foot_width})
    if (!(length > 1e-3 && length < 5))
      fail("has a part of " + std::to_string(length) + " m", "measures that leave room for every part of its height");
  double shares = d.legs_share + (d.arm.empty() ? 0 : d.arms_share) + d.head_share;
  if (d.thigh_share + d.shank_share + d.foot_share > 0.98)
    fail("has no mass left for its hips", "thigh, shank and foot below 0.98 of the leg");
  if (shares > 0.9) fail("has no mass left for its trunk", "legs, arms and head below 0.9 of the mass");
}

}  // namespace

double leg_length_of(const Design& d) { return (d.thigh + d.shank) * std::cos(0.3) + d.ankle; }

void fill_measures(Design& d) {
  const double H = d.height;
  auto fill = [](double& value, double prior) {
    if (value <= 0) value = prior;
  };
  fill(d.ankle, 0.042 * H), fill(d.shank, 0.222 * H), fill(d.thigh, 0.205 * H);
  fill(d.hip_half, 0.055 * H), fill(d.hip_drop, 0.02 * H), fill(d.pelvis, 0.055 * H);
  fill(d.neck, 0.022 * H), fill(d.head, 0.135 * H);
  fill(d.torso, H - d.ankle - d.shank - d.thigh - d.hip_drop - d.pelvis - d.neck - d.head);
  fill(d.shoulder_half, 0.105 * H), fill(d.shoulder_up, 0.86);
  fill(d.upper_arm, 0.165 * H), fill(d.forearm, 0.145 * H), fill(d.hand, 0.095 * H);
  fill(d.foot_length, 0.145 * H), fill(d.foot_width, 0.42 * d.foot_length);
  if (d.foot_ahead == 0) d.foot_ahead = 0.17 * d.foot_length;
}

namespace {

// What a nodding head weighs on its neck, N m a radian: large heads want stiff necks whatever the legs are.
double head_weight(const Design& d, Role role) {
  const bool neck = role == Role::neck_pitch || role == Role::neck_roll || role == Role::neck_yaw;
  return neck ? d.mass * d.head_share * kStandardGravity * (d.neck + 0.5 * d.head) : 0;
}

}  // namespace

void fill_limits(Design& d) {
  const double length = leg_length_of(d), mgl = d.mass * kStandardGravity * length, rate = std::sqrt(kStandardGravity / length);
  for (auto* chain : {&d.leg, &d.waist, &d.arm, &d.neck_joints}) {
    for (JointDesign& j : *chain) {
      const Prior p = prior_of(j.role);
      if (j.low >= j.high) j.low = p.low, j.high = p.high;
      if (j.torque <= 0) j.torque = std::max(p.torque * mgl, 1.5 * head_weight(d, j.role));
      if (j.speed <= 0) j.speed = p.speed * rate;
    }
  }
}

void fill_drives(Design& d, double stiffness) {
  const double mgl = d.mass * kStandardGravity * leg_length_of(d);
  for (auto* chain : {&d.leg, &d.waist, &d.arm, &d.neck_joints}) {
    for (JointDesign& j : *chain) {
      for (const ActuatorModel& a : d.actuators) {
        if (a.name != j.actuator) continue;
        const double middle = 0.5 * (j.low + j.high), lever = a.kind == Drivetrain::roller_screw ? a.linkage.lever(middle) : 1;
        j.armature = a.reflected_inertia(middle);
        j.damping = a.viscous * lever * lever;
        j.friction = a.friction * std::abs(lever);
      }
      if (j.kp <= 0)
        j.kp = std::min(std::max(stiffness * prior_of(j.role).stiffness * mgl, 8 * head_weight(d, j.role)), j.torque / 0.1);
      if (j.armature <= 0) j.armature = j.kp / 4900;
      if (j.kd <= 0) j.kd = std::clamp(2 * std::sqrt(j.kp * j.armature), j.kp / 60, j.kp / 12);
    }
  }
}

Parsed parse_design(const Design& d) {
  check_design(d);
  Parsed out;
  out.spec = own(mj_makeSpec());
  out.source = d.name;
  Builder(d, out).build();
  out.lean = own(lean_copy(out.spec.get(), out.files, out.meshes));
  return out;
}

}  // namespace manybody::body
