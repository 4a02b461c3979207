#include "task/randomise.h"

#include <cmath>

namespace manybody::task {

physics::WorldParameters draw_parameters(const RandomConfig& c, double ramp, double leg_length, core::Rng& rng) {
  physics::WorldParameters p;
  const double nominal = p.friction;
  p.friction = nominal + ramp * (rng.uniform(c.friction_min, c.friction_max) - nominal);
  p.mass_scale = 1 + ramp * rng.uniform(-c.mass, c.mass);
  for (double& offset : p.com_offset_m) offset = ramp * rng.uniform(-c.com_m, c.com_m) * leg_length / 0.7;
  p.kp_scale = 1 + ramp * rng.uniform(-c.gain, c.gain);
  p.kd_scale = 1 + ramp * rng.uniform(-c.gain, c.gain);
  p.strength_scale = 1 - ramp * rng.uniform(0, c.strength);
  return p;
}

int draw_latency(const RandomConfig& c, double ramp, double timestep_s, core::Rng& rng) {
  return static_cast<int>(std::lround(ramp * rng.uniform(0, c.latency_ms_max) * 1e-3 / timestep_s));
}

void add_noise(const RandomConfig& c, double ramp, core::Rng& rng, signal::Measured& m) {
  if (ramp <= 0) return;
  for (double& x : m.gyro) x += ramp * c.noise_gyro * rng.normal();
  for (double& x : m.gravity) x += ramp * c.noise_gravity * rng.normal();
  for (double& x : m.q) x += ramp * c.noise_position * rng.normal();
  for (double& x : m.dq) x += ramp * c.noise_velocity * rng.normal();
}

}  // namespace manybody::task
