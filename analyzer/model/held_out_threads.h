// What whole threads of a profile measured in shadow, by kind, and from which score on each kind is an alert.
//
// Owned by the life cycle: shadow adds, arming fits. Merges by sum, as its samples do. The budget is divided
// among the kinds that can be judged, so that what is rare (a start) is not measured by how often there is
// something else: each kind may raise its part of the alarms, and the share of its observations that may be
// above its threshold follows from how many of that kind there are in a day.
//
//   HeldOutThreads held_out;  held_out.add(ThreadKind::start, features);  held_out.merge(another_shards);
//   const ThreadBounds bounds = held_out.fit(alarms_a_day, shadow_time_ns);
//   if (const Fitted* fitted = bounds.of(ThreadKind::start)) ...
#pragma once

#include <cstdint>
#include <optional>

#include "analyzer/model/held_out_sample.h"
#include "analyzer/model/thread_kind.h"

namespace da {

/// By what whole threads are judged once a profile is armed.
struct ThreadBounds {
  OfThreadKinds<std::optional<Fitted>> fitted{};

  /// Null: the kind is not judged.
  [[nodiscard]] const Fitted* of(ThreadKind kind) const noexcept {
    const auto& one = fitted.at(index_of(kind));
    return one ? &*one : nullptr;
  }
};

class HeldOutThreads {
 public:
  /// With fewer observations what is usual would be a guess: the kind is not judged.
  static constexpr std::uint64_t kFewest = 100;

  void add(ThreadKind kind, const Features& features) { samples_.at(index_of(kind)).add(features); }
  void merge(const HeldOutThreads& other) {
    for (std::size_t i = 0; i < kThreadKinds; ++i)
      samples_.at(i).merge(other.samples_.at(i));
  }

  [[nodiscard]] const HeldOutSample& of(ThreadKind kind) const noexcept {
    return samples_.at(index_of(kind));
  }
  /// For the codec.
  [[nodiscard]] HeldOutSample& of(ThreadKind kind) noexcept { return samples_.at(index_of(kind)); }
  [[nodiscard]] std::uint64_t observations() const noexcept {
    std::uint64_t sum = 0;
    for (const HeldOutSample& sample : samples_)
      sum += sample.observations();
    return sum;
  }

  /// `time_ns`: in which all of it was observed.
  [[nodiscard]] ThreadBounds fit(double alarms_a_day, std::int64_t time_ns) const;

  friend bool operator==(const HeldOutThreads&, const HeldOutThreads&) = default;

 private:
  OfThreadKinds<HeldOutSample> samples_{};
};

}  // namespace da
