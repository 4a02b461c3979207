#include "physics/lane/model.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "physics/collide/collide.h"
#include "physics/collide/pairs.h"

namespace manybody::physics::lane {
namespace {

struct Frame {  // a pose in double: rotation row-major
  double position[3] = {0, 0, 0};
  double rotation[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
};

Frame make_frame(const double position[3], const double quaternion[4]) {
  Frame f;
  mju_copy3(f.position, position);
  mju_quat2Mat(f.rotation, quaternion);
  return f;
}

Frame chain(const Frame& a, const Frame& b) {
  Frame out;
  mju_mulMatVec3(out.position, a.rotation, b.position);
  mju_addTo3(out.position, a.position);
  mju_mulMatMat(out.rotation, a.rotation, b.rotation, 3, 3, 3);
  return out;
}

Frame inverse(const Frame& a) {
  Frame out;
  mju_transpose(out.rotation, a.rotation, 3, 3);
  mju_mulMatTVec3(out.position, a.rotation, a.position);
  mju_scl3(out.position, out.position, -1);
  return out;
}

// A frame at `anchor` with z along `axis`; x as near the surrounding frame's axes as it can be.
Frame hinge_frame(const double anchor[3], const double axis[3]) {
  Frame f;
  mju_copy3(f.position, anchor);
  double z[3] = {axis[0], axis[1], axis[2]};
  mju_normalize3(z);
  double x[3] = {1, 0, 0};
  if (std::abs(z[0]) > 0.9) x[0] = 0, x[1] = 1;
  mju_addToScl3(x, z, -mju_dot3(x, z));
  mju_normalize3(x);
  double y[3];
  mju_cross(y, z, x);
  for (int i = 0; i < 3; ++i) {
    f.rotation[3 * i] = x[i];
    f.rotation[3 * i + 1] = y[i];
    f.rotation[3 * i + 2] = z[i];
  }
  return f;
}

template <class T>
void copy(T* to, const double* from, int n) {
  for (int i = 0; i < n; ++i) to[i] = static_cast<T>(from[i]);
}

template <class T>
Impedance<T> make_impedance(const mjModel& m, const double* solref, const double* solimp, double margin) {
  Impedance<T> out;
  const double low = std::clamp(solimp[0], mjMINIMP, mjMAXIMP), high = std::clamp(solimp[1], mjMINIMP, mjMAXIMP);
  if (solref[0] > 0 && solref[1] > 0) {
    const bool safe = (m.opt.disableflags & mjDSBL_REFSAFE) == 0;
    const double time = safe ? std::max(solref[0], 2 * m.opt.timestep) : solref[0];
    out.k = static_cast<T>(1 / std::max(mjMINVAL, high * high * time * time * solref[1] * solref[1]));
    out.b = static_cast<T>(2 / std::max(mjMINVAL, high * time));
  } else {
    out.k = static_cast<T>(-solref[0] / std::max(mjMINVAL, high * high));
    out.b = static_cast<T>(-solref[1] / std::max(mjMINVAL, high));
  }
  const double width = solimp[2];
  const bool flat = width <= mjMINVAL || low == high;
  out.low = static_cast<T>(flat ? 0.5 * (low + high) : low);
  out.high = static_cast<T>(flat ? 0.5 * (low + high) : high);
  out.inverse_width = static_cast<T>(flat ? 0 : 1 / width);
  out.middle = static_cast<T>(std::clamp(solimp[3], mjMINIMP, mjMAXIMP));
  out.power = static_cast<T>(std::max(1.0, solimp[4]));
  out.margin = static_cast<T>(margin);
  return out;
}

template <class T>
class Maker {
 public:
  Maker(const mjModel& m, const Wanted& wanted) : m_(m), wanted_(wanted) {}

  Model<T> make() {
    out_.missing = survey(m_);
    options();
    nodes();
    masses();
    dofs();
    actuators();
    geoms();
    pairs();
    ties();
    couplings();
    frames();
    return std::move(out_);
  }

 private:
  void lack(const std::string& what) {
    if (std::find(out_.missing.begin(), out_.missing.end(), what) == out_.missing.end()) out_.missing.push_back(what);
  }

