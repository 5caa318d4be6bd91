#include <array>

#include "proto/syscalls/describe.h"
#include "proto/syscalls/table.h"
#include "proto/syscalls/text.h"
#include "proto/syscalls/vocabulary.h"

namespace da {
namespace {

constexpr int kMaxErrno = 4095;
constexpr std::uint64_t kGetFlags = 3;  // F_GETFL

struct ErrorText {
  int number;
  std::string_view name;
  std::string_view text;
};

constexpr ErrorText kErrors[] = {
#define DA_ERRNO(number, name, text) {number, name, text},
#include "proto/syscalls/errno.inc"
#undef DA_ERRNO
};

constexpr std::array<std::string_view, 32> kSignals = {
    "",          "SIGHUP",  "SIGINT",    "SIGQUIT", "SIGILL",   "SIGTRAP", "SIGABRT", "SIGBUS",
    "SIGFPE",    "SIGKILL", "SIGUSR1",   "SIGSEGV", "SIGUSR2",  "SIGPIPE", "SIGALRM", "SIGTERM",
    "SIGSTKFLT", "SIGCHLD", "SIGCONT",   "SIGSTOP", "SIGTSTP",  "SIGTTIN", "SIGTTOU", "SIGURG",
    "SIGXCPU",   "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",   "SIGPWR",  "SIGSYS"};
constexpr int kFirstRealtime = 32;
constexpr int kLastSignal = 64;

const ErrorText* find_error(int number) noexcept {
  for (const ErrorText& error : kErrors) {
    if (error.number == number) return &error;
  }
  return nullptr;
}

/// Results by which the kernel asks itself to run the call again.
constexpr bool is_restart(int error) {
  return (error >= 512 && error <= 514) || error == 516;
}

void append_error(std::string& out, int number) {
  out += is_restart(number) ? "? " : "-1 ";
  if (const ErrorText* error = find_error(number)) {
    out.append(error->name).append(" (").append(error->text).append(")");
  } else {
    out += "errno ";
    append_decimal(out, static_cast<std::int64_t>(number));
  }
}

}  // namespace

std::string describe_result(const SyscallRecord& record) {
  if (record.result == kNoResult) return "?";
  const std::int64_t result = signed_result(record);
  std::string out;
  if (const int error = error_of(result)) {
    append_error(out, error);
    return out;
  }
  const CallInfo* call = find_call(record.call);
  const ArgKind kind = call == nullptr ? ArgKind::integer : call->result;
  auto bits = static_cast<std::uint64_t>(result);
  if (register_bytes(arch_of(record.call)) == 4) bits &= 0xffffffffU;
  if (kind == ArgKind::pointer || kind == ArgKind::hex) {
    append_hex(out, bits);
  } else if (kind == ArgKind::mode) {
    append_octal(out, bits);
  } else if (call != nullptr && call->name.starts_with("fcntl") && record.arg_count > 1 &&
             (record.args[1] & 0xffffffffU) == kGetFlags) {
    append_hex(out, bits);
    out += " (";
    append_words(out, *vocabulary_of(ArgKind::open_flags, arch_of(record.call)), bits);
    out += ')';
  } else {
    append_decimal(out, result);
  }
  return out;
}

std::int64_t signed_result(const SyscallRecord& record) noexcept {
  if (record.result == kNoResult || register_bytes(arch_of(record.call)) != 4) return record.result;
  const auto narrow = static_cast<std::int32_t>(static_cast<std::uint32_t>(record.result));
  // A mapping above 2 GiB is not negative.
  if (error_of(narrow) != 0) return narrow;
  return static_cast<std::int64_t>(static_cast<std::uint32_t>(narrow));
}

int error_of(std::int64_t result) noexcept {
  return result < 0 && result >= -kMaxErrno ? static_cast<int>(-result) : 0;
}

std::string_view errno_name(int error) noexcept {
  const ErrorText* found = find_error(error);
  return found == nullptr ? std::string_view{} : found->name;
}

std::string signal_name(int signal) {
  if (signal <= 0 || signal > kLastSignal) return {};
  if (signal < kFirstRealtime) return std::string(kSignals[static_cast<std::size_t>(signal)]);
  if (signal == kFirstRealtime) return "SIGRTMIN";
  std::string name = "SIGRT_";
  append_decimal(name, static_cast<std::int64_t>(signal - kFirstRealtime));
  return name;
}

}  // namespace da
