// The MuJoCo back end: mjb_* (MuJoCo's C batch API) steps the worlds on its own thread pool.
//
// Per-world parameters are model fields that mjBatch keeps per simulation. Sensor values are those of the last substep's
// forward pass, so they lag the state by one physics step, as a real sensor's do.
#include <mujoco/mjbatch.h>
#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "core/error.h"
#include "core/files.h"
#include "physics/drives.h"
#include "physics/lane/kernel.h"
#include "physics/scene.h"

namespace manybody::physics {
namespace {

struct Rows {  // one field of all worlds: worlds x size, rows stride apart
  mjtNum* data = nullptr;
  int size = 0, stride = 0;

  std::span<double> row(int world) const { return {data + static_cast<size_t>(world) * stride, static_cast<size_t>(size)}; }
};

class MujocoBatch final : public Batch {
 public:
  MujocoBatch(const body::Body& body, const SceneOptions& options, int worlds, int threads, std::string reason);
  ~MujocoBatch() override;

  std::string backend() const override { return reason_.empty() ? "MuJoCo" : "MuJoCo (" + reason_ + ")"; }
  int worlds() const override { return worlds_; }
  int nq() const override { return model_->nq; }
  int nv() const override { return model_->nv; }
  int nu() const override { return model_->nu; }

  std::span<double> qpos(int world) override { return qpos_.row(world); }
  std::span<double> qvel(int world) override { return qvel_.row(world); }
  std::span<double> targets(int world) override { return driven() ? user_.row(world).subspan(0, model_->nu) : ctrl_.row(world); }
  std::span<double> push(int world) override { return wrench_.row(world).subspan(6 * ids_.root, 6); }

  std::span<const double> torques(int world) const override { return torque_.row(world); }
  std::span<const double> foot_position(int world) const override { return sense(world, kSensePosition, 6); }
  std::span<const double> foot_rotation(int world) const override { return part(feet_, 18, world); }
  std::span<const double> foot_velocity(int world) const override { return part(foot_speed_, 12, world); }
  std::span<const double> foot_force(int world) const override { return sense(world, kSenseTouch, 2); }
  std::span<const double> imu_gyro(int world) const override { return sense(world, kSenseGyro, 3); }
  std::span<const double> imu_rotation(int world) const override { return sense(world, kSenseImu, 4); }
  std::span<const double> qacc(int world) const override { return qacc_.row(world); }
  double ground_height(double x, double y) const override { return ground_height_of(*model_, x, y); }
  bool diverged(int world) const override { return diverged_[world] != 0; }

  WorldParameters& parameters(int world) override { return parameters_[world]; }
  void apply_parameters(std::span<const int> ids) override;
  void rest_actuators(std::span<const int> ids) override {
    for (int w : ids) std::fill(motors(w).begin(), motors(w).end(), 0.0);
  }

  void step(int substeps) override;
  void refresh(std::span<const int> ids) override;
  void inspect(int world, Inspection& out) override {
    inspector_.inspect(qpos_.row(world), qvel_.row(world), targets(world), torque_.row(world), drives_, out);
  }
  int state_size() const override { return mjb_nstate(batch_); }
  std::span<double> state(int world) override {
    return {mjb_state(batch_) + static_cast<size_t>(world) * mjb_nstate(batch_), static_cast<size_t>(mjb_nstate(batch_))};
  }

 private:
  void find_fields(const body::Body& body);
  void gather(int world);
  // Driven joints: targets and motors live in MuJoCo's user data, a part of its state; its controls are then torques.
  bool driven() const { return !drives_.driven().empty(); }
  std::span<double> motors(int world) { return driven() ? user_.row(world).subspan(model_->nu) : std::span<double>{}; }
  void drive(std::span<const int> ids, bool keep);
  void drive_some(std::span<const int> ids, bool keep);
  std::span<const double> sense(int world, int offset, int size) const {
    return std::span<const double>(sensors_.row(world)).subspan(offset, size);
  }
  static std::span<const double> part(const std::vector<double>& all, int size, int world) {
    return {all.data() + static_cast<size_t>(world) * size, static_cast<size_t>(size)};
  }
  Rows expand(const char* name);
  Rows output(const char* name);
  Rows component(int which);

