#include "brain/frame.h"

#include <algorithm>

#include "brain/frame_builder.h"
#include "brain/frame_gather.h"

namespace manybody::brain {
namespace {

using Link = Frame::Link;

bool repeats(const Frame& a, const Frame& b) {
  return a.skill == b.skill && a.preset == b.preset && a.dirs == b.dirs && a.hand == b.hand && a.distance == b.distance &&
         a.angle == b.angle && a.duration == b.duration && a.say == b.say && a.cannot == b.cannot && a.robots == b.robots &&
         (a.mentions.empty() ? b.mentions.empty()
                             : !b.mentions.empty() && a.mentions[0].name == b.mentions[0].name && !a.mentions[0].name.empty());
}

void put_in_order(std::vector<Frame>& frames) {
  for (size_t i = 0; i + 1 < frames.size(); ++i) {
    if (frames[i].defer) {
      frames[i].defer = false;
      std::swap(frames[i], frames[i + 1]);
      std::swap(frames[i].link, frames[i + 1].link);
      if (frames[i + 1].link != Link::meanwhile) frames[i + 1].link = Link::then;
      ++i;
      // "before coming to me, look at Tom and nod": both come before.
      while (i + 1 < frames.size() && frames[i + 1].acts() && frames[i + 1].sentence == frames[i].sentence &&
             (frames[i + 1].anded || frames[i + 1].link != Link::then)) {
        std::swap(frames[i], frames[i + 1]);
        std::swap(frames[i].link, frames[i + 1].link);
        ++i;
      }
    }
  }
  for (size_t i = 1; i < frames.size(); ++i) {
    if (!frames[i].swap) continue;
    frames[i].swap = false;
    const Link link = frames[i].link;
    std::swap(frames[i - 1], frames[i]);
    frames[i - 1].link = frames[i].link;
    frames[i].link = link;
  }
}

}  // namespace

Nouns nouns_of(const Scene& scene, const Lexicon& lexicon) {
  Nouns out;
  const Scene none;
  for (const Item& item : scene.items) {
    std::vector<std::string> names = item.aliases;
    names.push_back(item.name);
    for (const std::string& name : names) {
      std::vector<std::string> adjectives;
      std::string noun;
      const std::vector<Unit> units = lexicon.normaliser().units(name);
      for (const Token& t : read_tokens(units, lexicon, none)) {
        if (t.tag == Tag::adj) adjectives.push_back(t.value());
        if (const Meaning* meaning = t.as(Tag::noun)) noun = meaning->value;
      }
      if (!noun.empty()) out[name] = {adjectives, noun};
    }
  }
  return out;
}

std::vector<std::string> things_called(const std::vector<std::string>& adjectives, const std::string& noun, const Scene& scene,
                                       const Nouns& nouns) {
  std::vector<std::string> out;
  // How big it is tells apart only things that are named so.
  std::vector<std::string> telling;
  for (const std::string& a : adjectives) {
    const bool size = a == "big" || a == "small";
    if (!size || std::any_of(nouns.begin(), nouns.end(), [&](const auto& known) {
          return std::find(known.second.first.begin(), known.second.first.end(), a) != known.second.first.end();
        }))
      telling.push_back(a);
  }
  for (const Item& item : scene.items) {
    if (item.group == Item::Group::robot) continue;
    // A thing's own name, read as adjectives and a noun, tells what it is in both languages.
    bool fits = false;
    std::vector<std::string> names = item.aliases;
    names.push_back(item.name);
    for (const std::string& name : names) {
      const auto known = nouns.find(name);
      if (known == nouns.end()) continue;
      const auto& [item_adjectives, item_noun] = known->second;
      if (!noun.empty() && item_noun != noun) continue;
      if (noun.empty() && (item_adjectives.empty() || telling.empty())) continue;
      fits = fits || std::all_of(telling.begin(), telling.end(), [&](const std::string& a) {
               return std::find(item_adjectives.begin(), item_adjectives.end(), a) != item_adjectives.end();
             });
    }
    if (fits) out.push_back(item.name);
  }
  return out;
}

Reading read_frames(const std::vector<Token>& tokens, const std::vector<Unit>& units, const std::string& typed,
                    const Scene& scene, const Nouns& nouns, const Memory& memory) {
  Reading reading = FrameBuilder(tokens, units, typed, scene, nouns, memory).build();
  bool negated = false;
  std::vector<Frame> frames = gather(std::move(reading.frames), negated);
  put_in_order(frames);
  std::vector<Frame> out;
  for (Frame& f : frames) {
    if (f.skill == "redo_all" && !out.empty()) {
      const std::vector<Frame> once = out;
      for (int i = 1; i < std::clamp(f.times > 0 ? f.times : 2, 1, kMaxRepeat) && out.size() < 2 * kMaxSteps; ++i)
        out.insert(out.end(), once.begin(), once.end());
      continue;
    }
    const bool said_twice = f.link == Link::with || f.link == Link::none ||
                            (f.link == Link::comma && !out.empty() && out.back().verb != f.verb && !f.has_slots());
    if (!out.empty() && f.echo && f.acts() && out.back().skill == f.skill && !f.has_slots() && f.preset == out.back().preset)
      continue;  // "奶奶让你鞠躬,你就鞠躬"
    if (!out.empty() && f.acts() && said_twice && repeats(out.back(), f)) continue;
    out.push_back(f);
  }
  if (!out.empty()) out.front().link = Link::none;
  reading.frames = std::move(out);
  reading.negated = negated;
  return reading;
}

}  // namespace manybody::brain
