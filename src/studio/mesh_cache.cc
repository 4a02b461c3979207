// The disk side of mesh_pack.h: packs kept under the key of what they were made from.
#include <mujoco/mujoco.h>
#include <zlib.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "body/body.h"
#include "body/library.h"
#include "core/error.h"
#include "core/files.h"
#include "studio/mesh_pack.h"

namespace manybody::studio {
namespace fs = std::filesystem;
namespace {

constexpr int kPackVersion = 1;  // raise when packs made before should not be used

// Text that differs whenever the pack would.
class Description {
 public:
  void add(double v) {
    char text[40];
    std::snprintf(text, sizeof text, "%.17g,", v);
    text_ += text;
  }
  template <class T>
  void add_list(const T* values, int n) {
    for (int i = 0; i < n; ++i) add(static_cast<double>(values[i]));
  }
  void add(const mjString* s) { text_ += std::string(mjs_getString(s)) + ";"; }
  void add(const std::string& s) { text_ += s + ";"; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void describe_geom(const mjsGeom& g, Description& d) {
  d.add(static_cast<double>(g.type));
  d.add_list(g.pos, 3), d.add_list(g.quat, 4), d.add_list(g.fromto, 6), d.add_list(g.size, 3), d.add_list(g.rgba, 4);
  d.add_list(g.alt.axisangle, 4), d.add_list(g.alt.xyaxes, 6), d.add_list(g.alt.zaxis, 3), d.add_list(g.alt.euler, 3);
  d.add(static_cast<double>(g.alt.type)), d.add(g.fitscale);
  d.add(g.contype), d.add(g.conaffinity), d.add(g.group);
  d.add(g.meshname), d.add(g.material);
}

void describe_mesh(mjSpec& spec, const mjsMesh& mesh, Description& d) {
  d.add(mjs_getName(mesh.element)), d.add(mesh.file);
  d.add_list(mesh.refpos, 3), d.add_list(mesh.refquat, 4), d.add_list(mesh.scale, 3);
  d.add_list(mesh.uservert->data(), static_cast<int>(mesh.uservert->size()));
  const fs::path file = mjs_getString(mesh.file);
  if (file.empty()) return;
  const fs::path place = fs::path(mjs_getString(spec.modelfiledir)) / mjs_getString(spec.compiler.meshdir) /
                         (spec.strippath ? file.filename() : file);
  std::error_code error;
  d.add(static_cast<double>(fs::file_size(place, error)));
  if (error) return;
  d.add(std::to_string(fs::last_write_time(place, error).time_since_epoch().count()));
}

std::optional<size_t> inflated_size(const std::string& gzip, bool& is_pack) {
  z_stream z{};
  if (inflateInit2(&z, 15 + 16) != Z_OK) return std::nullopt;
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data()));
  z.avail_in = static_cast<uInt>(gzip.size());
  std::string block(1 << 16, '\0');
  int result = Z_OK;
  bool first = true;
  while (result == Z_OK) {
    z.next_out = reinterpret_cast<Bytef*>(block.data());
    z.avail_out = static_cast<uInt>(block.size());
    result = inflate(&z, Z_NO_FLUSH);
    if (first) is_pack = block.starts_with("MBM1");
    first = false;
  }
  const size_t size = z.total_out;
  inflateEnd(&z);
  if (result != Z_STREAM_END) return std::nullopt;
  return size;
}

// A pack from disk only when it is whole: its checksum is part of gzip.
std::shared_ptr<const MeshPack> read_cached(const std::string& path) {
  if (path.empty() || !core::file_exists(path)) return nullptr;
  auto pack = std::make_shared<MeshPack>();
  try {
    pack->gzip = core::read_file(path);
  } catch (const core::UserError&) {
    return nullptr;
  }
  bool is_pack = false;
  const auto size = inflated_size(pack->gzip, is_pack);
  if (!size || !is_pack) return nullptr;
  pack->raw_bytes = *size;
  pack->etag = mesh_tag(pack->gzip);
  pack->from_cache = true;
  return pack;
}

struct FreeModel {
  void operator()(mjModel* m) const { mj_deleteModel(m); }
};
struct FreeSpec {
  void operator()(mjSpec* s) const { mj_deleteSpec(s); }
};

std::shared_ptr<const MeshPack> compile_and_make(const body::Body& body, Detail detail) {
  const std::unique_ptr<mjSpec, FreeSpec> copy(mj_copySpec(body.spec.get()));  // compiling changes a spec
  MB_CHECK(copy != nullptr);
  const std::unique_ptr<mjModel, FreeModel> model(mj_compile(copy.get(), nullptr));
  if (!model) throw core::UserError(body.source, mjs_getError(copy.get()), "a model that compiles");
  for (int b = 1; b < model->nbody; ++b) {
    const std::string name = model->names + model->name_bodyadr[b];
    const auto link = static_cast<size_t>(b) - 1;
    if (link >= body.links.size() || body.links[link].name != name) {
      throw core::UserError(body.source, "its links are in another order than the body's at '" + name + "'");
    }
  }
  return std::make_shared<const MeshPack>(make_mesh_pack(*model, body.name, detail));
}

}  // namespace

std::string mesh_cache_directory() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache && *cache) return std::string(cache) + "/manybody";
  if (const char* home = std::getenv("HOME"); home && *home) return std::string(home) + "/.cache/manybody";
  return "";
}

