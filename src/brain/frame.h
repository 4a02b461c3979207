// What a sentence asks for, before it becomes steps: one frame for every action, with everything said about it.
//
// Reads: tokens, the talk's memory. Writes: frames in the order they are to happen, and what kind of talk there was besides.
// Method: docs/method/brain.md, "From tokens to frames".
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "brain/plan.h"
#include "brain/reader.h"

namespace manybody::brain {

struct Mention {
  std::string name;                  // of the scene, or an open target; "" when not resolved
  std::string words;                 // as it was said
  std::vector<std::string> options;  // names it could mean, when more than one
  bool group = false;                // people in general: an audience, everyone
  bool prep = false;                 // "to the door", not "the door"
  bool beside = false;               // "beside the door": where, not whereto
};

struct Frame {
  std::string skill;  // "" when no action word was said
  std::map<std::string, std::string> preset;
  bool weak = false, soft = false, loose = false;
  std::string verb;  // as said
  std::vector<std::string> dirs;
  std::string hand, speed, scale, amount, say, cannot;
  std::string unit_word;  // a unit alone, which answers "in which unit?"
  bool same = false;      // "as far as before"
  bool subject = false;   // somebody else was named before the action
  bool again = false;     // "turn again"
  bool anded = false;     // "and" stood before it
  bool echo = false;      // "…, then you bow": the order that was told before
  std::string vertical;   // up or down, said before the action
  std::optional<double> distance, angle, duration, speed_mps, bare;
  int times = 0;
  bool vague = false, steps = false, other = false;
  std::vector<Mention> mentions;
  std::vector<std::string> unknown;  // words nobody knows, near the action
  std::vector<std::string> colours;  // adjectives without a thing
  enum class Link { none, comma, with, then, meanwhile } link = Link::none;
  bool negated = false, correction = false, statement = false;
  bool defer = false;  // happens after the frame that follows: "before you bow, wave"
  bool swap = false;   // happens before the frame it follows: "bow after you wave"
  std::optional<Condition> when;
  bool when_unknown = false;
  std::string when_words;
  std::vector<std::string> robots;
  size_t sentence = 0;
  size_t begin = 0, end = 0;  // tokens
  double unit = 0;            // how long one of its lengths, angles or times is: "make it three"
  double cost = 0;

  bool has_slots() const {
    return !dirs.empty() || !hand.empty() || distance || angle || duration || speed_mps || bare || times > 0 || !amount.empty() ||
           !speed.empty() || !scale.empty() || !mentions.empty() || other || !colours.empty() || !unit_word.empty() || same;
  }
  bool acts() const { return !skill.empty() || !cannot.empty(); }
};

// What the talk remembers between turns.
struct Memory {
  Plan last;                                         // the newest plan that was given
  std::vector<std::string> things, persons, places;  // names, newest last
  double unit = 0, next_unit = -1;                   // of that plan's newest length, angle or time: "make that three"
  bool talked = false;                               // the last answer was talk
  std::string newest;                                // the one spoken of last, whatever it is
  std::vector<Frame> pending;                        // what a question is about
  size_t pending_frame = 0;                          // which of them lacks something
  Plan proposed, next_proposed;                      // what "yes" means after "do you want me to …?"
  std::vector<Frame> next_pending;                   // of the answer being made
  size_t next_pending_frame = 0;
  Answer last_answer;
  std::optional<Step> doing;  // under way now
};

struct Reading {
  std::vector<Frame> frames;
  std::vector<std::string> topics;  // chat topics in order
  std::vector<std::string> asides;  // politeness that is an answer when nothing else was said
  bool negated = false;             // something was said not to be done
  bool question = false;            // a question leads: the action words in it are not orders
  std::vector<Mention> asked;       // what the question is about
  bool story = false;
  int lost = 0;        // "… and <nothing that is known>": a step that was not understood
  double chatter = 0;  // unknown words outside of actions
  std::vector<std::string> unknown_robots;
};

// Adds to a frame what was missing, from a fragment that answers our question.
void complete(Frame& frame, const Frame& said);

// Gives the frame's bare number its unit; false when the unit is none of a length, an angle or a time.
bool give_unit(Frame& frame, const std::string& unit);

// What the scene's names say of the things: "red box" is a box that is red, in either language.
using Nouns = std::map<std::string, std::pair<std::vector<std::string>, std::string>>;
Nouns nouns_of(const Scene& scene, const Lexicon& lexicon);

// The scene's things that words mean; robots are not among them. "": any noun.
std::vector<std::string> things_called(const std::vector<std::string>& adjectives, const std::string& noun, const Scene& scene,
                                       const Nouns& nouns);

Reading read_frames(const std::vector<Token>& tokens, const std::vector<Unit>& units, const std::string& typed,
                    const Scene& scene, const Nouns& nouns, const Memory& memory);

}  // namespace manybody::brain
