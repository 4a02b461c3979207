// The embedded brain: text in, answer out, offline and deterministic. A Mind is the const part, a Talk one conversation.
//
// Reads: data/brain (skills, lexicon, model) once; text, scene and ability each time. Writes: Answer; what the talk remembers.
// Method: gate → tokens → frames → steps → gate, docs/method/brain.md; a small learned model must agree before anything is done.
// Limits: never moves anything itself; a Talk is one thread's. Errors: core::UserError while a Mind is made, none afterwards.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "body/body.h"
#include "brain/plan.h"
#include "brain/scene.h"
#include "brain/skill.h"

namespace manybody::brain {

inline constexpr double kActConfidence = 0.55;  // below: ask

struct MindOptions {
  std::string folder;  // "" is data/brain in the home directory
  bool model = true;   // let the learned model have its say
};

class Mind {
 public:
  explicit Mind(const MindOptions& options = {});
  ~Mind();
  Mind(const Mind&) = delete;
  Mind& operator=(const Mind&) = delete;

  const Skills& skills() const;
  bool says_stop(const std::string& text) const;  // a stop word; from any thread
  struct Parts;
  const Parts& parts() const { return *parts_; }

 private:
  std::unique_ptr<Parts> parts_;
};

struct Listener {
  std::string robot, body;  // its name and its body's title, for replies
  Ability ability;
};

class Talk {
 public:
  Talk(const Mind& mind, Scene scene, Listener listener = {});
  ~Talk();
  Talk(Talk&&) noexcept;

  Answer answer(const std::string& text);
  // What was said before, without acting on it again.
  void remember(const std::vector<Turn>& history);
  void set_scene(Scene scene);
  const Scene& scene() const;
  void set_doing(std::optional<Step> step);  // what is under way now, for "what are you doing?"
  // A plan some other brain proposed: only what the gate lets through; anything else becomes a refusal or a question.
  Answer vet(const std::string& text, Answer proposed);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What a body can do: arms, a head or a waist that stands in for it, how fast it may be asked to walk.
Ability ability_of(const body::Body& body);

}  // namespace manybody::brain
