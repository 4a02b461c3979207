// One picture of the simulation, as the page receives it sixty times a second: of one robot, or of all robots of a stage.
//
// Reads: what the application's loop fills in each control step.
// Writes: the bytes of docs/protocol.md ("binary: one frame", "binary: a frame of the stage"), little-endian.
// Method: encode_frame reuses the buffer it is given: once that has its size, no allocation.
// Limits: at most 65535 of each kind; further contacts are left out, further links, joints or rewards are our bug.
// Errors: decode_frame throws core::UserError on bytes that are not one whole frame.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace manybody::studio {

struct LinkPose {
  std::array<float, 3> position{};            // world, m
  std::array<float, 4> rotation{1, 0, 0, 0};  // wxyz
};

struct JointState {
  float position = 0, velocity = 0;  // rad, rad/s
  float torque = 0;                  // N m
  float target = 0;                  // rad, what the policy asks for
};

struct ContactForce {
  std::array<float, 3> position{};  // world, m
  std::array<float, 3> force{};     // world, on the robot, N
};

struct Frame {
  double sim_time = 0;  // s
  float rtf = 0;        // simulated seconds a wall-clock second
  bool paused = false, fallen = false;
  std::vector<LinkPose> links;            // order of Scene::links
  std::vector<JointState> joints;         // order of Scene::joints
  std::array<float, 3> command{};         // vx, vy (m/s), yaw rate (rad/s)
  std::array<float, 3> measured{};        // the same, averaged over one stride
  float gait_phase = 0;                   // 0 … 1
  float stand_gate = 0;                   // 0 stands, 1 walks
  std::array<float, 2> foot_clearance{};  // left, right, m
  std::vector<ContactForce> contacts;
  std::vector<float> rewards;  // weighted terms, order of Scene::rewards
};

// Who leads a robot of the stage: itself (rounds about its mark), a page, or itself on its way back to its mark.
enum class Lead : uint16_t { rounds = 0, steered = 1, returning = 2 };

struct StageMember {
  uint16_t id = 0;  // as in Stage::robots, in their order
  Lead lead = Lead::rounds;
  uint32_t falls = 0;
  float tracking_error = 0;  // m/s, root mean square over the last seconds
  Frame frame;
};

struct StageFrame {
  uint32_t revision = 0;  // of the Stage it belongs to
  std::vector<StageMember> robots;
};

inline constexpr uint32_t kFrameMagic = 0x3146424Du;       // "MBF1"
inline constexpr uint32_t kStageFrameMagic = 0x3246424Du;  // "MBF2"

size_t encoded_size(const Frame& frame);
void encode_frame(const Frame& frame, uint32_t sequence, std::vector<uint8_t>& out);
size_t encoded_size(const StageFrame& frame);
void encode_frame(const StageFrame& frame, uint32_t sequence, std::vector<uint8_t>& out);
// What the page does, for tests and tools.
Frame decode_frame(std::span<const uint8_t> bytes, uint32_t* sequence = nullptr);
StageFrame decode_stage_frame(std::span<const uint8_t> bytes, uint32_t* sequence = nullptr);

}  // namespace manybody::studio
