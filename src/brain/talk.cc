#include "brain/talk.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace manybody::brain {
namespace {

std::string number_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

const char* pick(const Speaker& s, const char* en, const char* zh) { return s.language == "zh" ? zh : en; }

std::string listed(const std::vector<std::string>& words, const Speaker& s, const char* last_en = " and ",
                   const char* last_zh = "和") {
  std::string out;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? pick(s, last_en, last_zh) : pick(s, ", ", "、");
    out += words[i];
  }
  return out;
}

// A thing's name, in Chinese the Chinese one where it has one.
std::string called(const std::string& name, const Speaker& s) {
  const Item* item = s.scene && s.language == "zh" && !is_cjk(name) ? s.scene->find(name) : nullptr;
  if (!item) return name;
  const auto chinese =
      std::find_if(item->aliases.begin(), item->aliases.end(), [](const std::string& alias) { return is_cjk(alias); });
  return chinese == item->aliases.end() ? name : *chinese;
}

std::string person_text(const std::string& target, const Speaker& s) {
  const bool name = !target.empty() && (target[0] < 'a' || target[0] > 'z');
  return name ? target : say_target(target, s);
}

std::string walk_text(const Arguments& a, const Speaker& s) {
  const std::string direction = text_of(a, "direction");
  const double distance = number_of(a, "distance_m", 0), duration = number_of(a, "duration_s", 0),
               speed = number_of(a, "speed_mps", 0);
  if (s.language == "zh") {
    std::string out = std::string("向") +
                      (direction == "forward"    ? "前"
                       : direction == "backward" ? "后"
                       : direction == "left"     ? "左"
                                                 : "右") +
                      "走";
    if (distance > 0) out += number_text(distance) + "米";
    if (duration > 0) out += number_text(duration) + "秒";
    if (speed > 0) out += "(每秒" + number_text(speed) + "米)";
    return out;
  }
  std::string out = direction == "left" || direction == "right" ? "step " + direction : "walk " + direction;
  if (distance > 0) out += " " + number_text(distance) + " m";
  if (duration > 0) out += " for " + number_text(duration) + " s";
  if (speed > 0) out += " at " + number_text(speed) + " m/s";
  return out;
}

std::string turn_text(double angle, const Speaker& s) {
  const std::string degrees = number_text(std::fabs(angle));
  if (s.language == "zh") return std::string("向") + (angle > 0 ? "左" : "右") + "转" + degrees + "度";
  return std::string("turn ") + (angle > 0 ? "left " : "right ") + degrees + " degrees";
}

std::string where_text(const Item& item, const Speaker& s) {
  if (!item.position)
    return s.language == "zh" ? "我知道" + called(item.name, s) + ",但不知道它的位置。"
                              : "I know " + person_text(item.name, s) + ", but not where it is.";
  const core::Vec3& p = *item.position;
  const std::string distance = number_text(std::hypot(p[0], p[1]));
  const double bearing = std::atan2(p[1], p[0]) * 180 / 3.14159265358979;
  const int part = static_cast<int>(std::lround(bearing / 45));
  static const char* kEn[]{"ahead", "ahead on the left", "to the left", "behind on the left", "behind"};
  static const char* kZh[]{"正前方", "左前方", "左边", "左后方", "后面"};
  static const char* kEnRight[]{"ahead", "ahead on the right", "to the right", "behind on the right", "behind"};
  static const char* kZhRight[]{"正前方", "右前方", "右边", "右后方", "后面"};
  const int n = std::min(4, std::abs(part));
  if (s.language == "zh")
    return called(item.name, s) + "在舞台" + (part >= 0 ? kZh[n] : kZhRight[n]) + ",离中心" + distance + "米。";
  return person_text(item.name, s) + " is " + (part >= 0 ? kEn[n] : kEnRight[n]) + ", " + distance +
         " m from the middle of the stage.";
}

}  // namespace

