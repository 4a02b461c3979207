#include "core/config.h"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <type_traits>

#include "core/error.h"
#include "core/files.h"

namespace manybody::core {
namespace {

template <class T>
constexpr bool always_false = false;

// The shortest text that reads back to the same bits.
std::string number_text(double value) {
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return std::string(buffer, end);
}

std::optional<double> parse_number(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

template <class Int>
std::optional<Int> parse_whole(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  Int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return value;
  // 1e6 is a handy way to write a million.
  const std::optional<double> number = parse_number(text);
  if (!number || *number != std::floor(*number) || std::abs(*number) > 0x1p53) return std::nullopt;
  if (*number < static_cast<double>(std::numeric_limits<Int>::min())) return std::nullopt;
  if (*number > static_cast<double>(std::numeric_limits<Int>::max())) return std::nullopt;
  return static_cast<Int>(*number);
}

std::optional<bool> parse_flag(std::string_view text) {
  if (text == "true" || text == "on" || text == "yes" || text == "1") return true;
  if (text == "false" || text == "off" || text == "no" || text == "0") return false;
  return std::nullopt;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split_list(std::string_view text) {
  text = trim(text);
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') text = trim(text.substr(1, text.size() - 2));
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const size_t comma = text.find(',');
    parts.push_back(trim(text.substr(0, comma)));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
    if (trim(text).empty()) parts.push_back({});  // "1,2," says that a number is missing
  }
  return parts;
}

bool inside(double value, const Range& range) { return value >= range.low && value <= range.high; }

std::string range_text(const Range& range) {
  const bool low = std::isfinite(range.low), high = std::isfinite(range.high);
  if (low && high) return " from " + number_text(range.low) + " to " + number_text(range.high);
  if (low) return " of at least " + number_text(range.low);
  if (high) return " of at most " + number_text(range.high);
  return "";
}

[[noreturn]] void wrong_value(const Field& field, const std::string& where, const std::string& given) {
  throw UserError(where, field.name + " cannot be " + given, expected_text(field));
}

// Stores `text` when it has the field's type, range and choices; false otherwise.
bool store(const Field& field, const std::string& text) {
  return std::visit(
      [&](auto* target) -> bool {
        using T = std::remove_pointer_t<decltype(target)>;
        if constexpr (std::is_same_v<T, std::string>) {
          const bool allowed = field.choices.empty() || std::count(field.choices.begin(), field.choices.end(), text);
          if (allowed) *target = text;
          return allowed;
        } else if constexpr (std::is_same_v<T, std::vector<double>>) {
          std::vector<double> values;
          for (std::string_view part : split_list(text)) {
            const std::optional<double> value = parse_number(part);
            if (!value || !inside(*value, field.range)) return false;
            values.push_back(*value);
          }
          *target = std::move(values);
          return true;
        } else {
          std::optional<T> value;
          if constexpr (std::is_same_v<T, bool>) value = parse_flag(trim(text));
          else if constexpr (std::is_same_v<T, double>) value = parse_number(trim(text));
          else value = parse_whole<T>(trim(text));
          if (!value || !inside(static_cast<double>(*value), field.range)) return false;
          *target = *value;
          return true;
        }
      },
      field.value);
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out += '\\', out += c;
    else if (c == '\n') out += "\\n";
    else if (c == '\t') out += "\\t";
    else if (byte < 0x20 || byte == 0x7f) {
      static const char kHex[] = "0123456789abcdef";
      out += std::string("\\u00") + kHex[byte >> 4] + kHex[byte & 15];
    } else out += c;
  }
  return out + "\"";
}

// A TOML float must look like one: 1 becomes 1.0.
std::string toml_number(double value) {
  std::string text = number_text(value);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

std::string toml_value(const Field& field) {
  return std::visit(
      [&](auto* value) -> std::string {
        using T = std::remove_pointer_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::string>) return quoted(*value);
        else if constexpr (std::is_same_v<T, double>) return toml_number(*value);
        else if constexpr (std::is_same_v<T, std::vector<double>>) {
          std::string out;
          for (double number : *value) out += (out.empty() ? "" : ", ") + toml_number(number);
          return "[" + out + "]";
        } else if constexpr (std::is_same_v<T, uint64_t>) {
          // TOML integers are signed; a larger seed is kept as text.
          const std::string text = std::to_string(*value);
          return *value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) ? quoted(text) : text;
        } else return value_text(field);
      },
      field.value);
}

std::vector<std::string> names_of(const std::vector<Field>& fields) {
  std::vector<std::string> names;
  for (const Field& field : fields) names.push_back(field.name);
  return names;
}

std::string group_of(const std::string& name) {
  const size_t dot = name.rfind('.');
  return dot == std::string::npos ? "" : name.substr(0, dot);
}

std::string leaf_of(const std::string& name) { return name.substr(name.rfind('.') + 1); }

// A near match of the whole dotted name; else of its last part, wherever that lies.
std::string suggestion(const std::string& name, const std::vector<Field>& fields) {
  const std::vector<std::string> names = names_of(fields);
  for (const std::string& known : names) {
    if (leaf_of(known) == leaf_of(name)) return "did you mean '" + known + "'?";
  }
  std::string best = near_match(name, names);
  if (best.empty()) {
    std::vector<std::string> leaves;
    for (const std::string& known : names) leaves.push_back(leaf_of(known));
    const std::string leaf = near_match(leaf_of(name), leaves);
    const auto at = std::find(leaves.begin(), leaves.end(), leaf);
    if (!leaf.empty()) best = names[static_cast<size_t>(at - leaves.begin())];
  }
  return best.empty() ? "one of the names `--help` lists" : "did you mean '" + best + "'?";
}

std::string place(const std::string& where, const toml::node& node) {
  return where + ":" + std::to_string(node.source().begin.line);
}

// A scalar as `store` reads it; kinds that no field takes are named, so that the error can say what was given.
struct Scalar {
  std::string text, shown;
  bool is_text = false, is_flag = false, known = true;
};

Scalar scalar_of(const toml::node& node) {
  if (const auto* v = node.as_string()) return {v->get(), "\"" + v->get() + "\"", true, false, true};
  if (const auto* v = node.as_boolean()) return {v->get() ? "true" : "false", v->get() ? "true" : "false", false, true, true};
  if (const auto* v = node.as_integer()) return {std::to_string(v->get()), std::to_string(v->get()), false, false, true};
  if (const auto* v = node.as_floating_point()) return {number_text(v->get()), number_text(v->get()), false, false, true};
  if (node.is_array()) return {"", "a list", false, false, false};
  return {"", "a date", false, false, false};
}

void read_value(const Field& field, const toml::node& node, const std::string& where) {
  const std::string at = place(where, node);
  if (std::holds_alternative<std::vector<double>*>(field.value)) {
    const toml::array* list = node.as_array();
    if (!list) wrong_value(field, at, scalar_of(node).shown);
    std::string text;
    for (const toml::node& item : *list) {
      const Scalar scalar = scalar_of(item);
      if (!scalar.known || scalar.is_text || scalar.is_flag)
        wrong_value(field, place(where, item), "a list with " + scalar.shown);
      text += (text.empty() ? "" : ",") + scalar.text;
    }
    if (!store(field, text)) wrong_value(field, at, "[" + text + "]");
    return;
  }
  const Scalar scalar = scalar_of(node);
  const bool wants_text = std::holds_alternative<std::string*>(field.value);
  const bool wants_flag = std::holds_alternative<bool*>(field.value);
  const bool large_seed = std::holds_alternative<uint64_t*>(field.value) && scalar.is_text;
  const bool kind = (scalar.is_text == wants_text || large_seed) && scalar.is_flag == wants_flag;
  if (!scalar.known || !kind || !store(field, scalar.text)) wrong_value(field, at, scalar.shown);
}

}  // namespace