  void options() {
    const mjOption& o = m_.opt;
    out_.nq = m_.nq;
    out_.nv = m_.nv;
    out_.nu = m_.nu;
    out_.timestep = static_cast<T>(o.timestep);
    if ((o.disableflags & mjDSBL_GRAVITY) == 0) copy(out_.gravity, o.gravity, 3);
    out_.tolerance = static_cast<T>(std::max(o.tolerance, sizeof(T) == 4 ? 1e-10 : 1e-16));
    out_.scale = static_cast<T>(1 / (m_.stat.meaninertia * std::max<double>(1, static_cast<double>(m_.nv))));
    out_.iterations = o.iterations;
    out_.impratio = static_cast<T>(o.impratio);
    out_.elliptic = o.cone == mjCONE_ELLIPTIC;
    out_.implicit_bias = o.integrator == mjINT_IMPLICIT;
    out_.implicit_velocity = out_.implicit_bias || o.integrator == mjINT_IMPLICITFAST;
    out_.damp_euler = (o.disableflags & mjDSBL_EULERDAMP) == 0;
  }

  void nodes() {
    out_.bodies.resize(m_.nbody);
    std::map<int, int> trees;
    for (int b = 1; b < m_.nbody; ++b) {
      const int parent = m_.body_parentid[b];
      int node = out_.bodies[parent].node;
      Frame frame = chain(place(parent), make_frame(m_.body_pos + 3 * b, m_.body_quat + 4 * b));
      const int tree = m_.body_treeid[b];
      for (int k = 0; k < m_.body_jntnum[b]; ++k) {
        const auto found = trees.emplace(tree, static_cast<int>(trees.size())).first;
        node = add_node(m_.body_jntadr[b] + k, node, found->second, frame);
      }
      BodyPlace& out = out_.bodies[b];
      out.node = node;
      mju_copy3(out.position, frame.position);
      mju_copy(out.rotation, frame.rotation, 9);
    }
    out_.trees = static_cast<int>(trees.size());
    out_.tree_origin.assign(3 * out_.trees, T(0));
    for (const Node<T>& node : out_.nodes)
      if (node.parent < 0 && node.kind != JointKind::free)
        std::copy(node.offset, node.offset + 3, &out_.tree_origin[3 * node.tree]);
    find_lonely();
    int varied = 0;
    for (int b : wanted_.varied_bodies) {
      if (out_.bodies[b].node < 0) continue;  // welded to the world
      Node<T>& node = out_.nodes[out_.bodies[b].node];
      if (node.varied < 0) node.varied = varied++;
    }
  }

  void find_lonely() {
    if (!out_.implicit_velocity || out_.implicit_bias) return;
    std::vector<int> size(out_.trees);
    for (const Node<T>& node : out_.nodes) ++size[node.tree];
    for (size_t n = 0; n < out_.nodes.size(); ++n)
      if (out_.nodes[n].kind == JointKind::free && size[out_.nodes[n].tree] == 1) out_.lonely.push_back(static_cast<int>(n));
  }

  Frame place(int body) const {
    Frame f;
    mju_copy3(f.position, out_.bodies[body].position);
    mju_copy(f.rotation, out_.bodies[body].rotation, 9);
    return f;
  }

  // `frame`: the body's, in the node before; becomes the body's in the new node.
  int add_node(int joint, int parent, int tree, Frame& frame) {
    Node<T> node;
    node.parent = parent;
    node.tree = tree;
    node.q = m_.jnt_qposadr[joint];
    node.v = m_.jnt_dofadr[joint];
    Frame self;
    const double* anchor = m_.jnt_pos + 3 * joint;
    switch (m_.jnt_type[joint]) {
      case mjJNT_FREE:
        node.kind = JointKind::free;
        frame = Frame{};
        break;
      case mjJNT_BALL:
        node.kind = JointKind::ball;
        mju_copy(self.rotation, frame.rotation, 9);
        mju_mulMatVec3(self.position, frame.rotation, anchor);
        mju_addTo3(self.position, frame.position);
        break;
      default: {
        node.kind = m_.jnt_type[joint] == mjJNT_HINGE ? JointKind::hinge : JointKind::slide;
        node.reference = static_cast<T>(m_.qpos0[node.q]);
        double at[3], axis[3];
        mju_mulMatVec3(at, frame.rotation, anchor);
        mju_addTo3(at, frame.position);
        mju_mulMatVec3(axis, frame.rotation, m_.jnt_axis + 3 * joint);
        self = hinge_frame(at, axis);
      }
    }
    if (node.kind != JointKind::free) frame = chain(inverse(self), frame);
    copy(node.offset, self.position, 3);
    copy(node.turn, self.rotation, 9);
    node.turns = false;
    for (int i = 0; i < 9; ++i) node.turns |= std::abs(self.rotation[i] - (i % 4 == 0)) > 1e-12;
    std::fill(node.inertia, node.inertia + 10, T(0));
    std::fill(node.lifted, node.lifted + 4, T(0));
    out_.nodes.push_back(node);
    return static_cast<int>(out_.nodes.size()) - 1;
  }

