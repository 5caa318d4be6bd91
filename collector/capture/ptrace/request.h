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
#include "collector/capture/stop_budget.h"
#include "proto/ids.h"

namespace da::ptrace {

/// Attach to these processes and all their threads, as parts of the container.
struct AttachRequest {
  std::shared_ptr<const Container> container;
  std::vector<Pid> processes;
  std::function<void()> done;  ///< called on the tracer thread when all are seized; may be empty
};
/// Attach to these processes, which are the runtime's on their way into a container that Docker may not have
/// described yet.
struct BirthRequest {
  std::string container_id;
  std::vector<Pid> processes;
};
/// All tasks that the container's control group holds now.
struct ReconcileRequest {
  std::string container_id;
  std::vector<Tid> tasks;
};
/// Let every task of the container go.
struct ReleaseRequest {
  std::string container_id;
};
/// From now on containers may stand still for that share of the time.
struct BudgetRequest {
  StopBudget budget;
};
/// Docker said something new, or a time that was asked for has come.
struct WakeRequest {};
/// Let everything go and end the thread.
struct StopRequest {};

using Request = std::variant<AttachRequest, BirthRequest, ReconcileRequest, ReleaseRequest, BudgetRequest,
                             WakeRequest, StopRequest>;

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
