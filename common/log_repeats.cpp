#include "common/log_repeats.h"

#include <utility>

namespace da {
namespace {

/// " pid=4711" of " pid=4711 container=web"; a quoted value may hold spaces.
std::string_view first_of(std::string_view fields) {
  const std::size_t value = fields.find('=');
  if (value == std::string_view::npos) return fields;
  std::size_t end = value + 1;
  if (end < fields.size() && fields[end] == '"') {
    ++end;
    while (end < fields.size() && fields[end] != '"')
      end += fields[end] == '\\' ? 2 : 1;
    ++end;
  } else {
    while (end < fields.size() && fields[end] != ' ')
      ++end;
  }
  return fields.substr(0, end);
}

}  // namespace

std::optional<std::uint64_t> LogRepeats::admit(std::string_view message, std::string_view fields, Time now) {
  const Key key(message, first_of(fields));
  auto known = lines_.find(key);
  if (known == lines_.end()) {
    // So many different ones at a time are no repeats of one.
    if (lines_.size() >= kMost) return 0;
    known = lines_.emplace(key, Line{now}).first;
  }
  Line& line = known->second;
  if (now - line.since >= kSpan) line = {now, 0, line.left_out};
  if (line.written >= kInSpan) {
    ++line.left_out;
    return std::nullopt;
  }
  ++line.written;
  return std::exchange(line.left_out, 0);
}

std::vector<LogRepeats::LeftOut> LogRepeats::take_ended(Time now) {
  std::vector<LeftOut> ended;
  if (now - looked_ < kSpan) return ended;
  looked_ = now;
  for (auto line = lines_.begin(); line != lines_.end();) {
    if (now - line->second.since < kSpan) {
      ++line;
      continue;
    }
    if (line->second.left_out > 0)
      ended.push_back({line->first.first, line->first.second, line->second.left_out});
    line = lines_.erase(line);
  }
  return ended;
}

}  // namespace da
