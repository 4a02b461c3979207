#include "brain/reader.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "brain/number.h"

namespace manybody::brain {
namespace {

constexpr double kGivesWay = 0.03, kUnknown = 2.6, kPhrase = 1.0, kNumber = 0.95, kItem = 0.8;

struct Edge {
  size_t from = 0;
  double cost = 0, extra = 0;
  int node = -1;  // in the lexicon's trie
  const Item* item = nullptr;
  bool number = false, vague = false, stem = false, fixed = false;
  double value = 0;  // of a number, or of the # in a phrase
};

struct Best {
  double cost = std::numeric_limits<double>::infinity();
  Edge edge;
};

struct NamedItem {
  std::vector<std::string> words;
  const Item* item;
};

std::vector<NamedItem> names_of(const Scene& scene, const Normaliser& normaliser) {
  std::vector<NamedItem> out;
  const auto add = [&](const std::string& name, const Item& item) {
    NamedItem named{{}, &item};
    for (const Unit& unit : normaliser.units(name)) named.words.push_back(unit.text);
    if (!named.words.empty()) out.push_back(std::move(named));
  };
  for (const Item& item : scene.items) {
    add(item.name, item);
    for (const std::string& alias : item.aliases) add(alias, item);
    if (item.group == Item::Group::robot && !item.kind.empty()) {
      add(item.kind, item);
      const size_t bar = item.kind.rfind('_');
      if (bar != std::string::npos) add(item.kind.substr(bar + 1), item);
    }
  }
  return out;
}

class Lattice {
 public:
  Lattice(const std::vector<Unit>& units, const Lexicon& lexicon, const Scene& scene)
      : units_(units), lexicon_(lexicon), best_(units.size() + 1), names_(names_of(scene, lexicon.normaliser())) {
    // "G1" is a word and a number: names with digits must fit units as they are.
    best_[0].cost = 0;
    readings_.reserve(units.size());
    for (const Unit& unit : units) readings_.push_back(lexicon.readings(unit, true));
  }

  std::vector<Token> read() {
    for (size_t at = 0; at < units_.size(); ++at) {
      skip(at);
      items(at);
      numbers(at);
      phrases(at, at, 0, 0, false, false, 0, 0);
    }
    std::vector<Token> out;
    for (size_t at = units_.size(); at > 0; at = best_[at].edge.from) out.push_back(token(best_[at].edge, at));
    std::reverse(out.begin(), out.end());
    return out;
  }

 private:
  void offer(size_t to, const Edge& edge) {
    const double cost = best_[edge.from].cost + edge.cost + edge.extra;
    // On a tie the longer phrase at the end wins: edges arrive from the left, so the first kept is the longest.
    if (cost < best_[to].cost - 1e-9) best_[to] = {cost, edge};
  }

  void skip(size_t at) {
    Edge edge;
    edge.from = at;
    edge.cost = units_[at].kind == Unit::Kind::mark ? kPhrase : kUnknown;
    offer(at + 1, edge);
  }

  void items(size_t at) {
    for (const NamedItem& named : names_) {
      if (at + named.words.size() > units_.size()) continue;
      size_t i = 0;
      size_t slips = 0;  // characters of the same sound: "厨防", "录盒子"; a letter too few: "ana"
      for (; i < named.words.size(); ++i) {
        const std::string &typed = units_[at + i].text, &name = named.words[i];
        if (typed == name || typed == name + "s" || typed == name + "'s") continue;
        if (typed.size() >= 3 && name.size() >= 3 && units_[at + i].kind == Unit::Kind::word && typed[0] == name[0] &&
            typed.size() != name.size() && !lexicon_.knows_word(typed) && within_one(typed, name)) {
          ++slips;
          continue;
        }
        if (named.words.size() < 2 || units_[at + i].kind != Unit::Kind::cjk || !lexicon_.sounds_like(typed, name)) break;
        ++slips;
      }
      if (i < named.words.size() || slips > 1) continue;
      Edge edge;
      edge.from = at, edge.cost = kItem, edge.item = named.item, edge.extra = 1.4 * static_cast<double>(slips),
      edge.fixed = slips > 0;
      offer(at + i, edge);
    }
  }

