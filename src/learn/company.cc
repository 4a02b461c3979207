#include "learn/company.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace manybody::learn {
namespace {

using core::Vec3;

constexpr double kPi = 3.14159265358979;
constexpr int kRows = 3;
constexpr double kRowGap = 2.1, kColumnGap = 1.7;  // m between marks
constexpr double kSmall = 1.0;                     // m: who is shorter stands in front
constexpr double kWrongRow[2][kRows] = {{0, 0.6, 3.2},
                                        {3.2, 2, 0}};  // tall and small ones, from the back: in columns further out
constexpr double kRoundsSpeed = 0.4, kPriorSpeed = 0.22,
                 kTurn = 0.7;                 // m/s, rad/s for legs of 0.7 m; the bare prior walks slowly only
constexpr double kRoundsRadius = 0.85;        // of its circle, in leg lengths
constexpr double kLeash = 5;                  // m from the mark: further nobody is left alone
constexpr double kAlone = 6, kPatience = 20;  // s without a word: walks back from afar; goes on with its rounds
constexpr double kArrived = 0.35;             // m
constexpr double kErrorSeconds = 4;
constexpr double kShoulders = 0.42;  // width to height

double froude(const body::Body& body) { return std::sqrt(body.leg_length / 0.7); }

double wrapped(double angle) { return std::atan2(std::sin(angle), std::cos(angle)); }

bool is_still(const signal::VelocityCommand& c) { return std::hypot(c.vx, c.vy) < 0.02 && std::abs(c.wz) < 0.02; }

// Towards a point on the floor: turns first, then walks; never backwards.
signal::VelocityCommand towards(const Vec3& place, double x, double y, double speed) {
  const double turn = wrapped(std::atan2(y - place[1], x - place[0]) - place[2]);
  return {speed * std::max(0.15, std::cos(turn)), 0, std::clamp(1.5 * turn, -kTurn, kTurn)};
}

}  // namespace

Vec3 Company::Member::place() const {
  const std::span<const double> q = player->env().batch().qpos(0);
  return {q[0] + mark[0], q[1] + mark[1], core::yaw_of({q[3], q[4], q[5], q[6]})};
}

double Company::Member::tracking_error() const { return weight_ > 0 ? std::sqrt(error_ / weight_) : 0; }

// Rows, staggered, filled from the middle; the small ones in the row in front (towards +x, where they look). Another row is
// taken once one's own reaches so much further out.
std::array<double, 2> Company::free_mark(bool small) const {
  std::array<double, 2> best{};
  double least = 1e9;
  for (int row = 0; row < kRows; ++row) {
    for (int k = -kMostRobots; k <= kMostRobots; ++k) {
      const std::array<double, 2> mark{kRowGap * (row - 0.5 * (kRows - 1)), kColumnGap * (k + (row % 2 ? 0.5 : 0.0))};
      const bool taken = std::any_of(members_.begin(), members_.end(), [&](const auto& m) { return m->mark == mark; });
      const double cost = std::abs(mark[1] + 0.01) / kColumnGap + kWrongRow[small][row];
      if (!taken && cost < least) least = cost, best = mark;
    }
  }
  return best;
}

int Company::add(std::unique_ptr<Player> player, bool trained) {
  if (members_.size() >= kMostRobots) {
    throw core::UserError("stage", "it is full", "at most " + std::to_string(kMostRobots) + " robots; remove one first");
  }
  auto member = std::make_unique<Member>();
  member->id = ++last_id_;
  member->mark = free_mark(player->body().height < kSmall);
  member->player = std::move(player);
  member->trained = trained;
  member->turn_ = last_id_ % 2 ? -1 : 1;  // neighbours circle against each other
  members_.push_back(std::move(member));
  return last_id_;
}

void Company::remove(int id) {
  std::erase_if(members_, [id](const auto& m) { return m->id == id; });
}

void Company::replace(int id, std::unique_ptr<Player> player, bool trained) {
  Member* m = find(id);
  MB_CHECK(m != nullptr);
  m->player = std::move(player);
  m->trained = trained;
  m->weight_ = m->error_ = 0;
  m->mean_ = {};
}

Company::Member* Company::find(int id) {
  for (const auto& m : members_)
    if (m->id == id) return m.get();
  return nullptr;
}

void Company::steer(std::optional<int> id, const signal::VelocityCommand& command) {
  for (const auto& m : members_) {
    if (id && m->id != *id) continue;
    const double scale = id ? 1 : froude(m->player->body());
    m->wish_ = {scale * command.vx, scale * command.vy, command.wz};
    m->lead = Lead::steered;
    m->idle_ = 0;
  }
}

