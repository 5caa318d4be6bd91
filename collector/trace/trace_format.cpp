#include "collector/trace/trace_format.h"

#include <string_view>

#include "collector/trace/json_text.h"
#include "proto/syscalls/describe.h"
#include "proto/syscalls/table.h"

namespace da {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kSecondsPerDay = 86'400;

struct Instant {
  std::int64_t seconds;
  std::int64_t nanoseconds;  ///< never negative
};

Instant instant_of(std::int64_t time_ns) {
  Instant instant{time_ns / kNsPerSecond, time_ns % kNsPerSecond};
  if (instant.nanoseconds < 0) instant = {instant.seconds - 1, instant.nanoseconds + kNsPerSecond};
  return instant;
}

void append_padded(std::string& out, std::int64_t value, std::size_t width) {
  const std::string digits = std::to_string(value);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out += digits;
}

void append_clock(std::string& out, std::int64_t time_ns) {
  const Instant instant = instant_of(time_ns);
  const std::int64_t of_day = ((instant.seconds % kSecondsPerDay) + kSecondsPerDay) % kSecondsPerDay;
  append_padded(out, of_day / 3600, 2);
  out += ':';
  append_padded(out, of_day / 60 % 60, 2);
  out += ':';
  append_padded(out, of_day % 60, 2);
  out += '.';
  append_padded(out, instant.nanoseconds / 1000, 6);
}

void append_text(std::string& out, const SyscallRecord& record, Pid pid, Tid tid) {
  append_clock(out, record.time_ns);
  out.append(" ").append(std::to_string(to_raw(pid)));
  out.append("/").append(std::to_string(to_raw(tid)));
  out.append(" ").append(describe_call(record));
}

/// "syscall_0x1f3" of "i386:syscall_0x1f3": the architecture has its own member.
std::string bare_name(CallId call) {
  const std::string name = call_name(call);
  const auto colon = name.find(':');
  return colon == std::string::npos ? name : name.substr(colon + 1);
}

void append_json_argv(std::string& out, std::string_view bytes) {
  out += '[';
  for (bool last = bytes.empty(); !last;) {
    const auto end = bytes.find('\0');
    last = end == std::string_view::npos;
    append_json_string(out, bytes.substr(0, end));
    if (!last) {
      out += ',';
      bytes.remove_prefix(end + 1);
    }
  }
  out += ']';
}

void append_json_value(std::string& out, const CapturedArg* captured, std::string_view described) {
  if (captured == nullptr || captured->kind == CapturedKind::sockaddr)
    return append_json_string(out, described);
  if (captured->kind == CapturedKind::argv) return append_json_argv(out, captured->bytes);
  append_json_string(out, captured->bytes);
}

void append_json_args(std::string& out, const SyscallRecord& record) {
  std::size_t index = 0;
  for (const DescribedArg& arg : describe_args(record)) {
    const CapturedArg* captured = find_captured(record, index);
    out += index == 0 ? "{\"name\":" : ",{\"name\":";
    append_json_string(out, arg.name);
    out += ",\"type\":";
    append_json_string(out, arg.type);
    out += ",\"value\":";
    append_json_value(out, captured, arg.value);
    if (captured != nullptr && captured->truncated) out += ",\"truncated\":true";
    out += '}';
    ++index;
  }
}

void append_json_result(std::string& out, const SyscallRecord& record) {
  if (record.result == kNoResult) {
    out += "null,\"errno\":null";
    return;
  }
  const std::int64_t result = signed_result(record);
  const int error = error_of(result);
  if (error == 0) {
    out.append(std::to_string(result)).append(",\"errno\":null");
    return;
  }
  const std::string_view name = errno_name(error);
  out += "-1,\"errno\":";
  append_json_string(out, name.empty() ? "errno " + std::to_string(error) : std::string(name));
}

void append_json(std::string& out, const SyscallRecord& record, Pid pid, Tid tid) {
  const Instant instant = instant_of(record.time_ns);
  out.append("{\"time\":").append(std::to_string(instant.seconds)).append(".");
  append_padded(out, instant.nanoseconds, 9);
  out.append(",\"pid\":").append(std::to_string(to_raw(pid)));
  out.append(",\"tid\":").append(std::to_string(to_raw(tid)));
  out += ",\"call\":";
  append_json_string(out, bare_name(record.call));
  out.append(",\"number\":").append(std::to_string(number_of(record.call)));
  out += ",\"arch\":";
  append_json_string(out, arch_name(arch_of(record.call)));
  out += ",\"args\":[";
  append_json_args(out, record);
  out += "],\"result\":";
  append_json_result(out, record);
  out += '}';
}

}  // namespace

void append_trace_line(std::string& out, TraceFormat format, const SyscallRecord& record, Pid pid, Tid tid) {
  if (format == TraceFormat::json) {
    append_json(out, record, pid, tid);
  } else {
    append_text(out, record, pid, tid);
  }
  out += '\n';
}

}  // namespace da
