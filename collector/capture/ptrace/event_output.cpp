#include "collector/capture/ptrace/event_output.h"

#include <chrono>
#include <thread>

namespace da::ptrace {
namespace {

// One writer: a plain addition is enough, and saves a locked one on each call.
void increase(std::atomic<std::uint64_t>& counter) noexcept {
  counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

}  // namespace

bool EventOutput::start(Tracee& tracee) {
  if (waiting_.size() >= kMostWaiting) {
    increase(counters_.unannounced);
    return false;
  }
  CaptureEvent event = event_of(tracee, EventKind::start);
  event.from_birth = tracee.from_birth;
  tracee.announced = true;
  send_lifecycle(tracee, event);
  return true;
}

bool EventOutput::exec(Tracee& tracee) {
  if (waiting_.size() >= kMostWaiting) {
    exit(tracee, kNoResult);
    increase(counters_.unannounced);
    return false;
  }
  send_lifecycle(tracee, event_of(tracee, EventKind::exec));
  return true;
}

void EventOutput::exit(Tracee& tracee, std::int64_t wait_status) {
  if (!tracee.announced) return;
  CaptureEvent event = event_of(tracee, EventKind::exit);
  event.record.result = wait_status;
  tracee.announced = false;
  send_lifecycle(tracee, event);
}

void EventOutput::call(Tracee& tracee) noexcept {
  CaptureEvent event = event_of(tracee, EventKind::call);
  event.record = tracee.record;
  event.record.captured = tracee.captured.captured();
  flush();
  if (tracee.announced && waiting_.empty() && push(event)) {
    tracee.lost = 0;
    tracee.gap = false;
    increase(counters_.records);
  } else {
    ++tracee.lost;
    increase(counters_.lost);
  }
}

void EventOutput::flush() {
  while (!waiting_.empty() && push(waiting_.front()))
    waiting_.pop_front();
}

CaptureEvent EventOutput::event_of(const Tracee& tracee, EventKind kind) noexcept {
  CaptureEvent event;
  event.kind = kind;
  event.gap = tracee.gap;
  event.lost = tracee.lost;
  event.task = tracee.serial;
  event.tid = tracee.tid;
  event.pid = tracee.pid;
  event.origin = tracee.origin;
  return event;
}

void EventOutput::send_lifecycle(Tracee& tracee, const CaptureEvent& event) {
  flush();
  if (!waiting_.empty() || !push(event)) waiting_.push_back(event);
  tracee.lost = 0;
  tracee.gap = false;
}

bool EventOutput::push(const CaptureEvent& event) noexcept {
  while (!queue_.try_push(event)) {
    if (!wait_when_full_.load(std::memory_order_relaxed)) return false;
    watch_.waits();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    watch_.works();
  }
  return true;
}

}  // namespace da::ptrace
