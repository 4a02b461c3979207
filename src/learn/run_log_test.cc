#include "learn/run_log.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstring>
#include <filesystem>

#include "core/error.h"
#include "core/files.h"
#include "learn/checkpoint.h"

namespace manybody::learn {
namespace {
namespace fs = std::filesystem;

struct RunFolder : testing::Test {
  std::string folder = testing::TempDir() + "mb_run_" + std::to_string(::getpid());
  void TearDown() override { fs::remove_all(folder); }
};

// Files may not grow beyond `bytes` while this lives: what a full disk looks like to a program.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit tight = before_;
    tight.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &tight);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

// ---- An event file parsed back by other means than those that wrote it: bit-by-bit CRC, a cursor over the wire format.

uint32_t slow_crc32c(const std::string& bytes) {
  uint32_t crc = ~0u;
  for (const char c : bytes) {
    for (int bit = 0; bit < 8; ++bit) {
      const uint32_t in = (static_cast<uint8_t>(c) >> bit) & 1;
      const uint32_t out = (crc & 1) ^ in;
      crc >>= 1;
      if (out) crc ^= 0x82f63b78u;
    }
  }
  return ~crc;
}

uint32_t unmask(uint32_t value) {
  const uint32_t rotated = value - 0xa282ead8u;
  return (rotated >> 17) | (rotated << 15);
}

struct Cursor {
  std::string bytes;
  size_t at = 0;
  bool done() const { return at >= bytes.size(); }
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const uint8_t byte = static_cast<uint8_t>(bytes.at(at++));
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
  std::string take(size_t n) {
    if (at + n > bytes.size()) throw std::out_of_range("record ends early");
    at += n;
    return bytes.substr(at - n, n);
  }
  template <class T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
};

struct ParsedEvent {
  double wall_time = 0;
  int64_t step = 0;
  std::string version;
  int session = -1;
  std::vector<std::pair<std::string, float>> scalars;
};

std::pair<std::string, float> parse_value(Cursor in) {
  std::pair<std::string, float> out;
  while (!in.done()) {
    const uint64_t key = in.varint();
    if (key == (1 << 3 | 2)) out.first = in.take(in.varint());
    else if (key == (2 << 3 | 5)) out.second = in.number<float>();
    else throw std::runtime_error("unknown field in a value");
  }
  return out;
}

ParsedEvent parse_event(Cursor in) {
  ParsedEvent out;
  while (!in.done()) {
    const uint64_t key = in.varint();
    if (key == (1 << 3 | 1)) out.wall_time = in.number<double>();
    else if (key == (2 << 3 | 0)) out.step = static_cast<int64_t>(in.varint());
    else if (key == (3 << 3 | 2)) out.version = in.take(in.varint());
    else if (key == (5 << 3 | 2)) {
      Cursor summary{in.take(in.varint())};
      while (!summary.done()) {
        if (summary.varint() != (1 << 3 | 2)) throw std::runtime_error("unknown field in a summary");
        out.scalars.push_back(parse_value({summary.take(summary.varint())}));
      }
    } else if (key == (7 << 3 | 2)) {
      Cursor log{in.take(in.varint())};
      if (log.varint() == (1 << 3 | 0)) out.session = static_cast<int>(log.varint());
    } else {
      throw std::runtime_error("unknown field in an event");
    }
  }
  return out;
}

std::vector<ParsedEvent> parse_events(const std::string& path) {
  Cursor in{core::read_file(path)};
  std::vector<ParsedEvent> out;
  while (!in.done()) {
    const std::string head = in.take(8);
    EXPECT_EQ(unmask(in.number<uint32_t>()), slow_crc32c(head));
    uint64_t length = 0;
    std::memcpy(&length, head.data(), 8);
    const std::string body = in.take(length);
    EXPECT_EQ(unmask(in.number<uint32_t>()), slow_crc32c(body));
    out.push_back(parse_event({body}));
  }
  return out;
}

std::string event_path(const std::string& folder) {
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename().string().starts_with("events.out.tfevents.")) return entry.path().string();
  }
  return "";
}

TEST(EventFile, crc_matches_the_published_check_values) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);            // Castagnoli's check value
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);  // RFC 3720, B.4
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
}

