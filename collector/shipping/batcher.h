// From capture events to batches: the collector's rules of who goes into which batch, and when it is sent.
//
// Between RecordQueue::drain and the stream writer; one thread. Pure: no clock, no I/O. Each process has
// its shard for life (shard_of), each shard its own batch, sequence and record count.
//
//   Batcher batcher(origins, host, epoch, limits, [&](ShardId shard, const SyscallBatch& batch) {
//     std::string payload = encode(batch);
//     ...
//     return payload.size();
//   });
//   queue.drain(1000, [&](const CaptureEvent& event) { batcher.add(event, now); });
//   batcher.flush_due(now);
//
// It owns the origin reference that each start and exec event brings, and gives it back at the next exec
// or at the exit.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "collector/capture/event.h"
#include "collector/capture/origin_table.h"
#include "collector/shipping/open_batch.h"
#include "proto/stream_key.h"

namespace da {

/// When a batch is full. Out-of-range values are taken as the nearest that the wire format allows.
struct BatchLimits {
  std::uint16_t shards = kDefaultShards;
  /// Estimated payload in bytes. Redis wastes least memory just below 8.1, 12.2, 16.2 and 32.7 KB.
  std::size_t payload_bytes = 15'800;
  std::size_t records = 4'096;
  std::chrono::nanoseconds max_age = std::chrono::milliseconds(50);
};

struct BatcherCounters {
  std::uint64_t batches = 0;
  std::uint64_t records = 0;         ///< in finished batches
  std::uint64_t lost = 0;            ///< records that events reported as lost
  std::uint64_t unknown_task = 0;    ///< events of a task without a start: a bug of capture, or its restart
  std::uint64_t unknown_origin = 0;  ///< segments whose origin was no longer in the table
};

class Batcher {
 public:
  using Time = std::chrono::steady_clock::time_point;
  /// Returns the size of the encoded batch. The batch is valid during the call, which must not call the
  /// batcher. Its header is complete.
  using Sink = std::function<std::size_t(ShardId, const SyscallBatch&)>;

  Batcher(OriginTable& origins, std::string host, Epoch epoch, BatchLimits limits, Sink sink);
  /// Gives back the references of the tasks that still live. What was not flushed is gone.
  ~Batcher();
  Batcher(const Batcher&) = delete;
  Batcher& operator=(const Batcher&) = delete;

  /// Hands a batch to the sink if the event fills one.
  void add(const CaptureEvent& event, Time now);
  /// Finishes each batch whose first event is older than max_age.
  void flush_due(Time now);
  /// Finishes every batch that holds anything: before the end, or on an idle queue.
  void flush_all();

  [[nodiscard]] const BatcherCounters& counters() const noexcept { return counters_; }
  /// Tasks between start and exit.
  [[nodiscard]] std::size_t task_count() const noexcept { return tasks_.size(); }

 private:
  struct Task {
    Tid tid{};
    Pid pid{};
    OriginId origin{};
    std::shared_ptr<const Origin> program;
    std::uint16_t shard = 0;
    std::uint64_t batch = 0;  // sequence of the batch that `segment` is in
    std::uint32_t segment = 0;
  };
  struct Shard {
    OpenBatch open;
    Time opened{};
    std::uint64_t sequence = 1;  // of the open batch
    std::uint64_t records_before = 0;
  };

  void on_start(const CaptureEvent& event, Time now);
  void on_exec(Task& task, const CaptureEvent& event, Time now);
  void on_call(Task& task, const CaptureEvent& event, Time now);
  void on_exit(Task& task, const CaptureEvent& event, Time now);

  Task* find(const CaptureEvent& event);
  void set_origin(Task& task, OriginId id);
  /// Begins a segment of the task in its shard's open batch.
  void open_segment(TaskSerial serial, Task& task, std::uint8_t flags, std::uint64_t lost, Time now);
  [[nodiscard]] bool has_segment(const Task& task) const {
    return task.batch == shards_[task.shard].sequence;
  }
  void flush_if_full(std::uint16_t shard);
  void flush(std::uint16_t number);

  OriginTable& origins_;
  std::string host_;
  Epoch epoch_;
  BatchLimits limits_;
  Sink sink_;
  std::vector<Shard> shards_;
  std::unordered_map<std::uint64_t, Task> tasks_;
  TaskSerial last_serial_{};  // of last_task_, which saves most look-ups
  Task* last_task_ = nullptr;
  SyscallBatch finished_;
  BatcherCounters counters_;
};

}  // namespace da
