#include "body/feet.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/error.h"

namespace manybody::body {
namespace {

using core::Quat;
using core::UserError;
using core::Vec3;

struct Point2 {
  double x, y;
};

// --- legs ---

std::vector<int> chain_joints(const Rig& rig, const std::vector<int>& groups) {
  std::vector<int> out;
  for (int g : groups)
    for (int j : rig.group_joints(g)) out.push_back(j);
  return out;
}

// Groups of a and b below their last common ancestor, and that ancestor.
int split(const Rig& rig, int a, int b, std::vector<int>& chain_a, std::vector<int>& chain_b) {
  chain_a = rig.chain(a), chain_b = rig.chain(b);
  int root = 0;
  size_t shared = 0;
  while (shared < chain_a.size() && shared < chain_b.size() && chain_a[shared] == chain_b[shared]) root = chain_a[shared++];
  chain_a.erase(chain_a.begin(), chain_a.begin() + shared);
  chain_b.erase(chain_b.begin(), chain_b.begin() + shared);
  return root;
}

bool mirrored(const Rig& rig, const std::vector<int>& a, const std::vector<int>& b, double tolerance) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    const Vec3 p = rig.position(a[i]), q = rig.position(b[i]);
    if (std::abs(p[0] - q[0]) > tolerance || std::abs(p[1] + q[1]) > tolerance || std::abs(p[2] - q[2]) > tolerance) return false;
  }
  return true;
}

struct Candidate {
  Legs legs;
  double bottom = 0;
};

std::vector<Candidate> leg_candidates(Rig& rig, double height) {
  std::vector<int> leaves;
  for (int l = 1; l < rig.links(); ++l)
    if (rig.group(l) == l && rig.group_children(l).empty() && !rig.group_joints(l).empty()) leaves.push_back(l);
  std::vector<Candidate> out;
  for (int a : leaves) {
    for (int b : leaves) {
      if (rig.position(a)[1] <= rig.position(b)[1]) continue;  // a is the left one
      Candidate c;
      std::vector<int> left, right;
      c.legs.root = split(rig, a, b, left, right);
      if (left.size() < 3 || !mirrored(rig, left, right, 0.03 * height)) continue;
      c.legs.side[0] = {a, left, chain_joints(rig, left)};
      c.legs.side[1] = {b, right, chain_joints(rig, right)};
      if (c.legs.side[0].joints.size() != c.legs.side[1].joints.size()) continue;
      c.bottom = std::max(rig.bottom(a), rig.bottom(b));
      out.push_back(c);
    }
  }
  std::sort(out.begin(), out.end(), [](const Candidate& x, const Candidate& y) { return x.bottom < y.bottom; });
  return out;
}

// A toe is a last link hinged to one that touches the ground as well: the foot is the heel part.
void step_back_from_toes(Rig& rig, Legs& legs, double height) {
  const LegChain& left = legs.side[0];
  if (left.groups.size() < 5) return;
  const int toe = left.groups.back(), heel = left.groups[left.groups.size() - 2];
  const bool both_down = rig.bottom(heel) < rig.bottom(toe) + 0.01 * height;
  const double ahead = rig.position(toe)[0] - rig.position(heel)[0];
  if (!both_down || ahead < 0.03 * height) return;
  for (LegChain& leg : legs.side) leg.foot = leg.groups[leg.groups.size() - 2];
}

// --- soles ---

struct Support {
  Vec3 normal{};             // out of the sole, upwards, foot frame
  std::vector<Vec3> points;  // touching
  double area = -1;
};

