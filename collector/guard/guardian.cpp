#include "collector/guard/guardian.h"

#include <cerrno>
#include <csignal>
#include <new>
#include <utility>

#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collector/guard/guard_loop.h"
#include "common/blocked_signals.h"
#include "common/log.h"
#include "common/unique_fd.h"

namespace da {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kCheckInterval = 1s;

}  // namespace

Result<Guardian> Guardian::start() {
  void* memory =
      ::mmap(nullptr, sizeof(GuardPage), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return fail_errno("share memory with the guardian");
  Page page(new (memory) GuardPage);
  auto pid = fork_for(*page);
  if (!pid) return tl::unexpected(pid.error());
  return Guardian(std::move(page), *pid);
}

std::optional<Guardian> Guardian::start_or_warn() {
  auto started = start();
  if (started) return std::move(*started);
  log_warning("no guardian: if the collector is stopped, the containers wait for it", "error",
              started.error().message());
  return std::nullopt;
}

Guardian::Guardian(Page page, pid_t pid)
    : page_(std::move(page)), pid_(pid), next_check_(Clock::now() + kCheckInterval) {}

Guardian::Guardian(Guardian&& other) noexcept
    : page_(std::move(other.page_)),
      pid_(std::exchange(other.pid_, 0)),
      next_check_(other.next_check_),
      looks_(other.looks_) {}

Guardian::~Guardian() {
  end();
}

void Guardian::check() {
  const auto now = Clock::now();
  if (now < next_check_) return;
  next_check_ = now + kCheckInterval;
  const auto looks = page_->looks.load(std::memory_order_relaxed);
  const bool dead = pid_ == 0 || is_dead();
  if (!dead && looks != looks_) {
    looks_ = looks;
    return;
  }
  log_warning("the guardian is gone: starting another", "found", dead ? "dead" : "stopped");
  end();
  auto pid = fork_for(*page_);
  if (pid) {
    pid_ = *pid;
  } else {
    log_error("cannot start a guardian; trying again", "error", pid.error().message());
  }
}

bool Guardian::is_dead() noexcept {
  if (::waitpid(pid_, nullptr, WNOHANG) == 0) return false;
  pid_ = 0;
  return true;
}

void Guardian::end() noexcept {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
}

Result<pid_t> Guardian::fork_for(GuardPage& page) {
  const pid_t self = ::getpid();
  UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, self, 0)));
  if (!process) return fail_errno("watch this process for the guardian");
  const BlockedSignals blocked;  // or one might run a handler of ours in the child
  const pid_t child = ::fork();
  if (child == 0) guard_collector(Pid{self}, process.get(), page);
  if (child < 0) return fail_errno("start the guardian");
  return child;
}

void Guardian::Unmap::operator()(GuardPage* page) const noexcept {
  ::munmap(page, sizeof(GuardPage));
}

}  // namespace da
