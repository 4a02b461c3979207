// The lane engine: batches of worlds of one compiled MuJoCo model, one world per SIMD lane.
//
// Reads: state records (qpos, qvel, ctrl, pushes), per-world parameters. Writes: the state after a number of steps; accelerations,
//   actuator forces, poses and velocities of sites, contact forces. All spans are one world's, in double, MuJoCo's orders and units.
// Method: docs/method/physics.md. Groups of as many worlds as lanes; all steps of a group before the next group.
// Limits: results do not depend on the number of threads; they do depend on the precision and, by rounding, on the instruction set
//   and on what the other worlds of a group touch; which those are follows from the worlds' states (EngineOptions::regroup). A whole engine restored continues bit for bit. step does not allocate.
// Errors: make_engine throws core::UserError naming what the model uses that the engine lacks (Model::missing).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "physics/lane/kernel.h"

namespace manybody::physics::lane {

enum class Precision { single, twofold };
enum class Set { best, scalar, avx2, avx512, neon, cuda, warp };  // warp: cuda's source on the processor, for tests (device.h)

struct EngineOptions {
  int worlds = 1, threads = 1;  // threads <= 0: one a processor
  Precision precision = Precision::single;
  Set set = Set::best;
  bool regroup = true;  // before a step, worlds that touch alike and take as many Newton steps are put together
  int warp_lanes = 32;  // Set::warp: threads of an emulated warp
  Wanted wanted;
  std::shared_ptr<const Drive> drive;  // needed where actuators are driven
};

// One world's parameters, as MuJoCo's model holds them; written, then handed to apply_parameters.
struct EngineParameters {
  std::span<double> gain, bias_q, bias_v, force_low, force_high;  // per actuator: gainprm[0], biasprm[1], biasprm[2], forcerange
  std::span<double> friction;                                     // sliding, per MuJoCo geom
  std::span<double> gravity;                                      // 3
  std::span<double> mass_scale;                                   // per entry of Wanted::varied_bodies: mass and inertia
  std::span<double> com_offset;                                   // the same x 3, body frame, m
};

class Engine {
 public:
  virtual ~Engine() = default;

  virtual int worlds() const = 0;
  virtual int lanes() const = 0;
  virtual const char* set_name() const = 0;
  virtual int nq() const = 0;
  virtual int nv() const = 0;
  virtual int nu() const = 0;

  virtual std::span<double> qpos(int world) = 0;
  virtual std::span<double> qvel(int world) = 0;
  virtual std::span<double> ctrl(int world) = 0;
  virtual std::span<double> push(int world, int which) = 0;  // 6: force, torque at a body's centre of mass, world frame
  virtual std::span<double> user(int world) = 0;             // what the drive keeps
  virtual std::span<double> warm_start(int world) = 0;       // accelerations the solver begins with: the last step's
  virtual std::span<double> state(int world) = 0;            // all of the above in one piece
  virtual std::span<const double> qacc(int world) const = 0;
  virtual std::span<const double> torques(int world) const = 0;          // per actuator
  virtual std::span<const double> site(int world, int which) const = 0;  // Record::kSite numbers
  virtual double touch(int world, int which) const = 0;                  // N
  virtual bool diverged(int world) const = 0;

  virtual EngineParameters parameters(int world) = 0;
  virtual void apply_parameters(std::span<const int> worlds) = 0;

  virtual void step(int substeps) = 0;
  virtual void forward(std::span<const int> worlds) = 0;  // measures without moving on

  virtual Stages stages() const = 0;
};

// What a model uses and the engine lacks; empty: the engine can take it.
std::vector<std::string> missing_features(const mjModel_& model);

// Null, with the reasons in `missing`, where the engine lacks what the model uses.
std::unique_ptr<Engine> try_engine(std::shared_ptr<const mjModel_> model, const EngineOptions& options,
                                   std::vector<std::string>& missing);
std::unique_ptr<Engine> make_engine(std::shared_ptr<const mjModel_> model, const EngineOptions& options);

}  // namespace manybody::physics::lane
