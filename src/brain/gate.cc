#include "brain/gate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "brain/gate_words.h"
#include "brain/pattern.h"

namespace manybody::brain {
namespace {

std::string number_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

// "stoooop" is "stop", "sstop" too: three equal letters in a row are one.
std::vector<Unit> squeezed(const std::vector<Unit>& units) {
  std::vector<Unit> out = units;
  for (Unit& unit : out) {
    if (unit.kind != Unit::Kind::word || unit.text.size() < 4) continue;
    std::string text;
    for (size_t i = 0; i < unit.text.size(); ++i) {
      const bool run = i >= 1 && unit.text[i] == unit.text[i - 1];
      const bool long_run =
          run && ((i + 1 < unit.text.size() && unit.text[i + 1] == unit.text[i]) || (i >= 2 && unit.text[i - 2] == unit.text[i]));
      if (!long_run) text += unit.text[i];
    }
    unit.text = text;
  }
  return out;
}

bool is_one_of(const std::string& word, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(), [&](const char* w) { return word == w; });
}

// Whoever is named becomes "him", whosever "his": the lists then need to know no names.
std::vector<Unit> without_names(const std::vector<Unit>& units, const Scene& scene) {
  static const Normaliser normaliser;
  std::vector<std::vector<std::string>> people;
  const auto add = [&](const std::string& name) {
    std::vector<std::string> words;
    for (const Unit& unit : normaliser.units(name)) words.push_back(unit.text);
    if (!words.empty()) people.push_back(std::move(words));
  };
  for (const Item& item : scene.items) {
    if (item.group != Item::Group::person && item.group != Item::Group::robot) continue;
    add(item.name);
    for (const std::string& alias : item.aliases) add(alias);
  }
  static const std::vector<std::string> kPeople = [] {
    std::vector<std::string> out;
    for (const std::string_view word : gate_words::kPeople) out.emplace_back(word);
    return out;
  }();
  const size_t named = people.size();
  for (const std::string& word : kPeople) add(word);
  std::vector<Unit> out;
  for (size_t i = 0; i < units.size();) {
    size_t length = 0;
    bool own = false;
    for (size_t p = 0; p < people.size(); ++p) {
      const std::vector<std::string>& words = people[p];
      if (words.size() <= length || i + words.size() > units.size()) continue;
      bool fits = true, possessive = false;
      for (size_t w = 0; w < words.size() && fits; ++w) {
        const std::string& said = units[i + w].text;
        possessive = w + 1 == words.size() && said == words[w] + "'s";
        fits = said == words[w] || possessive || (w + 1 == words.size() && p >= named && said == words[w] + "s");
      }
      if (fits) length = words.size(), own = possessive;
    }
    if (length == 0) {
      out.push_back(units[i++]);
      continue;
    }
    const bool chinese = units[i].kind == Unit::Kind::cjk;
    while (!out.empty() &&
           (chinese ? is_one_of(out.back().text, {"那", "这", "个", "些", "位", "几", "只", "群"})
                    : is_one_of(out.back().text,
                                {"the",   "that", "this", "those", "these", "a",   "an",    "my",    "some",  "old", "little",
                                 "small", "new",  "next", "poor",  "young", "any", "every", "first", "other", "all", "of"})))
      out.pop_back();
    Unit unit = units[i];
    unit.text = chinese ? "他" : own ? "his" : "him";
    out.push_back(unit);
    i += length;
  }
  return out;
}

std::vector<char> covered(size_t size, const std::vector<Patterns::Match>& matches) {
  std::vector<char> out(size, 0);
  for (const Patterns::Match& match : matches)
    std::fill(out.begin() + static_cast<long>(match.begin), out.begin() + static_cast<long>(match.end), 1);
  return out;
}

}  // namespace

struct Gate::Lists {
  Patterns stop{gate_words::kStop}, not_stop{gate_words::kNotStop}, harm{gate_words::kHarm}, not_harm{gate_words::kNotHarm},
      limits{gate_words::kLimits};
};

Gate::Gate() : lists_(new Lists) {}
Gate::~Gate() { delete lists_; }

bool is_open_target(const std::string& target) {
  static const std::array<const char*, 7> kOpen{"me", "left", "right", "up", "down", "forward", "backward"};
  return std::any_of(kOpen.begin(), kOpen.end(), [&](const char* word) { return target == word; });
}

std::vector<char> quoted_units(const std::vector<Unit>& units) {
  std::vector<char> quoted(units.size(), 0);
  const auto closing = [](const std::string& open) -> std::string {
    if (open == "\"" || open == "'") return open;
    if (open == "“" || open == "”") return "”";
    if (open == "「") return "」";
    if (open == "『") return "』";
    if (open == "《") return "》";
    return "";
  };
  for (size_t i = 0; i < units.size(); ++i) {
    if (units[i].kind != Unit::Kind::mark) continue;
    const std::string close = closing(units[i].text);
    if (close.empty() || units[i].text == "”") continue;
    for (size_t j = i + 1; j < units.size(); ++j) {
      if (units[j].kind != Unit::Kind::mark || units[j].text != close) continue;
      std::fill(quoted.begin() + static_cast<long>(i), quoted.begin() + static_cast<long>(j) + 1, 1);
      i = j;
      break;
    }
  }
  bool around = false;
  for (size_t i = 0; i < units.size(); ++i) around = around || (!quoted[i] && units[i].kind != Unit::Kind::mark);
  if (!around) std::fill(quoted.begin(), quoted.end(), 0);
  return quoted;
}

