// The const parts of a Mind; inside the room only.
#pragma once

#include <memory>
#include <string>

#include "brain/brain.h"
#include "brain/gate.h"
#include "brain/lexicon.h"
#include "brain/opinion.h"
#include "brain/skill.h"
#include "core/files.h"

namespace manybody::brain {

struct Mind::Parts {
  Gate gate;
  Lexicon lexicon;
  Skills skills;
  std::unique_ptr<SecondReader> second;  // null when it is switched off or not there

  Parts(const std::string& folder, bool with_model) : lexicon(folder + "/lexicon"), skills(read_skills(folder + "/skills.toml")) {
    if (with_model && core::file_exists(folder + "/plan.bin")) second = std::make_unique<SecondReader>(folder);
  }
};

}  // namespace manybody::brain
