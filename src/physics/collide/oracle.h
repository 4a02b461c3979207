// Test and benchmark helper: MuJoCo's contacts between two geoms at given poses, and random poses about contact.
#pragma once

#include <mujoco/mujoco.h>

#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/rng.h"
#include "physics/collide/collide.h"

namespace manybody::physics::collide {

struct FreeModel {
  void operator()(mjModel* m) const { mj_deleteModel(m); }
  void operator()(mjData* d) const { mj_deleteData(d); }
  void operator()(mjSpec* s) const { mj_deleteSpec(s); }
};
using ModelPtr = std::unique_ptr<mjModel, FreeModel>;
using DataPtr = std::unique_ptr<mjData, FreeModel>;

inline ModelPtr compile_text(const std::string& xml) {
  char error[1000] = "";
  std::unique_ptr<mjSpec, FreeModel> spec(mj_parseXMLString(xml.c_str(), nullptr, error, sizeof error));
  if (!spec) throw std::runtime_error(error);
  ModelPtr model(mj_compile(spec.get(), nullptr));
  if (!model) throw std::runtime_error(mjs_getError(spec.get()));
  return model;
}

// What to put in a <geom>: "type='box' size='.1 .2 .3'", and an <asset> that it may need.
struct GeomText {
  std::string name, attributes, asset;
  bool fixed = false;  // plane, height field: on the world
};

inline std::string number(double v) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", v);
  return text;
}

inline GeomText random_mesh(core::Rng& rng, int vertices, double size) {
  std::string points;
  for (int i = 0; i < 3 * vertices; ++i) points += number(size * rng.uniform(-1, 1)) + " ";
  return {"mesh" + std::to_string(vertices), "type='mesh' mesh='@'", "<mesh name='@' vertex='" + points + "'/>", false};
}

// A prism whose ends are polygons with many corners, at angles that are not alike: no two quadrilaterals have one area.
inline GeomText prism_mesh(core::Rng& rng, int sides, double radius, double half) {
  std::string points;
  for (int i = 0; i < sides; ++i) {
    const double angle = 2 * M_PI * (i + rng.uniform(-0.3, 0.3)) / sides;
    const double c = radius * std::cos(angle), s = radius * std::sin(angle);
    for (const double z : {-half, half}) points += number(c) + " " + number(s) + " " + number(z) + " ";
  }
  return {"prism" + std::to_string(sides), "type='mesh' mesh='@'", "<mesh name='@' vertex='" + points + "'/>", false};
}

inline GeomText random_field(core::Rng& rng, int rows, int columns) {
  std::string heights;
  for (int i = 0; i < rows * columns; ++i) heights += number(rng.uniform()) + " ";
  return {"field", "type='hfield' hfield='@'",
          "<hfield name='@' nrow='" + std::to_string(rows) + "' ncol='" + std::to_string(columns) +
              "' size='1 0.8 0.2 0.1' elevation='" + heights + "'/>",
          true};
}

inline std::string with_name(std::string text, const std::string& name) {
  for (size_t at; (at = text.find('@')) != std::string::npos;) text.replace(at, 1, name);
  return text;
}

// Two geoms, each on a free body (or on the world), and MuJoCo's answer for any pose of theirs.
class Oracle {
 public:
  Oracle(const GeomText& a, const GeomText& b, double margin_of_pair) : margin(margin_of_pair) {
    std::string xml = "<mujoco><asset>" + with_name(a.asset, "a") + with_name(b.asset, "b") + "</asset><worldbody>";
    for (const auto& [text, name] : {std::pair{&a, "a"}, std::pair{&b, "b"}}) {
      const std::string geom = "<geom name='" + std::string(name) + "' " + with_name(text->attributes, name) + " margin='" +
                               number(margin / 2) + "'/>";
      xml += text->fixed ? geom : "<body><freejoint/>" + geom + "</body>";
    }
    model = compile_text(xml + "</worldbody></mujoco>");
    data.reset(mj_makeData(model.get()));
    g1 = mj_name2id(model.get(), mjOBJ_GEOM, "a");
    g2 = mj_name2id(model.get(), mjOBJ_GEOM, "b");
    if (model->geom_type[g1] > model->geom_type[g2]) std::swap(g1, g2);
  }

  void set_pose(int geom, const double position[3], const double quaternion[4]) {
    const int body = model->geom_bodyid[geom];
    if (body == 0) return;
    const int address = model->jnt_qposadr[model->body_jntadr[body]];
    mju_copy3(data->qpos + address, position);
    mju_copy4(data->qpos + address + 3, quaternion);
  }
  void place() {
    mj_kinematics(model.get(), data.get());
    mj_comPos(model.get(), data.get());
  }
  int collide() {
    mj_collision(model.get(), data.get());
    return data->ncon;
  }
  template <class T>
  Pose<T> pose(int geom) const {
    Pose<T> p;
    for (int i = 0; i < 3; ++i) p.position[i] = static_cast<T>(data->geom_xpos[3 * geom + i]);
    for (int i = 0; i < 9; ++i) p.rotation[i] = static_cast<T>(data->geom_xmat[9 * geom + i]);
    return p;
  }
  double reach() const {
    double r = 0;
    for (const int g : {g1, g2})
      r += model->geom_type[g] == mjGEOM_PLANE || model->geom_type[g] == mjGEOM_HFIELD ? 0 : model->geom_rbound[g];
    return r;
  }

  // Random orientations; distance about contact (mostly), or anything from concentric to apart.
  void random_pose(core::Rng& rng) {
    double q[4], p[3];
    for (const int g : {g1, g2}) {
      for (double& v : q) v = rng.normal();
      mju_normalize4(q);
      for (double& v : p) v = rng.uniform(-0.1, 0.1);
      set_pose(g, p, q);
    }
    const bool field = model->geom_type[g1] == mjGEOM_HFIELD;
    if (field) p[0] = rng.uniform(-1.1, 1.1), p[1] = rng.uniform(-0.9, 0.9);
    const bool flat = field || model->geom_type[g1] == mjGEOM_PLANE;
    double direction[3] = {rng.normal(), rng.normal(), rng.normal()};
    if (flat) direction[0] = direction[1] = 0, direction[2] = 1;
    mju_normalize3(direction);
    const bool near = rng.uniform() < 0.7 && !field;
    const double away = near ? 1.3 * reach() : rng.uniform(0, 1.1) * reach();
    mju_addToScl3(p, direction, away);
    set_pose(g2, p, q);
    place();
    if (!near) return;
    double ends[6];
    const double gap = mj_geomDistance(model.get(), data.get(), g1, g2, 10, ends);
    double step[3];
    mju_sub3(step, ends + 3, ends);
    if (mju_normalize3(step) < 1e-9) return;
    mju_addToScl3(p, step, -(gap - rng.uniform(-0.05, 0.03) * reach()));
    set_pose(g2, p, q);
    place();
  }

  ModelPtr model;
  DataPtr data;
  int g1 = 0, g2 = 0;
  double margin;
};

}  // namespace manybody::physics::collide