std::string say_target(const std::string& target, const Speaker& s) {
  if (target == "me") return pick(s, "you", "你");
  if (target == "left" || target == "right" || target == "up" || target == "down" || target == "forward" ||
      target == "backward") {
    if (s.language != "zh") return "the " + target;
    return target == "left"      ? "左边"
           : target == "right"   ? "右边"
           : target == "up"      ? "上面"
           : target == "down"    ? "下面"
           : target == "forward" ? "前面"
                                 : "后面";
  }
  return s.language == "zh" ? called(target, s) : "the " + target;
}

std::string say_step(const Step& step, const Speaker& s) {
  const Arguments& a = step.arguments;
  const std::string target = text_of(a, "target"), hand = text_of(a, "hand");
  const bool zh = s.language == "zh";
  std::string out;
  if (step.skill == "walk") out = walk_text(a, s);
  else if (step.skill == "turn") out = turn_text(number_of(a, "angle_deg", 0), s);
  else if (step.skill == "go_to") out = zh ? "走到" + say_target(target, s) + "那里" : "go to " + person_text(target, s);
  else if (step.skill == "follow") out = zh ? "跟着" + say_target(target, s) : "follow " + person_text(target, s);
  else if (step.skill == "look_at") out = zh ? "看" + say_target(target, s) : "look at " + person_text(target, s);
  else if (step.skill == "point_at") out = zh ? "指" + say_target(target, s) : "point at " + person_text(target, s);
  else if (step.skill == "say") out = zh ? "说“" + text_of(a, "text") + "”" : "say \"" + text_of(a, "text") + "\"";
  else if (step.skill == "wait")
    out = zh ? "等" + number_text(number_of(a, "duration_s", 0)) + "秒"
             : "wait " + number_text(number_of(a, "duration_s", 0)) + " s";
  else if (step.skill == "wave")
    out = zh               ? (hand == "both"    ? "双手挥手"
                              : hand == "left"  ? "挥左手"
                              : hand == "right" ? "挥右手"
                                                : "挥手")
          : hand.empty()   ? "wave"
          : hand == "both" ? "wave with both hands"
                           : "wave my " + hand + " hand";
  else if (step.skill == "bow") out = pick(s, "bow", "鞠躬");
  else if (step.skill == "nod") out = pick(s, "nod", "点头");
  else if (step.skill == "shake_head") out = pick(s, "shake my head", "摇头");
  else if (step.skill == "squat") out = pick(s, "squat", "蹲下");
  else if (step.skill == "stand") out = pick(s, "stand up straight", "站好");
  else if (step.skill == "raise_arms") out = pick(s, "raise my arms", "举起双手");
  else if (step.skill == "dance") out = pick(s, "dance", "跳舞");
  else if (step.skill == "hold_pose") out = pick(s, "hold that pose", "保持姿势");
  else out = step.skill;
  if (step.skill == "hold_pose" && number_of(a, "duration_s", 0) > 0)
    out += zh ? number_text(number_of(a, "duration_s", 0)) + "秒" : " for " + number_text(number_of(a, "duration_s", 0)) + " s";
  if (step.repeat > 1)
    out += zh ? std::to_string(step.repeat) + "次" : step.repeat == 2 ? " twice" : " " + std::to_string(step.repeat) + " times";
  if (!step.robot.empty()) out = zh ? called(step.robot, s) + out : step.robot + ": " + out;
  if (step.when) {
    const std::string& what = step.when->target;
    if (step.when->event == "arrived")
      out = zh ? "到" + say_target(what, s) + "时" + out : out + " on reaching " + person_text(what, s);
    if (step.when->event == "sees")
      out = zh ? "看到" + say_target(what, s) + "时" + out : out + " when I see " + person_text(what, s);
    if (step.when->event == "hears") out = zh ? "听到“" + what + "”时" + out : out + " when I hear \"" + what + "\"";
  }
  return out;
}

