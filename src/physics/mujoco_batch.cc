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
#include "physics/scene.h"

namespace manybody::physics {
namespace {

constexpr double kVelocityLimit = 300;  // rad/s or m/s: beyond this a world has diverged

struct Rows {  // one field of all worlds: worlds x size, rows stride apart
  mjtNum* data = nullptr;
  int size = 0, stride = 0;

  std::span<double> row(int world) const { return {data + static_cast<size_t>(world) * stride, static_cast<size_t>(size)}; }
};

class MujocoBatch final : public Batch {
 public:
  MujocoBatch(const body::Body& body, const SceneOptions& options, int worlds, int threads);
  ~MujocoBatch() override;

  int worlds() const override { return worlds_; }
  int nq() const override { return model_->nq; }
  int nv() const override { return model_->nv; }
  int nu() const override { return model_->nu; }

  std::span<double> qpos(int world) override { return qpos_.row(world); }
  std::span<double> qvel(int world) override { return qvel_.row(world); }
  std::span<double> targets(int world) override { return ctrl_.row(world); }
  std::span<double> push(int world) override { return wrench_.row(world).subspan(6 * root_, 6); }

  std::span<const double> torques(int world) const override { return torque_.row(world); }
  std::span<const double> foot_position(int world) const override { return sense(world, kSensePosition, 6); }
  std::span<const double> foot_rotation(int world) const override { return part(feet_, 18, world); }
  std::span<const double> foot_velocity(int world) const override { return part(foot_speed_, 12, world); }
  std::span<const double> foot_force(int world) const override { return sense(world, kSenseTouch, 2); }
  std::span<const double> imu_gyro(int world) const override { return sense(world, kSenseGyro, 3); }
  std::span<const double> imu_rotation(int world) const override { return sense(world, kSenseImu, 4); }
  std::span<const double> qacc(int world) const override { return qacc_.row(world); }
  double ground_height(double x, double y) const override;
  bool diverged(int world) const override { return diverged_[world] != 0; }

  WorldParameters& parameters(int world) override { return parameters_[world]; }
  void apply_parameters(std::span<const int> ids) override;

  void step(int substeps) override;
  void refresh(std::span<const int> ids) override;
  void inspect(int world, Inspection& out) override;
  int state_size() const override { return mjb_nstate(batch_); }
  std::span<double> state(int world) override {
    return {mjb_state(batch_) + static_cast<size_t>(world) * mjb_nstate(batch_), static_cast<size_t>(mjb_nstate(batch_))};
  }
  uint64_t state_hash() const override;

 private:
  void find_fields(const body::Body& body);
  void gather(int world);
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
  mjData* scratch_ = nullptr;
  int worlds_, root_ = 1, heavy_ = 1;
  std::vector<int> sole_geoms_, ancestors_, links_;
  int ground_geom_ = -1;
  Rows qpos_, qvel_, ctrl_, wrench_, sensors_, torque_, qacc_;
  Rows mass_, inertia_, com_, subtree_, friction_, gain_, bias_, force_;
  std::vector<double> feet_, foot_speed_;
  std::vector<uint8_t> diverged_;
  std::vector<WorldParameters> parameters_;
};

MujocoBatch::MujocoBatch(const body::Body& body, const SceneOptions& options, int worlds, int threads)
    : model_(make_model(body, options)), worlds_(worlds) {
  MB_CHECK(worlds > 0);
  mjBatchConfig config;
  mjb_defaultConfig(&config);
  config.nthread = threads;
  config.persistent = 0;
  char error[512] = "";
  batch_ = mjb_makeBatch(model_.get(), worlds, &config, error, sizeof error);
  if (!batch_) throw core::UserError(body.name, std::string("no batch of ") + std::to_string(worlds) + " worlds: " + error);
  scratch_ = mj_makeData(model_.get());
  feet_.resize(worlds * 18);
  foot_speed_.resize(worlds * 12);
  diverged_.resize(worlds);
  parameters_.resize(worlds);
  for (WorldParameters& p : parameters_) p.friction = options.friction;
  find_fields(body);
  mjb_reset(batch_, nullptr, 0, nullptr, mjSTAGE_VEL);
  std::vector<int> all(worlds);
  std::iota(all.begin(), all.end(), 0);
  apply_parameters(all);
  for (int world = 0; world < worlds; ++world) {
    std::span<double> q = qpos(world);
    q[2] = body.root_height_home;
    for (int i = 0; i < 4; ++i) q[3 + i] = body.root_rotation_home[i];
    for (size_t j = 0; j < body.joints.size(); ++j) q[7 + j] = body.joints[j].home;
    for (size_t a = 0; a < body.actuated.size(); ++a) targets(world)[a] = body.joints[body.actuated[a]].home;
  }
  refresh(all);
}

MujocoBatch::~MujocoBatch() {
  mj_deleteData(scratch_);
  mjb_deleteBatch(batch_);
}

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