  void masses() {
    std::vector<std::array<double, 14>> sums(out_.nodes.size(), std::array<double, 14>{});
    const double none[3] = {0, 0, 0};
    for (int b = 1; b < m_.nbody; ++b) {
      const int node = out_.bodies[b].node;
      if (node < 0) continue;
      double share[10];
      inertia_share(m_, out_.bodies[b], b, 1, none, share);
      for (int i = 0; i < 10; ++i) sums[node][i] += share[i];
      for (int i = 0; i < 4; ++i) sums[node][10 + i] += m_.body_gravcomp[b] * share[i];
      out_.nodes[node].lifts |= m_.body_gravcomp[b] != 0;
    }
    for (size_t n = 0; n < sums.size(); ++n) {
      copy(out_.nodes[n].inertia, sums[n].data(), 10);
      copy(out_.nodes[n].lifted, sums[n].data() + 10, 4);
    }
  }

  void dofs() {
    out_.dofs.resize(m_.nv);
    for (size_t n = 0; n < out_.nodes.size(); ++n) {
      const Node<T>& node = out_.nodes[n];
      const int count = dofs_of(node.kind);
      for (int k = 0; k < count; ++k) {
        Dof<T>& dof = out_.dofs[node.v + k];
        const int d = node.v + k, j = m_.dof_jntid[d];
        dof.node = static_cast<int>(n);
        dof.parent = m_.dof_parentid[d];
        dof.armature = static_cast<T>(m_.dof_armature[d]);
        dof.damping = static_cast<T>(m_.dof_damping[d]);
        if (count == 1) joint_dof(dof, d, j);
        out_.softens |= dof.damping != 0 && (out_.implicit_velocity || out_.damp_euler);
      }
    }
  }

  void joint_dof(Dof<T>& dof, int d, int j) {
    const double weight = m_.dof_invweight0[d];
    dof.stiffness = static_cast<T>(m_.jnt_stiffness[j]);
    dof.spring = static_cast<T>(m_.qpos_spring[m_.jnt_qposadr[j]]);
    dof.limited = m_.jnt_limited[j];
    dof.low = static_cast<T>(m_.jnt_range[2 * j]);
    dof.high = static_cast<T>(m_.jnt_range[2 * j + 1]);
    dof.weight = static_cast<T>(weight);
    dof.limit = make_impedance<T>(m_, m_.jnt_solref + mjNREF * j, m_.jnt_solimp + mjNIMP * j, m_.jnt_margin[j]);
    dof.force_limited = m_.jnt_actfrclimited[j];
    dof.force_low = static_cast<T>(m_.jnt_actfrcrange[2 * j]);
    dof.force_high = static_cast<T>(m_.jnt_actfrcrange[2 * j + 1]);
    if (m_.dof_frictionloss[d] > 0 && (m_.opt.disableflags & mjDSBL_FRICTIONLOSS) == 0) {
      const Impedance<T> i = make_impedance<T>(m_, m_.dof_solref + mjNREF * d, m_.dof_solimp + mjNIMP * d, 0);
      dof.friction_loss = static_cast<T>(m_.dof_frictionloss[d]);
      dof.friction_b = i.b;
      dof.friction_r = static_cast<T>(std::max<double>(mjMINVAL, (1 - i.low) / i.low * weight));
    }
  }

