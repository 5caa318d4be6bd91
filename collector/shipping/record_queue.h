// A bounded single-producer single-consumer queue of capture events in one block of memory.
//
// Between one tracer thread and the batcher. Neither side allocates, locks or waits: a full queue
// refuses the event, and the tracer counts it as lost.
//
//   queue.try_push(event);                                   // tracer thread
//   queue.drain(1000, [](const CaptureEvent& e) { ... });    // the one consumer
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

#include "collector/capture/event.h"

namespace da {

class RecordQueue {
 public:
  /// Capacity in bytes, rounded up to a power of two, 64 KiB to 2 GiB; an event takes about 100 bytes and
  /// its strings.
  explicit RecordQueue(std::size_t capacity_bytes);

  RecordQueue(const RecordQueue&) = delete;
  RecordQueue& operator=(const RecordQueue&) = delete;

  /// False if there is no room. Calls leave an eighth of the queue free for the other kinds of events.
  /// Of a record, kMaxCallArgs captures of kMaxCapturedBytes each are kept; the rest is cut off and marked.
  [[nodiscard]] bool try_push(const CaptureEvent& event) noexcept;

  /// Hands over at most `limit` events in order; captured bytes are valid during the call only.
  /// Returns how many there were.
  template <typename Visitor>
  std::size_t drain(std::size_t limit, Visitor&& visit) {
    std::size_t count = 0;
    CapturedArg captured[kMaxCallArgs];
    while (count < limit) {
      CaptureEvent event;
      const std::size_t next = peek(event, captured);
      if (next == read_position()) break;
      visit(static_cast<const CaptureEvent&>(event));
      release(next);
      ++count;
    }
    return count;
  }

  [[nodiscard]] bool empty() const noexcept;

 private:
  [[nodiscard]] std::size_t peek(CaptureEvent& event, CapturedArg* captured) const noexcept;
  [[nodiscard]] std::size_t read_position() const noexcept { return tail_.load(std::memory_order_relaxed); }
  void release(std::size_t position) noexcept { tail_.store(position, std::memory_order_release); }

  std::size_t capacity_;
  std::unique_ptr<std::byte[]> memory_;
  alignas(64) std::atomic<std::size_t> head_{0};  ///< bytes ever written
  std::size_t tail_seen_ = 0;                     ///< producer's copy of tail_
  alignas(64) std::atomic<std::size_t> tail_{0};  ///< bytes ever read
};

}  // namespace da
