// Test helper: the same worlds in MuJoCo and in the lane engine, and how far apart they are, stage by stage.
//
// Reads: a compiled model. Writes: random states on both sides; errors as Stage lists them, each relative to one plus the largest
//   number of its kind (qacc: to the length of the vector).
// Method: MuJoCo runs to its optimum (tolerance 0); both begin the solver wherever the test says, which must not matter.
#pragma once

#include <mujoco/mujoco.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/rng.h"
#include "physics/collide/oracle.h"
#include "physics/lane/device.h"
#include "physics/lane/engine.h"

namespace manybody::physics::lane {

using SharedModel = std::shared_ptr<const mjModel>;

enum Stage { kPose, kSpeed, kTorque, kTouch, kAcceleration, kNextSpeed, kNextPosition, kStageCount };
inline constexpr const char* kStageTitles[kStageCount] = {"pose", "velocity",  "torque",   "touch",
                                                          "qacc", "next qvel", "next qpos"};
using Errors = std::array<double, kStageCount>;

inline SharedModel share(mjModel* model) {
  return {model, [](const mjModel* m) { mj_deleteModel(const_cast<mjModel*>(m)); }};
}

// Solver settings under which MuJoCo's answer is the optimum.
inline void converge(mjModel& m) {
  m.opt.iterations = 200;
  m.opt.ls_iterations = 100;
  m.opt.tolerance = 1e-15;  // zero gives the same and takes all iterations
  m.opt.disableflags |= mjDSBL_AUTORESET;
}

// A frame of its own on every body, away from the body's.
inline void add_probes(mjSpec* spec) {
  int index = 0;
  for (mjsElement* e = mjs_firstElement(spec, mjOBJ_BODY); e; e = mjs_nextElement(spec, e), ++index) {
    if (index == 0) continue;  // the world
    mjsSite* site = mjs_addSite(mjs_asBody(e), nullptr);
    const double at[3] = {.1, -.05 + .01 * (index % 5), .07}, turn[4] = {.8, .1 * (index % 3), -.4, .3};
    std::copy(at, at + 3, site->pos);
    std::copy(turn, turn + 4, site->quat);
  }
}

inline SharedModel compile_probed(const std::string& text) {
  char error[1000] = "";
  std::unique_ptr<mjSpec, collide::FreeModel> spec(mj_parseXMLString(text.c_str(), nullptr, error, sizeof error));
  if (!spec) throw std::runtime_error(std::string(error) + "\n" + text);
  add_probes(spec.get());
  mjModel* model = mj_compile(spec.get(), nullptr);
  if (!model) throw std::runtime_error(std::string(mjs_getError(spec.get())) + "\n" + text);
  converge(*model);
  return share(model);
}

// How the machine can run the engine: every precision with every instruction set that the processor has.
struct Flavour {
  Precision precision;
  Set set;
  std::string name;
};
inline std::vector<Flavour> flavours() {
  std::vector<Flavour> out;
  const auto add = [&](bool there, Precision p, Set s, const char* name) {
    if (there) out.push_back({p, s, name});
  };
  add(true, Precision::twofold, Set::scalar, "scalar double");
  add(true, Precision::single, Set::scalar, "scalar float");
  add(avx2_double(), Precision::twofold, Set::avx2, "avx2 double");
  add(avx2_float(), Precision::single, Set::avx2, "avx2 float");
  add(avx512_double(), Precision::twofold, Set::avx512, "avx512 double");
  add(avx512_float(), Precision::single, Set::avx512, "avx512 float");
  add(neon_double(), Precision::twofold, Set::neon, "neon double");
  add(neon_float(), Precision::single, Set::neon, "neon float");
  return out;
}

// One thread a world: the warp emulated on the processor, and the GPU where there is one. They do not take every model.
inline std::vector<Flavour> device_flavours() {
  std::vector<Flavour> out = {{Precision::single, Set::warp, "warp float"}};
  if (cuda_absence().empty()) out.push_back({Precision::single, Set::cuda, "cuda float"});
  return out;
}

// Every site measured, every body's touch, a push on every body that moves.
inline Wanted all_of(const mjModel& m) {
  Wanted wanted;
  for (int s = 0; s < m.nsite; ++s) wanted.sites.push_back(s);
  for (int b = 1; b < m.nbody; ++b) wanted.touch_bodies.push_back(b);
  for (int b = 1; b < m.nbody; ++b)
    if (m.body_weldid[b] != 0) wanted.push_bodies.push_back(b);
  return wanted;
}

inline std::unique_ptr<Engine> engine_of(const SharedModel& model, const Flavour& flavour, int worlds, int threads = 1,
                                         const Wanted* wanted = nullptr) {
  EngineOptions options;
  options.worlds = worlds;
  options.threads = threads;
  options.precision = flavour.precision;
  options.set = flavour.set;
  options.wanted = wanted ? *wanted : all_of(*model);
  return make_engine(model, options);
}

// Engines of every flavour that takes the model.
inline std::vector<std::pair<Flavour, std::unique_ptr<Engine>>> engines_of(const SharedModel& model, int worlds) {
  std::vector<std::pair<Flavour, std::unique_ptr<Engine>>> out;
  for (const Flavour& f : flavours()) out.emplace_back(f, engine_of(model, f, worlds));
  for (const Flavour& f : device_flavours()) {
    EngineOptions options;
    options.worlds = worlds;
    options.set = f.set;
    options.warp_lanes = worlds;
    options.wanted = all_of(*model);
    std::vector<std::string> lacks;
    if (auto engine = try_engine(model, options, lacks)) out.emplace_back(f, std::move(engine));
  }
  return out;
}

class Truth {  // MuJoCo's side: one mjData a world
 public:
  Truth(SharedModel model, int worlds) : model_(std::move(model)), wanted_(all_of(*model_)) {
    for (int w = 0; w < worlds; ++w) data_.emplace_back(mj_makeData(model_.get()));
  }
  const mjModel& model() const { return *model_; }
  mjData& operator[](int w) { return *data_[w]; }
  int worlds() const { return static_cast<int>(data_.size()); }

