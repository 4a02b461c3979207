#include "body/shell.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace manybody::body {
namespace {

using core::Quat;
using core::Vec3;
using Colour = std::array<float, 3>;

constexpr int kAround = 28;  // points of a ring

struct Ring {
  double z, a, b;       // height; half widths along x and y
  double n = 2.5;       // exponent: 2 an ellipse, 5 nearly a box
  double x = 0, y = 0;  // centre
};

Colour mix(const Colour& a, const Colour& b, float t) {
  return {a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]), a[2] + t * (b[2] - a[2])};
}

class Dresser {
 public:
  Dresser(mjSpec* spec, const Design& d) : spec_(spec), d_(d), look_(d.look) {
    limbs_ = look_.limbs[0] < 0 ? look_.shell : look_.limbs;
    r_ = std::clamp(0.2 * d.thigh, 0.012, 0.085) * look_.bulk;
  }

  void run() {
    const bool waist = !d_.waist.empty();
    base_ = waist ? Vec3{} : Vec3{0, 0, d_.pelvis};
    trunk_ = waist ? "torso" : "pelvis";
    if (look_.torso == "egg") egg();
    else pelvis(), torso();
    for (int s : {1, -1}) {
      leg(s);
      if (!d_.arm.empty()) arm(s);
    }
    neck_and_head();
  }

 private:
  mjsBody* link(const std::string& name) { return mjs_findBody(spec_, name.c_str()); }

  mjsGeom* geom(const std::string& on, mjtGeom type, const Colour& colour) {
    mjsBody* b = link(on);
    if (!b) return nullptr;
    mjsGeom* g = mjs_addGeom(b, nullptr);
    g->type = type;
    g->group = 1;
    g->contype = g->conaffinity = 0;
    g->mass = 0, g->density = 0;
    for (int i = 0; i < 3; ++i) g->rgba[i] = colour[static_cast<size_t>(i)];
    g->rgba[3] = 1;
    return g;
  }

  void ellipsoid(const std::string& on, const Vec3& at, const Vec3& half, const Colour& colour) {
    if (mjsGeom* g = geom(on, mjGEOM_ELLIPSOID, colour))
      std::copy(at.begin(), at.end(), g->pos), std::copy(half.begin(), half.end(), g->size);
  }
  void rod(const std::string& on, mjtGeom type, const Vec3& from, const Vec3& to, double radius, const Colour& colour) {
    mjsGeom* g = geom(on, type, colour);
    if (!g) return;
    std::copy(from.begin(), from.end(), g->fromto), std::copy(to.begin(), to.end(), g->fromto + 3);
    g->size[0] = radius;
  }
  void disc(const std::string& on, const Vec3& at, const Vec3& along, double radius, const Colour& colour) {
    rod(on, mjGEOM_CYLINDER, at - along, at + along, radius, colour);
  }

  // Rings from low to high z in a frame turned and placed in the link's.
  void loft(const std::string& on, const std::vector<Ring>& rings, const Colour& colour, const Vec3& at = {},
            const Quat& turn = {1, 0, 0, 0}) {
    mjsGeom* g = geom(on, mjGEOM_MESH, colour);
    if (!g) return;
    std::vector<float> points;
    std::vector<int> faces;
    auto put = [&](const Vec3& local) {
      const Vec3 p = at + core::rotate(turn, local);
      for (double v : p) points.push_back(static_cast<float>(v));
    };
    for (const Ring& r : rings) {
      for (int k = 0; k < kAround; ++k) {
        const double t = 2 * M_PI * k / kAround, c = std::cos(t), s = std::sin(t), e = 2 / r.n;
        put({r.x + r.a * std::copysign(std::pow(std::abs(c), e), c), r.y + r.b * std::copysign(std::pow(std::abs(s), e), s),
             r.z});
      }
    }
    const int last = static_cast<int>(rings.size()) - 1, bottom = (last + 1) * kAround;
    put({rings.front().x, rings.front().y, rings.front().z});
    put({rings.back().x, rings.back().y, rings.back().z});
    for (int k = 0; k < kAround; ++k) {
      const int next = (k + 1) % kAround;
      for (int i = 0; i < last; ++i) {
        const int a = i * kAround + k, b = i * kAround + next, c = a + kAround, e = b + kAround;
        faces.insert(faces.end(), {a, b, e, a, e, c});
      }
      faces.insert(faces.end(), {bottom, next, k, bottom + 1, last * kAround + k, last * kAround + next});
    }
    mjsMesh* mesh = mjs_addMesh(spec_, nullptr);
    const std::string name = "shell_" + std::to_string(count_++);
    mjs_setName(mesh->element, name.c_str());
    mesh->inertia = mjMESH_INERTIA_SHELL;
    mjs_setFloat(mesh->uservert, points.data(), static_cast<int>(points.size()));
    mjs_setInt(mesh->userface, faces.data(), static_cast<int>(faces.size()));
    mjs_setString(g->meshname, name.c_str());
  }

