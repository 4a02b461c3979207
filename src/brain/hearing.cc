#include "brain/hearing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <map>

namespace manybody::brain {
namespace {

const char* group_word(Item::Group group) {
  switch (group) {
    case Item::Group::person:
      return "person";
    case Item::Group::place:
      return "place";
    case Item::Group::object:
      return "object";
    case Item::Group::robot:
      return "robot";
  }
  return "";
}

std::optional<size_t> index_of(const std::vector<std::string>& list, const std::string& one) {
  const auto at = std::find(list.begin(), list.end(), one);
  return at == list.end() ? std::nullopt : std::optional<size_t>(at - list.begin());
}

class Listening {
 public:
  Listening(const std::string& typed, const std::vector<Unit>& units, const std::vector<Token>& tokens, const Scene& scene,
            const Nouns& nouns)
      : units_(units), tokens_(tokens), scene_(scene), nouns_(nouns) {
    out_.typed = typed;
  }

  Heard run() {
    for (size_t i = 0; i < tokens_.size() && out_.words.size() < kMostHeard;) i = take(i);
    std::map<std::string, std::vector<std::string>> kinds;
    for (const Item& item : scene_.items)
      if (const auto noun = nouns_.find(item.name); noun != nouns_.end()) kinds[noun->second.second].push_back(item.name);
    for (const auto& [noun, names] : kinds)
      if (names.size() == 1) out_.unsaid[noun] = names.front();
    return std::move(out_);
  }

 private:
  size_t take(size_t i) {
    const Token& t = tokens_[i];
    first_ = t.begin, last_ = t.end - 1;
    if (t.item) {
      put(slot(*t.item), "item");
      return i + 1;
    }
    if (t.tag == Tag::adj || t.tag == Tag::noun) {
      if (const size_t after = thing(i); after > i) return after;
    }
    if (t.tag == Tag::number) {
      put(number(t.number),
          "number " + (t.end - t.begin == 1 && units_[t.begin].kind != Unit::Kind::number ? t.text : std::string()));
      return i + 1;
    }
    if (t.number > 0 && !t.meanings.empty()) put(number(t.number), "number ");  // inside a phrase: "鞠三个躬"
    std::string meaning = t.meanings.empty() ? to_text(t.tag) : std::string(to_text(t.tag)) + " " + t.value();
    for (size_t u = t.begin; u < t.end && out_.words.size() < kMostHeard; ++u) {
      first_ = last_ = u;
      put(units_[u].text, meaning);
      meaning.clear();
    }
    return i + 1;
  }

  // Adjectives and a noun that mean one thing of the scene, several, or none; "the red one" too.
  size_t thing(size_t i) {
    std::vector<std::string> adjectives;
    size_t at = i;
    while (at < tokens_.size() && tokens_[at].tag == Tag::adj) adjectives.push_back(tokens_[at++].value());
    const bool named = at < tokens_.size() && tokens_[at].tag == Tag::noun;
    if (!named && adjectives.empty()) return i;
    last_ = tokens_[named ? at : at - 1].end - 1;
    const std::vector<std::string> fits = things_called(adjectives, named ? tokens_[at].value() : "", scene_, nouns_);
    if (fits.empty() || (!named && fits.size() > 1)) {
      last_ = tokens_[i].end - 1;
      return i;
    }
    if (fits.size() > 1) put("<which>", "item");
    else put(slot(*scene_.find(fits.front())), "item");
    return named ? at + 1 : at;
  }

  std::string slot(const Item& item) {
    if (const auto known = index_of(out_.places, item.name)) return out_.names[*known];
    const std::string name = fmt::format("<{}{}>", group_word(item.group), count_[item.group]++);
    out_.names.push_back(name);
    out_.places.push_back(item.name);
    return name;
  }

  std::string number(double value) {
    out_.numbers.push_back(value);
    return fmt::format("<num{}>", out_.numbers.size() - 1);
  }

  void put(const std::string& text, const std::string& meaning) {
    out_.words.push_back({text, meaning, units_[first_].begin, units_[last_].end});
  }

