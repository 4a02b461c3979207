// check_file of library.h: everything wrong with a file, each thing with its line and what was expected.
//
// Three passes, so that one mistake does not hide the next: the text (markup, numbers, names, files), the model as MuJoCo
// reads it, and the body made of it (legs, masses, drives, symmetry, home).
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>

#include "body/assets.h"
#include "body/library.h"
#include "body/make.h"
#include "body/normalise.h"
#include "body/xml.h"
#include "core/error.h"
#include "core/files.h"

namespace manybody::body {
namespace fs = std::filesystem;
namespace {

using core::UserError;
using Level = Finding::Level;

// Attributes that are numbers, and how many an MJCF file gives; 0: that depends.
const std::map<std::string, size_t>& numeric_attributes() {
  static const std::map<std::string, size_t> table = [] {
    std::istringstream words(
        "pos 3 quat 4 axis 3 range 2 mass 1 diaginertia 3 fullinertia 6 fromto 6 size 0 armature 1 damping 0 "
        "frictionloss 1 kp 1 kv 1 gear 0 forcerange 2 actuatorfrcrange 2 xyz 0 rpy 0 ixx 0 ixy 0 ixz 0 iyy 0 "
        "iyz 0 izz 0 lower 0 upper 0 effort 0 velocity 0 radius 0 length 0");
    std::map<std::string, size_t> out;
    std::string name;
    for (size_t count = 0; words >> name >> count;) out[name] = count;
    return out;
  }();
  return table;
}

struct Source {
  std::string path;
  XmlText xml;
  bool urdf = false;
};

class Checker {
 public:
  explicit Checker(std::string path) : Checker(plain(path)) {}
  explicit Checker(Recipe recipe) : path_(recipe.model), recipe_(std::move(recipe)) {}

  // A spec sheet: nothing to scan but what becomes of it.
  std::vector<Finding> run_sheet() {
    path_ = (fs::path(recipe_.folder) / "robot.toml").string();
    check_body();
    return std::move(found_);
  }

  std::vector<Finding> run() {
    if (!read(path_, 0)) return std::move(found_);
    for (const Source& source : sources_) {
      for (const XmlFault& fault : source.xml.faults)
        add(Level::error, source.path, fault.line, "", fault.problem, fault.expected);
      check_numbers(source);
      check_names(source);
      check_joints(source);
      check_files(source);
    }
    check_references();
    check_body();
    std::stable_sort(found_.begin(), found_.end(), [](const Finding& a, const Finding& b) {
      return a.level != b.level ? a.level > b.level : a.file != b.file ? a.file < b.file : a.line < b.line;
    });
    return std::move(found_);
  }

 private:
  void add(Level level, const std::string& file, int line, std::string element, std::string problem, std::string expected) {
    found_.push_back({level, file, line, std::move(element), std::move(problem), std::move(expected)});
  }

  static std::string label(const XmlElement& e) {
    const std::string* name = e.attribute("name");
    if (!name) name = e.attribute("file");
    return name ? e.tag + " '" + *name + "'" : e.tag;
  }

  // The file and those it includes.
  bool read(const std::string& path, int depth) {
    Source source;
    source.path = path;
    try {
      source.xml = scan_xml(core::read_file(path));
    } catch (const UserError& e) {
      add(Level::error, path, 0, "", e.problem(), e.expected());
      return false;
    }
    source.urdf = std::any_of(source.xml.elements.begin(), source.xml.elements.end(),
                              [](const XmlElement& e) { return e.parent < 0 && e.tag == "robot"; });
    std::vector<std::string> includes;
    for (const XmlElement& e : source.xml.elements)
      if (const std::string* file = e.attribute("file"); e.tag == "include" && file)
        includes.push_back((fs::path(path).parent_path() / *file).string());
    sources_.push_back(std::move(source));
    for (const std::string& file : includes) {
      const bool known = std::any_of(sources_.begin(), sources_.end(), [&](const Source& s) { return s.path == file; });
      if (!known && depth < 8 && sources_.size() < 64) read(file, depth + 1);
    }
    return true;
  }

  static std::vector<double> numbers(const std::string& text, bool& clean) {
    std::vector<double> out;
    const char* at = text.c_str();
    clean = true;
    while (true) {
      while (std::isspace(static_cast<unsigned char>(*at))) ++at;
      if (!*at) return out;
      char* next = nullptr;
      out.push_back(std::strtod(at, &next));
      if (next == at) {
        clean = false;
        return out;
      }
      at = next;
    }
  }

