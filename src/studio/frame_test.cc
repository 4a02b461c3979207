#include "studio/frame.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>

#include "core/error.h"
#include "core/rng.h"

namespace {
thread_local long g_allocations = 0;
}
void* operator new(size_t n) {
  ++g_allocations;
  if (void* p = std::malloc(n ? n : 1)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, size_t) noexcept { std::free(p); }

namespace manybody::studio {
namespace {

Frame random_frame(core::Rng& rng) {
  const auto value = [&] { return static_cast<float>(rng.normal()); };
  Frame f;
  f.sim_time = rng.uniform(0, 1e6);
  f.rtf = value();
  f.paused = rng.below(2) == 1;
  f.fallen = rng.below(2) == 1;
  f.links.resize(static_cast<size_t>(rng.below(40)));
  f.joints.resize(static_cast<size_t>(rng.below(40)));
  f.contacts.resize(static_cast<size_t>(rng.below(20)));
  f.rewards.resize(static_cast<size_t>(rng.below(20)));
  for (LinkPose& l : f.links) l = {{value(), value(), value()}, {value(), value(), value(), value()}};
  for (JointState& j : f.joints) j = {value(), value(), value(), value()};
  for (ContactForce& c : f.contacts) c = {{value(), value(), value()}, {value(), value(), value()}};
  for (float& r : f.rewards) r = value();
  f.command = {value(), value(), value()};
  f.measured = {value(), value(), value()};
  f.gait_phase = value(), f.stand_gate = value(), f.foot_clearance = {value(), value()};
  return f;
}

void expect_same(const Frame& a, const Frame& b) {
  std::vector<uint8_t> x, y;
  encode_frame(a, 7, x);
  encode_frame(b, 7, y);
  EXPECT_EQ(x, y);
  EXPECT_EQ(a.links.size(), b.links.size());
  EXPECT_EQ(a.sim_time, b.sim_time);
  EXPECT_EQ(a.measured, b.measured);
  EXPECT_EQ(a.foot_clearance, b.foot_clearance);
  EXPECT_EQ(a.rewards, b.rewards);
}

TEST(frame, comes_back_as_it_was_sent) {
  core::Rng rng(3);
  std::vector<uint8_t> bytes;
  for (uint32_t i = 0; i < 200; ++i) {
    const Frame sent = random_frame(rng);
    encode_frame(sent, i, bytes);
    uint32_t sequence = 0;
    expect_same(sent, decode_frame(bytes, &sequence));
    EXPECT_EQ(sequence, i);
  }
}

// Byte offsets worked out by hand from docs/protocol.md.
TEST(frame, bytes_lie_where_the_protocol_says) {
  Frame f;
  f.sim_time = 2.5;
  f.rtf = 0.75f;
  f.fallen = true;
  f.links = {{{1, 2, 3}, {0.5f, 0, 0, 0}}};
  f.joints = {{4, 5, 6, 7}, {8, 9, 10, 11}};
  f.command = {0.1f, 0.2f, 0.3f};
  f.gait_phase = 0.25f;
  f.contacts = {{{12, 13, 14}, {15, 16, 17}}};
  f.rewards = {18, 19, 20};
  std::vector<uint8_t> bytes;
  encode_frame(f, 77, bytes);
  const auto number = [&](size_t at) {
    float v;
    std::memcpy(&v, bytes.data() + at, 4);
    return v;
  };
  ASSERT_EQ(bytes.size(), 32u + 28 + 32 + 40 + 24 + 12);
  EXPECT_EQ(std::memcmp(bytes.data(), "MBF1", 4), 0);
  EXPECT_EQ(bytes[4], 77);
  double time;
  std::memcpy(&time, bytes.data() + 8, 8);
  EXPECT_EQ(time, 2.5);
  EXPECT_EQ(number(16), 0.75f);
  EXPECT_EQ(bytes[20], 0);
  EXPECT_EQ(bytes[21], 1);
  EXPECT_EQ(bytes[24], 1);
  EXPECT_EQ(bytes[26], 2);
  EXPECT_EQ(bytes[28], 1);
  EXPECT_EQ(bytes[30], 3);
  EXPECT_EQ(number(32), 1);
  EXPECT_EQ(number(44), 0.5f);
  EXPECT_EQ(number(60 + 16), 8);
  EXPECT_EQ(number(92), 0.1f);
  EXPECT_EQ(number(92 + 24), 0.25f);
  EXPECT_EQ(number(132), 12);
  EXPECT_EQ(number(144), 15);
  EXPECT_EQ(number(156), 18);
}

TEST(frame, encoding_does_not_allocate_once_the_buffer_has_its_size) {
  core::Rng rng(5);
  const Frame f = random_frame(rng);
  std::vector<uint8_t> bytes;
  encode_frame(f, 0, bytes);
  const long before = g_allocations;
  for (uint32_t i = 0; i < 1000; ++i) encode_frame(f, i, bytes);
  EXPECT_EQ(g_allocations, before);
}

TEST(frame, every_cut_or_lengthened_frame_is_refused) {
  core::Rng rng(6);
  std::vector<uint8_t> bytes;
  encode_frame(random_frame(rng), 1, bytes);
  for (size_t n = 0; n < bytes.size(); ++n) EXPECT_THROW(decode_frame({bytes.data(), n}), core::UserError);
  bytes.push_back(0);
  EXPECT_THROW(decode_frame(bytes), core::UserError);
}

TEST(frame, random_bytes_never_crash) {
  core::Rng rng(7);
  std::vector<uint8_t> bytes;
  for (int i = 0; i < 5000; ++i) {
    encode_frame(random_frame(rng), 1, bytes);
    for (int k = rng.below(8); k >= 0; --k)
      bytes[static_cast<size_t>(rng.below(static_cast<int>(bytes.size())))] = static_cast<uint8_t>(rng.next());
    try {
      decode_frame(bytes);
    } catch (const core::UserError&) {}
  }
}

StageFrame random_stage(core::Rng& rng, int robots) {
  StageFrame f;
  f.revision = static_cast<uint32_t>(rng.below(1000));
  for (int i = 0; i < robots; ++i) {
    StageMember m;
    m.id = static_cast<uint16_t>(rng.below(65536));
    m.lead = static_cast<Lead>(rng.below(3));
    m.falls = static_cast<uint32_t>(rng.below(100000));
    m.tracking_error = static_cast<float>(rng.uniform());
    m.frame = random_frame(rng);
    f.robots.push_back(std::move(m));
  }
  return f;
}

TEST(stage_frame, comes_back_as_it_was_sent) {
  core::Rng rng(3, 0);
  for (int i = 0; i < 50; ++i) {
    const StageFrame sent = random_stage(rng, i % 13);
    std::vector<uint8_t> bytes, again;
    encode_frame(sent, 9, bytes);
    EXPECT_EQ(bytes.size(), encoded_size(sent));
    uint32_t sequence = 0;
    const StageFrame got = decode_stage_frame(bytes, &sequence);
    EXPECT_EQ(sequence, 9u);
    EXPECT_EQ(got.revision, sent.revision);
    ASSERT_EQ(got.robots.size(), sent.robots.size());
    for (size_t r = 0; r < got.robots.size(); ++r) {
      EXPECT_EQ(got.robots[r].id, sent.robots[r].id);
      EXPECT_EQ(got.robots[r].lead, sent.robots[r].lead);
      EXPECT_EQ(got.robots[r].falls, sent.robots[r].falls);
      EXPECT_EQ(got.robots[r].tracking_error, sent.robots[r].tracking_error);
      expect_same(got.robots[r].frame, sent.robots[r].frame);
    }
    encode_frame(got, 9, again);
    EXPECT_EQ(bytes, again);
  }
}

TEST(stage_frame, bytes_lie_where_the_protocol_says) {
  core::Rng rng(4, 0);
  StageFrame f = random_stage(rng, 2);
  f.revision = 0x01020304, f.robots[1].id = 0x0506, f.robots[1].lead = Lead::returning, f.robots[1].falls = 7;
  std::vector<uint8_t> bytes;
  encode_frame(f, 11, bytes);
  const auto at = [&](size_t offset, size_t size) {
    uint32_t v = 0;
    for (size_t i = 0; i < size; ++i) v |= static_cast<uint32_t>(bytes[offset + i]) << (8 * i);
    return v;
  };
  EXPECT_EQ(std::string(bytes.begin(), bytes.begin() + 4), "MBF2");
  EXPECT_EQ(at(4, 4), 11u);
  EXPECT_EQ(at(8, 4), 0x01020304u);
  EXPECT_EQ(at(12, 2), 2u);
  const size_t second = 16 + 16 + encoded_size(f.robots[0].frame);
  EXPECT_EQ(at(28, 4), encoded_size(f.robots[0].frame));
  EXPECT_EQ(at(second, 2), 0x0506u);
  EXPECT_EQ(at(second + 2, 2), 2u);
  EXPECT_EQ(at(second + 4, 4), 7u);
  EXPECT_EQ(at(second + 16, 4), kFrameMagic) << "each robot's part is a whole frame of its own";
}

TEST(stage_frame, every_cut_or_lengthened_one_is_refused_and_random_bytes_never_crash) {
  core::Rng rng(5, 0);
  std::vector<uint8_t> bytes;
  encode_frame(random_stage(rng, 3), 1, bytes);
  for (size_t n = 0; n < bytes.size(); n += 7) EXPECT_THROW(decode_stage_frame(std::span(bytes).first(n)), core::UserError);
  bytes.push_back(0);
  EXPECT_THROW(decode_stage_frame(bytes), core::UserError);
  bytes.pop_back();
  for (int i = 0; i < 3000; ++i) {
    std::vector<uint8_t> mutated = bytes;
    for (int k = 0; k < 4; ++k)
      mutated[static_cast<size_t>(rng.below(static_cast<int>(mutated.size())))] = static_cast<uint8_t>(rng.below(256));
    try {
      decode_stage_frame(mutated);
    } catch (const core::UserError&) {}
  }
}

TEST(stage_frame, encoding_does_not_allocate_once_the_buffer_has_its_size) {
  core::Rng rng(6, 0);
  const StageFrame f = random_stage(rng, 10);
  std::vector<uint8_t> bytes;
  encode_frame(f, 1, bytes);
  const long before = g_allocations;
  for (uint32_t i = 0; i < 100; ++i) encode_frame(f, i, bytes);
  EXPECT_EQ(g_allocations, before);
}

}  // namespace
}  // namespace manybody::studio