  const std::vector<Unit>& units_;
  const std::vector<Token>& tokens_;
  const Scene& scene_;
  const Nouns& nouns_;
  Heard out_;
  std::map<Item::Group, int> count_;
  size_t first_ = 0, last_ = 0;  // units that the next word stands for
};

// What a number may have to be multiplied with: steps, centimetres, feet, minutes, turns.
const std::vector<double>& factors_of(const std::string& argument) {
  static const std::vector<double> kLength{1, 0.5, 0.01, 0.3048, 0.25, 0.7, 0.0254, 0.9144}, kTime{1, 60},
      kAngle{1, 360, 90, 180}, kSpeed{1}, kCount{1};
  if (argument == "distance_m") return kLength;
  if (argument == "duration_s") return kTime;
  if (argument == "angle_deg") return kAngle;
  return argument == "speed_mps" ? kSpeed : kCount;
}

std::vector<std::string> all_robots(const Scene& scene) {
  std::vector<std::string> out;
  for (const Item* robot : scene.robots()) out.push_back(robot->name);
  return out;
}

// Those that the sentence does not name: "everybody except Bolt".
std::vector<std::string> other_robots(const Scene& scene, const Heard& heard) {
  std::vector<std::string> out = all_robots(scene);
  std::erase_if(out, [&](const std::string& name) { return index_of(heard.places, name).has_value(); });
  return out;
}

class Speller {
 public:
  Speller(const Heard& heard, const Scene& scene) : heard_(heard), scene_(scene), used_(heard.numbers.size(), false) {}

  std::optional<std::vector<std::string>> run(const Plan& plan) {
    for (size_t i = 0; i < plan.size() && good_;) {
      const size_t each = group(plan, i, all_robots(scene_)), others = each ? 0 : group(plan, i, other_robots(scene_, heard_));
      step(plan[i], each ? "@each" : others ? "@others" : "");
      i += std::max<size_t>(1, each + others);
    }
    if (!good_) return std::nullopt;
    return std::move(out_);
  }

 private:
  // How many steps from here on are one for each of these robots; 0 when they are not.
  static size_t group(const Plan& plan, size_t at, const std::vector<std::string>& robots) {
    if (robots.size() < 2 || at + robots.size() > plan.size()) return 0;
    for (size_t k = 0; k < robots.size(); ++k) {
      Step mine = plan[at + k];
      if (mine.robot != robots[k]) return 0;
      mine.robot = plan[at].robot, mine.parallel = plan[at].parallel, mine.when = plan[at].when;
      if (mine != plan[at]) return 0;
    }
    return robots.size();
  }

  void step(const Step& s, const char* whom) {
    if (s.parallel) out_.push_back("&");
    out_.push_back(s.skill);
    for (const auto& [name, value] : s.arguments) {
      if (name == "text") {
        out_.push_back(name);
        words(std::get_if<double>(&value) ? fmt::format("{:g}", std::get<double>(value)) : std::get<std::string>(value));
        continue;
      }
      if (const double* number = std::get_if<double>(&value)) {
        out_.push_back(name);
        if (name == "angle_deg") out_.push_back(*number < 0 ? "-" : "+");
        quantity(std::fabs(*number), name);
      } else if (name == "target") {
        target(std::get<std::string>(value));
      } else {
        out_.push_back(name + "=" + std::get<std::string>(value));
      }
    }
    if (s.repeat > 1) out_.push_back("repeat"), quantity(s.repeat, "repeat");
    if (*whom) out_.push_back(whom);
    else if (!s.robot.empty()) out_.push_back("@" + place_of(s.robot));
    if (!s.when) return;
    out_.push_back("when_" + s.when->event);
    s.when->event == "hears" ? words(s.when->target) : target(s.when->target);
  }

