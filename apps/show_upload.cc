#include "show_upload.h"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "body/library.h"
#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "studio/limited.h"
#include "studio/upload.h"

namespace manybody::apps {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;

constexpr int kMostUploads = 64, kMostWaiting = 4;

studio::Response refused(int status, const std::string& code, const std::string& sentence) {
  const Json answer = {{"type", "error"}, {"code", code}, {"message", sentence}};
  return studio::text_response(status, "application/json", answer.dump(-1, ' ', false, Json::error_handler_t::replace));
}

// What a check wrote, as the one sentence that counts: its first error, without the place in our temporary folder.
studio::Refusal refusal_of(const studio::Outcome& outcome) {
  if (outcome.overrun) return {"too_slow", "reading it took too long or too much memory"};
  const Json report = Json::parse(outcome.output, nullptr, false);
  if (report.is_discarded() || !report.contains("findings")) return {"malformed", "the reader broke on it"};
  for (const Json& finding : report["findings"]) {
    if (finding.value("level", "") != "error") continue;
    const std::string problem = finding.value("problem", ""), expected = finding.value("expected", ""),
                      element = finding.value("element", "");
    const int line = finding.value("line", 0);
    std::string sentence =
        (line > 0 ? "line " + std::to_string(line) + ": " : "") + (element.empty() ? "" : element + " ") + problem;
    if (!expected.empty()) sentence += "; expected " + expected;
    const std::string code = reason_code(problem);
    return {code.empty() ? "malformed" : code, sentence};
  }
  return {"malformed", "the reader broke on it"};
}

void drop_word(std::string& text, const std::string& word) {
  for (size_t at = text.find(word); !word.empty() && at != std::string::npos; at = text.find(word, at))
    text.erase(at, word.size());
}

}  // namespace

std::string reason_code(const std::string& problem) {
  static const std::array<std::pair<const char*, const char*>, 15> words = {{
      {"more than two legs", "more_legs"},
      {"no two legs", "no_legs"},
      {"no link with hinge joints", "no_legs"},
      {"no knee", "no_legs"},
      {"has no geometry", "no_feet"},
      {" hinges", "too_many_joints"},
      {"has a mass of", "mass"},
      {"whole body weighs", "mass"},
      {"moment of inertia", "mass"},
      {"m long", "size"},
      {"inertia", "mass"},
      {"cannot be read", "malformed"},
      {"is not a number", "malformed"},
      {"is empty", "not_a_robot"},
      {"cannot compile", "malformed"},
  }};
  for (const auto& [word, code] : words)
    if (problem.find(word) != std::string::npos) return code;
  return "";
}

Uploads::Uploads(House& house, StageView& stage, std::function<void()> show_stage)
    : house_(house), stage_(stage), show_stage_(std::move(show_stage)) {
  std::string place = (fs::temp_directory_path() / "manybody-XXXXXX").string();
  if (::mkdtemp(place.data())) folder_ = place;  // readable for nobody else
  for (const studio::BodyEntry& entry : house.entries) taken_.insert(entry.name);
}

Uploads::~Uploads() {
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

void Uploads::take(const std::string& name, std::string bytes, studio::Reply reply) {
  if (folder_.empty()) return reply(refused(503, "", "there is no temporary folder to keep it in"));
  if (waiting_ >= kMostWaiting) return reply(refused(503, "", "other files are being checked: try again in a moment"));
  ++waiting_;
  house_.background.ask(
      [this, name, bytes = std::move(bytes), reply] {
        Background::Done done = check(name, bytes, reply);
        --waiting_;
        return done;
      },
      true);
}

std::string Uploads::free_name(const std::string& file_name) {
  const std::string stem = studio::upload_stem(file_name);
  std::string name = stem;
  for (int n = 2; !taken_.insert(name).second; ++n) name = stem + "_" + std::to_string(n);
  return name;
}

Background::Done Uploads::check(const std::string& name, const std::string& bytes, const studio::Reply& reply) {
  const std::string own = folder_ + "/" + std::to_string(count_);
  try {
    if (count_ >= kMostUploads) throw studio::Refusal("full", "too many files were sent: restart the server");
    ++count_;
    const std::string path = studio::store_upload(name, bytes, own, free_name(name));
    const std::string self = fs::read_symlink("/proc/self/exe").string();
    const studio::Outcome outcome = studio::run_limited({"nice", "-n", "5", self, "body", "check", path, "--json"});
    if (outcome.status != 0) throw refusal_of(outcome);
    return [this, path, reply] { invite(path, reply); };
  } catch (const studio::Refusal& refusal) {
    std::error_code ignored;
    fs::remove_all(own, ignored);
    std::string sentence = refusal.what();
    drop_word(sentence, own);
    core::log_info("refused " + studio::upload_stem(name) + ": " + sentence);
    reply(refused(422, refusal.code(), sentence));
  } catch (const std::exception& error) {
    reply(refused(500, "", error.what()));
  }
  return {};
}

void Uploads::invite(const std::string& path, const studio::Reply& reply) {
  if (stage_.is_full()) return reply(refused(409, "full", "the stage is full: take a robot away first"));
  show_stage_();
  stage_.invite(
      path,
      [this, reply](int id) {
        const body::Body& body = stage_.company().find(id)->player->body();
        const Json answer = {{"ok", true}, {"robot", id}, {"name", body.name}, {"title", body.title}};
        reply(studio::text_response(201, "application/json", answer.dump()));
      },
      [reply](const std::string& why) { reply(refused(422, "malformed", why)); });
}

}  // namespace manybody::apps
