// The shape of a body for the page: its visible geometry as triangles, simplified and compressed once, kept on disk.
//
// Reads: Body::spec (compiled here; meshes from its files), and nothing else of the body than its name.
// Writes: MeshPack: the bytes of docs/protocol.md ("Mesh pack"), gzip. One part for each link and colour, in the link's frame.
// Method: what MuJoCo's viewer shows (geometry groups 0–2), without collision shapes of links that have visual ones;
//         vertices quantised to u16 and welded; edge collapse (meshoptimizer) to an error far below a pixel and a budget of
//         triangles a body; vertices and triangles ordered for the graphics cache, which gzip likes too.
// Limits: textures become their mean colour. Packs stay under kMaxPackBytes.
// Errors: core::UserError when the spec does not compile or shows nothing at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

struct mjModel_;
struct mjSpec_;

namespace manybody::body {
struct Body;
}

namespace manybody::studio {

inline constexpr size_t kMaxPackBytes = 5u << 20;

// near: one robot filling the picture. far: one of many on a stage, a tenth of the triangles.
enum class Detail { near, far };

struct MeshPack {
  std::string gzip;  // the pack, compressed
  std::string etag;  // quoted, from the bytes
  size_t raw_bytes = 0, triangles = 0, source_triangles = 0;
  bool from_cache = false;
};

// From a compiled model, without cache. Every body but the world is a link; name: the header's "body".
MeshPack make_mesh_pack(const mjModel_& model, const std::string& name, Detail detail = Detail::near);

std::string mesh_tag(const std::string& gzip);  // the ETag of a pack

// $XDG_CACHE_HOME/manybody, else ~/.cache/manybody; "" when neither can be.
std::string mesh_cache_directory();
// Everything that decides the pack, without compiling: geometry of the spec, sizes and times of its mesh files.
uint64_t mesh_key(mjSpec_& spec, Detail detail = Detail::near);
// The pack from the cache or made now. cache: a folder, or "" for none; a folder that cannot be written is only not used.
std::shared_ptr<const MeshPack> load_mesh_pack(const body::Body& body, const std::string& cache, Detail detail = Detail::near);
std::shared_ptr<const MeshPack> load_mesh_pack(const std::string& name_or_path, const std::string& cache,
                                               Detail detail = Detail::near);  // of load_body's

}  // namespace manybody::studio