void Company::release(std::optional<int> id) {
  for (const auto& m : members_)
    if (!id || m->id == *id) m->lead = Lead::returning;
}

void Company::reset(std::optional<int> id) {
  for (const auto& m : members_) {
    if (id && m->id != *id) continue;
    m->player->reset();
    m->lead = Lead::rounds;
    m->error_ = m->weight_ = 0;
  }
}

void Company::push(int id, int link, const Vec3& point, const Vec3& force, double seconds) {
  Member* m = find(id);
  if (m) m->player->push(link, {point[0] - m->mark[0], point[1] - m->mark[1], point[2]}, force, seconds);
}

void Company::advance(double seconds) {
  time_ += seconds;
  for (const auto& m : members_) {
    const double dt = m->player->dt();
    m->debt_ += seconds;
    for (; m->debt_ > 0.5 * dt; m->debt_ -= dt) {
      m->idle_ += dt;
      lead(*m);
      m->player->tick();
      judge(*m);
    }
  }
}

void Company::lead(Member& m) {
  const Vec3 place = m.place();
  const body::Body& body = m.player->body();
  const double dx = place[0] - m.mark[0], dy = place[1] - m.mark[1], away = std::hypot(dx, dy);
  if (m.lead == Lead::steered && m.idle_ > kAlone && (away > kLeash || m.idle_ > kPatience) &&
      (away > kLeash || is_still(m.wish_))) {
    m.lead = Lead::returning;
  }
  if (m.lead == Lead::rounds && away > kLeash) m.lead = Lead::returning;
  if (m.lead == Lead::returning && away < kArrived) m.lead = Lead::rounds;
  const double speed = (m.trained ? kRoundsSpeed : kPriorSpeed) * froude(body);
  signal::VelocityCommand command = m.wish_;
  if (m.lead == Lead::returning) {
    command = towards(place, m.mark[0], m.mark[1], speed);
  } else if (m.lead == Lead::rounds) {
    // A point on its circle, a little ahead of where it is.
    const double radius = kRoundsRadius * body.leg_length;
    const double at = away > 0.05 ? std::atan2(dy, dx) : place[2] - m.turn_ * kPi / 2;
    const double ahead = at + m.turn_ * 0.9;
    command = towards(place, m.mark[0] + radius * std::cos(ahead), m.mark[1] + radius * std::sin(ahead), speed);
  }
  m.player->set_command(keep_apart(m, command));
}

signal::VelocityCommand Company::keep_apart(const Member& m, signal::VelocityCommand command) const {
  const Vec3 here = m.place();
  const double c = std::cos(here[2]), s = std::sin(here[2]);
  double vx = c * command.vx - s * command.vy, vy = s * command.vx + c * command.vy;  // on the floor
  const double give = 0.25 * froude(m.player->body());
  for (const auto& other : members_) {
    if (other.get() == &m) continue;
    const Vec3 there = other->place();
    const double dx = there[0] - here[0], dy = there[1] - here[1], distance = std::hypot(dx, dy);
    const double room = kShoulders * 0.5 * (m.player->body().height + other->player->body().height) + 0.25;
    if (distance > room || distance < 1e-3) continue;
    const double nx = dx / distance, ny = dy / distance, closing = vx * nx + vy * ny;
    if (closing > 0) vx -= closing * nx, vy -= closing * ny;
    if (m.lead != Lead::steered) {
      const double yield = give * (1 - distance / room);
      vx -= yield * nx, vy -= yield * ny;
    }
  }
  return {c * vx + s * vy, -s * vx + c * vy, command.wz};
}

// What it does against what it was told, both averaged over about a stride, so that a step's sway does not count.
void Company::judge(Member& m) {
  const Player& player = *m.player;
  const double dt = player.dt();
  const signal::VelocityCommand told = player.command();
  const double mix = std::min(1.0, 2 * dt / player.env().model().period);
  m.mean_ = {m.mean_.vx + mix * (told.vx - m.mean_.vx), m.mean_.vy + mix * (told.vy - m.mean_.vy), 0};
  if (player.fallen()) return;
  const Vec3 did = player.stride_velocity();
  const double ex = did[0] - m.mean_.vx, ey = did[1] - m.mean_.vy, keep = std::exp(-dt / kErrorSeconds);
  m.error_ = keep * m.error_ + (1 - keep) * (ex * ex + ey * ey);
  m.weight_ = keep * m.weight_ + (1 - keep);
}

}  // namespace manybody::learn
