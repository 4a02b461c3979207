// From any humanoid's file to one shape of mjSpec: what the file says is kept, what a scene or a simulator added goes.
//
// Reads: MJCF or URDF. Writes: an mjSpec with one floating root link, named links and hinges, explicit inertials, no floor,
// actuators, sensors, keyframes or lights; and beside it what the file said of drives, keyframes and the IMU.
// Method: docs/method/body.md, "Reading a file".
// Limits: slide and ball joints are held fixed (said in the notes); tendons, skins and flexes are left out.
// Errors: core::UserError (missing, malformed, not compilable, absurd mass, root driven by motors).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "body/assets.h"
#include "body/body.h"
#include "body/rig.h"

namespace manybody::body {

// What a file says of the motor at one joint.
struct Drive {
  bool actuated = false;
  bool has_gains = false;
  double kp = 0, kd = 0;    // N m/rad, N m s/rad
  double torque_max = 0;    // N m; 0 where unknown
  double velocity_max = 0;  // rad/s; 0 where unknown
};

struct Keyframe {
  std::string name;
  std::map<std::string, double> angles;  // by joint name
};

struct Parsed {
  SpecPtr spec{nullptr, nullptr};                     // with meshes: what is shown
  SpecPtr lean{nullptr, nullptr};                     // without: what is measured
  std::vector<MeshShape> meshes;                      // the geoms that `lean` lacks
  std::map<std::string, MeshFile> files;              // every mesh file, by mesh name
  std::string source;                                 // absolute path of the file
  std::vector<std::string> actuated;                  // joint names in the file's actuator order, else joint order
  std::map<std::string, Drive> drives;                // by joint name
  std::map<std::string, std::string> actuator_names;  // by joint name, where a body says what moves it
  std::vector<Keyframe> keyframes;
  std::string imu_site;  // empty when the file has none
  std::vector<std::string> notes;
};

Parsed read_model(const std::string& path);
// Turns the root link's frame so that it becomes x forward, y left, z up: old axes appear turned by `turn`.
void reorient(Parsed& parsed, const core::Quat& turn);

// Puts gains, soles, IMU, names and home height of a finished body into its spec, so that it is what body.h promises.
// Links whose collision geometry overlaps at home never collide: excluded pair by pair.
void finish_spec(Body& body, Rig& rig);

// A copy with nothing but links, inertia, joints, actuators, the IMU site and the soles: quick to compile and to step.
// The caller owns it (mj_deleteSpec).
mjSpec_* physics_spec(const Body& body);

// "words line 12" -> 12; 0 when no line is named.
int line_in(const std::string& message);

}  // namespace manybody::body
