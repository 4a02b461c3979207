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

}  // namespace manybody::physics
