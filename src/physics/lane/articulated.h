// The articulated-body sweeps: factorising (M + stiffness) over the tree, and solving with it.
//
// Method: Featherstone (2008), chapter 7, with the stiffness of contacts added to the bodies' inertias and that of joint rows to the
//   joints' diagonals, so that M, J and J' D J are never formed. A ball joint is three hinges through one point.
#pragma once

#include "physics/lane/kinematics.h"

namespace manybody::physics::lane {
inline namespace MB_LANE_SET {

template <class V>
MB_LANE_INLINE Motion<V> ball_axis(const Work<V>& w, int n, int k) {
  const Vec3<V>& axis = k == 0 ? w.axes[n].x : k == 1 ? w.axes[n].y : w.axes[n].z;
  return {axis, cross(w.at[n], axis)};
}

// One degree of freedom out of (inertia, bias): s its motion, right its right-hand side, extra what its diagonal has on top.
template <class V>
MB_LANE_INLINE void eliminate(Work<V>& w, int dof, const Motion<V>& s, V right, V extra, Inertia<V>& inertia, Force<V>& bias) {
  const Force<V> u = apply(inertia, s);
  const V inverse = splat<V>(1) / (dot(s, u) + extra);
  const V reduced = right - dot(s, bias);
  w.u[dof] = u;
  w.inverse[dof] = inverse;
  w.reduced[dof] = reduced;
  subtract_outer(inertia, u, inverse);
  bias = add_scaled(bias, inverse * reduced, u);
}

// The same, for a new right-hand side only.
template <class V>
MB_LANE_INLINE void reduce(Work<V>& w, int dof, const Motion<V>& s, V right, Force<V>& bias) {
  const V reduced = right - dot(s, bias);
  w.reduced[dof] = reduced;
  bias = add_scaled(bias, w.inverse[dof] * reduced, w.u[dof]);
}

// The acceleration of a degree of freedom from its parent's motion, which it then joins.
template <class V>
MB_LANE_INLINE V expand_dof(const Work<V>& w, int dof, const Motion<V>& s, Motion<V>& motion) {
  const V a = w.inverse[dof] * (w.reduced[dof] - dot(motion, w.u[dof]));
  motion = add_scaled(motion, a, s);
  return a;
}

template <class V>
MB_LANE_INLINE V joint_diagonal(const Model<Scalar<V>>& m, int dof) {
  return splat<V>(m.dofs[dof].armature);
}

// Takes node n out of `inertia` and `bias` (its own, with all children passed in). right(dof) and extra(dof) per degree of freedom.
// A free root is factorised instead and is the end of its tree.
template <class V, class Right, class Extra>
MB_LANE_INLINE void eliminate_node(const Model<Scalar<V>>& m, Work<V>& w, int n, Right right, Extra extra, Inertia<V>& inertia,
                                   Force<V>& bias) {
  const Node<Scalar<V>>& node = m.nodes[n];
  if (node.kind == JointKind::free) {
    factor(inertia, w.root[n]);
  } else if (node.kind == JointKind::ball) {
    for (int k = 0; k < 3; ++k) {
      const int d = node.v + k;
      eliminate(w, d, ball_axis(w, n, k), right(d), joint_diagonal<V>(m, d) + extra(d), inertia, bias);
    }
  } else {
    eliminate(w, node.v, w.s[n], right(node.v), joint_diagonal<V>(m, node.v) + extra(node.v), inertia, bias);
  }
}

template <class V, class Right>
MB_LANE_INLINE void reduce_node(const Model<Scalar<V>>& m, Work<V>& w, int n, Right right, Force<V>& bias) {
  const Node<Scalar<V>>& node = m.nodes[n];
  if (node.kind == JointKind::free) return;
  if (node.kind == JointKind::ball) {
    for (int k = 0; k < 3; ++k) reduce(w, node.v + k, ball_axis(w, n, k), right(node.v + k), bias);
  } else {
    reduce(w, node.v, w.s[n], right(node.v), bias);
  }
}

// Joint accelerations of node n into out; returns the node's motion. A free root's motion is solved from `bias` negated.
template <class V>
MB_LANE_INLINE Motion<V> expand_node(const Model<Scalar<V>>& m, Work<V>& w, int n, const Motion<V>& parent, V* out) {
  const Node<Scalar<V>>& node = m.nodes[n];
  Motion<V> motion = parent;
  if (node.kind == JointKind::ball) {
    for (int k = 2; k >= 0; --k) out[node.v + k] = expand_dof(w, node.v + k, ball_axis(w, n, k), motion);
  } else {
    out[node.v] = expand_dof(w, node.v, w.s[n], motion);
  }
  return motion;
}

template <class V>
MB_LANE_INLINE void own_rigid(const Work<V>& w, int n, bool fresh, Inertia<V>& inertia) {
  if (fresh) inertia = expand(w.rigid[n]);
  else add(inertia, w.rigid[n]);
}

// Backward over the nodes of an ascending list: what a node's only or last-visited child passes stays in registers, what other
// children pass waits in k and pa. own(n, fresh,
// inertia) starts or adds to it with node n's own, own_bias(n) is its own bias. A free root's bias is left in pa; waiting marks what is left over.
template <class V, class Own, class Bias, class Right, class Extra>
MB_LANE_INLINE void eliminate_list(const Model<Scalar<V>>& m, Work<V>& w, const int* list, int count, Own own, Bias own_bias,
                                   Right right, Extra extra) {
  Inertia<V> inertia;
  Force<V> bias;
  bool carried = false;
  for (int i = count - 1; i >= 0; --i) {
    const int n = list[i], parent = m.nodes[n].parent;
    if (!carried) {
      own(n, true, inertia);
      bias = own_bias(n);
    } else {
      own(n, false, inertia);
      bias = bias + own_bias(n);
    }
    if (w.waiting[n]) {
      add(inertia, w.k[n]);
      bias = bias + w.pa[n];
      w.waiting[n] = 0;
    }
    eliminate_node(m, w, n, right, extra, inertia, bias);
    carried = parent >= 0 && i > 0 && list[i - 1] == parent;
    if (m.nodes[n].kind == JointKind::free) {
      w.pa[n] = bias;
    } else if (parent >= 0 && !carried) {
      if (w.waiting[parent]) {
        add(w.k[parent], inertia);
        w.pa[parent] = w.pa[parent] + bias;
      } else {
        w.k[parent] = inertia;
        w.pa[parent] = bias;
        w.waiting[parent] = 1;
      }
    }
  }
}

// S' f of node n's degrees of freedom, handed to use(dof, value).
template <class V, class Use>
MB_LANE_INLINE void project_node(const Model<Scalar<V>>& m, const Work<V>& w, int n, const Force<V>& f, Use use) {
  const Node<Scalar<V>>& node = m.nodes[n];
  if (node.kind == JointKind::ball) {
    for (int k = 0; k < 3; ++k) use(node.v + k, dot(ball_axis(w, n, k), f));
  } else if (node.kind != JointKind::free) {
    use(node.v, dot(w.s[n], f));
  }
}

// Calls one(dof) for every trunk degree of freedom of a joint and root(node) for free roots.
template <class V, class One, class AtRoot>
MB_LANE_INLINE void each_trunk_dof(const Model<Scalar<V>>& m, const Work<V>& w, One one, AtRoot root) {
  for (int i = 0; i < w.trunk_count; ++i) {
    const int n = w.trunk_list[i];
    const Node<Scalar<V>>& node = m.nodes[n];
    if (node.kind == JointKind::free) {
      root(n);
    } else {
      for (int k = 0; k < dofs_of(node.kind); ++k) one(node.v + k);
    }
  }
}

// Free root accelerations in MuJoCo's coordinates (linear in the world, angular in the body) from a change of motion.
template <class V>
MB_LANE_INLINE void add_root(const Work<V>& w, int n, int v, const Motion<V>& change, V* out) {
  const Vec3<V> local = turn_back(w.axes[n], change.w);
  out[v] += change.v.x, out[v + 1] += change.v.y, out[v + 2] += change.v.z;
  out[v + 3] += local.x, out[v + 4] += local.y, out[v + 5] += local.z;
}

}  // namespace MB_LANE_SET
}  // namespace manybody::physics::lane
