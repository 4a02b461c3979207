#include "body/actuator.h"

#include <gtest/gtest.h>

#include <cmath>

#include "body/actuator_sheet.h"
#include "body/test_bodies.h"
#include "core/error.h"

namespace manybody::body {
namespace {

// One world, one step from rest: the torque that comes out.
struct One {
  explicit One(ActuatorModel m) : model(std::move(m)), state(make_actuator_state(model, 1)) {}
  double step(double q, double speed, double command, double dt = 1e-4) {
    const float at = static_cast<float>(q), rate = static_cast<float>(speed), wish = static_cast<float>(command);
    float out = 0;
    step_actuators(model, state, &at, &rate, &wish, &out, 0, 1, static_cast<float>(dt));
    return out;
  }
  ActuatorModel model;
  ActuatorState state;
};

ActuatorModel plain() {
  ActuatorModel m;
  m.torque_constant = 0.1, m.resistance = 0.2, m.voltage = 48, m.current_max = 40, m.ratio = 10;
  m.efficiency = m.efficiency_back = 1, m.friction = m.viscous = 0;
  m.rotor_inertia = 1e-4;
  return m;
}

TEST(actuator, gives_what_is_asked_within_its_current_limit) {
  One one(plain());
  EXPECT_NEAR(one.step(0, 0, 12), 12, 1e-5);
  EXPECT_NEAR(one.step(0, 3, -12), -12, 1e-4);
  EXPECT_NEAR(one.step(0, 0, 1e4), 0.1 * 40 * 10, 1e-4);  // Kt i_max N
  EXPECT_NEAR(one.step(0, 0, -1e4), -0.1 * 40 * 10, 1e-4);
}

// Oracle: tau = N Kt (V - Kt N w) / R.
TEST(actuator, bus_voltage_bounds_torque_at_speed) {
  ActuatorModel m = plain();
  m.current_max = 1e4;
  One one(m);
  one.state.temperature[0] = 20;  // where the resistance is R
  one.model.heat_capacity = 1e9;
  for (double w : {0.0, 10.0, 30.0, 47.0}) EXPECT_NEAR(one.step(0, w, 1e6), 10 * 0.1 * (48 - 0.1 * 10 * w) / 0.2, 0.02) << w;
  EXPECT_NEAR(one.step(0, m.no_load_speed(), 1e6), 0, 0.02);
  EXPECT_LT(one.step(0, 1.2 * m.no_load_speed(), 1e6), 0);  // faster than that it brakes
}

// Oracle: power out = efficiency x power in when it drives; in = efficiency x out when it is driven.
TEST(actuator, losses_change_sides_with_the_direction_of_power) {
  ActuatorModel m = plain();
  m.efficiency = 0.8, m.efficiency_back = 0.7;
  m.voltage = 1e4;
  One one(m);
  const double full = 0.1 * 40 * 10;
  EXPECT_NEAR(one.step(0, 20, 1e6), 0.8 * full, 0.01);
  EXPECT_NEAR(one.step(0, -20, 1e6), full / 0.7, 0.05);
}

TEST(actuator, friction_opposes_motion_and_vanishes_at_rest) {
  ActuatorModel m = plain();
  m.friction = 2, m.viscous = 0.3;
  One one(m);
  EXPECT_NEAR(one.step(0, 0, 0), 0, 1e-6);
  EXPECT_NEAR(one.step(0, 5, 0), -(2 + 0.3 * 5), 1e-3);
  EXPECT_NEAR(one.step(0, -5, 0), 2 + 0.3 * 5, 1e-3);
}

// Oracle: the linear thermal equation C dT/dt = i²R(1 + a (T - 20)) - (T - Ta) / Rth, in closed form.
TEST(actuator, winding_warms_as_the_closed_form_says) {
  ActuatorModel m = plain();
  m.heat_capacity = 50, m.heat_resistance = 2, m.ambient = 25, m.temperature_soft = 500, m.temperature_max = 501;
  One one(m);
  const double i = 20, R = m.resistance, a = 0.00393;
  const double rate = (i * i * R * a - 1 / m.heat_resistance) / m.heat_capacity;
  const double drive = (i * i * R * (1 - 20 * a) + m.ambient / m.heat_resistance) / m.heat_capacity;
  for (int k = 0; k < 30000; ++k) one.step(0, 0, 0.1 * i * 10, 1e-3);
  const double end = -drive / rate;
  EXPECT_NEAR(one.state.temperature[0], end + (25 - end) * std::exp(rate * 30), 0.3);
}

TEST(actuator, heat_limits_torque_to_what_can_be_held) {
  ActuatorModel m = plain();
  m.heat_capacity = 5;
  One one(m);
  double torque = 0;
  for (int k = 0; k < 200000; ++k) torque = one.step(0, 0, 1e6, 1e-3);
  EXPECT_LE(one.state.temperature[0], m.temperature_max + 0.1);
  EXPECT_GE(torque, m.continuous_torque() - 0.1);
  EXPECT_LT(torque, 0.6 * m.stall_torque());
}

// Oracle: a free rotor of inertia J N² under torque tau crosses a gap b in sqrt(2 b J N² / tau).
TEST(actuator, rotor_crosses_its_backlash_in_the_time_of_free_acceleration) {
  ActuatorModel m = plain();
  m.backlash = 0.02;
  One one(m);
  const double dt = 1e-5;
  for (int k = 0; k < 20000; ++k) one.step(0, 0, -5, dt);  // lean on one side
  EXPECT_NEAR(one.step(0, 0, -5, dt), -5, 1e-4);
  int steps = 0;
  while (one.step(0, 0, 5, dt) == 0 && steps < 100000) ++steps;
  const double expected = std::sqrt(2 * m.backlash * m.rotor_inertia * 100 / 5);
  EXPECT_NEAR(steps * dt, expected, 0.01 * expected);
  EXPECT_NEAR(one.step(0, 0, 5, dt), 5, 1e-4);
}

TEST(actuator, ripple_comes_twice_a_turn_of_the_wave_generator_and_averages_out) {
  ActuatorModel m = plain();
  m.kind = Drivetrain::harmonic, m.ripple = 0.05, m.ripple_per_turn = 2;
  One one(m);
  double mean = 0, most = 0, same = 0;
  const int n = 400;
  for (int k = 0; k < n; ++k) {
    const double q = 2 * M_PI / 10 * k / n;  // one rotor turn
    const double t = one.step(q, 0, 10);
    mean += t / n, most = std::max(most, t);
    same = std::max(same, std::abs(t - one.step(q + M_PI / 10, 0, 10)));  // half a rotor turn on
  }
  EXPECT_NEAR(mean, 10, 1e-3);
  EXPECT_NEAR(most, 10.5, 1e-2);
  EXPECT_LT(same, 1e-3);
}

// Oracle: virtual work. The lever is the derivative of the screw's length, torque x joint speed = force x screw speed.
TEST(actuator, linkage_conserves_power_and_its_lever_is_the_derivative_of_length) {
  ActuatorModel m = load_actuator("roller_screw_knee");
  m.efficiency = m.efficiency_back = 1, m.friction = m.viscous = 0, m.torque_limit = 0;
  for (double q : {0.0, 0.4, 1.0, 1.7}) {
    const double h = 1e-6, slope = (m.linkage.length(q + h) - m.linkage.length(q - h)) / (2 * h);
    EXPECT_NEAR(m.linkage.lever(q), slope, 1e-8);
    One one(m);
    const double force = 2 * M_PI / m.lead * m.torque_constant * m.current_max;  // at the current limit
    EXPECT_NEAR(one.step(q, 0, 1e6), force * slope, 1e-3 * force * slope);
    EXPECT_NEAR(m.reflected_inertia(q), m.rotor_inertia * std::pow(2 * M_PI / m.lead * slope, 2), 1e-9);
  }
  EXPECT_GT(std::abs(m.linkage.lever(1.0)), 1.2 * std::abs(m.linkage.lever(0.0)));  // the ratio does depend on the pose
}

TEST(actuator, parallel_ankle_jacobian_is_the_derivative_of_its_rods) {
  const ParallelAnkle ankle = {{{-0.03, 0.04, 0.25}, {-0.03, -0.04, 0.22}}, {{-0.05, 0.035, -0.01}, {-0.05, -0.035, -0.01}}};
  for (double pitch : {-0.5, 0.0, 0.4}) {
    for (double roll : {-0.3, 0.0, 0.2}) {
      double jac[2][2];
      ankle.jacobian(pitch, roll, jac);
      const double h = 1e-6;
      for (int i = 0; i < 2; ++i) {
        EXPECT_NEAR(jac[i][0], (ankle.length(i, pitch + h, roll) - ankle.length(i, pitch - h, roll)) / (2 * h), 1e-8);
        EXPECT_NEAR(jac[i][1], (ankle.length(i, pitch, roll + h) - ankle.length(i, pitch, roll - h)) / (2 * h), 1e-8);
      }
    }
  }
  double jac[2][2];
  ankle.jacobian(0, 0, jac);
  EXPECT_GT(jac[0][0] * jac[1][0], 0);  // both rods pitch the foot the same way, roll it opposite ways
  EXPECT_LT(jac[0][1] * jac[1][1], 0);
}

TEST(actuator, curve_is_what_the_step_gives) {
  for (const std::string& name : list_actuators()) {
    ActuatorModel m = load_actuator(name);
    m.backlash = m.ripple = m.cogging = 0;
    for (const CurvePoint& p : torque_speed_curve(m, 0, 9)) {
      if (p.peak <= 0 || p.speed < 0.3) continue;
      One one(m);
      one.state.temperature[0] = 20;  // the resistance of the sheet
      EXPECT_NEAR(one.step(0, p.speed, (m.linkage.a > 0 && m.transmission(0) < 0 ? -1e6 : 1e6)), p.peak,
                  0.02 * m.stall_torque() + 1e-6)
          << name << " at " << p.speed;
      EXPECT_LE(p.continuous, p.peak + 1e-9);
    }
  }
}

// The same numbers however the worlds are split, bit for bit.
TEST(actuator, slopes_are_the_torques_derivatives_away_from_its_corners) {
  const ActuatorModel m = load_actuator("dynamixel_xm430_w350");
  const auto torque = [&](float speed, float command, float* resist = nullptr, float* answer = nullptr) {
    ActuatorState s = make_actuator_state(m, 1);
    float q = 0, out = 0, r = 0, a = 0;
    const ActuatorSlopes slopes = {&r, &a};
    const ActuatorView view = {s.temperature.data(), s.gap.data(),        s.gap_speed.data(), s.phase.data(),   s.strength.data(),
                               s.friction.data(),    s.efficiency.data(), s.voltage.data(),   s.backlash.data()};
    step_actuators(m, view, &q, &speed, &command, &out, &slopes, 1, 0.001f);
    if (resist) *resist = r, *answer = a;
    return out;
  };
  const float fast = 0.9f * static_cast<float>(m.no_load_speed()), small = 0.2f * static_cast<float>(m.stall_torque());
  const float step = 0.01f;
  struct Case {
    float speed, command;
  };
  // Driving and driven within its limits; at the limit of its current; braked by the bus.
  for (const Case& c : {Case{1, small}, Case{-1, small}, Case{2, -small}, Case{0.6f, 20 * small}, Case{fast, 20 * small},
                        Case{-fast, -20 * small}}) {
    float resist = 0, answer = 0;
    torque(c.speed, c.command, &resist, &answer);
    const float by_speed = (torque(c.speed + step, c.command) - torque(c.speed - step, c.command)) / (2 * step);
    const float by_command = (torque(c.speed, c.command + step) - torque(c.speed, c.command - step)) / (2 * step);
    EXPECT_NEAR(resist, -by_speed, 0.02 * std::abs(by_speed) + 1e-3) << c.speed << ", " << c.command;
    EXPECT_NEAR(answer, by_command, 0.02 * std::abs(by_command) + 1e-3) << c.speed << ", " << c.command;
  }
}

TEST(actuator, worlds_do_not_depend_on_their_neighbours) {
  const ActuatorModel m = load_actuator("planetary_hip");
  constexpr int n = 37;
  core::Rng rng(5);
  ActuatorState a = make_actuator_state(m, n);
  for (int w = 0; w < n; ++w) reset_actuator(m, a, w, rng);
  ActuatorState b = a;
  std::vector<float> q(n), speed(n), command(n), one(n), two(n);
  for (int k = 0; k < 50; ++k) {
    for (int w = 0; w < n; ++w)
      q[w] = float(rng.normal()), speed[w] = float(5 * rng.normal()), command[w] = float(80 * rng.normal());
    step_actuators(m, a, q.data(), speed.data(), command.data(), one.data(), 0, n, 0.002f);
    step_actuators(m, b, q.data(), speed.data(), command.data(), two.data(), 20, n, 0.002f);
    step_actuators(m, b, q.data(), speed.data(), command.data(), two.data(), 0, 20, 0.002f);
    ASSERT_EQ(one, two);
    for (float t : one) ASSERT_TRUE(std::isfinite(t));
  }
  EXPECT_EQ(a.temperature, b.temperature);
}

TEST(actuator, worlds_differ_within_their_spread) {
  const ActuatorModel m = load_actuator("planetary_hip");
  ActuatorState s = make_actuator_state(m, 500);
  core::Rng rng(9);
  for (int w = 0; w < 500; ++w) reset_actuator(m, s, w, rng);
  double low = 2, high = 0;
  for (float f : s.strength) low = std::min<double>(low, f), high = std::max<double>(high, f);
  EXPECT_GE(low, 1 - m.spread_strength);
  EXPECT_LE(high, 1 + m.spread_strength);
  EXPECT_LT(low, 1 - 0.9 * m.spread_strength);
  EXPECT_GT(high, 1 + 0.9 * m.spread_strength);
  for (float e : s.efficiency) EXPECT_LE(e * m.efficiency, 1 + 1e-6);
}

TEST(actuator, sized_ones_give_the_torque_and_speed_they_were_sized_for) {
  for (Drivetrain kind : {Drivetrain::direct, Drivetrain::planetary, Drivetrain::cycloidal, Drivetrain::harmonic,
                          Drivetrain::servo, Drivetrain::roller_screw}) {
    for (double torque : {2.0, 40.0, 300.0}) {
      const ActuatorModel m = size_actuator(kind, torque, 10, 0, 2.2);
      const double middle = kind == Drivetrain::roller_screw ? 1.1 : 0;
      EXPECT_NEAR(m.stall_torque(middle), torque, 1e-6 * torque) << to_text(kind);
      EXPECT_NEAR(m.no_load_speed(middle), 10, 1e-6) << to_text(kind);
      EXPECT_GT(m.continuous_torque(middle), 0.2 * torque) << to_text(kind);
      EXPECT_LT(m.continuous_torque(middle), 0.6 * torque) << to_text(kind);
      EXPECT_GT(m.reflected_inertia(middle), 0);
    }
  }
  EXPECT_THROW(size_actuator(Drivetrain::harmonic, 0, 10), core::UserError);
}

// Oracle: the published stall torque and no-load speed at 12 V.
TEST(actuator, dynamixel_sheet_gives_its_published_figures) {
  const ActuatorModel m = load_actuator("dynamixel_xm540_w270");
  EXPECT_NEAR(m.stall_torque(), 10.6, 0.2);
  EXPECT_NEAR(m.no_load_speed() * 60 / (2 * M_PI), 30, 0.5);
  for (const Figure& f : m.figures) EXPECT_FALSE(f.source.empty()) << f.name;
}

TEST(actuator, mistakes_in_a_data_sheet_are_told_with_line_and_hint) {
  auto said = [](const std::string& toml) {
    const testing::TemporaryFile file("sheet.toml", toml);
    try {
      load_actuator(file.path());
    } catch (const core::UserError& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_NE(said("kind = \"harmonix\"\n").find("did you mean 'harmonic'"), std::string::npos);
  EXPECT_NE(said("kind = \"planetary\"\n[motor]\nresistence = { value = 1, guess = \"x\" }\n").find("did you mean 'resistance'"),
            std::string::npos);
  EXPECT_NE(said("kind = \"planetary\"\n[motor]\nresistance = { value = 1 }\n").find(":3"), std::string::npos);
  EXPECT_NE(said("kind = \"planetary\"\n[motor]\nresistance = { value = -1, guess = \"x\" }\n").find("-1"), std::string::npos);
  EXPECT_NE(said("kind = \"planetary\"\n").find("motor.torque_constant"), std::string::npos);
  EXPECT_NE(said("kind = \"roller_screw\"\n").find("'lead'"), std::string::npos);
  EXPECT_NE(said("kind = ").find(":1"), std::string::npos);
  try {
    load_actuator("dynamixel_xm540");
    FAIL();
  } catch (const core::UserError& e) {
    EXPECT_NE(std::string(e.what()).find("dynamixel_xm540_w270"), std::string::npos);
  }
}

}  // namespace
}  // namespace manybody::body