TEST_F(RunFolder, event_file_is_read_back_by_an_independent_parser) {
  core::make_directories(folder);
  EventFile file(folder, 1.7e9, 3'000'000'000);
  file.add(1.7e9 + 1, 3'000'000'001, std::vector<Scalar>{{"reward/velocity", 1.25}, {std::string(200, 'x'), -3e-8}});
  const std::vector<ParsedEvent> events = parse_events(event_path(folder));
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].version, "brain.Event:2");
  EXPECT_EQ(events[1].session, 1);
  EXPECT_EQ(events[1].step, 3'000'000'000);
  EXPECT_EQ(events[2].step, 3'000'000'001);
  EXPECT_EQ(events[2].wall_time, 1.7e9 + 1);
  ASSERT_EQ(events[2].scalars.size(), 2u);
  EXPECT_EQ(events[2].scalars[0], std::make_pair(std::string("reward/velocity"), 1.25f));
  EXPECT_EQ(events[2].scalars[1], std::make_pair(std::string(200, 'x'), -3e-8f));
}

TEST_F(RunFolder, new_name_becomes_a_column_and_older_rows_stay_empty_there) {
  RunLog log(folder, "a = 1\n");
  log.add(10, 0.5, std::vector<Scalar>{{"kl", 0.25}});
  log.add(20, 1.0, std::vector<Scalar>{{"late, name", 7}, {"kl", 0.5}});
  log.add(30, 1.5, std::vector<Scalar>{{"kl", std::nan("")}});
  EXPECT_EQ(core::read_file(log.metrics_path()), "steps,seconds,kl,late_ name\n10,0.500,0.25,\n20,1.000,0.5,7\n30,1.500,,\n");
  EXPECT_EQ(core::read_file(folder + "/config.toml"), "a = 1\n");
}

TEST_F(RunFolder, resumed_log_drops_rows_behind_the_checkpoint_and_half_a_line) {
  {
    RunLog log(folder, "");
    for (int step = 10; step <= 40; step += 10) log.add(step, step, std::vector<Scalar>{{"kl", 1.0 * step}});
  }
  core::write_file(folder + "/metrics.csv", core::read_file(folder + "/metrics.csv") + "50,5");
  RunLog log(folder, "", 20);
  log.add(30, 31, std::vector<Scalar>{{"kl", 33}});
  EXPECT_EQ(core::read_file(log.metrics_path()), "steps,seconds,kl\n10,10.000,10\n20,20.000,20\n30,31.000,33\n");
}

TEST_F(RunFolder, status_is_json_with_what_a_page_needs) {
  const RunLog log(folder, "");
  Status status;
  status.body = "a \"b\"", status.steps = 5, status.steps_total = 10, status.seconds_left = 2.5;
  log.write_status(status);
  const std::string text = core::read_file(folder + "/status.json");
  for (const char* part : {"\"state\": \"running\"", "\"body\": \"a \\\"b\\\"\"", "\"steps\": 5", "\"steps_total\": 10",
                           "\"seconds_left\": 2.5", "\"checkpoint_steps\": 0"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " is not in " << text;
  }
}

TEST_F(RunFolder, each_run_gets_a_folder_of_its_own) {
  const std::string a = make_run_folder(folder, "walk"), b = make_run_folder(folder, "walk");
  EXPECT_NE(a, b);
  EXPECT_TRUE(fs::is_directory(a) && fs::is_directory(b));
}

TEST_F(RunFolder, full_disk_never_leaves_half_a_row) {
  RunLog log(folder, "");
  for (int step = 1; step <= 60; ++step) log.add(step, step, std::vector<Scalar>{{"kl", 0.123456}});
  const std::string before = core::read_file(log.metrics_path());
  {
    const FullDisk full(before.size() + 5);
    try {
      log.add(61, 61, std::vector<Scalar>{{"kl", 0.123456}});
      FAIL() << "no error";
    } catch (const core::UserError& error) {
      EXPECT_NE(std::string(error.what()).find("metrics.csv"), std::string::npos) << error.what();
    }
  }
  EXPECT_EQ(core::read_file(log.metrics_path()), before);
  log.add(62, 62, std::vector<Scalar>{{"kl", 0.5}});
  EXPECT_EQ(core::read_file(log.metrics_path()), before + "62,62.000,0.5\n");
}

struct CheckpointFile : testing::Test {
  std::string path = testing::TempDir() + "mb_checkpoint_" + std::to_string(::getpid());
  Checkpoint saved;
  void SetUp() override {
    saved.put("weights", std::vector<float>{1, 2, 3});
    saved.put_value("steps", int64_t{42});
    saved.put_bytes("environment", std::string("\0x\0", 3));
    saved.write(path);
  }
  void TearDown() override { fs::remove(path); }
  std::string error() const {
    try {
      Checkpoint::read(path);
    } catch (const core::UserError& failure) {
      return failure.what();
    }
    return "no error";
  }
};

TEST_F(CheckpointFile, round_trip_keeps_every_section) {
  const Checkpoint got = Checkpoint::read(path);
  std::vector<float> weights(3);
  got.get("weights", weights);
  EXPECT_EQ(weights, (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(got.value<int64_t>("steps"), 42);
  EXPECT_EQ(got.bytes("environment"), std::string("\0x\0", 3));
}

TEST_F(CheckpointFile, every_truncation_and_every_flipped_byte_is_found) {
  const std::string whole = core::read_file(path);
  for (size_t size = 0; size < whole.size(); ++size) {
    core::write_file(path, whole.substr(0, size));
    ASSERT_NE(error().find(path), std::string::npos) << "cut to " << size << ": " << error();
  }
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string broken = whole;
    broken[at] = static_cast<char>(broken[at] ^ 0x10);
    core::write_file(path, broken);
    ASSERT_NE(error(), "no error") << "byte " << at;
  }
}

TEST_F(CheckpointFile, missing_section_wrong_size_and_nan_are_named) {
  const Checkpoint got = Checkpoint::read(path);
  auto message = [&](auto&& action) -> std::string {
    try {
      action();
    } catch (const core::UserError& failure) {
      return failure.what();
    }
    return "no error";
  };
  std::vector<float> four(4), three(3);
  EXPECT_NE(message([&] { got.bytes("momentum"); }).find("has no section momentum"), std::string::npos);
  EXPECT_NE(message([&] { got.get("weights", four); }).find("section weights holds 3 numbers (expected 4"), std::string::npos);
  Checkpoint poisoned;
  poisoned.put("weights", std::vector<float>{1, std::nanf(""), 3});
  EXPECT_NE(message([&] { poisoned.get_finite("weights", three); }).find("weights[1] is nan"), std::string::npos);
}

TEST_F(CheckpointFile, full_disk_leaves_the_old_checkpoint_whole) {
  Checkpoint bigger;
  bigger.put("weights", std::vector<float>(100000));
  {
    const FullDisk full(8192);
    EXPECT_THROW(bigger.write(path), core::UserError);
  }
  EXPECT_EQ(Checkpoint::read(path).value<int64_t>("steps"), 42);
}

}  // namespace
}  // namespace manybody::learn
