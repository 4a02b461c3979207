// What the plan network learns from: every sentence of labelled files as it is heard, and its plans as they are spelt, one JSON object a line.
//
// usage: dump_corpus EN_OR_ZH SCENE.json FILE.tsv …
// `dev:FILE.tsv` takes only the half of a file that may be looked at.
// Sentences of several turns and those whose plans cannot be spelt are left out and counted on stderr.
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "brain/brain.h"
#include "brain/frame.h"
#include "brain/hearing.h"
#include "brain/mind.h"
#include "brain/plan_json.h"
#include "brain/test_set.h"
#include "core/error.h"
#include "core/files.h"

namespace manybody::brain {
namespace {

int dump(const std::string& language, const std::string& scene_path, const std::vector<std::string>& files) {
  const Mind mind;
  const Scene scene = read_scene(core::read_file(scene_path), scene_path);
  const Lexicon& lexicon = mind.parts().lexicon;
  const Nouns nouns = nouns_of(scene, lexicon);
  int turns = 0, unspelt = 0, written = 0;
  for (const std::string& file : files) {
    const bool half = file.rfind("dev:", 0) == 0;
    for (const Case& one : read_cases(half ? file.substr(4) : file, language)) {
      if (half && one.held_out) continue;
      if (one.turns.size() > 1 && ++turns) continue;
      const std::vector<Unit> units = lexicon.normaliser().units(one.turns.back());
      const Heard heard = hear(one.turns.back(), units, read_tokens(units, lexicon, scene), scene, nouns);
      nlohmann::ordered_json out = {{"id", one.id}, {"text", one.turns.back()}};
      for (const Heard::Word& word : heard.words) out["words"].push_back({word.text, word.meaning});
      for (const Expected::Way& way : one.expected.ways)
        if (const auto spelt = spell(way.plan, heard, scene)) out["ways"].push_back(*spelt);
      for (const Kind kind : one.expected.kinds) out["ways"].push_back({to_text(kind)});
      if (!out.contains("ways") || !out.contains("words")) {
        std::fprintf(stderr, "%s cannot be spelt: %s\n", one.id.c_str(), one.turns.back().c_str());
        ++unspelt;
        continue;
      }
      std::puts(out.dump().c_str());
      ++written;
    }
  }
  std::fprintf(stderr, "%d written, %d of several turns, %d not spelt\n", written, turns, unspelt);
  return 0;
}

}  // namespace
}  // namespace manybody::brain

int main(int argc, char** argv) try {
  if (argc < 4) return std::fprintf(stderr, "usage: dump_corpus en|zh SCENE.json FILE.tsv …\n"), 2;
  return manybody::brain::dump(argv[1], argv[2], {argv + 3, argv + argc});
} catch (const manybody::core::UserError& error) {
  std::fprintf(stderr, "dump_corpus: %s\n", error.what());
  return 1;
}
