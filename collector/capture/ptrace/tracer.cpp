#include "collector/capture/ptrace/tracer.h"

#include <ctime>

#include <linux/audit.h>
#include <unistd.h>

#include "collector/capture/ptrace/process_info.h"
#include "common/log.h"

namespace da::ptrace {
namespace {

// Reports taken before any is handled: a busy tracee must not starve the others, since the kernel
// looks for the next report from the start of its list each time.
constexpr std::size_t kReportsAtOnce = 256;
constexpr int kAttachTries = 3;
constexpr std::uint64_t kX32Bit = 0x40000000;

std::int64_t now_ns() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

CallId call_of(const SyscallInfo& info) noexcept {
  switch (info.audit_arch) {
    case AUDIT_ARCH_I386:
      return make_call(Arch::i386, static_cast<std::int64_t>(info.number));
    case AUDIT_ARCH_AARCH64:
      return make_call(Arch::aarch64, static_cast<std::int64_t>(info.number));
    default: {
      // A number of -1 has every bit set; it is no x32 call.
      const bool x32 =
          (info.number & kX32Bit) != 0 && info.number <= 0xffffffffU && info.number != 0xffffffffU;
      return x32 ? make_call(Arch::x32, static_cast<std::int64_t>(info.number & ~kX32Bit))
                 : make_call(Arch::x86_64, static_cast<std::int64_t>(info.number));
    }
  }
}

CallId execve_of(Arch arch) noexcept {
  switch (arch) {
    case Arch::i386:
      return make_call(arch, 11);
    case Arch::x32:
      return make_call(arch, 520);
    case Arch::aarch64:
      return make_call(arch, 221);
    case Arch::x86_64:
      break;
  }
  return make_call(Arch::x86_64, 59);
}

}  // namespace

Tracer::Tracer(const TracerShared& shared)
    : shared_(shared), output_(shared.queue, shared.counters, shared.wait_when_full) {
  reports_.reserve(kReportsAtOnce);
}

void Tracer::run() {
  while (!abandoned_ && !(stopping_ && tracees_.empty())) {
    const auto report = wait_next();
    if (!report) {
      // Without the doorbell there is nothing to wait for and no way to be told anything.
      if (auto hung = shared_.doorbell.hang(); !hung) {
        log_error("the tracer cannot go on", "error", hung.error().message());
        return;
      }
      shared_.doorbell.ring();
      continue;
    }
    reports_.push_back(*report);
    if (tracees_.size() > 1) {
      while (reports_.size() < kReportsAtOnce) {
        const auto more = poll_next();
        if (!more) break;
        reports_.push_back(*more);
      }
    }
    for (const WaitReport& each : reports_)
      dispatch(each);
    reports_.clear();
    output_.flush();
  }
  tracees_.for_each([this](Tracee& tracee) { output_.exit(tracee, kNoResult); });
  tracees_.clear();
  shared_.doorbell.take_down();
}

void Tracer::dispatch(const WaitReport& report) {
  if (report.tid == shared_.doorbell.tid()) {
    on_doorbell(report);
    return;
  }
  const Stop stop = classify(report.status);
  Tracee* tracee = tracees_.find(report.tid);
  if (tracee == nullptr) {
    if (std::holds_alternative<Gone>(stop)) return;
    tracee = adopt_unannounced(report.tid);
    if (tracee == nullptr) {
      detach(report.tid, 0);
      return;
    }
  }
  if (std::holds_alternative<Gone>(stop)) {
    forget(report.tid, report.status);
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

void Tracer::on_stop(Tracee& tracee, const SyscallStop&) {
  SyscallInfo info;
  if (!get_syscall_info(tracee.tid, info)) return;  // killed meanwhile
  if (info.op == SyscallInfo::Op::entry) {
    begin_call(tracee, info);
    resume_tracee(tracee, 0);
  } else if (info.op == SyscallInfo::Op::exit && tracee.in_call) {
    finish_call(tracee, info.result);
  } else {
    resume_tracee(tracee, 0);
  }
}

void Tracer::begin_call(Tracee& tracee, const SyscallInfo& info) {
  SyscallRecord& record = tracee.record;
  record.time_ns = now_ns();
  record.call = call_of(info);
  const CallInfo* known = find_call(record.call);
  record.arg_count = known == nullptr ? static_cast<std::uint8_t>(kMaxCallArgs) : known->arg_count;
  for (std::size_t i = 0; i < kMaxCallArgs; ++i)
    record.args[i] = info.args[i];
  record.result = kNoResult;
  tracee.captured.clear();
  tracee.captured.at_enter(tracee.tid, known, arch_of(record.call), record.args);
  tracee.in_call = true;
}

void Tracer::finish_call(Tracee& tracee, std::int64_t result) {
  tracee.in_call = false;
  tracee.record.result = result;
  tracee.captured.at_exit(tracee.tid, find_call(tracee.record.call), arch_of(tracee.record.call),
                          tracee.record.args, result);
  // The record is ours by now: the tracee runs on while it is written down.
  resume_tracee(tracee, 0);
  output_.call(tracee);
}

void Tracer::on_stop(Tracee& tracee, const SignalDeliveryStop& stop) {
  resume_tracee(tracee, stop.signal);
}

void Tracer::on_stop(Tracee& tracee, const GroupStop&) {
  listen(tracee.tid);
}

void Tracer::on_stop(Tracee& tracee, const EventStop&) {
  resume_tracee(tracee, 0);
}

void Tracer::on_stop(Tracee& tracee, const OtherEvent&) {
  resume_tracee(tracee, 0);
}

void Tracer::on_stop(Tracee& tracee, const ForkEvent&) {
  if (const auto child = event_message(tracee.tid)) {
    // The child's own first stop may have come before this.
    const Tid tid{static_cast<std::int32_t>(*child)};
    if (tracees_.find(tid) == nullptr) adopt_child(tracee, tid);
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
  forget(tid, kNoResult);
  tracees_.rename(caller->tid, tid);
  return *caller;
}

void Tracer::on_stop(Tracee& tracee, const ExecEvent&) {
  const OriginId old = tracee.origin;
  tracee.origin = origin_from_proc(*tracee.container, tracee.pid);
  if (tracee.announced) {
    output_.exec(tracee);
  } else {
    shared_.origins.release(old);
    tracee.from_birth = true;
    output_.start(tracee);
  }
  if (tracee.quiet || !tracee.in_call) {
    // The entry stop was not seen: the call is known all the same, and so are its path and argv.
    tracee.quiet = false;
    tracee.captured.clear();
    const auto program = shared_.origins.find(tracee.origin);
    tracee.record = {};
    tracee.record.call = execve_of(program ? program->arch : Arch::x86_64);
    tracee.record.arg_count = 3;
    tracee.record.time_ns = now_ns();
    if (program) tracee.captured.add_known(program->executable, program->command_line);
  }
  // A successful exec belongs to the program it begins.
  tracee.in_call = false;
  tracee.record.result = 0;
  resume_tracee(tracee, 0);
  output_.call(tracee);
}

void Tracer::on_stop(Tracee& tracee, const ExitEvent&) {
  if (tracee.in_call) {
    // exit, exit_group, or killed inside a call: there will be no syscall-exit-stop.
    tracee.in_call = false;
    output_.call(tracee);
  }
  resume_tracee(tracee, 0);
}

void Tracer::on_stop(Tracee& tracee, const Gone& stop) {
  forget(tracee.tid, stop.status);
}

void Tracer::resume_tracee(const Tracee& tracee, int signal) noexcept {
  if (tracee.quiet) {
    resume(tracee.tid, signal);
  } else {
    resume_to_next_syscall(tracee.tid, signal);
  }
}

void Tracer::on_doorbell(const WaitReport& report) {
  const bool alive = shared_.doorbell.answer(report);
  if (!alive) {
    if (auto hung = shared_.doorbell.hang(); !hung) {
      log_error("the tracer's doorbell is gone", "error", hung.error().message());
      stopping_ = true;
    }
  }
  for (const Request& request : shared_.mailbox.take()) {
    std::visit([this](const auto& asked) { handle(asked); }, request);
  }
}

void Tracer::handle(const AttachRequest& request) {
  if (!stopping_) {
    for (const Pid pid : request.processes)
      attach_process(request.container, pid);
  }
  if (request.done) request.done();
}

void Tracer::handle(const ReleaseRequest& request) {
  tracees_.for_each([&](Tracee& tracee) {
    if (tracee.container->id == request.container_id) release(tracee);
  });
}

void Tracer::handle(const StopRequest&) {
  stopping_ = true;
  tracees_.for_each([this](Tracee& tracee) { release(tracee); });
}

void Tracer::handle(const AbandonRequest&) {
  abandoned_ = true;
}

void Tracer::attach_process(const std::shared_ptr<const Container>& container, Pid pid) {
  // Threads may be born while we look: those of a thread that is seized already are followed by the
  // kernel, the others turn up in the next look.
  for (bool found = true; found;) {
    found = false;
    for (const Tid tid : list_threads(pid)) {
      if (tracees_.find(tid) != nullptr) continue;
      const std::size_t before = tracees_.size();
      attach_thread(container, pid, tid);
      found = found || tracees_.size() != before;
    }
  }
}

void Tracer::attach_thread(const std::shared_ptr<const Container>& container, Pid pid, Tid tid) {
  for (int tries = 0;; ++tries) {
    const auto seized = seize(tid);
    if (seized) break;
    if (seized.error().code == std::errc::no_such_process) return;
    const auto status = read_task_status(tid);
    if (!status) return;
    // Followed already, its first stop not yet seen.
    if (const auto tracer = read_task_status(status->tracer);
        tracer && tracer->pid == Pid{static_cast<std::int32_t>(::getpid())})
      return;
    if (status->dead) return;  // a zombie answers EPERM
    // A leader whose other thread calls exec is a zombie, too, until that thread takes its tid.
    if (to_raw(status->tracer) == 0 && tries < kAttachTries) continue;
    log_warning("cannot attach: this task is not monitored", "tid", to_raw(tid), "container", container->name,
                "error", seized.error().message(), "traced_by", to_raw(status->tracer));
    return;
  }
  const Tracee* sibling = tracees_.any_thread_of(pid);
  Tracee& tracee = add(tid, pid, container);
  tracee.quiet = is_runtime_init(pid, container->init);
  if (sibling != nullptr) {
    tracee.origin = sibling->origin;
    shared_.origins.retain(tracee.origin);
  } else {
    tracee.origin = origin_from_proc(*container, pid);
  }
  if (!tracee.quiet) output_.start(tracee);
  interrupt(tid);
}

void Tracer::settle(Tracee& tracee) {
  tracee.settled = true;
  // A clone() in flight at the moment of PTRACE_SEIZE is not followed. By its first stop the task has
  // left that call, so a look from here finds the child.
  if (!tracee.from_birth) attach_process(tracee.container, tracee.pid);
}

Tracee& Tracer::add(Tid tid, Pid pid, std::shared_ptr<const Container> container) {
  forget(tid, kNoResult);  // a tid used again, though the end of its last task was not reported
  Tracee& added = tracees_.add(tid, pid);
  added.serial = TaskSerial{shared_.next_serial.fetch_add(1, std::memory_order_relaxed)};
  added.container = std::move(container);
  publish_count();
  return added;
}

Tracee* Tracer::adopt_child(const Tracee& parent, Tid child) {
  const auto status = read_task_status(child);
  if (!status) return nullptr;
  const bool is_thread = status->pid != as_pid(child);
  Tracee& tracee = add(child, status->pid, parent.container);
  tracee.from_birth = true;
  tracee.quiet = parent.quiet;
  tracee.releasing = parent.releasing || stopping_;
  if (is_thread) {
    tracee.origin = parent.origin;
    shared_.origins.retain(tracee.origin);
  } else {
    tracee.origin = origin_after_fork(parent, status->pid, status->parent);
  }
  if (!tracee.quiet) output_.start(tracee);
  return &tracee;
}

Tracee* Tracer::adopt_unannounced(Tid tid) {
  // The child's first stop came before its parent's fork event, which may never come if the parent is
  // killed: so find the family in /proc.
  const auto status = read_task_status(tid);
  if (!status) return nullptr;
  const Tracee* relative = tracees_.any_thread_of(status->pid);
  if (relative == nullptr) relative = tracees_.any_thread_of(status->parent);
  if (relative == nullptr) {
    log_warning("a followed task belongs to no known process: not monitored", "tid", to_raw(tid));
    return nullptr;
  }
  return adopt_child(*relative, tid);
}

void Tracer::release(Tracee& tracee) {
  tracee.releasing = true;
  interrupt(tracee.tid);
}

void Tracer::let_go(Tracee& tracee, int signal) {
  // Detached from a group-stop, the kernel keeps it stopped.
  const Tid tid = tracee.tid;
  detach(tid, signal);
  forget(tid, kNoResult);
}

void Tracer::forget(Tid tid, std::int64_t wait_status) {
  Tracee* tracee = tracees_.find(tid);
  if (tracee == nullptr) return;
  if (tracee->announced) {
    output_.exit(*tracee, wait_status);
  } else {
    shared_.origins.release(tracee->origin);
  }
  tracees_.erase(tid);
  publish_count();
}

void Tracer::publish_count() noexcept {
  shared_.task_count.store(tracees_.size(), std::memory_order_relaxed);
}

OriginId Tracer::origin_from_proc(const Container& container, Pid pid) {
  constexpr std::size_t kCommandLineLimit = 1024;
  const auto status = read_task_status(as_tid(pid));
  Origin origin;
  origin.container_id = container.id;
  origin.container_name = container.name;
  origin.image = container.image;
  origin.image_id = container.image_id;
  origin.executable = read_executable(pid);
  origin.command_line = read_command_line(pid, kCommandLineLimit);
  origin.arch = read_executable_arch(pid);
  if (status) {
    origin.parent_pid = status->parent;
    origin.parent_executable = parent_executable(container, status->parent);
  }
  return shared_.origins.add(std::move(origin));
}

OriginId Tracer::origin_after_fork(const Tracee& parent, Pid child, Pid parent_pid) {
  const auto known = shared_.origins.find(parent.origin);
  if (!known) return origin_from_proc(*parent.container, child);
  Origin origin = *known;
  origin.parent_pid = parent_pid;
  origin.parent_executable =
      parent.pid == parent_pid ? known->executable : parent_executable(*parent.container, parent_pid);
  return shared_.origins.add(std::move(origin));
}

std::string Tracer::parent_executable(const Container& container, Pid parent) {
  if (const Tracee* tracee = tracees_.any_thread_of(parent)) {
    if (const auto origin = shared_.origins.find(tracee->origin)) return origin->executable;
  }
  // What joins from outside has a parent of the runtime's (shim, runc) or none any more, as luck has it.
  return lives_in(container, parent) ? read_executable(parent) : kRuntimeParent;
}

}  // namespace da::ptrace
