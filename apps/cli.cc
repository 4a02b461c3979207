#include "cli.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <set>

#include "core/error.h"
#include "core/text.h"

namespace manybody::apps {
namespace {

const char* type_name(const core::Field& field) {
  struct Namer {
    const char* operator()(double*) const { return "NUMBER"; }
    const char* operator()(int*) const { return "COUNT"; }
    const char* operator()(uint64_t*) const { return "COUNT"; }
    const char* operator()(bool*) const { return "on|off"; }
    const char* operator()(std::string*) const { return "TEXT"; }
    const char* operator()(std::vector<double>*) const { return "LIST"; }
  };
  return std::visit(Namer{}, field.value);
}

// "discount of future reward (from 0 to 1)": what the type's name does not say already.
std::string help_of(const core::Field& field) {
  if (std::holds_alternative<uint64_t*>(field.value)) return field.help;
  const std::string expected = core::expected_text(field);
  for (const std::string start : {"a number", "a whole number", "a list of numbers"}) {
    if (expected.rfind(start + " ", 0) == 0) return field.help + " (" + expected.substr(start.size() + 1) + ")";
    if (expected.rfind(start + ", ", 0) == 0) return field.help + " (" + expected.substr(start.size() + 2) + ")";
  }
  if (expected.rfind("one of ", 0) == 0) return field.help + " (" + expected + ")";
  return field.help;
}

std::string group_title(const std::string& name) {
  const size_t dot = name.rfind('.');
  return dot == std::string::npos ? "Settings" : "Settings of " + name.substr(0, dot);
}

bool is_switch_word(const std::string& word) {
  static const std::set<std::string> words{"true", "false", "on", "off", "yes", "no", "0", "1"};
  return words.count(word) > 0;
}

std::vector<std::string> flag_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::vector<std::string> verb_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) names.push_back(verb->get_name());
  return names;
}

std::string full_name(const CLI::App* app) {
  std::string name = app->get_name();
  for (const CLI::App* up = app->get_parent(); up; up = up->get_parent()) name = up->get_name() + " " + name;
  return name;
}

// Without the program's own name, which main puts first.
std::string short_name(const CLI::App* app) {
  const std::string name = full_name(app);
  const size_t space = name.find(' ');
  return space == std::string::npos ? "" : name.substr(space + 1);
}

// The verb the arguments reached: the deepest one that was parsed.
const CLI::App* deepest(const CLI::App* app) {
  for (;;) {
    const auto parsed = app->get_subcommands();
    if (parsed.empty()) return app;
    app = parsed.back();
  }
}

[[noreturn]] void unknown_word(const CLI::App& app, const std::string& given) {
  const bool is_flag = given.rfind("-", 0) == 0;
  const std::string word = given.substr(0, given.find('='));
  const std::vector<std::string> known = is_flag ? flag_names(app) : verb_names(app);
  std::string expected = core::near_match_hint(word, known);
  if (expected.empty() && !is_flag && !known.empty()) expected = core::joined(known);
  if (expected.empty()) expected = "what '" + full_name(&app) + " --help' lists";
  const bool wants_verb = !is_flag && !known.empty();
  throw core::UserError(short_name(&app),
                        std::string(wants_verb ? "there is no verb '"
                                    : is_flag  ? "there is no flag '"
                                               : "there is no place for '") +
                            word + "'",
                        expected);
}

}  // namespace

void Settings::apply(core::Fields& fields) const {
  for (const std::string& file : files) fields.read_toml(file);
  for (const auto& [name, text] : flags) fields.set(name, text, "--" + name);
}

bool Settings::names(const std::string& field) const {
  return std::any_of(flags.begin(), flags.end(), [&](const auto& flag) { return flag.first == field; });
}

struct Command::State {
  std::unique_ptr<CLI::App> owned;  // the program only
  CLI::App* app = nullptr;
  std::vector<std::unique_ptr<Command>> verbs;
  std::set<std::string> switches;  // "--quiet": a word like `off` after it is its value
  std::shared_ptr<std::function<int()>> chosen;

  void collect_switches(std::set<std::string>& out) const {
    out.insert(switches.begin(), switches.end());
    for (const auto& verb : verbs) verb->state_->collect_switches(out);
  }
};

Command::Command(std::unique_ptr<State> state) : state_(std::move(state)) {}
Command::~Command() = default;

