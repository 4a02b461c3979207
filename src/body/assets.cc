#include "body/assets.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <set>

namespace manybody::body {
namespace fs = std::filesystem;
namespace {

// Where package://name/rest lies: in a folder `name` above the file, or with `name` being a folder above it.
std::string find_in_package(const std::string& reference, const fs::path& folder) {
  const size_t slash = reference.find('/');
  const std::string rest = slash == std::string::npos ? reference : reference.substr(slash + 1);
  std::error_code error;
  for (fs::path dir = folder;; dir = dir.parent_path()) {
    for (const fs::path& candidate : {dir / reference, dir / rest})
      if (fs::is_regular_file(candidate, error)) return fs::weakly_canonical(candidate, error).string();
    if (!dir.has_relative_path()) return (folder / rest).string();
  }
}

bool readable_mesh(const fs::path& file) {
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) { return std::tolower(c); });
  std::error_code error;
  return (extension == ".stl" || extension == ".obj" || extension == ".msh") && fs::is_regular_file(file, error);
}

fs::path mesh_path(const mjSpec* spec, const mjsMesh* mesh, const fs::path& folder) {
  fs::path file = mjs_getString(mesh->file);
  if (spec->strippath) file = file.filename();
  if (file.is_absolute()) return file;
  return folder / mjs_getString(spec->compiler.meshdir) / file;  // an absolute meshdir replaces the folder
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
  if (!replaced.empty()) notes.push_back(std::to_string(replaced.size()) + " links are drawn with primitives in place of missing meshes");
}

}  // namespace

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
    const std::string found = find_in_package(out.substr(at + package.size(), end - at - package.size()), folder);
    out.replace(at, end - at, found);
    at += found.size();
  }
  for (size_t at = 0; (at = out.find(file, at)) != std::string::npos;) out.erase(at, file.size());
  if (out.find("<mujoco") == std::string::npos) {
    const size_t robot = out.find("<robot");
    const size_t end = out.find('>', robot);
    if (end != std::string::npos && out[end - 1] != '/')
      out.insert(end + 1, "<mujoco><compiler discardvisual=\"false\" strippath=\"false\" fusestatic=\"false\" balanceinertia=\"true\"/></mujoco>");
  }
  (void)notes;
  return out;
}

void replace_missing_meshes(mjSpec_* spec, const std::string& path, std::vector<std::string>& notes) {
  const fs::path folder = fs::path(path).parent_path();
  std::set<std::string> missing;
  std::vector<mjsElement*> gone;
  std::string outside;
  for (mjsElement* e = mjs_firstElement(spec, mjOBJ_MESH); e; e = mjs_nextElement(spec, e)) {
    const mjsMesh* mesh = mjs_asMesh(e);
    const std::string file = mjs_getString(mesh->file);
    if (file.empty()) continue;
    const fs::path place = mesh_path(spec, mesh, folder);
    std::error_code error;
    const fs::path relative = fs::weakly_canonical(place, error).lexically_relative(fs::weakly_canonical(folder, error));
    if (outside.empty() && (relative.empty() || *relative.begin() == "..")) outside = place.lexically_normal().string();
    if (readable_mesh(place)) continue;
    std::string name = mjs_getString(mjs_getName(e));
    if (name.empty()) name = fs::path(file).stem().string();
    notes.push_back("mesh file '" + place.lexically_normal().string() + "' is missing or not STL, OBJ or MSH");
    missing.insert(name);
    gone.push_back(e);
  }
  if (!outside.empty()) notes.push_back("meshes outside the file's own folder are read, such as '" + outside + "'");
  if (missing.empty()) return;
  replace_in(spec, missing, notes);
  for (mjsElement* e : gone) mjs_delete(spec, e);
}

}  // namespace manybody::body