  void check_numbers(const Source& source) {
    for (const XmlElement& e : source.xml.elements) {
      for (const auto& [key, text] : e.attributes) {
        const auto known = numeric_attributes().find(key);
        if (known == numeric_attributes().end()) continue;
        bool clean = true;
        const std::vector<double> values = numbers(text, clean);
        if (!clean) {
          add(Level::error, source.path, e.line, label(e), key + "=\"" + text.substr(0, 40) + "\" is not a number", "numbers");
          continue;
        }
        if (!source.urdf && known->second && values.size() != known->second)
          add(Level::error, source.path, e.line, label(e),
              key + "=\"" + text.substr(0, 40) + "\" has " + std::to_string(values.size()) + " numbers",
              std::to_string(known->second) + " numbers");
        const bool bad =
            std::any_of(values.begin(), values.end(), [](double v) { return !std::isfinite(v) || std::abs(v) > 1e9; });
        if (bad)
          add(Level::error, source.path, e.line, label(e), key + "=\"" + text.substr(0, 40) + "\" is not a sane number",
              "a finite value");
      }
      check_mass(source, e);
    }
  }

  void check_mass(const Source& source, const XmlElement& e) {
    const bool mjcf = e.tag == "inertial" && e.attribute("mass"), urdf = source.urdf && e.tag == "mass" && e.attribute("value");
    if (!mjcf && !urdf) return;
    const double mass = std::atof(e.attribute(mjcf ? "mass" : "value")->c_str());
    std::string owner = label(e);
    for (int p = e.parent; p >= 0; p = source.xml.elements[p].parent)
      if (source.xml.elements[p].attribute("name")) {
        owner = label(source.xml.elements[p]);
        break;
      }
    if (mass < 0 || mass > 500)
      add(Level::error, source.path, e.line, owner, "a mass of " + std::to_string(mass) + " kg", "0 to 500 kg");
    if (mass == 0 && mjcf) add(Level::error, source.path, e.line, owner, "a mass of 0 kg", "more than 0 kg");
  }

  void check_names(const Source& source) {
    std::map<std::string, int> seen;
    for (const XmlElement& e : source.xml.elements) {
      const std::string* name = e.attribute("name");
      const bool counts = e.tag == "body" || e.tag == "joint" || e.tag == "link" || e.tag == "geom" || e.tag == "site";
      const std::string parent = e.parent >= 0 ? source.xml.elements[e.parent].tag : "";
      if (!name || !counts || parent == "actuator" || parent == "transmission" || parent == "gazebo")
        continue;  // these speak of a joint
      const auto [place, first] = seen.emplace(e.tag + " " + *name, e.line);
      if (!first)
        add(Level::error, source.path, e.line, label(e), "the name is already used on line " + std::to_string(place->second),
            "another name");
    }
  }

  void check_joints(const Source& source) {
    for (const XmlElement& e : source.xml.elements) {
      if (!source.urdf && e.tag == "joint") {
        const std::string* range = e.attribute("range");
        bool clean = true;
        const std::vector<double> r = range ? numbers(*range, clean) : std::vector<double>{};
        if (r.size() == 2 && clean && r[0] >= r[1])
          add(Level::error, source.path, e.line, label(e),
              "its range \"" + *range + "\" is " + (r[0] == r[1] ? "empty" : "upside down"), "low < high");
      }
      if (!source.urdf || e.tag != "limit" || e.parent < 0) continue;
      const XmlElement& joint = source.xml.elements[e.parent];
      const std::string *low = e.attribute("lower"), *high = e.attribute("upper"), *effort = e.attribute("effort");
      const std::string* type = joint.attribute("type");
      if (type && *type == "revolute" && std::atof(low ? low->c_str() : "0") >= std::atof(high ? high->c_str() : "0"))
        add(Level::error, source.path, e.line, label(joint), "its limit is empty or upside down", "lower < upper");
      if (!effort || std::atof(effort->c_str()) <= 0)
        add(Level::warning, source.path, e.line, label(joint), "has no effort: its torque limit will be guessed",
            "effort in N m");
    }
  }

