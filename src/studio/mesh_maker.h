// Makes mesh packs beside the server's thread, one after another, each once: a page's request waits, frames do not.
//
// Reads: what a `Make` function gives for a body. Writes: the pack, handed to `Done` in the maker's thread.
// Errors: what Make throws is handed on as a sentence; the next request tries again.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "studio/mesh_pack.h"
#include "studio/messages.h"

namespace manybody::studio {

class MeshMaker {
 public:
  using Make = std::function<std::shared_ptr<const MeshPack>(const BodyEntry&, Detail)>;
  using Done = std::function<void(std::shared_ptr<const MeshPack>, const std::string& error)>;

  explicit MeshMaker(Make make);
  ~MeshMaker();  // waits for the pack being made, forgets the others
  void ask(const BodyEntry& entry, Detail detail, Done done);

 private:
  void run();

  Make make_;
  std::mutex mutex_;
  std::condition_variable wake_;
  struct Request {
    BodyEntry entry;
    Detail detail;
    Done done;
  };
  std::deque<Request> waiting_;
  std::map<std::pair<std::string, Detail>, std::shared_ptr<const MeshPack>> made_;  // only the maker's thread touches it
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace manybody::studio
