// A compiled MuJoCo model as the lane engine reads it: const tables, resolved once, shared by all threads.
//
// Reads: a const mjModel. Writes: Model<T>, T float or double, SI units, MuJoCo's orders of qpos, qvel and ctrl.
// Method: the tree becomes nodes, one a joint (a body's further joints are nodes without mass, bodies without joints are part of
//   their parent's node). A node's frame sits at its joint's anchor with z along the axis, so that every hinge turns about
//   its own z. Constraint parameters are MuJoCo's (computation chapter of its documentation).
// Limits: `missing` names what the model uses and the engine lacks; such a model is for the MuJoCo back end.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "physics/collide/shape.h"

struct mjModel_;

namespace manybody::physics::lane {

enum class JointKind : int { free, ball, hinge, slide };

constexpr int dofs_of(JointKind kind) { return kind == JointKind::free ? 6 : kind == JointKind::ball ? 3 : 1; }

template <class T>
struct Node {
  int parent = -1;  // -1: the world
  int tree = 0;
  JointKind kind = JointKind::hinge;
  int q = 0, v = 0;    // where its joint's values start in qpos and qvel
  T offset[3];         // of its frame in its parent's
  T turn[9];           // row-major, parent from node, joint at its reference
  T reference = 0;     // qpos at which the hinge stands at `turn`, the slide at `offset`
  T inertia[10];       // about its own origin, in its frame: m, m c (3), J xx xy xz yy yz zz
  T lifted[4];         // gravity-compensated mass: m, m c
  bool lifts = false;  // there is some
  bool turns = true;   // false: `turn` is the identity
  int varied = -1;     // its place among the nodes whose inertia differs from world to world; -1: it does not
};

// What turns a violation into a reference acceleration and a stiffness (solref, solimp).
template <class T>
struct Impedance {
  T k = 0, b = 0;  // aref = -b velocity - k d (position - margin)
  T low = 0.9, high = 0.95, inverse_width = 1000, middle = 0.5, power = 2;
  T margin = 0;
};

template <class T>
struct Dof {
  T armature = 0, damping = 0;
  T stiffness = 0, spring = 0;  // hinges and slides
  T friction_loss = 0, friction_b = 0, friction_r = 0;
  bool limited = false;
  T low = 0, high = 0, weight = 0;  // weight: diagonal approximation of the row's inverse inertia
  Impedance<T> limit;
  bool force_limited = false;  // of the sum of its actuators
  T force_low = 0, force_high = 0;
  int node = -1, parent = -1;  // parent: the dof before it on the way to the root
};

template <class T>
struct Actuator {
  int dof = 0, q = 0, ctrl = 0;
  int driven = -1;  // its place among those whose force comes from a Drive; -1: from its gains
  T gear = 1;
  T gain[3], bias[3];  // constant, by length, by velocity
  bool control_limited = false, force_limited = false;
  T control_low = 0, control_high = 0, force_low = 0, force_high = 0;
};

template <class T>
struct Geom {
  int node = -1, body = 0, id = 0;  // body, id: MuJoCo's
  int type = 0;
  T size[3];
  T position[3], rotation[9];  // in the node's frame; in the world's for node -1
  T bound = 0;
  T box_centre[3], box_half[3];  // bounding box in the geom's frame
};

// How the lanes find a pair's contacts.
enum class Method : int { plane_sphere, plane_capsule, plane_box, sphere_sphere, sphere_capsule, capsule_capsule, each };

template <class T>
struct Pair {
  int geom_a = 0, geom_b = 0;  // indices into geoms; type a <= type b
  Method method = Method::each;
  int dim = 3, contacts = 1;
  T friction[5];
  int friction_from = 0;     // 0: larger of the two, 1: a's, 2: b's, 3: as given here (an explicit pair)
  bool fixed_frame = false;  // the frame is the same for ever: a plane of the world
  bool level = false;        // and its rows are z, y, -x
  T frame[9];
  T weight_translation = 0;
  Impedance<T> impedance;
};

template <class T>
struct Tie {               // an equality of two frames: their origins meet, those of a weld with their axes
  int node[2] = {-1, -1};  // -1: the world
  bool weld = false;
  T position[2][3], rotation[2][9];  // in the node's frame; in the world's for node -1
  T weight_translation = 0, weight_rotation = 0, torque_scale = 1;
  Impedance<T> impedance;
};

template <class T>
struct Coupling {                          // an equality of joints: q0 - ref0 = polynomial(q1 - ref1)
  int dof[2] = {-1, -1}, q[2] = {-1, -1};  // the second -1: the constant
  T reference[2] = {0, 0}, polynomial[5];
  T weight = 0;
  Impedance<T> impedance;
};

template <class T>
struct Site {  // a frame whose pose and velocity are measured
  int node = -1;
  T position[3], rotation[9];
};

template <class T>
struct Push {               // where an external wrench acts: a body's centre of mass
  int node = -1, body = 0;  // body: MuJoCo's
  T position[3];            // in the node's frame
  int varied = -1;          // its place among those that differ from world to world; -1: it does not
};

struct Touch {  // the sum of normal contact forces on one MuJoCo body
  int body = 0;
};

struct BodyPlace {  // a MuJoCo body's frame in its node's
  int node = -1;
  double position[3] = {0, 0, 0}, rotation[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
};

template <class X>
struct View {  // a list that lies elsewhere; constexpr, so that a GPU's code may call it
  const X* data = nullptr;
  size_t count = 0;
  constexpr const X& operator[](size_t i) const { return data[i]; }
  constexpr size_t size() const { return count; }
  constexpr bool empty() const { return count == 0; }
  constexpr const X* begin() const { return data; }
  constexpr const X* end() const { return data + count; }
};

template <class T>
struct Numbers {  // what a step reads of a model that is no list
  int nq = 0, nv = 0, nu = 0, trees = 0;
  int user = 0;  // a world's numbers that only a Drive knows
  T timestep = 0, gravity[3] = {0, 0, 0};
  T tolerance = 0, scale = 1, impratio = 1;
  bool elliptic = false;  // friction cones; else pyramids
  int iterations = 100;
  bool implicit_velocity = false;  // implicit, implicitfast: actuators and damping; else damping alone (Euler)
  bool implicit_bias = false;      // implicit: the bias force as well
  bool damp_euler = true;
  bool softens = false;  // some joint has damping or velocity feedback that is taken implicitly
};

// What a step reads of a model. List is std::vector in Model; for a GPU's threads it is a View into one block of memory (flat.h).
template <class T, template <class> class List>
struct Tables : Numbers<T> {
  List<int> driven;  // actuators whose force comes from a Drive
  List<Node<T>> nodes;
  List<int> lonely;  // under implicitfast: free nodes that are a tree by themselves
  List<Dof<T>> dofs;
  List<Actuator<T>> actuators;
  List<Geom<T>> geoms;
  List<Pair<T>> pairs;
  List<Tie<T>> ties;  // active ones
  List<Coupling<T>> couplings;
  List<Site<T>> sites;
  List<Touch> touches;
  List<Push<T>> pushes;
  List<T> tree_origin;  // trees x 3: where a tree without a free root is described from
};

template <class T>
struct ThreadModel : Tables<T, View> {
  View<collide::Shape<T>> shapes;  // by MuJoCo geom; only those that are done world by world are filled in
};

template <class X>
using Owned = std::vector<X>;

template <class T>
struct Model : Tables<T, Owned> {
  std::vector<BodyPlace> bodies;  // by MuJoCo body id
  std::shared_ptr<const collide::ShapeTable<T>> shapes;
  std::vector<std::string> missing;
};

// What is measured, what is pushed and what varies, by MuJoCo ids.
struct Wanted {
  std::vector<int> sites, touch_bodies, push_bodies;
  std::vector<int> varied_bodies;  // whose mass, inertia or centre of mass differs from world to world
  std::vector<int> driven;         // actuators (of gear 1) whose force comes from EngineOptions::drive, and
  int user = 0;                    // how many numbers of its own that has in a world's state
};

// What the model's options, equalities and joints ask for that the engine lacks; make_model adds what its tables show.
std::vector<std::string> survey(const mjModel_& source);

template <class T>
Model<T> make_model(const mjModel_& source, const Wanted& wanted);

// A body's centre of mass, moved by `offset` (body frame), in its node's frame.
void place_centre(const mjModel_& source, const BodyPlace& place, int body, const double offset[3], double out[3]);

// A body's share of its node's inertia (m, m c, J as in Node::inertia), with mass and inertia scaled and its centre of mass
// moved by `offset` (body frame): nodes are sums of such shares.
void inertia_share(const mjModel_& source, const BodyPlace& place, int body, double scale, const double offset[3],
                   double out[10]);

}  // namespace manybody::physics::lane
