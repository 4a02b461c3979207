// Verbs, flags and help of the program, built on configuration fields: a struct's fields are its flags.
//
// Reads: argv. Writes: the described structs; help on stdout.
// Method: flags are generated from core::Fields, so that a name, its help, range and default are written once.
// Errors: core::UserError naming the flag or verb, with a near match; nothing is run then.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/config.h"

namespace manybody::apps {

// What the user set: TOML files first, then flags in the order given. Applied by the verb after the robot's own values.
class Settings {
 public:
  std::vector<std::string> files;
  std::vector<std::pair<std::string, std::string>> flags;  // field, text

  void apply(core::Fields& fields) const;
  bool names(const std::string& field) const;  // the user gave this flag
};

class Command {
 public:
  Command(const std::string& program, const std::string& summary, const std::string& version);
  ~Command();
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  Command& verb(const std::string& name, const std::string& summary);
  void positional(const std::string& name, std::string& value, const std::string& help, bool required = true);
  void option(const std::string& name, std::string& value, const std::string& help);  // --name TEXT
  void flag(const std::string& name, bool& value, const std::string& help);
  // A flag for every field, and --config FILE. Values are kept as text until `apply`.
  void settings(const core::Fields& fields, Settings& into);
  // For programs that parse further arguments themselves and for examples below the help.
  void footer(const std::string& text);
  void on_run(std::function<int()> work);

  // Parses, then runs the chosen verb; returns its exit status.
  int run(int argc, const char* const* argv);

 private:
  struct State;
  explicit Command(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace manybody::apps