  // Joints and links that others speak of.
  void check_references() {
    std::vector<std::string> joints, links;
    bool default_names = false;
    for (const Source& s : sources_) {
      for (const XmlElement& e : s.xml.elements) {
        const std::string* name = e.attribute("name");
        const bool actuator = e.parent >= 0 && s.xml.elements[e.parent].tag == "actuator";
        if (name && !actuator && (e.tag == "joint" || e.tag == "freejoint")) joints.push_back(*name);
        if (name && e.tag == "link") links.push_back(*name);
        default_names |= e.tag == "replicate" || e.tag == "attach" || e.tag == "model";
      }
    }
    if (default_names) return;  // names are made while reading
    for (const Source& s : sources_) {
      for (const XmlElement& e : s.xml.elements) {
        const bool actuator = e.parent >= 0 && s.xml.elements[e.parent].tag == "actuator";
        if (const std::string* joint = e.attribute("joint"); actuator && joint) expect(s, e, "joint", *joint, joints);
        const bool end = s.urdf && (e.tag == "parent" || e.tag == "child");
        if (const std::string* link = e.attribute("link"); end && link)
          expect(s, s.xml.elements[std::max(e.parent, 0)], "link", *link, links, e.line);
      }
    }
  }

  void expect(const Source& s, const XmlElement& e, const std::string& kind, const std::string& name,
              const std::vector<std::string>& known, int line = 0) {
    if (std::find(known.begin(), known.end(), name) != known.end()) return;
    const std::string hint = core::near_match_hint(name, known);
    add(Level::error, s.path, line ? line : e.line, label(e), "speaks of " + kind + " '" + name + "', which does not exist",
        hint.empty() ? "the name of a " + kind : hint);
  }

  void check_files(const Source& source) {
    std::string folder;
    for (const Source& s : sources_)
      for (const XmlElement& e : s.xml.elements)
        if (const std::string* dir = e.attribute("meshdir"); e.tag == "compiler" && dir) folder = *dir;
    for (const XmlElement& e : source.xml.elements) {
      const std::string* file = e.tag == "mesh" ? e.attribute(source.urdf ? "filename" : "file") : nullptr;
      if (!file) continue;
      std::string place = *file;
      if (source.urdf && place.rfind("package://", 0) == 0)
        place = find_in_package(place.substr(10), fs::path(source.path).parent_path().string());
      else if (place.rfind("file://", 0) == 0) place = place.substr(7);
      else place = (fs::path(sources_[0].path).parent_path() / folder / place).string();
      const bool exists = core::file_exists(place);
      if (!exists || read_mesh_points(place).empty())
        add(Level::warning, source.path, e.line, label(e),
            "mesh file '" + fs::path(place).lexically_normal().string() + "' is " +
                (exists ? "broken or of an unknown format" : "missing") + ": a primitive takes its place",
            "an STL, OBJ, MSH or DAE file");
    }
  }

  // The line of the element of that name; 0 when it is not in the text.
  std::pair<std::string, int> place_of(const std::string& name) const {
    for (const Source& s : sources_)
      for (const XmlElement& e : s.xml.elements)
        if (const std::string* n = e.attribute("name"); n && *n == name) return {s.path, e.line};
    return {path_, 0};
  }

  // The first 'quoted' word of a sentence that names something in the file.
  std::pair<std::string, int> place_in(const std::string& sentence) const {
    for (size_t a = sentence.find('\''); a != std::string::npos; a = sentence.find('\'', a + 1)) {
      const size_t b = sentence.find('\'', a + 1);
      if (b == std::string::npos) break;
      const auto place = place_of(sentence.substr(a + 1, b - a - 1));
      if (place.second) return place;
    }
    return {path_, 0};
  }

  bool said(const std::string& file, int line) const {
    return std::any_of(found_.begin(), found_.end(),
                       [&](const Finding& f) { return f.level == Level::error && f.file == file && f.line == line && line > 0; });
  }

  static Recipe plain(const std::string& path) {
    Recipe recipe;
    recipe.name = recipe.title = fs::path(path).stem().string();
    recipe.folder = fs::path(path).parent_path().string();
    recipe.model = path;
    return recipe;
  }

