// Several contacts where two flat shapes lie on each other: faces, or an edge and a face, within about five degrees.
//
// The last face of EPA names the vertices in contact on both shapes. If a face at the one and a face at the other look at each
// other, the second is clipped against the sides of the first (Sutherland & Hodgman 1974); else an edge that lies in a face is.
// At most four points stay: the quadrilateral of largest area. Which features are looked at, and in which order, follows MuJoCo.
#include "physics/collide/gjk.h"

namespace manybody::physics::collide {
namespace {

constexpr int kMaxSides = 64;     // corners of a face; finer polygons are thinned out
constexpr int kMaxFeatures = 48;  // faces at a vertex
constexpr int kMaxClipped = 2 * kMaxSides + 8;
constexpr double kFaceCosine = 0.996;  // of faces that look at each other
constexpr double kEdgeSine = 0.0888;   // of an edge that lies in a face

// One shape, placed in the frame of a, and its vertices in contact.
template <class T>
struct Flat {
  const Core<T>& core;
  Frame<T> f;
  int id[3];
  Vec<T> point[3];
  int dimension = 0;  // 1 a vertex, 2 an edge, 3 a face
  int faces = 0;
  int face[kMaxFeatures];
  Vec<T> normal[kMaxFeatures];
  int edges = 0;
  Vec<T> along[kMaxFeatures], end[kMaxFeatures];