  std::shared_ptr<const mjModel> model_;
  mjBatch* batch_ = nullptr;
  std::string reason_;
  int worlds_;
  SceneIds ids_;
  Inspector inspector_;
  Drives drives_;
  std::vector<int> ancestors_, all_;
  std::vector<float> asked_;  // five numbers of each driven actuator in each of a few worlds
  Rows qpos_, qvel_, ctrl_, user_, wrench_, sensors_, torque_, qacc_;
  Rows mass_, inertia_, com_, subtree_, friction_, gain_, bias_, force_;
  std::vector<double> feet_, foot_speed_;
  std::vector<uint8_t> diverged_;
  std::vector<WorldParameters> parameters_;
};

MujocoBatch::MujocoBatch(const body::Body& body, const SceneOptions& options, int worlds, int threads, std::string reason)
    : model_(make_model(body, options)),
      reason_(std::move(reason)),
      worlds_(worlds),
      ids_(*model_, body),
      inspector_(model_, body),
      drives_(body, options, worlds),
      all_(worlds),
      asked_(5 * lane::kMostLanes * drives_.driven().size()) {
  MB_CHECK(worlds > 0);
  std::iota(all_.begin(), all_.end(), 0);
  mjBatchConfig config;
  mjb_defaultConfig(&config);
  config.nthread = threads;
  config.persistent = 0;
  char error[512] = "";
  batch_ = mjb_makeBatch(model_.get(), worlds, &config, error, sizeof error);
  if (!batch_) throw core::UserError(body.name, std::string("no batch of ") + std::to_string(worlds) + " worlds: " + error);
  feet_.resize(worlds * 18);
  foot_speed_.resize(worlds * 12);
  diverged_.resize(worlds);
  parameters_.resize(worlds);
  for (WorldParameters& p : parameters_) p.friction = options.friction;
  find_fields(body);
  mjb_reset(batch_, nullptr, 0, nullptr, mjSTAGE_VEL);
  start_at_home(*this, body);
}

MujocoBatch::~MujocoBatch() { mjb_deleteBatch(batch_); }

Rows MujocoBatch::expand(const char* name) {
  int size = 0, bytes = 0;
  auto* data = static_cast<mjtNum*>(mjb_expand(batch_, name, &size, &bytes));
  MB_CHECK(data != nullptr && bytes == sizeof(mjtNum));
  return {data, size, size};
}

Rows MujocoBatch::output(const char* name) {
  int size = 0, bytes = 0;
  auto* data = static_cast<mjtNum*>(mjb_output(batch_, name, &size, &bytes));
  MB_CHECK(data != nullptr && bytes == sizeof(mjtNum));
  return {data, size, size};
}

Rows MujocoBatch::component(int which) {
  int size = 0;
  mjtNum* data = mjb_stateComponent(batch_, which, &size);
  MB_CHECK(data != nullptr);
  return {data, size, mjb_nstate(batch_)};
}

void MujocoBatch::find_fields(const body::Body& body) {
  const mjModel* m = model_.get();
  MB_CHECK(m->nsensordata == kSenseSize && m->nu == static_cast<int>(body.actuated.size()));
  MB_CHECK(m->nq == 7 + static_cast<int>(body.joints.size()));
  sensors_ = output("sensordata");
  torque_ = output("actuator_force");
  qacc_ = output("qacc");
  mass_ = expand("body_mass");
  inertia_ = expand("body_inertia");
  com_ = expand("body_ipos");
  subtree_ = expand("body_subtreemass");
  friction_ = expand("geom_friction");
  gain_ = expand("actuator_gainprm");
  bias_ = expand("actuator_biasprm");
  force_ = expand("actuator_forcerange");
  // Pointers into the batch are taken last: expanding may move its storage.
  qpos_ = component(mjSTATE_QPOS);
  qvel_ = component(mjSTATE_QVEL);
  ctrl_ = component(mjSTATE_CTRL);
  wrench_ = component(mjSTATE_XFRC_APPLIED);
  if (driven()) user_ = component(mjSTATE_USERDATA);

  for (int b = ids_.heavy; b > 0; b = m->body_parentid[b]) ancestors_.push_back(b);
  ancestors_.push_back(0);
}

void MujocoBatch::apply_parameters(std::span<const int> ids) {
  const mjModel* m = model_.get();
  for (int world : ids) {
    const WorldParameters& p = parameters_[world];
    auto scaled = [&](const Rows& rows, const mjtNum* nominal, int offset, int count, double scale) {
      for (int i = 0; i < count; ++i) rows.row(world)[offset + i] = nominal[offset + i] * scale;
    };
    scaled(mass_, m->body_mass, ids_.heavy, 1, p.mass_scale);
    scaled(inertia_, m->body_inertia, 3 * ids_.heavy, 3, p.mass_scale);
    const double added = m->body_mass[ids_.heavy] * (p.mass_scale - 1);
    for (int b : ancestors_) subtree_.row(world)[b] = m->body_subtreemass[b] + added;
    for (int i = 0; i < 3; ++i) com_.row(world)[3 * ids_.heavy + i] = m->body_ipos[3 * ids_.heavy + i] + p.com_offset_m[i];
    for (int g : ids_.sole_geoms) friction_.row(world)[3 * g] = p.friction;
    friction_.row(world)[3 * ids_.ground] = p.friction;
    drives_.set(world, p);
    for (int a = 0; a < m->nu; ++a) {
      if (std::find(drives_.driven().begin(), drives_.driven().end(), a) != drives_.driven().end()) continue;
      scaled(gain_, m->actuator_gainprm, mjNGAIN * a, 1, p.kp_scale);
      scaled(bias_, m->actuator_biasprm, mjNBIAS * a + 1, 1, p.kp_scale);
      scaled(bias_, m->actuator_biasprm, mjNBIAS * a + 2, 1, p.kd_scale);
      scaled(force_, m->actuator_forcerange, 2 * a, 2, p.strength_scale);
    }
  }
}

void MujocoBatch::gather(int world) {
  const mjtNum* s = sensors_.row(world).data();
  double* rotation = &feet_[18 * world];
  double* speed = &foot_speed_[12 * world];
  for (int foot = 0; foot < 2; ++foot) {
    for (int axis = 0; axis < 3; ++axis)
      for (int i = 0; i < 3; ++i) rotation[9 * foot + 3 * i + axis] = s[kSenseAxes + 6 * axis + 3 * foot + i];
    for (int i = 0; i < 3; ++i) {
      speed[6 * foot + i] = s[kSenseLinear + 3 * foot + i];
      speed[6 * foot + 3 + i] = s[kSenseAngular + 3 * foot + i];
    }
  }
  bool bad = mjb_status(batch_)[world] != 0;
  for (double q : qpos_.row(world)) bad |= !std::isfinite(q);
  for (double v : qvel_.row(world)) bad |= !(std::abs(v) < lane::kVelocityLimit);
  diverged_[world] = bad;
}

// Torques of driven joints into the controls. Their slope by speed becomes the actuator's bias, so that MuJoCo too takes it
// implicitly: force = ctrl - slope v with ctrl = torque + slope v.
void MujocoBatch::drive(std::span<const int> ids, bool keep) {
  for (size_t first = 0; first < ids.size(); first += lane::kMostLanes)
    drive_some(ids.subspan(first, std::min<size_t>(lane::kMostLanes, ids.size() - first)), keep);
}

void MujocoBatch::drive_some(std::span<const int> ids, bool keep) {
  const int lanes = static_cast<int>(ids.size()), count = static_cast<int>(drives_.driven().size());
  float *q = asked_.data(), *speed = q + lanes * count, *control = speed + lanes * count;
  double* user[lane::kMostLanes];
  for (int l = 0; l < lanes; ++l) {
    const int world = ids[l];
    user[l] = motors(world).data();
    std::copy_n(targets(world).begin(), model_->nu, ctrl_.row(world).begin());
    for (int i = 0; i < count; ++i) {
      const int a = drives_.driven()[i], joint = model_->actuator_trnid[2 * a];
      q[lanes * i + l] = static_cast<float>(qpos_.row(world)[model_->jnt_qposadr[joint]]);
      speed[lanes * i + l] = static_cast<float>(qvel_.row(world)[model_->jnt_dofadr[joint]]);
      control[lanes * i + l] = static_cast<float>(ctrl_.row(world)[a]);
    }
  }
  lane::DriveCall call;
  call.lanes = lanes, call.worlds = ids.data(), call.user = user, call.keep = keep;
  call.q = q, call.speed = speed, call.control = control;
  call.force = control + lanes * count, call.slope = call.force + lanes * count;
  drives_.ask(call);
  for (int l = 0; l < lanes; ++l) {
    for (int i = 0; i < count; ++i) {
      const int a = drives_.driven()[i], dof = model_->jnt_dofadr[model_->actuator_trnid[2 * a]];
      const double slope = static_cast<double>(call.slope[lanes * i + l]);
      bias_.row(ids[l])[mjNBIAS * a + 2] = -slope;
      ctrl_.row(ids[l])[a] = static_cast<double>(call.force[lanes * i + l]) + slope * qvel_.row(ids[l])[dof];
    }
  }
}

void MujocoBatch::step(int substeps) {
  for (int k = 0; driven() && k < substeps; ++k) {
    drive(all_, true);
    mjb_step(batch_, nullptr, 0, 1, mjSTAGE_NONE);
  }
  if (!driven()) mjb_step(batch_, nullptr, 0, substeps, mjSTAGE_NONE);
  for (int world = 0; world < worlds_; ++world) gather(world);
}

void MujocoBatch::refresh(std::span<const int> ids) {
  if (ids.empty()) return;
  if (driven()) drive(ids, false);
  mjb_forward(batch_, ids.data(), static_cast<int>(ids.size()), mjSTAGE_ACC);
  for (int world : ids) gather(world);
}

}  // namespace

std::unique_ptr<Batch> make_mujoco_batch(const body::Body& body, const SceneOptions& options, int worlds, int threads,
                                         const std::string& reason) {
  return std::make_unique<MujocoBatch>(body, options, worlds, threads, reason);
}

}  // namespace manybody::physics
