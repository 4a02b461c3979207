// From a humanoid's per-world parameters to the lane engine's, for an engine made with Wanted::varied_bodies = {ids.heavy}.
#pragma once

#include "physics/lane/engine.h"
#include "physics/scene.h"

namespace manybody::physics {

void write_parameters(const mjModel_& model, const SceneIds& ids, const WorldParameters& from, const lane::EngineParameters& to);

}  // namespace manybody::physics
