// A robot's own file, dropped on the page: checked in a process of its own, then it walks on the stage, or the reason why not.
//
// Reads: POST /api/bodies. Writes: a folder in the temporary directory for each file, removed at the end; bodies of the list.
// Method: store_upload lets nothing reach out of that folder; `manybody body check` reads it first, with little time and memory,
//   so that a file that breaks the reader breaks only that; what passes is read by the server and invited to the stage.
// Limits: kMaxUploadBytes a file, kMostUploads of them, one at a time.
// Errors: answers with a code the page has words for (docs/protocol.md) and a sentence.
#pragma once

#include <atomic>
#include <functional>
#include <set>
#include <string>

#include "show_house.h"
#include "show_stage.h"

namespace manybody::apps {

class Uploads {
 public:
  Uploads(House& house, StageView& stage, std::function<void()> show_stage);
  ~Uploads();  // removes the files

  // Safe in any thread; answers by `reply` later.
  void take(const std::string& name, std::string bytes, studio::Reply reply);

 private:
  std::string free_name(const std::string& file_name);
  Background::Done check(const std::string& name, const std::string& bytes, const studio::Reply& reply);
  void invite(const std::string& path, const studio::Reply& reply);

  House& house_;
  StageView& stage_;
  std::function<void()> show_stage_;
  std::string folder_;
  std::atomic<int> waiting_{0};
  int count_ = 0;                // only in the background, as below
  std::set<std::string> taken_;  // names of bodies: a file never takes another's
};

// The page's code for what a check said; "" where it has no words of its own.
std::string reason_code(const std::string& problem);

}  // namespace manybody::apps
