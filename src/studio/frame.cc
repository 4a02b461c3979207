#include "studio/frame.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

#include "core/error.h"

namespace manybody::studio {
namespace {

static_assert(std::endian::native == std::endian::little, "frames are written as they lie in memory");
static_assert(sizeof(LinkPose) == 28 && sizeof(JointState) == 16 && sizeof(ContactForce) == 24);

constexpr size_t kFixed = 24 + 4 * sizeof(uint16_t) + (3 + 3 + 4) * sizeof(float);
constexpr size_t kStageHead = 16, kMemberHead = 16;
constexpr size_t kMost = 65535;

struct Writer {
  uint8_t* at;
  void bytes(const void* data, size_t n) {
    if (n > 0) std::memcpy(at, data, n);
    at += n;
  }
  template <class T>
  void value(T v) {
    bytes(&v, sizeof v);
  }
};

struct Reader {
  std::span<const uint8_t> left;
  void bytes(void* data, size_t n) {
    if (n > left.size()) throw core::UserError("frame", "it ends early", std::to_string(n) + " more bytes");
    if (n > 0) std::memcpy(data, left.data(), n);
    left = left.subspan(n);
  }
  template <class T>
  T value() {
    T v;
    bytes(&v, sizeof v);
    return v;
  }
  template <class T>
  void list(std::vector<T>& out, size_t n) {
    if (n * sizeof(T) > left.size()) throw core::UserError("frame", "it ends early", "the counts its header gives");
    out.resize(n);
    bytes(out.data(), n * sizeof(T));
  }
};

size_t contact_count(const Frame& frame) { return std::min(frame.contacts.size(), kMost); }

void write_frame(const Frame& frame, uint32_t sequence, Writer& w) {
  MB_CHECK(frame.links.size() <= kMost && frame.joints.size() <= kMost && frame.rewards.size() <= kMost);
  w.value(kFrameMagic);
  w.value(sequence);
  w.value(frame.sim_time);
  w.value(frame.rtf);
  w.value<uint8_t>(frame.paused);
  w.value<uint8_t>(frame.fallen);
  w.value<uint16_t>(0);
  w.value(static_cast<uint16_t>(frame.links.size()));
  w.value(static_cast<uint16_t>(frame.joints.size()));
  w.value(static_cast<uint16_t>(contact_count(frame)));
  w.value(static_cast<uint16_t>(frame.rewards.size()));
  w.bytes(frame.links.data(), frame.links.size() * sizeof(LinkPose));
  w.bytes(frame.joints.data(), frame.joints.size() * sizeof(JointState));
  w.value(frame.command);
  w.value(frame.measured);
  w.value(frame.gait_phase);
  w.value(frame.stand_gate);
  w.value(frame.foot_clearance);
  w.bytes(frame.contacts.data(), contact_count(frame) * sizeof(ContactForce));
  w.bytes(frame.rewards.data(), frame.rewards.size() * sizeof(float));
}

}  // namespace

size_t encoded_size(const Frame& frame) {
  return kFixed + frame.links.size() * sizeof(LinkPose) + frame.joints.size() * sizeof(JointState) +
         contact_count(frame) * sizeof(ContactForce) + frame.rewards.size() * sizeof(float);
}

void encode_frame(const Frame& frame, uint32_t sequence, std::vector<uint8_t>& out) {
  out.resize(encoded_size(frame));
  Writer w{out.data()};
  write_frame(frame, sequence, w);
  MB_CHECK(w.at == out.data() + out.size());
}

size_t encoded_size(const StageFrame& frame) {
  size_t size = kStageHead;
  for (const StageMember& robot : frame.robots) size += kMemberHead + encoded_size(robot.frame);
  return size;
}

void encode_frame(const StageFrame& frame, uint32_t sequence, std::vector<uint8_t>& out) {
  MB_CHECK(frame.robots.size() <= kMost);
  out.resize(encoded_size(frame));
  Writer w{out.data()};
  w.value(kStageFrameMagic);
  w.value(sequence);
  w.value(frame.revision);
  w.value(static_cast<uint16_t>(frame.robots.size()));
  w.value<uint16_t>(0);
  for (const StageMember& robot : frame.robots) {
    w.value(robot.id);
    w.value(static_cast<uint16_t>(robot.lead));
    w.value(robot.falls);
    w.value(robot.tracking_error);
    w.value(static_cast<uint32_t>(encoded_size(robot.frame)));
    write_frame(robot.frame, sequence, w);
  }
  MB_CHECK(w.at == out.data() + out.size());
}

Frame decode_frame(std::span<const uint8_t> bytes, uint32_t* sequence) {
  Reader r{bytes};
  if (r.value<uint32_t>() != kFrameMagic) throw core::UserError("frame", "wrong first bytes", "\"MBF1\"");
  const uint32_t number = r.value<uint32_t>();
  if (sequence) *sequence = number;
  Frame f;
  f.sim_time = r.value<double>();
  f.rtf = r.value<float>();
  f.paused = r.value<uint8_t>() != 0;
  f.fallen = r.value<uint8_t>() != 0;
  r.value<uint16_t>();
  const size_t links = r.value<uint16_t>(), joints = r.value<uint16_t>();
  const size_t contacts = r.value<uint16_t>(), rewards = r.value<uint16_t>();
  r.list(f.links, links);
  r.list(f.joints, joints);
  f.command = r.value<std::array<float, 3>>();
  f.measured = r.value<std::array<float, 3>>();
  f.gait_phase = r.value<float>();
  f.stand_gate = r.value<float>();
  f.foot_clearance = r.value<std::array<float, 2>>();
  r.list(f.contacts, contacts);
  r.list(f.rewards, rewards);
  if (!r.left.empty()) throw core::UserError("frame", "bytes are left over", "exactly one frame");
  return f;
}

StageFrame decode_stage_frame(std::span<const uint8_t> bytes, uint32_t* sequence) {
  Reader r{bytes};
  if (r.value<uint32_t>() != kStageFrameMagic) throw core::UserError("frame", "wrong first bytes", "\"MBF2\"");
  const uint32_t number = r.value<uint32_t>();
  if (sequence) *sequence = number;
  StageFrame f;
  f.revision = r.value<uint32_t>();
  const size_t robots = r.value<uint16_t>();
  r.value<uint16_t>();
  for (size_t i = 0; i < robots; ++i) {
    StageMember robot;
    robot.id = r.value<uint16_t>();
    const uint16_t lead = r.value<uint16_t>();
    if (lead > static_cast<uint16_t>(Lead::returning)) throw core::UserError("frame", "unknown lead", "0, 1 or 2");
    robot.lead = static_cast<Lead>(lead);
    robot.falls = r.value<uint32_t>();
    robot.tracking_error = r.value<float>();
    const size_t size = r.value<uint32_t>();
    if (size > r.left.size()) throw core::UserError("frame", "it ends early", "a whole frame of every robot");
    robot.frame = decode_frame(r.left.first(size));
    r.left = r.left.subspan(size);
    f.robots.push_back(std::move(robot));
  }
  if (!r.left.empty()) throw core::UserError("frame", "bytes are left over", "exactly one frame");
  return f;
}

}  // namespace manybody::studio
