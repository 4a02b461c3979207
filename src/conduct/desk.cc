#include "conduct/desk.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "brain/model_talk.h"

namespace manybody::conduct {
namespace {

struct Conversation {
  Conversation(const brain::Mind& mind, const brain::Scene& scene, const brain::Listener& to,
               const std::shared_ptr<brain::Completer>& completer)
      : talk(mind, scene, to, completer), listener(to) {}

  brain::ModelTalk talk;
  brain::Listener listener;
};

bool same(const brain::Listener& a, const brain::Listener& b) { return a.robot == b.robot && a.body == b.body; }

}  // namespace

struct Desk::State {
  explicit State(const DeskOptions& o) : options(o), mind(o.mind), completer(brain::chosen_completer(o.remote, o.gguf)) {}

  DeskOptions options;
  const brain::Mind mind;
  const std::shared_ptr<brain::Completer> completer;  // one model for every conversation
  std::stop_source leave;                             // ends the wait for the model
  std::map<std::string, Conversation> talks;          // only of who understands

  mutable std::mutex mutex;
  std::condition_variable wake;
  std::deque<Heard> queue;
  std::vector<Heard> answers;
  Moment moment;
  bool leaving = false;
  std::thread thread;

  void understand(Heard& heard, const Moment& now);
  bool work_one(bool wait);
};

void Desk::State::understand(Heard& heard, const Moment& now) {
  const Utterance& said = heard.said;
  brain::Listener listener;
  for (const brain::Listener& one : now.robots) {
    if (one.robot == said.robot) listener = one;
  }
  brain::Scene scene = now.scene;
  scene.self = said.robot;
  std::optional<Conversation> own;
  if (const auto it = talks.find(said.robot); it != talks.end() && !same(it->second.listener, listener)) talks.erase(it);
  if (said.own_talk) own.emplace(mind, scene, listener, completer);
  brain::ModelTalk& talk = (own ? *own : talks.try_emplace(said.robot, mind, scene, listener, completer).first->second).talk;
  talk.embedded().set_scene(scene);
  const auto doing = now.doing.find(said.robot);
  talk.embedded().set_doing(doing == now.doing.end() ? std::nullopt : std::optional(doing->second));
  if (said.own_talk) talk.remember(said.history);
  heard.answer = talk.answer(said.text, nullptr, leave.get_token());
  heard.brain = talk.who();
}

// Takes one utterance and understands it; false when there is none (or the desk is left).
bool Desk::State::work_one(bool wait) {
  Heard heard;
  Moment now;
  {
    std::unique_lock lock(mutex);
    if (wait) wake.wait(lock, [this] { return leaving || !queue.empty(); });
    if (leaving || queue.empty()) return false;
    heard = std::move(queue.front());
    queue.pop_front();
    now = moment;
  }
  understand(heard, now);
  const std::lock_guard lock(mutex);
  answers.push_back(std::move(heard));
  return true;
}

Desk::Desk(const DeskOptions& options) : state_(std::make_unique<State>(options)) {
  if (options.thread) {
    state_->thread = std::thread([s = state_.get()] {
      while (s->work_one(true)) {}
    });
  }
}

Desk::~Desk() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->leaving = true;
  }
  state_->leave.request_stop();
  state_->wake.notify_all();
  if (state_->thread.joinable()) state_->thread.join();
}

const brain::Mind& Desk::mind() const { return state_->mind; }

bool Desk::ask(uint64_t id, Utterance said) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->queue.size() >= kWaiting) return false;
    state_->queue.push_back({id, std::move(said), {}, ""});
  }
  state_->wake.notify_one();
  return true;
}

size_t Desk::waiting() const {
  const std::lock_guard lock(state_->mutex);
  return state_->queue.size();
}

void Desk::set_moment(Moment moment) {
  const std::lock_guard lock(state_->mutex);
  state_->moment = std::move(moment);
}

void Desk::work_off() {
  while (!state_->thread.joinable() && state_->work_one(false)) {}
}

std::vector<Heard> Desk::take_answers() {
  const std::lock_guard lock(state_->mutex);
  return std::exchange(state_->answers, {});
}

}  // namespace manybody::conduct
