#include "physics/lane/engine.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "core/error.h"
#include "core/pool.h"
#include "core/text.h"
#include "physics/lane/device.h"

namespace manybody::physics::lane {
namespace {

template <class T>
const Kernel<T>* pick(Set set, const Kernel<T>* scalar, const Kernel<T>* avx2, const Kernel<T>* avx512, const Kernel<T>* neon) {
  switch (set) {
    case Set::scalar:
      return scalar;
    case Set::avx2:
      return avx2;
    case Set::avx512:
      return avx512;
    case Set::neon:
      return neon;
    case Set::best:
    case Set::cuda:
    case Set::warp:
      break;
  }
  return avx512 ? avx512 : avx2 ? avx2 : neon ? neon : scalar;
}

const Kernel<float>* pick_single(Set set) { return pick(set, scalar_float(), avx2_float(), avx512_float(), neon_float()); }
const Kernel<double>* pick_twofold(Set set) { return pick(set, scalar_double(), avx2_double(), avx512_double(), neon_double()); }

// Aligned for every set's loads.
template <class T>
struct Blocks {
  explicit Blocks(size_t n) : data(static_cast<T*>(std::aligned_alloc(64, (n * sizeof(T) + 63) / 64 * 64))) {
    MB_CHECK(data != nullptr);
    std::fill(data, data + n, T(0));
  }
  ~Blocks() { std::free(data); }
  Blocks(const Blocks&) = delete;
  Blocks& operator=(const Blocks&) = delete;
  T* data;
};

template <class T>
class LaneEngine final : public Engine {
 public:
  LaneEngine(std::shared_ptr<const mjModel> source, Model<T> model, const EngineOptions& options, const Kernel<T>& kernel)
      : source_(std::move(source)),
        wanted_(options.wanted),
        drive_(options.drive),
        regroup_(options.regroup),
        model_(std::move(model)),
        kernel_(kernel),
        name_(kernel.name),
        record_(model_),
        block_(model_),
        worlds_(options.worlds),
        groups_((worlds_ + kernel.width - 1) / kernel.width),
        stride_((record_.size + 7) / 8 * 8),
        records_(static_cast<size_t>(worlds_ + kernel.width) * stride_),
        blocks_(static_cast<size_t>(worlds_) * block_.size),
        diverged_(worlds_ + kernel.width),
        order_(worlds_),
        pool_(options.threads) {
    if constexpr (std::is_same_v<T, float>) open_device(options);
    MB_CHECK(worlds_ > 0 && (model_.driven.empty() || drive_));
    if (!device_)
      for (int t = 0; t < pool_.threads(); ++t) works_.push_back(kernel_.open(model_));
    const int acts = static_cast<int>(model_.actuators.size()), varied = static_cast<int>(wanted_.varied_bodies.size());
    parameter_size_ = 5 * acts + source_->ngeom + 3 + 4 * varied;
    parameters_.resize(static_cast<size_t>(parameter_size_) * worlds_);
    std::vector<int> all(worlds_);
    std::iota(all.begin(), all.end(), 0);
    for (int w : all) reset(w);
    apply_parameters(all);
  }
  ~LaneEngine() override {
    for (void* work : works_) kernel_.close(work);
  }

  int worlds() const override { return worlds_; }
  int lanes() const override { return kernel_.width; }
  const char* set_name() const override { return name_.c_str(); }
  int nq() const override { return model_.nq; }
  int nv() const override { return model_.nv; }
  int nu() const override { return model_.nu; }

  std::span<double> qpos(int w) override { return field(w, record_.qpos, model_.nq); }
  std::span<double> qvel(int w) override { return field(w, record_.qvel, model_.nv); }
  std::span<double> ctrl(int w) override { return field(w, record_.ctrl, model_.nu); }
  std::span<double> push(int w, int which) override { return field(w, record_.push + 6 * which, 6); }
  std::span<double> user(int w) override { return field(w, record_.user, model_.user); }
  std::span<double> warm_start(int w) override { return field(w, record_.warm, model_.nv); }
  std::span<const double> qacc(int w) const override { return field(w, record_.qacc, model_.nv); }
  std::span<double> state(int w) override { return field(w, 0, record_.state_size); }
  std::span<const double> torques(int w) const override {
    return field(w, record_.torque, static_cast<int>(model_.actuators.size()));
  }
  std::span<const double> site(int w, int which) const override {
    return field(w, record_.sites + Record::kSite * which, Record::kSite);
  }
  double touch(int w, int which) const override { return record(w)[record_.touches + which]; }
  bool diverged(int w) const override { return diverged_[w] != 0; }

  EngineParameters parameters(int world) override {
    double* p = &parameters_[static_cast<size_t>(world) * parameter_size_];
    const auto take = [&p](size_t n) {
      const std::span<double> out(p, n);
      p += n;
      return out;
    };
    const size_t acts = model_.actuators.size(), varied = wanted_.varied_bodies.size();
    EngineParameters out;
    out.gain = take(acts), out.bias_q = take(acts), out.bias_v = take(acts), out.force_low = take(acts),
    out.force_high = take(acts);
    out.friction = take(source_->ngeom), out.gravity = take(3), out.mass_scale = take(varied), out.com_offset = take(3 * varied);
    return out;
  }