  void actuators() {
    for (int a = 0; a < m_.nu; ++a) {
      if (m_.actuator_trntype[a] != mjTRN_JOINT) {
        lack("actuators on anything but joints");
        continue;
      }
      const int j = m_.actuator_trnid[2 * a];
      const int type = m_.jnt_type[j];
      if (type != mjJNT_HINGE && type != mjJNT_SLIDE) lack("actuators on ball or free joints");
      if (m_.actuator_dyntype[a] != mjDYN_NONE) lack("actuator dynamics");
      const int gain = m_.actuator_gaintype[a], bias = m_.actuator_biastype[a];
      if (gain != mjGAIN_FIXED && gain != mjGAIN_AFFINE) lack("gain types other than fixed and affine");
      if (bias != mjBIAS_NONE && bias != mjBIAS_AFFINE) lack("bias types other than none and affine");
      if (m_.actuator_delay[a] != 0) lack("delayed actuators");
      if (m_.actuator_damping[a] != 0 || m_.actuator_armature[a] != 0) lack("damping or armature of actuators");
      for (int k = 0; k < mjNPOLY; ++k)
        if (m_.actuator_dampingpoly[mjNPOLY * a + k] != 0) lack("damping or armature of actuators");
      const int group = m_.actuator_group[a];
      if (group >= 0 && group < 31 && (m_.opt.disableactuator & (1 << group))) lack("disabled actuators");
      if (m_.actuator_ctrlnum[a] != 1 || m_.actuator_outnum[a] != 1) lack("actuators with several inputs or outputs");
      Actuator<T> out;
      out.dof = m_.jnt_dofadr[j];
      out.q = m_.jnt_qposadr[j];
      out.ctrl = m_.actuator_ctrladr[a];
      out.gear = static_cast<T>(m_.actuator_gear[6 * m_.actuator_outadr[a]]);
      copy(out.gain, m_.actuator_gainprm + mjNGAIN * a, 3);
      copy(out.bias, m_.actuator_biasprm + mjNBIAS * a, 3);
      if (gain == mjGAIN_FIXED) out.gain[1] = out.gain[2] = 0;
      if (bias == mjBIAS_NONE) out.bias[0] = out.bias[1] = out.bias[2] = 0;
      out.control_limited = m_.actuator_ctrllimited[out.ctrl];
      out.control_low = static_cast<T>(m_.actuator_ctrlrange[2 * out.ctrl]);
      out.control_high = static_cast<T>(m_.actuator_ctrlrange[2 * out.ctrl + 1]);
      out.force_limited = m_.actuator_forcelimited[a];
      out.force_low = static_cast<T>(m_.actuator_forcerange[2 * a]);
      out.force_high = static_cast<T>(m_.actuator_forcerange[2 * a + 1]);
      for (size_t i = 0; i < wanted_.driven.size(); ++i)
        if (wanted_.driven[i] == a) out.driven = static_cast<int>(i);
      out_.actuators.push_back(out);
    }
    out_.driven = wanted_.driven;
    out_.user = wanted_.user;
    out_.softens |= out_.implicit_velocity && !out_.actuators.empty();
  }

  void geoms() {
    out_.shapes = std::make_shared<const collide::ShapeTable<T>>(&m_);
    geom_of_.assign(m_.ngeom, -1);
  }

  int geom(int id) {
    if (geom_of_[id] >= 0) return geom_of_[id];
    Geom<T> g;
    g.id = id;
    g.body = m_.geom_bodyid[id];
    g.node = out_.bodies[g.body].node;
    g.type = m_.geom_type[id];
    copy(g.size, m_.geom_size + 3 * id, 3);
    const Frame f = chain(place(g.body), make_frame(m_.geom_pos + 3 * id, m_.geom_quat + 4 * id));
    copy(g.position, f.position, 3);
    copy(g.rotation, f.rotation, 9);
    copy(g.box_centre, m_.geom_aabb + 6 * id, 3);
    copy(g.box_half, m_.geom_aabb + 6 * id + 3, 3);
    g.bound = static_cast<T>(m_.geom_rbound[id]);
    out_.geoms.push_back(g);
    return geom_of_[id] = static_cast<int>(out_.geoms.size()) - 1;
  }

  static Method method_of(int a, int b) {
    if (a == mjGEOM_PLANE && b == mjGEOM_SPHERE) return Method::plane_sphere;
    if (a == mjGEOM_PLANE && b == mjGEOM_CAPSULE) return Method::plane_capsule;
    if (a == mjGEOM_PLANE && b == mjGEOM_BOX) return Method::plane_box;
    if (a == mjGEOM_SPHERE && b == mjGEOM_SPHERE) return Method::sphere_sphere;
    if (a == mjGEOM_SPHERE && b == mjGEOM_CAPSULE) return Method::sphere_capsule;
    if (a == mjGEOM_CAPSULE && b == mjGEOM_CAPSULE) return Method::capsule_capsule;
    return Method::each;
  }