std::string value_text(const Field& field) {
  return std::visit(
      [](auto* value) -> std::string {
        using T = std::remove_pointer_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::string>) return *value;
        else if constexpr (std::is_same_v<T, bool>) return *value ? "true" : "false";
        else if constexpr (std::is_same_v<T, double>) return number_text(*value);
        else if constexpr (std::is_same_v<T, std::vector<double>>) {
          std::string out;
          for (double number : *value) out += (out.empty() ? "" : ",") + number_text(number);
          return out;
        } else if constexpr (std::is_integral_v<T>) return std::to_string(*value);
        else static_assert(always_false<T>);
      },
      field.value);
}

std::string expected_text(const Field& field) {
  return std::visit(
      [&](auto* value) -> std::string {
        using T = std::remove_pointer_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::string>) {
          if (field.choices.empty()) return "text";
          std::string out = "one of ";
          for (size_t i = 0; i < field.choices.size(); ++i) out += (i ? ", " : "") + field.choices[i];
          return out;
        } else if constexpr (std::is_same_v<T, bool>) return "true or false";
        else if constexpr (std::is_same_v<T, double>) return "a number" + range_text(field.range);
        else if constexpr (std::is_same_v<T, std::vector<double>>) {
          const std::string range = range_text(field.range);
          return "a list of numbers" + (range.empty() ? "" : ", each" + range);
        } else return "a whole number" + range_text(field.range);
      },
      field.value);
}

