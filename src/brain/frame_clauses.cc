// Order words, conditions and what is to be said.
#include "brain/frame_builder.h"

#include <algorithm>
#include <cmath>

namespace manybody::brain {

void FrameBuilder::on_conn(size_t i, const std::string& value) {
  using Link = Frame::Link;
  const Token& t = tokens_[i];
  const bool had_act = now_.acts();
  excepting_ = excepting_ && value == "and";
  if (value == "because") {
    flush(Link::comma);
    because_ = true;
    return;
  }
  if (because_) because_ = false, statement_ = false;
  if (excepting_) return;
  if (value == "first") {
    // "begin by squatting", "先": a new action begins, if one was said before it.
    const bool ends = !in_sight(i + 1) || (tokens_[i + 1].tag == Tag::mark && tokens_[i + 1].text != ":");
    if (had_act && ends && !t.chinese && !out_.frames.empty() && out_.frames.back().sentence == sentence_ && clause_begin_ > 0) {
      now_.swap = true;  // "go to the kitchen, but say goodbye first"
      return;
    }
    if (had_act) flush(Link::then);
    return;
  }
  if (value == "and") return on_and(i);
  if (value == "then") return on_then(i);
  if (value == "while") return on_while(i);
  if (value == "before") return on_before(i);
  if (value == "after") {
    const bool follows = !out_.frames.empty() && out_.frames.back().sentence == sentence_ && out_.frames.back().acts();
    const bool prefix = !had_act && !(follows && !acts_after_clause(i + 1));
    flush(Link::then);
    if (!prefix) now_.swap = true;
    return;
  }
  if (value == "instead") {
    flush(Link::comma);
    negative_ = true;
    return;
  }
  if (value == "unless") {
    condition_unknown_ = true, condition_words_ = t.text;
    return;
  }
}

void FrameBuilder::on_and(size_t i) {
  using Link = Frame::Link;
  const Token& t = tokens_[i];
  const bool had_act = now_.acts();
  if (t.text == "也" && !had_act) return;  // "往左也走"
  // Robots and colours in a row stay together; so do "left and right".
  const Token* previous = before(i);
  size_t next = i + 1;
  while (in_sight(next) && tokens_[next].is(Tag::fn, "art")) ++next;
  const bool list = previous && previous->tag == Tag::item && previous->item->group == Item::Group::robot && in_sight(next) &&
                    tokens_[next].tag == Tag::item && !had_act;
  if (list) return;
  if (statement_ && !next_is_act(i)) return;
  const bool keep_negative = negative_ && t.text == "or";
  flush(now_.link == Link::meanwhile && !had_act ? Link::meanwhile : Link::then);
  joined_ = now_.anded = true;
  statement_ = false;
  negative_ = keep_negative;
  clause_begin_ = i + 1;
}

void FrameBuilder::on_then(size_t i) {
  using Link = Frame::Link;
  const Token& t = tokens_[i];
  const bool had_act = now_.acts();
  // "squat, but only after you bowed"
  if (is_one_of(t.text, {"but", "but only", "but just", "and only", "only"}) && in_sight(i + 1) &&
      (tokens_[i + 1].is(Tag::conn, "after") || tokens_[i + 1].is(Tag::conn, "before")))
    return;
  if (t.text == "再" && !had_act && now_.dirs.size() == 1 && now_.mentions.empty() && !now_.distance && !now_.angle &&
      !now_.duration && next_is_act(i)) {  // "右边再横移两步"
    now_.link = now_.link == Link::meanwhile ? now_.link : Link::then;
    joined_ = true;
    return;
  }
  const bool correction = now_.correction && !now_.acts() && !now_.has_slots();
  // "五秒后鞠躬", "half a minute later, bow"
  if (!had_act && now_.duration && now_.dirs.empty() && now_.mentions.empty() && !statement_ &&
      is_one_of(t.text, {"后", "之后", "以后", "过后", "later", "later on", "afterwards", "之后再", "以后再", "后再", "再"}))
    now_.skill = "wait", now_.verb = t.text, now_.begin = i;
  // "点头,但要等五秒之后": the wait comes first.
  if (now_.skill == "wait" && had_act && t.chinese && is_one_of(t.text, {"后", "之后", "以后"}) && ends_clause(i + 1) &&
      !acts_after_clause(i) && !out_.frames.empty() && out_.frames.back().sentence == sentence_ && out_.frames.back().acts() &&
      last_clause_says(clause_begin_, {"但", "但是", "不过", "可", "可是", "要", "得", "只能", "必须", "只"}))
    now_.swap = true;
  const bool narrows = (is_one_of(t.text, {"but only", "but just"}) ||
                        (is_one_of(t.text, {"但", "但是", "不过", "可是", "可"}) && in_sight(i + 1) &&
                         is_one_of(tokens_[i + 1].text, {"只", "只要", "只能", "最多", "只用", "就"}))) &&
                       !had_act;  // "forward, but only one step"
  flush(narrows ? Link::comma : Link::then);
  joined_ = true;
  now_.correction = correction;
  statement_ = false;
  clause_begin_ = i + 1;
}

void FrameBuilder::on_while(size_t i) {
  using Link = Frame::Link;
  const Token& t = tokens_[i];
  const bool had_act = now_.acts();
  const bool within = had_act || (t.chinese && !out_.frames.empty() && out_.frames.back().sentence == sentence_);
  const bool chinese = t.chinese;
  flush(within ? Link::meanwhile : Link::then);
  if (within && !chinese) now_.swap = true;  // "wave while walking": walking is the ground
  if (within && !chinese &&
      is_one_of(t.text, {"meanwhile", "while also", "and at the same time", "and simultaneously", "and meanwhile",
                         "while doing that", "while doing so", "while doing it", "while at it", "as you do so", "as you do that",
                         "as you do it", "and while doing that", "while you do that"}))
    now_.swap = false;
  if (!within) pending_while_ = !chinese;
}

void FrameBuilder::on_before(size_t i) {
  using Link = Frame::Link;
  const Token& t = tokens_[i];
  const bool had_act = now_.acts();
  const bool prefix = !had_act;
  if (t.chinese && is_one_of(t.text, {"不过先", "但先", "但是先", "可是先", "不过要先", "但要先", "不过得先", "在此之前",
                                      "在此之前先", "在那之前", "在那之前先", "不过在那之前"})) {
    flush(Link::then);
    now_.swap = true;
  } else if (t.chinese) {
    now_.defer = true;
    flush(Link::comma);
  } else {
    const bool swap_back = is_one_of(
        t.text, {"before that", "but before that", "but first", "but before you do", "before doing that", "before doing so"});
    flush(Link::then);
    if (swap_back) now_.swap = true;
    else if (prefix) now_.defer = true;
  }
}

// "when you reach the table," / "看到汤姆就": reads on until the condition ends; returns the token to go on with.
size_t FrameBuilder::take_condition(size_t i, bool until) {
  const size_t begin = i;
  const bool postfix = now_.acts();
  if (!postfix && !now_.has_slots()) flush(now_.link == Frame::Link::none ? Frame::Link::none : now_.link);
  Said said;
  auto& [event, heard, words, polite, mentioned, quoted, mention] = said;
  std::vector<std::string> adjectives;
  for (; in_sight(i); ++i) {
    const Token& t = tokens_[i];
    if (event == "hears" && !quoted && quote_end(i) > i + 1) {
      const size_t end = quote_end(i);
      heard = quoted_text(i, end);
      words += heard, quoted = true;
      i = end;
      continue;
    }
    const Meaning* cond = t.as(Tag::cond);
    if (i == begin && event.empty() && at_place(i)) {  // "once at the chair"
      event = "arrived", words = t.text;
      continue;
    }
    if (t.tag == Tag::mark && is_one_of(t.text, {",", ".", "!", "?", ";"})) break;
    if (cond && cond->value == "end" && (!event.empty() || polite)) {
      ++i;
      break;
    }
    if (t.is(Tag::conn, "then") && (!event.empty() || polite) && (mentioned || polite || t.chinese)) break;
    words += (words.empty() || t.chinese ? "" : " ") + t.text;
    if (quoted && t.tag != Tag::act && t.tag != Tag::cannot) continue;  // "“开始”两个字"
    if (quoted) break;
    if (event == "hears" && heard.empty() && quote_soon(i)) continue;
    if (event == "hears" && heard.empty() &&
        (t.tag == Tag::fn || t.tag == Tag::pron ||
         is_one_of(t.text, {"word",     "words",  "phrase",   "me say",   "me",        "say",     "sentence", "someone",
                            "somebody", "anyone", "anybody",  "people",   "person",    "says",    "saying",   "call",
                            "calling",  "shout",  "shouting", "everyone", "everybody", "whoever", "them",     "us"})) &&
        !(t.chinese && t.tag == Tag::pron))
      continue;
    if (event == "hears" && heard.empty() && (t.as(Tag::act) ? t.value() == "say" : cond && cond->value == "hear")) continue;
    if (event == "hears" && heard.empty() && t.chinese && is_one_of(t.text, {"有人", "谁", "人", "我", "大家", "别人"})) continue;
    if (event == "hears" && t.tag != Tag::mark) {
      if ((t.tag == Tag::act || t.tag == Tag::pol) && !heard.empty()) break;
      heard += (heard.empty() || t.chinese ? "" : " ") + t.text;
      continue;
    }
    if (t.is(Tag::fn, "cond") && event.empty()) {
      polite = true;
      continue;
    }
    if (cond && event.empty() && cond->value != "end") {
      event = cond->value == "arrive" ? "arrived" : cond->value == "hear" ? "hears" : "sees";
      if (cond->value == "appear" && !mentioned) event.clear();
      continue;
    }
    if (t.tag == Tag::item) {
      mention = {t.item->name, t.text, {}, false, false}, mentioned = true;
      continue;
    }
    if (t.tag == Tag::adj) {
      adjectives.push_back(t.value());
      continue;
    }
    if (const Meaning* noun = t.as(Tag::noun); noun && t.tag != Tag::act) {
      mention = resolve(adjectives, noun->value, t.text), mentioned = true;
      continue;
    }
    if (const Meaning* pron = t.as(Tag::pron); pron && t.tag != Tag::act && !mentioned && pron->value != "self") {
      if (pron->value == "me") {
        if (!event.empty()) mention = {"me", t.text, {}, false, false}, mentioned = true;
      } else if (!(pron->value == "there" && event == "arrived" && false))
        mention = remembered(pron->value, t.text), mentioned = true;
      continue;
    }
    if (t.tag == Tag::unknown) {
      if (!mentioned) mention.words += t.text, mentioned = true;
      continue;
    }
    if (t.tag == Tag::act || t.tag == Tag::cannot) {
      if ((!event.empty() && mentioned) || polite) break;  // the action begins
      if (const Meaning* act = t.as(Tag::act); act && (t.is(Tag::act, "walk weak") || act->value.rfind("go_to", 0) == 0)) {
        event = "arrived";
        continue;
      }
      if (!t.chinese) break;
      break;
    }
  }
  return settle_condition(begin, i, until, postfix, said);
}

// What was read becomes the condition of the action before it, or of the next.
size_t FrameBuilder::settle_condition(size_t begin, size_t i, bool until, bool postfix, const Said& said) {
  const auto& [event, heard, words, polite, mentioned, quoted, mention] = said;
  if (!mention.name.empty()) seen_.push_back(mention.name);
  const bool closed_by_comma = in_sight(i) && tokens_[i].text == ",";
  if (polite && event.empty()) return i;
  if (event == "sees" && closed_by_comma && in_sight(begin) && tokens_[begin].chinese &&
      (words.ends_with("没") || words.ends_with("没有") || words.ends_with("吧") || words.ends_with("吗")))
    return i;  // "看见那个红箱子没,走过去"
  std::optional<Condition> condition;
  const bool there = event == "arrived" && (!mentioned || is_one_of(mention.words, {"there", "那", "那里", "那儿", "那边"}));
  if (event == "hears" && !heard.empty()) condition = Condition{"hears", heard};
  else if (there && !out_.frames.empty()) return i;  // "when you get there": that is simply the order
  else if (!event.empty() && mentioned && !mention.name.empty()) condition = Condition{event, mention.name};
  else if (event.empty() && begin == i && !until) return i;
  if (until) {
    if (!condition && mentioned && !mention.name.empty()) {
      const Item* item = scene_.find(mention.name);
      const bool comes = item && item->group == Item::Group::person;  // "until Tom comes"
      condition = Condition{comes ? "sees" : "arrived", mention.name};
    }
    if (now_.skill == "walk" && condition && condition->event == "arrived") {
      now_.skill = "go_to", now_.preset.clear(), now_.dirs.clear(), now_.mentions = {{condition->target, words, {}, false, true}};
    } else if (now_.skill == "wait" && condition && !now_.duration && !now_.negated && acts_later(i)) {
      const auto robots = now_.robots;
      now_ = Frame(), now_.robots = robots;  // "wait until you hear “go”, then …": what comes then waits for it
      condition_ = condition, condition_words_ = words;
    } else if (now_.acts()) {
      now_.when_unknown = true, now_.when_words = words;
    } else {
      condition_unknown_ = true, condition_words_ = words;
    }
    return i;
  }
  if (postfix) {
    now_.when = condition, now_.when_unknown = !condition, now_.when_words = words;
  } else if (!condition && (event == "sees" || event == "arrived") && mention.group && mention.name.empty() &&
             tokens_[begin].chinese && closed_by_comma) {
    return i;  // "客人到了,你说…": told why
  } else {
    condition_ = condition, condition_unknown_ = !condition, condition_words_ = words;
  }
  return i;
}

// What is to be said, as it was typed; returns the last token taken.
size_t FrameBuilder::take_say(size_t i, bool tell) {
  size_t j = i + 1;
  const auto is_quote = [&](size_t k) {
    return in_sight(k) && tokens_[k].tag == Tag::mark &&
           is_one_of(tokens_[k].text, {"\"", "'", "“", "”", "「", "」", "『", "』"});
  };
  if (tell) {
    // Whom it is told: a person, "the audience", somebody unknown.
    while (in_sight(j) && (tokens_[j].tag == Tag::fn || tokens_[j].tag == Tag::adj)) ++j;
    if (in_sight(j) && !is_quote(j) && tokens_[j].tag != Tag::mark) {
      if (tokens_[j].is(Tag::pol, "hedge") || tokens_[j].tag == Tag::item || tokens_[j].as(Tag::noun) ||
          tokens_[j].as(Tag::pron) || tokens_[j].tag == Tag::all || tokens_[j].tag == Tag::voc || tokens_[j].tag == Tag::unknown)
        ++j;
    }
    while (in_sight(j) && (is_one_of(tokens_[j].text, {"that", "to", "loudly"}))) ++j;
  }
  now_.skill = "say";
  const auto skip = [&](size_t k) {
    return is_one_of(tokens_[k].text,
                     {":",      ",",      "that",         "一下",  "一声",        "一句",         "the words",       "out loud",
                      "aloud",  "loudly", "to us",        "to me", "to everyone", "to everybody", "to the audience", "to them",
                      "to him", "to her", "to the crowd", "大声",  "道",          "the word"});
  };
  while (in_sight(j) && !is_quote(j) && skip(j)) ++j;
  if (!is_quote(j) && in_sight(j) && tokens_[j].text == "to" && in_sight(j + 2) &&
      (tokens_[j + 1].tag == Tag::item || tokens_[j + 1].as(Tag::pron) || tokens_[j + 1].as(Tag::noun))) {
    j += 2;
    while (in_sight(j) && !is_quote(j) && skip(j)) ++j;
  }
  if (!in_sight(j)) return i;
  // "say something nice, like “…”"
  if (is_one_of(tokens_[j].text,
                {"something", "anything", "some words", "a few words", "点什么", "些什么", "几句话", "句话", "几句"})) {
    for (size_t k = j + 1; in_sight(k) && !(tokens_[k].tag == Tag::mark && is_one_of(tokens_[k].text, {".", "!", "?", ";"}));
         ++k) {
      if (quote_end(k) <= k + 1) continue;
      now_.say = quoted_text(k, quote_end(k));
      return quote_end(k);
    }
    return j;
  }
  if (is_quote(j)) {
    size_t k = j + 1;
    while (in_sight(k) && !is_quote(k)) ++k;
    if (in_sight(k) && k > j + 1) {
      now_.say = typed_.substr(units_[tokens_[j + 1].begin].begin,
                               units_[tokens_[k - 1].end - 1].end - units_[tokens_[j + 1].begin].begin);
      return k;
    }
  }
  // "喊三声加油"
  if (tokens_[j].chinese && tokens_[j].tag == Tag::number && in_sight(j + 2) &&
      is_one_of(tokens_[j + 1].text, {"声", "遍", "句", "次"})) {
    now_.times = static_cast<int>(std::clamp(tokens_[j].number, 0.0, 1000.0));
    j += 2;
    while (in_sight(j) && !is_quote(j) && skip(j)) ++j;
    if (is_quote(j) && quote_end(j) > j + 1) {
      now_.say = quoted_text(j, quote_end(j));
      return quote_end(j);
    }
  }
  const size_t end = say_end(j), last = say_last(j, end);
  if (last > j)
    now_.say = trimmed(std::string_view(typed_).substr(units_[tokens_[j].begin].begin,
                                                       units_[tokens_[last - 1].end - 1].end - units_[tokens_[j].begin].begin));
  return end > i + 1 ? end - 1 : i;
}

// Where the words to be said end: before another order, a count, the end of the sentence.
size_t FrameBuilder::say_end(size_t j) const {
  size_t end = j;
  const auto order = [&](size_t k) { return in_sight(k) && (tokens_[k].tag == Tag::act || tokens_[k].tag == Tag::cannot); };
  for (; in_sight(end); ++end) {
    const Token& t = tokens_[end];
    if (t.tag == Tag::mark && is_one_of(t.text, {".", "!", "?", ";"})) break;
    if (t.tag == Tag::conn && t.value() == "then" && end > j && !(t.text == "也")) break;
    if (t.tag == Tag::post && end > j) break;
    if (end > j && t.tag == Tag::conn && is_one_of(t.value(), {"while", "before", "after"}) && (order(end + 1) || order(end + 2)))
      break;
    if (end > j && (t.tag == Tag::mark || (t.tag == Tag::conn && t.value() == "and"))) {
      size_t k = end + 1;
      while (in_sight(k) &&
             (tokens_[k].tag == Tag::pol || tokens_[k].tag == Tag::fn || tokens_[k].tag == Tag::conn ||
              tokens_[k].tag == Tag::voc || tokens_[k].tag == Tag::dir || tokens_[k].tag == Tag::hand) &&
             k < end + 4 && !order(k))
        ++k;
      if (order(k) || (in_sight(end + 1) && tokens_[end + 1].tag == Tag::conn && tokens_[end + 1].value() == "then")) break;
    }
    if (end > j &&
        (t.tag == Tag::count || (t.tag == Tag::number && in_sight(end + 1) && tokens_[end + 1].is(Tag::unit, "times"))))
      break;
  }
  return end;
}

// Without politeness and whom it is said to, which follow.
size_t FrameBuilder::say_last(size_t j, size_t end) const {
  size_t last = end;
  while (last > j + 1 &&
         (is_one_of(tokens_[last - 1].text, {"please",
                                             "pls",
                                             "to us",
                                             "to everyone",
                                             "to everybody",
                                             "to me",
                                             "to them",
                                             "to him",
                                             "to her",
                                             "to the audience",
                                             "to the crowd",
                                             "out loud",
                                             "aloud",
                                             "loudly",
                                             "for me",
                                             "for us",
                                             "吧",
                                             "呗",
                                             "嘛",
                                             "好吗",
                                             "好不好",
                                             "to the kids",
                                             "to the children",
                                             ","}) ||
          (last > j + 2 && tokens_[last - 2].text == "to" &&
           (tokens_[last - 1].tag == Tag::item || tokens_[last - 1].as(Tag::pron) || tokens_[last - 1].as(Tag::noun))))) {
    last -=
        tokens_[last - 1].tag == Tag::item || tokens_[last - 1].as(Tag::noun) || (last > j + 2 && tokens_[last - 2].text == "to")
            ? 2
            : 1;
  }
  return last;
}

}  // namespace manybody::brain
