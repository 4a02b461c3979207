// Stage 3: which points touch, and what each asks of the accelerations.
//
// Reads: poses, velocities, accelerations at the warm start. Writes: contacts (d = 0 in lanes that do not touch), rows (joints at
//   their limits, dry friction), coupled, trunk.
// Method: MuJoCo's constraint model: reference acceleration and impedance from solref and solimp, pyramidal friction cones
//   (its documentation, Computation: Constraint model). Planes, spheres and capsules are done in the lanes; other pairs world by
//   world through collide/, after bounding spheres have sent most away.
#pragma once

#include <utility>

#include "physics/collide/collide.h"
#include "physics/lane/equality.h"

namespace manybody::physics::lane {
inline namespace MB_LANE_SET {

template <class V>
struct GeomPose {
  Vec3<V> at;  // about the tree's origin; in the world for geoms without a node
  Axes<V> axes;
};

template <class V>
MB_DEVICE const GeomPose<V>& geom_pose(const Model<Scalar<V>>& m, Work<V>& w, int g) {
  GeomPose<V>& out = reinterpret_cast<GeomPose<V>*>(w.geom_at)[g];
  if (w.geom_ready[g]) return out;
  w.geom_ready[g] = 1;
  const Geom<Scalar<V>>& geom = m.geoms[g];
  if (geom.node < 0) {
    out.at = splat3<V>(geom.position);
    out.axes = chain_fixed(unit_axes<V>(), geom.rotation);
  } else {
    const Axes<V>& r = w.axes[geom.node];
    out.at = w.at[geom.node] + turn_fixed(r, geom.position);
    out.axes = geom.type == collide::kSphere ? r : chain_fixed(r, geom.rotation);
  }
  return out;
}

// MuJoCo's frame for a normal: second row along the hint, or y, or z where the normal is near y.
template <class V>
MB_LANE_INLINE void fixed_frame(const Pair<Scalar<V>>& pair, Contact<V>& c) {
  c.level = pair.level;
  c.normal = splat3<V>(pair.frame);
  c.side = splat3<V>(pair.frame + 3);
  c.across = splat3<V>(pair.frame + 6);
}

template <class V>
MB_LANE_INLINE void complete_frame(Contact<V>& c, const Vec3<V>& hint, bool hinted) {
  Vec3<V> side = hint;
  if (!hinted) {
    const Mask<V> steep = abs<V>(c.normal.y) > splat<V>(0.5);
    side = {splat<V>(0), select<V>(steep, splat<V>(0), splat<V>(1)), select<V>(steep, splat<V>(1), splat<V>(0))};
  }
  const V along = dot(side, c.normal);
  side = {side.x - along * c.normal.x, side.y - along * c.normal.y, side.z - along * c.normal.z};
  const V inverse = splat<V>(1) / sqrt<V>(max<V>(dot(side, side), splat<V>(1e-20)));
  c.side = scale(inverse, side);
  c.across = cross(c.normal, c.side);
}

template <class V>
MB_LANE_INLINE void to_frame(const Contact<V>& c, const Vec3<V>& linear, V* out) {
  if (c.level) {
    out[0] = linear.z;
    out[1] = linear.y;
    out[2] = -linear.x;
    return;
  }
  out[0] = dot(c.normal, linear);
  out[1] = dot(c.side, linear);
  out[2] = dot(c.across, linear);
}

// J times node motions, in the contact frame: dim numbers (three where dim is 1 or 3).
template <class V>
MB_LANE_INLINE void contact_motion(const Contact<V>& c, const Motion<V>* nodes, V* out) {
  Vec3<V> linear = zero3<V>(), angular = zero3<V>();
  if (c.node_b >= 0) {
    linear = point_motion(nodes[c.node_b], c.at_b);
    if (c.dim > 3) angular = nodes[c.node_b].w;
  }
  if (c.node_a >= 0) {
    linear = linear - point_motion(nodes[c.node_a], c.at_a);
    if (c.dim > 3) angular = angular - nodes[c.node_a].w;
  }
  to_frame(c, linear, out);
  if (c.dim > 3) to_frame(c, angular, out + 3);
}

// Fills in what follows from geometry: parameters, reference acceleration, J a - aref at the warm start.
template <class V>
MB_DEVICE void finish_contact(const Model<Scalar<V>>& m, Work<V>& w, Contact<V>& c, Mask<V> touching) {
  using S = Scalar<V>;
  const Pair<S>& pair = m.pairs[c.pair];
  const V zero = splat<V>(0);
  const V violation = c.distance - splat<V>(pair.impedance.margin);
  const V imp = impedance_at<V>(pair.impedance, violation);
  const V ga = w.friction[pair.geom_a], gb = w.friction[pair.geom_b];
  V slide;
  switch (pair.friction_from) {
    case 1:
      slide = ga;
      break;
    case 2:
      slide = gb;
      break;
    case 0:
      slide = max<V>(ga, gb);
      break;
    default:
      slide = splat<V>(pair.friction[0]);
  }
  slide = max<V>(slide, splat<V>(1e-5));
  c.mu[0] = slide;
  // Only sliding friction is drawn per world, and it is isotropic unless the pair says otherwise.
  c.mu[1] = pair.friction_from == 3 ? splat<V>(pair.friction[1]) : slide;
  for (int k = 2; k < 5; ++k) c.mu[k] = splat<V>(pair.friction[k]);
  V weight = splat<V>(pair.weight_translation);
  if (c.elliptic) {
    c.cone = slide / splat<V>(std::sqrt(m.impratio));
  } else if (c.dim > 1) {
    // Every edge of a pyramid has the regulariser of its first, scaled by 2 mu^2.
    weight = (weight + slide * slide * weight) * splat<V>(2) * slide * slide / splat<V>(m.impratio);
  }
  const V r = max<V>((splat<V>(1) - imp) * weight, splat<V>(1e-15));
  c.d = select<V>(touching, imp / r, zero);
  V velocity[6];
  contact_motion(c, w.vel, velocity);
  contact_motion(c, w.acc, c.x);
  const V b = splat<V>(pair.impedance.b);
  c.x[0] = c.x[0] + b * velocity[0] + splat<V>(pair.impedance.k) * imp * violation;
  const int dims = c.dim < 3 ? 3 : c.dim;
  for (int k = 1; k < dims; ++k) c.x[k] = c.x[k] + b * velocity[k];
}

template <class V>
MB_LANE_INLINE Contact<V>& new_contact(const Model<Scalar<V>>& m, Work<V>& w, int pair) {
  Contact<V>& c = w.contacts[w.contact_count++];
  c.pair = pair;
  c.node_a = m.geoms[m.pairs[pair].geom_a].node;
  c.node_b = m.geoms[m.pairs[pair].geom_b].node;
  c.dim = m.pairs[pair].dim;
  c.elliptic = m.elliptic && c.dim > 1;
  c.level = false;
  if (c.node_a >= 0 && c.node_b >= 0) w.coupled = true;
  return c;
}

// A contact point known about b's tree origin (or the world's, where b has no node).
template <class V>
MB_LANE_INLINE void place_contact(const Model<Scalar<V>>& m, const Work<V>& w, Contact<V>& c, const Vec3<V>& about_b) {
  c.at_b = about_b;
  c.at_a = about_b;
  if (c.node_a >= 0 && (c.node_b < 0 || m.nodes[c.node_a].tree != m.nodes[c.node_b].tree))
    c.at_a = about_b + origin_between(m, w, c.node_a, c.node_b);
}

// Points of a plane's partner: `centre` and `radius` of a sphere about b's origin.
template <class V>
MB_DEVICE void plane_point(const Model<Scalar<V>>& m, Work<V>& w, int pair, const GeomPose<V>& plane, const Vec3<V>& shift,
                           const Vec3<V>& centre, V radius, const Vec3<V>* hint) {
  const Vec3<V>& n = plane.axes.z;
  const V distance = dot(n, centre + shift - plane.at) - radius;
  const Mask<V> touching = distance < splat<V>(m.pairs[pair].impedance.margin);
  if (!any<V>(touching)) return;
  Contact<V>& c = new_contact(m, w, pair);
  c.normal = n;
  c.distance = distance;
  const V back = radius + distance * splat<V>(0.5);
  place_contact(m, w, c, {centre.x - back * n.x, centre.y - back * n.y, centre.z - back * n.z});
  if (m.pairs[pair].fixed_frame) fixed_frame(m.pairs[pair], c);
  else complete_frame(c, hint ? *hint : n, hint != nullptr);
  finish_contact(m, w, c, touching);
}

template <class V>
MB_DEVICE void plane_box(const Model<Scalar<V>>& m, Work<V>& w, int pair, const GeomPose<V>& plane, const Vec3<V>& shift,
                         const GeomPose<V>& box) {
  const Geom<Scalar<V>>& geom = m.geoms[m.pairs[pair].geom_b];
  const Vec3<V>& n = plane.axes.z;
  const V centre = dot(n, box.at + shift - plane.at), margin = splat<V>(m.pairs[pair].impedance.margin);
  for (int corner = 0; corner < 8; ++corner) {
    const Scalar<V> local[3] = {corner & 1 ? geom.size[0] : -geom.size[0], corner & 2 ? geom.size[1] : -geom.size[1],
                                corner & 4 ? geom.size[2] : -geom.size[2]};
    const Vec3<V> out = turn_fixed(box.axes, local);
    const V down = dot(n, out);
    const V distance = centre + down;
    const Mask<V> touching = (distance < margin) & (down <= splat<V>(0));
    if (!any<V>(touching)) continue;
    Contact<V>& c = new_contact(m, w, pair);
    c.normal = n;
    c.distance = distance;
    const Vec3<V> at = box.at + out;
    const V half = distance * splat<V>(0.5);
    place_contact(m, w, c, {at.x - half * n.x, at.y - half * n.y, at.z - half * n.z});
    if (m.pairs[pair].fixed_frame) fixed_frame(m.pairs[pair], c);
    else complete_frame(c, n, false);
    finish_contact(m, w, c, touching);
  }
}

// Two spheres, at `a` and `b` about b's tree origin.
template <class V>
MB_DEVICE void two_spheres(const Model<Scalar<V>>& m, Work<V>& w, int pair, const Vec3<V>& a, V radius_a, const Vec3<V>& b,
                           V radius_b) {
  const Vec3<V> between = b - a;
  const V square = dot(between, between), reach = radius_a + radius_b + splat<V>(m.pairs[pair].impedance.margin);
  const Mask<V> touching = square < reach * reach;
  if (!any<V>(touching)) return;
  Contact<V>& c = new_contact(m, w, pair);
  const V length = sqrt<V>(max<V>(square, splat<V>(1e-30)));
  const V inverse = splat<V>(1) / length;
  const Mask<V> apart = square > splat<V>(1e-28);
  c.normal = {select<V>(apart, inverse * between.x, splat<V>(1)), select<V>(apart, inverse * between.y, splat<V>(0)),
              select<V>(apart, inverse * between.z, splat<V>(0))};
  c.distance = length - radius_a - radius_b;
  const V out = radius_a + c.distance * splat<V>(0.5);
  place_contact(m, w, c, {a.x + out * c.normal.x, a.y + out * c.normal.y, a.z + out * c.normal.z});
  complete_frame(c, c.normal, false);
  finish_contact(m, w, c, touching);
}

// Nearest points of two segments (centre, axis, half length), as shares along the axes: Ericson, Real-Time Collision Detection
// (2005), 5.1.9.
template <class V>
MB_DEVICE void nearest_on_segments(const Vec3<V>& a, const Vec3<V>& axis_a, V half_a, const Vec3<V>& b, const Vec3<V>& axis_b,
                                   V half_b, V& s, V& t) {
  const Vec3<V> r = a - b;
  const V cosine = dot(axis_a, axis_b), c = dot(axis_a, r), f = dot(axis_b, r);
  const V denominator = splat<V>(1) - cosine * cosine;
  const Mask<V> skew = denominator > splat<V>(sizeof(Scalar<V>) == 4 ? 1e-7 : 1e-15);
  s = select<V>(skew, clamp<V>((cosine * f - c) / select<V>(skew, denominator, splat<V>(1)), -half_a, half_a), splat<V>(0));
  t = cosine * s + f;
  const V held = clamp<V>(t, -half_b, half_b);
  s = select<V>(held < t, clamp<V>(cosine * held - c, -half_a, half_a),
                select<V>(held > t, clamp<V>(cosine * held - c, -half_a, half_a), s));
  t = held;
}

// How far a geom reaches from its bounding box's centre along the unit vector d.
template <class V>
MB_LANE_INLINE V reach_along(const Geom<Scalar<V>>& g, const Axes<V>& r, const Vec3<V>& d) {
  const V z = dot(d, r.z);
  switch (g.type) {
    case collide::kSphere:
      return splat<V>(g.size[0]);
    case collide::kCapsule:
      return splat<V>(g.size[0]) + splat<V>(g.size[1]) * abs<V>(z);
    case collide::kCylinder:
      return splat<V>(g.size[0]) * sqrt<V>(max<V>(splat<V>(1) - z * z, splat<V>(0))) + splat<V>(g.size[1]) * abs<V>(z);
    case collide::kEllipsoid: {
      const V x = splat<V>(g.size[0]) * dot(d, r.x), y = splat<V>(g.size[1]) * dot(d, r.y), w = splat<V>(g.size[2]) * z;
      return sqrt<V>(x * x + y * y + w * w);
    }
    default: {
      const V x = abs<V>(dot(d, r.x)), y = abs<V>(dot(d, r.y));
      return splat<V>(g.box_half[0]) * x + splat<V>(g.box_half[1]) * y + splat<V>(g.box_half[2]) * abs<V>(z);
    }
  }
}

// Lanes in which a unit vector keeps the two apart are taken out of `near`: the line of centres, then the axes of both.
template <class V>
MB_DEVICE Mask<V> keep_unseparated(const Geom<Scalar<V>>& ga, const GeomPose<V>& a, const Geom<Scalar<V>>& gb,
                                   const GeomPose<V>& b, const Vec3<V>& shift, Scalar<V> margin, Mask<V> near) {
  const Vec3<V> between = b.at + shift + turn_fixed(b.axes, gb.box_centre) - a.at - turn_fixed(a.axes, ga.box_centre);
  // A hair of slack: what rounding could take for separated goes to the narrow phase.
  const V slack = splat<V>(margin + Scalar<V>(1e-5) * (ga.bound + gb.bound));
  const auto apart = [&](const Vec3<V>& d) {
    return abs<V>(dot(d, between)) - reach_along(ga, a.axes, d) - reach_along(gb, b.axes, d) > slack;
  };
  const V inverse = splat<V>(1) / sqrt<V>(max<V>(dot(between, between), splat<V>(1e-12)));
  near = near & mask_not<V>(apart(scale(inverse, between)));
  if (!any<V>(near)) return near;
  for (const auto& [geom, pose] : {std::pair<const Geom<Scalar<V>>*, const GeomPose<V>*>{&ga, &a}, {&gb, &b}}) {
    if (geom->type == collide::kSphere) continue;
    near = near & mask_not<V>(apart(pose->axes.z));
    if (geom->type == collide::kCapsule || geom->type == collide::kCylinder) {
      // Across the axis, in the plane of the centres.
      const V along = dot(pose->axes.z, between);
      const Vec3<V> across = {between.x - along * pose->axes.z.x, between.y - along * pose->axes.z.y,
                              between.z - along * pose->axes.z.z};
      near = near & mask_not<V>(apart(scale(splat<V>(1) / sqrt<V>(max<V>(dot(across, across), splat<V>(1e-12))), across)));
    } else {
      near = near & mask_not<V>(apart(pose->axes.x)) & mask_not<V>(apart(pose->axes.y));
    }
    if (!any<V>(near)) return near;
  }
  const Vec3<V> across = cross(a.axes.z, b.axes.z);
  const V square = dot(across, across);
  const Mask<V> skew = square > splat<V>(1e-4);
  return near & mask_not<V>(skew & apart(scale(splat<V>(1) / sqrt<V>(max<V>(square, splat<V>(1e-4))), across)));
}

#if !defined(MB_LANE_THREADS)
// Pairs that are done world by world.
template <class V>
MB_DEVICE void each_world(const Model<Scalar<V>>& m, Work<V>& w, int index, const GeomPose<V>& a, const Vec3<V>& shift,
                          const GeomPose<V>& b, Mask<V> near) {
  using S = Scalar<V>;
  constexpr int kMost = 64;
  const Pair<S>& pair = m.pairs[index];
  const Geom<S>&ga = m.geoms[pair.geom_a], &gb = m.geoms[pair.geom_b];
  const int first = w.contact_count;
  Mask<V> touching[kMost];
  const int most = pair.contacts < kMost ? pair.contacts : kMost;
  auto pose = [](const GeomPose<V>& g, const Vec3<V>& add, int l) {
    const auto at = [l](const V& v) { return get<V>(v, l); };
    return collide::Pose<S>{{at(g.at.x) + at(add.x), at(g.at.y) + at(add.y), at(g.at.z) + at(add.z)},
                            {at(g.axes.x.x), at(g.axes.y.x), at(g.axes.z.x), at(g.axes.x.y), at(g.axes.y.y), at(g.axes.z.y),
                             at(g.axes.x.z), at(g.axes.y.z), at(g.axes.z.z)}};
  };
  for (int l = 0; l < kWidth<V>; ++l) {
    if (!mask_get<V>(near, l)) continue;
    ++w.counts.each;
    collide::Touch<S> found[kMost];
    const int count = collide::collide<S>((*m.shapes)[ga.id], pose(a, zero3<V>(), l), (*m.shapes)[gb.id], pose(b, shift, l),
                                          pair.impedance.margin, found, most);
    for (int i = 0; i < count; ++i) {
      if (first + i >= w.contact_count) {
        touching[i] = mask_of<V>(false);
        Contact<V>& c = new_contact(m, w, index);
        c.normal = {splat<V>(0), splat<V>(0), splat<V>(1)};
        c.side = {splat<V>(1), splat<V>(0), splat<V>(0)};
        c.at_b = zero3<V>();
        c.distance = splat<V>(0);
      }
      Contact<V>& c = w.contacts[first + i];
      mask_set<V>(touching[i], l, true);
      S frame[9];
      collide::make_frame(found[i], frame);
      V* const to[10] = {&c.normal.x, &c.normal.y, &c.normal.z, &c.side.x, &c.side.y,
                         &c.side.z,   &c.at_b.x,   &c.at_b.y,   &c.at_b.z, &c.distance};
      const S from[10] = {frame[0],
                          frame[1],
                          frame[2],
                          frame[3],
                          frame[4],
                          frame[5],
                          found[i].position[0],
                          found[i].position[1],
                          found[i].position[2],
                          found[i].distance};
      for (int k = 0; k < 10; ++k) set<V>(*to[k], l, from[k]);
    }
  }
  for (int i = first; i < w.contact_count; ++i) {
    Contact<V>& c = w.contacts[i];
    c.across = cross(c.normal, c.side);
    place_contact(m, w, c, c.at_b - shift);  // the points are about a's origin
    finish_contact(m, w, c, touching[i - first]);
  }
}
#else
// The same where each lane is a thread that asks for its own world: all make as many contacts as any of them has.
template <class V>
MB_DEVICE void each_world(const Model<Scalar<V>>& m, Work<V>& w, int index, const GeomPose<V>& a, const Vec3<V>& shift,
                          const GeomPose<V>& b, Mask<V> near) {
  constexpr int kMost = 64;
  const Pair<V>& pair = m.pairs[index];
  const int id_a = m.geoms[pair.geom_a].id, id_b = m.geoms[pair.geom_b].id;
  const auto pose = [](const GeomPose<V>& g, const Vec3<V>& add) {
    const Axes<V>& r = g.axes;
    return collide::Pose<V>{{g.at.x + add.x, g.at.y + add.y, g.at.z + add.z},
                            {r.x.x, r.y.x, r.z.x, r.x.y, r.y.y, r.z.y, r.x.z, r.y.z, r.z.z}};
  };
  collide::Touch<V> found[kMost];
  int count = 0;
  if (near) {
    ++w.counts.each;
    count = collide::collide<V>(m.shapes[id_a], pose(a, zero3<V>()), m.shapes[id_b], pose(b, shift), pair.impedance.margin, found,
                                pair.contacts < kMost ? pair.contacts : kMost);
  }
  const int most = warp_most(count);
  for (int i = 0; i < most; ++i) {
    const bool touching = i < count;
    V frame[9] = {0, 0, 1, 1, 0, 0}, at[3] = {0, 0, 0};
    if (touching) {
      collide::make_frame(found[i], frame);
      for (int k = 0; k < 3; ++k) at[k] = found[i].position[k];
    }
    Contact<V>& c = new_contact(m, w, index);
    c.normal = {frame[0], frame[1], frame[2]};
    c.side = {frame[3], frame[4], frame[5]};
    c.across = cross(c.normal, c.side);
    c.distance = touching ? found[i].distance : V(0);
    place_contact(m, w, c, Vec3<V>{at[0], at[1], at[2]} - shift);
    finish_contact(m, w, c, touching);
  }
}
#endif

template <class V>
MB_DEVICE void find_pair(const Model<Scalar<V>>& m, Work<V>& w, int index) {
  using S = Scalar<V>;
  const Pair<S>& pair = m.pairs[index];
  const Geom<S>&ga = m.geoms[pair.geom_a], &gb = m.geoms[pair.geom_b];
  const bool one_tree = ga.node >= 0 && gb.node >= 0 && m.nodes[ga.node].tree == m.nodes[gb.node].tree;
  const GeomPose<V>&a = geom_pose(m, w, pair.geom_a), &b = geom_pose(m, w, pair.geom_b);
  const Vec3<V> shift = one_tree ? zero3<V>() : origin_between(m, w, ga.node, gb.node);
  const Vec3<V> between = b.at + shift - a.at;
  const V margin = splat<V>(pair.impedance.margin), bound = splat<V>(ga.bound + gb.bound) + margin;
  Mask<V> near;
  if (ga.type == collide::kPlane) near = dot(a.axes.z, between) < bound;
  else if (ga.type == collide::kHeightField) near = mask_of<V>(true);
  else near = dot(between, between) < bound * bound;
  if (!any<V>(near)) return;
  const Vec3<V> a_in_b = a.at - shift;
  switch (pair.method) {
    case Method::plane_sphere:
      plane_point(m, w, index, a, shift, b.at, splat<V>(gb.size[0]), static_cast<const Vec3<V>*>(nullptr));
      break;
    case Method::plane_capsule: {
      const Vec3<V> half = scale(splat<V>(gb.size[1]), b.axes.z);
      plane_point(m, w, index, a, shift, b.at + half, splat<V>(gb.size[0]), &b.axes.z);
      plane_point(m, w, index, a, shift, b.at - half, splat<V>(gb.size[0]), &b.axes.z);
      break;
    }
    case Method::plane_box:
      plane_box(m, w, index, a, shift, b);
      break;
    case Method::sphere_sphere:
      two_spheres(m, w, index, a_in_b, splat<V>(ga.size[0]), b.at, splat<V>(gb.size[0]));
      break;
    case Method::sphere_capsule: {
      const V half = splat<V>(gb.size[1]), t = clamp<V>(dot(b.axes.z, a_in_b - b.at), -half, half);
      two_spheres(m, w, index, a_in_b, splat<V>(ga.size[0]), b.at + scale(t, b.axes.z), splat<V>(gb.size[0]));
      break;
    }
    case Method::capsule_capsule: {
      V s, t;
      nearest_on_segments(a_in_b, a.axes.z, splat<V>(ga.size[1]), b.at, b.axes.z, splat<V>(gb.size[1]), s, t);
      two_spheres(m, w, index, a_in_b + scale(s, a.axes.z), splat<V>(ga.size[0]), b.at + scale(t, b.axes.z),
                  splat<V>(gb.size[0]));
      break;
    }
    case Method::each:
      if (ga.type == collide::kPlane) {
        const Vec3<V> centre = between + turn_fixed(b.axes, gb.box_centre);
        near = near & (dot(a.axes.z, centre) - reach_along(gb, b.axes, a.axes.z) < margin + splat<V>(1e-5 * gb.bound));
      } else if (ga.type != collide::kHeightField) {
        near = keep_unseparated(ga, a, gb, b, shift, pair.impedance.margin, near);
      }
      if (any<V>(near)) each_world(m, w, index, a, shift, b, near);
      break;
  }
}

template <class V>
MB_DEVICE void find_joint_rows(const Model<Scalar<V>>& m, Work<V>& w) {
  using S = Scalar<V>;
  const V zero = splat<V>(0), one = splat<V>(1);
  for (size_t n = 0; n < m.nodes.size(); ++n) {
    const Node<S>& node = m.nodes[n];
    if (node.kind == JointKind::free || node.kind == JointKind::ball) continue;
    const Dof<S>& dof = m.dofs[node.v];
    const V q = w.q[node.q], v = w.v[node.v], a = w.a[node.v];
    if (dof.limited) {
      const V margin = splat<V>(dof.limit.margin);
      const V below = q - splat<V>(dof.low), above = splat<V>(dof.high) - q;
      const Mask<V> at_low = below < margin, at_high = above < margin;
      if (any<V>(at_low | at_high)) {
        JointRow<V>& row = w.rows[w.row_count++];
        row.dof = node.v;
        row.friction = false;
        row.side = select<V>(at_low, one, select<V>(at_high, -one, zero));
        const V violation = select<V>(at_low, below, above) - margin, imp = impedance_at<V>(dof.limit, violation);
        const V r = max<V>((one - imp) / imp * splat<V>(dof.weight), splat<V>(1e-15));
        row.d = select<V>(at_low | at_high, one / r, zero);
        row.x = row.side * a + splat<V>(dof.limit.b) * row.side * v + splat<V>(dof.limit.k) * imp * violation;
      }
    }
    if (dof.friction_loss > 0) {
      JointRow<V>& row = w.rows[w.row_count++];
      row.dof = node.v;
      row.friction = true;
      row.side = one;
      row.d = splat<V>(1 / dof.friction_r);
      row.loss = splat<V>(dof.friction_loss);
      row.x = a + splat<V>(dof.friction_b) * v;
    }
  }
}

// A node is in the trunk where a constraint acts on it or beyond it.
template <class V>
MB_DEVICE void list_trunk(const Model<Scalar<V>>& m, Work<V>& w) {
  const int nodes = static_cast<int>(m.nodes.size());
  std::memset(w.trunk, 0, m.nodes.size());
  std::memset(w.touched, 0, m.nodes.size());
  find_equalities(m, w);
  for (int i = 0; i < w.contact_count; ++i) {
    for (int n : {w.contacts[i].node_a, w.contacts[i].node_b})
      if (n >= 0) w.trunk[n] = w.touched[n] = 1;
  }
  for (int i = 0; i < w.row_count; ++i) w.trunk[m.dofs[w.rows[i].dof].node] = 1;
  w.trunk_count = w.limb_count = 0;
  for (int n = nodes - 1; n >= 0; --n)
    if (w.trunk[n] && m.nodes[n].parent >= 0) w.trunk[m.nodes[n].parent] = 1;
  for (int n = 0; n < nodes; ++n) (w.trunk[n] ? w.trunk_list[w.trunk_count++] : w.limb_list[w.limb_count++]) = n;
}

template <class V>
MB_DEVICE void step_contacts(const Model<Scalar<V>>& m, Work<V>& w) {
  w.contact_count = w.row_count = 0;
  w.coupled = false;
  for (int t = 0; t < m.trees; ++t) {
    V* const shift[3] = {&w.tree_shift[t].x, &w.tree_shift[t].y, &w.tree_shift[t].z};
    for (int k = 0; k < 3; ++k)
      for (int l = 0; l < kWidth<V>; ++l) set<V>(*shift[k], l, static_cast<Scalar<V>>(w.origin[(3 * t + k) * kWidth<V> + l]));
  }
  std::memset(w.geom_ready, 0, m.geoms.size());
  const int pairs = static_cast<int>(m.pairs.size());
  for (int i = 0; i < pairs; ++i) find_pair(m, w, i);
  find_joint_rows(m, w);
  w.counts.contacts += static_cast<uint64_t>(w.contact_count);
  list_trunk(m, w);
}

}  // namespace MB_LANE_SET
}  // namespace manybody::physics::lane