  void apply_parameters(std::span<const int> worlds) override {
    for (int w : worlds) {
      apply_one(w);
      if (device_) device_->parameters_changed(w);
    }
  }

  void step(int substeps) override {
    for (int w = 0; w < worlds_; ++w) {
      const double likeness = record(w)[record_.likeness];
      order_[w] = {regroup_ && std::isfinite(likeness) ? likeness : 0, w};
    }
    if (regroup_) std::sort(order_.begin(), order_.end());
    if (device_) return run_device(worlds_, substeps, true);
    pool_.share(groups_, [&](int g, int thread) { run(g, worlds_, thread, substeps, true); });
  }

  void forward(std::span<const int> worlds) override {
    MB_CHECK(static_cast<int>(worlds.size()) <= worlds_);
    for (size_t i = 0; i < worlds.size(); ++i) order_[i] = {0, worlds[i]};
    const int count = static_cast<int>(worlds.size());
    if (device_) return run_device(count, 1, false);
    pool_.share((count + kernel_.width - 1) / kernel_.width, [&](int g, int thread) { run(g, count, thread, 1, false); });
  }

  Stages stages() const override {
    if (device_) return device_->stages();
    Stages sum;
    for (const void* work : works_) sum += kernel_.stages(work);
    return sum;
  }

 private:
  void open_device(const EngineOptions& options) {
    const DeviceArrays arrays{worlds_, stride_, records_.data, blocks_.data, diverged_.data()};
    if (options.set == Set::cuda) device_ = make_cuda_device(model_, arrays);
    if (options.set == Set::warp) device_ = make_emulated_device(model_, arrays, options.warp_lanes);
    if (!device_) return;
    name_ = device_->name();
    kernel_.width = device_->lanes();
    device_order_.resize(worlds_);
  }
  void run_device(int count, int substeps, bool advance) {
    for (int i = 0; i < count; ++i) device_order_[i] = order_[i].world;
    device_->run({device_order_.data(), static_cast<size_t>(count)}, substeps, advance);
  }

  double* record(int w) const { return records_.data + static_cast<size_t>(w) * stride_; }
  std::span<double> field(int w, int offset, int size) const { return {record(w) + offset, static_cast<size_t>(size)}; }

  void reset(int w) {
    std::copy(source_->qpos0, source_->qpos0 + model_.nq, record(w));
    EngineParameters p = parameters(w);
    for (size_t a = 0; a < model_.actuators.size(); ++a) {
      p.gain[a] = source_->actuator_gainprm[mjNGAIN * a];
      const bool affine = source_->actuator_biastype[a] != mjBIAS_NONE;
      p.bias_q[a] = affine ? source_->actuator_biasprm[mjNBIAS * a + 1] : 0;
      p.bias_v[a] = affine ? source_->actuator_biasprm[mjNBIAS * a + 2] : 0;
      p.force_low[a] = source_->actuator_forcerange[2 * a];
      p.force_high[a] = source_->actuator_forcerange[2 * a + 1];
    }
    for (int g = 0; g < source_->ngeom; ++g) p.friction[g] = source_->geom_friction[3 * g];
    for (int k = 0; k < 3; ++k) p.gravity[k] = static_cast<double>(model_.gravity[k]);
    std::fill(p.mass_scale.begin(), p.mass_scale.end(), 1.0);
  }

  void apply_one(int w) {
    const EngineParameters p = parameters(w);
    T* block = blocks_.data + static_cast<size_t>(w) * block_.size;
    const auto put = [&](int at, double value) { block[at] = static_cast<T>(value); };
    for (size_t a = 0; a < model_.actuators.size(); ++a) {
      const int i = static_cast<int>(a);
      put(block_.gain + i, p.gain[a]), put(block_.bias_q + i, p.bias_q[a]), put(block_.bias_v + i, p.bias_v[a]);
      put(block_.force_low + i, p.force_low[a]), put(block_.force_high + i, p.force_high[a]);
    }
    for (size_t g = 0; g < model_.geoms.size(); ++g) put(block_.friction + static_cast<int>(g), p.friction[model_.geoms[g].id]);
    for (int k = 0; k < 3; ++k) put(block_.gravity + k, p.gravity[k]);
    for (size_t n = 0; n < model_.nodes.size(); ++n)
      if (model_.nodes[n].varied >= 0) put_inertia(static_cast<int>(n), p, put);
    for (const Push<T>& push : model_.pushes) {
      if (push.varied < 0) continue;
      double scale, offset[3], at[3];
      variation(push.body, p, scale, offset);
      place_centre(*source_, model_.bodies[push.body], push.body, offset, at);
      for (int k = 0; k < 3; ++k) put(block_.push_at + 3 * push.varied + k, at[k]);
    }
  }

