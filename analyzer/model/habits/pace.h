// How fast a program's processes fail, send and accept: for each kind the numbers within windows of record
// time, as mergeable histograms, and what is far beyond all of them.
//
// Used by habits. Each process has its own window, since it is of processes that a shard has all. A number is
// judged as it grows, so that a finding does not wait for the window's end; once per window. The limit is the
// highest number learned with a margin (three times, four while few windows were seen), and never less than a
// floor below which nothing is worth a mail.
//
//   Pace pace(10s);
//   if (auto beyond = pace.count(failure(call, ENOENT), 1, now, process, learns, whole)) ...
//   pace.merge(another_shards);   // closed windows
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "analyzer/model/habits/log_histogram.h"
#include "analyzer/model/habits/uncopied.h"
#include "proto/call_id.h"

namespace da {

enum class PaceKind : std::uint8_t { failures, calls_sending, bytes_sent, accepted };

/// What is counted; failures by call and error number.
struct PaceKey {
  PaceKind kind{};
  CallId call{};
  std::uint16_t error = 0;
  friend auto operator<=>(const PaceKey&, const PaceKey&) = default;
};

class Pace {
 public:
  static constexpr std::size_t kMostKeys = 256;
  static constexpr std::size_t kMostProcesses = 256;
  static constexpr std::size_t kMostKeysInWindow = 64;
  /// As many windows of one kind make the margin the smaller one.
  static constexpr std::uint64_t kManyWindows = 1000;

  struct Beyond {
    PaceKey key;
    std::uint64_t amount = 0;
    std::uint64_t highest = 0;  ///< learned
    std::uint64_t limit = 0;
  };

  explicit Pace(std::chrono::nanoseconds window) noexcept;

  /// `whole`: to judge by, beside this; null: not judged. What is counted while it `learns` is learned when
  /// its window ends.
  std::optional<Beyond> count(const PaceKey& key, std::uint64_t amount, std::int64_t time_ns,
                              std::uint64_t process, bool learns, const Pace* whole);

  /// Before count(): the container, by its number among the part's teachers, whose processes are counted.
  void taught_by(std::uint16_t teacher) noexcept { teacher_ = teacher; }
  /// As if a window had ended with that. The time is told in units of lessons.
  void learn(const PaceKey& key, std::uint64_t amount, std::uint16_t teacher = Lessons::kUnknown,
             std::int64_t time_ns = 0);
  void merge(const Pace& other);
  /// Takes away how large numbers were of which drop(seen) is true.
  template <typename Drop>
  void take_away(Drop&& drop) {
    for (auto& [key, histogram] : learned_)
      histogram.take_away(drop);
    std::erase_if(learned_, [](const auto& entry) { return entry.second.buckets().empty(); });
  }

  /// A number must be above it. Nothing: what was learned is too varied to tell.
  [[nodiscard]] std::optional<std::uint64_t> limit(const PaceKey& key) const;

  /// Of more than kMostKeys those that come first are kept, whoever saw them first.
  [[nodiscard]] const std::map<PaceKey, LogHistogram>& learned() const noexcept { return learned_; }
  [[nodiscard]] bool full() const noexcept { return full_; }
  [[nodiscard]] std::int64_t window_ns() const noexcept { return window_ns_; }
  void restore(std::map<PaceKey, LogHistogram> learned, bool full);

  /// As many of these in a window are told whatever was learned, judged or not, and are not learned. In place
  /// of those before.
  void reject(std::map<PaceKey, std::uint64_t> amounts) { rejected_ = std::move(amounts); }

  /// A window that is open and learns, for the codec: what a part counted so far.
  struct Open {
    std::uint64_t process = 0;
    std::int64_t number = 0;  ///< of the window
    std::vector<std::pair<PaceKey, std::uint64_t>> amounts;
    std::uint16_t teacher = Lessons::kUnknown;
  };
  [[nodiscard]] std::vector<Open> open() const;  ///< by process
  void reopen(const std::vector<Open>& windows);

  /// Of memory, about.
  [[nodiscard]] std::size_t bytes() const noexcept;

  friend bool operator==(const Pace& a, const Pace& b) noexcept {
    return a.learned_ == b.learned_ && a.full_ == b.full_;
  }

 private:
  struct Amount {
    PaceKey key;
    std::uint64_t amount = 0;
    std::uint64_t known = 0;  ///< more than that, at its end, is more than ever was
    bool told = false;
  };
  struct Window {
    std::int64_t number = -1;
    bool learns = false;
    std::vector<Amount> amounts;
    std::uint16_t teacher = Lessons::kUnknown;
  };

  [[nodiscard]] std::int64_t number_of(std::int64_t time_ns) noexcept;
  Window& window_of(std::uint64_t process, std::int64_t number);
  Window& find_window(std::uint64_t process, std::int64_t number);
  void close(Window& window);
  void close_all_before(std::int64_t number);
  [[nodiscard]] LogHistogram* histogram_for(const PaceKey& key);
  [[nodiscard]] static std::uint64_t floor_of(PaceKind kind) noexcept;
  [[nodiscard]] std::uint64_t highest(const PaceKey& key) const;
  [[nodiscard]] bool is_rejected(const PaceKey& key, std::uint64_t amount) const;

  std::int64_t window_ns_;
  std::map<PaceKey, LogHistogram> learned_;
  bool full_ = false;
  std::int64_t set_back_;           ///< in windows
  std::int64_t newest_ = -1;        ///< number of a window
  std::int64_t number_ = 0;         ///< of the window asked for last
  std::int64_t number_begins_ = 0;  ///< ns
  std::unordered_map<std::uint64_t, Window> open_;
  std::uint64_t last_process_ = 0;
  Uncopied<Window*> last_;  ///< its window
  std::uint16_t teacher_ = Lessons::kUnknown;
  std::map<PaceKey, std::uint64_t> rejected_;
};

}  // namespace da
