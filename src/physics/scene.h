// Names and sizes that the scene maker and the MuJoCo back end share.
#pragma once

#include "core/files.h"
#include "physics/batch.h"

namespace manybody::physics {

inline constexpr const char* kGroundName = "manybody_ground";
inline constexpr const char* kSoleSites[2] = {"manybody_left_sole", "manybody_right_sole"};
inline constexpr int kTerrainCells = 200;         // rows and columns of rough ground
inline constexpr double kTerrainHalfSize = 15.0;  // m

// Places in sensordata, fixed by the order scene.cc adds the sensors.
inline constexpr int kSensePosition = 0, kSenseAxes = 6, kSenseLinear = 24, kSenseAngular = 30, kSenseTouch = 36, kSenseGyro = 38,
                     kSenseImu = 41, kSenseSize = 45;

// Height of the ground of a model that make_model made, m.
double ground_height_of(const mjModel_& model, double x, double y);

class Drives;

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
  // `torques`: of the driven actuators, which have no targets of their own.
  void inspect(std::span<const double> qpos, std::span<const double> qvel, std::span<const double> targets,
               std::span<const double> torques, const Drives& drives, Inspection& out);

 private:
  std::shared_ptr<const mjModel_> model_;
  struct Scratch;
  std::unique_ptr<Scratch> scratch_;
  SceneIds ids_;
};

// All worlds to the home pose with the nominal parameters, measured: how every back end begins.
void start_at_home(Batch& batch, const body::Body& body);

// FNV-1a over qpos and qvel of all worlds of a batch or an engine.
template <class Worlds>
uint64_t hash_states(Worlds& worlds) {
  uint64_t hash = core::hash_text("state");
  for (int w = 0; w < worlds.worlds(); ++w) {
    hash = core::hash_bytes(std::as_bytes(worlds.qpos(w)), hash);
    hash = core::hash_bytes(std::as_bytes(worlds.qvel(w)), hash);
  }
  return hash;
}

std::unique_ptr<Batch> make_mujoco_batch(const body::Body& body, const SceneOptions& options, int worlds, int threads,
                                         const std::string& reason);
// Null, with the reason, where the lane engine cannot take the scene.
std::unique_ptr<Batch> make_lane_batch(const body::Body& body, const SceneOptions& options, int worlds, int threads,
                                       std::string& reason);

}  // namespace manybody::physics
