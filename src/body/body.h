// A humanoid as data: what every other room knows of a robot. Made once, then const.
//
// Reads: an MJCF or URDF file through MuJoCo's mjSpec, and robots/<name>/robot.toml where that file is silent.
// Writes: Body. Units SI and radians, frames x forward, y left, z up; quaternions wxyz.
// Method: roles and feet from kinematics and geometry at the home pose (roles.h), then names; home pose (home.h) and
//         gains (gains.h) computed where the file gives none. docs/method/body.md.
// Limits: two-legged bodies with hinge joints; at most kMaxJoints actuated joints.
// Errors: core::UserError naming file, line where known, what was expected.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "body/actuator.h"
#include "body/figure.h"
#include "core/linalg.h"

struct mjSpec_;  // MuJoCo's editable model; only body and physics look inside

namespace manybody::body {

inline constexpr int kMaxJoints = 128;

enum class Side { none, left, right };

enum class Role {
  hip_pitch,
  hip_roll,
  hip_yaw,
  knee,
  ankle_pitch,
  ankle_roll,
  toe,
  waist_yaw,
  waist_roll,
  waist_pitch,
  shoulder_pitch,
  shoulder_roll,
  shoulder_yaw,
  elbow,
  wrist_roll,
  wrist_pitch,
  wrist_yaw,
  neck_yaw,
  neck_roll,
  neck_pitch,
  hand,
  other,
};
const char* to_text(Role role);
const char* to_text(Side side);

struct Link {
  std::string name;
  int parent = -1;        // index in Body::links, -1 for the root link
  double mass = 0;        // kg
  core::Vec3 com{};       // centre of mass in the link frame, m
  core::Vec3 position{};  // link frame in its parent's, m
  core::Quat rotation{1, 0, 0, 0};
};

struct Joint {
  std::string name;
  int link = -1;             // the link it moves
  core::Vec3 axis{0, 0, 1};  // in the link frame, unit
  core::Vec3 anchor{};       // in the link frame, m
  core::Vec3 axis_home{};    // in the root frame at the home pose, unit
  core::Vec3 anchor_home{};  // in the root frame at the home pose, m
  Role role = Role::other;
  Side side = Side::none;
  int mirror = -1;                                 // index of the mirrored joint (itself on the middle line)
  double mirror_sign = 1;                          // q_mirrored = mirror_sign * q
  double low = 0, high = 0;                        // range, rad
  double armature = 0, damping = 0, friction = 0;  // kg m², N m s/rad, N m
  double kp = 0, kd = 0;                           // PD gains, N m/rad and N m s/rad (kd excludes `damping`)
  double torque_max = 0;                           // N m
  double velocity_max = 0;                         // rad/s; 0 where unknown
  double home = 0;                                 // rad
  double torque_home = 0;                          // N m that holds home, standing on both feet
  bool actuated = true;
  std::string actuator;  // name of its model in Body::actuators; empty: an ideal source of torque within torque_max
};

struct Leg {
  Side side = Side::none;
  std::vector<int> joints;  // indices in Body::joints, from hip to foot
  int foot_link = -1;
  std::vector<std::string> geoms;        // four small spheres at the corners of the sole, names in the compiled model
  core::Vec3 sole{};                     // centre of the sole in the foot link's frame, m
  core::Quat sole_rotation{1, 0, 0, 0};  // sole frame (z up, x forward at home) in the foot link's frame
  double length = 0, width = 0;          // of the sole, m
  core::Vec3 hip_home{};                 // centre of the hip in the root frame at home, m
  core::Vec3 sole_home{};                // centre of the sole in the root frame at home, m
  std::vector<double> jacobian;          // 6 x joints, row-major, at home: (linear, angular) of the sole frame in the root frame
};

struct Imu {
  int link = 0;
  core::Vec3 position{};
  core::Quat rotation{1, 0, 0, 0};
  std::string site;  // its name in the compiled model
};

// Where a body comes from: its maker's or researchers' model file; a spec sheet made into a body by the priors of public
// humanoids (shape, inertias and much else are then ours, not the maker's: say so wherever it is shown); drawn at random.
enum class Kind { model, spec_sheet, sampled };
const char* to_text(Kind kind);  // "model", "spec sheet", "sampled"

struct Body {
  std::string name, title, source;  // "unitree_g1", "Unitree G1", the model file
  std::string title_zh;             // in Chinese; empty where none is known
  Kind kind = Kind::model;
  std::vector<Figure> figures;           // of its spec sheet, each with its source or marked as a guess
  std::vector<ActuatorModel> actuators;  // what joints refer to by name
  std::vector<Link> links;               // parents before children; links[0] is the floating root
  std::vector<Joint> joints;             // hinges in the file's order; the floating root is not among them
  std::vector<int> actuated;             // indices in joints, in the file's order: the body's own control order
  Leg legs[2];                           // left, right
  Imu imu;
  double mass = 0;              // kg
  double leg_length = 0;        // L: height of the hip above the sole at home, m
  double height = 0;            // of the whole body at home, m
  double root_height_home = 0;  // height of the root frame above flat ground at home, m
  core::Quat root_rotation_home{1, 0, 0, 0};
  core::Vec3 com_home{};           // whole body, in the root frame at home, m
  std::vector<std::string> notes;  // everything assumed, computed or replaced: said aloud
  std::shared_ptr<mjSpec_> spec;   // the normalised model: free joint, IMU site, one PD position actuator a joint
                                   // named after it, feet named; no floor (physics adds the scene)
  std::shared_ptr<mjSpec_> lean;   // the same without what is only looked at, where it was built apart; may be null

  int joint_index(const std::string& joint) const;    // -1 when unknown
  const ActuatorModel* actuator_of(int joint) const;  // nullptr: an ideal source of torque
  std::vector<std::string> actuated_names() const;
};

}  // namespace manybody::body
