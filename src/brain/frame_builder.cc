#include "brain/frame_builder.h"

#include <algorithm>
#include <cmath>

namespace manybody::brain {

Reading FrameBuilder::build() {
  for (size_t i = 0; i < tokens_.size(); ++i) {
    const Token& t = tokens_[i];
    const Choice choice = choose(i);
    now_.end = i;
    now_.cost += t.cost;
    const bool thing = choice.tag == Tag::adj || choice.tag == Tag::noun || choice.tag == Tag::item ||
                       (choice.tag == Tag::fn && choice.value == "art");
    if (!thing) end_thing(i);
    if (choice.tag != Tag::number && choice.tag != Tag::unit && choice.tag != Tag::amount && choice.tag != Tag::corr && number_ &&
        choice.tag != Tag::act && !(choice.tag == Tag::fn || choice.tag == Tag::pol || choice.tag == Tag::adj)) {
      now_.bare = *number_, now_.vague = now_.vague || number_vague_, number_.reset();
    }
    if (because_ && !(choice.tag == Tag::mark) && !(choice.tag == Tag::conn && choice.value != "and")) continue;
    i = take_token(i, choice);
    if (choice.tag != Tag::fn) prep_ = false;
  }
  end_thing(tokens_.size());
  // "Snowy, bow. – Now the others."
  if (out_.frames.empty() && !now_.acts() && !now_.has_slots() && !addressed_.empty() && !memory_.last.empty() && asks_for_too())
    now_.skill = "redo", now_.robots = addressed_;
  if (number_) now_.bare = *number_, now_.vague = now_.vague || number_vague_, number_.reset();
  flush(Frame::Link::none);
  return out_;
}

// Gives a token to whom it concerns; returns the last token taken.
size_t FrameBuilder::take_token(size_t i, const Choice& choice) {
  const Token& t = tokens_[i];
  switch (choice.tag) {
    case Tag::mark:
      on_mark(i);
      break;
    case Tag::act: {
      const std::string skill = choice.value.substr(0, choice.value.find(' '));
      if ((skill == "say" || skill == "tell") && asks_me(i)) {
        if (!now_.acts()) out_.topics.push_back("capability"), out_.question = statement_ = true;
        break;
      }
      if (skill == "tell" && told_to(i) > i) break;  // the robots named next are addressed
      on_act(i, choice.value);
      if ((skill == "say" || skill == "tell") && !statement_) i = take_say(i, skill == "tell");
      break;
    }
    case Tag::cannot:
      if (time_for(i)) statement_ = true, out_.story = true;  // "该充电了,去…"
      on_cannot(i, choice.value);
      break;
    case Tag::dir:
      on_dir(i, choice.value);
      break;
    case Tag::number:
      on_number(i);
      break;
    case Tag::unit:
      on_unit(i, choice.value);
      break;
    case Tag::amount:
      on_amount(choice.value);
      break;
    case Tag::count:
      now_.times = std::max(now_.times, std::stoi(choice.value));
      break;
    case Tag::conn:
      if (choice.value == "when" || choice.value == "when here" || choice.value == "until")
        i = take_condition(choice.value == "when here" ? i : i + 1, choice.value == "until") - 1;
      else on_conn(i, choice.value);
      break;
    case Tag::all:
      on_all(i);
      break;
    case Tag::except:
      return on_except(i);
    case Tag::pron:
      on_pron(i, choice.value);
      break;
    case Tag::adj:
      on_adj(i, choice.value);
      break;
    case Tag::noun:
      on_noun(i, choice.value);
      break;
    case Tag::item:
      on_item(i);
      break;
    case Tag::odd:
      ++out_.lost;
      break;  // it changes the meaning in a way that is not modelled
    case Tag::chat:
      on_chat(i, choice.value);
      break;
    case Tag::story:
      // "I want everyone to wave" asks for something.
      if (in_sight(i + 1) && (tokens_[i + 1].tag == Tag::all ||
                              (tokens_[i + 1].tag == Tag::item && tokens_[i + 1].item->group == Item::Group::robot)))
        break;
      if (!now_.acts() && !now_.negated) statement_ = true, out_.story = true;
      break;
    case Tag::word:
    case Tag::unknown:
      on_unknown(i);
      break;
    case Tag::part:
      break;
    case Tag::fn:
      on_fn(i, choice.value);
      break;
    case Tag::pol:
      if (is_one_of(t.text, {"so", "所以", "因此"}) && i > 1 && !now_.acts()) drop_reasons();
      if (t.text.ends_with(" if you") && statement_ && !out_.question) statement_ = false;  // a story may end in a wish
      if (const Meaning* chat = t.as(Tag::chat)) out_.asides.push_back(chat->value);
      // "把杯子给我"
      if (t.chinese && t.text.rfind("给", 0) == 0 && !now_.acts() && !now_.mentions.empty() && !clause_has_act(i + 1) &&
          last_mention_ == i)
        now_.skill = "hand_over", now_.verb = t.text;
      break;
    default:
      on_modifier(i, choice);
      break;
  }
  return i;
}

// What colours an action: hand, speed, negation, correction …
void FrameBuilder::on_modifier(size_t i, const Choice& choice) {
  const Token& t = tokens_[i];
  switch (choice.tag) {
    case Tag::hand:
      if (t.chinese && now_.acts() && next_is_act(i)) flush(Frame::Link::with);
      if (choice.value != "any" && !now_.hand.empty() && now_.hand != choice.value && !now_.acts()) ++out_.lost;  // which one?
      if (choice.value != "any" && now_.hand.empty()) now_.hand = choice.value;
      break;
    case Tag::speed:
      if (t.chinese && now_.acts() && !now_.weak && next_is_act(i) && choice.value != "faster" && choice.value != "slower")
        flush(Frame::Link::with);
      now_.speed = choice.value;
      break;
    case Tag::scale:
      if (choice.value == "same") now_.same = true;
      else now_.scale = choice.value;
      break;
    case Tag::post:
      if (now_.acts()) now_.link = Frame::Link::meanwhile;
      else if (clause_has_act(i + 1) || (in_sight(i + 1) && tokens_[i + 1].text == "," && acts_after_clause(i)))
        now_.link = Frame::Link::meanwhile;  // "nod and, at the same time, wave"
      else if (!out_.frames.empty()) out_.frames.back().link = Frame::Link::meanwhile;
      break;
    case Tag::neg:
      // "鞠躬就免了": said after what is not to be done.
      if (t.chinese && now_.acts() &&
          is_one_of(t.text, {"免了", "省了", "不用了", "就免了", "就算了", "就不用了", "就不必了", "算了", "就省了"}))
        now_.negated = true;
      else negative_ = true;
      break;
    case Tag::corr:
      number_.reset();
      flush(Frame::Link::comma);
      now_.correction = true;
      break;
    default:
      break;
  }
}

void FrameBuilder::on_all(size_t i) {
  const Token& t = tokens_[i];
  std::vector<std::string> names;
  for (const Item* robot : scene_.robots()) names.push_back(robot->name);
  const Token* previous = before(i);
  if (now_.acts() && previous && previous->tag != Tag::mark && !(t.chinese)) return;
  // "跟大家伙儿打个招呼"
  if (t.chinese && previous &&
      is_one_of(previous->text, {"跟", "给", "向", "对", "冲", "朝", "和", "同", "与", "对着", "朝着", "冲着", "跟着"}))
    return;
  if (names.size() != 2 && addressed_.empty() && excepted_.empty() &&
      std::none_of(tokens_.begin(), tokens_.end(),
                   [](const Token& o) { return o.item && o.item->group == Item::Group::robot; }) &&
      is_one_of(t.text, {"你们两个", "你们俩", "you two", "both of you", "you both", "the two of you", "the pair of you",
                         "both robots", "the two robots"}))
    ++out_.lost;  // which two of three?
  if (const std::vector<std::string> named = spoken_to(); means_others(t.text) && !named.empty() && excepted_.empty())
    names.erase(
        std::remove_if(names.begin(), names.end(),
                       [&](const std::string& name) { return std::find(named.begin(), named.end(), name) != named.end(); }),
        names.end());
  // "arms up, all of you!": said after, it is meant for this sentence's actions.
  if (previous && previous->tag == Tag::mark && !now_.acts() && !now_.has_slots() && ends_clause(i + 1) &&
      !acts_after_clause(i) && addressed_.empty() && excepted_.empty() && !out_.frames.empty() &&
      out_.frames.back().sentence == sentence_) {
    for (Frame& frame : out_.frames) {
      if (frame.sentence == sentence_ && frame.robots.empty()) frame.robots = names;
    }
    return;
  }
  // "Orange and Bolt, you two": they are named already.
  if (!addressed_.empty() && !now_.acts() &&
      is_one_of(t.text, {"你们两个", "你们俩", "你们", "you two", "both of you", "you both", "the two of you", "the pair of you",
                         "你们三个", "你们仨", "you three"}))
    return;
  excepting_ = false;
  address(names);
}

size_t FrameBuilder::on_except(size_t i) {
  const Token& t = tokens_[i];
  // "小橘以外的机器人"
  if (t.chinese && !addressed_.empty() && !now_.acts() && is_one_of(t.text, {"以外", "之外", "除外", "以外的", "之外的"})) {
    const std::set<std::string> without(addressed_.begin(), addressed_.end());
    std::vector<std::string> names;
    for (const Item* robot : scene_.robots()) {
      if (!without.count(robot->name)) names.push_back(robot->name);
    }
    addressed_ = now_.robots = names;
    if (in_sight(i + 1) && tokens_[i + 1].text == "的") ++i;
    while (in_sight(i + 1) && (tokens_[i + 1].tag == Tag::voc || tokens_[i + 1].tag == Tag::all)) ++i;
    return i;
  }
  excepting_ = true;
  excepted_.clear();
  return i;
}

void FrameBuilder::on_adj(size_t i, const std::string& value) {
  const Token& t = tokens_[i];
  // "小红" is somebody's name.
  if (const Token* previous = before(i);
      t.chinese && previous && is_one_of(previous->text, {"小", "阿", "老"}) && previous->end == t.begin) {
    adjectives_.clear();
    add_mention({"", previous->text + t.text, {}, false, prep_});
    last_mention_ = i + 1;
    return;
  }
  adjectives_.push_back(value);
  adjective_words_ += (adjective_words_.empty() || t.chinese ? "" : " ") + t.text;
}

void FrameBuilder::on_noun(size_t i, const std::string& value) {
  const Token& t = tokens_[i];
  const Mention thing_said =
      resolve(adjectives_, value, adjective_words_ + (adjective_words_.empty() || t.chinese ? "" : " ") + t.text);
  adjectives_.clear(), adjective_words_.clear();
  add_mention(thing_said);
  last_mention_ = i + 1;
}

void FrameBuilder::on_item(size_t i) {
  const Token& t = tokens_[i];
  if (t.item->group == Item::Group::robot) {
    on_robot(i);
  } else {
    adjectives_.clear(), adjective_words_.clear();
    add_mention({t.item->name, t.text, {}, false, prep_});
    last_mention_ = i + 1;
  }
}

void FrameBuilder::on_fn(size_t i, const std::string& value) {
  const Token& t = tokens_[i];
  if (value == "prep")
    prep_ = is_one_of(t.text, {"to",          "at",
                               "towards",     "toward",
                               "by",          "near",
                               "next to",     "beside",
                               "into",        "in",
                               "behind",      "alongside",
                               "close to",    "closer to",
                               "over",        "over to",
                               "up to",       "in the direction of",
                               "in front of", "around to",
                               "up by",       "over by",
                               "right up to", "all the way to",
                               "as far as",   "the direction of",
                               "在",          "到",
                               "向",          "往",
                               "朝",          "朝着",
                               "向着",        "往着",
                               "至"});
  if (value == "prep")
    beside_ = is_one_of(
        t.text, {"by", "near", "next to", "beside", "behind", "alongside", "close to", "up by", "over by", "在", "in front of"});
  // "nod to show me": what it is for is not another action.
  if (t.text == "to" && now_.acts() && !now_.weak && !now_.loose && in_sight(i + 1) && tokens_[i + 1].tag == Tag::act &&
      !is_one_of(now_.skill, {"turn", "tell"}))
    because_ = true;
  if (t.text == "从" && in_sight(i + 1) && target_like(i + 1) && tokens_[i + 1].tag != Tag::pron)
    ++out_.lost;  // "从椅子旁边走过去"
  // "Tom is walking": somebody else does it.
  if (value != "prep" && value != "art") prep_ = false;
  // "Is the door open": asked, not ordered.
  if (value == "be" && is_one_of(t.text, {"is", "are", "was", "were", "does", "did", "has"}) && !now_.acts() &&
      (i == 0 || (tokens_[i - 1].tag == Tag::mark && tokens_[i - 1].text != ","))) {
    out_.topics.push_back("capability");
    out_.question = statement_ = true;
  }
  if (t.text == "在" && !now_.acts() && !now_.mentions.empty() && last_mention_ == i && in_sight(i + 1) &&
      tokens_[i + 1].tag == Tag::act)
    statement_ = true, out_.story = true;
  if (value == "be" && !now_.acts() && !now_.mentions.empty() && last_mention_ == i && now_.robots.empty() &&
      clause_begin_ + 3 >= i) {
    const bool going = t.chinese ? is_one_of(t.text, {"正在", "正", "已经", "会", "在在"}) : true;
    if (going) statement_ = true, out_.story = true;
  }
}

// "The floor is wet near the table, so …": what stands before is why, not what.
void FrameBuilder::drop_reasons() {
  std::vector<Frame> kept;
  for (Frame& frame : out_.frames) {
    if (frame.sentence != sentence_ || (frame.acts() && !frame.subject)) kept.push_back(std::move(frame));
  }
  out_.frames = std::move(kept);
  now_.mentions.clear(), now_.dirs.clear();
}

void FrameBuilder::end_thing(size_t i) {
  if (adjectives_.empty()) return;
  Mention mention = resolve(adjectives_, "", adjective_words_);
  // "the blue gizmo" is not whatever else is blue.
  if (in_sight(i) && (tokens_[i].tag == Tag::unknown || tokens_[i].tag == Tag::word) && !tokens_[i].as(Tag::noun) &&
      tokens_[i].begin > 0 && !mention.name.empty())
    mention.options = {mention.name}, mention.name.clear();
  now_.colours = adjectives_;
  adjectives_.clear(), adjective_words_.clear();
  if (!mention.name.empty() || !mention.options.empty()) {
    add_mention(mention);
    last_mention_ = i;
  }
}

void FrameBuilder::flush(Frame::Link next) {
  if (number_) now_.bare = *number_, now_.vague = now_.vague || number_vague_, number_.reset();
  if (statement_) now_.statement = true;
  const bool useful = now_.acts() || now_.has_slots();
  if (odd_clause()) ++out_.lost;
  if (useful && !now_.statement) {
    if (now_.robots.empty()) now_.robots = addressed_;
    now_.negated = now_.negated || (negative_ && !now_.acts());
    if (now_.skill == "raise_arms" && now_.soft && !now_.mentions.empty() && !now_.mentions.front().group &&
        !now_.mentions.front().prep && now_.hand.empty())
      now_.skill = "pick";
    // "Where is the cup? Point at it": what was just spoken of.
    if (is_one_of(now_.skill, {"point_at", "look_at", "go_to"}) && now_.mentions.empty() && !now_.preset.count("target") &&
        !seen_.empty() && (now_.skill == "point_at" || std::none_of(out_.frames.begin(), out_.frames.end(), [](const Frame& f) {
                             return f.acts();
                           })))
      now_.mentions.push_back({seen_.back(), seen_.back(), {}, false, true});
    // "Where is the ball?" – "… Point at it, then."
    else if (is_one_of(now_.skill, {"point_at", "look_at", "go_to"}) && now_.mentions.empty() && !now_.preset.count("target") &&
             memory_.talked && !memory_.newest.empty())
      now_.mentions.push_back({memory_.newest, memory_.newest, {}, false, true});
    if (now_.acts() && !now_.negated && (condition_ || condition_unknown_)) {
      now_.when = condition_, now_.when_unknown = condition_unknown_, now_.when_words = condition_words_;
      condition_.reset(), condition_unknown_ = false;
    }
    now_.sentence = sentence_;
    for (size_t j = clause_begin_; in_sight(j) && j < now_.begin && now_.acts(); ++j) {
      const Token& t = tokens_[j];
      now_.subject =
          now_.subject || t.tag == Tag::noun || (t.tag == Tag::item && t.item->group != Item::Group::robot) ||
          is_one_of(t.text, {"i", "we", "he", "she", "they", "it", "we're", "i'm", "there's", "我", "我们", "他", "她", "他们"});
    }
    out_.frames.push_back(now_);
  } else {
    out_.chatter += static_cast<double>(now_.unknown.size());
    if (!now_.statement && now_.link == Frame::Link::then && joined_ && !now_.unknown.empty() && !out_.question) ++out_.lost;
    if (now_.statement) {
      for (const Mention& mention : now_.mentions) out_.asked.push_back(mention);
    }
  }
  const bool lost_correction = !useful && now_.correction;
  if (!useful && now_.link == Frame::Link::meanwhile && next == Frame::Link::comma) next = now_.link;
  now_ = Frame();
  now_.link = next;
  joined_ = false;
  now_.correction = lost_correction && next != Frame::Link::none;
  negative_ = false;
  last_unit_.clear();
}

void FrameBuilder::address(const std::vector<std::string>& robots) {
  std::vector<std::string> names;
  for (const std::string& name : robots) {
    if (!excepted_.count(name)) names.push_back(name);
  }
  excepted_.clear();
  if (now_.acts() && now_.robots.empty() && now_.link != Frame::Link::none && !addressed_.empty()) flush(Frame::Link::with);
  addressed_ = names;
  now_.robots = names;
}

void FrameBuilder::on_mark(size_t i) {
  const std::string& mark = tokens_[i].text;
  if (mark == "-" && in_sight(i + 1) && tokens_[i + 1].tag == Tag::number) return;
  if (is_one_of(mark, {".", "!", "?", ";"})) {
    if (mark == "?" && now_.skill == "look_at" && now_.verb == "see") now_.skill.clear();  // "See Anna over there?"
    // A vocative with a full stop, a dotted abbreviation: nothing said yet.
    flush(Frame::Link::then);
    statement_ = because_ = false, excepting_ = false;
    condition_.reset();
    condition_unknown_ = false;
    ++sentence_, clause_begin_ = i + 1;
  } else if (is_one_of(mark, {",", ":"})) {
    const bool only_unknown = !now_.acts() && !now_.has_slots() && !now_.unknown.empty();
    const size_t units_said = tokens_[i].begin - (clause_begin_ < tokens_.size() ? tokens_[clause_begin_].begin : 0);
    bool name = only_unknown && now_.unknown.size() + 0 == i - clause_begin_ && units_said <= 3;
    if (clause_begin_ == 0 && !name && i > 1 && units_said <= 3 && units_said >= 2 && !now_.acts() && now_.mentions.empty() &&
        is_one_of(units_[0].text, {"小", "老", "阿", "大"}) && i - clause_begin_ >= 2)
      name = true;
    if (name && clause_begin_ == 0) {
      std::string words;
      for (size_t j = clause_begin_; j < i; ++j) words += (words.empty() || tokens_[j].chinese ? "" : " ") + tokens_[j].text;
      out_.unknown_robots.push_back(words);
    }
    if (excepting_ && tokens_[i].chinese) excepting_ = false;
    const bool corrects = now_.correction && !now_.acts() && !now_.has_slots();
    flush(Frame::Link::comma);
    if (pending_while_ && !out_.frames.empty() && out_.frames.back().acts())
      now_.link = Frame::Link::meanwhile, pending_while_ = false;
    now_.correction = now_.correction || corrects;
    statement_ = because_ = false;
    clause_begin_ = i + 1;
  }
}

void FrameBuilder::on_chat(size_t i, const std::string& value) {
  (void)i;
  if (leads_question(value)) {
    if (now_.acts() && !is_one_of(value, {"where", "how_far", "where_me"})) return;
    if (now_.acts() && !tokens_[i].chinese) return;
    if (now_.acts() && needs_target(now_.skill)) return;  // "指指杯子在哪儿"
    out_.topics.push_back(value);
    out_.question = true;
    statement_ = true;
    return;
  }
  out_.topics.push_back(value);
}

void FrameBuilder::on_unknown(size_t i) {
  const Token& t = tokens_[i];
  if (is_one_of(t.text, {"take", "takes", "taking"}) && in_sight(i + 1) &&
      (tokens_[i + 1].tag == Tag::number || tokens_[i + 1].as(Tag::amount)))
    return;  // "take four steps"
  if (needs_target(now_.skill) && now_.mentions.empty() && !statement_ && now_.preset.count("target") == 0) {
    // A run of unknown words where a thing is expected is that thing's name.
    Mention mention;
    mention.words = t.text;
    now_.mentions.push_back(mention);
    last_mention_ = i + 1;
    return;
  }
  if (!now_.mentions.empty() && last_mention_ == i && now_.mentions.back().name.empty() && now_.mentions.back().options.empty()) {
    now_.mentions.back().words += (t.chinese ? "" : " ") + t.text;
    last_mention_ = i + 1;
    return;
  }
  now_.unknown.push_back(t.text);
}

void FrameBuilder::on_pron(size_t i, const std::string& value) {
  const Token& t = tokens_[i];
  if (value == "self") return;
  if (value == "me") {
    const Token* previous = before(i);
    // "我举手你就挥手": what the speaker does.
    if (t.chinese && !now_.acts() && (!previous || previous->tag == Tag::mark) && in_sight(i + 1) &&
        tokens_[i + 1].tag == Tag::act && is_gesture(tokens_[i + 1].value().substr(0, tokens_[i + 1].value().find(' '))))
      ++out_.lost;
    // "我" as who speaks says nothing; as a target it does.
    if (!now_.acts() && t.text == "i") return;
    if (now_.acts() || prep_) add_mention({"me", t.text, {}, false, prep_});
    last_mention_ = i + 1;
    return;
  }
  const bool wanted = needs_target(now_.skill) || prep_;
  if (!wanted && value != "there") return;
  if (value == "there" && !wanted && now_.skill != "walk") return;
  if (value == "it" && t.chinese && in_sight(i + 1) &&
      (tokens_[i + 1].tag == Tag::noun || tokens_[i + 1].tag == Tag::adj || tokens_[i + 1].tag == Tag::item))
    return;
  if (!now_.mentions.empty() && last_mention_ == i) return;
  add_mention(remembered(value, t.text));
  last_mention_ = i + 1;
}

void FrameBuilder::add_mention(Mention mention) {
  mention.prep = mention.prep || prep_;
  mention.beside = mention.beside || (prep_ && beside_);
  if (negative_ && !now_.acts()) return;
  if (!mention.name.empty()) seen_.push_back(mention.name);
  now_.mentions.push_back(std::move(mention));
}

void FrameBuilder::on_robot(size_t i) {
  const Item* robot = tokens_[i].item;
  if (excepting_) {
    excepted_.insert(robot->name);
    if (!addressed_.empty())
      addressed_.erase(std::remove(addressed_.begin(), addressed_.end(), robot->name), addressed_.end()),
          now_.robots = addressed_;
    else if (scene_.robots().size() > 1) {
      std::vector<std::string> names;
      for (const Item* other : scene_.robots()) {
        if (!excepted_.count(other->name)) names.push_back(other->name);
      }
      now_.robots = names, addressed_ = names;
    }
    return;
  }
  const Token* previous = before(i);
  size_t last = i;  // the token before it, articles left out: "the G1 and the T1"
  while (last > 0 && tokens_[last - 1].is(Tag::fn, "art")) --last;
  // "a wave from Snowy"
  if (previous && is_one_of(previous->text, {"from", "by"}) && is_gesture(now_.skill) && now_.robots.empty()) {
    now_.robots = {robot->name};
    return;
  }
  const bool as_target = (needs_target(now_.skill) && now_.mentions.empty() && now_.preset.count("target") == 0) ||
                         (previous && previous->is(Tag::fn, "prep") && !previous->chinese);
  if (as_target && !(previous && previous->tag == Tag::mark)) {
    add_mention({robot->name, tokens_[i].text, {}, false, prep_});
    last_mention_ = i + 1;
    return;
  }
  const bool beside = previous && previous->tag == Tag::item && previous->item->group == Item::Group::robot && !now_.acts();
  const bool added =
      beside || (last >= 2 &&
                 (tokens_[last - 1].is(Tag::conn, "and") || is_one_of(tokens_[last - 1].text, {"跟", "同", "还有", "及"}) ||
                  (tokens_[last - 1].tag == Tag::mark && tokens_[last - 1].text == ",")) &&
                 !now_.acts() && tokens_[last - 2].tag == Tag::item && tokens_[last - 2].item->group == Item::Group::robot);
  std::vector<std::string> names;
  if (added) names = addressed_;
  names.push_back(robot->name);
  // "wave, Bolt": said after, it is meant for this sentence's actions.
  if (previous && previous->tag == Tag::mark && !now_.acts() && (i + 1 == tokens_.size() || tokens_[i + 1].tag == Tag::mark) &&
      !added && !out_.frames.empty() && out_.frames.back().sentence == sentence_ && !(in_sight(i + 2))) {
    for (Frame& frame : out_.frames) {
      if (frame.sentence == sentence_) frame.robots = names;
    }
    return;
  }
  if (now_.acts() && !(now_.weak)) flush(Frame::Link::with);
  address(names);
}

Mention FrameBuilder::resolve(const std::vector<std::string>& adjectives, const std::string& noun,
                              const std::string& words) const {
  Mention out;
  out.words = words, out.prep = prep_;
  out.group = is_one_of(noun, {"audience", "child", "person", "man", "woman", "boy", "girl", "grandma", "grandpa", "mother",
                               "father", "teacher", "boss", "doctor"});
  out.options = things_called(adjectives, noun, scene_, *scene_nouns_);
  if (out.options.size() == 1) out.name = out.options.front(), out.options.clear();
  return out;
}

Mention FrameBuilder::remembered(const std::string& pronoun, const std::string& words) const {
  Mention out;
  out.words = words, out.prep = prep_;
  const auto last_in = [&](const std::vector<Frame>& frames, auto fits) -> std::string {
    for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame) {
      for (auto mention = frame->mentions.rbegin(); mention != frame->mentions.rend(); ++mention) {
        const Item* item = scene_.find(mention->name);
        if (item && fits(*item)) return item->name;
      }
    }
    return "";
  };
  const auto person = [](const Item& item) { return item.group == Item::Group::person || item.group == Item::Group::robot; };
  const auto thing = [](const Item& item) { return item.group == Item::Group::object || item.group == Item::Group::place; };
  std::vector<Frame> frames = out_.frames;
  frames.push_back(now_);
  const auto newest_seen = [&](auto fits) -> std::string {
    for (auto name = seen_.rbegin(); name != seen_.rend(); ++name) {
      const Item* item = scene_.find(*name);
      if (item && fits(*item)) return *name;
    }
    return "";
  };
  const auto newest = [](const std::vector<std::string>& list) { return list.empty() ? std::string() : list.back(); };
  if (pronoun == "them") {
    out.name = last_in(frames, person);
    if (out.name.empty()) out.name = newest_seen(person);
    if (out.name.empty()) out.name = newest(memory_.persons);
    out.group = true;
  } else if (pronoun == "it") {
    out.name = last_in(frames, thing);
    if (out.name.empty()) out.name = newest_seen(thing);
    if (out.name.empty()) out.name = newest(memory_.things);
  } else {
    out.name = last_in(frames, [](const Item&) { return true; });
    if (out.name.empty()) out.name = newest_seen([](const Item&) { return true; });
    if (out.name.empty()) out.name = newest(memory_.places);
  }
  return out;
}

}  // namespace manybody::brain
