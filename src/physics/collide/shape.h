// Shapes of the scalar narrow phase: what a geom is to collide(), and the table of a model's shapes.
//
// Reads: a compiled mjModel once, in ShapeTable's constructor. Writes: nothing afterwards.
// Shapes borrow the table's arrays: the table outlives them. Sizes in metres, half-lengths as in MuJoCo's geom_size.
// Limits: signed distance fields and flexes have no shape (ShapeTable::supported says so).
#pragma once

#include <cstdint>
#include <vector>

struct mjModel_;

namespace manybody::physics::collide {

// MuJoCo's numbering (mjtGeom), so that a pair is ordered as MuJoCo orders it.
enum Type : int {
  kPlane = 0,
  kHeightField = 1,
  kSphere = 2,
  kCapsule = 3,
  kEllipsoid = 4,
  kCylinder = 5,
  kBox = 6,
  kMesh = 7,
};

// A convex polyhedron: vertices of the hull first to last as the model stores them, and the hull's faces.
template <class T>
struct Mesh {
  const T* vertices = nullptr;  // 3 x vertex_count, geom frame
  int vertex_count = 0;
  const T* hull = nullptr;                 // 3 x nodes, the graph's vertices in its own order
  const int* graph = nullptr;              // MuJoCo's mesh_graph; null: every vertex is looked at
  const int* extrema = nullptr;            // 27 hull vertices, furthest along the directions {-1, 0, 1}^3; null without graph
  int face_count = 0;                      // polygons of the hull
  const T* face_normals = nullptr;         // 3 x face_count
  const int* face_start = nullptr;         // face_count + 1, into face_vertices
  const int* face_vertices = nullptr;      // counter-clockwise from outside
  const int* vertex_face_start = nullptr;  // vertex_count + 1, into vertex_faces
  const int* vertex_faces = nullptr;
};

// A grid of heights over [-x, x] x [-y, y]; columns run along x, rows along y. Solid down to -size[3].
template <class T>
struct HeightField {
  int rows = 0, columns = 0;
  T size[4] = {};              // half x, half y, height of 1.0, depth of the base
  const T* heights = nullptr;  // rows x columns, 0..1
};

template <class T>
struct Shape {
  int type = kSphere;
  T size[3] = {};
  T bound = 0;  // radius of the bounding sphere about the geom's centre; 0: a plane
  Mesh<T> mesh;
  HeightField<T> field;
};

template <class T>
struct Pose {
  T position[3];
  T rotation[9];  // row-major, world from geom
};

// One contact: the distance (negative: penetration), the point midway, the unit normal from shape a to shape b.
template <class T>
struct Touch {
  T distance;
  T position[3];
  T normal[3];
  T tangent[3];  // the frame's wanted second row where has_tangent; not made orthogonal yet
  bool has_tangent;
};

// The most contacts that collide() returns for a pair of types, in any order; 0: the pair never collides.
int max_contacts(int type_a, int type_b);

// Every geom of a model as a shape. The arrays that shapes point into are owned here.
template <class T>
class ShapeTable {
 public:
  explicit ShapeTable(const mjModel_* model);
  ShapeTable(const ShapeTable&) = delete;
  ShapeTable& operator=(const ShapeTable&) = delete;

  const Shape<T>& operator[](int geom) const { return shapes_[geom]; }
  int size() const { return static_cast<int>(shapes_.size()); }
  bool supported(int geom) const { return supported_[geom] != 0; }

 private:
  struct MeshData {
    std::vector<T> vertices, normals, hull;
    std::vector<int> graph, extrema, face_start, face_vertices, vertex_face_start, vertex_faces;
  };
  void read_mesh(const mjModel_* model, int mesh);
  Mesh<T> view(const MeshData& data) const;

  std::vector<Shape<T>> shapes_;
  std::vector<uint8_t> supported_;
  std::vector<MeshData> meshes_;
  std::vector<std::vector<T>> fields_;
};

extern template class ShapeTable<float>;
extern template class ShapeTable<double>;

}  // namespace manybody::physics::collide
