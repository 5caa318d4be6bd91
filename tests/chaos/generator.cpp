// A collector without containers: makes records by rule at a given rate and ships them as a collector does.
//
//   chaos_generator --redis URL --host NAME --shards N --rate R --seed S --ledger FILE [--retention BYTES]
//                   [--execs 0] [--intruders A_SECOND] [--lz4 1] [--clock-leaps 1]
//   chaos_generator --describe            // the calls of each program, as JSON
//
// Each thread of a program walks round that program's cycle of calls, each call once, so that any pair of
// calls that do not follow each other in the cycle gives away a loss without a mark, a repetition or a
// mix-up. Threads end and begin, programs are executed, and now and then records are lost with a mark.
// An intruder is a thread in a container of its own, "intruder-N", that makes calls which its program never
// makes, once; each is a line of FILE.intruders when it was given to the batcher.
// --clock-leaps: each second its clock leaps by up to a day, ahead or back.
// SIGTERM: it sends what it has, and ends with status 0; 3 if Redis did not take it all within a minute.
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include "analyzer/model/call_class.h"
#include "collector/shipping/batcher.h"
#include "collector/shipping/pack_batch.h"
#include "collector/shipping/retention_source.h"
#include "collector/shipping/stream_writer.h"
#include "common/asio.h"
#include "common/redis/nodes.h"
#include "proto/codec.h"
#include "tests/chaos/ledger.h"

namespace {

using namespace da;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kCycle = 97;  // a prime, so that each step through the calls is a cycle of them all
constexpr std::size_t kForeign = 4;
constexpr std::size_t kPrograms = 5;
constexpr std::size_t kImages = 3;
constexpr std::size_t kThreads = 64;
constexpr auto kTick = 1ms;
constexpr auto kLastSend = 60s;
constexpr std::int64_t kStart = 1'700'000'000'000'000'000;  // ns since 1970
constexpr std::uint64_t kDay = 86'400'000'000'000;

/// Those of the programs, and behind them those that no program makes.
std::vector<int> ordinary_calls() {
  std::vector<int> calls;
  for (int number = 0; calls.size() < kCycle + kForeign; ++number) {
    const bool makes_tasks = number >= 56 && number <= 59;
    if (!makes_tasks && class_of(make_call(Arch::x86_64, number)) == CallClass::ordinary)
      calls.push_back(number);
  }
  return calls;
}

class Programs {
 public:
  [[nodiscard]] int call(std::size_t program, std::size_t place) const {
    return calls_[(place * (program + 2)) % kCycle];
  }
  [[nodiscard]] int foreign_call(std::size_t number) const { return calls_[kCycle + number % kForeign]; }
  [[nodiscard]] static std::string path(std::size_t program) {
    return fmt::format("/bin/program-{}", program);
  }

  void describe() const {
    fmt::print("{{");
    for (std::size_t program = 0; program < kPrograms; ++program) {
      fmt::print("{}\"{}\": [", program == 0 ? "" : ", ", path(program));
      for (std::size_t place = 0; place < kCycle; ++place)
        fmt::print("{}{}", place == 0 ? "" : ", ", call(program, place));
      fmt::print("]");
    }
    fmt::print("}}\n");
  }

 private:
  std::vector<int> calls_ = ordinary_calls();
};

struct Options {
  std::string redis;
  std::string host = "generator";
  std::uint16_t shards = 16;
  std::uint64_t rate = 10'000;
  std::uint64_t seed = 1;
  std::string ledger;
  std::size_t retention = 64U << 20U;
  double intruders = 0;  ///< a second
  bool execs = true;
  Compression compression = Compression::none;
  bool clock_leaps = false;
};

/// The retention ring, which tells the ledger what Redis has.
class NotedSource final : public BatchSource {
 public:
  NotedSource(Retention& retention, const Options& options, Epoch epoch, chaos::Ledger& ledger)
      : inner_(retention, options.host, epoch, options.shards, redis::all_shards(options.shards)),
        ends_(options.shards),
        ledger_(ledger) {}

  void made(ShardId shard, std::uint64_t sequence, std::uint64_t records) {
    ends_[to_raw(shard)].emplace(sequence, records);
  }

  [[nodiscard]] std::uint16_t shard_count() const override { return inner_.shard_count(); }
  [[nodiscard]] std::optional<PendingBatch> next(ShardId shard) override { return inner_.next(shard); }
  void acknowledged(ShardId shard, std::uint64_t sequence) override {
    inner_.acknowledged(shard, sequence);
    auto& ends = ends_[to_raw(shard)];
    const auto after = ends.upper_bound(sequence);
    if (after == ends.begin()) return;  // sent again
    ledger_.acknowledged(shard, std::prev(after)->second);
    ends.erase(ends.begin(), after);
  }
  void rewind(ShardId shard) override { inner_.rewind(shard); }
  void rewind_all() override { inner_.rewind_all(); }