  // A limb along -z with swelling: radii at its top, belly and end.
  void limb(const std::string& on, double from, double to, double top, double belly, double end, const Colour& colour,
            double shift, double n) {
    const double l = from - to;
    std::vector<Ring> rings;
    const double at[8] = {0, 0.035, 0.12, 0.35, 0.6, 0.85, 0.965, 1};
    for (double u : at) {  // from the lower end upwards
      const double v = 1 - u;
      const double r = v < 0.4 ? top + (belly - top) * std::sin(M_PI_2 * v / 0.4)
                               : belly + (end - belly) * (1 - std::cos(M_PI * (v - 0.4) / 0.6)) / 2;
      const double cap = u == 0 || u == 1 ? 0.55 : u < 0.04 || u > 0.96 ? 0.88 : 1;
      rings.push_back({to + l * u, cap * r, cap * 0.92 * r, n, shift * r * std::sin(M_PI * v)});
    }
    loft(on, rings, colour);
  }

  double chest() const { return 0.8 * d_.shoulder_half; }

  void pelvis() {
    const double w = std::max(1.15 * d_.hip_half, 0.5 * chest()), x = 0.62 * w, h = d_.pelvis;
    const std::vector<Ring> rings = {{-0.35 * h - 0.6 * d_.hip_drop, 0.5 * x, 0.5 * w, 3},
                                     {-0.2 * h - 0.5 * d_.hip_drop, 0.85 * x, 0.82 * w, 3},
                                     {0.15 * h, x, w, 3},
                                     {0.55 * h, 0.95 * x, 0.95 * w, 3},
                                     {0.85 * h, 0.7 * x, 0.66 * w, 3}};
    loft("pelvis", rings, look_.torso == "slim" ? look_.shell : mix(look_.frame, look_.shell, 0.15f));
    disc("pelvis", {0, 0, 0.95 * h}, {0, 0, 0.3 * h}, 0.5 * x + 0.005, look_.frame);
    for (int s : {1, -1}) disc("pelvis", {d_.hip_ahead, s * d_.hip_half, -d_.hip_drop}, {0, 0.5 * r_, 0}, 0.7 * r_, look_.frame);
  }