  // Where it stands in the sentence.
  void words(const std::string& text) {
    const std::string wanted = plain_text(text);
    for (size_t i = 0; i < heard_.words.size() && !wanted.empty(); ++i) {
      for (size_t j = i; j < heard_.words.size(); ++j) {
        const std::string said =
            plain_text(heard_.typed.substr(heard_.words[i].begin, heard_.words[j].end - heard_.words[i].begin));
        if (said.size() > wanted.size()) break;
        if (said != wanted) continue;
        out_.push_back(fmt::format("<w{}>", i));
        out_.push_back(fmt::format("<w{}>", j));
        return;
      }
    }
    good_ = false;
  }

  void target(const std::string& name) {
    const bool said = index_of(heard_.places, name).has_value();
    for (const auto& [noun, thing] : heard_.unsaid) {
      if (!said && thing == name) return out_.push_back("target=~" + noun);
    }
    out_.push_back("target=" + (scene_.find(name) ? place_of(name) : name));
  }

  std::string place_of(const std::string& name) {
    const auto at = index_of(heard_.places, name);
    good_ = good_ && at;
    return good_ ? heard_.names[*at] : "";
  }

  void quantity(double value, const std::string& argument) {
    for (const bool again : {false, true}) {
      for (size_t n = 0; n < heard_.numbers.size(); ++n) {
        if (used_[n] != again) continue;
        for (const double factor : factors_of(argument)) {
          if (std::fabs(heard_.numbers[n] * factor - value) > 0.01 * value) continue;
          used_[n] = true;
          out_.push_back(fmt::format("<num{}>", n));
          out_.push_back(fmt::format("*{:g}", factor));
          return;
        }
      }
    }
    out_.push_back(fmt::format("={:g}", value));
  }

  const Heard& heard_;
  const Scene& scene_;
  std::vector<bool> used_;
  std::vector<std::string> out_;
  bool good_ = true;
};

class Unspeller {
 public:
  Unspeller(const std::vector<std::string>& spelt, const Heard& heard, const Scene& scene)
      : spelt_(spelt), heard_(heard), scene_(scene) {}

  std::optional<Plan> run() {
    while (at_ < spelt_.size() && good_ && plan_.size() <= kMaxSteps) step();
    if (!good_ || plan_.empty() || plan_.size() > kMaxSteps) return std::nullopt;
    return std::move(plan_);
  }

 private:
  bool is(const char* word) const { return at_ < spelt_.size() && spelt_[at_] == word; }
  std::string next() {
    good_ = good_ && at_ < spelt_.size();
    return good_ ? spelt_[at_++] : "";
  }
  static bool begins(const std::string& word, const char* with) { return word.rfind(with, 0) == 0; }

  void step() {
    Step s;
    if (is("&")) s.parallel = true, ++at_;
    s.skill = next();
    good_ = good_ && s.skill.find_first_of("=<>@&*+") == std::string::npos;
    std::vector<std::string> robots{""};
    for (; good_ && at_ < spelt_.size() && !ends();) part(s, robots);
    for (const std::string& robot : robots) {
      plan_.push_back(s);
      if (!robot.empty()) plan_.back().robot = robot;
      s.parallel = false, s.when.reset();
    }
  }

  // A word that begins the next step.
  bool ends() const {
    const std::string& word = spelt_[at_];
    const bool argument = word.find_first_of("=<@*") != std::string::npos || begins(word, "when_") || word == "repeat" ||
                          word == "text" || word == "distance_m" || word == "duration_s" || word == "angle_deg" ||
                          word == "speed_mps";
    return !argument;
  }

  void part(Step& s, std::vector<std::string>& robots) {
    const std::string word = next();
    if (word == "@each") robots = all_robots(scene_);
    else if (word == "@others") robots = other_robots(scene_, heard_);
    else if (begins(word, "@")) s.robot = filled(word.substr(1));
    else if (word == "repeat") s.repeat = static_cast<int>(std::clamp(std::round(quantity()), 1.0, 1000.0));
    else if (word == "text") s.arguments[word] = words();
    else if (word == "when_hears") s.when = Condition{"hears", words()};
    else if (begins(word, "when_")) s.when = Condition{word.substr(5), target(next())};
    else if (begins(word, "target=")) s.arguments["target"] = target(word);
    else if (word == "angle_deg") {
      const std::string sign = next();
      good_ = good_ && (sign == "+" || sign == "-");
      s.arguments[word] = (sign == "-" ? -1 : 1) * quantity();
    } else if (const size_t equals = word.find('='); equals != std::string::npos && equals > 0) {
      s.arguments[word.substr(0, equals)] = word.substr(equals + 1);
    } else if (word.find_first_of("=<*") == std::string::npos) {
      s.arguments[word] = quantity();
    } else {
      good_ = false;
    }
  }

