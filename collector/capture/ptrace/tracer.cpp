#include "collector/capture/ptrace/tracer.h"

#include <chrono>
#include <thread>

#include <unistd.h>

#include "collector/capture/ptrace/process_info.h"
#include "common/log.h"

namespace da::ptrace {
namespace {

using namespace std::chrono_literals;

// Reports taken before any is handled: a busy tracee must not starve the others, since the kernel
// looks for the next report from the start of its list each time.
constexpr std::size_t kReportsAtOnce = 256;
constexpr auto kWithoutDoorbell = 1ms;  // between two looks for reports and requests
constexpr auto kHangAgain = 1s;
constexpr auto kPublishEach = 1s;
constexpr auto kReadDelayEach = 2ms;
// Makers that were killed in the moment of a birth leave their entries: anyone can do that often.
constexpr std::size_t kMostEarly = 4096;
// For tasks to come to a stop by themselves when everything is let go. The kernel detaches the others
// unharmed when this thread ends, without interrupting what they sleep in.
constexpr MonotonicTime kLetGo = 100ms;

}  // namespace

Tracer::Tracer(const TracerShared& shared, StopBudget budget, TracerNews news)
    : shared_(shared),
      budget_(budget),
      news_(std::move(news)),
      watch_(shared.guard == nullptr || shared.number >= kMaxTracers ? unguarded_
                                                                     : shared.guard->tracer(shared.number)),
      output_(shared.queue, shared.counters, shared.wait_when_full, watch_),
      programs_(shared.origins, tracees_, shared.labels) {
  reports_.reserve(kReportsAtOnce);
}

void Tracer::run() {
  stop_cost_ = measure_stop_cost();
  hang_doorbell();
  watch_.begin(::gettid());
  delay_.emplace();
  delay_read_ = monotonic_now();
  take_requests();
  while (!is_done()) {
    watch_.waits();
    take_reports();
    watch_.works();
    reported_ = monotonic_now();
    wall_clock_.keep_right(reported_);
    shared_.hurry.end_if_over(reported_);
    for (const WaitReport& each : reports_) {
      dispatch(each);
      taker_.expect(each.tid);
      watch_.handled();
    }
    reports_.clear();
    output_.flush();
    // With nothing to trace, the next report may be long in coming.
    const bool is_idle = tracees_.empty();
    if (is_idle || reported_ >= delay_read_ + kReadDelayEach) charge_delay();
    if (is_idle || reported_ >= next_publication_) publish_shares();
  }
  tracees_.for_each([this](Tracee& tracee) { output_.exit(tracee, kNoResult); });
  tracees_.clear();
  count_tasks();
  watch_.end();
  shared_.doorbell.take_down();
}

bool Tracer::is_done() const {
  return stopping_ && (tracees_.empty() || (monotonic_now() >= stop_until_ && reports_.empty()));
}

void Tracer::take_reports() {
  if (to_raw(shared_.doorbell.tid()) != 0) {
    taker_.take(reports_, tracees_.size());
    return;
  }
  // Nobody can wake us: look for everything, now and then.
  if (monotonic_now() >= next_hang_) hang_doorbell();
  take_requests();
  if (const auto report = poll_next()) {
    reports_.push_back(*report);
  } else {
    std::this_thread::sleep_for(kWithoutDoorbell);
  }
}

void Tracer::hang_doorbell() {
  next_hang_ = monotonic_now() + kHangAgain;
  if (auto hung = shared_.doorbell.hang(); !hung) {
    log_warning("no doorbell for the tracer: it looks for requests a thousand times a second", "error",
                hung.error().message());
  }
}

void Tracer::dispatch(const WaitReport& report) {
  if (report.tid == shared_.doorbell.tid()) {
    on_doorbell(report);
    return;
  }
  const Stop stop = classify(report.status);
  Tracee* tracee = tracees_.find(report.tid);
  if (tracee == nullptr) {
    if (early_.size() >= kMostEarly) early_.clear();
    early_.insert(to_raw(report.tid));
    if (std::holds_alternative<Gone>(stop)) return;
    tracee = adopt_unannounced(report.tid);
    if (tracee == nullptr) {
      detach(report.tid, 0);
      return;
    }
  }
  if (const auto* gone = std::get_if<Gone>(&stop)) {
    on_stop(*tracee, *gone);
    return;
  }
  // If a thread other than the leader called exec, it continues under the leader's tid; the leader is gone
  // without a report, and so is the caller's old tid.
  if (std::holds_alternative<ExecEvent>(stop)) tracee = &take_over_leader(*tracee);
  if (tracee->releasing) {
    const auto* delivery = std::get_if<SignalDeliveryStop>(&stop);
    let_go(*tracee, delivery == nullptr ? 0 : delivery->signal);
    return;
  }
  if (!tracee->settled) settle(*tracee);
  std::visit([this, tracee](const auto& named) { on_stop(*tracee, named); }, stop);
}

void Tracer::on_doorbell(const WaitReport& report) {
  if (!shared_.doorbell.answer(report)) hang_doorbell();
  take_requests();
}

void Tracer::take_requests() {
  for (const Request& request : shared_.mailbox.take()) {
    std::visit([this](const auto& asked) { handle(asked); }, request);
  }
}

void Tracer::handle(const AttachRequest& request) {
  if (!stopping_) {
    const auto container = container_named(request.container->id);
    const Pid init = request.container->init;
    if (to_raw(init) != 0 && !container->runtime) {
      if (const auto status = read_task_status(as_tid(init))) {
        container->runtime = read_runtime(status->parent);
        container->seccomp_filters = status->seccomp_filters;
      }
    }
    container->details = request.container;
    for (const Pid pid : request.processes) {
      const bool is_news = attach_process(container, pid);
      if (is_news && container->has_begun) note_escape(*container, as_tid(pid), "a process");
    }
    // What is found from now on is late; unless the runtime has yet to start the first program.
    container->has_begun = container->has_begun || runs_a_program(*container);
    catch_free_tasks();
  }
  if (request.done) request.done();
}

void Tracer::handle(const BirthRequest& request) {
  if (stopping_) return;
  const auto container = container_named(request.container_id);
  if (!describe(*container)) return;
  for (const Pid pid : request.processes) {
    const auto status = read_task_status(as_tid(pid));
    if (!status) continue;
    if (!container->runtime) container->runtime = read_runtime(status->parent);
    attach_process(container, pid);
  }
}

void Tracer::handle(const ReconcileRequest& request) {
  if (stopping_) return;
  const auto container = container_named(request.container_id);
  for (const Tid tid : request.tasks) {
    if (tracees_.find(tid) != nullptr) continue;
    const auto status = read_task_status(tid);
    if (!status || status->dead) continue;
    const bool is_thread = tracees_.any_thread_of(status->pid) != nullptr;
    if (!attach_thread(container, status->pid, tid)) continue;
    if (tracees_.find(tid)->tracing != Tracing::quiet)
      note_escape(*container, tid, is_thread ? "a thread" : "a process");
  }
  catch_free_tasks();
}

void Tracer::handle(const ReleaseRequest& request) {
  // At its next stop: nothing is interrupted for it. What makes no stop costs nothing either.
  tracees_.for_each([&](Tracee& tracee) {
    if (tracee.container->id == request.container_id) tracee.releasing = true;
  });
  look_at_all_held();
}

void Tracer::handle(const BudgetRequest& request) {
  budget_ = request.budget;
  const MonotonicTime now = monotonic_now();
  for (auto& [id, weak] : containers_) {
    const auto container = weak.lock();
    if (!container) continue;
    if (container->share.set_budget(budget_, now)) free_tasks_ = true;
    if (const auto due = container->share.due()) shared_.alarm.ask(*due);
  }
  if (free_tasks_) catch_free_tasks();
}

void Tracer::handle(const WakeRequest&) {
  const MonotonicTime now = monotonic_now();
  look_at_all_held();
  for (auto& [id, weak] : containers_) {
    const auto container = weak.lock();
    if (!container) continue;
    const bool is_news = !container->details;
    if (!describe(*container)) handle(ReleaseRequest{id});
    free_tasks_ = free_tasks_ || (is_news && container->details);
    if (container->share.update(now)) free_tasks_ = free_tasks_ || !container->share.breathing();
    if (const auto due = container->share.due()) shared_.alarm.ask(*due);
  }
  retry_attach();
  if (free_tasks_) catch_free_tasks();
  if (stopping_) shared_.alarm.ask(stop_until_);  // it keeps one time: the first
}

void Tracer::handle(const StopRequest&) {
  stopping_ = true;
  stop_until_ = monotonic_now() + kLetGo;
  shared_.alarm.ask(stop_until_);
  tracees_.for_each([&](Tracee& tracee) {
    tracee.releasing = true;
    // What runs would be in the middle of anything when this thread ends, a signal-delivery-stop among it.
    const auto activity = read_task_activity(tracee.tid);
    if (activity && activity->state == 'R') interrupt(tracee.tid);
  });
  look_at_all_held();
}

bool Tracer::describe(TracedContainer& container) const {
  if (container.details) return true;
  const auto known = shared_.directory.find(container.id);
  if (known && known->wanted) container.details = known->container;
  return !known || known->wanted;
}

void Tracer::publish_shares() {
  next_publication_ = reported_ + kPublishEach;
  std::vector<CaptureShare> shares;
  const MonotonicTime now = monotonic_now();  // all that is counted lies before
  for (auto& [id, weak] : containers_) {
    const auto container = weak.lock();
    if (!container || !container->details) continue;
    CaptureShare share;
    share.container_id = id;
    share.container_name = container->details->name;
    share.total = container->share.total(now);
    share.stopped = container->share.stopped();
    share.unseen = container->share.free(now);
    share.escaped_tasks = container->escaped;
    shares.push_back(std::move(share));
  }
  shared_.shares.write(std::move(shares));
}

}  // namespace da::ptrace
