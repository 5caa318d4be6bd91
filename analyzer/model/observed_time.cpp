#include "analyzer/model/observed_time.h"

#include <algorithm>

namespace da {

void ObservedTime::observe_elsewhere(std::int64_t time_ns) {
  const std::int64_t time = in_range(time_ns);
  if (latest_ns() - time > kSetBack) set_back(time);
  add({time, time});
  if (spans_.size() <= kMostSpans) return;
  // Its length, and the pause after it.
  forgotten_ns_ = std::min(kLatest, forgotten_ns_ + (spans_.front().end - spans_.front().begin) + pause_ns_);
  spans_.erase(spans_.begin());
}

/// Counts what was seen after this time, and forgets it.
void ObservedTime::set_back(std::int64_t time_ns) noexcept {
  while (!spans_.empty() && spans_.back().end > time_ns) {
    Span& last = spans_.back();
    const std::int64_t kept = std::max(last.begin, time_ns);
    forgotten_ns_ = std::min(kLatest, forgotten_ns_ + (last.end - kept));
    last.end = time_ns;
    if (last.begin > time_ns) spans_.pop_back();
  }
}

/// Joins what is at most a pause apart.
void ObservedTime::add(Span span) {
  const auto first = std::find_if(spans_.begin(), spans_.end(),
                                  [&](const Span& known) { return span.begin <= known.end + pause_ns_; });
  auto last = first;
  while (last != spans_.end() && last->begin <= span.end + pause_ns_) {
    span.begin = std::min(span.begin, last->begin);
    span.end = std::max(span.end, last->end);
    ++last;
  }
  const auto at = spans_.erase(first, last);
  spans_.insert(at, span);
}

void ObservedTime::merge(const ObservedTime& other) {
  // Streams forget about the same time: to count it once is never too much.
  forgotten_ns_ = std::max(forgotten_ns_, other.forgotten_ns_);
  for (const Span& span : other.spans_)
    add(span);
}

std::int64_t ObservedTime::total_ns() const noexcept {
  return std::min(kLatest, forgotten_ns_ + total_since(-1));
}

std::int64_t ObservedTime::total_since(std::int64_t time_ns) const noexcept {
  std::int64_t total = 0;
  std::int64_t from = time_ns;  // up to where it is counted
  for (const Span& span : spans_) {
    if (span.end <= time_ns) continue;
    if (from >= 0 && span.begin > from) total += std::min(span.begin - from, pause_ns_);
    total += span.end - std::max(span.begin, from);
    from = span.end;
  }
  return total;
}

void ObservedTime::restore(std::int64_t forgotten_ns, const std::vector<Span>& spans) {
  forgotten_ns_ = std::clamp<std::int64_t>(forgotten_ns, 0, kLatest);
  spans_.clear();
  for (const Span& span : spans) {
    const std::int64_t begin = in_range(span.begin);
    add({begin, std::clamp<std::int64_t>(span.end, begin, kLatest)});
  }
}

}  // namespace da
