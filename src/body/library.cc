#include "body/library.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <sstream>

#include "body/make.h"
#include "body/sample.h"
#include "body/spec_sheet.h"
#include "core/error.h"
#include "core/files.h"
#include "core/text.h"

namespace manybody::body {
namespace fs = std::filesystem;
namespace {

using core::UserError;

std::string robots_folder() { return (fs::path(core::home_directory()) / "robots").string(); }

bool looks_like_path(const std::string& text) {
  const std::string extension = fs::path(text).extension().string();
  return text.find('/') != std::string::npos || extension == ".xml" || extension == ".urdf" || extension == ".toml" ||
         extension == ".mjcf";
}

uint64_t seed_of(const std::string& name) {
  const std::string digits = name.substr(7);
  uint64_t seed = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seed);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.empty())
    throw UserError("body '" + name + "'", "its seed '" + digits + "' is not a whole number", "random:SEED, such as random:7");
  return seed;
}

// A sheet with a mistake is told when it is loaded, not by every list.
int driven_joints(const Recipe& recipe) {
  std::vector<Figure> figures;
  std::vector<std::string> notes;
  try {
    const Design d = read_spec_sheet(recipe, figures, notes);
    return static_cast<int>(2 * d.leg.size() + d.waist.size() + 2 * d.arm.size() + d.neck_joints.size());
  } catch (const UserError&) {
    return 0;
  }
}

// By name or a unique ending of it.
Entry known_entry(const std::string& wanted) {
  const std::vector<Entry> entries = list_bodies();
  std::vector<std::string> names;
  const Entry* found = nullptr;
  for (const Entry& entry : entries) {
    names.push_back(entry.name);
    const size_t n = wanted.size();
    const bool ending = entry.name.size() > n && entry.name.ends_with(wanted) && entry.name[entry.name.size() - n - 1] == '_';
    if (entry.name == wanted || (ending && !found)) found = &entry;
  }
  if (found) return *found;
  const std::string hint = core::near_match_hint(wanted, names);
  throw UserError("body '" + wanted + "'", "is not known" + (hint.empty() ? "" : ", " + hint),
                  "one of " + core::joined(names) + ", or a file");
}

constexpr uint64_t kMostAtOnce = 100000;
constexpr int kMostTimes = 1000;

// "random:3-7" to random:3 … random:7; anything else stays as it is.
void append_range(const std::string& word, std::vector<std::string>& out) {
  const size_t dash = word.find('-');
  if (word.rfind("random:", 0) != 0 || dash == std::string::npos) {
    out.push_back(word);
    return;
  }
  const uint64_t first = seed_of(word.substr(0, dash)), last = seed_of("random:" + word.substr(dash + 1));
  if (last < first || last - first >= kMostAtOnce)
    throw UserError("body '" + word + "'", "is no range of seeds", "random:FIRST-LAST");
  for (uint64_t seed = first; seed <= last; ++seed) out.push_back("random:" + std::to_string(seed));
}

// "op3*3" is op3, op3, op3: takes the factor off the word.
int take_factor(std::string& word) {
  const size_t star = word.rfind('*');
  if (star == std::string::npos) return 1;
  int times = 0;
  const char* last = word.data() + word.size();
  const auto [end, error] = std::from_chars(word.data() + star + 1, last, times);
  if (error != std::errc() || end != last || times < 1 || times > kMostTimes)
    throw UserError("body '" + word + "'", "is not taken a whole number of times",
                    "NAME*3, at most *" + std::to_string(kMostTimes));
  word.resize(star);
  return times;
}

}  // namespace

bool names_many_bodies(const std::string& text) {
  const bool range = text.rfind("random:", 0) == 0 && text.find('-') != std::string::npos;
  return text == "all" || range || text.find_first_of(",*") != std::string::npos;
}

std::vector<std::string> expand_bodies(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');) {
    std::erase(word, ' ');
    if (word.empty()) continue;
    if (word == "all") {
      for (const Entry& entry : list_bodies())
        if (entry.installed) out.push_back(entry.name);
    } else if (word.front() == '-') {
      const std::string name = known_entry(word.substr(1)).name;
      std::erase(out, name);
    } else {
      for (int times = take_factor(word); times > 0; --times) append_range(word, out);
    }
  }
  if (out.empty()) throw UserError("bodies '" + text + "'", "name no body", "names separated by commas, or all");
  return out;
}

std::vector<Entry> list_bodies() {
  std::vector<Entry> out;
  std::error_code error;
  for (const fs::directory_entry& item : fs::directory_iterator(robots_folder(), error)) {
    if (!core::file_exists((item.path() / "robot.toml").string())) continue;
    const Recipe recipe = read_recipe(item.path().string());
    Entry entry{recipe.name, recipe.title, recipe.folder, recipe.model, core::file_exists(recipe.model)};
    entry.title_zh = recipe.title_zh;
    entry.driven = static_cast<int>(recipe.driven);
    if (!entry.installed && recipe.has_sheet) {  // what stands in needs nothing fetched
      entry.kind = Kind::spec_sheet, entry.installed = true;
      entry.source = (fs::path(recipe.folder) / "robot.toml").string();
      entry.driven = driven_joints(recipe);
    }
    out.push_back(entry);
  }
  std::sort(out.begin(), out.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return out;
}

Body load_body(const std::string& name_or_path) {
  if (name_or_path.rfind("random:", 0) == 0 || name_or_path.rfind("random_", 0) == 0)
    return sample_humanoid(seed_of(name_or_path));
  if (looks_like_path(name_or_path)) {
    std::error_code error;
    fs::path path = fs::absolute(name_or_path, error).lexically_normal();
    if (fs::is_directory(path, error)) return make_body(read_recipe(path.string()));
    if (path.filename() == "robot.toml") return make_body(read_recipe(path.parent_path().string()));
    Recipe recipe;
    recipe.name = recipe.title = path.stem().string();
    recipe.folder = path.parent_path().string();
    recipe.model = path.string();
    return make_body(recipe);
  }
  const Entry found = known_entry(name_or_path);
  if (!found.installed)
    throw UserError(found.source, "the model of '" + found.name + "' is not on this machine",
                    "run `make setup` or `make robots` to fetch it");
  return make_body(read_recipe(found.folder));
}

}  // namespace manybody::body
