#include "conduct/conductor.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <ctime>
#include <utility>

#include "brain/plan_json.h"
#include "brain/talk.h"
#include "core/error.h"
#include "core/files.h"

namespace manybody::conduct {
namespace {

constexpr double kMomentS = 0.2;  // how often the brain learns where everybody is

std::string folded(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

StepState state_of(brain::Progress::State state) {
  switch (state) {
    case brain::Progress::State::waiting:
      return StepState::waiting;
    case brain::Progress::State::running:
      return StepState::running;
    case brain::Progress::State::done:
      return StepState::done;
    case brain::Progress::State::failed:
      return StepState::failed;
    case brain::Progress::State::stopped:
      return StepState::stopped;
  }
  return StepState::failed;
}

bool is_open(StepState state) { return state == StepState::waiting || state == StepState::running; }

}  // namespace

const char* to_text(StepState state) {
  static const char* const kNames[] = {"waiting", "running", "done", "failed", "stopped", "refused"};
  return kNames[static_cast<int>(state)];
}

bool Exchange::ended() const {
  return answered && std::none_of(plan.begin(), plan.end(), [](const StepView& step) { return is_open(step.state); });
}

struct Conductor::Robot {
  Robot(Member m, const brain::Skills& skills, const motion::Gestures& gestures)
      : member(std::move(m)),
        ability(brain::ability_of(member.actor->body())),
        executor(member.actor->body(), skills, gestures, ability) {}

