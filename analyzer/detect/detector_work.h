// What the detector knows of the batch that it goes through, for its own two files.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analyzer/detect/detector.h"

namespace da {
namespace detector_work {

/// Between the parts of a key; not part of any path.
inline const std::string kSeparator(1, '\0');

inline std::string container_of(const Origin& origin, const SyscallBatch& batch) {
  return origin.container_id.empty() ? "host " + batch.header.host : origin.container_id;
}

}  // namespace detector_work

struct Detector::Work {
  struct Resolved {
    Image* image = nullptr;
    Program* program = nullptr;
    LiveCounts::Count* live = nullptr;
  };

  const SyscallBatch& batch;
  std::uint64_t host;
  std::vector<std::optional<Resolved>> origins;  // what each origin of the batch means here
  std::size_t record = 0;                        // the next one; segments lie one after the other
  std::size_t capture = 0;                       // the first one not passed yet
  unsigned highest_score = 0;                    // of the segment so far
  std::vector<Alert> alerts;
  std::optional<std::uint64_t> process{};  // of the segment; nothing: not asked for yet

  [[nodiscard]] const Origin& origin_of(const Segment& segment) const {
    return batch.origins[segment.origin];
  }
  /// In detector_habits.cpp.
  [[nodiscard]] std::uint64_t process_of(const Segment& segment);
  /// At most as many as a call has arguments. Records in their order.
  [[nodiscard]] std::span<const BatchCapture> captures_of(std::size_t of_record) {
    const auto& captures = batch.captures;
    while (capture < captures.size() && captures[capture].record < of_record)
      ++capture;
    std::size_t end = capture;
    while (end < captures.size() && captures[end].record == of_record && end - capture < kMaxCallArgs)
      ++end;
    return std::span(captures).subspan(capture, end - capture);
  }
  [[nodiscard]] std::int64_t now() const {
    return record < batch.record_count() ? batch.times_ns[record] : batch.header.start_ns;
  }
};

}  // namespace da