  void numbers(size_t at) {
    const auto number = number_at(units_, at);
    if (!number || number->length == 0) return;
    Edge edge;
    edge.from = at, edge.cost = kNumber, edge.number = true, edge.value = number->value, edge.vague = number->vague;
    offer(at + number->length, edge);
  }

  // Walks the trie from `node` with what stands at `at`.
  void phrases(size_t from, size_t at, int node, double extra, bool stem, bool fixed, int fixes, double count) {
    if (at > from && !lexicon_.meanings_at(node).empty()) {
      Edge edge;
      // A single character read as another of the same sound is too thin a guess.
      const bool thin = fixed && at - from == 1 && units_[from].kind == Unit::Kind::cjk;
      if (!thin) {
        // Politeness gives way: "go to | her", not "go | to her".
        const Tag tag = lexicon_.meanings()[static_cast<size_t>(lexicon_.meanings_at(node).front())].tag;
        edge.from = from, edge.cost = kPhrase + (tag == Tag::pol ? kGivesWay : 0), edge.extra = extra, edge.node = node,
        edge.stem = stem, edge.fixed = fixed, edge.value = count;
        offer(at, edge);
      }
    }
    if (at >= units_.size() || at - from > 14) return;
    for (const Lexicon::Reading& reading : readings_[at]) {
      if (reading.fixed && fixes >= 2) continue;
      const int next = lexicon_.step(node, reading.word);
      if (next >= 0)
        phrases(from, at + 1, next, extra + reading.cost, stem || reading.stem, fixed || reading.fixed, fixes + reading.fixed,
                count);
    }
    if (const int gap = lexicon_.gap_step(node); gap >= 0 && !fixed) {
      const auto number = number_at(units_, at);
      if (!number) return;
      size_t after = at + number->length;
      static const std::vector<std::string> kMeasures{"个", "次", "下", "遍", "回", "声", "支", "段", "首", "只", "大", "套"};
      for (int i = 0; i < 2 && after < units_.size(); ++i) {
        if (std::find(kMeasures.begin(), kMeasures.end(), units_[after].text) == kMeasures.end()) break;
        ++after;
      }
      phrases(from, after, gap, extra, stem, fixed, fixes, number->value);
    }
  }

  Token token(const Edge& edge, size_t to) const {
    Token out;
    out.begin = edge.from, out.end = to;
    for (size_t i = edge.from; i < to; ++i)
      out.text += (i > edge.from && units_[i].kind != Unit::Kind::cjk ? " " : "") + units_[i].text;
    out.chinese = units_[edge.from].kind == Unit::Kind::cjk;
    out.cost = edge.extra, out.stem = edge.stem, out.fixed = edge.fixed;
    if (edge.item) {
      out.tag = Tag::item, out.item = edge.item;
    } else if (edge.number) {
      out.tag = Tag::number, out.number = edge.value, out.vague = edge.vague;
    } else if (edge.node >= 0) {
      for (const int meaning : lexicon_.meanings_at(edge.node))
        out.meanings.push_back(&lexicon_.meanings()[static_cast<size_t>(meaning)]);
      out.tag = out.meanings.front()->tag;
      out.number = edge.value;  // the number inside "鞠三个躬"
    } else if (units_[edge.from].kind == Unit::Kind::mark) {
      out.tag = Tag::mark;
    }
    return out;
  }

  const std::vector<Unit>& units_;
  const Lexicon& lexicon_;
  std::vector<Best> best_;
  std::vector<std::vector<Lexicon::Reading>> readings_;
  std::vector<NamedItem> names_;
};

}  // namespace

const std::string& Token::value() const {
  static const std::string kNone;
  return meanings.empty() ? kNone : meanings.front()->value;
}

const Meaning* Token::as(Tag wanted) const {
  for (const Meaning* meaning : meanings) {
    if (meaning->tag == wanted) return meaning;
  }
  return nullptr;
}

bool Token::is(Tag wanted, const char* wanted_value) const {
  return std::any_of(meanings.begin(), meanings.end(),
                     [&](const Meaning* m) { return m->tag == wanted && m->value == wanted_value; });
}

std::vector<Token> read_tokens(const std::vector<Unit>& units, const Lexicon& lexicon, const Scene& scene) {
  return Lattice(units, lexicon, scene).read();
}

}  // namespace manybody::brain
