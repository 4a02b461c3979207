#include "body/collada.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>

#include "body/xml.h"

namespace manybody::body {
namespace {

using Matrix = std::array<double, 16>;  // row-major
constexpr size_t kMaxPoints = 4'000'000;

Matrix unit() { return {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}; }

Matrix product(const Matrix& a, const Matrix& b) {
  Matrix c{};
  for (size_t i = 0; i < 4; ++i)
    for (size_t j = 0; j < 4; ++j)
      for (size_t k = 0; k < 4; ++k) c[4 * i + j] += a[4 * i + k] * b[4 * k + j];
  return c;
}

class Reader {
 public:
  explicit Reader(const std::string& text) : text_(text), xml_(scan_xml(text)) {
    for (size_t i = 0; i < xml_.elements.size(); ++i)
      if (const std::string* id = xml_.elements[i].attribute("id")) ids_.emplace(*id, static_cast<int>(i));
    for (const XmlElement& e : xml_.elements)
      if (e.tag == "unit" && e.attribute("meter")) {
        const double metre = std::atof(e.attribute("meter")->c_str());
        if (metre > 1e-6 && metre < 1e3) metre_ = metre;
      } else if (e.tag == "up_axis" && text_.compare(e.content, 4, "Y_UP") == 0) {
        upright_ = {1, 0, 0, 0, 0, 0, -1, 0, 0, 1, 0, 0, 0, 0, 0, 1};
      }
  }

  ColladaMesh run() {
    bool placed = false;
    for (size_t i = 0; i < xml_.elements.size(); ++i) {
      const XmlElement& e = xml_.elements[i];
      if (e.tag != "instance_geometry" || !e.attribute("url")) continue;
      if (const int geometry = find(*e.attribute("url")); geometry >= 0)
        add(geometry, place_of(static_cast<int>(i))), placed = true;
    }
    for (size_t i = 0; i < xml_.elements.size() && !placed; ++i)
      if (xml_.elements[i].tag == "geometry") add(static_cast<int>(i), upright_);
    return std::move(out_);
  }

 private:
  int find(const std::string& reference) const {
    const auto place = ids_.find(reference.empty() || reference[0] != '#' ? reference : reference.substr(1));
    return place == ids_.end() ? -1 : place->second;
  }

  bool under(int element, int ancestor) const {
    for (int p = element; p >= 0; p = xml_.elements[static_cast<size_t>(p)].parent)
      if (p == ancestor) return true;
    return false;
  }

  std::vector<double> numbers(const XmlElement& e) const {
    std::vector<double> out;
    const char* at = text_.c_str() + e.content;
    while (true) {
      char* next = nullptr;
      const double v = std::strtod(at, &next);  // stops at '<'
      if (next == at) return out;
      out.push_back(v);
      at = next;
    }
  }

  Matrix own_transform(int node) const {
    Matrix m = unit();
    for (size_t i = static_cast<size_t>(node) + 1; i < xml_.elements.size(); ++i) {
      const XmlElement& e = xml_.elements[i];
      if (!under(static_cast<int>(i), node)) break;
      if (e.parent != node) continue;
      const std::vector<double> v = numbers(e);
      Matrix step = unit();
      if (e.tag == "matrix" && v.size() >= 16) std::copy_n(v.begin(), 16, step.begin());
      else if (e.tag == "translate" && v.size() >= 3) step[3] = v[0], step[7] = v[1], step[11] = v[2];
      else if (e.tag == "scale" && v.size() >= 3) step[0] = v[0], step[5] = v[1], step[10] = v[2];
      else if (e.tag == "rotate" && v.size() >= 4) {
        const double n = std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
        if (n < 1e-12) continue;
        const core::Quat q = core::axis_angle({v[0] / n, v[1] / n, v[2] / n}, v[3] * M_PI / 180);
        for (size_t k = 0; k < 3; ++k) {
          core::Vec3 axis{};
          axis[k] = 1;
          const core::Vec3 turned = core::rotate(q, axis);
          for (size_t r = 0; r < 3; ++r) step[4 * r + k] = turned[r];
        }
      } else continue;
      m = product(m, step);
    }
    return m;
  }

  Matrix place_of(int instance) const {
    Matrix m = unit();
    for (int p = xml_.elements[static_cast<size_t>(instance)].parent; p >= 0; p = xml_.elements[static_cast<size_t>(p)].parent)
      if (xml_.elements[static_cast<size_t>(p)].tag == "node") m = product(own_transform(p), m);
    return product(upright_, m);
  }

