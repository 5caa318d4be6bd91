// Log lines for an operator: logfmt on stderr, one event a line.
//
//   log_info("attach process", "pid", 4711, "container", name);
//   ts=2026-11-24T14:50:03.123Z level=info msg="attach process" pid=4711 container=web
//
// Values are hostile text: control characters, quotes and invalid UTF-8 are escaped. Thread-safe;
// never waits for who reads stderr. Not for hot paths.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace da {

enum class LogLevel : int { debug, info, warning, error };

/// Lines below the level are dropped. Default: info.
void set_log_level(LogLevel level) noexcept;
[[nodiscard]] bool log_enabled(LogLevel level) noexcept;

/// One logfmt value: bare if harmless, else quoted with escapes. Cut after 1024 bytes, before escaping.
[[nodiscard]] std::string logfmt_value(std::string_view raw);

namespace detail {
void write_log(LogLevel level, std::string_view message, std::string_view fields);
inline void append_fields(std::string&) {}
template <typename Value, typename... Rest>
void append_fields(std::string& line, std::string_view key, const Value& value, const Rest&... rest) {
  line += ' ';
  line += key;
  line += '=';
  line += logfmt_value(fmt::format("{}", value));
  append_fields(line, rest...);
}
template <typename... Fields>
void log(LogLevel level, std::string_view message, const Fields&... fields) {
  static_assert(sizeof...(Fields) % 2 == 0, "fields are key, value, key, value ...");
  if (!log_enabled(level)) return;
  std::string text;
  append_fields(text, fields...);
  write_log(level, message, text);
}
}  // namespace detail

template <typename... Fields>
void log_debug(std::string_view message, const Fields&... fields) {
  detail::log(LogLevel::debug, message, fields...);
}
template <typename... Fields>
void log_info(std::string_view message, const Fields&... fields) {
  detail::log(LogLevel::info, message, fields...);
}
template <typename... Fields>
void log_warning(std::string_view message, const Fields&... fields) {
  detail::log(LogLevel::warning, message, fields...);
}
template <typename... Fields>
void log_error(std::string_view message, const Fields&... fields) {
  detail::log(LogLevel::error, message, fields...);
}

}  // namespace da
