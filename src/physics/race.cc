#include "physics/race.h"

#include <mujoco/mjbatch.h>
#include <mujoco/mujoco.h>
#include <time.h>

#include <algorithm>

#include "core/clock.h"
#include "core/error.h"
#include "physics/lane_parameters.h"

namespace manybody::physics {
namespace {

double thread_seconds() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

SceneOptions converged(SceneOptions options) {
  options.solver_iterations = 100;
  options.line_search_iterations = 50;
  return options;
}

struct Start {
  std::vector<double> qpos, qvel, targets, warm;
};

}  // namespace

struct Race::State {
  State(const body::Body& body, const SceneOptions& options, int worlds, int threads)
      : model(make_model(body, converged(options))), ids(*model, body), starts(worlds) {
    lane::EngineOptions engine;
    engine.worlds = worlds;
    engine.threads = 1;
    engine.wanted.varied_bodies = {ids.heavy};
    one = lane::make_engine(model, engine);
    varied = lane::make_engine(model, engine);
    engine.threads = threads;
    if (options.backend == Backend::cuda) engine.set = lane::Set::cuda;
    all = lane::make_engine(model, engine);
    for (int w = 0; w < worlds; ++w) data.push_back(mj_makeData(model.get()));
    mjBatchConfig config;
    mjb_defaultConfig(&config);
    config.nthread = threads;
    config.persistent = 0;
    char error[256] = "";
    batch = mjb_makeBatch(model.get(), worlds, &config, error, sizeof error);
    MB_CHECK(batch != nullptr);
    mjb_reset(batch, nullptr, 0, nullptr, mjSTAGE_VEL);
  }
  ~State() {
    for (mjData* d : data) mj_deleteData(d);
    mjb_deleteBatch(batch);
  }

  void load(lane::Engine& engine) {
    for (size_t w = 0; w < starts.size(); ++w) {
      const int i = static_cast<int>(w);
      std::ranges::copy(starts[w].qpos, engine.qpos(i).begin());
      std::ranges::copy(starts[w].qvel, engine.qvel(i).begin());
      std::ranges::copy(starts[w].targets, engine.ctrl(i).begin());
      std::ranges::copy(starts[w].warm, engine.warm_start(i).begin());
    }
  }
  void load_mujoco() {
    int size = 0;
    mjtNum* q = mjb_stateComponent(batch, mjSTATE_QPOS, &size);
    mjtNum* v = mjb_stateComponent(batch, mjSTATE_QVEL, &size);
    mjtNum* c = mjb_stateComponent(batch, mjSTATE_CTRL, &size);
    const int stride = mjb_nstate(batch);
    for (size_t w = 0; w < starts.size(); ++w) {
      const Start& s = starts[w];
      std::ranges::copy(s.qpos, data[w]->qpos);
      std::ranges::copy(s.qvel, data[w]->qvel);
      std::ranges::copy(s.targets, data[w]->ctrl);
      std::ranges::copy(s.warm, data[w]->qacc_warmstart);
      std::ranges::copy(s.qpos, q + w * stride);
      std::ranges::copy(s.qvel, v + w * stride);
      std::ranges::copy(s.targets, c + w * stride);
    }
  }

  std::shared_ptr<const mjModel> model;
  SceneIds ids;
  std::unique_ptr<lane::Engine> one, varied, all;
  std::vector<mjData*> data;
  mjBatch* batch = nullptr;
  std::vector<Start> starts;
  RaceResult sum;
};

Race::Race(const body::Body& body, SceneOptions options, int worlds, int threads)
    : state_(std::make_unique<State>(body, options, worlds, threads)) {}
Race::~Race() = default;

void Race::set(int world, std::span<const double> qpos, std::span<const double> qvel, std::span<const double> targets,
               std::span<const double> warm) {
  Start& s = state_->starts[world];
  s.qpos.assign(qpos.begin(), qpos.end());
  s.qvel.assign(qvel.begin(), qvel.end());
  s.targets.assign(targets.begin(), targets.end());
  s.warm.assign(warm.begin(), warm.end());
  s.warm.resize(state_->model->nv, 0.0);
}

void Race::set_parameters(int world, const WorldParameters& p) {
  write_parameters(*state_->model, state_->ids, p, state_->varied->parameters(world));
  const int id[1] = {world};
  state_->varied->apply_parameters(id);
}

void Race::lap(int substeps, bool timed) {
  State& s = *state_;
  s.load(*s.one);
  s.load(*s.varied);
  s.load(*s.all);
  s.load_mujoco();
  const double t0 = thread_seconds();
  for (mjData* d : s.data)
    for (int k = 0; k < substeps; ++k) mj_step(s.model.get(), d);
  const double t1 = thread_seconds();
  s.one->step(substeps);
  const double t2 = thread_seconds();
  s.varied->step(substeps);
  const double t3 = thread_seconds();
  const double w0 = core::steady_seconds();
  mjb_step(s.batch, nullptr, 0, substeps, mjSTAGE_NONE);
  const double w1 = core::steady_seconds();
  s.all->step(substeps);
  const double w2 = core::steady_seconds();
  if (!timed) return;
  RaceResult& r = s.sum;
  const double steps = static_cast<double>(s.data.size()) * substeps;
  r.steps += steps;
  r.mujoco_cpu_s += t1 - t0;
  r.lane_cpu_s += t2 - t1;
  r.lane_random_cpu_s += t3 - t2;
  r.mujoco_wall_s += w1 - w0;
  r.lane_wall_s += w2 - w1;
  for (const mjData* d : s.data) {
    r.contacts += d->ncon * substeps;
    for (int i = 0; i < std::max(1, std::min<int>(d->nisland, mjNISLAND)); ++i)
      r.mujoco_iterations += d->solver_niter[i] * substeps;
  }
}

RaceResult Race::result() const {
  const State& s = *state_;
  RaceResult r = s.sum;
  r.contacts /= std::max(1.0, r.steps);
  r.mujoco_iterations /= std::max(1.0, r.steps);
  const lane::Stages stages = s.one->stages();
  const double groups = std::max<double>(1, static_cast<double>(stages.groups));
  r.newton = static_cast<double>(stages.newton) / groups;
  r.gradients = static_cast<double>(stages.cg) / groups;
  r.candidates = static_cast<double>(stages.contacts) / groups;
  r.one_by_one = static_cast<double>(stages.each) / groups;
  for (int k = 0; k < lane::Stages::kCount; ++k)
    r.cycles.emplace_back(lane::kStageNames[k], static_cast<double>(stages.cycles[k]) / groups);
  r.set = s.one->set_name();
  r.all_set = s.all->set_name();
  for (int w = 0; w < s.one->worlds(); ++w)
    for (int k = 0; k < s.one->nq(); ++k) r.all_apart = std::max(r.all_apart, std::abs(s.one->qpos(w)[k] - s.all->qpos(w)[k]));
  r.lanes = s.one->lanes();
  r.state_hash = hash_states(*s.one);
  return r;
}

}  // namespace manybody::physics