Command::Command(const std::string& program, const std::string& summary, const std::string& version)
    : state_(std::make_unique<State>()) {
  state_->owned = std::make_unique<CLI::App>(summary, program);
  state_->app = state_->owned.get();
  state_->chosen = std::make_shared<std::function<int()>>();
  state_->app->set_help_flag("-h,--help", "this text");
  state_->app->set_version_flag("--version", version);
  state_->app->require_subcommand(0, 1);
  state_->app->get_formatter()->column_width(40);
  state_->app->get_formatter()->label("SUBCOMMANDS", "VERBS");
  state_->app->get_formatter()->label("SUBCOMMAND", "VERB");
}

Command& Command::verb(const std::string& name, const std::string& summary) {
  auto state = std::make_unique<State>();
  state->app = state_->app->add_subcommand(name, summary)->group("Verbs");
  state->chosen = state_->chosen;
  state_->verbs.push_back(std::unique_ptr<Command>(new Command(std::move(state))));
  return *state_->verbs.back();
}

void Command::positional(const std::string& name, std::string& value, const std::string& help, bool required) {
  state_->app->add_option(name, value, help)->required(required)->type_name("");
}

void Command::option(const std::string& name, std::string& value, const std::string& help) {
  state_->app->add_option("--" + name, value, help)->type_name("TEXT");
}

void Command::flag(const std::string& name, bool& value, const std::string& help) {
  state_->app->add_flag("--" + name, value, help);
}

void Command::settings(const core::Fields& fields, Settings& into) {
  state_->app->add_option("--config", into.files, "a TOML file of settings; flags win over it (repeatable)")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->group("Settings");
  for (const core::Field& field : fields.all()) {
    const std::string name = field.name;
    const auto keep = [&into, name](const std::string& text) { into.flags.emplace_back(name, text); };
    CLI::Option* option = nullptr;
    if (std::holds_alternative<bool*>(field.value)) {
      option = state_->app->add_flag_function(
          "--" + name, [&into, name](int64_t on) { into.flags.emplace_back(name, on > 0 ? "true" : "false"); }, help_of(field));
      state_->switches.insert("--" + name);
    } else {
      option = state_->app->add_option_function<std::string>("--" + name, keep, help_of(field));
    }
    option->group(group_title(name))->type_name(type_name(field));
    if (!field.preset.empty()) option->default_str(field.preset);
  }
}

void Command::footer(const std::string& text) { state_->app->footer(text); }

void Command::on_run(std::function<int()> work) {
  // A verb with verbs of its own (`bench brain`) runs last: it must not take the place of the one that was named.
  state_->app->callback([chosen = state_->chosen, app = state_->app, work = std::move(work)] {
    if (app->get_subcommands().empty()) *chosen = work;
  });
}

int Command::run(int argc, const char* const* argv) {
  std::set<std::string> switches;
  state_->collect_switches(switches);
  std::vector<std::string> words;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (!words.empty() && switches.count(words.back()) && is_switch_word(word)) words.back() += "=" + word;
    else words.push_back(word);
  }
  std::reverse(words.begin(), words.end());  // the order CLI11 takes them in

  CLI::App& app = *state_->app;
  try {
    app.parse(words);
  } catch (const CLI::Success& done) {
    return app.exit(done);  // --help, --version
  } catch (const CLI::ExtrasError&) {
    const CLI::App* reached = deepest(&app);
    std::vector<std::string> rest = reached->remaining();
    if (rest.empty()) rest = app.remaining(true);
    const auto flag = std::find_if(rest.begin(), rest.end(), [](const std::string& word) { return word.rfind("-", 0) == 0; });
    const bool verb_expected = !verb_names(*reached).empty();
    unknown_word(*reached, !verb_expected && flag != rest.end() ? *flag : rest.empty() ? "" : rest.front());
  } catch (const CLI::ParseError& error) {
    const CLI::App* reached = deepest(&app);
    throw core::UserError(short_name(reached), error.what(), "what '" + full_name(reached) + " --help' lists");
  }
  if (!*state_->chosen) {
    std::fputs(deepest(&app)->help().c_str(), stdout);
    return deepest(&app) == &app ? 0 : 2;
  }
  return (*state_->chosen)();
}

}  // namespace manybody::apps