  void pairs() {
    for (const collide::PairParameters& p : collide::list_pairs(&m_)) {
      Pair<T> out;
      out.geom_a = geom(p.geom1);
      out.geom_b = geom(p.geom2);
      const Geom<T>&a = out_.geoms[out.geom_a], &b = out_.geoms[out.geom_b];
      out.dim = p.condim;
      copy(out.friction, p.friction, 5);
      if (p.solreffriction[0] != 0 || p.solreffriction[1] != 0) lack("solreffriction");
      if (!out_.shapes->supported(p.geom1) || !out_.shapes->supported(p.geom2)) lack("collisions of signed distance fields");
      const int priority = m_.geom_priority[a.id] - m_.geom_priority[b.id];
      out.friction_from = p.pair >= 0 ? 3 : priority > 0 ? 1 : priority < 0 ? 2 : 0;
      out.weight_translation = static_cast<T>(m_.body_invweight0[2 * a.body] + m_.body_invweight0[2 * b.body]);
      out.impedance = make_impedance<T>(m_, p.solref, p.solimp, p.margin);
      if (p.adhesion != 0) lack("adhesion");
      out.method = method_of(a.type, b.type);
      out.contacts = out.method == Method::plane_sphere || out.method == Method::sphere_sphere ||
                             out.method == Method::sphere_capsule || out.method == Method::capsule_capsule
                         ? 1
                     : out.method == Method::plane_capsule ? 2
                     : out.method == Method::plane_box     ? 8
                                                           : collide::max_contacts(a.type, b.type);
      fix_frame(out, a);
      if (out.contacts <= 0) lack("collisions of shapes " + std::to_string(a.type) + " and " + std::to_string(b.type));
      out_.pairs.push_back(out);
    }
  }

  // A plane that never moves gives the same contact frame always, unless the pair hints at one.
  static void fix_frame(Pair<T>& pair, const Geom<T>& plane) {
    if (plane.node >= 0 || (pair.method != Method::plane_sphere && pair.method != Method::plane_box)) return;
    pair.fixed_frame = true;
    collide::Touch<T> touch{};
    for (int k = 0; k < 3; ++k) touch.normal[k] = plane.rotation[3 * k + 2];
    collide::make_frame(touch, pair.frame);
    const T level[9] = {0, 0, 1, 0, 1, 0, -1, 0, 0};
    pair.level = std::equal(level, level + 9, pair.frame);
  }

  // Constraint `e` is on, of this kind.
  bool active(int e, mjtEq type) const {
    return (m_.opt.disableflags & mjDSBL_EQUALITY) == 0 && m_.eq_active0[e] && m_.eq_type[e] == type;
  }

  // The frame that side `side` of equality e holds, in its body's, and that body.
  Frame tie_frame(int e, int side, bool weld, int& body) const {
    const int object = side == 0 ? m_.eq_obj1id[e] : m_.eq_obj2id[e];
    if (m_.eq_objtype[e] == mjOBJ_SITE) {
      body = m_.site_bodyid[object];
      return make_frame(m_.site_pos + 3 * object, m_.site_quat + 4 * object);
    }
    body = object;
    const double* data = m_.eq_data + mjNEQDATA * e;
    const double none[4] = {1, 0, 0, 0};
    if (!weld) return make_frame(data + 3 * side, none);
    return make_frame(data + 3 * (1 - side), side == 0 ? data + 6 : none);  // a weld's anchor is in the second body's frame
  }

  void ties() {
    for (int e = 0; e < m_.neq; ++e) {
      const bool weld = active(e, mjEQ_WELD);
      if (!weld && !active(e, mjEQ_CONNECT)) continue;
      Tie<T> out;
      out.weld = weld;
      double translation = 0, rotation = 0;
      for (int side = 0; side < 2; ++side) {
        int body = 0;
        const Frame in_body = tie_frame(e, side, weld, body);
        const Frame f = chain(place(body), in_body);
        out.node[side] = out_.bodies[body].node;
        copy(out.position[side], f.position, 3);
        copy(out.rotation[side], f.rotation, 9);
        translation += m_.body_invweight0[2 * body];
        rotation += m_.body_invweight0[2 * body + 1];
      }
      if (out.node[0] < 0 && out.node[1] < 0) continue;  // nothing moves
      out.weight_translation = static_cast<T>(translation);
      out.weight_rotation = static_cast<T>(rotation);
      out.torque_scale = static_cast<T>(m_.eq_data[mjNEQDATA * e + 10]);
      out.impedance = make_impedance<T>(m_, m_.eq_solref + mjNREF * e, m_.eq_solimp + mjNIMP * e, 0);
      out_.ties.push_back(out);
    }
  }

