// What an analyzer's models and threads take in memory: 16 shards, so many live threads of so many programs.
//
//   bench_delivery_memory [THREADS, default 100000 [PROGRAMS, default 500]]
//
// Each thread is a process of its own and makes 60 calls, which fills its evidence; programs walk through
// cycles of 97 calls with a branch now and then, until their profiles have some thousand n-grams. Every sixth
// call has an object, or fails: each program has its own 23 directories, logs, and addresses, as real
// services have at most. Prints the resident size before and after.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>

#include <fmt/format.h>

#include "analyzer/detect/shard_detectors.h"

namespace {

using namespace da;

constexpr std::uint16_t kShards = 16;
constexpr std::size_t kCalls = 60;
constexpr std::size_t kThreadsOfBatch = 200;
constexpr std::size_t kCallsOfObject = 6;

double resident_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::atof(line.c_str() + 6) / 1024.0;
  }
  return 0.0;
}

void add_call(SyscallBatch& batch, CallId call, std::size_t at) {
  batch.calls.push_back(call);
  batch.arg_counts.push_back(3);
  batch.args.push_back({});
  batch.results.push_back(0);
  batch.times_ns.push_back(batch.header.start_ns + static_cast<std::int64_t>(at) * 1000);
}

/// As a server of this program does, for habits to learn. Which call it is follows from the place, so that
/// there are no more n-grams by it.
void add_call_with_object(SyscallBatch& batch, std::size_t number_of_kind, std::size_t at,
                          std::mt19937& random) {
  constexpr std::uint64_t kFromHere = static_cast<std::uint64_t>(-100);  // AT_FDCWD
  constexpr std::uint64_t kAppends = 02001;
  constexpr std::size_t kOpen = 257;
  const std::size_t which = random() % 23;
  const char letter = static_cast<char>('a' + which);
  const auto given = [&](std::size_t number, std::uint8_t arg, CapturedKind kind, std::string bytes) {
    batch.captures.push_back(
        {static_cast<std::uint32_t>(batch.calls.size()), arg, kind, false, std::move(bytes)});
    add_call(batch, make_call(Arch::x86_64, static_cast<std::int64_t>(number)), at);
    batch.args.back()[0] = kFromHere;
  };
  switch (number_of_kind % 6) {
    case 0:
      return add_call(batch, make_call(Arch::x86_64, 288), at);  // accept4
    case 1:
      given(kOpen, 1, CapturedKind::path, fmt::format("/srv/{}pages/data/page{}.html", letter, at));
      return;
    case 2:
      given(kOpen, 1, CapturedKind::path, fmt::format("/data/{}logs/access.log", letter));
      batch.args.back()[2] = kAppends;
      return;
    case 3:  // connect, to a port of its own
      given(42, 1, CapturedKind::sockaddr,
            std::string("\2\0\x15", 3) + letter + std::string("\x0a\0\0\1\0\0\0\0\0\0\0\0", 12));
      return;
    case 4:
      given(kOpen, 1, CapturedKind::path, "/var/lib/missing");
      batch.results.back() = -2;
      return;
    default:
      add_call(batch, make_call(Arch::x86_64, 44), at);  // sendto
      batch.results.back() = static_cast<std::int64_t>(100 * which);
  }
}

/// Of threads number first, first + kShards ..., all of one shard.
SyscallBatch batch_of(std::size_t first, std::size_t threads, std::size_t programs, std::mt19937& random) {
  SyscallBatch batch;
  batch.header = {"host", Epoch{1}, 1, 0, 1'700'000'000'000'000'000};
  for (std::size_t i = 0; i < threads; ++i) {
    const std::size_t number = first + i * kShards;
    const std::size_t program = number % programs;
    Origin origin;
    origin.container_id = std::string(64, 'c');
    origin.image = fmt::format("image-{}", program / 20);
    origin.image_id = "sha256:" + origin.image;
    origin.executable = fmt::format("/usr/bin/program-{}", program % 20);
    origin.arch = Arch::x86_64;
    batch.origins.push_back(origin);
    Segment segment;
    segment.task = TaskSerial{number + 1};
    segment.tid = Tid{static_cast<std::int32_t>(number + 1)};
    segment.pid = Pid{static_cast<std::int32_t>(number + 1)};
    segment.record_count = kCalls;
    segment.origin = static_cast<std::uint32_t>(i);
    segment.set(SegmentFlag::start);
    batch.segments.push_back(segment);
    std::size_t place = random() % 97;
    for (std::size_t call = 0; call < kCalls; ++call) {
      place = random() % 40 == 0 ? random() % 97 : (place + 1 + program % 3) % 97;
      if (place % kCallsOfObject == 0) {
        add_call_with_object(batch, place / kCallsOfObject, call, random);
      } else {
        add_call(batch, make_call(Arch::x86_64, static_cast<std::int64_t>(60 + place)), call);
      }
    }
  }
  return batch;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t threads = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100'000;
  const std::size_t programs = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 500;
  const double before = resident_mb();
  ShardDetectors detectors(DetectorOptions{}, kShards);
  for (std::uint16_t shard = 0; shard < kShards; ++shard)
    static_cast<void>(detectors.take_up(ShardId{shard}, {}));
  std::mt19937 random(1);
  for (std::size_t first = 0; first < threads; first += kShards * kThreadsOfBatch) {
    for (std::uint16_t shard = 0; shard < kShards; ++shard) {
      static_cast<void>(
          detectors.process(ShardId{shard}, batch_of(first + shard, kThreadsOfBatch, programs, random), {}));
    }
  }
  const double learned = resident_mb();
  for (std::uint16_t shard = 0; shard < kShards; ++shard) {
    for (auto& [part, blob] : detectors.take_changes(ShardId{shard}).parts)
      static_cast<void>(detectors.take_part(ShardId{shard}, part, std::move(blob)));
  }
  while (!detectors.curate(1'000'000)) {
  }
  std::size_t profiles = 0;
  std::size_t ngrams = 0;
  std::size_t names = 0;
  std::size_t bytes = 0;
  for (const auto& [id, image] : detectors.known().images()) {
    for (const auto& [key, program] : image->programs()) {
      ++profiles;
      ngrams += program.profile->counter().size();
      if (!program.habits) continue;
      const Habits& habits = program.habits->habits();
      bytes += habits.bytes();
      for (std::size_t i = 0; i < kObjectHabits; ++i)
        names += habits.object_habit(static_cast<Habit>(i)).tree().size();
    }
  }
  fmt::print(
      "{} threads, {} profiles of {} n-grams each, habits of {} names and {} bytes: {:.0f} MB before, {:.0f} "
      "MB "
      "with them, {:.0f} MB with the wholes curated here as well\n",
      threads, profiles, ngrams / std::max<std::size_t>(profiles, 1),
      names / std::max<std::size_t>(profiles, 1), bytes / std::max<std::size_t>(profiles, 1), before, learned,
      resident_mb());
  return 0;
}
