// How tasks come to the tracer, and how they leave it.
#include <algorithm>
#include <iterator>
#include <utility>

#include <sched.h>

#include <fmt/format.h>

#include "collector/capture/ptrace/call_recorder.h"
#include "collector/capture/ptrace/process_info.h"
#include "collector/capture/ptrace/sleeping_call.h"
#include "collector/capture/ptrace/tracer.h"
#include "common/file.h"
#include "common/log.h"

namespace da::ptrace {
namespace {

using namespace std::chrono_literals;

constexpr int kZombieLeaderTries = 3;
constexpr int kRetries = 50;
constexpr int kMostFamilyLooks = 20;
constexpr MonotonicTime kRetryAfter = 5ms;
constexpr MonotonicTime kCatchAfter = 20ms;

/// Of a new task. What the call that made it says is known without a look into /proc, which would cost
/// several times as much as all else at a fork.
std::optional<Family> family_of(const Tracee& parent, Tid child) {
  const auto flags = parent.in_call ? clone_flags(parent) : std::nullopt;
  if (!flags || (*flags & CLONE_PARENT) != 0) {
    const auto status = read_task_status(child);
    return status ? std::optional(Family{status->pid, status->parent}) : std::nullopt;
  }
  const bool is_thread = (*flags & CLONE_THREAD) != 0;
  return Family{is_thread ? parent.pid : as_pid(child), parent.pid};
}

}  // namespace

bool Tracer::attach_process(const std::shared_ptr<TracedContainer>& container, Pid pid) {
  // Threads may be born while we look: those of a thread that is seized already are followed by the
  // kernel, the others turn up in the next look.
  bool is_news = false;
  for (bool found = true; found;) {
    found = false;
    for (const Tid tid : list_threads(pid)) {
      if (Tracee* known = tracees_.find(tid)) {
        known->releasing = known->releasing && known->container != container;
        continue;
      }
      found = attach_thread(container, pid, tid) || found;
      if (const Tracee* added = tracees_.find(tid)) is_news = is_news || added->tracing != Tracing::quiet;
    }
  }
  return is_news;
}

bool Tracer::attach_thread(const std::shared_ptr<TracedContainer>& container, Pid pid, Tid tid) {
  if (!seize_or_retry(container, pid, tid)) return false;
  const Tracee* sibling = tracees_.any_thread_of(pid);
  Tracee& tracee = add(tid, pid, container);
  introduce(tracee, sibling);
  if (!interrupt_gently(tracee)) {
    free_tasks_ = true;
    shared_.alarm.ask(monotonic_now() + kCatchAfter);
  }
  return true;
}

/// Where it lives says whose it is. It is announced if Docker has said what its container is.
void Tracer::introduce(Tracee& tracee, const Tracee* sibling) {
  const TracedContainer& container = *tracee.container;
  const bool is_the_runtimes = container.runtime && container.runtime->has(tracee.pid);
  tracee.tracing = is_the_runtimes ? Tracing::quiet : Tracing::free;
  if (is_the_runtimes || !container.details) return;
  if (sibling != nullptr && sibling->announced) {
    shared_.origins.retain(sibling->origin);
    announce(tracee, sibling->origin);
  } else {
    announce(tracee, programs_.read(container, tracee.pid));
  }
}

bool Tracer::seize_or_retry(const std::shared_ptr<TracedContainer>& container, Pid pid, Tid tid) {
  for (int tries = 0;; ++tries) {
    const auto seized = seize(tid);
    if (seized) return true;
    const auto code = seized.error().code;
    if (code == std::errc::no_such_process) return false;
    if (code == std::errc::timed_out) {
      retries_.push_back({container, pid, 0});
      shared_.alarm.ask(monotonic_now() + kRetryAfter);
      return false;
    }
    const auto status = read_task_status(tid);
    if (!status) return false;
    // Followed already, its first stop not yet seen.
    if (const auto tracer = read_task_status(status->tracer);
        tracer && tracer->pid == Pid{static_cast<std::int32_t>(::getpid())})
      return false;
    if (status->dead) return false;  // a zombie answers EPERM
    // A leader whose other thread calls exec is a zombie, too, until that thread takes its tid.
    if (to_raw(status->tracer) == 0 && tries < kZombieLeaderTries) continue;
    // Each look at the container comes by here again.
    if (container->refused.size() < 64 && container->refused.insert(to_raw(tid)).second) {
      log_warning("cannot attach: this task is not monitored", "tid", to_raw(tid), "container",
                  container->shown_name(), "error", seized.error().message(), "traced_by",
                  to_raw(status->tracer));
    }
    return false;
  }
}

void Tracer::retry_attach() {
  if (stopping_) return;
  auto retries = std::exchange(retries_, {});
  for (Retry& retry : retries) {
    const std::size_t before = retries_.size();
    attach_process(retry.container, retry.pid);
    if (retries_.size() == before) continue;
    retries_.resize(before + 1);
    retries_.back().tries = retry.tries + 1;
    if (retries_.back().tries < kRetries) continue;
    retries_.pop_back();
    log_warning("cannot attach: this process is in an exec that does not end", "pid", to_raw(retry.pid));
  }
}

void Tracer::settle(Tracee& tracee) {
  tracee.settled = true;
  if (tracee.from_birth) return;
  // A clone() in flight at the moment of PTRACE_SEIZE is not followed. By its first stop the task has
  // left that call, so a look from here finds the child.
  const auto container = tracee.container;
  const Pid pid = tracee.pid;
  attach_process(container, pid);
  if (tracee.tracing != Tracing::quiet) return;
  // What the container's processes fork in such a moment is found in its control group. The runtime's may not
  // be in it yet.
  seize_runtime_family(container);
}

/// What the runtime's processes forked before they were followed. They make siblings too (CLONE_PARENT), and
/// one that was listed may have made the next and ended before it is seized; so until nothing changes.
void Tracer::seize_runtime_family(const std::shared_ptr<TracedContainer>& container) {
  std::vector<Pid> before;
  for (int looks = 0; looks < kMostFamilyLooks; ++looks) {
    std::vector<Pid> makers;
    tracees_.for_each([&](const Tracee& tracee) {
      if (tracee.container == container && tracee.tracing == Tracing::quiet &&
          as_pid(tracee.tid) == tracee.pid)
        makers.push_back(tracee.pid);
    });
    std::vector<Pid> family;
    for (const Pid maker : makers)
      std::ranges::copy(list_children(maker), std::back_inserter(family));
    std::ranges::sort(family);
    if (family == before) return;
    for (const Pid relative : family) {
      if (tracees_.find(as_tid(relative)) == nullptr) attach_process(container, relative);
    }
    before = std::move(family);
  }
}

void Tracer::catch_free_tasks() {
  free_tasks_ = false;
  tracees_.for_each([this](Tracee& tracee) {
    if (tracee.tracing != Tracing::free || tracee.held || tracee.interrupted || tracee.releasing) return;
    if (!tracee.container->details || tracee.container->share.breathing()) return;
    if (!tracee.announced) {
      tracee.from_birth = false;  // whatever it was born as: it has run unseen since
      announce(tracee, programs_.read(*tracee.container, tracee.pid));
    }
    if (!interrupt_gently(tracee)) free_tasks_ = true;
  });
  if (free_tasks_) shared_.alarm.ask(monotonic_now() + kCatchAfter);
}

bool Tracer::interrupt_gently(Tracee& tracee) {
  if (tracee.tracing == Tracing::free && !may_interrupt(tracee.tid, tracee.container->seccomp_filters))
    return false;
  tracee.interrupted = interrupt(tracee.tid);
  return true;
}

Tracee* Tracer::adopt_child(const Tracee& parent, Tid child) {
  const auto family = family_of(parent, child);
  return family ? adopt(parent, child, *family) : nullptr;
}

Tracee* Tracer::adopt(const Tracee& parent, Tid child, const Family& family) {
  const bool is_thread = family.pid != as_pid(child);
  Tracee& tracee = add(child, family.pid, parent.container);
  tracee.from_birth = true;
  tracee.releasing = parent.releasing || stopping_;
  tracee.tracing = parent.tracing == Tracing::quiet ? Tracing::quiet : Tracing::recorded;
  if (!parent.announced) {
    if (tracee.tracing == Tracing::recorded) tracee.tracing = Tracing::free;
  } else if (is_thread) {
    shared_.origins.retain(parent.origin);
    announce(tracee, parent.origin);
  } else {
    announce(tracee, programs_.after_fork(parent, family.pid, family.parent));
  }
  return &tracee;
}

Tracee* Tracer::adopt_unannounced(Tid tid) {
  // The child's first stop came before its parent's fork event, which may never come if the parent is
  // killed: so find the family in /proc.
  const auto status = read_task_status(tid);
  if (!status) return nullptr;
  const Tracee* relative = tracees_.any_thread_of(status->pid);
  if (relative == nullptr) relative = tracees_.any_thread_of(status->parent);
  if (relative != nullptr) return adopt(*relative, tid, {status->pid, status->parent});
  // Its maker may be dead already, or have made it with CLONE_PARENT: its parent may be anyone.
  const auto container = container_around(tid);
  if (!container) {
    log_warning("a followed task belongs to no known container: not monitored", "tid", to_raw(tid));
    return nullptr;
  }
  Tracee& tracee = add(tid, status->pid, container);
  tracee.from_birth = true;
  tracee.releasing = stopping_;
  introduce(tracee, nullptr);
  // It is in its first stop: nothing of it has been missed.
  if (tracee.tracing == Tracing::free && container->details) tracee.tracing = Tracing::recorded;
  return &tracee;
}

/// The container whose control group the task is in; with only one, that.
std::shared_ptr<TracedContainer> Tracer::container_around(Tid tid) {
  constexpr std::size_t kMaxText = 1U << 16U;
  const std::string groups = read_file_prefix(fmt::format("/proc/{}/cgroup", to_raw(tid)), kMaxText);
  std::shared_ptr<TracedContainer> only;
  std::size_t count = 0;
  for (const auto& [id, weak] : containers_) {
    auto container = weak.lock();
    if (!container) continue;
    if (!id.empty() && groups.find(id) != std::string::npos) return container;
    only = std::move(container);
    ++count;
  }
  return count == 1 ? only : nullptr;
}

Tracee& Tracer::add(Tid tid, Pid pid, std::shared_ptr<TracedContainer> container) {
  forget(tid, kNoResult);  // a tid used again, though the end of its last task was not reported
  Tracee& added = tracees_.add(tid, pid);
  added.serial = TaskSerial{shared_.next_serial.fetch_add(1, std::memory_order_relaxed)};
  added.container = std::move(container);
  count_tasks();
  return added;
}

/// Takes over the reference to the origin.
void Tracer::announce(Tracee& tracee, OriginId origin) {
  tracee.origin = origin;
  if (!output_.start(tracee)) shared_.origins.release(std::exchange(tracee.origin, OriginId{}));
}

void Tracer::let_go(Tracee& tracee, int signal) {
  // Detached from a group-stop, the kernel keeps it stopped.
  const Tid tid = tracee.tid;
  if (std::exchange(tracee.interrupted, false)) continue_interrupted_call(tid);
  // Killed meanwhile, it reports its end.
  if (detach(tid, signal)) forget(tid, kNoResult);
}

/// It is dead. If it died inside a call (exit, exit_group, or killed there), that is told now: there was no
/// syscall-exit-stop.
void Tracer::end(Tracee& tracee, std::int64_t wait_status) {
  if (std::exchange(tracee.in_call, false)) output_.call(tracee);
  forget(tracee.tid, wait_status);
}

void Tracer::forget(Tid tid, std::int64_t wait_status) {
  Tracee* tracee = tracees_.find(tid);
  if (tracee == nullptr) return;
  output_.exit(*tracee, wait_status);
  const bool may_leave_family = tracee->tracing == Tracing::quiet && !tracee->settled && !tracee->releasing;
  const auto container = may_leave_family ? tracee->container : nullptr;
  tracees_.erase(tid);
  count_tasks();
  if (container) seize_runtime_family(container);
}

std::shared_ptr<TracedContainer> Tracer::container_named(const std::string& id) {
  auto& known = containers_[id];
  if (auto container = known.lock()) return container;
  std::erase_if(containers_,
                [&id](const auto& entry) { return entry.first != id && entry.second.expired(); });
  auto container = std::make_shared<TracedContainer>(id, budget_, monotonic_now());
  containers_[id] = container;
  return container;
}

bool Tracer::runs_a_program(const TracedContainer& container) {
  bool found = false;
  tracees_.for_each([&](const Tracee& tracee) {
    found = found || (tracee.container.get() == &container && tracee.tracing != Tracing::quiet);
  });
  return found;
}

void Tracer::count_tasks() noexcept {
  const auto count = static_cast<std::uint32_t>(tracees_.size());
  if (shared_.guard != nullptr) {
    const auto before = static_cast<std::uint32_t>(shared_.task_count.load(std::memory_order_relaxed));
    shared_.guard->tasks.fetch_add(count - before, std::memory_order_relaxed);
  }
  shared_.task_count.store(count, std::memory_order_relaxed);
}

void Tracer::note_escape(TracedContainer& container, Tid tid, const char* what) {
  ++container.escaped;
  // Not each one: a program can make any number of them.
  if ((container.escaped & (container.escaped - 1)) != 0) return;
  log_warning("a task ran untraced; it is traced from here on, and its first calls are missing", "what", what,
              "tid", to_raw(tid), "container", container.shown_name(), "so_far", container.escaped);
}

}  // namespace da::ptrace
