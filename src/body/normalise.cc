#include "body/normalise.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <set>

#include "body/assets.h"
#include "body/xml.h"
#include "core/error.h"
#include "core/files.h"

namespace manybody::body {
namespace fs = std::filesystem;
namespace {

using core::UserError;

std::string name_of(mjsElement* e) { return mjs_getString(mjs_getName(e)); }

std::vector<mjsElement*> all(mjSpec* spec, mjtObj type) {
  std::vector<mjsElement*> out;
  for (mjsElement* e = mjs_firstElement(spec, type); e; e = mjs_nextElement(spec, e)) out.push_back(e);
  return out;
}

std::vector<mjsElement*> children(const mjsBody* body, mjtObj type, bool recurse = false) {
  std::vector<mjsElement*> out;
  for (mjsElement* e = mjs_firstChild(body, type, recurse); e; e = mjs_nextChild(body, e, recurse)) out.push_back(e);
  return out;
}

mjsBody* world_of(mjSpec* spec) { return mjs_findBody(spec, "world"); }

int hinges_below(mjsBody* body) {
  int count = 0;
  for (mjsElement* e : children(body, mjOBJ_JOINT, true)) count += mjs_asJoint(e)->type == mjJNT_HINGE;
  return count;
}

SpecPtr parse(const std::string& path, std::vector<std::string>& notes) {
  const std::string text = core::read_file(path);
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) throw UserError(path, "is empty", "an MJCF or URDF file");
  char error[1024] = "";
  WarningScope quiet;
  mjSpec* raw = nullptr;
  if (is_urdf(text)) {
    const std::string ready = prepare_urdf(text, path, notes);
    raw = mj_parseXMLString(ready.c_str(), nullptr, error, sizeof(error));
    if (raw) mjs_setString(raw->compiler.meshdir, fs::path(path).parent_path().c_str());
  } else {
    raw = mj_parseXML(path.c_str(), nullptr, error, sizeof(error));
  }
  if (!raw) {
    std::string message = error;
    std::replace(message.begin(), message.end(), '\n', ' ');
    const int line = line_in(message);
    throw UserError(line ? path + ":" + std::to_string(line) : path, "cannot be read: " + message, "an MJCF or URDF humanoid");
  }
  return own(raw);
}

// A scene's defaults would leak into every element added later; the file's own elements already carry theirs.
void clear_main_default(mjSpec* spec) {
  mjsDefault* main = mjs_getSpecDefault(spec);
  mjsGeom* g = main->geom;
  g->type = mjGEOM_SPHERE;
  g->contype = g->conaffinity = 1;
  g->condim = 3;
  g->priority = 0;
  g->margin = g->gap = 0;
  g->solmix = 1;
  g->group = 0;
  g->friction[0] = 1, g->friction[1] = 0.005, g->friction[2] = 0.0001;
  g->solref[0] = 0.02, g->solref[1] = 1;
  const double solimp[5] = {0.9, 0.95, 0.001, 0.5, 2};
  std::copy(solimp, solimp + 5, g->solimp);
  mjs_setString(g->material, "");
  mjs_setString(g->meshname, "");
}

void name_everything(mjSpec* spec) {
  int link = 0, joint = 0;
  for (mjsElement* e : all(spec, mjOBJ_BODY)) {
    if (name_of(e).empty()) mjs_setName(e, ("link_" + std::to_string(link)).c_str());
    ++link;
  }
  for (mjsElement* e : all(spec, mjOBJ_JOINT)) {
    if (name_of(e).empty()) mjs_setName(e, ("joint_" + std::to_string(joint)).c_str());
    ++joint;
  }
}

// An inertia that no mass distribution has (a moment that is not above 0) would not compile: it is lifted to the nearest that
// one has. Points of mass get the inertia of a ball as dense as water.
void repair_inertias(mjSpec* spec, std::vector<std::string>& notes) {
  constexpr double kLeast = 1e-9;  // kg m²
  std::string repaired;
  int count = 0;
  for (mjsElement* e : all(spec, mjOBJ_BODY)) {
    mjsBody* b = mjs_asBody(e);
    if (!b->explicitinertial || !(b->mass > 0 && b->mass < 1e6)) continue;
    const double* f = b->fullinertia;  // xx yy zz xy xz yz
    const bool full = !std::isnan(f[0]);
    mjtNum moments[3] = {b->inertia[0], b->inertia[1], b->inertia[2]}, axes[9], quat[4];
    if (full) {
      if (!std::all_of(f, f + 6, [](double v) { return std::isfinite(v) && std::abs(v) < 1e12; })) continue;
      const mjtNum matrix[9] = {f[0], f[3], f[4], f[3], f[1], f[5], f[4], f[5], f[2]};
      mju_eig3(moments, axes, quat, matrix);
    }
    if (std::min({moments[0], moments[1], moments[2]}) > 1e-12) continue;
    const double largest = std::max({moments[0], moments[1], moments[2], 0.4 * b->mass * std::pow(b->mass / 4189, 2.0 / 3)});
    for (int i = 0; i < 3; ++i) b->inertia[i] = std::max({moments[i], 0.01 * largest, kLeast});
    if (full) {
      std::copy(quat, quat + 4, b->iquat);
      b->ialt.type = mjORIENTATION_QUAT;
      b->fullinertia[0] = std::numeric_limits<double>::quiet_NaN();
    }
    if (++count <= 4) repaired += (repaired.empty() ? "'" : ", '") + name_of(e) + "'";
  }
  if (count)
    notes.push_back(std::to_string(count) + " links have inertias that no body can have, repaired: " + repaired +
                    (count > 4 ? ", ..." : ""));
}

// Gear, gain and limits of one actuator seen at its joint.
void add_drive(const mjModel* m, int a, Parsed& out) {
  if (m->actuator_trntype[a] != mjTRN_JOINT && m->actuator_trntype[a] != mjTRN_JOINTINPARENT) return;
  const int joint = m->actuator_trnid[2 * a];
  if (m->jnt_type[joint] != mjJNT_HINGE) return;
  const std::string name = mj_id2name(m, mjOBJ_JOINT, joint);
  Drive& drive = out.drives[name];
  if (!drive.actuated) out.actuated.push_back(name);
  drive.actuated = true;
  const double gear = std::abs(m->actuator_gear[6 * m->actuator_outadr[a]]);
  const mjtNum* gain = m->actuator_gainprm + mjNGAIN * a;
  const mjtNum* bias = m->actuator_biasprm + mjNBIAS * a;
  if (m->actuator_biastype[a] == mjBIAS_AFFINE && bias[1] < 0) {
    drive.has_gains = true;
    drive.kp += -bias[1] * gear * gear;
    drive.kd += std::max(0.0, -bias[2]) * gear * gear;
  } else if (m->actuator_biastype[a] == mjBIAS_NONE && m->actuator_gaintype[a] == mjGAIN_FIXED) {
    const int c = m->actuator_ctrladr[a];
    const double* range = m->actuator_ctrlrange + 2 * c;
    if (m->actuator_ctrllimited[c])
      drive.torque_max = std::max(std::abs(range[0]), std::abs(range[1])) * std::abs(gain[0]) * gear;
  }
  if (m->actuator_forcelimited[a]) {
    const double* range = m->actuator_forcerange + 2 * a;
    const double limit = std::max(std::abs(range[0]), std::abs(range[1])) * gear;
    drive.torque_max = drive.torque_max > 0 ? std::min(drive.torque_max, limit) : limit;
  }
}

void read_drives(const mjModel* m, Parsed& out) {
  for (int a = 0; a < m->nactuator; ++a) add_drive(m, a, out);
  const bool any = !out.actuated.empty();
  for (int j = 0; j < m->njnt; ++j) {
    if (m->jnt_type[j] != mjJNT_HINGE) continue;
    const std::string name = mj_id2name(m, mjOBJ_JOINT, j);
    Drive& drive = out.drives[name];
    if (!any) drive.actuated = true, out.actuated.push_back(name);
    if (m->jnt_actfrclimited[j]) {
      const double limit = std::max(std::abs(m->jnt_actfrcrange[2 * j]), std::abs(m->jnt_actfrcrange[2 * j + 1]));
      if (limit > 0) drive.torque_max = drive.torque_max > 0 ? std::min(drive.torque_max, limit) : limit;
    }
  }
  if (!any) out.notes.push_back("the file has no actuators: every hinge gets one");
}

// MuJoCo drops the velocity limits of a URDF.
void read_velocities(const std::string& source, Parsed& out) {
  const std::string text = core::read_file(source);
  if (!is_urdf(text)) return;
  const XmlText xml = scan_xml(text);
  for (const XmlElement& e : xml.elements) {
    if (e.tag != "limit" || e.parent < 0 || !e.attribute("velocity")) continue;
    const std::string* joint = xml.elements[e.parent].attribute("name");
    const double velocity = std::atof(e.attribute("velocity")->c_str());
    if (joint && out.drives.count(*joint) && std::isfinite(velocity) && velocity > 0) out.drives[*joint].velocity_max = velocity;
  }
}

void read_keyframes(const mjModel* m, Parsed& out) {
  for (int k = 0; k < m->nkey; ++k) {
    Keyframe frame;
    const char* name = mj_id2name(m, mjOBJ_KEY, k);
    frame.name = name ? name : "keyframe " + std::to_string(k);
    for (int j = 0; j < m->njnt; ++j) {
      if (m->jnt_type[j] != mjJNT_HINGE) continue;
      frame.angles[mj_id2name(m, mjOBJ_JOINT, j)] = m->key_qpos[static_cast<size_t>(k) * m->nq + m->jnt_qposadr[j]];
    }
    out.keyframes.push_back(frame);
  }
}

// Every link's mass as compiled, written out, so that later edits of geometry change no mass.
void fix_inertials(mjSpec* spec, const mjModel* m) {
  for (mjsElement* e : all(spec, mjOBJ_BODY)) {
    const int id = mj_name2id(m, mjOBJ_BODY, name_of(e).c_str());
    if (id <= 0 || m->body_mass[id] <= 0) continue;
    mjsBody* body = mjs_asBody(e);
    body->mass = m->body_mass[id];
    for (int i = 0; i < 3; ++i) body->ipos[i] = m->body_ipos[3 * id + i], body->inertia[i] = m->body_inertia[3 * id + i];
    for (int i = 0; i < 4; ++i) body->iquat[i] = m->body_iquat[4 * id + i];
    body->ialt.type = mjORIENTATION_QUAT;
    body->fullinertia[0] = std::numeric_limits<double>::quiet_NaN();
    body->explicitinertial = 1;
  }
  mjsCompiler& c = spec->compiler;
  c.boundmass = c.boundinertia = 0;
  c.settotalmass = -1;
  c.balanceinertia = 0;
  c.inertiafromgeom = mjINERTIAFROMGEOM_AUTO;
}

void check_masses(const mjModel* m, const std::string& source) {
  double total = 0;
  for (int b = 1; b < m->nbody; ++b) {
    const std::string link = "link '" + std::string(mj_id2name(m, mjOBJ_BODY, b)) + "'";
    const double mass = m->body_mass[b];
    if (!std::isfinite(mass) || mass < 0 || mass > 500)
      throw UserError(source, link + " has a mass of " + std::to_string(mass) + " kg", "0 to 500 kg");
    for (int i = 0; i < 3; ++i) {
      const double inertia = m->body_inertia[3 * b + i];
      if (!std::isfinite(inertia) || inertia > 1e3)
        throw UserError(source, link + " has a moment of inertia of " + std::to_string(inertia) + " kg m²", "below 1000 kg m²");
      if (mass > 0 && inertia > 4 * mass)  // a gyration radius of 2 m
        throw UserError(
            source, link + " (" + std::to_string(mass) + " kg) has a moment of inertia of " + std::to_string(inertia) + " kg m²",
            "at most " + std::to_string(4 * mass) + " kg m²");
    }
    total += mass;
  }
  if (total < 0.2 || total > 1000)
    throw UserError(source, "the whole body weighs " + std::to_string(total) + " kg", "0.2 to 1000 kg");
}

mjsBody* find_root(mjSpec* spec, const std::string& source) {
  mjsBody* root = nullptr;
  int most = 0;
  for (mjsElement* e : children(world_of(spec), mjOBJ_BODY)) {
    const int count = hinges_below(mjs_asBody(e));
    if (count > most) most = count, root = mjs_asBody(e);
  }
  if (!root) throw UserError(source, "has no link with hinge joints", "a humanoid: a floating root with hinged legs");
  return root;
}

void delete_all(mjSpec* spec, const std::vector<mjsElement*>& elements) {
  for (mjsElement* e : elements) mjs_delete(spec, e);
}

// Everything that belongs to a scene or to another simulator's way of driving.
void strip(mjSpec* spec, mjsBody* root, std::vector<std::string>& notes) {
  if (const size_t n = all(spec, mjOBJ_TENDON).size()) notes.push_back(std::to_string(n) + " tendons are left out");
  std::vector<mjtObj> kinds = {mjOBJ_KEY,  mjOBJ_SENSOR, mjOBJ_ACTUATOR, mjOBJ_PAIR,  mjOBJ_TUPLE, mjOBJ_NUMERIC,
                               mjOBJ_TEXT, mjOBJ_SKIN,   mjOBJ_FLEX,     mjOBJ_LIGHT, mjOBJ_CAMERA};
  for (mjsElement* e : all(spec, mjOBJ_EQUALITY))
    if (mjs_asEquality(e)->type == mjEQ_TENDON) mjs_delete(spec, e);
  for (mjtObj kind : kinds) delete_all(spec, all(spec, kind));
  delete_all(spec, all(spec, mjOBJ_TENDON));
  mjsBody* world = world_of(spec);
  delete_all(spec, children(world, mjOBJ_GEOM));
  delete_all(spec, children(world, mjOBJ_SITE));
  for (mjsElement* e : children(world, mjOBJ_BODY)) {
    if (e == root->element) continue;
    if (!children(mjs_asBody(e), mjOBJ_GEOM, true).empty())
      notes.push_back("'" + name_of(e) + "' is not part of the body: left out");
    mjs_delete(spec, e);
  }
  for (mjsElement* e : all(spec, mjOBJ_EXCLUDE)) {
    const mjsExclude* x = mjs_asExclude(e);
    if (!mjs_findBody(spec, mjs_getString(x->bodyname1)) || !mjs_findBody(spec, mjs_getString(x->bodyname2))) mjs_delete(spec, e);
  }
  spec->nkey = 0;
}

void make_floating(mjSpec* spec, mjsBody* root, const Parsed& parsed, std::vector<std::string>& notes) {
  bool floats = false;
  for (mjsElement* e : children(root, mjOBJ_JOINT)) {
    mjsJoint* joint = mjs_asJoint(e);
    if (joint->type == mjJNT_FREE) {
      floats = true;
      joint->align = mjALIGNFREE_FALSE;
      continue;
    }
    const auto drive = parsed.drives.find(name_of(e));
    const bool driven =
        drive != parsed.drives.end() && drive->second.actuated && joint->type == mjJNT_HINGE && !parsed.actuated.empty();
    if (driven && children(root, mjOBJ_JOINT).size() < 6)
      throw UserError(parsed.source,
                      "the root link '" + name_of(root->element) + "' is hinged to the world by '" + name_of(e) + "'",
                      "a root link that floats");
    notes.push_back("root joint '" + name_of(e) + "' is replaced by a free joint");
    mjs_delete(spec, e);
  }
  if (!floats) {
    mjsJoint* joint = mjs_addFreeJoint(root);
    joint->align = mjALIGNFREE_FALSE;
    mjs_setName(joint->element, "floating_base");
    notes.push_back("a free joint was added to '" + name_of(root->element) + "'");
  }
  spec->compiler.alignfree = 0;
  spec->compiler.fusestatic = 0;
  for (mjsElement* e : all(spec, mjOBJ_JOINT)) {
    const mjtJoint type = mjs_asJoint(e)->type;
    if (type != mjJNT_SLIDE && type != mjJNT_BALL) continue;
    notes.push_back(std::string(type == mjJNT_SLIDE ? "slide" : "ball") + " joint '" + name_of(e) + "' is held fixed");
    mjs_delete(spec, e);
  }
  for (mjsElement* e : all(spec, mjOBJ_EQUALITY)) {
    const mjsEquality* q = mjs_asEquality(e);
    const mjtObj type = q->type == mjEQ_JOINT ? mjOBJ_JOINT : q->objtype;
    const std::string a = mjs_getString(q->name1), b = mjs_getString(q->name2);
    const bool lost =
        (!a.empty() && !mjs_findElement(spec, type, a.c_str())) || (!b.empty() && !mjs_findElement(spec, type, b.c_str()));
    if (lost) mjs_delete(spec, e);
  }
}

// Files written for explicit contact pairs switch every geom off: which ones are meant to collide is then read from their kind.
void settle_collisions(mjsBody* root, std::vector<std::string>& notes) {
  std::vector<mjsGeom*> geoms;
  for (mjsElement* e : children(root, mjOBJ_GEOM, true)) geoms.push_back(mjs_asGeom(e));
  bool any = false;
  for (const mjsGeom* g : geoms) any |= g->contype || g->conaffinity;
  if (!any) {
    for (mjsGeom* g : geoms) g->contype = g->group >= 3 || g->type != mjGEOM_MESH;
    notes.push_back("no geom collides by itself (contact pairs): primitives and groups above 2 are taken as collision geometry");
  }
  for (mjsGeom* g : geoms) {
    if (!g->contype && !g->conaffinity) continue;
    g->contype = g->conaffinity = 1;
    g->condim = std::max(g->condim, 3);
    g->margin = g->gap = 0;
  }
}

std::string find_imu(mjsBody* root) {
  std::string best;
  for (mjsElement* e : children(root, mjOBJ_SITE, true)) {
    std::string name = name_of(e), lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
    if (lower.find("imu") == std::string::npos) continue;
    if (best.empty() || mjs_getParent(e) == root) best = name;  // the root's own is the first choice
    if (mjs_getParent(e) == root) break;
  }
  return best;
}

}  // namespace

