#include "studio/mesh_maker.h"

#include <exception>

namespace manybody::studio {

MeshMaker::MeshMaker(Make make) : make_(std::move(make)), thread_([this] { run(); }) {}

MeshMaker::~MeshMaker() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void MeshMaker::ask(const BodyEntry& entry, Detail detail, Done done) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({entry, detail, std::move(done)});
  }
  wake_.notify_one();
}

void MeshMaker::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (ending_) return;
    const Request request = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    std::string error;
    std::shared_ptr<const MeshPack>& pack = made_[{request.entry.name, request.detail}];
    try {
      if (!pack) pack = make_(request.entry, request.detail);
    } catch (const std::exception& e) {
      error = e.what();
    }
    request.done(pack, error);
    lock.lock();
  }
}

}  // namespace manybody::studio
