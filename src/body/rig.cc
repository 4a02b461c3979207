#include "body/rig.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <mutex>

#include "core/error.h"

namespace manybody::body {
namespace {

using core::Quat;
using core::Vec3;

constexpr int kHullDirections = 1200;

thread_local WarningScope* current_scope = nullptr;

void on_warning(const char* text) {
  if (current_scope) {
    current_scope->warnings.emplace_back(text);
  } else {
    std::fprintf(stderr, "MuJoCo: %s\n", text);
  }
}

Vec3 vec3(const mjtNum* p) { return {p[0], p[1], p[2]}; }
Quat quat(const mjtNum* p) { return {p[0], p[1], p[2], p[3]}; }

// One line of the compiler's message; MuJoCo adds the element and its line below the sentence.
std::string one_line(std::string text) {
  for (char& c : text) c = c == '\n' || c == '\r' ? ' ' : c;
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

void cylinder_balls(const double* size, std::vector<Ball>& out) {
  constexpr int kRim = 24;
  for (int i = 0; i < kRim; ++i) {
    const double a = 2 * M_PI * i / kRim;
    for (double end : {-1.0, 1.0}) out.push_back({{size[0] * std::cos(a), size[0] * std::sin(a), end * size[1]}, 0});
  }
}

void ellipsoid_balls(const double* size, std::vector<Ball>& out) {
  constexpr int kPoints = 200;
  for (int i = 0; i < kPoints; ++i) {
    const double z = 1 - 2 * (i + 0.5) / kPoints, r = std::sqrt(1 - z * z), a = 2.399963229728653 * i;
    out.push_back({{size[0] * r * std::cos(a), size[1] * r * std::sin(a), size[2] * z}, 0});
  }
}

void mesh_balls(const mjModel* m, int mesh, std::vector<Ball>& out) {
  const float* v = m->mesh_vert + 3 * m->mesh_vertadr[mesh];
  std::vector<Point> points(m->mesh_vertnum[mesh]);
  for (size_t i = 0; i < points.size(); ++i) points[i] = {v[3 * i], v[3 * i + 1], v[3 * i + 2]};
  for (const Point& p : extreme_points(points, kHullDirections)) out.push_back({{p[0], p[1], p[2]}, 0});
}

// In the geom's own frame.
std::vector<Ball> geom_balls(const mjModel* m, int geom) {
  std::vector<Ball> out;
  const mjtNum* s = m->geom_size + 3 * geom;
  switch (m->geom_type[geom]) {
    case mjGEOM_SPHERE:
      out.push_back({{}, s[0]});
      break;
    case mjGEOM_CAPSULE:
      out = {{{0, 0, s[1]}, s[0]}, {{0, 0, -s[1]}, s[0]}};
      break;
    case mjGEOM_CYLINDER:
      cylinder_balls(s, out);
      break;
    case mjGEOM_ELLIPSOID:
      ellipsoid_balls(s, out);
      break;
    case mjGEOM_BOX:
      for (int i = 0; i < 8; ++i) out.push_back({{i & 1 ? s[0] : -s[0], i & 2 ? s[1] : -s[1], i & 4 ? s[2] : -s[2]}, 0});
      break;
    case mjGEOM_MESH:
    case mjGEOM_SDF:
      if (m->geom_dataid[geom] >= 0) mesh_balls(m, m->geom_dataid[geom], out);
      break;
    default:
      break;
  }
  return out;
}

}  // namespace

SpecPtr own(mjSpec_* spec) { return SpecPtr(spec, &mj_deleteSpec); }

WarningScope::WarningScope() : outer_(current_scope) {
  static std::once_flag once;
  std::call_once(once, [] { mju_user_warning = &on_warning; });
  current_scope = this;
}
WarningScope::~WarningScope() { current_scope = outer_; }

ModelPtr compile(mjSpec_* spec, const std::string& source) {
  WarningScope quiet;
  mjModel* model = mj_compile(spec, nullptr);
  if (!model) throw core::UserError(source, "MuJoCo cannot compile it: " + one_line(mjs_getError(spec)));
  return ModelPtr(model, &mj_deleteModel);
}

Rig::Rig(mjSpec_* spec, std::vector<MeshShape> meshes, const std::string& source)
    : model_(compile(spec, source)), data_(mj_makeData(model_.get()), &mj_deleteData), meshes_(std::move(meshes)) {
  const mjModel* m = model_.get();
  MB_CHECK(m->njnt >= 1 && m->jnt_type[0] == mjJNT_FREE && m->nq == m->njnt + 6);
  links_ = static_cast<int>(m->nbody) - 1;
  joints_ = static_cast<int>(m->njnt) - 1;
  for (int j = 0; j < joints_; ++j) joint_names_.emplace_back(mj_id2name(m, mjOBJ_JOINT, j + 1));
  for (int l = 0; l < links_; ++l) link_names_.emplace_back(mj_id2name(m, mjOBJ_BODY, l + 1));
  for (const MeshShape& mesh : meshes_) mesh_links_.push_back(mj_name2id(m, mjOBJ_BODY, mesh.link.c_str()) - 1);
  pose(reference_angles());
}

int Rig::parent(int link) const { return model_->body_parentid[link + 1] - 1; }
int Rig::group(int link) const { return model_->body_weldid[link + 1] - 1; }
int Rig::group_parent(int group_) const { return group_ == 0 ? -1 : group(parent(group_)); }

std::vector<int> Rig::group_children(int group_) const {
  std::vector<int> out;
  for (int l = 1; l < links_; ++l)
    if (group(l) == l && group_parent(l) == group_) out.push_back(l);
  return out;
}

std::vector<int> Rig::group_joints(int group_) const {
  std::vector<int> out;
  for (int j = 0; j < joints_; ++j)
    if (joint_link(j) == group_) out.push_back(j);
  return out;
}

std::vector<int> Rig::chain(int group_) const {
  std::vector<int> out;
  for (int g = group_; g > 0; g = group_parent(g)) out.insert(out.begin(), g);
  return out;
}

int Rig::joint_link(int joint) const { return model_->jnt_bodyid[joint + 1] - 1; }

double Rig::low(int joint) const { return model_->jnt_limited[joint + 1] ? model_->jnt_range[2 * joint + 2] : -M_PI; }
double Rig::high(int joint) const { return model_->jnt_limited[joint + 1] ? model_->jnt_range[2 * joint + 3] : M_PI; }
double Rig::reference(int joint) const { return model_->qpos0[model_->jnt_qposadr[joint + 1]]; }
double Rig::subtree_mass(int link) const { return model_->body_subtreemass[link + 1]; }
double Rig::mass() const { return model_->body_subtreemass[0]; }

std::vector<double> Rig::reference_angles() const {
  std::vector<double> q(joints_);
  for (int j = 0; j < joints_; ++j) q[j] = reference(j);
  return q;
}

void Rig::pose(const std::vector<double>& q) {
  q_ = q;
  mjData* d = data_.get();
  for (int i = 0; i < 3; ++i) d->qpos[i] = 0;
  for (int i = 0; i < 4; ++i) d->qpos[3 + i] = turn_[i];
  for (int j = 0; j < joints_; ++j) d->qpos[model_->jnt_qposadr[j + 1]] = q[j];
  mj_kinematics(model_.get(), d);
  mj_comPos(model_.get(), d);
}

Vec3 Rig::position(int link) const { return vec3(data_->xpos + 3 * (link + 1)); }
Quat Rig::rotation(int link) const { return quat(data_->xquat + 4 * (link + 1)); }
Vec3 Rig::axis(int joint) const { return vec3(data_->xaxis + 3 * (joint + 1)); }
Vec3 Rig::anchor(int joint) const { return vec3(data_->xanchor + 3 * (joint + 1)); }
Vec3 Rig::com() const { return vec3(data_->subtree_com + 3); }
Vec3 Rig::subtree_com(int link) const { return vec3(data_->subtree_com + 3 * (link + 1)); }

Vec3 Rig::to_root(int link, const Vec3& point) const { return position(link) + core::rotate(rotation(link), point); }
Vec3 Rig::to_link(int link, const Vec3& point) const {
  return core::rotate(core::conjugate(rotation(link)), point - position(link));
}

std::vector<double> Rig::jacobian(int link, const Vec3& point) const {
  const int nv = static_cast<int>(model_->nv);
  std::vector<mjtNum> linear(3 * nv), angular(3 * nv);
  mj_jac(model_.get(), data_.get(), linear.data(), angular.data(), point.data(), link + 1);
  std::vector<double> out(6 * joints_);
  for (int r = 0; r < 3; ++r) {
    for (int j = 0; j < joints_; ++j) {
      const int dof = model_->jnt_dofadr[j + 1];
      out[r * joints_ + j] = linear[r * nv + dof];
      out[(r + 3) * joints_ + j] = angular[r * nv + dof];
    }
  }
  return out;
}

std::vector<double> Rig::gravity_torque() const {
  std::vector<double> out(joints_);
  for (int j = 0; j < joints_; ++j) {
    const int link = joint_link(j);
    const Vec3 weight{0, 0, -9.81 * subtree_mass(link)};
    out[j] = -core::dot(axis(j), core::cross(subtree_com(link) - anchor(j), weight));
  }
  return out;
}

std::vector<Ball> Rig::balls(int link, bool colliding) const {
  std::vector<Ball> out;
  const mjModel* m = model_.get();
  const Quat back = core::conjugate(rotation(link));
  for (int l = 0; l < links_; ++l) {
    if (group(l) != group(link)) continue;
    const Vec3 offset = core::rotate(back, position(l) - position(link));
    const Quat turn = core::mul(back, rotation(l));
    for (int g = m->body_geomadr[l + 1]; g < m->body_geomadr[l + 1] + m->body_geomnum[l + 1]; ++g) {
      if (colliding && !m->geom_contype[g] && !m->geom_conaffinity[g]) continue;
      const Vec3 p = vec3(m->geom_pos + 3 * g);
      const Quat r = quat(m->geom_quat + 4 * g);
      for (const Ball& b : geom_balls(m, g))
        out.push_back({offset + core::rotate(turn, p + core::rotate(r, b.centre)), b.radius});
    }
    for (size_t i = 0; i < meshes_.size(); ++i) {
      const MeshShape& mesh = meshes_[i];
      if (mesh_links_[i] != l || (colliding && !mesh.collides)) continue;
      for (const Point& p : extreme_points(read_mesh_points(mesh.file), kHullDirections))
        out.push_back({offset + core::rotate(turn, mesh.position + core::rotate(mesh.rotation, mesh.vertex(p))), 0});
    }
  }
  return out;
}

std::vector<std::vector<Ball>> Rig::hulls(int link) const {
  std::vector<std::vector<Ball>> out;
  const mjModel* m = model_.get();
  for (int g = m->body_geomadr[link + 1]; g < m->body_geomadr[link + 1] + m->body_geomnum[link + 1]; ++g) {
    if (!m->geom_contype[g] && !m->geom_conaffinity[g]) continue;
    std::vector<Ball> hull = geom_balls(m, g);
    for (Ball& b : hull) b.centre = to_root(link, vec3(m->geom_pos + 3 * g) + core::rotate(quat(m->geom_quat + 4 * g), b.centre));
    out.push_back(std::move(hull));
  }
  for (size_t i = 0; i < meshes_.size(); ++i) {
    const MeshShape& mesh = meshes_[i];
    if (mesh_links_[i] != link || !mesh.collides) continue;
    std::vector<Ball> hull;
    for (const Point& p : extreme_points(read_mesh_points(mesh.file), kHullDirections))
      hull.push_back({to_root(link, mesh.position + core::rotate(mesh.rotation, mesh.vertex(p))), 0});
    out.push_back(std::move(hull));
  }
  std::erase_if(out, [](const std::vector<Ball>& hull) { return hull.empty(); });
  return out;
}

bool Rig::meshes_collide() const {
  return std::any_of(meshes_.begin(), meshes_.end(), [](const MeshShape& mesh) { return mesh.collides; });
}

double Rig::extreme(int group_, double sign) const {
  const mjModel* m = model_.get();
  double best = -1e30;
  auto box = [&](int link, const Vec3& position, const Quat& rotation, const Vec3& low, const Vec3& high) {
    for (int c = 0; c < 8; ++c) {
      const Vec3 corner{c & 1 ? high[0] : low[0], c & 2 ? high[1] : low[1], c & 4 ? high[2] : low[2]};
      best = std::max(best, sign * to_root(link, position + core::rotate(rotation, corner))[2]);
    }
  };
  for (int l = 0; l < links_; ++l) {
    if (group(l) != group_) continue;
    best = std::max(best, sign * data_->xipos[3 * (l + 1) + 2]);
    for (int g = m->body_geomadr[l + 1]; g < m->body_geomadr[l + 1] + m->body_geomnum[l + 1]; ++g) {
      const Vec3 centre = vec3(m->geom_aabb + 6 * g), half = vec3(m->geom_aabb + 6 * g + 3);
      box(l, vec3(m->geom_pos + 3 * g), quat(m->geom_quat + 4 * g), centre - half, centre + half);
    }
    for (size_t i = 0; i < meshes_.size(); ++i)
      if (mesh_links_[i] == l) box(l, meshes_[i].position, meshes_[i].rotation, meshes_[i].low, meshes_[i].high);
  }
  return sign * best;
}

double Rig::bottom(int group_) const { return extreme(group_, -1); }
double Rig::top(int group_) const { return extreme(group_, 1); }

}  // namespace manybody::body
