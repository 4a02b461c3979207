#include "body/actuator.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace manybody::body {
namespace {

constexpr double kTwoPi = 6.283185307179586;
constexpr double kCopper = 0.00393;   // 1/K: copper's resistance
constexpr double kStillSpeed = 0.05;  // rad/s at the joint (m/s at a screw): friction grows to its full value over this

bool is_screw(const ActuatorModel& m) { return m.kind == Drivetrain::roller_screw; }

}  // namespace

const char* to_text(Drivetrain kind) {
  switch (kind) {
    case Drivetrain::direct:
      return "direct";
    case Drivetrain::planetary:
      return "planetary";
    case Drivetrain::cycloidal:
      return "cycloidal";
    case Drivetrain::harmonic:
      return "harmonic";
    case Drivetrain::servo:
      return "servo";
    case Drivetrain::roller_screw:
      return "roller_screw";
  }
  return "direct";
}

double Linkage::length(double q) const { return std::sqrt(std::max(0.0, a * a + b * b - 2 * a * b * std::cos(q0 + sign * q))); }

double Linkage::lever(double q) const {
  const double s = length(q);
  return s > 1e-9 ? sign * a * b * std::sin(q0 + sign * q) / s : 0;
}

double ActuatorModel::transmission(double q) const { return is_screw(*this) ? kTwoPi / lead * ratio * linkage.lever(q) : ratio; }

double ActuatorModel::reflected_inertia(double q) const {
  const double n = transmission(q);
  return rotor_inertia * n * n;
}

double ActuatorModel::continuous_current() const {
  const double hot = resistance * (1 + kCopper * (temperature_max - 20));
  return std::min(current_max, std::sqrt(std::max(0.0, temperature_max - ambient) / (heat_resistance * hot)));
}

double ActuatorModel::stall_torque(double q) const {
  const double current = std::min(current_max, voltage / resistance);
  const double lever = is_screw(*this) ? std::abs(linkage.lever(q)) : 1;
  double torque = torque_constant * current * std::abs(transmission(q)) * efficiency;
  if (torque_limit > 0) torque = std::min(torque, torque_limit * lever);
  return std::max(0.0, torque - friction * lever);
}

double ActuatorModel::no_load_speed(double q) const {
  return voltage / torque_constant / std::max(std::abs(transmission(q)), 1e-9);
}

double ActuatorModel::continuous_torque(double q) const {
  const double lever = is_screw(*this) ? std::abs(linkage.lever(q)) : 1;
  const double torque = torque_constant * continuous_current() * std::abs(transmission(q)) * efficiency;
  return std::max(0.0, std::min(torque - friction * lever, stall_torque(q)));
}

ActuatorState make_actuator_state(const ActuatorModel& model, int worlds) {
  ActuatorState s;
  const auto n = static_cast<size_t>(worlds);
  s.temperature.assign(n, static_cast<float>(model.ambient));
  for (auto* zero : {&s.gap, &s.gap_speed, &s.phase}) zero->assign(n, 0.0f);
  for (auto* one : {&s.strength, &s.friction, &s.efficiency, &s.voltage, &s.backlash}) one->assign(n, 1.0f);
  return s;
}

void reset_actuator(const ActuatorModel& model, ActuatorState& s, int world, core::Rng& rng, bool randomise) {
  const auto w = static_cast<size_t>(world);
  auto factor = [&](double spread) { return static_cast<float>(randomise ? rng.uniform(1 - spread, 1 + spread) : 1.0); };
  s.temperature[w] = static_cast<float>(model.ambient);
  s.gap[w] = s.gap_speed[w] = 0;
  s.strength[w] = factor(model.spread_strength);
  s.friction[w] = factor(model.spread_friction);
  s.efficiency[w] = std::min(factor(model.spread_efficiency), static_cast<float>(1 / model.efficiency));
  s.voltage[w] = factor(model.spread_voltage);
  s.backlash[w] = factor(model.spread_backlash);
  s.phase[w] = static_cast<float>(randomise ? rng.uniform(0, kTwoPi) : 0.0);
}

void step_actuators(const ActuatorModel& m, ActuatorState& s, const float* q, const float* speed, const float* command,
                    float* torque, int first, int last, float dt) {
  const auto at = [&](std::vector<float>& v) { return v.data() + first; };
  const ActuatorView view = {at(s.temperature), at(s.gap),        at(s.gap_speed), at(s.phase),   at(s.strength),
                             at(s.friction),    at(s.efficiency), at(s.voltage),   at(s.backlash)};
  step_actuators(m, view, q + first, speed + first, command + first, torque + first, nullptr, last - first, dt);
}

