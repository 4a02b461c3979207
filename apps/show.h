// The server's application: robots walking under their policies, shown and steered in the page, trained from there when asked.
//
// Reads: commands of the pages, the wall clock, a training run's folder. Writes: frames, scene or stage, status, curves.
// Method: one loop in the main thread: commands, the control steps that are due, publish, wait. Two views: a stage of many
//   robots (show_stage.h), and one robot alone with its plots and training (show_solo.h); a page changes between them.
//   Bodies are read beside the loop. Training runs as a child process of its own (manybody train), followed through its run
//   folder, so that a page never waits for it.
// Errors: core::UserError before the server runs (port in use, unknown policy); afterwards they are shown in the page.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/config.h"

namespace manybody::apps {

struct ShowOptions {
  std::string address = "127.0.0.1", token, web_root, language = "auto", allowed_origin;
  std::string talk_log;
  bool remote = false;
  int port = 8080;

  void describe(core::Fields& f);
};

struct ShowWhat {
  std::string body;    // a name or a file; "": the stage
  std::string policy;  // a bundle's folder; "": the bare gait prior
  std::string terrain = "flat", collisions = "full";
  uint64_t seed = 1;
  std::vector<std::string> company = {};  // bodies of the stage; empty: default_company
};

int run_show(const ShowOptions& options, const ShowWhat& what);

}  // namespace manybody::apps
