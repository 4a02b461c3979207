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

}  // namespace

size_t encoded_size(const Frame& frame) {
  return kFixed + frame.links.size() * sizeof(LinkPose) + frame.joints.size() * sizeof(JointState) +
         contact_count(frame) * sizeof(ContactForce) + frame.rewards.size() * sizeof(float);
}

void encode_frame(const Frame& frame, uint32_t sequence, std::vector<uint8_t>& out) {
  MB_CHECK(frame.links.size() <= kMost && frame.joints.size() <= kMost && frame.rewards.size() <= kMost);
  out.resize(encoded_size(frame));
  Writer w{out.data()};
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

}  // namespace manybody::studio
