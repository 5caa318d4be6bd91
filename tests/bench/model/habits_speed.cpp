// What a record costs the habits of an armed profile, by what it is.
//
//   habits_speed
//
// A program that learned 150 directories, 40 addresses and some commands; CPU time of one core.
#include <ctime>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "analyzer/detect/detector.h"
#include "analyzer/model/habits/habits.h"
#include "proto/syscalls/table.h"

namespace {

using namespace da;

constexpr std::int64_t kSecond = 1'000'000'000;

struct Sample {
  const char* what;
  SyscallRecord record;
};

CallId call(const char* name) {
  return find_call_by_name(Arch::x86_64, name).value();
}

SyscallRecord record_of(const char* name, std::int64_t result, std::span<const CapturedArg> captured) {
  return {call(name), 6, {static_cast<std::uint64_t>(-100)}, result, 100 * kSecond, captured};
}

void measure(Habits& habits, const Sample& sample, Habits::Taking taking) {
  constexpr int kCalls = 2'000'000;
  std::uint64_t told = 0;
  const std::clock_t start = std::clock();
  for (int i = 0; i < kCalls; ++i) {
    const SyscallRecord& record = sample.record;
    if (!Habits::concerns(record.call, record.result)) continue;
    told += habits.observe(record, 1, taking) ? 1 : 0;
  }
  const double ns = 1e9 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC / kCalls;
  fmt::print("{:48} {:8.1f} ns{}\n", sample.what, ns, told > 0 ? ", told" : "");
}

/// What habits add to the detector: an ordinary server's requests, of 17 records of which two have an object
/// and one sends (12 % of 12 million records of real services concern habits; here it is 24 %).
void measure_detector(const char* name, HabitOptions habits) {
  DetectorOptions options;
  options.life.habits = habits;
  const KnownModels known(options.life, options.score);
  Detector detector(options, known);
  SyscallBatch batch;
  batch.header = {"host", Epoch{1}, 1, 0, 1000 * kSecond};
  batch.origins.push_back(
      {std::string(64, 'c'), "web", "shop:1.4", "sha256:1", "/bin/app", "", "app", Pid{1}, Arch::x86_64});
  batch.segments.push_back({TaskSerial{1}, Tid{10}, Pid{10}, 0, 0, 0, 0});
  const char* const request[] = {"epoll_wait", "accept4", "fcntl", "read",  "openat", "fstat",
                                 "read",       "lseek",   "read",  "close", "writev", "sendto",
                                 "read",       "openat",  "read",  "close", "close"};
  constexpr std::size_t kRecords = 17 * 60;
  for (std::size_t i = 0; i < kRecords; ++i) {
    const std::string call = request[i % 17];
    if (call == "openat") {
      const bool changes = i % 17 == 13;
      batch.captures.push_back(
          {static_cast<std::uint32_t>(i), 1, CapturedKind::path, false,
           changes ? "/var/log/app/access.log" : "/var/www/html/page" + std::to_string(i)});
    }
    batch.calls.push_back(find_call_by_name(Arch::x86_64, call).value());
    batch.arg_counts.push_back(4);
    batch.args.push_back({static_cast<std::uint64_t>(-100), 0, i % 17 == 13 ? 02001U : 0U});
    batch.results.push_back(5);
    batch.times_ns.push_back(0);
  }
  batch.segments[0].record_count = kRecords;
  std::int64_t now = 1000 * kSecond;
  constexpr int kTurns = 2000;
  const std::clock_t start = std::clock();
  for (int turn = 0; turn < kTurns; ++turn) {
    for (std::int64_t& time : batch.times_ns)
      time = now += 20'000;
    batch.header.records_before += kRecords;
    ++batch.header.sequence;
    if (!detector.process(batch, {}).empty()) fmt::print("an alert\n");
  }
  const double spent = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  fmt::print("{:44} {:7.1f} ns a record\n", name, spent * 1e9 / (kTurns * static_cast<double>(kRecords)));
}

}  // namespace

int main() {
  HabitOptions options;
  options.min_time = options.recent = std::chrono::seconds(10);
  Habits habits(options);
  std::vector<std::string> paths;
  for (int top = 0; top < 10; ++top)
    for (int below = 0; below < 15; ++below)
      paths.push_back("/srv/app" + std::string(1, static_cast<char>('a' + top)) + "/part" +
                      std::string(1, static_cast<char>('a' + below)) + "/file");
  for (std::int64_t i = 0; i < 30'000; ++i) {
    const CapturedArg path[] = {
        {1, CapturedKind::path, false, paths[static_cast<std::size_t>(i) % paths.size()]}};
    SyscallRecord record = record_of("openat", 3, path);
    record.time_ns = 1000 * kSecond + i * kSecond / 1000;
    habits.observe(record, 1, Habits::Taking::learn);
  }
  const std::string address("\2\0\x15\x38\x0a\0\0\1\0\0\0\0\0\0\0\0", 16);
  const CapturedArg sockaddr[] = {{1, CapturedKind::sockaddr, false, address}};
  habits.observe(record_of("connect", 0, sockaddr), 1, Habits::Taking::learn);
  habits.settle();
  fmt::print("settled: {}\n", habits.settled(Habit::reads));

  const CapturedArg known[] = {{1, CapturedKind::path, false, "/srv/appd/parte/2026-11-26/0f3a9c/file.json"}};
  const CapturedArg plain[] = {{1, CapturedKind::path, false, "/srv/appd/parte/file"}};
  const CapturedArg relative[] = {{1, CapturedKind::path, false, "base/16384/2619"}};
  const CapturedArg common[] = {{1, CapturedKind::path, false, "/usr/lib/x86_64-linux-gnu/libc.so.6"}};
  const CapturedArg strange[] = {{1, CapturedKind::path, false, "/etc/shadow"}};
  const Sample samples[] = {
      {"read: no object", record_of("read", 100, {})},
      {"epoll_wait: no object", record_of("epoll_wait", 1, {})},
      {"openat of a known directory", record_of("openat", 3, plain)},
      {"openat, deep, with a date and an id", record_of("openat", 3, known)},
      {"openat of a library", record_of("openat", 3, common)},
      {"openat that fails", record_of("openat", -2, plain)},
      {"recvfrom: EAGAIN", record_of("recvfrom", -11, {})},
      {"connect to a known address", record_of("connect", 0, sockaddr)},
      {"sendto without an address", record_of("sendto", 100, {})},
      {"openat that is told", record_of("openat", 3, strange)},
      {"openat, relative, that is told", record_of("openat", 3, relative)},
  };
  for (const Sample& sample : samples)
    measure(habits, sample, Habits::Taking::judge);
  fmt::print("learning:\n");
  for (const Sample& sample : samples)
    measure(habits, sample, Habits::Taking::learn);
  fmt::print("the whole detector, while it learns:\n");
  HabitOptions none;
  none.watched = {};
  for (int i = 0; i < 3; ++i) {
    measure_detector("without habits", none);
    measure_detector("with habits", {});
  }
  return 0;
}
