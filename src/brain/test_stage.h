// The mind and the stage that the brain's tests talk with.
#pragma once

#include <string>

#include "brain/brain.h"
#include "brain/plan_json.h"
#include "core/files.h"

namespace manybody::brain {

inline const std::string kFolder = std::string(MB_SOURCE_DIR) + "/data/brain";

inline const Mind& mind() {
  static const Mind the_mind({kFolder, true});
  return the_mind;
}
inline Scene stage() { return read_scene(core::read_file(kFolder + "/test/stage.json"), "stage.json"); }

}  // namespace manybody::brain