std::string say_plan(const Plan& plan, const Skills&, const Speaker& s) {
  std::string out = pick(s, "OK: ", "好的:");
  for (size_t i = 0; i < plan.size(); ++i) {
    if (i > 0) out += plan[i].parallel ? pick(s, " while I ", ",同时") : pick(s, ", then ", ",然后");
    if (i >= 6) return out + pick(s, "and so on.", "等等。");
    out += say_step(plan[i], s);
  }
  return out + pick(s, ".", "。");
}

std::string say_issue(const Issue& issue, const Skills& skills, const Speaker& s) {
  const bool zh = s.language == "zh";
  const std::string& r = issue.reason;
  const std::string words = issue.words;
  if (r == "which")
    return zh ? "哪一个:" + listed(issue.options, s, " or ", "还是") + "?"
              : "Which one: " + listed(issue.options, s, " or ", "还是") + "?";
  if (r == "unknown_target")
    return zh ? "我不知道“" + words + "”在哪里,是指什么?" : "I do not know \"" + words + "\". What or where is it?";
  if (r == "unknown_robot")
    return zh ? "这里没有叫“" + words + "”的机器人,你在叫谁?" : "There is no robot called " + words + " here. Whom do you mean?";
  if (r == "unit") return pick(s, "In which unit: metres, steps or degrees?", "单位是什么:米、步,还是度?");
  if (r == "direction") return pick(s, "In which direction?", "往哪个方向?");
  if (r == "turn") return pick(s, "Left or right, and how far?", "向左还是向右,转多少度?");
  if (r == "angle") return pick(s, "How far shall I turn?", "要转多少度?");
  if (r == "text") return pick(s, "What shall I say?", "要我说什么?");
  if (r == "target")
    return issue.words == "go_to"     ? pick(s, "Where shall I go?", "要我去哪里?")
           : issue.words == "look_at" ? pick(s, "What shall I look at?", "要我看什么?")
                                      : pick(s, "Whom or what do you mean?", "你指的是谁或什么?");
  if (r == "condition")
    return zh ? "我还不会察觉“" + words + "”,什么时候开始?" : "I cannot notice \"" + words + "\". When shall I begin?";
  if (r == "action") return zh ? "“" + words + "”——要我做什么?" : "\"" + words + "\": what shall I do?";
  if (r == "distance_or_target") return pick(s, "Shall I go all the way, or only that distance?", "走到那里,还是只走这段距离?");
  if (r == "no_such_skill")
    return zh ? "我不会“" + words + "”。我会走路、转身和做手势。"
              : "I cannot do that (\"" + words + "\"). I can walk, turn and gesture.";
  if (r == "unable") return pick(s, "I cannot do that. I can walk, turn and gesture.", "这个我做不了。我会走路、转身和做手势。");
  if (r == "not_learned") {
    const Skill* skill = skills.find(words);
    return zh ? std::string("我还没学会") + (skill ? skill->zh : words) + "。"
              : "I have not learned to " + (skill ? skill->en : words) + " yet.";
  }
  if (r == "limit") return pick(s, "That is more than I may do.", "这超出了我的限度。");
  return say_unclear(s);
}

std::string say_fault(const Gate::Fault& fault, const Skills& skills, const Speaker& s) {
  const bool zh = s.language == "zh";
  if (fault.reason == "limit")
    return zh ? "这超出了我的限度:" + fault.what + "。" : "That is beyond my limits: " + fault.what + ".";
  if (fault.reason == "body")
    return fault.what == "arms" ? pick(s, "This body has no arms for that.", "这个身体没有手臂,做不了。")
                                : pick(s, "This body has no head to move.", "这个身体没有能动的头,做不了。");
  if (fault.reason == "not_learned") return say_issue({Kind::refuse, "not_learned", fault.what, {}, 0}, skills, s);
  if (fault.reason == "unknown_target") return say_issue({Kind::ask, "unknown_target", fault.what, {}, 0}, skills, s);
  if (fault.reason == "too_long") return pick(s, "That is too much at once.", "一次太多了。");
  return zh ? "我做不了这个:" + fault.what + "。" : "I cannot do that: " + fault.what + ".";
}

