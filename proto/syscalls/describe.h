// System calls in words: decoded arguments and results, for the log, the trace command and mails.
//
// Everything returned is plain ASCII: bytes that a container chose are escaped like a C string, so the
// text is safe for a terminal. (HTML and mail headers need their own escaping on top.) Its length is
// bounded by that of the captured bytes. Nothing here fails: what cannot be decoded is shown as a number.
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

/// One for each recorded argument; of a call that the tables do not know, the registers in hex.
[[nodiscard]] std::vector<DescribedArg> describe_args(const SyscallRecord& record);
/// "3", "0x7f12...", "-1 ENOENT (No such file or directory)", "?" when the call never returned,
/// "? ERESTARTSYS (...)" when the kernel will run it again and the program sees nothing.
[[nodiscard]] std::string describe_result(const SyscallRecord& record);
/// The call on one line: name(arg=value, ...) = result.
[[nodiscard]] std::string describe_call(const SyscallRecord& record);
/// "127.0.0.1:80", "[::1]:53", "unix:/run/x.sock" ("unix:@name" if abstract), "netlink:pid=1,groups=0x0",
/// or the family and hex for another one: "AF_PACKET:0003...".
[[nodiscard]] std::string describe_sockaddr(std::string_view bytes);
/// "\"/etc/passwd\"", with "..." after the quote if truncated; \" \\ \n \t \r, and other non-printing and
/// non-ASCII bytes as \xNN.
[[nodiscard]] std::string quote_bytes(std::string_view bytes, bool truncated = false);
/// `result` with the architecture's register size taken into account: of i386, sign-extended if an error.
/// kNoResult stays.
[[nodiscard]] std::int64_t signed_result(const SyscallRecord& record) noexcept;
/// The error number of a result (1 to 4095), or 0.
[[nodiscard]] int error_of(std::int64_t result) noexcept;
/// "ENOENT" for 2; also the kernel's own ERESTARTSYS (512) and the like; empty if unknown.
[[nodiscard]] std::string_view errno_name(int error) noexcept;
/// "SIGSEGV" for 11; "SIGRTMIN" for 32, "SIGRT_3" for 35; empty if unknown.
[[nodiscard]] std::string signal_name(int signal);
/// What the record captured of an argument, or null.
[[nodiscard]] const CapturedArg* find_captured(const SyscallRecord& record, std::size_t arg) noexcept;

}  // namespace da