  void variation(int body, const EngineParameters& p, double& scale, double offset[3]) const {
    scale = 1;
    std::fill(offset, offset + 3, 0.0);
    for (size_t i = 0; i < wanted_.varied_bodies.size(); ++i) {
      if (wanted_.varied_bodies[i] != body) continue;
      scale = p.mass_scale[i];
      for (int k = 0; k < 3; ++k) offset[k] = p.com_offset[3 * i + k];
    }
  }

  template <class Put>
  void put_inertia(int node, const EngineParameters& p, Put put) {
    constexpr int kHeavy = ParameterBlock::kHeavy;
    double sum[kHeavy] = {};
    for (int b = 1; b < source_->nbody; ++b) {
      if (model_.bodies[b].node != node) continue;
      double scale, offset[3], share[10];
      variation(b, p, scale, offset);
      inertia_share(*source_, model_.bodies[b], b, scale, offset, share);
      for (int k = 0; k < 10; ++k) sum[k] += share[k];
      for (int k = 0; k < 4; ++k) sum[10 + k] += source_->body_gravcomp[b] * share[k];
    }
    for (int k = 0; k < kHeavy; ++k) put(block_.heavy + kHeavy * model_.nodes[node].varied + k, sum[k]);
  }

  // The next worlds of the order, of which there are `count`; spare lanes of the last group follow its first world.
  void run(int group, int count, int thread, int substeps, bool advance) {
    Group<T> g;
    g.drive = drive_.get();
    const int first = group * kernel_.width;
    for (int l = 0; l < kernel_.width; ++l) {
      const bool spare = first + l >= count;
      const int w = order_[spare ? first : first + l].world, place = spare ? worlds_ + l : w;
      if (spare) std::copy_n(record(w), record_.state_size, record(place));
      else g.wanted |= 1u << l;
      g.records[l] = record(place);
      g.worlds[l] = w;
      g.diverged[l] = &diverged_[place];
      g.parameters[l] = blocks_.data + static_cast<size_t>(w) * block_.size;
    }
    kernel_.run(model_, works_[thread], g, substeps, advance);
  }

  std::shared_ptr<const mjModel> source_;
  Wanted wanted_;
  std::shared_ptr<const Drive> drive_;
  bool regroup_;
  Model<T> model_;
  Kernel<T> kernel_;
  std::string name_;
  Record record_;
  ParameterBlock block_;
  int worlds_, groups_, stride_;
  Blocks<double> records_;
  Blocks<T> blocks_;
  std::vector<uint8_t> diverged_;
  struct Turn {
    double likeness;
    int world;
    bool operator<(const Turn& b) const { return likeness != b.likeness ? likeness < b.likeness : world < b.world; }
  };
  std::vector<Turn> order_;
  core::Pool pool_;
  std::vector<void*> works_;
  std::vector<double> parameters_;
  int parameter_size_ = 0;
  std::unique_ptr<Device> device_;  // in place of the kernel
  std::vector<int> device_order_;
};

template <class T>
std::unique_ptr<Engine> make(std::shared_ptr<const mjModel> source, const EngineOptions& options, const Kernel<T>* kernel,
                             std::vector<std::string>& missing) {
  if (!kernel)
    throw core::UserError("physics", "this processor or build lacks the wanted instruction set",
                          "scalar, or none (the best there is)");
  Model<T> model = make_model<T>(*source, options.wanted);
  missing = model.missing;
  if constexpr (std::is_same_v<T, float>) {
    if (missing.empty() && (options.set == Set::cuda || options.set == Set::warp)) missing = device_lacks(model);
  }
  if (!missing.empty()) return nullptr;
  return std::make_unique<LaneEngine<T>>(std::move(source), std::move(model), options, *kernel);
}

}  // namespace

std::vector<std::string> missing_features(const mjModel_& model) { return make_model<float>(model, {}).missing; }

std::unique_ptr<Engine> try_engine(std::shared_ptr<const mjModel_> model, const EngineOptions& options,
                                   std::vector<std::string>& missing) {
  const bool device = options.set == Set::cuda || options.set == Set::warp;
  if (device && options.precision != Precision::single)
    throw core::UserError("physics", "the CUDA back end works in float", "Precision::single");
  if (options.set == Set::cuda) require_cuda();
  return options.precision == Precision::single ? make(std::move(model), options, pick_single(options.set), missing)
                                                : make(std::move(model), options, pick_twofold(options.set), missing);
}

std::unique_ptr<Engine> make_engine(std::shared_ptr<const mjModel_> model, const EngineOptions& options) {
  std::vector<std::string> missing;
  std::unique_ptr<Engine> engine = try_engine(std::move(model), options, missing);
  if (!engine)
    throw core::UserError("physics", "the lane engine lacks what this model uses: " + core::joined(missing),
                          "the MuJoCo back end");
  return engine;
}

}  // namespace manybody::physics::lane