  // MuJoCo's state, controls and pushes, with a warm start that is no better than a guess.
  void hand_to(Engine& e, int w, std::span<const double> warm = {}) {
    const mjData& d = *data_[w];
    std::copy(d.qpos, d.qpos + model_->nq, e.qpos(w).begin());
    std::copy(d.qvel, d.qvel + model_->nv, e.qvel(w).begin());
    std::copy(d.ctrl, d.ctrl + model_->nu, e.ctrl(w).begin());
    for (size_t i = 0; i < wanted_.push_bodies.size(); ++i)
      std::copy_n(d.xfrc_applied + 6 * wanted_.push_bodies[i], 6, e.push(w, static_cast<int>(i)).begin());
    if (warm.empty()) std::fill(e.warm_start(w).begin(), e.warm_start(w).end(), 0.0);
    else std::copy(warm.begin(), warm.end(), e.warm_start(w).begin());
  }

  void step() {
    for (auto& d : data_) {
      // Elliptic cones are not quadratic, and MuJoCo stops where its cost no longer falls in double's digits: half of them from the
      // optimum. Begun there again, Newton finds the rest.
      for (int again = 0; again < (model_->opt.cone == mjCONE_ELLIPTIC ? 3 : 0); ++again) {
        mj_forward(model_.get(), d.get());
        mju_copy(d->qacc_warmstart, d->qacc, model_->nv);
      }
      mj_step(model_.get(), d.get());
    }
  }

  // Contacts that act, of one world.
  int contacts(int w) const {
    int count = 0;
    for (int c = 0; c < data_[w]->ncon; ++c) count += data_[w]->contact[c].efc_address >= 0;
    return count;
  }

  // Is there a contact that MuJoCo finds by iteration, to its own tolerance? (Convex shapes whose contact has no closed form.)
  bool convex(int w) const {
    for (int c = 0; c < data_[w]->ncon; ++c) {
      int a = model_->geom_type[data_[w]->contact[c].geom[0]], b = model_->geom_type[data_[w]->contact[c].geom[1]];
      if (a > b) std::swap(a, b);
      if (a == mjGEOM_PLANE) continue;
      if (a == mjGEOM_HFIELD && b != mjGEOM_SPHERE) return true;
      if (b == mjGEOM_MESH || b == mjGEOM_ELLIPSOID || a == mjGEOM_ELLIPSOID || (b == mjGEOM_CYLINDER && a != mjGEOM_SPHERE) ||
          (a == mjGEOM_CYLINDER))
        return true;
    }
    return false;
  }

  Errors compare(const Engine& engine, int w) const {
    Errors out{};
    measure_sites(engine, w, out);
    measure_touch(engine, w, out);
    const mjData& d = *data_[w];
    out[kTorque] = largest({d.actuator_force, static_cast<size_t>(model_->nu)}, engine.torques(w));
    out[kAcceleration] = relative({d.qacc, static_cast<size_t>(model_->nv)}, engine.qacc(w));
    Engine& e = const_cast<Engine&>(engine);
    out[kNextSpeed] = largest({d.qvel, static_cast<size_t>(model_->nv)}, e.qvel(w));
    out[kNextPosition] = largest({d.qpos, static_cast<size_t>(model_->nq)}, e.qpos(w));
    return out;
  }