std::vector<Point2> convex_hull(std::vector<Point2> p) {
  std::sort(p.begin(), p.end(), [](const Point2& a, const Point2& b) { return a.x < b.x || (a.x == b.x && a.y < b.y); });
  std::vector<Point2> h(2 * p.size() + 1);
  size_t k = 0;
  auto turn = [](const Point2& o, const Point2& a, const Point2& b) {
    return (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
  };
  for (size_t i = 0; i < p.size(); ++i) {
    while (k >= 2 && turn(h[k - 2], h[k - 1], p[i]) <= 0) --k;
    h[k++] = p[i];
  }
  for (size_t i = p.size(), low = k + 1; i-- > 1;) {
    while (k >= low && turn(h[k - 2], h[k - 1], p[i - 1]) <= 0) --k;
    h[k++] = p[i - 1];
  }
  h.resize(k > 1 ? k - 1 : k);
  return h;
}

void plane_basis(const Vec3& normal, Vec3& x, Vec3& y) {
  const Vec3 seed = std::abs(normal[0]) < 0.8 ? Vec3{1, 0, 0} : Vec3{0, 1, 0};
  x = core::cross(seed, normal);
  x = (1 / core::norm(x)) * x;
  y = core::cross(normal, x);
}

double polygon_area(const std::vector<Point2>& h) {
  double area = 0;
  for (size_t i = 0; i < h.size(); ++i) {
    const Point2 &a = h[i], &b = h[(i + 1) % h.size()];
    area += 0.5 * (a.x * b.y - b.x * a.y);
  }
  return area;
}

Support support(const std::vector<Ball>& balls, const Vec3& normal, double slack) {
  Support s;
  s.normal = normal;
  double lowest = 1e30;
  for (const Ball& b : balls) lowest = std::min(lowest, core::dot(b.centre, normal) - b.radius);
  for (const Ball& b : balls)
    if (core::dot(b.centre, normal) - b.radius < lowest + slack) s.points.push_back(b.centre - b.radius * normal);
  Vec3 x, y;
  plane_basis(normal, x, y);
  std::vector<Point2> flat;
  for (const Vec3& p : s.points) flat.push_back({core::dot(p, x), core::dot(p, y)});
  s.area = polygon_area(convex_hull(flat));
  return s;
}

// The plane through the supporting points, by least squares about the present normal.
Vec3 fit_normal(const Support& s) {
  Vec3 x, y, mean{};
  plane_basis(s.normal, x, y);
  for (const Vec3& p : s.points) mean = mean + (1.0 / s.points.size()) * p;
  double xx = 1e-12, xy = 0, yy = 1e-12, xz = 0, yz = 0;
  for (const Vec3& p : s.points) {
    const Vec3 d = p - mean;
    const double u = core::dot(d, x), v = core::dot(d, y), w = core::dot(d, s.normal);
    xx += u * u, xy += u * v, yy += v * v, xz += u * w, yz += v * w;
  }
  const double det = xx * yy - xy * xy;
  if (det < 1e-16) return s.normal;
  const double a = (xz * yy - yz * xy) / det, b = (yz * xx - xz * xy) / det;
  const Vec3 n = s.normal - a * x - b * y;
  return (1 / core::norm(n)) * n;
}

Support best_support(const std::vector<Ball>& balls, const Vec3& up, double size) {
  Vec3 x, y;
  plane_basis(up, x, y);
  Support best;
  const double slack = 0.012 * size;
  constexpr int kSteps = 28;
  constexpr double kStep = 1.25 * M_PI / 180;
  for (int i = -kSteps; i <= kSteps; ++i) {
    for (int j = -kSteps; j <= kSteps; ++j) {
      const double a = i * kStep, b = j * kStep;
      Vec3 n = up + std::tan(a) * x + std::tan(b) * y;
      n = (1 / core::norm(n)) * n;
      Support s = support(balls, n, slack);
      s.area *= 1 - 0.1 * std::hypot(a, b);  // of equal planes the flattest
      if (s.area > best.area) best = std::move(s);
    }
  }
  for (int round = 0; round < 6; ++round) {
    const Support s = support(balls, fit_normal(best), slack / (1 + round));
    if (s.points.size() < 3 || s.area < 0.3 * best.area) break;
    best = s;
  }
  return best;
}

// Long axis of the contact polygon nearest to `forward`, both in the plane's coordinates.
double long_axis(const std::vector<Point2>& h, double forward) {
  double area = 0, cx = 0, cy = 0;
  for (size_t i = 0; i < h.size(); ++i) {
    const Point2 &a = h[i], &b = h[(i + 1) % h.size()];
    const double c = a.x * b.y - b.x * a.y;
    area += c / 2, cx += (a.x + b.x) * c / 6, cy += (a.y + b.y) * c / 6;
  }
  if (area <= 0) return forward;
  cx /= area, cy /= area;
  double xx = 0, yy = 0, xy = 0;
  for (size_t i = 0; i < h.size(); ++i) {
    const Point2 a{h[i].x - cx, h[i].y - cy}, b{h[(i + 1) % h.size()].x - cx, h[(i + 1) % h.size()].y - cy};
    const double c = a.x * b.y - b.x * a.y;
    xx += c * (a.x * a.x + a.x * b.x + b.x * b.x) / 12;
    yy += c * (a.y * a.y + a.y * b.y + b.y * b.y) / 12;
    xy += c * (a.x * b.y + 2 * a.x * a.y + 2 * b.x * b.y + b.x * a.y) / 24;
  }
  const double spread = std::hypot(xx - yy, 2 * xy);
  if (spread < 0.25 * (xx + yy)) return forward;  // nearly round or square: no long axis
  double angle = 0.5 * std::atan2(2 * xy, xx - yy);
  while (angle - forward > M_PI / 2) angle -= M_PI;
  while (angle - forward < -M_PI / 2) angle += M_PI;
  return std::abs(angle - forward) < 0.45 ? angle : forward;
}

Quat from_axes(const Vec3& x, const Vec3& y, const Vec3& z) {
  const double r[9] = {x[0], y[0], z[0], x[1], y[1], z[1], x[2], y[2], z[2]};
  mjtNum q[4];
  mju_mat2Quat(q, r);
  return core::normalized({q[0], q[1], q[2], q[3]});
}

std::vector<Ball> foot_geometry(Rig& rig, int foot, std::vector<std::string>& notes) {
  std::vector<Ball> balls = rig.balls(foot, true);
  if (!balls.empty()) return balls;
  balls = rig.balls(foot, false);
  if (!balls.empty())
    notes.push_back("foot '" + rig.link_name(foot) + "' has no collision geometry: its sole is taken from its looks");
  return balls;
}

}  // namespace