  std::string words() {
    const std::string from = next(), to = next();
    good_ = good_ && begins(from, "<w") && begins(to, "<w");
    if (!good_) return "";
    const size_t i = static_cast<size_t>(std::atoi(from.c_str() + 2)), j = static_cast<size_t>(std::atoi(to.c_str() + 2));
    good_ = i <= j && j < heard_.words.size();
    return good_ ? trimmed(heard_.typed.substr(heard_.words[i].begin, heard_.words[j].end - heard_.words[i].begin)) : "";
  }

  std::string target(const std::string& word) {
    good_ = good_ && begins(word, "target=") && word.size() > 7;
    if (!good_) return "";
    const std::string name = word.substr(7);
    if (name[0] != '~') return name[0] == '<' ? filled(name) : name;
    const auto thing = heard_.unsaid.find(name.substr(1));
    good_ = thing != heard_.unsaid.end();
    return good_ ? thing->second : "";
  }

  std::string filled(const std::string& place) {
    const auto at = index_of(heard_.names, place);
    good_ = good_ && at;
    return good_ ? heard_.places[*at] : "";
  }

  double quantity() {
    const std::string word = next();
    if (begins(word, "=")) return std::strtod(word.c_str() + 1, nullptr);
    const std::string factor = next();
    good_ = good_ && begins(word, "<num") && begins(factor, "*");
    const size_t n = good_ ? static_cast<size_t>(std::atoi(word.c_str() + 4)) : heard_.numbers.size();
    good_ = good_ && n < heard_.numbers.size();
    return good_ ? std::round(heard_.numbers[n] * std::strtod(factor.c_str() + 1, nullptr) * 1000) / 1000 : 0;
  }

  const std::vector<std::string>& spelt_;
  const Heard& heard_;
  const Scene& scene_;
  Plan plan_;
  size_t at_ = 0;
  bool good_ = true;
};

}  // namespace

Heard hear(const std::string& typed, const std::vector<Unit>& units, const std::vector<Token>& tokens, const Scene& scene,
           const Nouns& nouns) {
  return Listening(typed, units, tokens, scene, nouns).run();
}

std::optional<std::vector<std::string>> spell(const Plan& plan, const Heard& heard, const Scene& scene) {
  return Speller(heard, scene).run(settled(plan));
}

std::optional<Plan> unspell(const std::vector<std::string>& spelt, const Heard& heard, const Scene& scene) {
  return Unspeller(spelt, heard, scene).run();
}

std::string plain_text(const std::string& text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const char32_t code = take_code(text, at);
    if (code < 0x80 && !std::isalnum(static_cast<int>(code))) continue;
    if (code == 0x3002 || code == 0xFF0C || code == 0xFF01 || code == 0x201C || code == 0x201D) continue;
    append_code(out, code < 0x80 ? static_cast<char32_t>(std::tolower(static_cast<int>(code))) : code);
  }
  return out;
}

bool same_deeds(const Plan& one, const Plan& other) {
  if (one.size() != other.size()) return false;
  const Plan a = settled(one), b = settled(other);
  for (size_t i = 0; i < a.size(); ++i) {
    Step x = a[i], y = b[i];
    for (Step* s : {&x, &y}) {
      if (s->when && s->when->event == "hears") s->when->target = plain_text(s->when->target);
      for (auto& [name, value] : s->arguments) {
        if (double* number = std::get_if<double>(&value)) *number = std::round(*number * 100) / 100;
        else if (name == "text") value = plain_text(std::get<std::string>(value));
      }
    }
    if (x != y) return false;
  }
  return true;
}

}  // namespace manybody::brain
