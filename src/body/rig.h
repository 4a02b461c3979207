// A compiled model that can be posed: what roles, feet, home and gains measure. Internal to the room.
//
// Reads: an mjSpec whose root link floats and whose other joints are hinges (normalise.h).
// Writes: poses in the root frame (the root link at the origin, unrotated). Indices: link = MuJoCo body - 1, joint = MuJoCo
//         joint - 1, so both count as in Body. SI, radians.
// Limits: not thread-safe: one rig, one thread.
// Errors: core::UserError when the spec does not compile, with the compiler's words and the line where it knows one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "body/meshes.h"
#include "core/linalg.h"

struct mjSpec_;
struct mjModel_;
struct mjData_;

namespace manybody::body {

using core::operator+;  // Vec3 is a std::array: lookup by argument does not reach core
using core::operator-;
using core::operator*;

using SpecPtr = std::unique_ptr<mjSpec_, void (*)(mjSpec_*)>;
using ModelPtr = std::unique_ptr<mjModel_, void (*)(mjModel_*)>;
using DataPtr = std::unique_ptr<mjData_, void (*)(mjData_*)>;

SpecPtr own(mjSpec_* spec);
// source: the file named in errors.
ModelPtr compile(mjSpec_* spec, const std::string& source);

// While one lives, MuJoCo's warnings on this thread are collected instead of printed and logged to a file.
class WarningScope {
 public:
  WarningScope();
  ~WarningScope();
  std::vector<std::string> warnings;

 private:
  WarningScope* outer_;
};

// A point with a radius: boxes and meshes give corners of radius 0, spheres and capsules their centres.
struct Ball {
  core::Vec3 centre{};
  double radius = 0;
};

class Rig {
 public:
  // spec: the lean one, without the mesh geoms that `meshes` describes.
  Rig(mjSpec_* spec, std::vector<MeshShape> meshes, const std::string& source);

  int links() const { return links_; }
  int joints() const { return joints_; }
  const mjModel_* model() const { return model_.get(); }
  mjData_* data() { return data_.get(); }

  // Structure. A group is a moving link with every link welded to it, named by its topmost link.
  int parent(int link) const;
  int group(int link) const;
  int group_parent(int group) const;  // -1 for the root's group
  std::vector<int> group_children(int group) const;
  std::vector<int> group_joints(int group) const;
  std::vector<int> chain(int group) const;  // groups from below the root's group down to this one
  int joint_link(int joint) const;
  double low(int joint) const;
  double high(int joint) const;
  double reference(int joint) const;  // the angle in which the file is drawn
  const std::string& joint_name(int joint) const { return joint_names_[joint]; }
  const std::string& link_name(int link) const { return link_names_[link]; }
  double subtree_mass(int link) const;
  double mass() const;

  // Poses the body with its root link turned, to find which way a file draws it. (1 0 0 0): as it is.
  void turn_root(const core::Quat& turn) { turn_ = turn; }
  // Pose: all hinges. Everything below is of the last pose, in the root frame.
  void pose(const std::vector<double>& q);
  const std::vector<double>& angles() const { return q_; }
  std::vector<double> reference_angles() const;
  core::Vec3 position(int link) const;
  core::Quat rotation(int link) const;
  core::Vec3 axis(int joint) const;
  core::Vec3 anchor(int joint) const;
  core::Vec3 com() const;
  core::Vec3 subtree_com(int link) const;
  core::Vec3 to_root(int link, const core::Vec3& point) const;
  core::Vec3 to_link(int link, const core::Vec3& point) const;
  // 6 x joints, row-major: linear and angular velocity of a point fixed to the link.
  std::vector<double> jacobian(int link, const core::Vec3& point_root) const;
  // Torque of each joint that holds the pose against gravity while the root hangs fixed, N m.
  std::vector<double> gravity_torque() const;

  // Geometry of a group in the frame of `link`: what collides, or all there is.
  std::vector<Ball> balls(int link, bool colliding) const;
  // The convex shapes a link collides with, each as balls in the root frame; whether any of them is a mesh.
  std::vector<std::vector<Ball>> hulls(int link) const;
  bool meshes_collide() const;
  // Lowest and highest point of a group's geometry (its mass where it has none).
  double bottom(int group) const;
  double top(int group) const;

 private:
  double extreme(int group, double sign) const;
  ModelPtr model_;
  DataPtr data_;
  std::vector<MeshShape> meshes_;
  std::vector<int> mesh_links_;
  int links_ = 0, joints_ = 0;
  std::vector<double> q_;
  core::Quat turn_{1, 0, 0, 0};
  std::vector<std::string> joint_names_, link_names_;
};

}  // namespace manybody::body