  MB_DEVICE void reduce() {
    if (id[0] == id[1]) {
      if (id[0] == id[2]) {
        dimension = 1;
        return;
      }
      id[1] = id[2];
      point[1] = point[2];
      dimension = 2;
    } else {
      dimension = id[2] == id[0] || id[2] == id[1] ? 2 : 3;
    }
  }
  MB_DEVICE void add_face(int i, const Vec<T>& n) {
    if (faces == kMaxFeatures) return;
    face[faces] = i;
    normal[faces++] = turn(f, n);
  }
  MB_DEVICE void add_edge(const Vec<T>& to) {
    if (edges == kMaxFeatures) return;
    end[edges] = to;
    along[edges] = to - point[0];
    normalize(along[edges++]);
  }
};

// Faces of a box: axis = index / 2, odd: the negative side.
template <class T>
MB_DEVICE Vec<T> box_normal(int face) {
  Vec<T> n{};
  n[face / 2] = face & 1 ? T(-1) : T(1);
  return n;
}

// The faces that hold all vertices in contact; where a diagonal leaves none, the face that looks along `out`.
template <class T>
MB_DEVICE void box_faces(Flat<T>& s, const Vec<T>& out) {
  int found = 0;
  for (int axis = 0; axis < 3; ++axis) {
    const int bit = 1 << axis;
    bool shared = true;
    for (int k = 1; k < s.dimension; ++k) shared = shared && ((s.id[k] ^ s.id[0]) & bit) == 0;
    if (!shared) continue;
    const int face = 2 * axis + ((s.id[0] & bit) ? 0 : 1);
    s.add_face(face, box_normal<T>(face));
    ++found;
  }
  if (found == 4 - s.dimension) return;
  s.faces = 0;
  const Vec<T> local = unturn(s.f, out);
  for (int face = 0; face < 6; ++face) {
    if (dot(local, box_normal<T>(face)) > T(kFaceCosine)) {
      s.add_face(face, box_normal<T>(face));
      return;
    }
  }
}

template <class T>
MB_DEVICE void mesh_faces(Flat<T>& s) {
  const Mesh<T>& mesh = *s.core.mesh;
  const auto at_vertex = [&](int face, int vertex) {
    const int* from = mesh.vertex_faces + mesh.vertex_face_start[vertex];
    const int* to = mesh.vertex_faces + mesh.vertex_face_start[vertex + 1];
    return std::find(from, to, face) != to;
  };
  for (int k = mesh.vertex_face_start[s.id[0]]; k < mesh.vertex_face_start[s.id[0] + 1]; ++k) {
    const int face = mesh.vertex_faces[k];
    if (s.dimension > 1 && !at_vertex(face, s.id[1])) continue;
    if (s.dimension > 2 && !at_vertex(face, s.id[2])) continue;
    s.add_face(face, load(mesh.face_normals + 3 * face));
    if (s.dimension == 3 || (s.dimension == 2 && s.faces == 2)) return;
  }
}

template <class T>
MB_DEVICE void find_faces(Flat<T>& s, const Vec<T>& out) {
  if (s.core.type == kBox) {
    box_faces(s, out);
  } else if (s.core.type == kMesh) {
    mesh_faces(s);
  } else if (s.core.type == kCylinder && s.dimension == 1) {  // its cap
    s.add_face(s.id[0], {{0, 0, s.id[0] ? T(-1) : T(1)}});
  }
}

template <class T>
MB_DEVICE void find_edges(Flat<T>& s, const Vec<T>& out, T margin) {
  if (s.core.type == kCylinder) {  // the line of its wall that lies deepest; below a cap, the one EPA came upon
    Vec<T> side = unturn(s.f, out);
    side[2] = s.id[0] ? T(-1) : T(1);
    if (side[0] * side[0] + side[1] * side[1] > T(1e-6)) s.point[0] = place(s.f, cylinder_support(s.core.size, side));
    s.add_edge(s.point[0] + (s.id[0] ? 2 : -2) * s.core.size[1] * s.f.z);
  } else if (s.core.type == kCapsule) {  // the line of its wall below the contact
    s.point[0] = s.point[0] + (s.core.radius + margin / 2) * (out - dot(out, s.f.z) * s.f.z);
    s.add_edge(s.point[0] + (s.id[0] ? 2 : -2) * s.core.size[1] * s.f.z);
  } else if (s.dimension == 2) {
    s.add_edge(s.point[1]);
  } else if (s.core.type == kBox) {
    for (int axis = 0; axis < 3; ++axis) {
      Vec<T> far;
      for (int i = 0; i < 3; ++i) far[i] = (((s.id[0] >> i) & 1) != 0) != (i == axis) ? s.core.size[i] : -s.core.size[i];
      s.add_edge(place(s.f, far));
    }
  } else {
    const Mesh<T>& mesh = *s.core.mesh;
    for (int k = mesh.vertex_face_start[s.id[0]]; k < mesh.vertex_face_start[s.id[0] + 1]; ++k) {
      const int* from = mesh.face_vertices + mesh.face_start[mesh.vertex_faces[k]];
      const int* to = mesh.face_vertices + mesh.face_start[mesh.vertex_faces[k] + 1];
      const int* at = std::find(from, to, s.id[0]);
      if (at == to) continue;
      s.add_edge(place(s.f, load(mesh.vertices + 3 * (at == from ? to[-1] : at[-1]))));
    }
  }
}

template <class T>
struct Outline {
  Vec<T> point[kMaxClipped];
  int count = 0;
};

// A face's corners, clockwise from outside.
template <class T>
MB_DEVICE void outline(const Flat<T>& s, int face, Outline<T>& out) {
  const T* size = s.core.size;
  out.count = 0;
  const auto add = [&](const Vec<T>& local) { out.point[out.count++] = place(s.f, local); };
  if (s.core.type == kBox) {
    static constexpr int kCorners[6][4] = {{7, 3, 1, 5}, {2, 6, 4, 0}, {2, 3, 7, 6}, {4, 5, 1, 0}, {6, 7, 5, 4}, {3, 2, 0, 1}};
    for (const int c : kCorners[face])
      add({{c & 1 ? size[0] : -size[0], c & 2 ? size[1] : -size[1], c & 4 ? size[2] : -size[2]}});
  } else if (s.core.type == kCylinder) {  // the cap as a polygon of sixteen
    const T up = face ? T(-1) : T(1);
    for (int i = 0; i < 16; ++i) {
      const T angle = T(2 * M_PI / 16) * i;
      add({{size[0] * std::cos(angle), -up * size[0] * std::sin(angle), up * size[1]}});
    }
  } else {
    const Mesh<T>& mesh = *s.core.mesh;
    const int start = mesh.face_start[face], corners = mesh.face_start[face + 1] - start;
    const int step = (corners + kMaxSides - 1) / kMaxSides;
    for (int i = corners - 1; i >= 0; i -= step) add(load(mesh.vertices + 3 * mesh.face_vertices[start + i]));
  }
}

// What of `polygon` lies between the sides of `face` (normal n) and no higher than `limit` above it. Two corners: an edge.
template <class T>
MB_DEVICE void clip(const Outline<T>& face, const Vec<T>& n, T limit, Outline<T>& polygon) {
  Outline<T> spare;
  Outline<T>*from = &polygon, *to = &spare;
  for (int e = 0; e < face.count; ++e) {
    const Vec<T>& corner = face.point[e];
    Vec<T> side = cross(face.point[e + 1 == face.count ? 0 : e + 1] - corner, n);  // inwards
    normalize(side);
    to->count = 0;
    const auto add = [&](const Vec<T>& p) {
      if (to->count < kMaxClipped) to->point[to->count++] = p;
    };
    for (int i = 0; i < from->count; ++i) {
      const Vec<T>&p = from->point[i], &q = from->point[i + 1 == from->count ? 0 : i + 1];
      const T hp = dot(p - corner, side), hq = dot(q - corner, side);
      const bool in_p = hp > -kTiny<T>, in_q = hq > -kTiny<T>;
      if (in_p != in_q && hp != hq) add(p + clamp(hp / (hp - hq), T(0), T(1)) * (q - p));
      if (in_q) add(q);
    }
    std::swap(from, to);
  }
  int kept = 0;
  for (int i = 0; i < from->count; ++i) {
    if (dot(from->point[i] - face.point[0], n) <= limit) polygon.point[kept++] = from->point[i];
  }
  polygon.count = kept;
}

// The corners of the quadrilateral of largest area in a convex polygon: each first corner, the others moved on while that helps.
template <class T>
MB_DEVICE void largest_quad(const Outline<T>& polygon, int best[4]) {
  const int n = polygon.count;
  const auto area = [&](int a, int b, int c, int d) {
    return norm(cross(polygon.point[a] - polygon.point[c], polygon.point[b] - polygon.point[d]));
  };
  int a = 0, b = 1, c = 2, d = 3;
  T most = area(a, b, c, d);
  const auto better = [&](int i, int j, int k, int l) {
    const T value = area(i, j, k, l);
    if (!(value > most)) return false;
    most = value;
    best[0] = i, best[1] = j, best[2] = k, best[3] = l;
    return true;
  };
  const auto after = [n](int i) { return (i + 1) % n; };
  best[0] = a, best[1] = b, best[2] = c, best[3] = d;
  for (; a < n; ++a) {
    while (better(a, b, c, after(d))) {
      d = after(d);
      while (better(a, b, after(c), d)) c = after(c);
      while (better(a, after(b), c, d)) b = after(b);
    }
    if (b != a) continue;
    b = after(b);
    if (c != b) continue;
    c = after(c);
    if (d == c) d = after(d);
  }
}

// Contacts at the polygon's points, which stand out of their shape by `grown`: the distance to the other face (origin, n), midway.
template <class T>
MB_DEVICE void emit(const Outline<T>& polygon, bool edge, T grown, const Vec<T>& origin, const Vec<T>& n, const Vec<T>& normal,
                    Manifold<T>& out) {
  int pick[4] = {0, 1, 2, 3};
  int count = polygon.count;
  if (edge && count > 2) {  // clipping doubles its ends
    T furthest = -1;
    for (int i = 0; i < count; ++i) {
      for (int j = i + 1; j < count; ++j) {
        const T d2 = squared(polygon.point[j] - polygon.point[i]);
        if (d2 > furthest) furthest = d2, pick[0] = i, pick[1] = j;
      }
    }
    count = 2;
  } else if (count > 4) {
    largest_quad(polygon, pick);
    count = 4;
  }
  out.count = count;
  for (int k = 0; k < count; ++k) {
    const Vec<T>& p = polygon.point[pick[k]];
    out.distance[k] = dot(p - origin, n) + grown;
    out.point[k] = p + (grown - out.distance[k] / 2) * n;
    out.normal[k] = normal;
  }
}

// The face of s and the face of t that look at each other most.
template <class T>
MB_DEVICE bool facing(const Flat<T>& s, const Flat<T>& t, int& best_i, int& best_j) {
  T best = T(-kFaceCosine);
  bool found = false;
  for (int i = 0; i < s.faces; ++i) {
    for (int j = 0; j < t.faces; ++j) {
      const T d = dot(s.normal[i], t.normal[j]);
      if (d < best) best = d, best_i = i, best_j = j, found = true;
    }
  }
  return found;
}

// The first face of `t`, looking along `out`, that an edge of s lies in.
template <class T>
MB_DEVICE bool edge_in_face(const Flat<T>& s, const Flat<T>& t, const Vec<T>& out, int& edge, int& face) {
  for (face = 0; face < t.faces; ++face) {
    if (dot(t.normal[face], out) <= kTiny<T>) continue;
    for (edge = 0; edge < s.edges; ++edge) {
      if (std::fabs(dot(s.along[edge], t.normal[face])) < T(kEdgeSine)) return true;
    }
  }
  return false;
}

// Contacts of an edge of s in a face of t.
template <class T>
MB_DEVICE void edge_contacts(const Flat<T>& s, int edge, const Flat<T>& t, int face, bool s_is_a, T margin, Manifold<T>& out) {
  const Vec<T> n = t.normal[face];
  Outline<T> base, line;
  outline(t, t.face[face], base);
  if (base.count < 3) return;
  line.point[0] = s.point[0];
  line.point[1] = s.end[edge];
  line.count = 2;
  const T grown = s.core.type == kCapsule ? margin / 2 : T(0);
  clip(base, n, margin - grown, line);
  emit(line, true, grown, base.point[0], n, s_is_a ? -n : n, out);
}

// Contacts of two faces: b's between the sides of a's, dropped onto a's plane, and from there the distance to b's plane.
template <class T>
MB_DEVICE void face_contacts(const Flat<T>& a, int i, const Flat<T>& b, int j, T margin, Manifold<T>& out) {
  Outline<T> base, polygon;
  outline(a, a.face[i], base);
  outline(b, b.face[j], polygon);
  if (base.count < 3) return;
  const Vec<T> na = a.normal[i], nb = b.normal[j], origin = polygon.point[0];
  clip(base, na, margin, polygon);
  for (int k = 0; k < polygon.count; ++k) polygon.point[k] = polygon.point[k] - dot(polygon.point[k] - base.point[0], na) * na;
  emit(polygon, false, T(0), origin, nb, -nb, out);
}

template <class T>
MB_DEVICE Flat<T> flat_of(const Core<T>& core, const Frame<T>& f) {
  return Flat<T>{core, f, {}, {}, 0, 0, {}, {}, 0, {}, {}};
}

}  // namespace

template <class T>
MB_DEVICE void find_manifold(const CorePair<T>& pair, const Proximity<T>& p, T margin, Manifold<T>& out) {
  out.count = 0;
  Flat<T> a = flat_of(pair.a, Frame<T>{{}, {{1, 0, 0}}, {{0, 1, 0}}, {{0, 0, 1}}}), b = flat_of(pair.b, pair.b_in_a);
  for (int k = 0; k < 3; ++k) {
    const Vertex<T>& v = p.corner[std::min(k, p.corners - 1)];
    a.id[k] = v.id_a;
    b.id[k] = v.id_b;
    a.point[k] = v.a;
    b.point[k] = v.a - v.w;
  }
  a.reduce();
  b.reduce();
  find_faces(a, p.normal);
  find_faces(b, -p.normal);
  int i, j;
  if (facing(a, b, i, j)) return face_contacts(a, i, b, j, margin, out);
  if (a.dimension < 3) {
    find_edges(a, p.normal, margin);
    if (edge_in_face(a, b, -p.normal, i, j)) return edge_contacts(a, i, b, j, true, margin, out);
  }
  if (b.dimension < 3) {
    find_edges(b, -p.normal, margin);
    if (edge_in_face(b, a, p.normal, i, j)) edge_contacts(b, i, a, j, false, margin, out);
  }
}

#if !defined(__CUDACC__)
template void find_manifold(const CorePair<float>&, const Proximity<float>&, float, Manifold<float>&);
template void find_manifold(const CorePair<double>&, const Proximity<double>&, double, Manifold<double>&);
#endif

}  // namespace manybody::physics::collide