uint64_t mesh_key(mjSpec_& spec, Detail detail) {
  Description d;
  d.add(kPackVersion);
  if (detail == Detail::far) d.add(std::string("far"));
  for (mjsElement* e = mjs_firstElement(&spec, mjOBJ_BODY); e; e = mjs_nextElement(&spec, e)) d.add(mjs_getName(e));
  for (mjsElement* e = mjs_firstElement(&spec, mjOBJ_GEOM); e; e = mjs_nextElement(&spec, e)) {
    if (const mjsBody* parent = mjs_getParent(e)) d.add(mjs_getName(parent->element));
    describe_geom(*mjs_asGeom(e), d);
  }
  for (mjsElement* e = mjs_firstElement(&spec, mjOBJ_MESH); e; e = mjs_nextElement(&spec, e)) {
    describe_mesh(spec, *mjs_asMesh(e), d);
  }
  for (mjsElement* e = mjs_firstElement(&spec, mjOBJ_MATERIAL); e; e = mjs_nextElement(&spec, e)) {
    d.add(mjs_getName(e)), d.add_list(mjs_asMaterial(e)->rgba, 4);
  }
  for (mjsElement* e = mjs_firstElement(&spec, mjOBJ_TEXTURE); e; e = mjs_nextElement(&spec, e)) {
    d.add(mjs_getName(e)), d.add(mjs_asTexture(e)->file), d.add_list(mjs_asTexture(e)->rgb1, 3);
  }
  return core::hash_text(d.text());
}

std::shared_ptr<const MeshPack> load_mesh_pack(const body::Body& body, const std::string& cache, Detail detail) {
  MB_CHECK(body.spec != nullptr);
  std::string path;
  if (!cache.empty()) {
    char name[64];
    std::snprintf(name, sizeof name, "%016llx.mbm1.gz", static_cast<unsigned long long>(mesh_key(*body.spec, detail)));
    path = cache + "/" + name;
  }
  if (auto pack = read_cached(path)) return pack;
  auto pack = compile_and_make(body, detail);
  if (path.empty()) return pack;
  try {
    core::make_directories(cache);
    core::write_file(path, pack->gzip);
  } catch (const core::UserError&) {
    // A cache that cannot be written only costs the making next time; the pack itself is whole.
  }
  return pack;
}

std::shared_ptr<const MeshPack> load_mesh_pack(const std::string& name_or_path, const std::string& cache, Detail detail) {
  return load_mesh_pack(body::load_body(name_or_path), cache, detail);
}

}  // namespace manybody::studio
