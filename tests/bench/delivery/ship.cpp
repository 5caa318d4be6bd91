// Our collector's way at full speed, or as far as a stage of it, and the CPU time that it takes.
//
//   bench_delivery_ship none|batch|encode|URL RECORDS [BEFORE]
//
// none: the events are made, no more (to be taken off); batch: and sorted into batches; encode: and encoded;
// URL: and sent to that Redis until it has acknowledged all. BEFORE: so many are made first, whose CPU time
// does not count: until the retention ring is full, its memory is new. Prints JSON: records, bytes of
// payloads, CPU ns of this process.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <sys/resource.h>

#include <fmt/format.h>

#include "collector/shipping/batcher.h"
#include "collector/shipping/pack_batch.h"
#include "collector/shipping/retention_source.h"
#include "collector/shipping/stream_writer.h"
#include "common/asio.h"
#include "common/redis/nodes.h"
#include "proto/codec.h"
#include "tests/bench/delivery/server_calls.h"

namespace {

using namespace da;
using namespace std::chrono_literals;

constexpr std::uint16_t kShards = 16;
constexpr std::size_t kUsualBytes = 16;      // a record; where none is encoded
constexpr std::uint64_t kAtOnce = 8192;      // records made between two looks at the rest
constexpr std::size_t kRing = 512;           // events taken out at once
constexpr std::uint64_t kMostWaiting = 256;  // batches: then Redis sets the pace

std::int64_t cpu_ns() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto ns = [](const timeval& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_usec * 1'000;
  };
  return ns(usage.ru_utime) + ns(usage.ru_stime);
}

class Ship {
 public:
  explicit Ship(const std::string& stage)
      : stage_(stage),
        retention_(kShards, {}),
        epoch_{std::random_device{}()},
        batcher_(origins_, "bench", epoch_, {},
                 [this](ShardId shard, const SyscallBatch& batch) { return on_batch(shard, batch); }) {
    for (std::size_t thread = 0; thread < bench::ServerCalls::kThreads; ++thread)
      start(thread);
  }

  /// The CPU time for `records`, those made first not among them.
  std::int64_t run(std::uint64_t records, std::uint64_t first) {
    auto before = cpu_ns();
    if (stage_ == "none" || stage_ == "batch" || stage_ == "encode") {
      make(records);
      batcher_.flush_all();
      return cpu_ns() - before;
    }
    asio::io_context io{1};
    RetentionSource source(retention_, "bench", epoch_, kShards, redis::all_shards(kShards));
    StreamWriter writer(io.get_executor(), redis::Endpoint::from(stage_).value(), source);
    writer_ = &writer;
    bool ended = false;
    asio::co_spawn(io, writer.run(), [&](std::exception_ptr error) {
      ended = true;
      if (error) std::rethrow_exception(error);
    });
    ship(io, first);
    if (first > 0) before = cpu_ns();
    ship(io, records);
    batcher_.flush_all();
    writer.finish(60s);
    while (!ended)
      io.run_one();
    lost_ = retention_.counters().dropped_records + retention_.counters().waiting_records;
    return cpu_ns() - before;
  }

  void print(std::uint64_t records, std::int64_t cpu) const {
    fmt::print("{{\"records\": {}, \"bytes\": {}, \"cpu_ns\": {}, \"lost\": {}}}\n", records, bytes_, cpu,
               lost_);
  }

 private:
  void ship(asio::io_context& io, std::uint64_t records) {
    for (std::uint64_t made = 0; made < records;) {
      const auto now = std::min(kAtOnce, records - made);
      make(now);
      made += now;
      io.poll();
      while (retention_.counters().waiting_batches > kMostWaiting)
        io.run_one();
    }
  }
  void start(std::size_t thread) {
    Origin origin;
    const std::size_t process = thread / bench::ServerCalls::kThreadsOfProcess;
    origin.container_id = std::string(62, 'a') + fmt::format("{:02}", process % 4);
    origin.container_name = "web";
    origin.image = "nginx:1.25";
    origin.image_id = "sha256:" + std::string(64, 'b');
    origin.executable = "/usr/sbin/nginx";
    origin.parent_executable = "/bin/sh";
    origin.command_line = "nginx";
    CaptureEvent event = event_of(thread, EventKind::start);
    event.origin = origins_.add(std::move(origin));
    event.from_birth = true;
    batcher_.add(event, std::chrono::steady_clock::now());
  }
  static CaptureEvent event_of(std::size_t thread, EventKind kind) {
    CaptureEvent event;
    event.kind = kind;
    event.task = TaskSerial{thread + 1};
    event.tid = Tid{static_cast<std::int32_t>(1000 + thread)};
    event.pid = Pid{static_cast<std::int32_t>(1000 + thread / bench::ServerCalls::kThreadsOfProcess)};
    return event;
  }
  /// As in the collector, where a tracer leaves its events in a ring and another thread takes them out.
  void make(std::uint64_t records) {
    std::size_t made = 0;
    calls_.each(records, [&](std::size_t thread, const SyscallRecord& record) {
      CaptureEvent& event = ring_[made];
      event = event_of(thread, EventKind::call);
      event.record = record;
      if (++made == ring_.size()) take_out(std::exchange(made, 0));
    });
    take_out(made);
  }
  void take_out(std::size_t count) {
    const auto now = std::chrono::steady_clock::now();
    for (const CaptureEvent& event : std::span(ring_).first(count)) {
      if (stage_ != "none") {
        batcher_.add(event, now);
      } else {
        bytes_ += static_cast<std::uint64_t>(event.record.time_ns & 1);
      }
    }
  }
  std::size_t on_batch(ShardId shard, const SyscallBatch& batch) {
    if (stage_ == "batch") return kUsualBytes * batch.record_count();
    Packed packed = pack_batch(batch, Compression::none, retention_.spare());
    bytes_ += packed.payload.size();
    if (writer_ == nullptr) return packed.size_to_learn;
    static_cast<void>(retention_.push(shard, batch.header.sequence,
                                      static_cast<std::uint32_t>(batch.record_count()),
                                      std::move(packed.payload)));
    writer_->notify();
    return packed.size_to_learn;
  }

  std::string stage_;
  bench::ServerCalls calls_;
  std::vector<CaptureEvent> ring_ = std::vector<CaptureEvent>(kRing);
  OriginTable origins_;
  Retention retention_;
  Epoch epoch_;
  Batcher batcher_;
  StreamWriter* writer_ = nullptr;
  std::uint64_t bytes_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || argc > 4) {
    fmt::print(stderr, "usage: bench_delivery_ship none|batch|encode|URL RECORDS [BEFORE]\n");
    return 2;
  }
  const std::uint64_t records = std::strtoull(argv[2], nullptr, 10);
  Ship ship(argv[1]);
  ship.print(records, ship.run(records, argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 0));
  return 0;
}
