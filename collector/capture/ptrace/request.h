// What other threads ask of a tracer thread, and the mailbox it finds them in.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "collector/capture/container.h"
#include "proto/ids.h"

namespace da::ptrace {

/// Attach to these processes and all their threads, as parts of the container.
struct AttachRequest {
  std::shared_ptr<const Container> container;
  std::vector<Pid> processes;
  std::function<void()> done;  ///< called on the tracer thread when all are seized; may be empty
};
/// Let every task of the container go.
struct ReleaseRequest {
  std::string container_id;
};
/// Let everything go and end the thread.
struct StopRequest {};
/// End the thread now; the kernel detaches what is left.
struct AbandonRequest {};

using Request = std::variant<AttachRequest, ReleaseRequest, StopRequest, AbandonRequest>;

class Mailbox {
 public:
  void put(Request request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
  }
  [[nodiscard]] std::vector<Request> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(requests_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<Request> requests_;
};

}  // namespace da::ptrace
