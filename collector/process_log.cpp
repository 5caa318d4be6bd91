#include "collector/process_log.h"

#include "common/log.h"

namespace da {
namespace {

constexpr std::uint32_t kLinesPerSecond = 30;
constexpr std::size_t kShortId = 12;

}  // namespace

void ProcessLog::on_event(const CaptureEvent& event, Time now) {
  if (event.kind == EventKind::call || as_pid(event.tid) != event.pid) return;
  const int pid = to_raw(event.pid);
  if (event.kind == EventKind::exit) {
    const auto known = containers_.extract(pid);
    if (!known.empty() && may_log(now)) {
      log_info("finished monitoring process", "pid", pid, "container", known.mapped());
    }
    return;
  }
  const auto origin = origins_.find(event.origin);
  if (!origin) return;
  const std::string container = origin->container_id.substr(0, kShortId);
  if (event.kind == EventKind::start) {
    containers_[pid] = container;
    if (!may_log(now)) return;
    log_info("new process ID detected in container ID", "pid", pid, "container", container, "name",
             origin->container_name, "executable", origin->executable);
    log_info("attach process", "pid", pid, "container", container, "from_birth", event.from_birth);
  } else if (may_log(now)) {
    log_info("process runs a new program", "pid", pid, "container", container, "executable",
             origin->executable);
  }
}

bool ProcessLog::may_log(Time now) {
  if (now - second_ >= std::chrono::seconds(1)) {
    if (left_out_ != 0) log_info("more process starts and ends than lines for them", "left_out", left_out_);
    second_ = now;
    lines_ = 0;
    left_out_ = 0;
  }
  if (lines_ < kLinesPerSecond) {
    ++lines_;
    return true;
  }
  ++left_out_;
  return false;
}

}  // namespace da
