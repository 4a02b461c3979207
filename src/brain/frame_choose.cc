// Which of its meanings a word has here.
#include "brain/frame_builder.h"

#include <algorithm>
#include <cmath>

namespace manybody::brain {

FrameBuilder::Choice FrameBuilder::choose_act(size_t i, const Meaning& act) const {
  const Token& t = tokens_[i];
  const Token* previous = before(i);
  const std::string skill = act.value.substr(0, act.value.find(' '));
  const bool counted = previous && (previous->tag == Tag::number || previous->as(Tag::amount));
  const bool article = previous && (previous->is(Tag::fn, "art") || counted);
  if (const Meaning* unit = t.as(Tag::unit);
      unit && (number_ || counted || (article && unit->value != "times") || !now_.amount.empty()))
    return {Tag::unit, unit->value};
  if (t.as(Tag::hand) && (now_.acts() || article)) return {Tag::hand, t.as(Tag::hand)->value};
  if (const Meaning* part = t.as(Tag::part); part && (now_.acts() || (article && !counted))) return {Tag::part, part->value};
  if (t.text == "到" && !now_.acts() && t.as(Tag::cond) && condition_ahead(i)) return {Tag::conn, "when here"};  // "到厨房了就…"
  if (t.text == "去" || t.text == "来" || t.text == "到" || t.text == "回" || t.text == "上去") {
    if (target_like(i + 1) && !(in_sight(i + 1) && tokens_[i + 1].tag == Tag::act))
      return {Tag::act, t.text == "来" ? "walk weak" : "go_to"};
    if (t.text == "到" || t.text == "回") return {Tag::fn, "prep"};
    if (!now_.mentions.empty() || clause_has_act(i + 1) || now_.acts()) return {Tag::fn, "loc"};
  }
  if (t.text == "跟" || t.text == "陪" || t.text == "随") {
    const bool whom = target_like(i + 1) || (in_sight(i + 1) && tokens_[i + 1].tag == Tag::all);
    if (t.text == "跟" && whom && clause_has_act(i + 2, true)) return {Tag::fn, "prep"};
  }
  if (t.text == "给") {
    if (clause_has_act(i + 1) || now_.acts() || !target_like(i + 1)) return {Tag::fn, "prep"};
    for (size_t j = i + 2; in_sight(j) && tokens_[j].tag != Tag::mark && !tokens_[j].is(Tag::conn, "then");
         ++j) {  // "给汤姆和安娜鞠躬"
      if (tokens_[j].tag == Tag::act && is_gesture(tokens_[j].value().substr(0, tokens_[j].value().find(' '))))
        return {Tag::fn, "prep"};
    }
  }
  if (t.text == "等" && condition_ahead(i + 1)) return {Tag::conn, "when"};
  const bool comes = skill == "go_to" && act.value.find("target=me") != std::string::npos &&
                     (!now_.acts() || (now_.skill == "walk" && now_.mentions.empty() && !now_.distance && !now_.duration));
  if (t.chinese && skill == "look_at" && last_mention_ == i && i >= 2 && tokens_[i - 2].text == "给" && target_like(i + 1))
    return {Tag::odd, ""};  // "给汤姆看看杯子"
  if (t.chinese && skill == "look_at" && !now_.acts() && !now_.mentions.empty() && now_.mentions.back().prep)
    return {Tag::act, act.value};
  if ((t.as(Tag::pol) || t.as(Tag::voc)) && !comes) {
    const bool further = clause_has_act(i + 1);
    if (further && !(skill == "look_at" && in_sight(i + 1) && target_like(i + 1) && !tokens_[i + 1].as(Tag::pol)))
      return {Tag::pol, "hedge"};
    if (now_.acts() && !now_.weak && !(skill == "look_at" && target_like(i + 1))) return {Tag::pol, "hedge"};
    size_t ahead = i + 1;
    while (in_sight(ahead) && (tokens_[ahead].tag == Tag::pol || tokens_[ahead].tag == Tag::voc)) ++ahead;
    if (skill == "look_at" && !target_like(i + 1) && !(in_sight(ahead) && tokens_[ahead].as(Tag::dir)) &&
        !(in_sight(i + 1) && tokens_[i + 1].as(Tag::dir)))
      return {Tag::pol, "hedge"};
  }
  if (is_one_of(skill, {"vague", "redo", "resume"}) && act.value != "redo_all") {
    // "once more", "again", "do it" beside another action say how, not what.
    if (clause_has_act(i + 1) || (now_.acts() && !now_.weak)) return {Tag::pol, "hedge"};
    if (skill == "vague" && in_sight(i + 1) && tokens_[i + 1].tag == Tag::mark && is_one_of(tokens_[i + 1].text, {":", ","}) &&
        acts_after_clause(i))
      return {Tag::pol, "hedge"};  // "do the following: …"
    if (skill == "redo" && t.text == "another" && in_sight(i + 1) && tokens_[i + 1].as(Tag::unit)) return {Tag::fn, "art"};
    if (skill == "resume" && in_sight(i + 1) && tokens_[i + 1].tag == Tag::mark && clause_has_act(i + 2))
      return {Tag::pol, "hedge"};
  }
  // "forward, say, two metres"
  if (skill == "say" && t.text == "say" && in_sight(i + 1) && tokens_[i + 1].text == "," && previous && previous->text == ",")
    return {Tag::pol, "hedge"};
  if (skill == "wait" && previous && previous->tag == Tag::item && previous->item->group != Item::Group::robot)
    return {Tag::pol, "hedge"};
  if (skill == "hold_pose" && t.text == "持续") return {Tag::pol, "hedge"};
  return {Tag::act, act.value};
}

FrameBuilder::Choice FrameBuilder::choose_other(size_t i) const {
  const Token& t = tokens_[i];
  const Token* previous = before(i);
  const bool after_mention = i > 0 && last_mention_ == i && (!now_.mentions.empty());
  if (const Meaning* cannot = t.as(Tag::cannot); cannot && t.tag == Tag::cannot) return {Tag::cannot, cannot->value};
  if (const Meaning* act = t.as(Tag::act); act && t.tag == Tag::act) return choose_act(i, *act);
  if (const Meaning* unit = t.as(Tag::unit)) {
    if (number_ || !now_.amount.empty() ||
        (previous && (previous->is(Tag::fn, "art") || previous->as(Tag::amount)) &&
         is_one_of(unit->value, {"m", "s", "min", "step", "ft", "yard", "turn", "babystep", "bigstep", "cm", "deg", "hour",
                                 "rightangle", "inch", "km"})))
      return {Tag::unit, unit->value};
    if (unit->value == "times" && in_sight(i + 1) && tokens_[i + 1].tag == Tag::number && t.text == "x")
      return {Tag::unit, "times"};
    if (unit->value == "permps" || unit->value == "perkmh") return {Tag::unit, unit->value};
    for (const Meaning* m : t.meanings) {
      if (m->tag != Tag::unit) return {m->tag, m->value};
    }
    return {Tag::fn, "art"};
  }
  if (const Meaning* conn = t.as(Tag::conn); conn && conn->value == "while" && (after_mention || is_one_of(t.text, {"一起"})))
    return {Tag::fn, "loc"};
  const bool starts = !previous || previous->tag == Tag::mark || previous->tag == Tag::conn;
  if (const Meaning* chat = t.as(Tag::chat);
      chat && t.tag != Tag::chat && starts && leads_question(chat->value) && (t.tag == Tag::fn || t.tag == Tag::word))
    return {Tag::chat, chat->value};
  if (t.chinese && starts && !now_.acts() && (t.tag == Tag::item || t.tag == Tag::noun)) {
    // "安娜来了就鞠躬"
    size_t j = i + 1;
    while (in_sight(j) && tokens_[j].tag == Tag::fn && !tokens_[j].as(Tag::cond)) ++j;
    if (in_sight(j) && tokens_[j].is(Tag::cond, "appear") && condition_ahead(j)) return {Tag::conn, "when here"};
  }
  if (const Meaning* cond = t.as(Tag::cond); cond && t.tag == Tag::cond) {
    if (cond->value == "end") return {Tag::pol, "hedge"};
    if (!now_.acts() && t.chinese && condition_ahead(i)) return {Tag::conn, "when here"};
    if (t.chinese && cond->value == "arrive" && !now_.acts() && target_like(i + 1) && t.tag == Tag::cond)
      return {Tag::act, "go_to"};
    for (const Meaning* m : t.meanings) {
      if (m->tag != Tag::cond) return {m->tag, m->value};
    }
    if (t.chinese && cond->value == "arrive" && !now_.acts() && target_like(i + 1)) return {Tag::act, "go_to"};
    return cond->value == "arrive" ? Choice{Tag::fn, "prep"} : Choice{Tag::word, "world"};
  }
  if (t.tag == Tag::story && t.chinese && needs_target(now_.skill) && now_.mentions.empty() && now_.end + 1 >= i &&
      (t.text.rfind("他", 0) == 0 || t.text.rfind("她", 0) == 0))
    return {Tag::pron, "them"};  // "跟着她走"
  if (t.tag == Tag::pol && t.as(Tag::pron) && needs_target(now_.skill) && now_.mentions.empty())
    return {Tag::pron, t.as(Tag::pron)->value};
  if (t.tag == Tag::fn && t.as(Tag::pron) && needs_target(now_.skill) && now_.mentions.empty())
    return {Tag::pron, t.as(Tag::pron)->value};
  return {t.tag, t.value()};
}

// Turns of speech whose words mean something else together.
std::optional<FrameBuilder::Choice> FrameBuilder::idiom(size_t i) const {
  const Token& t = tokens_[i];
  const Token* previous = before(i);
  if (t.tag == Tag::dir && t.value() == "around" && in_sight(i + 1) && tokens_[i + 1].tag == Tag::number)
    return Choice{Tag::pol, "hedge"};       // "about thirty degrees"
  if (t.text == "跳" && in_sight(i + 1)) {  // "跳二十秒的舞", "来段机器人舞,跳二十秒"
    for (size_t j = i + 1; !ends_clause(j); ++j) {
      if (const Meaning* act = tokens_[j].as(Tag::act); act && act->value.rfind("dance", 0) == 0)
        return Choice{Tag::pol, "hedge"};
    }
    if (now_.skill == "dance") return Choice{Tag::pol, "hedge"};
    if (!now_.acts() && !out_.frames.empty() && out_.frames.back().skill == "dance" && out_.frames.back().sentence == sentence_)
      return Choice{Tag::pol, "hedge"};
  }
  // "过十秒再去", "上窗户那儿去"
  if (t.text == "away" && in_sight(i + 2) && tokens_[i + 1].text == "from" && target_like(i + 2) &&
      !tokens_[i + 2].is(Tag::pron, "me"))
    return Choice{Tag::odd, ""};
  if (t.text == "keep" && in_sight(i + 1) && tokens_[i + 1].tag == Tag::number) return Choice{Tag::odd, ""};
  // "everyone dance but Bolt"
  if (t.text == "but" && in_sight(i + 1) && tokens_[i + 1].tag == Tag::item && tokens_[i + 1].item->group == Item::Group::robot &&
      !next_is_act(i + 1))
    return Choice{Tag::except, ""};
  // "in five seconds, turn", "五秒后鞠躬": first it waits.
  if ((t.is(Tag::conn, "after") || is_one_of(t.text, {"in", "within"})) && time_ahead(i + 1) && t.tag != Tag::act)
    return Choice{Tag::act, "wait"};
  if (is_one_of(t.text, {"不", "不是", "no"}) && previous && previous->tag == Tag::mark && in_sight(i + 1) &&
      tokens_[i + 1].text == "," && (now_.acts() || !out_.frames.empty()))
    return Choice{Tag::corr, ""};
  if (lone_unit(i)) return Choice{Tag::unit, t.as(Tag::unit)->value};
  if (is_one_of(t.text, {"take a", "taking a", "make a", "making a", "hang a", "hang", "bear"}) && t.tag == Tag::act) {
    size_t j = i + 1;  // "take a left", never "take a couple of steps"
    while (in_sight(j) && (tokens_[j].tag == Tag::pol || tokens_[j].tag == Tag::speed)) ++j;
    if (in_sight(j) && (tokens_[j].tag == Tag::amount || tokens_[j].tag == Tag::number) && !tokens_[j].as(Tag::act)) {
      while (in_sight(j) && (tokens_[j].tag == Tag::amount || tokens_[j].tag == Tag::number)) ++j;
      if (in_sight(j) && !tokens_[j].is(Tag::unit, "turn") && !tokens_[j].is(Tag::unit, "deg")) return Choice{Tag::fn, "art"};
    }
  }
  if (is_one_of(t.text, {"歇", "缓", "待", "呆", "顿", "停顿", "停留"}) && time_ahead(i + 1)) return Choice{Tag::act, "wait"};
  if (t.text == "扭" && time_ahead(i + 1)) return Choice{Tag::act, "dance"};
  if (is_one_of(t.text, {"拧", "偏", "扭"}) && !now_.acts() &&
      (!now_.dirs.empty() || (in_sight(i + 1) && tokens_[i + 1].tag == Tag::dir)))
    return Choice{Tag::act, "turn"};
  if (t.text == "拿" && in_sight(i + 1) &&
      (tokens_[i + 1].as(Tag::hand) || tokens_[i + 1].value().rfind("wave", 0) == 0 ||
       tokens_[i + 1].value().rfind("point_at", 0) == 0))
    return Choice{Tag::fn, "prep"};
  if (t.text == "按" && in_sight(i + 1) && (tokens_[i + 1].as(Tag::unit) || tokens_[i + 1].tag == Tag::number))
    return Choice{Tag::fn, "prep"};
  if (t.text == "还是" && !now_.acts() && !now_.has_slots()) {  // "九十度,还是四十五度吧"; "算了,还是去门口"
    const bool settles = last_clause_says(i, {"吧", "好了", "算了", "行了", "得了", "为好", "好"});
    if (out_.frames.empty() || out_.frames.back().sentence != sentence_ || !previous || previous->tag != Tag::mark)
      return Choice{Tag::pol, "hedge"};
    return settles ? Choice{Tag::corr, ""} : Choice{Tag::odd, ""};
  }
  // "随后退一米": the tie between "随|后退" and "随后|退".
  if (t.text == "随" && in_sight(i + 1) && tokens_[i + 1].text.rfind("后", 0) == 0) return Choice{Tag::conn, "then"};
  // "大箱子": how big a thing is.
  if (is_one_of(t.text, {"大", "小", "新", "旧", "圆", "方", "高", "矮"}) && in_sight(i + 1) &&
      (tokens_[i + 1].tag == Tag::noun || tokens_[i + 1].tag == Tag::adj) && !adjectives_.empty())
    return Choice{Tag::adj, t.text == "大" ? "big" : t.text == "小" ? "small" : t.text};
  // "on reaching the window": a condition without "when".
  if (is_one_of(t.text, {"on", "upon"}) && in_sight(i + 1) && tokens_[i + 1].tag == Tag::cond && !now_.acts())
    return Choice{Tag::conn, "when"};
  // "no bowing this time"
  if (is_one_of(t.text, {"no", "enough", "less", "no more"}) && in_sight(i + 1) && tokens_[i + 1].as(Tag::act) &&
      tokens_[i + 1].text.ends_with("ing"))
    return Choice{Tag::neg, ""};
  // "the other way": turned the other way than just now.
  if (t.tag == Tag::dir && t.value() == "around" && !memory_.last.empty() && !now_.acts() && !clause_has_act(i + 1) &&
      is_one_of(memory_.last.back().skill, {"turn", "walk"}) &&
      is_one_of(t.text, {"the other way", "the opposite way", "the other direction", "the opposite direction"}))
    return Choice{Tag::dir, "other"};
  // "不,三米": no to what was done last.
  if (t.text == "不" && i == 0 && t_is(1, ",") && !memory_.last.empty()) return Choice{Tag::chat, "no"};
  if (t.text == "接下来" && (time_ahead(i + 1) || (t_is(i + 1, "的") && time_ahead(i + 2)))) return Choice{Tag::fn, "art"};
  // "if you turned left", "I'd rather you walked": wished for, not told.
  if (t.tag == Tag::story && t.text.rfind("you ", 0) == 0 && previous && (previous->tag == Tag::pol || previous->as(Tag::conn))) {
    if (t.text.ends_with("turned")) return Choice{Tag::act, "turn"};
    if (t.text.ends_with("walked")) return Choice{Tag::act, "walk"};
    if (t.text.ends_with("went") || t.text.ends_with("headed")) return Choice{Tag::act, "walk weak"};
  }
  // "要是大家都举手就好了", "… If you nodded.": wished for.
  if (is_one_of(t.text, {"要是", "如果", "要", "假如"}) && t.as(Tag::conn) &&
      last_clause_says(i, {"就好了", "就太好了", "就更好了", "该多好", "多好", "就好啦", "就太棒了"}))
    return Choice{Tag::pol, "hedge"};
  if (is_one_of(t.text, {"if", "if you"}) && !now_.acts() && in_sight(i + 1) && !acts_after_clause(i) &&
      (t.text == "if" ? tokens_[i + 1].tag == Tag::story && tokens_[i + 1].text.rfind("you ", 0) == 0
                      : tokens_[i + 1].stem && tokens_[i + 1].text.ends_with("ed")) &&
      (!previous || previous->tag != Tag::item))
    return Choice{Tag::pol, "hedge"};
  // "谁高就指谁"
  if (is_one_of(t.text, {"谁", "哪个", "哪位"}) && needs_target(now_.skill)) return Choice{Tag::odd, ""};
  // "往前站一步": the foot, not the posture.
  if (is_one_of(t.text, {"站", "让"}) && (now_.skill == "walk" || !now_.dirs.empty()) && in_sight(i + 2) &&
      tokens_[i + 1].tag == Tag::number && tokens_[i + 2].as(Tag::unit))
    return now_.skill == "walk" ? Choice{Tag::pol, "hedge"} : Choice{Tag::act, "walk"};
  // "Both this time": hands, after a wave.
  if (is_one_of(t.text, {"both", "both of them", "both of 'em"}) && !now_.acts() && !clause_has_act(i + 1) &&
      !memory_.last.empty() && memory_.last.back().skill == "wave")
    return Choice{Tag::hand, "both"};
  if (is_one_of(t.text, {"过", "隔"})) return Choice{time_ahead(i + 1) ? Tag::act : Tag::fn, time_ahead(i + 1) ? "wait" : "prep"};
  if (t.text == "上" && !now_.acts() && target_like(i + 1) && !(in_sight(i + 1) && tokens_[i + 1].tag == Tag::pron)) {
    for (size_t j = i + 2; !ends_clause(j); ++j) {
      if (is_one_of(tokens_[j].text, {"去", "来", "那儿去", "那里去", "那边去"})) return Choice{Tag::act, "go_to"};
    }
  }
  if (is_one_of(t.text, {"中间", "之间", "当中"}) && !now_.mentions.empty()) return Choice{Tag::odd, ""};
  if (t.text == "钟" && now_.duration) return Choice{Tag::fn, "art"};  // "一分半钟"
  return std::nullopt;
}

FrameBuilder::Choice FrameBuilder::choose(size_t i) const {
  const Token& t = tokens_[i];
  const Token* previous = before(i);
  if (t.tag == Tag::item && t.chinese && t.item->group != Item::Group::robot && !now_.acts() &&
      (!previous || previous->tag == Tag::mark || previous->tag == Tag::conn)) {
    size_t j = i + 1;
    while (in_sight(j) && (tokens_[j].tag == Tag::fn || tokens_[j].text == "一") && !tokens_[j].as(Tag::cond)) ++j;
    if (in_sight(j) && tokens_[j].is(Tag::cond, "appear") && condition_ahead(j)) return {Tag::conn, "when here"};
  }
  // "音乐一响就跳舞": a signal nobody knows.
  if (t.tag == Tag::number && t.number == 1 && in_sight(i + 2) && tokens_[i + 1].tag == Tag::unknown &&
      is_one_of(tokens_[i + 2].text, {"就", "便", "你就", "立刻就", "马上就"}))
    return {Tag::odd, ""};
  if (t.meanings.empty()) return {t.tag, ""};
  // "the box", "the watch": after an article a word that is also a thing is one.
  if (const Meaning* noun = t.as(Tag::noun);
      noun && t.tag != Tag::noun && previous && (previous->is(Tag::fn, "art") || previous->tag == Tag::adj))
    return {Tag::noun, noun->value};
  if (const Meaning* noun = t.as(Tag::noun); noun && t.tag == Tag::cannot && needs_target(now_.skill) && now_.mentions.empty())
    return {Tag::noun, noun->value};
  if (const auto special = idiom(i)) return *special;
  const bool after_mention = i > 0 && last_mention_ == i && (!now_.mentions.empty());
  if (after_mention &&
      (t.is(Tag::fn, "loc") || (t.tag == Tag::pron && t.value() == "there") || (t.chinese && t.tag == Tag::dir))) {
    // "桌子前面", "门口那里"; but "走到桌子左转" is a new action.
    if (!(t.tag == Tag::act)) return {Tag::fn, "loc"};
  }
  if (t.is(Tag::fn, "exceptend") && !excepting_ && !addressed_.empty() && !now_.acts()) return {Tag::except, ""};
  if (t.text == "once" && in_sight(i + 1) && (tokens_[i + 1].tag == Tag::cond || (at_place(i + 1) && !now_.acts())))
    return {Tag::conn, "when"};
  // "Right, everybody bow": a call, no direction.
  if (t.text == "right" && in_sight(i + 1) && tokens_[i + 1].text == "," && acts_after_clause(i) &&
      (!previous || (previous->tag == Tag::mark && previous->text != ",")))
    return {Tag::pol, "hedge"};
  // "once you've reached the door": something that happens, not something to do first.
  if (t.is(Tag::conn, "after") && in_sight(i + 1)) {
    const Meaning* cond = tokens_[i + 1].as(Tag::cond);
    if (cond && cond->value != "end" && cond->value != "appear") return {Tag::conn, "when"};
  }
  if (const Meaning* corr = t.as(Tag::corr)) {
    const bool began = now_.acts() || now_.has_slots() || number_ || !out_.frames.empty();
    const bool marked =
        !previous || previous->tag == Tag::mark || previous->as(Tag::corr) || previous->tag == Tag::pol || number_;
    if (began && (marked || t.end - t.begin >= 2)) return {Tag::corr, corr->value};
    if (memory_.last.empty() && memory_.pending.empty() && !ends_clause(i + 1)) return {Tag::pol, "hedge"};  // "I said left"
    return {Tag::chat, "no"};
  }
  if (t.text == "后" || t.text == "之后" || t.text == "以后")
    return {now_.acts() || now_.duration || !out_.frames.empty() ? Tag::conn : Tag::dir,
            now_.acts() || now_.duration || !out_.frames.empty() ? "then" : "backward"};
  if (t.text == "一" || t.text == "一个") return {Tag::fn, "art"};
  return choose_other(i);
}

}  // namespace manybody::brain
