// What moves a joint: electric motor, reducer and linkage as a pure function of state and command, on plain arrays.
//
// Reads: ActuatorModel (from a data sheet, actuator_sheet.h, or sized for a joint, size_actuator), the joint's angle, speed and
//        commanded torque per world, each world's own deviations (ActuatorVariation).
// Writes: the torque at the joint; the motor's temperature and the place in its backlash.
// Method (docs/method/actuators.md, with sources): motor and winding: i = tau / Kt, |i| <= i_max, |V - Ke w| / R; first-order
//        thermal network; reducer: ratio, direction-dependent efficiency, Coulomb and viscous friction, a ripple twice a turn
//        of the input, a gap that the rotor must cross; linear: screw lead and the lever of a three-bar linkage, r(q) = ds/dq.
// Limits: no inductance (electrical time constants are below 1 ms), rigid gears; the rotor's inertia is the joint's armature.
//        A back end that calls step_actuators must not add the joint's own damping and friction a second time.
// Errors: none in the loop; make and read functions throw core::UserError.
#pragma once

#include <string>
#include <vector>

#include "body/figure.h"
#include "core/rng.h"

namespace manybody::body {

enum class Drivetrain { direct, planetary, cycloidal, harmonic, servo, roller_screw };
const char* to_text(Drivetrain kind);

// A screw of length s between a point at distance a from the joint's axis on one link and b on the other:
// s(q)^2 = a^2 + b^2 - 2 a b cos(q0 + sign q). Only for roller_screw.
struct Linkage {
  double a = 0, b = 0;  // m
  double q0 = 0;        // rad between the two arms at joint angle 0
  double sign = 1;      // +1: a growing joint angle lengthens the screw
  double length(double q) const;
  double lever(double q) const;  // ds/dq, m/rad
};

struct ActuatorModel {
  std::string name, title;
  Drivetrain kind = Drivetrain::planetary;
  // Motor
  double torque_constant = 0.1;        // Kt = Ke, N m/A, V s/rad
  double resistance = 0.1;             // R at 20 °C, ohm
  double voltage = 48;                 // of the bus
  double current_max = 50;             // A, the drive's limit
  double rotor_inertia = 1e-4;         // kg m², with the reducer's input
  double pole_pairs = 0, cogging = 0;  // N m at the rotor
  // Reducer
  double ratio = 10;              // rotor turns a joint (or nut) turn; 1 for direct
  double efficiency = 0.9;        // driving
  double efficiency_back = 0.85;  // driven by the load
  double friction = 0.5;          // Coulomb, N m at the joint (N at a screw)
  double viscous = 0.05;          // N m s/rad at the joint (N s/m at a screw)
  double backlash = 0;            // rad at the joint, in all
  double ripple = 0;              // share of the torque, amplitude
  double ripple_per_turn = 2;     // waves a rotor turn: 2 for a strain wave gear
  double lead = 0;                // screw, m a turn
  double torque_limit = 0;        // N m at the joint (N at a screw) that the gear bears; 0: none
  Linkage linkage;
  // Heat
  double heat_capacity = 200;                           // winding and near iron, J/K
  double heat_resistance = 1.5;                         // to the air, K/W
  double ambient = 25;                                  // °C
  double temperature_soft = 90, temperature_max = 120;  // °C: current is lowered between the two to what can be held
  // Per-world randomisation: half widths as shares of the value (backlash: of it as well)
  double spread_strength = 0.1, spread_friction = 0.3, spread_efficiency = 0.05, spread_voltage = 0.1, spread_backlash = 0.5;
  std::vector<Figure> figures;  // of its data sheet

  // Rotor speed over joint speed at joint angle q; torque per rotor torque without losses. The same number.
  double transmission(double q) const;
  double reflected_inertia(double q = 0) const;  // kg m² at the joint
  double stall_torque(double q = 0) const;       // N m at the joint, current and gear limited, warm or cold
  double no_load_speed(double q = 0) const;      // rad/s at the joint
  double continuous_torque(double q = 0) const;  // N m at stall, for ever
  double continuous_current() const;             // A
};

// The state of one kind of actuator in n worlds: one array a quantity.
struct ActuatorState {
  std::vector<float> temperature;  // °C
  std::vector<float> gap;          // rad, -backlash/2 ... +backlash/2: where the rotor is in the gap
  std::vector<float> gap_speed;    // rad/s
  std::vector<float> phase;        // rad: of the ripple
  std::vector<float> strength, friction, efficiency, voltage, backlash;  // factors around 1
};
ActuatorState make_actuator_state(const ActuatorModel& model, int worlds);
// Draws the deviations of one world and cools its motor.
void reset_actuator(const ActuatorModel& model, ActuatorState& state, int world, core::Rng& rng, bool randomise = true);

// The same state where it is kept elsewhere: `count` worlds' values, one pointer a quantity.
struct ActuatorView {
  float *temperature, *gap, *gap_speed;
  const float *phase, *strength, *friction, *efficiency, *voltage, *backlash;
};
// What the torque does when speed or command change a little, for implicit integration: per world, N m s/rad and N m/N m.
struct ActuatorSlopes {
  float* resist;  // minus its slope by speed at a constant command: friction, and the motor's own braking where the bus limits it
  float* answer;  // its slope by the command: 0 where current, bus, gear or gap limit it
};
// One substep of `count` worlds; slopes may be null.
void step_actuators(const ActuatorModel& model, const ActuatorView& state, const float* q, const float* speed,
                    const float* command, float* torque, const ActuatorSlopes* slopes, int count, float dt);

// One substep in worlds first ... last-1: q, speed, command and torque are arrays over all worlds. No allocation; the same
// numbers for any split of the worlds. dt in s.
void step_actuators(const ActuatorModel& model, ActuatorState& state, const float* q, const float* speed, const float* command,
                    float* torque, int first, int last, float dt);

// The four corners of what it can do, for a plot: torque available in the direction of motion, speed rising.
struct CurvePoint {
  double speed = 0;       // rad/s at the joint
  double peak = 0;        // N m, current, voltage and gear limited, losses taken off
  double continuous = 0;  // N m, held for ever
};
std::vector<CurvePoint> torque_speed_curve(const ActuatorModel& model, double q = 0, int points = 41);

// An actuator of this kind that gives `torque` at stall and `speed` without load at the joint: motor and reducer scaled from a
// typical one of the kind (docs/method/actuators.md, "Sizing"). low ... high: the joint's range, for a linkage.
ActuatorModel size_actuator(Drivetrain kind, double torque, double speed, double low = -1, double high = 1);

// Two screws that turn a two-axis ankle together. Rod i runs from `upper[i]` on the shank to `lower[i]` on the foot, both in a
// frame at the ankle's centre (x forward, y left, z up) at pitch = roll = 0; the foot turns by pitch about y, then roll about x.
struct ParallelAnkle {
  double upper[2][3], lower[2][3];
  double length(int rod, double pitch, double roll) const;
  // d length / d (pitch, roll), row i rod i. Joint torque = transpose times rod force.
  void jacobian(double pitch, double roll, double out[2][2]) const;
};

}  // namespace manybody::body