  void torso() {
    const double T = d_.torso, c = chest(), n = look_.torso == "box" ? 5 : look_.torso == "slim" ? 2.2 : 3;
    double low = 0.66, deep = 0.62;
    if (look_.torso == "barrel") low = 0.85, deep = 0.72;
    if (look_.torso == "box") low = 0.86, deep = 0.6;
    if (look_.torso == "slim") low = 0.56, deep = 0.55;
    const double x = deep * c, f = d_.trunk_ahead;
    // A dark waist under a shell for the chest; a body with one shell all over where the torso is a barrel or a box.
    const bool whole = look_.torso == "barrel" || look_.torso == "box";
    const double cut = whole ? 0.05 : 0.36, lc = whole ? low : 0.5 * (low + 0.95);
    const std::vector<Ring> rings = {{cut * T, 0.82 * lc * x, 0.8 * lc * c, n, 0.6 * f},
                                     {(cut + 0.025) * T, 0.93 * lc * x, 0.93 * lc * c, n, 0.7 * f},
                                     {(cut + 0.09) * T, lc * x, lc * c, n, 0.8 * f},
                                     {0.58 * T, 0.98 * x, 0.97 * c, n, f},
                                     {0.7 * T, x, c, n, f},
                                     {0.8 * T, 0.98 * x, c, n, f},
                                     {0.88 * T, 0.9 * x, 0.95 * c, n, f},
                                     {0.94 * T, 0.76 * x, 0.82 * c, n, f},
                                     {0.985 * T, 0.58 * x, 0.6 * c, n, f},
                                     {1.01 * T, 0.42 * x, 0.4 * c, n, f},
                                     {1.02 * T, 0.34 * x, 0.3 * c, n, f}};
    loft(trunk_, rings, look_.shell, base_);
    if (!whole) {
      const Colour dark = look_.torso == "slim" ? mix(look_.shell, look_.frame, 0.35f) : mix(look_.frame, look_.shell, 0.08f);
      const std::vector<Ring> waist = {{0.02 * T, 0.6 * low * x, 0.66 * low * c, 2.6, 0.2 * f},
                                       {0.06 * T, 0.84 * low * x, 0.9 * low * c, 2.6, 0.3 * f},
                                       {0.2 * T, 0.86 * low * x, 0.9 * low * c, 2.6, 0.5 * f},
                                       {0.42 * T, 0.9 * lc * x, 0.86 * lc * c, 2.6, 0.8 * f},
                                       {0.5 * T, 0.6 * lc * x, 0.6 * lc * c, 2.6, f}};
      loft(trunk_, waist, dark, base_);
      for (int i = 0; i < 3; ++i)  // ribs of the bellows
        loft(trunk_,
             {{(0.1 + 0.08 * i) * T, 0.8 * low * x, 0.86 * low * c, 2.6, 0.4 * f},
              {(0.115 + 0.08 * i) * T, 0.92 * low * x, 0.96 * low * c, 2.6, 0.4 * f},
              {(0.13 + 0.08 * i) * T, 0.92 * low * x, 0.96 * low * c, 2.6, 0.4 * f},
              {(0.145 + 0.08 * i) * T, 0.8 * low * x, 0.86 * low * c, 2.6, 0.4 * f}},
             mix(dark, look_.accent, 0.25f), base_);
    }
    // Chest plate, light, back pack, belly in the frame's colour.
    ellipsoid(trunk_, base_ + Vec3{f + 0.62 * x, 0, 0.69 * T}, {0.42 * x, 0.66 * c, 0.17 * T},
              mix(look_.shell, look_.accent, look_.torso == "slim" ? 0.5f : 0.12f));
    ellipsoid(trunk_, base_ + Vec3{f + 0.99 * x, 0, 0.72 * T}, {0.07 * x, 0.16 * c, 0.022 * T}, look_.glow);
    const std::vector<Ring> pack = {{0.34 * T, 0.22 * x, 0.5 * c, 4},
                                    {0.38 * T, 0.3 * x, 0.58 * c, 4},
                                    {0.8 * T, 0.3 * x, 0.62 * c, 4},
                                    {0.85 * T, 0.2 * x, 0.52 * c, 4}};
    loft(trunk_, pack, look_.frame, base_ + Vec3{f - 0.88 * x, 0, 0});
    if (whole) {
      const std::vector<Ring> belly = {{0.1 * T, 0.4 * x, 0.34 * low * c, 3},
                                       {0.13 * T, 0.53 * x, 0.56 * low * c, 3},
                                       {0.34 * T, 0.52 * x, 0.56 * low * c, 3},
                                       {0.38 * T, 0.36 * x, 0.4 * low * c, 3}};
      loft(trunk_, belly, look_.frame, base_ + Vec3{0.5 * f + 0.5 * low * x, 0, 0});
    }
    for (double z : {0.585, 0.865}) {  // seams between the chest's panels
      const double w = z < 0.7 ? 0.985 : 0.955, e = z < 0.7 ? 0.99 : 0.915;
      loft(trunk_,
           {{(z - 0.004) * T, 0.9 * e * x, 0.9 * w * c, n, f},
            {(z - 0.003) * T, 1.012 * e * x, 1.012 * w * c, n, f},
            {(z + 0.003) * T, 1.012 * e * x, 1.012 * w * c, n, f},
            {(z + 0.004) * T, 0.9 * e * x, 0.9 * w * c, n, f}},
           mix(look_.shell, look_.frame, 0.6f), base_);
    }
    // A collar, and panels at the flanks.
    loft(trunk_,
         {{0.97 * T, 0.42 * x, 0.42 * c, 2.2, f},
          {1.0 * T, 0.5 * x, 0.46 * c, 2.2, f},
          {1.035 * T, 0.46 * x, 0.42 * c, 2.2, f},
          {1.045 * T, 0.3 * x, 0.3 * c, 2.2, f}},
         look_.frame, base_);
    for (int s : {1, -1}) {
      const Vec3 shoulder = base_ + Vec3{f, s * d_.shoulder_half, d_.shoulder_up * T};
      if (!d_.arm.empty()) disc(trunk_, shoulder - Vec3{0, s * 0.1 * c, 0}, {0, 0.08 * c, 0}, 0.3 * c, look_.frame);
      ellipsoid(trunk_, base_ + Vec3{f, s * 0.93 * c, 0.6 * T}, {0.5 * x, 0.09 * c, 0.1 * T}, look_.accent);
    }
  }

