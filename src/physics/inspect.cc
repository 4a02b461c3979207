// What every back end shares: which parts of a scene are what, the ground's height, and a look at one world for display.
#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "physics/drives.h"
#include "physics/scene.h"

namespace manybody::physics {

SceneIds::SceneIds(const mjModel_& m, const body::Body& body) {
  root = mj_name2id(&m, mjOBJ_BODY, body.links[0].name.c_str());
  for (int b = 1; b < m.nbody; ++b)
    if (m.body_mass[b] > m.body_mass[heavy]) heavy = b;
  for (const body::Link& link : body.links) links.push_back(mj_name2id(&m, mjOBJ_BODY, link.name.c_str()));
  ground = mj_name2id(&m, mjOBJ_GEOM, kGroundName);
  for (const body::Leg& leg : body.legs)
    for (const std::string& name : leg.geoms) sole_geoms.push_back(mj_name2id(&m, mjOBJ_GEOM, name.c_str()));
}

double ground_height_of(const mjModel_& m, double x, double y) {
  if (m.nhfield == 0) return 0;
  const int n = m.hfield_ncol[0];
  const double u = std::clamp((x / kTerrainHalfSize + 1) / 2 * (n - 1), 0.0, n - 1.001);
  const double v = std::clamp((y / kTerrainHalfSize + 1) / 2 * (n - 1), 0.0, n - 1.001);
  const int i = static_cast<int>(u), j = static_cast<int>(v);
  auto h = [&](int row, int col) { return static_cast<double>(m.hfield_data[row * n + col]); };
  const double a = u - i, b = v - j;
  return m.hfield_size[2] * ((1 - b) * ((1 - a) * h(j, i) + a * h(j, i + 1)) + b * ((1 - a) * h(j + 1, i) + a * h(j + 1, i + 1)));
}

struct Inspector::Scratch {
  explicit Scratch(const mjModel* m) : data(mj_makeData(m)) {}
  ~Scratch() { mj_deleteData(data); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  mjData* data;
};

Inspector::Inspector(std::shared_ptr<const mjModel_> model, const body::Body& body)
    : model_(std::move(model)), scratch_(std::make_unique<Scratch>(model_.get())), ids_(*model_, body) {}
Inspector::~Inspector() = default;

void Inspector::inspect(std::span<const double> qpos, std::span<const double> qvel, std::span<const double> targets,
                        std::span<const double> torques, const Drives& drives, Inspection& out) {
  const mjModel* m = model_.get();
  mjData* d = scratch_->data;
  mju_copy(d->qpos, qpos.data(), m->nq);
  mju_copy(d->qvel, qvel.data(), m->nv);
  mju_copy(d->ctrl, targets.data(), m->nu);
  for (int a : drives.driven()) d->ctrl[a] = torques[a];
  mj_forward(m, d);
  out.links.resize(ids_.links.size() * 7);
  for (size_t i = 0; i < ids_.links.size(); ++i) {
    for (int k = 0; k < 3; ++k) out.links[7 * i + k] = static_cast<float>(d->xpos[3 * ids_.links[i] + k]);
    for (int k = 0; k < 4; ++k) out.links[7 * i + 3 + k] = static_cast<float>(d->xquat[4 * ids_.links[i] + k]);
  }
  out.contacts.clear();
  for (int c = 0; c < d->ncon; ++c) {
    const mjContact& contact = d->contact[c];
    if (contact.efc_address < 0) continue;
    mjtNum local[6];
    mj_contactForce(m, d, c, local);
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

uint64_t Batch::state_hash() { return hash_states(*this); }

void start_at_home(Batch& batch, const body::Body& body) {
  std::vector<int> all(batch.worlds());
  std::iota(all.begin(), all.end(), 0);
  batch.apply_parameters(all);
  for (int w : all) {
    const std::span<double> q = batch.qpos(w);
    q[2] = body.root_height_home;
    for (int i = 0; i < 4; ++i) q[3 + i] = body.root_rotation_home[i];
    for (size_t j = 0; j < body.joints.size(); ++j) q[7 + j] = body.joints[j].home;
    for (size_t a = 0; a < body.actuated.size(); ++a) batch.targets(w)[a] = body.joints[body.actuated[a]].home;
  }
  batch.refresh(all);
}

std::unique_ptr<Batch> make_batch(const body::Body& body, const SceneOptions& options, int worlds, int threads) {
  std::string reason;
  if (options.backend != Backend::mujoco)
    if (std::unique_ptr<Batch> batch = make_lane_batch(body, options, worlds, threads, reason)) return batch;
  return make_mujoco_batch(body, options, worlds, threads, reason);
}

}  // namespace manybody::physics
