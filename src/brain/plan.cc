#include "brain/plan.h"

#include <algorithm>
#include <cstdio>
#include <numeric>

namespace manybody::brain {

const char* to_text(Kind kind) {
  switch (kind) {
    case Kind::plan:
      return "plan";
    case Kind::ask:
      return "ask";
    case Kind::refuse:
      return "refuse";
    case Kind::chat:
      return "chat";
    case Kind::stop:
      return "stop";
  }
  return "ask";
}

Plan settled(const Plan& plan, std::vector<size_t>* from) {
  std::vector<size_t> order(plan.size());
  std::iota(order.begin(), order.end(), size_t{0});
  for (size_t begin = 0; begin < plan.size();) {
    size_t end = begin + 1;
    while (end < plan.size() && plan[end].parallel) ++end;
    std::stable_sort(order.begin() + static_cast<std::ptrdiff_t>(begin), order.begin() + static_cast<std::ptrdiff_t>(end),
                     [&](size_t a, size_t b) { return plan[a].skill < plan[b].skill; });
    begin = end;
  }
  Plan out;
  for (size_t i = 0; i < plan.size(); ++i) {
    out.push_back(plan[order[i]]);
    out.back().parallel = plan[i].parallel;
  }
  if (from) *from = order;
  return out;
}

std::string describe(const Step& step) {
  std::string out = step.parallel ? "& " + step.skill : step.skill;
  for (const auto& [name, value] : step.arguments) {
    out += " " + name + "=";
    if (const double* number = std::get_if<double>(&value)) {
      char text[32];
      std::snprintf(text, sizeof text, "%.4g", *number);
      out += text;
    } else {
      for (const char c : std::get<std::string>(value)) out += c == ' ' ? '_' : c;
    }
  }
  if (step.when) out += " when=" + step.when->event + ":" + step.when->target;
  if (step.repeat > 1) out += " x" + std::to_string(step.repeat);
  if (!step.robot.empty()) out += " @" + step.robot;
  return out;
}

std::string describe(const Plan& plan) {
  std::string out;
  for (const Step& step : plan) out += (out.empty() ? "" : "; ") + describe(step);
  return out;
}

double number_of(const Arguments& arguments, const std::string& name, double otherwise) {
  const auto it = arguments.find(name);
  const double* number = it == arguments.end() ? nullptr : std::get_if<double>(&it->second);
  return number ? *number : otherwise;
}

std::string text_of(const Arguments& arguments, const std::string& name) {
  const auto it = arguments.find(name);
  const std::string* text = it == arguments.end() ? nullptr : std::get_if<std::string>(&it->second);
  return text ? *text : "";
}

}  // namespace manybody::brain
