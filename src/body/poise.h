// Where a body's weight and soles are for any joint angles, seen from its root: forward kinematics without a simulator.
//
// Reads: Body, joint angles (one a joint of the body, rad). Writes: centre of mass, soles, link poses, m, in the root frame.
// Method: the tree from the root outwards, each hinge about its own anchor. Limits: no allocation after it is made.
#pragma once

#include <span>
#include <vector>

#include "body/body.h"

namespace manybody::body {

class Poise {
 public:
  explicit Poise(const Body& body);  // the body must outlive it

  void set(std::span<const double> angles);
  core::Vec3 com() const;
  core::Vec3 sole(int leg) const;
  core::Quat sole_rotation(int leg) const;
  // The centre of mass from the middle between the soles, in the soles' mean direction: what has to stay for the body to stand.
  core::Vec3 com_over_soles() const;
  // How a point fixed to what a joint moves goes per rad of that joint, m; the point in the root frame.
  core::Vec3 velocity(int joint, const core::Vec3& point) const;
  core::Vec3 point(int link, const core::Vec3& at) const;  // of a link's frame

 private:
  const Body& body_;
  std::vector<int> first_;                            // place in order_ of each link's first joint
  std::vector<int> order_;                            // joints by the link they move
  std::vector<core::Vec3> position_, axis_, anchor_;  // of links; of joints
  std::vector<core::Quat> rotation_;
};

}  // namespace manybody::body
