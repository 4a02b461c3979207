#include "body/roles.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/error.h"

namespace manybody::body {
namespace {

using core::Vec3;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

enum Turn { kPitch, kRoll, kYaw };

// Whether a joint's name speaks of a turn. Only a tie-break: geometry decides first.
bool name_says(const std::string& name, Turn turn) {
  const std::string n = lower(name);
  auto has = [&](const char* word) { return n.find(word) != std::string::npos; };
  auto ends = [&](const std::string& word) {
    return n.size() >= word.size() && n.compare(n.size() - word.size(), word.size(), word) == 0;
  };
  switch (turn) {
    case kPitch:
      return has("pitch") || has("flex") || ends("_y") || ends("fe");
    case kRoll:
      return has("roll") || has("abd") || has("add") || ends("_x") || ends("aa");
    case kYaw:
      return has("yaw") || has("rot") || has("twist") || ends("_z") || ends("ie") || ends("hr");
  }
  return false;
}

// The assignment of joints to pitch, roll and yaw (each at most once; -1: none) that matches the directions best.
std::vector<int> match_turns(const Rig& rig, const std::vector<int>& joints, const Vec3 direction[3]) {
  const int n = static_cast<int>(joints.size());
  std::vector<int> now(n, -1), best(n, -1);
  double best_score = -1;
  std::function<void(int, int, double)> place = [&](int i, int used, double score) {
    if (i == n) {
      int at[3] = {-1, -1, -1};
      for (int k = 0; k < n; ++k)
        if (now[k] >= 0) at[now[k]] = k;
      // Yaw and roll axes canted by 45 degrees match either way: yaw lies nearer to the body where pitch comes last.
      if (at[kYaw] >= 0 && at[kRoll] >= 0) {
        const bool pitch_last = at[kPitch] > std::max(at[kYaw], at[kRoll]);
        if ((at[kYaw] < at[kRoll]) == pitch_last) score += 1e-3;
      }
      if (score > best_score) best_score = score, best = now;
      return;
    }
    for (int t = 0; t < 3; ++t) {
      if (used >> t & 1) continue;
      const double fit = std::abs(core::dot(rig.axis(joints[i]), direction[t]));
      if (fit < 0.3) continue;
      now[i] = t;
      place(i + 1, used | 1 << t, score + fit * fit + (name_says(rig.joint_name(joints[i]), static_cast<Turn>(t)) ? 0.05 : 0));
    }
    now[i] = -1;
    place(i + 1, used, score);
  };
  if (n <= 8) place(0, 0, 0);
  return best;
}

const Vec3 kUpright[3] = {{0, 1, 0}, {1, 0, 0}, {0, 0, 1}};

int find_knee(const Rig& rig, const LegChain& leg, const Vec3& sole) {
  int knee = -1;
  double longest = 0;
  const Vec3 hip = rig.anchor(leg.joints[0]);
  for (size_t i = 0; i < leg.joints.size(); ++i) {
    const Vec3 p = rig.anchor(leg.joints[i]);
    const double pitch = std::abs(rig.axis(leg.joints[i])[1]);
    if (pitch < 0.75) continue;
    const double lever = std::min(std::abs(hip[2] - p[2]), std::abs(p[2] - sole[2])) * pitch;
    if (lever > longest) longest = lever, knee = static_cast<int>(i);
  }
  return longest > 0.15 * (hip[2] - sole[2]) ? knee : -1;
}

bool in_leg(const Rig& rig, const Legs& legs, int group) {
  for (int g : rig.chain(group))
    if (g == legs.side[0].groups[0] || g == legs.side[1].groups[0]) return true;
  return false;
}

bool carries_legs(const Rig& rig, const Legs& legs, int group) {
  const std::vector<int> chain = rig.chain(legs.root);
  return group == 0 || std::find(chain.begin(), chain.end(), group) != chain.end();
}

// The heaviest mirrored pair of branches that leave one link to both sides and are not legs.
bool find_arms(const Rig& rig, Anatomy& a) {
  const double hip = rig.anchor(a.legs.side[0].joints[0])[2];
  double heaviest = 0.01 * rig.mass();
  int pair[2] = {-1, -1};
  for (int l = 1; l < rig.links(); ++l) {
    if (rig.group(l) != l || in_leg(rig, a.legs, l) || carries_legs(rig, a.legs, l)) continue;
    for (int r = 1; r < rig.links(); ++r) {
      if (rig.group(r) != r || r == l || rig.group_parent(r) != rig.group_parent(l)) continue;
      if (in_leg(rig, a.legs, r) || carries_legs(rig, a.legs, r)) continue;
      const Vec3 p = rig.position(l), q = rig.position(r);
      const double tolerance = 0.1 * std::abs(p[1]) + 0.01;
      if (p[1] <= 0.01 || p[2] < hip || core::norm(p - Vec3{q[0], -q[1], q[2]}) > tolerance) continue;
      const double mass = std::min(rig.subtree_mass(l), rig.subtree_mass(r));
      if (mass > heaviest) heaviest = mass, pair[0] = l, pair[1] = r;
    }
  }
  if (pair[0] < 0) return false;
  a.arms_root = rig.group_parent(pair[0]);
  for (int s = 0; s < 2; ++s) {
    ArmChain& arm = a.arms[s];
    for (int g = pair[s]; g >= 0;) {
      arm.groups.push_back(g);
      for (int j : rig.group_joints(g)) arm.joints.push_back(j);
      const std::vector<int> next = rig.group_children(g);
      double total = 0;
      int heir = -1;
      for (int c : next) total += rig.subtree_mass(c);
      for (int c : next)
        if (rig.subtree_mass(c) > 0.6 * total) heir = c;
      g = heir;
    }
  }
  return a.arms[0].joints.size() == a.arms[1].joints.size();
}

// The joint that bends in the middle of the arm: across the forearm, far from both ends.
int find_elbow(const Rig& rig, const ArmChain& arm) {
  const Vec3 tip = rig.subtree_com(arm.groups.back());
  const Vec3 shoulder = rig.anchor(arm.joints[0]);
  int elbow = -1;
  double best = 0.08 * core::norm(tip - shoulder);
  for (size_t i = 1; i < arm.joints.size(); ++i) {
    const Vec3 p = rig.anchor(arm.joints[i]), fore = tip - p;
    const double across = core::norm(core::cross(rig.axis(arm.joints[i]), fore)) / std::max(core::norm(fore), 1e-9);
    const double lever = std::min(core::norm(p - shoulder), core::norm(fore)) * across * across;
    if (lever > best) best = lever, elbow = static_cast<int>(i);
  }
  return elbow;
}

// --- mirror ---

Vec3 flip_axis(const Vec3& a) { return {-a[0], a[1], -a[2]}; }  // a rotation axis is an axial vector
Vec3 flip_point(const Vec3& p) { return {p[0], -p[1], p[2]}; }

void pair_up(const Rig& rig, Anatomy& a, int i, int j) {
  const double match = core::dot(rig.axis(j), flip_axis(rig.axis(i)));
  a.mirror[i] = j, a.mirror[j] = i;
  a.mirror_sign[i] = a.mirror_sign[j] = match < 0 ? -1 : 1;
}

void find_mirror(const Rig& rig, Anatomy& a, std::vector<std::string>& notes) {
  const int n = rig.joints();
  a.mirror.assign(n, -1), a.mirror_sign.assign(n, 1);
  for (size_t i = 0; i < a.legs.side[0].joints.size(); ++i) pair_up(rig, a, a.legs.side[0].joints[i], a.legs.side[1].joints[i]);
  if (a.has_arms)
    for (size_t i = 0; i < a.arms[0].joints.size(); ++i) pair_up(rig, a, a.arms[0].joints[i], a.arms[1].joints[i]);
  const double size = 0.05 * std::max(0.2, core::norm(rig.anchor(a.legs.side[0].joints[0]) - rig.position(a.legs.side[0].foot)));
  for (int i = 0; i < n; ++i) {
    if (a.mirror[i] >= 0) continue;
    int best = -1;
    double least = size;
    for (int j = 0; j < n; ++j) {
      if (a.mirror[j] >= 0) continue;
      const double axes = 1 - std::abs(core::dot(rig.axis(j), flip_axis(rig.axis(i))));
      Vec3 gap = rig.anchor(j) - flip_point(rig.anchor(i));
      gap = gap - core::dot(gap, rig.axis(j)) * rig.axis(j);  // where an anchor lies along its axis means nothing
      const double cost = core::norm(gap) + size * 5 * axes +
                          (rig.chain(rig.joint_link(i)).size() != rig.chain(rig.joint_link(j)).size() ? size : 0);
      if (cost < least) least = cost, best = j;
    }
    if (best < 0) {
      notes.push_back("joint '" + rig.joint_name(i) + "' has no mirror image: it is mirrored onto itself");
      best = i;
    }
    pair_up(rig, a, i, best);
  }
}

// --- roles ---

void leg_roles(Rig& rig, Anatomy& a) {
  static const Role hip[3] = {Role::hip_pitch, Role::hip_roll, Role::hip_yaw};
  static const Role ankle[3] = {Role::ankle_pitch, Role::ankle_roll, Role::other};
  const std::vector<int>& joints = a.legs.side[0].joints;
  const std::vector<int> upper(joints.begin(), joints.begin() + a.knee);
  std::vector<int> below;
  std::vector<Role> role(joints.size(), Role::other);
  role[a.knee] = Role::knee;
  for (size_t i = a.knee + 1; i < joints.size(); ++i) {
    const std::vector<int>& groups = a.legs.side[0].groups;
    const auto foot = std::find(groups.begin(), groups.end(), a.legs.side[0].foot);
    const bool beyond = std::find(foot, groups.end(), rig.joint_link(joints[i])) > foot && rig.joint_link(joints[i]) != *foot &&
                        std::find(foot, groups.end(), rig.joint_link(joints[i])) != groups.end();
    if (beyond) role[i] = Role::toe;
    else below.push_back(joints[i]);
  }
  const std::vector<int> turns = match_turns(rig, upper, kUpright), feet = match_turns(rig, below, kUpright);
  for (size_t i = 0; i < upper.size(); ++i) role[i] = turns[i] < 0 ? Role::other : hip[turns[i]];
  for (size_t i = 0; i < below.size(); ++i) role[a.knee + 1 + i] = feet[i] < 0 ? Role::other : ankle[feet[i]];
  for (int s = 0; s < 2; ++s)
    for (size_t i = 0; i < joints.size(); ++i) a.roles[a.legs.side[s].joints[i]] = role[i];
}

void arm_roles(Rig& rig, Anatomy& a) {
  static const Role shoulder[3] = {Role::shoulder_pitch, Role::shoulder_roll, Role::shoulder_yaw};
  static const Role wrist[3] = {Role::wrist_pitch, Role::wrist_roll, Role::wrist_yaw};
  const ArmChain& arm = a.arms[0];
  const int n = static_cast<int>(arm.joints.size());
  const int elbow = arm.elbow < 0 ? n : arm.elbow;
  std::vector<int> upper(arm.joints.begin(), arm.joints.begin() + elbow);
  std::vector<Role> role(n, Role::hand);
  const std::vector<int> turns = match_turns(rig, upper, kUpright);
  for (int i = 0; i < elbow; ++i) role[i] = turns[i] < 0 ? Role::other : shoulder[turns[i]];
  if (elbow < n) {
    role[elbow] = Role::elbow;
    const Vec3 bend = rig.axis(arm.joints[elbow]);
    Vec3 fore = rig.subtree_com(arm.groups.back()) - rig.anchor(arm.joints[elbow]);
    fore = (1 / std::max(core::norm(fore), 1e-9)) * fore;
    const Vec3 across = core::cross(fore, bend);
    const Vec3 directions[3] = {bend, fore, across};
    const int last = std::min(n, elbow + 4);
    const std::vector<int> lower_arm(arm.joints.begin() + elbow + 1, arm.joints.begin() + last);
    const std::vector<int> hand = match_turns(rig, lower_arm, directions);
    for (size_t i = 0; i < lower_arm.size(); ++i) role[elbow + 1 + i] = hand[i] < 0 ? Role::other : wrist[hand[i]];
  }
  for (int s = 0; s < 2; ++s)
    for (int i = 0; i < n; ++i) a.roles[a.arms[s].joints[i]] = role[i];
}

// Joints between the link the legs hang from and the one that carries the arms (or the heaviest other branch).
std::vector<int> waist_joints(const Rig& rig, const Anatomy& a) {
  std::vector<int> up = rig.chain(a.arms_root), down = rig.chain(a.legs.root), out;
  size_t shared = 0;
  while (shared < up.size() && shared < down.size() && up[shared] == down[shared]) ++shared;
  for (const std::vector<int>& path : {down, up})
    for (size_t i = shared; i < path.size(); ++i)
      for (int j : rig.group_joints(path[i])) out.push_back(j);
  return out;
}

void trunk_roles(Rig& rig, Anatomy& a) {
  static const Role waist[3] = {Role::waist_pitch, Role::waist_roll, Role::waist_yaw};
  static const Role neck[3] = {Role::neck_pitch, Role::neck_roll, Role::neck_yaw};
  if (a.has_arms) {
    const std::vector<int> joints = waist_joints(rig, a);
    const std::vector<int> turns = match_turns(rig, joints, kUpright);
    for (size_t i = 0; i < joints.size(); ++i) a.roles[joints[i]] = turns[i] < 0 ? Role::other : waist[turns[i]];
  }
  // The head: the highest branch on the middle line that carries neither arms nor legs.
  int head = -1;
  double highest = rig.anchor(a.legs.side[0].joints[0])[2];
  for (int g = 1; g < rig.links(); ++g) {
    if (rig.group(g) != g || in_leg(rig, a.legs, g) || rig.group_joints(g).empty() || !rig.group_children(g).empty()) continue;
    bool middle = true;
    for (int c : rig.chain(g))
      for (int j : rig.group_joints(c))
        if (a.mirror[j] != j) middle = false;
    if (middle && rig.subtree_com(g)[2] > highest) highest = rig.subtree_com(g)[2], head = g;
  }
  if (head < 0) return;
  std::vector<int> joints;
  for (int c : rig.chain(head))
    for (int j : rig.group_joints(c))
      if (a.roles[j] == Role::other && c != a.arms_root) joints.push_back(j);
  const std::vector<int> turns = match_turns(rig, joints, kUpright);
  for (size_t i = 0; i < joints.size(); ++i) {
    if (turns[i] >= 0) a.roles[joints[i]] = neck[turns[i]];
    for (int t = 0; t < 3 && turns[i] < 0; ++t)  // a neck may nod at its base and again at the head
      if (std::abs(core::dot(rig.axis(joints[i]), kUpright[t])) > 0.8) a.roles[joints[i]] = neck[t];
  }
}

void mark_sides(const Rig& rig, Anatomy& a) {
  for (int j = 0; j < rig.joints(); ++j) {
    if (a.mirror[j] == j) continue;
    a.sides[j] = rig.anchor(j)[1] > rig.anchor(a.mirror[j])[1] ? Side::left : Side::right;
  }
  for (int s = 0; s < 2; ++s) {
    const Side side = s == 0 ? Side::left : Side::right;
    for (int j : a.legs.side[s].joints) a.sides[j] = side;
    if (!a.has_arms) continue;
    const int shoulder = a.arms[s].groups[0];
    for (int j = 0; j < rig.joints(); ++j) {
      const std::vector<int> chain = rig.chain(rig.joint_link(j));
      if (std::find(chain.begin(), chain.end(), shoulder) == chain.end()) continue;
      a.sides[j] = side;
      const auto& own = a.arms[s].joints;
      if (std::find(own.begin(), own.end(), j) == own.end()) a.roles[j] = Role::hand;
    }
  }
}

}  // namespace

Anatomy find_anatomy(Rig& rig, const Legs& legs, const Sole soles[2], const std::string& source,
                     std::vector<std::string>& notes) {
  rig.pose(rig.reference_angles());
  Anatomy a;
  a.legs = legs;
  a.knee = find_knee(rig, legs.side[0], rig.to_root(legs.side[0].foot, soles[0].centre));
  if (a.knee < 1)
    throw core::UserError(
        source,
        "leg '" + rig.joint_name(legs.side[0].joints[0]) + "' … '" + rig.joint_name(legs.side[0].joints.back()) + "' has no knee",
        "a joint about the y axis between hip and ankle");
  a.has_arms = find_arms(rig, a);
  if (!a.has_arms) a.arms[0] = a.arms[1] = {};
  if (a.has_arms)
    for (ArmChain& arm : a.arms) arm.elbow = find_elbow(rig, a.arms[0]);
  find_mirror(rig, a, notes);
  a.roles.assign(rig.joints(), Role::other);
  a.sides.assign(rig.joints(), Side::none);
  return a;
}

void assign_roles(Rig& rig, Anatomy& a) {
  leg_roles(rig, a);
  if (a.has_arms) arm_roles(rig, a);
  trunk_roles(rig, a);
  mark_sides(rig, a);
}

}  // namespace manybody::body