void step_actuators(const ActuatorModel& m, const ActuatorView& s, const float* q, const float* speed, const float* command,
                    float* torque, const ActuatorSlopes* slopes, int count, float dt) {
  const bool screw = is_screw(m);
  const double continuous = m.continuous_current();
  const double still = kStillSpeed, band = still * m.stall_torque(0) + 1e-9;  // W: over this the losses change sides
  for (int w = 0; w < count; ++w) {
    const double lever = screw ? m.linkage.lever(q[w]) : 1;
    const double n = screw ? kTwoPi / m.lead * m.ratio * lever : m.ratio;
    const double kt = m.torque_constant * s.strength[w], omega = n * speed[w];
    const double eta = m.efficiency * s.efficiency[w], back = m.efficiency_back * s.efficiency[w];

    // The current that the command asks for, then what drive, bus and heat allow.
    const double safe = std::abs(n) > 1e-9 ? n : 1e-9;
    const double driving = std::clamp(1 + double(command[w]) * speed[w] / band, 0.0, 1.0);  // 1: power flows to the load, or none
    const double gain = safe * (eta * driving + (1 - driving) / std::max(back, 0.05));      // joint torque per rotor torque
    double current = double(command[w]) / gain / kt;
    const double heat = (s.temperature[w] - m.temperature_soft) / std::max(m.temperature_max - m.temperature_soft, 1e-6);
    const double limit = m.current_max + std::clamp(heat, 0.0, 1.0) * (std::min(continuous, m.current_max) - m.current_max);
    const double r = m.resistance * (1 + kCopper * (s.temperature[w] - 20)), v = m.voltage * s.voltage[w];
    const double wanted = current, low = (-v - kt * omega) / r, high = (v - kt * omega) / r;
    const double held = std::clamp(current, -limit, limit);
    current = std::clamp(held, low, high);
    const bool braked = current != held;  // the bus decides, and the turning motor takes from it

    // Through the reducer.
    const double rotor = kt * current;
    const double flow = std::clamp(1 + rotor * n * speed[w] / band, 0.0, 1.0);
    const double passed = eta * flow + (1 - flow) / std::max(back, 0.05);
    const double angle = n * q[w];
    double out = rotor * n * passed;
    if (m.ripple != 0) out *= 1 + m.ripple * std::sin(m.ripple_per_turn * angle + s.phase[w]);
    if (m.cogging != 0) out += m.cogging * n * std::sin(m.pole_pairs * angle + s.phase[w]);
    const double bare = out;
    if (m.torque_limit > 0) out = std::clamp(out, -m.torque_limit * std::abs(lever), m.torque_limit * std::abs(lever));
    bool carries = out == bare;  // nothing between the motor and the joint cuts its torque off

    // The gap: a free rotor crosses it before it pushes on the other side.
    const double half = 0.5 * m.backlash * s.backlash[w];
    if (half > 0) {
      const double inertia = std::max(m.rotor_inertia * n * n, 1e-9);
      double u = s.gap_speed[w] + out / inertia * dt, g = s.gap[w] + u * dt;
      if (g >= half) g = half, u = std::min(u, 0.0);
      if (g <= -half) g = -half, u = std::max(u, 0.0);
      const bool pushes = (g >= half && out > 0) || (g <= -half && out < 0);
      if (!pushes) out = 0, carries = false;
      else u = 0;
      s.gap[w] = static_cast<float>(g), s.gap_speed[w] = static_cast<float>(u);
    }
    const double along = lever * speed[w];  // of the screw, or the joint
    const double turned = std::tanh(along / still);
    const double rub = s.friction[w] * (m.friction * turned + m.viscous * along);
    torque[w] = static_cast<float>(out - rub * lever);
    if (slopes) {
      const double rubbing = lever * lever * s.friction[w] * (m.friction * (1 - turned * turned) / still + m.viscous);
      slopes->resist[w] = static_cast<float>(rubbing + (carries && braked ? n * n * passed * kt * kt / r : 0));
      slopes->answer[w] = static_cast<float>(carries && current == wanted ? n * passed / gain : 0);
    }

    const double loss = current * current * r - (s.temperature[w] - m.ambient) / m.heat_resistance;
    s.temperature[w] += static_cast<float>(dt * loss / m.heat_capacity);
  }
}

std::vector<CurvePoint> torque_speed_curve(const ActuatorModel& m, double q, int points) {
  std::vector<CurvePoint> out;
  const double lever = is_screw(m) ? std::abs(m.linkage.lever(q)) : 1, n = std::abs(m.transmission(q));
  const double fastest = m.no_load_speed(q);
  for (int i = 0; i < points; ++i) {
    CurvePoint p;
    p.speed = fastest * i / (points - 1);
    const double bus = (m.voltage - m.torque_constant * n * p.speed) / m.resistance;
    const double rub = (m.friction * std::tanh(lever * p.speed / kStillSpeed) + m.viscous * lever * p.speed) * lever;
    auto joint = [&](double current) {
      double t = m.torque_constant * std::min(current, bus) * n * m.efficiency;
      if (m.torque_limit > 0) t = std::min(t, m.torque_limit * lever);
      return std::max(0.0, t - rub);
    };
    p.peak = joint(m.current_max);
    p.continuous = joint(m.continuous_current());
    out.push_back(p);
  }
  return out;
}

