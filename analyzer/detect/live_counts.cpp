#include "analyzer/detect/live_counts.h"

#include <algorithm>

#include "analyzer/detect/blob_id.h"
#include "analyzer/detect/catalogue.h"

namespace da {

void LiveCounts::Count::add(std::uint64_t calls, unsigned highest_score, const Profile* profile,
                            std::int64_t time_ns) {
  row_.calls += calls;
  highest_now_ = std::max(highest_now_, highest_score);
  if (profile == nullptr) {
    row_.state.clear();
    row_.profile.clear();
    row_.threshold = 0;
    return;
  }
  row_.state = to_string(profile->life().state());
  row_.threshold = profile->life().threshold();
  if (row_.profile.empty()) row_.profile = profile_blob_id(profile->key());
  constexpr unsigned kMost = 1U << 30U;
  if (!profile->life().learns())
    scores_.note(time_ns, static_cast<std::int32_t>(std::min(highest_score, kMost)));
}

LiveCounts::Count* LiveCounts::of(const Origin& origin, const std::string& host) {
  Key key{origin.container_id.empty() ? "host " + host : origin.container_id,
          bounded_path(origin.executable)};
  const auto known = counts_.find(key);
  if (known != counts_.end()) {
    known->second.row_.container_name = origin.container_name;
    return &known->second;
  }
  if (counts_.size() >= limit_) return nullptr;
  Count count;
  count.row_.host = host;
  count.row_.container_id = origin.container_id;
  count.row_.container_name = origin.container_name;
  count.row_.image = origin.image;
  count.row_.image_id = origin.image_id;
  count.row_.executable = key.second;
  count.row_.arch = arch_name(origin.arch);
  return &counts_.emplace(std::move(key), std::move(count)).first->second;
}

std::vector<LiveRow> LiveCounts::take(double seconds) {
  std::vector<LiveRow> rows;
  const bool next_span = ++readings_ % kSpan == 0;
  for (auto each = counts_.begin(); each != counts_.end();) {
    Count& count = each->second;
    const std::uint64_t calls = count.row_.calls - std::exchange(count.calls_before_, count.row_.calls);
    count.idle_ = calls > 0 ? 0 : count.idle_ + 1;
    if (count.idle_ >= kForgotten) {
      each = counts_.erase(each);
      continue;
    }
    count.row_.calls_per_second = seconds > 0 ? static_cast<double>(calls) / seconds : 0;
    count.row_.highest_score = std::max(count.highest_now_, count.highest_before_);
    if (next_span) count.highest_before_ = std::exchange(count.highest_now_, 0);
    rows.push_back(count.row_);
    ++each;
  }
  return rows;
}

}  // namespace da
