// One code in training, simulation and on the robot: a recorded run replays through a fresh signal bit for bit.
#include <gtest/gtest.h>

#include <filesystem>

#include "body/library.h"
#include "core/error.h"
#include "core/files.h"
#include "core/rng.h"
#include "learn/player.h"
#include "signal/tape.h"

namespace manybody {
namespace {

signal::Tape record(learn::Player& player, int ticks) {
  core::Rng rng(11);
  player.start_tape();
  for (int i = 0; i < ticks; ++i) {
    if (i % 40 == 0) player.set_command({rng.uniform(0, 0.2), rng.uniform(-0.05, 0.05), rng.uniform(-0.2, 0.2)});
    if (i == 150) player.set_command({});
    player.tick();
  }
  return player.take_tape();
}

class Replay : public testing::Test {
 protected:
  body::Body body = body::load_body("robotis_op3");
  learn::Player player{body, "", {}};
  signal::Tape tape = record(player, 250);
  std::string path = testing::TempDir() + "run.tape";
};

TEST_F(Replay, recorded_run_replays_bit_for_bit) {
  ASSERT_GE(tape.ticks.size(), 200u);
  EXPECT_EQ(signal::find_first_difference(player.env().model(), tape), -1);
}

TEST_F(Replay, tape_on_disk_replays_bit_for_bit) {
  signal::write_tape(path, tape);
  EXPECT_EQ(signal::find_first_difference(player.env().model(), signal::read_tape(path)), -1);
}

TEST_F(Replay, one_changed_bit_is_found_at_its_tick) {
  tape.ticks[120].measured.dq[3] += 1e-6;
  EXPECT_EQ(signal::find_first_difference(player.env().model(), tape), 120);
}

TEST_F(Replay, another_setting_does_not_replay) {
  signal::WalkConfig other;
  other.swing_height += 0.01;
  EXPECT_NE(signal::find_first_difference(signal::make_walk_model(body, other), tape), -1);
}

TEST_F(Replay, damaged_tapes_are_refused_in_one_sentence) {
  signal::write_tape(path, tape);
  const std::string whole = core::read_file(path);
  core::Rng rng(3);
  for (size_t size : {size_t{0}, size_t{5}, size_t{40}, whole.size() / 2, whole.size() - 1}) {
    core::write_file(path, whole.substr(0, size));
    EXPECT_THROW(signal::read_tape(path), core::UserError) << size;
  }
  for (int trial = 0; trial < 200; ++trial) {
    std::string bytes = whole.substr(0, 4000);
    for (int k = 0; k < 4; ++k) bytes[rng.below(static_cast<int>(bytes.size()))] = static_cast<char>(rng.below(256));
    core::write_file(path, bytes);
    EXPECT_THROW(signal::read_tape(path), core::UserError);
  }
}

}  // namespace
}  // namespace manybody
