#include "body/poise.h"

#include "core/error.h"

namespace manybody::body {

using core::operator+;
using core::operator-;
using core::operator*;
using core::Quat;
using core::Vec3;

Poise::Poise(const Body& body) : body_(body) {
  position_.assign(body.links.size(), {});
  rotation_.assign(body.links.size(), {1, 0, 0, 0});
  axis_.assign(body.joints.size(), {});
  anchor_.assign(body.joints.size(), {});
  for (size_t link = 0; link < body.links.size(); ++link) {
    first_.push_back(static_cast<int>(order_.size()));
    for (size_t j = 0; j < body.joints.size(); ++j) {
      if (body.joints[j].link == static_cast<int>(link)) order_.push_back(static_cast<int>(j));
    }
  }
  first_.push_back(static_cast<int>(order_.size()));
}

void Poise::set(std::span<const double> angles) {
  MB_CHECK(angles.size() == body_.joints.size());
  for (size_t i = 1; i < body_.links.size(); ++i) {
    const Link& link = body_.links[i];
    const size_t parent = static_cast<size_t>(link.parent);
    Vec3 p = position_[parent] + core::rotate(rotation_[parent], link.position);
    Quat r = core::mul(rotation_[parent], link.rotation);
    for (int k = first_[i]; k < first_[i + 1]; ++k) {
      const size_t j = static_cast<size_t>(order_[static_cast<size_t>(k)]);
      const Joint& joint = body_.joints[j];
      anchor_[j] = p + core::rotate(r, joint.anchor);
      axis_[j] = core::rotate(r, joint.axis);
      r = core::mul(r, core::axis_angle(joint.axis, angles[j]));
      p = anchor_[j] - core::rotate(r, joint.anchor);
    }
    position_[i] = p;
    rotation_[i] = core::normalized(r);
  }
}

Vec3 Poise::point(int link, const Vec3& at) const {
  return position_[static_cast<size_t>(link)] + core::rotate(rotation_[static_cast<size_t>(link)], at);
}

Vec3 Poise::velocity(int joint, const Vec3& point) const {
  return core::cross(axis_[static_cast<size_t>(joint)], point - anchor_[static_cast<size_t>(joint)]);
}

Vec3 Poise::com() const {
  Vec3 sum{};
  double mass = 0;
  for (size_t i = 0; i < body_.links.size(); ++i) {
    sum = sum + body_.links[i].mass * point(static_cast<int>(i), body_.links[i].com);
    mass += body_.links[i].mass;
  }
  return mass > 0 ? (1 / mass) * sum : sum;
}

Vec3 Poise::sole(int leg) const { return point(body_.legs[leg].foot_link, body_.legs[leg].sole); }

Quat Poise::sole_rotation(int leg) const {
  return core::mul(rotation_[static_cast<size_t>(body_.legs[leg].foot_link)], body_.legs[leg].sole_rotation);
}

Vec3 Poise::com_over_soles() const {
  const Vec3 apart = com() - 0.5 * (sole(0) + sole(1));
  return 0.5 * (core::rotate(core::conjugate(sole_rotation(0)), apart) + core::rotate(core::conjugate(sole_rotation(1)), apart));
}

}  // namespace manybody::body