namespace {

// A typical actuator of each kind, from which others are scaled. Torque density and inertia: docs/method/actuators.md.
struct Typical {
  double ratio, efficiency, back, friction, viscous, backlash, ripple, per_turn, motor_torque_per_inertia;
};

Typical typical_of(Drivetrain kind) {
  switch (kind) {  // friction: share of stall torque; viscous: share of stall torque / no-load speed; rad; share
    case Drivetrain::direct:
      return {1, 1, 1, 0.003, 0.005, 0, 0.01, 6, 4.0e3};
    case Drivetrain::planetary:
      return {9, 0.92, 0.90, 0.012, 0.02, 0.003, 0.01, 3, 5e4};
    case Drivetrain::cycloidal:
      return {20, 0.88, 0.80, 0.02, 0.03, 0.0006, 0.015, 1, 5e4};
    case Drivetrain::harmonic:
      return {50, 0.78, 0.62, 0.03, 0.05, 0, 0.03, 2, 5e4};
    case Drivetrain::servo:
      return {160, 0.70, 0.45, 0.05, 0.08, 0.006, 0.02, 1, 3.2e4};
    case Drivetrain::roller_screw:
      return {1, 0.85, 0.78, 0.03, 0.03, 0, 0.01, 1, 5e4};
  }
  return {};
}

}  // namespace

ActuatorModel size_actuator(Drivetrain kind, double torque, double speed, double low, double high) {
  if (!(torque > 0) || !(speed > 0) || !std::isfinite(torque) || !std::isfinite(speed))
    throw core::UserError("actuator",
                          "cannot be sized for " + std::to_string(torque) + " N m and " + std::to_string(speed) + " rad/s",
                          "both above 0");
  const Typical t = typical_of(kind);
  ActuatorModel m;
  m.kind = kind;
  m.ratio = t.ratio, m.efficiency = t.efficiency, m.efficiency_back = t.back;
  m.ripple = t.ripple, m.ripple_per_turn = t.per_turn, m.backlash = t.backlash;
  m.voltage = kind == Drivetrain::servo ? 14.8 : 48;
  double lever = 1, n = t.ratio;
  if (kind == Drivetrain::roller_screw) {
    // The linkage stands at its longest lever in the middle of the range; lead for a screw force of 40 lever arms a metre.
    const double size = 0.012 * std::cbrt(torque);  // 150 N m: 64 mm
    m.linkage.a = size, m.linkage.b = 5 * size;
    const double middle = 0.5 * (low + high), square = std::acos(m.linkage.a / m.linkage.b);
    m.linkage.q0 = square - middle;  // s is at right angles to the short arm there: the lever is a
    m.lead = 0.008;
    lever = std::abs(m.linkage.lever(middle));
    n = kTwoPi / m.lead * lever;
    m.friction = t.friction * torque / lever, m.viscous = t.viscous * torque / speed / lever / lever;
  } else {
    m.friction = t.friction * torque, m.viscous = t.viscous * torque / speed;
  }
  m.torque_constant = m.voltage / (n * speed);
  const double rotor = (torque + m.friction * lever) / (n * m.efficiency);  // at the current limit
  m.current_max = rotor / m.torque_constant;
  m.resistance = 0.35 * m.voltage / m.current_max;  // the bus could drive three times that current at stall
  m.rotor_inertia = rotor / t.motor_torque_per_inertia;
  // A third of the peak can be held for ever; the winding takes a minute to warm up.
  const double held = m.current_max / 3, hot = m.resistance * (1 + kCopper * (m.temperature_max - 20));
  m.heat_resistance = (m.temperature_max - m.ambient) / (held * held * hot);
  m.heat_capacity = 60 / m.heat_resistance;
  return m;
}

double ParallelAnkle::length(int rod, double pitch, double roll) const {
  const double cp = std::cos(pitch), sp = std::sin(pitch), cr = std::cos(roll), sr = std::sin(roll);
  const double *p = lower[rod], *u = upper[rod];
  const double y = cr * p[1] - sr * p[2], z = sr * p[1] + cr * p[2];  // roll about x, then pitch about y
  const double at[3] = {cp * p[0] + sp * z - u[0], y - u[1], -sp * p[0] + cp * z - u[2]};
  return std::sqrt(at[0] * at[0] + at[1] * at[1] + at[2] * at[2]);
}

void ParallelAnkle::jacobian(double pitch, double roll, double out[2][2]) const {
  const double cp = std::cos(pitch), sp = std::sin(pitch), cr = std::cos(roll), sr = std::sin(roll);
  for (int i = 0; i < 2; ++i) {
    const double *p = lower[i], *u = upper[i];
    const double y = cr * p[1] - sr * p[2], z = sr * p[1] + cr * p[2];
    const double at[3] = {cp * p[0] + sp * z - u[0], y - u[1], -sp * p[0] + cp * z - u[2]};
    const double s = length(i, pitch, roll);
    const double by_pitch[3] = {-sp * p[0] + cp * z, 0, -cp * p[0] - sp * z};
    const double by_roll[3] = {sp * y, -z, cp * y};
    out[i][0] = (at[0] * by_pitch[0] + at[1] * by_pitch[1] + at[2] * by_pitch[2]) / s;
    out[i][1] = (at[0] * by_roll[0] + at[1] * by_roll[1] + at[2] * by_roll[2]) / s;
  }
}

}  // namespace manybody::body
