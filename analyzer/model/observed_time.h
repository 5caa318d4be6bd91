// How long something was seen running, by the times of its records. Adds up over several streams.
//
// Used by the life cycles, which have no clock. Records less than `longest_pause` apart make one span; a
// longer pause counts that much and no more, so that neither a stopped analyzer nor a jumping clock passes
// for hours of learning. What several streams saw at the same time counts once. A stream that goes back by
// more than kSetBack had its clock set back: what it saw "later" is counted and forgotten. Bounded: the
// oldest spans are counted and forgotten.
//
//   ObservedTime time(60s);
//   time.observe(record.time_ns);
//   time.merge(another_streams);
//   time.total_ns()
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace da {

class ObservedTime {
 public:
  static constexpr std::size_t kMostSpans = 64;
  /// No record is later: about the year 2116.
  static constexpr std::int64_t kLatest = std::int64_t{1} << 62U;
  /// In ns. Records of several hosts, and of one that was cut off for a while, come less out of order.
  static constexpr std::int64_t kSetBack = 3'600'000'000'000;
  /// A record's time as it is taken.
  [[nodiscard]] static constexpr std::int64_t in_range(std::int64_t time_ns) noexcept {
    return std::clamp<std::int64_t>(time_ns, 0, kLatest);
  }

  /// From the first record to the last, both included.
  struct Span {
    std::int64_t begin = 0;
    std::int64_t end = 0;
    friend bool operator==(const Span&, const Span&) = default;
  };

  explicit ObservedTime(std::chrono::nanoseconds longest_pause) noexcept : pause_ns_(longest_pause.count()) {}

  /// A time out of 0..kLatest is taken as the nearest within.
  void observe(std::int64_t time_ns) {
    if (!spans_.empty()) {
      Span& last = spans_.back();
      // Nearly every record.
      if (time_ns >= last.begin && time_ns <= kLatest &&
          time_ns - last.begin <= last.end - last.begin + pause_ns_) {
        if (time_ns > last.end) last.end = time_ns;
        return;
      }
    }
    observe_elsewhere(time_ns);
  }
  /// In any order and grouping, the result is the same.
  void merge(const ObservedTime& other);

  [[nodiscard]] std::int64_t total_ns() const noexcept;
  /// Of that, what lies after `time_ns`.
  [[nodiscard]] std::int64_t total_since(std::int64_t time_ns) const noexcept;
  /// Of the latest record; 0 if there was none.
  [[nodiscard]] std::int64_t latest_ns() const noexcept { return spans_.empty() ? 0 : spans_.back().end; }

  /// For the codec: the spans kept, ascending and more than a pause apart, and what the forgotten ones count.
  [[nodiscard]] const std::vector<Span>& spans() const noexcept { return spans_; }
  [[nodiscard]] std::int64_t forgotten_ns() const noexcept { return forgotten_ns_; }
  /// Spans in any order.
  void restore(std::int64_t forgotten_ns, const std::vector<Span>& spans);

 private:
  void observe_elsewhere(std::int64_t time_ns);
  void set_back(std::int64_t time_ns) noexcept;
  void add(Span span);

  std::int64_t pause_ns_;
  std::int64_t forgotten_ns_ = 0;
  std::vector<Span> spans_;
};

}  // namespace da
