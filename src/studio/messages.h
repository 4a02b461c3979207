// What the server tells the page in words: bodies, the scene, its status, a training run. Text is docs/protocol.md's JSON.
//
// Reads: plain structs the application fills; make_scene takes what a Body knows.
// Writes: JSON text, UTF-8; numbers that are not finite become 0, for the page needs numbers.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace manybody::body {
struct Body;
enum class Kind;
}  // namespace manybody::body

namespace manybody::studio {

struct BodyEntry {
  std::string name, title;
  bool installed = false;
  int joints = 0;                     // driven ones
  double mass = 0, height = 0;        // kg, m; 0 where unknown: then not sent
  std::vector<std::string> policies;  // names the page may select
  std::string source;                 // what load_body takes when it is not `name`; never sent
  std::string title_zh;               // in Chinese; "": not sent
  std::string kind = "model";         // "model", "spec_sheet", "sampled"
  std::string problem;                // why it cannot be shown though installed; "": none, not sent
};

// What moves a joint, where a data sheet is known: title, kind ("planetary", …) and what it can do at home, speed rising from 0.
struct DriveInfo {
  std::string title, kind;
  std::vector<std::array<double, 3>> curve;  // rad/s, N m at most in the direction of motion, N m held for ever
};

struct JointInfo {
  std::string name, role, side;
  double low = 0, high = 0, torque_max = 0, home = 0;  // rad, rad, N m, rad
  bool driven = true;
  double velocity_max = 0;  // rad/s; 0: unknown, not sent
  std::optional<DriveInfo> drive = std::nullopt;
};

struct Scene {
  std::string body, title, policy;
  std::vector<std::string> policies;
  std::vector<std::string> links;    // names, order of Frame::links
  std::vector<JointInfo> joints;     // order of Frame::joints
  std::vector<std::string> rewards;  // names, order of Frame::rewards
  double control_hz = 50, leg_length = 0;
  std::string mode = "play";             // or "train"
  std::string title_zh, kind = "model";  // as in BodyEntry
  // What the policy accepts, low and high: vx, vy (m/s), yaw rate (rad/s); nothing: the page's own bounds.
  std::optional<std::array<std::array<double, 2>, 3>> command_range;
};
// All links in Body::links order, all joints in Body::joints order.
Scene make_scene(const body::Body& body);

// Several robots at once. Each has the scene a single view of it would have.
struct StageRobot {
  uint16_t id = 0;               // never given twice
  std::array<double, 2> mark{};  // where it belongs on the floor, m
  double mass = 0, height = 0;   // kg, m
  int driven = 0;                // joints with a drive
  Scene scene;
};

struct Stage {
  uint32_t revision = 0;  // grows with every change; frames say which they belong to
  int most = 0;           // robots it takes
  int coming = 0;         // being read, not yet here
  std::vector<StageRobot> robots;
};

struct Status {
  bool paused = false;
  double speed = 1, rtf = 0, sim_time = 0;
  int falls = 0;
  std::string policy, body;
};

// Curves by name: (control steps, value), ascending in steps.
using Curves = std::map<std::string, std::vector<std::array<double, 2>>>;

struct TrainMessage {
  std::string run, body;
  std::string state = "starting";  // "running", "finished", "stopped", "failed"
  double steps = 0, steps_total = 0, steps_per_s = 0, seconds = 0, seconds_left = 0, checkpoint_steps = 0;
  Curves curves;
  std::string message;  // why it failed; "": nothing to say
  bool whole = false;   // the curves replace what the page holds, else they are added to it
};

struct TalkStep {
  std::string label, skill, robot, state, reason;  // state: "waiting", "running", "done", "failed", "stopped", "refused"
};

// One exchange: what was said, the answer, the plan as a checklist.
struct TalkMessage {
  uint64_t id = 0;
  std::string from, robot, heard;  // from: "page", "http"; robot: spoken to
  bool answered = false;
  std::string language, kind, reply, reason, brain;
  double confidence = 0;
  std::vector<TalkStep> plan;
  std::vector<std::array<std::string, 2>> spoken;  // robot, words
};

struct WorldItem {
  std::string group, name;  // group: "robot", "person", "place", "object"
  std::vector<std::string> aliases;
  std::optional<std::array<double, 3>> position;
};
struct WorldMessage {
  std::vector<WorldItem> items;
};

// The word the page reads: "model", "spec_sheet", "sampled".
std::string kind_word(body::Kind kind);
std::string bodies_json(const std::vector<BodyEntry>& bodies);
std::string hello_json(const std::string& version, const std::string& language, const std::vector<BodyEntry>& bodies);
std::string scene_json(const Scene& scene);
std::string stage_json(const Stage& stage);
std::string status_json(const Status& status);
std::string train_json(const TrainMessage& message);
std::string talk_json(const TalkMessage& message);
std::string world_json(const WorldMessage& world);
std::string error_json(const std::string& message, bool fatal);

}  // namespace manybody::studio
