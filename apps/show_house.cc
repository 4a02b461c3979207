#include "show_house.h"

#include "body/library.h"
#include "core/log.h"

namespace manybody::apps {

House::House(const ShowWhat& w) : what(w), entries(body_entries()) { server.set_bodies(entries); }

std::shared_ptr<const body::Body> House::body_of(const std::string& source) {
  if (const auto it = bodies.find(source); it != bodies.end()) return it->second;
  return bodies[source] = std::make_shared<const body::Body>(body::load_body(source));
}

namespace {

// Makes something beside the loop and gives it to `done` in the loop, or the reason why not to `failed`.
template <class Maker, class Done>
void make_in(Background& background, Maker maker, Done done, House::Failed failed, bool first) {
  background.ask(
      [maker = std::move(maker), done = std::move(done), failed = std::move(failed)]() -> Background::Done {
        try {
          return [made = maker(), done] { done(made); };
        } catch (const std::exception& error) {
          return [failed, why = std::string(error.what())] { failed(why); };
        }
      },
      first);
}

}  // namespace

void House::fetch(const std::string& source, Got done, Failed failed, bool first) {
  if (const auto it = bodies.find(source); it != bodies.end()) return done(it->second);
  make_in(
      background, [source] { return std::make_shared<const body::Body>(body::load_body(source)); },
      [this, source, done = std::move(done)](const std::shared_ptr<const body::Body>& body) {
        auto& kept = bodies[source];
        if (!kept) kept = body;
        list(*kept, source);
        done(kept);
      },
      std::move(failed), first);
}

void House::make_beside(std::function<Cast()> maker, Made done, Failed failed) {
  make_in(
      background, [maker = std::move(maker)] { return std::make_shared<Cast>(maker()); }, std::move(done), std::move(failed),
      true);
}

void House::make_best(std::shared_ptr<const body::Body> body, const std::string& policy, Made done, Failed failed) {
  make_beside([body, policy, options = player_options()] { return make_player(*body, policy, options); }, std::move(done),
              std::move(failed));
}

void House::make(std::shared_ptr<const body::Body> body, const std::string& folder, Made done, Failed failed) {
  make_beside(
      [body, folder, options = player_options()] {
        return Cast{std::make_unique<learn::Player>(*body, folder, options), folder};
      },
      std::move(done), std::move(failed));
}

void House::read_the_others() {
  for (const studio::BodyEntry& entry : entries) {
    if (!entry.installed) continue;
    background.ask([this, name = entry.name]() -> Background::Done {
      studio::BodyEntry found;
      try {
        measure_entry(found, body::load_body(name));
      } catch (const std::exception& error) {
        core::log_warning(name + " cannot be read: " + error.what());
        found.problem = error.what();  // shown in the list instead of offering it
      }
      return [this, name, found] {
        for (studio::BodyEntry& one : entries) {
          if (one.name != name) continue;
          one.problem = found.problem;
          if (found.problem.empty()) one.joints = found.joints, one.mass = found.mass, one.height = found.height;
        }
        server.set_bodies(entries);
      };
    });
  }
}

std::string House::source_of(const std::string& name) const {
  for (const studio::BodyEntry& entry : entries)
    if (entry.name == name && !entry.source.empty()) return entry.source;
  return name;
}

void House::list(const body::Body& body, const std::string& source) {
  bool known = false;
  for (studio::BodyEntry& entry : entries) {
    if (entry.name != body.name) continue;
    known = true;
    entry.policies = policies_of(body.name);
    measure_entry(entry, body);
  }
  if (!known) {  // straight from a file
    studio::BodyEntry entry;
    entry.name = body.name;
    entry.title = body.title;
    entry.title_zh = body.title_zh;
    entry.kind = studio::kind_word(body.kind);
    entry.installed = true;
    entry.policies = policies_of(body.name);
    entry.source = source;
    measure_entry(entry, body);
    entries.push_back(std::move(entry));
  }
  server.set_bodies(entries);
}

}  // namespace manybody::apps