  root_ = mj_name2id(m, mjOBJ_BODY, body.links[0].name.c_str());
  for (int b = 1; b < m->nbody; ++b)
    if (m->body_mass[b] > m->body_mass[heavy_]) heavy_ = b;
  for (int b = heavy_; b > 0; b = m->body_parentid[b]) ancestors_.push_back(b);
  ancestors_.push_back(0);
  for (const body::Link& link : body.links) links_.push_back(mj_name2id(m, mjOBJ_BODY, link.name.c_str()));
  ground_geom_ = mj_name2id(m, mjOBJ_GEOM, kGroundName);
  for (const body::Leg& leg : body.legs)
    for (const std::string& name : leg.geoms) sole_geoms_.push_back(mj_name2id(m, mjOBJ_GEOM, name.c_str()));
}

void MujocoBatch::apply_parameters(std::span<const int> ids) {
  const mjModel* m = model_.get();
  for (int world : ids) {
    const WorldParameters& p = parameters_[world];
    auto scaled = [&](const Rows& rows, const mjtNum* nominal, int offset, int count, double scale) {
      for (int i = 0; i < count; ++i) rows.row(world)[offset + i] = nominal[offset + i] * scale;
    };
    scaled(mass_, m->body_mass, heavy_, 1, p.mass_scale);
    scaled(inertia_, m->body_inertia, 3 * heavy_, 3, p.mass_scale);
    const double added = m->body_mass[heavy_] * (p.mass_scale - 1);
    for (int b : ancestors_) subtree_.row(world)[b] = m->body_subtreemass[b] + added;
    for (int i = 0; i < 3; ++i) com_.row(world)[3 * heavy_ + i] = m->body_ipos[3 * heavy_ + i] + p.com_offset_m[i];
    for (int g : sole_geoms_) friction_.row(world)[3 * g] = p.friction;
    friction_.row(world)[3 * ground_geom_] = p.friction;
    for (int a = 0; a < m->nu; ++a) {
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
  for (double v : qvel_.row(world)) bad |= !(std::abs(v) < kVelocityLimit);
  diverged_[world] = bad;
}

void MujocoBatch::step(int substeps) {
  mjb_step(batch_, nullptr, 0, substeps, mjSTAGE_NONE);
  for (int world = 0; world < worlds_; ++world) gather(world);
}

void MujocoBatch::refresh(std::span<const int> ids) {
  if (ids.empty()) return;
  mjb_forward(batch_, ids.data(), static_cast<int>(ids.size()), mjSTAGE_ACC);
  for (int world : ids) gather(world);
}

double MujocoBatch::ground_height(double x, double y) const {
  const mjModel* m = model_.get();
  if (m->nhfield == 0) return 0;
  const int n = m->hfield_ncol[0];
  const double u = std::clamp((x / kTerrainHalfSize + 1) / 2 * (n - 1), 0.0, n - 1.001);
  const double v = std::clamp((y / kTerrainHalfSize + 1) / 2 * (n - 1), 0.0, n - 1.001);
  const int i = static_cast<int>(u), j = static_cast<int>(v);
  auto h = [&](int row, int col) { return static_cast<double>(m->hfield_data[row * n + col]); };
  const double a = u - i, b = v - j;
  return m->hfield_size[2] * ((1 - b) * ((1 - a) * h(j, i) + a * h(j, i + 1)) + b * ((1 - a) * h(j + 1, i) + a * h(j + 1, i + 1)));
}

void MujocoBatch::inspect(int world, Inspection& out) {
  const mjModel* m = model_.get();
  mju_copy(scratch_->qpos, qpos_.row(world).data(), m->nq);
  mju_copy(scratch_->qvel, qvel_.row(world).data(), m->nv);
  mju_copy(scratch_->ctrl, ctrl_.row(world).data(), m->nu);
  mj_forward(m, scratch_);
  out.links.resize(links_.size() * 7);
  for (size_t i = 0; i < links_.size(); ++i) {
    for (int k = 0; k < 3; ++k) out.links[7 * i + k] = static_cast<float>(scratch_->xpos[3 * links_[i] + k]);
    for (int k = 0; k < 4; ++k) out.links[7 * i + 3 + k] = static_cast<float>(scratch_->xquat[4 * links_[i] + k]);
  }
  out.contacts.clear();
  for (int c = 0; c < scratch_->ncon; ++c) {
    const mjContact& contact = scratch_->contact[c];
    if (contact.efc_address < 0) continue;
    mjtNum local[6];
    mj_contactForce(m, scratch_, c, local);
    ContactPoint point;
    // The contact frame's rows are world axes; the force acts on the second geom.
    const double sign = m->geom_bodyid[contact.geom[1]] == 0 ? -1 : 1;
    for (int k = 0; k < 3; ++k) {
      point.position[k] = contact.pos[k];
      point.force[k] = sign * (contact.frame[k] * local[0] + contact.frame[3 + k] * local[1] + contact.frame[6 + k] * local[2]);
    }
    out.contacts.push_back(point);
  }
}

uint64_t MujocoBatch::state_hash() const {
  uint64_t hash = core::hash_text("state");
  for (int world = 0; world < worlds_; ++world) {
    hash = core::hash_bytes(std::as_bytes(qpos_.row(world)), hash);
    hash = core::hash_bytes(std::as_bytes(qvel_.row(world)), hash);
  }
  return hash;
}

}  // namespace

std::unique_ptr<Batch> make_batch(const body::Body& body, const SceneOptions& options, int worlds, int threads) {
  return std::make_unique<MujocoBatch>(body, options, worlds, threads);
}

}  // namespace manybody::physics
