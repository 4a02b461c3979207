// What one group of worlds works on during a step: filled and read stage by stage, in the order of step.h.
//
// Shapes: V holds one number in each world of the group; node arrays have Model::nodes entries, dof arrays nv, and so on.
// One Work belongs to one thread and is reused for group after group; only `open` allocates.
#pragma once

#include <cstdlib>
#include <cstring>
#include <type_traits>

#include "physics/lane/kernel.h"
#include "physics/lane/spatial.h"

namespace manybody::physics::lane {
inline namespace MB_LANE_SET {

#if defined(MB_LANE_THREADS)
template <class T>
using Model = ThreadModel<T>;  // hides lane::Model: threads read the tables where the GPU has them
#endif

template <class V>
struct Contact {  // one candidate point; lanes where nothing touches have d = 0
  int pair, node_a, node_b, dim;
  bool elliptic;                 // its friction cone; else a pyramid
  bool level;                    // on level ground: normal z, side y, across -x
  Vec3<V> at_a, at_b;            // the point about each node's tree origin
  Vec3<V> normal, side, across;  // contact frame, normal from a to b
  V distance, d;                 // d: 1 / R of every row
  V mu[5];                       // sliding, sliding, torsion, rolling, rolling
  V x[6], dx[6];                 // J a - aref in the contact frame, and along the search direction
  V f[6];                        // force in the contact frame on b
  V h00, h0[5], hkk[5];          // its stiffness: -df/dx
  V cone, hg, g[5];              // elliptic: what the cone's normal axis is scaled by; hg g g' is on top of the stiffness
};

template <class V>
struct JointRow {  // a joint at its limit, or its dry friction
  int dof;
  bool friction;
  V side, d;  // side: +1 at the lower end, -1 at the upper
  V loss;
  V x, dx, f, h;
};

template <class V>
struct TieRow {  // frames a and b held together: three rows, six for a weld
  int node_a, node_b;
  bool weld;
  Vec3<V> at_a, at_b;           // the frames' origins about each node's tree origin
  V d_linear, d_angular, half;  // half, axis: the angular rows of a relative spin w are half w + w x axis
  Vec3<V> axis;
  Motion<V> x, dx;
};

template <class V>
struct CouplingRow {  // q_a follows a function of q_b, whose slope is ratio; dof_b -1: a constant
  int dof_a, dof_b;
  V ratio, d, x, dx;
};

template <class V>
struct SiteOut {
  Vec3<V> position;  // about the tree's origin
  Axes<V> axes;
  Motion<V> velocity;  // of the point itself
};

template <class V>
struct Work {
  using S = Scalar<V>;
  static constexpr int W = kWidth<V>;

  // State, and what acts: filled by `load` (see step.h).
  V *q, *v, *ctrl, *push, *a;  // a: qacc, on entry the warm start
  double *origin, *before;     // trees x 3 x W: where trees are described from; at the last step's start
  // Parameters of these worlds: see Parameters in engine.h for the order.
  V* parameters;
  const V *gain, *bias_q, *bias_v, *force_low, *force_high, *friction, *heavy, *gravity, *push_at;
  const Drive* drive;  // and what it is asked with, see drive.h
  int worlds[kMostLanes];
  double* users[kMostLanes];
  bool advances, senses;  // the state moves on; this step's forces are measured
  float* driven;          // five numbers of each driven actuator in each world
  // Stage by stage.
  Axes<V>* axes;  // kinematics
  Vec3<V>* at;
  Motion<V>*s, *vel, *bias, *acc;
  Rigid<V>* rigid;
  V *torque, *tau, *slope;  // forces: per actuator; per dof applied, -d tau / d v
  Force<V>* force;
  V *residual, *row_f, *row_h;       // per dof: M a + bias - tau; force and stiffness of its joint rows
  Force<V>* root_residual;           // per node, used at free ones
  Inertia<V>* art;                   // what eliminated limbs add to a trunk node, where limbs is set
  uint8_t *trunk, *limbs, *touched;  // node: has constraints at or beyond it in some lane; carries limbs; has contacts
  int *trunk_list, *limb_list, *all_list, trunk_count, limb_count;
  Contact<V>* contacts;
  int contact_count;
  JointRow<V>* rows;
  int row_count;
  TieRow<V>* ties;  // as many as the model's, and couplings
  CouplingRow<V>* couplings;
  V pace;             // Newton steps that each world took in this step
  Mask<V> broken;     // worlds whose solver has met numbers that are none since `load`
  bool coupled;       // some contact joins two nodes
  Inertia<V>* k;      // per node: what its children passed down
  Inertia<V>* stiff;  // touched nodes: rigid body and contact stiffness
  uint8_t* waiting;
  Force<V>*w, *pa;                // contact wrench per node; articulated bias
  Force<V>* u;                    // per dof
  V *inverse, *reduced, *p, *mp;  // per dof: 1 / D, reduced right side, direction, M p
  Motion<V>*d, *moved;            // acceleration of the nodes along p; since the warm start
  Root<V>* root;                  // per node, used at free ones
  Force<V>* root_mp;
  // Conjugate gradients, for contacts between two nodes.
  V *cg_r, *cg_z, *cg_dir, *cg_h, *cg_m;
  Force<V>*cg_root_r, *cg_root_h, *cg_root_m;
  Motion<V>*cg_root_z, *cg_root_dir, *cg_a, *cg_a_dir;
  Force<V>*cg_force, *cg_push;
  Motion<V>* root_p;    // direction of the free roots, world axes
  Vec3<V>* tree_shift;  // the trees' origins in the world, rounded
  V* geom_at;           // geoms x 12: centre, axes, about the tree's origin
  uint8_t* geom_ready;
  SiteOut<V>* sites;
  V* touches;
  V* spare;                  // nv
  Rigid<V>* composite;       // integrator implicit: node with all it carries,
  Force<V>* turning;         // nodes x 6: how its bias force turns with velocity,
  Motion<V>*along, *turned;  // per dof: its motion, how its node's bias turns with its velocity
  V *softness, *system;      // nv x nv: h (B + C), M + h (B + C)
  Stages counts;

  Work() = default;
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;

  // The memory that a model's arrays take, and their places in it.
  MB_DEVICE size_t bytes(const Model<S>& m) {
    size_t n = 0;
    layout(m, nullptr, n);
    return n;
  }
  MB_DEVICE void place(const Model<S>& m, void* block) {
    size_t n = 0;
    layout(m, static_cast<char*>(block), n);
    for (size_t i = 0; i < m.nodes.size(); ++i) all_list[i] = static_cast<int>(i);
  }

 private:
  static constexpr size_t kAlign = W == 1 ? 16 : 64;

  template <class X>
  MB_DEVICE static void take(char* base, size_t& bytes, X*& out, size_t n) {
    bytes = (bytes + kAlign - 1) / kAlign * kAlign;
    if (base) out = reinterpret_cast<X*>(base + bytes);
    bytes += n * sizeof(X);
  }

  MB_DEVICE void layout(const Model<S>& m, char* b, size_t& n) {
    const size_t nodes = m.nodes.size(), dofs = m.dofs.size();
    size_t points = 0;
    for (const Pair<S>& pair : m.pairs) points += pair.contacts;
    take(b, n, q, m.nq), take(b, n, v, dofs), take(b, n, ctrl, m.nu), take(b, n, push, 6 * m.pushes.size()), take(b, n, a, dofs);
    take(b, n, origin, 3 * W * m.trees), take(b, n, before, 3 * W * m.trees);
    take(b, n, axes, nodes), take(b, n, at, nodes), take(b, n, s, nodes), take(b, n, vel, nodes), take(b, n, bias, nodes);
    take(b, n, acc, nodes), take(b, n, rigid, nodes), take(b, n, force, nodes);
    take(b, n, torque, m.actuators.size()), take(b, n, tau, dofs), take(b, n, slope, dofs);
    take(b, n, residual, dofs), take(b, n, row_f, dofs), take(b, n, row_h, dofs), take(b, n, root_residual, nodes);
    take(b, n, art, nodes), take(b, n, trunk, nodes), take(b, n, limbs, nodes), take(b, n, touched, nodes),
        take(b, n, waiting, nodes);
    take(b, n, trunk_list, nodes), take(b, n, limb_list, nodes), take(b, n, all_list, nodes), take(b, n, stiff, nodes);
    take(b, n, tree_shift, m.trees);
    take(b, n, k, nodes), take(b, n, w, nodes), take(b, n, pa, nodes), take(b, n, u, dofs);
    take(b, n, inverse, dofs), take(b, n, reduced, dofs), take(b, n, p, dofs), take(b, n, mp, dofs);
    take(b, n, d, nodes), take(b, n, moved, nodes), take(b, n, root, nodes), take(b, n, root_mp, nodes),
        take(b, n, root_p, nodes);
    take(b, n, cg_r, dofs), take(b, n, cg_z, dofs), take(b, n, cg_dir, dofs), take(b, n, cg_h, dofs), take(b, n, cg_m, dofs);
    take(b, n, cg_root_r, nodes), take(b, n, cg_root_h, nodes), take(b, n, cg_root_m, nodes), take(b, n, cg_root_z, nodes);
    take(b, n, cg_root_dir, nodes), take(b, n, cg_a, nodes), take(b, n, cg_a_dir, nodes);
    take(b, n, cg_force, nodes), take(b, n, cg_push, nodes);
    take(b, n, geom_at, 12 * m.geoms.size()), take(b, n, geom_ready, m.geoms.size());
    take(b, n, sites, m.sites.size()), take(b, n, touches, m.touches.size()), take(b, n, spare, dofs);
    take(b, n, driven, 5 * W * m.driven.size()), take(b, n, parameters, ParameterBlock(m).size);
    take(b, n, rows, 2 * dofs), take(b, n, ties, m.ties.size()), take(b, n, couplings, m.couplings.size());
    take(b, n, contacts, points);
    const size_t full = m.implicit_bias ? 1 : 0;
    take(b, n, composite, full * nodes), take(b, n, turning, full * 6 * nodes);
    take(b, n, along, full * dofs), take(b, n, turned, full * dofs);
    take(b, n, softness, full * dofs * dofs), take(b, n, system, full * dofs * dofs);
  }
};

}  // namespace MB_LANE_SET
}  // namespace manybody::physics::lane
