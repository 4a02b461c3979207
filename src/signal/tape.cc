#include "signal/tape.h"

#include <cstring>

#include "core/bytes.h"
#include "core/files.h"

namespace manybody::signal {
namespace {

constexpr char kMagic[8] = {'M', 'B', 'T', 'A', 'P', 'E', '2', '\n'};
constexpr uint32_t kMostValues = 4096, kMostTicks = 100'000'000;

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

}  // namespace

void write_tape(const std::string& path, const Tape& tape) {
  core::ByteWriter out;
  for (char c : kMagic) out.put(c);
  const bool any = !tape.ticks.empty();
  out.put<uint32_t>(any ? static_cast<uint32_t>(tape.ticks[0].measured.q.size()) : 0);
  out.put<uint32_t>(any ? static_cast<uint32_t>(tape.ticks[0].observation.size()) : 0);
  out.put<uint32_t>(any ? static_cast<uint32_t>(tape.ticks[0].action.size()) : 0);
  out.put<uint32_t>(static_cast<uint32_t>(tape.ticks.size()));
  out.put<uint32_t>(static_cast<uint32_t>(tape.contract.size()));
  for (char c : tape.contract) out.put(c);
  out.put(tape.start.gait);
  out.put_vector(tape.start.action);
  out.put_vector(tape.start.targets);
  for (const TapeTick& t : tape.ticks) {
    out.put(t.measured.time);
    out.put(t.measured.gyro);
    out.put(t.measured.gravity);
    out.put_vector(t.measured.q);
    out.put_vector(t.measured.dq);
    out.put(t.command);
    out.put_vector(t.observation);
    out.put_vector(t.action);
    out.put_vector(t.targets);
  }
  core::write_file(path, out.take());
}

Tape read_tape(const std::string& path) {
  const std::string bytes = core::read_file(path);
  core::ByteReader in(bytes, path);
  for (char c : kMagic) {
    if (in.get<char>() != c) throw core::UserError(path, "is not a tape", "a file that `manybody play --record` wrote");
  }
  const auto joints = in.get<uint32_t>(), observations = in.get<uint32_t>(), actions = in.get<uint32_t>();
  const auto ticks = in.get<uint32_t>(), hash = in.get<uint32_t>();
  if (joints > kMostValues || observations > kMostValues || actions > kMostValues || ticks > kMostTicks || hash > 64) {
    throw core::UserError(path, "has sizes that no tape has", "at most 4096 joints, observations and actions");
  }
  Tape tape;
  for (uint32_t i = 0; i < hash; ++i) tape.contract += in.get<char>();
  tape.start.gait = in.get<GaitState>();
  tape.start.action.resize(actions);
  in.get_vector(tape.start.action);
  tape.start.targets.resize(joints);
  in.get_vector(tape.start.targets);
  for (uint32_t i = 0; i < ticks; ++i) {
    TapeTick t;
    t.measured.time = in.get<double>();
    t.measured.gyro = in.get<core::Vec3>();
    t.measured.gravity = in.get<core::Vec3>();
    t.measured.q.resize(joints), t.measured.dq.resize(joints), t.targets.resize(joints);
    t.observation.resize(observations), t.action.resize(actions);
    in.get_vector(t.measured.q);
    in.get_vector(t.measured.dq);
    t.command = in.get<VelocityCommand>();
    in.get_vector(t.observation);
    in.get_vector(t.action);
    in.get_vector(t.targets);
    tape.ticks.push_back(std::move(t));
  }
  return tape;
}

int find_first_difference(const WalkModel& model, const Tape& tape) {
  WalkSignal signal(model);
  if (tape.start.action.size() != static_cast<size_t>(model.actions) || tape.start.targets.size() != model.home.size()) return 0;
  signal.set_state(tape.start);
  std::vector<float> observation(model.observations);
  std::vector<double> targets(model.home.size());
  for (size_t i = 0; i < tape.ticks.size(); ++i) {
    const TapeTick& t = tape.ticks[i];
    const bool fits = t.measured.q.size() == model.home.size() && t.action.size() == static_cast<size_t>(model.actions);
    if (!fits) return static_cast<int>(i);
    signal.observe(t.measured, t.command, observation);
    signal.act(t.action, targets);
    if (!same_bits(observation, t.observation) || !same_bits(targets, t.targets)) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace manybody::signal
