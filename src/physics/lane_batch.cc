// The lane engine behind the Batch interface: a humanoid's scene, its soles and IMU measured, its parameters by world.
#include <mujoco/mujoco.h>

#include <algorithm>

#include "core/error.h"
#include "core/text.h"
#include "physics/drives.h"
#include "physics/lane_parameters.h"

namespace manybody::physics {
namespace {

using lane::Engine;

class LaneBatch final : public Batch {
 public:
  LaneBatch(const body::Body& body, std::shared_ptr<const mjModel> model, const SceneIds& ids, std::shared_ptr<Drives> drives,
            std::unique_ptr<Engine> engine, double friction, const std::string& note)
      : model_(std::move(model)),
        ids_(ids),
        inspector_(model_, body),
        drives_(std::move(drives)),
        engine_(std::move(engine)),
        name_(engine_->set_name() + note) {
    MB_CHECK(engine_->nq() == 7 + static_cast<int>(body.joints.size()) &&
             engine_->nu() == static_cast<int>(body.actuated.size()));
    parameters_.resize(worlds());
    for (WorldParameters& p : parameters_) p.friction = friction;
    measured_.resize(parameters_.size() * kMeasured);
    start_at_home(*this, body);
  }

  std::string backend() const override { return name_; }
  int worlds() const override { return engine_->worlds(); }
  int nq() const override { return engine_->nq(); }
  int nv() const override { return engine_->nv(); }
  int nu() const override { return engine_->nu(); }

  std::span<double> qpos(int w) override { return engine_->qpos(w); }
  std::span<double> qvel(int w) override { return engine_->qvel(w); }
  std::span<double> targets(int w) override { return engine_->ctrl(w); }
  std::span<double> push(int w) override { return engine_->push(w, 0); }
  std::span<const double> torques(int w) const override { return engine_->torques(w); }
  std::span<const double> foot_position(int w) const override { return part(w, kPosition, 6); }
  std::span<const double> foot_rotation(int w) const override { return part(w, kRotation, 18); }
  std::span<const double> foot_velocity(int w) const override { return part(w, kVelocity, 12); }
  std::span<const double> foot_force(int w) const override { return part(w, kForce, 2); }
  std::span<const double> imu_gyro(int w) const override { return part(w, kGyro, 3); }
  std::span<const double> imu_rotation(int w) const override { return part(w, kImu, 4); }
  std::span<const double> qacc(int w) const override { return engine_->qacc(w); }
  double ground_height(double x, double y) const override { return ground_height_of(*model_, x, y); }
  bool diverged(int w) const override { return engine_->diverged(w); }

  WorldParameters& parameters(int w) override { return parameters_[w]; }
  void apply_parameters(std::span<const int> ids) override;
  void rest_actuators(std::span<const int> ids) override {
    for (int w : ids) std::fill(engine_->user(w).begin(), engine_->user(w).end(), 0.0);
  }

  void step(int substeps) override {
    engine_->step(substeps);
    for (int w = 0; w < worlds(); ++w) gather(w);
  }
  void refresh(std::span<const int> ids) override {
    if (ids.empty()) return;
    engine_->forward(ids);
    for (int w : ids) gather(w);
  }
  void inspect(int w, Inspection& out) override {
    inspector_.inspect(engine_->qpos(w), engine_->qvel(w), engine_->ctrl(w), engine_->torques(w), *drives_, out);
  }
  int state_size() const override { return static_cast<int>(engine_->state(0).size()); }
  std::span<double> state(int w) override { return engine_->state(w); }

 private:
  // Places in a world's row of what is measured.
  static constexpr int kPosition = 0, kRotation = 6, kVelocity = 24, kForce = 36, kGyro = 38, kImu = 41, kMeasured = 45;

  std::span<const double> part(int w, int offset, int size) const {
    return {measured_.data() + static_cast<size_t>(w) * kMeasured + offset, static_cast<size_t>(size)};
  }

