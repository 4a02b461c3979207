// Contacts between two shapes, with the meaning of MuJoCo 4.0 under its default options.
//
// Reads: two shapes and poses in one world frame; margin (m): contacts up to that distance are returned (a model's margin plus gap).
// Writes: at most `capacity` contacts, distance and point and normal from a to b; returns how many.
// Method: closed forms for planes, spheres, capsules and sphere-cylinder; separating axes and clipping for two boxes (Gottschalk
// et al. 1996; Sutherland & Hodgman 1974); everything else by GJK (Gilbert, Johnson & Keerthi 1988), EPA (van den Bergen 2001) and
// clipped faces, after MuJoCo's documentation (Computation: Collision) and what mj_collision does with the same poses.
// Limits: no allocation; planes and height fields never touch each other. A cylinder's wall or cap on a flat side: the depth is
// exact, the places of the contacts may differ from MuJoCo's, whose choice depends on the path of its search. Bodies of a height
// field are its columns, as in MuJoCo; depths of polyhedra in them are exact, where MuJoCo 4.0 without margin may stop short.
// Float: decisions that hang on a difference of nearly equal numbers (parallel axes) use relative thresholds.
#pragma once

#include "core/device.h"
#include "physics/collide/shape.h"

namespace manybody::physics::collide {

template <class T>
MB_DEVICE int collide(const Shape<T>& a, const Pose<T>& pose_a, const Shape<T>& b, const Pose<T>& pose_b, T margin, Touch<T>* out,
                      int capacity);

// False where the bounding spheres (or a plane and a bounding sphere) are further apart than margin.
template <class T>
MB_DEVICE bool bounds_touch(const Shape<T>& a, const Pose<T>& pose_a, const Shape<T>& b, const Pose<T>& pose_b, T margin);

// MuJoCo's contact frame: normal, second row along the tangent hint (or y, or z), third row their cross product; row-major.
template <class T>
MB_DEVICE void make_frame(const Touch<T>& touch, T frame[9]);

#if !defined(__CUDACC__)
extern template int collide(const Shape<float>&, const Pose<float>&, const Shape<float>&, const Pose<float>&, float,
                            Touch<float>*, int);
extern template int collide(const Shape<double>&, const Pose<double>&, const Shape<double>&, const Pose<double>&, double,
                            Touch<double>*, int);
#endif

}  // namespace manybody::physics::collide