  // max |a - b| / (1 + max |a|)
  static double largest(std::span<const double> a, std::span<const double> b) {
    double off = 0, most = 0;
    for (size_t i = 0; i < a.size(); ++i) off = worse(off, std::abs(a[i] - b[i])), most = std::max(most, std::abs(a[i]));
    return off / (1 + most);
  }
  static double relative(std::span<const double> a, std::span<const double> b) {
    double off = 0, length = 0;
    for (size_t i = 0; i < a.size(); ++i) off += (a[i] - b[i]) * (a[i] - b[i]), length += a[i] * a[i];
    return std::isfinite(off) ? std::sqrt(off) / std::max(1e-3, std::sqrt(length)) : INFINITY;
  }
  // Anything that is no number is as wrong as can be.
  static double worse(double a, double b) { return std::isfinite(b) ? std::max(a, b) : INFINITY; }

 private:
  void measure_sites(const Engine& engine, int w, Errors& out) const {
    const mjData& d = *data_[w];
    double speed = 1;
    for (int s = 0; s < model_->nsite; ++s) {
      const std::span<const double> site = engine.site(w, s);
      for (int k = 0; k < 3; ++k) out[kPose] = worse(out[kPose], std::abs(site[k] - d.site_xpos[3 * s + k]));
      for (int k = 0; k < 9; ++k) out[kPose] = worse(out[kPose], std::abs(site[3 + k] - d.site_xmat[9 * s + k]));
      double v[6];
      mj_objectVelocity(model_.get(), &d, mjOBJ_SITE, s, v, 0);  // angular, linear
      for (int k = 0; k < 3; ++k) {
        out[kSpeed] = worse(out[kSpeed], std::abs(site[12 + k] - v[3 + k]));
        out[kSpeed] = worse(out[kSpeed], std::abs(site[15 + k] - v[k]));
        speed = std::max({speed, std::abs(v[k]), std::abs(v[3 + k])});
      }
    }
    out[kSpeed] /= speed;
  }

  void measure_touch(const Engine& engine, int w, Errors& out) const {
    const mjData& d = *data_[w];
    std::vector<double> sums(model_->nbody, 0.0), ours(model_->nbody, 0.0);
    for (int c = 0; c < d.ncon; ++c) {
      if (d.contact[c].efc_address < 0) continue;
      double force[6];
      mj_contactForce(model_.get(), &d, c, force);
      for (int side = 0; side < 2; ++side) sums[model_->geom_bodyid[d.contact[c].geom[side]]] += force[0];
    }
    for (int b = 1; b < model_->nbody; ++b) ours[b] = engine.touch(w, b - 1);
    sums[0] = 0;
    out[kTouch] = largest(sums, ours);
  }

  SharedModel model_;
  Wanted wanted_;
  std::vector<collide::DataPtr> data_;
};

// A random state of any model: free bodies strayed and (where they tumble) turned, joints a little beyond their limits.
inline void draw_state(const mjModel& m, mjData& d, core::Rng& rng, double lift, bool tumble, double speed = 1) {
  mj_resetData(&m, &d);
  for (int j = 0; j < m.njnt; ++j) {
    double* q = d.qpos + m.jnt_qposadr[j];
    const double* range = m.jnt_range + 2 * j;
    const double over = .1 * (range[1] - range[0]);
    switch (m.jnt_type[j]) {
      case mjJNT_FREE:
        for (int k = 0; k < 3; ++k) q[k] += lift * rng.uniform(-1, 1);
        for (int k = 0; k < 4; ++k) q[3 + k] += tumble ? rng.normal() : 1e-3 * lift * rng.normal();
        mju_normalize4(q + 3);
        break;
      case mjJNT_BALL:
        for (int k = 0; k < 4; ++k) q[k] = rng.normal();
        mju_normalize4(q);
        break;
      case mjJNT_HINGE:
        q[0] += m.jnt_limited[j] ? rng.uniform(range[0] - over, range[1] + over) : 1.5 * rng.uniform(-1, 1);
        break;
      default:
        q[0] += m.jnt_limited[j] ? rng.uniform(range[0] - over, range[1] + over) : .2 * rng.uniform(-1, 1);
    }
  }
  for (int k = 0; k < m.nv; ++k) d.qvel[k] = speed * rng.normal();
  for (int k = 0; k < m.nu; ++k) d.ctrl[k] = rng.normal();
  for (int b = 1; b < m.nbody; ++b)
    for (int k = 0; k < 6; ++k)
      d.xfrc_applied[6 * b + k] = (m.body_weldid[b] ? speed : 0) * m.body_mass[b] * (k < 3 ? 2 : .05) * rng.normal();
}

}  // namespace manybody::physics::lane
