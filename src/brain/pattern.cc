#include "brain/pattern.h"

#include <algorithm>

#include "core/error.h"

namespace manybody::brain {
namespace {

constexpr size_t kGap = 6;
constexpr int kBudget = 2000;  // node visits at one place; ours need a few dozen

bool ends_sentence(const Unit& unit) {
  return unit.kind == Unit::Kind::mark && (unit.text == "." || unit.text == "!" || unit.text == "?" || unit.text == ";");
}

}  // namespace

struct Patterns::Node {
  enum class Kind { group, optional, never, gap, begin, end } kind = Kind::group;
  std::vector<std::vector<std::string>> choices;
};

Patterns::~Patterns() = default;
Patterns::Patterns(Patterns&&) noexcept = default;

std::vector<Patterns::Node> Patterns::parse(std::string_view line) {
  static const Normaliser normaliser;
  std::vector<Node> nodes;
  const auto words = [&](std::string_view text) {
    std::vector<std::string> out;
    for (const Unit& unit : normaliser.units(text)) out.push_back(unit.text);
    return out;
  };
  std::string literal;
  const auto flush = [&] {
    const std::vector<std::string> list = words(literal);
    if (!list.empty()) nodes.push_back({Node::Kind::group, {list}});
    literal.clear();
  };
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '~' || c == '^' || c == '$') {
      flush();
      nodes.push_back({c == '~' ? Node::Kind::gap : c == '^' ? Node::Kind::begin : Node::Kind::end, {}});
    } else if (c == '(' || c == '[' || c == '!') {
      flush();
      Node node;
      node.kind = c == '(' ? Node::Kind::group : c == '[' ? Node::Kind::optional : Node::Kind::never;
      if (c == '!') ++i;
      const size_t close = line.find(c == '[' ? ']' : ')', i);
      MB_CHECK(close != std::string_view::npos);
      std::string_view inside = line.substr(i + 1, close - i - 1);
      for (;;) {
        const size_t bar = inside.find('|');
        node.choices.push_back(words(inside.substr(0, bar)));
        if (bar == std::string_view::npos) break;
        inside.remove_prefix(bar + 1);
      }
      nodes.push_back(std::move(node));
      i = close;
    } else {
      literal += c;
    }
  }
  flush();
  return nodes;
}

Patterns::Patterns(const std::vector<std::string_view>& lines) {
  for (const std::string_view line : lines) patterns_.push_back(parse(line));
}

bool Patterns::walk(const std::vector<Node>& nodes, size_t node, const std::vector<Unit>& units, const std::vector<char>& skip,
                    size_t at, size_t& end, int& budget) {
  if (--budget < 0) return false;
  if (node == nodes.size()) return end = at, true;
  const Node& n = nodes[node];
  const auto fits = [&](const std::vector<std::string>& words) {
    if (at + words.size() > units.size()) return false;
    for (size_t i = 0; i < words.size(); ++i) {
      if (skip[at + i] || units[at + i].text != words[i]) return false;
    }
    return true;
  };
  switch (n.kind) {
    case Node::Kind::begin:
      return at == 0 && walk(nodes, node + 1, units, skip, at, end, budget);
    case Node::Kind::end: {
      size_t rest = at;
      while (rest < units.size() && units[rest].kind == Unit::Kind::mark) ++rest;
      return rest == units.size() && walk(nodes, node + 1, units, skip, at, end, budget);
    }
    case Node::Kind::never:
      for (const auto& words : n.choices) {
        if (fits(words)) return false;
      }
      return walk(nodes, node + 1, units, skip, at, end, budget);
    case Node::Kind::gap:
      for (size_t gap = 0; gap <= kGap && at + gap <= units.size(); ++gap) {
        if (walk(nodes, node + 1, units, skip, at + gap, end, budget)) return true;
        if (at + gap < units.size() && ends_sentence(units[at + gap])) return false;
      }
      return false;
    case Node::Kind::group:
    case Node::Kind::optional:
      for (const auto& words : n.choices) {
        if (fits(words) && walk(nodes, node + 1, units, skip, at + words.size(), end, budget)) return true;
      }
      return n.kind == Node::Kind::optional && walk(nodes, node + 1, units, skip, at, end, budget);
  }
  return false;
}

std::vector<Patterns::Match> Patterns::find(const std::vector<Unit>& units, const std::vector<char>& skip) const {
  std::vector<Match> out;
  for (const auto& nodes : patterns_) {
    for (size_t at = 0; at < units.size(); ++at) {
      size_t end = at;
      int budget = kBudget;
      if (walk(nodes, 0, units, skip, at, end, budget) && end > at) out.push_back({at, end});
    }
  }
  return out;
}

}  // namespace manybody::brain
