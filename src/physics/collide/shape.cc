#include "physics/collide/shape.h"

#include <mujoco/mujoco.h>

#include <algorithm>

namespace manybody::physics::collide {
namespace {

constexpr int kClimbFrom = 10;  // meshes of fewer vertices are scanned, as in MuJoCo: it decides ties

// MuJoCo keeps each vertex's faces as (start, count) into an array of all meshes; here one array a mesh, starts only.
void copy_ragged(const int* start, const int* count, int n, const int* values, std::vector<int>& out_start,
                 std::vector<int>& out) {
  out_start.assign(1, 0);
  for (int i = 0; i < n; ++i) {
    out.insert(out.end(), values + start[i], values + start[i] + count[i]);
    out_start.push_back(static_cast<int>(out.size()));
  }
}

int graph_size(const int* graph) { return 2 + 3 * graph[0] + 6 * graph[1]; }  // vertices, faces: MuJoCo's mesh_graph layout

}  // namespace

template <class T>
void ShapeTable<T>::read_mesh(const mjModel_* m, int id) {
  MeshData& data = meshes_[id];
  const int vertex = m->mesh_vertadr[id], vertices = m->mesh_vertnum[id];
  const int face = m->mesh_polyadr[id], faces = m->mesh_polynum[id];
  data.vertices.assign(m->mesh_vert + 3 * vertex, m->mesh_vert + 3 * (vertex + vertices));
  data.normals.resize(3 * faces);
  std::transform(m->mesh_polynormal + 3 * face, m->mesh_polynormal + 3 * (face + faces), data.normals.begin(),
                 [](mjtNum v) { return static_cast<T>(v); });
  copy_ragged(m->mesh_polyvertadr + face, m->mesh_polyvertnum + face, faces, m->mesh_polyvert, data.face_start,
              data.face_vertices);
  copy_ragged(m->mesh_polymapadr + vertex, m->mesh_polymapnum + vertex, vertices, m->mesh_polymap, data.vertex_face_start,
              data.vertex_faces);
  if (m->mesh_graphadr[id] >= 0 && vertices >= kClimbFrom) {
    const int* graph = m->mesh_graph + m->mesh_graphadr[id];
    data.graph.assign(graph, graph + graph_size(graph));
    for (int node = 0; node < graph[0]; ++node) {
      const T* vertex_at = data.vertices.data() + 3 * graph[2 + graph[0] + node];
      data.hull.insert(data.hull.end(), vertex_at, vertex_at + 3);
    }
    data.extrema.assign(m->mesh_extrema + 27 * id, m->mesh_extrema + 27 * (id + 1));
  }
}

template <class T>
Mesh<T> ShapeTable<T>::view(const MeshData& d) const {
  Mesh<T> mesh;
  mesh.vertices = d.vertices.data();
  mesh.vertex_count = static_cast<int>(d.vertices.size() / 3);
  mesh.hull = d.hull.data();
  mesh.graph = d.graph.empty() ? nullptr : d.graph.data();
  mesh.extrema = d.extrema.empty() ? nullptr : d.extrema.data();
  mesh.face_count = static_cast<int>(d.normals.size() / 3);
  mesh.face_normals = d.normals.data();
  mesh.face_start = d.face_start.data();
  mesh.face_vertices = d.face_vertices.data();
  mesh.vertex_face_start = d.vertex_face_start.data();
  mesh.vertex_faces = d.vertex_faces.data();
  return mesh;
}

template <class T>
ShapeTable<T>::ShapeTable(const mjModel_* m) {
  meshes_.resize(m->nmesh);
  for (int i = 0; i < m->nmesh; ++i) read_mesh(m, i);
  fields_.resize(m->nhfield);
  for (int i = 0; i < m->nhfield; ++i) {
    const float* data = m->hfield_data + m->hfield_adr[i];
    fields_[i].assign(data, data + m->hfield_nrow[i] * m->hfield_ncol[i]);
  }
  shapes_.resize(m->ngeom);
  supported_.resize(m->ngeom);
  for (int g = 0; g < m->ngeom; ++g) {
    Shape<T>& shape = shapes_[g];
    shape.type = m->geom_type[g];
    std::transform(m->geom_size + 3 * g, m->geom_size + 3 * g + 3, shape.size, [](mjtNum v) { return static_cast<T>(v); });
    shape.bound = static_cast<T>(m->geom_rbound[g]);
    const int data = m->geom_dataid[g];
    if (shape.type == kMesh && data >= 0) shape.mesh = view(meshes_[data]);
    if (shape.type == kHeightField && data >= 0) {
      shape.field.rows = m->hfield_nrow[data];
      shape.field.columns = m->hfield_ncol[data];
      std::transform(m->hfield_size + 4 * data, m->hfield_size + 4 * data + 4, shape.field.size,
                     [](mjtNum v) { return static_cast<T>(v); });
      shape.field.heights = fields_[data].data();
    }
    supported_[g] = shape.type >= kPlane && shape.type <= kMesh;
  }
}

template class ShapeTable<float>;
template class ShapeTable<double>;

}  // namespace manybody::physics::collide