  void couplings() {
    for (int e = 0; e < m_.neq; ++e) {
      if (!active(e, mjEQ_JOINT)) continue;
      Coupling<T> out;
      double weight = 0;
      for (int side = 0; side < 2; ++side) {
        const int joint = side == 0 ? m_.eq_obj1id[e] : m_.eq_obj2id[e];
        if (joint < 0) continue;
        out.dof[side] = m_.jnt_dofadr[joint];
        out.q[side] = m_.jnt_qposadr[joint];
        out.reference[side] = static_cast<T>(m_.qpos0[out.q[side]]);
        weight += m_.dof_invweight0[out.dof[side]];
      }
      copy(out.polynomial, m_.eq_data + mjNEQDATA * e, 5);
      out.weight = static_cast<T>(weight);
      out.impedance = make_impedance<T>(m_, m_.eq_solref + mjNREF * e, m_.eq_solimp + mjNIMP * e, 0);
      out_.couplings.push_back(out);
    }
  }

  Site<T> site_at(int body, const Frame& in_body) {
    Site<T> out;
    const Frame f = chain(place(body), in_body);
    out.node = out_.bodies[body].node;
    copy(out.position, f.position, 3);
    copy(out.rotation, f.rotation, 9);
    return out;
  }

  void frames() {
    for (int s : wanted_.sites)
      out_.sites.push_back(site_at(m_.site_bodyid[s], make_frame(m_.site_pos + 3 * s, m_.site_quat + 4 * s)));
    for (int b : wanted_.touch_bodies) out_.touches.push_back({b});
    const double none[3] = {0, 0, 0};
    int varied = 0;
    for (int b : wanted_.push_bodies) {
      Push<T> push;
      push.node = out_.bodies[b].node;
      push.body = b;
      double at[3];
      place_centre(m_, out_.bodies[b], b, none, at);
      copy(push.position, at, 3);
      const std::vector<int>& which = wanted_.varied_bodies;
      if (push.node >= 0 && std::find(which.begin(), which.end(), b) != which.end()) push.varied = varied++;
      out_.pushes.push_back(push);
    }
  }

  const mjModel& m_;
  const Wanted& wanted_;
  Model<T> out_;
  std::vector<int> geom_of_;
};

}  // namespace

void place_centre(const mjModel_& m, const BodyPlace& place, int body, const double offset[3], double out[3]) {
  double at[3];
  mju_add3(at, m.body_ipos + 3 * body, offset);
  mju_mulMatVec3(out, place.rotation, at);
  mju_addTo3(out, place.position);
}

void inertia_share(const mjModel_& m, const BodyPlace& place, int body, double scale, const double offset[3], double out[10]) {
  Frame frame;
  mju_copy3(frame.position, place.position);
  mju_copy(frame.rotation, place.rotation, 9);
  double at[3];
  mju_add3(at, m.body_ipos + 3 * body, offset);
  const Frame principal = chain(frame, make_frame(at, m.body_iquat + 4 * body));
  const double mass = scale * m.body_mass[body];
  const double* c = principal.position;
  const double* r = principal.rotation;
  double inertia[9] = {};
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 3; ++k) inertia[3 * i + j] += r[3 * i + k] * scale * m.body_inertia[3 * body + k] * r[3 * j + k];
  const double square = mju_dot3(c, c);
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) inertia[3 * i + j] += mass * ((i == j ? square : 0) - c[i] * c[j]);
  out[0] = mass;
  for (int i = 0; i < 3; ++i) out[1 + i] = mass * c[i];
  const int place_of[6] = {0, 1, 2, 4, 5, 8};
  for (int i = 0; i < 6; ++i) out[4 + i] = inertia[place_of[i]];
}

template <class T>
Model<T> make_model(const mjModel_& source, const Wanted& wanted) {
  return Maker<T>(source, wanted).make();
}

template Model<float> make_model<float>(const mjModel_&, const Wanted&);
template Model<double> make_model<double>(const mjModel_&, const Wanted&);

}  // namespace manybody::physics::lane