Legs find_legs(Rig& rig, const std::string& source) {
  rig.pose(rig.reference_angles());
  double low = 1e30, high = -1e30;
  for (int l = 0; l < rig.links(); ++l) {
    if (rig.group(l) != l) continue;
    low = std::min(low, rig.bottom(l)), high = std::max(high, rig.top(l));
  }
  const double height = high - low;
  std::vector<Candidate> candidates = leg_candidates(rig, height);
  const bool down = !candidates.empty() && candidates[0].bottom < low + 0.15 * height;
  if (!down)
    throw UserError(source, "has no two legs: no pair of mirrored hinge chains ends at its lowest links",
                    "left and right legs of at least 3 joints, x forward, y left, z up");
  Legs legs = candidates[0].legs;
  for (const Candidate& other : candidates) {
    const bool same =
        other.legs.side[0].groups[0] == legs.side[0].groups[0] || other.legs.side[1].groups[0] == legs.side[1].groups[0];
    if (!same && other.bottom < low + 0.08 * height)
      throw UserError(source,
                      "stands on more than two legs: '" + rig.link_name(legs.side[0].foot) + "' and '" +
                          rig.link_name(other.legs.side[0].foot) + "' both reach the ground",
                      kTwoLegs);
  }
  step_back_from_toes(rig, legs, height);
  return legs;
}

