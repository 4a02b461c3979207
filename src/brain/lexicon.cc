#include "brain/lexicon.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/error.h"
#include "core/files.h"

namespace manybody::brain {
namespace {

constexpr size_t kMaxExpansions = 2048;
const std::vector<std::string> kTags{"act",   "cannot", "dir",  "hand",   "unit", "count", "amount", "speed",
                                     "scale", "conn",   "post", "cond",   "neg",  "corr",  "all",    "except",
                                     "pron",  "noun",   "adj",  "part",   "voc",  "pol",   "fn",     "chat",
                                     "story", "odd",    "word", "number", "item", "mark",  "unknown"};

std::vector<std::string> split(std::string_view text, std::string_view by) {
  std::vector<std::string> out;
  for (;;) {
    const size_t at = text.find(by);
    out.push_back(trimmed(text.substr(0, at)));
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at + by.size());
  }
}

// "raise [both|your] (arms|hands)": every phrase it stands for.
void expand(const std::string& pattern, std::vector<std::string>& out, const std::string& where) {
  const size_t open = pattern.find_first_of("([");
  if (open == std::string::npos) {
    out.push_back(pattern);
    if (out.size() > kMaxExpansions)
      throw core::UserError(where, "'" + pattern + "' opens into too many phrases", "at most " + std::to_string(kMaxExpansions));
    return;
  }
  const bool optional = pattern[open] == '[';
  const size_t close = pattern.find(optional ? ']' : ')', open);
  if (close == std::string::npos) throw core::UserError(where, "a bracket in '" + pattern + "' is not closed", "(a|b) or [a|b]");
  std::vector<std::string> choices = split(std::string_view(pattern).substr(open + 1, close - open - 1), "|");
  if (optional) choices.insert(choices.begin(), "");
  for (const std::string& choice : choices) expand(pattern.substr(0, open) + choice + pattern.substr(close + 1), out, where);
}

// Phrases are parted by " | " outside brackets; inside brackets the bar stands without spaces.
std::vector<std::string> phrases_of(std::string_view text) { return split(text, " | "); }

std::string without_runs(const std::string& word, size_t keep) {
  std::string out;
  for (size_t i = 0; i < word.size(); ++i) {
    size_t run = 1;
    while (i + run < word.size() && word[i + run] == word[i]) ++run;
    out.append(run >= 3 ? keep : run, word[i]);
    i += run - 1;
  }
  return out;
}

std::vector<std::string> stems_of(const std::string& word) {
  std::vector<std::string> out;
  const auto ends = [&](const char* ending) { return word.ends_with(ending); };
  const auto cut = [&](size_t count, const std::string& add) {
    if (word.size() >= count + 3) out.push_back(word.substr(0, word.size() - count) + add);
  };
  if (ends("'s")) cut(2, "");
  if (ends("ing")) {
    cut(3, ""), cut(3, "e");
    if (word.size() > 6 && word[word.size() - 4] == word[word.size() - 5]) cut(4, "");
  }
  if (ends("in'")) cut(3, "");
  if (ends("ed")) {
    cut(2, ""), cut(1, "");
    if (word.size() > 5 && word[word.size() - 3] == word[word.size() - 4]) cut(3, "");
  }
  if (ends("es")) cut(2, "");
  if (ends("s") && !ends("ss")) cut(1, "");
  return out;
}

}  // namespace

bool within_one(const std::string& a, const std::string& b) {
  if (a.size() > b.size()) return within_one(b, a);
  if (b.size() - a.size() > 1) return false;
  size_t i = 0;
  while (i < a.size() && a[i] == b[i]) ++i;
  if (a.size() == b.size()) {
    if (std::equal(a.begin() + static_cast<long>(std::min(i + 1, a.size())), a.end(),
                   b.begin() + static_cast<long>(std::min(i + 1, b.size()))))
      return true;
    return i + 1 < a.size() && a[i] == b[i + 1] && a[i + 1] == b[i] &&
           a.compare(i + 2, std::string::npos, b, i + 2, std::string::npos) == 0;
  }
  return a.compare(i, std::string::npos, b, i + 1, std::string::npos) == 0;
}

const char* to_text(Tag tag) { return kTags[static_cast<size_t>(tag)].c_str(); }

Lexicon::Lexicon(const std::string& folder) : normaliser_(core::read_file(folder + "/zh_traditional.tsv")) {
  gap_word_ = word_id("#");
  // Fixed order: where a phrase has several meanings, the earlier file's come first.
  for (const char* name : {"en_acts", "zh_acts", "en_words", "zh_words", "en_things", "en_talk"})
    read_file(folder + "/" + name + ".tsv");
  for (const auto& [word, id] : words_) {
    if (word.size() >= 4 && word.size() < by_length_.size() && !is_cjk(word) && (word[0] >= 'a' && word[0] <= 'z'))
      by_length_[word.size()].push_back(id);
  }
  for (auto& list : by_length_) std::sort(list.begin(), list.end());
  read_sounds(folder + "/zh_sounds.tsv");
}

