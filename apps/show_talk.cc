#include "show_talk.h"

#include <algorithm>
#include <utility>

#include "brain/plan_json.h"
#include "conduct/theatre.h"

namespace manybody::apps {
namespace {

studio::TalkMessage message_of(const conduct::Exchange& exchange) {
  studio::TalkMessage out;
  out.id = exchange.id;
  out.from = exchange.said.from, out.robot = exchange.said.robot, out.heard = exchange.said.text;
  out.answered = exchange.answered;
  if (!exchange.answered) return out;
  out.language = exchange.answer.language, out.kind = brain::to_text(exchange.answer.kind);
  out.reply = exchange.answer.reply, out.reason = exchange.answer.reason;
  out.brain = exchange.brain, out.confidence = exchange.answer.confidence;
  for (const conduct::StepView& step : exchange.plan)
    out.plan.push_back({step.label, step.skill, step.robot, conduct::to_text(step.state), step.reason});
  for (const conduct::Spoken& words : exchange.spoken) out.spoken.push_back({words.robot, words.text});
  return out;
}

const char* group_of(brain::Item::Group group) {
  switch (group) {
    case brain::Item::Group::person: return "person";
    case brain::Item::Group::place: return "place";
    case brain::Item::Group::object: return "object";
    case brain::Item::Group::robot: return "robot";
  }
  return "object";
}

}  // namespace

ShowTalk::ShowTalk(studio::Server& server, const conduct::ConductorOptions& options)
    : server_(server), conductor_(options, conduct::default_stage()) {}

void ShowTalk::set_robots(std::vector<conduct::Member> members) {
  names_.clear();
  for (const conduct::Member& member : members) names_.push_back(member.name);
  members_ = members;
  conductor_.set_robots(std::move(members));
  publish_stage();
}

void ShowTalk::publish_stage() {
  studio::StageMessage stage;
  for (const conduct::Member& member : members_) stage.items.push_back({"robot", member.name, member.aliases, std::nullopt});
  for (const brain::Item& item : conductor_.stage().items) {
    studio::StageItem out{group_of(item.group), item.name, item.aliases, std::nullopt};
    if (item.position) out.position = *item.position;
    stage.items.push_back(std::move(out));
  }
  server_.set_stage(stage);
}

void ShowTalk::say(const studio::SayCommand& command) {
  conduct::Utterance said;
  said.text = command.text, said.from = "page";
  const bool known = std::find(names_.begin(), names_.end(), command.robot) != names_.end();
  said.robot = known ? command.robot : names_.empty() ? "" : names_.front();
  if (conductor_.hear(std::move(said)) == 0) server_.send_error("too much is said at once: please say it again");
}

// "manybody/NAME" speaks to that robot, any other model to the first.
void ShowTalk::take_chats() {
  for (studio::ChatDesk::Call& call : server_.take_chats()) {
    conduct::Utterance said;
    said.text = std::move(call.ask.text), said.from = "http", said.own_talk = true;
    for (studio::ChatTurn& turn : call.ask.history) said.history.push_back({std::move(turn.role), std::move(turn.text)});
    said.robot = names_.empty() ? "" : names_.front();
    for (const std::string& name : names_) {
      if (call.ask.model == "manybody/" + name) said.robot = name;
    }
    const uint64_t id = conductor_.hear(std::move(said));
    if (id == 0) server_.refuse_chat(call.id);
    else chats_[id] = call.id;
  }
}

void ShowTalk::answer_chats(const conduct::Exchange& exchange) {
  const auto it = chats_.find(exchange.id);
  if (it == chats_.end() || !exchange.answered) return;
  const brain::Answer& answer = exchange.answer;
  server_.answer_chat(it->second, {answer.reply, brain::to_text(answer.kind), answer.language, answer.reason, answer.confidence,
                                   brain::write_plan(answer.plan)});
  chats_.erase(it);
}

void ShowTalk::poll() {
  take_chats();
  if (!std::exchange(ticked_, false)) conductor_.tick(0);  // while paused too somebody may talk, and stop
  for (const conduct::Exchange& exchange : conductor_.take_news()) {
    answer_chats(exchange);
    server_.set_talk(message_of(exchange));
  }
}

}  // namespace manybody::apps
