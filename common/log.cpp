#include "common/log.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <mutex>
#include <optional>

#include <unistd.h>

#include "common/impatient_writer.h"
#include "common/log_repeats.h"

namespace da {
namespace {

std::atomic<LogLevel> g_level{LogLevel::info};
std::mutex g_output_mutex;
ImpatientWriter g_output(STDERR_FILENO);
LogRepeats g_repeats;  // of warnings and errors: below, each line tells of something that happened

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
  }
  return "info";
}

bool is_bare(unsigned char c) {
  return c > ' ' && c < 0x7f && c != '"' && c != '=' && c != '\\';
}

std::string timestamp() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  const auto seconds = static_cast<std::time_t>(millis / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, millis % 1000);
}

/// With g_output_mutex held.
void write_line(LogLevel level, std::string_view message, std::string_view fields) {
  const std::string line =
      fmt::format("ts={} level={} msg={}{}\n", timestamp(), level_name(level), logfmt_value(message), fields);
  g_output.write(line, [](std::uint64_t count) {
    return fmt::format("ts={} level=warning msg=\"log lines were dropped: nobody read them\" lines={}\n",
                       timestamp(), count);
  });
}

constexpr std::size_t kLongestValue = 1024;
constexpr std::string_view kCut = "[...]";

}  // namespace

void set_log_level(LogLevel level) noexcept {
  g_level.store(level, std::memory_order_relaxed);
}
bool log_enabled(LogLevel level) noexcept {
  return level >= g_level.load(std::memory_order_relaxed);
}

std::string logfmt_value(std::string_view raw) {
  if (raw.size() > kLongestValue)
    return logfmt_value(std::string(raw.substr(0, kLongestValue - kCut.size())).append(kCut));
  bool bare = !raw.empty();
  for (const char c : raw)
    bare = bare && is_bare(static_cast<unsigned char>(c));
  if (bare) return std::string(raw);

  std::string quoted = "\"";
  for (const char c : raw) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (byte < ' ' || byte >= 0x7f) {
      quoted += fmt::format("\\x{:02x}", byte);
    } else {
      quoted += c;
    }
  }
  quoted += '"';
  return quoted;
}

namespace detail {

void write_log(LogLevel level, std::string_view message, std::string_view fields) {
  const std::lock_guard lock(g_output_mutex);
  const auto now = std::chrono::steady_clock::now();
  for (const auto& ended : g_repeats.take_ended(now)) {
    write_line(LogLevel::info, "a log line came again and again; the rest was left out",
               fmt::format(" line={}{} lines={}", logfmt_value(ended.message), ended.field, ended.lines));
  }
  const auto left_out =
      level < LogLevel::warning ? std::optional<std::uint64_t>(0) : g_repeats.admit(message, fields, now);
  if (!left_out) return;
  write_line(level, message,
             *left_out > 0 ? fmt::format("{} left_out={}", fields, *left_out) : std::string(fields));
}

}  // namespace detail
}  // namespace da
