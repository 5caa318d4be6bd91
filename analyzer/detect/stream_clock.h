// How long one shard's stream has been running, by the times of its records: the clock that images grow old
// by.
//
// Pure; used by the detector. A host's pause counts an hour at most, and a clock that is set back counts
// nothing: neither a stopped analyzer nor a clock that leaps ahead by a year makes everything old at once. Of
// several hosts the one that was seen longest counts. It starts at 0 with each analyzer: only differences
// mean something.
//
//   StreamClock clock;
//   catalogue.tidy(clock.observe(host, last_record_ns));
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace da {

class StreamClock {
 public:
  static constexpr std::int64_t kLongestPause = 3'600'000'000'000;  // ns
  static constexpr std::size_t kMostHosts = 1024;                   // as Redis remembers of a shard

  /// Now, after a host's record of this time, 0 or later.
  std::int64_t observe(std::uint64_t host, std::int64_t time_ns) {
    if (!hosts_.contains(host)) {
      if (hosts_.size() >= kMostHosts) hosts_.clear();  // all go on from now
      hosts_.emplace(host, Host{time_ns, now_ns_});
    }
    Host& seen = hosts_.at(host);
    const std::int64_t passed = time_ns > seen.latest_ns ? time_ns - seen.latest_ns : 0;
    seen.latest_ns = time_ns;
    seen.clock_ns += std::min(passed, kLongestPause);
    now_ns_ = std::max(now_ns_, seen.clock_ns);
    return now_ns_;
  }

 private:
  struct Host {
    std::int64_t latest_ns = 0;
    std::int64_t clock_ns = 0;
  };
  std::unordered_map<std::uint64_t, Host> hosts_;
  std::int64_t now_ns_ = 0;
};

}  // namespace da