std::string say_stop(const Speaker& s) { return pick(s, "Stopping.", "停下。"); }
std::string say_harm(const std::string& reason, const Speaker& s) {
  if (reason == "limits") return pick(s, "No. My safety limits stay as they are.", "不行,安全限制不能更改。");
  return pick(s, "No. I will not do what could hurt someone or break something.", "不行,可能伤人或损坏东西的事我不做。");
}
std::string say_unclear(const Speaker& s) {
  return pick(s, "I did not understand that. What shall I do?", "我没听明白,要我做什么?");
}

std::string say_talk(const std::string& topic, const std::vector<Mention>& asked, const Scene& scene, const Skills& skills,
                     const Memory& memory, const Speaker& s) {
  const bool zh = s.language == "zh";
  const std::string body = s.body.empty() ? pick(s, "a walking robot", "会走路的机器人") : s.body;
  if (topic == "who")
    return zh ? "我是" + (s.robot.empty() ? body : s.robot + "," + body) + "。"
              : "I am " + (s.robot.empty() ? body : s.robot + ", " + body) + ".";
  if (topic == "what_can" || topic == "capability") {
    std::vector<std::string> names;
    for (const Skill& skill : skills.all()) {
      if (skill.learned) names.push_back(zh ? skill.zh : skill.en);
    }
    return pick(s, "I can ", "我会:") + listed(names, s) + pick(s, ".", "。");
  }
  if (topic == "what_doing" && memory.doing)
    return (zh ? "我正在" : "I am busy with this: ") + say_step(*memory.doing, s) + pick(s, ".", "。");
  if (topic == "what_doing")
    return memory.last.empty() ? pick(s, "Nothing at the moment: I am standing and listening.", "现在没做什么,站着等你说话。")
                               : (zh ? "刚才的任务是:" : "My last task: ") + say_step(memory.last.back(), s) + pick(s, ".", "。");
  if (topic == "where" || topic == "how_far") {
    for (const Mention& m : asked) {
      if (const Item* item = scene.find(m.name)) return where_text(*item, s);
      if (!m.options.empty()) return say_issue({Kind::ask, "which", m.words, m.options, 0}, skills, s);
    }
    return pick(s, "I do not know where that is.", "我不知道它在哪里。");
  }
  if (topic == "where_me") return pick(s, "We are on the stage.", "我们在舞台上。");
  if (topic == "what_see") {
    std::vector<std::string> names;
    for (const Item& item : scene.items) names.push_back(called(item.name, s));
    return names.empty() ? pick(s, "There is nothing here that I know.", "这里没有我认识的东西。")
                         : pick(s, "Here are: ", "这里有:") + listed(names, s) + pick(s, ".", "。");
  }
  if (topic == "why_not") {
    const std::string& reason = memory.last_answer.reason;
    if (reason.empty() || memory.last_answer.reply.empty()) return pick(s, "I only did what I was asked.", "我只是照你说的做。");
    return memory.last_answer.reply;
  }
  if (topic == "thanks") return pick(s, "You are welcome.", "不客气。");
  if (topic == "hello") return pick(s, "Hello! What shall I do?", "你好!要我做什么?");
  if (topic == "how_are_you") return pick(s, "I am fine, thank you.", "我很好,谢谢。");
  if (topic == "bye") return pick(s, "Goodbye.", "再见。");
  if (topic == "praise") return pick(s, "Thank you!", "谢谢夸奖!");
  if (topic == "scold") return pick(s, "I am sorry. Please tell me again what to do.", "对不起,请再说一遍要我做什么。");
  if (topic == "yes" || topic == "no") return pick(s, "All right.", "好的。");
  if (topic == "not") return pick(s, "All right, I will not.", "好的,我不做。");
  return pick(s, "I see. Tell me when I shall do something.", "嗯。需要我做什么就告诉我。");
}

}  // namespace manybody::brain
