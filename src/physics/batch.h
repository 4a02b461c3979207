// Batches of worlds of one body: the interface every physics back end serves.
//
// Reads: joint position targets, per-world parameters, external pushes.
// Writes: generalised state and what a humanoid task measures (feet, contacts, torques), all as flat arrays, world-major.
// Method: the lane engine (lane/engine.h, lane_batch.cc) or MuJoCo 4.0 through its C batch API (mujoco_batch.cc).
// Limits: one body a batch; the same results for a seed whatever the number of threads; step_ and read_ do not allocate
//         in this room's own code.
// Errors: make_* throws core::UserError; a world that diverges is flagged in `diverged`, never thrown.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "body/body.h"

struct mjModel_;

namespace manybody::physics {

enum class Collisions { feet, full };  // feet: soles against the ground only (training); full: as the file says
enum class Terrain { flat, rough };
enum class Actuators { ideal, datasheet };  // datasheet: joints whose actuator is known move by its model (body/actuator.h)
enum class Backend {
  lanes,
  lanes_double,
  mujoco,
  cuda
};  // lanes_double: the lane engine in double, for comparisons; cuda: it on a GPU

struct SceneOptions {
  Backend backend = Backend::
      lanes;  // a scene that the lane engine cannot take runs on MuJoCo, one that the GPU cannot on the lanes (Batch::backend says so)
  Collisions collisions = Collisions::feet;
  Terrain terrain = Terrain::flat;
  double terrain_amplitude_m = 0.04;  // largest height difference of rough ground
  double timestep_s = 0.005;
  int solver_iterations = 8;
  int line_search_iterations = 8;
  double friction = 0.8;
  bool joint_friction = false;  // dry friction of the joints: adds a constraint row a joint
  uint64_t terrain_seed = 1;
  Actuators actuators = Actuators::ideal;
};

// The compiled model of a body on a ground, shared and const.
std::shared_ptr<const mjModel_> make_model(const body::Body& body, const SceneOptions& options);

// Multipliers and offsets per world; 1 / 0 is the nominal body.
struct WorldParameters {
  double friction = 0.8;               // of the soles and the ground
  double mass_scale = 1;               // of the torso: the heaviest link
  double com_offset_m[3] = {0, 0, 0};  // of the same link
  double kp_scale = 1, kd_scale = 1;   // all joints
  double strength_scale = 1;           // torque limits
  // Under Actuators::datasheet every motor's own deviations (ActuatorModel::spread_*) are drawn from these numbers: the same
  // parameters, the same motors; nominal parameters, nominal motors.
};

// What a viewer draws of one world.
struct ContactPoint {
  core::Vec3 position, force;  // world frame; force on the robot, N
};
struct Inspection {
  std::vector<float> links;  // Body::links x 7: position, quaternion wxyz
  std::vector<ContactPoint> contacts;
};

class Batch {
 public:
  virtual ~Batch() = default;

  virtual std::string backend() const = 0;  // "avx2 float", "MuJoCo", "MuJoCo (the lane engine lacks ...)"
  virtual int worlds() const = 0;
  virtual int nq() const = 0;  // 7 + hinges
  virtual int nv() const = 0;  // 6 + hinges
  virtual int nu() const = 0;  // actuated joints, Body::actuated order

  // Generalised state: position (x y z, quaternion wxyz, hinges) and velocity (linear in the world, angular in the root
  // frame, hinges): MuJoCo's order. Write, then call refresh.
  virtual std::span<double> qpos(int world) = 0;
  virtual std::span<double> qvel(int world) = 0;
  virtual std::span<double> targets(int world) = 0;  // nu position targets, rad
  virtual std::span<double> push(int world) = 0;     // 6: force N and torque N m on the root link, world frame

  // Measured after the last step or refresh. Spans of the named length, world frame unless said.
  virtual std::span<const double> torques(int world) const = 0;        // nu, N m
  virtual std::span<const double> foot_position(int world) const = 0;  // 2 x 3: centres of the soles
  virtual std::span<const double> foot_rotation(int world) const = 0;  // 2 x 9: sole frames, row-major
  virtual std::span<const double> foot_velocity(int world) const = 0;  // 2 x 6: linear, angular
  virtual std::span<const double> foot_force(int world) const = 0;     // 2: normal contact force, N
  virtual std::span<const double> imu_gyro(int world) const = 0;       // 3, IMU frame, rad/s
  virtual std::span<const double> imu_rotation(int world) const = 0;   // 4, wxyz: IMU frame in the world
  virtual std::span<const double> qacc(int world) const = 0;           // nv
  virtual double ground_height(double x, double y) const = 0;          // m
  virtual bool diverged(int world) const = 0;

  virtual WorldParameters& parameters(int world) = 0;  // write, then call apply_parameters
  virtual void apply_parameters(std::span<const int> ids) = 0;
  virtual void rest_actuators(std::span<const int> ids) = 0;  // motors as cold as the air, in the middle of their gaps

  virtual void step(int substeps) = 0;                 // all worlds
  virtual void refresh(std::span<const int> ids) = 0;  // recompute what is measured from the state written

  // Poses of all links and contacts of one world, recomputed from its state: for display, not for the loop.
  virtual void inspect(int world, Inspection& out) = 0;

  // One world's whole state (positions, velocities, controls, warm start, heat and gaps of motors), for checkpoints and copies.
  virtual int state_size() const = 0;
  virtual std::span<double> state(int world) = 0;  // call refresh after writing

  // FNV-1a over all states: equal runs have equal hashes.
  uint64_t state_hash();
};

std::unique_ptr<Batch> make_batch(const body::Body& body, const SceneOptions& options, int worlds, int threads);

}  // namespace manybody::physics