  // A small body without arms: a rounded box between the hips, as a chick's.
  void egg() {
    const double T = d_.torso, w = 1.05 * d_.hip_half, x = 1.12 * w, f = d_.trunk_ahead;
    const double low = -d_.pelvis - 0.9 * d_.hip_drop, span = T - low;
    std::vector<Ring> rings;
    for (int i = 0; i <= 14; ++i) {
      const double u = i / 14.0, r = std::pow(std::max(0.02, 1 - std::pow(2 * std::abs(u - 0.5), 3.2)), 1 / 2.8);
      rings.push_back({low + u * span, r * x * (0.9 + 0.16 * u), r * w * (0.94 + 0.1 * u), 3.4, f});
    }
    loft(trunk_, rings, look_.shell, base_);
    const double mid = low + 0.5 * span;
    const std::vector<Ring> bib = {{-0.3 * span, 0.1 * x, 0.4 * w, 4},
                                   {-0.26 * span, 0.14 * x, 0.55 * w, 4},
                                   {0.2 * span, 0.14 * x, 0.62 * w, 4},
                                   {0.25 * span, 0.1 * x, 0.48 * w, 4}};
    loft(trunk_, bib, look_.accent, base_ + Vec3{f + 0.92 * x, 0, mid});
    disc(trunk_, base_ + Vec3{f + 1.06 * x, 0.24 * w, mid + 0.06 * span}, {0.02 * x, 0, 0}, 0.15 * w, look_.frame);
    disc(trunk_, base_ + Vec3{f + 1.09 * x, 0.24 * w, mid + 0.06 * span}, {0.02 * x, 0, 0}, 0.1 * w, look_.glow);
    for (int i = 0; i < 3; ++i)
      rod(trunk_, mjGEOM_CAPSULE, base_ + Vec3{f + 1.07 * x, -0.4 * w, mid + (0.1 - 0.08 * i) * span},
          base_ + Vec3{f + 1.07 * x, -0.1 * w, mid + (0.1 - 0.08 * i) * span}, 0.025 * span, look_.frame);
    const std::vector<Ring> pack = {{-0.3 * span, 0.2 * x, 0.6 * w, 4},
                                    {-0.24 * span, 0.3 * x, 0.72 * w, 4},
                                    {0.28 * span, 0.3 * x, 0.7 * w, 4},
                                    {0.34 * span, 0.2 * x, 0.56 * w, 4}};
    loft(trunk_, pack, look_.frame, base_ + Vec3{f - 0.95 * x, 0, mid});
    disc(trunk_, base_ + Vec3{f, 0, T}, {0, 0, 0.06 * span}, 0.5 * w, look_.frame);
    for (int s : {1, -1}) {
      disc("pelvis", {d_.hip_ahead, s * 1.12 * d_.hip_half, -0.35 * d_.hip_drop}, {0, 0.14 * w, 0}, 0.95 * r_, look_.frame);
      disc("pelvis", {d_.hip_ahead, s * (1.12 * d_.hip_half + 0.16 * w), -0.35 * d_.hip_drop}, {0, 0.03 * w, 0}, 0.7 * r_,
           look_.accent);
    }
  }