void Lexicon::read_file(const std::string& path) {
  const std::string text = core::read_file(path);
  int line_number = 0;
  for (const std::string& line : split(text, "\n")) {
    const std::string where = path + ":" + std::to_string(++line_number);
    if (line.empty() || line[0] == '#') continue;
    const std::vector<std::string> columns = split(line, "\t");
    if (columns.size() != 3)
      throw core::UserError(where, std::to_string(columns.size()) + " columns", "tag, value and phrases, parted by tabs");
    const auto tag = std::find(kTags.begin(), kTags.end(), columns[0]);
    if (tag == kTags.end() || tag - kTags.begin() > static_cast<long>(Tag::word)) {
      throw core::UserError(where, "there is no tag '" + columns[0] + "'", core::near_match_hint(columns[0], kTags));
    }
    meanings_.push_back({static_cast<Tag>(tag - kTags.begin()), columns[1]});
    const int meaning = static_cast<int>(meanings_.size()) - 1;
    for (const std::string& phrase : phrases_of(columns[2])) {
      std::vector<std::string> forms;
      expand(phrase, forms, where);
      for (const std::string& form : forms) add(form, meaning, where);
    }
  }
}

int Lexicon::word_id(const std::string& word) {
  const auto [it, fresh] = words_.emplace(word, static_cast<int>(word_list_.size()));
  if (fresh) word_list_.push_back(word);
  return it->second;
}

void Lexicon::add(const std::string& phrase, int meaning, const std::string& where) {
  const std::vector<Unit> units = normaliser_.units(phrase);
  if (units.empty()) throw core::UserError(where, "an empty phrase", "words between ' | '");
  int node = 0;
  std::string spelt;
  for (const Unit& unit : units) {
    const uint64_t key = (static_cast<uint64_t>(node) << 32) | static_cast<uint32_t>(word_id(unit.text));
    const auto [it, fresh] = edges_.emplace(key, static_cast<int>(nodes_.size()));
    if (fresh) nodes_.emplace_back();
    node = it->second;
    spelt += (spelt.empty() ? "" : " ") + unit.text;
  }
  std::vector<int>& there = nodes_[static_cast<size_t>(node)];
  if (std::find(there.begin(), there.end(), meaning) == there.end()) there.push_back(meaning);
  phrases_.push_back({phrase, meaning, is_cjk(phrase)});
}

void Lexicon::read_sounds(const std::string& path) {
  for (const std::string& line : split(core::read_file(path), "\n")) {
    const std::vector<std::string> columns = split(line, "\t");
    if (line.empty() || line[0] == '#' || columns.size() != 2) continue;
    const auto right = words_.find(columns[0]);
    for (size_t at = 0; at < columns[1].size();) {
      std::string wrong;
      append_code(wrong, take_code(columns[1], at));
      alike_[wrong] += columns[0];
      if (right != words_.end()) sounds_[wrong].push_back(right->second);
    }
  }
}

bool Lexicon::sounds_like(const std::string& typed, const std::string& meant) const {
  const auto it = alike_.find(typed);
  return it != alike_.end() && it->second.find(meant) != std::string::npos;
}

int Lexicon::step(int node, int word) const {
  const auto it = edges_.find((static_cast<uint64_t>(node) << 32) | static_cast<uint32_t>(word));
  return it == edges_.end() ? -1 : it->second;
}

// The one known word that is a slip away; -1 when there is none or the choice is open.
int Lexicon::fix(const std::string& word) const {
  if (word.size() < 4 || word.size() + 1 >= by_length_.size()) return -1;
  int best = -1, count = 0;
  for (size_t length = word.size() - 1; length <= word.size() + 1; ++length) {
    for (const int id : by_length_[length]) {
      const std::string& known = word_list_[static_cast<size_t>(id)];
      if (known[0] != word[0] && !(known.size() == word.size() && known[0] == word[1] && known[1] == word[0])) continue;
      if (!within_one(word, known)) continue;
      // A swap or a missing letter is likelier than a wrong one in a short word.
      if (word.size() == 4 && known.size() == word.size()) {
        std::string a = word, b = known;
        std::sort(a.begin(), a.end()), std::sort(b.begin(), b.end());
        if (a != b) continue;
      }
      best = id, ++count;
    }
  }
  return count == 1 ? best : count > 1 ? -2 - best : -1;
}

std::vector<Lexicon::Reading> Lexicon::readings(const Unit& unit, bool allow_fixes) const {
  std::vector<Reading> out;
  const auto push = [&](const std::string& word, double cost, bool stem, bool fixed) {
    const auto it = words_.find(word);
    if (it == words_.end()) return false;
    for (const Reading& reading : out) {
      if (reading.word == it->second) return true;
    }
    out.push_back({it->second, cost, stem, fixed});
    return true;
  };
  push(unit.text, 0, false, false);
  if (unit.kind == Unit::Kind::word) {
    for (const std::string& stem : stems_of(unit.text)) push(stem, 0.15, true, false);
    if (out.empty() || unit.text.size() >= 5) {
      for (const size_t keep : {size_t{1}, size_t{2}}) {
        const std::string short_form = without_runs(unit.text, keep);
        if (short_form != unit.text) push(short_form, 0.2, false, false);
      }
    }
    if (out.empty() && allow_fixes && !unit.capital) {
      const int fixed = fix(unit.text);
      if (fixed >= 0) out.push_back({fixed, 0.8, false, true});
      else if (fixed <= -2) out.push_back({-2 - fixed, 1.2, false, true});
    }
    if (out.empty() && allow_fixes && unit.capital && unit.text.size() >= 5) {
      const int fixed = fix(unit.text);
      if (fixed >= 0) out.push_back({fixed, 1.2, false, true});
    }
  }
  if (unit.kind == Unit::Kind::cjk && allow_fixes) {
    if (const auto it = sounds_.find(unit.text); it != sounds_.end()) {
      for (const int right : it->second) out.push_back({right, 1.4, false, true});
    }
  }
  return out;
}

}  // namespace manybody::brain
