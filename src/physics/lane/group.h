// Between records in memory and lanes: loading a group of worlds, stepping it, storing it.
#pragma once

#include "physics/lane/kernel.h"
#include "physics/lane/step.h"
#include "physics/lane/transpose.h"

namespace manybody::physics::lane {
inline namespace MB_LANE_SET {

template <class T>
MB_LANE_INLINE bool is_wanted(const Group<T>& group, int lane) {
  return (group.wanted >> lane & 1) != 0;
}

constexpr int kChunk = 64;  // numbers of a world that are turned at a time

template <class V>
MB_DEVICE void load_field(double* const* records, int offset, int count, V* out) {
  constexpr int W = kWidth<V>;
  Scalar<V> rows[W][kChunk];
  const Scalar<V>* at[W];
  for (int l = 0; l < W; ++l) at[l] = rows[l];
  for (int first = 0; first < count; first += kChunk) {
    const int n = count - first < kChunk ? count - first : kChunk;
    for (int l = 0; l < W; ++l) {
      const double* from = records[l] + offset + first;
      for (int i = 0; i < n; ++i) rows[l][i] = static_cast<Scalar<V>>(from[i]);
    }
    rows_to_lanes<V>(at, n, out + first);
  }
}

template <class V>
MB_DEVICE void store_field(const Group<Scalar<V>>& group, int offset, int count, const V* in) {
  constexpr int W = kWidth<V>;
  Scalar<V> rows[W][kChunk];
  Scalar<V>* at[W];
  for (int l = 0; l < W; ++l) at[l] = rows[l];
  for (int first = 0; first < count; first += kChunk) {
    const int n = count - first < kChunk ? count - first : kChunk;
    lanes_to_rows<V>(in + first, n, at);
    for (int l = 0; l < W; ++l) {
      if (!is_wanted(group, l)) continue;
      double* to = group.records[l] + offset + first;
      for (int i = 0; i < n; ++i) to[i] = static_cast<double>(rows[l][i]);
    }
  }
}

template <class V>
MB_DEVICE void load(const Model<Scalar<V>>& m, Work<V>& w, const Record& at, const ParameterBlock& block,
                    const Group<Scalar<V>>& group) {
  constexpr int W = kWidth<V>;
  w.broken = mask_of<V>(false);
  w.drive = group.drive;
  for (int l = 0; l < W; ++l) {
    w.worlds[l] = group.worlds[l];
    w.users[l] = group.records[l] + at.user;
  }
  load_field(group.records, at.qpos, m.nq, w.q);
  load_field(group.records, at.qvel, m.nv, w.v);
  load_field(group.records, at.ctrl, m.nu, w.ctrl);
  load_field(group.records, at.push, 6 * static_cast<int>(m.pushes.size()), w.push);
  load_field(group.records, at.warm, m.nv, w.a);
  for (int t = 0; t < m.trees; ++t)
    for (int k = 0; k < 3; ++k)
      for (int l = 0; l < W; ++l) w.origin[(3 * t + k) * W + l] = static_cast<double>(m.tree_origin[3 * t + k]);
  for (const Node<Scalar<V>>& node : m.nodes) {
    if (node.kind != JointKind::free) continue;
    for (int k = 0; k < 3; ++k)
      for (int l = 0; l < W; ++l) w.origin[(3 * node.tree + k) * W + l] = group.records[l][at.qpos + node.q + k];
  }
  rows_to_lanes<V>(group.parameters, block.size, w.parameters);
  const V* p = w.parameters;
  w.gain = p + block.gain, w.bias_q = p + block.bias_q, w.bias_v = p + block.bias_v;
  w.force_low = p + block.force_low, w.force_high = p + block.force_high;
  w.friction = p + block.friction, w.gravity = p + block.gravity, w.heavy = p + block.heavy, w.push_at = p + block.push_at;
}

template <class V>
MB_DEVICE void store_state(const Model<Scalar<V>>& m, const Work<V>& w, const Record& at, const Group<Scalar<V>>& group) {
  constexpr int W = kWidth<V>;
  store_field(group, at.qpos, m.nq, w.q);
  store_field(group, at.qvel, m.nv, w.v);
  store_field(group, at.warm, m.nv, w.a);
  for (const Node<Scalar<V>>& node : m.nodes) {
    if (node.kind != JointKind::free) continue;
    for (int k = 0; k < 3; ++k)
      for (int l = 0; l < W; ++l)
        if (is_wanted(group, l)) group.records[l][at.qpos + node.q + k] = w.origin[(3 * node.tree + k) * W + l];
  }
}

// Which nodes touch comes first, for it decides what a group must compute; then how many Newton steps it took.
template <class V>
MB_DEVICE void store_likeness(const Work<V>& w, const Record& at, const Group<Scalar<V>>& group) {
  constexpr int kBits = 40, kMost = 63;
  uint64_t touching[kWidth<V>] = {};
  for (int i = 0; i < w.contact_count; ++i) {
    const unsigned lanes = bits<V>(w.contacts[i].d > splat<V>(0));
    for (const int n : {w.contacts[i].node_a, w.contacts[i].node_b})
      for (int l = 0; n >= 0 && l < kWidth<V>; ++l) touching[l] |= static_cast<uint64_t>(lanes >> l & 1) << n % kBits;
  }
  for (int l = 0; l < kWidth<V>; ++l) {
    const double pace = static_cast<double>(get<V>(w.pace, l));
    if (is_wanted(group, l))
      group.records[l][at.likeness] = static_cast<double>(touching[l] * (kMost + 1)) + (pace < kMost ? pace : kMost);
  }
}

template <class V>
MB_DEVICE void store_measured(const Model<Scalar<V>>& m, const Work<V>& w, const Record& at, const Group<Scalar<V>>& group) {
  store_field(group, at.qacc, m.nv, w.a);
  store_field(group, at.torque, static_cast<int>(m.actuators.size()), w.torque);
  store_field(group, at.touches, static_cast<int>(m.touches.size()), w.touches);
  for (size_t i = 0; i < m.sites.size(); ++i) {
    const SiteOut<V>& s = w.sites[i];
    const V row[Record::kSite] = {s.position.x,   s.position.y,   s.position.z,   s.axes.x.x,     s.axes.y.x,     s.axes.z.x,
                                  s.axes.x.y,     s.axes.y.y,     s.axes.z.y,     s.axes.x.z,     s.axes.y.z,     s.axes.z.z,
                                  s.velocity.v.x, s.velocity.v.y, s.velocity.v.z, s.velocity.w.x, s.velocity.w.y, s.velocity.w.z};
    const int offset = at.sites + Record::kSite * static_cast<int>(i);
    store_field(group, offset, Record::kSite, row);
    const int tree = m.sites[i].node < 0 ? -1 : m.nodes[m.sites[i].node].tree;
    for (int k = 0; k < 3 && tree >= 0; ++k)
      for (int l = 0; l < kWidth<V>; ++l)
        if (is_wanted(group, l)) group.records[l][offset + k] += w.before[(3 * tree + k) * kWidth<V> + l];
  }
}

template <class V>
MB_DEVICE void note_divergence(const Model<Scalar<V>>& m, const Work<V>& w, const Group<Scalar<V>>& group) {
  Mask<V> lost = w.broken;
  for (int d = 0; d < m.nv; ++d) lost = lost | beyond<V>(w.v[d], kVelocityLimit) | beyond<V>(w.a[d], kNumberLimit);
  for (int i = 0; i < m.nq; ++i) lost = lost | beyond<V>(w.q[i], kNumberLimit);
  for (int i = 0; i < m.nu; ++i) lost = lost | beyond<V>(w.ctrl[i], kNumberLimit);  // ranges would hide them
  for (int l = 0; l < kWidth<V>; ++l)
    if (is_wanted(group, l)) *group.diverged[l] = mask_get<V>(lost, l);
}

// substeps of `advance` true; else one forward pass that leaves the state.
template <class V>
MB_DEVICE void run_group(const Model<Scalar<V>>& m, Work<V>& w, const Record& at, const ParameterBlock& block,
                         const Group<Scalar<V>>& group, int substeps, bool advance) {
  uint64_t start = ticks();
  load(m, w, at, block, group);
  const uint64_t spent = ticks() - start;
  w.advances = advance;
  if (!advance) {
    std::memcpy(w.before, w.origin, sizeof(double) * 3 * m.trees * kWidth<V>);
    w.senses = true;
    step_forward(m, w);
    step_sense(m, w);
  }
  for (int k = 0; k < (advance ? substeps : 0); ++k) {
    const bool last = k + 1 == substeps;
    if (last) std::memcpy(w.before, w.origin, sizeof(double) * 3 * m.trees * kWidth<V>);
    step_world(m, w, last);
  }
  start = ticks();
  if (advance) store_state(m, w, at, group), store_likeness(w, at, group);
  store_measured(m, w, at, group);
  note_divergence(m, w, group);
  count_cycles(w, 5, spent + ticks() - start);
}

#if !defined(MB_LANE_THREADS)
template <class V>
struct Station {  // a thread's Work with the tables that turn records into it
  using S = Scalar<V>;
  explicit Station(const Model<S>& m) : record(m), block(m) {
    const size_t bytes = (work.bytes(m) + 63) / 64 * 64;
    memory = std::aligned_alloc(64, bytes);
    if (!memory) std::abort();
    std::memset(memory, 0, bytes);
    work.place(m, memory);
  }
  ~Station() { std::free(memory); }
  Station(const Station&) = delete;
  Station& operator=(const Station&) = delete;
  void* memory = nullptr;
  Work<V> work;
  Record record;
  ParameterBlock block;
};

template <class V>
struct Entry {
  using S = Scalar<V>;
  static void* open(const Model<S>& m) { return new Station<V>(m); }
  static void close(void* p) { delete static_cast<Station<V>*>(p); }
  static void run(const Model<S>& m, void* p, const Group<S>& group, int substeps, bool advance) {
    Station<V>& s = *static_cast<Station<V>*>(p);
    run_group(m, s.work, s.record, s.block, group, substeps, advance);
  }
  static Stages stages(const void* p) { return static_cast<const Station<V>*>(p)->work.counts; }
  static constexpr Kernel<S> kernel(const char* name) { return {name, kWidth<V>, &open, &close, &run, &stages}; }
};
#endif

}  // namespace MB_LANE_SET
}  // namespace manybody::physics::lane