  void leg(int s) {
    const std::string side = s > 0 ? "left_" : "right_";
    const double r = r_, n = look_.torso == "box" ? 3.2 : 2.4;
    for (int i = 0; i < 3; ++i) ellipsoid(side + "hip_" + std::to_string(i), {}, {0.85 * r, 0.8 * r, 0.85 * r}, look_.frame);
    ellipsoid(side + "thigh", {0, 0, -0.06 * d_.thigh}, {0.98 * r, 0.92 * r, 1.05 * r}, look_.frame);
    limb(side + "thigh", -0.1 * d_.thigh, -0.9 * d_.thigh, 0.95 * r, 1.12 * r, 0.72 * r, limbs_, 0.12, n);
    ellipsoid(side + "thigh", {0.15 * r, s * 0.95 * r, -0.45 * d_.thigh}, {0.3 * r, 0.16 * r, 0.2 * d_.thigh}, look_.accent);
    disc(side + "shank", {}, {0, 0.78 * r, 0}, 0.7 * r, look_.frame);
    for (int e : {1, -1}) disc(side + "shank", {0, e * 0.8 * r, 0}, {0, 0.06 * r, 0}, 0.45 * r, look_.accent);
    ellipsoid(side + "shank", {0.55 * r, 0, -0.02 * d_.shank}, {0.4 * r, 0.55 * r, 0.7 * r}, mix(limbs_, look_.shell, 0.5f));
    limb(side + "shank", -0.09 * d_.shank, -0.88 * d_.shank, 0.68 * r, 0.88 * r, 0.46 * r, limbs_, -0.3, n);
    disc(side + "shank", {-d_.knee_ahead, 0, -0.95 * d_.shank}, {0, 0, 0.06 * d_.shank}, 0.36 * r, look_.frame);
    ellipsoid(side + "ankle", {}, {0.45 * r, 0.5 * r, 0.45 * r}, look_.frame);
    foot(side + "foot");
  }

  void foot(const std::string& on) {
    const double x = 0.5 * d_.foot_length, y = 0.5 * d_.foot_width, z = d_.ankle;
    // Local z runs from heel to toe, local x points down.
    const Quat turn = core::axis_angle({0, 1, 0}, M_PI_2);
    auto shoe = [&](double grow, double top, double low) {
      std::vector<Ring> rings;
      const double u[8] = {-1, -0.94, -0.7, -0.3, 0.15, 0.6, 0.9, 1}, h[8] = {0.55, 0.82, 1, 1, 0.85, 0.6, 0.42, 0.3},
                   w[8] = {0.55, 0.78, 0.9, 0.88, 0.95, 1, 0.82, 0.5};
      for (int i = 0; i < 8; ++i) {
        const double high = low + (top - low) * h[i];
        rings.push_back({grow * x * u[i], 0.5 * (high - low), grow * y * w[i], 4, -0.5 * (high + low)});
      }
      return rings;
    };
    loft(on, shoe(1.0, -0.6 * z, -z), look_.frame, {d_.foot_ahead, 0, 0}, turn);
    loft(on, shoe(0.95, -0.05 * z, -0.74 * z), limbs_, {d_.foot_ahead, 0, 0}, turn);
    disc(on, {}, {0, 0.55 * y + 0.2 * r_, 0}, std::min(0.55 * z, 0.5 * r_), look_.frame);
  }

