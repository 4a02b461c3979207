#include "body/actuator_sheet.h"

#include <filesystem>

#include "body/toml_section.inc"

namespace manybody::body {
namespace fs = std::filesystem;
namespace {

std::string sheets_folder() { return (fs::path(core::home_directory()) / "data" / "actuators").string(); }

struct Row {
  const char* key;
  const char* unit;
  double low, high;
  double ActuatorModel::*value;
};

const Row kMotor[] = {
    {"torque_constant", "N m/A", 1e-5, 1e3, &ActuatorModel::torque_constant},
    {"resistance", "ohm", 1e-5, 1e4, &ActuatorModel::resistance},
    {"voltage", "V", 0.1, 1e4, &ActuatorModel::voltage},
    {"current_max", "A", 1e-3, 1e4, &ActuatorModel::current_max},
    {"rotor_inertia", "kg m²", 0, 1, &ActuatorModel::rotor_inertia},
    {"pole_pairs", "", 0, 1000, &ActuatorModel::pole_pairs},
    {"cogging", "N m", 0, 100, &ActuatorModel::cogging},
};
const Row kReducer[] = {
    {"ratio", "", 0.01, 1e5, &ActuatorModel::ratio},
    {"efficiency", "", 0.01, 1, &ActuatorModel::efficiency},
    {"efficiency_back", "", 0.01, 1, &ActuatorModel::efficiency_back},
    {"friction", "N m (N at a screw)", 0, 1e5, &ActuatorModel::friction},
    {"viscous", "N m s/rad (N s/m at a screw)", 0, 1e6, &ActuatorModel::viscous},
    {"backlash", "rad", 0, 0.5, &ActuatorModel::backlash},
    {"ripple", "", 0, 1, &ActuatorModel::ripple},
    {"ripple_per_turn", "", 0, 1000, &ActuatorModel::ripple_per_turn},
    {"lead", "m", 1e-5, 0.5, &ActuatorModel::lead},
    {"torque_limit", "N m (N at a screw)", 0, 1e6, &ActuatorModel::torque_limit},
};
const Row kHeat[] = {
    {"capacity", "J/K", 0.1, 1e6, &ActuatorModel::heat_capacity},
    {"resistance", "K/W", 1e-3, 1e3, &ActuatorModel::heat_resistance},
    {"ambient", "°C", -60, 100, &ActuatorModel::ambient},
    {"soft", "°C", 0, 400, &ActuatorModel::temperature_soft},
    {"max", "°C", 0, 400, &ActuatorModel::temperature_max},
};
const Row kSpread[] = {
    {"strength", "", 0, 0.9, &ActuatorModel::spread_strength},     {"friction", "", 0, 1, &ActuatorModel::spread_friction},
    {"efficiency", "", 0, 0.9, &ActuatorModel::spread_efficiency}, {"voltage", "", 0, 0.9, &ActuatorModel::spread_voltage},
    {"backlash", "", 0, 1, &ActuatorModel::spread_backlash},
};

template <size_t N>
void read_rows(Section& parent, const char* name, const Row (&rows)[N], const std::string& file, ActuatorModel& m) {
  const toml::table* table = parent.table(name);
  if (!table) return;
  Section s(*table, file, name);
  for (const Row& row : rows)
    read_figure(s, file, row.key, std::string(name) + "." + row.key, row.unit, row.low, row.high, m.*row.value, m.figures);
  s.done();
}

Drivetrain read_kind(Section& s, const toml::table& table, const std::string& file) {
  std::string text;
  s.text("kind", text);
  std::vector<std::string> known;
  for (int k = 0; k <= static_cast<int>(Drivetrain::roller_screw); ++k) {
    known.push_back(to_text(static_cast<Drivetrain>(k)));
    if (known.back() == text) return static_cast<Drivetrain>(k);
  }
  const toml::node* node = table.get("kind");
  const std::string where = node ? s.at(*node) : file;
  std::string list;
  for (const std::string& k : known) list += (list.empty() ? "" : ", ") + k;
  const std::string hint = core::near_match_hint(text, known);
  throw UserError(where, text.empty() ? "has no 'kind'" : "unknown kind '" + text + "'" + (hint.empty() ? "" : ", " + hint),
                  "one of " + list);
}

void read_linkage(Section& s, const std::string& file, ActuatorModel& m) {
  const toml::table* table = s.table("linkage");
  if (!table) {
    if (m.kind == Drivetrain::roller_screw)
      throw UserError(file, "a roller screw has no [linkage]", "its arms a and b and the angle q0 between them");
    return;
  }
  Section l(*table, file, "linkage");
  read_figure(l, file, "a", "linkage.a", "m", 1e-3, 2, m.linkage.a, m.figures);
  read_figure(l, file, "b", "linkage.b", "m", 1e-3, 2, m.linkage.b, m.figures);
  read_figure(l, file, "q0", "linkage.q0", "rad", -7, 7, m.linkage.q0, m.figures);
  l.number("sign", m.linkage.sign);
  l.done();
  if (m.linkage.sign != 1 && m.linkage.sign != -1)
    throw UserError(file, "linkage.sign is neither 1 nor -1", "1: a growing angle lengthens the screw");
  if (m.linkage.a <= 0 || m.linkage.b <= 0 || std::abs(m.linkage.lever(0)) < 1e-3 * m.linkage.a)
    throw UserError(file, "the linkage has no lever at joint angle 0", "a, b and q0 of a triangle that is not flat");
}

}  // namespace

std::vector<std::string> list_actuators() {
  std::vector<std::string> out;
  std::error_code error;
  for (const fs::directory_entry& item : fs::directory_iterator(sheets_folder(), error))
    if (item.path().extension() == ".toml") out.push_back(item.path().stem().string());
  std::sort(out.begin(), out.end());
  return out;
}

ActuatorModel load_actuator(const std::string& name) {
  std::string file = name;
  if (fs::path(name).extension() != ".toml") {
    file = (fs::path(sheets_folder()) / (name + ".toml")).string();
    if (!core::file_exists(file)) {
      const std::vector<std::string> known = list_actuators();
      std::string list;
      for (const std::string& k : known) list += (list.empty() ? "" : ", ") + k;
      const std::string hint = core::near_match_hint(name, known);
      throw UserError("actuator '" + name + "'", "is not known" + (hint.empty() ? "" : ", " + hint),
                      "one of " + list + ", or a .toml file");
    }
  }
  const toml::table table = parse_toml(file);
  Section s(table, file, "");
  ActuatorModel m;
  m.name = m.title = fs::path(file).stem().string();
  s.text("title", m.title);
  m.kind = read_kind(s, table, file);
  m.temperature_soft = 0;
  read_rows(s, "motor", kMotor, file, m);
  read_rows(s, "reducer", kReducer, file, m);
  read_rows(s, "heat", kHeat, file, m);
  read_rows(s, "spread", kSpread, file, m);
  if (m.temperature_soft <= 0) m.temperature_soft = m.temperature_max - 30;
  if (m.kind == Drivetrain::roller_screw && m.lead <= 0)
    throw UserError(file, "a roller screw has no 'lead'", "metres of travel a turn");
  read_linkage(s, file, m);
  s.done();
  std::vector<std::string> needed = {"motor.torque_constant", "motor.resistance", "motor.voltage", "motor.current_max",
                                     "reducer.ratio"};
  for (const std::string& key : needed)
    if (std::none_of(m.figures.begin(), m.figures.end(), [&](const Figure& f) { return f.name == key; }))
      throw UserError(file, "has no '" + key + "'", "a figure: { value = 1.0, source = \"...\" } or guess = \"...\"");
  if (m.temperature_max <= m.ambient)
    throw UserError(file, "heat.max is not above heat.ambient", "the winding's limit, 80 to 180 °C");
  if (m.stall_torque() <= 0) throw UserError(file, "its friction is larger than what its motor gives", "an actuator that moves");
  return m;
}

}  // namespace manybody::body
