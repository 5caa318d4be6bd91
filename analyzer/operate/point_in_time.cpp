#include "analyzer/operate/point_in_time.h"

#include <chrono>
#include <ctime>
#include <limits>

#include "common/config/scalar.h"

namespace da {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

/// In seconds since 1970.
std::optional<std::int64_t> parse_date(const std::string& text) {
  for (const char* form :
       {"%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%MZ", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"}) {
    std::tm parts{};
    const char* end = ::strptime(text.c_str(), form, &parts);
    if (end == nullptr || *end != '\0') continue;
    const std::time_t seconds = ::timegm(&parts);
    // Out of these bounds it would not fit.
    if (seconds < 0 || seconds > std::numeric_limits<std::int64_t>::max() / kSecond) return std::nullopt;
    return std::int64_t{seconds};
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> parse_point_in_time(const std::string& text, std::int64_t now_ns) {
  using std::chrono::nanoseconds;
  std::optional<std::int64_t> found;
  if (const auto ago = parse_duration(text)) {
    const std::int64_t most = now_ns / 1'000'000;
    if (ago->count() <= most) found = now_ns - nanoseconds(*ago).count();
  } else if (const auto seconds = parse_date(text)) {
    found = *seconds * kSecond;
  }
  if (!found || *found < 0 || *found > now_ns) return std::nullopt;
  return found;
}

std::optional<std::int64_t> parse_coming_time(const std::string& text, std::int64_t now_ns) {
  const auto seconds = parse_date(text);
  if (!seconds || *seconds * kSecond <= now_ns) return std::nullopt;
  return *seconds * kSecond;
}

}  // namespace da