 private:
  RetentionSource inner_;
  std::vector<std::map<std::uint64_t, std::uint64_t>> ends_;  ///< sequence -> records up to its end
  chaos::Ledger& ledger_;
};

class Generator {
 public:
  explicit Generator(Options options)
      : options_(std::move(options)),
        random_(options_.seed),
        epoch_(Epoch{random_epoch()}),
        ledger_(options_.ledger, epoch_, options_.shards),
        signals_(io_, SIGTERM, SIGINT),
        tick_(io_),
        retention_(options_.shards, {.bytes = options_.retention}),
        source_(retention_, options_, epoch_, ledger_),
        writer_(io_.get_executor(), redis::Endpoint::from(options_.redis).value(), source_),
        batcher_(origins_, options_.host, epoch_, limits(),
                 [this](ShardId shard, const SyscallBatch& batch) { return on_batch(shard, batch); }) {}

  int run() {
    signals_.async_wait([this](const error_code& error, int) {
      if (!error) stopping_ = true;
    });
    asio::co_spawn(io_, writer_.run(), [this](std::exception_ptr error) {
      writer_ended_ = true;
      if (error) std::rethrow_exception(error);
    });
    asio::co_spawn(io_, make(), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    io_.run();
    const bool all_sent = retention_.counters().waiting_batches == 0;
    if (all_sent) ledger_.ended();
    return all_sent ? 0 : 3;
  }

 private:
  struct Thread {
    TaskSerial serial{};
    std::size_t program = 0;
    std::size_t place = 0;
    std::uint16_t shard = 0;
    std::int32_t pid = 0;
    std::string container;
    std::string name;
  };

  static std::uint64_t random_epoch() {
    std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
  }
  [[nodiscard]] BatchLimits limits() const {
    BatchLimits limits;
    limits.shards = options_.shards;
    return limits;
  }

  asio::awaitable<void> make() {
    for (std::size_t i = 0; i < kThreads; ++i)
      begin(threads_.emplace_back());
    auto last = Clock::now();
    auto next_intruder = last;
    auto next_leap = last;
    double due = 0.0;
    while (!stopping_) {
      tick_.expires_after(kTick);
      error_code ignored;
      co_await tick_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
      const auto now = Clock::now();
      due += static_cast<double>(options_.rate) * std::chrono::duration<double>(now - last).count();
      due = std::min(due, static_cast<double>(options_.rate));  // who was stopped does not catch up for ever
      last = now;
      for (; due >= 1.0; due -= 1.0)
        one();
      if (options_.intruders > 0 && now >= next_intruder) {
        intrude();
        next_intruder = now + std::chrono::duration_cast<Clock::duration>(
                                  std::chrono::duration<double>(1.0 / options_.intruders));
      }
      if (options_.clock_leaps && now >= next_leap) {
        time_ns_ = kStart + static_cast<std::int64_t>(random_() % kDay);
        next_leap = now + 1s;
      }
      batcher_.flush_due(now);
    }
    for (Thread& thread : threads_)
      end(thread);
    batcher_.flush_all();
    writer_.finish(kLastSend);
  }

  void one() {
    Thread& thread = threads_[random_() % threads_.size()];
    const auto chance = random_() % 4096;
    if (chance == 0) {
      end(thread);
      begin(thread);
    } else if (chance == 1 && options_.execs) {
      exec(thread);
    }
    std::uint64_t lost = 0;
    if (chance == 2) {
      lost = 1 + random_() % 50;
      thread.place += lost;
      ledger_.marked(ShardId{thread.shard}, lost);
    }
    call(thread, programs_.call(thread.program, thread.place++), lost);
  }
  void call(const Thread& thread, int number, std::uint64_t lost) {
    CaptureEvent event = event_of(thread, EventKind::call);
    event.lost = lost;
    event.record.call = make_call(Arch::x86_64, number);
    event.record.arg_count = 3;
    event.record.args = {random_() % 64, 0x7f00'0000'0000 + (random_() & 0xfff0U), random_() % 4096};
    event.record.result = static_cast<std::int64_t>(random_() % 4096);
    event.record.time_ns = time_ns_ += 1000;
    batcher_.add(event, Clock::now());
  }

  void begin(Thread& thread) {
    thread.serial = TaskSerial{++serial_};
    thread.pid = static_cast<std::int32_t>(1000 + serial_ % 30'000);
    thread.container = std::string(62, 'c') + fmt::format("{:02}", serial_ % 20);
    thread.name = "generated";
    start(thread);
  }
  void intrude() {
    const std::string epoch = fmt::format("{:016x}", to_raw(epoch_));
    Thread thread;
    thread.serial = TaskSerial{++serial_};
    thread.pid = static_cast<std::int32_t>(1000 + serial_ % 30'000);
    thread.container = epoch + std::string(40, 'd') + fmt::format("{:08}", ++intruders_);
    thread.name = fmt::format("intruder-{}-{}", epoch, intruders_);
    start(thread);
    constexpr std::size_t kOrdinary = 120;
    constexpr std::size_t kCalls = 140;
    for (std::size_t i = 0; i < kCalls; ++i) {
      const bool foreign = i >= kOrdinary && i < kOrdinary + 10;
      call(thread, foreign ? programs_.foreign_call(i) : programs_.call(thread.program, thread.place++), 0);
    }
    end(thread);
    std::fprintf(intruders_made_, "%s\n", thread.name.c_str());
    std::fflush(intruders_made_);
  }
  void start(Thread& thread) {
    thread.program = serial_ % kPrograms;
    thread.place = random_() % kCycle;
    thread.shard = to_raw(shard_of(thread.container, Pid{thread.pid}, options_.shards));
    CaptureEvent event = event_of(thread, EventKind::start);
    event.origin = origin_of(thread);
    event.from_birth = true;
    batcher_.add(event, Clock::now());
  }
  void exec(Thread& thread) {
    thread.program = (thread.program + 1) % kPrograms;
    CaptureEvent event = event_of(thread, EventKind::exec);
    event.origin = origin_of(thread);
    batcher_.add(event, Clock::now());
  }
  void end(Thread& thread) { batcher_.add(event_of(thread, EventKind::exit), Clock::now()); }

  static CaptureEvent event_of(const Thread& thread, EventKind kind) {
    CaptureEvent event;
    event.kind = kind;
    event.task = thread.serial;
    event.tid = Tid{thread.pid};
    event.pid = Pid{thread.pid};
    return event;
  }
  OriginId origin_of(const Thread& thread) {
    Origin origin;
    origin.container_id = thread.container;
    origin.container_name = thread.name;
    origin.image = fmt::format("image-{}", thread.pid % static_cast<int>(kImages));
    origin.image_id = "sha256:" + origin.image;
    origin.executable = Programs::path(thread.program);
    origin.parent_executable = "/bin/parent";
    origin.command_line = origin.executable;
    origin.arch = Arch::x86_64;
    return origins_.add(std::move(origin));
  }

  std::size_t on_batch(ShardId shard, const SyscallBatch& batch) {
    const auto records = static_cast<std::uint32_t>(batch.record_count());
    const std::uint64_t end = batch.header.records_before + records;
    ledger_.made(shard, end);
    source_.made(shard, batch.header.sequence, end);
    Packed packed = pack_batch(batch, options_.compression, retention_.spare());
    for (const auto& dropped :
         retention_.push(shard, batch.header.sequence, records, std::move(packed.payload)))
      ledger_.dropped(dropped.shard, dropped.records);
    writer_.notify();
    return packed.size_to_learn;
  }

  Options options_;
  std::mt19937_64 random_;
  Epoch epoch_;
  chaos::Ledger ledger_;
  Programs programs_;
  asio::io_context io_{1};
  asio::signal_set signals_;
  asio::steady_timer tick_;
  OriginTable origins_;
  Retention retention_;
  NotedSource source_;
  StreamWriter writer_;
  Batcher batcher_;
  std::vector<Thread> threads_;
  std::uint64_t serial_ = 0;
  std::uint64_t intruders_ = 0;
  std::FILE* intruders_made_ = std::fopen((options_.ledger + ".intruders").c_str(), "w");
  std::int64_t time_ns_ = kStart;
  bool stopping_ = false;
  bool writer_ended_ = false;
};

std::optional<Options> parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--redis") {
      options.redis = value;
    } else if (name == "--host") {
      options.host = value;
    } else if (name == "--shards") {
      options.shards = static_cast<std::uint16_t>(std::stoul(value));
    } else if (name == "--rate") {
      options.rate = std::stoull(value);
    } else if (name == "--seed") {
      options.seed = std::stoull(value);
    } else if (name == "--ledger") {
      options.ledger = value;
    } else if (name == "--retention") {
      options.retention = std::stoull(value);
    } else if (name == "--intruders") {
      options.intruders = std::stod(value);
    } else if (name == "--execs") {
      options.execs = value != "0";
    } else if (name == "--lz4") {
      options.compression = value != "0" ? Compression::lz4 : Compression::none;
    } else if (name == "--clock-leaps") {
      options.clock_leaps = value != "0";
    } else {
      return std::nullopt;
    }
  }
  if (options.redis.empty() || options.ledger.empty()) return std::nullopt;
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string(argv[1]) == "--describe") {
    Programs().describe();
    return 0;
  }
  const auto options = parse(argc, argv);
  if (!options) {
    fmt::print(
        stderr,
        "usage: chaos_generator --redis URL --ledger FILE [--host NAME] [--shards N] [--rate R] ...\n");
    return 2;
  }
  return Generator(*options).run();
}
