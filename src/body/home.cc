#include "body/home.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace manybody::body {
namespace {

using core::Quat;
using core::Vec3;
using Residual = std::function<std::vector<double>(const std::vector<double>&)>;

// Levenberg-Marquardt on a handful of unknowns inside a box, Jacobian by differences. Returns the cost.
double solve(std::vector<double>& x, const std::vector<double>& low, const std::vector<double>& high, const Residual& f) {
  const size_t n = x.size();
  auto clip = [&](std::vector<double>& v) {
    for (size_t i = 0; i < n; ++i) v[i] = std::clamp(v[i], low[i], high[i]);
  };
  auto square = [](const std::vector<double>& r) {
    double c = 0;
    for (double v : r) c += v * v;
    return c;
  };
  clip(x);
  std::vector<double> r = f(x);
  double cost = square(r), damping = 1e-3;
  for (int round = 0; round < 60 && damping < 1e6; ++round) {
    std::vector<std::vector<double>> jac(n);
    for (size_t i = 0; i < n; ++i) {
      std::vector<double> y = x;
      const double h = x[i] + 1e-5 > high[i] ? -1e-5 : 1e-5;
      y[i] += h;
      jac[i] = f(y);
      for (size_t k = 0; k < r.size(); ++k) jac[i][k] = (jac[i][k] - r[k]) / h;
    }
    bool better = false;
    while (!better && damping < 1e6) {
      std::vector<std::vector<double>> a(n, std::vector<double>(n + 1, 0));
      for (size_t i = 0; i < n; ++i) {
        for (size_t j = 0; j < n; ++j)
          for (size_t k = 0; k < r.size(); ++k) a[i][j] += jac[i][k] * jac[j][k];
        a[i][i] += damping * (1e-6 + a[i][i]);
        for (size_t k = 0; k < r.size(); ++k) a[i][n] -= jac[i][k] * r[k];
      }
      for (size_t i = 0; i < n; ++i) {  // Gauss-Jordan; the matrix is positive definite
        for (size_t j = 0; j < n; ++j) {
          if (j == i || a[i][i] == 0) continue;
          const double s = a[j][i] / a[i][i];
          for (size_t k = i; k <= n; ++k) a[j][k] -= s * a[i][k];
        }
      }
      std::vector<double> y = x;
      for (size_t i = 0; i < n; ++i) y[i] += a[i][i] != 0 ? std::clamp(a[i][n] / a[i][i], -0.5, 0.5) : 0;
      clip(y);
      const std::vector<double> s = f(y);
      const double c = square(s);
      better = c < cost;
      if (better) {
        const double gain = cost - c;
        x = y, r = s, cost = c, damping = std::max(damping * 0.3, 1e-9);
        if (gain < 1e-14) return cost;
      } else {
        damping *= 4;
      }
    }
  }
  return cost;
}

void set_both(std::vector<double>& q, const Anatomy& a, const Rig& rig, int joint, double value) {
  q[joint] = value;
  const int other = a.mirror[joint];
  if (other != joint) q[other] = std::clamp(a.mirror_sign[joint] * value, rig.low(other), rig.high(other));
}

// The knee angle at which the leg is longest, and the way it bends: towards the larger part of its range, and where both
// sides have room, so that the foot goes back.
double bent_knee(Rig& rig, const Anatomy& a, std::vector<double> q, const Vec3& sole, double bend) {
  const LegChain& leg = a.legs.side[0];
  const int knee = leg.joints[a.knee];
  int hip = leg.joints[0];
  rig.pose(q);
  for (int i = 0; i < a.knee; ++i)
    if (std::abs(rig.axis(leg.joints[i])[1]) > 0.75) hip = leg.joints[i];
  const double low = rig.low(knee), high = rig.high(knee);
  auto end_at = [&](double angle) {
    q[knee] = angle;
    rig.pose(q);
    return a.knee + 1 < static_cast<int>(leg.joints.size()) ? rig.anchor(leg.joints[a.knee + 1]) : rig.to_root(leg.foot, sole);
  };
  double straight = low, longest = -1;
  for (int i = 0; i <= 400; ++i) {
    const double angle = low + (high - low) * i / 400;
    const Vec3 end = end_at(angle), start = rig.anchor(hip);
    const double length = std::hypot(end[0] - start[0], end[2] - start[2]);
    if (length > longest + 1e-6) longest = length, straight = angle;
  }
  const double up = high - straight, down = straight - low;
  bool positive = up >= down;
  if (std::min(up, down) > 1.0) positive = end_at(straight + 0.3)[0] < end_at(straight - 0.3)[0];
  return positive ? straight + std::min(bend, 0.7 * up) : straight - std::min(bend, 0.7 * down);
}

struct LegGoal {
  double com_offset, lateral, scale;
};

std::vector<double> leg_errors(Rig& rig, const Anatomy& a, const Sole& sole, const LegGoal& goal) {
  const int foot = a.legs.side[0].foot;
  const Quat turn = core::mul(rig.rotation(foot), sole.rotation);
  const Vec3 up = core::rotate(turn, {0, 0, 1}), ahead = core::rotate(turn, {1, 0, 0});
  const Vec3 p = rig.to_root(foot, sole.centre);
  return {up[0], up[1], ahead[1], (rig.com()[0] - p[0] - goal.com_offset) / goal.scale, (p[1] - goal.lateral) / goal.scale};
}

void bend_legs(Rig& rig, const Anatomy& a, const Sole soles[2], const HomeWish& wish, std::vector<double>& q,
               std::vector<std::string>& notes, bool say) {
  const LegChain& leg = a.legs.side[0];
  const int knee = leg.joints[a.knee];
  rig.pose(rig.reference_angles());
  const Vec3 drawn = rig.to_root(leg.foot, soles[0].centre);
  const double scale = std::abs(rig.anchor(leg.joints[0])[2] - drawn[2]);
  LegGoal goal{wish.com_offset, drawn[1], scale};
  double hips = 0;  // where the foot hangs: below the last hip joint
  hips = rig.anchor(leg.joints[a.knee])[1];
  if (std::abs(goal.lateral - hips) > 0.08 * scale) goal.lateral = hips;
  goal.lateral = std::max(goal.lateral, 0.5 * soles[0].width + 0.02 * scale);
  if (wish.stance_width > 0) goal.lateral = 0.5 * wish.stance_width;

  set_both(q, a, rig, knee, bent_knee(rig, a, q, soles[0].centre, wish.knee));
  std::vector<int> free;
  std::vector<double> x, low, high;
  for (size_t i = 0; i < leg.joints.size(); ++i) {
    const int j = leg.joints[i];
    if (static_cast<int>(i) == a.knee || wish.joints.count(rig.joint_name(j))) continue;
    free.push_back(j);
    const double margin = 0.03 * (rig.high(j) - rig.low(j));
    low.push_back(rig.low(j) + margin), high.push_back(rig.high(j) - margin);
    x.push_back(q[j]);
  }
  const std::vector<double> start = x;
  auto apply = [&](const std::vector<double>& v) {
    for (size_t i = 0; i < free.size(); ++i) set_both(q, a, rig, free[i], v[i]);
    rig.pose(q);
  };
  const Residual f = [&](const std::vector<double>& v) {
    apply(v);
    std::vector<double> r = leg_errors(rig, a, soles[0], goal);
    for (size_t i = 0; i < v.size(); ++i) r.push_back(1e-4 * (v[i] - start[i]));
    return r;
  };
  solve(x, low, high, f);
  apply(x);
  if (!say) return;
  const std::vector<double> left = leg_errors(rig, a, soles[0], goal);
  if (std::hypot(left[0], left[1]) > 0.02)
    notes.push_back("home pose: the feet are not quite flat (" + std::to_string(std::hypot(left[0], left[1])) + " rad)");
  if (std::abs(left[3]) > 0.02)
    notes.push_back("home pose: the centre of mass is " + std::to_string(left[3] * scale) + " m ahead of the soles' centres");
}

std::vector<double> arm_errors(const Rig& rig, const ArmChain& arm, const HomeWish& wish, double side) {
  const int first = arm.joints.size() > 1 && arm.elbow != 1 ? arm.joints[1] : arm.joints[0];
  const Vec3 shoulder = rig.anchor(first), tip = rig.subtree_com(arm.groups.back());
  auto unit = [](Vec3 v) { return (1 / std::max(core::norm(v), 1e-9)) * v; };
  const double out = std::sin(wish.arm_spread) * side, down = -std::cos(wish.arm_spread);
  if (arm.elbow < 0) {
    const Vec3 u = unit(tip - rig.anchor(arm.joints[0]));
    return {u[0], u[1] - out, u[2] - down};
  }
  const Vec3 elbow = rig.anchor(arm.joints[arm.elbow]);
  const Vec3 u = unit(elbow - shoulder), v = unit(tip - elbow);
  const double f = std::sin(wish.elbow);
  return {u[0], u[1] - out, u[2] - down, 0.7 * (v[0] - f), 0.7 * (v[1] - 0.3 * out), 0.7 * (v[2] + std::cos(wish.elbow))};
}

void hang_arms(Rig& rig, const Anatomy& a, const HomeWish& wish, std::vector<double>& q) {
  const ArmChain& arm = a.arms[0];
  const int last = arm.elbow < 0 ? static_cast<int>(arm.joints.size()) : arm.elbow + 1;
  std::vector<double> low, high, neutral;
  for (int i = 0; i < last; ++i) {
    const int j = arm.joints[i];
    const double margin = 0.03 * (rig.high(j) - rig.low(j));
    // An arm hangs within two radians of how it is drawn: beyond lies the same pose turned inside out.
    low.push_back(std::max(rig.low(j) + margin, std::min(q[j] - 2.0, rig.high(j) - margin)));
    high.push_back(std::min(rig.high(j) - margin, std::max(q[j] + 2.0, rig.low(j) + margin)));
    neutral.push_back(std::clamp(q[j], low.back(), high.back()));
  }
  auto apply = [&](const std::vector<double>& v) {
    for (int i = 0; i < last; ++i) set_both(q, a, rig, arm.joints[i], v[i]);
    rig.pose(q);
  };
  const Residual f = [&](const std::vector<double>& v) {
    apply(v);
    std::vector<double> r = arm_errors(rig, arm, wish, 1);
    for (int i = 0; i < last; ++i) r.push_back(0.03 * (v[i] - neutral[i]));
    return r;
  };
  std::vector<double> best;
  double least = 1e30;
  for (int start = 0; start < 12; ++start) {  // starts: as drawn, then spread over the ranges (golden-ratio steps)
    std::vector<double> x = neutral;
    for (int i = 0; i < last && start > 0; ++i) {
      const double u = std::fmod(0.5 + start * (0.6180339887 + 0.1324717957 * i), 1.0);
      x[i] = std::clamp(neutral[i] + 2.4 * (u - 0.5), low[i], high[i]);
    }
    const double cost = solve(x, low, high, f);
    if (cost < least - 1e-6) least = cost, best = x;
  }
  apply(best);
}

// A keyframe's arms are taken when they hang: hands below the shoulders and outside the trunk, both sides alike.
bool arms_from_keyframe(Rig& rig, const Anatomy& a, const std::vector<Keyframe>& keyframes, std::vector<double>& q,
                        std::vector<std::string>& notes) {
  for (const Keyframe& frame : keyframes) {
    std::vector<double> trial = q;
    bool symmetric = true;
    for (int s = 0; s < 2; ++s) {
      for (int j : a.arms[s].joints) {
        const auto angle = frame.angles.find(rig.joint_name(j));
        if (angle == frame.angles.end() || angle->second < rig.low(j) - 1e-3 || angle->second > rig.high(j) + 1e-3)
          symmetric = false;
        else trial[j] = angle->second;
      }
    }
    for (int j : a.arms[0].joints) symmetric &= std::abs(trial[a.mirror[j]] - a.mirror_sign[j] * trial[j]) < 0.05;
    if (!symmetric) continue;
    rig.pose(trial);
    const Vec3 shoulder = rig.anchor(a.arms[0].joints[0]), hand = rig.subtree_com(a.arms[0].groups.back());
    const double length = core::norm(hand - shoulder);
    if (shoulder[2] - hand[2] < 0.6 * length || hand[1] < 0.7 * shoulder[1]) continue;
    q = trial;
    notes.push_back("arms at home as in keyframe '" + frame.name + "'");
    return true;
  }
  return false;
}

}  // namespace

std::vector<double> find_home(Rig& rig, const Anatomy& a, const Sole soles[2], const HomeWish& wish,
                              const std::vector<Keyframe>& keyframes, std::vector<std::string>& notes) {
  std::vector<double> q = rig.reference_angles();
  for (int j = 0; j < rig.joints(); ++j) q[j] = std::clamp(q[j], rig.low(j), rig.high(j));
  for (int j = 0; j < rig.joints(); ++j) {
    const auto fixed = wish.joints.find(rig.joint_name(j));
    if (fixed != wish.joints.end()) q[j] = fixed->second;
  }
  if (a.has_arms && !(wish.from_keyframe && arms_from_keyframe(rig, a, keyframes, q, notes))) hang_arms(rig, a, wish, q);
  bend_legs(rig, a, soles, wish, q, notes, true);
  for (int j = 0; j < rig.joints(); ++j) {
    const auto fixed = wish.joints.find(rig.joint_name(j));
    if (fixed != wish.joints.end()) q[j] = fixed->second;
  }
  rig.pose(q);
  return q;
}

}  // namespace manybody::body