  Member member;
  brain::Ability ability;
  brain::Executor executor;
  uint64_t exchange = 0;              // whose plan it carries out
  uint64_t stopped_at = 0;            // what was said before this and is understood later is not begun
  std::vector<size_t> steps;          // the executor's steps as places in that plan
  double stood = 0;                   // s that its feet have rested
  bool drives = false, bent = false;  // the velocity is the plan's; offsets are not all zero
  std::vector<std::string> heard;
};

Conductor::Conductor(const ConductorOptions& options, brain::Scene stage)
    : options_(options),
      desk_({options.thread, options.remote, {"", options.model}, options.gguf}),
      gestures_(motion::read_gestures(core::home_directory() + "/data/motion/gestures.toml")),
      stage_(std::move(stage)) {
  std::erase_if(stage_.items, [](const brain::Item& item) { return item.group == brain::Item::Group::robot; });
  now_ = stage_;
}

Conductor::~Conductor() = default;

void Conductor::set_robots(std::vector<Member> members) {
  std::vector<std::unique_ptr<Robot>> robots;
  for (Member& member : members) {
    MB_CHECK(member.actor);
    std::erase(member.aliases, "");
    const auto known = std::find_if(robots_.begin(), robots_.end(), [&](const auto& robot) {
      return robot && robot->member.name == member.name && robot->member.actor == member.actor;
    });
    if (known != robots_.end()) robots.push_back(std::move(*known));
    else robots.push_back(std::make_unique<Robot>(std::move(member), desk_.mind().skills(), gestures_));
  }
  for (auto& robot : robots_) {
    if (robot) interrupt(*robot, brain::Cause::left_stage);
  }
  robots_ = std::move(robots);
  update_moment(true);
}

void Conductor::set_stage(brain::Scene stage) {
  stage_ = std::move(stage);
  std::erase_if(stage_.items, [](const brain::Item& item) { return item.group == brain::Item::Group::robot; });
  update_moment(true);
}

uint64_t Conductor::hear(Utterance said) {
  const uint64_t id = ++last_id_;
  const bool stop = desk_.mind().says_stop(said.text);
  const std::lock_guard lock(mutex_);
  if (stop) stops_.emplace_back(id, said.text), stop_said_ = true;
  if (fresh_.size() >= kWaiting || desk_.waiting() >= kWaiting) return 0;  // a stop is obeyed all the same
  fresh_.emplace_back(id, said);
  if (options_.thread && !desk_.ask(id, std::move(said))) {
    fresh_.pop_back();
    return 0;
  }
  return id;
}

// A stop that names robots of the stage is for those, any other for all.
void Conductor::obey_stops() {
  if (!stop_said_) return;
  std::vector<std::pair<uint64_t, std::string>> said;
  {
    const std::lock_guard lock(mutex_);
    said = std::exchange(stops_, {});
    stop_said_ = false;
  }
  for (const auto& [id, text] : said) {
    const bool named = std::any_of(robots_.begin(), robots_.end(), [&](const auto& r) { return names_one(text, r->member); });
    for (auto& robot : robots_) {
      if (!named || names_one(text, robot->member)) {
        robot->stopped_at = std::max(robot->stopped_at, id);
        interrupt(*robot, brain::Cause::stopped);
        robot->member.actor->set_velocity(0, 0, 0);
      }
    }
  }
}

bool Conductor::names_one(const std::string& text, const Member& member) const {
  const std::string all = folded(text);
  const auto is_in = [&](const std::string& name) { return name.size() >= 3 && all.find(folded(name)) != std::string::npos; };
  return is_in(member.name) || std::any_of(member.aliases.begin(), member.aliases.end(), is_in);
}

void Conductor::tick(double dt) {
  obey_stops();
  std::vector<std::pair<uint64_t, Utterance>> fresh;
  {
    const std::lock_guard lock(mutex_);
    fresh.swap(fresh_);
  }
  since_moment_ += dt;
  if (!fresh.empty() || since_moment_ > kMomentS) update_moment(!fresh.empty());
  for (auto& [id, said] : fresh) {
    Exchange& exchange = keep(id);
    exchange.said = said;
    touch(id);
    hear_words(said.text);
    if (!options_.thread) desk_.ask(id, std::move(said));
  }
  desk_.work_off();
  take_answers();
  for (auto& robot : robots_) drive(*robot, dt);
}

// Positions move every tick; the brain's copy follows five times a second.
void Conductor::update_moment(bool now) {
  now_.items.resize(stage_.items.size());
  std::copy(stage_.items.begin(), stage_.items.end(), now_.items.begin());
  Moment moment;
  for (const auto& robot : robots_) {
    const Stance stance = robot->member.actor->stance();
    const body::Body& body = robot->member.actor->body();
    now_.items.push_back(
        {brain::Item::Group::robot, robot->member.name, robot->member.aliases, body.name, core::Vec3{stance.x, stance.y, 0}});
    moment.robots.push_back({robot->member.name, body.title, robot->ability});
    for (size_t i = 0; i < robot->steps.size(); ++i) {
      if (robot->executor.progress(i).state == brain::Progress::State::running)
        moment.doing[robot->member.name] = robot->executor.plan()[i];
    }
  }
  if (!now && since_moment_ <= kMomentS) return;
  since_moment_ = 0;
  moment.scene = now_;
  desk_.set_moment(std::move(moment));
}

// "When I say go, walk": a plan that waits for a word hears it.
void Conductor::hear_words(const std::string& text) {
  const std::string all = folded(text);
  for (auto& robot : robots_) {
    for (const brain::Step& step : robot->executor.plan()) {
      if (step.when && step.when->event == "hears" && all.find(folded(step.when->target)) != std::string::npos)
        robot->heard.push_back(step.when->target);
    }
  }
}

void Conductor::take_answers() {
  for (Heard& heard : desk_.take_answers()) begin(std::move(heard));
}

void Conductor::begin(Heard heard) {
  Exchange& exchange = keep(heard.id);
  exchange.said = std::move(heard.said);
  exchange.answer = std::move(heard.answer);
  exchange.brain = heard.brain;
  exchange.answered = true;
  if (exchange.said.everyone) share(exchange.answer.plan);
  const brain::Speaker speaker = speaker_of(exchange);
  for (const brain::Step& step : exchange.answer.plan) {
    StepView view{brain::say_step(step, speaker), step.skill, step.robot.empty() ? exchange.said.robot : step.robot,
                  StepState::waiting, ""};
    if (view.robot.empty() && !robots_.empty()) view.robot = robots_.front()->member.name;
    if (exchange.answer.kind != brain::Kind::plan) view.state = StepState::refused;  // the reply says why
    exchange.plan.push_back(std::move(view));
  }
  if (exchange.answer.kind == brain::Kind::plan) start_plan(exchange);
  if (exchange.answer.kind == brain::Kind::stop &&
      exchange.answer.reason != "stop word") {  // "do not": nothing waits for its tick
    for (auto& robot : robots_) interrupt(*robot, brain::Cause::told_not_to);
  }
  touch(exchange.id);
  log(exchange);
}

// A step for whoever is spoken to becomes one a robot.
void Conductor::share(brain::Plan& plan) const {
  brain::Plan out;
  for (const auto& robot : robots_) {
    for (const brain::Step& step : plan) {
      if (!step.robot.empty() && step.robot != robot->member.name) continue;
      out.push_back(step);
      out.back().robot = robot->member.name;
    }
  }
  plan = std::move(out);
}

void Conductor::start_plan(Exchange& exchange) {
  for (auto& robot : robots_) {
    std::vector<size_t> steps;
    brain::Plan own;
    for (size_t i = 0; i < exchange.plan.size(); ++i) {
      if (exchange.plan[i].robot != robot->member.name) continue;
      steps.push_back(i);
      own.push_back(exchange.answer.plan[i]);
      own.back().robot.clear();
    }
    if (own.empty()) continue;
    if (exchange.id < robot->stopped_at) {
      for (const size_t i : steps)
        exchange.plan[i].state = StepState::stopped,
        exchange.plan[i].reason = say_cause(brain::Cause::stopped, "", speaker_of(exchange));
      continue;
    }
    interrupt(*robot, brain::Cause::other_task);
    robot->exchange = exchange.id;
    robot->steps = std::move(steps);
    robot->heard.clear();
    robot->executor.start(own, now_, robot->member.name, true);
  }
  for (StepView& step : exchange.plan) {
    if (!robot_of(step.robot))
      step.state = StepState::failed, step.reason = say_cause(brain::Cause::not_here, "", speaker_of(exchange));
  }
}

brain::Speaker Conductor::speaker_of(const Exchange& exchange) const { return {exchange.answer.language, "", "", &now_}; }

void Conductor::interrupt(Robot& robot, brain::Cause cause) {
  if (!robot.executor.running()) return;
  robot.executor.interrupt(cause);
  note_progress(robot);
}

void Conductor::take_over(const std::string& name) {
  Robot* robot = name.empty() && !robots_.empty() ? robots_.front().get() : robot_of(name);
  if (!robot || !robot->drives) return;
  interrupt(*robot, brain::Cause::by_hand);
  robot->drives = false;  // the hand's command stands
}

void Conductor::stop_all(brain::Cause cause) {
  for (auto& robot : robots_) {
    interrupt(*robot, cause);
    robot->member.actor->set_velocity(0, 0, 0);
  }
}

void Conductor::drive(Robot& robot, double dt) {
  robot.stood = robot.member.actor->stance().standing ? robot.stood + dt : 0;
  const bool running = robot.executor.running();
  if (!running && !robot.drives && !robot.bent) return;
  const Stance stance = robot.member.actor->stance();
  brain::Senses senses;
  senses.x = stance.x, senses.y = stance.y, senses.yaw = stance.yaw;
  senses.fallen = stance.fallen, senses.stood = robot.stood;
  senses.heard = std::exchange(robot.heard, {});
  for (size_t i = 0; i < robots_.size(); ++i) {  // where everybody is now
    const Stance other = robots_[i]->member.actor->stance();
    const size_t at = stage_.items.size() + i;
    if (at < now_.items.size()) now_.items[at].position = core::Vec3{other.x, other.y, 0};
  }
  senses.scene = &now_;
  const bool drove = robot.drives;
  const brain::Drive& drive = robot.executor.tick(senses, dt);
  robot.drives = robot.executor.running() && robot.executor.walks();
  if (robot.drives || drove) robot.member.actor->set_velocity(drive.vx, drive.vy, drive.wz);
  const bool bent = std::any_of(drive.offsets.begin(), drive.offsets.end(), [](double x) { return x != 0; });
  if (bent || robot.bent) robot.member.actor->set_offsets(drive.offsets);
  robot.bent = bent;
  if (!drive.say.empty()) {
    if (Exchange* exchange = exchange_of(robot.exchange))
      exchange->spoken.push_back({robot.member.name, drive.say}), touch(exchange->id);
  }
  if (running) note_progress(robot);
}

void Conductor::note_progress(Robot& robot) {
  Exchange* exchange = exchange_of(robot.exchange);
  if (!exchange) return;
  for (size_t i = 0; i < robot.steps.size(); ++i) {
    const brain::Progress progress = robot.executor.progress(i);
    StepView& view = exchange->plan[robot.steps[i]];
    if (view.state == state_of(progress.state)) continue;  // a step that has ended keeps its reason
    view.state = state_of(progress.state);
    view.reason = say_cause(progress.cause, progress.about, speaker_of(*exchange));
    touch(exchange->id);
  }
}

std::vector<Exchange> Conductor::take_news() {
  std::vector<Exchange> out;
  std::sort(news_.begin(), news_.end());
  for (const uint64_t id : news_) {
    if (const Exchange* exchange = find(id)) out.push_back(*exchange);
  }
  news_.clear();
  return out;
}

const Exchange* Conductor::find(uint64_t id) const {
  const auto it = std::find_if(exchanges_.begin(), exchanges_.end(), [&](const Exchange& e) { return e.id == id; });
  return it == exchanges_.end() ? nullptr : &*it;
}

Exchange* Conductor::exchange_of(uint64_t id) { return const_cast<Exchange*>(std::as_const(*this).find(id)); }

Exchange& Conductor::keep(uint64_t id) {
  if (Exchange* known = exchange_of(id)) return *known;
  if (exchanges_.size() >= kKept) exchanges_.pop_front();
  exchanges_.push_back({});
  exchanges_.back().id = id;
  return exchanges_.back();
}

void Conductor::touch(uint64_t id) {
  if (std::find(news_.begin(), news_.end(), id) == news_.end()) news_.push_back(id);
}

bool Conductor::busy() const {
  return desk_.waiting() > 0 || std::any_of(exchanges_.begin(), exchanges_.end(), [](const Exchange& e) { return !e.ended(); });
}

bool Conductor::waiting_for_brain() const {
  return std::any_of(exchanges_.begin(), exchanges_.end(), [](const Exchange& e) { return !e.answered; });
}

Conductor::Robot* Conductor::robot_of(const std::string& name) {
  for (auto& robot : robots_) {
    if (robot->member.name == name) return robot.get();
  }
  return nullptr;
}

void Conductor::log(const Exchange& exchange) const {
  if (options_.log.empty()) return;
  std::FILE* file = std::fopen(options_.log.c_str(), "a");
  if (!file) return;
  char time[32];
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%SZ", &utc);
  std::fprintf(file, "%s\n", brain::write_exchange(time, exchange.said.text, exchange.answer, exchange.brain).c_str());
  std::fclose(file);
}

}  // namespace manybody::conduct
