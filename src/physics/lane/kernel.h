// The engine compiled for one instruction set: what engine.cc calls, free of lane types.
//
// A record is one world's numbers in double, at the offsets of Record: state first (qpos, qvel, ctrl, push, user, warm start, likeness), then what was
// measured (accelerations, actuator forces, sites, touches). Parameters are a world's numbers as well, at the offsets of ParameterBlock.
// Likeness tells which nodes touched and how many Newton steps a world took: worlds of equal likeness are best stepped together.
#pragma once

#include "physics/lane/drive.h"
#include "physics/lane/model.h"

namespace manybody::physics::lane {

struct Record {  // offsets in doubles
  int qpos = 0, qvel = 0, ctrl = 0, push = 0, user = 0, warm = 0, likeness = 0, state_size = 0;
  int qacc = 0, torque = 0, sites = 0, touches = 0, size = 0;
  static constexpr int kSite = 18;  // position 3, rotation 9 (row-major), linear and angular velocity

  template <class T, template <class> class List>
  explicit Record(const Tables<T, List>& m) {
    int n = 0;
    const auto take = [&n](int count) { return (n += count) - count; };
    qpos = take(m.nq), qvel = take(m.nv), ctrl = take(m.nu), push = take(6 * static_cast<int>(m.pushes.size()));
    user = take(m.user), warm = take(m.nv), likeness = take(1);
    state_size = n;
    qacc = take(m.nv);
    torque = take(static_cast<int>(m.actuators.size()));
    sites = take(kSite * static_cast<int>(m.sites.size()));
    touches = take(static_cast<int>(m.touches.size()));
    size = n;
  }
};

struct ParameterBlock {  // offsets in numbers of one world
  int gain = 0, bias_q = 0, bias_v = 0, force_low = 0, force_high = 0, friction = 0, gravity = 0, heavy = 0, push_at = 0,
      size = 0;
  static constexpr int kHeavy = 14;  // a varied node's inertia (10) and what of it gravity compensation lifts (4)

  template <class T, template <class> class List>
  constexpr explicit ParameterBlock(const Tables<T, List>& m) {
    int n = 0;
    const int acts = static_cast<int>(m.actuators.size());
    const auto take = [&n](int count) { return (n += count) - count; };
    gain = take(acts), bias_q = take(acts), bias_v = take(acts), force_low = take(acts), force_high = take(acts);
    friction = take(static_cast<int>(m.geoms.size())), gravity = take(3);
    int varied = 0;
    for (const Node<T>& node : m.nodes) varied += node.varied >= 0;
    heavy = take(kHeavy * varied);
    varied = 0;
    for (const Push<T>& push : m.pushes) varied += push.varied >= 0;
    push_at = take(3 * varied);
    size = n;
  }
};

struct Stages {  // counters of all groups stepped since they were cleared
  uint64_t groups = 0, newton = 0, contacts = 0, cg = 0, each = 0;
  static constexpr int kCount = 6;
  uint64_t cycles[kCount] = {};

  Stages& operator+=(const Stages& more) {
    groups += more.groups, newton += more.newton, contacts += more.contacts, cg += more.cg, each += more.each;
    for (int k = 0; k < kCount; ++k) cycles[k] += more.cycles[k];
    return *this;
  }
};
inline constexpr const char* kStageNames[Stages::kCount] = {"kinematics", "forces",  "contacts",
                                                            "newton",     "advance", "load and store"};

constexpr int kMostLanes = 16;
constexpr double kVelocityLimit = 300;  // rad/s or m/s: beyond this a world has diverged
constexpr double kNumberLimit = 1e10;   // of positions, accelerations and controls; MuJoCo's own (mjMAXVAL)
constexpr double kDescentLimit = 1e30;  // of what a direction of the solver gains: beyond this its numbers overflow

template <class T>
struct Group {
  double* records[kMostLanes];  // one a lane; spare lanes point to a record of their own
  uint8_t* diverged[kMostLanes];
  const T* parameters[kMostLanes];
  const Drive* drive = nullptr;  // where the model has driven actuators
  int worlds[kMostLanes];        // whose parameters of the drive each lane has
  unsigned wanted = 0;           // a bit a lane: whose results are stored; the others are computed and left alone
};

template <class T>
struct Kernel {
  const char* name;
  int width;
  void* (*open)(const Model<T>& model);
  void (*close)(void* work);
  // substeps of `advance` true; else one forward pass that leaves the state.
  void (*run)(const Model<T>& model, void* work, const Group<T>& group, int substeps, bool advance);
  Stages (*stages)(const void* work);
};

// Null where the build or the processor lacks it.
const Kernel<float>* scalar_float();
const Kernel<double>* scalar_double();
const Kernel<float>* avx2_float();
const Kernel<double>* avx2_double();
const Kernel<float>* avx512_float();
const Kernel<double>* avx512_double();
const Kernel<float>* neon_float();
const Kernel<double>* neon_double();

}  // namespace manybody::physics::lane