  void check_body() {
    try {
      const Body body = make_body(recipe_);
      for (const std::string& note : body.notes) {
        if (note.rfind("mesh file", 0) == 0) continue;  // said with its line above
        const auto [file, line] = place_in(note);
        add(Level::note, file, line, "", note, "");
      }
      check_symmetry(body);
      check_drives(body);
      check_stance(body);
    } catch (const UserError& e) {
      const std::string& where = e.where();
      const size_t colon = where.rfind(':');
      const bool markup = colon != std::string::npos;  // told by MuJoCo's reader: not what the text showed already
      int line = colon == std::string::npos ? 0 : std::atoi(where.c_str() + colon + 1);
      std::string file = line ? where.substr(0, colon) : path_;
      if (!line) line = line_in(e.problem());
      if (!line) std::tie(file, line) = place_in(e.problem());
      if (markup || !said(file, line)) add(Level::error, file, line, "", e.problem(), e.expected());
    }
  }

  void check_symmetry(const Body& body) {
    for (size_t j = 0; j < body.joints.size(); ++j) {
      const Joint& a = body.joints[j];
      if (a.mirror <= static_cast<int>(j)) continue;
      const Joint& b = body.joints[a.mirror];
      const double low = a.mirror_sign > 0 ? b.low : -b.high, high = a.mirror_sign > 0 ? b.high : -b.low;
      if (std::abs(a.low - low) > 0.05 || std::abs(a.high - high) > 0.05) {
        const auto [file, line] = place_of(b.name);
        add(Level::warning, file, line, "joint '" + b.name + "'", "its range is not the mirror image of '" + a.name + "'",
            std::to_string(a.mirror_sign > 0 ? a.low : -a.high) + " to " + std::to_string(a.mirror_sign > 0 ? a.high : -a.low));
      }
      const Link &p = body.links[a.link], &q = body.links[b.link];
      if (std::abs(p.mass - q.mass) > 0.1 * std::max(p.mass, q.mass)) {
        const auto [file, line] = place_of(q.name);
        add(Level::warning, file, line, "link '" + q.name + "'",
            "weighs " + std::to_string(q.mass) + " kg, its mirror image '" + p.name + "' " + std::to_string(p.mass) + " kg",
            "equal masses");
      }
      if (std::abs(a.torque_max - b.torque_max) > 0.05 * a.torque_max) {
        const auto [file, line] = place_of(b.name);
        add(Level::warning, file, line, "joint '" + b.name + "'", "its torque limit differs from that of '" + a.name + "'",
            std::to_string(a.torque_max) + " N m");
      }
    }
  }

  void check_drives(const Body& body) {
    for (int j : body.actuated) {
      const Joint& joint = body.joints[j];
      if (std::abs(joint.torque_home) < joint.torque_max) continue;
      const auto [file, line] = place_of(joint.name);
      add(Level::warning, file, line, "joint '" + joint.name + "'",
          "needs " + std::to_string(std::abs(joint.torque_home)) + " N m to stand and may give " +
              std::to_string(joint.torque_max),
          "a larger torque limit");
    }
    for (const Leg& leg : body.legs) {
      for (int j : leg.joints) {
        if (body.joints[j].actuated) continue;
        const auto [file, line] = place_of(body.joints[j].name);
        add(Level::warning, file, line, "joint '" + body.joints[j].name + "'", "is a leg joint without an actuator",
            "an actuator");
      }
    }
  }

  void check_stance(const Body& body) {
    const double L = body.leg_length;
    if (L < 0.1 || L > 1.5)
      add(Level::warning, path_, 0, "", "the legs are " + std::to_string(L) + " m long", "0.1 to 1.5 m (are units metres?)");
    const double ahead = body.com_home[0] - body.legs[0].sole_home[0];
    if (std::abs(ahead) > 0.5 * body.legs[0].length)
      add(Level::warning, path_, 0, "",
          "at home the centre of mass lies " + std::to_string(ahead) + " m ahead of the soles' centres", "above the soles");
  }

  std::string path_;
  Recipe recipe_;
  std::vector<Source> sources_;
  std::vector<Finding> found_;
};

}  // namespace

std::vector<Finding> check_file(const std::string& path) {
  std::error_code error;
  const std::string file = fs::absolute(path, error).lexically_normal().string();
  if (fs::path(file).extension() != ".toml") return Checker(file).run();
  try {
    Recipe recipe = read_recipe(fs::path(file).parent_path().string());
    if (recipe.has_sheet && !core::file_exists(recipe.model)) return Checker(std::move(recipe)).run_sheet();
    return Checker(std::move(recipe)).run();
  } catch (const UserError& e) {
    return {{Level::error, file, line_in(e.where()), "", e.problem(), e.expected()}};
  }
}

}  // namespace manybody::body
