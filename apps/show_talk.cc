#include "show_talk.h"

#include <algorithm>
#include <utility>

#include "brain/plan_json.h"
#include "conduct/player_actor.h"
#include "conduct/theatre.h"

namespace manybody::apps {
namespace {

constexpr const char* kChatPath = "/v1/chat/completions";

// A member of a company: where it is counts from its mark, and who steers it steers the company.
class CompanyActor final : public conduct::Actor {
 public:
  explicit CompanyActor(const Performer& performer) : performer_(performer) {}
  const body::Body& body() const override { return performer_.player->body(); }
  conduct::Stance stance() const override {
    conduct::Stance out = conduct::PlayerActor(*performer_.player).stance();
    if (const learn::Company::Member* member = performer_.company->find(performer_.id)) {
      out.x += member->mark[0], out.y += member->mark[1];
    }
    return out;
  }
  void set_velocity(double vx, double vy, double wz) override { performer_.company->steer(performer_.id, {vx, vy, wz}); }
  void set_offsets(std::span<const double> offsets) override { performer_.player->set_offsets(offsets); }

 private:
  Performer performer_;
};

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
    case brain::Item::Group::person:
      return "person";
    case brain::Item::Group::place:
      return "place";
    case brain::Item::Group::object:
      return "object";
    case brain::Item::Group::robot:
      return "robot";
  }
  return "object";
}

// What people call it: its file's name, its Chinese title, both without what stands after a comma or bracket, its model's short name.
std::vector<std::string> aliases_of(const body::Body& body) {
  std::vector<std::string> out{body.name, body.title_zh};
  for (const std::string& title : {body.title, body.title_zh}) {
    size_t end = title.size();
    for (const char* mark : {",", "(", "（", "，"}) end = std::min(end, title.find(mark));
    while (end > 0 && end <= title.size() && title[end - 1] == ' ') --end;
    const std::string head = title.substr(0, end), last = head.substr(head.rfind(' ') + 1);
    if (head != title) out.push_back(head);
    const bool model = last.size() >= 2 && last.size() <= 5 && last.find_first_of("0123456789") != std::string::npos;
    if (model && last != head) out.push_back(last);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace

std::vector<Performer> performers_of(learn::Company& company) {
  std::vector<Performer> out;
  for (const auto& member : company.members()) out.push_back({member->player.get(), &company, member->id});
  return out;
}

ShowTalk::ShowTalk(studio::Server& server, const conduct::ConductorOptions& options)
    : server_(server), conductor_(options, conduct::default_stage()) {}
ShowTalk::~ShowTalk() = default;

void ShowTalk::open(studio::ServerOptions& options) {
  options.posts[kChatPath] = {studio::kMaxChatBytes, [this](const studio::Request&, std::string body, studio::Reply reply) {
                                desk_.post(body, std::move(reply));
                              }};
  options.gets["/v1/models"] = [this] {
    std::vector<std::string> models{"manybody"};
    const std::lock_guard lock(names_mutex_);
    for (const std::string& name : names_) models.push_back("manybody/" + name);
    return studio::models_response(models);
  };
}

// Two of a kind are told apart by a number.
std::string ShowTalk::name_for(const Performer& performer) const {
  const body::Body& body = performer.player->body();
  const std::string title = body.title.empty() ? body.name : body.title;
  const auto taken = [&](const std::string& name) {
    return std::any_of(members_.begin(), members_.end(), [&](const conduct::Member& m) { return m.name == name; });
  };
  std::string name = title;
  for (int n = 2; taken(name); ++n) name = title + " " + std::to_string(n);
  return name;
}

void ShowTalk::set_cast(const std::vector<Performer>& cast) {
  if (cast == cast_) return;
  std::vector<std::unique_ptr<conduct::Actor>> actors;
  members_.clear();
  for (const Performer& performer : cast) {
    const auto known = std::find(cast_.begin(), cast_.end(), performer);
    const size_t at = static_cast<size_t>(known - cast_.begin());
    if (known != cast_.end() && actors_[at]) actors.push_back(std::move(actors_[at]));
    else if (performer.company) actors.push_back(std::make_unique<CompanyActor>(performer));
    else actors.push_back(std::make_unique<conduct::PlayerActor>(*performer.player));
    const body::Body& body = performer.player->body();
    members_.push_back({name_for(performer), aliases_of(body), actors.back().get()});
  }
  conductor_.set_robots(members_);
  cast_ = cast;
  actors_ = std::move(actors);
  {
    const std::lock_guard lock(names_mutex_);
    names_.clear();
    for (const conduct::Member& member : members_) names_.push_back(member.name);
  }
  publish_world();
}

void ShowTalk::publish_world() {
  studio::WorldMessage world;
  for (const conduct::Member& member : members_) world.items.push_back({"robot", member.name, member.aliases, std::nullopt});
  for (const brain::Item& item : conductor_.stage().items) {
    studio::WorldItem out{group_of(item.group), item.name, item.aliases, std::nullopt};
    if (item.position) out.position = *item.position;
    world.items.push_back(std::move(out));
  }
  server_.set_world(world);
}

// By name, or by its number on the stage; the first when neither is known.
std::string ShowTalk::robot_of(const std::string& said) const {
  for (size_t i = 0; i < members_.size(); ++i) {
    if (said == members_[i].name || (cast_[i].company && said == std::to_string(cast_[i].id))) return members_[i].name;
  }
  return members_.empty() ? "" : members_.front().name;
}

void ShowTalk::say(const studio::SayCommand& command) {
  const bool everyone = command.robot == "all" && members_.size() > 1;
  if (conductor_.hear({command.text, robot_of(command.robot), {}, false, everyone, "page"}) == 0)
    server_.send_error("too much is said at once: please say it again");
}

void ShowTalk::steered(std::optional<int> id) {
  for (size_t i = 0; i < cast_.size(); ++i) {
    if (!id || !cast_[i].company || cast_[i].id == *id) conductor_.take_over(members_[i].name);
  }
}

// "manybody/NAME" speaks to that robot, any other model to the first.
void ShowTalk::take_chats() {
  for (studio::ChatDesk::Call& call : desk_.take()) {
    conduct::Utterance said;
    said.text = std::move(call.ask.text), said.from = "http", said.own_talk = true;
    for (studio::ChatTurn& turn : call.ask.history) said.history.push_back({std::move(turn.role), std::move(turn.text)});
    const std::string prefix = "manybody/";
    said.robot = robot_of(call.ask.model.starts_with(prefix) ? call.ask.model.substr(prefix.size()) : "");
    const uint64_t id = conductor_.hear(std::move(said));
    if (id == 0) desk_.refuse(call.id);
    else chats_[id] = call.id;
  }
}

void ShowTalk::answer_chat(const conduct::Exchange& exchange) {
  const auto it = chats_.find(exchange.id);
  if (it == chats_.end() || !exchange.answered) return;
  const brain::Answer& answer = exchange.answer;
  desk_.answer(it->second, {answer.reply, brain::to_text(answer.kind), answer.language, answer.reason, answer.confidence,
                            brain::write_plan(answer.plan)});
  chats_.erase(it);
}

void ShowTalk::poll() {
  take_chats();
  if (!std::exchange(ticked_, false)) conductor_.tick(0);  // while paused too somebody may talk
  for (const conduct::Exchange& exchange : conductor_.take_news()) {
    answer_chat(exchange);
    server_.set_talk(message_of(exchange));
  }
}

}  // namespace manybody::apps