  void arm(int s) {
    const std::string side = s > 0 ? "left_" : "right_";
    const double r = 0.72 * std::clamp(0.2 * d_.upper_arm, 0.01, 0.085) * look_.bulk * 1.15, n = look_.torso == "box" ? 3.2 : 2.3;
    for (int i = 0; i < 3; ++i)
      ellipsoid(side + "shoulder_" + std::to_string(i), {}, {1.25 * r, 1.25 * r, 1.25 * r}, i == 0 ? look_.frame : limbs_);
    ellipsoid(side + "upper_arm", {0, s * 0.1 * r, 0}, {1.3 * r, 1.25 * r, 1.4 * r}, limbs_);
    const bool bends = link(side + "forearm") != nullptr;
    const double reach = bends ? d_.upper_arm : d_.upper_arm + d_.forearm;
    limb(side + "upper_arm", -0.12 * reach, -0.9 * reach, 0.95 * r, 1.02 * r, 0.75 * r, limbs_, 0, n);
    ellipsoid(side + "upper_arm", {0, s * 1.0 * r, -0.4 * reach}, {0.3 * r, 0.14 * r, 0.12 * reach}, look_.accent);
    disc(side + "forearm", {}, {0, 0.8 * r, 0}, 0.72 * r, look_.frame);
    limb(side + "forearm", -0.1 * d_.forearm, -0.92 * d_.forearm, 0.75 * r, 0.92 * r, 0.55 * r, mix(limbs_, look_.shell, 0.6f),
         0.05, n);
    disc(side + "forearm", {0, 0, -0.95 * d_.forearm}, {0, 0, 0.04 * d_.forearm}, 0.5 * r, look_.frame);
    const bool wrist = link(side + "hand") != nullptr;
    hand(wrist   ? side + "hand"
         : bends ? side + "forearm"
                 : side + "upper_arm",
         wrist ? Vec3{} : Vec3{0, 0, -(bends ? d_.forearm : reach)}, s);
  }

  // Relaxed: palm towards the thigh, fingers a little bent.
  void hand(const std::string& on, const Vec3& at, int s) {
    const double h = d_.hand, w = 0.24 * h, t = 0.11 * h;
    const std::vector<Ring> palm = {{-0.5 * h, 0.85 * w, 0.7 * t, 3},
                                    {-0.44 * h, w, t, 3},
                                    {-0.2 * h, w, 1.1 * t, 3},
                                    {-0.06 * h, 0.7 * w, t, 3},
                                    {0, 0.5 * w, 0.8 * t, 3}};
    loft(on, palm, look_.frame, at);
    const Colour tip = mix(look_.frame, look_.shell, 0.35f);
    for (int k = 0; k < 4; ++k) {
      const double x = (k - 1.5) * 0.46 * w, l = (k == 0 || k == 3 ? 0.3 : 0.37) * h, r = 0.075 * h;
      const Vec3 knuckle = at + Vec3{-x, 0, -0.47 * h}, middle = knuckle + Vec3{0, -s * 0.05 * h, -0.55 * l};
      rod(on, mjGEOM_CAPSULE, knuckle, middle, 0.68 * r, look_.frame);
      rod(on, mjGEOM_CAPSULE, middle, middle + Vec3{0, -s * 0.14 * h, -0.4 * l}, 0.6 * r, tip);
    }
    const Vec3 thumb = at + Vec3{0.85 * w, -s * 0.4 * t, -0.2 * h};
    rod(on, mjGEOM_CAPSULE, thumb, thumb + Vec3{0.18 * w, -s * 0.1 * h, -0.22 * h}, 0.055 * h, tip);
  }

  void neck_and_head() {
    const size_t n = d_.neck_joints.size();
    const double half = 0.5 * d_.head;
    double above = n == 0 || n == 1 ? d_.neck : n == 2 ? 0.4 * d_.neck : 0;
    if (look_.head == "duck") {
      rod("neck_0", mjGEOM_CAPSULE, {}, {0, 0, d_.neck}, 0.16 * d_.head, look_.frame);
      ellipsoid("neck_0", {0, 0, 0.02 * d_.neck}, {0.24 * d_.head, 0.3 * d_.head, 0.2 * d_.head}, look_.accent);
      duck(half);
      return;
    }
    const Vec3 foot = base_ + Vec3{d_.trunk_ahead, 0, d_.torso};
    rod(trunk_, mjGEOM_CYLINDER, foot - Vec3{0, 0, 0.05 * d_.torso}, foot + Vec3{0, 0, d_.neck + 0.12 * d_.head}, 0.5 * half,
        look_.frame);
    const Vec3 c{0.12 * half, 0, above + half};
    if (look_.head == "box") box_head(c, half);
    else if (look_.head == "ring") ring_head(c, half);
    else if (look_.head == "dome") dome_head(c, half);
    else if (look_.head == "slim") slim_head(c, half);
    else visor_head(c, half);
  }

