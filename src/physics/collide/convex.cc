// Convex pairs without a closed form: one contact from GJK and EPA, more where flat sides lie on each other.
#include "physics/collide/gjk.h"

namespace manybody::physics::collide {
namespace {

template <class T>
MB_DEVICE Frame<T> relative(const Frame<T>& a, const Frame<T>& b) {
  return {unturn(a, b.p - a.p), unturn(a, b.x), unturn(a, b.y), unturn(a, b.z)};
}

constexpr bool round(int type) { return type == kSphere || type == kEllipsoid; }

template <class T>
struct Contact {
  T distance;
  Vec<T> point, normal;
};

// The single contact of two cores with their radii; frame of a.
template <class T>
MB_DEVICE Contact<T> contact_of(const CorePair<T>& pair, const Proximity<T>& p) {
  const T ra = pair.a.radius, rb = pair.b.radius;
  return {p.distance - ra - rb, T(0.5) * (p.on_a + p.on_b + (ra - rb) * p.normal), p.normal};
}

}  // namespace

template <class T>
MB_DEVICE void convex_convex(const Body<T>& a, const Body<T>& b, T margin, Sink<T>& sink) {
  CorePair<T> pair{core_of(a.shape), core_of(b.shape), relative(a.f, b.f)};
  Proximity<T> p;
  if (!find_proximity(pair, margin + pair.a.radius + pair.b.radius, p)) return;
  const Contact<T> contact = contact_of(pair, p);
  if (!(contact.distance < margin)) return;

  if (!round(a.shape.type) && !round(b.shape.type)) {
    Manifold<T> manifold;
    find_manifold(pair, p, margin, manifold);
    for (int k = 0; k < manifold.count; ++k) {
      sink.push(manifold.distance[k], place(a.f, manifold.point[k]), turn(a.f, manifold.normal[k]));
    }
    if (manifold.count > 0) return;
  }
  sink.push(contact.distance, place(a.f, contact.point), turn(a.f, contact.normal));
}

namespace {

// The box of the second shape in the field's frame.
template <class T>
MB_DEVICE void bounding_box(CorePair<T>& pair, T low[3], T high[3]) {
  for (int i = 0; i < 3; ++i) {
    for (const T sign : {T(1), T(-1)}) {
      Vec<T> d{};
      d[i] = -sign;
      const Vertex<T> v = pair.support(d);  // of a point minus b: the support of b against d
      (sign > 0 ? high : low)[i] = (v.a - v.w)[i] + sign * pair.b.radius;
    }
  }
}

// A line of the grid; not-a-number becomes the first.
template <class T>
MB_DEVICE int grid_line(T x, int count) {
  return x > 0 ? (x < count - 1 ? static_cast<int>(x) : count - 1) : 0;
}

}  // namespace

// MuJoCo's way: the field is a row of triangular columns under its grid, two a cell; each column is a convex shape of its own, with
// at most one contact.
template <class T>
MB_DEVICE void field_convex(const Body<T>& body, const Body<T>& b, T margin, Sink<T>& sink) {
  const HeightField<T>& field = body.shape.field;
  const Vec<T> centre = unturn(body.f, b.f.p - body.f.p);
  const T reach = b.shape.bound + margin;
  const T half[3] = {field.size[0], field.size[1], field.size[2]}, floor[3] = {field.size[0], field.size[1], field.size[3]};
  for (int i = 0; i < 3; ++i) {
    if (half[i] < centre[i] - reach || -floor[i] > centre[i] + reach) return;
  }
  Vec<T> prism[6] = {};
  CorePair<T> pair{{}, core_of(b.shape), relative(body.f, b.f)};
  T low[3], high[3];
  bounding_box(pair, low, high);
  for (int i = 0; i < 3; ++i) {
    if (low[i] - margin > half[i] || high[i] + margin < -floor[i]) return;
  }
  pair.a.type = kPrism;
  pair.a.prism = prism;
  const int columns = field.columns, rows = field.rows;
  const int c0 = grid_line(std::floor((low[0] - margin + half[0]) / (2 * half[0]) * (columns - 1)), columns);
  const int c1 = grid_line(std::ceil((high[0] + margin + half[0]) / (2 * half[0]) * (columns - 1)), columns);
  const int r0 = grid_line(std::floor((low[1] - margin + half[1]) / (2 * half[1]) * (rows - 1)), rows);
  const int r1 = grid_line(std::ceil((high[1] + margin + half[1]) / (2 * half[1]) * (rows - 1)), rows);
  const T dx = 2 * half[0] / (columns - 1), dy = 2 * half[1] / (rows - 1);
  const auto advance = [&](int r, int c) {  // the newest grid point becomes the third of the triangle
    prism[0] = prism[1], prism[1] = prism[2];
    prism[3] = prism[4], prism[4] = prism[5];
    prism[5] = {{dx * c - half[0], dy * r - half[1], field.heights[r * columns + c] * half[2]}};
    prism[2] = {{prism[5][0], prism[5][1], -floor[2]}};
  };
  const int most = std::min(sink.capacity, 50);
  for (int r = r0; r < r1; ++r) {
    advance(r + 1, c0);
    advance(r, c0);
    for (int c = c0 + 1; c <= c1; ++c) {
      for (const int corner : {1, 0}) {
        advance(r + corner, c);
        if (std::max({prism[3][2], prism[4][2], prism[5][2]}) < low[2] - margin) continue;
        Proximity<T> p;
        if (!find_proximity(pair, margin + pair.b.radius, p)) continue;
        const Contact<T> contact = contact_of(pair, p);
        if (!(contact.distance < margin)) continue;
        sink.push(contact.distance, place(body.f, contact.point), turn(body.f, contact.normal));
        if (sink.count >= most) return;
      }
    }
  }
}

#if !defined(__CUDACC__)
#define MB_INSTANTIATE(T)                                                   \
  template void convex_convex(const Body<T>&, const Body<T>&, T, Sink<T>&); \
  template void field_convex(const Body<T>&, const Body<T>&, T, Sink<T>&);
MB_INSTANTIATE(float)
MB_INSTANTIATE(double)
#undef MB_INSTANTIATE
#endif

}  // namespace manybody::physics::collide
