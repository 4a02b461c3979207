#include "brain/test_set.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <sstream>

#include "brain/hearing.h"
#include "brain/text.h"
#include "core/error.h"
#include "core/files.h"

namespace manybody::brain {
namespace {

std::vector<std::string> split(const std::string& text, const std::string& by) {
  std::vector<std::string> out;
  size_t at = 0;
  for (;;) {
    const size_t next = text.find(by, at);
    out.push_back(trimmed(std::string_view(text).substr(at, next == std::string::npos ? std::string::npos : next - at)));
    if (next == std::string::npos) return out;
    at = next + by.size();
  }
}

bool kind_of(const std::string& word, Kind& kind) {
  for (const Kind k : {Kind::ask, Kind::refuse, Kind::chat, Kind::stop}) {
    if (word == to_text(k)) return kind = k, true;
  }
  return false;
}

std::string with_spaces(std::string text) {
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

Step read_step(const std::string& text, size_t index, Expected::Way& way, const std::string& where) {
  std::istringstream in(text);
  Step step;
  for (std::string word; in >> word;) {
    if (word == "&") step.parallel = true;
    else if (step.skill.empty()) step.skill = word;
    else if (word[0] == '@') step.robot = with_spaces(word.substr(1));
    else if (word[0] == 'x' && word.size() > 1 && std::isdigit(static_cast<unsigned char>(word[1])))
      step.repeat = std::atoi(word.c_str() + 1);
    else {
      const size_t at = word.find_first_of("=~");
      if (at == std::string::npos) throw core::UserError(where, "'" + word + "' is no argument", "name=value");
      const std::string name = word.substr(0, at), value = word.substr(at + 1);
      char* end = nullptr;
      const double number = std::strtod(value.c_str(), &end);
      if (name == "when") step.when = Condition{value.substr(0, value.find(':')), with_spaces(value.substr(value.find(':') + 1))};
      else if (end && *end == 0 && !value.empty()) step.arguments[name] = number;
      else step.arguments[name] = with_spaces(value);
      if (word[at] == '~') way.loose.push_back(std::to_string(index) + ":" + name);
    }
  }
  return step;
}

bool same_step(const Step& got, const Step& want, size_t index, const Expected::Way& expected) {
  if (got.skill != want.skill || got.repeat != want.repeat || got.robot != want.robot || got.when != want.when ||
      got.parallel != want.parallel)
    return false;
  if (got.arguments.size() != want.arguments.size()) return false;
  for (const auto& [name, value] : want.arguments) {
    const auto it = got.arguments.find(name);
    if (it == got.arguments.end()) return false;
    if (const double* number = std::get_if<double>(&value); number && name != "text") {
      const double* other = std::get_if<double>(&it->second);
      if (!other) return false;
      const bool loose =
          std::find(expected.loose.begin(), expected.loose.end(), std::to_string(index) + ":" + name) != expected.loose.end();
      const double ratio = *number != 0 ? *other / *number : 1;
      if (loose ? (ratio < 0.5 || ratio > 2) : std::fabs(*other - *number) > 0.02 * std::fabs(*number) + 1e-9) return false;
    } else {
      const std::string* other = std::get_if<std::string>(&it->second);
      const std::string* text = std::get_if<std::string>(&value);
      if (!other || !text || plain_text(*other) != plain_text(*text)) return false;
    }
  }
  return true;
}

}  // namespace

std::vector<Case> read_cases(const std::string& path, const std::string& language) {
  std::vector<Case> out;
  std::istringstream in(core::read_file(path));
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    const std::string where = path + ":" + std::to_string(++number);
    if (line.empty() || line[0] == '#') continue;
    const std::vector<std::string> columns = split(line, "\t");
    if (columns.size() != 3)
      throw core::UserError(where, std::to_string(columns.size()) + " columns", "id, text and what is expected, parted by tabs");
    Case one;
    one.id = columns[0], one.language = language;
    one.turns = split(columns[1], "||");
    one.held_out = core::hash_text(one.id) % 2 == 1;
    std::vector<std::string> ways = split(columns[2], "|");
    for (const std::string& way : ways) {
      Kind kind;
      if (kind_of(way, kind)) {
        one.expected.kinds.push_back(kind);
        continue;
      }
      const std::string steps = way.rfind("plan:", 0) == 0 ? way.substr(5) : way;
      Expected::Way plan_way;
      for (const std::string& step : split(steps, ";"))
        plan_way.plan.push_back(read_step(step, plan_way.plan.size(), plan_way, where));
      one.expected.ways.push_back(std::move(plan_way));
    }
    out.push_back(std::move(one));
  }
  return out;
}

bool fits(const Answer& answer, const Expected& expected) {
  if (answer.kind != Kind::plan)
    return std::find(expected.kinds.begin(), expected.kinds.end(), answer.kind) != expected.kinds.end();
  const Plan got = settled(answer.plan);
  return std::any_of(expected.ways.begin(), expected.ways.end(), [&](const Expected::Way& way) {
    std::vector<size_t> from;
    const Plan wanted = settled(way.plan, &from);
    if (got.size() != wanted.size()) return false;
    for (size_t i = 0; i < got.size(); ++i) {
      if (!same_step(got[i], wanted[i], from[i], way)) return false;
    }
    return true;
  });
}

}  // namespace manybody::brain
