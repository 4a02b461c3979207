#include "brain/cause.h"

#include <algorithm>
#include <array>

namespace manybody::brain {
namespace {

struct Saying {
  Cause cause;
  const char *en, *zh;  // {} stands for what it is about
};
constexpr std::array<Saying, 18> kSayings = {{
    {Cause::none, "", ""},
    {Cause::no_gesture, "I know no gesture called {}", "我不会叫“{}”的动作"},
    {Cause::unknown_place, "I do not know where {} is", "我不知道{}在哪里"},
    {Cause::lacks, "this body has no {}", "这个身体没有{}"},
    {Cause::not_learned, "not learned yet", "还没学会"},
    {Cause::too_late, "it did not happen in time", "等了很久也没有发生"},
    {Cause::too_long, "it took too long", "用的时间太长了"},
    {Cause::unsteady, "I cannot stand still enough for that", "我站得不够稳,做不了"},
    {Cause::blocked, "somebody is in the way", "有人挡着路"},
    {Cause::step_failed, "a step before it failed", "前面的一步没有做成"},
    {Cause::fell, "I fell", "我摔倒了"},
    {Cause::stopped, "stopped", "停下了"},
    {Cause::told_not_to, "told not to", "被告知不要做"},
    {Cause::other_task, "something else was asked", "有了别的任务"},
    {Cause::by_hand, "steered by hand", "改为手动操控"},
    {Cause::left_stage, "it left the stage", "它离开了舞台"},
    {Cause::not_here, "it is not on the stage", "它不在舞台上"},
    {Cause::reset, "the stage was reset", "舞台重置了"},
}};

struct Part {
  const char *role, *en, *zh;
};
constexpr std::array<Part, 4> kParts = {{{"neck", "head that moves", "能动的头"},
                                         {"waist", "waist that moves", "能动的腰"},
                                         {"shoulder", "arm", "手臂"},
                                         {"", "arm like that", "这样的手臂"}}};

// "left shoulder_pitch" is a left arm to whoever talks to the robot.
std::string part_text(const std::string& lacking, bool zh) {
  const bool left = lacking.rfind("left ", 0) == 0, right = lacking.rfind("right ", 0) == 0;
  const Part& part =
      *std::find_if(kParts.begin(), kParts.end(), [&](const Part& p) { return lacking.find(p.role) != std::string::npos; });
  const std::string side = left ? (zh ? "左" : "left ") : right ? (zh ? "右" : "right ") : "";
  return side + (zh ? part.zh : part.en);
}

}  // namespace

std::string say_cause(Cause cause, const std::string& about, const Speaker& speaker) {
  const bool zh = speaker.language == "zh";
  if (cause == Cause::unknown_place && about == "me" && !zh) return "I do not know where you are";
  const auto saying = std::find_if(kSayings.begin(), kSayings.end(), [&](const Saying& s) { return s.cause == cause; });
  std::string out = zh ? saying->zh : saying->en;
  const size_t gap = out.find("{}");
  if (gap == std::string::npos) return out;
  const std::string what = cause == Cause::lacks           ? part_text(about, zh)
                           : cause == Cause::unknown_place ? say_target(about, speaker)
                                                           : about;
  return out.replace(gap, 2, what);
}

}  // namespace manybody::brain