  void gather(int w) {
    double* row = measured_.data() + static_cast<size_t>(w) * kMeasured;
    for (int foot = 0; foot < 2; ++foot) {
      const std::span<const double> site = engine_->site(w, foot);
      std::copy_n(site.data(), 3, row + kPosition + 3 * foot);
      std::copy_n(site.data() + 3, 9, row + kRotation + 9 * foot);
      std::copy_n(site.data() + 12, 6, row + kVelocity + 6 * foot);
      row[kForce + foot] = engine_->touch(w, foot);
    }
    const std::span<const double> imu = engine_->site(w, 2);
    mju_mat2Quat(row + kImu, imu.data() + 3);
    mju_mulMatTVec3(row + kGyro, imu.data() + 3, imu.data() + 15);
  }

  std::shared_ptr<const mjModel> model_;
  SceneIds ids_;
  Inspector inspector_;
  std::shared_ptr<Drives> drives_;
  std::unique_ptr<Engine> engine_;
  std::string name_;
  std::vector<WorldParameters> parameters_;
  std::vector<double> measured_;
};

void LaneBatch::apply_parameters(std::span<const int> ids) {
  for (int w : ids) {
    write_parameters(*model_, ids_, parameters_[w], engine_->parameters(w));
    drives_->set(w, parameters_[w]);
  }
  engine_->apply_parameters(ids);
}

}  // namespace

void write_parameters(const mjModel_& m, const SceneIds& ids, const WorldParameters& p, const lane::EngineParameters& to) {
  for (int a = 0; a < m.nu; ++a) {
    to.gain[a] = m.actuator_gainprm[mjNGAIN * a] * p.kp_scale;
    to.bias_q[a] = m.actuator_biasprm[mjNBIAS * a + 1] * p.kp_scale;
    to.bias_v[a] = m.actuator_biasprm[mjNBIAS * a + 2] * p.kd_scale;
    to.force_low[a] = m.actuator_forcerange[2 * a] * p.strength_scale;
    to.force_high[a] = m.actuator_forcerange[2 * a + 1] * p.strength_scale;
  }
  for (int g : ids.sole_geoms) to.friction[g] = p.friction;
  to.friction[ids.ground] = p.friction;
  to.mass_scale[0] = p.mass_scale;
  for (int k = 0; k < 3; ++k) to.com_offset[k] = p.com_offset_m[k];
}

std::unique_ptr<Batch> make_lane_batch(const body::Body& body, const SceneOptions& options, int worlds, int threads,
                                       std::string& reason) {
  auto model = make_model(body, options);
  const SceneIds ids(*model, body);
  lane::EngineOptions engine;
  engine.worlds = worlds;
  engine.threads = threads;
  engine.precision = options.backend == Backend::lanes_double ? lane::Precision::twofold : lane::Precision::single;
  for (const char* site : kSoleSites) engine.wanted.sites.push_back(mj_name2id(model.get(), mjOBJ_SITE, site));
  engine.wanted.sites.push_back(mj_name2id(model.get(), mjOBJ_SITE, body.imu.site.c_str()));
  for (const body::Leg& leg : body.legs) engine.wanted.touch_bodies.push_back(ids.links[leg.foot_link]);
  engine.wanted.push_bodies = {ids.root};
  engine.wanted.varied_bodies = {ids.heavy};
  const auto drives = std::make_shared<Drives>(body, options, worlds);
  engine.wanted.driven = drives->driven();
  engine.wanted.user = drives->state_size();
  engine.drive = drives;
  std::vector<std::string> missing;
  std::unique_ptr<Engine> made;
  std::string note;
  if (options.backend == Backend::cuda) {
    engine.set = lane::Set::cuda;
    made = lane::try_engine(model, engine, missing);
    if (!made) note = " (the CUDA back end lacks " + core::joined(missing) + ")";
    engine.set = lane::Set::best;
  }
  if (!made) made = lane::try_engine(model, engine, missing);
  if (!made) {
    reason = "the lane engine lacks " + core::joined(missing);
    return nullptr;
  }
  return std::make_unique<LaneBatch>(body, std::move(model), ids, drives, std::move(made), options.friction, note);
}

}  // namespace manybody::physics