  // The numbers behind an input: itself a source, or <vertices> that name one.
  std::vector<double> positions(const std::string& reference, size_t& stride) const {
    int source = find(reference);
    if (source < 0) return {};
    if (xml_.elements[static_cast<size_t>(source)].tag == "vertices") {
      int inner = -1;
      for (const XmlElement& e : xml_.elements)
        if (e.tag == "input" && e.parent == source && e.attribute("semantic") && *e.attribute("semantic") == "POSITION" &&
            e.attribute("source"))
          inner = find(*e.attribute("source"));
      source = inner;
    }
    if (source < 0) return {};
    std::vector<double> out;
    stride = 3;
    for (size_t i = 0; i < xml_.elements.size(); ++i) {
      const XmlElement& e = xml_.elements[i];
      if (!under(static_cast<int>(i), source)) continue;
      if (e.tag == "float_array") out = numbers(e);
      if (e.tag == "accessor" && e.attribute("stride"))
        stride = static_cast<size_t>(std::clamp(std::atoi(e.attribute("stride")->c_str()), 3, 16));
    }
    return out;
  }

  void add(int geometry, const Matrix& place) {
    for (size_t i = static_cast<size_t>(geometry) + 1; i < xml_.elements.size() && under(static_cast<int>(i), geometry); ++i) {
      const std::string& tag = xml_.elements[i].tag;
      if (tag == "triangles" || tag == "polylist" || tag == "polygons") add_primitive(static_cast<int>(i), tag, place);
    }
  }

  void add_primitive(int primitive, const std::string& tag, const Matrix& place) {
    size_t offset = 0, inputs = 1, stride = 3;
    std::vector<double> points, counts;
    std::vector<std::vector<double>> lists;
    for (size_t i = static_cast<size_t>(primitive) + 1; i < xml_.elements.size() && under(static_cast<int>(i), primitive); ++i) {
      const XmlElement& e = xml_.elements[i];
      if (e.tag == "input") {
        const auto at =
            static_cast<size_t>(std::clamp(e.attribute("offset") ? std::atoi(e.attribute("offset")->c_str()) : 0, 0, 64));
        inputs = std::max(inputs, at + 1);
        if (e.attribute("semantic") && *e.attribute("semantic") == "VERTEX" && e.attribute("source"))
          offset = at, points = positions(*e.attribute("source"), stride);
      } else if (e.tag == "vcount") counts = numbers(e);
      else if (e.tag == "p") lists.push_back(numbers(e));
    }
    const size_t known = points.size() / stride, base = out_.points.size();
    if (known == 0 || base + known > kMaxPoints) return;
    for (size_t k = 0; k < known; ++k) {
      Point p;
      for (size_t r = 0; r < 3; ++r) {
        double v = place[4 * r + 3];
        for (size_t c = 0; c < 3; ++c) v += place[4 * r + c] * points[stride * k + c];
        p[r] = static_cast<float>(metre_ * v);
      }
      out_.points.push_back(p);
    }
    for (const std::vector<double>& list : lists) {
      size_t at = 0, face = 0;
      const size_t total = list.size() / inputs;
      while (at < total) {
        size_t n = tag == "triangles"                         ? 3
                   : tag == "polygons"                        ? total
                   : face < counts.size() && counts[face] > 0 ? static_cast<size_t>(counts[face])
                                                              : total;
        ++face;
        n = std::min(n, total - at);
        auto corner = [&](size_t k) { return list[(at + k) * inputs + offset]; };
        for (size_t k = 2; k < n; ++k) {
          const double abc[3] = {corner(0), corner(k - 1), corner(k)};
          if (std::any_of(abc, abc + 3, [&](double v) { return !(v >= 0) || v >= static_cast<double>(known); })) continue;
          for (double v : abc) out_.corners.push_back(static_cast<int>(base + static_cast<size_t>(v)));
        }
        at += std::max<size_t>(n, 1);
      }
    }
  }

  const std::string& text_;
  XmlText xml_;
  std::map<std::string, int> ids_;
  double metre_ = 1;
  Matrix upright_ = unit();  // from the file's up axis to z
  ColladaMesh out_;
};

}  // namespace

ColladaMesh read_collada(const std::string& text) {
  ColladaMesh mesh = Reader(text).run();
  if (mesh.corners.empty()) mesh.points.clear();
  return mesh;
}

}  // namespace manybody::body
