#include "proto/syscalls/describe.h"

#include <algorithm>

#include "proto/syscalls/c_value.h"
#include "proto/syscalls/table.h"
#include "proto/syscalls/text.h"
#include "proto/syscalls/vocabulary.h"

namespace da {
namespace {

constexpr std::int32_t kAtFdcwd = -100;
constexpr std::uint64_t kSignalMask = 0xff;      // of clone's flags
constexpr std::uint64_t kPermissionMask = 0777;  // of semget's, shmget's and msgget's flags
enum class Fcntl : std::uint64_t {
  dupfd = 0,
  setfd = 2,
  setfl = 4,
  setown = 8,
  setsig = 10,
  setlease = 1024,
  dupfd_query = 1027,
  dupfd_cloexec = 1030,
  setpipe_sz = 1031,
  add_seals = 1033,
};
enum class Prctl : std::uint64_t { set_pdeathsig = 1, set_name = 15 };

/// One argument's place: its register, and those beside it, which may decide what it means.
struct Context {
  const SyscallRecord& record;
  Arch arch;
  std::size_t index;

  /// Another argument, as a C int.
  [[nodiscard]] std::uint64_t low_word(std::size_t arg) const {
    return arg < record.arg_count ? record.args[arg] & 0xffffffffU : 0;
  }
};

/// A record from a decoded batch may claim more than there is.
std::uint8_t recorded_args(const SyscallRecord& record) {
  return std::min<std::uint8_t>(record.arg_count, kMaxCallArgs);
}

void append_plain(std::string& out, const CValue& value) {
  if (value.is_signed) {
    append_decimal(out, value.number);
  } else {
    append_decimal(out, value.bits);
  }
}

void append_pointer(std::string& out, const CValue& value) {
  if (value.bits == 0) {
    out += "NULL";
  } else {
    append_hex(out, value.bits);
  }
}

void append_int(std::string& out, const CValue& value) {
  append_decimal(out, static_cast<std::int64_t>(value.as_int()));
}

void append_signal(std::string& out, const CValue& value) {
  const std::string name = value.bits <= 64 ? signal_name(static_cast<int>(value.bits)) : std::string();
  if (name.empty()) {
    append_int(out, value);
  } else {
    out += name;
  }
}

/// By name, or as a plain number if it has none.
void append_named(std::string& out, const Vocabulary* words, const CValue& value) {
  if (words == nullptr || !append_words(out, *words, value.bits)) append_plain(out, value);
}

void append_flags(std::string& out, const Vocabulary& words, std::uint64_t bits) {
  if (!append_words(out, words, bits)) append_hex(out, bits);
}

/// Flags beside a number in the low bits.
template <typename AppendRest>
void append_flags_and(std::string& out, const Vocabulary& words, std::uint64_t flags, bool rest,
                      AppendRest append_rest) {
  if (flags != 0) {
    append_flags(out, words, flags);
    if (rest) out += '|';
  }
  if (rest || flags == 0) append_rest();
}

void append_fcntl_argument(std::string& out, const Context& context, const CValue& value) {
  switch (static_cast<Fcntl>(context.low_word(1))) {
    case Fcntl::setfd:
      return append_flags(out, fd_cloexec_words(), value.bits);
    case Fcntl::setfl:
      return append_flags(out, *vocabulary_of(ArgKind::open_flags, context.arch), value.bits);
    case Fcntl::add_seals:
      return append_flags(out, file_seal_words(), value.bits);
    case Fcntl::setsig:
      return append_signal(out, value);
    case Fcntl::dupfd:
    case Fcntl::dupfd_cloexec:
    case Fcntl::dupfd_query:
    case Fcntl::setown:
    case Fcntl::setlease:
    case Fcntl::setpipe_sz:
      return append_int(out, value);
  }
  append_hex(out, value.bits);
}

void append_argv(std::string& out, const CapturedArg& captured) {
  out += '[';
  std::string_view rest = captured.bytes;
  for (bool last = rest.empty(); !last;) {
    const auto end = rest.find('\0');
    last = end == std::string_view::npos;
    out += quote_bytes(rest.substr(0, end), last && captured.truncated);
    if (!last) {
      out += ", ";
      rest.remove_prefix(end + 1);
    }
  }
  if (captured.bytes.empty() && captured.truncated) out += "...";
  out += ']';
}

void append_captured(std::string& out, const CapturedArg& captured) {
  switch (captured.kind) {
    case CapturedKind::argv:
      return append_argv(out, captured);
    case CapturedKind::sockaddr:
      out += describe_sockaddr(captured.bytes);
      if (captured.truncated) out += "...";
      return;
    case CapturedKind::path:
    case CapturedKind::text:
      break;
  }
  out += quote_bytes(captured.bytes, captured.truncated);
}

void append_number(std::string& out, ArgKind kind, const Context& context, const CValue& value) {
  switch (kind) {
    case ArgKind::path:
    case ArgKind::text:
    case ArgKind::argv:
    case ArgKind::envp:
    case ArgKind::sockaddr_in:
    case ArgKind::message_in:
    case ArgKind::sockaddr_out:
    case ArgKind::path_out:
    case ArgKind::socketcall_arguments:
    case ArgKind::pointer:
      return append_pointer(out, value);
    case ArgKind::hex:
    case ArgKind::ioctl_command: {
      const Vocabulary* words = vocabulary_of(kind, context.arch);
      if (words == nullptr || !append_words(out, *words, value.bits)) append_hex(out, value.bits);
      return;
    }
    case ArgKind::mode:
      return append_octal(out, value.bits);
    case ArgKind::fd:
    case ArgKind::pid:
      return append_int(out, value);
    case ArgKind::dirfd:
      if (value.as_int() == kAtFdcwd) {
        out += "AT_FDCWD";
      } else {
        append_int(out, value);
      }
      return;
    case ArgKind::user_id:
      // "Leave it as it is", not a number.
      if (value.number == -1) {
        out += "-1";
      } else {
        append_decimal(out, value.bits);
      }
      return;
    case ArgKind::signal:
      return append_signal(out, value);
    case ArgKind::clone_flags: {
      const std::uint64_t signal = value.bits & kSignalMask;
      return append_flags_and(out, *vocabulary_of(kind, context.arch), value.bits & ~kSignalMask, signal != 0,
                              [&] {
                                append_signal(out, {signal, static_cast<std::int64_t>(signal), false});
                              });
    }
    case ArgKind::ipc_get_flags: {
      const std::uint64_t mode = value.bits & kPermissionMask;
      return append_flags_and(out, *vocabulary_of(kind, context.arch), value.bits & ~kPermissionMask,
                              mode != 0, [&] { append_octal(out, mode); });
    }
    case ArgKind::fcntl_argument:
      return append_fcntl_argument(out, context, value);
    case ArgKind::prctl_argument:
      if (static_cast<Prctl>(context.low_word(0)) == Prctl::set_pdeathsig) return append_signal(out, value);
      return append_hex(out, value.bits);
    case ArgKind::socket_protocol:
      return append_named(out, protocols_of(context.low_word(0)), value);
    case ArgKind::socket_option:
      return append_named(out, options_of(context.low_word(1)), value);
    default:
      break;
  }
  const Vocabulary* words = vocabulary_of(kind, context.arch);
  if (words != nullptr && words->field != 0xffffffffU) return append_flags(out, *words, value.bits);
  append_named(out, words, value);
}

/// For an argument that the tables do not know.
ArgInfo raw_arg(std::size_t index) {
  static constexpr std::string_view names[kMaxCallArgs] = {"arg0", "arg1", "arg2", "arg3", "arg4", "arg5"};
  return {names[index], "unsigned long", ArgKind::hex};
}

ArgInfo info_of(const CallInfo* call, std::size_t index) {
  return call != nullptr && index < call->arg_count ? call->args[index] : raw_arg(index);
}

void append_value(std::string& out, const SyscallRecord& record, std::size_t index, const ArgInfo& info) {
  if (const CapturedArg* captured = find_captured(record, index)) return append_captured(out, *captured);
  const Context context{record, arch_of(record.call), index};
  append_number(out, info.kind, context, c_value(record.args[index], info.type, context.arch));
}

}  // namespace

std::vector<DescribedArg> describe_args(const SyscallRecord& record) {
  const CallInfo* call = find_call(record.call);
  std::vector<DescribedArg> args;
  args.reserve(recorded_args(record));
  for (std::size_t i = 0; i < recorded_args(record); ++i) {
    const ArgInfo info = info_of(call, i);
    args.push_back({std::string(info.name), std::string(info.type), {}});
    append_value(args.back().value, record, i, info);
  }
  return args;
}

std::string describe_call(const SyscallRecord& record) {
  const CallInfo* call = find_call(record.call);
  std::string out = call_name(record.call);
  out += '(';
  for (std::size_t i = 0; i < recorded_args(record); ++i) {
    const ArgInfo info = info_of(call, i);
    if (i != 0) out += ", ";
    out.append(info.name).append("=");
    append_value(out, record, i, info);
  }
  out += ") = ";
  return out += describe_result(record);
}

const CapturedArg* find_captured(const SyscallRecord& record, std::size_t arg) noexcept {
  for (const CapturedArg& captured : record.captured) {
    if (captured.arg == arg) return &captured;
  }
  return nullptr;
}

}  // namespace da