  std::vector<Ring> skull(double half, double wide, double deep, double n, double chin) const {
    std::vector<Ring> rings;
    for (double u : {-1.0, -0.93, -0.7, -0.35, 0.05, 0.45, 0.75, 0.93, 1.0}) {
      const double r = std::sqrt(std::max(0.05, 1 - u * u * std::abs(u)));
      const double jaw = u < 0 ? 1 + (chin - 1) * -u : 1;
      rings.push_back({u * half, deep * half * r * jaw, wide * half * r * jaw, n, 0.06 * half * (u < 0 ? -u : 0)});
    }
    return rings;
  }

  void visor_head(const Vec3& c, double half) {  // smooth, the whole face one dark pane from brow to chin
    loft("head", skull(half, 0.68, 0.78, 2.3, 0.84), look_.shell, c);
    ellipsoid("head", c + Vec3{0.33 * half, 0, -0.06 * half}, {0.53 * half, 0.585 * half, 0.76 * half}, look_.frame);
    ellipsoid("head", c + Vec3{0.81 * half, 0, 0.16 * half}, {0.05 * half, 0.3 * half, 0.025 * half}, look_.glow);
    for (int s : {1, -1})
      disc("head", c + Vec3{-0.05 * half, s * 0.66 * half, 0}, {0, 0.05 * half, 0}, 0.22 * half, look_.accent);
  }
  void dome_head(const Vec3& c, double half) {  // a helmet with two bright eyes
    loft("head", skull(half, 0.84, 0.86, 2.6, 0.92), look_.shell, c);
    loft("head", skull(0.62 * half, 1.08, 0.7, 3, 1), look_.frame, c + Vec3{0.48 * half, 0, 0.02 * half});
    for (int s : {1, -1}) {
      ellipsoid("head", c + Vec3{0.9 * half, s * 0.28 * half, 0.08 * half}, {0.05 * half, 0.11 * half, 0.13 * half}, look_.glow);
      disc("head", c + Vec3{0, s * 0.84 * half, 0}, {0, 0.06 * half, 0}, 0.3 * half, look_.accent);
    }
  }
  void ring_head(const Vec3& c, double half) {  // a curved black face framed by a line of light
    loft("head", skull(half, 0.78, 0.74, 2.4, 0.85), look_.shell, c);
    ellipsoid("head", c + Vec3{0.36 * half, 0, 0}, {0.41 * half, 0.71 * half, 0.84 * half}, look_.glow);
    ellipsoid("head", c + Vec3{0.4 * half, 0, 0}, {0.42 * half, 0.62 * half, 0.74 * half}, look_.frame);
    for (int s : {1, -1})
      disc("head", c + Vec3{-0.05 * half, s * 0.76 * half, 0}, {0, 0.05 * half, 0}, 0.26 * half, look_.accent);
  }
  void box_head(const Vec3& c, double half) {  // a rounded box with a screen
    const std::vector<Ring> rings = {{-0.9 * half, 0.55 * half, 0.6 * half, 4},   {-0.8 * half, 0.72 * half, 0.8 * half, 4.5},
                                     {-0.4 * half, 0.8 * half, 0.88 * half, 5},   {0.5 * half, 0.8 * half, 0.88 * half, 5},
                                     {0.85 * half, 0.7 * half, 0.78 * half, 4.5}, {0.97 * half, 0.5 * half, 0.58 * half, 4}};
    loft("head", rings, look_.shell, c);
    const std::vector<Ring> screen = {{-0.55 * half, 0.1 * half, 0.6 * half, 5},
                                      {-0.48 * half, 0.16 * half, 0.7 * half, 5},
                                      {0.5 * half, 0.16 * half, 0.7 * half, 5},
                                      {0.57 * half, 0.1 * half, 0.6 * half, 5}};
    loft("head", screen, look_.frame, c + Vec3{0.7 * half, 0, 0.02 * half});
    for (int s : {1, -1}) {
      rod("head", mjGEOM_CAPSULE, c + Vec3{0.84 * half, s * 0.3 * half, 0.02 * half},
          c + Vec3{0.84 * half, s * 0.3 * half, 0.22 * half}, 0.085 * half, look_.glow);
      disc("head", c + Vec3{-0.05 * half, s * 0.88 * half, 0}, {0, 0.06 * half, 0}, 0.28 * half, look_.accent);
    }
  }
  void slim_head(const Vec3& c, double half) {  // a face with a hood of hair
    loft("head", skull(half, 0.62, 0.7, 2.1, 0.72), look_.shell, c);
    loft("head", skull(0.98 * half, 0.7, 0.74, 2.1, 0.95), look_.accent, c + Vec3{-0.16 * half, 0, 0.1 * half});
    ellipsoid("head", c + Vec3{0.4 * half, 0, 0.12 * half}, {0.3 * half, 0.52 * half, 0.16 * half}, look_.frame);
    for (int s : {1, -1})
      ellipsoid("head", c + Vec3{0.68 * half, s * 0.2 * half, 0.12 * half}, {0.04 * half, 0.09 * half, 0.06 * half}, look_.glow);
  }
  void duck(double half) {  // a wide flat head, two large eyes, feelers
    const Vec3 c{0.35 * half, 0, half};
    const std::vector<Ring> rings = {{-0.62 * half, 0.8 * half, 0.85 * half, 4}, {-0.5 * half, 1.05 * half, 1.1 * half, 4.5},
                                     {0.0, 1.2 * half, 1.2 * half, 5},           {0.45 * half, 1.1 * half, 1.15 * half, 5},
                                     {0.68 * half, 0.9 * half, 1.0 * half, 4.5}, {0.78 * half, 0.6 * half, 0.75 * half, 4}};
    loft("head", rings, look_.shell, c);
    loft("head",
         {{-0.5 * half, 0.2 * half, 0.8 * half, 4},
          {-0.4 * half, 0.3 * half, 1.0 * half, 5},
          {0.45 * half, 0.28 * half, 0.98 * half, 5},
          {0.55 * half, 0.18 * half, 0.85 * half, 4}},
         look_.frame, c + Vec3{1.0 * half, 0, 0.02 * half});
    for (int s : {1, -1}) {
      disc("head", c + Vec3{1.27 * half, s * 0.48 * half, 0.04 * half}, {0.06 * half, 0, 0}, 0.34 * half,
           mix(look_.frame, look_.shell, 0.8f));
      disc("head", c + Vec3{1.32 * half, s * 0.48 * half, 0.04 * half}, {0.05 * half, 0, 0}, 0.25 * half, look_.frame);
      ellipsoid("head", c + Vec3{1.38 * half, s * 0.45 * half, 0.1 * half}, {0.03 * half, 0.11 * half, 0.11 * half}, look_.glow);
      const Vec3 root = c + Vec3{-0.5 * half, s * 0.9 * half, 0.7 * half};
      rod("head", mjGEOM_CAPSULE, root, root + Vec3{-0.35 * half, s * 0.12 * half, 1.0 * half}, 0.05 * half, look_.frame);
      ellipsoid("head", root + Vec3{-0.35 * half, s * 0.12 * half, 1.0 * half}, {0.1 * half, 0.1 * half, 0.1 * half},
                look_.accent);
      disc("head", c + Vec3{0, s * 1.2 * half, 0}, {0, 0.06 * half, 0}, 0.35 * half, look_.accent);
    }
    ellipsoid("head", c + Vec3{-0.2 * half, 0, 0.62 * half}, {0.7 * half, 0.5 * half, 0.25 * half}, look_.accent);
  }

  mjSpec* spec_;
  const Design& d_;
  const Look& look_;
  Colour limbs_{};
  Vec3 base_{};
  std::string trunk_;
  double r_ = 0.05;
  int count_ = 0;
};

}  // namespace

void dress(mjSpec_* spec, const Design& d) { Dresser(spec, d).run(); }

}  // namespace manybody::body
