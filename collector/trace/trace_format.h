// A captured call as one line of `collector trace` and of --verbose.
//
// text, times in UTC:
//
//   14:58:31.204518 812/815 openat(dfd=AT_FDCWD, filename="/etc/passwd", flags=O_RDONLY, mode=0) = 3
//   HH:MM:SS.uuuuuu PID/TID CALL(ARGUMENTS) = RESULT     (proto/syscalls/describe.h says how each reads)
//
// json, one object a line, plain ASCII (json_text.h says how other bytes are escaped):
//
//   {"time":1764000000.123456789,"pid":812,"tid":815,"call":"openat","number":257,"arch":"x86_64",
//    "args":[{"name":"filename","type":"const char *","value":"/etc/passwd"},...],"result":3,"errno":null}
//
// `time` is in seconds since 1970, with all nine digits. `number` is as the kernel counts it, without x32's
// bit. A value is text: a captured string as it is, anything else as described; argv is an array of strings.
// "truncated":true follows the value of an argument of which only the beginning was captured. A failed call
// has result -1 and errno "ENOENT"; one that never returned has result null. ERESTARTSYS and its like appear
// as errno: the kernel runs the call again, or the program sees EINTR.
#pragma once

#include <cstdint>
#include <string>

#include "proto/ids.h"
#include "proto/syscall_record.h"

namespace da {

enum class TraceFormat : std::uint8_t { text, json };

/// Appends the line with its newline.
void append_trace_line(std::string& out, TraceFormat format, const SyscallRecord& record, Pid pid, Tid tid);

}  // namespace da
