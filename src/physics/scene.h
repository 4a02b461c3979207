// Names and sizes that the scene maker and the MuJoCo back end share.
#pragma once

#include "physics/batch.h"

namespace manybody::physics {

inline constexpr const char* kGroundName = "manybody_ground";
inline constexpr const char* kSoleSites[2] = {"manybody_left_sole", "manybody_right_sole"};
inline constexpr int kTerrainCells = 200;          // rows and columns of rough ground
inline constexpr double kTerrainHalfSize = 15.0;   // m

// Places in sensordata, fixed by the order scene.cc adds the sensors.
inline constexpr int kSensePosition = 0, kSenseAxes = 6, kSenseLinear = 24, kSenseAngular = 30, kSenseTouch = 36,
                     kSenseGyro = 38, kSenseImu = 41, kSenseSize = 45;

// Height of the ground of a model that make_model made, m.
double ground_height_of(const mjModel_& model, double x, double y);

// The links of a body, the ground and the soles' geoms, as MuJoCo ids in a model that make_model made.
struct SceneIds {
  SceneIds(const mjModel_& model, const body::Body& body);
  int root = 1, heavy = 1, ground = -1;  // heavy: the heaviest link, whose mass WorldParameters scales
  std::vector<int> links, sole_geoms;
};

// Poses and contacts for display, from plain mj_forward.
class Inspector {
 public:
  Inspector(std::shared_ptr<const mjModel_> model, const body::Body& body);
  ~Inspector();
  void inspect(std::span<const double> qpos, std::span<const double> qvel, std::span<const double> targets, Inspection& out);

 private:
  std::shared_ptr<const mjModel_> model_;
  struct Scratch;
  std::unique_ptr<Scratch> scratch_;
  SceneIds ids_;
};

std::unique_ptr<Batch> make_mujoco_batch(const body::Body& body, const SceneOptions& options, int worlds, int threads,
                                         const std::string& reason);
// Null, with the reason, where the lane engine cannot take the scene.
std::unique_ptr<Batch> make_lane_batch(const body::Body& body, const SceneOptions& options, int worlds, int threads, std::string& reason);

inline constexpr double kVelocityLimit = 300;  // rad/s or m/s: beyond this a world has diverged

}  // namespace manybody::physics