bool Gate::says_stop(const std::vector<Unit>& typed) const {
  const std::vector<Unit> units = squeezed(typed);
  std::vector<char> skip = quoted_units(units);
  const std::vector<char> negated = covered(units.size(), lists_->not_stop.find(units, skip));
  for (size_t i = 0; i < skip.size(); ++i) skip[i] = skip[i] || negated[i];
  return !lists_->stop.find(units, skip).empty();
}

bool Gate::harms(const std::vector<Unit>& units) const {
  std::vector<char> skip(units.size(), 0);
  skip = covered(units.size(), lists_->not_harm.find(units, skip));
  return !lists_->harm.find(units, skip).empty();
}

std::optional<std::string> Gate::harm_in(const std::vector<Unit>& typed, const Scene& scene) const {
  const std::vector<Unit> units = squeezed(typed);
  if (!lists_->limits.find(units, std::vector<char>(units.size(), 0)).empty()) return "limits";
  if (harms(units) || harms(without_names(units, scene))) return "harm";
  return std::nullopt;
}

std::optional<Gate::Fault> Gate::check(const Plan& plan, const Skills& skills, const Scene& scene, const Ability& ability) const {
  if (plan.size() > kMaxSteps) return Fault{"too_long", "more than " + std::to_string(kMaxSteps) + " steps"};
  for (const Step& step : plan) {
    if (auto fault = check_step(step, skills, scene, ability)) return fault;
  }
  return std::nullopt;
}

std::optional<Gate::Fault> Gate::check_step(const Step& step, const Skills& skills, const Scene& scene,
                                            const Ability& ability) const {
  const Skill* skill = skills.find(step.skill);
  if (!skill) return Fault{"no_such_skill", step.skill};
  if (step.repeat < 1 || step.repeat > kMaxRepeat) return Fault{"limit", "repeat " + std::to_string(step.repeat)};
  if (!step.robot.empty()) {
    const Item* robot = scene.find(step.robot);
    if (!robot || robot->group != Item::Group::robot) return Fault{"unknown_robot", step.robot};
  }
  for (const auto& [name, value] : step.arguments) {
    const Parameter* parameter = skill->parameter(name);
    if (!parameter) return Fault{"argument", step.skill + " has no '" + name + "'"};
    const double* number = std::get_if<double>(&value);
    if ((parameter->type == Parameter::Type::number) != (number != nullptr)) return Fault{"argument", name};
    if (number) {
      double high = parameter->high, low = parameter->low;
      if (name == "speed_mps") high = std::min(high, ability.speed_max_mps);
      if (name == "distance_m") high = std::min(high, ability.distance_max_m);
      if (name == "duration_s") high = std::min(high, ability.duration_max_s);
      if (name == "angle_deg") high = std::min(high, ability.angle_max_deg), low = std::max(low, -ability.angle_max_deg);
      if (!std::isfinite(*number) || *number < low || *number > high)
        return Fault{"limit", name + " " + number_text(*number) + " (" + number_text(low) + " … " + number_text(high) + " " +
                                  parameter->unit + ")"};
      continue;
    }
    const std::string& text = std::get<std::string>(value);
    if (text.empty() || text.size() > 600) return Fault{"argument", name};
    if (parameter->type == Parameter::Type::choice &&
        std::find(parameter->choices.begin(), parameter->choices.end(), text) == parameter->choices.end()) {
      return Fault{"argument", name + " '" + text + "'"};
    }
    if (parameter->type == Parameter::Type::target && !is_open_target(text) && !scene.find(text))
      return Fault{"unknown_target", text};
    if ((step.skill == "go_to" || step.skill == "follow") && is_open_target(text) && text != "me")
      return Fault{"unknown_target", text};
  }
  for (const Parameter& parameter : skill->parameters) {
    if (parameter.required && !step.arguments.count(parameter.name))
      return Fault{"argument", step.skill + " needs '" + parameter.name + "'"};
  }
  if (step.when) {
    const std::string& event = step.when->event;
    if (event != "arrived" && event != "sees" && event != "hears") return Fault{"argument", "when " + event};
    if (event != "hears" && step.when->target != "me" && !scene.find(step.when->target))
      return Fault{"unknown_target", step.when->target};
    if (step.when->target.empty() || step.when->target.size() > 200) return Fault{"argument", "when"};
  }
  for (const std::string& need : skill->needs) {
    if (need == "arms" && !ability.arms) return Fault{"body", "arms"};
    if (need == "head" && !ability.head) return Fault{"body", "head"};
  }
  if (!skill->learned) return Fault{"not_learned", step.skill};
  return std::nullopt;
}

}  // namespace manybody::brain
