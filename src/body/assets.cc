#include "body/assets.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <set>

#include "body/collada.h"
#include "core/error.h"
#include "core/files.h"

namespace manybody::body {
namespace fs = std::filesystem;
namespace {

std::vector<mjsElement*> elements(mjSpec* spec, mjtObj type) {
  std::vector<mjsElement*> out;
  for (mjsElement* e = mjs_firstElement(spec, type); e; e = mjs_nextElement(spec, e)) out.push_back(e);
  return out;
}

std::string mesh_name(mjsElement* e) {
  const std::string name = mjs_getString(mjs_getName(e));
  return name.empty() ? fs::path(mjs_getString(mjs_asMesh(e)->file)).stem().string() : name;
}

core::Quat orientation(const mjSpec* spec, const double quat[4], const mjsOrientation& alt) {
  core::Quat q{quat[0], quat[1], quat[2], quat[3]};
  if (alt.type != mjORIENTATION_QUAT) {
    double r[4];
    if (!mjs_resolveOrientation(r, spec->compiler.degree, spec->compiler.eulerseq, &alt)) q = {r[0], r[1], r[2], r[3]};
  }
  return core::normalized(q);
}

// Where a mesh geom lies in its link, frames around it included.
MeshShape shape_of(const mjSpec* spec, const mjsGeom* geom, const mjsBody* body, const MeshFile& file) {
  MeshShape shape;
  shape.link = mjs_getString(mjs_getName(body->element));
  shape.file = file.path;
  shape.collides = geom->contype || geom->conaffinity;
  const mjsMesh* mesh = mjs_asMesh(mjs_findElement(spec, mjOBJ_MESH, mjs_getString(geom->meshname)));
  if (mesh) {
    for (int i = 0; i < 3; ++i) shape.scale[i] = mesh->scale[i], shape.refpos[i] = mesh->refpos[i];
    shape.refrot = core::normalized({mesh->refquat[0], mesh->refquat[1], mesh->refquat[2], mesh->refquat[3]});
  }
  shape.position = {geom->pos[0], geom->pos[1], geom->pos[2]};
  shape.rotation = orientation(spec, geom->quat, geom->alt);
  for (const mjsFrame* frame = mjs_getFrame(geom->element); frame; frame = mjs_getFrame(frame->element)) {
    const core::Quat turn = orientation(spec, frame->quat, frame->alt);
    const core::Vec3 moved = core::rotate(turn, shape.position);
    for (int i = 0; i < 3; ++i) shape.position[i] = frame->pos[i] + moved[i];
    shape.rotation = core::mul(turn, shape.rotation);
  }
  shape.low = {1e30, 1e30, 1e30}, shape.high = {-1e30, -1e30, -1e30};
  for (int c = 0; c < 8; ++c) {
    const core::Vec3 v = shape.vertex({static_cast<float>(c & 1 ? file.high[0] : file.low[0]),
                                       static_cast<float>(c & 2 ? file.high[1] : file.low[1]),
                                       static_cast<float>(c & 4 ? file.high[2] : file.low[2])});
    for (int i = 0; i < 3; ++i) shape.low[i] = std::min(shape.low[i], v[i]), shape.high[i] = std::max(shape.high[i], v[i]);
  }
  return shape;
}

void drop_missing_textures(mjSpec* spec, const fs::path& folder, std::vector<std::string>& notes) {
  std::set<std::string> missing;
  for (mjsElement* e : elements(spec, mjOBJ_TEXTURE)) {
    const mjsTexture* texture = mjs_asTexture(e);
    const std::string file = mjs_getString(texture->file);
    if (file.empty()) continue;
    const fs::path place =
        fs::path(file).is_absolute() ? fs::path(file) : folder / mjs_getString(spec->compiler.texturedir) / file;
    std::error_code error;
    if (fs::is_regular_file(place, error)) continue;
    notes.push_back("texture file '" + place.lexically_normal().string() + "' is missing: left out");
    const std::string name = mjs_getString(mjs_getName(e));
    missing.insert(name.empty() ? fs::path(file).stem().string() : name);
    mjs_delete(spec, e);
  }
  if (missing.empty()) return;
  for (mjsElement* e : elements(spec, mjOBJ_MATERIAL)) {
    mjsMaterial* material = mjs_asMaterial(e);
    for (size_t i = 0; i < material->textures->size(); ++i)
      if (missing.count((*material->textures)[i])) mjs_setInStringVec(material->textures, static_cast<int>(i), "");
  }
}

fs::path mesh_path(const mjSpec* spec, const mjsMesh* mesh, const fs::path& folder) {
  fs::path file = mjs_getString(mesh->file);
  if (spec->strippath) file = file.filename();
  if (file.is_absolute()) return file;
  return folder / mjs_getString(spec->compiler.meshdir) / file;  // an absolute meshdir replaces the folder
}

bool is_collada(const fs::path& path) { return path.extension() == ".dae" || path.extension() == ".DAE"; }

// MuJoCo reads no COLLADA: its triangles go into the spec itself.
void embed_collada(mjsMesh* mesh, const ColladaMesh& read, const std::string& name) {
  std::vector<float> points;
  for (const Point& p : read.points) points.insert(points.end(), p.begin(), p.end());
  mjs_setFloat(mesh->uservert, points.data(), static_cast<int>(points.size()));
  mjs_setInt(mesh->userface, read.corners.data(), static_cast<int>(read.corners.size()));
  mjs_setName(mesh->element, name.c_str());
  mjs_setString(mesh->file, "");
  mesh->inertia = mjMESH_INERTIA_SHELL;
}

// The box with the link's mass distribution; a capsule towards the first child, or a small ball, where none is given.
void make_primitive(mjsGeom* geom, mjsBody* body) {
  geom->alt.type = mjORIENTATION_QUAT;
  mjs_setString(geom->meshname, "");
  geom->fromto[0] = std::numeric_limits<double>::quiet_NaN();
  if (body->explicitinertial && body->mass > 0 && std::isnan(body->fullinertia[0])) {
    const double* I = body->inertia;
    geom->type = mjGEOM_BOX;
    for (int i = 0; i < 3; ++i) {
      const double square = 1.5 * (I[(i + 1) % 3] + I[(i + 2) % 3] - I[i]) / body->mass;
      geom->size[i] = std::clamp(std::sqrt(std::max(square, 1e-6)), 0.005, 0.3);
      geom->pos[i] = body->ipos[i];
    }
    for (int i = 0; i < 4; ++i) geom->quat[i] = body->iquat[i];
    geom->alt = body->ialt;
    return;
  }
  mjsElement* child = mjs_firstChild(body, mjOBJ_BODY, 0);
  const double* to = child ? mjs_asBody(child)->pos : nullptr;
  const double length = to ? std::sqrt(to[0] * to[0] + to[1] * to[1] + to[2] * to[2]) : 0;
  for (int i = 0; i < 3; ++i) geom->pos[i] = 0;
  for (int i = 0; i < 4; ++i) geom->quat[i] = i == 0;
  if (length > 0.04) {
    geom->type = mjGEOM_CAPSULE;
    for (int i = 0; i < 3; ++i) geom->fromto[i] = 0.1 * to[i], geom->fromto[3 + i] = 0.9 * to[i];
    geom->size[0] = std::clamp(0.12 * length, 0.01, 0.08);
  } else {
    geom->type = mjGEOM_SPHERE;
    const bool massive = body->explicitinertial && body->mass > 0;
    geom->size[0] = massive ? std::clamp(std::cbrt(body->mass / 4189.0), 0.01, 0.15) : 0.03;
  }
}

void replace_in(mjSpec* spec, const std::set<std::string>& missing, std::vector<std::string>& notes) {
  std::map<mjsBody*, mjsGeom*> replaced;
  std::vector<mjsElement*> surplus;
  for (mjsElement* e = mjs_firstElement(spec, mjOBJ_GEOM); e; e = mjs_nextElement(spec, e)) {
    mjsGeom* geom = mjs_asGeom(e);
    if (!missing.count(mjs_getString(geom->meshname))) continue;
    mjsBody* body = mjs_getParent(e);
    auto [place, first] = replaced.emplace(body, geom);
    if (first) {
      make_primitive(geom, body);
    } else {
      place->second->contype |= geom->contype;
      place->second->conaffinity |= geom->conaffinity;
      surplus.push_back(e);
    }
  }
  for (mjsElement* e : surplus) mjs_delete(spec, e);
  if (!replaced.empty())
    notes.push_back(std::to_string(replaced.size()) + " links are drawn with primitives in place of missing meshes");
}

}  // namespace

// A package's own folder may be unpacked under another name or without the folders above it: the path is tried whole and
// without its first words, from the file's folder upwards.
std::string find_in_package(const std::string& reference, const std::string& from) {
  const fs::path folder = from;
  const size_t slash = reference.find('/');
  const std::string rest = slash == std::string::npos ? reference : reference.substr(slash + 1);
  std::error_code error;
  for (fs::path dir = folder;; dir = dir.parent_path()) {
    for (std::string tail = reference; tail.find('/') != std::string::npos || tail == rest;
         tail = tail.substr(tail.find('/') + 1)) {
      if (fs::is_regular_file(dir / tail, error)) return fs::weakly_canonical(dir / tail, error).string();
      if (tail.find('/') == std::string::npos) break;
    }
    if (!dir.has_relative_path()) return (folder / rest).string();
  }
}

bool is_urdf(const std::string& text) {
  for (size_t at = 0; (at = text.find('<', at)) != std::string::npos; ++at) {
    if (text.compare(at, 4, "<!--") == 0) {
      at = text.find("-->", at);
      if (at == std::string::npos) return false;
    } else if (at + 1 < text.size() && (std::isalpha(static_cast<unsigned char>(text[at + 1])))) {
      return text.compare(at, 6, "<robot") == 0;
    }
  }
  return false;
}

std::string prepare_urdf(const std::string& text, const std::string& path, std::vector<std::string>& notes) {
  std::string out = text;
  const fs::path folder = fs::path(path).parent_path();
  const std::string package = "package://", file = "file://";
  for (size_t at = 0; (at = out.find(package, at)) != std::string::npos;) {
    const size_t end = out.find_first_of("\"'", at);
    if (end == std::string::npos) break;
    const std::string found = find_in_package(out.substr(at + package.size(), end - at - package.size()), folder.string());
    out.replace(at, end - at, found);
    at += found.size();
  }
  for (size_t at = 0; (at = out.find(file, at)) != std::string::npos;) out.erase(at, file.size());
  if (out.find("<mujoco") == std::string::npos) {
    const size_t robot = out.find("<robot");
    const size_t end = out.find('>', robot);
    if (end != std::string::npos && out[end - 1] != '/')
      out.insert(end + 1,
                 "<mujoco><compiler discardvisual=\"false\" strippath=\"false\" fusestatic=\"false\" "
                 "balanceinertia=\"true\"/></mujoco>");
  }
  (void)notes;
  return out;
}

std::map<std::string, MeshFile> settle_assets(mjSpec_* spec, const std::string& path, std::vector<std::string>& notes) {
  const fs::path folder = fs::path(path).parent_path();
  std::map<std::string, MeshFile> out;
  std::set<std::string> missing;
  std::vector<mjsElement*> gone;
  std::string outside;
  for (mjsElement* e = mjs_firstElement(spec, mjOBJ_MESH); e; e = mjs_nextElement(spec, e)) {
    const mjsMesh* mesh = mjs_asMesh(e);
    const std::string file = mjs_getString(mesh->file);
    if (file.empty()) continue;
    const fs::path place = mesh_path(spec, mesh, folder).lexically_normal();
    std::error_code error;
    const fs::path relative = fs::weakly_canonical(place, error).lexically_relative(fs::weakly_canonical(folder, error));
    if (outside.empty() && (relative.empty() || *relative.begin() == "..")) outside = place.string();
    ColladaMesh collada;
    if (is_collada(place) && core::file_exists(place.string())) collada = read_collada(core::read_file(place.string()));
    const std::vector<Point> points = is_collada(place) ? collada.points : read_mesh_points(place.string());
    const std::string name = mesh_name(e);
    if (!points.empty()) {
      MeshFile found{place.string(), {1e30, 1e30, 1e30}, {-1e30, -1e30, -1e30}};
      for (const Point& p : points)
        for (int i = 0; i < 3; ++i)
          found.low[i] = std::min<double>(found.low[i], p[i]), found.high[i] = std::max<double>(found.high[i], p[i]);
      if (is_collada(place)) embed_collada(mjs_asMesh(e), collada, name);
      out[name] = found;
      continue;
    }
    notes.push_back("mesh file '" + place.string() + "' is " +
                    (fs::exists(place, error) ? "broken or not STL, OBJ, MSH or DAE" : "missing"));
    missing.insert(name);
    gone.push_back(e);
  }
  if (!outside.empty()) notes.push_back("meshes outside the file's own folder are read, such as '" + outside + "'");
  drop_missing_textures(spec, folder, notes);
  if (missing.empty()) return out;
  replace_in(spec, missing, notes);
  for (mjsElement* e : gone) mjs_delete(spec, e);
  return out;
}

mjSpec_* lean_copy(const mjSpec_* spec, const std::map<std::string, MeshFile>& files, std::vector<MeshShape>& shapes) {
  mjSpec* lean = mj_copySpec(spec);
  MB_CHECK(lean != nullptr);
  std::set<std::string> needed;
  for (mjsElement* e : elements(lean, mjOBJ_GEOM)) {
    mjsGeom* geom = mjs_asGeom(e);
    mjs_setString(geom->material, "");
    const std::string mesh = mjs_getString(geom->meshname);
    if (mesh.empty()) continue;
    const mjsBody* body = mjs_getParent(e);
    const auto file = files.find(mesh);
    const bool weighs = lean->compiler.inertiafromgeom == mjINERTIAFROMGEOM_TRUE || !body->explicitinertial;
    if (geom->type != mjGEOM_MESH || file == files.end() || weighs) {
      needed.insert(mesh);
      continue;
    }
    shapes.push_back(shape_of(lean, geom, body, file->second));
    mjs_delete(lean, e);
  }
  for (mjtObj type : {mjOBJ_SENSOR, mjOBJ_PAIR, mjOBJ_MATERIAL, mjOBJ_TEXTURE, mjOBJ_SKIN, mjOBJ_TUPLE})
    for (mjsElement* e : elements(lean, type)) mjs_delete(lean, e);
  for (mjsElement* e : elements(lean, mjOBJ_MESH))
    if (!needed.count(mesh_name(e))) mjs_delete(lean, e);
  return lean;
}

}  // namespace manybody::body
