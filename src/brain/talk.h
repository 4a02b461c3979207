// What the robot says: short sentences in the speaker's language, for plans, questions, refusals and talk.
#pragma once

#include <string>
#include <vector>

#include "brain/compose.h"
#include "brain/gate.h"

namespace manybody::brain {

struct Speaker {
  std::string language = "en";
  std::string robot;             // its name, "" when it has none
  std::string body;              // "Unitree G1"
  const Scene* scene = nullptr;  // for what things are called in the speaker's language; null: by their names
};

std::string say_plan(const Plan& plan, const Skills& skills, const Speaker& speaker);
std::string say_step(const Step& step, const Speaker& speaker);
std::string say_target(const std::string& target, const Speaker& speaker);  // a place, a direction, "me"
std::string say_issue(const Issue& issue, const Skills& skills, const Speaker& speaker);
std::string say_fault(const Gate::Fault& fault, const Skills& skills, const Speaker& speaker);
std::string say_stop(const Speaker& speaker);
std::string say_harm(const std::string& reason, const Speaker& speaker);
std::string say_unclear(const Speaker& speaker);
// topic: a chat topic of the lexicon. asked: what a question was about.
std::string say_talk(const std::string& topic, const std::vector<Mention>& asked, const Scene& scene, const Skills& skills,
                     const Memory& memory, const Speaker& speaker);

}  // namespace manybody::brain
