// System calls in words: decoded arguments and results, for the log, the trace command and mails.
//
// Everything returned is plain ASCII: bytes that a container chose are escaped like a C string, so the
// text is safe for a terminal. (HTML and mail headers need their own escaping on top.)
//
//   describe_call(record)   // openat(dfd=AT_FDCWD, filename="/etc/passwd", flags=O_RDONLY, mode=0) = 3
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proto/syscall_record.h"

namespace da {

/// One argument in the form the original used: {name, type, value}.
struct DescribedArg {
  std::string name;
  std::string type;
  std::string value;
};

[[nodiscard]] std::vector<DescribedArg> describe_args(const SyscallRecord& record);
/// "3", "0x7f12...", "-1 ENOENT (No such file or directory)", "?" when the call never returned.
[[nodiscard]] std::string describe_result(const SyscallRecord& record);
/// The call on one line: name(arg=value, ...) = result.
[[nodiscard]] std::string describe_call(const SyscallRecord& record);
/// "127.0.0.1:80", "[::1]:53", "unix:/run/x.sock", or hex for another family.
[[nodiscard]] std::string describe_sockaddr(std::string_view bytes);
/// "\"/etc/passwd\"", with "..." after the quote if truncated; non-printing and non-ASCII bytes as \xNN.
[[nodiscard]] std::string quote_bytes(std::string_view bytes, bool truncated = false);
/// "ENOENT" for 2; empty if unknown.
[[nodiscard]] std::string_view errno_name(int error) noexcept;
/// "SIGSEGV" for 11; "SIGRT_3"; empty if unknown.
[[nodiscard]] std::string signal_name(int signal);

}  // namespace da
