// What a page may ask of the simulation: one struct a message of docs/protocol.md ("Page → server").
//
// Reads: the text of one WebSocket message, which may be anything at all.
// Writes: a Command, or one sentence saying what is wrong with the message.
// Limits: at most kMaxMessageBytes; numbers finite and clipped to sane bounds; names without path tricks.
// Errors: none thrown: a page's mistake is answered, never fatal.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace manybody::studio {

inline constexpr size_t kMaxMessageBytes = 16 * 1024;

// `robot`: whom of a stage it means, nothing: all of them. A view of one robot does not look at it.
struct VelocityCommand {
  double vx = 0, vy = 0, wz = 0;  // m/s, m/s, rad/s; the application clips them to the policy's range
  std::optional<int> robot = std::nullopt;
};
struct PauseCommand {
  bool on = true;
};
struct StepCommand {};
struct ResetCommand {
  std::optional<int> robot = std::nullopt;
};
struct SpeedCommand {
  double factor = 1;  // 1/8 … 4
};
struct PushCommand {
  int link = 0;                             // index in Scene::links, checked against the scene
  std::array<double, 3> point{};            // world, m
  std::array<double, 3> force{};            // world, N, at most kMaxPushN
  double seconds = 0;                       // at most kMaxPushS
  std::optional<int> robot = std::nullopt;  // needed on a stage
};
struct SelectCommand {
  std::optional<std::string> body, policy;
  std::optional<int> robot = std::nullopt;  // on a stage: whose policy
};
struct ViewCommand {
  bool stage = false;               // all robots together, or one
  std::optional<std::string> body;  // the one
};
struct StageCommand {
  enum class Action { add, remove, release } action = Action::add;  // release: it walks its own rounds again
  std::optional<std::string> body;                                  // to add
  std::optional<int> robot;                                         // to remove or release; nothing: all (release)
};
struct TrainCommand {
  enum class Action { start, stop, follow, play } action = Action::start;
  std::optional<std::string> body, run;
};

struct SayCommand {
  std::string text;
  std::string robot;  // spoken to: its name, its number on the stage, or "all"; "": the first
};

using Command = std::variant<VelocityCommand, PauseCommand, StepCommand, ResetCommand, SpeedCommand, PushCommand, SelectCommand,
                             ViewCommand, StageCommand, TrainCommand, SayCommand>;

inline constexpr double kMinSpeed = 0.125, kMaxSpeed = 4;
inline constexpr size_t kMaxSayBytes = 4000;
inline constexpr double kMaxPushN = 2000, kMaxPushS = 2;

// nothing: `error` says why.
std::optional<Command> parse_command(std::string_view text, std::string& error);

}  // namespace manybody::studio