Sole find_sole(Rig& rig, int foot, const std::string& source, std::vector<std::string>& notes) {
  rig.pose(rig.reference_angles());
  const std::vector<Ball> balls = foot_geometry(rig, foot, notes);
  if (balls.empty())
    throw UserError(source, "foot '" + rig.link_name(foot) + "' has no geometry",
                    "a box, spheres, capsules or a mesh to stand on");
  Vec3 low{1e30, 1e30, 1e30}, high{-1e30, -1e30, -1e30};
  for (const Ball& b : balls)
    for (int i = 0; i < 3; ++i)
      low[i] = std::min(low[i], b.centre[i] - b.radius), high[i] = std::max(high[i], b.centre[i] + b.radius);
  const double size = core::norm(high - low);
  const Quat back = core::conjugate(rig.rotation(foot));
  const Support s = best_support(balls, core::rotate(back, {0, 0, 1}), size);

  Vec3 x, y;
  plane_basis(s.normal, x, y);
  std::vector<Point2> flat;
  for (const Vec3& p : s.points) flat.push_back({core::dot(p, x), core::dot(p, y)});
  const Vec3 ahead = core::rotate(back, {1, 0, 0});
  const double angle = long_axis(convex_hull(flat), std::atan2(core::dot(ahead, y), core::dot(ahead, x)));
  const Vec3 forward = std::cos(angle) * x + std::sin(angle) * y;
  const Vec3 left = core::cross(s.normal, forward);
  double x0 = 1e30, x1 = -1e30, y0 = 1e30, y1 = -1e30, z = 0;
  for (const Vec3& p : s.points) {
    x0 = std::min(x0, core::dot(p, forward)), x1 = std::max(x1, core::dot(p, forward));
    y0 = std::min(y0, core::dot(p, left)), y1 = std::max(y1, core::dot(p, left));
    z += core::dot(p, s.normal) / s.points.size();
  }
  Sole sole;
  sole.length = std::max(x1 - x0, 0.1 * size), sole.width = std::max(y1 - y0, 0.1 * size);
  sole.centre = (0.5 * (x0 + x1)) * forward + (0.5 * (y0 + y1)) * left + z * s.normal;
  sole.rotation = from_axes(forward, left, s.normal);
  if (y1 - y0 < 0.1 * size || x1 - x0 < 0.1 * size)
    notes.push_back("foot '" + rig.link_name(foot) + "' stands on a line or a point: its sole is widened");
  return sole;
}

void symmetrise(Rig& rig, const Legs& legs, Sole soles[2]) {
  rig.pose(rig.reference_angles());
  const int left = legs.side[0].foot, right = legs.side[1].foot;
  const Vec3 a = rig.to_root(left, soles[0].centre), b = rig.to_root(right, soles[1].centre);
  const Quat p = core::mul(rig.rotation(left), soles[0].rotation), q = core::mul(rig.rotation(right), soles[1].rotation);
  const Quat flip{q[0], -q[1], q[2], -q[3]};  // the right one mirrored about y = 0
  const double sign = p[0] * flip[0] + p[1] * flip[1] + p[2] * flip[2] + p[3] * flip[3] < 0 ? -1 : 1;
  const Vec3 gap = a - Vec3{b[0], -b[1], b[2]};
  if (core::norm(gap) > 0.1 * soles[0].length) return;  // really different feet stay different
  const Vec3 mean = 0.5 * (a + Vec3{b[0], -b[1], b[2]});
  Quat turn;
  for (int i = 0; i < 4; ++i) turn[i] = p[i] + sign * flip[i];
  turn = core::normalized(turn);
  soles[0].centre = rig.to_link(left, mean);
  soles[1].centre = rig.to_link(right, {mean[0], -mean[1], mean[2]});
  soles[0].rotation = core::mul(core::conjugate(rig.rotation(left)), turn);
  soles[1].rotation = core::mul(core::conjugate(rig.rotation(right)), Quat{turn[0], -turn[1], turn[2], -turn[3]});
  soles[0].length = soles[1].length = 0.5 * (soles[0].length + soles[1].length);
  soles[0].width = soles[1].width = 0.5 * (soles[0].width + soles[1].width);
}

}  // namespace manybody::body
