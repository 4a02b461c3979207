// One typed struct a subject is the configuration; this generates its flags, its TOML and its help from one list of fields.
//
// A configuration struct has `void describe(core::Fields& f)` that names each field once:
//     f.number("gamma", gamma, "discount of future reward", {0, 1});
//     f.group("ppo", [&] { ppo.describe(f); });          // dotted: ppo.gamma
// Order of precedence: defaults in the struct < robot.toml < TOML file < flags. The resolved values are saved with every run.
// Errors: UserError with file:line (or the flag), the dotted name, the expected type and range, and a near match.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace manybody::core {

struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

struct Field {
  std::string name;  // dotted
  std::string help;
  std::variant<double*, int*, bool*, std::string*, uint64_t*, std::vector<double>*> value;
  Range range;
  std::vector<std::string> choices;  // for strings; empty: anything
  std::string preset;                // the value when described, as text
};

class Fields {
 public:
  void number(const std::string& name, double& value, const std::string& help, Range range = {});
  void integer(const std::string& name, int& value, const std::string& help, Range range = {});
  void seed(const std::string& name, uint64_t& value, const std::string& help);
  void flag(const std::string& name, bool& value, const std::string& help);
  void text(const std::string& name, std::string& value, const std::string& help, std::vector<std::string> choices = {});
  void numbers(const std::string& name, std::vector<double>& value, const std::string& help, Range range = {});
  void group(const std::string& name, const std::function<void()>& describe);

  const std::vector<Field>& all() const { return fields_; }
  const Field* find(std::string_view name) const;

  // Sets one field from text ("--ppo.gamma 0.98"). where: the flag or file:line used in the error.
  void set(const std::string& name, const std::string& text, const std::string& where);
  // Reads a TOML file or text into the fields it names; an unknown name is an error with a near match.
  void read_toml(const std::string& path);
  void read_toml_text(const std::string& toml, const std::string& where);
  // Full precision, sorted by group, each line with its help as a comment when `comments`.
  std::string write_toml(bool comments = false) const;

 private:
  void add(const std::string& name, Field field);
  std::string prefix_;
  std::vector<Field> fields_;
};

// What a field takes, for help and errors: "a number from 0 to 1", "one of flat, rough".
std::string expected_text(const Field& field);
// The field's value now, as `Fields::set` reads it back.
std::string value_text(const Field& field);

}  // namespace manybody::core