void Fields::add(const std::string& name, Field field) {
  field.name = prefix_ + name;
  MB_CHECK(find(field.name) == nullptr);
  field.preset = value_text(field);
  fields_.push_back(std::move(field));
}

void Fields::number(const std::string& name, double& value, const std::string& help, Range range) {
  add(name, {"", help, &value, range, {}, ""});
}

void Fields::integer(const std::string& name, int& value, const std::string& help, Range range) {
  add(name, {"", help, &value, range, {}, ""});
}

void Fields::seed(const std::string& name, uint64_t& value, const std::string& help) {
  add(name, {"", help, &value, {0, std::numeric_limits<double>::infinity()}, {}, ""});
}

void Fields::flag(const std::string& name, bool& value, const std::string& help) { add(name, {"", help, &value, {}, {}, ""}); }

void Fields::text(const std::string& name, std::string& value, const std::string& help, std::vector<std::string> choices) {
  add(name, {"", help, &value, {}, std::move(choices), ""});
}

void Fields::numbers(const std::string& name, std::vector<double>& value, const std::string& help, Range range) {
  add(name, {"", help, &value, range, {}, ""});
}

void Fields::group(const std::string& name, const std::function<void()>& describe) {
  const std::string outer = prefix_;
  prefix_ += name + ".";
  describe();
  prefix_ = outer;
}

const Field* Fields::find(std::string_view name) const {
  for (const Field& field : fields_) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

void Fields::set(const std::string& name, const std::string& text, const std::string& where) {
  const Field* field = find(name);
  if (!field) throw UserError(where, "there is no '" + name + "'", suggestion(name, fields_));
  if (!store(*field, text)) wrong_value(*field, where, "'" + text + "'");
}

void Fields::read_toml(const std::string& path) { read_toml_text(read_file(path), path); }

void Fields::read_toml_text(const std::string& toml, const std::string& where) {
  toml::table root;
  try {
    root = toml::parse(toml);
  } catch (const toml::parse_error& error) {
    throw UserError(where + ":" + std::to_string(error.source().begin.line), std::string(error.description()), "TOML");
  }
  const std::function<void(const toml::table&, const std::string&)> walk = [&](const toml::table& table,
                                                                               const std::string& prefix) {
    for (auto&& [key, node] : table) {
      const std::string name = prefix + std::string(key.str());
      const std::string group = name + ".";
      const bool is_group =
          std::any_of(fields_.begin(), fields_.end(), [&](const Field& f) { return f.name.starts_with(group); });
      const Field* field = find(name);
      if (node.is_table() && is_group) walk(*node.as_table(), group);
      else if (field && node.is_table()) wrong_value(*field, place(where, node), "a group");
      else if (field) read_value(*field, node, where);
      else if (is_group) throw UserError(place(where, node), "'" + name + "' is a group", "[" + name + "] with its values below");
      else throw UserError(place(where, node), "there is no '" + name + "'", suggestion(name, fields_));
    }
  };
  walk(root, "");
}

std::string Fields::write_toml(bool comments) const {
  std::vector<std::string> groups;
  for (const Field& field : fields_) {
    const std::string group = group_of(field.name);
    if (std::find(groups.begin(), groups.end(), group) == groups.end()) groups.push_back(group);
  }
  std::sort(groups.begin(), groups.end());  // "" first: values outside any group must precede every header
  std::string out;
  for (const std::string& group : groups) {
    if (!group.empty()) out += (out.empty() ? "[" : "\n[") + group + "]\n";
    for (const Field& field : fields_) {
      if (group_of(field.name) != group) continue;
      out += leaf_of(field.name) + " = " + toml_value(field);
      if (comments) out += "  # " + field.help + " (" + expected_text(field) + ")";
      out += "\n";
    }
  }
  return out;
}

}  // namespace manybody::core
