// What the tracer does at each stop of a tracee.
#include <algorithm>
#include <cerrno>
#include <utility>

#include "collector/capture/ptrace/call_recorder.h"
#include "collector/capture/ptrace/process_info.h"
#include "collector/capture/ptrace/tracer.h"
#include "common/log.h"

namespace da::ptrace {

void Tracer::on_stop(Tracee& tracee, const SyscallStop&) {
  stop_latency_.note(tracee.in_call ? StopLatency::To::call_end : StopLatency::To::call_begin,
                     reported_ - tracee.resumed);
  if (tracee.in_call) {
    if (const auto result = read_result(tracee.tid, arch_of(tracee.record.call))) {
      finish(tracee, *result);
      return;
    }
  }
  SyscallInfo info;
  if (!get_syscall_info(tracee.tid, info)) return;  // killed meanwhile
  if (info.op == SyscallInfo::Op::entry) {
    begin_call(tracee, info, wall_clock_.at(reported_));
    if (ends_leader(tracee)) {
      tell_last_call(tracee);
    } else {
      resume_tracee(tracee, 0);
    }
  } else if (info.op == SyscallInfo::Op::exit && tracee.in_call) {
    finish(tracee, info.result);
  } else {
    resume_tracee(tracee, 0);
  }
}

void Tracer::finish(Tracee& tracee, std::int64_t result) {
  finish_call(tracee, result);
  const bool is_doubtful = made_untraced_task(tracee);
  go_on_and_tell(tracee);
  if (is_doubtful && news_.doubtful) news_.doubtful(tracee.container->id);
  if (set_up_io_uring(tracee) && !std::exchange(tracee.container->told_of_io_uring, true)) {
    log_warning("a program uses io_uring: its operations are no calls and are not seen", "pid",
                to_raw(tracee.pid), "container", tracee.container->shown_name());
  }
}

/// The kernel reports a leader's end after that of all its threads, which may be never.
void Tracer::tell_last_call(Tracee& tracee) {
  go_on_and_tell(tracee);
  tracee.in_call = false;
}

/// The record is ours: the tracee runs on while it is written down. If it runs on unseen, that is a gap after
/// it.
void Tracer::go_on_and_tell(Tracee& tracee) {
  const bool gap_before = std::exchange(tracee.gap, false);
  resume_tracee(tracee, 0);
  const bool gap_after = std::exchange(tracee.gap, gap_before);
  output_.call(tracee);
  tracee.gap = tracee.gap || gap_after;
}

void Tracer::on_stop(Tracee& tracee, const SignalDeliveryStop& stop) {
  // Untraced, a signal that is ignored wakes nobody.
  if (tracee.record.result == -EINTR && ignores_signal(tracee.tid, stop.signal))
    continue_interrupted_call(tracee.tid);
  resume_tracee(tracee, stop.signal);
}

void Tracer::on_stop(Tracee& tracee, const GroupStop&) {
  listen(tracee.tid);
}

void Tracer::on_stop(Tracee& tracee, const EventStop&) {
  if (std::exchange(tracee.interrupted, false)) continue_interrupted_call(tracee.tid);
  resume_tracee(tracee, 0);
}

void Tracer::on_stop(Tracee& tracee, const OtherEvent&) {
  resume_tracee(tracee, 0);
}

void Tracer::on_stop(Tracee& tracee, const ForkEvent&) {
  if (const auto child = event_message(tracee.tid)) {
    // The child's own first stop may have come before this, and its end as well. A tid may stay noted, since
    // its maker was killed: a later task of that tid is adopted at its own first stop.
    const Tid tid{static_cast<std::int32_t>(*child)};
    if (early_.erase(to_raw(tid)) == 0 && tracees_.find(tid) == nullptr &&
        adopt_child(tracee, tid) != nullptr)
      taker_.expect(tid);
  }
  resume_tracee(tracee, 0);
}

Tracee& Tracer::take_over_leader(Tracee& leader) {
  const auto former = event_message(leader.tid);
  const Tid tid = leader.tid;
  if (!former || Tid{static_cast<std::int32_t>(*former)} == tid) return leader;
  Tracee* caller = tracees_.find(Tid{static_cast<std::int32_t>(*former)});
  if (caller == nullptr) return leader;
  caller->releasing = caller->releasing || leader.releasing;
  end(leader, kNoResult);
  tracees_.rename(caller->tid, tid);
  return *caller;
}

void Tracer::on_stop(Tracee& tracee, const ExecEvent&) {
  if (tracee.tracing == Tracing::quiet) {
    leave_runtime(tracee);
    return;
  }
  if (tracee.announced) {
    tracee.origin = programs_.after_exec(tracee);
    if (!output_.exec(tracee)) shared_.origins.release(std::exchange(tracee.origin, OriginId{}));
    record_exec(tracee);
  } else if (tracee.container->details) {
    start_program(tracee);
  } else {
    resume_tracee(tracee, 0);
  }
}

void Tracer::leave_runtime(Tracee& tracee) {
  TracedContainer& container = *tracee.container;
  if (!container.runtime || container.runtime->surrounds(tracee.pid)) {
    resume_tracee(tracee, 0);  // the runtime's next step
    return;
  }
  tracee.tracing = Tracing::free;
  tracee.held = true;
  tracee.held_until = monotonic_now() + kLongestHold;
  held_.push_back(tracee.tid);
  look_at_all_held();
}

void Tracer::look_at_all_held() {
  for (const Tid tid : std::exchange(held_, {})) {
    Tracee* tracee = tracees_.find(tid);
    if (tracee != nullptr && tracee->held) look_at_held(*tracee);
  }
  MonotonicTime first = MonotonicTime::max();
  for (const Tid tid : held_)
    first = std::min(first, tracees_.find(tid)->held_until);
  if (held_.empty()) {
    watch_.holds_nothing();
  } else {
    shared_.alarm.ask(first);
    watch_.holds_until(first.count());
  }
}

void Tracer::look_at_held(Tracee& tracee) {
  TracedContainer& container = *tracee.container;
  if (tracee.releasing || !describe(container)) {
    let_go(tracee, 0);
    return;
  }
  if (container.details) {
    tracee.held = false;
    start_program(tracee);
  } else if (monotonic_now() >= tracee.held_until) {
    log_warning("Docker does not say what a new container is: its first calls are missing", "id",
                container.id);
    tracee.held = false;
    container.has_begun = true;  // unseen
    resume_tracee(tracee, 0);
  } else {
    held_.push_back(tracee.tid);
  }
}

void Tracer::start_program(Tracee& tracee) {
  TracedContainer& container = *tracee.container;
  if (!container.seccomp_filters) {
    if (const auto status = read_task_status(tracee.tid)) container.seccomp_filters = status->seccomp_filters;
  }
  tracee.from_birth = true;
  tracee.tracing = Tracing::recorded;
  announce(tracee, programs_.read(container, tracee.pid));
  record_exec(tracee);
  if (std::exchange(container.has_begun, true) || !news_.began) return;
  Container begun = *container.details;
  begun.init = tracee.pid;
  news_.began(begun);
}

void Tracer::record_exec(Tracee& tracee) {
  if (!is_exec(tracee))
    begin_unseen_exec(tracee, shared_.origins.find(tracee.origin).get(), wall_clock_.at(reported_));
  // A successful exec belongs to the program it begins, and begins it whole: what was not seen was before it,
  // or comes after it.
  tracee.in_call = false;
  tracee.record.result = 0;
  tracee.gap = false;
  go_on_and_tell(tracee);
  tracee.gap = tracee.gap || tracee.tracing == Tracing::free;
}

void Tracer::on_stop(Tracee& tracee, const Gone& stop) {
  end(tracee, stop.status);
}

void Tracer::resume_tracee(Tracee& tracee, int signal) noexcept {
  TracedContainer& container = *tracee.container;
  if (tracee.tracing == Tracing::recorded && !tracee.in_call && container.share.breathing()) {
    tracee.tracing = Tracing::free;
    tracee.gap = true;
  } else if (tracee.tracing == Tracing::free && tracee.announced && !container.share.breathing()) {
    tracee.tracing = Tracing::recorded;
  }
  // Before: once resumed, the task may have this thread's processor until its next stop.
  charge(tracee);
  if (tracee.tracing == Tracing::recorded) {
    resume_to_next_syscall(tracee.tid, signal);
  } else {
    resume(tracee.tid, signal);
  }
}

void Tracer::charge(Tracee& tracee) noexcept {
  const MonotonicTime now = monotonic_now();
  const auto& container = tracee.container;
  StopShare& share = container->share;
  const auto measured = taker_.slept() ? stop_cost_.asleep : stop_cost_.awake;
  share.charge(reported_ - std::max(measured, stop_latency_.now()), now);
  tracee.resumed = now;
  if (!std::exchange(container->is_charged, true)) charged_.push_back(container);
  if (share.update(now)) {
    if (const auto due = share.due()) shared_.alarm.ask(*due);
    free_tasks_ = free_tasks_ || !share.breathing();
  }
}

/// With a processor left for it, this thread waits only while a task that it has just resumed runs in its
/// place: nobody stands still for that.
bool Tracer::own_tasks_explain_delay() const noexcept {
  const auto own = std::min(tracees_.size(), std::size_t{processors_} - 1);
  const auto running = run_queue_.running();
  return running && static_cast<std::size_t>(*running) <= 1 + own;
}

/// While this thread waits for a processor, tasks stand still that it does not know of yet; but not while it
/// has given them the processor itself.
void Tracer::charge_delay() noexcept {
  const auto yielded = taker_.yielded();
  auto delay = delay_->since_last() - (yielded - yielded_before_);
  yielded_before_ = yielded;
  if (delay > MonotonicTime::zero() && own_tasks_explain_delay()) delay = MonotonicTime::zero();
  for (const auto& container : charged_) {
    container->share.charge_unseen(delay, delay_read_, reported_);
    container->is_charged = false;
  }
  charged_.clear();
  delay_read_ = reported_;
}

}  // namespace da::ptrace
