#include "collector/capture/ptrace/event_output.h"

#include <chrono>
#include <thread>

namespace da::ptrace {

void EventOutput::start(Tracee& tracee) {
  CaptureEvent event = event_of(tracee, EventKind::start);
  event.from_birth = tracee.from_birth;
  tracee.announced = true;
  send_lifecycle(tracee, event);
}

void EventOutput::exec(Tracee& tracee) {
  send_lifecycle(tracee, event_of(tracee, EventKind::exec));
}

void EventOutput::exit(Tracee& tracee, std::int64_t wait_status) {
  if (!tracee.announced) return;
  CaptureEvent event = event_of(tracee, EventKind::exit);
  event.record.result = wait_status;
  send_lifecycle(tracee, event);
}

void EventOutput::call(Tracee& tracee) noexcept {
  CaptureEvent event = event_of(tracee, EventKind::call);
  event.record = tracee.record;
  event.record.captured = tracee.captured.captured();
  flush();
  if (waiting_.empty() && push(event)) {
    tracee.lost = 0;
    counters_.records.fetch_add(1, std::memory_order_relaxed);
  } else {
    ++tracee.lost;
    counters_.lost.fetch_add(1, std::memory_order_relaxed);
  }
}

void EventOutput::flush() {
  while (!waiting_.empty() && push(waiting_.front()))
    waiting_.pop_front();
}

CaptureEvent EventOutput::event_of(const Tracee& tracee, EventKind kind) noexcept {
  CaptureEvent event;
  event.kind = kind;
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
}

bool EventOutput::push(const CaptureEvent& event) noexcept {
  while (!queue_.try_push(event)) {
    if (!wait_when_full_.load(std::memory_order_relaxed)) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace da::ptrace
