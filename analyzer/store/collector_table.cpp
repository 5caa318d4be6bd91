#include "analyzer/store/collector_table.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace da {
namespace {

/// A decimal number at the beginning, and what follows it.
std::optional<std::int64_t> take_number(std::string_view& text, char after) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto length = static_cast<std::size_t>(end - text.data());
  if (error != std::errc{} || number < 0) return std::nullopt;
  if (after == '\0' ? length != text.size() : length >= text.size() || text[length] != after)
    return std::nullopt;
  text.remove_prefix(after == '\0' ? length : length + 1);
  return number;
}

}  // namespace

Result<CollectorRow> parse_collector(std::string_view host, std::string_view text, std::int64_t now_ms) {
  const auto heard = take_number(text, ' ');
  const auto began = heard ? take_number(text, ' ') : std::nullopt;
  if (!began) return fail("a collector's row is not one of ours");
  auto status = decode_status(text);
  if (!status) return tl::unexpected(status.error());
  if (status->host != host) return fail("a collector's row is under another host's name");
  CollectorRow row;
  row.status = *std::move(status);
  row.heard_ms = *heard;
  row.age = std::chrono::milliseconds(std::max<std::int64_t>(now_ms - *heard, 0));
  row.condition = row.status.stopped        ? CollectorCondition::stopped
                  : row.age >= kSilentAfter ? CollectorCondition::silent
                                            : CollectorCondition::running;
  return row;
}

Result<std::int64_t> redis_now_ms(const std::vector<std::string>& time) {
  constexpr std::int64_t kThousand = 1000;
  constexpr std::int64_t kMostSeconds = 100'000'000'000;
  if (time.size() == 2) {
    std::string_view seconds_text = time[0];
    std::string_view micros_text = time[1];
    const auto seconds = take_number(seconds_text, '\0');
    const auto micros = take_number(micros_text, '\0');
    if (seconds && micros && *seconds <= kMostSeconds && *micros < kThousand * kThousand)
      return *seconds * kThousand + *micros / kThousand;
  }
  return fail("redis does not tell its time");
}

Result<std::vector<CollectorRow>> parse_collectors(const std::map<std::string, std::string>& rows,
                                                   const std::vector<std::string>& time) {
  const auto now_ms = redis_now_ms(time);
  if (!now_ms) return tl::unexpected(now_ms.error());
  std::vector<CollectorRow> all;
  for (const auto& [host, text] : rows) {
    if (auto row = parse_collector(host, text, *now_ms)) all.push_back(*std::move(row));
  }
  return all;
}

}  // namespace da