int line_in(const std::string& message) {
  for (size_t at = 0; (at = message.find("ine ", at)) != std::string::npos; at += 4) {
    if (at == 0 || (message[at - 1] != 'l' && message[at - 1] != 'L')) continue;
    const int line = std::atoi(message.c_str() + at + 4);
    if (line > 0) return line;
  }
  return 0;
}

Parsed read_model(const std::string& path) {
  std::error_code error;
  const std::string source = fs::absolute(path, error).lexically_normal().string();
  if (!core::file_exists(source)) throw UserError(path, "does not exist", "an MJCF (.xml) or URDF file");
  Parsed out;
  out.source = source;
  out.spec = parse(source, out.notes);
  mjSpec* spec = out.spec.get();
  out.files = settle_assets(spec, source, out.notes);
  name_everything(spec);
  repair_inertias(spec, out.notes);
  spec->memory = -1;  // sizes a file asks for are not ours to allocate
  spec->njmax = spec->nconmax = -1;
  spec->nstack = -1;
  spec->compiler.fusestatic = 0;
  spec->compiler.discardvisual = 0;
  {
    std::vector<MeshShape> unused;
    const SpecPtr lean = own(lean_copy(spec, out.files, unused));
    const ModelPtr model = compile(lean.get(), source);
    check_masses(model.get(), source);
    read_drives(model.get(), out);
    read_keyframes(model.get(), out);
    fix_inertials(spec, model.get());
    read_velocities(source, out);
  }
  mjsBody* root = find_root(spec, source);
  strip(spec, root, out.notes);
  make_floating(spec, root, out, out.notes);
  for (int i = 0; i < 3; ++i) root->pos[i] = 0;
  for (int i = 0; i < 4; ++i) root->quat[i] = i == 0;
  root->alt.type = mjORIENTATION_QUAT;
  settle_collisions(root, out.notes);
  clear_main_default(spec);
  out.imu_site = find_imu(root);
  out.lean = own(lean_copy(spec, out.files, out.meshes));
  return out;
}

void reorient(Parsed& parsed, const core::Quat& turn) {
  mjSpec* spec = parsed.spec.get();
  mjsBody* root = find_root(spec, parsed.source);
  mjsFrame* frame = mjs_addFrame(root, nullptr);
  for (int i = 0; i < 4; ++i) frame->quat[i] = turn[i];
  for (mjtObj type : {mjOBJ_FRAME, mjOBJ_BODY, mjOBJ_GEOM, mjOBJ_SITE})
    for (mjsElement* e : children(root, type))
      if (e != frame->element && !mjs_getFrame(e)) mjs_setFrame(e, frame);
  const core::Vec3 com = core::rotate(turn, {root->ipos[0], root->ipos[1], root->ipos[2]});
  const core::Quat axes = core::mul(turn, {root->iquat[0], root->iquat[1], root->iquat[2], root->iquat[3]});
  for (int i = 0; i < 3; ++i) root->ipos[i] = com[i];
  for (int i = 0; i < 4; ++i) root->iquat[i] = axes[i];
  parsed.meshes.clear();
  parsed.lean = own(lean_copy(spec, parsed.files, parsed.meshes));
  parsed.notes.push_back("the root link's frame is turned to x forward, y left, z up");
}

}  // namespace manybody::body
